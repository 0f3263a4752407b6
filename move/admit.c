/*
 * SPDX-License-Identifier: Apache-2.0
 * What may be asked for: requests of one SET are looked at one after the other, each as
 * if those before it were accepted. Changes nothing. See moves.h.
 *
 * Every refusal names the VM, what stands in the way and the way out. What is there, on
 * its way, or has just ended so is fine and makes no second move (I5).
 */
#include "move/admit_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static enum move_verdict __attribute__((format(printf, 3, 4)))
refuse(enum move_verdict verdict, char **cause, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	cause_set(cause, "%s", text);
	free(text);
	return verdict;
}

/* --- names and values ---------------------------------------------------------------
 */

static enum move_verdict
check_name(const struct moves *v, const struct bench *b, const struct move_request *rq,
    char **cause)
{
	const struct mv_row *r;
	struct mv_used *u;
	char *key;
	size_t i;

	if (rq->index == 0 && !rq_by_row(rq))
		return MOVE_FINE;
	if (!rq_by_row(rq) ||
	    (!rq->inside &&
	        (strcmp(rq->owner, "policy") == 0 || strcmp(rq->owner, "hook") == 0)))
		return refuse(MOVE_BAD_NAME, cause,
		    "csMoveOwner %s is reserved: use a name of your own",
		    rq->owner == NULL ? SET_OWNER : rq->owner);
	if (!text_is_name(rq->owner, MOVE_OWNER_MAX))
		return refuse(MOVE_BAD_NAME, cause,
		    "csMoveOwner is 1 to %d octets of text without control characters",
		    MOVE_OWNER_MAX);
	if (rq->index == 0 || rq->index > INDEX_MAX)
		return refuse(MOVE_BAD_NAME, cause,
		    "csMoveIndex is 1 to %d: see csMoveIndexNext", INDEX_MAX);
	r = row_find(v, rq->owner, rq->index);
	if (r != NULL)
		return refuse(MOVE_NOT_NOW, cause,
		    "move %s exists already (vm %s, %s): see csMoveIndexNext", r->name,
		    r->vm, state_word(r->state));
	key = row_key(rq->owner, rq->index);
	HASH_FIND_STR(v->used, key, u);
	free(key);
	if (u != NULL)
		return refuse(MOVE_BAD_NAME, cause,
		    "move %s/%u was used before, and its row is gone: see "
		    "csMoveIndexNext",
		    rq->owner, rq->index);
	for (i = 0; i < b->n; i++)
		if (b->plans[i].rq->index == rq->index && rq_by_row(b->plans[i].rq) &&
		    strcmp(b->plans[i].rq->owner, rq->owner) == 0)
			return refuse(MOVE_NOT_NOW, cause,
			    "move %s/%u stands twice in this SET", rq->owner,
			    rq->index);
	return MOVE_FINE;
}

static enum move_verdict
check_values(const struct move_request *rq, char **cause)
{
	if (rq->reason != NULL && strlen(rq->reason) > MOVE_REASON_MAX)
		return refuse(MOVE_WRONG_VALUE, cause,
		    "csMoveReason has at most %d octets", MOVE_REASON_MAX);
	if (rq->reason != NULL && *rq->reason != '\0' &&
	    !text_is_name(rq->reason, MOVE_REASON_MAX))
		return refuse(MOVE_WRONG_VALUE, cause,
		    "csMoveReason is UTF-8 text without control characters");
	if (rq->mode < MOVE_PLANNED || rq->mode > MOVE_LIVE)
		return refuse(MOVE_WRONG_VALUE, cause,
		    "csMoveMode is planned, dryRun or live, not %d", (int)rq->mode);
	if (rq_by_row(rq) && rq->cluster == 0 && !rq_is_intent(rq))
		return refuse(MOVE_NOT_NOW, cause,
		    "move %s/%u: csMoveVm and csMoveTargetCluster have to be in the "
		    "same SET",
		    rq->owner, rq->index);
	return MOVE_FINE;
}

/* --- whither ------------------------------------------------------------------------
 */

static enum move_verdict
find_target(const struct moves *v, struct plan *p, char **cause)
{
	const struct move_request *rq = p->rq;
	const struct intent home = { INTENT_VM_HOME, { rq->vm, 0 }, rq->cluster };
	uint32_t cluster = rq->cluster;

	if (cluster == 0 && p->vm.place < 0)
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s is not seen to run anywhere (%s), so that a node alone does "
		    "not say whither: set csVmTargetCluster, too",
		    p->vm.name, p->vm.oper_text);
	if (cluster == 0)
		cluster = p->vm.site[p->vm.place].cluster_index;
	p->target = model_vm_site(v->m, rq->vm, cluster);
	if (p->target < 0) /* the words of csVmHomeCluster fit */
		return model_intent_test(v->m, &home, cause) == INTENT_BAD_VALUE
		    ? MOVE_WRONG_VALUE
		    : MOVE_NOT_NOW;
	p->node = rq->node;
	if (p->node != 0 && model_node_name(v->m, cluster, p->node) == NULL)
		return refuse(MOVE_WRONG_VALUE, cause,
		    "vm %s: cluster %s has no node with index %u: see csNodeTable",
		    p->vm.name, p->vm.site[p->target].cluster_name, p->node);
	return MOVE_FINE;
}

/* Where a VM that runs nowhere is started: its disks, its last place, its home, any. */
static int
place_to_start(const struct plan *p)
{
	size_t i;

	if (p->sight.owner >= 0)
		return p->sight.owner;
	if (p->vm.last >= 0 && (size_t)p->vm.last < p->vm.nsites)
		return p->vm.last;
	if (p->vm.home >= 0 && (size_t)p->vm.home < p->vm.nsites)
		return p->vm.home;
	for (i = 0; i < p->sight.nsites; i++)
		if (p->sight.site[i].fresh && p->sight.site[i].commandable &&
		    !p->sight.site[i].closed && p->sight.site[i].node_ok &&
		    p->sight.site[i].oper == SITE_OFFLINE)
			return (int)i;
	return 0;
}

/* A source that nobody can tell of any more: the disks say where it was. */
static int
lost_source(const struct plan *p)
{
	if (p->sight.owner >= 0)
		return p->sight.owner;
	return p->vm.last >= 0 && (size_t)p->vm.last < p->vm.nsites ? p->vm.last : -1;
}

static void
choose_verb(struct plan *p)
{
	const bool runs = p->vm.place >= 0;

	p->source = runs ? p->vm.place : MOVE_NOWHERE;
	if (!runs && p->rq->force)
		p->source = lost_source(p);
	if (p->rq->verb == VERB_DOWN) {
		p->verb = VERB_DOWN;
		p->target = MOVE_NOWHERE;
	} else if (p->source == MOVE_NOWHERE) {
		p->verb = VERB_UP;
	} else {
		p->verb = p->source == p->target ? VERB_WITHIN : VERB_MOVE;
	}
}

/* --- is it so already ---------------------------------------------------------------
 */

static bool
same_end(const struct plan *p, enum move_verb verb, uint32_t cluster, uint32_t node)
{
	if (p->verb == VERB_DOWN)
		return verb == VERB_DOWN;
	return verb != VERB_DOWN && verb != VERB_NEWCOMER &&
	    cluster == p->vm.site[p->target].cluster_index &&
	    (p->node == 0 || p->node == node);
}

/* Does the open move bring about what is asked for? */
static bool
on_its_way(const struct plan *p, const struct mv_row *r)
{
	if (rq_by_row(p->rq) || p->rq->mode == MOVE_DRY_RUN || r->state > MOVE_RUNNING)
		return false;
	if (p->rq->verb == VERB_UP && p->rq->cluster == 0) /* anywhere */
		return r->verb == VERB_MOVE || r->verb == VERB_WITHIN ||
		    r->verb == VERB_UP;
	return same_end(p, r->verb, r->target_index, r->target_node_index);
}

static bool
there_already(const struct plan *p)
{
	if (p->verb == VERB_DOWN)
		return p->vm.oper == VM_STOPPED;
	if (p->vm.oper != VM_RUNNING)
		return false;
	if (p->rq->verb == VERB_UP && p->rq->cluster == 0)
		return true;
	return p->vm.place == p->target && (p->node == 0 || p->node == p->vm.node);
}

/* The newest ended move of the VM, if it ended within repeat-window. */
static const struct mv_row *
just_ended(const struct moves *v, const char *vm, msec_t now)
{
	const struct mv_row *r;

	TAILQ_FOREACH_REVERSE(r, &v->ended, mv_rows, link)
	{
		if (now - r->ended > v->settings->moves.repeat_window)
			return NULL;
		if (strcmp(r->vm, vm) == 0 && r->mode != MOVE_DRY_RUN)
			return r;
	}
	return NULL;
}

/* Has nobody moved the VM since? */
static bool
as_it_left(const struct moves *v, const struct mv_row *r)
{
	uint32_t at, epoch;

	return row_leaves(v, r->vm_index, &at, &epoch) && at == r->left_at &&
	    epoch == r->left_epoch;
}

/* FINE and p->nothing: nothing is to be done. FINE alone: look on. */
static enum move_verdict
check_repeat(const struct moves *v, const struct bench *b, struct plan *p,
    const struct model_now *now, char **cause)
{
	const struct mv_case *k = case_find(v, p->vm.name);
	const struct mv_row *r = k == NULL ? NULL : k->row;
	const struct plan *q;
	size_t i;

	if (k != NULL && k->vm_index == 0)
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s: a command of ours may still take effect at a site that is "
		    "not configured any more: configure it as it was, or see "
		    "csVmRelease",
		    p->vm.name);
	for (i = 0; i < b->n; i++) {
		q = &b->plans[i];
		if (q->vm.index != p->vm.index || q->nothing ||
		    q->rq->mode == MOVE_DRY_RUN)
			continue;
		if (rq_by_row(p->rq) || q->target < 0 ||
		    !same_end(p, q->verb, q->vm.site[q->target].cluster_index, q->node))
			return refuse(MOVE_NOT_NOW, cause,
			    "vm %s: two moves of it stand in this SET", p->vm.name);
		p->nothing = true;
		return MOVE_FINE;
	}
	if (r != NULL && on_its_way(p, r)) {
		p->nothing = true;
		return MOVE_FINE;
	}
	if (r != NULL)
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s: move %s is open (%s, to %s): wait for it, or set its "
		    "csMoveControl",
		    p->vm.name, r->name, state_word(r->state),
		    r->target == NULL ? "nowhere" : r->target);
	if (there_already(p)) {
		p->nothing = true;
		p->noted = xasprintf("vm %s is %s already: nothing to do", p->vm.name,
		    p->verb == VERB_DOWN ? "stopped" : "there");
		return MOVE_FINE;
	}
	r = rq_by_row(p->rq) || p->rq->mode == MOVE_DRY_RUN
	    ? NULL
	    : just_ended(v, p->vm.name, now->ms);
	/* an intent that has just been carried out is asked for anew, not repeated */
	p->nothing = r != NULL && !rq_is_intent(p->rq) &&
	    strcmp(r->owner, SET_OWNER) == 0 && as_it_left(v, r) &&
	    same_end(p, r->verb, r->target_index, r->target_node_index);
	return MOVE_FINE;
}

/* --- may it be done now -------------------------------------------------------------
 */

static enum move_verdict
check_vm(const struct moves *v, const struct plan *p, char **cause)
{
	const struct vm_info *i = &p->vm;
	int dead;

	if (v->restored != NULL)
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s: the state file looks restored (%s): set csSetAdopt to %u "
		    "first",
		    i->name, v->restored, v->adopt);
	if (i->too_many)
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s has more than %d sites: such a VM cannot be moved", i->name,
		    SIGHT_SITES);
	if (i->kind == VM_REPLICA)
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s is a replica: its hooks are not configured, so that it "
		    "cannot be moved",
		    i->name);
	if (p->rq->mode == MOVE_LIVE)
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s: no hook for live moves is configured: set csMoveMode to "
		    "planned",
		    i->name);
	if (i->hold)
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s is on hold: set csVmHold to false first", i->name);
	if (i->admin != VM_UP && !rq_is_intent(p->rq))
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s is set to be down: set csVmAdminState to up first", i->name);
	if (p->rq->force && !v->settings->moves.force)
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s: csMoveForce is switched off: moves.force in the "
		    "configuration",
		    i->name);
	switch (i->oper) {
	case VM_RUNNING:
	case VM_FAILED:
	case VM_STOPPED:
		return MOVE_FINE;
	case VM_UNKNOWN:
		if ((p->rq->force && p->source >= 0) || p->rq->recover)
			return MOVE_FINE;
		break;
	default:
		break;
	}
	dead = i->oper == VM_UNKNOWN ? lost_source(p) : MOVE_NOWHERE;
	if (dead < 0 || dead == p->target || p->sight.site[dead].fresh)
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s is %s (%s): it can be moved when it is running, stopped or "
		    "failed",
		    i->name, oper_word(i->oper), i->oper_text);
	return refuse(MOVE_NOT_NOW, cause,
	    "vm %s is %s (%s): it can be moved when it is running, stopped or failed; "
	    "when cluster %s is dead and it cannot run there, say so by "
	    "csVmSiteConfirm.%u.%u and move it with csMoveForce%s",
	    i->name, oper_word(i->oper), i->oper_text, i->site[dead].cluster_name,
	    i->index, i->site[dead].cluster_index,
	    v->settings->moves.force
	        ? ""
	        : " (both are switched off: moves.force in the configuration)");
}

static enum move_verdict
check_disks(const struct plan *p, char **cause)
{
	const int owner = p->sight.owner;

	if (p->vm.kind != VM_SHARED_DISK || p->verb == VERB_DOWN)
		return MOVE_FINE;
	if (owner == OWNER_NO_DISKS || owner == OWNER_OTHER)
		return refuse(MOVE_NOT_NOW, cause, "vm %s: %s: see csDiskTable",
		    p->vm.name,
		    owner == OWNER_NO_DISKS
		        ? "it is of kind shared-disk, but no disk of it is configured"
		        : "it is not known which one of its sites owns its disks");
	if (p->source >= 0 && owner != p->source)
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s: it is in cluster %s, but its disks belong to %s: see "
		    "csDiskTable",
		    p->vm.name, p->vm.site[p->source].cluster_name,
		    owner < 0 ? "nobody" : p->vm.site[owner].cluster_name);
	return MOVE_FINE;
}

static enum move_verdict
check_source(const struct plan *p, char **cause)
{
	const struct site_sight *s;
	char *why;

	if (p->source < 0 && p->verb == VERB_DOWN)
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s: it is not known where it would have to be stopped (%s)",
		    p->vm.name, p->vm.oper_text);
	if (p->source < 0 || p->rq->force)
		return MOVE_FINE;
	s = &p->sight.site[p->source];
	if (s->fresh && s->commandable)
		return MOVE_FINE;
	why = words_site(&p->vm.site[p->source],
	    &(struct site_sight) { .fresh = s->fresh, .commandable = s->commandable });
	refuse(MOVE_NOT_NOW, cause, "vm %s: it is in cluster %s: %s", p->vm.name,
	    p->vm.site[p->source].cluster_name, why);
	free(why);
	return MOVE_NOT_NOW;
}

/*
 * A forced move waits for the proof of a source that nobody can stop; who only asks
 * whether it would be possible is told what there is of it now.
 */
static enum move_verdict
check_proof(
    const struct moves *v, struct plan *p, const struct model_now *now, char **cause)
{
	const struct mv_case *k = case_find(v, p->vm.name);
	const struct move_facts f = { .vm = p->sight };
	struct move_case c;

	if (p->rq->mode != MOVE_DRY_RUN || !p->rq->force || p->verb != VERB_MOVE ||
	    p->sight.site[p->source].commandable)
		return MOVE_FINE;
	if (k == NULL)
		move_init(&c, p->sight.nsites);
	else
		c = k->c;
	c.base = p->sight.epoch; /* as it would be accepted now */
	p->proof = move_proved(&c, &f, &v->limits, p->source, now->ms, NULL);
	if (p->proof != PROVED_NOT)
		return MOVE_FINE;
	return refuse(MOVE_NOT_NOW, cause,
	    "vm %s: it is not proved stopped in cluster %s (%s): when it is, say so by "
	    "csVmSiteConfirm.%u.%u",
	    p->vm.name, p->vm.site[p->source].cluster_name,
	    p->vm.site[p->source].evidence, p->vm.index,
	    p->vm.site[p->source].cluster_index);
}

/* A silent third cluster lets nobody prove anything; some servers may yet answer. */
static enum move_verdict
check_others(const struct moves *v, const struct plan *p, const struct model_now *now,
    char **cause)
{
	const struct mv_case *k = case_find(v, p->vm.name);
	struct move_facts f = { .vm = p->sight };
	size_t i;

	for (i = 0; p->verb == VERB_MOVE && i < p->vm.nsites; i++)
		if ((int)i != p->source && (int)i != p->target &&
		    (!p->sight.site[i].fresh || !p->sight.site[i].alive) &&
		    (k == NULL ||
		        move_proved(&k->c, &f, &v->limits, (int)i, now->ms, NULL) ==
		            PROVED_NOT))
			return refuse(MOVE_NOT_NOW, cause,
			    "vm %s: cluster %s does not answer, and it might run "
			    "there, "
			    "too: see its csClusterStatusText, or csVmSiteConfirm",
			    p->vm.name, p->vm.site[i].cluster_name);
	return MOVE_FINE;
}

static enum move_verdict
check_target(const struct moves *v, const struct plan *p, char **cause)
{
	const struct vm_place *at;
	const struct site_sight *s;
	char *why;

	if (p->target < 0)
		return MOVE_FINE;
	at = &p->vm.site[p->target];
	s = &p->sight.site[p->target];
	why = words_site(at, s);
	if (why != NULL) {
		refuse(MOVE_NOT_NOW, cause, "vm %s: %s", p->vm.name, why);
		free(why);
		return MOVE_NOT_NOW;
	}
	if (p->verb != VERB_WITHIN && (s->oper != SITE_OFFLINE || s->active))
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s: in cluster %s it is %s, not Offline: %s", p->vm.name,
		    at->cluster_name, site_word((enum cs_site_oper)s->oper), at->text);
	if (s->node_ok)
		return MOVE_FINE;
	if (p->node == 0)
		return refuse(MOVE_NOT_NOW, cause,
		    "vm %s: no node of cluster %s can take it: see csNodeTable",
		    p->vm.name, at->cluster_name);
	return refuse(MOVE_NOT_NOW, cause,
	    "vm %s: node %s of cluster %s is not Online, or in maintenance: see "
	    "csNodeTable",
	    p->vm.name, model_node_name(v->m, at->cluster_index, p->node),
	    at->cluster_name);
}

static enum move_verdict
check_room(const struct moves *v, const struct bench *b, struct plan *p, char **cause)
{
	const unsigned queue = v->settings->moves.queue;
	struct vm_target t;
	char *why = NULL;

	if (b->waiting >= (queue == 0 ? 1 : queue))
		return refuse(MOVE_NO_RESOURCE, cause,
		    "vm %s: %zu moves wait already, and moves.queue allows no more: "
		    "try again later",
		    p->vm.name, b->waiting);
	if (p->target < 0)
		return MOVE_FINE;
	t = (struct vm_target) { p->vm.index, p->vm.site[p->target].cluster_index,
		p->node };
	if ((p->verb == VERB_WITHIN
	            ? model_vm_fits(v->m, &t, b->with, b->nwith, &why)
	            : model_vm_place(v->m, &t, b->with, b->nwith, &why)) == 0) {
		p->node = t.node; /* where the rules leave no choice of any other */
		return MOVE_FINE;
	}
	refuse(MOVE_NOT_NOW, cause, "%s", why);
	free(why);
	return MOVE_NOT_NOW;
}

/* Who there is, and what is asked of it: what is wrong for ever, also for a dry run. */
enum move_verdict
admit_asked(const struct moves *v, const struct bench *b, struct plan *p, char **cause)
{
	const struct move_request *rq = p->rq;
	enum move_verdict verdict;

	p->source = p->target = MOVE_NOWHERE;
	if ((verdict = check_name(v, b, rq, cause)) != MOVE_FINE ||
	    (verdict = check_values(rq, cause)) != MOVE_FINE)
		return verdict;
	if (!model_vm_info(v->m, rq->vm, &p->vm))
		return refuse(rq_by_row(rq) ? MOVE_WRONG_VALUE : MOVE_NO_CREATION,
		    cause, "there is no VM with index %u: see csVmTable", rq->vm);
	if (rq->cluster == 0 && rq->node == 0 && rq->verb == 0) {
		p->nothing = true; /* 0 written: nothing is wanted */
		return MOVE_FINE;
	}
	model_vm_sight(v->m, rq->vm, -1, 0, &p->sight);
	if (rq->verb == VERB_UP && rq->cluster == 0)
		p->target = p->vm.place >= 0 ? p->vm.place : place_to_start(p);
	else if (rq->verb != VERB_DOWN &&
	    (verdict = find_target(v, p, cause)) != MOVE_FINE)
		return verdict;
	model_vm_sight(v->m, rq->vm, p->target, p->node, &p->sight);
	choose_verb(p);
	return MOVE_FINE;
}

/* Everything else: true today, perhaps not tomorrow. */
enum move_verdict
admit_now(const struct moves *v, const struct bench *b, struct plan *p,
    const struct model_now *now, char **cause)
{
	enum move_verdict verdict;

	verdict = check_repeat(v, b, p, now, cause);
	if (verdict != MOVE_FINE || p->nothing)
		return verdict;
	if ((verdict = check_vm(v, p, cause)) != MOVE_FINE ||
	    (verdict = admit_recover(v, p, now, cause)) != MOVE_FINE ||
	    (verdict = check_disks(p, cause)) != MOVE_FINE ||
	    (verdict = check_source(p, cause)) != MOVE_FINE ||
	    (verdict = check_others(v, p, now, cause)) != MOVE_FINE ||
	    (verdict = check_target(v, p, cause)) != MOVE_FINE ||
	    (verdict = check_room(v, b, p, cause)) != MOVE_FINE)
		return verdict;
	return check_proof(v, p, now, cause);
}

/* --- several requests ---------------------------------------------------------------
 */

void
bench_add(struct bench *b, const struct plan *p)
{
	if (p->nothing || p->rq->mode == MOVE_DRY_RUN)
		return;
	b->waiting++;
	if (p->target >= 0)
		b->with[b->nwith++] = (struct vm_target) { p->vm.index,
			p->vm.site[p->target].cluster_index, p->node };
	if (p->verb == VERB_MOVE && p->source >= 0) /* there may be a way back */
		b->with[b->nwith++] = (struct vm_target) { p->vm.index,
			p->vm.site[p->source].cluster_index, 0 };
}

void
bench_open(const struct moves *v, struct bench *b, size_t n)
{
	const struct mv_case *k;
	size_t open = 0;

	TAILQ_FOREACH (k, &v->live, live)
		open += k->row != NULL;
	b->plans = xcalloc(n + 1, sizeof(*b->plans));
	b->with = xcalloc(2 * (open + n) + 1, sizeof(*b->with));
	b->waiting = v->nqueued;
	TAILQ_FOREACH (k, &v->live, live) {
		if (k->row == NULL || k->row->target_index == 0)
			continue;
		b->with[b->nwith++] = (struct vm_target) { k->vm_index,
			k->row->target_index, k->row->target_node_index };
		if (k->row->verb == VERB_MOVE) /* there may be a way back */
			b->with[b->nwith++] =
			    (struct vm_target) { k->vm_index, k->row->source_index, 0 };
	}
}

void
bench_close(struct bench *b)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		free(b->plans[i].noted);
	free(b->plans);
	free(b->with);
}

/*
 * An intent is recorded, whatever can be done about it now; only what would go against
 * an open move of the VM is refused. A dry run answers in its row.
 */
static enum move_verdict
verdict_of(const struct moves *v, const struct bench *b, struct plan *p,
    const struct model_now *now, char **cause)
{
	enum move_verdict verdict = admit_asked(v, b, p, cause);
	char *why = NULL;

	if (verdict != MOVE_FINE || p->nothing)
		return verdict;
	if (v->store_failed)
		return refuse(MOVE_NO_RESOURCE, cause,
		    "vm %s: the state file cannot be written (see alarm storeFailed): "
		    "nothing new is accepted until it can",
		    p->vm.name);
	if (rq_is_intent(p->rq))
		verdict = v->restored != NULL ? check_vm(v, p, cause)
		                              : check_repeat(v, b, p, now, cause);
	else if (p->rq->mode == MOVE_DRY_RUN)
		admit_now(v, b, p, now, &why);
	else
		verdict = admit_now(v, b, p, now, cause);
	free(why);
	return verdict;
}

enum move_verdict
moves_test(const struct moves *v, const struct move_request *rq, size_t n,
    const struct model_now *now, size_t *which, char **cause)
{
	enum move_verdict verdict = MOVE_FINE;
	struct bench b = { 0 };
	size_t i;

	bench_open(v, &b, n);
	for (i = 0; i < n && verdict == MOVE_FINE; i++) {
		b.plans[i].rq = &rq[i];
		verdict = verdict_of(v, &b, &b.plans[i], now, cause);
		b.n = i + 1;
		if (verdict == MOVE_FINE)
			bench_add(&b, &b.plans[i]);
		else if (which != NULL)
			*which = i;
	}
	bench_close(&b);
	return verdict;
}
