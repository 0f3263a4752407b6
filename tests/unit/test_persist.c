/*
 * SPDX-License-Identifier: Apache-2.0
 * The model's records through the store and back: nothing of them is lost on the way.
 */
#include <check.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "subagent/persist.h"
#include "tests/unit/test_store_util.h"

static char *told; /* a line for each record */

static void __attribute__((format(printf, 1, 2))) tell(const char *fmt, ...)
{
	char *line;
	va_list ap;

	va_start(ap, fmt);
	line = xvasprintf(fmt, ap);
	va_end(ap);
	cause_set(&told, "%s%s\n", told == NULL ? "" : told, line);
	free(line);
}

static const char *
or_none(const char *s)
{
	return s == NULL ? "-" : s;
}

static void
on_vm(void *arg, const char *vm, const struct vm_intent *i)
{
	(void)arg;
	tell("vm %s %d %d %s %d %d %u %s", vm, (int)i->admin, i->hold, or_none(i->home),
	    i->by_pattern, i->respected, i->foreign, or_none(i->stopped_in));
}

static void
on_disk(void *arg, const char *disk, const struct disk_owner *d)
{
	(void)arg;
	tell("disk %s %s %d %d %s %s", disk, d->cluster, (int)d->epoch, (int)d->since,
	    or_none(d->group), or_none(d->resource));
}

static void
on_site(void *arg, const struct site_record *s)
{
	(void)arg;
	tell("site %s %s %d %s %s %d", s->vm, s->cluster, s->held, s->resources,
	    or_none(s->group), s->foreign);
}

START_TEST(test_there_and_back)
{
	const struct model_sink sink = {
		.vm_intent = on_vm, .disk_owner = on_disk, .site = on_site
	};
	const struct moves_sink no_moves = { .arg = NULL };
	const struct engine_sink no_engine = { .arg = NULL };
	struct model_now now = { 1, 1 };
	struct store_batch *batch = store_batch_new();
	char *cause = NULL, *dir = util_dir();
	struct store *store;
	struct engine *engine;
	struct moves *moves;
	struct model *m;
	struct bench b;

	rig_open(&b, dir);
	persist_vm(batch, "a",
	    &(struct vm_intent) { VM_UP, true, "east", 7, true, true, 2, "west" });
	persist_vm(batch, "b",
	    &(struct vm_intent) {
	        VM_DOWN, false, NULL, ROW_NONE, false, false, 0, NULL });
	persist_disk(batch, "d", &(struct disk_owner) { "east", 3, 5, "g", "sd1" });
	persist_disk(batch, "e", &(struct disk_owner) { "", 4, 6, NULL, NULL });
	persist_site(
	    batch, &(struct site_record) { "a", "east", true, "x", "g", true });
	persist_site(
	    batch, &(struct site_record) { "b", "west", false, "y", NULL, false });
	rig_submit(&b, batch, 1);
	rig_wait(&b, 1);
	rig_close(&b);
	m = model_new(&sink, "test", &now);
	store = store_open(dir, &cause);
	ck_assert_msg(store != NULL, "%s", cause);
	moves = moves_new(m, &no_moves);
	engine = engine_new(m, moves, &no_engine);
	ck_assert_msg(persist_load(store, m, moves, engine, &cause) == 0, "%s", cause);
	model_tell_all(m);
	ck_assert_str_eq(told,
	    "vm a 1 1 east 1 1 2 west\n"
	    "vm b 2 0 - 0 0 0 -\n"
	    "disk d east 3 5 g sd1\n"
	    "disk e  4 6 - -\n"
	    "site a east 1 x g 1\n"
	    "site b west 0 y - 0\n");
	engine_free(engine);
	moves_free(moves);
	model_free(m);
	store_close(store);
	util_dir_remove(dir);
	free(told);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("persist");
	TCase *t = tcase_create("persist");
	SRunner *sr;
	int failed;

	tcase_add_test(t, test_there_and_back);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
