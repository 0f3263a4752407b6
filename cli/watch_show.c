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

static void
draw(struct watch_show *show, const struct watched *m, int64_t now)
{
	struct out *o = &show->cli->err;
	int percent = (int)m->cells[WATCH_PROGRESS].cell.number;
	const char *error = watch_text(m, WATCH_ERROR);
	char *from_to = way(show->cli, m), *head, *line;

	head = xasprintf("%s  %s  ", watch_text(m, WATCH_VM_NAME), from_to);
	line = out_cut(o, head, o->width - BAR_WIDTH - 36);
	out_say(o, TONE_STRONG, "%s", line);
	out_bar(o, percent * 10, BAR_WIDTH, (enum out_tone)state_tone(m));
	out_say(o, TONE_PLAIN, " %3d %%  %s", percent, stage(m));
	out_say(o, TONE_FAINT, "  %s\n", out_duration((now - show->begun) / 1000));
	free(line);
	show->lines++;
	if (*error) {
		line = out_cut(o, error, o->width - 5);
		out_say(o, TONE_FAINT, "    %s\n", line);
		free(line);
		show->lines++;
	}
	free(head);
	free(from_to);
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
	from_to = way(show->cli, m);
	out_say(&show->cli->err, TONE_PLAIN, "%s  %s  %3d %%  %s  %s%s%s\n",
	    watch_text(m, WATCH_VM_NAME), from_to,
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
	size_t i, drawn = 0, left = 0;

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
		if (!cli->err.terminal)
			line(show, m, now);
		else if (m->over)
			continue;
		else if (drawn < BARS_MAX &&
		    (!cli->err.height || show->lines + 4 < cli->err.height)) {
			draw(show, m, now);
			drawn++;
		} else
			left++;
	}
	if (left) {
		out_say(&cli->err, TONE_FAINT, "... and %zu more\n", left);
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
