/*
 * SPDX-License-Identifier: Apache-2.0
 * From requests to rows and cases. What is not possible any more when it is carried out
 * becomes a row that failed, in words; nothing that was answered is lost. See moves.h.
 */
#include "move/admit_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

static void
fill_source(struct moves *v, struct mv_row *r, const struct plan *p)
{
	const struct vm_place *at;

	xfree_clear(&r->source);
	xfree_clear(&r->source_node);
	r->source_index = r->source_node_index = 0;
	if (p->source < 0)
		return;
	at = &p->vm.site[p->source];
	r->source = xstrdup(at->cluster_name);
	r->source_index = at->cluster_index;
	if (p->source != p->vm.place)
		return;
	r->source_node_index = p->vm.node;
	r->source_node = xstrdup(model_node_name(v->m, at->cluster_index, p->vm.node));
}

static void
fill_target(struct moves *v, struct mv_row *r, const struct plan *p)
{
	const struct vm_place *at;

	if (p->target < 0)
		return;
	at = &p->vm.site[p->target];
	xfree_clear(&r->target);
	xfree_clear(&r->target_node);
	r->target = xstrdup(at->cluster_name);
	r->target_index = at->cluster_index;
	r->target_node_index = p->node;
	r->target_node = xstrdup(model_node_name(v->m, r->target_index, p->node));
}

/* What could not be planned has no verb yet, and every record needs one. */
static enum move_verb
verb_of(const struct plan *p)
{
	if (p->verb != 0)
		return p->verb;
	if (p->rq->verb != 0)
		return p->rq->verb;
	return p->rq->cluster == 0 ? VERB_WITHIN : VERB_MOVE;
}

static struct mv_row *
make_row(struct moves *v, const struct plan *p, const struct model_now *now)
{
	const struct move_request *rq = p->rq;
	struct mv_row *r = row_new(v, rq->owner, rq->index, p->vm.name);

	r->verb = verb_of(p);
	r->mode = rq->mode == 0 ? MOVE_PLANNED : rq->mode;
	r->reason = xstrdup(rq->reason);
	r->vm_index = p->vm.index;
	r->accepted = now->wall;
	r->force = rq->force;
	fill_source(v, r, p);
	fill_target(v, r, p);
	return r;
}

/* A row that ends as it begins; a dry run and hold are nothing to be alarmed at. */
static void
end_row(struct moves *v, struct mv_row *r, enum cs_move_state state, const char *why,
    bool hold, const struct model_now *now)
{
	const bool trouble = state == MOVE_FAILED && r->mode != MOVE_DRY_RUN && !hold;
	const enum cs_severity severity = trouble ? SEV_WARNING : SEV_INFO;
	char *text =
	    xasprintf("vm %s: move %s: %s: %s", r->vm, r->name, state_word(state), why);

	r->state = state;
	free(r->error);
	r->error = xstrdup(why);
	r->started = now->wall;
	row_ended(v, r, now);
	row_event(v, r, EVENT_MOVE_ENDED, severity, text, now);
	if (trouble) {
		row_alarm(v, r, MV_ALARM_FAILED, SEV_WARNING, text, now);
		journal_row(v, r);
	}
	free(text);
}

static void
end_at_once(struct moves *v, const struct plan *p, enum cs_move_state state,
    const char *why, const struct model_now *now)
{
	end_row(v, make_row(v, p, now), state, why, p->vm.hold, now);
}

static void
begin_row(struct moves *v, const struct plan *p, struct mv_row *r,
    const struct model_now *now)
{
	const struct move_event ev = { .kind = MOVE_EV_ACCEPT,
		.site = MOVE_NOWHERE,
		.verb = p->verb,
		.source = p->source,
		.target = p->target,
		.node = p->node,
		.force = p->rq->force };
	struct mv_case *k = case_get(v, &p->vm);

	k->row = r;
	r->kase = k;
	k->priority = p->vm.priority;
	row_put(v, r, now);
	log_info("move", "vm=%s move=%s accepted", k->vm, r->name);
	drive(v, k, &ev, now);
}

static void
begin(struct moves *v, const struct plan *p, const struct model_now *now)
{
	begin_row(v, p, make_row(v, p, now), now);
}

/* --- requests that wait until their VM is known -------------------------------------
 */

/* After a restart nothing is known for some rounds: not a reason to refuse anything. */
static bool
not_known_yet(
    const struct moves *v, const struct vm_info *vm, const struct model_now *now)
{
	struct vm_sight sight;
	size_t i;

	if (v->restored != NULL || now->ms - v->began >= v->settings->poll.freshness ||
	    !model_vm_sight(v->m, vm->index, -1, 0, &sight))
		return false;
	for (i = 0; i < sight.nsites; i++)
		if (!sight.site[i].fresh)
			return true;
	return vm->oper == VM_UNKNOWN;
}

static void
wait_for_rounds(struct moves *v, const struct plan *p, const struct model_now *now)
{
	struct mv_row *r = make_row(v, p, now);

	r->later = true;
	r->intent = rq_is_intent(p->rq);
	r->verb = r->intent ? p->rq->verb : VERB_MOVE;
	if (p->target < 0)
		r->target_node_index = p->rq->node;
	if (v->restored != NULL)
		cause_set(
		    &r->error, "waits until the state is adopted: see csSetAdopt");
	else
		cause_set(&r->error,
		    "waits until vm %s is known after the start of clustersetd", r->vm);
	TAILQ_INSERT_TAIL(&v->later, r, link);
	row_put(v, r, now);
	journal_row(v, r);
	log_info("move", "vm=%s move=%s waits until the vm is known", r->vm, r->name);
}

/* As if it were asked for only now, with the row that it has. */
static void
take_up(struct moves *v, struct mv_row *r, const struct model_now *now)
{
	const struct move_request rq = { .vm = model_vm_find(v->m, r->vm),
		.cluster = r->intent ? 0 : r->target_index,
		.node = r->intent ? 0 : r->target_node_index,
		.mode = r->mode,
		.reason = r->reason,
		.force = r->force,
		.verb = r->intent ? r->verb : (enum move_verb)0 };
	enum move_verdict verdict;
	struct bench b = { 0 };
	struct plan *p;
	char *why = NULL;

	bench_open(v, &b, 1);
	p = b.plans;
	p->rq = &rq;
	b.n = 1;
	TAILQ_REMOVE(&v->later, r, link);
	r->later = false;
	xfree_clear(&r->error);
	verdict = admit_asked(v, &(struct bench) { 0 }, p, &why);
	if (verdict == MOVE_FINE && !p->nothing)
		verdict = admit_now(v,
		    &(struct bench) {
		        .with = b.with, .nwith = b.nwith, .waiting = b.waiting },
		    p, now, &why);
	if (verdict != MOVE_FINE) {
		end_row(v, r, MOVE_FAILED, why, p->vm.hold, now);
	} else if (!p->nothing) {
		r->verb = verb_of(p);
		fill_source(v, r, p);
		fill_target(v, r, p);
		begin_row(v, p, r, now);
	} else if (strcmp(r->owner, SET_OWNER) != 0) {
		end_row(v, r, MOVE_SUCCEEDED,
		    p->noted != NULL ? p->noted : "nothing to do", false, now);
	} else { /* nobody was told of a row */
		row_drop(v, r);
	}
	free(why);
	bench_close(&b);
}

void
accept_later(struct moves *v, const struct model_now *now)
{
	struct mv_row *r, *next;
	struct vm_info vm;

	for (r = TAILQ_FIRST(&v->later); r != NULL; r = next) {
		next = TAILQ_NEXT(r, link);
		if (model_vm_info(v->m, model_vm_find(v->m, r->vm), &vm) &&
		    not_known_yet(v, &vm, now))
			continue;
		if (v->restored == NULL)
			take_up(v, r, now);
	}
}

void
accept_cancel(struct moves *v, struct mv_row *r, const struct model_now *now)
{
	TAILQ_REMOVE(&v->later, r, link);
	r->later = false;
	end_row(v, r, MOVE_CANCELLED, move_why_words(WHY_CANCEL), false, now);
}

/* --- requests -----------------------------------------------------------------------
 */

/* What a move that is possible would do. */
static const char *
doings(const struct plan *p)
{
	if (p->verb == VERB_WITHIN)
		return "moved inside cluster ";
	if (p->verb == VERB_UP)
		return "started in cluster ";
	return p->proof == PROVED_BY_OPERATOR
	    ? "taken for stopped by an operator's word, its disks passed on, started "
	      "in cluster "
	    : "stopped and proved stopped, its disks passed on, started in cluster ";
}

static void
dry_run(struct moves *v, const struct plan *p, enum move_verdict verdict,
    const char *why, const struct model_now *now)
{
	char *text;

	if (verdict != MOVE_FINE)
		text = xasprintf("would not be possible: %s", why);
	else if (p->nothing)
		text = xstrdup(p->noted != NULL ? p->noted : "nothing to do");
	else
		text = xasprintf("would be possible: vm %s %s%s%s%s", p->vm.name,
		    doings(p), p->vm.site[p->target].cluster_name,
		    p->node == 0 ? "" : " on ",
		    p->node == 0 ? ""
		                 : model_node_name(v->m,
		                       p->vm.site[p->target].cluster_index, p->node));
	end_at_once(
	    v, p, verdict == MOVE_FINE ? MOVE_SUCCEEDED : MOVE_FAILED, text, now);
	free(text);
}

static void
accept_one(
    struct moves *v, struct bench *b, struct plan *p, const struct model_now *now)
{
	enum move_verdict verdict;
	char *why = NULL;

	/* the same request once more, as after a restart: it is there */
	if (p->rq->index != 0 && row_find(v, p->rq->owner, p->rq->index) != NULL)
		return;
	verdict = admit_asked(v, b, p, &why);
	if (verdict != MOVE_FINE && p->vm.name == NULL) {
		log_warn("move", "not accepted: %s", why);
		free(why);
		return;
	}
	if (!p->nothing && p->rq->mode != MOVE_DRY_RUN &&
	    (not_known_yet(v, &p->vm, now) ||
	        (v->restored != NULL && rq_is_intent(p->rq)))) {
		wait_for_rounds(v, p, now);
		free(why);
		return;
	}
	if (verdict == MOVE_FINE && !p->nothing)
		verdict = admit_now(v, b, p, now, &why);
	if (p->rq->mode == MOVE_DRY_RUN && (p->target >= 0 || verdict != MOVE_FINE))
		dry_run(v, p, verdict, why, now);
	else if (verdict != MOVE_FINE)
		end_at_once(v, p, MOVE_FAILED, why, now);
	else if (!p->nothing)
		begin(v, p, now);
	else if (rq_by_row(p->rq))
		end_at_once(v, p, MOVE_SUCCEEDED,
		    p->noted != NULL ? p->noted : "nothing to do", now);
	free(why);
}

void
moves_accept(struct moves *v, const struct move_request *rq, size_t n,
    const struct model_now *now)
{
	struct bench b = { 0 };
	size_t i;

	bench_open(v, &b, n);
	for (i = 0; i < n; i++) {
		b.plans[i].rq = &rq[i];
		accept_one(v, &b, &b.plans[i], now);
		b.n = i + 1;
		bench_add(&b, &b.plans[i]);
	}
	bench_close(&b);
	moves_settle(v, now);
}

/* What is not fulfilled is asked for once more; what is comes to nothing. */
void
moves_hold_ended(struct moves *v, uint32_t vm, const struct model_now *now)
{
	char reason[] = "csVmHold was set to false";
	struct move_request rq = { .vm = vm, .mode = MOVE_PLANNED, .reason = reason };
	const struct mv_case *k;
	struct vm_info i;
	bool wanted;

	if (!model_vm_info(v->m, vm, &i) || i.hold)
		return;
	k = case_find(v, i.name);
	if (k != NULL && k->row != NULL)
		return;
	rq.verb = i.admin == VM_DOWN ? VERB_DOWN : VERB_UP;
	wanted = i.admin == VM_DOWN ? i.oper != VM_STOPPED
	                            : i.oper == VM_STOPPED && !i.lately;
	if (wanted || not_known_yet(v, &i, now))
		moves_accept(v, &rq, 1, now);
}

void
admit_newcomer(struct moves *v, uint32_t vm, int site, const struct model_now *now)
{
	char reason[] = "active twice, and moves.conflict is stop-newcomer";
	const struct move_request rq = {
		.vm = vm, .mode = MOVE_PLANNED, .reason = reason, .verb = VERB_NEWCOMER
	};
	struct plan p = {
		.rq = &rq, .verb = VERB_NEWCOMER, .source = site, .target = MOVE_NOWHERE
	};

	if (!model_vm_info(v->m, vm, &p.vm))
		return;
	begin(v, &p, now);
	moves_settle(v, now);
}
