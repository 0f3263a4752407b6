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

#define NOT_UNDERSTOOD                                                             \
	"the state file's proposal %s is not understood: restore a backup of the " \
	"state "                                                                   \
	"file, or move it away"
#define PROPOSAL_LIFE 10000 /* ms until an orphan counts as accepted */

/* RFC 3416 section 3, as Net-SNMP numbers them */
enum snmp_error {
	SNMP_OK = 0,
	SNMP_GEN_ERR = 5,
	SNMP_WRONG_VALUE = 10,
	SNMP_NO_CREATION = 11,
	SNMP_INCONSISTENT_VALUE = 12,
	SNMP_RESOURCE_UNAVAILABLE = 13,
	SNMP_COMMIT_FAILED = 14
};

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
	struct intent *intents;
	size_t n;
	msec_t since;
	struct request *committing; /* to be answered when durable */
};

/* mail.deliver has no argument of its own, and there is one control in a process */
static struct control *the_control;

/* --- translation --------------------------------------------------------------------
 */

static bool
intent_of(const struct set_item *item, struct intent *i)
{
	static const int kinds[] = {
		[WRITE_SET_SERIAL] = INTENT_SERIAL + 1,
		[WRITE_CLUSTER_ADMIN] = INTENT_CLUSTER_ADMIN + 1,
		[WRITE_NODE_ADMIN] = INTENT_NODE_ADMIN + 1,
		[WRITE_VM_ADMIN] = INTENT_VM_ADMIN + 1,
		[WRITE_VM_HOLD] = INTENT_VM_HOLD + 1,
		[WRITE_VM_HOME] = INTENT_VM_HOME + 1,
		[WRITE_VM_PRIORITY] = INTENT_VM_PRIORITY + 1,
		[WRITE_ALARM_ACK] = INTENT_ALARM_ACK + 1,
	};

	if ((size_t)item->what >= sizeof(kinds) / sizeof(kinds[0]) ||
	    kinds[item->what] == 0)
		return false;
	i->kind = (enum intent_kind)(kinds[item->what] - 1);
	i->key[0] = item->klen > 0 ? item->key[0] : 0;
	i->key[1] = item->klen > 1 ? item->key[1] : 0;
	i->value = item->number;
	return true;
}

static int
error_of(enum intent_verdict v)
{
	switch (v) {
	case INTENT_OK:
		return SNMP_OK;
	case INTENT_NO_SUCH:
		return SNMP_NO_CREATION;
	case INTENT_BAD_VALUE:
		return SNMP_WRONG_VALUE;
	default:
		return SNMP_INCONSISTENT_VALUE;
	}
}

/* Tests all items; on refusal the error, which item, and why (the caller frees). */
static int
test_items(struct control *c, const struct request *r, size_t *item, char **why)
{
	struct intent intent;
	int error;
	size_t i;

	if (c->store_failed) {
		*item = 0;
		cause_set(
		    why, "the state file cannot be written at present: see the alarm");
		return SNMP_RESOURCE_UNAVAILABLE;
	}
	for (i = 0; i < r->nitems; i++) {
		*item = i;
		if (!intent_of(&r->items[i], &intent)) {
			cause_set(why, "this release has no engine for it");
			return SNMP_RESOURCE_UNAVAILABLE;
		}
		error = error_of(model_intent_test(c->model, &intent, why));
		if (error != SNMP_OK)
			return error;
	}
	return SNMP_OK;
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
	free(p->intents);
	free(p);
}

static char *
proposal_text(const struct proposal *p)
{
	json_t *all = json_array();
	char *text;
	size_t i;

	for (i = 0; i < p->n; i++)
		json_array_append_new(all,
		    json_pack("{s:i, s:[I,I], s:I}", "kind", (int)p->intents[i].kind,
		        "key", (json_int_t)p->intents[i].key[0],
		        (json_int_t)p->intents[i].key[1], "value",
		        (json_int_t)p->intents[i].value));
	all = json_pack("{s:o}", "set", all);
	text = json_dumps(all, JSON_COMPACT);
	json_decref(all);
	return text;
}

/* Its record goes with what the turn changed. */
static void
proposal_drop(struct proposal *p)
{
	struct control *c = p->control;

	if (c->batch == NULL)
		c->batch = store_batch_new();
	store_batch_del(c->batch, "proposal", p->key);
	proposal_free(p);
	record_flush(c);
}

static void
proposal_accept(struct proposal *p)
{
	const struct model_now now = control_now();
	size_t i;

	for (i = 0; i < p->n; i++)
		model_intent_apply(p->control->model, &p->intents[i], &now);
	proposal_drop(p);
}

/* --- orphans
 * -------------------------------------------------------------------------- */

static void
accept_orphan(struct proposal *p, const char *why)
{
	const struct model_now now = control_now();
	char *text =
	    xasprintf("a SET of %zu value(s) was accepted although %s: the manager "
	              "may have been told that it succeeded",
	        p->n, why);

	log_warn("set", "%s", text);
	model_event(p->control->model, EVENT_SETTING_CHANGED, SEV_WARNING, OBJECT_SET,
	    p->control->settings->name, text, &now);
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

void
intent_start(struct control *c)
{
	struct proposal *p;

	while ((p = TAILQ_FIRST(&c->proposals)) != NULL)
		accept_orphan(p, "clustersetd ended before it was concluded");
}

void
intent_tell_all(struct control *c, struct store_batch *b)
{
	const struct proposal *p;
	char *text;

	store_batch_del_before(b, "proposal", "~"); /* keys are hexadecimal */
	TAILQ_FOREACH (p, &c->proposals, next)
		if (p->state == PROPOSED) {
			text = proposal_text(p);
			store_batch_put(b, "proposal", p->key, text);
			free(text);
		}
}

/* --- phases
 * ---------------------------------------------------------------------------- */

static struct proposal *
reserve(struct control *c, const struct request *r)
{
	struct proposal *p = xcalloc(1, sizeof(*p));
	size_t i;

	p->control = c;
	p->state = RESERVED;
	p->transaction = r->transaction;
	p->n = r->nitems;
	p->intents = xcalloc(p->n, sizeof(*p->intents));
	for (i = 0; i < p->n; i++)
		intent_of(&r->items[i], &p->intents[i]);
	p->since = clock_ms();
	TAILQ_INSERT_TAIL(&c->proposals, p, next);
	return p;
}

static bool
same_object(const struct intent *a, const struct intent *b)
{
	return a->kind == b->kind && a->key[0] == b->key[0] && a->key[1] == b->key[1];
}

/* The item of the request that another SET has reserved, or nitems. */
static size_t
reserved_item(const struct control *c, const struct request *r)
{
	const struct proposal *p;
	struct intent mine = { 0 };
	size_t i, j;

	for (i = 0; i < r->nitems; i++) {
		intent_of(&r->items[i], &mine);
		TAILQ_FOREACH (p, &c->proposals, next)
			for (j = 0; p->transaction != r->transaction && j < p->n; j++)
				if (same_object(&mine, &p->intents[j]))
					return i;
	}
	return i;
}

static void
phase_test(struct control *c, struct request *r)
{
	size_t item = 0, taken;
	char *why = NULL;
	int error;

	settle_older(c, r->transaction);
	error = test_items(c, r, &item, &why);
	if (error == SNMP_OK && (taken = reserved_item(c, r)) < r->nitems) {
		item = taken;
		error = SNMP_RESOURCE_UNAVAILABLE;
		cause_set(&why,
		    "another SET of the same object is under way: try again in some "
		    "seconds");
	}
	if (error == SNMP_OK && proposal_find(c, r->transaction) == NULL)
		reserve(c, r);
	request_answer(r, error, item, why);
	request_unref(r);
}

static void
on_proposed(void *arg, const char *error)
{
	struct proposal *p = arg;
	struct request *r = p->committing;

	p->committing = NULL;
	if (error == NULL)
		request_answer(r, SNMP_OK, 0, NULL);
	else
		request_answer(r, SNMP_COMMIT_FAILED, 0,
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
	struct store_batch *b;
	char *why = NULL, *text;
	size_t item = 0;
	int error =
	    test_items(c, r, &item, &why); /* the world may have changed since */

	if (error == SNMP_OK && (p == NULL || p->state != RESERVED)) {
		error = SNMP_COMMIT_FAILED;
		cause_set(
		    &why, "it was not tested, or took longer than 10 s: try again");
	}
	if (error != SNMP_OK) {
		request_answer(r, SNMP_COMMIT_FAILED, item, why);
		request_unref(r);
		return;
	}
	p->state = COMMITTING;
	p->since = clock_ms();
	p->committing = r;
	snprintf(p->key, sizeof(p->key), "%016" PRIx64, ++c->proposal_seq);
	record_flush(c); /* what came before stays before */
	b = store_batch_new();
	text = proposal_text(p);
	store_batch_put(b, "proposal", p->key, text);
	free(text);
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
	request_answer(r, SNMP_OK, 0, NULL);
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
	json_t *o = json_loads(value, 0, NULL), *all = json_object_get(o, "set"), *one;
	json_int_t k0, k1, number;
	uint64_t seq = strtoull(key, NULL, 16);
	int kind;
	size_t i;

	p->control = c;
	p->n = json_array_size(all);
	p->intents = xcalloc(p->n + 1, sizeof(*p->intents));
	p->state = PROPOSED;
	snprintf(p->key, sizeof(p->key), "%s", key);
	TAILQ_INSERT_TAIL(&c->proposals, p, next);
	if (seq > c->proposal_seq)
		c->proposal_seq = seq;
	if (p->n == 0) {
		json_decref(o);
		return cause_set(cause, NOT_UNDERSTOOD, key);
	}
	json_array_foreach (all, i, one) {
		if (json_unpack(one, "{s:i, s:[I,I], s:I}", "kind", &kind, "key", &k0,
		        &k1, "value", &number) != 0 ||
		    kind < INTENT_SERIAL || kind > INTENT_ALARM_ACK) {
			json_decref(o);
			return cause_set(cause, NOT_UNDERSTOOD, key);
		}
		p->intents[i] = (struct intent) { (enum intent_kind)kind,
			{ (uint32_t)k0, (uint32_t)k1 }, number };
	}
	json_decref(o);
	return 0;
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
