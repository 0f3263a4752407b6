/*
 * SPDX-License-Identifier: Apache-2.0
 * What an agent is asked, step by step, and what is taken of its answers. See
 * asker_query.h.
 */
#include "config.h"

#include "subagent/asker_query.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define STORAGE_ROWS 1024 /* that are looked through for the RAM */
#define REPS_FIRST   24
#define REPS_MOST    64

#define NAME(...)                                                              \
	{                                                                      \
		{ __VA_ARGS__ }, sizeof((oid[]) { __VA_ARGS__ }) / sizeof(oid) \
	}
#define HR  1, 3, 6, 1, 2, 1, 25
#define UCD 1, 3, 6, 1, 4, 1, 2021

static const struct name storage_type = NAME(HR, 2, 3, 1, 2);
static const struct name storage_descr = NAME(HR, 2, 3, 1, 3);
static const struct name type_ram = NAME(HR, 2, 1, 2);
static const struct name processor_frw = NAME(HR, 3, 3, 1, 1);
static const struct name processor_load = NAME(HR, 3, 3, 1, 2);

struct scalar {
	enum figure figure;
	struct name name; /* of the instance */
};

static const struct scalar memory_scalars[] = {
	{ FIGURE_UCD_TOTAL, NAME(UCD, 4, 5, 0) },
	{ FIGURE_UCD_FREE, NAME(UCD, 4, 6, 0) },
	{ FIGURE_UCD_SHARED, NAME(UCD, 4, 13, 0) },
	{ FIGURE_UCD_BUFFER, NAME(UCD, 4, 14, 0) },
	{ FIGURE_UCD_CACHED, NAME(UCD, 4, 15, 0) },
	{ FIGURE_UCD_AVAILABLE, NAME(UCD, 4, 27, 0) },
	{ FIGURE_HR_MEMORY, NAME(HR, 2, 2, 0) },
};
#define NMEMORY (sizeof(memory_scalars) / sizeof(memory_scalars[0]))

static const struct scalar other_scalars[] = {
	{ FIGURE_CPUS, NAME(UCD, 11, 67, 0) },
	{ FIGURE_LOAD_1, NAME(UCD, 10, 1, 5, 1) },
	{ FIGURE_TICKS_USER, NAME(UCD, 11, 50, 0) },
	{ FIGURE_TICKS_NICE, NAME(UCD, 11, 51, 0) },
	{ FIGURE_TICKS_SYSTEM, NAME(UCD, 11, 52, 0) },
	{ FIGURE_TICKS_IDLE, NAME(UCD, 11, 53, 0) },
	{ FIGURE_TICKS_WAIT, NAME(UCD, 11, 54, 0) },
	{ FIGURE_TICKS_KERNEL, NAME(UCD, 11, 55, 0) },
	{ FIGURE_TICKS_INTERRUPT, NAME(UCD, 11, 56, 0) },
	{ FIGURE_TICKS_SOFT, NAME(UCD, 11, 61, 0) },
	{ FIGURE_TICKS_STEAL, NAME(UCD, 11, 64, 0) },
};
#define NOTHER (sizeof(other_scalars) / sizeof(other_scalars[0]))

/* Columns of the rows that matter: units 4, size 5, used 6. */
static const struct {
	enum storage row;
	oid column;
	enum figure figure;
} storage_figures[] = {
	{ STORAGE_RAM, 4, FIGURE_RAM_UNITS },
	{ STORAGE_RAM, 5, FIGURE_RAM_SIZE },
	{ STORAGE_RAM, 6, FIGURE_RAM_USED },
	{ STORAGE_AVAILABLE, 4, FIGURE_AVAILABLE_UNITS },
	{ STORAGE_AVAILABLE, 5, FIGURE_AVAILABLE_SIZE },
	{ STORAGE_BUFFERS, 4, FIGURE_BUFFERS_UNITS },
	{ STORAGE_BUFFERS, 6, FIGURE_BUFFERS_USED },
	{ STORAGE_CACHED, 4, FIGURE_CACHED_UNITS },
	{ STORAGE_CACHED, 6, FIGURE_CACHED_USED },
	{ STORAGE_SHARED, 4, FIGURE_SHARED_UNITS },
	{ STORAGE_SHARED, 6, FIGURE_SHARED_USED },
};
#define NSTORAGE (sizeof(storage_figures) / sizeof(storage_figures[0]))

/* As Net-SNMP calls them; Windows has none of these rows. */
static const char *const storage_names[STORAGES] = {
	[STORAGE_AVAILABLE] = "Available memory",
	[STORAGE_BUFFERS] = "Memory buffers",
	[STORAGE_CACHED] = "Cached memory",
	[STORAGE_SHARED] = "Shared memory",
};

/* --- answers
 * -------------------------------------------------------------------------- */

static bool
below(const netsnmp_variable_list *v, const struct name *n, oid *row)
{
	if (v->name_length != n->n + 1 ||
	    snmp_oid_compare(v->name, n->n, n->id, n->n) != 0)
		return false;
	*row = v->name[n->n];
	return true;
}

static bool
same(const netsnmp_variable_list *v, const struct name *n)
{
	return snmp_oid_compare(v->name, v->name_length, n->id, n->n) == 0;
}

static bool
nothing(const netsnmp_variable_list *v)
{
	return v->type == SNMP_NOSUCHOBJECT || v->type == SNMP_NOSUCHINSTANCE ||
	    v->type == SNMP_ENDOFMIBVIEW;
}

static bool
number(const netsnmp_variable_list *v, int64_t *value)
{
	switch (v->type) {
	case ASN_INTEGER:
		*value = *v->val.integer;
		return true;
	case ASN_COUNTER:
	case ASN_GAUGE:
	case ASN_TIMETICKS:
	case ASN_UINTEGER:
		*value = (int64_t)((unsigned long)*v->val.integer & 0xffffffffUL);
		return true;
	case ASN_COUNTER64:
		if (v->val.counter64->high > INT32_MAX)
			return false;
		*value = (int64_t)((uint64_t)v->val.counter64->high << 32 |
		    (v->val.counter64->low & 0xffffffffUL));
		return true;
	default:
		return false;
	}
}

/* A row of hrStorageTable's type (column 0) or name (column 1). */
static void
storage_row(struct query *q, const netsnmp_variable_list *v, size_t column, oid row)
{
	struct layout *l = q->layout;
	size_t i;

	if (column == 0) {
		if (l->row[STORAGE_RAM] == 0 && v->type == ASN_OBJECT_ID &&
		    snmp_oid_compare(v->val.objid, v->val_len / sizeof(oid),
		        type_ram.id, type_ram.n) == 0)
			l->row[STORAGE_RAM] = row;
		return;
	}
	if (v->type != ASN_OCTET_STR)
		return;
	for (i = 0; i < STORAGES; i++)
		if (storage_names[i] != NULL && l->row[i] == 0 &&
		    v->val_len == strlen(storage_names[i]) &&
		    memcmp(v->val.string, storage_names[i], v->val_len) == 0)
			l->row[i] = row;
}

static void
load_row(struct query *q, const netsnmp_variable_list *v, oid row)
{
	int64_t load;

	if (!number(v, &load) || load < 0 || load > 100) {
		if (number(v, &load))
			cause_set(&q->error,
			    "hrProcessorLoad.%lu is %" PRId64
			    ", which is no percentage",
			    row, load);
		else
			cause_set(&q->error, "hrProcessorLoad.%lu is no number", row);
		return;
	}
	q->figures.loads++;
	q->figures.load_sum += load;
}

static void
walked(struct query *q, const netsnmp_variable_list *v, size_t column)
{
	struct column *c = &q->column[column];
	const unsigned most = q->step == STEP_STORAGE ? STORAGE_ROWS : PROCESSORS_MAX;
	oid row;

	if (c->ended)
		return;
	if (nothing(v) || !below(v, c->name, &row)) {
		c->ended = true;
		return;
	}
	if (c->rows > 0 && row <= c->last) {
		cause_set(&q->error, "its table goes in circles at row %lu", row);
		return;
	}
	c->last = row;
	if (++c->rows > most) {
		c->ended = true;
		if (q->step != STEP_STORAGE)
			cause_set(
			    &q->error, "it tells of more than %u processors", most);
		return;
	}
	if (q->step == STEP_STORAGE)
		storage_row(q, v, column, row);
	else if (q->step == STEP_LOADS)
		load_row(q, v, row);
	else
		q->figures.processors++;
}

static void
told(struct query *q, enum figure figure, const netsnmp_variable_list *v)
{
	int64_t value;

	if (nothing(v))
		return;
	if (number(v, &value))
		q->figures.value[figure] = value;
	else
		cause_set(&q->error, "it answers with something that is no number");
}

static void
take_scalars(
    struct query *q, const struct scalar *s, size_t n, const netsnmp_variable_list *v)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (same(v, &s[i].name))
			told(q, s[i].figure, v);
}

static struct name
storage_cell(oid column, oid row)
{
	struct name n = storage_type;

	n.id[n.n - 1] = column;
	n.id[n.n++] = row;
	return n;
}

static void
take_memory(struct query *q, const netsnmp_variable_list *v)
{
	struct layout *l = q->layout;
	struct name n;
	size_t i;

	take_scalars(q, memory_scalars, NMEMORY, v);
	for (i = 0; i < NSTORAGE; i++) {
		n = storage_cell(
		    storage_figures[i].column, l->row[storage_figures[i].row]);
		if (same(v, &n))
			told(q, storage_figures[i].figure, v);
	}
	/* rows may be others after the agent began anew */
	n = storage_cell(2, l->row[STORAGE_RAM]);
	if (same(v, &n) &&
	    (v->type != ASN_OBJECT_ID ||
	        snmp_oid_compare(v->val.objid, v->val_len / sizeof(oid), type_ram.id,
	            type_ram.n) != 0))
		l->known = false;
}

void
query_take(struct query *q, const netsnmp_pdu *pdu)
{
	const netsnmp_variable_list *v;
	size_t i = 0;

	if (pdu->errstat != SNMP_ERR_NOERROR) {
		cause_set(
		    &q->error, "it answers %s", snmp_errstring((int)pdu->errstat));
		return;
	}
	for (v = pdu->variables; v != NULL && q->error == NULL;
	     v = v->next_variable, i++)
		if (q->step == STEP_MEMORY)
			take_memory(q, v);
		else if (q->step == STEP_OTHER)
			take_scalars(q, other_scalars, NOTHER, v);
		else if (q->step != STEP_PROBE)
			walked(q, v, i % q->ncolumns);
	/* an answer without anything ends a walk, too */
	if (i == 0)
		for (; i < q->ncolumns; i++)
			q->column[i].ended = true;
}

/* --- questions
 * ------------------------------------------------------------------------ */

static void
columns(struct query *q, const struct name *first, const struct name *second)
{
	q->column[0] = (struct column) { .name = first };
	q->column[1] = (struct column) { .name = second };
	q->ncolumns = second == NULL ? 1 : 2;
}

static void
add(netsnmp_pdu *pdu, struct name n)
{
	snmp_add_null_var(pdu, n.id, n.n);
}

static netsnmp_pdu *
walk_pdu(struct query *q)
{
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GETBULK);
	const unsigned known = q->layout->processors + 1;
	struct name n;
	size_t i;

	pdu->non_repeaters = 0;
	pdu->max_repetitions = REPS_FIRST;
	if (q->step != STEP_STORAGE && q->column[0].rows > 0)
		pdu->max_repetitions = REPS_MOST; /* a big machine */
	else if (q->step != STEP_STORAGE && known > 1)
		pdu->max_repetitions = known > REPS_MOST ? REPS_MOST : (long)known;
	/* one that has ended goes on answering, so that columns stay in step */
	for (i = 0; i < q->ncolumns; i++) {
		n = *q->column[i].name;
		if (q->column[i].rows > 0)
			n.id[n.n++] = q->column[i].last;
		add(pdu, n);
	}
	return pdu;
}

static netsnmp_pdu *
memory_pdu(struct query *q)
{
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET);
	const struct layout *l = q->layout;
	size_t i;

	for (i = 0; i < NMEMORY; i++)
		add(pdu, memory_scalars[i].name);
	if (l->row[STORAGE_RAM] != 0)
		add(pdu, storage_cell(2, l->row[STORAGE_RAM]));
	for (i = 0; i < NSTORAGE; i++)
		if (l->row[storage_figures[i].row] != 0)
			add(pdu,
			    storage_cell(storage_figures[i].column,
			        l->row[storage_figures[i].row]));
	return pdu;
}

static netsnmp_pdu *
other_pdu(void)
{
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET);
	size_t i;

	for (i = 0; i < NOTHER; i++)
		add(pdu, other_scalars[i].name);
	return pdu;
}

static void
enter(struct query *q, enum step step)
{
	q->step = step;
	if (step == STEP_STORAGE) {
		memset(q->layout->row, 0, sizeof(q->layout->row));
		columns(q, &storage_type, &storage_descr);
	} else if (step == STEP_LOADS)
		columns(q, &processor_load, NULL);
	else if (step == STEP_PROCESSORS)
		columns(q, &processor_frw, NULL);
	else
		q->ncolumns = 0;
}

/* What comes after an answer to this step. */
static enum step
next_step(struct query *q)
{
	struct layout *l = q->layout;

	switch (q->step) {
	case STEP_PROBE:
		return l->known ? STEP_MEMORY : STEP_STORAGE;
	case STEP_STORAGE:
		l->known = true;
		return STEP_MEMORY;
	case STEP_MEMORY:
		if (!l->known && !q->looked) {
			q->looked = true;
			figures_clear(&q->figures);
			return STEP_STORAGE;
		}
		return STEP_LOADS;
	case STEP_LOADS:
		return q->figures.loads > 0 ? STEP_DONE : STEP_PROCESSORS;
	case STEP_PROCESSORS:
		return STEP_OTHER;
	default:
		return STEP_DONE;
	}
}

static bool
walk_goes_on(const struct query *q)
{
	size_t i;

	for (i = 0; i < q->ncolumns; i++)
		if (!q->column[i].ended)
			return true;
	return false;
}

void
query_begin(struct query *q, struct layout *layout, bool probe)
{
	q->layout = layout;
	figures_clear(&q->figures);
	enter(q, probe ? STEP_PROBE : layout->known ? STEP_MEMORY : STEP_STORAGE);
}

netsnmp_pdu *
query_pdu(struct query *q)
{
	switch (q->step) {
	case STEP_PROBE:
		return session_probe();
	case STEP_MEMORY:
		return memory_pdu(q);
	case STEP_OTHER:
		return other_pdu();
	default:
		return walk_pdu(q);
	}
}

void
query_next(struct query *q)
{
	if (!walk_goes_on(q))
		enter(q, next_step(q));
}
