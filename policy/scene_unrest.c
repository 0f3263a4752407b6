/*
 * SPDX-License-Identifier: Apache-2.0
 * How calm the set is: what is in transit without us, what happened lately and where.
 *
 * csEventTable tells when things changed, rows tell how they are. Events are read from
 * the newest back for as long as they can matter.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "policy/scene_impl.h"
#include "set/event.h"

#define EVENTS_MAX 20000 /* looked through at most */
#define MARGIN     5 /* seconds: events about a move that come beside it */
#define LOOK_BACK  86400 /* seconds: the longest that anybody asks about */

struct by_name {
	const char *name;
	size_t slot;
};

static int
by_name_cmp(const void *a, const void *b)
{
	return strcmp(
	    ((const struct by_name *)a)->name, ((const struct by_name *)b)->name);
}

static int
cluster_named(const struct by_name *names, size_t n, const char *name)
{
	const struct by_name key = { name, 0 }, *found = NULL;

	if (name != NULL)
		found = bsearch(&key, names, n, sizeof *names, by_name_cmp);
	return found == NULL ? -1 : (int)found->slot;
}

/* The name of a server's event is CLUSTER/SERVER. */
static struct scene_node *
node_named(struct scene *s, const struct scene_cluster *c, const char *name)
{
	const size_t len = strlen(c->name);
	size_t i;

	if (name == NULL || strncmp(name, c->name, len) != 0 || name[len] != '/')
		return NULL;
	for (i = 0; i < c->nnodes; i++)
		if (strcmp(s->nodes[c->node + i].name, name + len + 1) == 0)
			return &s->nodes[c->node + i];
	return NULL;
}

/* What a move of a policy's own does to its VM, and that it ended well. */
static bool
is_ours(const struct scene *s, const struct event_row *e)
{
	static const char owner[] = "policy/";
	const struct scene_move *m;
	size_t i;

	if (e->severity > SEV_INFO || e->object_name == NULL)
		return false;
	if (e->type == EVENT_MOVE_ENDED)
		return strncmp(e->object_name, owner, sizeof owner - 1) == 0;
	if ((e->type != EVENT_VM_STATE && e->type != EVENT_VM_PLACEMENT) ||
	    e->vm_name == NULL)
		return false;
	for (i = 0; i < s->nmoved; i++) {
		m = &s->moved[i];
		if (m->ours && e->wall >= m->began - MARGIN &&
		    e->wall <= m->came + MARGIN &&
		    strcmp(s->vms[m->vm].name, e->vm_name) == 0)
			return true;
	}
	for (i = 0; i < s->nvms; i++) /* a move is open */
		if (s->vms[i].busy && strcmp(s->vms[i].name, e->vm_name) == 0)
			return true;
	return false;
}

/* Does such an event say that something happened that nobody planned, or has ended? */
static bool
disturbs(const struct event_row *e)
{
	switch (e->type) {
	case EVENT_CLUSTER_STATE:
	case EVENT_NODE_STATE:
	case EVENT_VM_STATE:
	case EVENT_VM_PLACEMENT:
	case EVENT_MOVE_ENDED:
	case EVENT_DISK_CONFLICT:
	case EVENT_FOREIGN_CONTROLLER:
	case EVENT_REPLICATION_PROBLEM:
	case EVENT_DAEMON_STARTED:
		return true;
	case EVENT_ALARM_RAISED: /* alarms of policies are no reason for them to wait */
		return e->severity > SEV_INFO && e->object != OBJECT_SET &&
		    e->object != OBJECT_POLICY && e->object != OBJECT_AVAIL_SET;
	default:
		return false;
	}
}

static void
note_event(struct scene *s, const struct event_row *e, int cluster)
{
	struct scene_cluster *c = cluster < 0 ? NULL : &s->clusters[cluster];
	const time_t wall =
	    e->wall > s->wall ? s->wall : e->wall; /* the clock was set */
	struct scene_node *n;

	if (c != NULL && e->type == EVENT_CLUSTER_STATE && c->changed < wall)
		c->changed = wall;
	if (c != NULL && e->type == EVENT_NODE_STATE &&
	    (n = node_named(s, c, e->object_name)) != NULL && n->changed < wall)
		n->changed = wall;
	if (s->unrest >= wall || (c != NULL && c->admin != CLUSTER_ACTIVE))
		return;
	s->unrest = wall;
	free(s->unrest_text);
	s->unrest_text = xstrdup(e->text == NULL ? "" : e->text);
}

static void
read_events(struct scene *s)
{
	const struct set_row *set = scene_row(s, TABLE_SET, NULL);
	struct by_name *names = xcalloc(s->nclusters + 1, sizeof *names);
	const struct event_row *e;
	uint32_t number, oldest;
	size_t i, k;

	for (i = 0; i < s->nclusters; i++)
		names[i] = (struct by_name) { s->clusters[i].name, i };
	qsort(names, s->nclusters, sizeof *names, by_name_cmp);
	number =
	    set == NULL || set->events_newest < 1 ? 0 : (uint32_t)set->events_newest;
	oldest =
	    set == NULL || set->events_oldest < 1 ? 1 : (uint32_t)set->events_oldest;
	for (k = 0; number >= oldest && number > 0 && k < EVENTS_MAX; number--, k++) {
		e = table_view_get(s->generation->tables[TABLE_EVENT], &number, 1);
		if (e == NULL)
			continue;
		if (s->wall - e->wall > LOOK_BACK)
			break;
		if (disturbs(e) && !is_ours(s, e))
			note_event(
			    s, e, cluster_named(names, s->nclusters, e->cluster_name));
	}
	free(names);
}

/* --- in transit ----------------------------------------------------------------------
 */

/* For how many seconds something has been so, when it is told since when. */
static time_t
lasts(const struct scene *s, time_t since)
{
	if (since == 0)
		since = s->start;
	return since > s->wall ? 0 : s->wall - since;
}

/* Since when, as a moment: a text that counts would be another one at every look. */
static const char *
since_words(const struct scene *s, time_t since, char buf[32])
{
	return clock_local(since == 0 ? s->start : since, buf, 32);
}

static char *
cluster_transit(const struct scene *s, const struct scene_cluster *c)
{
	time_t since = c->changed;
	char when[32];

	if (c->admin != CLUSTER_ACTIVE || c->known)
		return NULL;
	if (c->oper == CLUSTER_UNKNOWN && c->poll_since == 0)
		return lasts(s, 0) < SCENE_TRANSIT
		    ? xasprintf("cluster %s was not asked yet", c->name)
		    : NULL;
	/* no event of it any more: its last round tells, where rounds have ended */
	if (since == 0 && c->oper >= CLUSTER_UNREACHABLE && c->poll_since > 0)
		since = s->wall - (time_t)((s->now - c->poll_since) / 1000);
	if (lasts(s, since) >= SCENE_TRANSIT)
		return NULL;
	return xasprintf(
	    "cluster %s is not well since %s", c->name, since_words(s, since, when));
}

static char *
node_transit(const struct scene *s, const struct scene_node *n)
{
	const struct scene_cluster *c = &s->clusters[n->cluster];
	char when[32];

	if (c->admin != CLUSTER_ACTIVE || n->admin != CLUSTER_ACTIVE || !c->known)
		return NULL;
	if (n->oper == NODE_STARTING || n->oper == NODE_STOPPING)
		return lasts(s, n->changed) < SCENE_STUCK
		    ? xasprintf("server %s/%s is %s", c->name, n->name,
		          n->oper == NODE_STARTING ? "starting" : "stopping")
		    : NULL;
	if (n->oper == NODE_ONLINE || n->oper == NODE_CAUTION || n->changed == 0 ||
	    lasts(s, n->changed) >= SCENE_LOST)
		return NULL;
	return xasprintf("server %s/%s was lost at %s", c->name, n->name,
	    since_words(s, n->changed, when));
}

static char *
vm_transit(const struct scene *s, const struct scene_vm *v)
{
	static const char *const word[] = { "", "running", "starting", "stopping",
		"stopped", "failed", "moving", "inDoubt", "conflict", "unknown" };
	const int at = v->cluster >= 0 ? v->cluster : v->last;
	char when[32];
	time_t most;

	if (v->admin != VM_UP || v->busy)
		return NULL;
	if (at >= 0 && s->clusters[at].admin != CLUSTER_ACTIVE)
		return NULL;
	switch (v->oper) {
	case VM_STARTING:
	case VM_STOPPING:
		most = SCENE_STUCK;
		break;
	case VM_STOPPED:
	case VM_FAILED:
	case VM_UNKNOWN:
		if (v->hold)
			return NULL; /* a person works on it */
		most = SCENE_TRANSIT;
		break;
	default:
		return NULL;
	}
	if (lasts(s, v->since) >= most)
		return NULL;
	return xasprintf("vm %s is %s since %s", v->name, word[v->oper],
	    since_words(s, v->since, when));
}

void
scene_unrest(struct scene *s)
{
	char *text = NULL;
	size_t i;

	s->unrest_text = xstrdup("");
	read_events(s);
	for (i = 0; i < s->nclusters && text == NULL; i++)
		text = cluster_transit(s, &s->clusters[i]);
	for (i = 0; i < s->nnodes && text == NULL; i++)
		text = node_transit(s, &s->nodes[i]);
	for (i = 0; i < s->nvms && text == NULL; i++)
		text = vm_transit(s, &s->vms[i]);
	s->failover = text != NULL;
	s->failover_text = text != NULL ? text : xstrdup("");
}
