/*
 * SPDX-License-Identifier: Apache-2.0
 * The control thread: its life, rounds, time and signals. See control.h.
 */
#include "config.h"

#include "subagent/control_impl.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "hooks/run.h"
#include "subagent/persist.h"
#include "subagent/systemd.h"

#define TICK_MS    1000
#define PUBLISH_MS 100 /* at most so often; readers poll in seconds */
#define TURN_US    5000 /* rounds that are in wait while a turn takes longer */

static const int signal_numbers[] = { SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGUSR2 };

struct model_now
control_now(void)
{
	return (struct model_now) { clock_ms(), time(NULL) };
}

static struct timeval
timeval_of(msec_t ms)
{
	return (struct timeval) { ms / 1000, ms % 1000 * 1000 };
}

/* libevent's own words */
static void
on_libevent_log(int severity, const char *text)
{
	log_line(severity >= EVENT_LOG_ERR   ? LOGL_ERR
	        : severity == EVENT_LOG_WARN ? LOGL_WARN
	                                     : LOGL_DEBUG,
	    "libevent", "%s", text);
}

/* --- publishing --------------------------------------------------------------------
 */

void
control_publish_now(struct control *c)
{
	const struct model_now now = control_now();
	struct table *const *tables;
	bool changed;

	event_del(c->publish);
	tables = model_tables(c->model, &now, &changed);
	record_flush(c);
	c->published = now.ms;
	if (!changed && c->generation > 0)
		return;
	record_mark(c);
	generation_publish(c->box, generation_new(tables, ++c->generation, now.ms));
	log_debug("control", "generation %" PRIu64 " published", c->generation);
	moving_pace(c);
}

static void
on_publish(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	control_publish_now(arg);
}

void
control_changed(struct control *c)
{
	msec_t wait = c->published + PUBLISH_MS - clock_ms();
	const struct timeval tv = timeval_of(wait < 0 ? 0 : wait);

	if (!event_pending(c->publish, EV_TIMEOUT, NULL))
		event_add(c->publish, &tv);
	if (c->batch != NULL)
		event_active(c->flush, EV_TIMEOUT, 0);
}

/* --- rounds and time -----------------------------------------------------------------
 */

/* For what one turn takes of this thread: the CPU time between two looks around. */
static int64_t
thread_cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void
on_round(struct observation *o, void *arg)
{
	struct control *c = arg;
	const struct model_now now = control_now();
	const bool current = o->settings_seq == c->settings_seq;
	const size_t cluster = o->cluster;

	if (current)
		moving_look(c, o);
	model_observe(c->model, o, &now);
	if (current)
		moving_observed(c, cluster, &now);
	control_changed(c);
	/* many are in at once: letters (a SET) and their records come between them */
	if (thread_cpu_us() - c->turn_began_us > TURN_US)
		event_base_loopbreak(c->base);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct control *c = arg;
	const struct model_now now = control_now();
	msec_t gap = now.ms - c->last_turn;
	size_t i;

	(void)fd;
	(void)what;
	if (c->last_turn != 0 && gap > c->settings->poll.freshness) {
		log_warn("control", "gap_ms=%lld what was observed before is void",
		    (long long)gap);
		model_gap(c->model, gap, &now);
	}
	c->last_turn = now.ms;
	if (c->watchdog)
		sd_notify(0, "WATCHDOG=1");
	model_tick(c->model, &now);
	for (i = 0; i < c->settings->nclusters; i++)
		if (model_wants_full(c->model, i, &now))
			ecx_poller_full(c->poller, i);
	intent_tick(c, &now);
	moving_tick(c, &now);
	policies_tick(c, &now);
	control_changed(c);
}

/* --- signals -----------------------------------------------------------------------
 */

/* How long this thread was away from its loop at worst, since it was said last. */
static void
log_turns(struct control *c)
{
	log_notice("control", "longest_turn_us=%lld", (long long)c->longest_turn_us);
	c->longest_turn_us = 0;
}

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
	struct control *c = arg;

	(void)what;
	switch ((int)number) {
	case SIGHUP:
		log_notice("control", "SIGHUP: reloading %s", c->settings->file);
		control_reload(c);
		break;
	case SIGUSR1:
		log_turns(c);
		break;
	case SIGUSR2:
		log_set_level(log_get_level() == LOGL_DEBUG ? LOGL_NOTICE : LOGL_DEBUG);
		log_notice("control", "SIGUSR2: debug logging %s",
		    log_get_level() == LOGL_DEBUG ? "on" : "off");
		break;
	default:
		log_notice("control", "%s: stopping", strsignal((int)number));
		control_stop(c);
		break;
	}
}

/* --- life
 * ---------------------------------------------------------------------------------- */

int
control_take(struct control *c, struct settings *new, char **cause)
{
	const struct model_now now = control_now();
	struct settings *old = c->settings;

	if ((old != new &&moves_check_settings(c->moves, new, cause) != 0) ||
	    model_configure(c->model, new, c->settings_seq + 1, &now, cause) != 0)
		return -1;
	c->settings_seq++;
	c->settings = new;
	ecx_poller_configure(c->poller, new, c->settings_seq);
	moving_configured(c, &now);
	policies_configured(c, &now);
	loads_configure(&c->loads, c);
	if (old != new)
		settings_free(old);
	return 0;
}

static int
start_store(struct control *c, char **cause)
{
	c->store = store_open(c->settings->state_dir, cause);
	if (c->store == NULL ||
	    persist_load(c->store, c->model, c->moves, c->engine, cause) != 0 ||
	    intent_load(c, cause) != 0 || host_load(c, cause) != 0)
		return -1;
	model_restore_epochs(c->model, c->host.epochs);
	host_tell_all(c, record_batch(c));
	c->durable_event = c->newest_event = model_newest_event(c->model);
	c->lost = record_restore_marks(c);
	return store_start(c->store, c->mailbox, cause);
}

static int
start_face(struct control *c, char **cause)
{
	const struct face_options options = {
		.agentx = &c->settings->agentx,
		.refusals = c->settings->history.refusals,
		.box = c->box,
		.control = c->mailbox,
		.request = intent_request,
	};

	c->face = face_start(&options, cause);
	return c->face == NULL ? -1 : 0;
}

static void
start_loop(struct control *c, const char *version)
{
	const struct timeval tick = timeval_of(TICK_MS);
	const struct model_now now = control_now();
	char *text;
	size_t i;

	c->tick = event_new(c->base, -1, EV_PERSIST, on_tick, c);
	event_add(c->tick, &tick);
	for (i = 0; i < sizeof(signal_numbers) / sizeof(signal_numbers[0]); i++) {
		c->signals[i] = evsignal_new(c->base, signal_numbers[i], on_signal, c);
		event_add(c->signals[i], NULL);
	}
	text = xasprintf("%s starts%s%s", version, c->lost == NULL ? "" : ": ",
	    c->lost == NULL ? "" : c->lost);
	model_event(c->model, EVENT_DAEMON_STARTED,
	    c->lost == NULL ? SEV_INFO : SEV_WARNING, OBJECT_SET, c->settings->name,
	    text, &now);
	free(text);
	/* what is wrong with this process itself begins anew with it */
	model_alarm(c->model, ALARM_CONFIGURATION_REFUSED, SEV_WARNING, OBJECT_SET,
	    CONTROL_NAME, NULL, &now);
	model_alarm(c->model, ALARM_STORE_FAILED, SEV_WARNING, OBJECT_SET, CONTROL_NAME,
	    NULL, &now);
	control_whereabouts(c);
	moving_start(c, &now);
	policies_start(c, &now);
	intent_start(c);
	control_publish_now(c);
}

struct control *
control_new(struct settings *settings, const char *version, char **cause)
{
	struct control *c = xcalloc(1, sizeof(*c));
	const struct model_now now = control_now();

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a limit on files is a failed write, not the end */
	signal(SIGHUP, SIG_IGN); /* until the loop hears it */
	c->settings = settings;
	event_set_log_callback(on_libevent_log);
	c->base = event_base_new();
	event_base_priority_init(c->base, 2); /* 0: letters and records, 1: the rest */
	c->mailbox = mailbox_new(c->base);
	c->box = generation_box_new();
	record_init(c);
	intent_init(c);
	c->publish = event_new(c->base, -1, 0, on_publish, c);
	c->model = model_new(record_sink(c), version, &now);
	moving_init(c);
	policies_init(c);
	if (start_store(c, cause) != 0)
		goto fail;
	c->poller = ecx_poller_new(c->base, on_round, c);
	if (control_take(c, settings, cause) != 0 || start_face(c, cause) != 0)
		goto fail;
	start_loop(c, version);
	return c;
fail:
	control_free(c);
	return NULL;
}

void
control_run(struct control *c)
{
	int64_t turn;

	log_notice("control", "set=%s clusters=%zu vms=%zu state=%s", c->settings->name,
	    c->settings->nclusters, c->settings->nvms, c->settings->state_dir);
	c->watchdog = sd_watchdog_enabled(0, NULL) > 0;
	sd_notify(0, "READY=1\nSTATUS=polling");
	while (!c->stopping) {
		c->turn_began_us = thread_cpu_us();
		if (event_base_loop(c->base, EVLOOP_ONCE) < 0)
			break;
		turn = thread_cpu_us() - c->turn_began_us;
		if (turn > c->longest_turn_us)
			c->longest_turn_us = turn;
		generation_beat(c->box, clock_ms());
	}
	sd_notify(0, "STOPPING=1");
	log_turns(c);
}

void
control_stop(struct control *c)
{
	c->stopping = true;
	event_base_loopbreak(c->base);
}

void
control_free(struct control *c)
{
	bool stuck;
	size_t i;

	if (c == NULL)
		return;
	c->stopping = true;
	while (c->reloading) /* its thread holds on to the mailbox */
		event_base_loop(c->base, EVLOOP_ONCE);
	if (c->face != NULL) {
		const struct model_now now = control_now();

		model_event(c->model, EVENT_DAEMON_STOPPED, SEV_INFO, OBJECT_SET,
		    c->settings->name, "clustersetd stops", &now);
		record_flush(c);
	}
	ecx_poller_free(c->poller);
	c->poller = NULL;
	loads_free(c->loads);
	run_end_all();
	stuck = !face_stop(c->face);
	c->face = NULL; /* what becomes durable now is in csEventTable, not in a trap */
	store_stop(c->store);
	c->closed = true;
	if (stuck)
		_exit(EXIT_FAILURE); /* its thread still uses what comes next */
	policies_stop(c);
	mailbox_free(c->mailbox); /* with the store's last answers, for the marks */
	store_close(c->store);
	c->store = NULL;
	intent_free(c);
	record_free(c);
	for (i = 0; i < sizeof(c->signals) / sizeof(c->signals[0]); i++)
		if (c->signals[i] != NULL)
			event_free(c->signals[i]);
	if (c->tick != NULL)
		event_free(c->tick);
	event_free(c->publish);
	free(c->lost);
	policies_free(c);
	moving_free(c);
	host_free(c);
	model_free(c->model);
	generation_box_free(c->box);
	settings_free(c->settings);
	run_end_all();
	event_base_free(c->base);
	free(c);
}
