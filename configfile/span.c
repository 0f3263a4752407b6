/*
 * SPDX-License-Identifier: Apache-2.0
 * The scanner of the editor. See span.h.
 */
#include "configfile/span.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "configfile/conf.h"

#define DEPTH_MAX     100 /* of brackets */
#define SPAN_FILE_MAX (64u << 20)
#define NESTED_MAX    10 /* includes, as in libconfig */

enum token_kind {
	TOKEN_END,
	TOKEN_WORD, /* a name, a number, true or false */
	TOKEN_STRING,
	TOKEN_MARK /* one of = : ; , { } ( ) [ ] */
};

struct token {
	enum token_kind kind;
	char mark;
	size_t file, begin, end;
};

struct scan {
	struct spans *s;
	const char *dir;
	bool includes;
	struct {
		size_t file, at;
	} open[NESTED_MAX + 1]; /* the file that is being read is the last one */
	size_t nopen;
	struct token now;
	char *cause;
};

/* --- files ----------------------------------------------------------------- */

static const char *
eol_of(const char *text)
{
	size_t lf = 0, crlf = 0;
	const char *p;

	for (p = text; *p != '\0'; p++)
		if (*p == '\n') {
			lf++;
			crlf += p > text && p[-1] == '\r';
		}
	return 2 * crlf > lf ? "\r\n" : "\n";
}

static size_t
file_add(struct spans *s, const char *name, char *path, char *text)
{
	struct span_file *f;

	s->files = xreallocarray(s->files, s->nfiles + 1, sizeof(*s->files));
	f = &s->files[s->nfiles];
	memset(f, 0, sizeof(*f));
	f->name = xstrdup(name);
	f->path = path;
	f->text = text;
	f->len = strlen(text);
	f->eol = eol_of(text);
	return s->nfiles++;
}

static void
comment_add(struct span_file *f, size_t begin, size_t end)
{
	f->comments =
	    xreallocarray(f->comments, f->ncomments + 1, sizeof(*f->comments));
	f->comments[f->ncomments++] = (struct span_comment) { begin, end };
}

static unsigned
line_of(const struct span_file *f, size_t at)
{
	unsigned line = 1;
	size_t i;

	for (i = 0; i < at && i < f->len; i++)
		line += f->text[i] == '\n';
	return line;
}

static void
unclear(struct scan *sc, size_t file, size_t at, const char *what)
{
	const struct span_file *f = &sc->s->files[file];

	if (sc->cause == NULL)
		cause_set(&sc->cause,
		    "%s:%u: %s; it cannot be told which bytes are which setting, so "
		    "edit this file by hand",
		    f->path, line_of(f, at), what);
}

/* --- tokens ---------------------------------------------------------------- */

/* At the beginning of a line: reads the name of an @include and opens it. */
static bool
include_here(struct scan *sc)
{
	static const char word[] = "@include";
	size_t file = sc->open[sc->nopen - 1].file, i, quote, end, added;
	struct span_file *f = &sc->s->files[file];
	char *name, *path, *text;
	const size_t at = sc->open[sc->nopen - 1].at;

	if (at > 0 && f->text[at - 1] != '\n')
		return false;
	i = at + strspn(f->text + at, " \t");
	if (strncmp(f->text + i, word, sizeof(word) - 1) != 0)
		return false;
	i += sizeof(word) - 1;
	quote = i + strspn(f->text + i, " \t");
	if (quote == i || f->text[quote] != '"')
		return false;
	end = quote + 1 + strcspn(f->text + quote + 1, "\"\\\n");
	if (f->text[end] != '"' || !sc->includes || sc->nopen > NESTED_MAX) {
		unclear(sc, file, at, "this @include cannot be followed");
		return false;
	}
	name = xstrndup(f->text + quote + 1, end - quote - 1);
	path = xasprintf("%s/%s", sc->dir, name);
	text = conf_slurp(path, SPAN_FILE_MAX, &sc->cause);
	if (text == NULL) {
		free(path);
		free(name);
		return false;
	}
	sc->open[sc->nopen - 1].at = end + 1;
	added = file_add(sc->s, name, path, text);
	f = &sc->s->files[file]; /* they have moved */
	f->includes =
	    xreallocarray(f->includes, f->nincludes + 1, sizeof(*f->includes));
	f->includes[f->nincludes++] = (struct span_include) { quote + 1, end, added };
	sc->open[sc->nopen].file = added;
	sc->open[sc->nopen++].at = 0;
	free(name);
	return true;
}

/* Behind blanks and comments; false: a file ends there. */
static bool
skip_trivia(struct scan *sc)
{
	struct span_file *f;
	size_t at, begin;
	const char *t;

	for (;;) {
		while (sc->cause == NULL && include_here(sc))
			;
		f = &sc->s->files[sc->open[sc->nopen - 1].file];
		t = f->text;
		at = begin = sc->open[sc->nopen - 1].at;
		if (sc->cause != NULL || t[at] == '\0')
			return false;
		if (t[at] == '#' || (t[at] == '/' && t[at + 1] == '/')) {
			at += strcspn(t + at, "\n");
			comment_add(f, begin, at - (t[at - 1] == '\r'));
		} else if (t[at] == '/' && t[at + 1] == '*') {
			for (at += 2;
			     t[at] != '\0' && (t[at] != '*' || t[at + 1] != '/');)
				at++;
			at += t[at] == '\0' ? 0 : 2;
			comment_add(f, begin, at);
		} else if (strchr(" \t\r\n\f", t[at]) != NULL) {
			at++;
		} else {
			return true;
		}
		sc->open[sc->nopen - 1].at = at;
	}
}

static void
advance(struct scan *sc)
{
	static const char word[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_*.+-";
	struct token *now = &sc->now;
	const char *t;
	size_t at;

	while (!skip_trivia(sc)) {
		if (sc->cause != NULL || sc->nopen == 1) {
			now->kind = TOKEN_END;
			now->file = sc->open[0].file;
			now->begin = now->end = sc->open[0].at;
			now->mark = '\0';
			return;
		}
		sc->nopen--;
	}
	now->file = sc->open[sc->nopen - 1].file;
	now->begin = at = sc->open[sc->nopen - 1].at;
	now->mark = '\0';
	t = sc->s->files[now->file].text;
	if (t[at] == '"') {
		now->kind = TOKEN_STRING;
		for (at++; t[at] != '\0' && t[at] != '"'; at++)
			if (t[at] == '\\' && t[at + 1] != '\0')
				at++;
		at += t[at] == '"';
	} else if (strspn(t + at, word) > 0) {
		now->kind = TOKEN_WORD;
		at += strspn(t + at, word);
	} else {
		now->kind = TOKEN_MARK;
		now->mark = t[at++];
		if (strchr("=:;,{}()[]", now->mark) == NULL)
			unclear(sc, now->file, now->begin, "a character out of place");
	}
	now->end = sc->open[sc->nopen - 1].at = at;
}

/* --- settings -------------------------------------------------------------- */

static void parse_value(struct scan *, struct span *, unsigned depth);

static struct span *
child_add(struct span *parent, size_t *room)
{
	struct span *c;

	if (parent->n == *room) {
		*room = *room == 0 ? 8 : 2 * *room;
		parent->children =
		    xreallocarray(parent->children, *room, sizeof(*parent->children));
	}
	c = &parent->children[parent->n++];
	memset(c, 0, sizeof(*c));
	c->sep = c->sep_file = SPAN_NOWHERE;
	return c;
}

static void
take_separator(struct scan *sc, struct span *c)
{
	c->sep_file = sc->now.file;
	c->sep = sc->now.begin;
	advance(sc);
}

/* Up to the closing brace, or the end. */
static void
parse_settings(struct scan *sc, struct span *group, unsigned depth)
{
	struct span *c;
	size_t room = 0;

	while (sc->cause == NULL && sc->now.kind == TOKEN_WORD) {
		c = child_add(group, &room);
		c->file = sc->now.file;
		c->begin = sc->now.begin;
		c->name = xstrndup(
		    sc->s->files[c->file].text + c->begin, sc->now.end - sc->now.begin);
		advance(sc);
		if (sc->now.mark != '=' && sc->now.mark != ':') {
			unclear(sc, sc->now.file, sc->now.begin, "no = after a name");
			return;
		}
		advance(sc);
		parse_value(sc, c, depth);
		if (sc->now.mark == ';' || sc->now.mark == ',')
			take_separator(sc, c);
	}
}

static void
parse_elements(struct scan *sc, struct span *list, char closer, unsigned depth)
{
	struct span *c;
	size_t room = 0;

	while (sc->cause == NULL && sc->now.mark != closer) {
		c = child_add(list, &room);
		c->file = sc->now.file;
		c->begin = sc->now.begin;
		parse_value(sc, c, depth);
		if (sc->now.mark != ',')
			break;
		take_separator(sc, c);
	}
}

static void
parse_value(struct scan *sc, struct span *c, unsigned depth)
{
	const struct token first = sc->now;
	char closer = '\0';

	c->value = first.begin;
	c->end = first.end;
	c->end_file = first.file;
	if (sc->cause != NULL)
		return;
	if (first.kind == TOKEN_END || depth > DEPTH_MAX ||
	    (c->name != NULL && c->file != first.file)) {
		unclear(sc, first.file, first.begin, "no value here");
		return;
	}
	advance(sc);
	if (first.kind == TOKEN_STRING) {
		for (; sc->now.kind == TOKEN_STRING; advance(sc)) {
			c->end = sc->now.end;
			c->end_file = sc->now.file;
		}
	} else if (first.mark == '{') {
		c->kind = SPAN_GROUP;
		closer = '}';
		parse_settings(sc, c, depth + 1);
	} else if (first.mark == '(' || first.mark == '[') {
		c->kind = first.mark == '(' ? SPAN_LIST : SPAN_ARRAY;
		closer = first.mark == '(' ? ')' : ']';
		parse_elements(sc, c, closer, depth + 1);
	} else if (first.kind != TOKEN_WORD) {
		unclear(sc, first.file, first.begin, "no value here");
	}
	if (closer == '\0' || sc->cause != NULL)
		return;
	if (sc->now.mark != closer) {
		unclear(sc, sc->now.file, sc->now.begin, "a bracket is not closed");
		return;
	}
	c->end = sc->now.end;
	c->end_file = sc->now.file;
	advance(sc);
}

/* Once nothing moves any more. */
static void
set_parents(struct span *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		s->children[i].parent = s;
		s->children[i].nth = i;
		set_parents(&s->children[i]);
	}
}

/* --- against libconfig ----------------------------------------------------- */

static json_t *
tree_of(const config_setting_t *at)
{
	const char *text;
	json_t *all;
	int i, n;

	switch (config_setting_type(at)) {
	case CONFIG_TYPE_INT:
		return json_integer(config_setting_get_int(at));
	case CONFIG_TYPE_INT64:
		return json_integer(config_setting_get_int64(at));
	case CONFIG_TYPE_FLOAT:
		return json_real(config_setting_get_float(at));
	case CONFIG_TYPE_BOOL:
		return json_boolean(config_setting_get_bool(at));
	case CONFIG_TYPE_STRING:
		text = config_setting_get_string(at);
		return json_stringn_nocheck(
		    text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
	default:
		break;
	}
	n = config_setting_length(at);
	all = config_setting_is_group(at) ? json_object() : json_array();
	for (i = 0; i < n; i++) {
		const config_setting_t *c = config_setting_get_elem(at, (unsigned)i);

		if (json_is_object(all))
			json_object_set_new_nocheck(
			    all, config_setting_name(c), tree_of(c));
		else
			json_array_append_new(all, tree_of(c));
	}
	return all;
}

static bool
agrees(const struct span *s, const config_setting_t *at)
{
	static const int kinds[] = { [SPAN_GROUP] = CONFIG_TYPE_GROUP,
		[SPAN_LIST] = CONFIG_TYPE_LIST,
		[SPAN_ARRAY] = CONFIG_TYPE_ARRAY };
	size_t i;

	if (s->kind == SPAN_SCALAR)
		return config_setting_is_scalar(at) != 0;
	if (config_setting_type(at) != kinds[s->kind] ||
	    (size_t)config_setting_length(at) != s->n)
		return false;
	for (i = 0; i < s->n; i++) {
		const config_setting_t *c = config_setting_get_elem(at, (unsigned)i);

		if ((s->kind == SPAN_GROUP &&
		        strcmp(config_setting_name(c), s->children[i].name) != 0) ||
		    !agrees(&s->children[i], c))
			return false;
	}
	return true;
}

static void
compare(struct scan *sc, const char *text)
{
	config_t lib;

	config_init(&lib);
	config_set_include_dir(&lib, sc->dir);
	if (config_read_string(&lib, text) != CONFIG_TRUE)
		cause_set(&sc->cause, "%s:%d: %s",
		    config_error_file(&lib) == NULL ? sc->s->files[0].path
		                                    : config_error_file(&lib),
		    config_error_line(&lib),
		    config_error_text(&lib) == NULL ? "cannot be read"
		                                    : config_error_text(&lib));
	else if (!agrees(&sc->s->root, config_root_setting(&lib)))
		unclear(sc, 0, 0, "this is written in a way that is not understood");
	else
		sc->s->tree = tree_of(config_root_setting(&lib));
	config_destroy(&lib);
}

/* --- in and out ------------------------------------------------------------ */

struct spans *
spans_read(const char *text, const char *path, bool includes, char **cause)
{
	struct spans *s = xcalloc(1, sizeof(*s));
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? xstrdup(".")
	    : slash == path       ? xstrdup("/")
	                          : xstrndup(path, (size_t)(slash - path));
	struct scan sc = { .s = s, .dir = dir, .includes = includes, .nopen = 1 };

	file_add(s, NULL, xstrdup(path), xstrdup(text));
	s->root.kind = SPAN_GROUP;
	s->root.sep = s->root.sep_file = SPAN_NOWHERE;
	s->root.end = s->files[0].len;
	advance(&sc);
	parse_settings(&sc, &s->root, 0);
	if (sc.cause == NULL && sc.now.kind != TOKEN_END)
		unclear(&sc, sc.now.file, sc.now.begin, "a setting is wanted here");
	set_parents(&s->root);
	/* includes that cannot be read end the process from within libconfig */
	if (sc.cause == NULL)
		compare(&sc, text);
	free(dir);
	if (sc.cause != NULL) {
		cause_set(cause, "%s", sc.cause);
		free(sc.cause);
		spans_free(s);
		return NULL;
	}
	return s;
}

static void
span_clear(struct span *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		span_clear(&s->children[i]);
	free(s->children);
	free(s->name);
}

void
spans_free(struct spans *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->nfiles; i++) {
		free(s->files[i].name);
		free(s->files[i].path);
		free(s->files[i].text);
		free(s->files[i].comments);
		free(s->files[i].includes);
	}
	free(s->files);
	span_clear(&s->root);
	json_decref(s->tree);
	free(s);
}
