/*
 * SPDX-License-Identifier: Apache-2.0
 * The metrics hook: a program of the site's that prints loads, run again and again,
 * never twice at once. See METRICS HOOK in clusterset.conf(5) for what it prints.
 *
 * It is not believed: what it prints is bounded, each entry is judged for itself and
 * the model judges the figures; what is good of a document is taken. Thousands of
 * entries are taken in slices, so that they keep nobody waiting.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "hooks/run.h"
#include "set/load.h"
#include "subagent/control_impl.h"
#include "subagent/loads.h"

#define HOOK_NAME   "metrics" /* its alarm is about */
#define OUTPUT_MAX  (8 << 20)
#define STDERR_MAX  2000
#define GRACE_MS    2000 /* from TERM to KILL */
#define SAME_LOG_MS 3600000 /* the same trouble is logged so often */
#define NAMED_MAX   5 /* entries that are named */
#define SLICE_US    3000
#define SLICE_LEAST 16 /* entries, whatever the clock says */

enum { LIST_NODES, LIST_VMS, LISTS };
static const char *const list_names[LISTS] = { "nodes", "vms" };

struct loads_hook {
	struct control *c;
	char **argv; /* NULL: there is none */
	msec_t timeout, interval;
	struct run *run;
	struct event *timer, *slice;
	msec_t began;
	json_t *doc; /* being taken in; NULL: none */
	size_t list, at;
	unsigned entries, wrong;
	char *named; /* the wrong ones */
	char *logged; /* the trouble that was logged last; NULL: all is well */
	msec_t logged_at;
};

/* --- what is said about it
 * ------------------------------------------------------------- */

/* NULL: all is well. */
static void
trouble(struct loads_hook *h, const char *text)
{
	const struct model_now now = control_now();
	char *whole = NULL;

	if (text != NULL) {
		whole = xasprintf("%s %s", h->argv[0], text);
		if (h->logged == NULL || strcmp(h->logged, text) != 0 ||
		    now.ms - h->logged_at > SAME_LOG_MS) {
			log_warn("load", "hook=%s %s", HOOK_NAME, whole);
			free(h->logged);
			h->logged = xstrdup(text);
			h->logged_at = now.ms;
		}
	} else if (h->logged != NULL) {
		if (h->argv != NULL)
			log_notice(
			    "load", "hook=%s %s is fine again", HOOK_NAME, h->argv[0]);
		xfree_clear(&h->logged);
	}
	model_alarm(h->c->model, ALARM_HOOK_FAILED, SEV_WARNING, OBJECT_HOOK, HOOK_NAME,
	    whole, &now);
	free(whole);
	control_changed(h->c);
}

static void
wrong(struct loads_hook *h, const char *why)
{
	char *shown, *more;

	if (h->wrong++ >= NAMED_MAX)
		return;
	shown = text_vis(why, 200);
	more = xasprintf("%s%s%s[%zu]: %s", h->named == NULL ? "" : h->named,
	    h->named == NULL ? "" : "; ", list_names[h->list], h->at, shown);
	free(shown);
	free(h->named);
	h->named = more;
}

/* --- one entry
 * ---------------------------------------------------------------------------
 */

/* False and *cause: there is something else than a number. */
static bool
figure(const json_t *entry, const char *name, double *value, bool *any, char **cause)
{
	const json_t *v = json_object_get(entry, name);

	*value = LOAD_UNTOLD;
	if (v == NULL || json_is_null(v))
		return true;
	if (!json_is_number(v) || json_number_value(v) < 0) {
		cause_set(cause, "%s is no number from 0 on", name);
		return false;
	}
	*value = json_number_value(v);
	*any = true;
	return true;
}

static const char *
text_of(const json_t *entry, const char *name, char **cause)
{
	const char *text = json_string_value(json_object_get(entry, name));

	if (text == NULL || !text_is_name(text, NAME_LEN_MAX)) {
		cause_set(cause, "%s is missing or no name", name);
		return NULL;
	}
	return text;
}

static bool
take_node(struct loads_hook *h, const json_t *e, char **cause)
{
	const struct model_now now = control_now();
	const char *cluster = text_of(e, "cluster", cause), *node = NULL;
	struct load_sample s = { .source = LOAD_HOOK, .at = now.ms };
	bool any = false;

	if (cluster != NULL)
		node = text_of(e, "node", cause);
	if (node == NULL || !figure(e, "cpu", &s.cpu, &any, cause) ||
	    !figure(e, "cpus", &s.cpus, &any, cause) ||
	    !figure(e, "memory-used", &s.memory_used, &any, cause) ||
	    !figure(e, "memory-total", &s.memory_total, &any, cause))
		return false;
	if (!any) {
		cause_set(cause,
		    "%s/%s: none of cpu, cpus, memory-used and memory-total is there",
		    cluster, node);
		return false;
	}
	return model_node_load(h->c->model, cluster, node, &s, &now, cause);
}

static bool
take_vm(struct loads_hook *h, const json_t *e, char **cause)
{
	const struct model_now now = control_now();
	const char *vm = text_of(e, "vm", cause);
	struct load_sample s = { .source = LOAD_HOOK, .at = now.ms };
	bool any = false;

	if (vm == NULL || !figure(e, "cpu", &s.cpu, &any, cause) ||
	    !figure(e, "vcpus", &s.cpus, &any, cause) ||
	    !figure(e, "memory", &s.memory_used, &any, cause))
		return false;
	s.memory_total = LOAD_UNTOLD;
	if (!any) {
		cause_set(cause, "vm %s: none of cpu, vcpus and memory is there", vm);
		return false;
	}
	return model_vm_load(h->c->model, vm, &s, &now, cause);
}

/* --- a document
 * --------------------------------------------------------------------------
 */

static void
forget(struct loads_hook *h)
{
	json_decref(h->doc);
	h->doc = NULL;
	xfree_clear(&h->named);
	event_del(h->slice);
}

static void
document_over(struct loads_hook *h)
{
	char *text;

	if (h->wrong == 0)
		trouble(h, NULL);
	else {
		text = xasprintf("tells of %u nodes and VMs, %u of them wrongly: %s%s",
		    h->entries, h->wrong, h->named,
		    h->wrong > NAMED_MAX ? "; and more" : "");
		trouble(h, text);
		free(text);
	}
	forget(h);
}

/* With the next turn of the loop: what is active now is worked off within this one. */
static void
next_slice(struct loads_hook *h)
{
	static const struct timeval at_once;

	event_add(h->slice, &at_once);
}

static void
on_slice(evutil_socket_t fd, short what, void *arg)
{
	struct loads_hook *h = arg;
	const int64_t until = clock_us() + SLICE_US;
	const json_t *list, *e;
	unsigned n = 0;
	char *cause = NULL;

	(void)fd;
	(void)what;
	for (; h->list < LISTS; h->list++, h->at = 0) {
		list = json_object_get(h->doc, list_names[h->list]);
		for (; h->at < json_array_size(list); h->at++) {
			if (n++ >= SLICE_LEAST && clock_us() > until) {
				next_slice(h);
				control_changed(h->c);
				return;
			}
			e = json_array_get(list, h->at);
			h->entries++;
			if (!(h->list == LIST_NODES ? take_node(h, e, &cause)
			                            : take_vm(h, e, &cause)))
				wrong(h, cause == NULL ? "it is wrong" : cause);
			xfree_clear(&cause);
		}
	}
	control_changed(h->c);
	document_over(h);
}

/* NULL and *cause. */
static json_t *
parse(const struct run_result *r, char **cause)
{
	json_error_t error;
	json_t *doc, *version, *list;
	size_t i;

	if (r->output_cut) {
		cause_set(cause, "printed more than %d MiB", OUTPUT_MAX >> 20);
		return NULL;
	}
	doc = json_loadb(r->output, r->output_len, 0, &error);
	if (doc == NULL) {
		cause_set(cause, "printed no JSON: line %d, column %d: %s", error.line,
		    error.column, error.text);
		return NULL;
	}
	version = json_object_get(doc, "version");
	if (!json_is_object(doc))
		cause_set(cause, "printed no JSON object");
	else if (!json_is_integer(version) || json_integer_value(version) != 1)
		cause_set(cause, "printed another version than 1");
	else
		for (i = 0; i < LISTS; i++) {
			list = json_object_get(doc, list_names[i]);
			if (list != NULL && !json_is_array(list))
				cause_set(cause, "printed \"%s\" that is no list",
				    list_names[i]);
		}
	if (*cause == NULL)
		return doc;
	json_decref(doc);
	return NULL;
}

/* --- runs
 * ------------------------------------------------------------------------------- */

static void
next_run(struct loads_hook *h)
{
	msec_t wait = h->began + h->interval - clock_ms();
	struct timeval tv;

	if (wait < 1)
		wait = 1;
	tv = (struct timeval) { wait / 1000, wait % 1000 * 1000 };
	event_add(h->timer, &tv);
}

/* Its first line that says anything. */
static char *
complaint(const struct run_result *r)
{
	const char *from = r->error + strspn(r->error, " \t\r\n");
	char *line = xstrndup(from, strcspn(from, "\r\n")), *shown;

	shown = text_vis(line, 200);
	free(line);
	return shown;
}

static void
on_done(void *arg, const struct run_result *r)
{
	struct loads_hook *h = arg;
	char *cause = NULL, *said, *shown;

	h->run = NULL;
	next_run(h);
	if (r->end == RUN_FAILED)
		cause_set(&cause, "%s", r->text + strlen(h->argv[0]) + 1);
	else if (r->end != RUN_EXITED || r->code != 0) {
		said = complaint(r);
		cause_set(&cause, "%s%s%s", r->text, *said != '\0' ? ": " : "", said);
		free(said);
	} else {
		forget(h); /* one that is still being taken in is old now */
		h->doc = parse(r, &cause);
	}
	if (cause != NULL) {
		shown = text_vis(cause, 400);
		trouble(h, shown);
		free(shown);
		free(cause);
		return;
	}
	h->list = h->at = 0;
	h->entries = h->wrong = 0;
	next_slice(h);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loads_hook *h = arg;
	char *set = xasprintf("CS_SET=%s", h->c->settings->name);
	char hook[] = "CS_HOOK=" HOOK_NAME;
	char *const env[] = { set, hook, NULL };
	const struct run_program p = {
		.argv = h->argv,
		.env = env,
		.timeout = h->timeout,
		.grace = GRACE_MS,
		.output_max = OUTPUT_MAX,
		.error_max = STDERR_MAX,
	};

	(void)fd;
	(void)what;
	h->began = clock_ms();
	h->run = run_start(h->c->base, &p, on_done, h);
	free(set);
}

/* --- the configuration
 * -------------------------------------------------------------------- */

static bool
same_program(char *const *a, char *const *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	for (; *a != NULL && *b != NULL; a++, b++)
		if (strcmp(*a, *b) != 0)
			return false;
	return *a == *b;
}

static void
program_free(char **argv)
{
	size_t i;

	for (i = 0; argv != NULL && argv[i] != NULL; i++)
		free(argv[i]);
	free(argv);
}

static char **
program_copy(char *const *argv)
{
	char **copy;
	size_t n = 0, i;

	if (argv == NULL)
		return NULL;
	while (argv[n] != NULL)
		n++;
	copy = xcalloc(n + 1, sizeof(*copy));
	for (i = 0; i < n; i++)
		copy[i] = xstrdup(argv[i]);
	return copy;
}

struct loads_hook *
loads_hook_new(struct control *c)
{
	struct loads_hook *h = xcalloc(1, sizeof(*h));

	h->c = c;
	h->timer = event_new(c->base, -1, 0, on_timer, h);
	h->slice = event_new(c->base, -1, 0, on_slice, h);
	return h;
}

static void
stop(struct loads_hook *h)
{
	run_cancel(h->run);
	h->run = NULL;
	event_del(h->timer);
	forget(h);
}

void
loads_hook_configure(struct loads_hook *h, const struct load_settings *s)
{
	const bool same = same_program(h->argv, s->hook.argv);
	const bool running = h->run != NULL;

	/* a run that is under way keeps its time-out */
	h->timeout = s->hook.timeout;
	if (same && h->interval != s->hook_interval && h->argv != NULL && !running) {
		h->interval = s->hook_interval;
		next_run(h);
	}
	h->interval = s->hook_interval;
	if (same && (h->argv != NULL || h->began != 0))
		return;
	stop(h);
	program_free(h->argv);
	h->argv = program_copy(s->hook.argv);
	h->began = clock_ms() - h->interval; /* at once */
	if (h->argv != NULL)
		next_run(h);
	else
		trouble(h, NULL);
}

void
loads_hook_free(struct loads_hook *h)
{
	stop(h);
	event_free(h->timer);
	event_free(h->slice);
	program_free(h->argv);
	free(h->logged);
	free(h);
}
