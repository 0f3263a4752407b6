/*
 * SPDX-License-Identifier: Apache-2.0
 * The SNMP face: its thread and its loop. See face.h.
 */
#include "subagent/face.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "base/log.h"
#include "base/mem.h"
#include "subagent/agentx.h"
#include "subagent/notify.h"
#include "subagent/refusal.h"
#include "subagent/sets.h"

#define SERVE_ROUNDS 256 /* before letters and timers get their turn */
#define LINGER_US    50 /* see face_linger() */
#define LINGER_VAIN  255 /* answers between two tries at most */
#define PUMP_SECONDS 1 /* notifications that could not even be sent */
#define STOP_SECONDS 10

struct face {
	pthread_t thread;
	struct event_base *base;
	struct mailbox *mailbox;
	struct face_options options;
	char *socket;
	struct agentx_settings settings;
	struct mib *mib;
	struct refusals *refusals;
	struct sets *sets;
	struct notifier *notifier;
	struct agentx *agentx;
	struct event *readable[AGENTX_FDS];
	nfds_t nreadable;
	struct event *timer, *pump;
	bool pump_due; /* an answer made room */
	unsigned linger_skip, linger_vain;
	struct generation *generation;
	struct mib_snapshot snapshot;
};

/* --- what the adapter asks ------------------------------------------------- */

static const struct mib_snapshot *
face_snapshot(void *arg)
{
	struct face *f = arg;
	struct mib_snapshot *s = &f->snapshot;
	struct generation *g;
	uint64_t seq = generation_seq(f->options.box);
	int i;

	if (seq != 0 && (f->generation == NULL || f->generation->seq != seq)) {
		g = generation_take(f->options.box);
		/* while both are held, equal addresses mean the same view */
		for (i = 0; i < TABLE_COUNT; i++) {
			if (s->tables[i] != g->tables[i])
				s->stamps[i]++;
			s->tables[i] = g->tables[i];
		}
		generation_unref(f->generation);
		f->generation = g;
	}
	refusals_show(f->refusals, s);
	s->now = clock_ms();
	s->beat = generation_last_beat(f->options.box);
	return s;
}

static enum mib_error
face_set(void *arg, uint64_t id, enum set_phase phase, const struct mib_write *writes,
    size_t n, size_t *failed)
{
	struct face *f = arg;

	return sets_phase(f->sets, face_snapshot(f), id, phase, writes, n, failed);
}

static void
face_session(void *arg, bool up)
{
	struct face *f = arg;

	if (!up) {
		notifier_lost(f->notifier);
		sets_lost(f->sets);
	}
	f->pump_due = true;
}

static void
face_notified(void *arg, uint64_t ticket, enum notify_answer answer)
{
	struct face *f = arg;

	notifier_answer(f->notifier, ticket, answer);
	f->pump_due = true;
}

static bool
face_send(void *arg, uint64_t ticket, const struct notify_message *m)
{
	struct face *f = arg;

	return f->agentx != NULL && agentx_notify(f->agentx, ticket, m);
}

/* --- the loop -------------------------------------------------------------- */

static void face_turn(evutil_socket_t, short, void *);

/*
 * The library may have closed a descriptor and opened another of the same number, so
 * all are dropped and added anew (comparing sets is the bug that kills subagents after
 * a frozen master). The base polls: nothing stale can stay in a kernel table.
 */
static void
face_rearm(struct face *f, const struct pollfd *fds, nfds_t n, int64_t timeout)
{
	struct timeval tv;
	nfds_t i;

	for (i = 0; i < f->nreadable; i++)
		event_free(f->readable[i]);
	f->nreadable = n;
	for (i = 0; i < f->nreadable; i++) {
		f->readable[i] =
		    event_new(f->base, fds[i].fd, EV_READ | EV_PERSIST, face_turn, f);
		event_add(f->readable[i], NULL);
	}
	if (timeout < 0) {
		event_del(f->timer);
	} else {
		tv.tv_sec = timeout / 1000000;
		tv.tv_usec = timeout % 1000000;
		event_add(f->timer, &tv);
	}
}

static void
face_pump(struct face *f)
{
	f->pump_due = false;
	notifier_pump(f->notifier, face_snapshot(f));
}

/*
 * Looks again for a moment after an answer went out: a master that walks asks on within
 * some ten microseconds, and finding that saves a sleep and a wake-up per question. In
 * vain (nobody walks, or the master waits for this very CPU) it is tried again only
 * after ever more answers.
 */
static int
face_linger(struct face *f, struct pollfd *fds, nfds_t n)
{
	int64_t until;
	int got;

	if (f->linger_skip > 0) {
		f->linger_skip--;
		return 0;
	}
	until = clock_us() + LINGER_US;
	do {
		if ((got = poll(fds, n, 0)) != 0) {
			f->linger_vain = 0;
			return got;
		}
	} while (clock_us() < until);
	f->linger_vain = f->linger_vain * 2 + 1;
	if (f->linger_vain > LINGER_VAIN)
		f->linger_vain = LINGER_VAIN;
	f->linger_skip = f->linger_vain;
	return 0;
}

/*
 * Serves until nothing is readable, and waits for more. One request of the master is
 * three reads in here: the socket, then the library's loop-back pipe twice.
 */
static void
face_serve(struct face *f)
{
	struct pollfd fds[AGENTX_FDS];
	int64_t timeout;
	unsigned rounds;
	nfds_t n;
	int got;

	for (rounds = 0;; rounds++) {
		n = agentx_wait(f->agentx, fds, &timeout);
		if (rounds == SERVE_ROUNDS)
			break;
		got = poll(fds, n, 0);
		if (got == 0 && rounds > 1 && timeout != 0)
			got = face_linger(f, fds, n);
		if (got > 0)
			agentx_read(f->agentx, fds, n);
		else if (timeout == 0)
			agentx_tick(f->agentx);
		else
			break;
		if (f->pump_due)
			face_pump(f);
	}
	face_rearm(f, fds, n, timeout);
}

static void
face_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	face_serve(arg);
}

static void
face_pump_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	face_pump(arg);
	face_serve(arg);
}

static void *
face_main(void *arg)
{
	struct face *f = arg;
	struct agentx_options o = {
		.socket = f->settings.socket,
		.ping_seconds = f->settings.ping_seconds,
		.mib = f->mib,
		.arg = f,
		.snapshot = face_snapshot,
		.set = face_set,
		.session = face_session,
		.notified = face_notified,
	};
	nfds_t i;

	pthread_setname_np(pthread_self(), "face");
	f->agentx = agentx_open(&o);
	face_turn(-1, 0, f);
	event_base_dispatch(f->base);
	for (i = 0; i < f->nreadable; i++)
		event_free(f->readable[i]);
	f->nreadable = 0;
	sets_lost(f->sets);
	agentx_close(f->agentx);
	f->agentx = NULL;
	return NULL;
}

/* --- life ------------------------------------------------------------------ */

static struct event_base *
face_base(void)
{
	struct event_config *c = event_config_new();
	struct event_base *base;

	if (c == NULL)
		return NULL;
	event_config_avoid_method(c, "epoll");
	event_config_set_flag(c, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
	base = event_base_new_with_config(c);
	event_config_free(c);
	return base;
}

/*
 * The library is to read no MIB files and to make no directories, and for both it looks
 * only into the environment; and it dies of SIGPIPE, since its sends lack MSG_NOSIGNAL.
 */
static void
face_environment(void)
{
	setenv("MIBS", "", 1);
	setenv("MIBDIRS", "/dev/null", 1);
	setenv("SNMP_PERSISTENT_DIR", "/dev/null", 1);
	signal(SIGPIPE, SIG_IGN);
}

static void
face_free(struct face *f)
{
	mailbox_free(f->mailbox); /* delivers what is left */
	event_free(f->timer);
	event_free(f->pump);
	notifier_free(f->notifier);
	sets_free(f->sets);
	refusals_free(f->refusals);
	mib_free(f->mib);
	generation_unref(f->generation);
	event_base_free(f->base);
	free(f->settings.socket);
	free(f);
}

struct face *
face_start(const struct face_options *o, char **cause)
{
	static const struct timeval every = { PUMP_SECONDS, 0 };
	struct face *f = xcalloc(1, sizeof(*f));
	struct sets_options so;
	sigset_t all, before;
	int error;

	f->options = *o;
	f->settings = *o->agentx;
	f->settings.socket = xstrdup(o->agentx->socket);
	f->options.agentx = &f->settings;
	if ((f->base = face_base()) == NULL) {
		cause_set(
		    cause, "the SNMP face got no event base: %s", strerror(errno));
		free(f->settings.socket);
		free(f);
		return NULL;
	}
	face_environment();
	f->mailbox = mailbox_new(f->base);
	f->timer = event_new(f->base, -1, 0, face_turn, f);
	f->pump = event_new(f->base, -1, EV_PERSIST, face_pump_timer, f);
	event_add(f->pump, &every);
	f->mib = mib_new();
	f->refusals = refusals_new(o->refusals);
	so = (struct sets_options) { .mib = f->mib,
		.refusals = f->refusals,
		.control = o->control,
		.request = o->request,
		.timeout = f->settings.request_timeout };
	f->sets = sets_new(&so);
	f->notifier = notifier_new(f->mib, face_send, f);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&f->thread, NULL, face_main, f);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0) {
		cause_set(cause, "the SNMP face's thread cannot be made: %s",
		    strerror(error));
		face_free(f);
		return NULL;
	}
	return f;
}

struct stop_mail {
	struct mail mail;
	struct face *face;
};

static void
face_stop_deliver(struct mail *m)
{
	struct stop_mail *s = (struct stop_mail *)m;

	event_base_loopbreak(s->face->base);
	free(s);
}

bool
face_stop(struct face *f)
{
	struct stop_mail *s;
	struct timespec until;

	if (f == NULL)
		return true;
	s = xcalloc(1, sizeof(*s));
	s->mail.deliver = face_stop_deliver;
	s->face = f;
	mailbox_post(f->mailbox, &s->mail);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STOP_SECONDS;
	if (pthread_timedjoin_np(f->thread, NULL, &until) != 0) {
		/* connect() to a frozen snmpd whose backlog is full has no time-out */
		log_warn(
		    "agentx", "the SNMP face is stuck in snmpd; ending without it");
		return false;
	}
	face_free(f);
	return true;
}

/* --- notifications --------------------------------------------------------- */

struct notice_mail {
	struct mail mail;
	struct face *face;
	struct notice notice; /* strings and row owned */
	int64_t wall;
};

static void
face_notice_deliver(struct mail *m)
{
	struct notice_mail *n = (struct notice_mail *)m;
	struct face *f = n->face;

	notifier_post(f->notifier, &n->notice, n->wall);
	free((char *)(uintptr_t)n->notice.object_name);
	free((char *)(uintptr_t)n->notice.text);
	free((char *)(uintptr_t)n->notice.old_cluster);
	free((char *)(uintptr_t)n->notice.old_node);
	free(n);
	/* once for all letters of a burst */
	event_active(f->pump, EV_TIMEOUT, 0);
}

void
face_notify(struct face *f, const struct notice *notice)
{
	struct notice_mail *n = xcalloc(1, sizeof(*n));

	n->mail.deliver = face_notice_deliver;
	n->face = f;
	n->notice = *notice;
	n->notice.object_name = xstrdup(notice->object_name);
	n->notice.text = xstrdup(notice->text);
	n->notice.old_cluster = xstrdup(notice->old_cluster);
	n->notice.old_node = xstrdup(notice->old_node);
	n->wall = time(NULL);
	mailbox_post(f->mailbox, &n->mail);
}
