/*
 * SPDX-License-Identifier: Apache-2.0
 * SETs from the face: tested against the model, proposed durably, then accepted.
 *
 * A proposal is a record of the store from COMMIT until ACCEPT or UNDO. One that stays
 * without either for ten seconds, or is found at start, counts as accepted and says so
 * in an event: the manager may have been told that it succeeded (design 7).
 */
#include "subagent/control_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/log.h"
#include "base/mem.h"

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

struct proposal {
	TAILQ_ENTRY(proposal) next;
	struct control *control;
	uint64_t transaction;
	char key[24]; /* in the store */
	struct intent *intents;
	size_t n;
	msec_t since;
	bool durable;
	bool undone; /* UndoSet came before it was durable */
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

static void
proposal_accept(struct proposal *p)
{
	struct control *c = p->control;
	const struct model_now now = control_now();
	size_t i;

	for (i = 0; i < p->n; i++)
		model_intent_apply(c->model, &p->intents[i], &now);
	if (c->batch == NULL)
		c->batch = store_batch_new();
	store_batch_del(c->batch, "proposal", p->key);
	proposal_free(p);
	record_flush(c);
}

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
on_proposed(void *arg, const char *error)
{
	struct proposal *p = arg;
	struct request *r = p->committing;

	p->committing = NULL;
	p->durable = error == NULL;
	if (error == NULL)
		request_answer(r, SNMP_OK, 0, NULL);
	else
		request_answer(r, SNMP_COMMIT_FAILED, 0,
		    xasprintf("the request could not be made durable: %s", error));
	if (error != NULL) {
		record_failed(p->control, error);
		proposal_free(p);
	} else if (p->undone) {
		proposal_drop(p);
	}
	request_unref(r);
}

/* --- phases
 * ---------------------------------------------------------------------------- */

static void
phase_commit(struct control *c, struct request *r)
{
	struct store_batch *b;
	struct proposal *p;
	char *why = NULL, *text;
	size_t item = 0, i;
	int error =
	    test_items(c, r, &item, &why); /* the world may have changed since */

	if (error != SNMP_OK) {
		request_answer(r, SNMP_COMMIT_FAILED, item, why);
		request_unref(r);
		return;
	}
	p = xcalloc(1, sizeof(*p));
	p->control = c;
	p->transaction = r->transaction;
	p->n = r->nitems;
	p->intents = xcalloc(p->n, sizeof(*p->intents));
	for (i = 0; i < p->n; i++)
		intent_of(&r->items[i], &p->intents[i]);
	p->since = clock_ms();
	snprintf(p->key, sizeof(p->key), "%016" PRIx64, ++c->proposal_seq);
	p->committing = r;
	TAILQ_INSERT_TAIL(&c->proposals, p, next);
	record_flush(c);
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

	if (p != NULL && r->phase == REQUEST_ACCEPT) {
		proposal_accept(p);
		control_publish_now(c); /* who reads back must see it */
	} else if (p != NULL && r->phase == REQUEST_UNDO) {
		if (p->durable)
			proposal_drop(p);
		else
			p->undone = true;
	}
	request_answer(r, SNMP_OK, 0, NULL);
	request_unref(r);
}

void
intent_request(struct mail *mail)
{
	struct request *r = (struct request *)mail;
	struct control *c = the_control;
	size_t item = 0;
	char *why = NULL;
	int error;

	if (!request_take(r)) { /* the face has given up waiting: nothing happens */
		request_unref(r);
		return;
	}
	switch (r->phase) {
	case REQUEST_TEST:
		error = test_items(c, r, &item, &why);
		request_answer(r, error, item, why);
		request_unref(r);
		break;
	case REQUEST_COMMIT:
		phase_commit(c, r);
		break;
	default:
		phase_end(c, r);
		break;
	}
}

/* --- orphans
 * ---------------------------------------------------------------------------- */

static void
accept_orphan(struct proposal *p, const char *why)
{
	const struct model_now now = control_now();
	char *text = xasprintf("a SET of %zu value(s) was accepted although %s: the "
	                       "manager may have been told that it succeeded",
	    p->n, why);

	log_warn("set", "%s", text);
	model_event(p->control->model, EVENT_SETTING_CHANGED, SEV_WARNING, OBJECT_SET,
	    p->control->settings->name, text, &now);
	free(text);
	proposal_accept(p);
}

void
intent_tick(struct control *c, const struct model_now *now)
{
	struct proposal *p, *tmp;

	for (p = TAILQ_FIRST(&c->proposals); p != NULL; p = tmp) {
		tmp = TAILQ_NEXT(p, next);
		if (p->durable && now->ms - p->since > PROPOSAL_LIFE)
			accept_orphan(p, "snmpd sent no end of it for 10 s");
	}
}

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
	p->intents = xcalloc(p->n, sizeof(*p->intents));
	p->durable = true;
	snprintf(p->key, sizeof(p->key), "%s", key);
	TAILQ_INSERT_TAIL(&c->proposals, p, next);
	if (seq > c->proposal_seq)
		c->proposal_seq = seq;
	json_array_foreach (all, i, one) {
		if (json_unpack(one, "{s:i, s:[I,I], s:I}", "kind", &kind, "key", &k0,
		        &k1, "value", &number) != 0 ||
		    kind < INTENT_SERIAL || kind > INTENT_ALARM_ACK) {
			json_decref(o);
			return cause_set(cause,
			    "the state file's proposal %s is not understood: restore a "
			    "backup of the state file, or move it away",
			    key);
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
