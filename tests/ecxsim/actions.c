/*
 * SPDX-License-Identifier: Apache-2.0
 * Actions on the simulated world. See actions.h.
 */
#include "tests/ecxsim/actions.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "tests/ecxsim/machine.h"
#include "tests/ecxsim/monitor.h"
#include "tests/ecxsim/server.h"

/* An action with its names resolved; -1: not given. */
struct act {
	struct world *w;
	const json_t *spec;
	struct cluster *c;
	int server, group, resource, monitor;
	struct view *v;
	struct cause cause;
	char **why;
};

typedef int act_fn(struct act *a);

static const char *
text(const struct act *a, const char *key)
{
	return json_string_value(json_object_get(a->spec, key));
}

static int64_t
number(const struct act *a, const char *key, int64_t dflt)
{
	const json_t *j = json_object_get(a->spec, key);

	return json_is_number(j) ? (int64_t)json_number_value(j) : dflt;
}

static struct server *
srv(const struct act *a)
{
	return &a->c->srv[a->server];
}

/* --- servers and clusters -----------------------------------------------------------
 */

static int
do_server_power_off(struct act *a)
{
	return server_power_off(srv(a), a->why);
}

static int
do_server_power_on(struct act *a)
{
	return server_power_on(srv(a), a->why);
}

static int
do_server_reset(struct act *a)
{
	if (server_power_off(srv(a), a->why) != 0)
		return -1;
	return server_power_on(srv(a), a->why);
}

static int
do_server_reboot(struct act *a)
{
	return server_stop(srv(a), THEN_REBOOT, a->why);
}

static int
do_server_shutdown(struct act *a)
{
	return server_stop(srv(a), THEN_POWER_OFF, a->why);
}

static int
do_daemon_stop(struct act *a)
{
	return server_stop(srv(a), THEN_NOTHING, a->why);
}

static int
do_daemon_start(struct act *a)
{
	return server_start(srv(a), a->why);
}

static int
do_daemon_kill(struct act *a)
{
	return server_daemon_kill(srv(a), a->why);
}

static int
do_cluster_power_off(struct act *a)
{
	for (int i = 0; i < a->c->nsrv; i++)
		server_power_off(&a->c->srv[i], NULL);
	return 0;
}

static int
do_cluster_power_on(struct act *a)
{
	for (int i = 0; i < a->c->nsrv; i++)
		server_power_on(&a->c->srv[i], NULL);
	return 0;
}

static int
do_cluster_stop(struct act *a)
{
	return cluster_stop(a->c, THEN_NOTHING, a->why);
}

static int
do_cluster_start(struct act *a)
{
	return cluster_start(a->c, a->why);
}

static int
do_cluster_reboot(struct act *a)
{
	return cluster_stop(a->c, THEN_REBOOT, a->why);
}

static int
do_suspend(struct act *a)
{
	return cluster_suspend(a->c, a->why);
}

static int
do_resume(struct act *a)
{
	return cluster_resume(a->c, a->why);
}

static int
do_api_restart(struct act *a)
{
	int64_t ms = number(a, "ms", a->c->api_restart_ms);

	if (a->server >= 0)
		return server_api_restart(srv(a), ms, a->why);
	for (int i = 0; i < a->c->nsrv; i++)
		server_api_restart(&a->c->srv[i], ms, NULL);
	return 0;
}

static int
do_config_applied(struct act *a)
{
	a->c->config_wall = (int64_t)time(NULL);
	return do_api_restart(a);
}

static int
do_partition(struct act *a)
{
	const json_t *sides = json_object_get(a->spec, "sides");
	uint32_t masks[SERVERS_MAX] = { 0 };
	json_t *side, *name;
	size_t i, k;

	if (json_array_size(sides) == 0) { /* by default everybody for himself */
		for (int s = 0; s < a->c->nsrv; s++)
			masks[s] = 1u << s;
		return cluster_partition(a->c, masks, (size_t)a->c->nsrv, a->why);
	}
	if (json_array_size(sides) > SERVERS_MAX)
		return cause_set(a->why, "partition: too many sides");
	json_array_foreach (sides, i, side) {
		json_array_foreach (side, k, name) {
			int s = cluster_server(a->c, json_string_value(name));

			if (s < 0)
				return cause_set(a->why,
				    "partition: \"sides\" names an unknown server");
			masks[i] |= 1u << s;
		}
	}
	return cluster_partition(a->c, masks, json_array_size(sides), a->why);
}

static int
do_heal(struct act *a)
{
	return cluster_heal(a->c, a->why);
}

/* --- groups, resources, VMs
 * ------------------------------------------------------------ */

static int
do_group_start(struct act *a)
{
	return machine_group_start(a->v, a->group, a->server, &a->cause, a->why);
}

static int
do_group_stop(struct act *a)
{
	return machine_group_stop(a->v, a->group, &a->cause, a->why);
}

static int
do_group_move(struct act *a)
{
	return machine_group_move(a->v, a->group, a->server, &a->cause, a->why);
}

static int
do_resource_start(struct act *a)
{
	return machine_resource_start(a->v, a->resource, a->server, &a->cause, a->why);
}

static int
do_resource_stop(struct act *a)
{
	return machine_resource_stop(a->v, a->resource, &a->cause, a->why);
}

static int
do_resource_fail(struct act *a)
{
	machine_resource_failed(a->v, a->resource);
	return 0;
}

/* The next starts or stops of a resource (or of all of a group) fail. */
static int
fail_next(struct act *a, bool start)
{
	int n = (int)number(a, "count", 1);

	if (a->resource < 0 && a->group < 0)
		return cause_set(a->why, "\"resource\" or \"group\" must be given");
	for (int r = 0; r < a->c->nres; r++) {
		struct resource *res = &a->c->res[r];

		if (a->resource >= 0 ? r != a->resource : res->group != a->group)
			continue;
		if (start)
			res->start_fails = n;
		else
			res->stop_fails = n;
		res->fail_server = a->server;
	}
	return 0;
}

static int
do_start_fail(struct act *a)
{
	return fail_next(a, true);
}

static int
do_stop_fail(struct act *a)
{
	return fail_next(a, false);
}

static int
do_pending(struct act *a)
{
	if (a->resource < 0 && a->group < 0)
		return cause_set(a->why, "\"resource\" or \"group\" must be given");
	for (int r = 0; r < a->c->nres; r++) {
		struct resource *res = &a->c->res[r];

		if (a->resource >= 0 ? r != a->resource : res->group != a->group)
			continue;
		res->start_ms = number(a, "start_ms", res->start_ms);
		res->stop_ms = number(a, "stop_ms", res->stop_ms);
	}
	return 0;
}

static int
outside(struct act *a, bool start)
{
	struct oracle *o = a->w->sim->oracle;
	const char *account = text(a, "account");
	struct cause cause = CAUSE(account ? CAUSE_COMMAND : CAUSE_OUTSIDE);
	int64_t now = sched_now(a->w->sim->sched);
	const char *vm = text(a, "vm"), *lun = text(a, "lun");

	snprintf(cause.account, sizeof(cause.account), "%s", account ? account : "");
	if (vm == NULL && lun == NULL)
		return cause_set(a->why, "\"vm\" or \"lun\" must be given");
	if (srv(a)->os == OS_OFF)
		return cause_set(a->why, "server %s is off", srv(a)->name);
	if (start && vm != NULL)
		oracle_begin(o, KEY_VM, vm, a->c->name, srv(a)->name, &cause, now);
	if (start && lun != NULL)
		oracle_begin(o, KEY_LUN, lun, a->c->name, srv(a)->name, &cause, now);
	if (!start && vm != NULL)
		oracle_end(o, KEY_VM, vm, a->c->name, srv(a)->name, now);
	if (!start && lun != NULL)
		oracle_end(o, KEY_LUN, lun, a->c->name, srv(a)->name, now);
	view_touch(a->v);
	return 0;
}

static int
do_vm_start_outside(struct act *a)
{
	return outside(a, true);
}

static int
do_vm_stop_outside(struct act *a)
{
	return outside(a, false);
}

static int
fence(struct act *a, bool on)
{
	const char *lun = text(a, "lun");

	if (lun == NULL)
		return cause_set(a->why, "\"lun\" must be given");
	machine_fence(a->c, lun, on);
	cluster_touch(a->c);
	return 0;
}

static int
do_disk_fence(struct act *a)
{
	return fence(a, true);
}

static int
do_disk_unfence(struct act *a)
{
	return fence(a, false);
}

static int
do_complete(struct act *a)
{
	machine_complete(a->v, a->group);
	return 0;
}

/* --- monitors, loads, effects
 * ------------------------------------------------------------ */

static int
do_monitor_fail(struct act *a)
{
	monitor_fail(a->v, a->monitor, (int)number(a, "count", 1));
	return 0;
}

static int
do_monitor_ok(struct act *a)
{
	monitor_fail(a->v, a->monitor, 0);
	return 0;
}

static uint32_t
servers_mask(const struct act *a)
{
	return a->server >= 0 ? 1u << a->server : a->v->members;
}

static int
do_monitor_suspend(struct act *a)
{
	monitor_suspend(a->v, a->monitor, servers_mask(a));
	return 0;
}

static int
do_monitor_resume(struct act *a)
{
	monitor_resume(a->v, a->monitor, servers_mask(a));
	return 0;
}

static int
do_load(struct act *a)
{
	const json_t *cpu = json_object_get(a->spec, "cpu");
	const json_t *memory = json_object_get(a->spec, "memory");
	const char *vm = text(a, "vm");

	for (int g = 0; vm != NULL && g < a->c->ngrp; g++)
		if (a->c->grp[g].vm != NULL && strcmp(a->c->grp[g].vm, vm) == 0)
			a->group = g;
	if (a->group >= 0) {
		struct group *grp = &a->c->grp[a->group];

		grp->vm_cpu = cpu ? json_number_value(cpu) : grp->vm_cpu;
		grp->vm_memory = memory ? json_number_value(memory) : grp->vm_memory;
		return 0;
	}
	if (a->server < 0)
		return cause_set(
		    a->why, "load: \"server\", \"group\" or a \"vm\" of the cluster");
	if (cpu != NULL)
		srv(a)->cpu_base = json_number_value(cpu);
	if (memory != NULL)
		srv(a)->memory_base = json_number_value(memory);
	return 0;
}

static int
do_release(struct act *a)
{
	if (a->w->http != NULL)
		http_release(a->w->http);
	return 0;
}

static int
do_oracle_reset(struct act *a)
{
	oracle_reset(a->w->sim->oracle);
	return 0;
}

static int
do_requests_reset(struct act *a)
{
	reqlog_clear(a->w->log);
	return 0;
}

/* --- the table
 * ------------------------------------------------------------------------------ */

enum { /* what must be named */
	N_CLUSTER = 1,
	N_SERVER = 2,
	N_GROUP = 4,
	N_RESOURCE = 8,
	N_MONITOR = 16
};

static const struct row {
	const char *what;
	int needs;
	act_fn *fn;
} rows[] = {
	{ "server-power-off", N_CLUSTER | N_SERVER, do_server_power_off },
	{ "server-power-on", N_CLUSTER | N_SERVER, do_server_power_on },
	{ "server-reset", N_CLUSTER | N_SERVER, do_server_reset },
	{ "server-reboot", N_CLUSTER | N_SERVER, do_server_reboot },
	{ "server-shutdown", N_CLUSTER | N_SERVER, do_server_shutdown },
	{ "daemon-stop", N_CLUSTER | N_SERVER, do_daemon_stop },
	{ "daemon-start", N_CLUSTER | N_SERVER, do_daemon_start },
	{ "daemon-kill", N_CLUSTER | N_SERVER, do_daemon_kill },
	{ "cluster-power-off", N_CLUSTER, do_cluster_power_off },
	{ "cluster-power-on", N_CLUSTER, do_cluster_power_on },
	{ "cluster-stop", N_CLUSTER, do_cluster_stop },
	{ "cluster-start", N_CLUSTER, do_cluster_start },
	{ "cluster-reboot", N_CLUSTER, do_cluster_reboot },
	{ "suspend", N_CLUSTER, do_suspend },
	{ "resume", N_CLUSTER, do_resume },
	{ "api-restart", N_CLUSTER, do_api_restart },
	{ "config-applied", N_CLUSTER, do_config_applied },
	{ "partition", N_CLUSTER, do_partition },
	{ "heal", N_CLUSTER, do_heal },
	{ "group-start", N_CLUSTER | N_GROUP, do_group_start },
	{ "group-stop", N_CLUSTER | N_GROUP, do_group_stop },
	{ "group-move", N_CLUSTER | N_GROUP, do_group_move },
	{ "resource-start", N_CLUSTER | N_RESOURCE, do_resource_start },
	{ "resource-stop", N_CLUSTER | N_RESOURCE, do_resource_stop },
	{ "resource-fail", N_CLUSTER | N_RESOURCE, do_resource_fail },
	{ "start-fail", N_CLUSTER, do_start_fail },
	{ "stop-fail", N_CLUSTER, do_stop_fail },
	{ "pending", N_CLUSTER, do_pending },
	{ "vm-start-outside", N_CLUSTER | N_SERVER, do_vm_start_outside },
	{ "vm-stop-outside", N_CLUSTER | N_SERVER, do_vm_stop_outside },
	{ "disk-fence", N_CLUSTER, do_disk_fence },
	{ "disk-unfence", N_CLUSTER, do_disk_unfence },
	{ "complete", N_CLUSTER | N_GROUP, do_complete },
	{ "monitor-fail", N_CLUSTER | N_MONITOR, do_monitor_fail },
	{ "monitor-ok", N_CLUSTER | N_MONITOR, do_monitor_ok },
	{ "monitor-suspend", N_CLUSTER | N_MONITOR, do_monitor_suspend },
	{ "monitor-resume", N_CLUSTER | N_MONITOR, do_monitor_resume },
	{ "load", N_CLUSTER, do_load },
	{ "release", 0, do_release },
	{ "oracle-reset", 0, do_oracle_reset },
	{ "requests-reset", 0, do_requests_reset },
};

static int
resolve(struct act *a, const char *key, int need, int *out,
    int (*find)(const struct cluster *, const char *))
{
	const char *name = text(a, key);

	*out = -1;
	if (name == NULL)
		return need ? cause_set(a->why, "\"%s\" must be given", key) : 0;
	*out = find(a->c, name);
	if (*out < 0)
		return cause_set(
		    a->why, "cluster %s has no %s '%s'", a->c->name, key, name);
	return 0;
}

static int
resolve_all(struct act *a, const struct row *row)
{
	const char *name = text(a, "cluster");

	a->server = a->group = a->resource = a->monitor = -1;
	if ((row->needs & N_CLUSTER) == 0)
		return 0;
	a->c = name == NULL ? NULL : sim_cluster(a->w->sim, name);
	if (a->c == NULL)
		return cause_set(a->why, "\"cluster\" must name a cluster");
	if (resolve(a, "server", row->needs & N_SERVER, &a->server, cluster_server) ||
	    resolve(a, "group", row->needs & N_GROUP, &a->group, cluster_group) ||
	    resolve(a, "resource", row->needs & N_RESOURCE, &a->resource,
	        cluster_resource) ||
	    resolve(a, "monitor", row->needs & N_MONITOR, &a->monitor, cluster_monitor))
		return -1;
	a->v = a->server >= 0 ? srv(a)->view : cluster_view(a->c);
	return 0;
}

int
action_do(struct world *w, const json_t *spec, char **cause)
{
	struct act a = {
		.w = w, .spec = spec, .why = cause, .cause = CAUSE(CAUSE_OPERATOR)
	};
	const char *what = text(&a, "what");

	if (what == NULL)
		return cause_set(cause, "\"what\" must be given");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].what, what) != 0)
			continue;
		if (resolve_all(&a, &rows[i]) != 0)
			return -1;
		return rows[i].fn(&a);
	}
	return cause_set(cause, "unknown action \"%s\" (see README.md)", what);
}

int
action_step(struct world *w, const json_t *spec, char **cause)
{
	const json_t *fault = json_object_get(spec, "fault");
	const json_t *clear = json_object_get(spec, "clear");

	if (fault != NULL)
		return faults_add(w->faults, fault, cause) < 0 ? -1 : 0;
	if (clear != NULL) {
		faults_clear(w->faults, (int)json_integer_value(clear));
		return 0;
	}
	return action_do(w, spec, cause);
}
