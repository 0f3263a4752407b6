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

/* Cleared only well below the limit, so that noise around it rings nothing. */
void
alarm_imbalance(struct engine *e, int imbalance, const struct model_now *now)
{
	const char *name = policy_table[POLICY_BALANCE].name;
	const bool off = en_mode(e, POLICY_BALANCE) == POLICY_OFF;
	char *text;

	if (!e->imbalanced && !off && imbalance > e->set.imbalance &&
	    e->imbalance_rounds >= e->set.rounds) {
		text = xasprintf(
		    "loads are uneven: imbalance %d.%d %%, %lld.%lld %% are borne",
		    imbalance / 10, imbalance % 10, (long long)e->set.imbalance / 10,
		    (long long)e->set.imbalance % 10);
		e->imbalanced = true;
		if (!stands(e, ALARM_IMBALANCE, name))
			tell_imbalance(e, text, SEV_WARNING, now);
		model_alarm(
		    e->m, ALARM_IMBALANCE, SEV_WARNING, OBJECT_POLICY, name, text, now);
		free(text);
		return;
	}
	if (off)
		e->imbalance_rounds = 0;
	if (!off && (imbalance < 0 || imbalance > e->set.imbalance * 4 / 5))
		return;
	if (!e->imbalanced && (off || !stands(e, ALARM_IMBALANCE, name))) {
		if (off) /* from before a restart */
			model_alarm(e->m, ALARM_IMBALANCE, SEV_INFO, OBJECT_POLICY,
			    name, NULL, now);
		return;
	}
	e->imbalanced = false;
	text = off ? xstrdup("policy balance is off: imbalance is not watched any more")
	           : xasprintf("loads are even again: imbalance %d.%d %%",
	                 imbalance / 10, imbalance % 10);
	tell_imbalance(e, text, SEV_INFO, now);
	model_alarm(e->m, ALARM_IMBALANCE, SEV_INFO, OBJECT_POLICY, name, NULL, now);
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

/* A cluster that nobody wants fenced any more begins anew the next time. */
static void
calm_fences(
    struct engine *e, const struct policy_finding *f, const struct model_now *now)
{
	const struct cluster_row *c;
	struct en_fence *n, *next;
	bool wanted;
	size_t i;

	HASH_ITER (hh, e->fences, n, next) {
		wanted = n->running || now->ms < n->next;
		for (i = 0; f != NULL && i < f->nlacks && !wanted; i++) {
			c = f->lacks[i].fence == 0 ? NULL
			                           : fact_cluster(e, f->lacks[i].fence);
			wanted = c != NULL && strcmp(c->name, n->cluster) == 0;
		}
		if (wanted)
			continue;
		HASH_DEL(e->fences, n);
		free(n->cluster);
		free(n);
	}
}

/* --- what is not recovered -------------------------------------------------------- */

static bool
lacking(const struct engine *e, const struct policy_finding *f, const char *vm)
{
	const struct vm_row *v;
	size_t i;

	for (i = 0; f != NULL && i < f->nlacks; i++) {
		v = fact_vm(e, f->lacks[i].vm);
		if (v != NULL && strcmp(v->name, vm) == 0)
			return true;
	}
	return false;
}

/* The alarms that stand are those that everybody can read, also after a restart. */
static void
clear_others(
    struct engine *e, const struct policy_finding *f, const struct model_now *now)
{
	struct table_view *alarms = e->g == NULL ? NULL : e->g->tables[TABLE_ALARM];
	const struct alarm_row *a =
	    alarms == NULL ? NULL : table_view_next(alarms, NULL, 0, true);

	for (; a != NULL; a = table_view_next(alarms, a->head.key, a->head.klen, false))
		if (a->type == ALARM_VM_NOT_RECOVERED && a->object == OBJECT_VM &&
		    !lacking(e, f, a->object_name))
			model_alarm(e->m, ALARM_VM_NOT_RECOVERED, SEV_INFO, OBJECT_VM,
			    a->object_name, NULL, now);
}

void
alarm_lacks(
    struct engine *e, const struct policy_finding *f, const struct model_now *now)
{
	const struct vm_row *v;
	size_t i;

	clear_others(e, f, now);
	calm_fences(e, f, now);
	for (i = 0; f != NULL && i < f->nlacks; i++) {
		v = fact_vm(e, f->lacks[i].vm);
		if (v == NULL)
			continue;
		model_alarm(e->m, ALARM_VM_NOT_RECOVERED, SEV_CRITICAL, OBJECT_VM,
		    v->name, f->lacks[i].text, now);
		if (f->lacks[i].fence != 0)
			fence(e, f->lacks[i].fence, f->lacks[i].text, now);
	}
}

void
alarm_free(struct engine *e)
{
	struct en_fence *f, *next;

	HASH_ITER (hh, e->fences, f, next) {
		HASH_DEL(e->fences, f);
		free(f->cluster);
		free(f);
	}
}
