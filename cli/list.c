/*
 * SPDX-License-Identifier: Apache-2.0
 * Lists of rows: chosen, sorted, formatted. See list.h.
 */
#include "cli/list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/names.h"

enum { COLUMNS_MAX = 64 };

/* --- values ---------------------------------------------------------------- */

char *
list_ring(void)
{
	static char texts[64][LIST_TEXT];
	static unsigned at;

	return texts[at++ % 64];
}

const char *
list_per_mille(int64_t per_mille)
{
	char *text = list_ring();

	snprintf(text, LIST_TEXT, "%" PRId64 " %%", (per_mille + 5) / 10);
	return text;
}

const char *
list_mebibytes(int64_t mebibytes)
{
	char *text = list_ring();

	if (mebibytes < 1024)
		snprintf(text, LIST_TEXT, "%" PRId64 " MiB", mebibytes);
	else if (mebibytes < 10 * 1024)
		snprintf(text, LIST_TEXT, "%.1f GiB", (double)mebibytes / 1024);
	else
		snprintf(text, LIST_TEXT, "%.0f GiB", (double)mebibytes / 1024);
	return text;
}

const char *
list_place(const char *cluster, const char *node)
{
	char *text;

	if (*cluster == '\0' || *node == '\0')
		return *cluster != '\0' ? cluster : node;
	text = list_ring();
	snprintf(text, LIST_TEXT, "%s/%s", cluster, node);
	return text;
}

static const char *
running(const struct row *row, enum mib_id state, enum mib_id vms)
{
	static const char *const dumb[] = { "unknown", "unreachable", "foreign" };
	size_t i;

	for (i = 0; i < sizeof(dumb) / sizeof(dumb[0]); i++)
		if (strcmp(row_text(row, state), dumb[i]) == 0)
			return "-";
	return row_text(row, vms);
}

const char *
list_vms_of_cluster(const struct row *cluster)
{
	return running(cluster, csClusterOperState, csClusterVmsRunning);
}

const char *
list_vms_of_node(const struct row *node)
{
	return running(node, csNodeOperState, csNodeVmsRunning);
}

const char *
list_value(const struct row *row, enum mib_id id)
{
	const struct mib_object *m = &mib_objects[id];
	int64_t number;

	if (m->table != (int)row->table || m->access == MIB_NONE)
		return row_text(row, id);
	if (!row_cell(row, id)->there)
		return "";
	number = row_number(row, id, 0);
	if (m->base == MIB_TIME)
		return out_when(row_text(row, id));
	if (strcmp(m->units, "seconds") == 0)
		return out_duration(number);
	if (strcmp(m->units, "per mille") == 0)
		return list_per_mille(number);
	if (strcmp(m->units, "mebibytes") == 0)
		return list_mebibytes(number);
	return row_text(row, id);
}

/* --- which columns --------------------------------------------------------- */

struct chosen {
	struct list_column column[COLUMNS_MAX];
	size_t n;
};

/* The object of a key or, where a column of the list is called so, of a title: *titled
 * is that column then, else NULL. */
static int
find_key(const struct list *l, const char *key, size_t length,
    const struct list_column **titled)
{
	const struct mib_table *t = &mib_tables[l->table];
	const struct list_column *c;
	int id;

	*titled = NULL;

	for (id = (int)t->first; id <= (int)t->last; id++)
		if (mib_readable((enum mib_id)id) &&
		    strlen(mib_objects[id].key) == length &&
		    strncmp(mib_objects[id].key, key, length) == 0)
			return id;
	for (c = l->columns; c->title != NULL; c++)
		if (strlen(c->title) == length && strncmp(c->title, key, length) == 0) {
			*titled = c;
			return (int)c->id;
		}
	return -1;
}

static int
no_such_key(struct cli *cli, const struct list *l, const char *option, const char *key,
    size_t length)
{
	const struct mib_table *t = &mib_tables[l->table];
	const struct list_column *c, *titled;
	const char *keys[COLUMNS_MAX];
	char *said = xstrndup(key, length), *all = xstrdup(""), *more;
	size_t n = 0;
	int id, near, code;

	for (id = (int)t->first; id <= (int)t->last && n < COLUMNS_MAX; id++)
		if (mib_readable((enum mib_id)id)) {
			keys[n] = mib_objects[id].key;
			more = xasprintf("%s%s%s", all, n > 0 ? ", " : "", keys[n]);
			free(all);
			all = more;
			n++;
		}
	for (c = l->columns; c->title != NULL && n < COLUMNS_MAX; c++) {
		find_key(l, c->title, strlen(c->title), &titled);
		if (titled == NULL)
			continue; /* a key is called so */
		keys[n++] = c->title;
		more = xasprintf("%s, %s", all, c->title);
		free(all);
		all = more;
	}
	near = text_nearest(said, keys, (int)n);
	code = cli_fail(cli, EXIT_USAGE,
	    "--%s: there is no column '%s'%s%s%s; there are %s", option, said,
	    near == -1 ? "" : "; did you mean ", near == -1 ? "" : keys[near],
	    near == -1 ? "" : "?", all);
	free(all);
	free(said);
	return code;
}

/* A column by its object, with the text and title of the list's own if it has one. */
static struct list_column
column_of(const struct list *l, int id)
{
	const struct mib_object *m = &mib_objects[id];

	(void)l;
	return (struct list_column) { .title = m->key,
		.id = (enum mib_id)id,
		.right = m->words == NULL && m->base != MIB_TEXT &&
		    m->base != MIB_TIME && m->base != MIB_OID,
		.gives = m->base == MIB_TEXT,
		.painted = m->words != NULL };
}

static int
choose(struct cli *cli, const struct list *l, struct chosen *chosen)
{
	const struct mib_table *t = &mib_tables[l->table];
	const char *given = option_value(cli, "columns"), *p;
	const struct list_column *c, *titled;
	size_t length;
	int id;

	chosen->n = 0;
	if (given == NULL && cli->out.format == OUT_SCREEN) {
		for (c = l->columns; c->title != NULL; c++)
			chosen->column[chosen->n++] = *c;
		return 0;
	}
	if (given == NULL || strcmp(given, "all") == 0) {
		for (id = (int)t->first; id <= (int)t->last; id++)
			if (mib_readable((enum mib_id)id))
				chosen->column[chosen->n++] = column_of(l, id);
		return 0;
	}
	for (p = given;; p += length + 1) {
		length = strcspn(p, ",");
		id = find_key(l, p, length, &titled);
		if (id == -1)
			return no_such_key(cli, l, "columns", p, length);
		if (chosen->n < COLUMNS_MAX)
			chosen->column[chosen->n++] =
			    titled != NULL ? *titled : column_of(l, id);
		if (p[length] == '\0')
			return 0;
	}
}

/* --- which rows ------------------------------------------------------------ */

struct choice {
	int state; /* number of --state, -1: any */
	uint32_t cluster; /* 0: any */
	uint32_t vm;
	bool keep; /* the list's own choice applies */
	bool first; /* and so does what comes first */
	int sort; /* an object, or -1 */
	bool backwards;
};

static int
choice_of(struct cli *cli, const struct list *l, struct choice *choice)
{
	const char *sort = option_value(cli, "sort"), *name;
	const struct list_column *titled;
	int code;

	*choice = (struct choice) { .sort = l->order != 0 ? (int)l->order : -1,
		.backwards = l->backwards };
	choice->first = sort == NULL && l->first != NULL;
	choice->keep = l->keep != NULL &&
	    (l->keep_option[0] == NULL || option_given(cli, l->keep_option[0]) ||
	        (l->keep_option[1] != NULL && option_given(cli, l->keep_option[1])));
	/* the parser has seen to it that it is one of the words */
	name = option_value(cli, "state");
	choice->state = l->state != 0 && name != NULL ? mib_number(l->state, name) : -1;
	if (sort != NULL) {
		choice->backwards = *sort == '-';
		sort += choice->backwards;
		choice->sort = find_key(l, sort, strlen(sort), &titled);
		if (choice->sort == -1)
			return no_such_key(cli, l, "sort", sort, strlen(sort));
	}
	if (l->cluster != 0 && (name = option_value(cli, "cluster")) != NULL &&
	    (code = names_cluster(cli, name, &choice->cluster)) != 0)
		return code;
	if (l->vm != 0 && (name = option_value(cli, "vm")) != NULL &&
	    (code = names_vm(cli, name, &choice->vm)) != 0)
		return code;
	return 0;
}

static bool
wanted(const struct cli *cli, const struct list *l, const struct choice *choice,
    const struct row *row)
{
	return (choice->state == -1 ||
	           row_number(row, l->state, -1) == choice->state) &&
	    (choice->cluster == 0 ||
	        row_number(row, l->cluster, 0) == choice->cluster) &&
	    (choice->vm == 0 || row_number(row, l->vm, 0) == choice->vm) &&
	    (!choice->keep || l->keep(cli, row));
}

/* qsort() hands nothing on */
static struct {
	enum mib_id id;
	bool backwards;
	bool (*first)(const struct row *row);
} order;

static int
compare(const void *a, const void *b)
{
	const struct row *x = *(const struct row *const *)a;
	const struct row *y = *(const struct row *const *)b;
	bool numbers = mib_objects[order.id].base != MIB_TEXT &&
	    mib_objects[order.id].base != MIB_TIME &&
	    mib_objects[order.id].base != MIB_OID;
	int64_t m = row_number(x, order.id, -1), n = row_number(y, order.id, -1);
	int result;

	if (order.first != NULL && order.first(x) != order.first(y))
		return order.first(x) ? -1 : 1;
	if (numbers)
		result = m < n ? -1 : m > n;
	else
		result = strverscmp(row_text(x, order.id), row_text(y, order.id));
	if (result == 0) /* as they were: rows of one array */
		return x < y ? -1 : 1;
	return order.backwards ? -result : result;
}

/* The rows that are wanted, in the order wanted; the caller frees the array. */
static const struct row **
pick(const struct cli *cli, const struct list *l, const struct choice *choice,
    const struct rows *rows, size_t *n)
{
	const struct row **picked = xcalloc(rows->n + 1, sizeof(*picked)), *row;
	size_t i;

	*n = 0;
	for (i = 0; i < rows->n; i++) {
		row = &rows->row[i];
		if (wanted(cli, l, choice, row))
			picked[(*n)++] = row;
	}
	if (choice->sort != -1) {
		order.id = (enum mib_id)choice->sort;
		order.backwards = choice->backwards;
		order.first = choice->first ? l->first : NULL;
		qsort(picked, *n, sizeof(*picked), compare);
	}
	return picked;
}

/* --- all together ---------------------------------------------------------- */

static void
need(enum mib_id *ids, size_t *n, enum mib_table_id table, enum mib_id id)
{
	size_t i;

	if (id == 0 || mib_objects[id].table != (int)table || !mib_readable(id))
		return;
	for (i = 0; i < *n; i++)
		if (ids[i] == id)
			return;
	ids[(*n)++] = id;
}

/* What has to be asked for all this. */
static size_t
needs(const struct list *l, const struct chosen *chosen, const struct choice *choice,
    enum mib_id *ids)
{
	size_t n = 0, i, j;

	for (i = 0; i < chosen->n; i++) {
		need(ids, &n, l->table, chosen->column[i].id);
		for (j = 0; j < 3; j++)
			need(ids, &n, l->table, chosen->column[i].also[j]);
	}
	if (choice->state != -1 || choice->first)
		need(ids, &n, l->table, l->state);
	if (choice->cluster != 0)
		need(ids, &n, l->table, l->cluster);
	if (choice->vm != 0)
		need(ids, &n, l->table, l->vm);
	if (choice->sort != -1)
		need(ids, &n, l->table, (enum mib_id)choice->sort);
	for (i = 0; choice->keep && i < 4; i++)
		need(ids, &n, l->table, l->keep_needs[i]);
	return n;
}

static const char *
text_of(const struct list_column *c, const struct row *row)
{
	return c->text != NULL ? c->text(row) : list_value(row, c->id);
}

/* A column in which nothing stands only takes room. */
static bool
says_something(const struct list_column *c, const struct row **rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (*text_of(c, rows[i]) != '\0')
			return true;
	return false;
}

/* A table of the columns; without `whole` those that say nothing are left out. */
static void
print_table(struct out *o, const struct list_column *columns, size_t ncolumns,
    const struct row **rows, size_t n, bool whole)
{
	const struct list_column *shown[COLUMNS_MAX];
	struct out_column titles[COLUMNS_MAX];
	struct out_table *t;
	size_t i, j, m = 0;

	for (j = 0; j < ncolumns; j++)
		if (whole || says_something(&columns[j], rows, n)) {
			shown[m] = &columns[j];
			titles[m++] = (struct out_column) { .title = columns[j].title,
				.right = columns[j].right,
				.gives = columns[j].gives,
				.painted = columns[j].painted };
		}
	t = out_table_new(titles, m);
	for (i = 0; i < n; i++)
		for (j = 0; j < m; j++)
			out_table_cell(t, text_of(shown[j], rows[i]));
	out_table_print(o, t);
	out_table_free(t);
}

void
list_table(struct out *o, const struct list_column *columns, const struct rows *rows)
{
	const struct row **all = xcalloc(rows->n + 1, sizeof(*all));
	size_t i, n = 0;

	for (i = 0; i < rows->n; i++)
		all[i] = &rows->row[i];
	while (columns[n].title != NULL)
		n++;
	if (rows->n > 0)
		print_table(o, columns, n, all, rows->n, false);
	free(all);
}

static void
print(struct cli *cli, const struct list *l, const struct chosen *chosen,
    const struct row **rows, size_t n, size_t all)
{
	bool whole = option_given(cli, "columns");
	size_t i;

	if (n == 0 && all > 0 && l->none_kept != NULL)
		out_say(&cli->out, TONE_PLAIN, "%s\n", l->none_kept);
	else if (n == 0 && all > 0)
		out_say(&cli->out, TONE_PLAIN, "None of %zu fits.\n", all);
	else if (n == 0)
		out_say(&cli->out, TONE_PLAIN, "%s\n", l->none);
	else if (l->block == NULL || whole)
		print_table(&cli->out, chosen->column, chosen->n, rows, n, whole);
	else
		for (i = 0; i < n; i++)
			l->block(cli, rows[i]);
}

/* What was read to pick and to sort is not what was asked for. */
static void
only_chosen(struct rows *rows, const struct chosen *chosen)
{
	enum mib_id first = mib_tables[rows->table].first;
	size_t i;

	memset(rows->asked, 0, rows_columns(rows->table) * sizeof(*rows->asked));
	for (i = 0; i < chosen->n; i++)
		rows->asked[chosen->column[i].id - first] = true;
}

int
list_run(struct cli *cli, const struct list *l)
{
	struct chosen chosen;
	struct choice choice;
	enum mib_id ids[COLUMNS_MAX + 16];
	enum snmp_result result;
	const struct row **picked;
	struct rows *rows;
	char *cause = NULL;
	json_t *array, *document;
	size_t n, i;
	int code;

	if ((code = choose(cli, l, &chosen)) != 0 ||
	    (code = choice_of(cli, l, &choice)) != 0)
		return code;
	n = needs(l, &chosen, &choice, ids);
	rows = snmp_table(cli_session(cli), l->table, ids, n, &result, &cause);
	if (rows == NULL)
		return cli_fail_snmp(cli, result, &cause);
	picked = pick(cli, l, &choice, rows, &n);
	if (cli->out.format == OUT_SCREEN) {
		print(cli, l, &chosen, picked, n, rows->n);
	} else {
		only_chosen(rows, &chosen);
		array = json_array();
		for (i = 0; i < n; i++)
			json_array_append_new(array, row_json(rows, picked[i]));
		document = json_pack("{s:o}", l->key, array);
		if (l->more != NULL)
			l->more(document, l->arg);
		out_document(&cli->out, document);
	}
	free(picked);
	rows_free(rows);
	return EXIT_DONE;
}
