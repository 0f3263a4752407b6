/*
 * SPDX-License-Identifier: Apache-2.0
 * ecxsim under random actions and commands on a virtual clock: whatever happens, what
 * it says and what its oracle knows must fit together, and it must come to rest.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/ecxsim/api.h"
#include "tests/ecxsim/machine.h"
#include "tests/ecxsim/server.h"
#include "tests/unit/test_ecxsim_util.h"

#define SEEDS 24
#define STEPS 300

static const char world[] =
    "[{\"name\":\"a\",\"servers\":[{\"name\":\"s1\"},{\"name\":\"s2\"},{\"name\":"
    "\"s3\"}],"
    "\"groups\":[{\"name\":\"g1\",\"vm\":\"v1\",\"failback\":true,\"resources\":["
    "{\"name\":\"d1\",\"type\":\"sd\",\"lun\":\"L1\"},"
    "{\"name\":\"r1\",\"depends\":[\"d1\"]}]},"
    "{\"name\":\"g2\",\"vm\":\"v2\",\"servers\":[\"s3\",\"s1\"],\"resources\":["
    "{\"name\":\"d2\",\"lun\":\"L2\",\"deact_failure\":\"reboot\"},{\"name\":\"e2\"},"
    "{\"name\":\"r2\",\"depends\":[\"d2\",\"e2\"],\"act_failure\":\"none\"}]},"
    "{\"name\":\"g3\",\"autostart\":false,\"failover\":false}],"
    "\"monitors\":[{\"name\":\"m1\",\"group\":\"g1\",\"restarts_group\":true},"
    "{\"name\":\"m2\",\"resource\":\"r2\",\"revive_ms\":5000},"
    "{\"name\":\"m3\"}]},"
    "{\"name\":\"b\",\"autostart_when\":\"server-start\",\"heal\":\"keep\",\"servers\":"
    "["
    "{\"name\":\"s1\"},{\"name\":\"s2\"}],"
    "\"groups\":[{\"name\":\"g1\",\"vm\":\"v1\",\"autostart\":false,\"resources\":["
    "{\"name\":\"d1\",\"type\":\"sd\",\"lun\":\"L1\",\"deact_failure\":\"none\"},"
    "{\"name\":\"r1\",\"depends\":[\"d1\"]}]},"
    "{\"name\":\"g2\",\"vm\":\"v2\",\"resources\":[{\"name\":\"d2\",\"lun\":\"L2\"}]},"
    "{\"name\":\"g3\"}],"
    "\"monitors\":[{\"name\":\"m1\",\"group\":\"g1\"},{\"name\":\"m2\"},{\"name\":"
    "\"m3\"}]}]";

static uint64_t rnd;

static unsigned
pick(unsigned n)
{
	rnd = rnd * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(rnd >> 33) % n;
}

static void
random_action(struct sim *sim)
{
	static const char *const whats[] = { "server-power-off", "server-power-on",
		"server-reset", "server-reboot", "server-shutdown", "daemon-stop",
		"daemon-start", "daemon-kill", "cluster-power-off", "cluster-power-on",
		"cluster-stop", "cluster-start", "cluster-reboot", "suspend", "resume",
		"api-restart", "partition", "heal", "group-start", "group-stop",
		"group-move", "resource-start", "resource-stop", "resource-fail",
		"start-fail", "stop-fail", "pending", "vm-start-outside",
		"vm-stop-outside", "disk-fence", "disk-unfence", "complete",
		"monitor-fail", "monitor-ok", "monitor-suspend", "monitor-resume",
		"load" };
	static const char *const luns[] = { "L1", "L2", "L3", "L4" };
	const char *what = whats[pick(sizeof(whats) / sizeof(whats[0]))];
	/* behind ECX's back only what ECX does not use: the rest is no contradiction */
	bool outside = strncmp(what, "vm-", 3) == 0;
	char *text =
	    xasprintf("{\"what\":\"%s\",\"cluster\":\"%s\",\"server\":\"s%u\","
	              "\"group\":\"g%u\",\"resource\":\"%s\",\"monitor\":\"m%u\","
	              "\"lun\":\"%s\",\"vm\":\"v%u\",\"count\":%d,"
	              "\"start_ms\":%u,\"stop_ms\":%u,\"cpu\":%u}",
	        what, pick(2) ? "a" : "b", 1 + pick(2), 1 + pick(3),
	        pick(2) ? "d1" : "d2", 1 + pick(3), luns[pick(2) + (outside ? 2 : 0)],
	        1 + pick(2) + (outside ? 2 : 0), (int)pick(4) - 1, pick(3000),
	        pick(3000), pick(1000));
	json_t *spec = json_loads(text, 0, NULL);
	struct world w = { .sim = sim };
	char *cause = NULL;

	action_do(&w, spec, &cause); /* many are refused, which is fine */
	free(cause);
	json_decref(spec);
	free(text);
}

static void
random_post(struct sim *sim)
{
	static const char *const paths[] = { "groups/g1/start", "groups/g1/stop",
		"groups/g1/move", "groups/g2/start", "groups/g2/stop",
		"groups/g3/start", "groups/g3/stop", "groups/start", "groups/stop",
		"resources/d1/stop", "resources/r1/start", "resources/d2/start",
		"cluster/start", "cluster/suspend", "cluster/resume", "servers/s1/stop",
		"servers/s2/start", "servers/s1/reboot", "monitors/m1/suspend",
		"monitors/m1/resume", "monitors/m3/dummy-failure/start",
		"monitors/m3/dummy-failure/stop" };
	char *body =
	    pick(2) ? xasprintf("{\"target\":\"s%u\"}", 1 + pick(3)) : xstrdup("");

	world_post(sim, pick(2) ? "a" : "b", (int)pick(2),
	    paths[pick(sizeof(paths) / sizeof(paths[0]))], body);
	free(body);
}

static void
random_gets(struct sim *sim)
{
	static const char *const paths[] = { "cluster", "servers", "groups",
		"resources", "monitors", "groups?select=resources", "resources/d1",
		"metrics/groups/uptime" };
	struct cluster *c = sim->clusters[pick(2)];
	char *uri =
	    xasprintf("/api/v1/%s", paths[pick(sizeof(paths) / sizeof(paths[0]))]);
	struct api_path p;
	struct api_reply r;
	json_t *j;

	api_path_parse(&p, uri);
	api_get(&c->srv[pick((unsigned)c->nsrv)], &p, &r);
	j = json_loads(r.text, 0, NULL);
	ck_assert(json_is_object(json_object_get(j, "result")));
	json_decref(j);
	api_reply_clear(&r);
	api_path_clear(&p);
	free(uri);
}

/* --- what must be true at every instant --------------------------------------------
 */

static bool
is_fenced(const struct cluster *c, int g)
{
	for (int r = c->grp[g].first; r < c->grp[g].first + c->grp[g].n; r++)
		if (c->res[r].lun && json_object_get(c->fenced, c->res[r].lun))
			return true;
	return false;
}

static void
check_group(const struct view *v, int g)
{
	const struct cluster *c = v->cluster;
	const struct grp_rt *rt = &v->grp[g];

	ck_assert(rt->current >= -1 && rt->current < c->nsrv);
	if (rt->op == OP_NONE)
		ck_assert_msg(
		    rt->status != ST_ON_PENDING && rt->status != ST_OFF_PENDING,
		    "%s/%s Pending without an operation", c->name, c->grp[g].name);
	if (rt->status == ST_OFFLINE)
		ck_assert_int_eq(rt->current, -1);
	for (int r = c->grp[g].first; r < c->grp[g].first + c->grp[g].n; r++) {
		const struct res_rt *res = &v->res[r];
		const struct server *s;

		ck_assert((res->status == ST_OFFLINE) == (res->current < 0));
		if (rt->status == ST_OFFLINE)
			ck_assert_int_eq(res->status, ST_OFFLINE);
		if (res->status != ST_ONLINE || c->res[r].lun == NULL ||
		    is_fenced(c, g))
			continue;
		s = &c->srv[res->current];
		if (machine_alive(s) && (v->members & 1u << s->index) && !v->split)
			ck_assert_msg(oracle_active(c->sim->oracle, KEY_LUN,
			                  c->res[r].lun, c->name, s->name),
			    "%s/%s is Online on %s and the oracle knows nothing",
			    c->name, c->res[r].name, s->name);
	}
}

static void
check_world(const struct sim *sim)
{
	static const char *const luns[] = { "L1", "L2" };

	for (size_t i = 0; i < sim->n; i++) {
		const struct cluster *c = sim->clusters[i];
		const struct view *v;
		uint32_t members = 0;

		TAILQ_FOREACH (v, &c->views, entry) {
			ck_assert((members & v->members) == 0);
			members |= v->members;
			for (int g = 0; g < c->ngrp; g++)
				check_group(v, g);
		}
		ck_assert_uint_eq(members, (1u << c->nsrv) - 1);
		for (int s = 0; s < c->nsrv; s++) {
			ck_assert((c->srv[s].view->members & 1u << s) != 0);
			for (int l = 0; l < 2; l++)
				ck_assert(c->srv[s].os != OS_OFF ||
				    !oracle_active(sim->oracle, KEY_LUN, luns[l],
				        c->name, c->srv[s].name));
			ck_assert(!c->srv[s].api_up || c->srv[s].os == OS_UP ||
			    c->srv[s].os == OS_SHUTTING);
		}
	}
}

/* Faults end, everything is switched on: it must all come to rest. */
static void
calm(struct sim *sim)
{
	for (size_t i = 0; i < sim->n; i++) {
		struct cluster *c = sim->clusters[i];

		cluster_heal(c, NULL);
		cluster_resume(c, NULL);
		machine_fence(c, "L1", false);
		machine_fence(c, "L2", false);
		for (int r = 0; r < c->nres; r++)
			c->res[r].start_fails = c->res[r].stop_fails = 0;
		for (int m = 0; m < c->nmon; m++)
			cluster_view(c)->mon[m].fails = 0;
	}
	sched_advance(sim->sched, 600000);
	for (size_t i = 0; i < sim->n; i++) {
		for (int s = 0; s < sim->clusters[i]->nsrv; s++)
			server_power_on(&sim->clusters[i]->srv[s], NULL);
		sched_advance(sim->sched, 600000);
		cluster_start(sim->clusters[i], NULL);
	}
	sched_advance(sim->sched, 600000);
	for (size_t i = 0; i < sim->n; i++) {
		struct cluster *c = sim->clusters[i];

		for (int s = 0; s < c->nsrv; s++)
			ck_assert_msg(view_online(cluster_view(c), s),
			    "%s/%s is not Online at rest: os %d daemon %d seen %d",
			    c->name, c->srv[s].name, (int)c->srv[s].os,
			    (int)c->srv[s].daemon, cluster_view(c)->seen[s]);
		for (int g = 0; g < c->ngrp; g++)
			ck_assert_msg(cluster_view(c)->grp[g].op == OP_NONE,
			    "%s/%s is busy at rest", c->name, c->grp[g].name);
	}
}

START_TEST(test_chaos)
{
	struct sim *sim = world_new(world, (uint64_t)_i + 1);

	rnd = (uint64_t)_i * 77 + 5;
	for (int n = 0; n < STEPS; n++) {
		switch (pick(3)) {
		case 0:
			random_action(sim);
			break;
		case 1:
			random_post(sim);
			break;
		default:
			random_gets(sim);
		}
		check_world(sim);
		for (unsigned t = pick(6); t-- > 0;) {
			sched_advance(sim->sched, pick(1500));
			check_world(sim);
		}
	}
	calm(sim);
	check_world(sim);
	sim_free(sim);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ecxsim chaos");
	TCase *tc = tcase_create("chaos");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_chaos, 0, SEEDS);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
