/*
 * SPDX-License-Identifier: Apache-2.0
 * What the engine complains of while it lasts: an imbalance, VMs that cannot be
 * recovered; and the fences that would help, called where that may be done by itself.
 */
#include "policy/engine_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BALANCE "balance" /* what the alarm is about */

/* --- imbalance ---------------------------------------------------------------------
 */

void
alarm_imbalance(struct engine *e, int imbalance, const struct model_now *now)
{
	char *text = NULL;

	if (imbalance < 0 || imbalance <= e->set.imbalance) {
		e->imbalance_rounds = 0;
		/* also one from before a restart */
		model_alarm(e->m, ALARM_IMBALANCE, SEV_WARNING, OBJECT_POLICY, BALANCE,
		    NULL, now);
		e->imbalanced = false;
		return;
	}
	if (e->imbalance_rounds < e->set.rounds)
		return;
	text = xasprintf("loads are uneven: imbalance %d.%d %%, %lld.%lld %% are borne",
	    imbalance / 10, imbalance % 10, (long long)(e->set.imbalance / 10),
	    (long long)(e->set.imbalance % 10));
	if (!e->imbalanced) {
		const uint32_t key[1] = { 0 };
		struct event_note note = {
			.type = EVENT_IMBALANCE,
			.severity = SEV_INFO,
			.object = OBJECT_POLICY,
			.object_name = BALANCE,
			.text = text,
			.table = TABLE_POLICY_SET,
			.row =
			    table_get(model_table_of(e->m, TABLE_POLICY_SET), key, 1),
		};

		model_note(e->m, &note, now);
	}
	e->imbalanced = true;
	model_alarm(
	    e->m, ALARM_IMBALANCE, SEV_WARNING, OBJECT_POLICY, BALANCE, text, now);
	free(text);
}

/* --- fences ------------------------------------------------------------------------
 */

static struct en_fence *
fence_of(struct engine *e, const char *cluster)
{
	struct en_fence *f;

	HASH_FIND_STR(e->fences, cluster, f);
	if (f == NULL) {
		f = xcalloc(1, sizeof(*f));
		f->cluster = xstrdup(cluster);
		HASH_ADD_KEYPTR(hh, e->fences, f->cluster, strlen(f->cluster), f);
	}
	return f;
}

static void
fence_call(struct engine *e, uint32_t cluster, const struct model_now *now)
{
	const struct cluster_row *c = fact_cluster(e, cluster);
	const struct cluster_settings *s;
	struct en_fence *f;
	size_t i;
	char *text;

	for (i = 0; c != NULL && i < e->settings->nclusters; i++) {
		s = &e->settings->clusters[i];
		if (strcmp(s->name, c->name) != 0)
			continue;
		f = fence_of(e, s->name);
		if (s->fence.argv == NULL || !s->fence_automatic || f->running ||
		    now->ms < f->next)
			return;
		f->slot = i;
		f->running = true;
		text = xasprintf("cluster %s: its fence is called, so that its VMs can "
		                 "be started elsewhere",
		    s->name);
		model_event(e->m, EVENT_POLICY_DECISION, SEV_WARNING, OBJECT_CLUSTER,
		    s->name, text, now);
		free(text);
		e->sink.fence(e->sink.arg, i);
		return;
	}
}

void
engine_fenced(struct engine *e, size_t cluster, bool ok, bool disk, msec_t began,
    const char *text, const struct model_now *now)
{
	struct en_fence *f, *next;
	msec_t wait = EN_FENCE_BACK;
	unsigned i;
	char *words;

	(void)disk;
	(void)began;
	HASH_ITER (hh, e->fences, f, next) {
		if (!f->running || f->slot != cluster)
			continue;
		f->running = false;
		f->times = ok ? 0 : f->times + 1;
		for (i = 1; i < f->times && wait < EN_BACK_MAX; i++)
			wait *= 2;
		f->next = now->ms + (wait < EN_BACK_MAX ? wait : EN_BACK_MAX);
		words = xasprintf("cluster %s: its fence %s: %s", f->cluster,
		    ok ? "is done" : "failed", text == NULL ? "" : text);
		model_event(e->m, EVENT_POLICY_DECISION, ok ? SEV_INFO : SEV_WARNING,
		    OBJECT_CLUSTER, f->cluster, words, now);
		free(words);
	}
	en_look_soon(e, EN_BIT(POLICY_RECOVER));
}

/* --- what is not recovered ---------------------------------------------------------
 */

static bool
lacks_still(const struct engine *e, const struct policy_finding *f, const char *vm)
{
	const struct vm_row *v;
	size_t i;

	for (i = 0; f != NULL && i < f->nlacks; i++)
		if ((v = fact_vm(e, f->lacks[i].vm)) != NULL &&
		    strcmp(v->name, vm) == 0)
			return true;
	return false;
}

/* Also those that stood before a restart: so what stands is asked of csAlarmTable. */
static void
alarms_end(
    struct engine *e, const struct policy_finding *f, const struct model_now *now)
{
	const struct table_view *t = e->g == NULL ? NULL : e->g->tables[TABLE_ALARM];
	const struct alarm_row *r = NULL;

	while (t != NULL &&
	    (r = table_view_next(t, r == NULL ? NULL : r->head.key,
	         r == NULL ? 0 : r->head.klen, false)) != NULL)
		if (r->type == ALARM_VM_NOT_RECOVERED &&
		    !lacks_still(e, f, r->object_name))
			model_alarm(e->m, ALARM_VM_NOT_RECOVERED, SEV_INFO, OBJECT_VM,
			    r->object_name, NULL, now);
}

void
alarm_lacks(
    struct engine *e, const struct policy_finding *f, const struct model_now *now)
{
	const struct vm_row *v;
	size_t i;

	alarms_end(e, f, now);
	for (i = 0; f != NULL && i < f->nlacks; i++)
		if ((v = fact_vm(e, f->lacks[i].vm)) != NULL)
			model_alarm(e->m, ALARM_VM_NOT_RECOVERED, SEV_CRITICAL,
			    OBJECT_VM, v->name, f->lacks[i].text, now);

	for (i = 0; f != NULL && i < f->nlacks; i++)
		if (f->lacks[i].fence != 0 &&
		    en_mode(e, POLICY_RECOVER) == POLICY_AUTOMATIC)
			fence_call(e, f->lacks[i].fence, now);
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
