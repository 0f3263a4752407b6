/*
 * SPDX-License-Identifier: Apache-2.0
 * Breadth first search with state hashing. See search.h.
 *
 * A state is known by 128 bits: two hashes of its canonical bytes that share nothing.
 * Of each, the way to it is kept as one happening and its predecessor, so that a
 * counterexample, which is one of the shortest, can be told from the beginning.
 */
#include "tests/explore/search.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

struct digest {
	uint64_t a, b;
};

/* How a state was come by. */
struct origin {
	uint32_t from;
	struct happening how;
	uint64_t kinds; /* bit per kind of what happened on the way */
};

/* --- hashing
 * ------------------------------------------------------------------------------ */

static uint64_t
mix(uint64_t h)
{
	h ^= h >> 31;
	h *= UINT64_C(0x9fb21c651e98df25);
	h ^= h >> 28;
	return h;
}

static struct digest
digest(const unsigned char *p, size_t len)
{
	struct digest d = { UINT64_C(0x243f6a8885a308d3) ^ len,
		UINT64_C(0x13198a2e03707344) + len };
	uint64_t word;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&word, p, 8);
		d.a = mix(d.a ^ word) * UINT64_C(0xd6e8feb86659fd93);
		d.b = (d.b + word) * UINT64_C(0xa0761d6478bd642f);
		d.b ^= d.b >> 29;
	}
	word = 0;
	memcpy(&word, p, len);
	d.a = mix(mix(d.a ^ word));
	d.b = mix((d.b + word) * UINT64_C(0xe7037ed1a0b428db));
	return d;
}

/* --- what is known
 * -------------------------------------------------------------------------- */

#define SHARDS 64

struct shard {
	pthread_mutex_t lock;
	struct digest *slot;
	size_t size, used;
};

struct level { /* packed states, one after the other */
	unsigned char *bytes;
	size_t len, room;
	size_t *at; /* where each begins */
	uint32_t *id;
	size_t n, nroom;
};

struct run {
	const struct search_options *options;
	struct search_result *result;
	struct shard shard[SHARDS];
	pthread_mutex_t lock; /* of all that follows */
	struct origin *origin;
	size_t norigin, origin_room;
	struct level now, next;
	size_t taken; /* of now */
	uint32_t broken_at;
	struct happening broken_by;
	bool stop;
};

static void
shard_grow(struct shard *s)
{
	struct digest *old = s->slot;
	const size_t size = s->size;
	size_t i, j;

	s->size = size == 0 ? 1024 : size * 2;
	s->slot = xcalloc(s->size, sizeof(*s->slot));
	for (i = 0; i < size; i++) {
		if (old[i].a == 0 && old[i].b == 0)
			continue;
		for (j = old[i].b & (s->size - 1);
		     s->slot[j].a != 0 || s->slot[j].b != 0;
		     j = (j + 1) & (s->size - 1))
			continue;
		s->slot[j] = old[i];
	}
	free(old);
}

/* True: it was not known. */
static bool
learn(struct run *r, struct digest d)
{
	struct shard *s = &r->shard[d.a % SHARDS];
	bool fresh = true;
	size_t j;

	pthread_mutex_lock(&s->lock);
	if (s->used * 4 >= s->size * 3)
		shard_grow(s);
	for (j = d.b & (s->size - 1); s->slot[j].a != 0 || s->slot[j].b != 0;
	     j = (j + 1) & (s->size - 1))
		if (s->slot[j].a == d.a && s->slot[j].b == d.b) {
			fresh = false;
			break;
		}
	if (fresh) {
		s->slot[j] = d;
		s->used++;
	}
	pthread_mutex_unlock(&s->lock);
	return fresh;
}

static void
level_add(struct level *l, const unsigned char *bytes, size_t len, uint32_t id)
{
	if (l->n == l->nroom) {
		l->nroom = l->nroom == 0 ? 1024 : l->nroom * 2;
		l->at = xreallocarray(l->at, l->nroom, sizeof(*l->at));
		l->id = xreallocarray(l->id, l->nroom, sizeof(*l->id));
	}
	if (l->len + len > l->room) {
		l->room = (l->room + len) * 2;
		l->bytes = xreallocarray(l->bytes, l->room, 1);
	}
	memcpy(l->bytes + l->len, bytes, len);
	l->at[l->n] = l->len;
	l->id[l->n++] = id;
	l->len += len;
}

static void
count_kinds(struct search_result *res, uint64_t kinds)
{
	int k;

	for (k = 0; k < HAPPENINGS; k++)
		if ((kinds & UINT64_C(1) << k) != 0)
			res->by_kind[k]++;
}

/* With the lock. */
static void
remember(struct run *r, const unsigned char *bytes, size_t len, uint32_t from,
    const struct happening *how)
{
	struct origin *o;

	if (r->norigin == r->origin_room) {
		r->origin_room = r->origin_room == 0 ? 4096 : r->origin_room * 2;
		r->origin =
		    xreallocarray(r->origin, r->origin_room, sizeof(*r->origin));
	}
	o = &r->origin[r->norigin];
	*o = (struct origin) { from, { 0 }, 0 };
	if (how != NULL) {
		o->how = *how;
		o->kinds = r->origin[from].kinds | UINT64_C(1) << how->kind;
	}
	level_add(&r->next, bytes, len, (uint32_t)r->norigin++);
	r->result->states++;
	count_kinds(r->result, o->kinds);
	if (r->options->max_states != 0 && r->norigin >= r->options->max_states) {
		r->stop = true;
		r->result->whole = false;
	}
}

/* --- one state
 * ------------------------------------------------------------------------------ */

struct found { /* of one state's successors */
	unsigned char bytes[sizeof(struct world) + 512];
	size_t len;
	struct happening how;
};

struct worker {
	struct run *run;
	struct found found[HAPPENINGS_MAX];
	uint64_t transitions, fair_runs;
};

static void
report(struct run *r, const struct verdict *v, uint32_t at, const struct happening *how)
{
	pthread_mutex_lock(&r->lock);
	if (r->result->verdict.broken == AS_NONE) {
		r->result->verdict = *v;
		r->broken_at = at;
		r->broken_by = how == NULL ? (struct happening) { 0 } : *how;
		r->stop = true;
	}
	pthread_mutex_unlock(&r->lock);
}

static bool
fair_turn(const struct run *r, struct digest d)
{
	return r->options->fair_every != 0 && (d.a >> 8) % r->options->fair_every == 0;
}

static bool
expand(struct worker *k, const struct world *w, uint32_t id)
{
	struct happening list[HAPPENINGS_MAX];
	const unsigned n = happen_over(w) ? 0 : happen_list(w, list);
	struct verdict v;
	struct world next;
	struct digest d;
	unsigned i, nfound = 0;
	size_t len;

	for (i = 0; i < n; i++) {
		struct found *f = &k->found[nfound];

		next = *w;
		happen(&next, &list[i], &v);
		k->transitions++;
		if (v.broken != AS_NONE) {
			report(k->run, &v, id, &list[i]);
			return false;
		}
		if (v.tolerated)
			continue;
		world_canonical(&next);
		len = world_pack(&next, f->bytes);
		d = digest(f->bytes, len);
		if (!learn(k->run, d))
			continue;
		f->len = len;
		f->how = list[i];
		nfound++;
		if (!fair_turn(k->run, d))
			continue;
		fair_run(&next, &v);
		k->fair_runs++;
		if (v.broken != AS_NONE) {
			report(k->run, &v, id, &list[i]);
			return false;
		}
	}
	if (nfound == 0)
		return true;
	pthread_mutex_lock(&k->run->lock);
	for (i = 0; i < nfound; i++)
		remember(
		    k->run, k->found[i].bytes, k->found[i].len, id, &k->found[i].how);
	pthread_mutex_unlock(&k->run->lock);
	return true;
}

static void *
work(void *arg)
{
	struct worker *k = arg;
	struct run *r = k->run;
	struct world w;
	size_t i, end;

	for (;;) {
		pthread_mutex_lock(&r->lock);
		i = r->taken;
		end = i + 64 < r->now.n ? i + 64 : r->now.n;
		r->taken = end;
		if (r->stop)
			end = i;
		pthread_mutex_unlock(&r->lock);
		if (i == end)
			return NULL;
		for (; i < end; i++) {
			world_unpack(&w, r->now.bytes + r->now.at[i]);
			if (!expand(k, &w, r->now.id[i]))
				return NULL;
		}
	}
}

/* --- all of them
 * ----------------------------------------------------------------------------- */

#define THREADS_MAX 16

static void
search_level(struct run *r)
{
	struct worker *k[THREADS_MAX] = { NULL };
	pthread_t thread[THREADS_MAX];
	unsigned i, n = r->options->threads;

	r->taken = 0;
	if (r->now.n < 256)
		n = 1;
	for (i = 0; i < n; i++) {
		k[i] = xcalloc(1, sizeof(*k[i]));
		k[i]->run = r;
		if (i > 0)
			pthread_create(&thread[i], NULL, work, k[i]);
	}
	work(k[0]);
	for (i = 0; i < n; i++) {
		if (i > 0)
			pthread_join(thread[i], NULL);
		r->result->transitions += k[i]->transitions;
		r->result->fair_runs += k[i]->fair_runs;
		free(k[i]);
	}
}

static void
tell_way(struct run *r, const struct w_setup *s)
{
	FILE *f = r->options->trace;
	struct happening *way;
	struct verdict v;
	struct world w;
	uint32_t at;
	size_t n = 1, i;

	if (f == NULL)
		return;
	for (at = r->broken_at; at != 0; at = r->origin[at].from)
		n++;
	way = xcalloc(n, sizeof(*way));
	way[n - 1] = r->broken_by;
	i = n - 1;
	for (at = r->broken_at; at != 0; at = r->origin[at].from)
		way[--i] = r->origin[at].how;
	fair_begin(&w, s);
	fprintf(f, "counterexample (%s), %zu steps:\n", s->name, n);
	drive_told = f;
	for (i = 0; i < n; i++) {
		happen(&w, &way[i], &v);
		happening_tell(&w, &way[i], f);
		world_canonical(&w);
	}
	if (r->result->verdict.broken == AS_I3 && v.broken == AS_NONE) {
		fprintf(f, "  and from here, with nothing going wrong any more:\n");
		fair_run(&w, &v);
	}
	drive_told = NULL;
	fprintf(f, "violated: %s: %s\n", assertion_name(r->result->verdict.broken),
	    r->result->verdict.text);
	free(way);
}

static void
run_free(struct run *r)
{
	int i;

	for (i = 0; i < SHARDS; i++)
		free(r->shard[i].slot);
	free(r->origin);
	free(r->now.bytes);
	free(r->now.at);
	free(r->now.id);
	free(r->next.bytes);
	free(r->next.at);
	free(r->next.id);
	free(r);
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void
search(const struct w_setup *s, const struct search_options *options,
    struct search_result *result)
{
	struct run *r = xcalloc(1, sizeof(*r));
	unsigned char bytes[sizeof(struct world) + 512];
	const double begin = seconds();
	static struct world w;
	struct level swap;
	size_t len;
	int i;

	memset(result, 0, sizeof(*result));
	result->whole = true;
	r->options = options;
	r->result = result;
	pthread_mutex_init(&r->lock, NULL);
	for (i = 0; i < SHARDS; i++)
		pthread_mutex_init(&r->shard[i].lock, NULL);
	fair_begin(&w, s);
	len = world_pack(&w, bytes);
	learn(r, digest(bytes, len));
	remember(r, bytes, len, 0, NULL);
	while (r->next.n > 0 && !r->stop) {
		if (getenv("EXPLORE_LEVELS") != NULL)
			fprintf(stderr, "level %u: %zu\n", result->depth, r->next.n);
		swap = r->now;
		r->now = r->next;
		r->next = swap;
		r->next.n = r->next.len = 0;
		search_level(r);
		if (r->next.n > 0)
			result->depth++;
	}
	if (result->verdict.broken != AS_NONE)
		tell_way(r, s);
	result->seconds = seconds() - begin;
	run_free(r);
}
