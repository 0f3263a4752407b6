/*
 * SPDX-License-Identifier: Apache-2.0
 * The asker's lines, turns and nodes. See asker.h for what it is told and says.
 *
 * Every node has its turn once an interval; at most at-once conversations are open, and
 * nodes that failed last time may hold only half of them, so that a rack that is down
 * costs the others nothing.
 */
#include "config.h"

#include "subagent/asker.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "subagent/asker_impl.h"

#define ADDRESS_AGE_MS 300000 /* then its name is looked up again */
#define LOOKUPS_MAX    32
#define ERROR_MAX      1000 /* bytes of one that is told */
#define TURNS_APART_MS 5 /* new nodes begin so far apart, or closer */

enum { EXIT_FINE = 0, EXIT_WRONG_LINE = 2, EXIT_LOST = 3 };

TAILQ_HEAD(nodes, node);

static struct asker {
	struct event_base *base;
	struct bufferevent *in;
	struct asker_limits limits;
	struct account *accounts;
	struct node *nodes; /* by id */
	struct nodes well, ill; /* whose turn comes, soonest first */
	struct event *timer;
	unsigned asking, asking_ill, lookups;
	msec_t next_new; /* when the next new node may begin */
	int status;
} asker;

/* --- saying ------------------------------------------------------------------------
 */

static void
give_up(int status)
{
	asker.status = status;
	event_base_loopbreak(asker.base);
}

static void
say(json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT), *whole;
	size_t len, done = 0;
	ssize_t n;

	json_decref(line);
	if (text == NULL)
		return;
	whole = xasprintf("%s\n", text);
	len = strlen(whole);
	free(text);
	while (done < len) {
		n = write(STDOUT_FILENO, whole + done, len - done);
		if (n < 0 && errno != EINTR) {
			give_up(EXIT_LOST);
			break;
		}
		if (n > 0)
			done += (size_t)n;
	}
	free(whole);
}

static void
on_beat(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	say(json_pack("{s:I}", "alive", (json_int_t)clock_ms()));
}

static void
put_figure(json_t *o, const char *name, double value)
{
	if (value >= 0 && isfinite(value))
		json_object_set_new(o, name, json_real(value));
}

static void
say_load(const struct node *n, const struct asker_load *load, const char *error)
{
	json_t *o = json_pack(
	    "{s:I,s:I}", "id", (json_int_t)n->id, "at", (json_int_t)clock_ms());
	char *text;

	if (load != NULL) {
		put_figure(o, "cpu", load->cpu);
		put_figure(o, "cpus", load->cpus);
		put_figure(o, "used", load->used);
		put_figure(o, "total", load->total);
	}
	if (error != NULL) {
		text = xstrndup(error, ERROR_MAX);
		json_object_set_new(o, "error", json_string_nocheck(text));
		free(text);
	}
	say(o);
}

/* --- turns --------------------------------------------------------------------------
 */

static void take_turns(void);

/* Into its place among those that wait: nearly always the last. */
static void
wait_turn(struct node *n)
{
	struct nodes *list = n->ill ? &asker.ill : &asker.well;
	struct node *before = TAILQ_LAST(list, nodes);

	while (before != NULL && before->due > n->due)
		before = TAILQ_PREV(before, nodes, waiting);
	if (before == NULL)
		TAILQ_INSERT_HEAD(list, n, waiting);
	else
		TAILQ_INSERT_AFTER(list, before, n, waiting);
}

static void
leave_turn(struct node *n)
{
	TAILQ_REMOVE(n->ill ? &asker.ill : &asker.well, n, waiting);
}

static void
node_free(struct node *n)
{
	free(n->host);
	free(n->address);
	free(n);
}

/* The next one, an interval after this one began. */
static void
turn_over(struct node *n, bool ill)
{
	const msec_t now = clock_ms();

	n->ill = ill;
	n->due += asker.limits.interval;
	if (n->due < now)
		n->due = now + asker.limits.interval / 2;
	wait_turn(n);
}

static void
on_asked(struct node *n, const struct asker_load *load, const char *error)
{
	asker.asking--;
	if (n->ill)
		asker.asking_ill--;
	say_load(n, load, error);
	if (load == NULL) {
		n->counted = false;
		n->looked_up = 0;
	}
	turn_over(n, load == NULL);
	take_turns();
}

static void
on_lookup(void *arg, const char *address, const char *error)
{
	struct node *n = arg;
	const bool waited = n->address == NULL;

	asker.lookups--;
	n->lookup = NULL;
	if (n->dropped) {
		node_free(n);
		return;
	}
	if (address != NULL) {
		free(n->address);
		n->address = xstrdup(address);
		n->looked_up = clock_ms();
		if (waited) { /* it was its turn */
			n->ill = false;
			wait_turn(n);
		}
	} else if (waited) {
		say_load(n, NULL, error);
		turn_over(n, true);
	}
	take_turns();
}

/* Its address is there, if it can be had at once; an old one serves until there is a
 * new one. */
static void
find_address(struct node *n)
{
	if (n->lookup != NULL ||
	    (n->address != NULL && n->looked_up != 0 &&
	        clock_ms() - n->looked_up < ADDRESS_AGE_MS))
		return;
	if (n->address == NULL)
		n->address = name_numeric(n->host);
	if (n->address != NULL && strcmp(n->address, n->host) == 0)
		n->looked_up = clock_ms();
	else if (asker.lookups < LOOKUPS_MAX) {
		asker.lookups++;
		n->lookup = lookup_start(asker.base, n->host, on_lookup, n);
	}
}

static void
begin(struct node *n)
{
	leave_turn(n);
	find_address(n);
	if (n->address != NULL) {
		asker.asking++;
		asker.asking_ill += n->ill;
		talk_start(asker.base, n, &asker.limits, on_asked);
	} else if (n->lookup == NULL) { /* too many at once */
		n->due = clock_ms() + 1000;
		wait_turn(n);
	}
}

static bool
due(const struct node *n, msec_t now)
{
	return n != NULL && n->due <= now;
}

static void
take_turns(void)
{
	const unsigned most = asker.limits.at_once;
	const unsigned most_ill = most / 2 > 0 ? most / 2 : 1;
	const msec_t now = clock_ms();
	struct node *n;
	msec_t next = 0;

	while (asker.asking < most && due(n = TAILQ_FIRST(&asker.well), now))
		begin(n);
	while (asker.asking < most && asker.asking_ill < most_ill &&
	    due(n = TAILQ_FIRST(&asker.ill), now))
		begin(n);
	/* who could not begin for want of room does when a conversation ends */
	n = TAILQ_FIRST(&asker.well);
	if (n != NULL && n->due > now)
		next = n->due;
	n = TAILQ_FIRST(&asker.ill);
	if (n != NULL && n->due > now && (next == 0 || n->due < next))
		next = n->due;
	if (next != 0) {
		const msec_t wait = next - now;
		const struct timeval tv = { wait / 1000, wait % 1000 * 1000 };

		event_add(asker.timer, &tv);
	}
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	take_turns();
}

/* --- being told
 * ----------------------------------------------------------------------- */

static void
drop(unsigned id)
{
	struct node *n;

	HASH_FIND(hh, asker.nodes, &id, sizeof(id), n);
	if (n == NULL)
		return;
	HASH_DELETE(hh, asker.nodes, n);
	if (n->talk != NULL) {
		asker.asking--;
		asker.asking_ill -= n->ill;
		talk_cancel(n->talk);
	} else if (n->lookup == NULL || n->address != NULL)
		leave_turn(n);
	session_forget(n);
	n->dropped = true;
	if (n->lookup == NULL)
		node_free(n);
}

static bool
take_settings(json_t *o)
{
	json_int_t interval, timeout, tries, at_once;

	if (json_unpack(o, "{s:I,s:I,s:I,s:I}", "interval", &interval, "timeout",
	        &timeout, "tries", &tries, "at-once", &at_once) != 0 ||
	    interval <= 0 || timeout <= 0 || tries <= 0 || at_once <= 0)
		return false;
	asker.limits = (struct asker_limits) { interval, timeout, (unsigned)tries,
		(unsigned)at_once };
	return true;
}

static bool
take_account(json_t *o)
{
	const char *auth = NULL, *auth_pass = NULL, *priv = NULL, *priv_pass = NULL;
	const char *community = NULL, *user = NULL, *context = NULL;
	struct account *a, *old;
	int id, version;

	if (json_unpack(o, "{s:i,s:i,s?s,s?s,s?s,s?s,s?s,s?s,s?s}", "id", &id,
	        "version", &version, "community", &community, "user", &user, "context",
	        &context, "auth-protocol", &auth, "auth-password", &auth_pass,
	        "priv-protocol", &priv, "priv-password", &priv_pass) != 0 ||
	    id < 0 ||
	    !((version == 2 && community != NULL) || (version == 3 && user != NULL)))
		return false;
	a = xcalloc(1, sizeof(*a));
	a->id = (unsigned)id;
	HASH_FIND(hh, asker.accounts, &a->id, sizeof(a->id), old);
	if (old != NULL) {
		free(a);
		return false; /* a new one has a new id */
	}
	a->version = version;
	a->community = xstrdup(community);
	a->user = xstrdup(user);
	a->context = xstrdup(context);
	account_prepare(a, auth, auth_pass, priv, priv_pass);
	HASH_ADD(hh, asker.accounts, id, sizeof(a->id), a);
	return true;
}

static bool
take_node(json_t *o)
{
	const msec_t now = clock_ms();
	struct account *a;
	const char *host;
	struct node *n;
	unsigned account_id, id;
	int read_id, port, read_account;

	if (json_unpack(o, "{s:i,s:s,s:i,s:i}", "id", &read_id, "host", &host, "port",
	        &port, "account", &read_account) != 0 ||
	    read_id < 0 || port < 1 || port > 65535)
		return false;
	account_id = (unsigned)read_account;
	id = (unsigned)read_id;
	HASH_FIND(hh, asker.accounts, &account_id, sizeof(account_id), a);
	HASH_FIND(hh, asker.nodes, &id, sizeof(id), n);
	if (a == NULL || n != NULL || asker.limits.at_once == 0)
		return false;
	n = xcalloc(1, sizeof(*n));
	n->id = id;
	n->host = xstrdup(host);
	n->port = (unsigned)port;
	n->account = a;
	if (asker.next_new < now)
		asker.next_new = now;
	n->due = asker.next_new;
	asker.next_new += TURNS_APART_MS;
	HASH_ADD(hh, asker.nodes, id, sizeof(n->id), n);
	wait_turn(n);
	return true;
}

static bool
take_line(const char *text)
{
	json_t *o = json_loads(text, 0, NULL), *part;
	bool good = false;

	if ((part = json_object_get(o, "settings")) != NULL)
		good = take_settings(part);
	else if ((part = json_object_get(o, "account")) != NULL)
		good = take_account(part);
	else if ((part = json_object_get(o, "node")) != NULL)
		good = take_node(part);
	else if ((part = json_object_get(o, "drop")) != NULL && json_is_integer(part)) {
		drop((unsigned)json_integer_value(part));
		good = true;
	}
	json_decref(o);
	return good;
}

static void
on_lines(struct bufferevent *in, void *arg)
{
	struct evbuffer *b = bufferevent_get_input(in);
	bool good = true;
	size_t len;
	char *line;

	(void)arg;
	while (good && (line = evbuffer_readln(b, &len, EVBUFFER_EOL_LF)) != NULL) {
		good = len <= ASKER_LINE_MAX && take_line(line);
		explicit_bzero(line, len);
		free(line);
	}
	if (!good || evbuffer_get_length(b) > ASKER_LINE_MAX) {
		log_err(
		    "load", "the asker is told something that it does not understand");
		give_up(EXIT_WRONG_LINE);
		return;
	}
	take_turns();
}

static void
on_end(struct bufferevent *in, short what, void *arg)
{
	(void)in;
	(void)what;
	(void)arg;
	give_up(EXIT_FINE);
}

/* --- life ---------------------------------------------------------------------------
 */

static void
free_all(void)
{
	struct account *a, *next_account;
	struct node *n, *next;

	HASH_ITER (hh, asker.nodes, n, next)
		drop(n->id);
	HASH_ITER (hh, asker.accounts, a, next_account) {
		HASH_DELETE(hh, asker.accounts, a);
		account_free(a);
	}
	if (asker.in != NULL)
		bufferevent_free(asker.in);
	snmp_shutdown("clusterset-load");
}

int
asker_run(void)
{
	const struct timeval beat = { ASKER_BEAT_MS / 1000,
		ASKER_BEAT_MS % 1000 * 1000 };
	struct event *beats;

	/* it never outlives clustersetd, whatever becomes of the pipe */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	snmp_begin();
	TAILQ_INIT(&asker.well);
	TAILQ_INIT(&asker.ill);
	asker.base = event_base_new();
	asker.timer = event_new(asker.base, -1, 0, on_turn, NULL);
	beats = event_new(asker.base, -1, EV_PERSIST, on_beat, NULL);
	event_add(beats, &beat);
	evutil_make_socket_nonblocking(STDIN_FILENO);
	asker.in = bufferevent_socket_new(asker.base, STDIN_FILENO, 0);
	bufferevent_setcb(asker.in, on_lines, NULL, on_end, NULL);
	bufferevent_enable(asker.in, EV_READ);
	bufferevent_disable(asker.in, EV_WRITE);
	event_base_dispatch(asker.base);
	if (asker.lookups > 0)
		_exit(asker.status); /* the resolver's threads hold on to them */
	free_all();
	event_free(beats);
	event_free(asker.timer);
	event_base_free(asker.base);
	return asker.status;
}
