/*
 * SPDX-License-Identifier: Apache-2.0
 * Short texts of configuration, and what the reader is to say about them.
 *
 * For the tests of the configuration; included once by each, with <check.h> before it.
 */
#ifndef TESTS_UNIT_CONFIG_TEXT_H
#define TESTS_UNIT_CONFIG_TEXT_H

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "configfile/configfile.h"

/* The first lines of most texts below: clusters east (line 1) and west (line 2). */
#define EAST                                                     \
	"{ name = \"east\"; servers = ( { name = \"e1\"; url = " \
	"\"https://10.0.1.1:29009\"; }, { name = \"e2\"; url = " \
	"\"https://10.0.1.2:29009\"; } ); }"
#define WEST                                                     \
	"{ name = \"west\"; servers = ( { name = \"w1\"; url = " \
	"\"https://10.0.2.1:29009\"; } ); }"
#define BOTH "clusters = ( " EAST ",\n" WEST " );\n"
#define SITES                                                                       \
	" sites = ( { cluster = \"east\"; group = \"g\"; }, { cluster = \"west\"; " \
	"group = \"g\"; } );\n"
#define DISK                                                                          \
	" disks = ( { name = \"d\"; kind = \"shared\"; sites = ( { cluster = "        \
	"\"east\"; resource = \"sd\"; }, { cluster = \"west\"; resource = \"sd\"; } " \
	"); } );\n"
#define ONE(more) "clusters = ( { name = \"a\"; " more " } );\n"
#define SERVER    "servers = ( { name = \"s\"; url = \"https://h:1\"; } );"

/* Accepted; a warning with these words, or none at all. */
static struct settings *
good(const char *text, const char *warning)
{
	char *cause = NULL, *warnings = NULL;
	struct settings *s = configfile_parse(text, "conf", &cause, &warnings);

	ck_assert_msg(s != NULL, "%s\nrefused:\n%s", text, cause);
	if (warning == NULL)
		ck_assert_msg(warnings == NULL, "%s", warnings);
	else
		ck_assert_msg(warnings != NULL && strstr(warnings, warning) != NULL,
		    "\"%s\" lacks \"%s\"", warnings, warning);
	free(warnings);
	free(cause);
	return s;
}

/* Refused, with exactly these complaints (each "LINE: words", | between). */
static void
refused(const char *text, const char *complaints)
{
	char *cause = NULL, *warnings = NULL, *want = xstrdup(complaints);
	char *next = want, *one, *line, *got;
	struct settings *s = configfile_parse(text, "conf", &cause, &warnings);
	size_t lines = 1;
	const char *p;

	ck_assert_msg(s == NULL, "accepted:\n%s", text);
	got = cause;
	for (p = cause; *p != '\0'; p++)
		lines += *p == '\n';
	for (; (one = strsep(&next, "|")) != NULL; lines--) {
		line = xasprintf("conf:%s", one);
		ck_assert_msg(got != NULL && strncmp(got, line, strlen(line)) == 0,
		    "%s\nsaid:\n%s\nwanted: %s", text, cause, line);
		free(line);
		got = strchr(got, '\n');
		got = got == NULL ? NULL : got + 1;
	}
	ck_assert_msg(lines == 0, "%s\nsays more than expected:\n%s", text, cause);
	ck_assert_ptr_null(strstr(cause, "topsecret"));
	free(want);
	free(cause);
	free(warnings);
}

#endif
