/*
 * SPDX-License-Identifier: Apache-2.0
 * A command line taken apart: words, options in any place, Net-SNMP's letters, and a
 * clear sentence with the way out for every wrong call. The commands are the test's
 * own.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/command.h"

static int
run_nothing(struct cli *cli)
{
	(void)cli;
	return EXIT_DONE;
}

static const struct command_argument vms[] = {
	{ .name = "VM", .complete = COMPLETE_VM, .many = true, .text = "." },
	{ .name = NULL },
};
static const struct command_argument modes[] = {
	{ .name = "MODE",
	    .complete = COMPLETE_WORDS,
	    .words = "off advise automatic",
	    .text = "." },
	{ .name = "NAME", .optional = true, .text = "." },
	{ .name = NULL },
};
static const struct command_option move_options[] = {
	{ .name = "to", .value = "PLACE", .required = true, .text = "." },
	{ .name = "wait", .text = "." },
	{ .name = "reason", .value = "TEXT", .text = "." },
	{ .name = "also", .value = "X", .many = true, .text = "." },
	{ .name = "timeout", .value = "SECONDS", .text = "." },
	{ .name = NULL },
};
static const struct command commands[] = {
	{ .words = "status", .summary = "s", .run = run_nothing },
	{ .words = "vm list", .summary = "s", .run = run_nothing },
	{ .words = "vm move",
	    .summary = "s",
	    .arguments = vms,
	    .options = move_options,
	    .run = run_nothing },
	{ .words = "policy set",
	    .summary = "s",
	    .arguments = modes,
	    .run = run_nothing },
	{ .words = "__secret", .summary = "s", .run = run_nothing, .hidden = true },
	{ .words = NULL },
};
const struct command *const command_tables[] = { commands, NULL };

static struct cli cli;
static int code;
static char *said; /* on stdout and stderr */

/* Parses a line of words; a word may hold '_' for a blank. */
static int
parse(const char *line)
{
	static char *copy;
	static char *argv[64];
	FILE *file = tmpfile();
	int argc = 0, rc, out = dup(1), err = dup(2);
	char *save = NULL, *word;
	long size;

	free(copy);
	free(said);
	copy = xasprintf("clusterset %s", line);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	memset(&cli, 0, sizeof(cli));
	cli.out.f = stdout;
	cli.err.f = stderr;
	code = -1;
	fflush(stdout);
	fflush(stderr);
	dup2(fileno(file), 1);
	dup2(fileno(file), 2);
	rc = cli_parse(&cli, argc, argv, &code);
	fflush(stdout);
	fflush(stderr);
	dup2(out, 1);
	dup2(err, 2);
	close(out);
	close(err);
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	said = xcalloc(1, (size_t)size + 1);
	ck_assert_uint_eq(fread(said, 1, (size_t)size, file), (size_t)size);
	fclose(file);
	return rc;
}

static void
ends(const char *line, int with, const char *words)
{
	ck_assert_msg(parse(line) == 1, "'%s' was taken", line);
	ck_assert_msg(
	    code == with, "'%s' ended with %d, not %d: %s", line, code, with, said);
	ck_assert_msg(strstr(said, words) != NULL, "'%s' does not say '%s' but: %s",
	    line, words, said);
}

START_TEST(words_and_options)
{
	const char *also[4];

	ck_assert_int_eq(
	    parse("vm move web1 --to west --wait web2 --also=a --also b"), 0);
	ck_assert_str_eq(cli.command->words, "vm move");
	ck_assert_uint_eq(cli.narguments, 2);
	ck_assert_str_eq(argument(&cli, 1), "web2");
	ck_assert_ptr_null(argument(&cli, 2));
	ck_assert_str_eq(option_value(&cli, "to"), "west");
	ck_assert(option_given(&cli, "wait"));
	ck_assert(!option_given(&cli, "reason"));
	ck_assert_uint_eq(option_values(&cli, "also", also, 4), 2);
	ck_assert_str_eq(also[0], "a");
	ck_assert_str_eq(also[1], "b");
}
END_TEST

START_TEST(nothing_is_an_option_behind_two_dashes)
{
	ck_assert_int_eq(parse("vm move --to west -- --wait -v"), 0);
	ck_assert_uint_eq(cli.narguments, 2);
	ck_assert_str_eq(cli.arguments[0], "--wait");
	ck_assert_str_eq(cli.arguments[1], "-v");
	ck_assert(!option_given(&cli, "wait"));
	ck_assert_int_eq(cli.snmp_argc, 0);
}
END_TEST

START_TEST(a_noun_means_its_list)
{
	ck_assert_int_eq(parse("vm"), 0);
	ck_assert_str_eq(cli.command->words, "vm list");
	ck_assert_int_eq(parse("vm --json"), 0);
	ck_assert_str_eq(cli.command->words, "vm list");
	ck_assert_int_eq(cli.out.format, OUT_JSON);
	ends("policy", EXIT_USAGE, "policy wants one more word");
	ends("vm web1", EXIT_USAGE, "vm has no web1");
	ends("vm mvoe", EXIT_USAGE, "did you mean move?");
}
END_TEST

START_TEST(letters_are_net_snmps)
{
	ck_assert_int_eq(parse("-v2c -c public --agent host:1161 status -t 3"), 0);
	ck_assert_str_eq(cli.command->words, "status");
	ck_assert_int_eq(cli.snmp_argc, 5);
	ck_assert_str_eq(cli.snmp_argv[0], "-v2c");
	ck_assert_str_eq(cli.snmp_argv[2], "public");
	ck_assert_str_eq(cli.snmp_argv[4], "3");
	ck_assert_str_eq(cli.peer, "host:1161");
	ends("status -q", EXIT_USAGE, "-q");
	ends("status -c", EXIT_USAGE, "-c wants a value");
}
END_TEST

START_TEST(the_agent_comes_from_the_environment)
{
	setenv("CLUSTERSET_AGENT", "tcp:there", 1);
	ck_assert_int_eq(parse("status"), 0);
	ck_assert_str_eq(cli.peer, "tcp:there");
	ck_assert_int_eq(parse("status --agent here"), 0);
	ck_assert_str_eq(cli.peer, "here");
	unsetenv("CLUSTERSET_AGENT");
	ck_assert_int_eq(parse("status"), 0);
	ck_assert_str_eq(cli.peer, "localhost");
}
END_TEST

START_TEST(formats)
{
	ck_assert_int_eq(parse("status --output kv"), 0);
	ck_assert_int_eq(cli.out.format, OUT_KV);
	ck_assert_int_eq(parse("status --output=screen"), 0);
	ck_assert_int_eq(cli.out.format, OUT_SCREEN);
	ends("status --output xml", EXIT_USAGE, "screen json kv");
	ends("status --output", EXIT_USAGE, "--output wants a value");
	ends("status --json=1", EXIT_USAGE, "--json takes no value");
}
END_TEST

START_TEST(wrong_calls_say_the_way_out)
{
	ends("sttaus", EXIT_USAGE, "did you mean status?");
	ends("vm move --to x", EXIT_USAGE, "VM is missing");
	ends("vm move web1", EXIT_USAGE, "--to PLACE is missing");
	ends("vm move web1 --to x --to y", EXIT_USAGE, "given twice");
	ends("vm move web1 --to x --reasn y", EXIT_USAGE, "did you mean --reason?");
	ends("status web1", EXIT_USAGE, "'web1' is one argument too many");
	ends("policy set of", EXIT_USAGE, "off advise automatic");
	ends("policy set off a b", EXIT_USAGE, "'b' is one argument too many");
	ck_assert_int_eq(parse("policy set advise"), 0);
}
END_TEST

/* A program that asked for JSON gets a document also when its call was wrong. */
START_TEST(an_error_is_a_document_for_programs)
{
	ends("status --json nonsense", EXIT_USAGE, "\"exit\": 2");
	ends("status --nonsense --json", EXIT_USAGE, "\"exit\": 2");
	ends("nonsense --output=json", EXIT_USAGE, "\"exit\": 2");
	ends("--json vm move web1", EXIT_USAGE, "\"error\": ");
}
END_TEST

START_TEST(help_and_version_end_well)
{
	ends("--version", EXIT_DONE, "clusterset ");
	ends("vm move --help", EXIT_DONE, "vm move VM... --to PLACE");
	ends("--help", EXIT_DONE, "vm move");
	ends("", EXIT_USAGE, "vm move");
	ck_assert_ptr_null(strstr(said, "__secret"));
}
END_TEST

START_TEST(too_many_are_refused)
{
	char *line = xstrdup("vm move --to x");
	int i;

	for (i = 0; i < 40; i++) {
		char *longer = xasprintf("%s v%d", line, i);

		free(line);
		line = longer;
	}
	ck_assert_int_eq(parse(line), 0);
	ck_assert_uint_eq(cli.narguments, 40);
	free(line);
}
END_TEST

START_TEST(numbers)
{
	ck_assert_int_eq(parse("vm move web1 --to x --timeout 30"), 0);
	ck_assert_int_eq(option_number(&cli, "timeout", 1, 60, 5), 30);
	ck_assert_int_eq(option_number(&cli, "reason", 1, 60, 5), 5);
}
END_TEST

START_TEST(a_wrong_number_ends_the_call)
{
	ck_assert_int_eq(parse("vm move web1 --to x --timeout 3o"), 0);
	option_number(&cli, "timeout", 1, 60, 5);
}
END_TEST

START_TEST(a_number_out_of_range_ends_the_call)
{
	ck_assert_int_eq(parse("vm move web1 --to x --timeout 61"), 0);
	option_number(&cli, "timeout", 1, 60, 5);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cli_parse");
	TCase *tc = tcase_create("parse");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, words_and_options);
	tcase_add_test(tc, nothing_is_an_option_behind_two_dashes);
	tcase_add_test(tc, a_noun_means_its_list);
	tcase_add_test(tc, letters_are_net_snmps);
	tcase_add_test(tc, the_agent_comes_from_the_environment);
	tcase_add_test(tc, formats);
	tcase_add_test(tc, wrong_calls_say_the_way_out);
	tcase_add_test(tc, an_error_is_a_document_for_programs);
	tcase_add_test(tc, help_and_version_end_well);
	tcase_add_test(tc, too_many_are_refused);
	tcase_add_test(tc, numbers);
	tcase_add_exit_test(tc, a_wrong_number_ends_the_call, EXIT_USAGE);
	tcase_add_exit_test(tc, a_number_out_of_range_ends_the_call, EXIT_USAGE);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
