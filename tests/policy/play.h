/*
 * SPDX-License-Identifier: Apache-2.0
 * Plays a scenario of tests/policy: the real configuration parser, model, moves and
 * policies over simulated clusters, in virtual time.
 *
 * README.md says what stands in a scenario. Here is what the player's files share:
 * world.c (the truth: clusters, nodes, VMs), look.c (rounds of polling and loads made
 * of it), script.c (the file), text.c (its configuration as clusterset.conf), act.c
 * (commands and events of its time line), expect.c (what it claims), daemon.c (model,
 * moves, engine and their records), watch.c (the log), judge.c (what must never be).
 */
#ifndef TESTS_POLICY_PLAY_H
#define TESTS_POLICY_PLAY_H

#include <stdbool.h>
#include <stdio.h>

#include "policy/engine.h"
#include "set/load.h"
#include "set/windows.h"

/* --- the truth ---------------------------------------------------------------------
 */

enum group_state { G_OFF, G_STARTING, G_ON, G_STOPPING, G_FAILED, G_LOST };

struct w_node {
	char *name, *domain; /* domain NULL: the cluster's */
	double cpus, base; /* base: processors in use beside the VMs */
	int64_t memory;
	bool off; /* no power */
	bool mute; /* its API does not answer */
	bool untold; /* nobody tells its load */
	bool sized; /* cpus and memory stand in the configuration, too */
	msec_t back; /* powered on, joins then; 0: not */
};

struct w_cluster {
	char *name, *domain;
	struct w_node *nodes;
	size_t nnodes;
	char *fence; /* "works", "fails", "hangs"; NULL: none configured */
	bool fence_manual; /* configured, and not automatic */
	bool stays; /* nothing fails over inside it */
};

struct w_place { /* of a VM in a cluster: its group there */
	size_t cluster;
	enum group_state state;
	int node, next; /* next: where a move within the cluster ends; -1 */
	msec_t until; /* when the state ends by itself */
	bool automatic; /* starts by itself with its cluster */
	bool ours; /* its last start was a command of ours */
	bool fails; /* its starts fail there */
};

struct w_vm {
	char *name, *set, *home;
	bool stateless;
	double vcpus, load; /* processors in use */
	int64_t memory;
	double low, high; /* of a wave */
	msec_t period, phase;
	bool square;
	double noise; /* share of the load, either way */
	bool unmeasured; /* nobody tells its load; sizes are configured */
	bool untold; /* not even those */
	bool wedged; /* a stop never ends */
	msec_t start, stop; /* how long each takes */
	int64_t priority; /* < 0: not configured */
	struct w_place *places;
	size_t nplaces;
};

struct world {
	struct w_cluster *clusters;
	struct w_vm *vms;
	size_t nclusters, nvms;
	uint64_t seed;
};

struct play;

/* Slots; -1: none of that name. */
int world_cluster(const struct world *, const char *name);
/* "east/e1", or "e1" where the name is used once. */
bool world_node(const struct world *, const char *name, size_t *cluster, size_t *node);
int world_vm(const struct world *, const char *name);
struct w_place *world_place(struct w_vm *, size_t cluster); /* NULL: no site there */
/* The place where it is in use (not off); NULL: nowhere. */
struct w_place *world_active(struct w_vm *);
bool node_up(const struct w_node *);
size_t nodes_up(const struct w_cluster *);
double vm_load(const struct play *, const struct w_vm *); /* now, wave and noise */
double node_load(const struct play *, size_t cluster, size_t node);
int64_t node_memory(const struct play *, size_t cluster, size_t node);
/* Time goes on: groups start, stop, fail over. */
void world_step(struct play *);
void node_power(struct play *, size_t cluster, size_t node, bool on);
enum move_outcome world_start(struct play *, struct w_vm *, struct w_place *, int node);
enum move_outcome world_stop(struct play *, struct w_vm *, struct w_place *);
enum move_outcome world_move(struct play *, struct w_vm *, struct w_place *, int node);
int least_used(const struct world *, size_t cluster); /* a node that is up; -1 */
void world_free(struct world *);

/* --- what is seen of it (look.c) ---------------------------------------------------
 */

struct observation *look_round(struct play *, size_t cluster);
void look_loads(struct play *);

/* --- the file (script.c, text.c) ---------------------------------------------------
 */

struct line { /* of the time line */
	msec_t at; /* since the beginning */
	unsigned number; /* in the file */
	char *text;
};

struct script {
	char *path, *name;
	char *head; /* all that stands before the log */
	char *log; /* as expected */
	struct line *lines;
	size_t nlines;
	char *sections; /* "SECTION KEY = VALUE" a line, in order */
	char *sets, *domains; /* "web node hard" a line; "r1" a line */
	msec_t end;
	time_t start; /* wall */
};

/* -1: *cause names file and line. */
int script_read(struct script *, struct world *, const char *path, char **cause);
void script_clear(struct script *);
/* "90", "5m", "1:30", "2h30m" in milliseconds; -1: none of these. */
msec_t read_time(const char *);
char *next_word(char **at); /* NULL: no more; cuts the text */
/* The part behind `name=` when the word has that name, else NULL. */
char *word_value(char *word, const char *name);
/* One line of a situation; false: *cause. Also for VMs that come later. */
bool script_situation(struct script *, struct world *, char *line, char **cause);
/* clusterset.conf of this world. The caller frees. */
char *config_text(const struct play *);

/* --- the player --------------------------------------------------------------------
 */

struct post {
	uint64_t ticket;
	enum move_post_kind kind;
	size_t cluster;
	char *object, *target;
};

struct seen_policy {
	char *shape; /* its status without figures */
	int64_t mode, effective;
};

struct judged;

struct play {
	struct script script;
	struct world world;
	struct store *store;
	struct settings *settings;
	uint64_t settings_seq, round_seq, generation_seq;
	struct model *model;
	struct moves *moves;
	struct engine *engine;
	struct generation *generation;
	struct model_now now;
	msec_t began;
	bool down; /* the daemon is */
	bool loads_stopped;
	msec_t loads_at; /* next */
	msec_t round_at[16]; /* next, by cluster */
	uint64_t sync, durable;
	struct post *posts;
	size_t nposts;
	struct {
		struct policy_job *job;
		msec_t at;
	} jobs[8];
	size_t njobs;
	msec_t look_takes;
	struct {
		size_t cluster;
		msec_t at;
	} fences[8];
	size_t nfences;
	/* the log */
	FILE *out;
	char *log;
	size_t log_len;
	char *events; /* every event's text, a line each: for expect */
	struct seen_policy seen[POLICY_KINDS];
	unsigned failures;
	struct judged *judged;
};

#define FAIL_MARK "FAILED"

void say(struct play *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same as a failure: the scenario does not pass whatever its log says. */
void fail(struct play *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Hours, minutes and seconds since the beginning. */
const char *stamp(const struct play *, char buf[16]);

/* daemon.c */
int daemon_start(struct play *, char **cause);
void daemon_stop(struct play *);
int daemon_reload(struct play *, char **cause);
void daemon_step(struct play *); /* a second has gone by */
void daemon_settle(struct play *); /* durability, posts, a new generation */
void daemon_refresh(struct play *); /* the generation as it is now */
/* Walks a table of the generation: NULL is before the first, and after the last. */
const void *next_row(const struct play *, enum table_id, const void *prev);
const struct vm_row *row_of_vm(const struct play *, const char *name);

/* store.c: the store of subagent/store.h, in memory */
struct store *memory_store_new(void);
void memory_store_free(struct store *);
void memory_store_put(
    struct store *, const char *space, const char *key, const char *value);
struct store_batch *memory_store_batch(struct store *);

/* act.c, expect.c: a line of the time line; false: not understood, *cause */
bool act(struct play *, char *text, char **cause);
bool expect(struct play *, char *text, char **cause);

/* watch.c */
void watch_event(struct play *, const struct event_note *);
void watch_rows(struct play *);
void watch_end(struct play *);
bool fits(const char *pattern, const char *name);

/* judge.c */
void judge_new(struct play *);
void judge_free(struct play *);
void judge_rows(struct play *); /* every second: moves that have begun, and limits */
void judge_start(struct play *, const struct w_vm *, const struct w_place *);
void judge_approved(struct play *, uint32_t plan); /* by an operator */
unsigned judge_moves(const struct play *, const char *vm, const char *policy);
unsigned judge_proposals(const struct play *, const char *vm, const char *policy);
bool policy_of_move(const struct play *, uint32_t index, const char **policy);

#endif
