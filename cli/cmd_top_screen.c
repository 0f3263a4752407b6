/*
 * SPDX-License-Identifier: Apache-2.0
 * A frame of `clusterset top`. See cmd_top.h.
 *
 * Four parts share the height: each gets a few lines first, then moves and alarms what
 * they need, then nodes and events the rest.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "cli/cmd_top.h"

#define EVENT_WORDS 24 /* columns beside the time of an event, at least */

enum { MOVES, ALARMS, NODES, EVENTS, PARTS };
enum { FEW = 3, PLAIN_MOST = 10, BAR = 12, AIRY = 30 };

struct part {
	const char *title;
	char *text; /* its lines */
	int lines;
	int get; /* of them are shown */
	const char *more; /* the command that shows the others; NULL: there is no end */
};

static int
lines_of(const char *text)
{
	int n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

static void
part_end(struct part *p, struct out *o)
{
	fclose(o->f);
	p->lines = lines_of(p->text);
}

static struct out
part_begin(struct part *p, const struct out *like)
{
	static size_t size; /* of no interest */
	struct out o = *like;

	o.f = open_memstream(&p->text, &size);
	if (o.f == NULL)
		abort();
	return o;
}

/* --- parts ----------------------------------------------------------------- */

static void
draw_moves(struct part *p, const struct out *like, const struct top *t)
{
	struct out o = part_begin(p, like);

	status_moves(&o, &t->st.set, t->st.open, t->st.nopen);
	part_end(p, &o);
}

static void
draw_alarms(struct part *p, const struct out *like, const struct top *t)
{
	struct out o = part_begin(p, like);
	const struct row *a;
	const char *severity;
	int64_t age;
	char *text, *cut;
	size_t i;
	int room;

	for (i = 0; i < t->st.alarms->n; i++) {
		a = t->st.by_urgency[i];
		severity = row_text(a, csAlarmSeverity);
		age = look_age(&t->st.set, row_text(a, csAlarmSince));
		out_say(&o, TONE_PLAIN, "  ");
		out_field(&o, out_tone_of(severity), 8, false, severity);
		out_say(&o, TONE_PLAIN, "  ");
		room = o.width - 12;
		if (room > 24) {
			out_field(&o, TONE_FAINT, 11, true, out_duration(age));
			out_say(&o, TONE_PLAIN, "  ");
			room -= 13;
		}
		text = xasprintf("%s%s",
		    strcmp(row_text(a, csAlarmAcknowledge), "true") == 0 ? "(ack) "
		                                                         : "",
		    row_text(a, csAlarmText));
		cut = out_cut(&o, text, room);
		out_say(&o, TONE_PLAIN, "%s\n", cut);
		free(cut);
		free(text);
	}
	part_end(p, &o);
}

/* How busy a node is, for the order: those of which it is known first. */
static int
busy(const struct row *node)
{
	int cpu = (int)row_number(node, csNodeCpuLoad, -1),
	    memory = look_share(node, csNodeMemoryUsed, csNodeMemoryTotal);

	return cpu > memory ? cpu : memory;
}

static int
by_load(const void *a, const void *b)
{
	const struct row *x = *(const struct row *const *)a,
	                 *y = *(const struct row *const *)b;
	int64_t m = row_number(x, csNodeVmsRunning, -1),
	        n = row_number(y, csNodeVmsRunning, -1);

	if (busy(x) != busy(y))
		return busy(x) > busy(y) ? -1 : 1;
	if (m != n)
		return m > n ? -1 : 1;
	return x->index[0] != y->index[0] ? (x->index[0] < y->index[0] ? -1 : 1)
	    : x->index[1] < y->index[1]   ? -1
	                                  : 1;
}

static void
load(struct out *o, const char *what, int per_mille, int bar)
{
	out_say(o, TONE_FAINT, "  %s ", what);
	if (bar > 0)
		out_bar(o, per_mille, bar,
		    per_mille >= 900       ? TONE_BAD
		        : per_mille >= 750 ? TONE_BUSY
		                           : TONE_GOOD);
	if (per_mille < 0)
		out_say(o, TONE_UNKNOWN, " unknown");
	else
		out_say(o, TONE_PLAIN, " %3d %%  ", (per_mille + 5) / 10);
}

static void
draw_node(struct out *o, const struct row *node, int name_width)
{
	const char *state = row_text(node, csNodeOperState);
	int64_t vms = row_number(node, csNodeVmsRunning, -1);
	int room = o->width - 4 - name_width - 9 - 7, bar;
	char *name =
	    look_place(row_text(node, csNodeClusterName), row_text(node, csNodeName));

	out_say(o, TONE_PLAIN, "  ");
	out_field(o, TONE_PLAIN, name_width, false, name);
	out_say(o, TONE_PLAIN, "  ");
	out_field(o, out_tone_of(state), 9, false, out_words(state));
	free(name);
	if (vms >= 0 && strcmp(state, "unknown") != 0)
		out_say(o, TONE_PLAIN, "%3lld VM%s", (long long)vms,
		    vms != 1             ? "s"
		        : room >= 2 * 14 ? " "
		                         : "");
	else
		out_say(o, TONE_UNKNOWN, "  ? VMs");
	/* "  cpu " and "  mem ", eight columns of figures each */
	bar = (room - 2 * 14) / 2;
	bar = bar > BAR ? BAR : bar < 4 ? 0 : bar;
	if (room >= 2 * 14) {
		load(o, "cpu", (int)row_number(node, csNodeCpuLoad, -1), bar);
		load(o, "mem", look_share(node, csNodeMemoryUsed, csNodeMemoryTotal),
		    bar);
	}
	out_say(o, TONE_PLAIN, "\n");
}

static void
draw_nodes(struct part *p, const struct out *like, const struct top *t)
{
	struct out o = part_begin(p, like);
	const struct rows *nodes = t->st.nodes;
	const struct row **list = xcalloc(nodes->n + 1, sizeof(*list));
	int width = 0, w;
	size_t i, most = o.height > 0 ? (size_t)o.height : PLAIN_MOST;
	char *name;

	for (i = 0; i < nodes->n; i++)
		list[i] = &nodes->row[i];
	qsort(list, nodes->n, sizeof(*list), by_load);
	for (i = 0; i < nodes->n && i < most; i++) {
		name = look_place(row_text(list[i], csNodeClusterName),
		    row_text(list[i], csNodeName));
		w = out_columns(name);
		width = w > width ? w : width;
		free(name);
	}
	w = o.width - 4 - 9 - 7;
	width = width > w ? w : width;
	for (i = 0; i < nodes->n; i++) {
		if (i < most)
			draw_node(&o, list[i], width);
		else if (o.height == 0)
			break;
		else /* counted, not shown */
			out_say(&o, TONE_PLAIN, "\n");
	}
	free(list);
	part_end(p, &o);
}

/* The day goes where there is no room for it and for some words. */
static const char *
event_when(const struct out *o, const struct row *e)
{
	const char *when = out_when(row_text(e, csEventTime)),
	           *time = strrchr(when, ' ');

	return time != NULL && o->width < EVENT_WORDS + out_columns(when) ? time + 1
	                                                                  : when;
}

static void
draw_events(struct part *p, const struct out *like, const struct top *t)
{
	struct out o = part_begin(p, like);
	size_t i, n = t->events->n;
	const struct row *e;
	const char *severity, *when;
	char *cut;

	for (i = 0; i < n && (o.height > 0 || i < PLAIN_MOST); i++) {
		e = &t->events->row[n - 1 - i];
		severity = row_text(e, csEventSeverity);
		when = event_when(&o, e);
		out_say(&o, TONE_FAINT, "  %s  ", when);
		cut = out_cut(
		    &o, row_text(e, csEventText), o.width - 4 - out_columns(when));
		out_say(&o,
		    strcmp(severity, "info") == 0 ? TONE_PLAIN : out_tone_of(severity),
		    "%s\n", cut);
		free(cut);
	}
	part_end(p, &o);
}

/* --- the frame ------------------------------------------------------------- */

/* Shares `room` lines among the parts: titles, of so many lines, and "and N more" are
 * counted in. */
static void
share(struct part *parts, int room, int title)
{
	static const int order[] = { MOVES, ALARMS, NODES, EVENTS };
	struct part *p;
	bool given;
	size_t i;

	for (i = 0; i < PARTS; i++) {
		p = &parts[order[i]];
		p->get = 0;
		if (p->lines == 0 || room < title + 1)
			continue;
		p->get = p->lines < FEW ? p->lines : FEW;
		if (p->get > room - title)
			p->get = room - title;
		room -= p->get + title;
	}
	for (i = MOVES; i <= ALARMS; i++) {
		p = &parts[i];
		while (p->get > 0 && p->get < p->lines && room > 0) {
			p->get++;
			room--;
		}
	}
	do {
		given = false;
		for (i = NODES; i <= EVENTS && room > 0; i++) {
			p = &parts[i];
			if (p->get > 0 && p->get < p->lines) {
				p->get++;
				room--;
				given = true;
			}
		}
	} while (given);
}

/* A line of words: what does not fit is cut. */
static void
line(struct out *o, enum out_tone tone, const char *text)
{
	char *cut = out_cut(o, text, o->width);

	out_say(o, tone, "%s\n", cut);
	free(cut);
}

static void
print_part(struct out *o, const struct part *p, int title)
{
	const char *text = p->text;
	int i, lines = p->get;
	char *more;
	size_t n;

	if (p->get == 0)
		return;
	out_say(o, TONE_STRONG, "%s%s\n", title > 1 ? "\n" : "", p->title);
	if (p->get < p->lines && p->more != NULL)
		lines--;
	/* painted already, by out_*() */
	for (i = 0; i < lines; i++) {
		n = strcspn(text, "\n") + 1;
		fwrite(text, 1, n, o->f);
		text += n;
	}
	if (lines < p->get) {
		more = xasprintf(
		    "  and %d more: clusterset %s", p->lines - lines, p->more);
		line(o, TONE_FAINT, more);
		free(more);
	}
}

static void
head(struct out *o, const struct top *t)
{
	const struct look_set *set = &t->st.set;
	const struct status *st = &t->st;
	char clock[32] = "", *text, *name, *state;
	time_t now = time(NULL);
	struct tm tm;
	int used;

	if (localtime_r(&now, &tm) != NULL)
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	if (t->cause != NULL)
		state =
		    xasprintf("NO ANSWER for %s, this is old", out_duration(t->age));
	else
		state = xstrdup(status_word(st));
	name = out_cut(o, set->name, o->width / 3);
	text = out_cut(
	    o, state, o->width - out_columns(name) - 2 - (int)sizeof("00:00:00"));
	out_say(o, TONE_STRONG, "%s", name);
	out_say(o,
	    t->cause != NULL || st->doubt || st->against != NULL || look_stuck(set)
	        ? TONE_BAD
	        : out_tone_of(set->health),
	    "  %s", text);
	used = out_columns(name) + 2 + out_columns(text);
	free(text);
	free(state);
	free(name);
	out_say(o, TONE_FAINT, "%*s\n", o->width - used, clock);
	if (t->cause != NULL) {
		text = xstrdup(t->cause);
		line(o, TONE_BAD, text);
	} else if (look_stuck(set)) {
		text =
		    xasprintf("clustersetd has stopped watching: its heartbeat is %s "
		              "old. Look at its log, restart it.",
		        out_duration(set->control_age));
		line(o, TONE_BAD, text);
	} else {
		text = xasprintf("heartbeat %s ago, oldest poll round %s%s",
		    out_duration(set->control_age + t->age),
		    out_duration(
		        set->oldest_poll_age < 0 ? -1 : set->oldest_poll_age + t->age),
		    set->oldest_poll_age < 0 ? "" : " ago");
		line(o, TONE_FAINT, text);
	}
	free(text);
}

static void
counts(struct out *o, const char *what, const struct look_counts *c)
{
	struct out plain = *o;
	char *text = NULL, *cut;
	size_t size;

	plain.f = open_memstream(&text, &size);
	if (plain.f == NULL)
		abort();
	plain.colour = false;
	out_say(&plain, TONE_PLAIN, "%s ", what);
	look_counts_say(&plain, c);
	fclose(plain.f);
	if (out_columns(text) <= o->width) {
		out_say(o, TONE_FAINT, "%s ", what);
		look_counts_say(o, c);
		out_say(o, TONE_PLAIN, "\n");
	} else {
		cut = out_cut(o, text, o->width);
		out_say(o, TONE_PLAIN, "%s\n", cut);
		free(cut);
	}
	free(text);
}

void
top_draw(struct out *o, const struct top *t)
{
	struct part parts[PARTS] = {
		[MOVES] = { .title = "Moves", .more = "move list" },
		[ALARMS] = { .title = "Alarms", .more = "alarm list" },
		[NODES] = { .title = "Busiest nodes", .more = "node list" },
		[EVENTS] = { .title = "Newest events" },
	};
	enum { HEAD = 6, FOOT = 1 };
	/* a line of air above every title, where there is room for it */
	int shown, i, title = o->height == 0 || o->height >= AIRY ? 2 : 1;
	char *text;

	head(o, t);
	counts(o, "clusters", &t->st.cluster_states);
	counts(o, "nodes   ", &t->st.node_states);
	counts(o, "VMs     ", &t->st.vm_states);
	counts(o, "disks   ", &t->st.disk_states);
	draw_moves(&parts[MOVES], o, t);
	draw_alarms(&parts[ALARMS], o, t);
	draw_nodes(&parts[NODES], o, t);
	draw_events(&parts[EVENTS], o, t);
	if (o->height > 0)
		share(parts, o->height - HEAD - FOOT, title);
	else
		for (i = 0; i < PARTS; i++)
			parts[i].get = parts[i].lines;
	shown = HEAD;
	for (i = 0; i < PARTS; i++) {
		print_part(o, &parts[i], title);
		shown += parts[i].get > 0 ? parts[i].get + title : 0;
		free(parts[i].text);
	}
	if (o->height > 0) {
		for (; shown < o->height - FOOT; shown++)
			out_say(o, TONE_PLAIN, "\n");
		text = xasprintf(
		    "every %s; q quits, space asks at once", out_duration(t->interval));
		line(o, TONE_FAINT, text);
		free(text);
	}
}
