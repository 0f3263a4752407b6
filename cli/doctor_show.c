/*
 * SPDX-License-Identifier: Apache-2.0
 * How the doctor's report looks: by object, the worst first; and as a document. See
 * doctor.h.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/doctor.h"

enum {
	SAME_SHOWN = 6, /* findings of one code, in full */
	SEEN_SHOWN = 6, /* of one code about one object */
	FINE_SHOWN = 12
};

static enum doctor_severity
severity_of(const struct doctor_finding *f)
{
	return doctor_rules[f->code].severity;
}

/* --- order ----------------------------------------------------------------- */

struct place { /* of a finding on the screen */
	const struct doctor_finding *f;
	size_t object; /* order of its object */
	enum doctor_severity worst; /* of that */
};

static int
compare(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->worst != y->worst)
		return x->worst < y->worst ? -1 : 1;
	if (x->object != y->object)
		return x->object < y->object ? -1 : 1;
	if (severity_of(x->f) != severity_of(y->f))
		return severity_of(x->f) < severity_of(y->f) ? -1 : 1;
	if (x->f->code != y->f->code)
		return x->f->code < y->f->code ? -1 : 1;
	return x->f < y->f ? -1 : x->f > y->f;
}

static int
by_object(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int diff = strcmp(x->f->object, y->f->object);

	return diff != 0 ? diff : x->f < y->f ? -1 : x->f > y->f;
}

/* The findings in order; the caller frees. */
static struct place *
in_order(const struct doctor_report *r)
{
	struct place *p = xcalloc(r->n + 1, sizeof(*p));
	enum doctor_severity worst;
	size_t i, j, end;

	for (i = 0; i < r->n; i++)
		p[i].f = &r->findings[i];
	qsort(p, r->n, sizeof(*p), by_object);
	for (i = 0; i < r->n; i = end) {
		worst = DOCTOR_INFO;
		for (end = i;
		     end < r->n && strcmp(p[end].f->object, p[i].f->object) == 0; end++)
			if (severity_of(p[end].f) < worst)
				worst = severity_of(p[end].f);
		for (j = i; j < end; j++) {
			p[j].worst = worst;
			p[j].object = (size_t)(p[i].f - r->findings);
		}
	}
	qsort(p, r->n, sizeof(*p), compare);
	return p;
}

/* --- screen ---------------------------------------------------------------- */

static enum out_tone
tone_of(enum doctor_severity severity)
{
	return severity == DOCTOR_CRITICAL ? TONE_BAD
	    : severity == DOCTOR_WARNING   ? TONE_BUSY
	                                   : TONE_FAINT;
}

static bool
same_advice(const struct doctor_finding *a, const struct doctor_finding *b)
{
	return a->code == b->code && strcmp(a->remedy, b->remedy) == 0;
}

/* Findings of one object with one advice; what was explained before is not repeated. */
static void
show_some(struct out *o, const struct place *p, size_t n, bool verbose, bool explained)
{
	const struct doctor_rule *rule = &doctor_rules[p[0].f->code];
	size_t i;

	out_say(o, TONE_PLAIN, "  ");
	out_say(
	    o, tone_of(rule->severity), "%-8s", doctor_severity_word(rule->severity));
	out_say(o, TONE_PLAIN, "  %s\n", rule->word);
	if (!explained)
		out_wrapped(o, "      ", rule->meaning);
	for (i = 0; i < n && (verbose || i < SEEN_SHOWN); i++)
		out_wrapped(o, "      seen: ", p[i].f->evidence);
	if (i < n)
		out_say(o, TONE_PLAIN, "      seen: %zu more (--verbose)\n", n - i);
	if (!explained || p[0].f->remedy != NULL)
		out_wrapped(o, "      do:   ", p[0].f->remedy);
}

static void
show_left_out(struct out *o, const struct place *p, size_t n, const bool *shown)
{
	size_t left[DOCTOR_CODES] = { 0 }, i;
	bool any = false;

	for (i = 0; i < n; i++)
		if (!shown[i])
			left[p[i].f->code]++;
	for (i = 0; i < DOCTOR_CODES; i++) {
		if (left[i] == 0)
			continue;
		if (!any)
			out_say(o, TONE_STRONG, "more of the same (--verbose)\n");
		any = true;
		out_say(o, TONE_PLAIN, "  ");
		out_say(o, tone_of(doctor_rules[i].severity), "%-8s",
		    doctor_severity_word(doctor_rules[i].severity));
		out_say(o, TONE_PLAIN, "  %s: %zu\n", doctor_rules[i].word, left[i]);
	}
	if (any)
		out_say(o, TONE_PLAIN, "\n");
}

static void
show_findings(struct out *o, const struct doctor_report *r, bool verbose)
{
	struct place *p = in_order(r);
	bool *shown = xcalloc(r->n + 1, sizeof(*shown));
	bool explained[DOCTOR_CODES] = { false };
	size_t count[DOCTOR_CODES] = { 0 }, i, j, end;
	const char *object = NULL;

	for (i = 0; i < r->n; i = end) {
		for (end = i + 1; end < r->n && p[end].object == p[i].object &&
		     same_advice(p[end].f, p[i].f);
		     end++)
			;
		if (!verbose && count[p[i].f->code]++ >= SAME_SHOWN)
			continue;
		for (j = i; j < end; j++)
			shown[j] = true;
		if (object == NULL || strcmp(object, p[i].f->object) != 0) {
			if (object != NULL)
				out_say(o, TONE_PLAIN, "\n");
			object = p[i].f->object;
			out_say(o, TONE_STRONG, "%s\n", object);
		}
		show_some(o, &p[i], end - i, verbose, explained[p[i].f->code]);
		explained[p[i].f->code] = true;
	}
	if (object != NULL)
		out_say(o, TONE_PLAIN, "\n");
	show_left_out(o, p, r->n, shown);
	free(shown);
	free(p);
}

static void
show_lines(struct out *o, const struct doctor_lines *l, size_t most)
{
	char *line;
	size_t i;

	for (i = 0; i < l->n && i < most; i++) {
		line = xasprintf("%s: %s", l->list[i].object, l->list[i].text);
		out_wrapped(o, "  ok  ", line);
		free(line);
	}
	if (i < l->n)
		out_say(o, TONE_PLAIN, "      %zu more (--verbose)\n", l->n - i);
}

/* Lines about objects that nothing worse than info was found of. */
static struct doctor_lines
fine_lines(const struct doctor_report *r, bool all)
{
	struct doctor_lines l = { 0 };
	size_t i, j;

	l.list = xcalloc(r->fine.n + 1, sizeof(*l.list));
	for (i = 0; i < r->fine.n; i++) {
		for (j = 0; !all && j < r->n; j++)
			if (severity_of(&r->findings[j]) == DOCTOR_CRITICAL &&
			    strcmp(r->findings[j].object, r->fine.list[i].object) == 0)
				break;
		if (all || j == r->n)
			l.list[l.n++] = r->fine.list[i];
	}
	return l;
}

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void
show_screen(struct out *o, const struct doctor_report *r, bool verbose)
{
	size_t critical = doctor_count(r, DOCTOR_CRITICAL);
	size_t warnings = doctor_count(r, DOCTOR_WARNING);
	size_t infos = doctor_count(r, DOCTOR_INFO);
	struct doctor_lines fine = fine_lines(r, verbose);

	show_findings(o, r, verbose);
	show_lines(o, &fine, verbose ? SIZE_MAX : FINE_SHOWN);
	if (verbose)
		show_lines(o, &r->passed, SIZE_MAX);
	if (fine.n > 0 || verbose)
		out_say(o, TONE_PLAIN, "\n");
	out_say(o,
	    critical > 0       ? TONE_BAD
	        : warnings > 0 ? TONE_BUSY
	                       : TONE_GOOD,
	    "%zu critical, %zu warning%s, %zu for information", critical, warnings,
	    plural(warnings), infos);
	out_say(o, TONE_PLAIN, "; %zu check%s passed%s\n", r->passed.n,
	    plural(r->passed.n), verbose ? "" : " (--verbose lists them)");
	free(fine.list);
}

/* --- document -------------------------------------------------------------- */

static json_t *
document(const struct doctor_report *r)
{
	json_t *findings = json_array(), *passed = json_array();
	struct place *p = in_order(r);
	const struct doctor_rule *rule;
	size_t i;

	for (i = 0; i < r->n; i++) {
		rule = &doctor_rules[p[i].f->code];
		json_array_append_new(findings,
		    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "severity",
		        doctor_severity_word(rule->severity), "code", rule->word,
		        "object", p[i].f->object, "evidence", p[i].f->evidence,
		        "meaning", rule->meaning, "remedy", p[i].f->remedy));
	}
	free(p);
	for (i = 0; i < r->passed.n; i++)
		json_array_append_new(passed,
		    json_pack("{s:s, s:s}", "object", r->passed.list[i].object, "text",
		        r->passed.list[i].text));
	return json_pack("{s:o, s:o, s:{s:I, s:I, s:I, s:I, s:i}}", "findings",
	    findings, "passed", passed, "summary", "critical",
	    (json_int_t)doctor_count(r, DOCTOR_CRITICAL), "warning",
	    (json_int_t)doctor_count(r, DOCTOR_WARNING), "info",
	    (json_int_t)doctor_count(r, DOCTOR_INFO), "passed", (json_int_t)r->passed.n,
	    "exit", doctor_exit(r));
}

void
doctor_show(struct out *o, const struct doctor_report *r, bool verbose)
{
	if (o->format == OUT_SCREEN)
		show_screen(o, r, verbose);
	else
		out_document(o, document(r));
}
