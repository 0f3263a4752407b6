/*
 * SPDX-License-Identifier: Apache-2.0
 * Screens: what a terminal can do, tones, bars, fields, broken lines. See out.h.
 */
#include "cli/out.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/out_text.h"

enum { WIDTH_OTHERWISE = 100, WIDTH_MIN = 20, WIDTH_MAX = 1000 };

static const char *const paint[] = {
	[TONE_PLAIN] = "",
	[TONE_GOOD] = "\033[32m",
	[TONE_BUSY] = "\033[33m",
	[TONE_BAD] = "\033[1;31m",
	[TONE_UNKNOWN] = "\033[35m",
	[TONE_FAINT] = "\033[2m",
	[TONE_STRONG] = "\033[1m",
};

static bool
is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value != NULL && *value != '\0';
}

void
out_resize(struct out *o)
{
	const char *columns = getenv("COLUMNS");
	struct winsize ws;
	long n = 0;

	memset(&ws, 0, sizeof ws);
	if (!o->terminal || ioctl(fileno(o->f), TIOCGWINSZ, &ws) != 0)
		ws.ws_col = ws.ws_row = 0;
	n = ws.ws_col;
	if (n == 0 && columns != NULL)
		n = strtol(columns, NULL, 10);
	if (n <= 0)
		n = WIDTH_OTHERWISE;
	o->width = n < WIDTH_MIN ? WIDTH_MIN : n > WIDTH_MAX ? WIDTH_MAX : (int)n;
	o->height = ws.ws_row;
}

void
out_init(struct out *o, FILE *f, enum out_format format, const char *colour)
{
	const char *term = getenv("TERM");
	bool dumb = term == NULL || *term == '\0' || strcmp(term, "dumb") == 0;

	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN);
	memset(o, 0, sizeof *o);
	o->f = f;
	o->format = format;
	o->terminal = isatty(fileno(f)) == 1;
	o->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if (strcmp(colour, "always") == 0)
		o->colour = true;
	else if (strcmp(colour, "never") != 0)
		o->colour = o->terminal && !dumb && !is_set("NO_COLOR");
	out_resize(o);
}

bool
out_unread(const struct out *o)
{
	struct pollfd p = { .fd = fileno(o->f) };
	struct stat st;

	return fstat(p.fd, &st) == 0 &&
	    (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) && poll(&p, 1, 0) == 1 &&
	    (p.revents & (POLLERR | POLLHUP)) != 0;
}

int
out_finish(struct out *o, char **cause)
{
	static bool said;
	int error;

	errno = 0;
	if (fflush(o->f) == 0 && !ferror(o->f))
		return 0;
	error = errno != 0 ? errno : EIO;
	/* who reads no more knows it */
	if (!said && !out_unread(o))
		cause_set(
		    cause, "not everything could be written: %s", strerror(error));
	said = true;
	return -1;
}

int
out_columns(const char *text)
{
	char *clean = out_text_clean(true, text, strlen(text));
	int w = out_text_width(clean);

	free(clean);
	return w;
}

char *
out_cut(const struct out *o, const char *text, int columns)
{
	char *clean = out_text_clean(o->utf8, text, strlen(text)), *cut;
	const char *ellipsis = o->utf8 ? "\u2026" : "...";
	int dots = o->utf8 ? 1 : 3, used;
	size_t n;

	if (columns < 0)
		columns = 0;
	if (out_text_width(clean) <= columns)
		return clean;
	if (columns <= dots) {
		ellipsis = "";
		dots = 0;
	}
	n = out_text_fit(clean, columns - dots, &used);
	while (n > 0 && clean[n - 1] == ' ')
		n--;
	cut = xasprintf("%.*s%s", (int)n, clean, ellipsis);
	free(clean);
	return cut;
}

static void
painted(struct out *o, enum out_tone tone, const char *clean)
{
	if (*clean == '\0')
		return;
	if (o->colour && tone != TONE_PLAIN)
		fprintf(o->f, "%s%s\033[0m", paint[tone], clean);
	else
		fputs(clean, o->f);
}

void
out_say(struct out *o, enum out_tone tone, const char *fmt, ...)
{
	char *text, *clean;
	const char *p;
	size_t n;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	for (p = text; *p != '\0'; p += n) {
		n = strcspn(p, "\n");
		clean = out_text_clean(o->utf8, p, n);
		painted(o, tone, clean);
		free(clean);
		if (p[n] == '\n') {
			putc('\n', o->f);
			n++;
		}
	}
	free(text);
}

void
out_field(struct out *o, enum out_tone tone, int columns, bool right, const char *text)
{
	char *clean = out_cut(o, text, columns);
	int pad = columns - out_text_width(clean);

	pad = pad < 0 ? 0 : pad;
	if (right)
		fprintf(o->f, "%*s", pad, "");
	painted(o, tone, clean);
	if (!right)
		fprintf(o->f, "%*s", pad, "");
	free(clean);
}

static void
blanks(struct out *o, int n)
{
	fprintf(o->f, "%*s", n < 0 ? 0 : n, "");
}

void
out_wrapped(struct out *o, const char *first, const char *text)
{
	char *head = out_text_clean(o->utf8, first, strlen(first));
	int indent = out_text_width(head), room, at = 0, used, w;
	const char *p = text;
	char *word, *rest;
	size_t n;

	if (indent > o->width / 2) {
		for (n = strlen(head); n > 0 && head[n - 1] == ' '; n--)
			head[n - 1] = '\0';
		indent = 4;
		fprintf(o->f, "%s\n", head);
		blanks(o, indent);
	} else
		fputs(head, o->f);
	free(head);
	room = o->width - indent;
	for (;;) {
		while (*p == ' ')
			p++;
		if (*p == '\n') {
			putc('\n', o->f);
			blanks(o, p[1] != '\0' && p[1] != '\n' ? indent : 0);
			at = 0;
			p++;
			continue;
		}
		if (*p == '\0')
			break;
		n = strcspn(p, " \n");
		/* a number stays with its unit */
		if (n == strspn(p, "0123456789") && p[n] == ' ' && p[n + 1] != ' ')
			n += 1 + strcspn(p + n + 1, " \n");
		word = rest = out_text_clean(o->utf8, p, n);
		w = out_text_width(word);
		p += n;
		if (at > 0 && at + 1 + w > room) {
			putc('\n', o->f);
			blanks(o, indent);
			at = 0;
		}
		if (at > 0) {
			putc(' ', o->f);
			at++;
		}
		/* a word longer than a line */
		while (w > room) {
			n = out_text_fit(rest, room, &used);
			if (n == 0)
				break;
			fwrite(rest, 1, n, o->f);
			putc('\n', o->f);
			blanks(o, indent);
			rest += n;
			w -= used;
		}
		fputs(rest, o->f);
		at += w;
		free(word);
	}
	putc('\n', o->f);
}

void
out_bar(struct out *o, int per_mille, int width, enum out_tone tone)
{
	const char *full = o->utf8 ? "\u2588" : "#", *empty = o->utf8 ? "\u2591" : "-";
	char *text = NULL;
	size_t size;
	FILE *f;
	int i, n;

	if (width <= 0)
		return;
	if (per_mille < 0) {
		empty = o->utf8 ? "\u00b7" : ".";
		n = 0;
	} else {
		n = per_mille >= 1000 ? width : (per_mille * width + 500) / 1000;
		/* full and empty only when they are true */
		if (n == width && per_mille < 1000)
			n--;
		if (n == 0 && per_mille > 0)
			n = 1;
	}
	f = open_memstream(&text, &size);
	if (f == NULL)
		abort();
	for (i = 0; i < n; i++)
		fputs(full, f);
	fclose(f);
	painted(o, tone, text);
	free(text);
	text = NULL;
	f = open_memstream(&text, &size);
	if (f == NULL)
		abort();
	for (i = n; i < width; i++)
		fputs(empty, f);
	fclose(f);
	painted(o, TONE_FAINT, text);
	free(text);
}
