/*
 * SPDX-License-Identifier: Apache-2.0
 * SETs, and what their refusal means.
 *
 * SNMP says no more than the name of an error; the reason in words is a row of
 * csRefusalTable, which is read back at once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/snmp_int.h"

/* What shows whether a SET has happened after all. */
static const char *
read_back(enum mib_id id)
{
	static const struct {
		int table;
		const char *command;
	} commands[] = { { csClusterTable, "cluster list" },
		{ csNodeTable, "node list" }, { csVmTable, "vm list" },
		{ csVmSiteTable, "vm show" }, { csMoveTable, "move list" },
		{ csPolicyTable, "policy list" }, { csPlanTable, "plan list" },
		{ csHookTable, "hook list" }, { csAlarmTable, "alarm list" } };
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].table == mib_objects[id].table)
			return commands[i].command;
	return "status";
}

/* "csVmTargetCluster.7" */
static char *
name_of(const struct snmp *s, const struct snmp_assign *a)
{
	struct snmp_oid o;
	char text[MAX_OID_LEN * 11 + 1], *p = text;
	size_t i;

	if (snmp_oid_instance(s, a->id, a->index, a->index_text, &o, NULL) == -1)
		return xstrdup(mib_objects[a->id].name);
	for (i = 0; i < o.n; i++)
		p += snprintf(
		    p, 12, i > 0 ? ".%lu" : "%lu", (unsigned long)(uint32_t)o.id[i]);
	return snmp_instance_name(s, text);
}

/*
 * The sentence of the newest refusal of one of these instances, preferably the one that
 * the answer names; the caller frees. NULL: there is none.
 */
static char *
refusal_text(struct snmp *s, const struct snmp_assign *assigns, size_t n, size_t named,
    long status)
{
	static const enum mib_id ids[] = { csRefusalInstance, csRefusalError,
		csRefusalText };
	struct rows *rows;
	enum snmp_result result;
	const struct row *row;
	char *cause = NULL, *found = NULL, *instance, **names;
	size_t i, j;

	rows = snmp_table(s, csRefusalTable, ids, 3, &result, &cause);
	free(cause);
	if (rows == NULL)
		return NULL;
	names = xcalloc(n, sizeof(*names));
	for (j = 0; j < n; j++)
		names[j] = name_of(s, &assigns[j]);
	for (i = rows->n; i-- > 0 && found == NULL;) {
		row = &rows->row[i];
		if (row_number(row, csRefusalError, -1) != status)
			continue;
		instance = snmp_instance_name(s, row_text(row, csRefusalInstance));
		for (j = 0; j < n && found == NULL; j++)
			if ((named >= n || j == named) &&
			    strcmp(instance, names[j]) == 0)
				found = xstrdup(row_text(row, csRefusalText));
		free(instance);
	}
	for (j = 0; j < n; j++)
		free(names[j]);
	free(names);
	rows_free(rows);
	return found;
}

/* What an error of snmpd itself means. */
static const char *
plain_words(long status)
{
	switch (status) {
	case SNMP_ERR_NOACCESS:
	case SNMP_ERR_AUTHORIZATIONERROR:
		return "the access control of snmpd does not let this user or "
		       "community set it "
		       "(rwuser or a write view in snmpd.conf; communities should only "
		       "read)";
	case SNMP_ERR_NOTWRITABLE:
	case SNMP_ERR_READONLY:
		return "it cannot be set there: snmpd's access control is read-only "
		       "for this "
		       "user or community, or clustersetd is of another version";
	case SNMP_ERR_NOSUCHNAME:
	case SNMP_ERR_NOCREATION:
	case SNMP_ERR_INCONSISTENTNAME:
		return "there is no such object (any more)";
	case SNMP_ERR_WRONGTYPE:
	case SNMP_ERR_WRONGLENGTH:
	case SNMP_ERR_WRONGENCODING:
	case SNMP_ERR_WRONGVALUE:
	case SNMP_ERR_BADVALUE:
		return "the value is not one that it can have";
	case SNMP_ERR_INCONSISTENTVALUE:
		return "it does not fit the present state";
	case SNMP_ERR_RESOURCEUNAVAILABLE:
		return "clustersetd has no room for it now: try again";
	case SNMP_ERR_TOOBIG:
		return "it is too much for one message";
	default:
		return "no reason is given";
	}
}

static enum snmp_result
refused(struct snmp *s, const struct snmp_assign *assigns, size_t n,
    const netsnmp_pdu *answer, char **cause)
{
	long status = answer->errstat;
	size_t named = answer->errindex > 0 ? (size_t)answer->errindex - 1 : n;
	char *why = NULL, *name = name_of(s, &assigns[named < n ? named : 0]);

	if (status == SNMP_ERR_GENERR || status == SNMP_ERR_COMMITFAILED ||
	    status == SNMP_ERR_UNDOFAILED) {
		cause_set(cause,
		    "%s answers %s to the SET of %s: it is not known whether it has "
		    "happened; "
		    "read back with 'clusterset %s' before you ask again",
		    s->peer, snmp_status_word(status), name, read_back(assigns[0].id));
		free(name);
		return SNMP_UNCERTAIN;
	}
	if (status != SNMP_ERR_NOACCESS && status != SNMP_ERR_AUTHORIZATIONERROR &&
	    status != SNMP_ERR_TOOBIG)
		why = refusal_text(s, assigns, n, named, status);
	if (why == NULL && status != SNMP_ERR_NOACCESS &&
	    status != SNMP_ERR_AUTHORIZATIONERROR &&
	    snmp_served(s, cause) == SNMP_NO_DAEMON) {
		free(name);
		return SNMP_NO_DAEMON;
	}
	if (why != NULL) /* it names what it is about, by name */
		cause_set(cause, "refused: %s", why);
	else
		cause_set(cause, "refused: %s (%s, %s)", plain_words(status), name,
		    snmp_status_word(status));
	free(why);
	free(name);
	return SNMP_REFUSED;
}

static void
add_value(netsnmp_pdu *pdu, const struct snmp_oid *o, const struct snmp_assign *a)
{
	long number = (long)a->number;

	switch (mib_objects[a->id].base) {
	case MIB_TEXT:
	case MIB_TIME:
	case MIB_OID:
		snmp_pdu_add_variable(pdu, o->id, o->n, ASN_OCTET_STR,
		    a->text != NULL ? a->text : "",
		    a->text != NULL ? strlen(a->text) : 0);
		break;
	case MIB_INTEGER:
		snmp_pdu_add_variable(
		    pdu, o->id, o->n, ASN_INTEGER, &number, sizeof(number));
		break;
	default:
		snmp_pdu_add_variable(
		    pdu, o->id, o->n, ASN_UNSIGNED, &number, sizeof(number));
		break;
	}
}

enum snmp_result
snmp_set(struct snmp *s, const struct snmp_assign *assigns, size_t n, char **cause)
{
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_SET), *answer;
	struct snmp_oid o;
	enum snmp_result result;
	char *why = NULL, *name;
	size_t i;

	for (i = 0; i < n; i++) {
		if (snmp_oid_instance(s, assigns[i].id, assigns[i].index,
		        assigns[i].index_text, &o, cause) == -1) {
			snmp_free_pdu(pdu);
			return SNMP_FAILED;
		}
		add_value(pdu, &o, &assigns[i]);
	}
	result = snmp_exchange(s, pdu, &answer, &why);
	if (result != SNMP_DONE) {
		if (s->sent &&
		    (s->session->s_snmp_errno == SNMPERR_TIMEOUT ||
		        s->session->s_snmp_errno == SNMPERR_ABORT)) {
			name = name_of(s, &assigns[0]);
			cause_set(cause,
			    "the SET of %s got no answer of %s: it is not known "
			    "whether it has "
			    "happened; read back with 'clusterset %s' before you ask "
			    "again",
			    name, s->peer, read_back(assigns[0].id));
			free(name);
			result = SNMP_UNCERTAIN;
		} else {
			cause_set(cause, "%s", why);
		}
		free(why);
		return result;
	}
	if (answer->errstat != SNMP_ERR_NOERROR)
		result = refused(s, assigns, n, answer, cause);
	snmp_free_pdu(answer);
	return result;
}
