/*
 * SPDX-License-Identifier: Apache-2.0
 * The files that the configuration names: credentials, certificates, includes.
 *
 * Read once, while the configuration is. Contents never reach a message; buffers that
 * held a password are wiped.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "configfile/conf.h"

#define CREDENTIALS_MAX 4096
#define CA_FILE_MAX     (8u << 20)
#define INCLUDE_MAX     (64u << 20)
#define CREDENTIALS_DIR "CREDENTIALS_DIRECTORY"
#define INCLUDE_DEPTH   10 /* libconfig's own */

char *
conf_slurp(const char *path, size_t max, char **cause)
{
	char *text = NULL;
	struct stat st;
	size_t n = 0;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &st) < 0) {
		cause_set(cause, "%s", strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		cause_set(cause, "not a regular file");
		goto out;
	}
	if ((uintmax_t)st.st_size > max) {
		cause_set(cause, "larger than %zu bytes", max);
		goto out;
	}
	/* one more than it has: a file that grows meanwhile is noticed */
	text = xmalloc((size_t)st.st_size + 2);
	while ((got = read(fd, text + n, (size_t)st.st_size + 1 - n)) > 0)
		n += (size_t)got;
	if (got < 0 || n > (size_t)st.st_size) {
		cause_set(cause, "%s",
		    got < 0 ? strerror(errno) : "it changed while it was read");
		explicit_bzero(text, n);
		xfree_clear(&text);
		goto out;
	}
	text[n] = '\0';
	if (strlen(text) != n) {
		cause_set(cause, "it has a zero byte in it, so it is no text");
		explicit_bzero(text, n);
		xfree_clear(&text);
	}
out:
	if (fd >= 0)
		close(fd);
	return text;
}

static bool
by_systemd(void)
{
	const char *dir = getenv(CREDENTIALS_DIR);

	return dir != NULL && dir[0] != '\0';
}

/*
 * Relative paths start at systemd's credentials (LoadCredential=) when `secret` and it
 * has set the variable, and beside the configuration otherwise.
 */
static char *
path_of(struct conf *c, const char *name, bool secret)
{
	if (name[0] == '/')
		return xstrdup(name);
	return xasprintf(
	    "%s/%s", secret && by_systemd() ? getenv(CREDENTIALS_DIR) : c->dir, name);
}

/* Blanks off both ends, in place. */
static char *
trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	n = strlen(s);
	while (n > 0 && strchr(" \t\r", s[n - 1]) != NULL)
		n--;
	s[n] = '\0';
	return s;
}

/* Quotes are no syntax here: they would be part of the name or the password. */
static bool
is_quoted(const char *value)
{
	size_t n = value == NULL ? 0 : strlen(value);

	return n >= 2 && (value[0] == '"' || value[0] == '\'') &&
	    value[n - 1] == value[0];
}

/* One line; says what is wrong without repeating it. */
static const char *
credentials_line(char *line, struct credentials *out)
{
	char *key = trim(line), *value, **to;

	if (key[0] == '\0' || key[0] == '#')
		return NULL;
	value = strchr(key, '=');
	if (value == NULL)
		return "is no \"user = NAME\" or \"password = SECRET\"";
	*value++ = '\0';
	key = trim(key);
	value = trim(value);
	if (strcmp(key, "user") == 0)
		to = &out->user;
	else if (strcmp(key, "password") == 0)
		to = &out->password;
	else
		return "begins with neither \"user =\" nor \"password =\"";
	if (*to != NULL)
		return "says again what an earlier one has said";
	if (value[0] == '\0')
		return "has nothing after the =";
	if (to == &out->user && strchr(value, ':') != NULL)
		return "has a user name with a colon, which Basic authentication "
		       "cannot "
		       "express";
	*to = xstrdup(value);
	return NULL;
}

static void
credentials_parse(struct conf *c, const config_setting_t *at, const char *path,
    char *text, struct credentials *out)
{
	char *line = text, *end;
	const char *wrong;
	unsigned number = 1;

	for (; line != NULL; line = end, number++) {
		end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		wrong = credentials_line(line, out);
		if (wrong != NULL) {
			conf_error(c, at,
			    "credentials file %s: line %u %s; it has two lines: user = "
			    "NAME and password = SECRET",
			    path, number, wrong);
			return;
		}
	}
	if (is_quoted(out->user) || is_quoted(out->password))
		conf_warn(c, at,
		    "credentials file %s: the %s stands in quotes, and they are taken "
		    "as part of it; write it without",
		    path, is_quoted(out->user) ? "user name" : "password");
	if (out->user == NULL || out->password == NULL)
		conf_error(c, at, "credentials file %s: no line \"%s\"", path,
		    out->user == NULL ? "user = NAME" : "password = SECRET");
}

/* It is there and nobody else may read it; false after a complaint. */
static bool
closed_file(struct conf *c, const config_setting_t *at, const char *what,
    const char *path, bool relative, const char *contents)
{
	/* systemd grants the service's user by ACL, which shows as group bits */
	const mode_t never = relative && by_systemd() ? S_IRWXO : S_IRWXG | S_IRWXO;
	struct stat st;

	if (stat(path, &st) < 0) {
		conf_error(c, at, "%s %s: %s; create it with mode 0600 and %s", what,
		    path, strerror(errno), contents);
		return false;
	}
	if (S_ISREG(st.st_mode) && (st.st_mode & never) != 0) {
		conf_error(c, at,
		    "%s %s has mode %04o, so others may read it; chmod 600 %s", what,
		    path, (unsigned)(st.st_mode & 07777), path);
		return false;
	}
	return true;
}

void
conf_read_credentials(
    struct conf *c, const config_setting_t *at, struct credentials *out)
{
	const char *name = config_setting_get_string(at);
	char *path, *text = NULL, *cause = NULL;

	if (name == NULL || !text_is_name(name, 4000)) {
		conf_error(c, at, "the path of a credentials file is wanted");
		return;
	}
	if (!c->files)
		return;
	path = path_of(c, name, true);
	if (!closed_file(c, at, "credentials file", path, name[0] != '/',
	        "two lines: user = NAME and password = SECRET"))
		goto out;
	text = conf_slurp(path, CREDENTIALS_MAX, &cause);
	if (text == NULL) {
		conf_error(c, at,
		    "credentials file %s: %s; uid %ld must be able to "
		    "read it",
		    path, cause, (long)geteuid());
		goto out;
	}
	{
		size_t len = strlen(text);

		credentials_parse(c, at, path, text, out);
		explicit_bzero(text, len);
	}
out:
	free(text);
	free(cause);
	free(path);
}

/* The one line of a file, blanks off; NULL: there is none, or more than one. */
static char *
only_line(char *text)
{
	char *line = text, *next, *found = NULL;

	for (; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		line = trim(line);
		if (line[0] == '\0')
			continue;
		if (found != NULL)
			return NULL;
		found = line;
	}
	return found;
}

char *
conf_read_secret(struct conf *c, const config_setting_t *at, size_t least)
{
	const char *name = config_setting_get_string(at), *key;
	char *path, *text = NULL, *cause = NULL, *line, *secret = NULL;
	size_t len = 0;

	key = config_setting_name(at);
	if (name == NULL || !text_is_name(name, 4000)) {
		conf_error(c, at, "%s: the path of a file is wanted", key);
		return NULL;
	}
	if (!c->files)
		return NULL;
	path = path_of(c, name, true);
	if (closed_file(c, at, key, path, name[0] != '/', "one line, the secret"))
		text = conf_slurp(path, CREDENTIALS_MAX, &cause);
	if (text != NULL) {
		len = strlen(text);
		line = only_line(text);
		if (line == NULL)
			conf_error(c, at,
			    "%s %s: it must hold one line, the secret, and nothing "
			    "else",
			    key, path);
		else if (strlen(line) < least)
			conf_error(c, at,
			    "%s %s: its secret is shorter than %zu characters, which "
			    "SNMPv3 does not allow",
			    key, path, least);
		else
			secret = xstrdup(line);
		if (is_quoted(secret))
			conf_warn(c, at,
			    "%s %s: the secret stands in quotes, and they are taken as "
			    "part of it; write it without",
			    key, path);
		explicit_bzero(text, len);
	} else if (cause != NULL) {
		conf_error(c, at, "%s %s: %s; uid %ld must be able to read it", key,
		    path, cause, (long)geteuid());
	}
	free(text);
	free(cause);
	free(path);
	return secret;
}

void
conf_warn_program(struct conf *c, const config_setting_t *at, const char *path)
{
	char *label = conf_label(at);
	struct stat st;

	if (stat(path, &st) < 0)
		conf_warn(c, at, "%s: %s: %s; it cannot be run", label, path,
		    strerror(errno));
	else if (!S_ISREG(st.st_mode))
		conf_warn(c, at, "%s: %s is no file that could be run", label, path);
	else if ((st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0)
		conf_warn(
		    c, at, "%s: %s is not executable; chmod +x %s", label, path, path);
	else if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		conf_warn(c, at,
		    "%s: others may write %s (mode %04o), and with it what clustersetd "
		    "does; chmod go-w %s",
		    label, path, (unsigned)(st.st_mode & 07777), path);
	free(label);
}

void
conf_check_ca_file(struct conf *c, const config_setting_t *at, char **text)
{
	char *path, *pem, *cause = NULL;

	if (!text_is_name(*text, 4000)) {
		conf_error(c, at, "ca-file must be the path of a PEM file");
		return;
	}
	path = path_of(c, *text, false);
	free(*text);
	*text = path;
	if (!c->files)
		return;
	pem = conf_slurp(path, CA_FILE_MAX, &cause);
	if (pem == NULL)
		conf_error(c, at,
		    "ca-file %s: %s; it must be a PEM file that uid %ld "
		    "can read",
		    path, cause, (long)geteuid());
	else if (strstr(pem, "-----BEGIN ") == NULL)
		conf_error(c, at,
		    "ca-file %s holds no certificate in PEM form "
		    "(-----BEGIN CERTIFICATE-----)",
		    path);
	free(cause);
	free(pem);
}

/* Is it the daemon's alone: empty, or with its state in it? */
static bool
dir_is_ours(const char *path, const struct stat *st)
{
	bool ours = true, state = false;
	struct dirent *e;
	DIR *d;

	if ((st->st_mode & (S_ISVTX | S_IWGRP | S_IWOTH)) != 0 ||
	    (geteuid() != 0 && st->st_uid != geteuid()))
		return false;
	d = opendir(path);
	if (d == NULL)
		return false;
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, STATE_FILE_NAME) == 0)
			state = true;
		else if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			ours = false;
	}
	closedir(d);
	return ours || state;
}

static void
warn_state_dir(struct conf *c)
{
	const config_setting_t *at = config_lookup(&c->lib, "set.state-dir");
	const char *dir = c->s->state_dir;
	struct stat st;

	if (stat(dir, &st) < 0)
		conf_warn(c, at,
		    "state directory %s: %s; create it for the user that clustersetd "
		    "runs as: install -d -m 0700 -o clusterset %s",
		    dir, strerror(errno), dir);
	else if (!S_ISDIR(st.st_mode))
		conf_warn(c, at, "state directory %s is not a directory", dir);
	else if ((st.st_mode & (S_IROTH | S_IXOTH)) == 0)
		;
	else if (dir_is_ours(dir, &st))
		conf_warn(c, at,
		    "state directory %s is open to everybody (mode %04o); chmod 0700 "
		    "%s",
		    dir, (unsigned)(st.st_mode & 07777), dir);
	else
		conf_warn(c, at,
		    "state directory %s is shared with others (mode %04o); give "
		    "clustersetd one of its own, such as /var/lib/clusterset",
		    dir, (unsigned)(st.st_mode & 07777));
}

void
conf_warn_modes(struct conf *c)
{
	struct stat st;

	if (stat(c->path, &st) == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		conf_warn(c, NULL, "others may write this file (mode %04o); chmod go-w",
		    (unsigned)(st.st_mode & 07777));
	warn_state_dir(c);
}

/* FNV-1a, never 0; against accidents only: who may write the file is trusted. */
static uint64_t
mark_of(const char *text)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; text != NULL && *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return h == 0 ? 1 : h;
}

/* How a later reload knows that another text stands there. */
void
conf_read_ca_files(struct conf *c)
{
	struct cluster_settings *cl;
	char *cause = NULL, *pem;
	size_t i;

	for (i = 0; i < c->s->nclusters && c->files; i++) {
		cl = &c->s->clusters[i];
		if (cl->ca_file == NULL)
			continue;
		if (i > 0 && cl[-1].ca_mark != 0 &&
		    strcmp(cl[-1].ca_file, cl->ca_file) == 0) {
			cl->ca_mark = cl[-1].ca_mark;
			continue;
		}
		pem = conf_slurp(cl->ca_file, CA_FILE_MAX, &cause);
		if (pem == NULL)
			conf_error(c, conf_place(c, cl, "ca-file"), "ca-file %s: %s",
			    cl->ca_file, cause);
		cl->ca_mark = mark_of(pem);
		free(pem);
	}
	free(cause);
}

/*
 * The next line that libconfig would take for an @include: at the beginning of a line,
 * outside comments and strings. *p moves behind it; returns its first quote or NULL.
 */
static const char *
next_include(const char **p, unsigned *number)
{
	static const char word[] = "@include";
	bool fresh = true; /* nothing but blanks on this line so far */
	const char *s = *p;

	while (*s != '\0') {
		if (s[0] == '/' && s[1] == '*') {
			for (s += 2; *s != '\0' && (s[0] != '*' || s[1] != '/'); s++)
				*number += *s == '\n';
			s += *s == '\0' ? 0 : 2;
			fresh = false;
		} else if (s[0] == '#' || (s[0] == '/' && s[1] == '/')) {
			s += strcspn(s, "\n");
		} else if (s[0] == '"') {
			for (s++; *s != '\0' && *s != '"'; s++) {
				if (s[0] == '\\' && s[1] != '\0')
					s++;
				*number += *s == '\n';
			}
			s += *s == '\0' ? 0 : 1;
			fresh = false;
		} else if (fresh && strncmp(s, word, sizeof(word) - 1) == 0) {
			s += sizeof(word) - 1;
			s += strspn(s, " \t");
			*p = s + strcspn(s, "\n");
			return s;
		} else {
			if (*s == '\n')
				++*number;
			fresh = *s == '\n' || (fresh && (*s == ' ' || *s == '\t'));
			s++;
		}
	}
	*p = s;
	return NULL;
}

/*
 * libconfig says only "cannot open include file", and reading a directory ends the
 * process from within its scanner; so what it would open is tried first.
 */
static bool
includes_ok(struct conf *c, const char *file, const char *text, unsigned depth)
{
	char *name, *path, *inner, *cause;
	const char *quote;
	unsigned number = 1;
	bool ok = true;

	while ((quote = next_include(&text, &number)) != NULL) {
		if (quote[0] != '"' || quote[1 + strcspn(quote + 1, "\"\n")] != '"')
			continue; /* libconfig will complain */
		name = xstrndup(quote + 1, strcspn(quote + 1, "\""));
		path = xasprintf("%s/%s", c->dir, name);
		cause = NULL;
		inner = NULL;
		if (!c->files)
			cause_set(&cause, "not allowed here");
		else if (depth >= INCLUDE_DEPTH)
			cause_set(&cause, "includes are nested too deeply (a circle?)");
		else
			inner = conf_slurp(path, INCLUDE_MAX, &cause);
		if (inner == NULL) {
			conf_error_line(c, file, number,
			    "cannot include %s: %s; paths start at %s", name, cause,
			    c->dir);
			ok = false;
		} else if (!includes_ok(c, path, inner, depth + 1)) {
			ok = false;
		}
		free(cause);
		free(inner);
		free(path);
		free(name);
	}
	return ok;
}

bool
conf_includes_ok(struct conf *c, const char *text)
{
	return includes_ok(c, NULL, text, 0);
}
