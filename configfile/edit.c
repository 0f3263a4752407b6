/*
 * SPDX-License-Identifier: Apache-2.0
 * The editor: the wanted tree against the text, and the proof that it became so. See
 * edit.h.
 */
#include "configfile/edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diff.h"
#include "base/mem.h"
#include "configfile/conf.h"
#include "configfile/edit_impl.h"

#define FILE_MAX (64u << 20)
#define COMPARE_MAX                                                      \
	(1u << 22) /* pairs of elements that are held against each other \
	            */

/* --- in and out ------------------------------------------------------------ */

static struct edit *
edit_new_of(const char *text, const char *path, bool includes, char **cause)
{
	struct edit *e = xcalloc(1, sizeof(*e));

	e->path = xstrdup(path);
	e->includes = includes;
	e->s = spans_read(text, path, includes, cause);
	if (e->s == NULL) {
		edit_free(e);
		return NULL;
	}
	e->tree = json_deep_copy(e->s->tree);
	e->texts = xcalloc(e->s->nfiles, sizeof(*e->texts));
	return e;
}

struct edit *
edit_open(const char *path, char **cause)
{
	char *why = NULL, *text = conf_slurp(path, FILE_MAX, &why);
	struct edit *e = NULL;

	if (text == NULL)
		cause_set(cause, "%s: %s", path, why);
	else
		e = edit_new_of(text, path, true, cause);
	free(why);
	free(text);
	return e;
}

struct edit *
edit_text(const char *text, const char *name, char **cause)
{
	return edit_new_of(text, name, false, cause);
}

static void
cuts_clear(struct edit *e)
{
	size_t i;

	for (i = 0; i < e->ncuts; i++)
		free(e->cuts[i].text);
	e->ncuts = 0;
}

void
edit_free(struct edit *e)
{
	size_t i;

	if (e == NULL)
		return;
	for (i = 0; e->s != NULL && e->texts != NULL && i < e->s->nfiles; i++)
		free(e->texts[i]);
	free(e->texts);
	cuts_clear(e);
	free(e->cuts);
	spans_free(e->s);
	json_decref(e->tree);
	free(e->path);
	free(e);
}

json_t *
edit_tree(struct edit *e)
{
	return e->tree;
}

void
edit_replace(struct edit *e, const char *text)
{
	cuts_clear(e); /* nothing has moved that is known of */
	free(e->texts[0]);
	e->texts[0] = xstrdup(text);
	e->replaced = true;
}

size_t
edit_nfiles(const struct edit *e)
{
	return e->s->nfiles;
}

const char *
edit_path(const struct edit *e, size_t file)
{
	return e->s->files[file].path;
}

const char *
edit_old(const struct edit *e, size_t file)
{
	return e->s->files[file].text;
}

const char *
edit_new(const struct edit *e, size_t file)
{
	return e->texts[file] == NULL ? edit_old(e, file) : e->texts[file];
}

bool
edit_changed(const struct edit *e, size_t file)
{
	return e->texts[file] != NULL && strcmp(e->texts[file], edit_old(e, file)) != 0;
}

bool
edit_changed_any(const struct edit *e)
{
	size_t i;

	for (i = 0; i < e->s->nfiles; i++)
		if (edit_changed(e, i))
			return true;
	return false;
}

char *
edit_diff(const struct edit *e)
{
	char *text = NULL, *one;
	size_t i, len;
	FILE *f = open_memstream(&text, &len);

	for (i = 0; i < e->s->nfiles; i++) {
		one =
		    diff_unified(edit_old(e, i), strlen(edit_old(e, i)), edit_new(e, i),
		        strlen(edit_new(e, i)), edit_path(e, i), edit_path(e, i));
		fputs(one, f);
		free(one);
	}
	fclose(f);
	return text;
}

/* --- what differs ---------------------------------------------------------- */

static void reconcile(
    struct edit *, const struct span *, const json_t *was, const json_t *want);

/* By what an entry of a list goes; NULL: by all of its value. */
static const char *
identity(const json_t *v)
{
	static const char *const keys[] = { "name", "cluster", "group" };
	const char *s = NULL;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]) && s == NULL; i++)
		s = json_string_value(json_object_get(v, keys[i]));
	return s;
}

static bool
same_entry(const json_t *a, const json_t *b)
{
	const char *x = identity(a), *y = identity(b);

	return x != NULL && y != NULL ? strcmp(x, y) == 0 : json_equal(a, b) != 0;
}

/* Which old entry each of the wanted ones is, SPAN_NOWHERE: none; both in order. */
struct match {
	const json_t *was, *want;
	size_t from, was_to, want_to; /* the part that is not the same at the ends */
	size_t *of; /* by wanted one */
};

static void
match_ends(struct match *m)
{
	size_t n = json_array_size(m->want);

	m->was_to = json_array_size(m->was);
	m->want_to = n;
	while (m->from < m->was_to && m->from < m->want_to &&
	    same_entry(
	        json_array_get(m->was, m->from), json_array_get(m->want, m->from))) {
		m->of[m->from] = m->from;
		m->from++;
	}
	while (m->was_to > m->from && m->want_to > m->from &&
	    same_entry(json_array_get(m->was, m->was_to - 1),
	        json_array_get(m->want, m->want_to - 1)))
		m->of[--m->want_to] = --m->was_to;
}

/* The longest common sequence of the middle. */
static void
match_middle(struct match *m)
{
	const size_t a = m->was_to - m->from, b = m->want_to - m->from;
	unsigned *best, here;
	size_t i, j;

	if (a == 0 || b == 0 || a > COMPARE_MAX / b)
		return;
	best = xcalloc((a + 1) * (b + 1), sizeof(*best));
#define BEST(i, j) best[(i) * (b + 1) + (j)]
	for (i = a; i-- > 0;)
		for (j = b; j-- > 0;) {
			here = BEST(i + 1, j) > BEST(i, j + 1) ? BEST(i + 1, j)
			                                       : BEST(i, j + 1);
			if (same_entry(json_array_get(m->was, m->from + i),
			        json_array_get(m->want, m->from + j)) &&
			    BEST(i + 1, j + 1) + 1 > here)
				here = BEST(i + 1, j + 1) + 1;
			BEST(i, j) = here;
		}
	for (i = j = 0; i < a && j < b;) {
		if (same_entry(json_array_get(m->was, m->from + i),
		        json_array_get(m->want, m->from + j)) &&
		    BEST(i, j) == BEST(i + 1, j + 1) + 1) {
			m->of[m->from + j] = m->from + i;
			i++;
			j++;
		} else if (BEST(i + 1, j) >= BEST(i, j + 1)) {
			i++;
		} else {
			j++;
		}
	}
#undef BEST
	free(best);
}

/*
 * The entries between two that stay: as many as there were on both sides are written
 * over each other, the rest is put in or taken out.
 */
static void
reconcile_gap(struct edit *e, const struct span *s, const json_t *was,
    const json_t *want, size_t *i, size_t i_to, size_t *j, size_t j_to, bool *gone)
{
	json_t **more;
	size_t n;

	for (; *i < i_to && *j < j_to; ++*i, ++*j)
		reconcile(e, &s->children[*i], json_array_get(was, *i),
		    json_array_get(want, *j));
	for (; *i < i_to; ++*i)
		gone[*i] = true;
	if (*j == j_to)
		return;
	more = xcalloc(j_to - *j, sizeof(json_t *));
	for (n = 0; *j < j_to; ++*j)
		more[n++] = json_array_get(want, *j);
	cut_elements(e, s, *i == 0 ? NULL : &s->children[*i - 1], more, n);
	free(more);
}

static void
reconcile_list(
    struct edit *e, const struct span *s, const json_t *was, const json_t *want)
{
	const size_t n = json_array_size(want);
	struct match m = { .was = was, .want = want };
	bool *gone;
	size_t i = 0, j = 0, k;

	if (s->n == 0) {
		if (n > 0)
			cut_value(e, s, want);
		return;
	}
	gone = xcalloc(s->n, sizeof(*gone));
	m.of = xcalloc(n + 1, sizeof(*m.of));
	for (k = 0; k < n; k++)
		m.of[k] = SPAN_NOWHERE;
	match_ends(&m);
	match_middle(&m);
	for (k = 0; k < n; k++) {
		if (m.of[k] == SPAN_NOWHERE)
			continue;
		reconcile_gap(e, s, was, want, &i, m.of[k], &j, k, gone);
		reconcile(e, &s->children[i], json_array_get(was, i),
		    json_array_get(want, k));
		i++;
		j++;
	}
	reconcile_gap(e, s, was, want, &i, s->n, &j, n, gone);
	cut_gone(e, s, gone);
	free(gone);
	free(m.of);
}

static void
reconcile_group(
    struct edit *e, const struct span *s, const json_t *was, const json_t *want)
{
	const struct span *c, *last = NULL;
	const char *key;
	json_t *v;
	size_t i;

	for (i = 0; i < s->n; i++) {
		c = &s->children[i];
		v = json_object_get(want, c->name);
		if (v == NULL) {
			cut_entry(e, c);
			continue;
		}
		reconcile(e, c, json_object_get(was, c->name), v);
		/* a new section goes into no include */
		if (c->file == c->end_file && (s->parent != NULL || c->file == 0))
			last = c;
	}
	json_object_foreach ((json_t *)want, key, v) {
		if (json_object_get(was, key) == NULL)
			cut_setting(e, s, last, key, v);
	}
}

static void
reconcile(struct edit *e, const struct span *s, const json_t *was, const json_t *want)
{
	if (json_equal(was, want))
		return;
	if (s->kind == SPAN_GROUP && json_is_object(want))
		reconcile_group(e, s, was, want);
	else if ((s->kind == SPAN_LIST || s->kind == SPAN_ARRAY) && json_is_array(want))
		reconcile_list(e, s, was, want);
	else
		cut_value(e, s, want);
}

/* --- the proof ------------------------------------------------------------- */

/* Where a byte of the old text is in the new one; SPAN_NOWHERE: it is gone. */
static size_t
moved(const struct edit *e, size_t file, size_t pos)
{
	const struct cut *c;
	size_t to = pos, i;

	for (i = 0; i < e->ncuts; i++) {
		c = &e->cuts[i];
		if (c->file != file || c->pos > pos)
			continue;
		if (c->pos + c->len > pos)
			return SPAN_NOWHERE;
		to += strlen(c->text) - c->len;
	}
	return to;
}

/* The new text, each include that stands in it treated by its line. */
static void
put_new(const struct edit *e, size_t file, const char *const *names, FILE *out)
{
	const struct span_file *f = &e->s->files[file];
	const struct span_include *inc;
	const char *text = edit_new(e, file);
	size_t at = 0, begin, end, i;

	for (i = 0; i < f->nincludes && !e->replaced; i++) {
		inc = &f->includes[i];
		begin = moved(e, file, inc->begin);
		end = moved(e, file, inc->end);
		if (begin == SPAN_NOWHERE || end == SPAN_NOWHERE)
			continue;
		if (names == NULL) { /* the file itself in place of the line */
			while (begin > at && text[begin - 1] != '@')
				begin--;
			fwrite(text + at, 1, begin - at - (begin > at), out);
			put_new(e, inc->file, NULL, out);
			at = end + 1;
		} else {
			fwrite(text + at, 1, begin - at, out);
			fputs(names[inc->file] == NULL ? e->s->files[inc->file].name
			                               : names[inc->file],
			    out);
			at = end;
		}
	}
	fputs(text + at, out);
}

char *
edit_new_including(const struct edit *e, size_t file, const char *const *names)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	put_new(e, file, names, f);
	fclose(f);
	return text;
}

static int
prove(const struct edit *e, char **cause)
{
	char *text = edit_new_including(e, 0, NULL), *why = NULL;
	struct spans *now = spans_read(text, e->path, false, &why);
	int result = 0;

	if (now == NULL || !json_equal(now->tree, e->tree))
		result = cause_set(cause,
		    "%s: this change cannot be written into the file as it stands%s%s; "
		    "nothing was changed, edit it by hand",
		    e->path, why == NULL ? "" : ": ", why == NULL ? "" : why);
	free(text);
	free(why);
	spans_free(now);
	return result;
}

/* A file that is included twice can only be changed in both places, or in none. */
static int
once(const struct edit *e, char **cause)
{
	size_t i, k;

	for (i = 1; i < e->s->nfiles; i++)
		for (k = 1; k < e->s->nfiles && e->texts[i] != NULL; k++)
			if (k != i &&
			    strcmp(e->s->files[i].name, e->s->files[k].name) == 0)
				return cause_set(cause,
				    "%s is included twice; edit it by hand",
				    e->s->files[i].path);
	return 0;
}

int
edit_apply(struct edit *e, char **cause)
{
	size_t i;

	cuts_clear(e);
	reconcile(e, &e->s->root, e->s->tree, e->tree);
	if (cuts_apply(e) == 0 && once(e, cause) == 0 && prove(e, cause) == 0)
		return 0;
	if (cause != NULL && *cause == NULL)
		cause_set(cause, "%s: two changes meet in one place", e->path);
	for (i = 0; i < e->s->nfiles; i++)
		xfree_clear(&e->texts[i]);
	return -1;
}
