/*
 * SPDX-License-Identifier: Apache-2.0
 * The manager of moves over the real model and the real engine, with a store that can
 * be slow, fail or be lost with the process, and clusters that obey or do not.
 *
 * The world: cluster east (server1, server2) and west (server3, server4); VMs vm1..vmN
 * of a disk each, all running in east unless told otherwise.
 */
#ifndef MOVES_FIXTURE_H
#define MOVES_FIXTURE_H

#include "move/moves.h"
#include "tests/unit/model_fixture.h"

enum { EAST, WEST, CLUSTERS };
enum { VMS_MAX = 40, POSTS_MAX = 400 };

struct mx_post { /* as it was asked for */
	uint64_t ticket;
	enum move_post_kind kind;
	size_t cluster;
	char object[64], target[64];
	msec_t deadline, at;
	bool answered;
};

struct mx_record;

struct mx {
	struct fx *fx;
	struct moves *mv;
	char *settings; /* text */
	unsigned nvms;
	const char *more; /* lines added to the settings; NULL */
	void (*tune)(struct settings *); /* every time they are made; NULL */
	enum cs_site_oper at[CLUSTERS][VMS_MAX]; /* the truth, by VM from 0 */
	enum cs_site_oper monitor[CLUSTERS]; /* Online or Offline: suspended */
	const char *node[CLUSTERS]; /* where groups that are Online are */
	bool silent[CLUSTERS]; /* nobody answers */
	const char *also[CLUSTERS]; /* resources told beside the VMs' own; NULL */
	bool swapped; /* the settings name west first, now */
	bool obeys; /* posts take effect at once, and are accepted */
	bool slow; /* nothing becomes durable before mx_durable() */
	struct mx_post posts[POSTS_MAX];
	size_t nposts;
	uint64_t wanted, durable; /* syncs */
	struct mx_record *records;
	char *trace; /* posts and saves since mx_trace(): words */
};

struct mx *mx_new(unsigned nvms, const char *more, void (*tune)(struct settings *));
void mx_free(struct mx *);
/* A new process: what was not durable is gone. `restored`: see moves_start(). */
void mx_restart(struct mx *, const char *restored);
/* The same in two: after moves_free() records may be changed, then it starts. */
void mx_again(struct mx *);
void mx_sink(struct mx *, const char *space, const char *key, const char *value);
void mx_durable(struct mx *); /* everything told so far is */
void mx_durable_to(struct mx *, uint64_t sync); /* only so far */
void mx_round(struct mx *); /* of both clusters, now */
void mx_run(struct mx *, unsigned rounds); /* one a second, with ticks */
void mx_answer(struct mx *, struct mx_post *, enum move_outcome, const char *message);
/* The newest post; the test fails when there is none. */
struct mx_post *mx_last(struct mx *);
char *mx_trace(struct mx *); /* and forgets; the caller frees */
/* What is kept under a key, NULL: nothing. Durable or not. */
const char *mx_kept(struct mx *, const char *space, const char *key);
unsigned mx_kept_count(struct mx *, const char *space);

/* Indexes: clusters 1 and 2, VMs from 1, nodes 1..4. */
struct move_request mx_to(uint32_t vm, uint32_t cluster);
enum move_verdict mx_test(struct mx *, const struct move_request *, char **cause);
/* Tests, must be fine, accepts. */
void mx_ask(struct mx *, const struct move_request *);
void mx_order(struct mx *, enum move_order_kind, uint32_t index);
const struct move_row *mx_row(struct mx *, const char *owner, uint32_t index);
/* Rounds until the row is in that state; fails after `most` of them. */
void mx_until(struct mx *, uint32_t index, enum cs_move_state, unsigned most);
void mx_until_step(struct mx *, uint32_t index, enum cs_move_step, unsigned most);

#endif
