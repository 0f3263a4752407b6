/*
 * SPDX-License-Identifier: Apache-2.0
 * The recover policy: a VM that should run and runs nowhere.
 *
 * For recover-grace it is left to ECX inside its cluster, counted from when its state
 * became what it is: so also from when a dead cluster answers again. Then it is started
 * where it was, or in another cluster, once every other site of it is seen Offline, or
 * vouched for by a fence or an operator. What nobody vouches for is a lack, which names
 * what is missing and the ways out, and the cluster whose fence would help. The move
 * that follows proves everything again at the moment of its start (move/proof.c).
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "policy/policy.h"
#include "policy/scene_impl.h"

#define TOGETHER  600000 /* ms: clusters that went dark so close to each other */
#define TRIES_MAX 3 /* recoveries of a VM, good ones too ... */
#define TRIES_WITHIN                                                    \
	(6 * 3600) /* ... in so many seconds: then a person has to look \
	            */

enum where { AT_OFF, AT_VOUCHED, AT_FAILED, AT_ODD, AT_DARK };

struct lost { /* one VM that runs nowhere, and what is known of it */
	const struct policy_view *view;
	const struct scene *s;
	const struct scene_vm *v;
	enum where *at; /* by site */
	size_t dark, odd, failed; /* how many of them */
	unsigned tries;
	time_t tried; /* wall: the newest of them ended; 0 */
	const struct move_row *open; /* a recovery under way; NULL */
};

static const struct scene_cluster *
cluster_of(const struct lost *l, size_t site)
{
	return &l->s->clusters[l->v->sites[site].cluster];
}

static const struct vm_site_row *
row_of(const struct lost *l, size_t site)
{
	const uint32_t key[2] = { l->v->index, cluster_of(l, site)->index };

	return table_view_get(l->s->generation->tables[TABLE_VM_SITE], key, 2);
}

/* --- what is known ---------------------------------------------------------------- */

static enum where
where_at(const struct lost *l, size_t i)
{
	const struct scene_site *site = &l->v->sites[i];
	const struct vm_site_row *r = row_of(l, i);

	if (site->oper == SITE_OFFLINE)
		return AT_OFF;
	if (site->oper == SITE_FAILED)
		return AT_FAILED;
	if (site->evidence == EVIDENCE_PROVED ||
	    (r != NULL && r->confirm != ROW_NONE && r->confirm > 0))
		return AT_VOUCHED; /* not by rounds: those would say Offline */
	return cluster_of(l, i)->known ? AT_ODD : AT_DARK;
}

static void
look_at_sites(struct lost *l)
{
	size_t i;

	l->at = xcalloc(l->v->nsites + 1, sizeof *l->at);
	for (i = 0; i < l->v->nsites; i++) {
		l->at[i] = where_at(l, i);
		l->dark += l->at[i] == AT_DARK;
		l->odd += l->at[i] == AT_ODD;
		l->failed += l->at[i] == AT_FAILED;
	}
}

static void
look_at_moves(struct lost *l)
{
	const struct move_row *r = NULL;

	while ((r = scene_row(l->s, TABLE_MOVE, r)) != NULL) {
		if (r->vm != l->v->index || !policy_asked(r, POLICY_RECOVER))
			continue;
		if (r->finished_wall == 0)
			l->open = r;
		else if (l->s->wall - r->finished_wall < TRIES_WITHIN &&
		    r->state != MOVE_CANCELLED) {
			l->tries++;
			if (r->finished_wall > l->tried)
				l->tried = r->finished_wall;
		}
	}
}

/* Should it run, and is it ours to see to that? */
static bool
is_lost(const struct scene_vm *v)
{
	return v->admin == VM_UP && !v->hold && v->kind != VM_REPLICA &&
	    v->nsites > 0 &&
	    (v->oper == VM_STOPPED || v->oper == VM_FAILED || v->oper == VM_UNKNOWN);
}

/* I6: what is in maintenance is somebody's work. */
static bool
left_alone(const struct scene *s, const struct scene_vm *v)
{
	const int at = v->cluster >= 0 ? v->cluster : v->last;

	return at >= 0 && s->clusters[at].admin != CLUSTER_ACTIVE;
}

/* Since when nothing of it changed, nor was tried; in ms. */
static msec_t
age(const struct lost *l)
{
	time_t since = l->v->since == 0 ? l->s->start : l->v->since;

	if (l->tried > since)
		since = l->tried;
	return l->s->wall > since ? (msec_t)(l->s->wall - since) * 1000 : 0;
}

/* --- whither ---------------------------------------------------------------------- */

static bool
node_has_room(const struct scene_node *n, const struct scene_vm *v)
{
	return n->takes &&
	    (v->memory < 0 || n->memory < 0 || n->memory_used < 0 ||
	        n->memory - n->memory_used >= v->memory);
}

static bool
has_room(const struct lost *l, size_t site)
{
	const struct scene_cluster *c = cluster_of(l, site);
	size_t i;

	if (l->at[site] != AT_OFF || !c->known || c->admin != CLUSTER_ACTIVE)
		return false;
	for (i = 0; i < c->nnodes; i++)
		if (node_has_room(&l->s->nodes[c->node + i], l->v))
			return true;
	return false;
}

/* A site that starts its group by itself, beside that one; -1: none. */
static int
starts_itself(const struct lost *l, size_t but)
{
	size_t i;

	for (i = 0; i < l->v->nsites; i++)
		if (i != but && l->v->sites[i].blocked)
			return (int)i;
	return -1;
}

/* Where it was, unless that was tried in vain; else by preference. -1: nowhere. */
static int
choose(const struct lost *l)
{
	int found = -1, last = -1;
	size_t i;

	for (i = 0; i < l->v->nsites; i++) {
		if (!has_room(l, i))
			continue;
		if (l->v->last == (int)l->v->sites[i].cluster)
			last = (int)i;
		else if (found < 0)
			found = (int)i;
	}
	if (last >= 0 && (l->tries == 0 || found < 0))
		return last;
	return found;
}

/* --- what is missing -------------------------------------------------------------- */

static const char *
node_word(enum cs_node_oper oper)
{
	return oper == NODE_ONLINE ? "was Online"
	    : oper == NODE_OFFLINE ? "is Offline"
	                           : "does not answer";
}

/*
 * "cluster east is not known since 2026-11-22 12:42 (server1 does not answer, ...)": a
 * moment, so that the alarms of thousands of VMs are not rewritten at every look.
 */
static char *
dark_words(const struct lost *l, size_t site)
{
	const struct scene_cluster *c = cluster_of(l, site);
	const time_t since = c->changed != 0 || c->poll_since == 0
	    ? c->changed
	    : l->s->wall - (time_t)((l->s->now - c->poll_since) / 1000);
	char *servers = NULL, *text, when[32];
	size_t i;

	for (i = 0; i < c->nnodes; i++) {
		const struct scene_node *n = &l->s->nodes[c->node + i];

		cause_set(&servers, "%s%s%s %s", servers == NULL ? "" : servers,
		    servers == NULL ? "" : ", ", n->name, node_word(n->oper));
	}
	text = since == 0 ? xasprintf("cluster %s is not known since clustersetd "
	                              "started (%s)",
	                        c->name, servers == NULL ? "" : servers)
	                  : xasprintf("cluster %s is not known since %s (%s)", c->name,
	                        clock_local(since, when, sizeof(when)),
	                        servers == NULL ? "" : servers);
	free(servers);
	return text;
}

/* A VM on hold that a fence would take the power from, too (I6); NULL: none. */
static const struct scene_vm *
held_beside(const struct lost *l)
{
	size_t i;

	for (i = 0; i < l->s->nvms; i++)
		if (l->s->vms[i].hold && l->s->vms[i].last == l->v->last)
			return &l->s->vms[i];
	return NULL;
}

/* The one cluster whose fence would be all that is missing; -1. */
static int
to_fence(const struct lost *l)
{
	const struct scene_cluster *c;
	int found = -1;
	size_t i;

	if (l->dark != 1 || l->odd > 0 || l->failed > 0 || l->tries >= TRIES_MAX)
		return -1;
	for (i = 0; i < l->v->nsites; i++)
		if (l->at[i] == AT_DARK)
			found = (int)i;
	c = cluster_of(l, (size_t)found);
	if (c->admin != CLUSTER_ACTIVE || l->v->last != (int)l->v->sites[found].cluster)
		return -1;
	return held_beside(l) == NULL ? found : -1;
}

/* Is a VM that should run missed there? */
static bool
missed_in(const struct scene *s, size_t cluster)
{
	size_t i;

	for (i = 0; i < s->nvms; i++)
		if (s->vms[i].last == (int)cluster && is_lost(&s->vms[i]))
			return true;
	return false;
}

/*
 * Another active cluster that is not seen either, and went dark at about the same time
 * or misses VMs as well: it is more likely that our own network failed than both of
 * them, and a fence would shoot what runs. NULL: none.
 */
static const struct scene_cluster *
dark_too(const struct lost *l, size_t site)
{
	const struct scene *s = l->s;
	const struct scene_cluster *c = cluster_of(l, site), *o;
	msec_t apart;
	size_t i;

	for (i = 0; i < s->nclusters; i++) {
		o = &s->clusters[i];
		if (o == c || o->admin != CLUSTER_ACTIVE ||
		    o->oper != CLUSTER_UNREACHABLE)
			continue;
		apart = o->poll_since > c->poll_since ? o->poll_since - c->poll_since
		                                      : c->poll_since - o->poll_since;
		if (apart <= TOGETHER || missed_in(s, i))
			return o;
	}
	return NULL;
}

static const char *
odd_words(const struct lost *l)
{
	const struct vm_site_row *r;
	size_t i;

	for (i = 0; i < l->v->nsites; i++)
		if (l->at[i] == AT_ODD && (r = row_of(l, i)) != NULL)
			return r->status_text == NULL ? "" : r->status_text;
	return "";
}

static const struct policy_fence *
fence_of(const struct lost *l, uint32_t cluster)
{
	size_t i;

	for (i = 0; i < l->view->nfences; i++)
		if (l->view->fences[i].cluster == cluster)
			return &l->view->fences[i];
	return NULL;
}

/* What fences do about it: nothing that is not true of the one that is configured. */
static char *
fence_words(
    const struct lost *l, bool helps, const struct scene_cluster *too, int hazard)
{
	const struct scene_vm *held = held_beside(l);
	const struct policy_fence *fence = NULL;
	const struct scene_cluster *c = NULL;
	char at[32];
	size_t i;

	for (i = 0; i < l->v->nsites; i++)
		if (l->at[i] == AT_DARK && (c == NULL || fence == NULL)) {
			c = cluster_of(l, i);
			fence = fence_of(l, c->index);
		}
	if (hazard >= 0)
		return xasprintf("not even a fence would help, because cluster %s may "
		                 "start its group by itself: set that group to manual "
		                 "startup and say so (auto-start of the site)",
		    cluster_of(l, (size_t)hazard)->name);
	if (too != NULL)
		return xasprintf(
		    "%s (none is called while cluster %s is not seen either: that "
		    "looks like our own network; set it to maintenance if it is dead, "
		    "too)",
		    fence == NULL ? "configure a fence" : "wait for its fence",
		    too->name);
	if (held != NULL)
		return xasprintf("%s (none is called while vm %s there is on hold)",
		    fence == NULL ? "configure a fence" : "wait for its fence",
		    held->name);
	if (fence == NULL)
		return xstrdup("configure a fence");
	if (!fence->automatic)
		return xasprintf("let its fence be called: "
		                 "clusters.%s.fence.automatic is false",
		    c->name);
	if (!fence->may_act)
		return xstrdup("let its fence be called: clusterset policy set recover "
		               "automatic (recover only advises now)");
	if (!helps)
		return xasprintf("wait: cluster %s has a fence, but that alone would "
		                 "not be enough, and it is not called",
		    c->name);
	if (fence->failed)
		return xasprintf("wait for its fence, which failed at %s and is called "
		                 "again",
		    clock_iso8601(fence->ended, at, sizeof at));
	return xstrdup("wait for its fence, which is being called");
}

static void
lacks_proof(const struct lost *l, struct policy_finding *f)
{
	const int fence = to_fence(l), target = choose(l);
	const struct scene_cluster *too = fence < 0 ? NULL : dark_too(l, (size_t)fence);
	const int hazard = starts_itself(l, target < 0 ? 0 : (size_t)target);
	const bool helps =
	    fence >= 0 && too == NULL && (l->open != NULL || target >= 0) && hazard < 0;
	char *dark = NULL, *words, *ways = NULL;
	char *by_fence = fence_words(l, helps, too, hazard);
	size_t i;

	for (i = 0; i < l->v->nsites; i++) {
		if (l->at[i] != AT_DARK)
			continue;
		words = dark_words(l, i);
		cause_set(&dark, "%s%s%s", dark == NULL ? "" : dark,
		    dark == NULL ? "" : "; ", words);
		cause_set(&ways, "%sclusterset site confirm %s %s",
		    ways == NULL ? "" : ways, l->v->name, cluster_of(l, i)->name);
		cause_set(&ways, "%s; ", ways);
		free(words);
	}
	if (dark == NULL)
		finding_lack(f, l->v->index, 0,
		    xasprintf("vm %s should run and is not seen anywhere: %s",
		        l->v->name, odd_words(l)));
	else
		finding_lack(f, l->v->index,
		    helps ? cluster_of(l, (size_t)fence)->index : 0,
		    xasprintf("vm %s should run, and nobody knows whether it does: %s. "
		              "Bring it back; or power off these servers, and say so: "
		              "%sor %s",
		        l->v->name, dark, ways, by_fence));
	free(by_fence);
	free(dark);
	free(ways);
}

/* --- one VM ----------------------------------------------------------------------- */

/* On what it rests that it does not run in a cluster that is not seen. */
static char *
proof_words(const struct lost *l, size_t site)
{
	const char *cluster = cluster_of(l, site)->name;
	const struct vm_site_row *r = row_of(l, site);
	const char *said = r == NULL ? NULL : r->evidence_text;

	if (r != NULL && r->confirm != ROW_NONE && r->confirm > 0)
		return xasprintf("that it does not run in cluster %s rests on an "
		                 "operator's word (site confirm)",
		    cluster);
	return xasprintf("that it does not run in cluster %s is proved%s%s", cluster,
	    said == NULL || *said == '\0' ? "" : ": ",
	    said == NULL || *said == '\0' ? "" : said);
}

static void
propose(const struct lost *l, int target, struct policy_finding *f)
{
	const struct scene_cluster *c = cluster_of(l, (size_t)target);
	struct policy_proposal *p;
	size_t i;

	p = finding_propose(f, l->v->index, c->index, 0);
	p->urgent = true;
	p->benefit = 1000;
	proposal_reason(p, 1000,
	    l->v->oper == VM_FAILED
	        ? xstrdup("it failed, and ECX did not bring it back within the grace")
	        : xstrdup(
	              "it should run and runs nowhere, and ECX did not bring it back "
	              "within the grace"));
	if (l->v->last >= 0 && l->v->last != (int)l->v->sites[target].cluster)
		proposal_reason(p, 500,
		    xasprintf("cluster %s, where it was last, %s",
		        l->s->clusters[l->v->last].name,
		        l->s->clusters[l->v->last].known ? "cannot take it now"
		                                         : "is not seen"));
	for (i = 0; i < l->v->nsites; i++)
		if (l->at[i] == AT_VOUCHED)
			proposal_reason(p, 400, proof_words(l, i));
}

static void
tried_enough(const struct lost *l, struct policy_finding *f)
{
	finding_lack(f, l->v->index, 0,
	    xasprintf(
	        "vm %s should run and does not, and was recovered, or tried to be, "
	        "%u times within %d h: no more by itself; see its moves, repair the "
	        "cause, then clusterset vm up %s",
	        l->v->name, l->tries, TRIES_WITHIN / 3600, l->v->name));
}

static void
consider(const struct lost *l, struct policy_finding *f)
{
	const int target = choose(l);
	int hazard;

	if (l->dark + l->odd > 0) {
		lacks_proof(l, f);
	} else if (l->tries >= TRIES_MAX) {
		tried_enough(l, f);
	} else if (target < 0) {
		finding_lack(f, l->v->index, 0,
		    xasprintf(
		        "vm %s should run and does not, and no other cluster can "
		        "take it: none of its sites is Offline in an active cluster "
		        "with a server that has room; see clusterset vm show %s",
		        l->v->name, l->v->name));
	} else if ((hazard = starts_itself(l, (size_t)target)) >= 0) {
		finding_lack(f, l->v->index, 0,
		    xasprintf("vm %s should run and does not, and is not started in "
		              "cluster %s, because cluster %s may start its group by "
		              "itself: set that group to manual startup and say so "
		              "(auto-start of the site), or accept-autostart of the VM",
		        l->v->name, cluster_of(l, (size_t)target)->name,
		        cluster_of(l, (size_t)hazard)->name));
	} else {
		propose(l, target, f);
	}
}

struct counts {
	size_t lost, grace, lacks;
};

static void
look_at_vm(const struct policy_view *view, const struct scene_vm *v,
    struct policy_finding *f, struct counts *n)
{
	struct lost l = { .view = view, .s = view->scene, .v = v };
	const size_t lacks = f->nlacks;

	look_at_moves(&l);
	look_at_sites(&l);
	if (v->busy) { /* a restart made a fence void that its move waits for */
		if (l.open != NULL && l.open->step == STEP_RELEASE && l.dark > 0)
			lacks_proof(&l, f);
	} else if (is_lost(v) && !left_alone(l.s, v)) {
		n->lost++;
		if (age(&l) < view->settings->recover_grace)
			n->grace++;
		else
			consider(&l, f);
	}
	n->lacks += f->nlacks > lacks;
	free(l.at);
}

static int
by_priority(const void *a, const void *b)
{
	const struct scene_vm *x = *(const struct scene_vm *const *)a,
	                      *y = *(const struct scene_vm *const *)b;

	if (x->priority != y->priority)
		return x->priority > y->priority ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

void
recover_look(const struct policy_view *view, struct policy_finding *f)
{
	const struct scene *s = view->scene;
	const struct scene_vm **order = xcalloc(s->nvms + 1, sizeof(struct scene_vm *));
	struct counts n = { 0 };
	size_t i, k = 0;

	f->imbalance = -1;
	for (i = 0; i < s->nvms; i++)
		if (is_lost(&s->vms[i]) || s->vms[i].busy)
			order[k++] = &s->vms[i];
	qsort(order, k, sizeof(struct scene_vm *), by_priority);
	for (i = 0; i < k; i++)
		look_at_vm(view, order[i], f, &n);
	free(order);
	f->wants = f->nproposals > 0;
	finding_status(f,
	    n.lost == 0
	        ? xstrdup("every VM that should run does")
	        : xasprintf("%zu VMs should run and are not seen to: %zu can be "
	                    "started, of %zu something is missing, %zu are left "
	                    "to ECX for now",
	              n.lost, f->nproposals, n.lacks, n.grace));
}
