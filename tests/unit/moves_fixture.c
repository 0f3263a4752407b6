/*
 * SPDX-License-Identifier: Apache-2.0
 * The manager of moves, driven: see moves_fixture.h.
 */
#include "tests/unit/moves_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct mx_record {
	char *space, *key;
	char *value; /* NULL: deleted */
	char *durable; /* as of the last durable batch; NULL: none */
	struct mx_record *next;
};

static const char *const cluster_names[CLUSTERS] = { "east", "west" };

static void __attribute__((format(printf, 2, 3)))
note(struct mx *x, const char *fmt, ...)
{
	va_list ap;
	char *more, *all;

	va_start(ap, fmt);
	more = xvasprintf(fmt, ap);
	va_end(ap);
	all = xasprintf("%s%s%s", x->trace, *x->trace == '\0' ? "" : " ", more);
	free(x->trace);
	free(more);
	x->trace = all;
}

char *
mx_trace(struct mx *x)
{
	char *t = x->trace;

	x->trace = xstrdup("");
	return t;
}

/* --- the sink ----------------------------------------------------------------------
 */

static void
on_post(void *arg, const struct move_post *p)
{
	static const char *const word[] = { "START", "STOP", "MOVE", "SUSPEND",
		"RESUME" };
	struct mx *x = arg;
	struct mx_post *post;

	ck_assert_uint_lt(x->nposts, POSTS_MAX);
	post = &x->posts[x->nposts++];
	memset(post, 0, sizeof(*post));
	post->ticket = p->ticket;
	post->kind = p->kind;
	post->cluster = x->swapped ? CLUSTERS - 1 - p->cluster : p->cluster;
	post->deadline = p->deadline;
	post->at = x->fx->now.ms;
	snprintf(post->object, sizeof(post->object), "%s", p->object);
	snprintf(post->target, sizeof(post->target), "%s",
	    p->target == NULL ? "" : p->target);
	note(x, "%s(%s/%s%s%s)", word[p->kind], cluster_names[post->cluster], p->object,
	    p->target == NULL ? "" : "@", post->target);
}

static void
on_record(void *arg, const char *space, const char *key, const char *value)
{
	struct mx *x = arg;
	struct mx_record *r;

	for (r = x->records; r != NULL; r = r->next)
		if (strcmp(r->space, space) == 0 && strcmp(r->key, key) == 0)
			break;
	if (r == NULL) {
		r = xcalloc(1, sizeof(*r));
		r->space = xstrdup(space);
		r->key = xstrdup(key);
		r->next = x->records;
		x->records = r;
	}
	free(r->value);
	r->value = xstrdup(value);
}

static void
on_sync(void *arg, uint64_t seq)
{
	struct mx *x = arg;

	ck_assert_uint_gt(seq, x->wanted);
	x->wanted = seq;
	note(x, "save");
}

void
mx_durable(struct mx *x)
{
	struct mx_record *r;

	do {
		for (r = x->records; r != NULL; r = r->next) {
			free(r->durable);
			r->durable = xstrdup(r->value);
		}
		if (x->durable == x->wanted)
			return;
		x->durable = x->wanted;
		moves_durable(x->mv, x->durable, &x->fx->now);
	} while (true);
}

void
mx_durable_to(struct mx *x, uint64_t sync)
{
	x->durable = sync;
	moves_durable(x->mv, sync, &x->fx->now);
}

const char *
mx_kept(struct mx *x, const char *space, const char *key)
{
	struct mx_record *r;

	for (r = x->records; r != NULL; r = r->next)
		if (strcmp(r->space, space) == 0 && strcmp(r->key, key) == 0)
			return r->value;
	return NULL;
}

unsigned
mx_kept_count(struct mx *x, const char *space)
{
	struct mx_record *r;
	unsigned n = 0;

	for (r = x->records; r != NULL; r = r->next)
		n += r->value != NULL && strcmp(r->space, space) == 0;
	return n;
}

/* --- what the clusters do -----------------------------------------------------------
 */

static void
obey(struct mx *x, const struct mx_post *p)
{
	const unsigned vm = (unsigned)strtoul(p->object + 2, NULL, 10) - 1;

	switch (p->kind) {
	case POST_GROUP_START:
		x->at[p->cluster][vm] = SITE_ONLINE;
		break;
	case POST_GROUP_STOP:
		x->at[p->cluster][vm] = SITE_OFFLINE;
		break;
	case POST_GROUP_MOVE:
		x->node[p->cluster] = p->cluster == EAST ? "server2" : "server4";
		break;
	case POST_MONITOR_SUSPEND:
		x->monitor[p->cluster] = SITE_OFFLINE;
		break;
	case POST_MONITOR_RESUME:
		x->monitor[p->cluster] = SITE_ONLINE;
		break;
	}
}

void
mx_answer(
    struct mx *x, struct mx_post *p, enum move_outcome outcome, const char *message)
{
	p->answered = true;
	if (outcome == ANSWER_ACCEPTED)
		obey(x, p);
	moves_answer(x->mv, p->ticket, outcome, 0, message, &x->fx->now);
}

struct mx_post *
mx_last(struct mx *x)
{
	ck_assert_uint_gt(x->nposts, 0);
	return &x->posts[x->nposts - 1];
}

static void
go_on(struct mx *x)
{
	size_t i;

	do {
		if (!x->slow)
			mx_durable(x);
		for (i = 0; x->obeys && i < x->nposts; i++)
			if (!x->posts[i].answered)
				mx_answer(x, &x->posts[i], ANSWER_ACCEPTED, "");
	} while (!x->slow && x->durable < x->wanted);
}

static char *
round_text(const struct mx *x, unsigned c)
{
	const char *a = c == EAST ? "server1" : "server3",
	           *b = c == EAST ? "server2" : "server4", *state;
	const char *mon = x->monitor[c] == SITE_ONLINE ? "Online" : "Suspend";
	char *text, *more;
	unsigned i;

	if (x->silent[c])
		return xasprintf("%s():", cluster_names[c]);
	text = xasprintf("%s: %s=Online %s=Online |", cluster_names[c], a, b);
	for (i = 0; i < x->nvms; i++) {
		switch (x->at[c][i]) {
		case SITE_ONLINE:
			state = "Online@";
			break;
		case SITE_STARTING:
			state = "Online+Pending@";
			break;
		case SITE_STOPPING:
			state = "Offline+Pending@";
			break;
		case SITE_FAILED:
			state = "Online+Failure@";
			break;
		default:
			state = "Offline";
			break;
		}
		more = xasprintf("%s vm%u=%s%s sd%u:vm%u=%s%s", text, i + 1, state,
		    *state == 'O' && strchr(state, '@') != NULL ? x->node[c] : "",
		    i + 1, i + 1, state, strchr(state, '@') != NULL ? x->node[c] : "");
		free(text);
		text = more;
	}
	more = xasprintf("%s%s !genw1=%s !other=Online", text,
	    x->also[c] == NULL ? "" : x->also[c], mon);
	free(text);
	return more;
}

void
mx_round(struct mx *x)
{
	char *text;
	unsigned c;

	for (c = 0; c < CLUSTERS; c++) {
		text = round_text(x, c);
		fx_see(x->fx, text);
		free(text);
		moves_observed(x->mv, x->swapped ? CLUSTERS - 1 - c : c, &x->fx->now);
		go_on(x);
	}
}

void
mx_run(struct mx *x, unsigned rounds)
{
	while (rounds-- > 0) {
		fx_later(x->fx, 1000);
		moves_tick(x->mv, &x->fx->now);
		go_on(x);
		mx_round(x);
	}
}

/* --- life ---------------------------------------------------------------------------
 */

static char *
settings_text(unsigned nvms, const char *more)
{
	char *text = xstrdup("cluster east server1 server2\n"
	                     "cluster west server3 server4\n"),
	     *all;
	unsigned i;

	for (i = 1; i <= nvms; i++) {
		all = xasprintf("%svm vm%u shared east west\n"
		                "disk d%u east=sd%u west=sd%u\n",
		    text, i, i, i, i);
		free(text);
		text = all;
	}
	all = xasprintf("%s%s", text, more == NULL ? "" : more);
	free(text);
	return all;
}

static void
tune(struct mx *x)
{
	x->fx->settings->moves.verify_time = 1000;
	if (x->tune != NULL)
		x->tune(x->fx->settings);
}

static void
make_moves(struct mx *x)
{
	const struct moves_sink sink = { x, on_post, on_record, on_sync };

	x->mv = moves_new(x->fx->model, &sink);
	x->nposts = 0;
	x->wanted = x->durable = 0;
}

struct mx *
mx_new(unsigned nvms, const char *more, void (*tuned)(struct settings *))
{
	struct mx *x = xcalloc(1, sizeof(*x));
	unsigned i;

	ck_assert_uint_le(nvms, VMS_MAX);
	x->nvms = nvms;
	x->tune = tuned;
	x->trace = xstrdup("");
	x->settings = settings_text(nvms, more);
	x->node[EAST] = "server1";
	x->node[WEST] = "server3";
	x->monitor[EAST] = x->monitor[WEST] = SITE_ONLINE;
	x->obeys = true;
	for (i = 0; i < nvms; i++) {
		x->at[EAST][i] = SITE_ONLINE;
		x->at[WEST][i] = SITE_OFFLINE;
	}
	x->fx = fx_new(x->settings);
	tune(x);
	make_moves(x);
	moves_configured(x->mv, x->fx->settings, &x->fx->now);
	moves_start(x->mv, NULL, &x->fx->now);
	mx_run(x, 3);
	fx_forget(x->fx);
	free(mx_trace(x));
	return x;
}

void
mx_free(struct mx *x)
{
	struct mx_record *r;

	moves_free(x->mv);
	fx_free(x->fx);
	while ((r = x->records) != NULL) {
		x->records = r->next;
		free(r->space);
		free(r->key);
		free(r->value);
		free(r->durable);
		free(r);
	}
	free(x->settings);
	free(x->trace);
	free(x);
}

static void
start_again(struct mx *x, const char *restored)
{
	struct mx_record *r;
	char *cause = NULL;

	fx_restart(x->fx, x->settings);
	tune(x);
	make_moves(x);
	for (r = x->records; r != NULL; r = r->next) {
		free(r->value);
		r->value = xstrdup(r->durable);
		if (r->value != NULL)
			ck_assert_msg(moves_restore(x->mv, r->space, r->key, r->value,
			                  &cause) == 0,
			    "%s", cause);
	}
	moves_configured(x->mv, x->fx->settings, &x->fx->now);
	moves_start(x->mv, restored, &x->fx->now);
	go_on(x);
}

void
mx_restart(struct mx *x, const char *restored)
{
	moves_free(x->mv);
	start_again(x, restored);
}

void
mx_again(struct mx *x)
{
	start_again(x, NULL);
}

void
mx_sink(struct mx *x, const char *space, const char *key, const char *value)
{
	struct mx_record *r;

	on_record(x, space, key, value);
	for (r = x->records; r != NULL; r = r->next)
		if (strcmp(r->space, space) == 0 && strcmp(r->key, key) == 0) {
			free(r->durable);
			r->durable = xstrdup(value);
		}
}

/* --- asking -------------------------------------------------------------------------
 */

struct move_request
mx_to(uint32_t vm, uint32_t cluster)
{
	return (
	    struct move_request) { .vm = vm, .cluster = cluster, .mode = MOVE_PLANNED };
}

enum move_verdict
mx_test(struct mx *x, const struct move_request *rq, char **cause)
{
	size_t which;

	return moves_test(x->mv, rq, 1, &x->fx->now, &which, cause);
}

void
mx_ask(struct mx *x, const struct move_request *rq)
{
	char *cause = NULL;

	ck_assert_msg(mx_test(x, rq, &cause) == MOVE_FINE, "%s", cause);
	moves_accept(x->mv, rq, 1, &x->fx->now);
	go_on(x);
}

void
mx_order(struct mx *x, enum move_order_kind kind, uint32_t index)
{
	const struct move_order_request o = { .kind = kind, .index = index };
	char *cause = NULL;

	ck_assert_msg(
	    moves_order_test(x->mv, &o, &x->fx->now, &cause) == MOVE_FINE, "%s", cause);
	moves_order(x->mv, &o, &x->fx->now);
	go_on(x);
}

const struct move_row *
mx_row(struct mx *x, const char *owner, uint32_t index)
{
	return model_move_row(x->fx->model, owner, index);
}

void
mx_until(struct mx *x, uint32_t index, enum cs_move_state state, unsigned most)
{
	const struct move_row *r;

	for (;;) {
		r = mx_row(x, "set", index);
		ck_assert_ptr_nonnull(r);
		if (r->state == (int64_t)state)
			return;
		ck_assert_msg(most-- > 0, "state %d step %d: %s", (int)r->state,
		    (int)r->step, r->error);
		mx_run(x, 1);
	}
}

void
mx_until_step(struct mx *x, uint32_t index, enum cs_move_step step, unsigned most)
{
	const struct move_row *r;

	for (;;) {
		r = mx_row(x, "set", index);
		ck_assert_ptr_nonnull(r);
		if (r->step == (int64_t)step)
			return;
		ck_assert_msg(most-- > 0, "state %d step %d: %s", (int)r->state,
		    (int)r->step, r->error);
		mx_run(x, 1);
	}
}
