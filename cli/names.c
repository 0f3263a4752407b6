/*
 * SPDX-License-Identifier: Apache-2.0
 * Looking names up in the tables of the agent.
 */
#include "cli/names.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

enum { MESSAGE_NAME_MAX = 100 };

uint32_t
names_number(const char *text)
{
	char *end;
	unsigned long number;

	if (text[0] < '0' || text[0] > '9' || strlen(text) > 10)
		return 0;
	number = strtoul(text, &end, 10);
	return *end || number > INT32_MAX ? 0 : (uint32_t)number;
}

static struct rows *
names_read(struct cli *cli, enum mib_table_id table, const enum mib_id *columns,
    size_t n, int *code)
{
	enum snmp_result result = SNMP_DONE;
	char *cause = NULL;
	struct rows *rows =
	    snmp_table(cli_session(cli), table, columns, n, &result, &cause);

	*code = rows ? 0 : cli_fail_snmp(cli, result, &cause);
	return rows;
}

/* "no VM 'wep1'; did you mean web1?" */
static int
no_such(struct cli *cli, const char *noun, const char *list, const char *name,
    const struct rows *rows, enum mib_id column)
{
	const char **words = xcalloc(rows->n + 1, sizeof(*words));
	char *shown = text_vis(name, MESSAGE_NAME_MAX);
	int near, code;
	size_t i;

	/* row_text() has a ring for numbers only; names stay with their row */
	for (i = 0; i < rows->n; i++)
		words[i] = row_text(&rows->row[i], column);
	near = text_nearest(name, words, rows->n);
	if (near >= 0)
		code = cli_fail(cli, EXIT_FAILED, "no %s '%s'; did you mean %s?", noun,
		    shown, words[near]);
	else if (rows->n == 0)
		code = cli_fail(cli, EXIT_FAILED,
		    "no %s '%s': this set has no %s at all", noun, shown, noun);
	else
		code = cli_fail(cli, EXIT_FAILED, "no %s '%s': see clusterset %s", noun,
		    shown, list);
	free(shown);
	free(words);
	return code;
}

int
names_find(struct cli *cli, enum mib_table_id table, enum mib_id column,
    const char *noun, const char *list, const char *name, uint32_t *index)
{
	int code;
	struct rows *rows = names_read(cli, table, &column, 1, &code);
	const struct row *row;

	if (!rows)
		return code;
	row = rows_named(rows, column, name);
	if (row)
		*index = row->index[0];
	else
		code = no_such(cli, noun, list, name, rows, column);
	rows_free(rows);
	return code;
}

int
names_vms(struct cli *cli, const char *const *names, size_t n, uint32_t *index)
{
	struct snmp_instance *found = xcalloc(n + 1, sizeof(*found));
	char *cause = NULL;
	enum snmp_result result;
	size_t i, asked = 0;
	int code = 0;

	for (i = 0; i < n; i++)
		if (text_is_name(names[i], 96))
			found[asked++] = (struct snmp_instance) { .id = csVmNameIndex,
				.index_text = { names[i] } };
	result = snmp_get(cli_session(cli), found, asked, &cause);
	if (result != SNMP_DONE)
		code = cli_fail_snmp(cli, result, &cause);
	for (i = 0, asked = 0; i < n && !code; i++) {
		bool was_asked = text_is_name(names[i], 96);

		if (was_asked && found[asked].cell.there)
			index[i] = (uint32_t)found[asked].cell.number;
		else
			code = names_find(cli, csVmTable, csVmName, "VM", "vm list",
			    names[i], &index[i]);
		asked += was_asked;
	}
	snmp_free_cells(found, asked);
	free(found);
	return code;
}

int
names_vm(struct cli *cli, const char *name, uint32_t *index)
{
	return names_vms(cli, &name, 1, index);
}

int
names_cluster(struct cli *cli, const char *name, uint32_t *index)
{
	return names_find(
	    cli, csClusterTable, csClusterName, "cluster", "cluster list", name, index);
}

/* --- nodes ------------------------------------------------------------------------ */

void
names_place_free(struct names_place *place)
{
	xfree_clear(&place->cluster_name);
	xfree_clear(&place->node_name);
}

static int
find_node(
    struct cli *cli, struct names_place *place, const char *cluster, const char *name)
{
	static const enum mib_id columns[] = { csNodeName, csNodeClusterName };
	enum snmp_result result = SNMP_DONE;
	char *cause = NULL, *noun;
	struct rows *rows;
	const struct row *row;
	int code = 0;

	if (*name == '\0')
		return cli_fail(cli, EXIT_USAGE,
		    "the node is missing behind the /: CLUSTER/NODE, or only CLUSTER");
	rows = snmp_table_part(cli_session(cli), csNodeTable, columns, 2,
	    &place->cluster, 1, &result, &cause);
	if (!rows)
		return cli_fail_snmp(cli, result, &cause);
	row = rows_named(rows, csNodeName, name);
	if (row) {
		place->node = row->index[1];
		place->node_name = xstrdup(row_text(row, csNodeName));
		free(place->cluster_name);
		place->cluster_name = xstrdup(row_text(row, csNodeClusterName));
	} else {
		noun = cluster ? xasprintf("node of cluster %s", cluster)
		               : xstrdup("node of that cluster");
		code = no_such(cli, noun, "node list", name, rows, csNodeName);
		free(noun);
	}
	rows_free(rows);
	return code;
}

int
names_place(
    struct cli *cli, const char *text, uint32_t within, struct names_place *place)
{
	static const enum mib_id column = csClusterName;
	struct rows *rows;
	const struct row *row;
	const char *node = NULL, *slash;
	char *name;
	size_t i;
	int code;

	*place = (struct names_place) { 0 };
	if (within && text[0] == '/') {
		place->cluster = within;
		return find_node(cli, place, NULL, text + 1);
	}
	rows = names_read(cli, csClusterTable, &column, 1, &code);
	if (!rows)
		return code;
	row = rows_named(rows, csClusterName, text);
	/* a name may have a slash in it: the clusters decide where the node begins */
	for (i = 0; !row && i < rows->n; i++) {
		const char *cluster = row_text(&rows->row[i], csClusterName);
		size_t len = strlen(cluster);

		if (len && strncmp(text, cluster, len) == 0 && text[len] == '/') {
			row = &rows->row[i];
			node = text + len + 1;
		}
	}
	if (row) {
		place->cluster = row->index[0];
		place->cluster_name = xstrdup(row_text(row, csClusterName));
	} else {
		slash = strchr(text, '/');
		name = xstrndup(text, slash ? (size_t)(slash - text) : strlen(text));
		code =
		    no_such(cli, "cluster", "cluster list", name, rows, csClusterName);
		free(name);
	}
	rows_free(rows);
	if (row && node)
		code = find_node(cli, place, place->cluster_name, node);
	if (code)
		names_place_free(place);
	return code;
}

/* A node that is named without its cluster. */
static int
bare_node(struct cli *cli, const char *text, struct names_place *place)
{
	static const enum mib_id columns[] = { csNodeName, csNodeClusterName };
	const struct row *row = NULL;
	int code;
	size_t i;
	struct rows *rows = names_read(cli, csNodeTable, columns, 2, &code);

	if (!rows)
		return code;
	for (i = 0; i < rows->n && !code; i++) {
		if (strcmp(row_text(&rows->row[i], csNodeName), text) != 0)
			continue;
		if (row)
			code = cli_fail(cli, EXIT_FAILED,
			    "there are several nodes '%s': say %s/%s or %s/%s", text,
			    row_text(row, csNodeClusterName), text,
			    row_text(&rows->row[i], csNodeClusterName), text);
		row = &rows->row[i];
	}
	if (!row)
		code = no_such(cli, "node", "node list", text, rows, csNodeName);
	if (!code) {
		place->cluster = row->index[0];
		place->node = row->index[1];
		place->cluster_name = xstrdup(row_text(row, csNodeClusterName));
		place->node_name = xstrdup(row_text(row, csNodeName));
	}
	rows_free(rows);
	return code;
}

int
names_node(struct cli *cli, const char *text, struct names_place *place)
{
	int code;

	*place = (struct names_place) { 0 };
	if (!strchr(text, '/'))
		return bare_node(cli, text, place);
	code = names_place(cli, text, 0, place);
	if (!code && !place->node) {
		code = cli_fail(cli, EXIT_FAILED,
		    "'%s' is a cluster: a node is wanted, CLUSTER/NODE", text);
		names_place_free(place);
	}
	return code;
}

/* --- moves ------------------------------------------------------------------------ */

static void
take_move(struct names_move *move, const struct row *row)
{
	snprintf(move->owner, sizeof(move->owner), "%s",
	    row->index_text[0] ? row->index_text[0] : "");
	move->index = row->index[1];
}

/* The row that `text` means, without an owner: by its number, or a VM's newest. */
static int
bare_move(struct cli *cli, const char *text, uint32_t number, struct names_move *move)
{
	static const enum mib_id column = csMoveVmName;
	const struct row *row = NULL;
	bool several = false;
	int code;
	size_t i;
	struct rows *rows = names_read(cli, csMoveTable, &column, 1, &code);

	if (!rows)
		return code;
	for (i = 0; i < rows->n; i++) {
		const struct row *r = &rows->row[i];

		if (strcmp(row_text(r, csMoveVmName), text) == 0 &&
		    (!row || number || r->index[1] > row->index[1])) {
			row = r;
			several = false;
			number = 0;
		} else if (number && r->index[1] == number) {
			several = row != NULL;
			row = r;
		}
	}
	if (several)
		code = cli_fail(cli, EXIT_FAILED,
		    "there are several moves %s: say OWNER/%s, see clusterset move "
		    "list",
		    text, text);
	else if (!row && number)
		code = cli_fail(
		    cli, EXIT_FAILED, "no move %s: see clusterset move list", text);
	else if (!row) {
		uint32_t vm;

		code = names_vm(cli, text, &vm);
		if (!code)
			code = cli_fail(cli, EXIT_FAILED,
			    "there is no move of VM %s: see clusterset move list",
			    text);
	} else
		take_move(move, row);
	rows_free(rows);
	return code;
}

int
names_move(struct cli *cli, const char *text, struct names_move *move)
{
	const char *slash = strrchr(text, '/');
	uint32_t number = names_number(slash ? slash + 1 : text);
	struct snmp_instance row = { .id = csMoveState };
	enum snmp_result result;
	char *cause = NULL;
	int code = 0;

	if (!slash || !number || slash == text || slash - text > NAMES_OWNER_MAX)
		return bare_move(cli, text, slash ? 0 : number, move);
	snprintf(move->owner, sizeof(move->owner), "%.*s", (int)(slash - text), text);
	move->index = number;
	row.index_text[0] = move->owner;
	row.index[1] = number;
	result = snmp_get(cli_session(cli), &row, 1, &cause);
	if (result != SNMP_DONE)
		return cli_fail_snmp(cli, result, &cause);
	if (!row.cell.there)
		code = cli_fail(cli, EXIT_FAILED,
		    "no move %s: see clusterset move list (rows of moves that ended "
		    "long ago are gone)",
		    text);
	snmp_free_cells(&row, 1);
	return code;
}

/* --- who asks --------------------------------------------------------------------- */

static bool
is_reserved(const char *owner)
{
	return strcmp(owner, "set") == 0 || strcmp(owner, "policy") == 0 ||
	    strcmp(owner, "hook") == 0;
}

const char *
names_owner(struct cli *cli, const char *given)
{
	static char owner[NAMES_OWNER_MAX + 1];
	const struct passwd *pw;

	if (given) {
		if (text_is_name(given, NAMES_OWNER_MAX) && !is_reserved(given))
			return given;
		cli_fail(cli, EXIT_USAGE,
		    "--owner is 1 to %d characters, and not set, policy or hook: those "
		    "are clusterset's own",
		    NAMES_OWNER_MAX);
		return NULL;
	}
	pw = getpwuid(getuid());
	if (!pw || !text_is_name(pw->pw_name, NAMES_OWNER_MAX) ||
	    is_reserved(pw->pw_name))
		return "operator";
	snprintf(owner, sizeof(owner), "%s", pw->pw_name);
	return owner;
}
