/*
 * SPDX-License-Identifier: Apache-2.0
 * Is the state file the one that this clustersetd wrote last, on this host?
 *
 * Two records of the space "host": "this" names the state (a random instance) and the
 * machine it is on; "batch" counts the batches, one record in each of them. The marks
 * beside the file carry the same instance and the number of the last batch that was
 * known to be durable. They are written after the batch, so whatever kill -9, a power
 * loss or a full disk does, the file never has a lower number than the marks. Where it
 * has, or the two are of different instances, or the machine is another, the file was
 * put there: design 5, I9. A state without these records is of an earlier release, and
 * an empty one was wanted so.
 *
 * Owners of disks have epochs that grow (I9). A file put back has forgotten the last
 * ones, and so may the marks; a million is skipped, and that is remembered.
 *
 * A whole directory put back on its own host has marks that fit. If its files were made
 * anew, the birth of the state file gives it away, which "this" names, too, where the
 * file system tells it (statx(2)). If it was copied over them (cp -a copy/. dir/), the
 * change time of the marks does: store_mark.c. Not noticed is: marks copied within two
 * seconds of their last write; a copy that brings marks of an earlier release; after a
 * power loss, marks that were put there before the host came up again; and what is put
 * back together with its file system (a snapshot), which looks like a crash. Only what
 * the clusters show can contradict those.
 */
#include "subagent/control_impl.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define EPOCHS_SKIPPED 1000000

#define NOT_UNDERSTOOD                                                           \
	"the state file's record %s of space host is not understood: restore a " \
	"backup of the state file, or move it away to start afresh"

/* The id of this installation (machine-id(5)); NULL where there is none. */
static char *
machine_id(void)
{
	static const char *const files[] = { "/etc/machine-id",
		"/var/lib/dbus/machine-id" };
	char line[64];
	size_t i;
	FILE *f;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if ((f = fopen(files[i], "re")) == NULL)
			continue;
		if (fgets(line, sizeof(line), f) == NULL)
			line[0] = '\0';
		fclose(f);
		line[strcspn(line, "\n")] = '\0';
		if (strlen(line) == 32 && strspn(line, "0123456789abcdef") == 32)
			return xstrdup(line);
	}
	return NULL;
}

/* When the state's file was made; NULL where the file system does not tell. */
static char *
birth_of(const char *dir)
{
	char *path = xasprintf("%s/state.sqlite", dir);
	struct statx st;
	bool known;

	known = statx(AT_FDCWD, path, 0, STATX_BTIME, &st) == 0 &&
	    (st.stx_mask & STATX_BTIME) != 0;
	free(path);
	return known ? xasprintf("%lld.%09u", (long long)st.stx_btime.tv_sec,
	                   st.stx_btime.tv_nsec)
	             : NULL;
}

static void
instance_make(char instance[STORE_INSTANCE + 1])
{
	unsigned char bytes[STORE_INSTANCE / 2];
	size_t i;

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		abort(); /* so few bytes never come short (random(7)) */
	for (i = 0; i < sizeof(bytes); i++)
		snprintf(instance + 2 * i, 3, "%02x", bytes[i]);
}

/* --- reading ------------------------------------------------------------------------
 */

struct found {
	char instance[STORE_INSTANCE + 1];
	char *machine, *restored, *birth;
	uint32_t number, epochs;
};

static int
load_record(const char *key, const char *value, void *arg, char **cause)
{
	const char *instance = NULL, *machine = NULL, *restored = NULL, *birth = NULL;
	json_t *o = json_loads(value, 0, NULL);
	struct found *found = arg;
	json_int_t number, epochs = 0;
	bool ok = false;

	if (strcmp(key, "batch") == 0) {
		ok = json_unpack(o, "{s:I}", "number", &number) == 0 && number >= 0 &&
		    number <= UINT32_MAX;
		if (ok)
			found->number = (uint32_t)number;
	} else if (strcmp(key, "this") == 0) {
		ok = json_unpack(o, "{s:s, s?s, s?s, s?s, s?I}", "instance", &instance,
		         "machine", &machine, "restored", &restored, "birth", &birth,
		         "epochs", &epochs) == 0 &&
		    strlen(instance) == STORE_INSTANCE && epochs >= 0 &&
		    epochs <= UINT32_MAX;
		if (ok) {
			memcpy(found->instance, instance, STORE_INSTANCE + 1);
			found->machine = xstrdup(machine);
			found->restored = xstrdup(restored);
			found->birth = xstrdup(birth);
			found->epochs = (uint32_t)epochs;
		}
	}
	json_decref(o);
	return ok ? 0 : cause_set(cause, NOT_UNDERSTOOD, key);
}

/* Why the state looks restored, in words; NULL: it does not. */
static char *
judge(const struct control *c, const struct found *f, const char *marked,
    uint32_t marked_number)
{
	const time_t touched = store_touched(c->store);
	const char *dir = c->settings->state_dir;
	char when[32];

	if (f->instance[0] == '\0')
		return NULL; /* empty, or of a release that kept no such records */
	if (f->machine != NULL && c->host.machine != NULL &&
	    strcmp(f->machine, c->host.machine) != 0)
		return xasprintf("the state file in %s was written on another host "
		                 "(machine-id(5))",
		    dir);
	if (marked[0] == '\0')
		return xasprintf("the state file in %s is there without its "
		                 "state.marks, as one that was copied is",
		    dir);
	if (strcmp(f->instance, marked) != 0)
		return xasprintf("the state file in %s and the state.marks beside it "
		                 "are not of the same clustersetd",
		    dir);
	if (f->number < marked_number)
		return xasprintf("the state file in %s is older than the state.marks "
		                 "beside it, as one put back from a copy is: the "
		                 "last %" PRIu32 " changes are missing",
		    dir, marked_number - f->number);
	if (f->birth != NULL && c->host.birth != NULL &&
	    strcmp(f->birth, c->host.birth) != 0)
		return xasprintf("the state file in %s was put there since clustersetd "
		                 "made it, as one put back from a copy was",
		    dir);
	if (touched != 0)
		return xasprintf(
		    "something else than clustersetd changed the "
		    "state.marks in %s at %s, as a copy put over the state "
		    "files does (chown, chmod, touch or a hard link of it "
		    "look the same)",
		    dir, clock_iso8601(touched, when, sizeof(when)));
	return NULL;
}

/* The marks may be the copy's as well: what was given since nobody has counted. */
static uint32_t
epochs_skipped(const struct control *c, uint32_t known, uint32_t marked)
{
	struct model_marks kept = { 0 };
	uint64_t highest = known > marked ? known : marked;

	if (c->model != NULL)
		model_marks(c->model, &kept);
	if (kept.epoch > highest)
		highest = kept.epoch;
	return highest + EPOCHS_SKIPPED <= UINT32_MAX / 2
	    ? (uint32_t)highest + EPOCHS_SKIPPED
	    : (uint32_t)highest;
}

int
host_load(struct control *c, char **cause)
{
	struct found f = { .instance = "" };
	uint32_t marks[STORE_MARKS];
	const char *marked = store_instance(c->store);
	struct host *h = &c->host;

	store_marks(c->store, marks);
	if (store_load(c->store, "host", load_record, &f, cause) != 0) {
		free(f.machine);
		free(f.restored);
		free(f.birth);
		return -1;
	}
	h->machine = machine_id();
	if (h->machine == NULL)
		h->machine = xstrdup(f.machine);
	h->birth = birth_of(c->settings->state_dir);
	h->restored = f.restored; /* as long as nobody has adopted it */
	if (h->restored == NULL)
		h->restored = judge(c, &f, marked, marks[MARK_BATCH]);
	h->epochs = f.epochs;
	if (h->restored != NULL && f.restored == NULL)
		h->epochs = epochs_skipped(c, f.epochs, marks[MARK_EPOCH]);
	h->durable = marks[MARK_BATCH];
	h->number = f.number > h->durable ? f.number : h->durable;
	h->unmarked = h->restored != NULL;
	store_doubt(c->store, h->unmarked);
	free(f.machine);
	free(f.birth);
	if (f.instance[0] != '\0') {
		memcpy(h->instance, f.instance, sizeof(h->instance));
		h->unmarked = h->unmarked || strcmp(f.instance, marked) != 0;
	} else if (marked[0] != '\0') {
		memcpy(h->instance, marked, sizeof(h->instance));
	} else {
		/* in the marks before the file has it: else a crash between the two
		 * would look like a copy */
		instance_make(h->instance);
		store_set_instance(c->store, h->instance);
	}
	if (h->restored != NULL)
		log_err("store", "the state looks restored: %s", h->restored);
	return 0;
}

/* --- writing ------------------------------------------------------------------------
 */

void
host_tell_all(struct control *c, struct store_batch *b)
{
	const struct host *h = &c->host;
	json_t *o = json_pack("{s:s, s:s*, s:s*, s:s*}", "instance", h->instance,
	    "machine", h->machine, "restored", h->restored, "birth", h->birth);
	char *text;

	if (h->epochs > 0)
		json_object_set_new(o, "epochs", json_integer(h->epochs));
	text = json_dumps(o, JSON_COMPACT);
	store_batch_put(b, "host", "this", text);
	free(text);
	json_decref(o);
}

uint32_t
host_number(struct control *c, struct store_batch *b)
{
	char text[32];

	snprintf(text, sizeof(text), "{\"number\":%" PRIu32 "}", ++c->host.number);
	store_batch_put(b, "host", "batch", text);
	return c->host.number;
}

void
host_durable(struct control *c, uint32_t number)
{
	struct host *h = &c->host;

	if (number > h->durable)
		h->durable = number;
	if (h->unmarked) { /* the file says now that it looks restored */
		store_doubt(c->store, false);
		store_set_instance(c->store, h->instance);
		h->unmarked = false;
	}
}

void
host_restored(struct control *c, const char *why)
{
	free(c->host.restored);
	c->host.restored = xstrdup(why);
	host_tell_all(c, record_batch(c));
}

void
host_free(struct control *c)
{
	free(c->host.machine);
	free(c->host.restored);
	free(c->host.birth);
}
