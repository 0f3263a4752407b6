/*
 * SPDX-License-Identifier: Apache-2.0
 * The engine of policies over the real model, moves and scenes; the policies themselves
 * are scripts: each look finds what its script says.
 *
 * The world is that of moves_fixture.h: clusters east (1) and west (2), nodes server1
 * to server4 (1..4), VMs vm1..vmN in east.
 */
#ifndef ENGINE_FIXTURE_H
#define ENGINE_FIXTURE_H

#include "policy/engine.h"
#include "tests/unit/moves_fixture.h"

struct ex_script { /* of one policy; the same for every look until it is changed */
	struct {
		uint32_t vm, cluster, node;
	} moves[VMS_MAX];
	size_t nmoves;
	bool wants, urgent, yields;
	int imbalance;
	uint32_t lack, fence; /* VM, cluster */
	unsigned looks; /* made */
};

extern struct ex_script ex_script[POLICY_KINDS];

struct ex_record;

struct ex {
	struct mx *x;
	struct engine *e;
	struct ex_record *records;
	uint64_t seq;
	struct policy_job *job; /* away */
	bool slow; /* jobs come back only with ex_back() */
	unsigned fences; /* called */
	size_t fenced; /* the last one's slot */
};

struct ex *ex_new(unsigned nvms, void (*tune)(struct settings *));
void ex_free(struct ex *);
/* A new process on what was kept. */
void ex_restart(struct ex *);
void ex_again(struct ex *); /* only the engine, over rows as they are */
void ex_run(struct ex *, unsigned seconds);
void ex_back(struct ex *);
/* The script's moves, as "VM>CLUSTER[/NODE] ..." by numbers; "" is none. */
void ex_find(enum policy_kind, const char *moves);
void ex_forget_kept(struct ex *); /* as if the store had lost it all */
const char *ex_kept(struct ex *, const char *space, const char *key);

enum move_verdict ex_test(struct ex *, const struct engine_order *, char **cause);
void ex_order(struct ex *, enum engine_order_kind, uint32_t key, int64_t value);
const struct plan_row *ex_plan(struct ex *, uint32_t index);
const struct policy_row *ex_policy(struct ex *, enum policy_kind);
const struct policy_set_row *ex_set(struct ex *);
/* The newest plan of that VM; NULL. */
const struct plan_row *ex_plan_of(struct ex *, uint32_t vm);
/* Is that text in an event since ex_forget()? */
bool ex_told(struct ex *, const char *text);
unsigned ex_count(struct ex *, enum event_type);
/* Moves of policies that are in csMoveTable. */
unsigned ex_moves(struct ex *);

#endif
