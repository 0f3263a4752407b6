/*
 * SPDX-License-Identifier: Apache-2.0
 * Reloading: the file is read beside the loop, and taken whole by it or not at all.
 *
 * Reading and checking the configuration of a big set takes seconds of work and touches
 * the disk, so a thread of its own does that; what it found comes back as a letter. A
 * SIGHUP during that time makes one more reload after it.
 */
#include "config.h"

#include "subagent/control_impl.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "configfile/configfile.h"
#include "subagent/systemd.h"

struct reload {
	struct mail mail;
	struct control *control;
	pthread_t thread;
	char *file;
	struct settings *found; /* NULL: see cause */
	char *cause, *warnings;
};

static void reload_begin(struct control *);

static void
log_lines(enum log_level level, const char *text)
{
	char *copy = xstrdup(text), *at = copy, *line;

	while ((line = strsep(&at, "\n")) != NULL)
		if (*line != '\0') {
			char *shown = text_vis(line, 1000);

			log_line(level, "config", "%s", shown);
			free(shown);
		}
	free(copy);
}

static void
configuration_alarm(struct control *c, const char *cause)
{
	const struct model_now now = control_now();
	char *text = NULL, *line, *first = NULL;

	if (cause != NULL) {
		line = xstrndup(cause, strcspn(cause, "\n"));
		first = text_vis(line, 400); /* it may quote any byte of the file */
		free(line);
		cause_set(&text,
		    "the reload was refused, the old configuration stays: %s", first);
	}
	model_alarm(c->model, ALARM_CONFIGURATION_REFUSED, SEV_WARNING, OBJECT_SET,
	    CONTROL_NAME, text, &now);
	free(first);
	free(text);
}

/* --- what csSetReload tells ---------------------------------------------------------
 */

/* The first of its lines, and how many more there are. The caller frees. */
static char *
first_of(const char *cause)
{
	char *line = xstrndup(cause, strcspn(cause, "\n")), *first, *text;
	size_t more = 0;

	for (cause += strcspn(cause, "\n"); *cause != '\0'; cause++)
		more += cause[0] == '\n' && cause[1] != '\0';
	first = text_vis(line, 400); /* it may quote any byte of the file */
	if (more == 0)
		text = xasprintf("refused: %s", first);
	else
		text = xasprintf("refused, %zu errors: %s", more + 1, first);
	free(line);
	free(first);
	return text;
}

/* `text` NULL: one is under way. What comes of one is told when none waits behind it.
 */
static void
tell(struct control *c, enum cs_reload state, const char *text)
{
	const bool running = text == NULL || c->reload_again;
	const struct model_reload r = {
		.number = c->reloads,
		.state = running ? RELOAD_RUNNING : state,
		.text = running ? "the file is being read" : text,
		.wall = c->reloaded,
	};

	model_reload(c->model, &r);
}

/* How it ended; `cause` NULL: well. */
static void
tell_end(struct control *c, const char *cause, const char *loaded)
{
	char when[32], *text;

	c->reloaded = time(NULL);
	if (cause != NULL)
		text = first_of(cause);
	else
		text = xasprintf("taken over at %s: %s",
		    clock_iso8601(c->reloaded, when, sizeof(when)), loaded);
	tell(c, cause == NULL ? RELOAD_TAKEN : RELOAD_REFUSED, text);
	free(text);
}

/* What a running process cannot change: said, not ignored. */
static void
check_fixed(const struct settings *old, const struct settings *new)
{
	if (strcmp(old->state_dir, new->state_dir) != 0)
		log_warn("config", "set.state-dir takes effect at the next start only");
	if (strcmp(old->agentx.socket, new->agentx.socket) != 0 ||
	    old->agentx.ping_seconds != new->agentx.ping_seconds)
		log_warn(
		    "config", "the agentx section takes effect at the next start only");
}

static void
reload_take(struct reload *r)
{
	struct control *c = r->control;
	const struct model_now now = control_now();
	char *text, *loaded = NULL;

	if (r->found != NULL) {
		check_fixed(c->settings, r->found);
		if (control_take(c, r->found, &r->cause) != 0) {
			settings_free(r->found);
			r->found = NULL;
		}
	}
	if (r->warnings != NULL)
		log_lines(LOGL_WARN, r->warnings);
	configuration_alarm(c, r->cause);
	if (r->found == NULL) {
		log_err("config", "reload refused, the old configuration stays");
		log_lines(LOGL_ERR, r->cause);
	} else {
		loaded = xasprintf("%zu cluster%s, %zu VM%s and %zu pattern%s",
		    c->settings->nclusters, c->settings->nclusters == 1 ? "" : "s",
		    c->settings->nvms, c->settings->nvms == 1 ? "" : "s",
		    c->settings->npatterns, c->settings->npatterns == 1 ? "" : "s");
		text = xasprintf("configuration loaded: %s", loaded);
		model_event(c->model, EVENT_CONFIGURATION_LOADED, SEV_INFO, OBJECT_SET,
		    c->settings->name, text, &now);
		free(text);
	}
	tell_end(c, r->found == NULL ? r->cause : NULL, loaded);
	free(loaded);
	control_publish_now(c);
}

static void
reload_free(struct reload *r)
{
	free(r->file);
	free(r->cause);
	free(r->warnings);
	free(r);
}

/* The letter: in control's thread again. */
static void
reload_read(struct mail *mail)
{
	struct reload *r = (struct reload *)mail;
	struct control *c = r->control;

	pthread_join(r->thread, NULL);
	c->reloading = false;
	if (c->stopping)
		settings_free(r->found);
	else
		reload_take(r);
	reload_free(r);
	sd_notify(0, "READY=1");
	if (c->reload_again && !c->stopping) {
		c->reload_again = false;
		reload_begin(c);
	}
}

static void *
reload_thread(void *arg)
{
	struct reload *r = arg;

	pthread_setname_np(pthread_self(), "reload");
	r->found = configfile_load(r->file, &r->cause, &r->warnings);
	mailbox_post(r->control->mailbox, &r->mail);
	return NULL;
}

/* None is under way. */
static void
reload_begin(struct control *c)
{
	struct reload *r;
	sigset_t all, old;
	int error;

	sd_notify(0, "RELOADING=1");
	r = xcalloc(1, sizeof(*r));
	r->control = c;
	r->mail.deliver = reload_read;
	r->file = xstrdup(c->settings->file);
	c->reloading = true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* signals are the loop's */
	error = pthread_create(&r->thread, NULL, reload_thread, r);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error == 0)
		return;
	c->reloading = false;
	cause_set(&r->cause, "no thread to read it with: %s", strerror(error));
	log_err("config", "reload refused: %s", r->cause);
	configuration_alarm(c, r->cause);
	tell_end(c, r->cause, NULL);
	reload_free(r);
	sd_notify(0, "READY=1");
}

void
control_reload(struct control *c)
{
	c->reloads++;
	tell(c, RELOAD_RUNNING, NULL);
	if (c->reloading)
		c->reload_again = true; /* it may have been read before the change */
	else
		reload_begin(c);
	control_changed(c);
}

void
control_whereabouts(struct control *c)
{
	char host[HOST_NAME_MAX + 1] = "", *dir = NULL, *path;
	const char *file = c->settings->file;

	gethostname(host, sizeof(host) - 1);
	if (*file != '/')
		dir = getcwd(NULL, 0);
	path = xasprintf("%s%s%s", dir == NULL ? "" : dir, dir == NULL ? "" : "/",
	    strncmp(file, "./", 2) == 0 ? file + 2 : file);
	model_whereabouts(c->model, text_is_name(host, 255) ? host : NULL,
	    *path == '/' && text_is_name(path, 512) ? path : NULL);
	free(path);
	free(dir);
}
