/*
 * SPDX-License-Identifier: Apache-2.0
 * SETs with their messages, questions, and small readings.
 */
#include "cli/act.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/plain.h"

enum { READ_BACK_MS = 12000, ANSWER_MAX = 256 };

struct snmp_assign
act_number(enum mib_id id, uint32_t index, int64_t number)
{
	return (struct snmp_assign) { .id = id, .index = { index }, .number = number };
}

void
act_plain(char **cause)
{
	char *text = *cause;

	if (!text)
		return;
	*cause = plain_text(text, NULL);
	free(text);
}

/* Do all of them read as they were written? */
static bool
reads_so(struct cli *cli, const struct snmp_assign *assigns, size_t n)
{
	struct snmp_instance *cells = xcalloc(n, sizeof(*cells));
	char *cause = NULL;
	bool so;
	size_t i;

	for (i = 0; i < n; i++) {
		cells[i].id = assigns[i].id;
		memcpy(cells[i].index, assigns[i].index, sizeof(cells[i].index));
		memcpy(cells[i].index_text, assigns[i].index_text,
		    sizeof(cells[i].index_text));
	}
	so = snmp_get(cli_session(cli), cells, n, &cause) == SNMP_DONE;
	for (i = 0; so && i < n; i++)
		so = cells[i].cell.there &&
		    (assigns[i].text ? text_same(cells[i].cell.text, assigns[i].text)
		                     : cells[i].cell.number == assigns[i].number);
	snmp_free_cells(cells, n);
	free(cells);
	free(cause);
	return so;
}

int
act_try(struct cli *cli, const struct snmp_assign *assigns, size_t n, char **cause)
{
	const struct timespec nap = { .tv_nsec = 500 * 1000000 };
	enum snmp_result result = snmp_set(cli_session(cli), assigns, n, cause);
	int64_t end = clock_ms() + READ_BACK_MS;

	while (result == SNMP_UNCERTAIN && clock_ms() < end) {
		if (reads_so(cli, assigns, n)) {
			xfree_clear(cause);
			return 0;
		}
		nanosleep(&nap, NULL);
	}
	if (result == SNMP_REFUSED)
		act_plain(cause);
	return snmp_exit(result);
}

int
act_set(struct cli *cli, const struct snmp_assign *assigns, size_t n)
{
	char *cause = NULL;
	int code = act_try(cli, assigns, n, &cause);

	if (code)
		cli_fail(cli, code, "%s", cause ? cause : "the SET failed");
	free(cause);
	return code;
}

int
act_get(struct cli *cli, struct snmp_instance *cells, size_t n)
{
	char *cause = NULL;
	enum snmp_result result = snmp_get(cli_session(cli), cells, n, &cause);

	return result == SNMP_DONE ? 0 : cli_fail_snmp(cli, result, &cause);
}

struct rows *
act_table(struct cli *cli, enum mib_table_id table, const enum mib_id *ids, size_t n,
    int *code)
{
	enum snmp_result result = SNMP_DONE;
	char *cause = NULL;
	struct rows *rows =
	    snmp_table(cli_session(cli), table, ids, n, &result, &cause);

	*code = rows ? 0 : cli_fail_snmp(cli, result, &cause);
	return rows;
}

const char *
act_text(const struct snmp_instance *cell)
{
	const char *word;

	if (!cell->cell.there)
		return "";
	if (cell->cell.text)
		return cell->cell.text;
	word = mib_word(cell->id, cell->cell.number);
	return word ? word : "";
}

int
act_confirm(struct cli *cli, const char *word)
{
	char answer[ANSWER_MAX];

	if (option_given(cli, "yes"))
		return 0;
	if (!isatty(STDIN_FILENO) || !cli->err.terminal)
		return cli_fail(cli, EXIT_USAGE,
		    "nobody can be asked here: add --yes when the danger above is "
		    "understood");
	fprintf(stderr, "Type %s to go on: ", word);
	fflush(stderr);
	if (!fgets(answer, sizeof(answer), stdin))
		answer[0] = '\0';
	answer[strcspn(answer, "\n")] = '\0';
	if (strcmp(answer, word) != 0)
		return cli_fail(cli, EXIT_FAILED, "not confirmed: nothing was changed");
	return 0;
}

void
act_danger(struct cli *cli, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	out_wrapped(&cli->err, "", text);
	free(text);
}

void
act_document(struct cli *cli, const char *kind, json_t *array)
{
	if (cli->out.format == OUT_SCREEN)
		json_decref(array);
	else
		out_document(&cli->out, json_pack("{s:o}", kind, array));
}

void
act_say(struct cli *cli, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (cli->out.format != OUT_SCREEN)
		return;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	out_say(&cli->out, TONE_PLAIN, "%s\n", text);
	free(text);
}

void
act_warn(struct cli *cli, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	out_finish(&cli->out, NULL);
	out_say(&cli->err, TONE_PLAIN, "clusterset: %s\n", text);
	free(text);
}
