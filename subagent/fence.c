/*
 * SPDX-License-Identifier: Apache-2.0
 * Fence programs. See fence.h.
 *
 * move/ is told before the program starts, so that whatever is seen while it runs
 * counts against it. The cluster is kept by name: a reload may give it another slot,
 * and makes the fence void (its servers may be others), which move/ sees to.
 */
#include "subagent/fence.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "hooks/run.h"
#include "subagent/control_impl.h"

#define GRACE    5000 /* ms between TERM and KILL */
#define SAID_MAX 4096 /* bytes kept of what it writes */
#define TEXT_MAX 200 /* octets of that in an event */

static const char reason[] =
    "VMs that should run are not seen in this cluster, and are to be started elsewhere";

struct fencing {
	LIST_ENTRY(fencing) entry;
	struct fences *all;
	char *cluster;
	bool disk;
	msec_t began;
	struct run *run;
};

struct fences {
	struct control *control;
	LIST_HEAD(, fencing) runs;
};

static void
fencing_free(struct fencing *f)
{
	LIST_REMOVE(f, entry);
	free(f->cluster);
	free(f);
}

/* --- what the program is told ------------------------------------------------------
 */

static char *
servers_of(const struct cluster_settings *c)
{
	char *text = xstrdup("");
	size_t i;

	for (i = 0; i < c->nservers; i++)
		cause_set(&text, "%s%s%s", text, i == 0 ? "" : " ", c->servers[i].name);
	return text;
}

static char *
json_of(const struct cluster_settings *c)
{
	json_t *servers = json_array(), *o;
	char *text;
	size_t i;

	for (i = 0; i < c->nservers; i++)
		json_array_append_new(servers,
		    json_pack("{s:s,s:s}", "name", c->servers[i].name, "url",
		        c->servers[i].url));
	o = json_pack("{s:i,s:s,s:o,s:b,s:s}", "version", 1, "cluster", c->name,
	    "servers", servers, "disk", (int)c->fence_disk, "reason", reason);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
}

/* --- its end -----------------------------------------------------------------------
 */

static size_t
slot_of(const struct control *c, const char *cluster)
{
	size_t i;

	for (i = 0; i < c->settings->nclusters; i++)
		if (strcmp(c->settings->clusters[i].name, cluster) == 0)
			break;
	return i;
}

/* How it ended, and the first line of what it said about that. */
static char *
words_of(const struct run_result *r)
{
	const char *said = r->error_len > 0 ? r->error : r->output;
	char *line, *vis, *text;

	if (said == NULL || *said == '\0')
		return xstrdup(r->text);
	line = xasprintf("%.*s", (int)strcspn(said, "\n"), said);
	vis = text_vis(line, TEXT_MAX);
	text = xasprintf("%s: %s", r->text, vis);
	free(vis);
	free(line);
	return text;
}

static void
on_done(void *arg, const struct run_result *r)
{
	struct fencing *f = arg;
	struct control *c = f->all->control;
	const struct model_now now = control_now();
	bool ok = r->end == RUN_EXITED && r->code == 0;
	char *text = words_of(r);
	size_t proved;

	proved = moves_fenced(c->moves, slot_of(c, f->cluster), ok, f->began, &now);
	if (ok && proved == 0) {
		ok = false;
		cause_set(&text,
		    "%s; but it proves nothing: the cluster was seen alive since the "
		    "fence began, or the configuration was loaded anew",
		    text);
	}
	log_notice(
	    "fence", "cluster=%s ok=%d vms=%zu %s", f->cluster, ok, proved, text);
	engine_fenced(c->engine, f->cluster, ok, f->disk, text, &now);
	free(text);
	fencing_free(f);
	moving_settle(c);
	policies_soon(c);
}

/*
 * The cluster answers again, by a round that began after the fence: nothing of it is to
 * be shot any more. What the program has done by then it has done.
 */
static bool
answers(const struct fencing *f, struct generation *g)
{
	struct table_view *clusters = g->tables[TABLE_CLUSTER];
	const struct cluster_row *r = table_view_next(clusters, NULL, 0, true);

	while (r != NULL && strcmp(r->name, f->cluster) != 0)
		r = table_view_next(clusters, r->head.key, r->head.klen, false);
	return r != NULL && r->poll_since > f->began &&
	    (r->oper == CLUSTER_NORMAL || r->oper == CLUSTER_CAUTION);
}

static void
call_off(struct fencing *f, const struct model_now *now)
{
	static const char why[] = "the cluster answers again: the program was ended";
	struct control *c = f->all->control;

	run_cancel(f->run);
	moves_fenced(c->moves, slot_of(c, f->cluster), false, f->began, now);
	log_notice("fence", "cluster=%s ok=0 %s", f->cluster, why);
	engine_fenced(c->engine, f->cluster, false, f->disk, why, now);
	fencing_free(f);
}

void
fences_look(struct fences *all, struct generation *g, const struct model_now *now)
{
	struct fencing *f, *next;

	for (f = LIST_FIRST(&all->runs); f != NULL; f = next) {
		next = LIST_NEXT(f, entry);
		if (answers(f, g))
			call_off(f, now);
	}
}

/* --- its beginning -----------------------------------------------------------------
 */

struct fences *
fences_new(struct control *c)
{
	struct fences *all = xcalloc(1, sizeof(*all));

	all->control = c;
	LIST_INIT(&all->runs);
	return all;
}

void
fences_free(struct fences *all)
{
	struct fencing *f;

	if (all == NULL)
		return;
	while ((f = LIST_FIRST(&all->runs)) != NULL) {
		run_cancel(f->run);
		fencing_free(f);
	}
	free(all);
}

void
fences_run(struct fences *all, size_t cluster)
{
	struct control *c = all->control;
	const struct cluster_settings *s = &c->settings->clusters[cluster];
	const struct model_now now = control_now();
	struct fencing *f = xcalloc(1, sizeof(*f));
	char *servers = servers_of(s), *input = json_of(s);
	char *env[] = { xasprintf("CS_CLUSTER=%s", s->name),
		xasprintf("CS_SERVERS=%s", servers), xasprintf("CS_REASON=%s", reason),
		xasprintf("CS_DISK=%d", (int)s->fence_disk), NULL };
	const struct run_program p = { .argv = s->fence.argv,
		.env = env,
		.input = input,
		.input_len = strlen(input),
		.timeout = s->fence.timeout,
		.grace = GRACE,
		.output_max = SAID_MAX,
		.error_max = SAID_MAX };
	size_t i;

	f->all = all;
	f->cluster = xstrdup(s->name);
	f->disk = s->fence_disk;
	f->began = now.ms;
	LIST_INSERT_HEAD(&all->runs, f, entry);
	log_notice("fence", "cluster=%s program=%s begins", s->name, s->fence.argv[0]);
	moves_fencing(c->moves, cluster, f->disk, &now);
	f->run = run_start(c->base, &p, on_done, f);
	for (i = 0; env[i] != NULL; i++)
		free(env[i]);
	free(servers);
	free(input);
}
