/*
 * SPDX-License-Identifier: Apache-2.0
 * Batches in, durability out: the store's queue and its thread. See store.h.
 *
 * Control submits; the thread "store" takes what has gathered into one transaction (an
 * fsync is the price of a transaction, not of a batch) and posts each batch back to
 * the mailbox. It never reads the model and never decides what is worth keeping.
 */
#include "subagent/store.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stats.h"
#include "subagent/store_db.h"
#include "subagent/store_mark.h"

#define GROUP_OPS_MAX 4096 /* changes in one transaction, unless one batch has more */

STAILQ_HEAD(store_ops, store_op);
STAILQ_HEAD(store_batches, store_batch);

struct store_batch {
	struct mail mail; /* first: the batch is its own answer */
	STAILQ_ENTRY(store_batch) next;
	struct store_ops ops;
	size_t nops;
	store_done *done;
	void *arg;
	char *error;
};

struct store {
	struct store_db *db;
	struct store_mark mark;
	uint32_t marks[STORE_MARKS]; /* as found */
	struct mailbox *mailbox;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t more;
	struct store_batches queue;
	bool closing;
};

struct store_batch *
store_batch_new(void)
{
	struct store_batch *b = xcalloc(1, sizeof(*b));

	STAILQ_INIT(&b->ops);
	return b;
}

static void
batch_add(struct store_batch *b, enum store_verb verb, const char *space,
    const char *key, const char *value)
{
	size_t nspace = strlen(space) + 1, nkey = strlen(key) + 1;
	size_t nvalue = value == NULL ? 0 : strlen(value) + 1;
	struct store_op *op = xmalloc(sizeof(*op) + nspace + nkey + nvalue);

	op->verb = verb;
	op->space = memcpy(op->text, space, nspace);
	op->key = memcpy(op->text + nspace, key, nkey);
	op->value = NULL;
	if (value != NULL)
		op->value = memcpy(op->text + nspace + nkey, value, nvalue);
	STAILQ_INSERT_TAIL(&b->ops, op, next);
	b->nops++;
}

void
store_batch_put(
    struct store_batch *b, const char *space, const char *key, const char *value)
{
	assert(value != NULL);
	batch_add(b, STORE_PUT, space, key, value);
}

void
store_batch_del(struct store_batch *b, const char *space, const char *key)
{
	batch_add(b, STORE_DEL, space, key, NULL);
}

void
store_batch_del_before(struct store_batch *b, const char *space, const char *before)
{
	batch_add(b, STORE_DEL_BEFORE, space, before, NULL);
}

bool
store_batch_empty(const struct store_batch *b)
{
	return STAILQ_EMPTY(&b->ops);
}

static void
batch_drop_ops(struct store_batch *b)
{
	struct store_op *op;

	while ((op = STAILQ_FIRST(&b->ops)) != NULL) {
		STAILQ_REMOVE_HEAD(&b->ops, next);
		free(op);
	}
}

void
store_batch_free(struct store_batch *b)
{
	if (b == NULL)
		return;
	batch_drop_ops(b);
	free(b->error);
	free(b);
}

/* In the mailbox's thread. */
static void
batch_deliver(struct mail *mail)
{
	struct store_batch *b = (struct store_batch *)mail;

	if (b->done != NULL)
		b->done(b->arg, b->error);
	store_batch_free(b);
}

struct store *
store_open(const char *dir, char **cause)
{
	struct store_db *db = store_db_open(dir, &store_schema_current, cause);
	struct store *s;

	if (db == NULL)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->db = db;
	if (store_mark_open(&s->mark, dir, cause) != 0) {
		store_db_close(db);
		free(s);
		return NULL;
	}
	memcpy(s->marks, s->mark.marks, sizeof(s->marks));
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->more, NULL);
	STAILQ_INIT(&s->queue);
	return s;
}

void
store_marks(const struct store *s, uint32_t marks[STORE_MARKS])
{
	memcpy(marks, s->marks, sizeof(s->marks));
}

void
store_mark(struct store *s, const uint32_t marks[STORE_MARKS])
{
	store_mark_write(&s->mark, marks);
}

const char *
store_instance(const struct store *s)
{
	return s->mark.instance;
}

void
store_set_instance(struct store *s, const char *instance)
{
	store_mark_set_instance(&s->mark, instance);
}

time_t
store_touched(const struct store *s)
{
	return s->mark.touched;
}

void
store_doubt(struct store *s, bool doubt)
{
	s->mark.doubt = doubt;
}

int
store_load(struct store *s, const char *space,
    int (*each)(const char *key, const char *value, void *arg, char **cause), void *arg,
    char **cause)
{
	assert(!s->started);
	return store_db_load(s->db, space, each, arg, cause);
}

static int
group_write(struct store *s, struct store_batches *group, char **cause)
{
	struct store_batch *b;
	struct store_op *op;

	if (store_db_begin(s->db, cause) < 0)
		return -1;
	STAILQ_FOREACH (b, group, next) {
		STAILQ_FOREACH (op, &b->ops, next) {
			if (store_db_apply(s->db, op, cause) < 0)
				return -1;
		}
	}
	return store_db_commit(s->db, cause);
}

/* All of the group is durable, or none is and every batch of it carries the words. */
static void
group_commit(struct store *s, struct store_batches *group)
{
	size_t batches = 0, ops = 0;
	const msec_t start = clock_ms();
	struct store_batch *b;
	char *cause = NULL;

	STAILQ_FOREACH (b, group, next) {
		batches++;
		ops += b->nops;
	}
	if (group_write(s, group, &cause) < 0) {
		store_db_rollback(s->db);
		stat_add(STAT_STORE_FAILURES, 1);
		log_info("store", "%s", cause); /* control says it louder */
	} else {
		stat_add(STAT_STORE_WRITES, 1);
		log_debug("store",
		    "committed %zu change%s of %zu batch%s in %" PRId64 " ms", ops,
		    ops == 1 ? "" : "s", batches, batches == 1 ? "" : "es",
		    clock_ms() - start);
	}
	while ((b = STAILQ_FIRST(group)) != NULL) {
		STAILQ_REMOVE_HEAD(group, next);
		b->error = xstrdup(cause);
		batch_drop_ops(b);
		mailbox_post(s->mailbox, &b->mail);
	}
	free(cause);
}

static void *
store_main(void *arg)
{
	struct store *s = arg;
	struct store_batches group;
	struct store_batch *b;
	size_t nops;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		while (STAILQ_EMPTY(&s->queue) && !s->closing)
			pthread_cond_wait(&s->more, &s->lock);
		if (STAILQ_EMPTY(&s->queue))
			break;
		STAILQ_INIT(&group);
		nops = 0;
		while ((b = STAILQ_FIRST(&s->queue)) != NULL) {
			if (nops > 0 && nops + b->nops > GROUP_OPS_MAX)
				break;
			STAILQ_REMOVE_HEAD(&s->queue, next);
			STAILQ_INSERT_TAIL(&group, b, next);
			nops += b->nops;
		}
		pthread_mutex_unlock(&s->lock);
		group_commit(s, &group);
		pthread_mutex_lock(&s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

int
store_start(struct store *s, struct mailbox *mailbox, char **cause)
{
	sigset_t all, old;
	int error;

	assert(!s->started);
	s->mailbox = mailbox;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&s->thread, NULL, store_main, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error != 0)
		return cause_set(
		    cause, "cannot start the store's thread: %s", strerror(error));
	pthread_setname_np(s->thread, "store");
	s->started = true;
	return 0;
}

void
store_submit(struct store *s, struct store_batch *b, store_done *done, void *arg)
{
	assert(s->started);
	b->mail.deliver = batch_deliver;
	b->done = done;
	b->arg = arg;
	pthread_mutex_lock(&s->lock);
	assert(!s->closing);
	STAILQ_INSERT_TAIL(&s->queue, b, next);
	pthread_cond_signal(&s->more);
	pthread_mutex_unlock(&s->lock);
}

void
store_stop(struct store *s)
{
	if (s == NULL || !s->started || s->closing)
		return;
	pthread_mutex_lock(&s->lock);
	s->closing = true;
	pthread_cond_signal(&s->more);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	store_stop(s);
	store_db_close(s->db);
	store_mark_close(&s->mark);
	pthread_cond_destroy(&s->more);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
