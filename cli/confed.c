/*
 * SPDX-License-Identifier: Apache-2.0
 * Editing the configuration: which file, the difference, writing, and what comes of it.
 * See confed.h.
 */
#include "cli/confed.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/act.h"

/* --- is it here? ----------------------------------------------------------- */

static bool
same_address(const struct sockaddr *a, const struct sockaddr *b)
{
	if (a == NULL || b == NULL || a->sa_family != b->sa_family)
		return false;
	if (a->sa_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		    ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	return a->sa_family == AF_INET6 &&
	    memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
	        &((const struct sockaddr_in6 *)b)->sin6_addr,
	        sizeof(struct in6_addr)) == 0;
}

static bool
is_loopback(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr) >> 24 ==
		    127;
	return a->sa_family == AF_INET6 &&
	    IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)a)->sin6_addr);
}

static bool
is_ours(const struct sockaddr *a)
{
	struct ifaddrs *all = NULL, *i;
	bool ours = is_loopback(a);

	if (!ours && getifaddrs(&all) == 0)
		for (i = all; i != NULL && !ours; i = i->ifa_next)
			ours = same_address(i->ifa_addr, a);
	freeifaddrs(all);
	return ours;
}

/* The host of "[transport:]host[:port]"; NULL: a local socket. The caller frees. */
static char *
host_of(const char *peer)
{
	static const char *const transports[] = { "udp", "udp6", "udpv6", "udpipv6",
		"tcp", "tcp6", "tcpv6", "tcpipv6", "dtlsudp", "tlstcp", "ssh" };
	size_t i, len = strcspn(peer, ":");

	if (*peer == '/' || strncasecmp(peer, "unix:", 5) == 0)
		return NULL;
	for (i = 0; i < sizeof(transports) / sizeof(transports[0]); i++)
		if (peer[len] == ':' && strlen(transports[i]) == len &&
		    strncasecmp(peer, transports[i], len) == 0) {
			peer += len + 1;
			break;
		}
	if (*peer == '[')
		return xstrndup(peer + 1, strcspn(peer + 1, "]"));
	if (strchr(peer, ':') != strrchr(peer, ':')) /* a bare address of IPv6 */
		return xstrdup(peer);
	return xstrndup(peer, strcspn(peer, ":"));
}

bool
confed_is_here(const char *peer)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *all = NULL, *i;
	char *host;
	bool here = false;

	if (peer == NULL)
		return true;
	host = host_of(peer);
	if (host == NULL || strspn(host, "0123456789") == strlen(host)) {
		free(host); /* a local socket, or only a port */
		return true;
	}
	if (getaddrinfo(host, NULL, &hints, &all) == 0)
		for (i = all; i != NULL && !here; i = i->ai_next)
			here = is_ours(i->ai_addr);
	if (all != NULL)
		freeaddrinfo(all);
	free(host);
	return here;
}

/* --- which file ------------------------------------------------------------ */

static bool
same_file(const char *a, const char *b)
{
	char *x = realpath(a, NULL), *y = realpath(b, NULL);
	bool same = x != NULL && y != NULL && strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}

static bool
elsewhere(struct cli *cli, const struct confed_daemon *d)
{
	char host[256] = "";

	gethostname(host, sizeof(host) - 1);
	return !confed_is_here(cli->peer) ||
	    (d->host != NULL && strcmp(d->host, host) != 0);
}

int
confed_find(struct cli *cli, struct confed *c)
{
	const char *file = option_value(cli, "file");
	struct confed_daemon d = { 0 };
	int code = EXIT_DONE;

	memset(c, 0, sizeof(*c));
	c->cli = cli;
	c->notes = json_array();
	if (file != NULL && option_given(cli, "no-reload")) {
		c->path = xstrdup(file);
		c->silent = xstrdup("--no-reload");
		return EXIT_DONE;
	}
	confed_ask(cli, &d);
	if (elsewhere(cli, &d)) {
		code = cli_fail(cli, EXIT_REFUSED,
		    "the configuration stands on %s%s, and this is not that host: run "
		    "this command there%s",
		    d.host == NULL ? "the host of " : d.host,
		    d.host == NULL && cli->peer != NULL ? cli->peer : "",
		    file == NULL
		        ? ""
		        : " (a file that stands here can be edited with --file "
		          "and --no-reload)");
		goto out;
	}
	if (file == NULL && !d.answers && access(CONFED_FILE, F_OK) != 0) {
		code = cli_fail(cli, EXIT_UNREACHABLE,
		    "which file clustersetd reads it cannot be asked (%s), and %s is "
		    "not "
		    "there: --file names it",
		    d.cause == NULL ? "no answer" : d.cause, CONFED_FILE);
		goto out;
	}
	c->path = xstrdup(file != NULL ? file : d.file != NULL ? d.file : CONFED_FILE);
	if (option_given(cli, "no-reload"))
		c->silent = xstrdup("--no-reload");
	else if (!d.answers)
		c->silent = xasprintf("clustersetd cannot be asked: %s",
		    d.cause == NULL ? "no answer" : d.cause);
	else if (!d.knows)
		c->silent = xstrdup("this clustersetd does not know csSetReload");
	else if (d.file != NULL && !same_file(c->path, d.file))
		code = cli_fail(cli, EXIT_REFUSED,
		    "clustersetd reads %s, not %s; --no-reload edits the latter "
		    "without "
		    "asking it for anything",
		    d.file, c->path);
	c->told = code == EXIT_DONE && c->silent == NULL;
out:
	confed_daemon_clear(&d);
	return code;
}

int
confed_begin(struct cli *cli, struct confed *c)
{
	int code = confed_find(cli, c);
	char *cause = NULL;

	if (code != EXIT_DONE)
		return code;
	if (!option_given(cli, "dry-run")) {
		c->save = save_begin(c->path, &cause);
		if (c->save == NULL)
			return confed_fail(c, &cause);
	}
	c->edit = edit_open(c->path, &cause);
	return c->edit == NULL ? confed_fail(c, &cause) : EXIT_DONE;
}

/*
 * From the first byte written to the daemon's word: who interrupts that must not leave
 * a file that it refuses, nor half of one.
 */
static void
hold_signals(struct confed *c)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
	sigset_t some;
	size_t i;

	sigemptyset(&some);
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaddset(&some, ends[i]);
	c->held = sigprocmask(SIG_BLOCK, &some, &c->signals) == 0;
}

void
confed_end(struct confed *c)
{
	if (c->held) { /* what was done is said before it ends us */
		fflush(c->cli->out.f);
		sigprocmask(SIG_SETMASK, &c->signals, NULL);
	}
	edit_free(c->edit);
	save_end(c->save);
	json_decref(c->notes);
	free(c->path);
	free(c->silent);
}

int
confed_fail(struct confed *c, char **cause)
{
	int code =
	    cli_fail(c->cli, EXIT_FAILED, "%s", *cause == NULL ? "it failed" : *cause);

	xfree_clear(cause);
	return code;
}

/* --- what comes of it ------------------------------------------------------ */

struct result {
	const char *what, *reload; /* the latter for programs */
	char *diff, *text, *warnings;
	bool changed, restored;
};

static json_t *
lines_of(const char *text)
{
	json_t *all = json_array();
	size_t len;

	for (; text != NULL && *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		json_array_append_new(all, json_stringn(text, len));
	}
	return all;
}

static void
tell_program(struct confed *c, const struct result *r)
{
	json_t *backups = json_array(), *doc;
	size_t i;

	for (i = 0; c->save != NULL && !r->restored && i < save_nbackups(c->save); i++)
		if (save_backup(c->save, i) != NULL)
			json_array_append_new(
			    backups, json_string(save_backup(c->save, i)));
	doc = json_pack("{s:s, s:s, s:b, s:b, s:b, s:o, s:O, s:o, s:s?, s:s, s:s?}",
	    "file", c->path, "done", r->what, "changed", r->changed, "dryRun",
	    option_given(c->cli, "dry-run"), "restored", r->restored, "backups",
	    backups, "notes", c->notes, "warnings", lines_of(r->warnings), "diff",
	    r->diff, "reload", r->reload, "reloadText", r->text);
	out_document(&c->cli->out, json_pack("{s:o}", "configuration", doc));
}

static void
tell_person(struct confed *c, const struct result *r)
{
	json_t *one;
	size_t i;

	json_array_foreach (c->notes, i, one) {
		act_say(c->cli, "also: %s", json_string_value(one));
	}
	if (option_given(c->cli, "dry-run")) {
		fflush(stdout);
		if (r->changed)
			fputs(r->diff, c->cli->out.f);
		else
			act_say(c->cli, "nothing would change in %s", c->path);
	} else if (!r->changed) {
		act_say(c->cli, "nothing to change in %s", c->path);
	}
}

/* The daemon's word on a file that is in place; the exit code. */
static int
after_write(struct confed *c, struct result *r)
{
	const bool keep = option_given(c->cli, "keep");
	enum confed_outcome outcome;
	char *cause = NULL, *more = NULL;
	int code;

	if (!c->told) {
		r->reload = "notAsked";
		if (!option_given(c->cli, "no-reload"))
			return cli_fail(c->cli, EXIT_IN_DOUBT,
			    "%s in %s; not in force yet (%s): systemctl reload "
			    "clustersetd",
			    r->what, c->path, c->silent);
		act_say(c->cli,
		    "%s in %s; not in force yet (%s): systemctl reload "
		    "clustersetd",
		    r->what, c->path, c->silent);
		return EXIT_DONE;
	}
	outcome = confed_reload(c->cli, &r->text);
	switch (outcome) {
	case CONFED_TAKEN:
		r->reload = save_stands(c->save) ? "taken" : "unknown";
		if (!save_stands(c->save))
			return cli_fail(c->cli, EXIT_IN_DOUBT,
			    "%s in %s, but somebody else wrote that file in the "
			    "meantime; what clustersetd says of it: %s",
			    r->what, c->path, r->text);
		act_say(c->cli, "%s in %s; %s", r->what, c->path, r->text);
		return EXIT_DONE;
	case CONFED_NOT_ALLOWED:
		r->reload = "notAllowed";
		return cli_fail(c->cli, EXIT_REFUSED,
		    "%s in %s; not in force yet: systemctl reload "
		    "clustersetd (asking for that by SNMP: %s)",
		    r->what, c->path, r->text);
	case CONFED_UNKNOWN:
		r->reload = "unknown";
		return cli_fail(c->cli, EXIT_IN_DOUBT,
		    "%s in %s, and clustersetd was asked to take it over, but %s; look "
		    "at "
		    "its log, or systemctl reload clustersetd",
		    r->what, c->path, r->text);
	case CONFED_REFUSED:
		break;
	}
	r->reload = "refused";
	if (!keep && save_restore(c->save, &cause) == 0) {
		r->restored = true;
		c->written = false;
		/* so that its alarm does not stand over a file that is good */
		confed_reload(c->cli, &more);
	}
	code = cli_fail(c->cli, EXIT_REFUSED,
	    "clustersetd did not take it over: %s; %s%s", r->text,
	    r->restored ? "the file is as it was before, "
	        : keep  ? "the new file stays, the old configuration is in force: "
	                : "",
	    r->restored         ? c->path
	        : cause != NULL ? cause
	                        : c->path);
	free(cause);
	free(more);
	return code;
}

/* A second name of a file that is replaced keeps the old text. */
static void
note_links(struct confed *c)
{
	struct stat st;
	char *text;
	size_t i;

	for (i = 0; i < edit_nfiles(c->edit); i++) {
		if (!edit_changed(c->edit, i) ||
		    stat(edit_path(c->edit, i), &st) != 0 || st.st_nlink < 2)
			continue;
		text = xasprintf("%s had %lu other name%s (hard links), which keep%s "
		                 "the old text",
		    edit_path(c->edit, i), (unsigned long)st.st_nlink - 1,
		    st.st_nlink == 2 ? "" : "s", st.st_nlink == 2 ? "s" : "");
		act_warn(c->cli, "%s", text);
		json_array_append_new(c->notes, json_string(text));
		free(text);
	}
}

static int
write_it(struct confed *c, struct result *r)
{
	char *cause = NULL;
	int code;

	hold_signals(c);
	if (save_check(c->edit, &cause, &r->warnings) != 0) {
		if (option_given(c->cli, "dry-run") && c->cli->out.format == OUT_SCREEN)
			fputs(r->diff, c->cli->out.f);
		code = cli_fail(c->cli, EXIT_REFUSED,
		    "%s would not be taken by clustersetd; nothing was written:\n%s",
		    c->path, cause);
		free(cause);
		return code;
	}
	if (option_given(c->cli, "dry-run") || !r->changed)
		return EXIT_DONE;
	note_links(c);
	if (save_write(c->save, c->edit, &cause) != 0)
		return confed_fail(c, &cause);
	c->written = true;
	return after_write(c, r);
}

int
confed_finish(struct confed *c, bool replaced, const char *what)
{
	struct result r = { .what = what, .reload = "notAsked" };
	char *cause = NULL;
	int code;

	if (!replaced && edit_apply(c->edit, &cause) != 0)
		return confed_fail(c, &cause);
	r.changed = edit_changed_any(c->edit);
	r.diff = edit_diff(c->edit);
	code = write_it(c, &r);
	if (c->cli->out.format == OUT_SCREEN && (code == EXIT_DONE || c->written))
		tell_person(c, &r);
	else if (c->cli->out.format != OUT_SCREEN &&
	    (code == EXIT_DONE || c->cli->out.format == OUT_KV))
		tell_program(c, &r);
	free(r.diff);
	free(r.text);
	free(r.warnings);
	return code;
}
