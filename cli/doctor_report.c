/*
 * SPDX-License-Identifier: Apache-2.0
 * The findings of the doctor, gathered. See doctor.h.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/doctor.h"

enum { TEXT_MAX = 2000 };

const char *
doctor_severity_word(enum doctor_severity severity)
{
	static const char *const words[] = { "critical", "warning", "info" };

	return words[severity];
}

static char *visible(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));
static void add_line(struct doctor_lines *l, const char *object, const char *fmt,
    va_list ap) __attribute__((format(printf, 3, 0)));

static char *
visible(const char *fmt, va_list ap)
{
	char *raw = xvasprintf(fmt, ap), *text, *end;

	for (end = raw; (end = strpbrk(end, "\r\n\t")) != NULL;)
		*end = ' '; /* one line each */
	text = text_vis(raw, TEXT_MAX);
	free(raw);
	return text;
}

/* Every DOCDIR is where it is on this host. */
static char *
placed(const char *remedy)
{
	static const char word[] = "DOCDIR";
	const char *at;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	while ((at = strstr(remedy, word)) != NULL) {
		fprintf(f, "%.*s%s", (int)(at - remedy), remedy, CS_DOCDIR);
		remedy = at + sizeof(word) - 1;
	}
	fputs(remedy, f);
	fclose(f);
	return text;
}

void
doctor_find(struct doctor_report *r, enum doctor_code code, const char *object,
    const char *evidence, ...)
{
	struct doctor_finding *f;
	va_list ap;

	r->findings = xreallocarray(r->findings, r->n + 1, sizeof(*r->findings));
	f = &r->findings[r->n++];
	f->code = code;
	f->object = text_vis(object, TEXT_MAX);
	va_start(ap, evidence);
	f->evidence = visible(evidence, ap);
	va_end(ap);
	f->remedy = placed(doctor_rules[code].remedy);
}

void
doctor_remedy(struct doctor_report *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	xfree_clear(&r->findings[r->n - 1].remedy);
	r->findings[r->n - 1].remedy = visible(fmt, ap);
	va_end(ap);
}

static void
add_line(struct doctor_lines *l, const char *object, const char *fmt, va_list ap)
{
	l->list = xreallocarray(l->list, l->n + 1, sizeof(*l->list));
	l->list[l->n].object = text_vis(object, TEXT_MAX);
	l->list[l->n++].text = visible(fmt, ap);
}

void
doctor_pass(struct doctor_report *r, const char *object, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_line(&r->passed, object, fmt, ap);
	va_end(ap);
}

void
doctor_fine(struct doctor_report *r, const char *object, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_line(&r->fine, object, fmt, ap);
	va_end(ap);
}

bool
doctor_has(const struct doctor_report *r, enum doctor_code code, const char *object)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (r->findings[i].code == code &&
		    (object == NULL || strcmp(r->findings[i].object, object) == 0))
			return true;
	return false;
}

size_t
doctor_count(const struct doctor_report *r, enum doctor_severity severity)
{
	size_t i, n = 0;

	for (i = 0; i < r->n; i++)
		n += doctor_rules[r->findings[i].code].severity == severity;
	return n;
}

int
doctor_exit(const struct doctor_report *r)
{
	int code = EXIT_DONE;
	size_t i;

	for (i = 0; i < r->n; i++) {
		if (doctor_rules[r->findings[i].code].doubt)
			return EXIT_IN_DOUBT;
		if (doctor_rules[r->findings[i].code].severity != DOCTOR_INFO)
			code = EXIT_FAILED;
	}
	return code;
}

static void
clear_lines(struct doctor_lines *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		free(l->list[i].object);
		free(l->list[i].text);
	}
	free(l->list);
}

void
doctor_clear(struct doctor_report *r)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		free(r->findings[i].object);
		free(r->findings[i].evidence);
		free(r->findings[i].remedy);
	}
	free(r->findings);
	clear_lines(&r->passed);
	clear_lines(&r->fine);
	memset(r, 0, sizeof(*r));
}
