/*
 * SPDX-License-Identifier: Apache-2.0
 * The session with the agent: opened with Net-SNMP's own options, asked one PDU at a
 * time. Tables are in snmp_table.c, SETs in snmp_set.c, words for errors in snmp_why.c.
 */
#include "config.h"

#include "cli/snmp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/snmp_int.h"

/* Varbinds of an answer that we ask for at first: what snmpd gives at most by default
 * (maxGetbulkResponses), about 4 KiB. */
enum { ANSWER_VARBINDS = 100, GET_VARBINDS = 50 };

int
snmp_exit(enum snmp_result result)
{
	static const int codes[] = { [SNMP_DONE] = 0,
		[SNMP_UNREACHABLE] = 3,
		[SNMP_NO_DAEMON] = 3,
		[SNMP_REFUSED] = 4,
		[SNMP_UNCERTAIN] = 5,
		[SNMP_FAILED] = 1 };

	return codes[result];
}

/* Was it the words of the last call, and not the peer, that no session came of? */
static bool wrong_words;

bool
snmp_open_wrong_words(void)
{
	return wrong_words;
}

/* What the library would write to the terminal; the last line is kept for a cause. */
static char *last_log;

static int
take_log(int major, int minor, void *server, void *client)
{
	const struct snmp_log_message *m = server;
	char *text;
	size_t n;

	(void)major;
	(void)minor;
	(void)client;
	if (m == NULL || m->msg == NULL || m->priority > LOG_WARNING)
		return 0;
	text = text_vis(m->msg, 256);
	n = strlen(text);
	while (n >= 4 && strcmp(text + n - 4, "\\012") == 0)
		text[n -= 4] = '\0';
	free(last_log);
	last_log = text;
	return 0;
}

static void
library_init(bool debugging)
{
	static bool done;

	if (done)
		return;
	done = true;
	/* names and OIDs are compiled in: no MIB file is looked for */
	setenv("MIBS", "", 1);
	setenv("MIBDIRS", "/dev/null", 1);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1);
	if (debugging)
		return;
	snmp_disable_log();
	snmp_register_callback(
	    SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, take_log, NULL);
	netsnmp_register_loghandler(NETSNMP_LOGHANDLER_CALLBACK, LOG_DEBUG);
}

static void
no_option(int argc, char *const *argv, int option)
{
	(void)argc;
	(void)argv;
	fprintf(stderr, "-%c is no option for the way to an agent\n", option);
}

/* Net-SNMP's parser writes its complaints to stderr: what it wrote, in one line. */
static int
parse_quietly(int argc, char **argv, netsnmp_session *session, char **said)
{
	FILE *f = tmpfile();
	int saved = -1, result;
	char line[1024] = "";
	size_t n;

	if (f != NULL && (saved = dup(STDERR_FILENO)) != -1) {
		fflush(stderr);
		dup2(fileno(f), STDERR_FILENO);
	}
	optind = 1;
	result = netsnmp_parse_args(argc, argv, session, "", no_option,
	    NETSNMP_PARSE_ARGS_NOZERO | NETSNMP_PARSE_ARGS_NOLOGGING);
	if (saved != -1) {
		fflush(stderr);
		dup2(saved, STDERR_FILENO);
		close(saved);
		rewind(f);
		n = fread(line, 1, sizeof(line) - 1, f);
		line[n] = '\0';
		line[strcspn(line, "\n")] = '\0';
	}
	if (f != NULL)
		fclose(f);
	*said = text_vis(line, sizeof(line) * 4);
	return result;
}

#define SNMP_CONF_HINT                                                        \
	"\nGive them as Net-SNMP's tools take them (-v3 -l authPriv -u USER " \
	"-a SHA -A PASS -x AES -X PASS,\nor -v2c -c COMMUNITY), or better, "  \
	"once, in ~/.snmp/snmp.conf (mode 0600):\n"                           \
	"    defVersion 3\n    defSecurityLevel authPriv\n"                   \
	"    defSecurityName USER\n    defAuthType SHA\n"                     \
	"    defAuthPassphrase PASS\n    defPrivType AES\n"                   \
	"    defPrivPassphrase PASS"

/* The community is a copy of the parser's own since Net-SNMP 5.9 and part of an
 * argument or of the configuration before; the session has one of its own either way.
 */
static void
forget_community(netsnmp_session *session, char *const *argv, int argc)
{
	const char *text = (const char *)session->community;
	int i;

	session->community = NULL;
	if (text ==
	    netsnmp_ds_get_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_COMMUNITY))
		return;
	for (i = 0; i < argc; i++)
		if ((uintptr_t)text >= (uintptr_t)argv[i] &&
		    (uintptr_t)text <= (uintptr_t)argv[i] + strlen(argv[i]))
			return;
	free((void *)(uintptr_t)text);
}

/* Is there enough to ask with? -1 with *cause. */
static int
check_credentials(const netsnmp_session *session, const char *peer, char **cause)
{
	const char *name =
	    netsnmp_ds_get_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_SECNAME);

	wrong_words = session->version == SNMP_VERSION_1;
	if (wrong_words)
		return cause_set(cause,
		    "SNMPv1 cannot do it (it has no GETBULK and no Counter64): ask %s "
		    "with "
		    "-v2c or -v3",
		    peer);
	if (session->version == SNMP_VERSION_3 && session->securityName == NULL &&
	    (name == NULL || *name == '\0'))
		return cause_set(cause,
		    "there are no SNMP credentials for %s: neither options nor "
		    "snmp.conf name "
		    "a user." SNMP_CONF_HINT,
		    peer);
	return 0;
}

/* Why snmp_sess_open() gave nothing. */
static void
why_not_open(struct snmp *s, netsnmp_session *session, char **cause)
{
	netsnmp_session *before = s->session;
	char *words = NULL;
	int system_error, error;

	snmp_error(session, &system_error, &error, &words);
	s->session = session;
	if (system_error == ECONNREFUSED)
		cause_set(cause,
		    "%s refuses the connection: is snmpd running, and does it listen "
		    "there "
		    "(agentAddress in snmpd.conf)?",
		    s->peer);
	else if (error == SNMPERR_BAD_ADDRESS)
		cause_set(cause,
		    "'%s' is no address of an agent: its name does not resolve, or it "
		    "is not "
		    "written like host, host:port, udp6:[::1]:161 or tcp:host",
		    s->peer);
	else
		snmp_why(s, error, cause);
	s->session = before;
	free(words);
}

/* Opens what is open in s->handle anew; on an error that stays as it was. */
static int
connect_peer(struct snmp *s, char **cause)
{
	netsnmp_session session = { 0 };
	char *said = NULL;
	void *handle = NULL;
	char **copy = xcalloc((size_t)s->argc + 1, sizeof(*copy));
	int i;

	/* the parser may change what it is given */
	for (i = 0; i < s->argc; i++)
		copy[i] = xstrdup(s->argv[i]);
	if (parse_quietly(s->argc, copy, &session, &said) < 0) {
		if (strstr(said, "No community name") != NULL)
			cause_set(cause,
			    "there is no community for %s: neither -c nor snmp.conf "
			    "(defCommunity) names one." SNMP_CONF_HINT,
			    s->peer);
		else {
			cause_set(cause, "the SNMP options are wrong: %s",
			    *said != '\0' ? said : "see snmpcmd(1)");
			wrong_words = true;
		}
	} else if (check_credentials(&session, s->peer, cause) == 0) {
		handle = snmp_sess_open(&session);
		if (handle == NULL)
			why_not_open(s, &session, cause);
	}
	if (handle != NULL) {
		if (s->handle != NULL)
			snmp_sess_close(s->handle);
		s->handle = handle;
		s->session = snmp_sess_session(handle);
		s->lost = false;
	}
	forget_community(&session, copy, s->argc);
	for (i = 0; i < s->argc; i++)
		free(copy[i]);
	free(copy);
	free(said);
	return handle != NULL ? 0 : -1;
}

struct snmp *
snmp_open_session(
    int argc, char *const *argv, const char *peer, const char *root, char **cause)
{
	struct snmp *s = xcalloc(1, sizeof(*s));
	bool debugging = false;
	int i;

	wrong_words = false;
	s->peer = xstrdup(peer);
	s->most = ANSWER_VARBINDS;
	s->nroot = snmp_oid_parse(root != NULL ? root : CS_MIB_ROOT_TEXT, s->root);
	if (s->nroot == 0 || s->nroot > MAX_OID_LEN / 2) {
		cause_set(cause, "--mib-root '%s' is no OID of numbers and dots",
		    root != NULL ? root : CS_MIB_ROOT_TEXT);
		wrong_words = true;
		snmp_close_session(s);
		return NULL;
	}
	s->argv = xcalloc((size_t)argc + 3, sizeof(*s->argv));
	s->argv[s->argc++] = xstrdup("clusterset");
	for (i = 0; i < argc; i++) {
		s->argv[s->argc++] = xstrdup(argv[i]);
		/* who asks for the library's own view gets all of it */
		debugging = debugging || strncmp(argv[i], "-D", 2) == 0 ||
		    strncmp(argv[i], "-d", 2) == 0;
	}
	/* a peer is never an option */
	s->argv[s->argc++] = xstrdup("--");
	s->argv[s->argc++] = xstrdup(peer);
	library_init(debugging);
	if (connect_peer(s, cause) == -1) {
		snmp_close_session(s);
		return NULL;
	}
	return s;
}

void
snmp_close_session(struct snmp *s)
{
	int i;

	if (s == NULL)
		return;
	if (s->handle != NULL)
		snmp_sess_close(s->handle);
	for (i = 0; i < s->argc; i++)
		free(s->argv[i]);
	free(s->argv);
	free(s->peer);
	free(s);
}

int
snmp_reconnect(struct snmp *s, char **cause)
{
	return s->lost ? connect_peer(s, cause) : 0;
}

const char *
snmp_peer(const struct snmp *s)
{
	return s->peer;
}

const char *
snmp_last_log(void)
{
	return last_log;
}

void
snmp_forget_log(void)
{
	xfree_clear(&last_log);
}

enum snmp_result
snmp_exchange(struct snmp *s, netsnmp_pdu *pdu, netsnmp_pdu **answer, char **cause)
{
	int status;

	*answer = NULL;
	s->sent = false;
	snmp_forget_log();
	if (snmp_reconnect(s, cause) == -1) {
		snmp_free_pdu(pdu);
		return SNMP_UNREACHABLE;
	}
	s->sent = true;
	status = snmp_sess_synch_response(s->handle, pdu, answer);
	if (status == STAT_SUCCESS && *answer != NULL) {
		s->heard = true;
		return SNMP_DONE;
	}
	if (*answer != NULL)
		snmp_free_pdu(*answer);
	*answer = NULL;
	return snmp_why(s,
	    status == STAT_TIMEOUT ? SNMPERR_TIMEOUT : s->session->s_snmp_errno, cause);
}

/* The answers of one PDU to `n` instances. */
static enum snmp_result
take_answers(struct snmp *s, const netsnmp_pdu *answer, struct snmp_instance *instances,
    size_t n, char **cause)
{
	const netsnmp_variable_list *v = answer->variables;
	size_t i;

	for (i = 0; i < n; i++, v = v->next_variable) {
		if (v == NULL) {
			cause_set(cause,
			    "%s answers %zu of %zu objects: a broken agent", s->peer, i,
			    n);
			return SNMP_FAILED;
		}
		if (snmp_value(s, v, instances[i].id, &instances[i].cell, cause) == -1)
			return SNMP_FAILED;
		s->served = s->served || instances[i].cell.there;
	}
	return SNMP_DONE;
}

static enum snmp_result
get_some(struct snmp *s, struct snmp_instance *instances, size_t n, char **cause)
{
	netsnmp_pdu *pdu, *answer;
	struct snmp_oid o;
	enum snmp_result result;
	size_t i;

	pdu = snmp_pdu_create(SNMP_MSG_GET);
	for (i = 0; i < n; i++) {
		if (snmp_oid_instance(s, instances[i].id, instances[i].index,
		        instances[i].index_text, &o, cause) == -1) {
			snmp_free_pdu(pdu);
			return SNMP_FAILED;
		}
		snmp_add_null_var(pdu, o.id, o.n);
	}
	result = snmp_exchange(s, pdu, &answer, cause);
	if (result != SNMP_DONE)
		return result;
	if (answer->errstat == SNMP_ERR_TOOBIG && n > 1) {
		snmp_free_pdu(answer);
		result = get_some(s, instances, n / 2, cause);
		return result != SNMP_DONE
		    ? result
		    : get_some(s, instances + n / 2, n - n / 2, cause);
	}
	result = answer->errstat != SNMP_ERR_NOERROR
	    ? snmp_why_status(s, answer, cause)
	    : take_answers(s, answer, instances, n, cause);
	snmp_free_pdu(answer);
	return result;
}

enum snmp_result
snmp_get(struct snmp *s, struct snmp_instance *instances, size_t n, char **cause)
{
	enum snmp_result result;
	size_t i, some;
	bool any = n == 0;

	for (i = 0; i < n; i += some) {
		some = n - i < GET_VARBINDS ? n - i : GET_VARBINDS;
		result = get_some(s, instances + i, some, cause);
		if (result != SNMP_DONE)
			return result;
	}
	for (i = 0; i < n && !any; i++)
		any = instances[i].cell.there;
	return any ? SNMP_DONE : snmp_served(s, cause);
}

void
snmp_free_cells(struct snmp_instance *instances, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		snmp_cell_free(&instances[i].cell);
}
