/*
 * SPDX-License-Identifier: Apache-2.0
 * Replacing a clp.conf so that at any moment there is a whole one; see clpcfdel.h.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/clpcfdel.h"

/* A path as a directory that is held open, and a name in it. */
struct place {
	int dir;
	char *name;
};

char *
clpcfdel_dirname(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

void
clpcfdel_stamp(char *text, size_t size)
{
	time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL ||
	    strftime(text, size, "%Y%m%d-%H%M%S", &tm) == 0)
		snprintf(text, size, "%lld", (long long)now);
}

static int
place_open(struct place *p, const char *path, char **cause)
{
	const char *slash = strrchr(path, '/');
	char *dir = clpcfdel_dirname(path);

	p->name = xstrdup(slash == NULL ? path : slash + 1);
	p->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->dir < 0)
		cause_set(
		    cause, "directory %s cannot be opened: %s", dir, strerror(errno));
	free(dir);
	return p->dir < 0 ? -1 : 0;
}

static void
place_close(struct place *p)
{
	if (p->dir >= 0)
		close(p->dir);
	free(p->name);
}

static int
write_all(int fd, const char *bytes, size_t len)
{
	ssize_t done;

	while (len > 0) {
		done = write(fd, bytes, len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		bytes += done;
		len -= (size_t)done;
	}
	return 0;
}

/* A new file of that content, owner and mode, durable. *name is what it is called: it
 * begins with `stem`. */
static int
write_beside(struct place *p, const char *stem, const struct stat *like,
    const char *bytes, size_t len, char **name, const char **step)
{
	int fd = -1, i, saved;

	*step = "be created";
	for (i = 0; fd < 0 && i < 100; i++) {
		free(*name);
		*name = i == 0 ? xstrdup(stem) : xasprintf("%s.%d", stem, i);
		fd = openat(p->dir, *name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	if (fd < 0) {
		xfree_clear(name);
		return -1;
	}
	*step = "be written";
	if (write_all(fd, bytes, len) != 0)
		goto fail;
	*step = "be given its owner";
	if ((like->st_uid != geteuid() || like->st_gid != getegid()) &&
	    fchown(fd, like->st_uid, like->st_gid) != 0)
		goto fail;
	*step = "be given its mode";
	if (fchmod(fd, like->st_mode & 07777) != 0)
		goto fail;
	*step = "be made durable";
	if (fsync(fd) != 0)
		goto fail;
	if (close(fd) == 0)
		return 0;
	fd = -1;
fail:
	saved = errno;
	if (fd >= 0)
		close(fd);
	unlinkat(p->dir, *name, 0);
	xfree_clear(name);
	errno = saved;
	return -1;
}

/* The old file under a second name, or, where the file system or its guards do not want
 * that, a copy. */
static int
make_backup(struct place *p, const struct stat *st, const char *old, size_t old_len,
    char **name, const char **step)
{
	char stamp[32], *stem;
	int ret;

	clpcfdel_stamp(stamp, sizeof(stamp));
	stem = xasprintf("%s.%s.bak", p->name, stamp);
	*name = xstrdup(stem);
	ret = linkat(p->dir, p->name, p->dir, *name, 0);
	if (ret != 0)
		ret = write_beside(p, stem, st, old, old_len, name, step);
	free(stem);
	return ret;
}

/* Is the file what was read, and still the same one? */
static bool
is_still(struct place *p, const struct stat *st, const char *old, size_t old_len)
{
	char *now = xmalloc(old_len + 1);
	struct stat is;
	size_t len = 0;
	ssize_t got = -1;
	int fd =
	    openat(p->dir, p->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	bool same = fd >= 0 && fstat(fd, &is) == 0 && is.st_dev == st->st_dev &&
	    is.st_ino == st->st_ino;

	while (same && len <= old_len &&
	    (got = read(fd, now + len, old_len + 1 - len)) > 0)
		len += (size_t)got;
	same = same && got == 0 && len == old_len && memcmp(now, old, len) == 0;
	if (fd >= 0)
		close(fd);
	free(now);
	return same;
}

int
clpcfdel_replaceable(const char *path, char **cause)
{
	struct stat st;
	char target[1024];
	ssize_t n;

	if (lstat(path, &st) != 0 || !S_ISLNK(st.st_mode))
		return 0; /* reading it says what else is wrong */
	n = readlink(path, target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = '\0';
	return cause_set(cause,
	    "%s is a symbolic link to %s: name the file itself with -f, so that it is "
	    "clear what is replaced; nothing was changed",
	    path, target);
}

static const int held[] = { SIGINT, SIGTERM, SIGHUP };

void
clpcfdel_hold_signals(bool hold)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(held) / sizeof(held[0]); i++)
		sigaddset(&set, held[i]);
	sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

bool
clpcfdel_is_called_off(void)
{
	sigset_t set;
	size_t i;

	if (sigpending(&set) != 0)
		return false;
	for (i = 0; i < sizeof(held) / sizeof(held[0]); i++)
		if (sigismember(&set, held[i]) == 1)
			return true;
	return false;
}

int
clpcfdel_replace(const char *path, const char *old, size_t old_len, const char *bytes,
    size_t len, char **backup, char **note, bool *refused, char **cause)
{
	struct place p = { -1, NULL };
	char *stem = NULL, *new = NULL, *saved = NULL;
	const char *step = "be read";
	struct stat st;
	int ret = -1;

	*refused = false;
	if (place_open(&p, path, cause) != 0)
		goto out;
	/* a second clpcfdel waits here, and then finds the file changed */
	(void)flock(p.dir, LOCK_EX);
	clpcfdel_hold_signals(true);
	if (fstatat(p.dir, p.name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		goto failed;
	if (!S_ISREG(st.st_mode) || !is_still(&p, &st, old, old_len))
		goto changed;
	stem = xasprintf(".%s.clpcfdel-%ld", p.name, (long)getpid());
	if (write_beside(&p, stem, &st, bytes, len, &new, &step) != 0)
		goto failed;
	step = "be kept as a backup";
	if (make_backup(&p, &st, old, old_len, &saved, &step) != 0)
		goto failed;
	if (!is_still(&p, &st, old, old_len))
		goto changed;
	step = "take the place of the old one";
	if (renameat(p.dir, new, p.dir, p.name) != 0)
		goto failed;
	xfree_clear(&new);
	if (fsync(p.dir) != 0)
		*note =
		    xasprintf("the directory of %s could not be made durable (%s): run "
		              "sync before the machine is switched off",
		        path, strerror(errno));
	else if (st.st_nlink > 1)
		*note =
		    xasprintf("%s had %lu other names (hard links), which keep the old "
		              "content",
		        path, (unsigned long)st.st_nlink - 1);
	*backup = saved[0] == '/' || strchr(path, '/') == NULL
	    ? xstrdup(saved)
	    : xasprintf("%.*s%s", (int)(strrchr(path, '/') - path) + 1, path, saved);
	ret = 0;
	goto out;
changed:
	*refused = true;
	cause_set(cause,
	    "%s was changed by somebody else in the meantime: nothing was "
	    "changed, run clpcfdel again",
	    path);
	goto cleanup;
failed:
	cause_set(cause, "%s: the new file cannot %s: %s; nothing was changed", path,
	    step, strerror(errno));
cleanup:
	if (new != NULL)
		unlinkat(p.dir, new, 0);
	if (saved != NULL)
		unlinkat(p.dir, saved, 0);
out:
	if (ret != 0)
		clpcfdel_hold_signals(false);
	place_close(&p);
	free(stem);
	free(new);
	free(saved);
	return ret;
}

/* Its final name, unless something has that: not every file system can do the first,
 * not every one the second. */
static int
name_it(const struct place *p, const char *temporary)
{
	if (renameat2(p->dir, temporary, p->dir, p->name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	return linkat(p->dir, temporary, p->dir, p->name, 0);
}

int
clpcfdel_create(
    const char *path, const char *like, const char *bytes, size_t len, char **cause)
{
	struct place p = { -1, NULL };
	char *stem = NULL, *new = NULL;
	const char *step = "be read";
	struct stat st;
	int ret = -1;

	if (place_open(&p, path, cause) != 0)
		goto out;
	step = "be created";
	errno = EEXIST;
	if (fstatat(p.dir, p.name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		goto failed;
	step = "be given the mode of the old one";
	if (stat(like, &st) != 0)
		goto failed;
	st.st_uid = geteuid();
	st.st_gid = getegid();
	stem = xasprintf(".%s.clpcfdel-%ld", p.name, (long)getpid());
	if (write_beside(&p, stem, &st, bytes, len, &new, &step) != 0)
		goto failed;
	step = "be given its name";
	if (name_it(&p, new) != 0)
		goto failed;
	step = "be made durable";
	if (fsync(p.dir) != 0)
		goto failed;
	ret = 0;
	goto out;
failed:
	if (errno == EEXIST)
		cause_set(cause,
		    "%s exists already and is not overwritten: name a new file with "
		    "--output, or remove that one; nothing was changed",
		    path);
	else
		cause_set(cause, "%s: cannot %s: %s", path, step, strerror(errno));
out:
	if (new != NULL)
		unlinkat(p.dir, new, 0);
	place_close(&p);
	free(stem);
	free(new);
	return ret;
}
