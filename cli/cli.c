/*
 * SPDX-License-Identifier: Apache-2.0
 * One call of clusterset, from argv to the exit code: session, command, messages.
 */
#include <jansson.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/command.h"

/* Names out of arguments and answers are in it: cleaned like a screen. */
static void
complain(struct cli *cli, const char *text)
{
	if (cli->err.f == NULL)
		out_init(&cli->err, stderr, OUT_SCREEN, "never");
	out_say(&cli->err, TONE_PLAIN, "clusterset: %s\n", text);
}

int
cli_fail(struct cli *cli, int code, const char *fmt, ...)
{
	va_list ap;
	char *text, *visible;
	json_t *error;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	fflush(stdout);
	complain(cli, text);
	if (cli->out.format == OUT_JSON && cli->out.f) {
		error = json_string(text);
		if (!error) { /* an argument that is no UTF-8 is in it */
			visible = text_vis(text, 4 * strlen(text));
			error = json_string(visible);
			free(visible);
		}
		out_document(
		    &cli->out, json_pack("{s:o, s:i}", "error", error, "exit", code));
	}
	free(text);
	return code;
}

int
cli_fail_snmp(struct cli *cli, enum snmp_result result, char **cause)
{
	int code =
	    cli_fail(cli, snmp_exit(result), "%s", *cause ? *cause : "unknown error");

	xfree_clear(cause);
	return code;
}

struct snmp *
cli_session(struct cli *cli)
{
	char *cause = NULL;

	if (!cli->snmp)
		cli->snmp = snmp_open_session(
		    cli->snmp_argc, cli->snmp_argv, cli->peer, cli->root, &cause);
	if (!cli->snmp && snmp_open_wrong_words())
		exit(cli_fail(cli, EXIT_USAGE, "%s", cause));
	if (!cli->snmp)
		exit(cli_fail_snmp(cli, SNMP_UNREACHABLE, &cause));
	return cli->snmp;
}

int
cli_main(int argc, char **argv)
{
	static struct cli cli; /* not on the stack: exit() from below finds it whole */
	char *cause = NULL;
	int code;

	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C"); /* a file or a document with 0,2 is a broken one */
	cli.out.f = stdout;
	if (cli_parse(&cli, argc, argv, &code) == 0)
		code = cli.command->run(&cli);
	snmp_close_session(cli.snmp);
	cli.snmp = NULL;
	if (out_finish(&cli.out, &cause) != 0 && code == EXIT_DONE) {
		if (out_unread(&cli.out)) { /* all is done: end as every tool does */
			signal(SIGPIPE, SIG_DFL);
			raise(SIGPIPE);
		}
		code = EXIT_FAILED;
	}
	if (cause)
		complain(&cli, cause);
	free(cause);
	return code;
}
