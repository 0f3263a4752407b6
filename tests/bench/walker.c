/*
 * SPDX-License-Identifier: Apache-2.0
 * walker: asks an SNMP agent as fast as it answers, and says how fast that was.
 *
 *	walker [-c COMMUNITY] [-t MS] [-r REPEAT] [-p PARALLEL] [-g GETS] PORT OID
 *
 * OID is a conceptual row (csVmEntry); its columns are found by asking. -p 1 walks them
 * one after the other with GETBULK of one variable and REPEAT repetitions, as
 * snmpbulkwalk does; -p N asks N columns at once. With -t a walk that would take longer
 * is cut: every column gets the same share of the time. -g GETs random instances of the
 * sixth column instead, one at a time. Every name must be greater than the one before.
 * Prints one line of KEY=VALUE.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/bench/wire.h"

/* 4294967295 wraps to 0 inside Net-SNMP on its way to a subagent */
#define INDEX_LAST   2147483647
#define COLUMNS_MAX  64
#define PARALLEL_MAX 64
#define ANSWER_S     10 /* then the agent is dead */
#define GET_COLUMN   5
#define GET_ROWS     20000

struct walker {
	int sock;
	const char *community;
	struct wire_oid entry;
	uint32_t columns[COLUMNS_MAX];
	size_t ncolumns;
	long ms, repeat, parallel, gets;
	int32_t id;
	unsigned char *out, *in;
	struct wire_answer answer;
	uint64_t requests, varbinds;
	bool complete;
};

static void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

static void
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("walker: ", stderr);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

/* One request and its answer, in w->answer. */
static void
ask(struct walker *w, enum wire_pdu pdu, const struct wire_oid *const *oids, size_t n)
{
	const unsigned char *msg;
	const char *wrong;
	size_t size;
	ssize_t got;

	msg = wire_request(
	    w->out, &size, pdu, w->community, ++w->id, (int32_t)w->repeat, oids, n);
	if (send(w->sock, msg, size, 0) != (ssize_t)size)
		die("cannot send a request");
	do {
		if ((got = recv(w->sock, w->in, WIRE_SIZE, 0)) < 0)
			die("no answer within %d s", ANSWER_S);
		if ((wrong = wire_parse(w->in, (size_t)got, &w->answer)) != NULL)
			die("%s", wrong);
	} while (w->answer.id != w->id);
	if (w->answer.error != 0)
		die("the agent answers error-status %d", (int)w->answer.error);
	w->requests++;
}

/* The columns that have an instance: the next one after each one's last row. */
static void
find_columns(struct walker *w)
{
	struct wire_oid at = w->entry;
	const struct wire_oid *p = &at;
	const struct wire_var *v = w->answer.vars;

	for (;;) {
		ask(w, WIRE_GETNEXT, &p, 1);
		if (w->answer.n != 1 || wire_exception(v->tag) ||
		    !wire_oid_below(&v->oid, &w->entry) || w->ncolumns == COLUMNS_MAX)
			break;
		w->columns[w->ncolumns++] = v->oid.id[w->entry.len];
		at = w->entry;
		at.id[at.len++] = v->oid.id[w->entry.len];
		at.id[at.len++] = INDEX_LAST;
	}
	if (w->ncolumns == 0)
		die("there is no row below the OID");
}

/* --- walks ------------------------------------------------------------------- */

struct cursor {
	struct wire_oid at, column;
	bool done;
};

/* Goes on to where the answer's variable is; false at the end of its column. */
static bool
advance(struct walker *w, struct cursor *c, const struct wire_var *v)
{
	if (wire_exception(v->tag) || !wire_oid_below(&v->oid, &c->column))
		return false;
	if (wire_oid_compare(&v->oid, &c->at) <= 0)
		die("the agent's names do not increase");
	c->at = v->oid;
	w->varbinds++;
	return true;
}

/* Walks some columns side by side until their end, or until then. */
static void
walk_group(struct walker *w, const uint32_t *columns, size_t n, int64_t until)
{
	struct cursor cursors[PARALLEL_MAX];
	const struct wire_oid *oids[PARALLEL_MAX];
	struct cursor *live[PARALLEL_MAX];
	size_t i, k, left;

	for (i = 0; i < n; i++) {
		cursors[i].column = w->entry;
		cursors[i].column.id[cursors[i].column.len++] = columns[i];
		cursors[i].at = cursors[i].column;
		cursors[i].done = false;
	}
	for (;;) {
		for (i = left = 0; i < n; i++) {
			if (cursors[i].done)
				continue;
			oids[left] = &cursors[i].at;
			live[left++] = &cursors[i];
		}
		if (left == 0)
			return;
		if (until != 0 && clock_us() >= until) {
			w->complete = false;
			return;
		}
		ask(w, WIRE_GETBULK, oids, left);
		if (w->answer.n == 0)
			die("an empty answer");
		for (k = 0; k < w->answer.n; k++) {
			struct cursor *c = live[k % left];

			if (!c->done && !advance(w, c, &w->answer.vars[k]))
				c->done = true;
		}
	}
}

/* As snmpbulkwalk: one name after the other over all columns. */
static void
walk_through(struct walker *w)
{
	struct cursor c = { .at = w->entry, .column = w->entry };
	const struct wire_oid *p = &c.at;
	size_t k;

	while (!c.done) {
		ask(w, WIRE_GETBULK, &p, 1);
		if (w->answer.n == 0)
			die("an empty answer");
		for (k = 0; k < w->answer.n && !c.done; k++)
			c.done = !advance(w, &c, &w->answer.vars[k]);
	}
}

static void
walk(struct walker *w)
{
	size_t n, i, step = (size_t)w->parallel,
	             groups = (w->ncolumns + step - 1) / step;
	int64_t began, share = w->ms * 1000 / (int64_t)groups, took;

	w->requests = w->varbinds = 0;
	w->complete = true;
	began = clock_us();
	if (w->parallel == 1 && w->ms == 0) {
		walk_through(w);
	} else {
		for (i = 0; i < w->ncolumns; i += n) {
			n = w->ncolumns - i < step ? w->ncolumns - i : step;
			walk_group(
			    w, w->columns + i, n, w->ms == 0 ? 0 : clock_us() + share);
		}
	}
	took = clock_us() - began;
	printf("walk shape=%ldx%ld columns=%zu complete=%d requests=%llu varbinds=%llu "
	       "seconds=%.3f varbinds_per_s=%.0f\n",
	    w->parallel, w->repeat, w->ncolumns, w->complete,
	    (unsigned long long)w->requests, (unsigned long long)w->varbinds,
	    (double)took / 1e6, (double)w->varbinds * 1e6 / (double)took);
}

/* --- single GETs --------------------------------------------------------------- */

static int
compare_us(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
gets_run(struct walker *w)
{
	struct wire_oid *rows = xcalloc(GET_ROWS, sizeof(*rows)), column = w->entry, at;
	int64_t *us = xcalloc((size_t)w->gets, sizeof(*us)), began;
	const struct wire_oid *p = &at;
	unsigned seed = 29009;
	size_t n = 0, k;
	long i;

	column.id[column.len++] =
	    w->columns[w->ncolumns > GET_COLUMN ? GET_COLUMN : w->ncolumns - 1];
	at = column;
	w->repeat = 100;
	for (;;) {
		ask(w, WIRE_GETBULK, &p, 1);
		for (k = 0; k < w->answer.n && n < GET_ROWS; k++, n++) {
			if (wire_exception(w->answer.vars[k].tag) ||
			    !wire_oid_below(&w->answer.vars[k].oid, &column))
				break;
			rows[n] = w->answer.vars[k].oid;
		}
		if (k < w->answer.n || w->answer.n == 0)
			break;
		at = rows[n - 1];
	}
	for (i = 0; i < w->gets; i++) {
		p = &rows[(size_t)rand_r(&seed) % n];
		began = clock_us();
		ask(w, WIRE_GET, &p, 1);
		us[i] = clock_us() - began;
		if (w->answer.n != 1 || wire_exception(w->answer.vars[0].tag))
			die("an instance that was there is gone");
	}
	qsort(us, (size_t)w->gets, sizeof(*us), compare_us);
	printf("get samples=%ld rows=%zu median_us=%lld p99_us=%lld max_us=%lld\n",
	    w->gets, n, (long long)us[w->gets / 2], (long long)us[w->gets * 99 / 100],
	    (long long)us[w->gets - 1]);
	free(us);
	free(rows);
}

/* --- the program ------------------------------------------------------------------ */

static long
number(const char *text, long min, long max)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end != '\0' || n < min || n > max)
		die("%s is not a number from %ld to %ld", text, min, max);
	return n;
}

static int
connected(long port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };
	struct timeval limit = { ANSWER_S, 0 };
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (sock < 0 || connect(sock, (struct sockaddr *)&to, sizeof(to)) != 0)
		die("no socket");
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return sock;
}

int
main(int argc, char **argv)
{
	struct walker w = { .community = "public", .repeat = 50, .parallel = 1 };
	int option;

	while ((option = getopt(argc, argv, "c:t:r:p:g:")) != -1) {
		if (option == 'c')
			w.community = optarg;
		else if (option == 't')
			w.ms = number(optarg, 0, 86400000);
		else if (option == 'r')
			w.repeat = number(optarg, 1, WIRE_VARS_MAX);
		else if (option == 'p')
			w.parallel = number(optarg, 1, PARALLEL_MAX);
		else if (option == 'g')
			w.gets = number(optarg, 1, 10000000);
		else
			return 2;
	}
	if (argc - optind != 2 || !wire_oid_parse(argv[optind + 1], &w.entry) ||
	    w.entry.len > WIRE_OID_MAX - 2)
		die("usage: walker [-c COMMUNITY] [-t MS] [-r REPEAT] [-p "
		    "PARALLEL] "
		    "[-g GETS] PORT OID");
	w.sock = connected(number(argv[optind], 1, 65535));
	w.out = xmalloc(WIRE_SIZE);
	w.in = xmalloc(WIRE_SIZE);
	w.answer.vars = xcalloc(WIRE_VARS_MAX, sizeof(*w.answer.vars));
	find_columns(&w);
	if (w.gets > 0)
		gets_run(&w);
	else
		walk(&w);
	free(w.answer.vars);
	free(w.in);
	free(w.out);
	close(w.sock);
	return 0;
}
