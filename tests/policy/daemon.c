/*
 * SPDX-License-Identifier: Apache-2.0
 * The daemon of a scenario: model, moves and engine as control drives them, second by
 * second, with commands that reach the world a second later and a store in memory.
 */
#include "tests/policy/play.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "configfile/configfile.h"
#include "subagent/persist.h"

#define SECOND 1000

/* --- what the model tells ----------------------------------------------------------
 */

static struct store_batch *
batch(void *arg)
{
	return memory_store_batch(((struct play *)arg)->store);
}

static void
on_event(void *arg, const struct event_note *e)
{
	persist_event(batch(arg), e);
	watch_event(arg, e);
}

static void
on_alarm(void *arg, const struct alarm_note *a, bool standing)
{
	persist_alarm(batch(arg), a, standing);
}

static void
on_index(void *arg, enum name_kind kind, const char *name, uint32_t index)
{
	persist_index(batch(arg), kind, name, index);
}

static void
on_identity(void *arg, const char *cluster, const char *ecx_name, const char *servers)
{
	persist_identity(batch(arg), cluster, ecx_name, servers);
}

static void
on_cluster(void *arg, const char *cluster, enum cs_cluster_admin admin)
{
	persist_cluster(batch(arg), cluster, admin);
}

static void
on_node(void *arg, const char *node, enum cs_cluster_admin admin)
{
	persist_node(batch(arg), node, admin);
}

static void
on_vm(void *arg, const char *vm, const struct vm_intent *i)
{
	persist_vm(batch(arg), vm, i);
}

static void
on_disk(void *arg, const char *disk, const struct disk_owner *o)
{
	persist_disk(batch(arg), disk, o);
}

static void
on_site(void *arg, const struct site_record *r)
{
	persist_site(batch(arg), r);
}

static void
on_serial(void *arg, int64_t serial)
{
	persist_serial(batch(arg), serial);
}

static void
on_stopped_outside(void *arg, const char *vm)
{
	struct play *p = arg;

	if (p->moves != NULL)
		moves_stopped_outside(p->moves, vm, &p->now);
}

static void
on_reload(void *arg)
{
	(void)arg;
}

/* --- what moves and policies want --------------------------------------------------
 */

static void
on_post(void *arg, const struct move_post *m)
{
	struct play *p = arg;
	const struct w_cluster *c = &p->world.clusters[m->cluster];
	const char *target = m->target;
	int node;

	if (m->kind == POST_GROUP_START) {
		node = least_used(&p->world, m->cluster);
		if (target == NULL && node >= 0)
			target = c->nodes[node].name;
		if (target != NULL)
			moves_named(p->moves, m->ticket, target);
	}
	p->posts = xreallocarray(p->posts, p->nposts + 1, sizeof(*p->posts));
	p->posts[p->nposts++] = (struct post) { m->ticket, m->kind, m->cluster,
		xstrdup(m->object), xstrdup(target) };
}

static void
on_record(void *arg, const char *space, const char *key, const char *value)
{
	memory_store_put(((struct play *)arg)->store, space, key, value);
}

static void
on_sync(void *arg, uint64_t seq)
{
	((struct play *)arg)->sync = seq;
}

static void
on_compute(void *arg, struct policy_job *job)
{
	struct play *p = arg;

	if (p->njobs == sizeof(p->jobs) / sizeof(p->jobs[0])) {
		fail(p, "too many looks at once");
		policy_job_free(job);
		return;
	}
	p->jobs[p->njobs].job = job;
	p->jobs[p->njobs++].at = p->now.ms + p->look_takes;
}

static void
on_fence(void *arg, size_t cluster)
{
	struct play *p = arg;

	say(p, "fence of %s is called", p->world.clusters[cluster].name);
	if (p->nfences == sizeof(p->fences) / sizeof(p->fences[0])) {
		fail(p, "too many fences at once");
		return;
	}
	moves_fencing(p->moves, cluster, false, &p->now);
	p->fences[p->nfences].cluster = cluster;
	p->fences[p->nfences++].at = p->now.ms + 3 * SECOND;
}

/* --- the world's answers -----------------------------------------------------------
 */

static void
carry_out(struct play *p, struct post *post)
{
	static const char *const words[] = { "start", "stop", "move", "suspend",
		"resume" };
	const struct w_cluster *c = &p->world.clusters[post->cluster];
	const int vm = world_vm(&p->world, post->object);
	struct w_vm *v = vm < 0 ? NULL : &p->world.vms[vm];
	struct w_place *pl = v == NULL ? NULL : world_place(v, post->cluster);
	enum move_outcome outcome = ANSWER_REFUSED;
	int node = -1;
	size_t i;

	for (i = 0; post->target != NULL && i < c->nnodes; i++)
		if (strcmp(c->nodes[i].name, post->target) == 0)
			node = (int)i;
	say(p, "%s: %s %s%s%s", c->name, words[post->kind], post->object,
	    post->target == NULL ? "" : " on ",
	    post->target == NULL ? "" : post->target);
	if (pl != NULL && post->kind == POST_GROUP_START)
		outcome = world_start(p, v, pl, node);
	else if (pl != NULL && post->kind == POST_GROUP_STOP)
		outcome = world_stop(p, v, pl);
	else if (pl != NULL && post->kind == POST_GROUP_MOVE)
		outcome = world_move(p, v, pl, node);
	if (outcome != ANSWER_ACCEPTED)
		say(p, "%s: refused", c->name);
	moves_answer(p->moves, post->ticket, outcome, 0, "", &p->now);
	free(post->object);
	free(post->target);
}

static void
answer_posts(struct play *p)
{
	struct post *posts = p->posts;
	const size_t n = p->nposts;
	size_t i;

	p->posts = NULL;
	p->nposts = 0;
	for (i = 0; i < n; i++)
		carry_out(p, &posts[i]);
	free(posts);
}

static void
finish_fence(struct play *p, size_t cluster, msec_t began)
{
	const struct w_cluster *c = &p->world.clusters[cluster];
	const bool ok = c->fence != NULL && strcmp(c->fence, "works") == 0;
	size_t i;

	for (i = 0; ok && i < c->nnodes; i++)
		node_power(p, cluster, i, false);
	say(p, "fence of %s %s", c->name, ok ? "is done: all of it is off" : "fails");
	moves_fenced(p->moves, cluster, ok, began, &p->now);
	engine_fenced(p->engine, c->name, ok, false,
	    ok ? "exited with 0" : "exited with 1", &p->now);
}

static void
finish_fences(struct play *p)
{
	size_t i = 0;

	while (i < p->nfences) {
		const size_t c = p->fences[i].cluster;
		const msec_t began = p->fences[i].at - 3 * SECOND;
		const char *how = p->world.clusters[c].fence;

		if (p->now.ms < p->fences[i].at ||
		    (how != NULL && strcmp(how, "hangs") == 0)) {
			i++;
			continue;
		}
		p->fences[i] = p->fences[--p->nfences];
		finish_fence(p, c, began);
	}
}

static void
finish_jobs(struct play *p)
{
	size_t i = 0;

	while (i < p->njobs) {
		struct policy_job *job = p->jobs[i].job;

		if (p->now.ms < p->jobs[i].at) {
			i++;
			continue;
		}
		p->jobs[i] = p->jobs[--p->njobs];
		policy_job_run(job, NULL, NULL);
		engine_done(p->engine, job, &p->now);
		daemon_settle(p);
	}
}

/* --- life --------------------------------------------------------------------------
 */

static int
configure(struct play *p, char **cause)
{
	char *text = config_text(p), *warnings = NULL;
	struct settings *s = configfile_parse(text, p->script.name, cause, &warnings);
	int rc = -1;

	free(warnings);
	free(text);
	if (s == NULL)
		return -1;
	if ((p->settings == NULL || moves_check_settings(p->moves, s, cause) == 0) &&
	    model_configure(p->model, s, p->settings_seq + 1, &p->now, cause) == 0)
		rc = 0;
	if (rc != 0) {
		settings_free(s);
		return -1;
	}
	p->settings_seq++;
	settings_free(p->settings);
	p->settings = s;
	moves_configured(p->moves, s, &p->now);
	engine_configured(p->engine, s, &p->now);
	return 0;
}

int
daemon_reload(struct play *p, char **cause)
{
	return configure(p, cause);
}

int
daemon_start(struct play *p, char **cause)
{
	const struct model_sink model_sink = { p, on_event, on_alarm, on_index,
		on_identity, on_cluster, on_node, on_vm, on_disk, on_site, on_serial,
		on_stopped_outside, on_reload };
	const struct moves_sink moves_sink = { p, on_post, on_record, on_sync };
	const struct engine_sink engine_sink = { p, on_record, on_compute, on_fence };

	p->model = model_new(&model_sink, "play", &p->now);
	p->moves = moves_new(p->model, &moves_sink);
	p->engine = engine_new(p->model, p->moves, &engine_sink);
	p->sync = p->durable = 0;
	p->down = false;
	if (persist_load(p->store, p->model, p->moves, p->engine, cause) != 0 ||
	    configure(p, cause) != 0)
		return -1;
	moves_start(p->moves, NULL, &p->now);
	engine_start(p->engine, &p->now);
	daemon_refresh(p);
	return 0;
}

void
daemon_stop(struct play *p)
{
	size_t i;

	for (i = 0; i < p->njobs; i++)
		policy_job_free(p->jobs[i].job);
	p->njobs = p->nfences = 0;
	for (i = 0; i < p->nposts; i++) {
		free(p->posts[i].object);
		free(p->posts[i].target);
	}
	free(p->posts);
	p->posts = NULL;
	p->nposts = 0;
	engine_free(p->engine);
	moves_free(p->moves);
	generation_unref(p->generation);
	model_free(p->model);
	settings_free(p->settings);
	p->engine = NULL;
	p->moves = NULL;
	p->generation = NULL;
	p->model = NULL;
	p->settings = NULL;
	p->down = true;
}

/* --- time --------------------------------------------------------------------------
 */

void
daemon_refresh(struct play *p)
{
	struct table *const *tables;
	bool changed;

	tables = model_tables(p->model, &p->now, &changed);
	if (!changed && p->generation != NULL)
		return;
	generation_unref(p->generation);
	p->generation = generation_new(tables, ++p->generation_seq, p->now.ms);
}

void
daemon_settle(struct play *p)
{
	while (p->durable < p->sync) {
		p->durable = p->sync;
		moves_durable(p->moves, p->durable, &p->now);
	}
	daemon_refresh(p);
}

static void
look_around(struct play *p)
{
	size_t i;

	for (i = 0; i < p->world.nclusters; i++) {
		const bool fast = model_wants_fast(p->model, i) ||
		    model_wants_full(p->model, i, &p->now) ||
		    moves_wants_fast(p->moves, i) || moves_wants_eager(p->moves, i);

		if (!fast && p->now.ms < p->round_at[i])
			continue;
		if (model_ignored(p->model, i))
			continue;
		p->round_at[i] = p->now.ms + p->settings->clusters[i].interval;
		model_observe(p->model, look_round(p, i), &p->now);
		moves_observed(p->moves, i, &p->now);
		daemon_settle(p);
	}
	if (!p->loads_stopped && p->now.ms >= p->loads_at) {
		p->loads_at = p->now.ms + p->settings->load.interval;
		look_loads(p);
	}
}

void
daemon_step(struct play *p)
{
	if (p->down)
		return;
	answer_posts(p);
	model_tick(p->model, &p->now);
	moves_tick(p->moves, &p->now);
	daemon_settle(p);
	look_around(p);
	daemon_refresh(p);
	finish_fences(p);
	finish_jobs(p);
	engine_tick(p->engine, p->generation, &p->now);
	daemon_settle(p);
}
