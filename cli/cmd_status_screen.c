/*
 * SPDX-License-Identifier: Apache-2.0
 * How `clusterset status` looks. See cmd_status.h.
 *
 * What is most urgent comes first within each part, and what does not fit the height of
 * the terminal is counted, never silently left out.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cmd_status.h"
#include "cli/plain.h"
#include "cli/remedy.h"

static const char *
verdict(const struct status *st)
{
	if (look_stuck(&st->set))
		return "clustersetd has stopped watching: what follows is old";
	if (st->doubt)
		return "something is in doubt or in conflict: act now";
	if (st->against != NULL)
		return "clustersetd says ok, which does not fit: look at its log";
	if (strcmp(st->set.health, "ok") == 0)
		return "all is well";
	if (strcmp(st->set.health, "warning") == 0)
		return "it works, but somebody should look at it today";
	if (strcmp(st->set.health, "critical") == 0)
		return "something is down or unprotected: act now";
	return "it cannot be told at present";
}

static const char *
plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* "1 critical, 2 warnings" */
static char *
alarms_in_words(const struct status *st)
{
	uint64_t critical = look_counted(&st->severities, "critical"),
	         warning = look_counted(&st->severities, "warning"),
	         info = look_counted(&st->severities, "info");
	char *text = xstrdup(""), *old;

	if (critical > 0) {
		free(text);
		text = xasprintf("%llu critical", (unsigned long long)critical);
	}
	if (warning > 0) {
		old = text;
		text = xasprintf("%s%s%llu warning%s", old, *old != '\0' ? ", " : "",
		    (unsigned long long)warning, plural(warning));
		free(old);
	}
	if (info > 0) {
		old = text;
		text = xasprintf("%s%s%llu for information", old,
		    *old != '\0' ? ", " : "", (unsigned long long)info);
		free(old);
	}
	if (st->acknowledged > 0) {
		old = text;
		text = xasprintf("%s (%zu acknowledged)", old, st->acknowledged);
		free(old);
	}
	return text;
}

static void
more(struct out *o, size_t n, const char *command)
{
	char *text = xasprintf("  and %zu more: clusterset %s", n, command);
	char *cut = out_cut(o, text, o->width);

	out_say(o, TONE_STRONG, "%s\n", cut);
	free(cut);
	free(text);
}

void
status_brief(struct out *o, const struct status *st)
{
	const char *health = status_word(st);
	char *alarms = alarms_in_words(st), *line, *cut;

	line = xasprintf("%s %s: %s%s%llu/%llu VMs running, %llu/%llu nodes online, "
	                 "%zu move%s",
	    st->set.name, health, alarms, *alarms != '\0' ? "; " : "",
	    (unsigned long long)look_counted(&st->vm_states, "running"),
	    (unsigned long long)st->vm_states.total,
	    (unsigned long long)look_counted(&st->node_states, "online"),
	    (unsigned long long)st->node_states.total, st->nopen, plural(st->nopen));
	cut = out_cut(o, line, o->width);
	out_say(o, TONE_PLAIN, "%s\n", cut);
	free(cut);
	free(line);
	free(alarms);
}

static enum out_tone
tone_of(const struct status *st)
{
	if (look_stuck(&st->set) || st->doubt || st->against != NULL)
		return TONE_BAD;
	return out_tone_of(st->set.health);
}

static char *
upper(const char *s)
{
	char *text = xstrdup(s), *p;

	for (p = text; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	return text;
}

static void
label(struct out *o, const char *text)
{
	out_say(o, TONE_FAINT, "  %-10s", text);
}

/* A line that wraps by itself where a screen is narrow: counts have few words. */
static void
counts(struct out *o, const char *what, const struct look_counts *c)
{
	struct out plain = *o;
	char *text = NULL, *first;
	size_t size;

	plain.f = open_memstream(&text, &size);
	plain.colour = false;
	look_counts_say(&plain, c);
	fclose(plain.f);
	if (out_columns(text) + 12 > o->width) {
		first = xasprintf("  %-10s", what);
		out_wrapped(o, first, text);
		free(first);
	} else {
		label(o, what);
		look_counts_say(o, c);
		out_say(o, TONE_PLAIN, "\n");
	}
	free(text);
}

/* What is kept from automation, so that nobody forgets it. */
static void
kept_back(struct out *o, const struct status *st)
{
	enum { MOST = 6 };
	char *text = NULL;
	size_t size, i, n = 0;
	const char *admin;
	FILE *f;

	if (st->held > 0) {
		f = open_memstream(&text, &size);
		if (f == NULL)
			abort();
		fprintf(f, "%zu VM%s: ", st->held, plural(st->held));
		for (i = 0; i < st->nheld_names && i < MOST; i++)
			fprintf(f, "%s%s", i > 0 ? ", " : "", st->held_names[i]);
		if (i < st->held)
			fprintf(f, " and %zu more", st->held - i);
		fclose(f);
		out_wrapped(o, "  on hold   ", text);
		free(text);
	}
	text = NULL;
	f = open_memstream(&text, &size);
	if (f == NULL)
		abort();
	for (i = 0; i < st->clusters->n; i++) {
		admin = row_text(&st->clusters->row[i], csClusterAdminState);
		if (strcmp(admin, "active") != 0 && *admin != '\0' && n++ < MOST)
			fprintf(f, "%s%s%s", n > 1 ? ", " : "",
			    row_text(&st->clusters->row[i], csClusterName),
			    strcmp(admin, "ignored") == 0 ? " ignored"
			                                  : " in maintenance");
	}
	for (i = 0; i < st->nodes->n; i++)
		if (strcmp(row_text(&st->nodes->row[i], csNodeAdminState),
		        "maintenance") == 0 &&
		    n++ < MOST)
			fprintf(f, "%s%s/%s in maintenance", n > 1 ? ", " : "",
			    row_text(&st->nodes->row[i], csNodeClusterName),
			    row_text(&st->nodes->row[i], csNodeName));
	if (n > MOST)
		fprintf(f, " and %zu more", n - MOST);
	fclose(f);
	if (n > 0)
		out_wrapped(o, "  admin     ", text);
	free(text);
}

static void
head(struct out *o, const struct status *st)
{
	const struct look_set *set = &st->set;
	char *health =
	         upper(strcmp(set->health, "ok") == 0 ? status_word(st) : set->health),
	     *text;

	text = out_cut(o, set->name, o->width);
	out_say(o, TONE_STRONG, "%s", text);
	free(text);
	if (*set->descr != '\0' &&
	    out_columns(set->name) + 2 + out_columns(set->descr) <= o->width)
		out_say(o, TONE_FAINT, "  %s", set->descr);
	out_say(o, TONE_PLAIN, "\n");
	out_say(o, tone_of(st), "%s", health);
	/* the words go on beneath where the screen is narrow */
	if (out_columns(health) + 2 + out_columns(verdict(st)) <= o->width)
		out_say(o, TONE_STRONG, "  %s\n", verdict(st));
	else {
		out_say(o, TONE_PLAIN, "\n");
		out_wrapped(o, "  ", verdict(st));
	}
	free(health);
	if (st->against != NULL)
		out_wrapped(o, "  ", st->against);
	/* alarms say it themselves */
	if (st->alarms->n == 0 && *set->reason != '\0')
		out_wrapped(o, "  ", set->reason);
	out_say(o, TONE_PLAIN, "\n");

	if (look_stuck(set)) {
		text = xasprintf("its heartbeat is %s old. Look at the log of "
		                 "clustersetd, then restart it; moves go on where "
		                 "their journal says.",
		    out_duration(set->control_age));
		out_wrapped(o, "  heartbeat ", text);
		free(text);
	} else {
		text = xasprintf("%s%s; the oldest poll round %s%s; up %s",
		    set->control_age < 0 ? "is not told"
		                         : out_duration(set->control_age),
		    set->control_age < 0 ? "" : " ago",
		    set->oldest_poll_age < 0 ? "is still to come"
		                             : out_duration(set->oldest_poll_age),
		    set->oldest_poll_age < 0 ? "" : " ago", out_duration(set->up_time));
		out_wrapped(o, "  heartbeat ", text);
		free(text);
	}
	if (strcmp(set->role, "follower") == 0)
		out_wrapped(o, "  role      ",
		    "follower: it only watches, orders belong to the leader");
	counts(o, "clusters", &st->cluster_states);
	counts(o, "nodes", &st->node_states);
	counts(o, "VMs", &st->vm_states);
	counts(o, "disks", &st->disk_states);
	kept_back(o, st);
	if (st->proposed > 0) {
		text = xasprintf("%zu wait%s for approval: clusterset plan list",
		    st->proposed, st->proposed == 1 ? "s" : "");
		out_wrapped(o, "  plans     ", text);
		free(text);
	}
}

static char *
move_where(const struct row *move)
{
	char *way = look_move_way(move), *text;

	text = xasprintf("%s  %s", row_text(move, csMoveVmName), way);
	free(way);
	return text;
}

/* "running, start, 12 s" */
static char *
move_words(const struct look_set *set, const struct row *move)
{
	const char *step = row_text(move, csMoveStep);
	int64_t since = look_age(set, row_text(move, csMoveStartedAt));
	bool stepping = *step != '\0' && strcmp(step, "none") != 0;

	return xasprintf("%s%s%s%s%s", out_words(row_text(move, csMoveState)),
	    stepping ? ", " : "", stepping ? out_words(step) : "",
	    since >= 0 ? ", " : "", since >= 0 ? out_duration(since) : "");
}

/* " 55 %  running, start, 12 s" behind its bar */
static void
move_state(struct out *o, const struct row *move, const char *words, int room)
{
	int progress = (int)row_number(move, csMoveProgress, -1);
	enum out_tone tone = out_tone_of(row_text(move, csMoveState));
	char *cut;

	if (room >= 0)
		out_bar(o, progress < 0 ? -1 : progress * 10, 10, tone);
	else
		room += 10; /* no room for a bar */
	cut = out_cut(o, words, room);
	if (progress < 0)
		out_say(o, TONE_PLAIN, "    -   ");
	else
		out_say(o, TONE_PLAIN, " %3d %%  ", progress);
	out_say(o, tone, "%s\n", cut);
	free(cut);
}

void
status_moves(
    struct out *o, const struct look_set *set, const struct row *const *moves, size_t n)
{
	enum { BAR = 2 + 10 + 8, LEAST = 16 };
	int where_width = 0, words_width = 0, w, room;
	char *where, *words, *cut;
	size_t i;

	for (i = 0; i < n; i++) {
		where = move_where(moves[i]);
		words = move_words(set, moves[i]);
		w = out_columns(where);
		where_width = w > where_width ? w : where_width;
		w = out_columns(words);
		words_width = w > words_width ? w : words_width;
		free(where);
		free(words);
	}
	room = o->width - 2 - BAR - words_width;
	for (i = 0; i < n; i++) {
		where = move_where(moves[i]);
		words = move_words(set, moves[i]);
		out_say(o, TONE_PLAIN, "  ");
		if (room >= where_width || room >= 3 * LEAST) {
			w = where_width < room ? where_width : room;
			out_field(o, TONE_PLAIN, w, false, where);
			out_say(o, TONE_PLAIN, "  ");
			move_state(o, moves[i], words, words_width);
		} else { /* narrow: in two lines */
			cut = out_cut(o, where, o->width - 2);
			out_say(o, TONE_PLAIN, "%s\n    ", cut);
			free(cut);
			move_state(o, moves[i], words, o->width - 4 - 10 - 8);
		}
		if (*row_text(moves[i], csMoveError) != '\0')
			out_wrapped(o, "      ", row_text(moves[i], csMoveError));
		free(where);
		free(words);
	}
}

/* --- alarms ---------------------------------------------------------------------- */

static void
alarm_object(struct out *o, const struct status *st, const struct row *a)
{
	const char *kind = row_text(a, csAlarmObjectKind),
	           *since = row_text(a, csAlarmSince);
	int64_t age = look_age(&st->set, since);
	bool known = strcmp(row_text(a, csAlarmAcknowledge), "true") == 0;
	char *text;

	text = xasprintf("%u: %s %s, since %s%s%s%s%s", a->index[0], out_words(kind),
	    row_text(a, csAlarmObjectName), out_when(since), age >= 0 ? " (" : "",
	    age >= 0 ? out_duration(age) : "", age >= 0 ? ")" : "",
	    known ? ", acknowledged" : "");
	out_wrapped(o, "    ", text);
	free(text);
	text =
	    plain_about(row_text(a, csAlarmText), kind, row_text(a, csAlarmObjectName));
	out_wrapped(o, "      ", text);
	free(text);
}

static size_t
kind_length(const struct status *st, size_t at)
{
	size_t n = 1;
	int64_t type = row_number(st->by_urgency[at], csAlarmType, 0),
	        severity = row_number(st->by_urgency[at], csAlarmSeverity, 0);

	while (at + n < st->alarms->n &&
	    row_number(st->by_urgency[at + n], csAlarmType, 0) == type &&
	    row_number(st->by_urgency[at + n], csAlarmSeverity, 0) == severity)
		n++;
	return n;
}

/* A kind of alarm, `show` of the `n` things it is about, and what to do. */
static char *
kind_block(
    const struct out *like, const struct status *st, size_t at, size_t n, size_t show)
{
	const struct row *a = st->by_urgency[at];
	const char *severity = row_text(a, csAlarmSeverity),
	           *type = row_text(a, csAlarmType);
	const struct remedy *r = remedy_of(type);
	struct out o = *like;
	char *text = NULL, *title, *cut;
	size_t size, i;

	o.f = open_memstream(&text, &size);
	if (o.f == NULL)
		abort();
	out_say(&o, out_tone_of(severity), "  %s", severity);
	title = n > 1 ? xasprintf("  %s (%zu)", out_words(type), n)
	              : xasprintf("  %s", out_words(type));
	cut = out_cut(&o, title, o.width - 2 - out_columns(severity));
	out_say(&o, TONE_STRONG, "%s\n", cut);
	free(cut);
	free(title);
	for (i = 0; i < show; i++)
		alarm_object(&o, st, st->by_urgency[at + i]);
	if (show < n)
		out_say(&o, TONE_FAINT, "    and %zu more of them\n", n - show);
	out_wrapped(&o, o.utf8 ? "    \u2192 " : "    => ",
	    r != NULL ? r->text
	              : "A newer agent than this clusterset raised it: see "
	                "its manual.");
	fclose(o.f);
	return text;
}

static int
lines_of(const char *text)
{
	int n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* As much as fits `room` lines (-1: all): kinds in the order of urgency, each with as
 * many of its things as there is room for. */
static void
alarms(struct out *o, const struct status *st, int room)
{
	size_t at = 0, n, show;
	char *block;
	int lines;

	while (at < st->alarms->n) {
		n = kind_length(st, at);
		for (show = room < 0 || n < 5 ? n : 5;; show--) {
			block = kind_block(o, st, at, n, show);
			lines = lines_of(block);
			if (room < 0 || lines <= room || show == 1)
				break;
			free(block);
		}
		if (room >= 0 && lines > room && at > 0) {
			free(block);
			break;
		}
		/* made of out_*: nothing in it needs to be cleaned again */
		fputs(block, o->f);
		free(block);
		at += n;
		if (room >= 0)
			room = room > lines ? room - lines : 0;
	}
	if (at < st->alarms->n)
		more(o, st->alarms->n - at, "alarm list");
}

void
status_screen(struct out *o, const struct status *st)
{
	enum { MOVES_MOST = 6 };
	char *text = NULL, *words;
	struct out top = *o;
	size_t size, shown;
	int room = -1;

	top.f = open_memstream(&text, &size);
	if (top.f == NULL)
		abort();
	head(&top, st);
	if (st->nopen > 0) {
		out_say(&top, TONE_STRONG, "\nMoves  ");
		out_say(&top, TONE_PLAIN, "%zu open\n", st->nopen);
	}
	shown = o->height > 0 && st->nopen > MOVES_MOST ? MOVES_MOST : st->nopen;
	status_moves(&top, &st->set, st->open, shown);
	if (shown < st->nopen)
		more(&top, st->nopen - shown, "move list");
	if (st->alarms->n > 0) {
		words = alarms_in_words(st);
		out_say(&top, TONE_PLAIN, "\n");
		if (8 + out_columns(words) <= o->width) {
			out_say(&top, TONE_STRONG, "Alarms");
			out_say(&top, TONE_PLAIN, "  %s\n", words);
		} else
			out_wrapped(&top, "Alarms  ", words);
		free(words);
	}
	fclose(top.f);
	fputs(text, o->f);
	if (o->height > 0) {
		/* the prompt and "and N more" want a line each */
		room = o->height - lines_of(text) - 2;
		room = room < 0 ? 0 : room;
	}
	free(text);
	alarms(o, st, room);
}
