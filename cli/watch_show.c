/*
 * SPDX-License-Identifier: Apache-2.0
 * Bars and lines of moves under way.
 */
#include "cli/watch_show.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum {
	BARS_MAX = 12, /* more open moves than that are only counted */
	BAR_WIDTH = 20,
	TAIL_WIDTH = 40, /* what stands right of the bar, at the most */
	WIDTH_MIN = 64, /* on a narrower terminal there are lines instead */
	AGAIN_MS = 10000, /* a plain line again when only its words have changed */
};

/* Takes away what was drawn last. */
static void
wipe(struct watch_show *show)
{
	FILE *f = show->cli->err.f;

	if (show->lines > 0)
		fprintf(f, "\r\033[%dA\033[J", show->lines);
	show->lines = 0;
}

/* "east -> west", "-> west", "east on east2" */
static char *
way(const struct cli *cli, const struct watched *m)
{
	const char *source = watch_text(m, WATCH_SOURCE);
	const char *target = watch_text(m, WATCH_TARGET);
	const char *node = watch_text(m, WATCH_TARGET_NODE);
	const char *arrow = cli->err.utf8 ? "\xe2\x86\x92" : "->";

	if (!*target)
		return xasprintf("%s stop", source);
	if (strcmp(source, target) == 0 && !*node) { /* it is there already */
		node = watch_text(m, WATCH_SOURCE_NODE);
		return xasprintf("%s%s%s", target, *node ? "/" : "", node);
	}
	if (strcmp(source, target) == 0)
		return xasprintf("%s %s %s/%s", watch_text(m, WATCH_SOURCE_NODE), arrow,
		    target, node);
	return xasprintf("%s%s%s %s", source, *source ? " " : "", arrow, target);
}

static int
state_tone(const struct watched *m)
{
	return (int)out_tone_of(watch_text(m, WATCH_STATE));
}

/* "stop", "stop (back)", "waits for its turn"; of one that is over its state. */
static const char *
stage(const struct watched *m)
{
	static char text[64];
	int state = watch_state(m);

	if (watch_ended(m))
		return out_words(watch_text(m, WATCH_STATE));
	if (state <= MOVE_STATE_ACCEPTED)
		return "waits for its turn";
	snprintf(text, sizeof(text), "%s%s", watch_text(m, WATCH_STEP),
	    state == MOVE_STATE_CANCELLING || state == MOVE_STATE_ROLLING_BACK
	        ? " (back)"
	        : state == MOVE_STATE_IN_DOUBT ? " (in doubt)"
	                                       : "");
	return text;
}

/* "web1  east -> west"; the caller frees. */
static char *
head(const struct cli *cli, const struct watched *m)
{
	char *from_to = way(cli, m);
	char *text = xasprintf("%s  %s", watch_text(m, WATCH_VM_NAME), from_to);

	free(from_to);
	return text;
}

static void
draw(struct watch_show *show, const struct watched *m, int columns, int64_t now)
{
	struct out *o = &show->cli->err;
	int percent = (int)m->cells[WATCH_PROGRESS].cell.number;
	const char *error = watch_text(m, WATCH_ERROR);
	char *line = head(show->cli, m);

	out_field(o, TONE_STRONG, columns, false, line);
	free(line);
	out_say(o, TONE_PLAIN, "  ");
	out_bar(o, percent * 10, BAR_WIDTH, (enum out_tone)state_tone(m));
	out_say(o, TONE_PLAIN, " %3d %%  %s", percent, stage(m));
	out_say(o, TONE_FAINT, "  %s\n", out_duration((now - show->begun) / 1000));
	show->lines++;
	if (*error) {
		line = out_cut(o, error, o->width - 5);
		out_say(o, TONE_FAINT, "    %s\n", line);
		free(line);
		show->lines++;
	}
}

/* How wide the heads of the open moves are, as far as the terminal allows. */
static int
head_columns(const struct cli *cli, const struct watch *w)
{
	int most = cli->err.width - BAR_WIDTH - TAIL_WIDTH, columns = 1;
	size_t i;

	for (i = 0; i < w->n; i++) {
		char *text;

		if (!w->moves[i].there || w->moves[i].over)
			continue;
		text = head(cli, &w->moves[i]);
		if (out_columns(text) > columns)
			columns = out_columns(text);
		free(text);
	}
	return columns < most ? columns : most > 1 ? most : 1;
}

/* A line for a file or a pipe: when the step changed, or now and then the words. */
static void
line(struct watch_show *show, struct watched *m, int64_t now)
{
	int state = watch_state(m);
	int step = (int)m->cells[WATCH_STEP].cell.number;
	const char *error = watch_text(m, WATCH_ERROR);
	bool changed = state != m->shown_state || step != m->shown_step;
	char *from_to;

	if (!changed && (now - m->shown_at < AGAIN_MS || !*error))
		return;
	if (m->over) /* the outcome says it */
		error = "";
	from_to = head(show->cli, m);
	out_say(&show->cli->err, TONE_PLAIN, "%s  %3d %%  %s  %s%s%s\n", from_to,
	    (int)m->cells[WATCH_PROGRESS].cell.number, stage(m),
	    out_duration((now - show->begun) / 1000), *error ? "  " : "", error);
	free(from_to);
	m->shown_state = state;
	m->shown_step = step;
	m->shown_at = now;
}

void
watch_show_moves(struct watch_show *show, struct watch *w)
{
	struct cli *cli = show->cli;
	int64_t now = clock_ms();
	bool bars = cli->err.terminal && cli->err.width >= WIDTH_MIN;
	size_t i, drawn = 0, left = 0, over = 0;
	int columns = head_columns(cli, w);

	if (cli->err.terminal) {
		wipe(show);
		out_resize(&cli->err);
	}
	if (show->silent)
		fprintf(cli->err.f, "%s answers again\n", snmp_peer(cli->snmp));
	show->silent = false;
	for (i = 0; i < w->n; i++) {
		struct watched *m = &w->moves[i];

		if (!m->there || m->since)
			continue;
		over += m->over;
		if (!bars)
			line(show, m, now);
		else if (m->over)
			continue;
		else if (drawn < BARS_MAX &&
		    (!cli->err.height || show->lines + 4 < cli->err.height)) {
			draw(show, m, columns, now);
			drawn++;
		} else
			left++;
	}
	if (bars && w->n > 1 && over < w->n) {
		if (left)
			out_say(&cli->err, TONE_FAINT, "... and %zu more; ", left);
		out_say(&cli->err, TONE_FAINT, "%zu of %zu are over\n", over, w->n);
		show->lines++;
	}
	fflush(cli->err.f);
}

void
watch_show_silence(struct watch_show *show, const char *cause)
{
	struct cli *cli = show->cli;

	if (show->silent)
		return;
	if (cli->err.terminal)
		wipe(show);
	fprintf(cli->err.f,
	    "%s\nWhat was accepted goes on by itself; waiting until it can be seen "
	    "again ...\n",
	    cause ? cause : "no answer");
	fflush(cli->err.f);
	show->silent = true;
}

void
watch_show_end(struct watch_show *show)
{
	if (show->cli->err.terminal)
		wipe(show);
	fflush(show->cli->err.f);
}
