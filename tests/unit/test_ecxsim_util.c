/*
 * SPDX-License-Identifier: Apache-2.0
 * See test_ecxsim_util.h.
 */
#include "tests/unit/test_ecxsim_util.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/ecxsim/api.h"
#include "tests/ecxsim/config.h"
#include "tests/ecxsim/server.h"

struct sim *
world_new(const char *clusters, uint64_t seed)
{
	struct sim *sim = sim_new(true, seed);
	char *text =
	    xasprintf("{\"jitter\":%d,\"clusters\":%s}", seed == 0 ? 0 : 20, clusters);
	char *cause = NULL;
	json_error_t e;
	json_t *doc = json_loads(text, 0, &e);

	ck_assert_msg(doc != NULL, "%s in %s", e.text, text);
	ck_assert_msg(config_apply(sim, doc, &cause) == 0, "%s", cause);
	json_decref(doc);
	free(text);
	for (size_t i = 0; i < sim->n; i++)
		server_initial(sim->clusters[i]);
	return sim;
}

struct sim *
world_pair(const char *extra_a, const char *extra_b)
{
	static const char group[] =
	    "\"groups\":[{\"name\":\"g\",\"vm\":\"vm1\",\"start_ms\":100,"
	    "\"stop_ms\":100,\"autostart\":%s,\"resources\":["
	    "{\"name\":\"sd\",\"type\":\"sd\",\"lun\":\"L1\"},"
	    "{\"name\":\"script\",\"type\":\"script\",\"depends\":[\"sd\"]}]}]";
	char *ga = xasprintf(group, "true"), *gb = xasprintf(group, "false");
	char *text = xasprintf(
	    "[{\"name\":\"a\",%s\"servers\":[{\"name\":\"s1\"},{\"name\":\"s2\"}],%s},"
	    "{\"name\":\"b\",%s\"servers\":[{\"name\":\"t1\"},{\"name\":\"t2\"}],%s}]",
	    extra_a, ga, extra_b, gb);
	struct sim *sim = world_new(text, 0);

	free(ga);
	free(gb);
	free(text);
	return sim;
}

void
world_do(struct sim *sim, const char *json)
{
	struct world w = { .sim = sim };
	json_error_t e;
	json_t *doc = json_loads(json, 0, &e);
	char *cause = NULL;

	ck_assert_msg(doc != NULL, "%s in %s", e.text, json);
	ck_assert_msg(action_do(&w, doc, &cause) == 0, "%s: %s", json, cause);
	json_decref(doc);
}

static const char *
words(const struct cluster *c, int status, int current)
{
	static char buf[128];

	snprintf(buf, sizeof(buf), "%s %s", status_word((enum status)status),
	    current < 0 ? "None" : c->srv[current].name);
	return buf;
}

const char *
world_group(struct sim *sim, const char *cluster, const char *group)
{
	struct cluster *c = sim_cluster(sim, cluster);
	const struct grp_rt *rt = &cluster_view(c)->grp[cluster_group(c, group)];

	return words(c, rt->status, rt->current);
}

const char *
world_resource(struct sim *sim, const char *cluster, const char *resource)
{
	struct cluster *c = sim_cluster(sim, cluster);
	const struct res_rt *rt = &cluster_view(c)->res[cluster_resource(c, resource)];

	return words(c, rt->status, rt->current);
}

const char *
world_server(struct sim *sim, const char *cluster, const char *server)
{
	struct cluster *c = sim_cluster(sim, cluster);

	return status_word(cluster_view(c)->seen[cluster_server(c, server)]);
}

int64_t
world_until(struct sim *sim, const char *cluster, const char *group, const char *wanted)
{
	for (int64_t ms = 0; ms < 600000; ms += 10) {
		if (strcmp(world_group(sim, cluster, group), wanted) == 0)
			return ms;
		sched_advance(sim->sched, 10);
	}
	return -1;
}

int
world_post(struct sim *sim, const char *cluster, int server, const char *path,
    const char *body)
{
	struct cause cause = { .kind = CAUSE_COMMAND, .request = 7, .account = "op" };
	char *uri = xasprintf("/api/v1/%s", path);
	struct api_path p;
	struct api_reply r;
	int status;

	api_path_parse(&p, uri);
	api_post(&sim_cluster(sim, cluster)->srv[server], &p, body, strlen(body),
	    &cause, &r);
	status = r.http;
	api_reply_clear(&r);
	api_path_clear(&p);
	free(uri);
	return status;
}
