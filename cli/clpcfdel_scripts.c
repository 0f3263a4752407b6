/*
 * SPDX-License-Identifier: Apache-2.0
 * Scripts of what was deleted, moved aside and never erased (contract 4.3 k); see
 * clpcfdel.h. Names come out of a file: only single components are followed, and no
 * symbolic link.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/clpcfdel.h"

struct mover {
	char *dir, *aside;
	int from, to; /* `to` is -1 until something is moved */
	bool only_say;
	FILE *out;
	char **cause;
};

static bool
is_component(const char *name)
{
	return *name != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
	    strcmp(name, "..") != 0;
}

static int
failed(struct mover *m, const char *folder, const char *name, const char *why)
{
	return cause_set(m->cause,
	    "the scripts %s/%s%s%s could not be moved to %s: %s; the file is done, "
	    "move "
	    "them yourself",
	    m->dir, folder, *folder == '\0' ? "" : "/", name, m->aside, why);
}

/* The directory FOLDER in `at`, made where `make` is set; -1. */
static int
open_folder(int at, const char *folder, bool make)
{
	if (*folder == '\0')
		return dup(at);
	if (make && mkdirat(at, folder, 0755) != 0 && errno != EEXIST)
		return -1;
	return openat(at, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* A directory of our own: what an earlier call of the same second put aside stays as it
 * is. */
static int
open_aside(struct mover *m)
{
	char *stem;
	int i, made;

	if (m->to >= 0)
		return 0;
	stem = xstrdup(m->aside);
	for (i = 1; (made = mkdir(m->aside, 0755)) != 0 && errno == EEXIST && i < 100;
	     i++) {
		free(m->aside);
		m->aside = xasprintf("%s.%d", stem, i);
	}
	free(stem);
	if (made != 0)
		return -1;
	m->to = open(m->aside, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return m->to < 0 ? -1 : 0;
}

static int
move_one(struct mover *m, const char *folder, const char *name)
{
	int from = -1, to = -1, ret = 0;
	char *shown, *text;
	struct stat st;

	text = xasprintf("%s%s%s", folder, *folder == '\0' ? "" : "/", name);
	shown = text_vis(text, 500);
	if (!is_component(name) || (*folder != '\0' && !is_component(folder))) {
		fprintf(m->out,
		    "%-8s scripts of %s are not looked for: no name of a "
		    "directory\n",
		    "WARNING", shown);
		goto out;
	}
	from = open_folder(m->from, folder, false);
	if (from < 0 || fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno != ENOENT)
			ret = failed(m, folder, name, strerror(errno));
		goto out;
	}
	if (m->only_say) {
		fprintf(m->out, "%-8s scripts %s/%s to %s/%s\n", "aside", m->dir, shown,
		    m->aside, shown);
		goto out;
	}
	if (open_aside(m) != 0 || (to = open_folder(m->to, folder, true)) < 0 ||
	    renameat(from, name, to, name) != 0) {
		ret = failed(m, folder, name, strerror(errno));
		goto out;
	}
	fprintf(m->out, "%-8s scripts %s/%s are now %s/%s\n", "aside", m->dir, shown,
	    m->aside, shown);
out:
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	free(shown);
	free(text);
	return ret;
}

int
clpcfdel_move_scripts(const struct clpcfdel *p, const struct clpconf_plan *plan,
    bool only_say, FILE *out, char **cause)
{
	struct mover m = { .from = -1, .to = -1, .only_say = only_say, .out = out };
	char stamp[32], *beside = clpcfdel_dirname(p->file);
	size_t i, n;
	int ret = 0;

	m.cause = cause;
	clpcfdel_stamp(stamp, sizeof(stamp));
	m.dir =
	    p->scripts != NULL ? xstrdup(p->scripts) : xasprintf("%s/scripts", beside);
	for (n = strlen(m.dir); n > 1 && m.dir[n - 1] == '/'; n--)
		m.dir[n - 1] = '\0';
	m.aside = xasprintf("%s.removed-%s", m.dir, stamp);
	m.from = open(m.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m.from < 0 && errno == ENOENT && p->scripts == NULL)
		fprintf(out,
		    "%-8s no scripts: there is no directory %s (on a server of the "
		    "cluster "
		    "they are in the scripts directory of the installation: "
		    "--scripts)\n",
		    "aside", m.dir);
	else if (m.from < 0)
		ret = cause_set(cause, "scripts directory %s cannot be opened: %s%s",
		    m.dir, strerror(errno),
		    only_say ? "" : "; the file is done, move them yourself");
	for (i = 0; m.from >= 0 && ret == 0 && i < plan->nscripts; i++)
		ret = move_one(&m, plan->scripts[i].folder, plan->scripts[i].name);
	if (m.from >= 0)
		close(m.from);
	if (m.to >= 0)
		close(m.to);
	free(m.dir);
	free(m.aside);
	free(beside);
	return ret;
}
