/*
 * SPDX-License-Identifier: Apache-2.0
 * The GET half of the API. See api.h.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/ecxsim/api.h"
#include "tests/ecxsim/monitor.h"
#include "tests/ecxsim/server.h"

void
api_reply_clear(struct api_reply *r)
{
	if (!r->borrowed)
		free(r->text);
	memset(r, 0, sizeof(*r));
}

static void
reply_json(struct api_reply *r, int http, json_t *j)
{
	r->http = http;
	r->text = json_dumps(j, JSON_COMPACT);
	r->len = strlen(r->text);
	r->borrowed = false;
	json_decref(j);
}

static json_t *
result(int code, const char *message)
{
	return json_pack("{s:i, s:s}", "code", code, "message", message);
}

void
api_error(struct api_reply *r, const struct cluster *c, int http, int code,
    const char *message)
{
	bool always = http == 401 || http == 403;

	reply_json(r, c->envelope_style && !always ? 200 : http,
	    json_pack("{s:o}", "result", result(code, message)));
}

void
api_success(struct api_reply *r)
{
	reply_json(r, 200, json_pack("{s:o}", "result", result(API_OK, "")));
}

bool
api_daemon_answers(const struct server *srv)
{
	return srv->daemon != DAEMON_OFFLINE && srv->daemon != DAEMON_DEAD;
}

/* --- the objects ---------------------------------------------------------- */

static const char *
current_word(const struct view *v, int status, int current)
{
	if (current < 0 || status == ST_OFFLINE)
		return "None";
	if (v->cluster->current_pending_none &&
	    (status == ST_ON_PENDING || status == ST_OFF_PENDING))
		return "None";
	return v->cluster->srv[current].name;
}

static json_t *
server_item(const struct view *v, int i, bool only_name)
{
	json_t *j = json_pack("{s:s}", "name", v->cluster->srv[i].name);

	if (!only_name)
		json_object_set_new(j, "status", json_string(status_word(v->seen[i])));
	return j;
}

static json_t *
group_item(const struct view *v, int i, bool only_name)
{
	json_t *j = json_pack("{s:s}", "name", v->cluster->grp[i].name);

	if (only_name)
		return j;
	json_object_set_new(j, "status", json_string(status_word(v->grp[i].status)));
	json_object_set_new(j, "current",
	    json_string(current_word(v, v->grp[i].status, v->grp[i].current)));
	return j;
}

static json_t *
group_resources_item(const struct view *v, int i)
{
	const struct group *g = &v->cluster->grp[i];
	json_t *list = json_array();

	for (int r = g->first; r < g->first + g->n; r++)
		json_array_append_new(
		    list, json_pack("{s:s}", "name", v->cluster->res[r].name));
	return json_pack("{s:s, s:o}", "name", g->name, "resources", list);
}

static json_t *
resource_item(const struct view *v, int i, bool only_name)
{
	const struct cluster *c = v->cluster;
	const struct resource *r = &c->res[i];
	json_t *j = json_pack("{s:s}", "name", r->name);

	if (only_name)
		return j;
	if (c->release != REL_420)
		json_object_set_new(j, "type", json_string(r->type));
	json_object_set_new(j, "status", json_string(status_word(v->res[i].status)));
	json_object_set_new(j, "current",
	    json_string(current_word(v, v->res[i].status, v->res[i].current)));
	if (c->release != REL_420)
		json_object_set_new(j, "group", json_string(c->grp[r->group].name));
	return j;
}

static json_t *
monitor_item(const struct view *v, int i, bool only_name)
{
	const struct cluster *c = v->cluster;
	json_t *j = json_pack("{s:s}", "name", c->mon[i].name), *list;

	if (only_name)
		return j;
	if (c->release != REL_420)
		json_object_set_new(j, "type", json_string(c->mon[i].type));
	json_object_set_new(
	    j, "status", json_string(status_word(monitor_status(v, i))));
	list = json_array();
	for (int s = 0; s < c->nsrv; s++)
		json_array_append_new(list,
		    json_pack("{s:s, s:s}", "name", c->srv[s].name, "status",
		        status_word(monitor_server_status(v, i, s))));
	json_object_set_new(j, "servers", list);
	return j;
}

enum kind {
	KIND_SERVER,
	KIND_GROUP,
	KIND_GROUP_RESOURCES,
	KIND_RESOURCE,
	KIND_MONITOR
};

static json_t *
item(const struct view *v, enum kind kind, int i, bool only_name)
{
	switch (kind) {
	case KIND_SERVER:
		return server_item(v, i, only_name);
	case KIND_GROUP:
		return group_item(v, i, only_name);
	case KIND_GROUP_RESOURCES:
		return group_resources_item(v, i);
	case KIND_RESOURCE:
		return resource_item(v, i, only_name);
	default:
		return monitor_item(v, i, only_name);
	}
}

static const char *const kind_keys[] = { "servers", "groups", "groups", "resources",
	"monitors" };

static int
kind_count(const struct cluster *c, enum kind kind)
{
	switch (kind) {
	case KIND_SERVER:
		return c->nsrv;
	case KIND_GROUP:
	case KIND_GROUP_RESOURCES:
		return c->ngrp;
	case KIND_RESOURCE:
		return c->nres;
	default:
		return c->nmon;
	}
}

/* only: one index, or -1 for all */
static json_t *
list_json(const struct view *v, enum kind kind, int only, bool only_name)
{
	json_t *list = json_array();

	for (int i = 0; i < kind_count(v->cluster, kind); i++)
		if (only < 0 || only == i)
			json_array_append_new(list, item(v, kind, i, only_name));
	return json_pack("{s:o, s:o}", kind_keys[kind], list, "result", result(0, ""));
}

static json_t *
cluster_json(const struct view *v)
{
	return json_pack("{s:{s:s, s:s}, s:o}", "cluster", "name", v->cluster->name,
	    "status", status_word(view_status(v)), "result", result(0, ""));
}

/* --- lists come from a cache ---------------------------------------------- */

static void
reply_cached(struct api_reply *r, struct view *v, enum cache_slot slot, enum kind kind,
    bool only_name)
{
	struct cached *c = &v->cache[slot];
	json_t *j;

	if (c->version != v->version) {
		j = slot == C_CLUSTER ? cluster_json(v)
		                      : list_json(v, kind, -1, only_name);
		free(c->text);
		c->text = json_dumps(j, JSON_COMPACT);
		c->len = strlen(c->text);
		c->version = v->version;
		json_decref(j);
	}
	r->http = 200;
	r->text = c->text;
	r->len = c->len;
	r->borrowed = true;
}

struct list_row {
	const char *name;
	enum kind kind;
	enum cache_slot slot, name_slot;
	int (*find)(const struct cluster *, const char *);
};

static const struct list_row lists[] = {
	{ "servers", KIND_SERVER, C_SERVERS, C_SERVERS_NAME, cluster_server },
	{ "groups", KIND_GROUP, C_GROUPS, C_GROUPS_NAME, cluster_group },
	{ "resources", KIND_RESOURCE, C_RESOURCES, C_RESOURCES_NAME, cluster_resource },
	{ "monitors", KIND_MONITOR, C_MONITORS, C_MONITORS_NAME, cluster_monitor },
};

static const struct list_row *
list_row(const char *name)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (strcmp(lists[i].name, name) == 0)
			return &lists[i];
	return NULL;
}

static void
get_list(struct view *v, const struct list_row *row, const struct api_path *p,
    struct api_reply *r)
{
	struct cluster *c = v->cluster;
	bool only_name = p->select != NULL && strcmp(p->select, "name") == 0;
	enum cache_slot slot = only_name ? row->name_slot : row->slot;
	enum kind kind = row->kind;
	int only;

	if (kind == KIND_GROUP && p->select != NULL &&
	    strcmp(p->select, "resources") == 0 && c->release != REL_420) {
		kind = KIND_GROUP_RESOURCES;
		slot = C_GROUPS_RESOURCES;
	}
	if (p->n == 1) {
		reply_cached(r, v, slot, kind, only_name);
		return;
	}
	only = row->find(c, p->seg[1]);
	if (only < 0) {
		char *why = xasprintf("Invalid name. %s does not exist.", p->seg[1]);

		api_error(r, c, 404, API_NOT_FOUND, why);
		free(why);
		return;
	}
	reply_json(r, 200, list_json(v, kind, only, only_name));
}

/* --- the rest -------------------------------------------------------------- */

static json_t *
uptime_item(const struct view *v, int g)
{
	int64_t since = v->grp[g].online_since;
	int64_t ms = sched_now(v->cluster->sim->sched) - since;

	return json_pack("{s:s, s:I}", "name", v->cluster->grp[g].name, "uptime",
	    (json_int_t)(v->grp[g].status == ST_ONLINE ? ms / 1000 : 0));
}

static void
get_metrics(struct view *v, const struct api_path *p, struct api_reply *r)
{
	struct cluster *c = v->cluster;
	json_t *list = json_array();
	char date[32];

	if (strcmp(p->seg[1], "config") == 0) {
		json_decref(list);
		clock_iso8601((time_t)c->config_wall, date, sizeof(date));
		reply_json(r, 200,
		    json_pack("{s:{s:s}, s:o}", "config", "last-applied-date", date,
		        "result", result(0, "")));
		return;
	}
	for (int g = 0; g < c->ngrp; g++)
		if (p->n == 3 || strcmp(p->seg[2], c->grp[g].name) == 0)
			json_array_append_new(list, uptime_item(v, g));
	if (p->n == 4 && json_array_size(list) == 0) {
		json_decref(list);
		api_error(r, c, 404, API_NOT_FOUND, "Invalid group name.");
		return;
	}
	reply_json(
	    r, 200, json_pack("{s:o, s:o}", "groups", list, "result", result(0, "")));
}

static void
get_mirror(const struct cluster *c, const struct api_path *p, struct api_reply *r)
{
	const struct mirror *m =
	    strcmp(p->seg[1], "backup") == 0 ? &c->backup : &c->restore;
	const char *word = m->running ? "running" : m->message ? m->message : "";

	reply_json(r, 200,
	    json_pack(
	        "{s:{s:s}, s:o}", "detail", "status", word, "result", result(0, "")));
}

bool
api_get_known(enum release rel, const struct api_path *p)
{
	const char *s0 = p->n > 0 ? p->seg[0] : "", *s1 = p->n > 1 ? p->seg[1] : "";
	const char *last = p->n > 0 ? p->seg[p->n - 1] : "";

	if (strcmp(s0, "cluster") == 0)
		return p->n == 1 ||
		    (p->n == 2 && strcmp(s1, "toratio") == 0 && rel >= REL_52);
	if (list_row(s0) != NULL)
		return p->n == 1 ||
		    (p->n == 2 && (strcmp(s0, "resources") != 0 || rel >= REL_422));
	if (rel < REL_60)
		return false;
	if (strcmp(s0, "metrics") == 0 && strcmp(s1, "groups") == 0)
		return (p->n == 3 || p->n == 4) && strcmp(last, "uptime") == 0;
	if (strcmp(s0, "metrics") == 0 && strcmp(s1, "config") == 0)
		return p->n == 3 && strcmp(last, "last-applied-date") == 0;
	return strcmp(s0, "mirrors") == 0 && p->n == 3 && strcmp(last, "status") == 0 &&
	    (strcmp(s1, "backup") == 0 || strcmp(s1, "restore") == 0);
}

/* A view in which nothing runs: what an API without its daemon shows. */
static struct view *
dead_view(const struct server *srv)
{
	struct view *v = view_clone(srv->view, false);

	memset(v->seen, ST_OFFLINE, sizeof(v->seen));
	for (int g = 0; g < v->cluster->ngrp; g++) {
		v->grp[g].status = ST_OFFLINE;
		v->grp[g].current = -1;
	}
	for (int r = 0; r < v->cluster->nres; r++) {
		v->res[r].status = ST_OFFLINE;
		v->res[r].current = -1;
	}
	return v;
}

static void
get_from(struct view *v, const struct api_path *p, struct api_reply *r)
{
	struct cluster *c = v->cluster;

	if (strcmp(p->seg[0], "cluster") == 0 && p->n == 1)
		reply_cached(r, v, C_CLUSTER, KIND_SERVER, false);
	else if (strcmp(p->seg[0], "cluster") == 0)
		reply_json(r, 200,
		    json_pack("{s:{s:i}, s:o}", "cluster", "toratio", c->toratio,
		        "result", result(0, "")));
	else if (list_row(p->seg[0]) != NULL)
		get_list(v, list_row(p->seg[0]), p, r);
	else if (strcmp(p->seg[0], "metrics") == 0)
		get_metrics(v, p, r);
	else
		get_mirror(c, p, r);
}

void
api_get(struct server *srv, const struct api_path *p, struct api_reply *r)
{
	struct cluster *c = srv->cluster;
	struct view *v = srv->frozen != NULL ? srv->frozen : srv->view, *dead;

	memset(r, 0, sizeof(*r));
	if (!api_get_known(c->release, p)) {
		if (api_post_known(c->release, p))
			api_error(r, c, 405, API_BAD_PARAMETER, "Method not allowed.");
		else
			api_error(r, c, 404, API_NOT_FOUND, "Not found.");
		return;
	}
	if (api_daemon_answers(srv) || srv->frozen != NULL) {
		get_from(v, p, r);
		return;
	}
	if (c->daemon_down_error) {
		api_error(r, c, 503, API_NOT_RUNNING,
		    "Could not connect to the server. Check if the cluster service is "
		    "active.");
		return;
	}
	dead = dead_view(srv);
	get_from(dead, p, r);
	if (r->borrowed) {
		r->text = xstrdup(r->text);
		r->borrowed = false;
	}
	view_free(dead);
}
