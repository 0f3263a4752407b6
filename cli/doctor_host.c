/*
 * SPDX-License-Identifier: Apache-2.0
 * This host: the AgentX socket, the state directory, systemd's unit. Looks at modes,
 * owners and free space, and opens nothing but the unit's file. See doctor_judge.h.
 */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/doctor_judge.h"

enum { FREE_MIN = 64 << 20, INODES_MIN = 100, LINE_MAX_BYTES = 4096 };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define UNIT     "clustersetd.service"

/* --- gathering ------------------------------------------------------------- */

static void
look(struct doctor_node *n, char *path)
{
	struct stat st;

	n->path = path;
	if (stat(path, &st) != 0) {
		n->error = errno;
		return;
	}
	n->mode = st.st_mode;
	n->uid = st.st_uid;
	n->gid = st.st_gid;
}

static void
add_group(struct doctor_host *h, gid_t gid)
{
	h->groups = xreallocarray(h->groups, h->ngroups + 1, sizeof(*h->groups));
	h->groups[h->ngroups++] = gid;
}

static void
take_user(struct doctor_host *h, const struct passwd *pw)
{
	gid_t list[256];
	int i, n = COUNT(list);

	h->user_known = true;
	h->uid = pw->pw_uid;
	free(h->user);
	h->user = xstrdup(pw->pw_name);
	if (getgrouplist(pw->pw_name, pw->pw_gid, list, &n) < 0)
		n = 0;
	h->ngroups = 0;
	for (i = 0; i < n; i++)
		add_group(h, list[i]);
}

/* User= and SupplementaryGroups= of the unit. */
static void
take_unit_line(struct doctor_host *h, char *line)
{
	const struct passwd *pw;
	const struct group *gr;
	char *word, *rest;

	line[strcspn(line, "\n")] = '\0';
	if (strncmp(line, "User=", 5) == 0) {
		pw = getpwnam(line + 5);
		if (pw != NULL)
			take_user(h, pw);
	} else if (strncmp(line, "SupplementaryGroups=", 20) == 0) {
		rest = line + 20;
		while ((word = strsep(&rest, " ")) != NULL) {
			gr = *word == '\0' ? NULL : getgrnam(word);
			if (gr != NULL)
				add_group(h, gr->gr_gid);
		}
	}
}

static bool
read_unit(struct doctor_host *h)
{
	static const char *const dirs[] = { "/etc/systemd/system",
		"/lib/systemd/system", "/usr/lib/systemd/system",
		"/usr/local/lib/systemd/system" };
	char *path, line[LINE_MAX_BYTES];
	FILE *f;
	size_t i;

	for (i = 0; i < COUNT(dirs); i++) {
		path = xasprintf("%s/%s", dirs[i], UNIT);
		f = fopen(path, "re");
		free(path);
		if (f == NULL)
			continue;
		while (fgets(line, sizeof(line), f) != NULL)
			take_unit_line(h, line);
		fclose(f);
		return true;
	}
	return false;
}

static bool
exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void
look_at_unit(struct doctor_host *h)
{
	static const char slice[] = "/sys/fs/cgroup/system.slice";

	if (!read_unit(h) || !exists("/run/systemd/system"))
		return;
	h->enabled = exists("/etc/systemd/system/multi-user.target.wants/" UNIT)
	    ? UNIT_YES
	    : UNIT_NO;
	if (exists(slice))
		h->active =
		    exists("/sys/fs/cgroup/system.slice/" UNIT) ? UNIT_YES : UNIT_NO;
}

void
doctor_host_gather(const struct settings *s, struct doctor_host *h)
{
	const char *socket = s->agentx.socket;
	const struct passwd *pw;
	const struct group *gr;
	struct statvfs vfs;
	char *slash;

	memset(h, 0, sizeof(*h));
	h->free_bytes = h->free_inodes = UINT64_MAX;
	if (strncmp(socket, "unix:", 5) == 0)
		socket += 5;
	h->socket_is_path = socket[0] == '/';
	look(&h->socket, xstrdup(socket));
	slash = xstrdup(socket);
	if (strrchr(slash, '/') != NULL && strrchr(slash, '/') != slash)
		*strrchr(slash, '/') = '\0';
	look(&h->socket_dir, slash);
	look(&h->state, xstrdup(s->state_dir));
	look(&h->state_file, xasprintf("%s/%s", s->state_dir, STATE_FILE_NAME));
	if (h->socket.error == 0 && (gr = getgrgid(h->socket.gid)) != NULL)
		h->socket_group = xstrdup(gr->gr_name);
	if (statvfs(s->state_dir, &vfs) == 0) {
		h->free_bytes = (uint64_t)vfs.f_bavail * vfs.f_frsize;
		if (vfs.f_files > 0) /* some file systems have no number of them */
			h->free_inodes = vfs.f_favail;
	}
	/* who the daemon is: the owner of its state, unless the unit says better */
	pw = h->state.error == 0 ? getpwuid(h->state.uid) : getpwnam("clusterset");
	if (pw != NULL)
		take_user(h, pw);
	look_at_unit(h);
}

static void
node_clear(struct doctor_node *n)
{
	free((char *)(uintptr_t)n->path);
}

void
doctor_host_clear(struct doctor_host *h)
{
	node_clear(&h->socket);
	node_clear(&h->socket_dir);
	node_clear(&h->state);
	node_clear(&h->state_file);
	free(h->user);
	free(h->groups);
	free(h->socket_group);
	memset(h, 0, sizeof(*h));
}

/* --- judging --------------------------------------------------------------- */

/* Has the daemon's user these bits (r 4, w 2, x 1) on it? */
static bool
may(const struct doctor_host *h, const struct doctor_node *n, unsigned bits)
{
	size_t i;

	if (!h->user_known || h->uid == 0)
		return true;
	if (n->uid == h->uid)
		return (n->mode >> 6 & bits) == bits;
	for (i = 0; i < h->ngroups; i++)
		if (h->groups[i] == n->gid)
			return (n->mode >> 3 & bits) == bits;
	return (n->mode & bits) == bits;
}

static void
judge_socket(struct doctor_report *r, const struct doctor_host *h)
{
	const struct doctor_node *s = &h->socket, *d = &h->socket_dir;
	const char *group = h->socket_group == NULL ? "?" : h->socket_group;
	const char *user = h->user == NULL ? "?" : h->user;
	size_t before = r->n;

	if (d->error == 0 && !h->joined && !may(h, d, 1)) {
		doctor_find(r, DOC_SOCKET_CLOSED, "AgentX socket",
		    "%s (mode %04o) is closed to user %s", d->path, d->mode & 07777u,
		    user);
		doctor_remedy(r,
		    "chmod 0755 %s, and `agentXPerms 0660 0755 root GROUP` "
		    "in snmpd.conf",
		    d->path);
		return;
	}
	if (s->error == EACCES)
		return; /* closed to us, which says nothing of the daemon */
	if (s->error != 0) {
		doctor_find(r, DOC_SOCKET_MISSING, "AgentX socket", "%s: %s", s->path,
		    strerror(s->error));
		return;
	}
	if (!h->joined && !may(h, s, 2))
		doctor_find(r, DOC_SOCKET_CLOSED, "AgentX socket",
		    "%s (mode %04o, group %s) is closed to user %s", s->path,
		    s->mode & 07777u, group, user);
	if ((s->mode & S_IWOTH) != 0 && (d->mode & S_IXOTH) != 0)
		doctor_find(r, DOC_SOCKET_OPEN, "AgentX socket", "%s has mode %04o",
		    s->path, s->mode & 07777u);
	if (r->n == before)
		doctor_pass(r, "AgentX socket", "%s (mode %04o, group %s) is there",
		    s->path, s->mode & 07777u, group);
}

static void
judge_state(struct doctor_report *r, const struct doctor_host *h)
{
	const struct doctor_node *s = &h->state;
	const char *user = h->user == NULL ? "clusterset" : h->user;
	size_t before = r->n;

	if (s->error != 0 || !S_ISDIR(s->mode)) {
		doctor_find(r, DOC_STATE_MISSING, "state", "%s: %s", s->path,
		    s->error != 0 ? strerror(s->error) : "not a directory");
		doctor_remedy(r, "install -d -m 0700 -o %s %s", user, s->path);
		return;
	}
	if ((s->mode & 077) != 0) {
		doctor_find(r, DOC_STATE_OPEN, "state", "%s has mode %04o", s->path,
		    s->mode & 07777u);
		doctor_remedy(r, "chmod 0700 %s", s->path);
	}
	if ((h->state_file.error == 0 && h->state_file.uid != s->uid) ||
	    !may(h, s, 7)) {
		doctor_find(r, DOC_STATE_OWNER, "state",
		    "%s belongs to uid %lu%s, clustersetd's user is %s", s->path,
		    (unsigned long)s->uid,
		    h->state_file.error == 0 && h->state_file.uid != s->uid
		        ? ", " STATE_FILE_NAME " to another one"
		        : "",
		    user);
		doctor_remedy(r, "chown -R %s: %s", user, s->path);
	}
	if (h->free_bytes < FREE_MIN || h->free_inodes < INODES_MIN)
		doctor_find(r, DOC_STATE_FULL, "state",
		    "%s: %llu MiB and %llu inodes free", s->path,
		    (unsigned long long)h->free_bytes >> 20,
		    (unsigned long long)h->free_inodes);
	if (r->n == before)
		doctor_pass(r, "state", "%s is user %s's alone, %llu MiB free", s->path,
		    user, (unsigned long long)h->free_bytes >> 20);
}

void
doctor_judge_host(struct doctor_report *r, const struct doctor_host *h)
{
	if (h->socket_is_path)
		judge_socket(r, h);
	judge_state(r, h);
	if (h->active == UNIT_NO)
		doctor_find(r, DOC_UNIT_INACTIVE, UNIT, "systemd has no process of it");
	else if (h->active == UNIT_YES)
		doctor_pass(r, UNIT, "active");
	if (h->enabled == UNIT_NO)
		doctor_find(r, DOC_UNIT_DISABLED, UNIT,
		    "not in /etc/systemd/system/multi-user.target.wants");
	else if (h->enabled == UNIT_YES)
		doctor_pass(r, UNIT, "enabled");
}
