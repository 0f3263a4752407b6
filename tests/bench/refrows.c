/*
 * SPDX-License-Identifier: Apache-2.0
 * A sorted array behind one raw handler. See refrows.h.
 */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include "tests/bench/refrows.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NUMBER = ASN_INTEGER, GAUGE = ASN_UNSIGNED, TEXT = ASN_OCTET_STR };

/* csVmTable as it is served while no move engine is there: 19 and 21 are absent */
static const struct {
	oid id;
	u_char type;
} columns[] = { { 2, TEXT }, { 3, TEXT }, { 4, NUMBER }, { 5, NUMBER }, { 6, NUMBER },
	{ 7, NUMBER }, { 8, GAUGE }, { 9, TEXT }, { 10, GAUGE }, { 11, TEXT },
	{ 12, GAUGE }, { 13, TEXT }, { 14, GAUGE }, { 15, TEXT }, { 16, GAUGE },
	{ 17, NUMBER }, { 18, GAUGE }, { 20, GAUGE }, { 22, GAUGE }, { 23, GAUGE },
	{ 24, TEXT }, { 25, TEXT }, { 26, TEXT } };
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

struct cell {
	const char *text; /* NULL: a number */
	long n; /* the number, or the octets of the text */
};
struct ref_row {
	oid index;
	struct cell cells[COLUMNS];
};

static struct ref_row *rows;
static size_t nrows;
static oid entry[MAX_OID_LEN];
static size_t entry_len;

/* --- the rows ------------------------------------------------------------------- */

static struct cell text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static struct cell
text(const char *fmt, ...)
{
	struct cell c = { NULL, 0 };
	va_list ap;
	char *s;

	va_start(ap, fmt);
	c.n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (c.n < 0)
		abort();
	c.text = s;
	return c;
}

static struct cell
number(unsigned long n)
{
	struct cell c = { NULL, (long)n };

	return c;
}

static struct cell
date(time_t when)
{
	struct tm tm;
	struct cell c;

	gmtime_r(&when, &tm);
	c = text("%c%c%c%c%c%c%c%c+%c%c", 7, 0xd0 + (tm.tm_year + 1900 - 2000),
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, 0, 0, 0);
	c.n = 11;
	return c;
}

static void
row_fill(struct ref_row *r, unsigned long i)
{
	unsigned long cluster = (i - 1) / 20 + 1, node = i % 2 + 1;
	struct cell *c = r->cells;

	r->index = i;
	*c++ = text("vm%06lu", i);
	*c++ = text("%08lx-0000-4000-8000-%012lx", i, i);
	*c++ = number(1);
	*c++ = number(1);
	*c++ = number(2);
	*c++ = number(1);
	*c++ = number(cluster);
	*c++ = text("cluster%05lu", cluster);
	*c++ = number(node);
	*c++ = text("c%05lu-s%lu", cluster, node);
	*c++ = number(cluster);
	*c++ = text("cluster%05lu", cluster);
	*c++ = number(0);
	*c++ = text("%s", "");
	*c++ = number(100);
	*c++ = number(1);
	*c++ = number(0);
	*c++ = number(0);
	*c++ = number(i % 1000);
	*c++ = number(4096);
	*c++ = date(time(NULL));
	*c++ = date(time(NULL));
	*c++ = text("%s", "online in its cluster");
}

/* --- the handler ------------------------------------------------------------------ */

/* The first row whose index is >= this. */
static size_t
row_find(oid index)
{
	size_t low = 0, high = nrows, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (rows[mid].index < index)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static size_t
column_find(oid id)
{
	size_t low = 0, high = COLUMNS, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (columns[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void
answer(netsnmp_variable_list *vb, size_t row, size_t column)
{
	const struct cell *c = &rows[row].cells[column];

	if (c->text != NULL)
		snmp_set_var_typed_value(
		    vb, columns[column].type, c->text, (size_t)c->n);
	else
		snmp_set_var_typed_value(vb, columns[column].type, &c->n, sizeof(c->n));
}

static void
answer_get(netsnmp_agent_request_info *info, netsnmp_request_info *r)
{
	const netsnmp_variable_list *vb = r->requestvb;
	size_t column, row;

	if (vb->name_length == entry_len + 2) {
		column = column_find(vb->name[entry_len]);
		row = row_find(vb->name[entry_len + 1]);
		if (column < COLUMNS && columns[column].id == vb->name[entry_len] &&
		    row < nrows && rows[row].index == vb->name[entry_len + 1]) {
			answer(r->requestvb, row, column);
			return;
		}
	}
	netsnmp_set_request_error(info, r, SNMP_NOSUCHINSTANCE);
}

static void
answer_next(netsnmp_request_info *r)
{
	netsnmp_variable_list *vb = r->requestvb;
	size_t column = 0, row = 0;
	oid name[MAX_OID_LEN];

	if (vb->name_length > entry_len &&
	    snmp_oid_ncompare(vb->name, vb->name_length, entry, entry_len, entry_len) ==
	        0) {
		column = column_find(vb->name[entry_len]);
		if (column < COLUMNS && columns[column].id == vb->name[entry_len] &&
		    vb->name_length > entry_len + 1)
			row = row_find(vb->name[entry_len + 1] +
			    (vb->name_length > entry_len + 2 || !r->inclusive));
	} else if (snmp_oid_compare(vb->name, vb->name_length, entry, entry_len) > 0) {
		return;
	}
	if (row == nrows) {
		row = 0;
		column++;
	}
	if (column >= COLUMNS || nrows == 0)
		return;
	memcpy(name, entry, entry_len * sizeof(oid));
	name[entry_len] = columns[column].id;
	name[entry_len + 1] = rows[row].index;
	snmp_set_var_objid(vb, name, entry_len + 2);
	answer(vb, row, column);
}

static int
ref_handler(netsnmp_mib_handler *handler, netsnmp_handler_registration *reg,
    netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	netsnmp_request_info *r;

	(void)handler;
	(void)reg;
	for (r = requests; r != NULL; r = r->next)
		if (info->mode == MODE_GET)
			answer_get(info, r);
		else if (info->mode == MODE_GETNEXT)
			answer_next(r);
		else
			return SNMP_ERR_GENERR;
	return SNMP_ERR_NOERROR;
}

int
refrows_register(const char *root, unsigned long n)
{
	static const oid below[] = { 1, 5, 1 };
	size_t len = MAX_OID_LEN - 8;
	unsigned long i;

	if (!read_objid(root, entry, &len))
		return -1;
	memcpy(entry + len, below, sizeof(below));
	entry_len = len + OID_LENGTH(below);
	if ((rows = calloc(n + 1, sizeof(*rows))) == NULL)
		abort();
	for (i = 0; i < n; i++)
		row_fill(&rows[i], i + 1);
	nrows = n;
	return netsnmp_register_handler(netsnmp_create_handler_registration(
	    "reference", ref_handler, entry, entry_len, HANDLER_CAN_RONLY));
}
