/*
 * SPDX-License-Identifier: Apache-2.0
 * Why the agent does not answer as it should, in words that say what to do next.
 */
#include "cli/snmp_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* How often we look for a foreign root: a few subtrees per enterprise. */
enum { FOREIGN_PROBES = 64 };

static enum snmp_result
why_silent(const struct snmp *s, char **cause)
{
	double seconds =
	    (double)s->session->timeout / 1e6 * (double)(s->session->retries + 1);
	const char *hint = "";

	if (s->session->version == SNMP_VERSION_2c)
		hint = ", is the community right (an agent is silent to a wrong one)";
	else if (s->session->securityEngineIDLen > 0 &&
	    s->session->securityLevel == SNMP_SEC_LEVEL_AUTHPRIV)
		hint =
		    ", is the passphrase of encryption right (-X, defPrivPassphrase: "
		    "snmpd is silent to a wrong one)";
	cause_set(cause,
	    "%s does not answer (%.3g s, %ld %s): is snmpd running and listening "
	    "there, "
	    "does a firewall let it through%s? -t and -r set time-out and retries",
	    s->peer, seconds, (long)s->session->retries + 1,
	    s->session->retries > 0 ? "tries" : "try", hint);
	return SNMP_UNREACHABLE;
}

enum snmp_result
snmp_why(struct snmp *s, int error, char **cause)
{
	const char *user =
	    s->session->securityName != NULL ? s->session->securityName : "?";
	const char *log = snmp_last_log();

	s->lost = true;
	switch (error) {
	case SNMPERR_TIMEOUT:
		return why_silent(s, cause);
	case SNMPERR_UNKNOWN_USER_NAME:
		cause_set(cause,
		    "%s does not know the SNMPv3 user '%s': check -u or "
		    "defSecurityName, and "
		    "createUser of its snmpd",
		    s->peer, user);
		return SNMP_UNREACHABLE;
	case SNMPERR_AUTHENTICATION_FAILURE:
		cause_set(cause,
		    "%s refuses the authentication of '%s': the passphrase (-A or "
		    "defAuthPassphrase) or the protocol (-a or defAuthType) is wrong",
		    s->peer, user);
		return SNMP_UNREACHABLE;
	case SNMPERR_DECRYPTION_ERR:
	case SNMPERR_USM_DECRYPTIONERROR:
		cause_set(cause,
		    "%s cannot decrypt what '%s' sends: the passphrase (-X or "
		    "defPrivPassphrase) or the protocol (-x or defPrivType) is wrong",
		    s->peer, user);
		return SNMP_UNREACHABLE;
	case SNMPERR_UNSUPPORTED_SEC_LEVEL:
	case SNMPERR_USM_UNSUPPORTEDSECURITYLEVEL:
		cause_set(cause,
		    "%s has no authentication or no encryption for '%s' at this level: "
		    "check "
		    "-l (defSecurityLevel) against createUser of its snmpd",
		    s->peer, user);
		return SNMP_UNREACHABLE;
	case SNMPERR_NOT_IN_TIME_WINDOW:
		cause_set(cause,
		    "%s says that we are outside its SNMPv3 time window: was it just "
		    "restarted? Try again",
		    s->peer);
		return SNMP_UNREACHABLE;
	default:
		cause_set(cause, "%s cannot be asked: %s%s%s", s->peer,
		    snmp_api_errstring(error), log != NULL ? ": " : "",
		    log != NULL ? log : "");
		return SNMP_UNREACHABLE;
	}
}

const char *
snmp_status_word(long status)
{
	const char *word = mib_word(csRefusalError, status);

	return word != NULL ? word : "an error that SNMP does not know";
}

enum snmp_result
snmp_why_status(struct snmp *s, const netsnmp_pdu *answer, char **cause)
{
	switch (answer->errstat) {
	case SNMP_ERR_GENERR:
		cause_set(cause,
		    "clustersetd does not answer the snmpd at %s in time (genErr): is "
		    "it "
		    "running, is it stopped? See its log",
		    s->peer);
		return SNMP_NO_DAEMON;
	case SNMP_ERR_NOACCESS:
	case SNMP_ERR_AUTHORIZATIONERROR:
	case SNMP_ERR_NOSUCHNAME:
		cause_set(cause,
		    "the snmpd at %s lets us read nothing (%s): its access control "
		    "(rouser, "
		    "rocommunity, views in snmpd.conf) must allow this user or "
		    "community, at "
		    "this security level (-l), to read the cluster set",
		    s->peer, snmp_status_word(answer->errstat));
		return SNMP_UNREACHABLE;
	case SNMP_ERR_TOOBIG:
		cause_set(
		    cause, "an answer of %s does not fit into a message", s->peer);
		return SNMP_FAILED;
	default:
		cause_set(
		    cause, "%s answers %s", s->peer, snmp_status_word(answer->errstat));
		return SNMP_FAILED;
	}
}

/* What comes next behind an OID, into *o; false when nothing does or nobody answers. */
static bool
next_of(struct snmp *s, struct snmp_oid *o)
{
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GETNEXT), *answer;
	const netsnmp_variable_list *v;
	char *cause = NULL;
	bool found = false;

	snmp_add_null_var(pdu, o->id, o->n);
	if (snmp_exchange(s, pdu, &answer, &cause) != SNMP_DONE) {
		free(cause);
		return false;
	}
	v = answer->variables;
	if (answer->errstat == SNMP_ERR_NOERROR && v != NULL && !snmp_nothing(v) &&
	    v->name_length <= MAX_OID_LEN &&
	    snmp_oid_compare(v->name, v->name_length, o->id, o->n) > 0) {
		memcpy(o->id, v->name, v->name_length * sizeof(oid));
		o->n = v->name_length;
		found = true;
	}
	snmp_free_pdu(answer);
	return found;
}

/* Does csSetVersion below that root say clustersetd? */
static bool
is_ours(struct snmp *s, const oid *root, size_t n)
{
	struct snmp other = *s;
	struct snmp_instance version = { .id = csSetVersion };
	char *cause = NULL;
	bool found = false;
	netsnmp_pdu *pdu, *answer;
	struct snmp_oid o;

	memcpy(other.root, root, n * sizeof(oid));
	other.nroot = n;
	snmp_oid_object(&other, csSetVersion, &o);
	snmp_oid_add(&o, 0);
	pdu = snmp_pdu_create(SNMP_MSG_GET);
	snmp_add_null_var(pdu, o.id, o.n);
	if (snmp_exchange(s, pdu, &answer, &cause) == SNMP_DONE) {
		if (answer->variables != NULL &&
		    answer->variables->type == ASN_OCTET_STR &&
		    snmp_value(s, answer->variables, csSetVersion, &version.cell,
		        &cause) == 0 &&
		    version.cell.text != NULL)
			found = strncmp(version.cell.text, "clustersetd", 11) == 0;
		snmp_free_pdu(answer);
	}
	snmp_free_cells(&version, 1);
	free(cause);
	return found;
}

/* Another root below enterprises at which a clustersetd answers, or false. */
static bool
foreign_root(struct snmp *s, struct snmp_oid *root)
{
	static const oid enterprises[] = { 1, 3, 6, 1, 4, 1 };
	enum { DEPTH = sizeof(enterprises) / sizeof(enterprises[0]) };
	/* csSetName.0 is the first instance of the module */
	const struct mib_object *m = &mib_objects[csSetName];
	struct snmp_oid at = { { 0 }, DEPTH };
	size_t i, tail = m->nsub + 1;
	int probes;

	memcpy(at.id, enterprises, sizeof(enterprises));
	for (probes = 0; probes < FOREIGN_PROBES && next_of(s, &at); probes++) {
		if (at.n < DEPTH + 2 ||
		    memcmp(at.id, enterprises, sizeof(enterprises)) != 0)
			return false;
		for (i = 0; at.n > DEPTH + tail && i < m->nsub; i++)
			if (at.id[at.n - tail + i] != m->sub[i])
				break;
		if (i == m->nsub && at.id[at.n - 1] == 0 &&
		    is_ours(s, at.id, at.n - tail)) {
			*root = at;
			root->n -= tail;
			return true;
		}
		/* on to the next subtree of this enterprise */
		at.n = DEPTH + 2;
		snmp_oid_add(&at, UINT32_MAX);
	}
	return false;
}

enum snmp_result
snmp_served(struct snmp *s, char **cause)
{
	netsnmp_pdu *pdu, *answer;
	struct snmp_oid o, below;
	enum snmp_result result;
	char text[MAX_OID_LEN * 11 + 1], *p = text;
	bool there, error;
	size_t i;

	snmp_oid_object(s, csSetName, &o);
	snmp_oid_add(&o, 0);
	pdu = snmp_pdu_create(SNMP_MSG_GET);
	snmp_add_null_var(pdu, o.id, o.n);
	result = snmp_exchange(s, pdu, &answer, cause);
	if (result != SNMP_DONE)
		return result;
	error = answer->errstat != SNMP_ERR_NOERROR;
	there = !error && answer->variables != NULL && !snmp_nothing(answer->variables);
	if (error)
		result = snmp_why_status(s, answer, cause);
	snmp_free_pdu(answer);
	if (error)
		return result;
	if (there) {
		s->served = true;
		return SNMP_DONE;
	}
	memcpy(below.id, s->root, s->nroot * sizeof(oid));
	below.n = s->nroot;
	if (next_of(s, &below) && below.n > s->nroot &&
	    memcmp(below.id, s->root, s->nroot * sizeof(oid)) == 0) {
		cause_set(cause,
		    "the snmpd at %s shows us a part of the cluster set but not "
		    "csSetName: the "
		    "view of this user or community (snmpd.conf: view, rouser -V) "
		    "hides it",
		    s->peer);
		return SNMP_NO_DAEMON;
	}
	if (foreign_root(s, &o)) {
		for (i = 0; i < o.n; i++)
			p += snprintf(p, 12, i > 0 ? ".%lu" : "%lu",
			    (unsigned long)(uint32_t)o.id[i]);
		cause_set(cause,
		    "the clustersetd behind %s serves its MIB below another root: ask "
		    "it with "
		    "--mib-root %s",
		    s->peer, text);
		return SNMP_NO_DAEMON;
	}
	cause_set(cause,
	    "the snmpd at %s answers, but serves no cluster set: clustersetd is not "
	    "running "
	    "or not connected to it (agentx.socket in clusterset.conf, 'master agentx' "
	    "in "
	    "snmpd.conf), or the view of this user or community hides it",
	    s->peer);
	return SNMP_NO_DAEMON;
}
