/*
 * SPDX-License-Identifier: Apache-2.0
 * A tree drawn for a terminal. See branch.h.
 */
#include "cli/branch.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
	NAME_MOST = 28, /* names are lined up to this, longer ones stick out */
	BAR_MOST = 12,
	BAR_LEAST = 4,
	DEPTH_MAX = 16,
	FIGURE = 6, /* " 100 %" */
};

struct branch *
branch_new(struct branch *parent, char *name, const char *state)
{
	struct branch *b = xcalloc(1, sizeof *b);

	b->name = name;
	b->state = state;
	b->cpu = b->memory = -1;
	if (parent != NULL)
		branch_adopt(parent, b);
	return b;
}

void
branch_adopt(struct branch *parent, struct branch *child)
{
	if (parent->n == parent->size) {
		parent->size = parent->size == 0 ? 8 : 2 * parent->size;
		parent->child =
		    xreallocarray(parent->child, parent->size, sizeof(*parent->child));
	}
	parent->child[parent->n++] = child;
}

/* Which of two tones asks for more attention. */
static enum out_tone
louder(enum out_tone a, enum out_tone b)
{
	static const int loudness[] = {
		[TONE_PLAIN] = 1,
		[TONE_GOOD] = 2,
		[TONE_BUSY] = 4,
		[TONE_BAD] = 5,
		[TONE_UNKNOWN] = 3,
		[TONE_FAINT] = 0,
		[TONE_STRONG] = 1,
	};

	return loudness[a] >= loudness[b] ? a : b;
}

void
branch_note(struct branch *b, enum out_tone tone, const char *fmt, ...)
{
	va_list ap;
	char *text, *all;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	if (b->note == NULL) {
		b->note = text;
		b->note_tone = tone;
		return;
	}
	all = xasprintf("%s, %s", b->note, text);
	free(text);
	free(b->note);
	b->note = all;
	b->note_tone = louder(b->note_tone, tone);
}

void
branch_free(struct branch *b)
{
	size_t i;

	if (b == NULL)
		return;
	for (i = 0; i < b->n; i++)
		branch_free(b->child[i]);
	free(b->child);
	free(b->name);
	free(b->note);
	free(b);
}

/* A line in the making: what is still free of it. */
struct line {
	struct out *o;
	int left;
};

static void
put(struct line *l, enum out_tone tone, int columns, const char *text)
{
	columns = columns < l->left ? columns : l->left;
	if (columns <= 0)
		return;
	out_field(l->o, tone, columns, false, text);
	l->left -= columns;
}

/* Not filled up, so that no line ends with blanks. */
static void
put_all(struct line *l, enum out_tone tone, const char *text)
{
	char *cut = out_cut(l->o, text, l->left);

	out_say(l->o, tone, "%s", cut);
	l->left -= out_columns(cut) < out_columns(text) ? l->left : out_columns(text);
	free(cut);
}

static enum out_tone
load_tone(int per_mille)
{
	return per_mille >= 900 ? TONE_BAD : per_mille >= 750 ? TONE_BUSY : TONE_GOOD;
}

static void
load(struct line *l, const char *what, int per_mille, int bar)
{
	char figure[16];

	put_all(l, TONE_FAINT, what);
	if (bar > 0 && l->left >= bar) {
		out_bar(l->o, per_mille, bar,
		    per_mille < 0 ? TONE_UNKNOWN : load_tone(per_mille));
		l->left -= bar;
	}
	if (per_mille < 0)
		snprintf(figure, sizeof figure, " unknown");
	else
		snprintf(figure, sizeof figure, " %3d %%", (per_mille + 5) / 10);
	put_all(l, per_mille < 0 ? TONE_UNKNOWN : TONE_PLAIN, figure);
}

/* The bars share what the words leave. */
static void
loads(struct line *l, const struct branch *b)
{
	const int words = (int)(strlen("  cpu ") + strlen("  memory ")) + 2 * FIGURE;
	int note = b->note != NULL ? out_columns(b->note) + 2 : 0;
	int bar = (l->left - words - note) / 2;

	bar = bar > BAR_MOST ? BAR_MOST : bar < BAR_LEAST ? 0 : bar;
	if (b->cpu < 0 && b->memory < 0) {
		load(l, "  load ", -1, bar);
		return;
	}
	load(l, "  cpu ", b->cpu, bar);
	load(l, "  memory ", b->memory, bar);
}

static void
print_line(struct out *o, const struct branch *b, const char *prefix, int name_width,
    int state_width)
{
	struct out buffer = *o;
	struct line l = { &buffer, o->width };
	const char *words;
	char *text = NULL;
	size_t n;
	int w;

	buffer.f = open_memstream(&text, &n);
	if (buffer.f == NULL)
		abort();

	put_all(&l, TONE_FAINT, prefix);
	w = out_columns(b->name);
	w = w > name_width ? w : name_width;
	if (b->state == NULL && !b->loads && b->note == NULL)
		w = out_columns(b->name);
	put(&l, b->tone, w, b->name);
	if (state_width > 0 && (b->state != NULL || b->loads || b->note != NULL)) {
		words = b->state != NULL ? out_words(b->state) : "";
		w = out_columns(words);
		put_all(&l, TONE_PLAIN, "  ");
		put(&l, b->state != NULL ? out_tone_of(b->state) : TONE_PLAIN,
		    b->loads || b->note != NULL ? state_width : w, words);
	}
	if (b->loads)
		loads(&l, b);
	if (b->note != NULL) {
		if (l.left > 2)
			put_all(&l, TONE_PLAIN, "  ");
		put_all(&l, b->note_tone, b->note);
	}
	fclose(buffer.f);
	/* columns that were filled up for what had no room any more */
	while (n > 0 && text[n - 1] == ' ')
		n--;
	fprintf(o->f, "%.*s\n", (int)n, text);
	free(text);
}

static void
print_below(struct out *o, const struct branch *b, const char *prefix, int depth)
{
	const char *tee = o->utf8 ? "\u251c\u2500 " : "|- ",
	           *end = o->utf8 ? "\u2514\u2500 " : "`- ",
	           *bar = o->utf8 ? "\u2502  " : "|  ";
	int names = 0, states = 0, w;
	char *line, *below;
	bool last;
	size_t i;

	for (i = 0; i < b->n; i++) {
		w = out_columns(b->child[i]->name);
		if (w > names && w <= NAME_MOST && b->child[i]->state != NULL)
			names = w;
		if (b->child[i]->state != NULL) {
			w = out_columns(out_words(b->child[i]->state));
			states = w > states ? w : states;
		}
	}
	for (i = 0; i < b->n; i++) {
		last = i + 1 == b->n;
		line = xasprintf("%s%s", prefix, last ? end : tee);
		below = xasprintf("%s%s", prefix, last ? "   " : bar);
		print_line(o, b->child[i], line, b->child[i]->state != NULL ? names : 0,
		    b->child[i]->state != NULL ? states : 0);
		if (depth < DEPTH_MAX)
			print_below(o, b->child[i], below, depth + 1);
		free(line);
		free(below);
	}
}

void
branch_print(struct out *o, const struct branch *root)
{
	print_line(o, root, "", 0,
	    root->state != NULL ? out_columns(out_words(root->state)) : 0);
	print_below(o, root, "", 0);
}
