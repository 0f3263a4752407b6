/*
 * SPDX-License-Identifier: Apache-2.0
 * Edited configurations onto the disk: what is kept, what is refused, the way back.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "configfile/change.h"
#include "configfile/save.h"

static char *dir;

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void
setup(void)
{
	const char *tmp = getenv("TMPDIR");

	umask(022);
	dir = xasprintf("%s/cs-save-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
teardown(void)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(dir);
}

static char *
in_dir(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static void
put(const char *name, const char *text)
{
	char *path = in_dir(name);
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	free(path);
}

/* NULL: there is none. */
static char *
get(const char *name)
{
	char *path = in_dir(name), *text = NULL;
	FILE *f = fopen(path, "r");

	if (f != NULL) {
		text = xcalloc(1, 65536);
		ck_assert_uint_lt(fread(text, 1, 65535, f), 65535);
		fclose(f);
	}
	free(path);
	return text;
}

static void
reads(const char *name, const char *wanted)
{
	char *text = get(name);

	ck_assert_pstr_eq(text, wanted);
	free(text);
}

static void
alone(const char *const *names, size_t n)
{
	struct dirent *e;
	DIR *d = opendir(dir);
	size_t i, found = 0;

	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' && strspn(e->d_name, ".") == strlen(e->d_name))
			continue;
		for (i = 0; i < n && strcmp(names[i], e->d_name) != 0; i++)
			;
		ck_assert_msg(i < n, "%s is there", e->d_name);
		found++;
	}
	closedir(d);
	ck_assert_uint_eq(found, n);
}
#define ALONE(...)                                   \
	alone((const char *const[]) { __VA_ARGS__ }, \
	    sizeof((const char *const[]) { __VA_ARGS__ }) / sizeof(char *))

struct one {
	struct save *save;
	struct edit *edit;
	char *path, *cause;
};

static struct one
begin(const char *name, const char *option, const char *value)
{
	struct one o = { .path = in_dir(name) };

	o.save = save_begin(o.path, &o.cause);
	ck_assert_msg(o.save != NULL, "%s", o.cause);
	o.edit = edit_open(o.path, &o.cause);
	ck_assert_msg(o.edit != NULL, "%s", o.cause);
	ck_assert_int_eq(change_option(edit_tree(o.edit), option, value, &o.cause), 0);
	ck_assert_int_eq(edit_apply(o.edit, &o.cause), 0);
	return o;
}

static void
end(struct one *o)
{
	edit_free(o->edit);
	save_end(o->save);
	free(o->path);
	free(o->cause);
}

#define OLD "set = { name = \"a\"; };\n"
#define NEW "set = { name = \"b\"; };\n"

START_TEST(test_replaced)
{
	struct stat was, is, copy;
	struct one o;
	char *path = in_dir("conf"), *backup = in_dir("conf.saved-1");

	put("conf", OLD);
	chmod(path, 0640);
	if (geteuid() == 0)
		ck_assert_int_eq(chown(path, 12, 34), 0);
	stat(path, &was);
	o = begin("conf", "set.name", "b");
	ck_assert_int_eq(save_check(o.edit, &o.cause, NULL), 0);
	ck_assert_int_eq(save_write(o.save, o.edit, &o.cause), 0);
	ck_assert_uint_eq(save_nbackups(o.save), 1);
	ck_assert_str_eq(save_backup(o.save, 0), backup);
	reads("conf", NEW);
	reads("conf.saved-1", OLD);
	ALONE("conf", "conf.saved-1");
	stat(path, &is);
	stat(backup, &copy);
	ck_assert_uint_eq(is.st_mode & 07777, 0640);
	ck_assert_uint_eq(is.st_uid, was.st_uid);
	ck_assert_uint_eq(is.st_gid, was.st_gid);
	ck_assert_uint_eq(copy.st_ino, was.st_ino); /* the very file, not a copy */
	/* and back */
	ck_assert_int_eq(save_restore(o.save, &o.cause), 0);
	reads("conf", OLD);
	ALONE("conf");
	end(&o);
	free(path);
	free(backup);
}
END_TEST

START_TEST(test_changed_since)
{
	struct one o;

	put("conf", OLD);
	o = begin("conf", "set.name", "b");
	ck_assert_int_eq(save_write(o.save, o.edit, &o.cause), 0);
	ck_assert(save_stands(o.save));
	put("conf", OLD "# by hand\n");
	ck_assert(!save_stands(o.save));
	ck_assert_int_eq(save_restore(o.save, &o.cause), -1);
	ck_assert_ptr_nonnull(strstr(o.cause, "somebody else wrote"));
	reads("conf", OLD "# by hand\n");
	reads("conf.saved-1", OLD);
	end(&o);
}
END_TEST

START_TEST(test_changed_meanwhile)
{
	struct one o;

	put("conf", OLD);
	o = begin("conf", "set.name", "b");
	put("conf", OLD "# by hand\n");
	ck_assert_int_eq(save_write(o.save, o.edit, &o.cause), -1);
	ck_assert_ptr_nonnull(strstr(o.cause, "somebody else changed it"));
	reads("conf", OLD "# by hand\n");
	ALONE("conf");
	end(&o);
}
END_TEST

START_TEST(test_locked)
{
	struct one o;
	int fd;

	put("conf", OLD);
	o = begin("conf", "set.name", "b");
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ne(flock(fd, LOCK_EX | LOCK_NB), 0);
	end(&o);
	ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
	close(fd);
}
END_TEST

START_TEST(test_checked)
{
	struct one o;

	put("conf", OLD);
	o = begin("conf", "poll.interval", "4000");
	ck_assert_int_eq(save_check(o.edit, &o.cause, NULL), -1);
	ck_assert_ptr_nonnull(
	    strstr(o.cause, "/conf:4: poll.interval = 4000 is out of"));
	reads("conf", OLD);
	ALONE("conf");
	end(&o);
}
END_TEST

/* systemd may hand them to the daemon alone: what was so before is no error. */
START_TEST(test_credentials_elsewhere)
{
	static const char with[] =
	    "clusters = ( { name = \"a\"; credentials = \"mine\"; servers = ( { name = "
	    "\"s\"; url = \"https://h:1\"; } ); } );\n";
	struct one o;

	put("conf", with);
	o = begin("conf", "clusters.a.interval", "20");
	ck_assert_msg(save_check(o.edit, &o.cause, NULL) == 0, "%s", o.cause);
	ck_assert_ptr_null(o.cause);
	end(&o);
	o = begin("conf", "clusters.a.interval", "4000");
	ck_assert_int_eq(save_check(o.edit, &o.cause, NULL), -1);
	ck_assert_ptr_null(strstr(o.cause, "credentials file"));
	ck_assert_ptr_nonnull(strstr(o.cause, "out of range"));
	end(&o);
	o = begin("conf", "clusters.a.credentials", "other");
	ck_assert_int_eq(save_check(o.edit, &o.cause, NULL), -1);
	ck_assert_ptr_nonnull(strstr(o.cause, "/other: No such file"));
	end(&o);
}
END_TEST

/* Relative paths start where the link is, the file is replaced where it is. */
START_TEST(test_links_and_includes)
{
	char *sub = in_dir("real"), *link = in_dir("conf");
	struct one o;

	ck_assert_int_eq(mkdir(sub, 0755), 0);
	put("real/site", "@include \"more\"\n# end\n");
	put("more", OLD);
	ck_assert_int_eq(symlink("real/site", link), 0);
	o = begin("conf", "set.name", "b");
	ck_assert_int_eq(save_check(o.edit, &o.cause, NULL), 0);
	ck_assert_int_eq(save_write(o.save, o.edit, &o.cause), 0);
	reads("more", NEW);
	reads("more.saved-1", OLD);
	reads("real/site", "@include \"more\"\n# end\n");
	end(&o);
	o = begin("conf", "history.events", "500");
	ck_assert_int_eq(save_check(o.edit, &o.cause, NULL), 0);
	ck_assert_int_eq(save_write(o.save, o.edit, &o.cause), 0);
	ALONE("conf", "more", "more.saved-1", "real");
	ck_assert_int_eq(readlink(link, (char[8]) { 0 }, 8), 8);
	o.cause = NULL;
	end(&o);
	/* an error in an include is told by its own name */
	o = begin("conf", "set.name", "");
	ck_assert_int_eq(save_check(o.edit, &o.cause, NULL), -1);
	ck_assert_msg(
	    strstr(o.cause, "/more:1: set.name must be") != NULL, "%s", o.cause);
	ALONE("conf", "more", "more.saved-1", "real");
	end(&o);
	free(sub);
	free(link);
}
END_TEST

START_TEST(test_backups)
{
	struct one o;
	char name[32];
	int i;

	put("conf", OLD);
	put("conf.saved-x", "");
	put("conf.~1~", "of an editor");
	put("conf.saved-7.txt", "");
	put("conf.saved-7", "mine");
	put("conf.saved-07", "");
	for (i = 8; i < 40; i++) {
		o = begin("conf", "set.name", i % 2 ? "a" : "b");
		ck_assert_int_eq(save_write(o.save, o.edit, &o.cause), 0);
		snprintf(name, sizeof(name), "/conf.saved-%d", i);
		ck_assert_ptr_nonnull(strstr(save_backup(o.save, 0), name));
		end(&o);
	}
	reads("conf.saved-7", NULL);
	reads("conf.saved-19", NULL);
	reads("conf.saved-20", OLD);
	reads("conf.saved-39", NEW);
	reads("conf.saved-x", "");
	reads("conf.~1~", "of an editor");
	reads("conf.saved-7.txt", "");
	reads("conf.saved-07", "");
}
END_TEST

START_TEST(test_created)
{
	char *path = in_dir("secret"), *cause = NULL;
	struct stat st;

	ck_assert_int_eq(save_create(path, "x", 0600, &cause), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(save_create(path, "y", 0600, &cause), -1);
	ck_assert_ptr_nonnull(strstr(cause, "File exists"));
	reads("secret", "x");
	free(cause);
	free(path);
}
END_TEST

/* A directory that takes no more files leaves everything as it was. */
START_TEST(test_no_room)
{
	struct one o;

	if (geteuid() == 0)
		return; /* root is not stopped by a mode */
	put("conf", OLD);
	o = begin("conf", "set.name", "b");
	chmod(dir, 0500);
	ck_assert_int_eq(save_write(o.save, o.edit, &o.cause), -1);
	chmod(dir, 0700);
	reads("conf", OLD);
	ALONE("conf");
	end(&o);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("save");
	TCase *t = tcase_create("save");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_replaced);
	tcase_add_test(t, test_changed_since);
	tcase_add_test(t, test_changed_meanwhile);
	tcase_add_test(t, test_locked);
	tcase_add_test(t, test_checked);
	tcase_add_test(t, test_credentials_elsewhere);
	tcase_add_test(t, test_links_and_includes);
	tcase_add_test(t, test_backups);
	tcase_add_test(t, test_created);
	tcase_add_test(t, test_no_room);
	tcase_set_timeout(t, 30);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
