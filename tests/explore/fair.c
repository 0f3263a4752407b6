/*
 * SPDX-License-Identifier: Apache-2.0
 * I3 under fairness: a run in which nothing goes wrong any more. See search.h.
 *
 * The clusters do what they were told, rounds and answers come, the state file is
 * written, time passes. Then every move must end; one that stands in doubt must have
 * said so, and an operator's cancel, after a good look and a word about what cannot be
 * seen, must bring it to an end.
 */
#include <string.h>

#include "tests/explore/search.h"
#include "tests/explore/view.h"

#define ROUNDS_MAX 60 /* far more ticks than all deadlines together */

static const uint8_t order_of_things[] = { HAP_LOAD, HAP_MEND, HAP_HEAL, HAP_BOOTING,
	HAP_BOOTED, HAP_FAILOVER, HAP_SETTLE, HAP_WRITE, HAP_NOTIFY, HAP_GO,
	HAP_OVERDUE, HAP_LEAVE, HAP_DO, HAP_DO_GHOST, HAP_ANSWER, HAP_QUIET,
	HAP_UNFENCED, HAP_ARRIVE };

static void
now(struct world *w, const struct happening *h, struct verdict *v)
{
	struct verdict unheard;

	/* what else is broken on the way is reported where it can be reached */
	happen(w, h, &unheard);
	if (drive_told != NULL)
		happening_tell(w, h, drive_told);
	world_canonical(w);
	(void)v;
}

/* The first of these things that can happen now happens. */
static bool
one_thing(struct world *w, struct verdict *v)
{
	struct happening list[HAPPENINGS_MAX];
	const unsigned n = happen_list(w, list);
	unsigned i, k;

	for (k = 0; k < sizeof(order_of_things); k++)
		for (i = 0; i < n; i++)
			if (list[i].kind == order_of_things[k]) {
				now(w, &list[i], v);
				return true;
			}
	return false;
}

static bool
at_rest(const struct world *w, bool doubt_counts)
{
	struct move_case c;
	int v;

	for (v = 0; v < setup.vms; v++) {
		case_load(&c, &w->vm[v].mem);
		if (move_open(&c) && !(doubt_counts && c.phase == PHASE_DOUBT))
			return false;
	}
	return !w->down;
}

static void
go_on(struct world *w, bool doubt_counts, struct verdict *v)
{
	int i, c;

	for (i = 0; i < ROUNDS_MAX && !(i > 0 && at_rest(w, doubt_counts)); i++) {
		while (one_thing(w, v))
			continue;
		for (c = 0; c < setup.clusters; c++)
			now(w, &(struct happening) { HAP_ROUND, 0, (uint8_t)c, 0 }, v);
		while (one_thing(w, v))
			continue;
		now(w, &(struct happening) { HAP_TICK, 0, 0, 0 }, v);
		now(w, &(struct happening) { HAP_LOOK, 0, 0, 0 }, v);
	}
}

/*
 * What doc/moves.md tells an operator to do about a move in doubt: put the clusters
 * right by hand (clear a Failure, leave at most one active), then cancel it.
 */
static void
operator_gives_up(struct world *w, struct verdict *v)
{
	struct move_case c;
	bool found;
	int vm, i;

	for (vm = 0; vm < setup.vms; vm++) {
		for (found = false, i = 0; i < setup.clusters; i++) {
			struct w_site *s = &w->vm[vm].site[i];

			if (s->group == G_FAILED || s->group == G_HALF ||
			    (found && s->group == G_ON))
				s->group = G_STOPPING;
			found = found || s->group == G_ON;
		}
		case_load(&c, &w->vm[vm].mem);
		if (c.phase == PHASE_DOUBT)
			now(w, &(struct happening) { HAP_CANCEL, (uint8_t)vm, 0, 0 },
			    v);
	}
}

void
fair_begin(struct world *w, const struct w_setup *s)
{
	struct happening list[HAPPENINGS_MAX];
	struct verdict v;
	unsigned n, i;
	int c;

	world_begin(w, s);
	world_canonical(w);
	for (i = 0; i < 8; i++) { /* as long as anything may have to settle */
		for (c = 0; c < setup.clusters; c++)
			now(w, &(struct happening) { HAP_ROUND, 0, (uint8_t)c, 0 }, &v);
		if (i < 7)
			now(w, &(struct happening) { HAP_TICK, 0, 0, 0 }, &v);
	}
	n = happen_list(w, list);
	for (i = 0; i < n; i++)
		if (list[i].kind == HAP_ASK) {
			now(w, &list[i], &v);
			return;
		}
}

void
fair_run(const struct world *from, struct verdict *v)
{
	static __thread struct world w;
	struct move_case c;
	int vm, i;

	memset(v, 0, sizeof(*v));
	w = *from;
	w.faults = 0;
	w.acts = 0;
	w.slow = 255;
	go_on(&w, true, v);
	if (!at_rest(&w, true)) {
		case_load(&c, &w.vm[0].mem);
		judge_broken(
		    v, AS_I3, "a move never ends: it stays in %s", phase_word(c.phase));
		return;
	}
	for (vm = 0; vm < setup.vms; vm++) {
		case_load(&c, &w.vm[vm].mem);
		if (c.phase == PHASE_DOUBT && (w.vm[vm].alarm & 1) == 0 &&
		    from->vm[vm].alarm == 0)
			continue; /* it stood so before the restart, and so says its row
			           */
	}
	for (i = 0; i < 3 && !at_rest(&w, false); i++) {
		w.acts = 4;
		operator_gives_up(&w, v);
		w.acts = 0;
		go_on(&w, true, v);
	}
	if (!at_rest(&w, false)) {
		case_load(&c, &w.vm[0].mem);
		judge_broken(v, AS_I3,
		    "a move stands in doubt (%s), and cancelling it leads nowhere",
		    move_why_words((enum move_why)c.why));
	}
}
