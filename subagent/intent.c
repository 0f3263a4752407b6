/*
 * SPDX-License-Identifier: Apache-2.0
 * SETs from the face: reserved, proposed durably, then accepted.
 *
 * TEST reserves the objects of a SET; a reservation without COMMIT lapses after ten
 * seconds. COMMIT makes it a proposal, a record of the store until ACCEPT or UNDO. A
 * proposal that stays without either for ten seconds, is found at start, or stands when
 * the next SET begins counts as accepted and says so in an event: the manager may have
 * been told that it succeeded (design 7), and no older SET may overrule a newer one.
 */
#include "subagent/control_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/log.h"
#include "base/mem.h"
#include "subagent/want.h"

#define NOT_UNDERSTOOD                                                             \
	"the state file's proposal %s is not understood: restore a backup of the " \
	"state "                                                                   \
	"file, or move it away"
#define PROPOSAL_LIFE 10000 /* ms until an orphan counts as accepted */

enum proposal_state {
	RESERVED, /* tested; nothing is written */
	COMMITTING, /* on its way to the disk */
	UNDONE, /* on its way to the disk, and UndoSet came meanwhile */
	OVERTAKEN, /* on its way to the disk, and the next SET began meanwhile */
	PROPOSED /* durable */
};

struct proposal {
	TAILQ_ENTRY(proposal) next;
	struct control *control;
	enum proposal_state state;
	uint64_t transaction; /* 0: found at start */
	char key[24]; /* in the store */
	struct want want;
	msec_t since;
	struct request *committing; /* to be answered when durable */
};

/* mail.deliver has no argument of its own, and there is one control in a process */
static struct control *the_control;

/* Is it possible now? The error, which variable, and why (the caller frees). */
static enum mib_error
test(struct control *c, const struct want *w, size_t *item, char **why)
{
	const struct model_now now = control_now();

	if (c->store_failed && !want_passing(w)) {
		*item = 0;
		cause_set(
		    why, "the state file cannot be written at present: see the alarm");
		return ERROR_RESOURCE_UNAVAILABLE;
	}
	return want_test(w, c->model, c->moves, c->engine, &now, item, why);
}

/* --- proposals
 * ------------------------------------------------------------------------ */

static struct proposal *
proposal_find(struct control *c, uint64_t transaction)
{
	struct proposal *p;

	TAILQ_FOREACH (p, &c->proposals, next)
		if (p->transaction == transaction)
			return p;
	return NULL;
}

static void
proposal_free(struct proposal *p)
{
	TAILQ_REMOVE(&p->control->proposals, p, next);
	request_unref(p->committing);
	want_clear(&p->want);
	free(p);
}

static void
proposal_put(struct store_batch *b, const struct proposal *p)
{
	json_t *o = want_json(&p->want);
	char *text = json_dumps(o, JSON_COMPACT);

	store_batch_put(b, "proposal", p->key, text);
	free(text);
	json_decref(o);
}

/* Its record goes with what the turn changed. */
static void
proposal_drop(struct proposal *p)
{
	struct control *c = p->control;

	if (p->key[0] != '\0')
		store_batch_del(record_batch(c), "proposal", p->key);
	proposal_free(p);
	record_flush(c);
}

static void
proposal_accept(struct proposal *p)
{
	const struct model_now now = control_now();
	struct control *c = p->control;

	if (p->want.npolicies > 0)
		policies_soon(c);
	want_apply(&p->want, c->model, c->moves, c->engine, &now);
	proposal_drop(p); /* in one batch with what it did */
	moving_settle(c);
}

/* --- orphans
 * -------------------------------------------------------------------------- */

static void
accept_orphan(struct proposal *p, const char *why)
{
	const struct model_now now = control_now();
	char *text;

	if (want_empty(&p->want) || want_passing(&p->want)) {
		proposal_accept(p);
		return;
	}
	text = xasprintf("a SET of %zu value(s) was accepted although %s: the manager "
	                 "may have been told that it succeeded",
	    p->want.nintents + p->want.nmoves + p->want.norders + p->want.npolicies,
	    why);

	log_warn("set", "%s", text);
	model_event(p->control->model,
	    p->want.nmoves > 0 ? EVENT_MOVE_RECOVERED : EVENT_SETTING_CHANGED,
	    SEV_WARNING, OBJECT_SET, p->control->settings->name, text, &now);
	free(text);
	proposal_accept(p);
}

/* A new SET begins: snmpd sends one after the other, so older ones got no end. */
static void
settle_older(struct control *c, uint64_t transaction)
{
	struct proposal *p, *tmp;

	for (p = TAILQ_FIRST(&c->proposals); p != NULL; p = tmp) {
		tmp = TAILQ_NEXT(p, next);
		if (p->transaction == transaction)
			continue;
		if (p->state == PROPOSED)
			accept_orphan(p, "snmpd sent no end of it before the next one");
		else if (p->state == COMMITTING)
			p->state = OVERTAKEN;
	}
}

void
intent_tick(struct control *c, const struct model_now *now)
{
	struct proposal *p, *tmp;

	for (p = TAILQ_FIRST(&c->proposals); p != NULL; p = tmp) {
		tmp = TAILQ_NEXT(p, next);
		if (now->ms - p->since <= PROPOSAL_LIFE)
			continue;
		if (p->state == PROPOSED)
			accept_orphan(p, "snmpd sent no end of it for 10 s");
		else if (p->state == RESERVED)
			proposal_free(p);
	}
}

/*
 * Who gave a word looked when he gave it, and nobody knows how long ago that was: it
 * is void as it would be if it had been taken.
 */
static void
void_words(struct proposal *p)
{
	const struct model_now now = control_now();
	const size_t n = want_void_words(&p->want);
	char *text;

	if (n == 0)
		return;
	text = xasprintf("%zu word(s) that a VM is stopped in a cluster "
	                 "(csVmSiteConfirm) are void, because clustersetd was started "
	                 "again: look, and give them again",
	    n);
	log_warn("set", "%s", text);
	model_event(p->control->model, EVENT_SETTING_CHANGED, SEV_WARNING, OBJECT_SET,
	    p->control->settings->name, text, &now);
	free(text);
}

void
intent_start(struct control *c)
{
	struct proposal *p;

	while ((p = TAILQ_FIRST(&c->proposals)) != NULL) {
		void_words(p);
		accept_orphan(p, "clustersetd ended before it was concluded");
	}
}

void
intent_tell_all(struct control *c, struct store_batch *b)
{
	const struct proposal *p;

	store_batch_del_before(b, "proposal", "~"); /* keys are hexadecimal */
	TAILQ_FOREACH (p, &c->proposals, next)
		if (p->state == PROPOSED && p->key[0] != '\0')
			proposal_put(b, p);
}

/* --- phases
 * ---------------------------------------------------------------------------- */

/* Takes over the want. */
static void
reserve(struct control *c, const struct request *r, const struct want *w)
{
	struct proposal *p = xcalloc(1, sizeof(*p));

	p->control = c;
	p->state = RESERVED;
	p->transaction = r->transaction;
	p->want = *w;
	p->since = clock_ms();
	TAILQ_INSERT_TAIL(&c->proposals, p, next);
}

/* Has another SET reserved something that this one wants? */
static bool
reserved(
    const struct control *c, uint64_t transaction, const struct want *w, size_t *item)
{
	const struct proposal *p;

	TAILQ_FOREACH (p, &c->proposals, next)
		if (p->transaction != transaction && want_meets(w, &p->want, item))
			return true;
	return false;
}

static void
phase_test(struct control *c, struct request *r)
{
	struct want w = { 0 };
	char *why = NULL;
	enum mib_error error;
	size_t item = 0;

	settle_older(c, r->transaction);
	error = want_read(&w, c->model, r->items, r->nitems, &item, &why);
	if (error == ERROR_NONE)
		error = test(c, &w, &item, &why);
	if (error == ERROR_NONE && reserved(c, r->transaction, &w, &item)) {
		error = ERROR_RESOURCE_UNAVAILABLE;
		cause_set(&why,
		    "another SET of the same object is under way: try again in some "
		    "seconds");
	}
	if (error == ERROR_NONE && proposal_find(c, r->transaction) == NULL)
		reserve(c, r, &w);
	else
		want_clear(&w);
	request_answer(r, (int)error, item, why);
	request_unref(r);
}

static void
on_proposed(void *arg, const char *error)
{
	struct proposal *p = arg;
	struct request *r = p->committing;

	p->committing = NULL;
	if (error == NULL)
		request_answer(r, ERROR_NONE, 0, NULL);
	else
		request_answer(r, ERROR_COMMIT_FAILED, 0,
		    xasprintf("the request could not be made durable: %s", error));
	request_unref(r);
	if (error != NULL) {
		record_failed(p->control, error);
		proposal_free(p);
	} else if (p->state == UNDONE) {
		proposal_drop(p);
	} else if (p->state == OVERTAKEN) {
		accept_orphan(p, "snmpd sent no end of it before the next one");
	} else {
		p->state = PROPOSED;
	}
}

static void
phase_commit(struct control *c, struct request *r)
{
	struct proposal *p = proposal_find(c, r->transaction);
	enum mib_error error = ERROR_NONE;
	struct store_batch *b;
	char *why = NULL;
	size_t item = 0;

	if (p == NULL || p->state != RESERVED) {
		error = ERROR_COMMIT_FAILED;
		cause_set(
		    &why, "it was not tested, or took longer than 10 s: try again");
	} else {
		/* the world may have changed since */
		error = test(c, &p->want, &item, &why);
	}
	if (error != ERROR_NONE) {
		request_answer(r, ERROR_COMMIT_FAILED, item, why);
		request_unref(r);
		return;
	}
	p->since = clock_ms();
	/* 0 written where 0 is read, and the like; questions are in memory only */
	if (want_empty(&p->want) || want_passing(&p->want)) {
		p->state = PROPOSED;
		request_answer(r, ERROR_NONE, 0, NULL);
		request_unref(r);
		return;
	}
	p->state = COMMITTING;
	p->committing = r;
	snprintf(p->key, sizeof(p->key), "%016" PRIx64, ++c->proposal_seq);
	record_flush(c); /* what came before stays before */
	b = store_batch_new();
	proposal_put(b, p);
	store_submit(c->store, b, on_proposed, p);
}

static void
phase_end(struct control *c, struct request *r)
{
	struct proposal *p = proposal_find(c, r->transaction);

	if (p != NULL && r->phase == REQUEST_ACCEPT && p->state == PROPOSED) {
		proposal_accept(p);
		control_publish_now(c); /* who reads back must see it */
	} else if (p != NULL && r->phase == REQUEST_UNDO) {
		if (p->state == PROPOSED)
			proposal_drop(p);
		else if (p->state == COMMITTING)
			p->state = UNDONE;
		else if (p->state == RESERVED)
			proposal_free(p);
	} else if (p != NULL && r->phase == REQUEST_FREE && p->state == RESERVED) {
		proposal_free(p);
	}
	request_answer(r, ERROR_NONE, 0, NULL);
	request_unref(r);
}

void
intent_request(struct mail *mail)
{
	struct request *r = (struct request *)mail;
	struct control *c = the_control;

	if (!request_take(r)) { /* the face has given up waiting: nothing happens */
		request_unref(r);
		return;
	}
	switch (r->phase) {
	case REQUEST_TEST:
		phase_test(c, r);
		break;
	case REQUEST_COMMIT:
		phase_commit(c, r);
		break;
	default:
		phase_end(c, r);
		break;
	}
}

/* --- life
 * ------------------------------------------------------------------------------ */

static int
load_proposal(const char *key, const char *value, void *arg, char **cause)
{
	struct control *c = arg;
	struct proposal *p = xcalloc(1, sizeof(*p));
	json_t *o = json_loads(value, 0, NULL);
	uint64_t seq = strtoull(key, NULL, 16);
	bool ok;

	p->control = c;
	p->state = PROPOSED;
	snprintf(p->key, sizeof(p->key), "%s", key);
	TAILQ_INSERT_TAIL(&c->proposals, p, next);
	if (seq > c->proposal_seq)
		c->proposal_seq = seq;
	ok = want_load(&p->want, o);
	json_decref(o);
	return ok ? 0 : cause_set(cause, NOT_UNDERSTOOD, key);
}

void
intent_init(struct control *c)
{
	TAILQ_INIT(&c->proposals);
	the_control = c;
}

int
intent_load(struct control *c, char **cause)
{
	return store_load(c->store, "proposal", load_proposal, c, cause);
}

void
intent_free(struct control *c)
{
	struct proposal *p;

	while ((p = TAILQ_FIRST(&c->proposals)) != NULL)
		proposal_free(p);
	the_control = NULL;
}
