/*
 * SPDX-License-Identifier: Apache-2.0
 * Inside the engine of policies: what the files behind engine.h share.
 *
 *	engine.c	life, the tick, what a job that is back changes
 *	engine_job.c	jobs: made, run in another thread, freed
 *	engine_plan.c	rows of csPlanTable and csPlanReasonTable: made, shown, ended
 *	engine_found.c	findings against the rows that are there
 *	engine_facts.c	is what a plan rests on still so?
 *	engine_turn.c	approved plans: whose turn it is, the request, its end
 *	engine_limit.c	what keeps a plan from its turn
 *	engine_alarm.c	imbalance, what is not recovered, fences
 *	engine_kept.c	settings changed by SET, records, what is restored
 *	engine_order.c	SETs
 *	place.c		placement questions
 * Nobody outside policy/ includes this.
 */
#ifndef POLICY_ENGINE_IMPL_H
#define POLICY_ENGINE_IMPL_H

#include <sys/queue.h>

#include <uthash.h>

#include "policy/engine.h"
#include "set/windows.h"

#define EN_OWNER       "policy"
#define EN_INDEX_MAX   INT32_MAX
#define EN_FOUND_MAX   256 /* proposals that are taken of one finding */
#define EN_ENDED_MAX   256 /* plans that have ended and stay in csPlanTable */
#define EN_REASONS_MAX 16 /* of a plan */
#define EN_TEXT_MAX    512 /* octets of a ClusterSetText */
#define EN_PLACES_MAX  64 /* rows of csPlacementTable */
#define EN_PLACE_LIFE  600000 /* ms */
#define EN_SCENE_FRESH 5000 /* ms: nothing begins on an older word that all is calm */
#define EN_SPACING     5000 /* ms between two looks, whatever happens */
#define EN_BACK_OFF    60000 /* ms after a first failure, twice as long after each */
#define EN_BACK_URGENT 10000
#define EN_BACK_MAX    3600000
#define EN_FENCE_BACK  60000 /* ms between two runs of a fence, doubling */

/* --- plans ------------------------------------------------------------------------ */

struct en_plan {
	uint32_t index, batch;
	enum policy_kind kind;
	enum cs_plan_state state;
	bool by_operator; /* who approved or rejected it */
	bool urgent;
	bool recheck; /* a step before it failed: it has to be proposed again */
	bool restored; /* an approval from before a restart: facts not known yet */
	unsigned order; /* its place in the newest finding */
	uint32_t vm, cluster, node, source, source_node; /* indexes; 0: none */
	char *vm_name, *cluster_name, *node_name, *source_name;
	int64_t source_admin, source_node_admin; /* as they were, 0: none */
	int benefit;
	double cost;
	time_t created, expires;
	msec_t expires_ms;
	struct policy_reason *reasons;
	size_t nreasons;
	uint32_t move_index;
	TAILQ_ENTRY(en_plan) link; /* open ones, or ended ones */
	UT_hash_handle hh;
};
TAILQ_HEAD(en_plans, en_plan);

/* What is not to be proposed again for a while: "VM>CLUSTER>NODE" by index. */
struct en_memory {
	char *key;
	msec_t until;
	unsigned times; /* failures in a row */
	UT_hash_handle hh;
};

enum en_trouble { TROUBLE_REJECTED, TROUBLE_REFUSED, TROUBLE_FAILED };
#define EN_ANY_NODE UINT32_MAX

struct en_left { /* evacuate took it from there */
	char *vm, *from, *to; /* names */
	UT_hash_handle hh;
};

/* --- policies --------------------------------------------------------------------- */

struct en_policy {
	char *status; /* of its last finding */
	char *waits; /* why an approved plan of it does not begin; NULL */
	unsigned rounds; /* looks in a row that wanted something */
	msec_t counted; /* when a round was counted last */
	msec_t looked;
	time_t run; /* wall; 0: not yet */
	bool now; /* look at once */
	bool wanted; /* the last look wanted something */
	uint32_t proposals, moves;
};

struct en_refused { /* recover proposed its start, and moves refused it */
	uint32_t vm;
	bool wanted; /* by the finding that is being taken */
	UT_hash_handle hh;
};

struct en_fence {
	char *cluster;
	bool running;
	bool wanted; /* by the finding that is being taken */
	unsigned times;
	bool failed; /* the last time */
	time_t ended; /* ... which was over then; 0: not yet */
	msec_t next; /* not before */
	UT_hash_handle hh;
};

/* --- settings that SETs change ---------------------------------------------------- */

enum en_setting {
	SETTING_MASTER,
	SETTING_HIGH_LOAD,
	SETTING_TARGET_LOAD,
	SETTING_MEMORY_RESERVE,
	SETTING_MINIMUM_GAIN,
	SETTING_MAX_MOVES,
	SETTING_MAX_MOVES_HOUR,
	SETTING_COOL_DOWN,
	SETTING_WINDOWS,
	SETTING_MODE, /* and POLICY_KINDS - 1 more */
	SETTINGS = SETTING_MODE + POLICY_KINDS
};

struct en_kept { /* set by SNMP, instead of what is configured */
	bool set;
	int64_t value, over;
	char *text, *over_text; /* of windows */
};

/* --- placement questions ---------------------------------------------------------- */

struct en_place {
	char *owner;
	uint32_t index;
	uint32_t cpus, memory, avail_set, vm;
	msec_t made;
	size_t nresults;
	bool asked; /* a job has it, or had it */
	uint64_t number; /* tells it from a later one of the same name */
	TAILQ_ENTRY(en_place) link;
};
TAILQ_HEAD(en_places, en_place);

struct en_spot { /* names: owned */
	uint32_t cluster, node;
	char *cluster_name, *node_name, *text;
	int score;
	bool possible;
};

struct en_question { /* in a job: the question, then its answer */
	uint64_t number;
	uint32_t cpus, memory, avail_set, vm;
	bool answered, found;
	char *text;
	struct en_spot *spots;
	size_t nspots;
};

/* --- jobs ------------------------------------------------------------------------- */

struct en_away { /* of a job: en_left by index */
	uint32_t vm, cluster;
};

struct policy_job {
	struct generation *g;
	struct model_now now;
	struct policy_settings settings; /* windows: its own copy */
	unsigned looks; /* bit per enum policy_kind */
	struct en_away *away;
	size_t naway;
	struct policy_fence *fences;
	size_t nfences;
	struct en_question *questions;
	size_t nquestions;
	/* what comes of it */
	bool ran;
	struct policy_finding finding[POLICY_KINDS];
	bool failover;
	char *failover_text;
};

/* --- the engine ------------------------------------------------------------------- */

struct engine {
	struct model *m;
	struct moves *mv;
	struct engine_sink sink;
	const struct settings *settings; /* NULL: not configured yet */
	struct policy_settings set; /* with what SETs changed; windows is its own */
	struct windows *windows; /* NULL: not understood, always closed */
	struct en_kept kept[SETTINGS];
	bool started;
	msec_t began;
	struct generation *g; /* the newest; NULL: none yet */
	uint32_t seen_event; /* newest one that was looked at */
	struct policy_job *out; /* the job that is away */

	struct en_policy policy[POLICY_KINDS];
	int imbalance; /* per mille; -1: nobody measures it */
	unsigned imbalance_rounds;
	msec_t imbalance_counted;
	bool imbalanced; /* told */

	struct en_plan *plans; /* by index */
	struct en_plans open, ended; /* the oldest first */
	size_t nopen, nended;
	uint32_t index_next, index_kept; /* indexes below index_kept are given */
	struct en_memory *memory;
	struct en_left *left;
	struct en_fence *fences;
	struct en_refused *refused;
	msec_t wake_look; /* something may be proposed again from then on; 0 */

	msec_t scene_at; /* moment of the last word on failovers; 0: none */
	bool failover, want_scene;
	char *failover_text;
	msec_t *starts; /* of automatic moves within the last hour, oldest first */
	size_t nstarts;
	uint32_t *strays; /* open moves of policies from before the restart */
	size_t nstrays;
	msec_t move_ended; /* the last automatic move did; 0: none */

	struct en_places places;
	size_t nplaces;
	uint64_t place_number;
};

/* engine.c */
/* The lower of both modes, windows aside. */
enum cs_policy_mode en_mode(const struct engine *, enum policy_kind);
/* ... and advise at most outside of the windows. */
enum cs_policy_mode en_effective(
    const struct engine *, enum policy_kind, const struct model_now *);
bool en_open_window(const struct engine *, const struct model_now *);
void en_policy_put(struct engine *, enum policy_kind, const struct model_now *);
void en_put_all(struct engine *, const struct model_now *);
void en_look_soon(struct engine *, unsigned kinds); /* bits */
#define EN_ALL       ((1u << POLICY_KINDS) - 1)
#define EN_BIT(kind) (1u << (kind))
/* Every policy that does not wait for something to last. */
unsigned en_prompt(void);

/* engine_job.c */
/* NULL: there is nothing to compute now. */
struct policy_job *job_make(struct engine *, const struct model_now *);

/* engine_plan.c */
struct en_plan *plan_find(const struct engine *, uint32_t index);
/* A row for a proposal, at the end of the open ones; texts of reasons move over. */
struct en_plan *plan_new(struct engine *, enum policy_kind, struct policy_proposal *,
    uint32_t batch, const struct model_now *);
struct en_plan *plan_blank(struct engine *, uint32_t index);
void plan_reasons_take(struct en_plan *, struct policy_proposal *);
void plan_put(struct engine *, const struct en_plan *);
void plan_free_all(struct engine *);
/* It ends in that state; `why` is kept as a reason against it, NULL: none. */
void plan_end(struct engine *, struct en_plan *, enum cs_plan_state, const char *why,
    const struct model_now *);
/* plan_end() as expired, with an event. */
void plan_withdraw(
    struct engine *, struct en_plan *, const char *why, const struct model_now *);
/* "plan 12 of balance: vm vm1 from east to west/server3" */
char *plan_words(const struct en_plan *);
void plan_event(struct engine *, const struct en_plan *, enum cs_severity,
    const char *what, const struct model_now *);
/* csPlanReady: somebody has to approve it. The row stands. */
void plan_ready(struct engine *, const struct en_plan *, const struct model_now *);
uint32_t plan_index(struct engine *); /* a new one */
int plan_rank(enum policy_kind); /* lower goes first */

/* engine_found.c */
void found_take(struct engine *, enum policy_kind, struct policy_finding *,
    const struct model_now *);
struct en_memory *memory_find(
    const struct engine *, uint32_t vm, uint32_t cluster, uint32_t node);
/* Not again for a while, longer each time. */
void memory_add(
    struct engine *, const struct en_plan *, enum en_trouble, const struct model_now *);
void memory_sweep(struct engine *, const struct model_now *);
void memory_clear(struct engine *, const struct en_plan *); /* it went well */

/* engine_facts.c */
const struct vm_row *fact_vm(const struct engine *, uint32_t vm);
const struct cluster_row *fact_cluster(const struct engine *, uint32_t cluster);
const struct node_row *fact_node(
    const struct engine *, uint32_t cluster, uint32_t node);
/* Why it does not hold any more, in words that the caller frees; NULL: it does. */
char *facts_against(const struct engine *, const struct en_plan *);
/* Notes what it rests on. */
void facts_take(const struct engine *, struct en_plan *);

/* engine_turn.c */
/* Approves a proposed plan where its policy may do so itself; true: it is approved. */
bool turn_approve(struct engine *, struct en_plan *, const struct model_now *);
void turn_all(struct engine *, const struct model_now *);
void turn_follow(struct engine *, const struct model_now *);

/* engine_limit.c */
/* Why an approved plan has to wait, in words; NULL: it has not. */
char *limit_wait(struct engine *, const struct en_plan *, const struct model_now *);
void limit_started(struct engine *, const struct model_now *);
void limit_restore(struct engine *, const struct model_now *); /* from csMoveTable */
void limit_follow(struct engine *, const struct model_now *);

/* engine_alarm.c */
void alarm_imbalance(struct engine *, int imbalance, const struct model_now *);
void alarm_lacks(
    struct engine *, const struct policy_finding *, const struct model_now *);
void alarm_refused(struct engine *, const struct en_plan *, const char *cause,
    const struct model_now *);
void alarm_accepted(struct engine *, const struct en_plan *, const struct model_now *);
void alarm_free(struct engine *);

/* engine_kept.c */
void settings_take(struct engine *, const struct model_now *);
/* ... after a new configuration: what was set before may not go with it. */
void settings_judge(struct engine *, const struct model_now *);
/* `text` for windows. */
void setting_change(struct engine *, enum en_setting, int64_t value, const char *text,
    const struct model_now *);
/* engine_order.c: what each setting is */
const char *setting_key(enum en_setting); /* in the store */
const char *setting_object(enum en_setting); /* in the MIB */
void setting_range(enum en_setting, int64_t *least, int64_t *most);
int64_t setting_value(const struct policy_settings *, enum en_setting);
void setting_store(struct policy_settings *, enum en_setting, int64_t value);

/* engine_kept.c */
void kept_plan(struct engine *, const struct en_plan *); /* a record of an approval */
void kept_plan_drop(struct engine *, const struct en_plan *);
void kept_index(struct engine *);
void kept_left(struct engine *, const struct en_left *, bool gone);
void kept_begin(struct engine *, const struct model_now *); /* restored plans */
/*
 * A restored plan, right after the restart: too early to say that its facts are gone.
 * False: its facts are there now, and the plan is as any other.
 */
bool kept_early(struct engine *, struct en_plan *, const struct model_now *);
void kept_end(struct engine *);
struct en_left *left_find(const struct engine *, const char *vm);
void left_set(struct engine *, const char *vm, const char *from, const char *to);
void left_drop(struct engine *, struct en_left *);

/* place.c */
void place_add(struct engine *, const struct engine_order *, const struct model_now *);
void place_drop(struct engine *, struct en_place *);
struct en_place *place_find(const struct engine *, const char *owner, uint32_t index);
void place_tick(struct engine *, const struct model_now *);
void place_free_all(struct engine *);
void place_ask(struct engine *, struct policy_job *); /* into a job */
bool place_waiting(const struct engine *);
void place_compute_all(struct policy_job *, const struct scene *);
void place_answer(struct engine *, const struct policy_job *, const struct model_now *);
void place_question_clear(struct en_question *);

#endif
