/*
 * SPDX-License-Identifier: Apache-2.0
 * The asker's way to Net-SNMP: accounts, sessions, the engines of version 3, and words
 * for what the library says. A session lives as long as one conversation.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "subagent/asker_impl.h"

#include <net-snmp/library/lcd_time.h>
#include <net-snmp/library/snmpusm.h>

#define ANSWER_MAX 16384 /* bytes of one answer that we take */

static int
logged(int major, int minor, void *server, void *client)
{
	const struct snmp_log_message *m = server;
	char *text;

	(void)major;
	(void)minor;
	(void)client;
	text = text_vis(m->msg, 300);
	log_debug("load", "Net-SNMP: %s", text);
	free(text);
	return SNMP_ERR_NOERROR;
}

void
snmp_begin(void)
{
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_ALARM_DONT_USE_SIG, 1);
	snmp_disable_log();
	snmp_enable_calllog();
	snmp_register_callback(
	    SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, logged, NULL);
	init_snmp("clusterset-load");
}

/* --- accounts
 * --------------------------------------------------------------------------
 */

static void
key(struct account *a, const char *password, u_char *into, size_t *len)
{
	if (generate_Ku(a->auth, (u_int)a->auth_len, (const u_char *)password,
	        strlen(password), into, len) != SNMPERR_SUCCESS)
		cause_set(&a->wrong,
		    "no key can be made of a password of the user %s (it needs 8 "
		    "characters at least)",
		    a->user);
}

void
account_prepare(struct account *a, const char *auth_protocol, const char *auth_password,
    const char *priv_protocol, const char *priv_password)
{
	int kind;

	a->level = SNMP_SEC_LEVEL_NOAUTH;
	a->auth_key_len = sizeof(a->auth_key);
	a->priv_key_len = sizeof(a->priv_key);
	if (a->version != 3 || auth_password == NULL)
		return;
	a->level = SNMP_SEC_LEVEL_AUTHNOPRIV;
	kind = usm_lookup_auth_type(auth_protocol == NULL ? "SHA" : auth_protocol);
	a->auth = kind < 0 ? NULL : sc_get_auth_oid(kind, &a->auth_len);
	if (a->auth == NULL) {
		cause_set(
		    &a->wrong, "authentication by %s is unknown here", auth_protocol);
		return;
	}
	key(a, auth_password, a->auth_key, &a->auth_key_len);
	if (priv_password == NULL || a->wrong != NULL)
		return;
	a->level = SNMP_SEC_LEVEL_AUTHPRIV;
	kind = usm_lookup_priv_type(priv_protocol == NULL ? "AES" : priv_protocol);
	a->priv = kind < 0 ? NULL : sc_get_priv_oid(kind, &a->priv_len);
	if (a->priv == NULL)
		cause_set(&a->wrong, "privacy by %s is unknown here", priv_protocol);
	else
		key(a, priv_password, a->priv_key, &a->priv_key_len);
}

void
account_free(struct account *a)
{
	if (a->community != NULL)
		explicit_bzero(a->community, strlen(a->community));
	explicit_bzero(a->auth_key, sizeof(a->auth_key));
	explicit_bzero(a->priv_key, sizeof(a->priv_key));
	free(a->community);
	free(a->user);
	free(a->context);
	free(a->wrong);
	free(a);
}

/* --- sessions
 * --------------------------------------------------------------------------
 */

static void
fill_user(netsnmp_session *s, const struct node *n)
{
	struct account *a = n->account;

	s->version = SNMP_VERSION_3;
	s->securityModel = SNMP_SEC_MODEL_USM;
	s->securityLevel = a->level;
	s->securityName = a->user;
	s->securityNameLen = strlen(a->user);
	if (a->context != NULL) {
		s->contextName = a->context;
		s->contextNameLen = strlen(a->context);
	}
	if (a->auth != NULL) {
		s->securityAuthProto = a->auth;
		s->securityAuthProtoLen = a->auth_len;
		memcpy(s->securityAuthKey, a->auth_key, a->auth_key_len);
		s->securityAuthKeyLen = a->auth_key_len;
	}
	if (a->priv != NULL) {
		s->securityPrivProto = a->priv;
		s->securityPrivProtoLen = a->priv_len;
		memcpy(s->securityPrivKey, a->priv_key, a->priv_key_len);
		s->securityPrivKeyLen = a->priv_key_len;
	}
	if (n->engine_len > 0) {
		s->securityEngineID = (u_char *)n->engine;
		s->securityEngineIDLen = n->engine_len;
		s->contextEngineID = (u_char *)n->engine;
		s->contextEngineIDLen = n->engine_len;
	}
}

void *
session_open(const struct node *n, const struct asker_limits *limits, char **cause)
{
	const bool six = strchr(n->address, ':') != NULL;
	netsnmp_session s;
	void *session;
	char *why = NULL;

	if (n->account->wrong != NULL) {
		cause_set(cause, "%s", n->account->wrong);
		return NULL;
	}
	snmp_sess_init(&s);
	s.peername = xasprintf("%s:%s%s%s:%u", six ? "udp6" : "udp", six ? "[" : "",
	    n->address, six ? "]" : "", n->port);
	s.timeout = limits->timeout * 1000;
	s.retries = (int)limits->tries - 1;
	s.rcvMsgMaxSize = ANSWER_MAX;
	/* the library's own probing would wait for the answer */
	s.flags |= SNMP_FLAGS_DONT_PROBE;
	if (n->account->version == 3)
		fill_user(&s, n);
	else {
		s.version = SNMP_VERSION_2c;
		s.community = (u_char *)n->account->community;
		s.community_len = strlen(n->account->community);
	}
	session = snmp_sess_open(&s);
	if (session == NULL) {
		snmp_error(&s, NULL, NULL, &why);
		cause_set(cause, "%s cannot be asked: %s", s.peername,
		    why == NULL ? "no session" : why);
		free(why);
	} else if (n->engine_len > 0)
		usm_create_user_from_session(snmp_sess_session(session));
	explicit_bzero(s.securityAuthKey, sizeof(s.securityAuthKey));
	explicit_bzero(s.securityPrivKey, sizeof(s.securityPrivKey));
	free(s.peername);
	return session;
}

netsnmp_pdu *
session_probe(void)
{
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET);

	/* RFC 3414 section 4: an empty request, empty user, no engine */
	pdu->version = SNMP_VERSION_3;
	pdu->securityName = xstrdup("");
	pdu->securityNameLen = 0;
	pdu->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
	pdu->securityModel = SNMP_SEC_MODEL_USM;
	return pdu;
}

int
session_engine(void *session, struct node *n, char **cause)
{
	netsnmp_session *s = snmp_sess_session(session);

	if (s->securityEngineIDLen == 0 || s->securityEngineIDLen > ENGINE_MAX)
		return cause_set(cause, "%s port %u does not tell its SNMPv3 engine ID",
		    n->address, n->port);
	memcpy(n->engine, s->securityEngineID, s->securityEngineIDLen);
	n->engine_len = s->securityEngineIDLen;
	if (usm_create_user_from_session(s) != SNMPERR_SUCCESS) {
		session_forget(n);
		return cause_set(cause, "the keys of the user %s cannot be used there",
		    n->account->user);
	}
	return 0;
}

void
session_forget(struct node *n)
{
	struct usmUser *user;

	if (n->engine_len == 0)
		return;
	user = usm_get_user(n->engine, n->engine_len, n->account->user);
	if (user != NULL) {
		usm_remove_user(user);
		usm_free_user(user);
	}
	free_enginetime(n->engine, n->engine_len);
	n->engine_len = 0;
}

/* --- words
 * -------------------------------------------------------------------------------
 */

char *
session_why(const struct node *n, int why)
{
	const char *user = n->account->user;

	switch (why) {
	case SNMPERR_UNKNOWN_USER_NAME:
		return xasprintf("%s port %u does not know the SNMPv3 user %s",
		    n->address, n->port, user);
	case SNMPERR_AUTHENTICATION_FAILURE:
	case SNMPERR_BAD_COMMUNITY:
		return xasprintf(
		    "%s port %u refuses the SNMPv3 user %s: wrong authentication "
		    "password or protocol",
		    n->address, n->port, user);
	case SNMPERR_DECRYPTION_ERR:
		return xasprintf("%s port %u cannot decrypt what the SNMPv3 user %s "
		                 "asks: wrong privacy password or protocol",
		    n->address, n->port, user);
	case SNMPERR_UNSUPPORTED_SEC_LEVEL:
		return xasprintf("%s port %u has the SNMPv3 user %s for another "
		                 "security level",
		    n->address, n->port, user);
	case SNMPERR_UNKNOWN_ENG_ID:
		return xasprintf("%s port %u has another SNMPv3 engine ID than it told",
		    n->address, n->port);
	case SNMPERR_NOT_IN_TIME_WINDOW:
		return xasprintf("%s port %u finds our SNMPv3 messages out of its time "
		                 "window",
		    n->address, n->port);
	default:
		return xasprintf("%s port %u cannot be asked: %s", n->address, n->port,
		    snmp_api_errstring(why));
	}
}
