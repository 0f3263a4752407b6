/*
 * SPDX-License-Identifier: Apache-2.0
 * What a move of a plan is for, and why it is made, in words.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "policy/plan_impl.h"

#define NOTHING 1e-9

static bool
is_aim(const struct plan_state *st, enum plan_kind kind)
{
	return (st->s->aims & PLAN_AIM(kind)) != 0;
}

/* The member of a hard set that the move parts it from, and the set; -1: none. */
static int
parted_from(const struct plan_state *st, const struct plan_step *m, int *set)
{
	const struct plan_vm *v = &st->in->vms[m->vm];
	size_t i, k;

	for (i = 0; i < v->nsets; i++) {
		const struct set_state *s = &st->sets[v->sets[i]];

		*set = v->sets[i];
		for (k = 0; st->in->sets[*set].hard && k < s->nvms; k++)
			if (s->vms[k] != m->vm &&
			    !rules_apart(st, (size_t)*set, s->vms[k], m->from) &&
			    rules_apart(st, (size_t)*set, s->vms[k], m->to))
				return s->vms[k];
	}
	return -1;
}

/* Which violation the move mends. */
static char *
repair_words(
    const struct plan_state *st, const struct plan_step *m, enum plan_kind *kind)
{
	const struct plan_input *in = st->in;
	const struct plan_node *from = &in->nodes[m->from];
	const struct node_state *n = &st->nodes[m->from];
	int set, other;

	*kind = PLAN_DRAIN;
	if (is_aim(st, *kind) && from->state == PLAN_NODE_DRAIN)
		return xasprintf("repairs: %s is being drained", from->name);
	*kind = PLAN_SITE;
	if (is_aim(st, *kind) && !rules_site(&in->vms[m->vm], from->cluster))
		return xasprintf(
		    "repairs: %s is no site of it", in->clusters[from->cluster].name);
	*kind = PLAN_MEMORY;
	if (is_aim(st, *kind) && n->memory > n->memory_max)
		return xasprintf("repairs: %s has %jd MiB of VMs, %jd are allowed",
		    from->name, (intmax_t)n->memory, (intmax_t)n->memory_max);
	*kind = PLAN_LOAD;
	if (is_aim(st, *kind) && n->load > n->load_max)
		return xasprintf(
		    "repairs: %s has a load of %.1f CPUs, above %.1f it is too busy",
		    from->name, n->load, n->load_max);
	*kind = PLAN_VCPUS;
	if (is_aim(st, *kind) && n->vcpus > n->vcpus_max)
		return xasprintf("repairs: %s has %.0f vCPUs, %.0f are allowed",
		    from->name, n->vcpus, n->vcpus_max);
	*kind = PLAN_SPREAD;
	other = parted_from(st, m, &set);
	if (other < 0)
		return xstrdup("repairs what it breaks");
	return xasprintf("repairs: availability set %s wants it on another %s than %s",
	    in->sets[set].name, plan_spread_word(in->sets[set].spread),
	    in->vms[other].name);
}

/* What the move evens out most: the share of a capacity on both nodes. */
static char *
balance_words(const struct plan_state *st, const struct plan_step *m)
{
	static const char *const set_words[] = { "CPU", "memory" };
	static const char *const hbal_words[] = { "memory", "vCPUs", "CPU load",
		"memory load", "disk load", "net load" };
	const bool hbal = st->s->measure == PLAN_MEASURE_HBAL;
	const struct node_state *a = &st->nodes[m->from], *b = &st->nodes[m->to];
	const double unit = hbal ? 1 : 100;
	const size_t n = hbal ? 6 : 2;
	double da, db, less, best = 0;
	size_t k, which = n;

	if (!a->counts)
		return xasprintf("leaves %s", st->in->nodes[m->from].name);
	for (k = 0; k < n; k++) {
		da = st->vms[m->vm].q[k] * a->inverse[k];
		db = st->vms[m->vm].q[k] * b->inverse[k];
		less = -(da * (da - 2 * a->x[k]) + db * (db + 2 * b->x[k])) *
		    st->weight[k];
		if (less > best) {
			best = less;
			which = k;
		}
	}
	if (which == n)
		return NULL;
	da = st->vms[m->vm].q[which] * a->inverse[which];
	db = st->vms[m->vm].q[which] * b->inverse[which];
	return xasprintf(hbal
	        ? "evens out %s: %s %.3f to %.3f, %s %.3f to %.3f"
	        : "evens out %s: %s %.1f %% to %.1f %%, %s %.1f %% to %.1f %%",
	    hbal ? hbal_words[which] : set_words[which], st->in->nodes[m->from].name,
	    a->x[which] * unit, (a->x[which] - da) * unit, st->in->nodes[m->to].name,
	    b->x[which] * unit, (b->x[which] + db) * unit);
}

char *
words_of_move(
    const struct plan_state *st, const struct plan_step *m, enum plan_kind *kind)
{
	const struct plan_input *in = st->in;
	const int home = in->vms[m->vm].home;
	char *words;

	if (rules_change(st, m->vm, m->to) < -NOTHING)
		return repair_words(st, m, kind);
	*kind = PLAN_ROOM;
	if (!is_aim(st, PLAN_BALANCE))
		return xstrdup("makes room for the moves beside it");
	*kind = PLAN_HOME;
	if (home >= 0 && in->nodes[m->to].cluster == home &&
	    in->nodes[m->from].cluster != home)
		return xasprintf("goes home to %s", in->clusters[home].name);
	words = balance_words(st, m);
	*kind = words != NULL ? PLAN_BALANCE : PLAN_ROOM;
	return words != NULL ? words : xstrdup("makes room for the moves beside it");
}
