/*
 * SPDX-License-Identifier: Apache-2.0
 * SETs under way. See sets.h.
 */
#include "subagent/sets.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/log.h"
#include "base/mem.h"

#define SETS_MAX      64 /* open at once; snmpd sends one after the other */
#define SET_TOO_OLD   60000 /* ms; a master that has not gone on by then never will */
#define SET_VARIABLES 256 /* in one SET */

enum set_state {
	SET_CHECKED,
	SET_ASKED, /* control was asked and may hold a reservation */
	SET_PROPOSED /* control was told to commit */
};

struct set {
	TAILQ_ENTRY(set) next;
	uint64_t id; /* the master's */
	uint64_t transaction; /* ours */
	enum set_state state;
	msec_t started;
	struct set_item *items;
	uint32_t (*oids)[MIB_OID_MAX]; /* for csRefusalTable */
	size_t *oid_lens;
	size_t n;
};

struct sets {
	struct sets_options options;
	uint64_t last; /* transaction */
	TAILQ_HEAD(, set) open;
	size_t count;
};

struct sets *
sets_new(const struct sets_options *o)
{
	struct sets *s = xcalloc(1, sizeof(*s));

	s->options = *o;
	TAILQ_INIT(&s->open);
	return s;
}

static struct set *
set_find(struct sets *s, uint64_t id)
{
	struct set *t;

	TAILQ_FOREACH (t, &s->open, next)
		if (t->id == id)
			return t;
	return NULL;
}

/* A request on its way to control, with a reference of the caller's own. */
static struct request *
set_post(struct sets *s, const struct set *t, enum request_phase phase)
{
	struct request *r = request_new(phase, t->transaction, t->items, t->n);

	r->mail.deliver = s->options.request;
	request_ref(r); /* control's */
	mailbox_post(s->options.control, &r->mail);
	return r;
}

/* Told, not asked: nobody waits for the answer. */
static void
set_tell(struct sets *s, const struct set *t, enum request_phase phase)
{
	request_unref(set_post(s, t, phase));
}

static void
set_end(struct sets *s, struct set *t)
{
	TAILQ_REMOVE(&s->open, t, next);
	s->count--;
	free(t->items);
	free(t->oids);
	free(t->oid_lens);
	free(t);
}

/* Ends a SET of which no phase will come any more. */
static void
set_abandon(struct sets *s, struct set *t)
{
	if (t->state == SET_ASKED)
		set_tell(s, t, REQUEST_FREE);
	else if (t->state == SET_PROPOSED)
		log_notice("set",
		    "transaction=%" PRIu64 " was committed and never concluded; it "
		    "will be accepted",
		    t->transaction);
	set_end(s, t);
}

void
sets_lost(struct sets *s)
{
	while (!TAILQ_EMPTY(&s->open))
		set_abandon(s, TAILQ_FIRST(&s->open));
}

void
sets_free(struct sets *s)
{
	if (s == NULL)
		return;
	sets_lost(s);
	free(s);
}

size_t
sets_open(const struct sets *s)
{
	return s->count;
}

static void
sets_sweep(struct sets *s, msec_t now)
{
	struct set *t;

	while ((t = TAILQ_FIRST(&s->open)) != NULL &&
	    (s->count >= SETS_MAX || now - t->started > SET_TOO_OLD))
		set_abandon(s, t);
}

/* --- the phases ------------------------------------------------------------ */

static bool
same_item(const struct set_item *a, const struct set_item *b)
{
	return a->what == b->what && key_compare(a->key, a->klen, b->key, b->klen) == 0;
}

static enum mib_error
set_refused(
    struct sets *s, const struct mib_write *w, enum mib_error error, const char *reason)
{
	refusals_add(s->options.refusals, w->oid, w->len, error, reason);
	stat_add(STAT_SETS_REFUSED, 1);
	return error;
}

static enum mib_error
set_check(struct sets *s, const struct mib_snapshot *snap, uint64_t id,
    const struct mib_write *writes, size_t n, size_t *failed)
{
	struct set *t = set_find(s, id);
	enum mib_error error;
	char *reason = NULL;
	size_t i, j;

	if (t != NULL)
		set_abandon(s, t);
	sets_sweep(s, snap->now);
	*failed = 0;
	if (n > SET_VARIABLES)
		return set_refused(s, &writes[0], ERROR_RESOURCE_UNAVAILABLE,
		    "more than 256 variables in one SET");
	t = xcalloc(1, sizeof(*t));
	t->id = id;
	t->transaction = ++s->last;
	t->started = snap->now;
	t->n = n;
	t->items = xcalloc(n, sizeof(*t->items));
	t->oids = xcalloc(n, sizeof(*t->oids));
	t->oid_lens = xcalloc(n, sizeof(*t->oid_lens));
	TAILQ_INSERT_TAIL(&s->open, t, next);
	s->count++;
	for (i = 0; i < n; i++) {
		error =
		    mib_check(s->options.mib, snap, &writes[i], &t->items[i], &reason);
		for (j = 0; error == ERROR_NONE && j < i; j++)
			if (same_item(&t->items[i], &t->items[j])) {
				error = ERROR_INCONSISTENT_NAME;
				reason = xstrdup("this object stands twice in the SET");
			}
		if (error != ERROR_NONE) {
			*failed = i;
			set_refused(s, &writes[i], error, reason);
			free(reason);
			set_end(s, t);
			return error;
		}
		memcpy(t->oids[i], writes[i].oid, writes[i].len * sizeof(uint32_t));
		t->oid_lens[i] = writes[i].len;
	}
	return ERROR_NONE;
}

/* Asks control and waits; `silent` and `lost` are the errors for no answer in time,
 * when nothing was done and when that is not known. */
static enum mib_error
set_ask(struct sets *s, struct set *t, enum request_phase phase, enum mib_error silent,
    enum mib_error unknown, size_t *failed)
{
	struct mib_write w;
	struct request *r;
	const char *words;
	enum mib_error error;

	r = set_post(s, t, phase);
	switch (request_wait(r, s->options.timeout)) {
	case 1:
		error = (enum mib_error)r->error;
		words = r->reason;
		*failed = r->failed_item < t->n ? r->failed_item : 0;
		break;
	case 0:
		error = silent;
		words = "clustersetd's control thread did not answer in time; nothing "
		        "was done";
		break;
	default:
		error = unknown;
		words = "clustersetd's control thread did not answer in time; the "
		        "outcome is not known, read back";
	}
	if (error != ERROR_NONE) {
		w.oid = t->oids[*failed];
		w.len = t->oid_lens[*failed];
		set_refused(s, &w, error, words);
	}
	request_unref(r);
	return error;
}

/* Conclusions are waited for, so that a read after the SET shows it, but must reach
 * control even when it is late. */
static bool
set_conclude(struct sets *s, struct set *t, enum request_phase phase)
{
	struct request *r = set_post(s, t, phase);
	int answered = request_wait(r, s->options.timeout);
	bool good = answered == 1 && r->error == 0;

	if (answered == 0)
		set_tell(s, t, phase);
	if (answered != 1)
		log_warn("set", "transaction=%" PRIu64 " concluded without an answer",
		    t->transaction);
	request_unref(r);
	return good;
}

enum mib_error
sets_phase(struct sets *s, const struct mib_snapshot *snap, uint64_t id,
    enum set_phase phase, const struct mib_write *writes, size_t n, size_t *failed)
{
	enum mib_error error = ERROR_NONE;
	struct set *t;

	*failed = 0;
	if (phase == SET_CHECK)
		return set_check(s, snap, id, writes, n, failed);
	if ((t = set_find(s, id)) == NULL)
		return phase == SET_TEST || phase == SET_COMMIT ? ERROR_GEN_ERR
		                                                : ERROR_NONE;
	switch (phase) {
	case SET_CHECK:
		break;
	case SET_TEST:
		t->state = SET_ASKED;
		return set_ask(s, t, REQUEST_TEST, ERROR_RESOURCE_UNAVAILABLE,
		    ERROR_RESOURCE_UNAVAILABLE, failed);
	case SET_COMMIT:
		t->state = SET_PROPOSED;
		return set_ask(
		    s, t, REQUEST_COMMIT, ERROR_GEN_ERR, ERROR_GEN_ERR, failed);
	case SET_CLEANUP:
		set_conclude(s, t, REQUEST_ACCEPT);
		stat_add(STAT_SETS_ACCEPTED, 1);
		set_end(s, t);
		break;
	case SET_UNDO:
		if (!set_conclude(s, t, REQUEST_UNDO))
			error = ERROR_UNDO_FAILED;
		set_end(s, t);
		break;
	case SET_FREE:
		if (t->state == SET_ASKED)
			set_tell(s, t, REQUEST_FREE);
		set_end(s, t);
		break;
	}
	return error;
}
