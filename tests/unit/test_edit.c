/*
 * SPDX-License-Identifier: Apache-2.0
 * The editor of clusterset.conf: what is written where, which comments go, and that any
 * sequence of changes leaves every other line as it was.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diff.h"
#include "base/mem.h"
#include "configfile/change.h"
#include "configfile/configfile.h"
#include "configfile/edit.h"

/*
 * A change in a few words: "+SECTION NAME KEY=VALUE ..." adds, "-SECTION NAME" removes,
 * "!SECTION NAME" removes with all that refers to it, "PATH=VALUE" sets, "PATH" unsets.
 */
static int
change(json_t *tree, const char *what, char **cause)
{
	char *copy = xstrdup(what), *rest = copy, *word, *value, *section;
	json_t *entry;
	int result = 0;

	word = strsep(&rest, " ");
	section = xstrdup(word + 1);
	if (*word == '-' || *word == '!') {
		result = change_remove(tree, section, rest, *word == '!', NULL, cause);
	} else if (*word == '+') {
		word = strsep(&rest, " ");
		entry = change_add(tree, section, word, NULL, cause);
		result = entry == NULL ? -1 : 0;
		while (result == 0 && (word = strsep(&rest, " ")) != NULL) {
			value = strchr(word, '=');
			*value++ = '\0';
			result = change_assign(entry, section, word, value, cause);
		}
	} else {
		free(copy);
		copy = xstrdup(what);
		value = strchr(copy, '=');
		if (value != NULL)
			*value++ = '\0';
		result = change_option(tree, copy, value, cause);
	}
	free(section);
	free(copy);
	return result;
}

/* The text after it; the caller frees. */
static char *
changed(const char *text, const char *what, char **cause)
{
	struct edit *e = edit_text(text, "conf", cause);
	char *result = NULL;

	if (e != NULL && change(edit_tree(e), what, cause) == 0 &&
	    edit_apply(e, cause) == 0)
		result = xstrdup(edit_new(e, 0));
	edit_free(e);
	return result;
}

static const struct {
	const char *text, *what, *result;
} edits[] = {
	/* one option */
	{ "poll = { interval = 10; };\n", "poll.interval=12",
	    "poll = { interval = 12; };\n" },
	{ "poll : { interval : 10, fast-interval : 1 }", "poll.interval=2.5",
	    "poll : { interval : 2.5, fast-interval : 1 }" },
	{ "set = { name = \"a\" /* b */ \"c\" // d\n ; }", "set.name=x \"y\" \\z",
	    "set = { name = \"x \\\"y\\\" \\\\z\" // d\n ; }" },
	{ "# nothing\n", "poll.interval=3",
	    "# nothing\n\npoll = {\n\tinterval = 3;\n};\n" },
	{ "", "poll.interval=3", "poll = {\n\tinterval = 3;\n};\n" },
	{ "set = { };\n", "set.name=a", "set = { name = \"a\"; };\n" },
	{ "set = {\n};\n", "set.name=a", "set = {\n\tname = \"a\";\n};\n" },
	{ "set = {\n  # none\n};\n", "set.name=a",
	    "set = {\n\tname = \"a\";\n  # none\n};\n" },
	{ "set = {\n  name = \"a\"; # mine\n};\n", "set.description=b",
	    "set = {\n  name = \"a\"; # mine\n  description = \"b\";\n};\n" },
	{ "set = {\r\n  name = \"a\"\r\n}\r\npoll={interval=1}\r\n",
	    "set.description=b",
	    "set = {\r\n  name = \"a\"\r\n  description = \"b\";\r\n}\r\n"
	    "poll={interval=1}\r\n" },
	{ "poll={interval=1}", "poll.fast-interval=0.5",
	    "poll={interval=1 fast-interval=0.5;}" },
	{ "poll = { interval = 1; fast-interval = 1; };", "poll.interval",
	    "poll = { fast-interval = 1; };" },
	{ "poll = { interval = 1; fast-interval = 1; };", "poll.fast-interval",
	    "poll = { interval = 1; };" },
	{ "poll = {\n\t# a\n\tinterval = 1;\n\n\t# b\n\tfast-interval = 1; # c\n};\n",
	    "poll.fast-interval", "poll = {\n\t# a\n\tinterval = 1;\n\n};\n" },
	/* entries of lists */
	{ "fault-domains = ( );\n", "+fault-domains a",
	    "fault-domains = (\n\t{ name = \"a\"; }\n);\n" },
	{ "fault-domains = ( /* none */ );\n", "+fault-domains a",
	    "fault-domains = ( /* none */\n\t{ name = \"a\"; }\n);\n" },
	{ "fault-domains = ( { name = \"a\"; } );", "+fault-domains b",
	    "fault-domains = ( { name = \"a\"; }, { name = \"b\"; } );" },
	{ "fault-domains = (\n  { name = \"a\" } # first\n  // end\n);\n",
	    "+fault-domains b description=x",
	    "fault-domains = (\n  { name = \"a\" }, # first\n"
	    "  { name = \"b\"; description = \"x\"; }\n  // end\n);\n" },
	{ "fault-domains = ( {\n    name = \"a\";\n  }, {\n    name = \"b\";\n  } );\n",
	    "+fault-domains c",
	    "fault-domains = ( {\n    name = \"a\";\n  }, {\n    name = \"b\";\n  }, "
	    "{\n    name = \"c\";\n  } );\n" },
	{ "fault-domains = ( { name = \"a\"; }, { name = \"b\"; }, { name = \"c\"; } "
	  ");",
	    "-fault-domains b",
	    "fault-domains = ( { name = \"a\"; }, { name = \"c\"; } );" },
	{ "fault-domains = ( { name = \"a\"; }, { name = \"b\"; } );",
	    "-fault-domains b", "fault-domains = ( { name = \"a\"; } );" },
	{ "fault-domains = ( { name = \"a\"; }, { name = \"b\"; } );",
	    "-fault-domains a", "fault-domains = ( { name = \"b\"; } );" },
	{ "fault-domains = ( { name = \"a\"; } );", "-fault-domains a",
	    "fault-domains = ( );" },
	/* a comma that stands alone */
	{ "fault-domains = ( { name = \"a\"; }\n , { name = \"b\"; }\n , { name = "
	  "\"c\"; "
	  "}\n);\n",
	    "-fault-domains c",
	    "fault-domains = ( { name = \"a\"; }\n , { name = \"b\"; }\n);\n" },
	{ "fault-domains = ( { name = \"a\"; }\n , { name = \"b\"; }\n , { name = "
	  "\"c\"; "
	  "}\n);\n",
	    "-fault-domains b",
	    "fault-domains = ( { name = \"a\"; }\n , { name = \"c\"; }\n);\n" },
	/* a comment is never swallowed by another line */
	{ "set = {\n  name = \"a\"; // x\n  description = \"b\"; };\n",
	    "set.description", "set = {\n  name = \"a\"; // x\n };\n" },
	/* comments: those that belong to it */
	{ "fault-domains = (\n\t# about a\n\t{ name = \"a\"; },\n\t# about b\n\t{ name "
	  "= "
	  "\"b\"; } # too\n);\n",
	    "-fault-domains b",
	    "fault-domains = (\n\t# about a\n\t{ name = \"a\"; }\n);\n" },
	{ "fault-domains = (\n\t# about a\n\t{ name = \"a\"; },\n\t# about b\n\t{ name "
	  "= "
	  "\"b\"; }\n);\n",
	    "-fault-domains a",
	    "fault-domains = (\n\t# about b\n\t{ name = \"b\"; }\n);\n" },
	/* those that do not, or may not */
	{ "fault-domains = (\n\t# the halls\n\t{ name = \"a\"; },\n\t{ name = \"b\"; "
	  "}\n);\n",
	    "-fault-domains a",
	    "fault-domains = (\n\t# the halls\n\t{ name = \"b\"; }\n);\n" },
	{ "fault-domains = (\n\t{ name = \"a\"; },\n\n\t# two more\n\t{ name = \"b\"; "
	  "},\n\t{ name = \"c\"; }\n);\n",
	    "-fault-domains b",
	    "fault-domains = (\n\t{ name = \"a\"; },\n\n\t# two more\n\t{ name = "
	    "\"c\"; "
	    "}\n);\n" },
	{ "fault-domains = (\n\t{ name = \"a\"; },\n\t# apart\n\n\t{ name = \"b\"; "
	  "}\n);\n",
	    "-fault-domains b",
	    "fault-domains = (\n\t{ name = \"a\"; }\n\t# apart\n\n);\n" },
	{ "fault-domains = (\n\t{ name = \"a\"; },\n\t/* of\n\t   b */\n\t{ name = "
	  "\"b\"; "
	  "}\n);\n",
	    "-fault-domains b", "fault-domains = (\n\t{ name = \"a\"; }\n);\n" },
	/* lists of names keep their brackets */
	{ "vms = ( { name = \"v\"; sites = ( { cluster = \"c\"; group = \"g\"; "
	  "monitors = "
	  "[ \"x\", \"y\" ]; } ); } );",
	    "vms.v.sites.c.monitors=x,z,y",
	    "vms = ( { name = \"v\"; sites = ( { cluster = \"c\"; group = \"g\"; "
	    "monitors "
	    "= [ \"x\", \"z\", \"y\" ]; } ); } );" },
	/* what looks like something else */
	{ "set = { name = \"; } # \\\" /*\"; /* name = 1; { */ description = \"d\" };",
	    "set.description=e",
	    "set = { name = \"; } # \\\" /*\"; /* name = 1; { */ description = \"e\" "
	    "};" },
	{ "# @include \"x\"\nset = { name = \"\n@include \\\"y\\\"\"; };",
	    "set.description=e",
	    "# @include \"x\"\nset = { name = \"\n@include \\\"y\\\"\"; description = "
	    "\"e\"; };" },
};

START_TEST(test_edits)
{
	char *cause = NULL, *now = changed(edits[_i].text, edits[_i].what, &cause);

	ck_assert_msg(now != NULL, "%s: %s", edits[_i].what, cause);
	ck_assert_msg(strcmp(now, edits[_i].result) == 0, "%s of\n%s\nis\n%s\nnot\n%s",
	    edits[_i].what, edits[_i].text, now, edits[_i].result);
	free(now);
	free(cause);
}
END_TEST

static const char world[] =
    "clusters = ( { name = \"east\"; fault-domain = \"h1\"; servers = ( { name = "
    "\"e\"; url = \"https://e:1\"; fault-domain = \"h2\" } ); },\n"
    " { name = \"west.x\"; servers = ( { name = \"w\"; url = \"https://w:1\"; } ); } "
    ");\n"
    "availability-sets = ( { name = \"s\"; spread = \"node\"; } );\n"
    "vms = ( { name = \"a\"; kind = \"stateless\"; home = \"east\"; "
    "availability-set = \"s\"; sites = ( { cluster = \"east\"; group = \"a\"; }, { "
    "cluster = \"west.x\"; group = \"a\"; } ); },\n"
    " { name = \"b\"; kind = \"stateless\"; sites = ( { cluster = \"east\"; group = "
    "\"b\"; } ); } );\n"
    "vm-patterns = ( { group = \"p*\"; kind = \"stateless\"; clusters = ( \"east\" ); "
    "} );\n";

static const struct {
	const char *what, *cause;
} refused[] = {
	{ "-clusters east",
	    "cluster \"east\" is still used by VM \"a\" (site and home), VM \"b\" "
	    "(site), pattern \"p*\"; take it out there first, or let --cascade do so" },
	{ "-availability-sets s",
	    "availability set \"s\" is still used by VM \"a\"; take it out there "
	    "first, "
	    "or let --cascade do so" },
	{ "-clusters eats",
	    "there is no cluster \"eats\" in the configuration; did you mean "
	    "\"east\"?" },
	{ "-fault-domains x",
	    "there is no fault domain \"x\" in the configuration; fault-domains has "
	    "none" },
	{ "+clusters east x=y",
	    "cluster \"east\" is there already; \"set\" changes it" },
	{ "poll.intervall=3",
	    "unknown option poll.intervall; did you mean \"interval\"?" },
	{ "poll.interval=soon", "interval must be a number, not \"soon\"" },
	{ "poll.connections=2.5", "connections must be a whole number, not \"2.5\"" },
	{ "moves.force=perhaps", "force must be true or false, not \"perhaps\"" },
	{ "moves.conflict=stop",
	    "conflict: \"stop\" is none of its words; known: none, stop-newcomer" },
	{ "clusters.east.name", "name cannot be taken away: a cluster needs it" },
	{ "clusters.none.interval=3",
	    "clusters.none.interval: no cluster of that name is there, or no option is "
	    "named behind it" },
	{ "vms=3", "vms must be changed entry by entry, not as a whole, not \"3\"" },
};

START_TEST(test_refused)
{
	char *cause = NULL, *now = changed(world, refused[_i].what, &cause);

	ck_assert_ptr_null(now);
	ck_assert_str_eq(cause, refused[_i].cause);
	free(cause);
}
END_TEST

static void
has(const char *text, const char *what)
{
	ck_assert_msg(strstr(text, what) != NULL, "no %s in\n%.2000s", what, text);
}

static void
hasnt(const char *text, const char *what)
{
	ck_assert_msg(strstr(text, what) == NULL, "%s in\n%s", what, text);
}

START_TEST(test_cascade)
{
	char *cause = NULL, *now = changed(world, "!clusters east", &cause), *more;

	ck_assert_msg(now != NULL, "%s", cause);
	hasnt(now, "east");
	hasnt(now, "home");
	hasnt(now, "\"b\"");
	hasnt(now, "p*");
	has(now,
	    "name = \"a\"; kind = \"stateless\"; availability-set = \"s\"; sites = ( "
	    "{ cluster = \"west.x\"; group = \"a\"; } ); }");
	more = changed(now, "!availability-sets s", &cause);
	has(more, "name = \"a\"; kind = \"stateless\"; sites");
	free(now);
	now = changed(more, "vms.a.sites.west.x.group=other", &cause);
	has(now, "group = \"other\"");
	free(more);
	free(now);
	/* listing the first fault domain lists those that are used */
	now = changed(world, "+fault-domains h3", &cause);
	ck_assert_msg(now != NULL, "%s", cause);
	has(now,
	    "\nfault-domains = (\n\t{ name = \"h1\"; },\n\t{ name = \"h2\"; },\n\t{ "
	    "name = \"h3\"; }\n);\n");
	free(now);
}
END_TEST

START_TEST(test_rename)
{
	struct edit *e = edit_text(world, "conf", NULL);
	char *cause = NULL;

	ck_assert_int_eq(
	    change_rename(edit_tree(e), "clusters", "east", "north", NULL, &cause), 0);
	ck_assert_int_eq(edit_apply(e, &cause), 0);
	hasnt(edit_new(e, 0), "east");
	has(edit_new(e, 0), "clusters = ( \"north\" )");
	has(edit_new(e, 0), "home = \"north\"");
	edit_free(e);
}
END_TEST

START_TEST(test_bad_texts)
{
	static const char *const texts[] = { "set = {", "set = { name = }",
		"x = ( 1 2 );", "a = 1; a = 2;", "@include \"x\"\n", "= 3;",
		"set = { name = \"a\"; };;", "a = [ 1, \"x\" ];", "$" };
	char *cause = NULL;

	ck_assert_ptr_null(edit_text(texts[_i], "conf", &cause));
	ck_assert_int_eq(strncmp(cause, "conf:", 5), 0);
	free(cause);
}
END_TEST

/* --- any sequence -------------------------------------------------------------------
 */

static unsigned seed;

static unsigned
dice(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return seed / 65536 % n;
}

static char *
sample(void)
{
	const char *top = getenv("top_srcdir");
	char *path =
	    xasprintf("%s/doc/clusterset.conf.sample", top == NULL ? "." : top);
	char *text = xcalloc(1, 65536);
	FILE *f = fopen(path, "r");

	ck_assert_msg(f != NULL, "%s", path);
	ck_assert_uint_gt(fread(text, 1, 65535, f), 1000);
	fclose(f);
	free(path);
	return text;
}

/* The sample in other hands. */
static char *
written_by(const char *text, int who)
{
	char *out = xcalloc(4, strlen(text) + 1), *p = out;

	for (; *text != '\0'; text++) {
		if (who == 1 && *text == '\n') {
			*p++ = '\r';
			*p++ = '\n';
		} else if (who == 2 && *text == '\t') {
			*p++ = ' ';
			*p++ = ' ';
		} else if (who == 3 && *text == ';' && text[1] == '\n') {
			continue; /* terminators are optional */
		} else if (who == 4 && text[0] == '\n' && text[1] == '\n') {
			continue;
		} else {
			*p++ = *text;
		}
	}
	return out;
}

/* The lines of a diff that go (or come) and are not just another comma. */
static unsigned
lines_of(const char *diff, char mark)
{
	unsigned n = 0;
	const char *p;

	for (p = strstr(diff, "\n@@"); p != NULL && *p != '\0'; p++)
		n += p[0] == '\n' && p[1] == mark;
	return n;
}

static char *
any_change(const json_t *tree, unsigned round, bool *adds)
{
	static const char *const sections[] = { "fault-domains", "availability-sets",
		"clusters", "vms" };
	static const char *const more[] = { "description=more", "spread=node",
		"credentials=c", "kind=stateless" };
	static const char *const options[] = { "poll.interval=%u", "moves.tries=%u",
		"set.description=text-%u", "history.events=1000%u",
		"evidence.offline-settle", "moves.force=true",
		"poll.backoff-max=6%u.5" };
	unsigned s = dice(4);
	const json_t *list = json_object_get(tree, sections[s]);

	*adds = false;
	switch (dice(3)) {
	case 0:
		*adds = true;
		return xasprintf("+%s new-%u %s", sections[s], round, more[s]);
	case 1:
		if (json_array_size(list) > 0)
			return xasprintf("!%s %s", sections[s],
			    json_string_value(json_object_get(
			        json_array_get(
			            list, dice((unsigned)json_array_size(list))),
			        "name")));
		/* FALLTHROUGH */
	default:
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		return xasprintf(options[dice(7)], 1 + dice(9));
#pragma GCC diagnostic pop
	}
}

START_TEST(test_any)
{
	char *base = sample(), *text = written_by(base, _i % 5), *now, *back, *what,
	     *cause = NULL, *diff, *minus;
	struct edit *e;
	unsigned round;
	bool adds;

	seed = (unsigned)_i + 1;
	for (round = 0; round < 25; round++) {
		e = edit_text(text, "conf", &cause);
		ck_assert_msg(e != NULL, "%s\n%.2000s", cause, text);
		what = any_change(edit_tree(e), round, &adds);
		if (change(edit_tree(e), what, &cause) != 0)
			ck_abort_msg("%s: %s", what, cause);
		if (edit_apply(e, &cause) != 0)
			ck_abort_msg("%s: %s\n%s", what, cause, text);
		now = xstrdup(edit_new(e, 0));
		edit_free(e);
		diff = diff_unified(text, strlen(text), now, strlen(now), "a", "b");
		/* a line more, or another comma, or one value */
		if (strchr(what, '=') != NULL)
			ck_assert_msg(lines_of(diff, '-') <= 1, "%s\n%s", what, diff);
		/* what was added can be taken out as if nothing had been */
		if (adds) {
			minus = xasprintf("-%.*s",
			    (int)strcspn(strchr(what, ' ') + 1, " ") +
			        (int)(strchr(what, ' ') - what),
			    what + 1);
			back = changed(now, minus, &cause);
			ck_assert_msg(back != NULL && strcmp(back, text) == 0,
			    "%s, %s: %s\n%s", what, minus, cause, diff);
			free(back);
			free(minus);
		}
		/* removing takes lines away and adds none but for a comma less */
		if (*what == '!')
			ck_assert_msg(lines_of(diff, '+') <= lines_of(diff, '-'),
			    "%s\n%s", what, diff);
		free(diff);
		free(what);
		free(text);
		text = now;
	}
	free(text);
	free(base);
	free(cause);
}
END_TEST

/* A place somewhere in the tree that has children. */
static json_t *
any_place(json_t *at)
{
	json_t *next = at;
	const char *key;
	size_t n;

	for (;;) {
		if (json_array_size(at) > 0) {
			next = json_array_get(at, dice((unsigned)json_array_size(at)));
		} else if (json_object_size(at) > 0) {
			n = dice((unsigned)json_object_size(at));
			json_object_foreach (at, key, next) {
				if (n-- == 0)
					break;
			}
		} else {
			return at;
		}
		if (dice(4) == 0 || (!json_is_object(next) && !json_is_array(next)))
			return at;
		at = next;
	}
}

static json_t *
any_value(unsigned depth)
{
	json_t *v;
	unsigned n;
	char key[8];

	switch (dice(depth > 3 ? 4 : 7)) {
	case 0:
		return json_integer((json_int_t)dice(60000) * 100000);
	case 1:
		return json_real(dice(1000) / 8.0);
	case 2:
		return json_boolean(dice(2));
	case 3:
		return json_string(
		    dice(2) ? "text; } \"with\" # all \\ of it" : "\t\xc3\xa4");
	case 4:
		v = json_array();
		for (n = dice(4); n > 0; n--)
			json_array_append_new(v, any_value(depth + 1));
		return v;
	default:
		v = json_object();
		for (n = dice(4); n > 0; n--) {
			snprintf(key, sizeof(key), "k-%u", dice(20));
			json_object_set_new(v, key, any_value(depth + 1));
		}
		return v;
	}
}

static void
mutate(json_t *tree)
{
	json_t *at = any_place(tree);
	const char *key;
	char name[8];
	void *iter;
	size_t n = json_is_array(at) ? json_array_size(at) : json_object_size(at), i;

	if (json_is_array(at)) {
		switch (dice(4)) {
		case 0:
			json_array_insert_new(at, dice((unsigned)n + 1), any_value(0));
			break;
		case 1: /* another place */
			if (n > 1) {
				json_t *one =
				    json_incref(json_array_get(at, dice((unsigned)n)));

				for (i = 0; json_array_get(at, i) != one; i++)
					;
				json_array_remove(at, i);
				json_array_insert_new(at, dice((unsigned)n), one);
			}
			break;
		default:
			if (n > 0)
				json_array_remove(at, dice((unsigned)n));
			break;
		}
	} else if (n > 0) {
		i = dice((unsigned)n);
		for (iter = json_object_iter(at); i > 0; i--)
			iter = json_object_iter_next(at, iter);
		key = json_object_iter_key(iter);
		if (dice(3) == 0) {
			json_object_del(at, key);
		} else if (dice(2) == 0) {
			json_object_set_new(at, key, any_value(0));
		} else {
			snprintf(name, sizeof(name), "n-%u", dice(50));
			json_object_set_new(at, name, any_value(0));
		}
	}
}

/*
 * Whatever the tree becomes, the text becomes it; taking all of it back gives the old
 * values, and comments that no entry owns are still there.
 */
START_TEST(test_any_tree)
{
	static const char head[] = "The grammar is libconfig's";
	char *base = sample(), *text = written_by(base, _i % 5), *now, *cause = NULL;
	struct edit *e, *back;
	json_t *was;
	unsigned round, n;

	seed = (unsigned)_i * 7919u + 1;
	for (round = 0; round < 12; round++) {
		e = edit_text(text, "conf", &cause);
		ck_assert_msg(e != NULL, "%s\n%.2000s", cause, text);
		was = json_deep_copy(edit_tree(e));
		for (n = 1 + dice(5); n > 0; n--)
			mutate(edit_tree(e));
		if (edit_apply(e, &cause) != 0)
			ck_abort_msg("%u: %s\n%.3000s", round, cause, text);
		now = xstrdup(edit_new(e, 0));
		has(now, head);
		back = edit_text(now, "conf", &cause);
		json_object_clear(edit_tree(back));
		json_object_update(edit_tree(back), was);
		if (edit_apply(back, &cause) != 0)
			ck_abort_msg("%u back: %s\n%.3000s", round, cause, now);
		edit_free(back);
		json_decref(was);
		edit_free(e);
		free(text);
		text = now;
	}
	free(text);
	free(base);
	free(cause);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("edit");
	TCase *t = tcase_create("edit");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(t, test_edits, 0, sizeof(edits) / sizeof(edits[0]));
	tcase_add_loop_test(t, test_refused, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(t, test_cascade);
	tcase_add_test(t, test_rename);
	tcase_add_loop_test(t, test_bad_texts, 0, 9);
	tcase_add_loop_test(t, test_any, 0, 60);
	tcase_add_loop_test(t, test_any_tree, 0, 60);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
