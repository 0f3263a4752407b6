/*
 * SPDX-License-Identifier: Apache-2.0
 * What the store's tests share. See test_store_util.h.
 */
#include "tests/unit/test_store_util.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/thread.h>

#include "base/clock.h"
#include "base/mem.h"

char *
util_dir(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = xasprintf("%s/cs-store-XXXXXX", tmp == NULL ? "/tmp" : tmp);

	ck_assert_ptr_nonnull(mkdtemp(dir));
	return dir;
}

void
util_dir_remove(char *dir)
{
	struct dirent *e;
	DIR *d = opendir(dir);
	char *path;

	while (d != NULL && (e = readdir(d)) != NULL) {
		path = util_path(dir, e->d_name);
		unlink(path);
		free(path);
	}
	if (d != NULL)
		closedir(d);
	rmdir(dir);
	free(dir);
}

char *
util_path(const char *dir, const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

char *
util_read(const char *path, size_t *len)
{
	struct stat st;
	char *data;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*len = 0;
	if (fd < 0)
		return NULL;
	ck_assert_int_eq(fstat(fd, &st), 0);
	data = xmalloc((size_t)st.st_size + 1);
	ck_assert_int_eq(read(fd, data, (size_t)st.st_size), st.st_size);
	data[st.st_size] = '\0';
	*len = (size_t)st.st_size;
	close(fd);
	return data;
}

void
util_write(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	close(fd);
}

void
rig_open(struct bench *b, const char *dir)
{
	char *cause = NULL;

	memset(b, 0, sizeof(*b));
	evthread_use_pthreads();
	b->dir = xstrdup(dir);
	b->base = event_base_new();
	b->mailbox = mailbox_new(b->base);
	b->store = store_open(dir, &cause);
	ck_assert_msg(b->store != NULL, "%s", cause);
	ck_assert_msg(store_start(b->store, b->mailbox, &cause) == 0, "%s", cause);
}

void
rig_close(struct bench *b)
{
	store_close(b->store);
	mailbox_free(b->mailbox);
	event_base_free(b->base);
	free(b->error);
	free(b->dir);
	libevent_global_shutdown();
}

struct ticket {
	struct bench *bench;
	long number;
};

static void
ticket_done(void *arg, const char *error)
{
	struct ticket *t = arg;
	struct bench *b = t->bench;

	if (b->answers < sizeof(b->order) / sizeof(b->order[0]))
		b->order[b->answers] = t->number;
	b->answers++;
	if (error != NULL) {
		b->failures++;
		free(b->error);
		b->error = xstrdup(error);
	}
	free(t);
}

void
rig_submit(struct bench *b, struct store_batch *batch, long number)
{
	struct ticket *t = xcalloc(1, sizeof(*t));

	t->bench = b;
	t->number = number;
	store_submit(b->store, batch, ticket_done, t);
}

void
rig_put(struct bench *b, const char *key, const char *value, long number)
{
	struct store_batch *batch = store_batch_new();

	store_batch_put(batch, "test", key, value);
	rig_submit(b, batch, number);
}

void
rig_wait(struct bench *b, unsigned answers)
{
	const struct timeval tick = { 0, 20000 };
	const msec_t deadline = clock_ms() + 20000;

	while (b->answers < answers) {
		ck_assert_msg(clock_ms() < deadline, "%u of %u answers after 20 s",
		    b->answers, answers);
		event_base_loopexit(b->base, &tick);
		event_base_loop(b->base, EVLOOP_ONCE);
	}
}

static int
dump_one(const char *key, const char *value, void *arg, char **cause)
{
	(void)cause;
	fprintf(arg, "%s=%s ", key, value);
	return 0;
}

char *
util_dump(const char *dir, const char *space)
{
	struct store *s;
	char *cause = NULL, *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	s = store_open(dir, &cause);
	ck_assert_msg(s != NULL, "%s", cause);
	ck_assert_msg(store_load(s, space, dump_one, f, &cause) == 0, "%s", cause);
	fclose(f);
	store_close(s);
	return text;
}
