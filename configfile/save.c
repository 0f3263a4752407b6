/*
 * SPDX-License-Identifier: Apache-2.0
 * Locking, checking, replacing, putting back. See save.h.
 */
#include "configfile/save.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "configfile/conf.h"
#include "configfile/configfile.h"

#define LOCK_PATIENCE 5000 /* ms */
#define LOCK_PAUSE    50
#define TEXT_MAX      (64u << 20)
#define SAVED         ".saved-"

struct saved {
	char *real, *backup, *text; /* text: what was put in place, NULL: nothing */
};

struct save {
	char *path;
	int dir; /* holds the lock */
	struct saved *files;
	size_t n;
};

/* --- the lock -------------------------------------------------------------- */

static char *
dir_of(const char *path)
{
	char *copy = xstrdup(path), *dir = xstrdup(dirname(copy));

	free(copy);
	return dir;
}

static int
lock(int fd)
{
	const struct timespec pause = { 0, LOCK_PAUSE * 1000000 };
	int waited;

	for (waited = 0; waited < LOCK_PATIENCE; waited += LOCK_PAUSE) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		nanosleep(&pause, NULL);
	}
	return -1;
}

struct save *
save_begin(const char *path, char **cause)
{
	struct save *s = xcalloc(1, sizeof(*s));
	char *real = realpath(path, NULL), *dir = NULL;

	s->path = xstrdup(path);
	s->dir = -1;
	if (real == NULL) {
		cause_set(cause, "%s: %s", path, strerror(errno));
		goto fail;
	}
	dir = dir_of(real);
	s->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0 || lock(s->dir) != 0) {
		if (s->dir >= 0 && errno == EWOULDBLOCK)
			cause_set(cause,
			    "%s: another clusterset edits in %s right now; try again",
			    path, dir);
		else
			cause_set(cause, "%s: %s", dir, strerror(errno));
		goto fail;
	}
	free(real);
	free(dir);
	return s;
fail:
	free(real);
	free(dir);
	save_end(s);
	return NULL;
}

void
save_end(struct save *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++) {
		free(s->files[i].real);
		free(s->files[i].backup);
		free(s->files[i].text);
	}
	free(s->files);
	if (s->dir >= 0)
		close(s->dir);
	free(s->path);
	free(s);
}

size_t
save_nbackups(const struct save *s)
{
	return s->n;
}

const char *
save_backup(const struct save *s, size_t i)
{
	return s->files[i].backup;
}

/* --- files ----------------------------------------------------------------- */

static int
write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, text, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		len -= (size_t)n;
	}
	return fsync(fd);
}

static void
sync_dir(const char *path)
{
	char *dir = dir_of(path);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(dir);
}

/* A file beside `path`; its name, or NULL and *cause. */
static char *
write_beside(const char *path, const char *text, const struct stat *like, char **cause)
{
	char *dir = dir_of(path), *name = xasprintf("%s/.clusterset-XXXXXX", dir);
	int fd = mkstemp(name);

	if (fd < 0) {
		cause_set(cause, "%s: %s", dir, strerror(errno));
		goto fail;
	}
	if (like != NULL &&
	    (fchown(fd, like->st_uid, like->st_gid) != 0 ||
	        fchmod(fd, like->st_mode & 07777) != 0)) {
		cause_set(cause,
		    "%s belongs to uid %ld and gid %ld, and that cannot be kept: %s; "
		    "do it as root",
		    path, (long)like->st_uid, (long)like->st_gid, strerror(errno));
		goto fail;
	}
	if (write_all(fd, text, strlen(text)) != 0) {
		cause_set(cause, "%s: %s", name, strerror(errno));
		goto fail;
	}
	close(fd);
	free(dir);
	return name;
fail:
	if (fd >= 0) {
		unlink(name);
		close(fd);
	}
	free(dir);
	free(name);
	return NULL;
}

int
save_create(const char *path, const char *text, mode_t mode, char **cause)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode), error = 0;

	if (fd < 0)
		return cause_set(cause, "%s: %s", path, strerror(errno));
	if (fchmod(fd, mode) != 0 || write_all(fd, text, strlen(text)) != 0)
		error = errno;
	if (close(fd) != 0 && error == 0)
		error = errno;
	if (error != 0) {
		unlink(path);
		return cause_set(cause, "%s: %s", path, strerror(error));
	}
	sync_dir(path);
	return 0;
}

/* --- checking -------------------------------------------------------------- */

/* Every `from` becomes `to`. */
static void
replace(char **text, const char *from, const char *to)
{
	char *p, *changed;

	while (*text != NULL && (p = strstr(*text, from)) != NULL) {
		changed = xasprintf(
		    "%.*s%s%s", (int)(p - *text), *text, to, p + strlen(from));
		free(*text);
		*text = changed;
	}
}

/* Must another file stand in for this include while it is checked? */
static bool
stands_in(const struct edit *e, size_t file, const char *const *names)
{
	char *now = edit_new_including(e, file, names);
	bool yes = strcmp(now, edit_old(e, file)) != 0;

	free(now);
	return yes;
}

/*
 * Of the errors of the new text those about credentials files that the file in use has
 * as well: systemd may hand these files to the daemon elsewhere (LoadCredential=), or
 * not everybody may read them. True when no other error is left in *cause.
 */
static bool
forgive(const struct edit *e, char **cause)
{
	static const char about[] = ": credentials file ";
	struct settings *s;
	char *old = NULL, *rest = NULL, *line, *at, *p;
	size_t len;
	FILE *f;

	if (cause == NULL || *cause == NULL || strstr(*cause, about) == NULL)
		return false;
	s = configfile_load(edit_path(e, 0), &old, NULL);
	settings_free(s);
	f = open_memstream(&rest, &len);
	for (p = *cause; (line = strsep(&p, "\n")) != NULL;) {
		at = strstr(line, about);
		if (at == NULL || old == NULL || strstr(old, at) == NULL)
			fprintf(f, "%s%s", ftell(f) > 0 ? "\n" : "", line);
	}
	fclose(f);
	free(old);
	free(*cause);
	*cause = rest;
	if (*rest != '\0')
		return false;
	xfree_clear(cause);
	return true;
}

int
save_check(const struct edit *e, char **cause, char **warnings)
{
	const size_t n = edit_nfiles(e);
	const char **names = xcalloc(n, sizeof(*names));
	char **paths = xcalloc(n, sizeof(*paths)), *text = NULL, *slash;
	struct settings *s = NULL;
	int result = -1;
	size_t i;

	/* what is included stands behind what includes it */
	for (i = n; i-- > 1;) {
		if (!stands_in(e, i, names))
			continue;
		text = edit_new_including(e, i, names);
		paths[i] = write_beside(edit_path(e, 0), text, NULL, cause);
		xfree_clear(&text);
		if (paths[i] == NULL)
			goto out;
		slash = strrchr(paths[i], '/');
		names[i] = slash + 1;
	}
	text = edit_new_including(e, 0, names);
	s = configfile_check(text, edit_path(e, 0), cause, warnings);
	result = s != NULL || forgive(e, cause) ? 0 : -1;
out:
	for (i = 1; i < n; i++) {
		if (paths[i] == NULL)
			continue;
		unlink(paths[i]);
		/* libconfig names it as it stands behind @include */
		if (cause != NULL) {
			replace(cause, paths[i], edit_path(e, i));
			replace(cause, names[i], edit_path(e, i));
		}
		if (warnings != NULL) {
			replace(warnings, paths[i], edit_path(e, i));
			replace(warnings, names[i], edit_path(e, i));
		}
		free(paths[i]);
	}
	settings_free(s);
	free(text);
	free(paths);
	free(names);
	return result;
}

int
save_check_file(const char *path, struct save_counts *n, char **cause, char **warnings)
{
	struct settings *s = configfile_load(path, cause, warnings);

	if (s == NULL)
		return -1;
	*n = (struct save_counts) { s->nclusters, s->nvms, s->npatterns };
	settings_free(s);
	return 0;
}

/* --- backups --------------------------------------------------------------- */

/* N of "BASE.saved-N", 0: it is none. */
static unsigned long
backup_number(const char *name, const char *base)
{
	size_t len = strlen(base);
	unsigned long n;
	char *end;

	if (strncmp(name, base, len) != 0)
		return 0;
	name += len;
	len = sizeof(SAVED) - 1;
	if (strncmp(name, SAVED, len) != 0 || name[len] < '1' || name[len] > '9')
		return 0;
	n = strtoul(name + len, &end, 10);
	return *end == '\0' && n < ULONG_MAX ? n : 0;
}

/* The highest number there is; those that are at most `old` go. */
static unsigned long
backups(const char *path, unsigned long old)
{
	char *dir = dir_of(path);
	const char *base = strrchr(path, '/') + 1;
	unsigned long n, most = 0;
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d != NULL && (entry = readdir(d)) != NULL) {
		n = backup_number(entry->d_name, base);
		if (n > most)
			most = n;
		if (n > 0 && n <= old)
			unlinkat(dirfd(d), entry->d_name, 0);
	}
	if (d != NULL)
		closedir(d);
	free(dir);
	return most;
}

/* The file under a second name; where the file system has no links, a copy. */
static int
backup(struct saved *f, const char *text, const struct stat *st, char **cause)
{
	unsigned long number = backups(f->real, 0) + 1;
	char *copy;

	f->backup = xasprintf("%s" SAVED "%lu", f->real, number);
	if (link(f->real, f->backup) != 0) {
		copy = write_beside(f->real, text, st, cause);
		if (copy == NULL || rename(copy, f->backup) != 0) {
			if (copy != NULL)
				cause_set(cause, "%s: %s", f->backup, strerror(errno));
			free(copy);
			xfree_clear(&f->backup);
			return -1;
		}
		free(copy);
	}
	if (number > SAVE_BACKUPS)
		backups(f->real, number - SAVE_BACKUPS);
	return 0;
}

/* --- replacing ------------------------------------------------------------- */

static int
replace_file(struct save *s, const struct edit *e, size_t file, char **cause)
{
	struct saved *f;
	struct stat st;
	char *new;

	s->files = xreallocarray(s->files, s->n + 1, sizeof(*s->files));
	f = &s->files[s->n++];
	f->backup = f->text = NULL;
	f->real = realpath(edit_path(e, file), NULL);
	if (f->real == NULL || stat(f->real, &st) != 0)
		return cause_set(cause, "%s: %s", edit_path(e, file), strerror(errno));
	new = write_beside(f->real, edit_new(e, file), &st, cause);
	if (new == NULL)
		return -1;
	if (backup(f, edit_old(e, file), &st, cause) != 0 ||
	    rename(new, f->real) != 0) {
		if (f->backup != NULL) {
			cause_set(cause, "%s: %s", f->real, strerror(errno));
			unlink(f->backup);
			xfree_clear(&f->backup);
		}
		unlink(new);
		free(new);
		return -1;
	}
	free(new);
	f->text = xstrdup(edit_new(e, file));
	sync_dir(f->real);
	return 0;
}

static int
unchanged(const struct edit *e, char **cause)
{
	char *now, *why = NULL;
	int result = 0;
	size_t i;

	for (i = 0; i < edit_nfiles(e) && result == 0; i++) {
		now = conf_slurp(edit_path(e, i), TEXT_MAX, &why);
		if (now == NULL || strcmp(now, edit_old(e, i)) != 0)
			result = cause_set(cause,
			    "%s: %s; nothing was written, try again", edit_path(e, i),
			    now == NULL ? why
			                : "somebody else changed it in the meantime");
		free(now);
	}
	free(why);
	return result;
}

int
save_write(struct save *s, const struct edit *e, char **cause)
{
	size_t i;

	if (unchanged(e, cause) != 0)
		return -1;
	for (i = 0; i < edit_nfiles(e); i++)
		if (edit_changed(e, i) && replace_file(s, e, i, cause) != 0) {
			save_restore(s, NULL);
			return -1;
		}
	return 0;
}

static bool
stands(const struct saved *f)
{
	char *now = conf_slurp(f->real, TEXT_MAX, NULL);
	bool yes = now != NULL && f->text != NULL && strcmp(now, f->text) == 0;

	free(now);
	return yes;
}

bool
save_stands(const struct save *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (!stands(&s->files[i]))
			return false;
	return true;
}

int
save_restore(struct save *s, char **cause)
{
	int result = 0;
	size_t i;

	for (i = s->n; i-- > 0;) {
		if (s->files[i].backup == NULL)
			continue;
		if (!stands(&s->files[i])) {
			result = cause_set(cause,
			    "somebody else wrote %s in the meantime, and that stays; "
			    "what was there before is %s",
			    s->files[i].real, s->files[i].backup);
			continue;
		}
		if (rename(s->files[i].backup, s->files[i].real) != 0)
			result = cause_set(cause, "%s could not be put back: %s",
			    s->files[i].backup, strerror(errno));
		sync_dir(s->files[i].real);
	}
	return result;
}
