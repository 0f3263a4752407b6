/*
 * SPDX-License-Identifier: Apache-2.0
 * The adapter to Net-SNMP's agent library. See agentx.h.
 */
#include "subagent/agentx_value.h"

#include <net-snmp/agent/agent_callbacks.h>
#include <net-snmp/library/large_fd_set.h>

#include "subagent/agentx.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stats.h"
#include "subagent/agentx_why.h"

/* RFC 2741 6.1 and 7.1: Net-SNMP installs no header that has them */
enum { PDU_REGISTER = 3, PDU_NOTIFY = 12 };
enum { AGENTX_NOT_OPEN = 257, AGENTX_DUPLICATE = 263 };

#define APPLICATION      "clustersetd"
#define NOTIFY_TIMEOUT   5 /* s; then it is sent again */
#define REGISTER_TIMEOUT 5 /* s */
#define REGISTER_RETRY   15 /* s at most between tries */

struct agentx {
	struct agentx_options options;
	netsnmp_session *session; /* NULL: not connected */
	unsigned sessions; /* opened so far; answers of earlier ones are void */
	bool registered, refused;
	unsigned retry; /* s before the next try to register */
	unsigned retry_alarm;
	bool told; /* that there is no master */
	int why; /* errno of the last look at its socket */
	msec_t look_again; /* not before, while there is no master */
	netsnmp_large_fd_set fds;
};

static const oid trap_oid[] = { 1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0 }; /* snmpTrapOID.0 */

/* --- requests -------------------------------------------------------------- */

static void
answer_get(struct agentx *a, const struct mib_snapshot *s,
    netsnmp_agent_request_info *info, netsnmp_request_info *request)
{
	enum mib_answer answer = MIB_NO_OBJECT;
	uint32_t below[MIB_OID_MAX];
	struct mib_value v;
	size_t len;

	if (value_name_below(request->requestvb, below, &len))
		answer = mib_get(a->options.mib, s, below, len, &v);
	if (answer == MIB_VALUE)
		value_answer(request, &v);
	else
		netsnmp_set_request_error(info, request,
		    answer == MIB_NO_OBJECT ? SNMP_NOSUCHOBJECT : SNMP_NOSUCHINSTANCE);
}

/* Nothing is answered at the end: the library makes endOfMibView of that. */
static void
answer_next(
    struct agentx *a, const struct mib_snapshot *s, netsnmp_request_info *request)
{
	netsnmp_variable_list *vb = request->requestvb;
	uint32_t below[MIB_OID_MAX], next[MIB_OID_MAX];
	bool inclusive = request->inclusive != 0;
	struct mib_value v;
	size_t len = 0;
	oid name[MAX_OID_LEN];

	if (!value_name_below(vb, below, &len)) {
		if (snmp_oid_compare(vb->name, vb->name_length, value_root,
		        OID_LENGTH(value_root)) > 0)
			return;
		inclusive = true; /* a name before the root: from its beginning */
	}
	if (!mib_next(a->options.mib, s, below, len, inclusive, next, &len, &v))
		return;
	snmp_set_var_objid(vb, name, value_name_full(next, len, name));
	value_answer(request, &v);
}

static const char *const phase_names[] = { [SET_CHECK] = "check",
	[SET_TEST] = "test",
	[SET_COMMIT] = "commit",
	[SET_CLEANUP] = "cleanup",
	[SET_UNDO] = "undo",
	[SET_FREE] = "free" };

static void
answer_set(struct agentx *a, enum set_phase phase, netsnmp_agent_request_info *info,
    netsnmp_request_info *requests)
{
	const netsnmp_pdu *pdu = info->asp->pdu;
	uint64_t id = (uint64_t)(uint32_t)pdu->sessid << 32 | (uint32_t)pdu->transid;
	netsnmp_request_info *r;
	struct mib_write *writes;
	uint32_t(*names)[MIB_OID_MAX];
	enum mib_error error;
	size_t n = 0, i, failed;

	for (r = requests; r != NULL; r = r->next)
		n++;
	writes = xcalloc(n, sizeof(*writes));
	names = xcalloc(n, sizeof(*names));
	for (r = requests, i = 0; r != NULL; r = r->next, i++)
		value_write(&writes[i], names[i], r->requestvb);
	error = a->options.set(a->options.arg, id, phase, writes, n, &failed);
	log_debug("agentx", "SET %" PRIx64 ": %s of %zu variables: error %d", id,
	    phase_names[phase], n, (int)error);
	if (error != ERROR_NONE) {
		for (r = requests; failed > 0 && r->next != NULL; failed--)
			r = r->next;
		netsnmp_set_request_error(info, r, (int)error);
	}
	free(names);
	free(writes);
}

static int
agentx_handler(netsnmp_mib_handler *handler, netsnmp_handler_registration *reg,
    netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	static const struct {
		int mode;
		enum set_phase phase;
	} phases[] = { { MODE_SET_RESERVE1, SET_CHECK },
		{ MODE_SET_RESERVE2, SET_TEST }, { MODE_SET_ACTION, SET_COMMIT },
		{ MODE_SET_COMMIT, SET_CLEANUP }, { MODE_SET_UNDO, SET_UNDO },
		{ MODE_SET_FREE, SET_FREE } };
	struct agentx *a = handler->myvoid;
	const struct mib_snapshot *s;
	netsnmp_request_info *r;
	size_t i;

	(void)reg;
	if (info->mode == MODE_GET || info->mode == MODE_GETNEXT) {
		s = a->options.snapshot(a->options.arg);
		for (r = requests; r != NULL; r = r->next)
			if (info->mode == MODE_GET)
				answer_get(a, s, info, r);
			else
				answer_next(a, s, r);
		return SNMP_ERR_NOERROR;
	}
	for (i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
		if (phases[i].mode == info->mode) {
			answer_set(a, phases[i].phase, info, requests);
			return SNMP_ERR_NOERROR;
		}
	return SNMP_ERR_GENERR;
}

/* --- registration ---------------------------------------------------------- */

static void agentx_register_root(struct agentx *);

static void
agentx_retry(unsigned alarm, void *arg)
{
	struct agentx *a = arg;

	(void)alarm;
	a->retry_alarm = 0;
	if (a->session != NULL && !a->registered)
		agentx_register_root(a);
}

static void
agentx_retry_later(struct agentx *a)
{
	a->retry = a->retry == 0 ? 1 : a->retry * 2;
	if (a->retry > REGISTER_RETRY)
		a->retry = REGISTER_RETRY;
	if (a->retry_alarm == 0)
		a->retry_alarm = snmp_alarm_register(a->retry, 0, agentx_retry, a);
}

#define ANSWER(op, pdu) ((op) == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE ? (pdu) : NULL)

static struct agentx *the_agentx; /* for answers: their magic is a number */

static int
agentx_registered(
    int op, netsnmp_session *session, int reqid, netsnmp_pdu *pdu, void *magic)
{
	struct agentx *a = the_agentx;
	const netsnmp_pdu *answer = ANSWER(op, pdu);
	enum log_level level;

	(void)session;
	(void)reqid;
	if (a == NULL || a->session == NULL || (uintptr_t)magic != a->sessions)
		return 1;
	if (answer != NULL && answer->errstat == 0) {
		a->registered = true;
		a->refused = false;
		a->retry = 0;
		log_notice("agentx", "serving %s through snmpd at %s", CS_MIB_ROOT_TEXT,
		    a->options.socket);
		return 1;
	}
	level = a->refused ? LOGL_DEBUG : LOGL_WARN; /* once is enough */
	a->refused = true;
	if (answer == NULL)
		log_line(level, "agentx", "snmpd does not answer the registration");
	else
		log_line(level, "agentx",
		    "snmpd refuses to register %s, AgentX error %ld%s",
		    CS_MIB_ROOT_TEXT, answer->errstat,
		    answer->errstat == AGENTX_DUPLICATE
		        ? ": another subagent serves it; waiting until it is gone"
		        : "");
	agentx_retry_later(a);
	return 1;
}

static netsnmp_pdu *
agentx_pdu(struct agentx *a, int command)
{
	netsnmp_pdu *pdu = snmp_pdu_create(command);

	if (pdu == NULL)
		return NULL;
	pdu->version = a->session->version;
	pdu->sessid = a->session->sessid;
	pdu->flags |= UCD_MSG_FLAG_EXPECT_RESPONSE;
	return pdu;
}

/*
 * Without waiting, and with the answer seen: the library's own registration does
 * neither (a refusal is logged and forgotten, and the objects stay away for ever).
 */
static void
agentx_register_root(struct agentx *a)
{
	netsnmp_pdu *pdu = agentx_pdu(a, PDU_REGISTER);

	if (pdu == NULL)
		return;
	log_debug("agentx", "registering %s", CS_MIB_ROOT_TEXT);
	pdu->priority = DEFAULT_MIB_PRIORITY;
	snmp_add_null_var(pdu, value_root, OID_LENGTH(value_root));
	if (snmp_async_send(a->session, pdu, agentx_registered,
	        (void *)(uintptr_t)a->sessions) == 0) {
		snmp_free_pdu(pdu);
		agentx_retry_later(a);
	}
}

/* --- sessions -------------------------------------------------------------- */

static void
session_cloexec(netsnmp_session *session)
{
	netsnmp_transport *t = snmp_sess_transport(snmp_sess_pointer(session));

	if (t != NULL && t->sock >= 0)
		fcntl(t->sock, F_SETFD, FD_CLOEXEC);
}

static int
agentx_started(int major, int minor, void *session, void *arg)
{
	struct agentx *a = arg;
	netsnmp_subtree *tree;

	(void)major;
	(void)minor;
	a->session = session;
	a->registered = false;
	a->retry = 0;
	a->told = false;
	a->why = 0;
	log_debug("agentx", "session %ld opened at %s",
	    ((netsnmp_session *)session)->sessid, a->options.socket);
	if (a->sessions++ > 0)
		stat_add(STAT_AGENTX_RECONNECTS, 1);
	session_cloexec(session);
	/* what is attached is not registered by the library: that is done here */
	tree = netsnmp_subtree_find(value_root, OID_LENGTH(value_root), NULL, "");
	if (tree != NULL)
		tree->flags |= SUBTREE_ATTACHED;
	agentx_register_root(a);
	a->options.session(a->options.arg, true);
	return SNMPERR_SUCCESS;
}

static int
agentx_stopped(int major, int minor, void *session, void *arg)
{
	struct agentx *a = arg;

	(void)major;
	(void)minor;
	(void)session;
	if (a->session == NULL)
		return SNMPERR_SUCCESS;
	a->session = NULL;
	a->registered = false;
	if (a->retry_alarm != 0)
		snmp_alarm_unregister(a->retry_alarm);
	a->retry_alarm = 0;
	log_warn("agentx", "snmpd at %s is gone or frozen; trying again every %u s",
	    a->options.socket, a->options.ping_seconds);
	a->told = true;
	a->options.session(a->options.arg, false);
	return SNMPERR_SUCCESS;
}

/* --- notifications --------------------------------------------------------- */

static int
agentx_notified(
    int op, netsnmp_session *session, int reqid, netsnmp_pdu *pdu, void *magic)
{
	struct agentx *a = the_agentx;
	const netsnmp_pdu *answer = ANSWER(op, pdu);
	enum notify_answer how = NOTIFY_SILENT;

	(void)session;
	(void)reqid;
	if (a == NULL)
		return 1;
	if (answer != NULL && answer->errstat != AGENTX_NOT_OPEN)
		how = answer->errstat == 0 ? NOTIFY_ACKED : NOTIFY_REFUSED;
	a->options.notified(a->options.arg, (uintptr_t)magic, how);
	return 1;
}

bool
agentx_notify(void *agentx, uint64_t ticket, const struct notify_message *m)
{
	struct agentx *a = agentx;
	uint32_t below[2] = { 0, (uint32_t)m->type };
	oid name[MAX_OID_LEN];
	netsnmp_pdu *pdu;
	const void *value;
	union value_raw raw;
	size_t i, n, len;

	if (a->session == NULL || (pdu = agentx_pdu(a, PDU_NOTIFY)) == NULL)
		return false;
	pdu->flags |= UCD_MSG_FLAG_PDU_TIMEOUT;
	pdu->time = NOTIFY_TIMEOUT;
	n = value_name_full(below, 2, name);
	snmp_pdu_add_variable(
	    pdu, trap_oid, OID_LENGTH(trap_oid), ASN_OBJECT_ID, name, n * sizeof(oid));
	for (i = 0; i < m->n; i++) {
		n = value_name_full(m->vars[i].oid, m->vars[i].len, name);
		value = value_raw(&m->vars[i].value, &raw, &len);
		snmp_pdu_add_variable(
		    pdu, name, n, (u_char)m->vars[i].value.tag, value, len);
	}
	if (snmp_async_send(
	        a->session, pdu, agentx_notified, (void *)(uintptr_t)ticket) != 0)
		return true;
	snmp_free_pdu(pdu);
	return false;
}

/* --- waiting and reading --------------------------------------------------- */

nfds_t
agentx_wait(struct agentx *a, struct pollfd *fds, int64_t *timeout_us)
{
	struct timeval tv = { 0, 0 };
	int count = 0, block = 1;
	const unsigned long *words;
	unsigned long word;
	nfds_t n = 0;
	int i, bit;

	NETSNMP_LARGE_FD_ZERO(&a->fds);
	snmp_select_info2(&count, &a->fds, &tv, &block);
	*timeout_us = block ? -1 : (int64_t)tv.tv_sec * 1000000 + tv.tv_usec;
	/* the set is longer than an fd_set once a descriptor is beyond 1023 */
	words = (const unsigned long *)(const void *)a->fds.lfs_setptr;
	for (i = 0; i < count; i += (int)NFDBITS) {
		word = words[i / (int)NFDBITS];
		for (; word != 0 && n < AGENTX_FDS; word &= word - 1) {
			bit = __builtin_ctzl(word);
			fds[n].fd = i + bit;
			fds[n].events = POLLIN;
			fds[n++].revents = 0;
		}
	}
	return n;
}

void
agentx_read(struct agentx *a, const struct pollfd *fds, nfds_t n)
{
	nfds_t i;

	NETSNMP_LARGE_FD_ZERO(&a->fds);
	for (i = 0; i < n; i++)
		if (fds[i].revents != 0)
			NETSNMP_LARGE_FD_SET(fds[i].fd, &a->fds);
	snmp_read2(&a->fds);
	netsnmp_check_outstanding_agent_requests();
}

/* Once; and once more when it turns out that there is one which we must not join. */
static void
agentx_missing(struct agentx *a)
{
	char *words;
	int why = agentx_why(a->options.socket, &words);
	bool closed = why == EACCES || why == EPERM;

	a->look_again = clock_ms() + (msec_t)a->options.ping_seconds * 1000;
	if (!a->told || (closed && why != a->why))
		log_warn(
		    "agentx", "%s Trying every %u s.", words, a->options.ping_seconds);
	a->told = true;
	a->why = why;
	free(words);
}

void
agentx_tick(struct agentx *a)
{
	snmp_timeout();
	run_alarms();
	netsnmp_check_outstanding_agent_requests();
	if (a->session == NULL && clock_ms() >= a->look_again)
		agentx_missing(a);
}

/* --- the library ----------------------------------------------------------- */

static int
agentx_logged(int major, int minor, void *message, void *arg)
{
	const struct snmp_log_message *m = message;
	enum log_level level = LOGL_DEBUG;
	size_t n = strcspn(m->msg, "\n");

	(void)major;
	(void)minor;
	(void)arg;
	if (m->priority <= LOG_ERR)
		level = LOGL_ERR;
	else if (m->priority == LOG_WARNING)
		level = LOGL_WARN;
	else if (m->priority <= LOG_INFO)
		level = LOGL_INFO;
	if (n > 0)
		log_line(level, "agentx", "%.*s", (int)n, m->msg);
	return SNMP_ERR_NOERROR;
}

static void
agentx_settings(const struct agentx_options *o)
{
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_ALARM_DONT_USE_SIG, 1);
	/* how long Open and Ping may hold this thread */
	netsnmp_ds_set_int(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_TIMEOUT, 1);
	netsnmp_ds_set_int(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_RETRIES, 0);
	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE, 1);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_NO_CONNECTION_WARNINGS, 1);
	netsnmp_ds_set_string(
	    NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, o->socket);
}

struct agentx *
agentx_open(const struct agentx_options *o)
{
	struct agentx *a = xcalloc(1, sizeof(*a));
	netsnmp_handler_registration *reg;

	a->options = *o;
	the_agentx = a;
	netsnmp_large_fd_set_init(&a->fds, FD_SETSIZE);
	snmp_disable_stderrlog();
	snmp_enable_calllog();
	snmp_register_callback(
	    SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, agentx_logged, NULL);
	snmp_register_callback(
	    SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_START, agentx_started, a);
	snmp_register_callback(
	    SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_STOP, agentx_stopped, a);
	agentx_settings(o);
	init_agent(APPLICATION);
	/* init_agent() sets its own */
	netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID,
	    NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL, (int)o->ping_seconds);
	reg = netsnmp_create_handler_registration("clusterset", agentx_handler,
	    value_root, OID_LENGTH(value_root),
	    HANDLER_CAN_RWRITE | HANDLER_CAN_GETBULK);
	reg->handler->myvoid = a;
	if (netsnmp_register_handler(reg) != MIB_REGISTERED_OK)
		log_err("agentx", "cannot register %s here", CS_MIB_ROOT_TEXT);
	init_snmp(APPLICATION); /* connects */
	return a;
}

void
agentx_close(struct agentx *a)
{
	if (a == NULL)
		return;
	a->told = true;
	log_debug("agentx", "closing the session at %s", a->options.socket);
	snmp_unregister_callback(
	    SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_STOP, agentx_stopped, a, 1);
	snmp_unregister_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_START,
	    agentx_started, a, 1);
	the_agentx = NULL;
	snmp_shutdown(APPLICATION);
	shutdown_agent();
	netsnmp_large_fd_set_cleanup(&a->fds);
	free(a);
}
