/*
 * SPDX-License-Identifier: Apache-2.0
 * What leaves clusterset: is it as wide as it may be, harmless, and easy to read for
 * people and for scripts?
 */
#include <check.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/out.h"

static struct out o;
static char *text;
static size_t size;

static void
begin(enum out_format format, const char *colour)
{
	FILE *f;

	free(text);
	text = NULL;
	f = open_memstream(&text, &size);
	ck_assert_ptr_nonnull(f);
	out_init(&o, f, format, colour);
}

static const char *
end(void)
{
	fclose(o.f);
	return text;
}

static void
setup(void)
{
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TZ", "UTC", 1);
	unsetenv("COLUMNS");
	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	tzset();
	begin(OUT_SCREEN, "auto");
}

static void
teardown(void)
{
	fclose(o.f);
	free(text);
	text = NULL;
}

START_TEST(colour_is_for_terminals)
{
	ck_assert(!o.terminal);
	ck_assert(!o.colour);
	ck_assert_int_eq(o.height, 0);
	fclose(o.f);
	begin(OUT_SCREEN, "always");
	ck_assert(o.colour);
	out_say(&o, TONE_BAD, "gone\nfor good");
	out_say(&o, TONE_PLAIN, " ok\n");
	ck_assert_str_eq(
	    end(), "\033[1;31mgone\033[0m\n\033[1;31mfor good\033[0m ok\n");
	begin(OUT_SCREEN, "never");
	ck_assert(!o.colour);
}
END_TEST

START_TEST(width_is_of_the_environment)
{
	ck_assert_int_eq(o.width, 100);
	setenv("COLUMNS", "63", 1);
	out_resize(&o);
	ck_assert_int_eq(o.width, 63);
	setenv("COLUMNS", "1", 1);
	out_resize(&o);
	ck_assert_int_eq(o.width, 20);
	setenv("COLUMNS", "many", 1);
	out_resize(&o);
	ck_assert_int_eq(o.width, 100);
}
END_TEST

START_TEST(hostile_text_moves_no_cursor)
{
	/* ESC, CSI as C1 in UTF-8 and raw, DEL, CR, BEL, a bidi override, half a
	 * character */
	out_say(&o, TONE_PLAIN, "a\033[2Jb\302\2332Jc\2332Jd\177\r\007%s\n",
	    "e\342\200\256f\342\202");
	ck_assert_str_eq(
	    end(), "a\\033[2Jb\\302\\2332Jc\\2332Jd\\177\\015\\007e?f\\342\\202\n");
	begin(OUT_SCREEN, "never");
	ck_assert_int_eq(out_columns("\033"), 4);
}
END_TEST

START_TEST(wide_characters_count)
{
	char *cut;

	ck_assert_int_eq(out_columns("vm1"), 3);
	ck_assert_int_eq(out_columns("\u4ed5\u4e8b"), 4);
	ck_assert_int_eq(out_columns("e\u0301"), 1);
	cut = out_cut(&o, "\u4ed5\u4e8b\u4ed5", 5);
	ck_assert_str_eq(cut, "\u4ed5\u4e8b\u2026");
	free(cut);
	/* a wide character is not halved */
	cut = out_cut(&o, "\u4ed5\u4e8b\u4ed5", 4);
	ck_assert_str_eq(cut, "\u4ed5\u2026");
	free(cut);
	cut = out_cut(&o, "abc", 3);
	ck_assert_str_eq(cut, "abc");
	free(cut);
	cut = out_cut(&o, "abc", 0);
	ck_assert_str_eq(cut, "");
	free(cut);
	out_field(&o, TONE_PLAIN, 6, true, "\u4ed5\u4e8b");
	ck_assert_str_eq(end(), "  \u4ed5\u4e8b");
	begin(OUT_SCREEN, "never");
}
END_TEST

START_TEST(ascii_otherwise)
{
	char *cut;

	fclose(o.f);
	setenv("LC_ALL", "C", 1);
	begin(OUT_SCREEN, "always");
	ck_assert(!o.utf8);
	out_say(&o, TONE_PLAIN, "\u00e9\u4ed5\n");
	cut = out_cut(&o, "abcdefgh", 6);
	ck_assert_str_eq(cut, "abc...");
	free(cut);
	out_bar(&o, 500, 4, TONE_PLAIN);
	ck_assert_str_eq(end(), "??\n##\033[2m--\033[0m");
	begin(OUT_JSON, "never");
	out_document(&o, json_pack("{s:s}", "name", "\u00e9"));
	ck_assert_str_eq(end(), "{\n  \"name\": \"\u00e9\"\n}\n");
	begin(OUT_SCREEN, "never");
}
END_TEST

START_TEST(bars)
{
	out_bar(&o, 0, 4, TONE_PLAIN);
	out_bar(&o, 1, 4, TONE_PLAIN);
	out_bar(&o, 500, 4, TONE_PLAIN);
	out_bar(&o, 999, 4, TONE_PLAIN);
	out_bar(&o, 1000, 4, TONE_PLAIN);
	out_bar(&o, 5000, 4, TONE_PLAIN);
	out_bar(&o, -1, 4, TONE_PLAIN);
	out_bar(&o, 500, 0, TONE_PLAIN);
	ck_assert_str_eq(end(),
	    "\u2591\u2591\u2591\u2591\u2588\u2591\u2591\u2591\u2588\u2588\u2591\u2591"
	    "\u2588\u2588\u2588\u2591\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588"
	    "\u00b7\u00b7\u00b7\u00b7");
	begin(OUT_SCREEN, "never");
}
END_TEST

START_TEST(durations)
{
	ck_assert_str_eq(out_duration(-1), "-");
	ck_assert_str_eq(out_duration(0), "0 s");
	ck_assert_str_eq(out_duration(59), "59 s");
	ck_assert_str_eq(out_duration(60), "1 min");
	ck_assert_str_eq(out_duration(90), "1 min 30 s");
	ck_assert_str_eq(out_duration(7800), "2 h 10 min");
	ck_assert_str_eq(out_duration(345600 + 59), "4 d");
	ck_assert_str_eq(out_duration(100000), "1 d 3 h");
	ck_assert_str_eq(out_duration(40 * 86400 + 7200), "40 d");
}
END_TEST

START_TEST(times)
{
	char now[64], hour[16];
	time_t t = time(NULL);
	struct tm tm;

	ck_assert_ptr_nonnull(gmtime_r(&t, &tm));
	strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", &tm);
	strftime(hour, sizeof hour, "%H:%M:%S", &tm);
	ck_assert_str_eq(out_when(now), hour);
	ck_assert_str_eq(
	    out_when("2020-02-29T23:30:05.5-01:00"), "2020-03-01 00:30:05");
	ck_assert_str_eq(out_when(""), "-");
	ck_assert_str_eq(out_when("yesterday"), "yesterday");
}
END_TEST

START_TEST(words_and_tones)
{
	ck_assert_str_eq(out_words("running"), "running");
	ck_assert_str_eq(out_words("inDoubt"), "in doubt");
	ck_assert_str_eq(out_words("vmInDoubt"), "VM in doubt");
	ck_assert_str_eq(out_words("vm"), "VM");
	ck_assert_str_eq(out_words("tlsUnverified"), "TLS unverified");
	ck_assert_int_eq(out_tone_of("running"), TONE_GOOD);
	ck_assert_int_eq(out_tone_of("inDoubt"), TONE_BAD);
	ck_assert_int_eq(out_tone_of("run"), TONE_PLAIN);
	ck_assert_int_eq(out_tone_of(""), TONE_PLAIN);
	ck_assert_int_eq(out_tone_of(NULL), TONE_PLAIN);
	ck_assert_int_eq(out_tone_of("unknown"), TONE_UNKNOWN);
}
END_TEST

START_TEST(text_is_broken_at_blanks)
{
	setenv("COLUMNS", "20", 1);
	out_resize(&o);
	out_wrapped(&o, "why: ", "one two three four five");
	out_wrapped(&o, "", "0123456789012345678901234");
	out_wrapped(&o, "a very long beginning: ", "of it");
	out_wrapped(&o, "- ", "");
	out_wrapped(&o, "", "a number stays 12 min");
	ck_assert_str_eq(end(),
	    "why: one two three\n"
	    "     four five\n"
	    "01234567890123456789\n"
	    "01234\n"
	    "a very long beginning:\n"
	    "    of it\n"
	    "- \n"
	    "a number stays\n"
	    "12 min\n");
	begin(OUT_SCREEN, "never");
}
END_TEST

static struct out_table *
table(void)
{
	static const struct out_column columns[] = {
		{ "name", .gives = true },
		{ "state", .painted = true },
		{ "load", .right = true },
		{ "why", .gives = true },
	};
	struct out_table *t = out_table_new(columns, 4);

	out_table_cell(t, "a-name-of-many-letters");
	out_table_cell(t, "running");
	out_table_cell(t, "7");
	out_table_cell(t, NULL);
	out_table_cell(t, "b");
	out_table_cell(t, "failed");
	out_table_cell(t, "100");
	out_table_cell(t, "it \033gave up after a long time");
	return t;
}

START_TEST(tables)
{
	struct out_table *t = table();

	out_table_print(&o, t);
	out_table_free(t);
	ck_assert_str_eq(end(),
	    "NAME                    STATE    LOAD  WHY\n"
	    "a-name-of-many-letters  running     7  -\n"
	    "b                       failed    100  it \\033gave up after a long "
	    "time\n");
	begin(OUT_SCREEN, "always");
	t = table();
	out_table_print(&o, t);
	out_table_free(t);
	ck_assert_ptr_nonnull(strstr(end(), "  \033[32mrunning\033[0m  "));
	begin(OUT_SCREEN, "always");
	t = out_table_new((struct out_column[]) { { .title = "name" } }, 1);
	out_table_print(&o, t);
	out_table_free(t);
	ck_assert_str_eq(end(), "");
	begin(OUT_SCREEN, "never");
}
END_TEST

/* Columns of the widest line. */
static int
widest(const char *s)
{
	char *line;
	size_t n;
	int w, most = 0;

	for (; *s != '\0'; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		line = xstrndup(s, n);
		w = out_columns(line);
		most = w > most ? w : most;
		free(line);
	}
	return most;
}

START_TEST(tables_fit)
{
	struct out_table *t;
	int w;

	for (w = 20; w < 100; w++) {
		o.width = w;
		t = table();
		out_table_print(&o, t);
		out_table_free(t);
		end();
		ck_assert_int_le(widest(text), w);
		/* the room is used; no blank stands before an ellipsis */
		if (w >= 40 && w < 70)
			ck_assert_int_ge(widest(text), w - 1);
		ck_assert_ptr_nonnull(strstr(text, "a-name-"));
		ck_assert_ptr_nonnull(strstr(text, "failed"));
		begin(OUT_SCREEN, "never");
	}
}
END_TEST

START_TEST(narrow_tables_are_blocks)
{
	struct out_table *t = table();

	o.width = 24;
	out_table_print(&o, t);
	out_table_free(t);
	ck_assert_str_eq(end(),
	    " name: a-name-of-many-le\n"
	    "       tters\n"
	    "state: running\n"
	    " load: 7\n"
	    "  why: -\n"
	    "\n"
	    " name: b\n"
	    "state: failed\n"
	    " load: 100\n"
	    "  why: it \\033gave up\n"
	    "       after a long time\n");
	begin(OUT_SCREEN, "never");
}
END_TEST

static json_t *
document(void)
{
	return json_pack("{s:[{s:s,s:s,s:i},{s:s,s:n,s:b}]}", "vms", "name", "web.1",
	    "operState", "running", "load", 7, "name", "db=\n2", "node", "hold", 1);
}

START_TEST(json)
{
	fclose(o.f);
	begin(OUT_JSON, "never");
	out_document(&o, json_pack("{s:s,s:n}", "a", "\x7f\302\233\n", "b"));
	ck_assert_str_eq(
	    end(), "{\n  \"a\": \"\\u007f\\u009b\\n\",\n  \"b\": null\n}\n");
	begin(OUT_JSON, "never");
	out_document_line(&o, json_pack("{s:i}", "a", 1));
	ck_assert_str_eq(end(), "{\"a\":1}\n");
	begin(OUT_JSON, "never");
}
END_TEST

START_TEST(key_values)
{
	fclose(o.f);
	begin(OUT_KV, "never");
	out_document(&o, document());
	ck_assert_str_eq(end(),
	    "vms.web\\u002E1.name=web.1\n"
	    "vms.web\\u002E1.operState=running\n"
	    "vms.web\\u002E1.load=7\n"
	    "vms.db\\u003D\\n2.name=db=\\n2\n"
	    "vms.db\\u003D\\n2.node=\n"
	    "vms.db\\u003D\\n2.hold=true\n");
	begin(OUT_KV, "never");
	out_document_line(&o, json_pack("{s:f,s:s}", "a", 1.5, "b", "x\\y\t"));
	ck_assert_str_eq(end(), "a=1.5\nb=x\\\\y\\t\n\n");
	begin(OUT_KV, "never");
}
END_TEST

/* Two elements never have the same path. */
START_TEST(key_values_are_unambiguous)
{
	fclose(o.f);
	begin(OUT_KV, "never");
	out_document(&o,
	    json_pack("[{s:s,s:s},{s:s,s:s}]", "name", "n1", "clusterName", "east",
	        "name", "n1", "clusterName", "west"));
	ck_assert_str_eq(end(),
	    "east/n1.name=n1\neast/n1.clusterName=east\n"
	    "west/n1.name=n1\nwest/n1.clusterName=west\n");
	begin(OUT_KV, "never");
	out_document(
	    &o, json_pack("[{s:s,s:i},{s:i}]", "name", "x", "index", 4, "index", 7));
	ck_assert_str_eq(end(), "4.name=x\n4.index=4\n7.index=7\n");
	begin(OUT_KV, "never");
	out_document(&o, json_pack("{s:[s,s],s:[]}", "words", "a", "a", "none"));
	ck_assert_str_eq(end(), "words.0=a\nwords.1=a\n");
	begin(OUT_KV, "never");
}
END_TEST

START_TEST(what_is_lost_is_said_once)
{
	FILE *full = fopen("/dev/full", "w");
	struct out lost;
	char *cause = NULL;

	ck_assert_int_eq(out_finish(&o, &cause), 0);
	ck_assert_ptr_null(cause);
	if (full == NULL)
		return;
	out_init(&lost, full, OUT_SCREEN, "never");
	out_say(&lost, TONE_PLAIN, "words\n");
	ck_assert_int_eq(out_finish(&lost, &cause), -1);
	ck_assert_ptr_nonnull(strstr(cause, "No space left"));
	xfree_clear(&cause);
	ck_assert_int_eq(out_finish(&lost, &cause), -1);
	ck_assert_ptr_null(cause);
	fclose(full);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cli_out");
	TCase *tc = tcase_create("out");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, colour_is_for_terminals);
	tcase_add_test(tc, width_is_of_the_environment);
	tcase_add_test(tc, hostile_text_moves_no_cursor);
	tcase_add_test(tc, wide_characters_count);
	tcase_add_test(tc, ascii_otherwise);
	tcase_add_test(tc, bars);
	tcase_add_test(tc, durations);
	tcase_add_test(tc, times);
	tcase_add_test(tc, words_and_tones);
	tcase_add_test(tc, text_is_broken_at_blanks);
	tcase_add_test(tc, tables);
	tcase_add_test(tc, tables_fit);
	tcase_add_test(tc, narrow_tables_are_blocks);
	tcase_add_test(tc, json);
	tcase_add_test(tc, key_values);
	tcase_add_test(tc, key_values_are_unambiguous);
	tcase_add_test(tc, what_is_lost_is_said_once);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
