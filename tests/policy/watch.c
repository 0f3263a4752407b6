/*
 * SPDX-License-Identifier: Apache-2.0
 * The log of a scenario: what an operator would be told of, in order, with the time
 * since the beginning; and how it all stands in the end.
 */
#include "tests/policy/play.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

const char *
stamp(const struct play *p, char buf[16])
{
	const unsigned s = (unsigned)((p->now.ms - p->began) / 1000);

	snprintf(buf, 16, "%u:%02u:%02u", s / 3600 % 10000, s / 60 % 60, s % 60);
	return buf;
}

static void __attribute__((format(printf, 3, 0)))
put(struct play *p, const char *mark, const char *fmt, va_list ap)
{
	char *text = xvasprintf(fmt, ap), buf[16], *nl;

	while ((nl = strchr(text, '\n')) != NULL)
		*nl = ' ';
	fprintf(p->out, "%s %s%s\n", stamp(p, buf), mark, text);
	free(text);
}

void
say(struct play *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(p, "", fmt, ap);
	va_end(ap);
}

void
fail(struct play *p, const char *fmt, ...)
{
	va_list ap;

	p->failures++;
	va_start(ap, fmt);
	put(p, FAIL_MARK " ", fmt, ap);
	va_end(ap);
}

bool
fits(const char *pattern, const char *name)
{
	return name != NULL && fnmatch(pattern, name, 0) == 0;
}

/* --- events ------------------------------------------------------------------------
 */

/* What is told only by the way here: the state of things at the begin, and of VMs that
 * move. */
static bool
dull(enum event_type t)
{
	switch (t) {
	case EVENT_VM_STATE:
	case EVENT_VM_PLACEMENT:
	case EVENT_DISK_OWNER:
	case EVENT_VM_ADOPTED:
	case EVENT_DISK_ADOPTED:
	case EVENT_OBJECT_ADDED:
	case EVENT_MOVE_STEP:
	case EVENT_DAEMON_STARTED:
	case EVENT_CLUSTER_STATE:
	case EVENT_NODE_STATE:
		return true;
	default:
		return false;
	}
}

void
watch_event(struct play *p, const struct event_note *e)
{
	static const char *const marks[] = { "", "", "! ", "!! " };
	char *all;

	all = xasprintf("%s%s\n", p->events, e->text);
	free(p->events);
	p->events = all;
	if (strstr(e->text, "plain http") != NULL || dull(e->type))
		return;
	say(p, "%s%s", marks[e->severity], e->text);
}

/* --- policies ----------------------------------------------------------------------
 */

const void *
next_row(const struct play *p, enum table_id id, const void *prev)
{
	const struct row *r = prev;
	struct table_view *v = p->generation == NULL ? NULL : p->generation->tables[id];

	if (v == NULL)
		return NULL;
	return r == NULL ? table_view_next(v, NULL, 0, true)
	                 : table_view_next(v, r->key, r->klen, false);
}

const struct vm_row *
row_of_vm(const struct play *p, const char *name)
{
	const struct vm_row *r = NULL;

	while ((r = next_row(p, TABLE_VM, r)) != NULL && strcmp(r->name, name) != 0)
		continue;
	return r;
}

/* What a status says without its figures, so that a look is not a line. */
static char *
shape(const char *text)
{
	char *s = xstrdup(text == NULL ? "" : text), *from = s, *to = s;

	for (; *from != '\0'; from++)
		if (strchr("0123456789.", *from) == NULL)
			*to++ = *from;
		else if (to == s || to[-1] != '#')
			*to++ = '#';
	*to = '\0';
	return s;
}

void
watch_rows(struct play *p)
{
	static const char *const modes[] = { "", "off", "advise", "automatic" };
	const struct policy_row *r = NULL;
	size_t i = 0;
	char *now;

	while ((r = next_row(p, TABLE_POLICY, r)) != NULL && i < POLICY_KINDS) {
		struct seen_policy *seen = &p->seen[i++];
		const bool off = r->effective == POLICY_OFF;

		now = shape(off ? "" : r->status_text);
		if (seen->shape == NULL || seen->effective != r->effective ||
		    strcmp(seen->shape, now) != 0) {
			if (seen->shape != NULL || !off)
				say(p, "%s (%s)%s%s", r->name, modes[r->effective],
				    *now == '\0' ? "" : ": ",
				    *now == '\0' ? "" : r->status_text);
			free(seen->shape);
			seen->shape = now;
			seen->effective = r->effective;
		} else {
			free(now);
		}
	}
}

/* --- the end -----------------------------------------------------------------------
 */

static void
tell_node(struct play *p, size_t c, size_t n)
{
	const struct w_cluster *cl = &p->world.clusters[c];
	const struct w_node *node = &cl->nodes[n];
	size_t i, j;

	fprintf(p->out, "  %s/%s %.0f %% cpu, %.0f %% memory%s:", cl->name, node->name,
	    node_load(p, c, n) * 100 / node->cpus,
	    (double)node_memory(p, c, n) * 100 / (double)node->memory,
	    node_up(node) ? "" : ", off");
	for (i = 0; i < p->world.nvms; i++)
		for (j = 0; j < p->world.vms[i].nplaces; j++) {
			const struct w_place *pl = &p->world.vms[i].places[j];

			if (pl->cluster == c && pl->node == (int)n &&
			    pl->state != G_OFF && pl->state != G_LOST)
				fprintf(p->out, " %s%s", p->world.vms[i].name,
				    pl->state == G_ON ? "" : "?");
		}
	fputc('\n', p->out);
}

void
watch_end(struct play *p)
{
	const struct policy_set_row *s = NULL;
	size_t i, j;

	s = next_row(p, TABLE_POLICY_SET, NULL);
	say(p, "end: %u automatic moves", judge_moves(p, "*", "*"));
	if (s != NULL && s->imbalance != ROW_NONE)
		fprintf(p->out, "  imbalance %" PRId64 " per mille\n", s->imbalance);
	for (i = 0; i < p->world.nclusters; i++)
		for (j = 0; j < p->world.clusters[i].nnodes; j++)
			tell_node(p, i, j);
	for (i = 0; i < p->world.nvms; i++)
		if (world_active(&p->world.vms[i]) == NULL)
			fprintf(p->out, "  %s runs nowhere\n", p->world.vms[i].name);
}
