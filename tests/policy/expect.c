/*
 * SPDX-License-Identifier: Apache-2.0
 * What a scenario claims, in words that do not change with a sentence of the log: one
 * row of claims[] each. A claim that does not hold fails the scenario, whatever its log
 * says.
 */
#include "tests/policy/play.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* *why when it does not hold; false: not understood. */
typedef bool claim_function(struct play *, char *at, char **why);

static bool
compare(double have, char *op, char *than, const char *what, char **why)
{
	const double n = than == NULL ? 0 : strtod(than, NULL);
	bool holds;

	if (than == NULL)
		return false;
	if (strcmp(op, "=") == 0)
		holds = have == n;
	else if (strcmp(op, "<") == 0)
		holds = have < n;
	else if (strcmp(op, "<=") == 0)
		holds = have <= n;
	else if (strcmp(op, ">") == 0)
		holds = have > n;
	else if (strcmp(op, ">=") == 0)
		holds = have >= n;
	else
		return false;
	if (!holds)
		cause_set(why, "%s: it is %g", what, have);
	return true;
}

/* moves [of VM] [by POLICY] OP N: automatic ones that have begun */
static bool
count(struct play *p, char *at, char **why, const char *what,
    unsigned (*counted)(const struct play *, const char *, const char *))
{
	const char *vm = "*", *policy = "*";
	char *word = next_word(&at);

	while (word != NULL) {
		if (strcmp(word, "of") == 0)
			vm = next_word(&at);
		else if (strcmp(word, "by") == 0)
			policy = next_word(&at);
		else
			break;
		if (vm == NULL || policy == NULL)
			return false;
		word = next_word(&at);
	}
	return word != NULL &&
	    compare(counted(p, vm, policy), word, next_word(&at), what, why);
}

static bool
claim_moves(struct play *p, char *at, char **why)
{
	return count(p, at, why, "moves", judge_moves);
}

/* proposals: every one that ever was */
static bool
claim_proposals(struct play *p, char *at, char **why)
{
	return count(p, at, why, "proposals", judge_proposals);
}

static unsigned
open_plans(const struct play *p, const char *vm, const char *policy)
{
	const struct plan_row *r = NULL;
	unsigned n = 0;

	while ((r = next_row(p, TABLE_PLAN, r)) != NULL)
		n += r->state <= PLAN_MOVING && fits(vm, r->vm_name) &&
		    fits(policy, r->policy_name);
	return n;
}

/* plans: those that stand */
static bool
claim_plans(struct play *p, char *at, char **why)
{
	return count(p, at, why, "plans", open_plans);
}

/* vm NAME in CLUSTER[/NODE], vm NAME nowhere */
static bool
claim_vm(struct play *p, char *at, char **why)
{
	char *name = next_word(&at), *word = next_word(&at), *where = next_word(&at);
	const struct w_place *pl;
	const struct w_cluster *c;
	bool holds, any = false;
	char *full;
	size_t i;

	for (i = 0; word != NULL && i < p->world.nvms; i++) {
		if (!fits(name, p->world.vms[i].name))
			continue;
		any = true;
		pl = world_active(&p->world.vms[i]);
		if (strcmp(word, "nowhere") == 0) {
			holds = pl == NULL;
			c = pl == NULL ? NULL : &p->world.clusters[pl->cluster];
			full = xstrdup(c == NULL ? "" : c->name);
		} else if (where == NULL || strcmp(word, "in") != 0) {
			return false;
		} else {
			c = pl == NULL ? NULL : &p->world.clusters[pl->cluster];
			full = c == NULL
			    ? xstrdup("nowhere")
			    : xasprintf("%s/%s", c->name, c->nodes[pl->node].name);
			holds = c != NULL &&
			    (fits(where, full) || fits(where, c->name)) &&
			    pl->state == G_ON;
		}
		if (!holds)
			cause_set(why, "%s is in %s", p->world.vms[i].name, full);
		free(full);
	}
	return any;
}

static bool
claim_imbalance(struct play *p, char *at, char **why)
{
	const struct policy_set_row *r = next_row(p, TABLE_POLICY_SET, NULL);
	char *op = next_word(&at);

	if (op == NULL)
		return false;
	if (strcmp(op, "unknown") == 0) {
		if (r != NULL && r->imbalance != ROW_NONE)
			cause_set(why, "it is %" PRId64, r->imbalance);
		return true;
	}
	if (r == NULL || r->imbalance == ROW_NONE) {
		cause_set(why, "it is not known");
		return true;
	}
	return compare((double)r->imbalance, op, next_word(&at), "imbalance", why);
}

/* status POLICY text that it contains */
static bool
claim_status(struct play *p, char *at, char **why)
{
	const struct policy_row *r = NULL;
	char *name = next_word(&at);

	while (name != NULL && (r = next_row(p, TABLE_POLICY, r)) != NULL)
		if (strcmp(r->name, name) == 0) {
			if (r->status_text == NULL ||
			    strstr(r->status_text, at) == NULL)
				cause_set(why, "it says: %s", r->status_text);
			return true;
		}
	return false;
}

/* mode POLICY MODE, as it is in effect */
static bool
claim_mode(struct play *p, char *at, char **why)
{
	static const char *const modes[] = { "", "off", "advise", "automatic" };
	char *name = next_word(&at), *mode = next_word(&at);
	const struct policy_row *r = NULL;

	while (mode != NULL && (r = next_row(p, TABLE_POLICY, r)) != NULL)
		if (strcmp(r->name, name) == 0) {
			if (strcmp(modes[r->effective], mode) != 0)
				cause_set(why, "it is %s", modes[r->effective]);
			return true;
		}
	return false;
}

static const char *
event_with(const struct play *p, const char *text)
{
	return strstr(p->events, text);
}

static bool
claim_event(struct play *p, char *at, char **why)
{
	if (event_with(p, at) == NULL)
		cause_set(why, "there was none");
	return *at != '\0';
}

static const struct alarm_row *
alarm_with(const struct play *p, const char *text)
{
	const struct alarm_row *r = NULL;

	while ((r = next_row(p, TABLE_ALARM, r)) != NULL)
		if (strstr(r->text, text) != NULL)
			return r;
	return NULL;
}

static bool
claim_alarm(struct play *p, char *at, char **why)
{
	if (alarm_with(p, at) == NULL)
		cause_set(why, "there is none");
	return *at != '\0';
}

/* no event TEXT, no alarm TEXT, no log TEXT */
static bool
claim_no(struct play *p, char *at, char **why)
{
	char *what = next_word(&at);

	if (what == NULL || *at == '\0')
		return false;
	if (strcmp(what, "event") == 0) {
		if (event_with(p, at) != NULL)
			cause_set(why, "there was one");
		return true;
	}
	if (strcmp(what, "alarm") == 0) {
		if (alarm_with(p, at) != NULL)
			cause_set(why, "there is one: %s", alarm_with(p, at)->text);
		return true;
	}
	if (strcmp(what, "log") != 0)
		return false;
	fflush(p->out);
	if (strstr(p->log, at) != NULL)
		cause_set(why, "it is in the log");
	return true;
}

static bool
claim_log(struct play *p, char *at, char **why)
{
	fflush(p->out);
	if (strstr(p->log, at) == NULL)
		cause_set(why, "it is not in the log");
	return *at != '\0';
}

/* node NAME OP SHARE of its processors, in truth */
static bool
claim_node(struct play *p, char *at, char **why)
{
	char *name = next_word(&at), *op = next_word(&at);
	size_t c, n;

	if (op == NULL || !world_node(&p->world, name, &c, &n))
		return false;
	return compare(node_load(p, c, n) / p->world.clusters[c].nodes[n].cpus, op,
	    next_word(&at), "load", why);
}

/* plan VM STATE: the newest one of it */
static bool
claim_plan(struct play *p, char *at, char **why)
{
	static const char *const states[] = { "", "proposed", "approved", "moving",
		"done", "failed", "rejected", "expired" };
	char *vm = next_word(&at), *state = next_word(&at);
	const struct plan_row *r = NULL;
	const char *is = "none";

	if (state == NULL)
		return false;
	while ((r = next_row(p, TABLE_PLAN, r)) != NULL)
		if (fits(vm, r->vm_name))
			is = states[r->state];
	if (strcmp(is, state) != 0)
		cause_set(why, "it is %s", is);
	return true;
}

/* place CLUSTER/NODE: the best answer to the newest question; place none */
static bool
claim_place(struct play *p, char *at, char **why)
{
	char *where = next_word(&at), *full;
	const struct placement_row *r = NULL, *last = NULL;

	while ((r = next_row(p, TABLE_PLACEMENT, r)) != NULL)
		last = r;
	if (where == NULL || last == NULL)
		return false;
	full = last->state == PLACEMENT_FOUND
	    ? xasprintf("%s/%s", last->cluster_name,
	          last->node_name == NULL ? "" : last->node_name)
	    : xstrdup("none");
	if (!fits(where, full))
		cause_set(why, "it is %s: %s", full, last->text);
	free(full);
	return true;
}

static const struct {
	const char *what;
	claim_function *function;
} claims[] = {
	{ "alarm", claim_alarm },
	{ "event", claim_event },
	{ "imbalance", claim_imbalance },
	{ "log", claim_log },
	{ "mode", claim_mode },
	{ "moves", claim_moves },
	{ "no", claim_no },
	{ "node", claim_node },
	{ "place", claim_place },
	{ "plan", claim_plan },
	{ "plans", claim_plans },
	{ "proposals", claim_proposals },
	{ "status", claim_status },
	{ "vm", claim_vm },
};

bool
expect(struct play *p, char *text, char **cause)
{
	char *copy = xstrdup(text), *at = text, *what = next_word(&at), *why = NULL;
	bool ok = false;
	size_t i;

	for (i = 0; what != NULL && i < sizeof(claims) / sizeof(claims[0]); i++)
		if (strcmp(claims[i].what, what) == 0)
			ok = claims[i].function(p, at, &why);
	if (!ok)
		cause_set(cause, "expect %s: not understood", copy);
	else if (why != NULL)
		fail(p, "expect %s: %s", copy, why);
	free(why);
	free(copy);
	return ok;
}
