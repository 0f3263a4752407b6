/*
 * SPDX-License-Identifier: Apache-2.0
 * What happens at its time: loads that change, machines that die, people who SET. One
 * row of acts[] each.
 */
#include "tests/policy/play.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Arguments: the rest of the line. False: not understood. */
typedef bool act_function(struct play *, char *at);

/* --- the world ---------------------------------------------------------------------
 */

/* Every VM that fits; `word` has been read already. */
#define EACH_VM(p, word, v)                                               \
	for (struct w_vm *v = (p)->world.vms;                             \
	     (word) != NULL && v < (p)->world.vms + (p)->world.nvms; v++) \
		if (fits(word, v->name))

static bool
act_load(struct play *p, char *at)
{
	char *vm = next_word(&at), *value = next_word(&at);

	if (value == NULL)
		return false;
	EACH_VM(p, vm, v)
	{
		v->load = strtod(value, NULL);
		v->period = 0;
	}
	return true;
}

static bool
act_noise(struct play *p, char *at)
{
	char *vm = next_word(&at), *value = next_word(&at);

	if (value == NULL)
		return false;
	EACH_VM(p, vm, v)
	v->noise = strtod(value, NULL);
	return true;
}

/* fails [CLUSTER], works, wedged, unmeasured, measured */
static bool
act_vm(struct play *p, char *at)
{
	char *vm = next_word(&at), *how = next_word(&at), *where = next_word(&at);
	const int only = where == NULL ? -1 : world_cluster(&p->world, where);
	size_t i;

	if (how == NULL || (where != NULL && only < 0))
		return false;
	EACH_VM(p, vm, v)
	{
		for (i = 0; i < v->nplaces; i++)
			if (strcmp(how, "works") == 0)
				v->places[i].fails = false;
			else if (strcmp(how, "fails") == 0 &&
			    (only < 0 || only == (int)v->places[i].cluster))
				v->places[i].fails = true;
		if (strcmp(how, "wedged") == 0 || strcmp(how, "works") == 0)
			v->wedged = *how == 'w' && how[1] == 'e';
		else if (strcmp(how, "unmeasured") == 0 || strcmp(how, "measured") == 0)
			v->unmeasured = *how == 'u';
		else if (strcmp(how, "fails") != 0)
			return false;
	}
	return true;
}

static bool
node_act(struct play *p, size_t c, size_t n, const char *how)
{
	struct w_node *node = &p->world.clusters[c].nodes[n];

	if (strcmp(how, "off") == 0)
		node_power(p, c, n, false);
	else if (strcmp(how, "on") == 0)
		node_power(p, c, n, true);
	else if (strcmp(how, "mute") == 0 || strcmp(how, "answers") == 0)
		node->mute = *how == 'm';
	else if (strcmp(how, "untold") == 0 || strcmp(how, "told") == 0)
		node->untold = *how == 'u';
	else
		return false;
	return true;
}

static bool
act_node(struct play *p, char *at)
{
	char *name = next_word(&at), *how = next_word(&at);
	size_t c, n;

	if (how == NULL || !world_node(&p->world, name, &c, &n))
		return false;
	if (strncmp(how, "base=", 5) == 0) {
		p->world.clusters[c].nodes[n].base = strtod(how + 5, NULL);
		return true;
	}
	return node_act(p, c, n, how);
}

static bool
act_cluster(struct play *p, char *at)
{
	char *name = next_word(&at), *how = next_word(&at);
	const int c = name == NULL ? -1 : world_cluster(&p->world, name);
	size_t n;

	if (how == NULL || c < 0)
		return false;
	for (n = 0; n < p->world.clusters[c].nnodes; n++)
		if (!node_act(p, (size_t)c, n, how))
			return false;
	return true;
}

static bool
act_loads(struct play *p, char *at)
{
	if (strcmp(at, "stop") != 0 && strcmp(at, "go") != 0)
		return false;
	p->loads_stopped = strcmp(at, "stop") == 0;
	return true;
}

static bool
act_look(struct play *p, char *at)
{
	p->look_takes = read_time(at);
	return p->look_takes >= 0;
}

/* Somebody else at the cluster itself. */
static bool
act_outside(struct play *p, char *at)
{
	char *verb = next_word(&at), *vm = next_word(&at), *node = next_word(&at);
	const int i = vm == NULL ? -1 : world_vm(&p->world, vm);
	struct w_place *pl;
	size_t c, n;

	if (i < 0)
		return false;
	if (strcmp(verb, "stop") == 0) {
		pl = world_active(&p->world.vms[i]);
		return pl != NULL &&
		    world_stop(p, &p->world.vms[i], pl) == ANSWER_ACCEPTED;
	}
	if (node == NULL || !world_node(&p->world, node, &c, &n))
		return false;
	pl = world_place(&p->world.vms[i], c);
	if (pl == NULL)
		return false;
	if (strcmp(verb, "move") == 0)
		return world_move(p, &p->world.vms[i], pl, (int)n) == ANSWER_ACCEPTED;
	if (strcmp(verb, "start") != 0 || pl->state != G_OFF)
		return false;
	pl->state = G_STARTING;
	pl->node = (int)n;
	pl->until = p->now.ms + p->world.vms[i].start;
	return true;
}

/* --- people ------------------------------------------------------------------------
 */

static void
refused(struct play *p, char *cause)
{
	say(p, "refused: %s", cause == NULL ? "without a reason" : cause);
	free(cause);
}

static bool
intend(struct play *p, enum intent_kind kind, uint32_t a, uint32_t b, int64_t value)
{
	const struct intent i = { kind, { a, b }, value };
	char *cause = NULL;

	if (model_intent_test(p->model, &i, &cause) != INTENT_OK) {
		refused(p, cause);
		return true;
	}
	free(cause);
	model_intent_apply(p->model, &i, &p->now);
	if (kind == INTENT_VM_HOLD || kind == INTENT_VM_ADMIN)
		moves_intent_changed(p->moves, a, &p->now);
	else if (kind == INTENT_CLUSTER_ADMIN || kind == INTENT_NODE_ADMIN)
		moves_intent_changed(p->moves, 0, &p->now);
	if (kind == INTENT_VM_HOLD && value != 1)
		moves_hold_ended(p->moves, a, &p->now);
	daemon_settle(p);
	return true;
}

static bool
of_vms(struct play *p, const char *pattern, enum intent_kind kind, int64_t value)
{
	EACH_VM(p, pattern, v)
	intend(p, kind, model_vm_find(p->model, v->name), 0, value);
	return pattern != NULL;
}

static bool
act_hold(struct play *p, char *at)
{
	return of_vms(p, next_word(&at), INTENT_VM_HOLD, 1);
}

static bool
act_release(struct play *p, char *at)
{
	return of_vms(p, next_word(&at), INTENT_VM_HOLD, 2);
}

static uint32_t
cluster_index(const struct play *p, const char *name)
{
	const struct cluster_row *r = NULL;

	while (name != NULL && (r = next_row(p, TABLE_CLUSTER, r)) != NULL)
		if (strcmp(r->name, name) == 0)
			return r->head.key[0];
	return 0;
}

static bool
act_home(struct play *p, char *at)
{
	char *vm = next_word(&at), *cluster = next_word(&at);

	return cluster != NULL &&
	    of_vms(p, vm, INTENT_VM_HOME, cluster_index(p, cluster));
}

static bool
act_priority(struct play *p, char *at)
{
	char *vm = next_word(&at), *value = next_word(&at);

	return value != NULL &&
	    of_vms(p, vm, INTENT_VM_PRIORITY, strtol(value, NULL, 10));
}

static bool
administer(struct play *p, char *name, enum cs_cluster_admin admin)
{
	uint32_t index;
	size_t c, n;

	if (name == NULL)
		return false;
	index = cluster_index(p, name);
	if (index != 0)
		return intend(p, INTENT_CLUSTER_ADMIN, index, 0, admin);
	if (!world_node(&p->world, name, &c, &n))
		return false;
	index = cluster_index(p, p->world.clusters[c].name);
	return intend(p, INTENT_NODE_ADMIN, index,
	    model_node_find(p->model, index, p->world.clusters[c].nodes[n].name),
	    admin);
}

static bool
act_maintenance(struct play *p, char *at)
{
	return administer(p, next_word(&at), CLUSTER_MAINTENANCE);
}

static bool
act_active(struct play *p, char *at)
{
	return administer(p, next_word(&at), CLUSTER_ACTIVE);
}

static bool
ask(struct play *p, struct move_request *rq)
{
	char *cause = NULL;
	size_t which;

	if (moves_test(p->moves, rq, 1, &p->now, &which, &cause) == MOVE_FINE)
		moves_accept(p->moves, rq, 1, &p->now);
	else
		refused(p, cause);
	daemon_settle(p);
	return true;
}

static bool
act_move(struct play *p, char *at)
{
	char *vm = next_word(&at), *to = next_word(&at), *slash;
	struct move_request rq = { .mode = MOVE_PLANNED };

	if (to == NULL)
		return false;
	slash = strchr(to, '/');
	if (slash != NULL)
		*slash = '\0';
	rq.vm = model_vm_find(p->model, vm);
	rq.cluster = cluster_index(p, to);
	if (slash != NULL)
		rq.node = model_node_find(p->model, rq.cluster, slash + 1);
	return rq.vm != 0 && rq.cluster != 0 && ask(p, &rq);
}

/* csVmAdminState, as subagent/want.c carries it out: the move first. */
static bool
up_or_down(struct play *p, char *at, enum cs_vm_admin admin)
{
	struct move_request rq = { .mode = MOVE_PLANNED,
		.verb = admin == VM_UP ? VERB_UP : VERB_DOWN };
	char *vm = next_word(&at), *cause = NULL;
	struct intent i = { INTENT_VM_ADMIN, { 0, 0 }, admin };
	size_t which;

	rq.vm = i.key[0] = vm == NULL ? 0 : model_vm_find(p->model, vm);
	if (rq.vm == 0)
		return false;
	if (model_intent_test(p->model, &i, &cause) != INTENT_OK ||
	    moves_test(p->moves, &rq, 1, &p->now, &which, &cause) != MOVE_FINE) {
		refused(p, cause);
		return true;
	}
	moves_accept(p->moves, &rq, 1, &p->now);
	model_intent_apply(p->model, &i, &p->now);
	daemon_settle(p);
	return true;
}

static bool
act_up(struct play *p, char *at)
{
	return up_or_down(p, at, VM_UP);
}

static bool
act_down(struct play *p, char *at)
{
	return up_or_down(p, at, VM_DOWN);
}

/* --- SETs of policies --------------------------------------------------------------
 */

static bool
order(struct play *p, const struct engine_order *o)
{
	char *cause = NULL;

	if (engine_test(p->engine, o, &p->now, &cause) == MOVE_FINE)
		engine_order(p->engine, o, &p->now);
	else
		refused(p, cause);
	daemon_settle(p);
	return true;
}

static enum cs_policy_mode
mode_of(const char *word)
{
	static const char *const words[] = { "", "off", "advise", "automatic" };
	int i;

	for (i = POLICY_OFF; word != NULL && i <= POLICY_AUTOMATIC; i++)
		if (strcmp(word, words[i]) == 0)
			return (enum cs_policy_mode)i;
	return 0;
}

static bool
act_mode(struct play *p, char *at)
{
	char *name = next_word(&at), *word = next_word(&at);
	const struct policy_row *r = NULL;

	if (mode_of(word) == 0)
		return false;
	while ((r = next_row(p, TABLE_POLICY, r)) != NULL)
		if (strcmp(r->name, name) == 0)
			return order(p,
			    &(struct engine_order) { .kind = ENGINE_MODE,
			        .key = r->head.key[0],
			        .value = mode_of(word) });
	return false;
}

static bool
act_master(struct play *p, char *at)
{
	const enum cs_policy_mode mode = mode_of(next_word(&at));

	return mode != 0 &&
	    order(p,
	        &(struct engine_order) { .kind = ENGINE_MASTER_MODE, .value = mode });
}

static bool
act_set(struct play *p, char *at)
{
	static const struct {
		const char *name;
		enum engine_order_kind kind;
	} all[] = { { "high-load", ENGINE_HIGH_LOAD },
		{ "target-load", ENGINE_TARGET_LOAD },
		{ "memory-reserve", ENGINE_MEMORY_RESERVE },
		{ "minimum-gain", ENGINE_MINIMUM_GAIN },
		{ "max-moves", ENGINE_MAX_MOVES },
		{ "max-moves-hour", ENGINE_MAX_MOVES_HOUR },
		{ "cool-down", ENGINE_COOL_DOWN }, { "windows", ENGINE_WINDOWS } };
	char *name = next_word(&at);
	size_t i;

	for (i = 0; name != NULL && i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(name, all[i].name) == 0)
			return order(p,
			    &(struct engine_order) { .kind = all[i].kind,
			        .value = strtol(at, NULL, 10),
			        .text = at });
	return false;
}

static bool
decide(struct play *p, char *at, enum cs_plan_approval how)
{
	uint32_t rows[256];
	const struct plan_row *r = NULL;
	char *which = next_word(&at);
	size_t n = 0, i;

	if (which == NULL)
		return false;
	while (n < 256 && (r = next_row(p, TABLE_PLAN, r)) != NULL)
		if (r->state == PLAN_PROPOSED &&
		    (fits(which, r->vm_name) || fits(which, r->policy_name) ||
		        strtoul(which, NULL, 10) == r->head.key[0]))
			rows[n++] = r->head.key[0];
	if (n == 0) {
		say(p, "nothing is proposed");
		if (strtoul(which, NULL, 10) == 0)
			return true;
		rows[n++] = (uint32_t)strtoul(which, NULL, 10);
	}
	for (i = 0; i < n; i++) {
		if (how == APPROVAL_APPROVE)
			judge_approved(p, rows[i]);
		order(p,
		    &(struct engine_order) {
		        .kind = ENGINE_APPROVE, .key = rows[i], .value = how });
	}
	return true;
}

static bool
act_approve(struct play *p, char *at)
{
	return decide(p, at, APPROVAL_APPROVE);
}

static bool
act_reject(struct play *p, char *at)
{
	return decide(p, at, APPROVAL_REJECT);
}

/* place NAME cpus memory [set] */
static bool
act_place(struct play *p, char *at)
{
	char *cpus = next_word(&at), *memory = next_word(&at), *set = next_word(&at);
	static uint32_t index;
	struct engine_order o = { .kind = ENGINE_PLACE, .owner = (char *)"play" };
	const struct avail_set_row *r = NULL;

	if (memory == NULL)
		return false;
	o.key = ++index;
	o.cpus = (uint32_t)strtoul(cpus, NULL, 10);
	o.memory = (uint32_t)strtoul(memory, NULL, 10);
	while (set != NULL && (r = next_row(p, TABLE_AVAIL_SET, r)) != NULL)
		if (strcmp(r->name, set) == 0)
			o.avail_set = r->head.key[0];
	if (set != NULL && o.avail_set == 0)
		return false;
	return order(p, &o);
}

/* --- the daemon --------------------------------------------------------------------
 */

static bool
act_configure(struct play *p, char *at)
{
	char *cause = NULL, *all, *copy;

	copy = xstrdup(at);
	if (!script_situation(&p->script, &p->world, copy, &cause)) {
		say(p, "%s", cause);
		free(cause);
		free(copy);
		return false;
	}
	free(copy);
	all = NULL;
	if (daemon_reload(p, &all) != 0)
		refused(p, all);
	else
		daemon_settle(p);
	return true;
}

static bool
act_restart(struct play *p, char *at)
{
	const msec_t away = *at == '\0' ? 2000 : read_time(at);
	char *cause = NULL;
	msec_t i;

	if (away < 0)
		return false;
	daemon_stop(p);
	for (i = 0; i < away / 1000; i++) {
		p->now.ms += 1000;
		p->now.wall++;
		world_step(p);
	}
	if (daemon_start(p, &cause) != 0)
		fail(p, "the daemon does not start: %s", cause);
	free(cause);
	return true;
}

static const struct {
	const char *verb;
	act_function *function;
} acts[] = {
	{ "active", act_active },
	{ "approve", act_approve },
	{ "cluster", act_cluster },
	{ "configure", act_configure },
	{ "down", act_down },
	{ "hold", act_hold },
	{ "home", act_home },
	{ "load", act_load },
	{ "loads", act_loads },
	{ "look-takes", act_look },
	{ "maintenance", act_maintenance },
	{ "master", act_master },
	{ "mode", act_mode },
	{ "move", act_move },
	{ "node", act_node },
	{ "noise", act_noise },
	{ "outside", act_outside },
	{ "place", act_place },
	{ "priority", act_priority },
	{ "reject", act_reject },
	{ "release", act_release },
	{ "restart", act_restart },
	{ "set", act_set },
	{ "up", act_up },
	{ "vm", act_vm },
};

bool
act(struct play *p, char *text, char **cause)
{
	char *at = text, *verb = next_word(&at);
	size_t i;

	if (verb != NULL && strcmp(verb, "expect") == 0)
		return expect(p, at, cause);
	for (i = 0; verb != NULL && i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(acts[i].verb, verb) == 0) {
			say(p, "> %s %s", verb, at);
			if (p->down)
				return cause_set(cause, "the daemon is down") == 0;
			if (acts[i].function(p, at))
				return true;
			return cause_set(cause,
			           "%s: what it is about is not "
			           "understood, or not there",
			           verb) == 0;
		}
	return cause_set(cause, "%s: no such act", verb == NULL ? "" : verb) == 0;
}
