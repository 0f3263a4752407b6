/*
 * SPDX-License-Identifier: Apache-2.0
 * GET /state: the simulated world as it is and as its clusters see it.
 */
#include <stdlib.h>

#include "tests/ecxsim/control.h"
#include "tests/ecxsim/load.h"
#include "tests/ecxsim/monitor.h"
#include "tests/ecxsim/server.h"

static const char *const os_words[] = { "off", "booting", "up", "shutting" };
static const char *const daemon_words[] = { "offline", "starting", "online", "stopping",
	"dead" };
static const char *const op_words[] = { "none", "start", "stop", "evacuate" };

static const char *
name_or_null(const struct cluster *c, int server)
{
	return server < 0 ? NULL : c->srv[server].name;
}

static json_t *
servers(const struct cluster *c)
{
	json_t *list = json_array();

	for (int i = 0; i < c->nsrv; i++) {
		const struct server *s = &c->srv[i];
		json_t *j = json_pack("{s:s, s:o, s:s, s:s, s:b, s:b, s:s}", "name",
		    s->name, "url",
		    json_sprintf("%s://%s:%d/api/v1", s->https ? "https" : "http",
		        s->host, s->port),
		    "os", os_words[s->os], "daemon", daemon_words[s->daemon], "api_up",
		    s->api_up, "stale", s->frozen != NULL, "status",
		    status_word(s->view->seen[i]));

		json_object_set_new(j, "cpus", json_real(s->cpus));
		json_object_set_new(j, "cpu_permille", json_real(load_node_cpu(s)));
		json_object_set_new(j, "memory_mib", json_real(load_node_memory(s)));
		json_object_set_new(j, "memory_total_mib", json_real(s->memory_total));
		json_array_append_new(list, j);
	}
	return list;
}

static json_t *
view_groups(const struct view *v)
{
	const struct cluster *c = v->cluster;
	json_t *list = json_array();

	for (int g = 0; g < c->ngrp; g++) {
		const struct grp_rt *rt = &v->grp[g];

		json_array_append_new(list,
		    json_pack("{s:s, s:s*, s:s, s:s?, s:s, s:s?, s:o, s:f, s:f}",
		        "name", c->grp[g].name, "vm", c->grp[g].vm, "status",
		        status_word(rt->status), "current",
		        name_or_null(c, rt->current), "operation", op_words[rt->op],
		        "target", name_or_null(c, rt->target), "cause",
		        cause_json(&rt->cause), "vm_cpu_permille", load_vm_cpu(c, g),
		        "vm_memory_mib", load_vm_memory(c, g)));
	}
	return list;
}

static json_t *
view_resources(const struct view *v)
{
	const struct cluster *c = v->cluster;
	json_t *list = json_array();

	for (int r = 0; r < c->nres; r++)
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s, s:s*, s:s, s:s?}", "name",
		        c->res[r].name, "type", c->res[r].type, "group",
		        c->grp[c->res[r].group].name, "lun", c->res[r].lun, "status",
		        status_word(v->res[r].status), "current",
		        name_or_null(c, v->res[r].current)));
	return list;
}

static json_t *
view_json(const struct view *v)
{
	const struct cluster *c = v->cluster;
	json_t *members = json_array(), *seen = json_object(), *monitors = json_array();

	for (int i = 0; i < c->nsrv; i++) {
		if ((v->members & 1u << i) != 0)
			json_array_append_new(members, json_string(c->srv[i].name));
		json_object_set_new(
		    seen, c->srv[i].name, json_string(status_word(v->seen[i])));
	}
	for (int m = 0; m < c->nmon; m++) {
		json_t *on = json_object();

		for (int i = 0; i < c->nsrv; i++)
			json_object_set_new(on, c->srv[i].name,
			    json_string(status_word(monitor_server_status(v, m, i))));
		json_array_append_new(monitors,
		    json_pack("{s:s, s:s, s:o}", "name", c->mon[m].name, "status",
		        status_word(monitor_status(v, m)), "servers", on));
	}
	return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}", "members", members, "status",
	    status_word(view_status(v)), "servers", seen, "groups", view_groups(v),
	    "resources", view_resources(v), "monitors", monitors);
}

static json_t *
cluster_json(const struct cluster *c)
{
	static const char *const releases[] = { "4.2.0", "4.2.2", "5.2", "6.0" };
	json_t *views = json_array();
	struct view *v;

	TAILQ_FOREACH (v, &c->views, entry)
		json_array_append_new(views, view_json(v));
	return json_pack("{s:s, s:s, s:b, s:i, s:o, s:o}", "name", c->name, "release",
	    releases[c->release], "suspended", c->suspended, "toratio", c->toratio,
	    "servers", servers(c), "views", views);
}

json_t *
state_json(const struct world *w, const char *cluster)
{
	json_t *list = json_array();
	const struct cluster *only = cluster ? sim_cluster(w->sim, cluster) : NULL;

	for (size_t i = 0; i < w->sim->n; i++)
		if (cluster == NULL || w->sim->clusters[i] == only)
			json_array_append_new(list, cluster_json(w->sim->clusters[i]));
	return json_pack("{s:I, s:i, s:o}", "now_ms",
	    (json_int_t)sched_now(w->sim->sched), "effects_held",
	    w->http ? http_held(w->http) : 0, "clusters", list);
}
