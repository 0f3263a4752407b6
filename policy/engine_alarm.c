/*
 * SPDX-License-Identifier: Apache-2.0
 * What the engine alarms of: load that stays uneven, VMs that should run and cannot be
 * recovered; and the fences that would help, run only where that is allowed to happen
 * by itself (I8), and never over and over.
 */
#include "policy/engine_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

/* --- imbalance -------------------------------------------------------------------- */

static bool
stands(const struct engine *e, enum alarm_type type, const char *name)
{
	struct table_view *alarms = e->g == NULL ? NULL : e->g->tables[TABLE_ALARM];
	const struct alarm_row *a =
	    alarms == NULL ? NULL : table_view_next(alarms, NULL, 0, true);

	for (; a != NULL; a = table_view_next(alarms, a->head.key, a->head.klen, false))
		if (a->type == (int64_t)type && strcmp(a->object_name, name) == 0)
			return true;
	return false;
}

static void
tell_imbalance(struct engine *e, const char *text, enum cs_severity severity,
    const struct model_now *now)
{
	static const uint32_t key[1] = { 0 };
	struct event_note note = {
		.type = EVENT_IMBALANCE,
		.severity = severity,
		.object = OBJECT_POLICY,
		.object_name = policy_table[POLICY_BALANCE].name,
		.text = text,
		.table = TABLE_POLICY_SET,
	};

	en_put_all(e, now); /* the row has to show the figure that is told */
	note.row = table_get(model_table_of(e->m, TABLE_POLICY_SET), key, 1);
	model_note(e->m, &note, now);
}

static char *
uneven_words(const struct engine *e, int imbalance)
{
	return xasprintf("loads are uneven: imbalance %d.%d %%, %lld.%lld %% are borne",
	    imbalance / 10, imbalance % 10, (long long)e->set.imbalance / 10,
	    (long long)e->set.imbalance % 10);
}

static void
imbalance_over(struct engine *e, char *text, const struct model_now *now)
{
	e->imbalanced = false;
	tell_imbalance(e, text, SEV_INFO, now);
	model_alarm(e->m, ALARM_IMBALANCE, SEV_INFO, OBJECT_POLICY,
	    policy_table[POLICY_BALANCE].name, NULL, now);
	free(text);
}

/* Cleared only well below the limit, so that noise around it rings nothing. */
void
alarm_imbalance(struct engine *e, int imbalance, const struct model_now *now)
{
	const char *name = policy_table[POLICY_BALANCE].name;
	char *text;

	if (en_mode(e, POLICY_BALANCE) == POLICY_OFF) {
		e->imbalance_rounds = 0;
		if (e->imbalanced)
			imbalance_over(e,
			    xstrdup("policy balance is off: imbalance is not watched "
			            "any more"),
			    now);
		model_alarm(e->m, ALARM_IMBALANCE, SEV_INFO, OBJECT_POLICY, name, NULL,
		    now); /* one from before a restart */
		return;
	}
	if (imbalance < 0)
		return;
	if (!e->imbalanced && stands(e, ALARM_IMBALANCE, name))
		e->imbalanced = true; /* so it was before a restart */
	if (e->imbalanced && imbalance <= e->set.imbalance * 4 / 5) {
		imbalance_over(e,
		    xasprintf("loads are even again: imbalance %d.%d %%",
		        imbalance / 10, imbalance % 10),
		    now);
		return;
	}
	if (!e->imbalanced &&
	    (imbalance <= e->set.imbalance || e->imbalance_rounds < e->set.rounds))
		return;
	text = uneven_words(e, imbalance);
	if (!e->imbalanced)
		tell_imbalance(e, text, SEV_WARNING, now);
	e->imbalanced = true; /* the figure of its text is that of the newest look */
	model_alarm(e->m, ALARM_IMBALANCE, SEV_WARNING, OBJECT_POLICY, name, text, now);
	free(text);
}

/* --- fences ----------------------------------------------------------------------- */

static void
decided(struct engine *e, enum cs_severity severity, const char *cluster,
    const struct model_now *now, char *text)
{
	struct event_note note = {
		.type = EVENT_POLICY_DECISION,
		.severity = severity,
		.object = OBJECT_POLICY,
		.object_name = policy_table[POLICY_RECOVER].name,
		.cluster_name = cluster,
		.text = text,
	};

	model_note(e->m, &note, now);
	free(text);
}

static size_t
slot_of(const struct engine *e, const char *cluster)
{
	size_t i;

	for (i = 0; i < e->settings->nclusters; i++)
		if (strcmp(e->settings->clusters[i].name, cluster) == 0)
			break;
	return i;
}

static void
fence(
    struct engine *e, uint32_t index, const char *for_what, const struct model_now *now)
{
	const struct cluster_row *row = fact_cluster(e, index);
	const struct cluster_settings *c;
	struct en_fence *f;
	size_t slot;

	if (row == NULL || en_mode(e, POLICY_RECOVER) != POLICY_AUTOMATIC ||
	    e->sink.fence == NULL || row->admin != CLUSTER_ACTIVE)
		return;
	slot = slot_of(e, row->name);
	if (slot == e->settings->nclusters)
		return;
	c = &e->settings->clusters[slot];
	if (c->fence.argv == NULL || !c->fence_automatic)
		return;
	HASH_FIND_STR(e->fences, c->name, f);
	if (f == NULL) {
		f = xcalloc(1, sizeof(*f));
		f->cluster = xstrdup(c->name);
		HASH_ADD_KEYPTR(hh, e->fences, f->cluster, strlen(f->cluster), f);
	}
	if (f->running || now->ms < f->next)
		return;
	f->running = true;
	decided(e, SEV_WARNING, c->name, now,
	    xasprintf("fences cluster %s: %s", c->name, for_what));
	e->sink.fence(e->sink.arg, slot);
}

void
engine_fenced(struct engine *e, const char *cluster, bool ok, bool disk,
    const char *text, const struct model_now *now)
{
	msec_t wait = EN_FENCE_BACK;
	struct en_fence *f;
	unsigned i;

	HASH_FIND_STR(e->fences, cluster, f);
	if (f == NULL || !f->running)
		return;
	f->running = false;
	for (i = 0; i < f->times && wait < EN_BACK_MAX; i++)
		wait *= 2;
	f->next = now->ms + (wait < EN_BACK_MAX ? wait : EN_BACK_MAX);
	f->times++;
	f->failed = !ok;
	f->ended = now->wall;
	decided(e, ok ? SEV_INFO : SEV_WARNING, f->cluster, now,
	    ok ? xasprintf("cluster %s is fenced (its %s): %s", f->cluster,
	             disk ? "disks" : "servers", text == NULL ? "" : text)
	       : xasprintf("cluster %s could not be fenced: %s", f->cluster,
	             text == NULL ? "" : text));
	en_look_soon(e, EN_BIT(POLICY_RECOVER));
}

static void
want_fence(struct engine *e, uint32_t index)
{
	const struct cluster_row *c = fact_cluster(e, index);
	struct en_fence *f = NULL;

	if (c != NULL)
		HASH_FIND_STR(e->fences, c->name, f);
	if (f != NULL)
		f->wanted = true;
}

/* A cluster that nobody wants fenced any more begins anew the next time. */
static void
calm_fences(
    struct engine *e, const struct policy_finding *f, const struct model_now *now)
{
	struct en_fence *n, *next;
	uint32_t last = 0;
	size_t i;

	for (n = e->fences; n != NULL; n = n->hh.next)
		n->wanted = n->running || now->ms < n->next;
	for (i = 0; f != NULL && e->fences != NULL && i < f->nlacks; i++) {
		if (f->lacks[i].fence != 0 && f->lacks[i].fence != last)
			want_fence(e, f->lacks[i].fence);
		last = f->lacks[i].fence;
	}
	HASH_ITER (hh, e->fences, n, next) {
		if (n->wanted)
			continue;
		HASH_DEL(e->fences, n);
		free(n->cluster);
		free(n);
	}
}

/* --- what is not recovered -------------------------------------------------------- */

/* Names of VMs whose alarm stays; of rows of the generation, which outlasts it. */
struct staying {
	const char *vm;
	UT_hash_handle hh;
};

struct stay {
	struct staying *all, *list;
	size_t n;
};

static void
stay_add(const struct engine *e, struct stay *s, uint32_t vm)
{
	const struct vm_row *v = fact_vm(e, vm);
	struct staying *k = NULL;

	if (v == NULL)
		return;
	HASH_FIND_STR(s->all, v->name, k);
	if (k != NULL)
		return;
	k = &s->list[s->n++];
	k->vm = v->name;
	HASH_ADD_KEYPTR(hh, s->all, k->vm, strlen(k->vm), k);
}

static struct en_refused *
refused_find(const struct engine *e, uint32_t vm)
{
	struct en_refused *r;

	HASH_FIND(hh, e->refused, &vm, sizeof(vm), r);
	return r;
}

static void
refused_drop(struct engine *e, struct en_refused *r)
{
	HASH_DEL(e->refused, r);
	free(r);
}

/* Those that the finding would start, and whose start was refused when it was asked. */
static void
stay_refused(struct engine *e, const struct policy_finding *f, struct stay *s)
{
	struct en_refused *r, *next;
	size_t i;

	for (i = 0; f != NULL && e->refused != NULL && i < f->nproposals; i++)
		if ((r = refused_find(e, f->proposals[i].vm)) != NULL)
			r->wanted = true;
	HASH_ITER (hh, e->refused, r, next) {
		if (r->wanted)
			stay_add(e, s, r->vm);
		else
			refused_drop(e, r);
	}
	for (r = e->refused; r != NULL; r = r->hh.next)
		r->wanted = false;
}

/* The alarms that stand are those that everybody can read, also after a restart. */
static void
clear_others(struct engine *e, const struct stay *s, const struct model_now *now)
{
	struct table_view *alarms = e->g == NULL ? NULL : e->g->tables[TABLE_ALARM];
	const struct alarm_row *a =
	    alarms == NULL ? NULL : table_view_next(alarms, NULL, 0, true);
	struct staying *k;

	for (; a != NULL;
	     a = table_view_next(alarms, a->head.key, a->head.klen, false)) {
		if (a->type != ALARM_VM_NOT_RECOVERED || a->object != OBJECT_VM)
			continue;
		HASH_FIND_STR(s->all, a->object_name, k);
		if (k == NULL)
			model_alarm(e->m, ALARM_VM_NOT_RECOVERED, SEV_INFO, OBJECT_VM,
			    a->object_name, NULL, now);
	}
}

void
alarm_lacks(
    struct engine *e, const struct policy_finding *f, const struct model_now *now)
{
	const size_t n = f == NULL ? 0 : f->nlacks;
	struct stay stay = { 0 };
	const struct vm_row *v;
	uint32_t last = 0;
	size_t i;

	stay.list = xcalloc(n + HASH_COUNT(e->refused) + 1, sizeof(*stay.list));
	for (i = 0; i < n; i++)
		stay_add(e, &stay, f->lacks[i].vm);
	stay_refused(e, f, &stay);
	clear_others(e, &stay, now);
	HASH_CLEAR(hh, stay.all);
	free(stay.list);
	calm_fences(e, f, now);
	for (i = 0; i < n; i++) {
		v = fact_vm(e, f->lacks[i].vm);
		if (v == NULL)
			continue;
		model_alarm(e->m, ALARM_VM_NOT_RECOVERED, SEV_CRITICAL, OBJECT_VM,
		    v->name, f->lacks[i].text, now);
		if (f->lacks[i].fence != 0 && f->lacks[i].fence != last)
			fence(e, f->lacks[i].fence, f->lacks[i].text, now);
		last = f->lacks[i].fence;
	}
}

/*
 * A look found it possible to start the VM, and moves did not: what they miss is the
 * lack, until the start is accepted or nobody wants it any more.
 */
void
alarm_refused(struct engine *e, const struct en_plan *p, const char *cause,
    const struct model_now *now)
{
	struct en_refused *r = refused_find(e, p->vm);
	char *text, *cut;

	if (r == NULL) {
		r = xcalloc(1, sizeof(*r));
		r->vm = p->vm;
		HASH_ADD(hh, e->refused, vm, sizeof(r->vm), r);
	}
	text =
	    xasprintf("vm %s should run and does not, and its start in cluster %s was "
	              "refused: %s; see clusterset vm show %s",
	        p->vm_name, p->cluster_name == NULL ? "?" : p->cluster_name, cause,
	        p->vm_name);
	cut = text_vis(text, EN_TEXT_MAX);
	model_alarm(e->m, ALARM_VM_NOT_RECOVERED, SEV_CRITICAL, OBJECT_VM, p->vm_name,
	    cut, now);
	free(cut);
	free(text);
}

void
alarm_accepted(struct engine *e, const struct en_plan *p, const struct model_now *now)
{
	struct en_refused *r = refused_find(e, p->vm);

	if (r == NULL)
		return;
	refused_drop(e, r);
	model_alarm(
	    e->m, ALARM_VM_NOT_RECOVERED, SEV_INFO, OBJECT_VM, p->vm_name, NULL, now);
}

void
alarm_free(struct engine *e)
{
	struct en_refused *r, *next_refused;
	struct en_fence *f, *next;

	HASH_ITER (hh, e->refused, r, next_refused)
		refused_drop(e, r);
	HASH_ITER (hh, e->fences, f, next) {
		HASH_DEL(e->fences, f);
		free(f->cluster);
		free(f);
	}
}
