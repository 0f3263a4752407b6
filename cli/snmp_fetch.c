/*
 * SPDX-License-Identifier: Apache-2.0
 * The reading of long tables. See snmp_fetch.h for how it goes about it.
 */
#include "cli/snmp_fetch.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
	WIDTH = FETCH_WIDTH, /* variables of a PDU that we would like to have */
	PROBES = 32, /* of an index: how far does the table go */
	CAREFUL =
	    12, /* varbinds of an answer after a time-out that large ones may cause */
};

static struct stretch *
stretch_new(struct fetch *f, uint32_t low, uint32_t high)
{
	struct stretch *st = xcalloc(1, sizeof(*st));

	st->low = low;
	st->high = high;
	st->cursor = xcalloc(f->n, sizeof(*st->cursor));
	st->next = f->all;
	f->all = st;
	return st;
}

static bool
stretch_done(const struct fetch *f, const struct stretch *st)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (!st->cursor[i].done)
			return false;
	return true;
}

/* The furthest index that any of its columns has reached. */
static uint32_t
stretch_reached(const struct fetch *f, const struct stretch *st)
{
	uint32_t reached = st->low;
	size_t i;

	for (i = 0; i < f->n; i++)
		if (st->cursor[i].nsub > f->nprefix &&
		    st->cursor[i].sub[f->nprefix] > reached)
			reached = st->cursor[i].sub[f->nprefix];
	return reached;
}

static int
compare_subs(const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
	size_t i;

	for (i = 0; i < na && i < nb; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return na == nb ? 0 : na < nb ? -1 : 1;
}

/* The row of an index in a stretch, made when it is new. Columns come in order, so the
 * search goes on where the column's last value was. */
static struct raw *
stretch_row(struct fetch *f, struct stretch *st, struct cursor *c, const uint32_t *sub,
    size_t nsub)
{
	struct raw *raw;
	int order = 1;

	while (c->at < st->n &&
	    (order = compare_subs(st->raw[c->at].sub, st->raw[c->at].nsub, sub, nsub)) <
	        0)
		c->at++;
	if (c->at < st->n && order == 0)
		return &st->raw[c->at];
	if (st->n == st->room) {
		st->room = st->room == 0 ? 64 : st->room * 2;
		st->raw = xreallocarray(st->raw, st->room, sizeof(*st->raw));
	}
	raw = &st->raw[c->at];
	memmove(raw + 1, raw, (st->n - c->at) * sizeof(*raw));
	st->n++;
	f->rows++;
	raw->sub = xcalloc(nsub, sizeof(*sub));
	memcpy(raw->sub, sub, nsub * sizeof(*sub));
	raw->nsub = nsub;
	raw->cells = xcalloc(f->n, sizeof(*raw->cells));
	return raw;
}

/* --- asking ---------------------------------------------------------------- */

/* The reading ends; the first cause is the one that is told. */
static void
fail(struct fetch *f, enum snmp_result result)
{
	if (f->result == SNMP_DONE)
		f->result = result;
}

static void
failed(struct fetch *f, int error)
{
	if (f->result == SNMP_DONE)
		f->result = snmp_why(f->s, error, f->cause);
}

static void
begin_of(
    const struct fetch *f, const struct stretch *st, size_t column, struct snmp_oid *o)
{
	const struct cursor *c = &st->cursor[column];
	size_t i;

	snmp_oid_object(f->s, f->ids[column], o);
	if (c->nsub > 0) {
		for (i = 0; i < c->nsub; i++)
			snmp_oid_add(o, c->sub[i]);
		return;
	}
	for (i = 0; i < f->nprefix; i++)
		snmp_oid_add(o, f->prefix[i]);
	if (st->low == 0)
		return;
	/* GETNEXT of 7 gives 8 in a table of one number, but 7.1 in one of two */
	snmp_oid_add(
	    o, f->nprefix + 1 == mib_tables[f->table].nindex ? st->low : st->low + 1);
}

static int answered(
    int op, netsnmp_session *session, int id, netsnmp_pdu *pdu, void *arg);

/* Sends what the lane's stretches want next, if anything. */
static void
lane_ask(struct lane *l)
{
	struct fetch *f = l->fetch;
	size_t i, column, repeat, most = f->s->most;
	netsnmp_pdu *pdu;
	struct snmp_oid o;

	l->nasked = 0;
	if (most > FETCH_VARIABLES)
		most = FETCH_VARIABLES;
	pdu = snmp_pdu_create(SNMP_MSG_GETBULK);
	for (i = 0; i < FETCH_SLOTS; i++)
		for (column = 0; l->slot[i] != NULL && column < f->n; column++) {
			if (l->slot[i]->cursor[column].done || l->nasked == most)
				continue;
			begin_of(f, l->slot[i], column, &o);
			snmp_add_null_var(pdu, o.id, o.n);
			l->asked[l->nasked].stretch = l->slot[i];
			l->asked[l->nasked++].column = column;
		}
	if (l->nasked == 0) {
		snmp_free_pdu(pdu);
		return;
	}
	repeat = f->s->most / l->nasked;
	pdu->non_repeaters = 0;
	if (repeat == 0)
		repeat = 1;
	pdu->max_repetitions = (long)repeat;
	l->size = repeat * l->nasked;
	if (snmp_sess_async_send(f->s->handle, pdu, answered, l) == 0) {
		failed(f, f->s->session->s_snmp_errno);
		snmp_free_pdu(pdu);
		return;
	}
	l->waiting = true;
}

/* --- stretches ------------------------------------------------------------- */

/* Half of what the stretch with most before it has still to do, or NULL when that is
 * not worth it. */
static struct stretch *
split(struct fetch *f)
{
	struct stretch *st, *most = NULL;
	uint32_t reached, high, left, best = 0;

	for (st = f->all; st != NULL; st = st->next) {
		if (stretch_done(f, st))
			continue;
		reached = stretch_reached(f, st);
		high = st->high < f->far ? st->high : f->far;
		left = high > reached ? high - reached : 0;
		if (left > best) {
			best = left;
			most = st;
		}
	}
	/* what is on its way to it already is not worth a new stretch */
	if (most == NULL || best < 4 * (uint32_t)(f->s->most / WIDTH) + 4)
		return NULL;
	reached = stretch_reached(f, most);
	st = stretch_new(f, reached + (best - best / 2), most->high);
	most->high = st->low;
	return st;
}

/* Takes finished stretches out of a lane and gives it others. */
static void
lane_fill(struct lane *l)
{
	struct fetch *f = l->fetch;
	size_t i;

	for (i = 0; i < FETCH_SLOTS; i++)
		if (l->slot[i] != NULL && stretch_done(f, l->slot[i]))
			l->slot[i] = NULL;
	for (i = 0; f->cut && i < f->slots; i++)
		if (l->slot[i] == NULL && (l->slot[i] = split(f)) == NULL)
			return;
}

/* Rows that all columns have passed: enough of them? */
static bool
enough(const struct fetch *f)
{
	const struct stretch *st = f->all;
	const struct cursor *c;
	size_t i, complete = st->n;

	for (i = 0; i < f->n; i++) {
		c = &st->cursor[i];
		if (!c->done && (c->nsub == 0 || c->at < complete))
			complete = c->nsub == 0 ? 0 : c->at + 1;
	}
	return complete >= f->max;
}

/* --- answers --------------------------------------------------------------- */

/* An answer is not behind what was asked for, and no more of it can be believed: not
 * even that the table ends there. */
static int
circles(struct fetch *f)
{
	cause_set(f->cause,
	    "%s answers rows of %s that do not go forward: a broken agent stands "
	    "between us and clustersetd",
	    f->s->peer, mib_tables[f->table].name);
	fail(f, SNMP_FAILED);
	return -1;
}

/* One value of an answer; -1 when the reading ends. */
static int
take(struct fetch *f, struct stretch *st, size_t column, const netsnmp_variable_list *v)
{
	struct cursor *c = &st->cursor[column];
	struct snmp_oid base;
	uint32_t sub[MAX_OID_LEN];
	size_t i, nsub;
	struct raw *raw;

	if (c->done)
		return 0;
	snmp_oid_object(f->s, f->ids[column], &base);
	if (snmp_nothing(v) || v->name_length > MAX_OID_LEN) {
		c->done = true;
		return 0;
	}
	if (v->name_length <= base.n ||
	    memcmp(v->name, base.id, base.n * sizeof(oid)) != 0) {
		if (snmp_oid_compare(v->name, v->name_length, base.id, base.n) <= 0)
			return circles(f);
		c->done = true;
		return 0;
	}
	nsub = v->name_length - base.n;
	for (i = 0; i < nsub; i++)
		sub[i] = (uint32_t)v->name[base.n + i];
	if (f->nprefix > 0 && compare_subs(sub, nsub, f->prefix, f->nprefix) <= 0)
		return circles(f);
	if (nsub <= f->nprefix ||
	    (f->nprefix > 0 &&
	        memcmp(sub, f->prefix, f->nprefix * sizeof(*sub)) != 0) ||
	    sub[f->nprefix] > st->high) {
		c->done = true;
		return 0;
	}
	if ((c->nsub > 0 && compare_subs(sub, nsub, c->sub, c->nsub) <= 0) ||
	    sub[f->nprefix] < st->low)
		return circles(f);
	memcpy(c->sub, sub, nsub * sizeof(*sub));
	c->nsub = nsub;
	raw = stretch_row(f, st, c, sub, nsub);
	if (snmp_value(f->s, v, f->ids[column], &raw->cells[column], f->cause) == -1) {
		fail(f, SNMP_FAILED);
		return -1;
	}
	if (f->rows > SNMP_ROWS_MAX) {
		cause_set(f->cause, "%s has more than %d rows of %s", f->s->peer,
		    SNMP_ROWS_MAX, mib_tables[f->table].name);
		fail(f, SNMP_FAILED);
		return -1;
	}
	return 0;
}

/* Less in a PDU than was asked for, at the most `most`; false when it was that little.
 */
static bool
smaller(struct lane *l, size_t most)
{
	if (most == 0 || l->size <= most)
		return false;
	if (l->fetch->s->most > most)
		l->fetch->s->most = most;
	return true;
}

static void
take_answer(struct lane *l, const netsnmp_pdu *pdu)
{
	struct fetch *f = l->fetch;
	const netsnmp_variable_list *v = pdu->variables;
	size_t i;

	if (pdu->errstat == SNMP_ERR_TOOBIG || (pdu->errstat == 0 && v == NULL)) {
		/* with an empty answer an agent says the same (RFC 3416, 4.2.3) */
		if (!smaller(l, l->size / 2)) {
			cause_set(f->cause,
			    "an answer of %s does not fit into a message", f->s->peer);
			fail(f, SNMP_FAILED);
		}
		return;
	}
	if (pdu->errstat != SNMP_ERR_NOERROR) {
		fail(f, snmp_why_status(f->s, pdu, f->cause));
		return;
	}
	for (i = 0; v != NULL; v = v->next_variable, i = (i + 1) % l->nasked)
		if (take(f, l->asked[i].stretch, l->asked[i].column, v) == -1)
			return;
}

static int
answered(int op, netsnmp_session *session, int id, netsnmp_pdu *pdu, void *arg)
{
	struct lane *l = arg;
	struct fetch *f = l->fetch;
	bool report = pdu != NULL && pdu->command == SNMP_MSG_REPORT;
	int error = f->s->session->s_snmp_errno;

	(void)session;
	(void)id;
	if (report &&
	    (op == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE ||
	        op == NETSNMP_CALLBACK_OP_SEC_ERROR)) {
		error = snmpv3_get_report_type(pdu);
		if (error == SNMPERR_NOT_IN_TIME_WINDOW)
			return 1; /* the library knows the time now and asks again */
		op = NETSNMP_CALLBACK_OP_SEC_ERROR;
	}
	switch (op) {
	case NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE:
		l->waiting = false;
		f->s->heard = true;
		if (f->result == SNMP_DONE)
			take_answer(l, pdu);
		break;
	case NETSNMP_CALLBACK_OP_TIMED_OUT:
		l->waiting = false;
		/* a firewall that drops fragments lets small answers through */
		if (!f->s->heard || !smaller(l, CAREFUL))
			failed(f, SNMPERR_TIMEOUT);
		break;
	case NETSNMP_CALLBACK_OP_SEND_FAILED:
	case NETSNMP_CALLBACK_OP_DISCONNECT:
	case NETSNMP_CALLBACK_OP_SEC_ERROR:
		l->waiting = false;
		failed(f, error);
		break;
	default: /* a retransmission */
		break;
	}
	return 1;
}

/* Waits for the next answer or time-out. */
static void
turn(struct fetch *f)
{
	netsnmp_large_fd_set fds;
	struct timeval wait = { 1, 0 };
	int n = 0, block = 1;
	size_t i;

	netsnmp_large_fd_set_init(&fds, FD_SETSIZE);
	snmp_sess_select_info2(f->s->handle, &n, &fds, &wait, &block);
	if (block) { /* the library waits for nothing, whatever we think */
		for (i = 0; i < FETCH_LANES; i++)
			f->lane[i].waiting = false;
		failed(f, SNMPERR_TIMEOUT);
	} else if (netsnmp_large_fd_set_select(n, &fds, NULL, NULL, &wait) > 0) {
		snmp_sess_read2(f->s->handle, &fds);
	} else {
		snmp_sess_timeout(f->s->handle);
	}
	netsnmp_large_fd_set_cleanup(&fds);
}

/* --- how far does it go ---------------------------------------------------- */

/* Of `n` ascending numbers the last one behind which the table has a row: its place, or
 * -1. */
static int
probe(struct fetch *f, const uint32_t *numbers, int n)
{
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GETNEXT), *answer;
	const netsnmp_variable_list *v;
	struct snmp_oid o, column;
	char *cause = NULL;
	int i, found = -1;

	snmp_oid_object(f->s, f->ids[0], &column);
	for (i = 0; i < (int)f->nprefix; i++)
		snmp_oid_add(&column, f->prefix[i]);
	for (i = 0; i < n; i++) {
		o = column;
		snmp_oid_add(&o, numbers[i]);
		snmp_add_null_var(pdu, o.id, o.n);
	}
	if (snmp_exchange(f->s, pdu, &answer, &cause) != SNMP_DONE) {
		free(cause);
		return -1;
	}
	for (i = 0, v = answer->variables; answer->errstat == 0 && v != NULL && i < n;
	     i++, v = v->next_variable)
		if (!snmp_nothing(v) && v->name_length > column.n &&
		    memcmp(v->name, column.id, column.n * sizeof(oid)) == 0)
			found = i;
	snmp_free_pdu(answer);
	return found;
}

/* The table did not end with the first answer: may it be cut, and how far does it go?
 */
static void
measure(struct fetch *f)
{
	uint32_t numbers[PROBES];
	uint32_t low, step;
	int i, last;

	f->cut = false;
	if (f->max > 0 || f->nprefix >= mib_tables[f->table].nindex ||
	    mib_objects[mib_tables[f->table].index[f->nprefix]].base == MIB_TEXT ||
	    f->s->most <= CAREFUL)
		return;
	for (i = 0; i < PROBES - 1; i++)
		numbers[i] = UINT32_C(1) << i;
	last = probe(f, numbers, PROBES - 1);
	if (last == -1)
		return;
	low = numbers[last];
	step = low / PROBES + 1;
	for (i = 0; i < PROBES; i++)
		numbers[i] = low + (uint32_t)i * step;
	last = probe(f, numbers, PROBES);
	if (last == -1)
		return;
	f->far = numbers[last] + step;
	f->cut = true;
}

/* Cuts what is before the first stretch evenly, so that halving has little to do. */
static void
cut(struct fetch *f)
{
	struct stretch *first = f->all, *st;
	uint32_t reached = stretch_reached(f, first), left, step;
	size_t lanes = FETCH_LANES * f->slots, i;

	left = f->far > reached ? f->far - reached : 0;
	step = left / (uint32_t)lanes;
	if (step < (uint32_t)(f->s->most / WIDTH) * 4 + 1)
		return; /* halving will do */
	first->high = reached + step;
	for (i = 1; i < lanes; i++) {
		st = stretch_new(f, reached + (uint32_t)i * step,
		    i + 1 < lanes ? reached + (uint32_t)(i + 1) * step : UINT32_MAX);
		f->lane[i % FETCH_LANES].slot[i / FETCH_LANES] = st;
	}
}

/* --- all together ---------------------------------------------------------- */

static bool
waiting(const struct fetch *f)
{
	size_t i;

	for (i = 0; i < FETCH_LANES; i++)
		if (f->lane[i].waiting)
			return true;
	return false;
}

void
fetch_run(struct fetch *f, uint32_t after)
{
	unsigned answers = 0;
	size_t i;

	f->far = UINT32_MAX;
	f->slots = f->n >= WIDTH ? 1 : WIDTH / f->n;
	for (i = 0; i < FETCH_LANES; i++)
		f->lane[i].fetch = f;
	stretch_new(f, after, UINT32_MAX);
	f->lane[0].slot[0] = f->all;
	lane_ask(&f->lane[0]);
	while (waiting(f)) {
		turn(f);
		if (f->result != SNMP_DONE)
			continue; /* the others come in or time out, too */
		if (f->max > 0 && enough(f))
			return;
		/* what two answers hold is not worth two more questions */
		if (++answers == 2 && !f->lane[0].waiting && f->all->n > 0 &&
		    !stretch_done(f, f->all)) {
			measure(f);
			if (f->cut)
				cut(f);
		}
		for (i = 0; i < FETCH_LANES; i++)
			if (!f->lane[i].waiting) {
				lane_fill(&f->lane[i]);
				lane_ask(&f->lane[i]);
			}
	}
}

void
fetch_free(struct fetch *f)
{
	struct stretch *st;
	size_t i, j;

	while ((st = f->all) != NULL) {
		f->all = st->next;
		for (i = 0; i < st->n; i++) {
			for (j = 0; j < f->n; j++)
				free(st->raw[i].cells[j].text);
			free(st->raw[i].cells);
			free(st->raw[i].sub);
		}
		free(st->raw);
		free(st->cursor);
		free(st);
	}
}
