/*
 * SPDX-License-Identifier: Apache-2.0
 * The POST half of the API. See api.h.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "tests/ecxsim/api.h"
#include "tests/ecxsim/machine.h"
#include "tests/ecxsim/monitor.h"
#include "tests/ecxsim/server.h"

enum target_rule {
	TARGET_NONE, /* ignored when given */
	TARGET_MAY,
	TARGET_MUST,
	TARGET_OR_ALL, /* "" means every server */
	TARGET_SCRIPT, /* scripts/run: an IP address */
	TARGET_RATIO /* toratio/set */
};

typedef int exec_fn(const struct command *cmd, struct view *v, char **why);

struct api_post_row {
	const char *pattern; /* {} stands for one segment: the object's name */
	enum release since;
	enum target_rule rule;
	bool without_daemon; /* works while the daemon is stopped */
	exec_fn *exec;
	int arg;
};

/* --- the cluster ----------------------------------------------------------- */

enum { CL_START, CL_STOP, CL_REBOOT, CL_SHUTDOWN, CL_SUSPEND, CL_RESUME };

static int
exec_cluster(const struct command *cmd, struct view *v, char **why)
{
	struct cluster *c = v->cluster;

	switch (cmd->row->arg) {
	case CL_START:
		if (cluster_start(c, why) != 0)
			return -1;
		c->start_cause = cmd->cause;
		return 0;
	case CL_STOP:
		return cluster_stop(c, THEN_NOTHING, why);
	case CL_REBOOT:
		return cluster_stop(c, THEN_REBOOT, why);
	case CL_SHUTDOWN:
		return cluster_stop(c, THEN_POWER_OFF, why);
	case CL_SUSPEND:
		return cluster_suspend(c, why);
	default:
		return cluster_resume(c, why);
	}
}

static void
ratio_over(void *obj, int a, int b)
{
	struct cluster *c = obj;

	(void)a;
	(void)b;
	c->toratio_timer = NULL;
	c->toratio = 1;
}

static int
exec_ratio(const struct command *cmd, struct view *v, char **why)
{
	struct cluster *c = v->cluster;

	(void)why;
	sched_cancel(c->sim->sched, &c->toratio_timer);
	c->toratio = cmd->ratio;
	if (cmd->ratio > 1)
		c->toratio_timer =
		    sched_add(c->sim->sched, cmd->ratio_ms, ratio_over, c, 0, 0);
	return 0;
}

/* --- servers --------------------------------------------------------------- */

enum { SV_START, SV_STOP, SV_REBOOT, SV_SHUTDOWN, SV_DUMMY_START, SV_DUMMY_STOP };

static int
exec_server(const struct command *cmd, struct view *v, char **why)
{
	struct server *s = &v->cluster->srv[cmd->object];

	if ((v->members & 1u << s->index) == 0)
		return cause_set(why, "Could not communicate with server %s.", s->name);
	switch (cmd->row->arg) {
	case SV_START:
		if (server_start(s, why) != 0)
			return -1;
		v->cluster->start_cause = cmd->cause;
		return 0;
	case SV_STOP:
		return server_stop(s, THEN_NOTHING, why);
	case SV_REBOOT:
		return server_stop(s, THEN_REBOOT, why);
	case SV_SHUTDOWN:
		return server_stop(s, THEN_POWER_OFF, why);
	default:
		s->dummy_failure = cmd->row->arg == SV_DUMMY_START;
		view_touch(v);
		return 0;
	}
}

/* --- groups and resources --------------------------------------------------- */

enum { GR_START, GR_STOP, GR_MOVE, GR_START_ALL, GR_STOP_ALL };

static int
groups_all(const struct command *cmd, struct view *v, char **why)
{
	const struct cluster *c = v->cluster;
	bool start = cmd->row->arg == GR_START_ALL;

	if (!view_online(v, cmd->target))
		return cause_set(why, "Invalid server status. Server %s is not online.",
		    c->srv[cmd->target].name);
	if (c->suspended && c->suspend_refuses)
		return cause_set(why, "The cluster is suspended. Resume it first.");
	for (int g = 0; g < c->ngrp; g++) {
		if (start && v->grp[g].status == ST_OFFLINE)
			machine_group_start(v, g, cmd->target, &cmd->cause, NULL);
		else if (!start && v->grp[g].current == cmd->target)
			machine_group_stop(v, g, &cmd->cause, NULL);
	}
	return 0;
}

static int
exec_group(const struct command *cmd, struct view *v, char **why)
{
	int g = cmd->object;

	switch (cmd->row->arg) {
	case GR_START:
		return machine_group_start(v, g, cmd->target, &cmd->cause, why);
	case GR_STOP:
		if (cmd->target >= 0 && v->grp[g].current >= 0 &&
		    v->grp[g].current != cmd->target)
			return cause_set(why, "Group %s is not started on server %s.",
			    v->cluster->grp[g].name, v->cluster->srv[cmd->target].name);
		return machine_group_stop(v, g, &cmd->cause, why);
	case GR_MOVE:
		return machine_group_move(v, g, cmd->target, &cmd->cause, why);
	default:
		return groups_all(cmd, v, why);
	}
}

static int
exec_resource(const struct command *cmd, struct view *v, char **why)
{
	if (cmd->row->arg == GR_START)
		return machine_resource_start(
		    v, cmd->object, cmd->target, &cmd->cause, why);
	return machine_resource_stop(v, cmd->object, &cmd->cause, why);
}

/* --- monitors ---------------------------------------------------------------- */

enum { MN_SUSPEND, MN_RESUME, MN_DUMMY_START, MN_DUMMY_STOP };

static int
exec_monitor(const struct command *cmd, struct view *v, char **why)
{
	uint32_t mask = cmd->target_all ? v->members : 1u << cmd->target;

	if (!cmd->target_all && !view_online(v, cmd->target))
		return cause_set(why, "Invalid server status. Server %s is not online.",
		    v->cluster->srv[cmd->target].name);
	switch (cmd->row->arg) {
	case MN_SUSPEND:
		monitor_suspend(v, cmd->object, mask);
		break;
	case MN_RESUME:
		monitor_resume(v, cmd->object, mask);
		break;
	default:
		monitor_dummy(v, cmd->object, mask, cmd->row->arg == MN_DUMMY_START);
	}
	return 0;
}

/* --- scripts and mirrors ------------------------------------------------------ */

static int
exec_script(const struct command *cmd, struct view *v, char **why)
{
	if (!view_online(v, cmd->target))
		return cause_set(why, "Invalid server status. Server %s is not online.",
		    v->cluster->srv[cmd->target].name);
	return 0; /* which script ran is in the request log */
}

static void
mirror_done(void *obj, int restore, int b)
{
	struct cluster *c = obj;
	struct mirror *m = restore ? &c->restore : &c->backup;

	(void)b;
	m->timer = NULL;
	m->running = false;
	free(m->message);
	m->message = xstrdup("Command succeeded.");
}

static int
exec_mirror(const struct command *cmd, struct view *v, char **why)
{
	struct cluster *c = v->cluster;
	struct mirror *m = cmd->row->arg ? &c->restore : &c->backup;

	if (m->running)
		return cause_set(why, "Another request is being processed.");
	m->running = true;
	m->timer =
	    sched_add(c->sim->sched, c->mirror_ms, mirror_done, c, cmd->row->arg, 0);
	return 0;
}

/* --- the table of contract 1.5 -------------------------------------------------- */

static const struct api_post_row rows[] = {
	{ "cluster/start", REL_420, TARGET_NONE, true, exec_cluster, CL_START },
	{ "cluster/stop", REL_420, TARGET_NONE, false, exec_cluster, CL_STOP },
	{ "cluster/reboot", REL_420, TARGET_NONE, true, exec_cluster, CL_REBOOT },
	{ "cluster/shutdown", REL_420, TARGET_NONE, true, exec_cluster, CL_SHUTDOWN },
	{ "cluster/suspend", REL_420, TARGET_NONE, false, exec_cluster, CL_SUSPEND },
	{ "cluster/resume", REL_420, TARGET_NONE, false, exec_cluster, CL_RESUME },
	{ "cluster/toratio/set", REL_52, TARGET_RATIO, false, exec_ratio, 0 },
	{ "cluster/toratio/reset", REL_52, TARGET_NONE, false, exec_ratio, 0 },
	{ "servers/{}/start", REL_420, TARGET_NONE, true, exec_server, SV_START },
	{ "servers/{}/stop", REL_420, TARGET_NONE, false, exec_server, SV_STOP },
	{ "servers/{}/reboot", REL_420, TARGET_NONE, true, exec_server, SV_REBOOT },
	{ "servers/{}/shutdown", REL_420, TARGET_NONE, true, exec_server, SV_SHUTDOWN },
	{ "servers/{}/dummy-failure/start", REL_60, TARGET_NONE, false, exec_server,
	    SV_DUMMY_START },
	{ "servers/{}/dummy-failure/stop", REL_60, TARGET_NONE, false, exec_server,
	    SV_DUMMY_STOP },
	{ "groups/start", REL_420, TARGET_MUST, false, exec_group, GR_START_ALL },
	{ "groups/stop", REL_420, TARGET_MUST, false, exec_group, GR_STOP_ALL },
	{ "groups/{}/start", REL_420, TARGET_MAY, false, exec_group, GR_START },
	{ "groups/{}/stop", REL_420, TARGET_MAY, false, exec_group, GR_STOP },
	{ "groups/{}/move", REL_420, TARGET_MAY, false, exec_group, GR_MOVE },
	{ "resources/{}/start", REL_420, TARGET_MAY, false, exec_resource, GR_START },
	{ "resources/{}/stop", REL_420, TARGET_NONE, false, exec_resource, GR_STOP },
	{ "monitors/{}/suspend", REL_420, TARGET_MUST, false, exec_monitor,
	    MN_SUSPEND },
	{ "monitors/{}/resume", REL_420, TARGET_MUST, false, exec_monitor, MN_RESUME },
	{ "monitors/{}/dummy-failure/start", REL_60, TARGET_OR_ALL, false, exec_monitor,
	    MN_DUMMY_START },
	{ "monitors/{}/dummy-failure/stop", REL_60, TARGET_OR_ALL, false, exec_monitor,
	    MN_DUMMY_STOP },
	{ "scripts/run", REL_52, TARGET_SCRIPT, false, exec_script, 0 },
	{ "mirrors/backup/preaction", REL_60, TARGET_NONE, false, exec_mirror, 0 },
	{ "mirrors/backup/postaction", REL_60, TARGET_NONE, false, exec_mirror, 0 },
	{ "mirrors/restore/preaction", REL_60, TARGET_NONE, false, exec_mirror, 1 },
	{ "mirrors/restore/postaction", REL_60, TARGET_NONE, false, exec_mirror, 1 },
};

/* Does the path match? *name: the segment that {} stood for, or NULL. */
static bool
matches(const char *pattern, const struct api_path *p, const char **name)
{
	const char *at = pattern;

	*name = NULL;
	for (int i = 0; i < p->n; i++) {
		size_t len = strcspn(at, "/");

		if (len == 2 && strncmp(at, "{}", 2) == 0)
			*name = p->seg[i];
		else if (strlen(p->seg[i]) != len || strncmp(at, p->seg[i], len) != 0)
			return false;
		at += len;
		if (*at == '/')
			at++;
		else
			return *at == '\0' && i == p->n - 1;
	}
	return false;
}

static const struct api_post_row *
row_find(enum release rel, const struct api_path *p, const char **name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].since <= rel && matches(rows[i].pattern, p, name))
			return &rows[i];
	return NULL;
}

bool
api_post_known(enum release rel, const struct api_path *p)
{
	const char *name;

	return row_find(rel, p, &name) != NULL;
}

const char *
api_post_pattern(const struct api_path *p)
{
	const char *name;
	const struct api_post_row *row = row_find(REL_60, p, &name);

	return row == NULL ? NULL : row->pattern;
}

/* --- bodies ---------------------------------------------------------------------- */

/* "2m", "3h", "4d", at most 30 days, in milliseconds; -1 when it is none. */
static int64_t
ratio_time(const char *s)
{
	char *end;
	long n = strtol(s, &end, 10);
	int64_t unit;

	if (end == s || n < 1 || n > 43200 || strlen(end) != 1)
		return -1;
	unit = *end == 'm' ? 60000 : *end == 'h' ? 3600000 : *end == 'd' ? 86400000 : 0;
	if (unit == 0 || n * unit > 30 * (int64_t)86400000)
		return -1;
	return n * unit;
}

static int
parse_ratio(struct command *cmd, const json_t *body, char **why)
{
	const json_t *ratio = json_object_get(body, "ratio");
	const json_t *t = json_object_get(body, "time");

	if (!json_is_integer(ratio) || json_integer_value(ratio) < 1 ||
	    json_integer_value(ratio) > 10000)
		return cause_set(why, "ratio must be from 1 to 10000.");
	cmd->ratio = (int)json_integer_value(ratio);
	if (cmd->ratio == 1)
		return t == NULL
		    ? 0
		    : cause_set(why, "time must not be given with ratio 1.");
	cmd->ratio_ms = json_is_string(t) ? ratio_time(json_string_value(t)) : -1;
	if (cmd->ratio_ms < 0)
		return cause_set(
		    why, "time must be like 2m, 3h or 4d, at most 30 days.");
	return 0;
}

static int
parse_script(struct command *cmd, const json_t *body, char **why)
{
	const struct cluster *c = cmd->via->cluster;
	const char *ip = json_string_value(json_object_get(body, "target"));
	const char *script = json_string_value(json_object_get(body, "script"));
	const json_t *timeout = json_object_get(body, "timeout");

	if (script == NULL || *script == '\0' || strchr(script, '/') != NULL ||
	    strchr(script, '\\') != NULL)
		return cause_set(
		    why, "script must be the name of a file in work/rexec.");
	if (timeout != NULL && !json_is_integer(timeout))
		return cause_set(why, "timeout must be a number of seconds.");
	for (int i = 0; ip != NULL && i < c->nsrv; i++)
		if (strcmp(c->srv[i].host, ip) == 0)
			cmd->target = i;
	if (cmd->target < 0)
		return cause_set(
		    why, "target must be the IP address of a server of the cluster.");
	return 0;
}

static int
parse_target(struct command *cmd, const json_t *body, char **why)
{
	const json_t *t = json_object_get(body, "target");
	const char *name = json_string_value(t);

	switch (cmd->row->rule) {
	case TARGET_RATIO:
		return parse_ratio(cmd, body, why);
	case TARGET_SCRIPT:
		return parse_script(cmd, body, why);
	case TARGET_NONE:
		return 0;
	case TARGET_MAY:
		if (t == NULL || json_is_null(t))
			return 0;
		break;
	case TARGET_OR_ALL:
		if (name != NULL && *name == '\0') {
			cmd->target_all = true;
			return 0;
		}
		break;
	default:
		break;
	}
	if (name == NULL)
		return cause_set(why, "target must be given: the name of a server.");
	cmd->target = cluster_server(cmd->via->cluster, name);
	if (cmd->target < 0)
		return cause_set(why, "Invalid server name. %s does not exist.", name);
	return 0;
}

static int
find_object(struct command *cmd, const char *name)
{
	const struct cluster *c = cmd->via->cluster;

	if (name == NULL)
		return 0;
	switch (cmd->row->pattern[0]) {
	case 's':
		cmd->object = cluster_server(c, name);
		break;
	case 'g':
		cmd->object = cluster_group(c, name);
		break;
	case 'r':
		cmd->object = cluster_resource(c, name);
		break;
	default:
		cmd->object = cluster_monitor(c, name);
	}
	return cmd->object < 0 ? -1 : 0;
}

static bool
blank(const char *s, size_t len)
{
	return strspn(s, " \t\r\n") >= len;
}

int
api_post_parse(struct server *srv, const struct api_path *p, const char *body,
    size_t len, const struct cause *cause, struct command *cmd, struct api_reply *r)
{
	struct cluster *c = srv->cluster;
	const char *name;
	char *why = NULL;
	json_t *doc = NULL;
	int err = -1;

	memset(r, 0, sizeof(*r));
	*cmd = (struct command) {
		.via = srv, .object = -1, .target = -1, .ratio = 1, .cause = *cause
	};
	cmd->row = row_find(c->release, p, &name);
	if (cmd->row == NULL) {
		if (api_get_known(c->release, p))
			api_error(r, c, 405, API_BAD_PARAMETER, "Method not allowed.");
		else
			api_error(r, c, 404, API_NOT_FOUND, "Not found.");
		return -1;
	}
	if (find_object(cmd, name) != 0) {
		why = xasprintf("Invalid name. %s does not exist.", name);
		api_error(r, c, 404, API_NOT_FOUND, why);
		goto out;
	}
	doc = len == 0 || blank(body, len) ? json_object()
	                                   : json_loadb(body, len, 0, NULL);
	if (!json_is_object(doc)) {
		api_error(
		    r, c, 400, API_BAD_PARAMETER, "The body is not a JSON object.");
		goto out;
	}
	if (parse_target(cmd, doc, &why) != 0) {
		api_error(r, c, 400, API_BAD_PARAMETER, why);
		goto out;
	}
	if (!api_daemon_answers(srv) && !cmd->row->without_daemon) {
		api_error(r, c, 503, API_NOT_RUNNING,
		    "Could not connect to the server. Check if the cluster service is "
		    "active.");
		goto out;
	}
	err = 0;
out:
	json_decref(doc);
	free(why);
	return err;
}

int
api_post_execute(const struct command *cmd, char **why)
{
	return cmd->row->exec(cmd, cmd->via->view, why);
}

void
api_post(struct server *srv, const struct api_path *p, const char *body, size_t len,
    const struct cause *cause, struct api_reply *r)
{
	struct command cmd;
	char *why = NULL;

	if (api_post_parse(srv, p, body, len, cause, &cmd, r) != 0)
		return;
	if (api_post_execute(&cmd, &why) == 0)
		api_success(r);
	else
		api_error(r, srv->cluster, 409, API_REFUSED, why);
	free(why);
}
