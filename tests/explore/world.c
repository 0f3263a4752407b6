/*
 * SPDX-License-Identifier: Apache-2.0
 * The world of tests/explore as data: how it begins, how time passes, when two worlds
 * are the same. See world.h. It decides nothing about moves.
 */
#include "tests/explore/world.h"

#include <assert.h>
#include <string.h>

struct w_setup setup;
struct move_limits limits;
struct evidence_settings settle;
msec_t freshness, own_settle, post_timeout;

/* --- what of a world is a time -----------------------------------------------------
 */

#define TIMES_MAX 256
static size_t time_at[TIMES_MAX]; /* offsets in struct world */
static size_t ntimes;

static void
is_time(size_t offset)
{
	assert(ntimes < TIMES_MAX && offset % 8 == 0);
	time_at[ntimes++] = offset;
}

#define SITE_AT(v, c)                                                     \
	(offsetof(struct world, vm) + (size_t)(v) * sizeof(struct w_vm) + \
	    (size_t)(c) * sizeof(struct w_site))
#define SITE_TIME(field) is_time(SITE_AT(v, c) + offsetof(struct w_site, field))
#define CASE_AT(v)                                                        \
	(offsetof(struct world, vm) + (size_t)(v) * sizeof(struct w_vm) + \
	    offsetof(struct w_vm, mem))
#define CASE_SITE_TIME(field)                                \
	is_time(CASE_AT(v) + offsetof(struct w_case, site) + \
	    (size_t)(c) * sizeof(struct move_site) +         \
	    offsetof(struct move_site, field))
#define CASE_TAIL_AT(field)                                                  \
	(offsetof(struct w_case, tail) + offsetof(struct move_case, field) - \
	    offsetof(struct move_case, unsaved))

static void
site_times(int v, int c)
{
	SITE_TIME(transit);
	SITE_TIME(fence_began);
	SITE_TIME(start.sent);
	SITE_TIME(start.ghost_sent);
	SITE_TIME(start.due);
	SITE_TIME(stop.sent);
	SITE_TIME(stop.ghost_sent);
	SITE_TIME(stop.due);
	SITE_TIME(log.round);
	SITE_TIME(log.first);
	SITE_TIME(log.last);
	SITE_TIME(log.active);
	SITE_TIME(log.off);
	SITE_TIME(log.open_since);
	SITE_TIME(log.stop_at);
	SITE_TIME(log.confirmed_at);
	SITE_TIME(log.fence_began);
	SITE_TIME(log.owed_since);
	SITE_TIME(log.stop_sent);
	SITE_TIME(log.calm);
	SITE_TIME(seen_active_since);
	SITE_TIME(seen_evidence.round_start);
	SITE_TIME(seen_evidence.offline_first);
	SITE_TIME(seen_evidence.offline_last);
	SITE_TIME(seen_evidence.offline_since);
	CASE_SITE_TIME(since);
	CASE_SITE_TIME(start_since);
	CASE_SITE_TIME(stop_done);
	CASE_SITE_TIME(last_active);
	CASE_SITE_TIME(confirmed_at);
	CASE_SITE_TIME(fence.began);
}

static void
find_times(void)
{
	int v, c;

	ntimes = 0;
	for (v = 0; v < setup.vms; v++) {
		for (c = 0; c < setup.clusters; c++)
			site_times(v, c);
		is_time(CASE_AT(v) + CASE_TAIL_AT(entered));
		is_time(CASE_AT(v) + CASE_TAIL_AT(retry_at));
		is_time(CASE_AT(v) + CASE_TAIL_AT(good_since));
	}
	for (c = 0; c < setup.clusters; c++) {
		const size_t at = offsetof(struct world, cluster) +
		    (size_t)c * sizeof(struct w_cluster);

		is_time(at + offsetof(struct w_cluster, seen));
		is_time(at + offsetof(struct w_cluster, late.start));
	}
}

msec_t *
world_time(struct world *w, size_t i)
{
	return i >= ntimes ? NULL : (msec_t *)(void *)((char *)w + time_at[i]);
}

/* --- cases -------------------------------------------------------------------------
 */

void
case_load(struct move_case *c, const struct w_case *w)
{
	memcpy(c, w->head, CASE_HEAD);
	memcpy(c->site, w->site, sizeof(w->site));
	memcpy(&c->unsaved, w->tail, CASE_TAIL);
}

void
case_store(struct w_case *w, const struct move_case *c)
{
	size_t i;

	memcpy(w->head, c, CASE_HEAD);
	memcpy(w->site, c->site, sizeof(w->site));
	memcpy(w->tail, &c->unsaved, CASE_TAIL);
	/* who is blamed for a late stop: no rule of the engine asks for it */
	for (i = 0; i < W_CLUSTERS; i++)
		w->site[i].stop_left = 0;
}

static void
written(msec_t *t)
{
	if (*t != 0)
		*t = W_ANCIENT;
}

void
case_durable(struct w_case *w, const struct move_case *c)
{
	size_t i;

	case_store(w, c);
	memset(w->tail, 0, sizeof(w->tail));
	for (i = 0; i < W_CLUSTERS; i++) {
		written(&w->site[i].since);
		written(&w->site[i].start_since);
		written(&w->site[i].stop_done);
		written(&w->site[i].last_active);
		written(&w->site[i].confirmed_at);
		memset(&w->site[i].fence, 0, sizeof(w->site[i].fence));
	}
}

/* --- beginning ---------------------------------------------------------------------
 */

/*
 * Small numbers that stand to each other as the defaults do: what is compared is never
 * more than one side of a threshold or the other.
 */
static void
set_limits(void)
{
	settle.offline_settle = (setup.long_settle ? 2 : 1) * W_TICK;
	settle.command_horizon = limits.command_horizon =
	    (setup.horizon == 0 ? 2 : setup.horizon) * W_TICK;
	settle.evidence_age = limits.evidence_age = W_TICK;
	limits.offline_settle = settle.offline_settle;
	limits.stop_timeout = limits.start_timeout = limits.command_horizon + W_TICK;
	limits.release_timeout = (setup.long_settle ? 3 : 2) * W_TICK;
	limits.verify_time = W_TICK;
	limits.retry_delay = W_TICK;
	limits.tries = setup.tries == 0 ? 1 : setup.tries;
	limits.confirm_life = 2 * W_TICK;
	freshness = (setup.long_fresh ? 2 : 1) * W_TICK;
	own_settle = W_TICK;
	post_timeout = W_TICK;
}

void
world_begin(struct world *w, const struct w_setup *s)
{
	struct move_case c;
	struct w_site *site;
	int v, i;

	setup = *s;
	setup.clusters = s->clusters == 0 ? 2 : s->clusters;
	setup.vms = s->vms == 0 ? 1 : s->vms;
	setup.moves = s->moves == 0 ? 1 : s->moves;
	setup.verb = s->recover ? VERB_UP : s->verb == 0 ? VERB_MOVE : s->verb;
	for (i = 0; i < W_CLUSTERS; i++)
		setup.servers[i] = s->servers[i] == 0 ? 1 : s->servers[i];
	s = &setup;
	set_limits();
	find_times();
	memset(w, 0, sizeof(*w));
	w->faults = s->faults;
	w->acts = s->acts;
	w->slow = s->slow;
	for (v = 0; v < s->vms; v++) {
		struct w_vm *vm = &w->vm[v];

		memset(&c, 0, sizeof(c));
		move_init(&c, s->clusters);
		case_store(&vm->mem, &c);
		case_durable(&vm->disk, &c);
		vm->wants = s->moves;
		vm->owner = vm->owner_disk = 0;
		vm->epoch = vm->epoch_disk = vm->epoch_max = 8;
		for (i = 0; i < s->clusters; i++) {
			site = &vm->site[i];
			site->seen_oper = SITE_UNKNOWN;
			/* it ran here, or may have: a stop wants explaining */
			site->seen_evidence.seen_active = i == 0;
			site->seen_evidence.state = EVIDENCE_NONE;
		}
		if (s->verb != VERB_UP || s->recover)
			vm->site[0].group = G_ON;
	}
	for (i = 0; i < s->clusters; i++)
		w->cluster[i].seen_identity = 1;
}

/* --- time --------------------------------------------------------------------------
 */

void
world_age(struct world *w)
{
	msec_t *t;
	size_t i;

	for (i = 0; (t = world_time(w, i)) != NULL; i++) {
		if (*t > W_ANCIENT)
			*t -= W_TICK;
		assert(*t >= 0);
	}
}

/* --- packing -----------------------------------------------------------------------
 */

_Static_assert(sizeof(struct world) % 8 == 0, "packed by words");
#define WORDS (sizeof(struct world) / 8)

/* A bit per word that is not zero, then those words. */
size_t
world_pack(const struct world *w, unsigned char *out)
{
	unsigned char *at = out + (WORDS + 7) / 8;
	uint64_t word;
	size_t i;

	memset(out, 0, (WORDS + 7) / 8);
	for (i = 0; i < WORDS; i++) {
		memcpy(&word, (const char *)w + i * 8, 8);
		if (word == 0)
			continue;
		out[i / 8] |= (unsigned char)(1u << i % 8);
		memcpy(at, &word, 8);
		at += 8;
	}
	return (size_t)(at - out);
}

void
world_unpack(struct world *w, const unsigned char *in)
{
	const unsigned char *at = in + (WORDS + 7) / 8;
	size_t i;

	memset(w, 0, sizeof(*w));
	for (i = 0; i < WORDS; i++)
		if ((in[i / 8] & 1u << i % 8) != 0) {
			memcpy((char *)w + i * 8, at, 8);
			at += 8;
		}
}

/* --- questions ---------------------------------------------------------------------
 */

bool
site_alive(const struct world *w, int vm, int c)
{
	const struct w_site *s = &w->vm[vm].site[c];

	return s->group != G_OFF && s->group != G_TRANSIT && !s->fenced_disk;
}

bool
site_bound(const struct world *w, int vm, int c)
{
	const struct w_site *s = &w->vm[vm].site[c];

	return s->group != G_OFF && !s->fenced_disk;
}

bool
start_out(const struct w_site *s)
{
	return s->start.stage == ST_NET || s->start.stage == ST_LIMBO || s->start.ghost;
}

int
cluster_up(const struct world *w, int c, int but)
{
	int s;

	for (s = 0; s < setup.servers[c]; s++)
		if (s != but &&
		    (w->cluster[c].server[s] == SRV_UP ||
		        w->cluster[c].server[s] == SRV_MUTE ||
		        w->cluster[c].server[s] == SRV_STALE))
			return s;
	return -1;
}

const char *
group_word(enum w_group g)
{
	static const char *const word[] = { "Offline", "Online Pending", "Online",
		"Offline Pending", "Failure", "failing over",
		"Offline, its disk Online" };

	return word[g];
}

const char *
server_word(enum w_server s)
{
	static const char *const word[] = { "up", "off", "booting", "ECX daemon dead",
		"out of our reach", "telling old news" };

	return word[s];
}
