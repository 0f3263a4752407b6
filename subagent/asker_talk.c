/*
 * SPDX-License-Identifier: Apache-2.0
 * One conversation with one agent: a few PDUs, one after another, then it is over.
 *
 * The number of PDUs and the time are bounded whatever the agent answers. What is asked
 * and taken is asker_query.c's; the session is closed only outside of the library's
 * calls.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "subagent/asker_query.h"

#include <net-snmp/library/large_fd_set.h>

#define PDUS_MAX      160
#define DEADLINE_LAPS 5 /* all of it, in times of one PDU's worst */

struct talk {
	struct event_base *base;
	struct node *node;
	const struct asker_limits *limits;
	talk_done *done;
	void *session;
	struct event *readable, *timer;
	msec_t began;
	struct query query;
	bool answered; /* the PDU that was sent is */
	bool again; /* the engine was asked for twice already, or the layout */
	int refused; /* SNMPERR_... of a report; 0: none */
	unsigned pdus;
};

static netsnmp_large_fd_set fds;

/* The report that tells the engine is the answer to the probe. */
static void
reported(struct talk *t, int why)
{
	if (t->query.step != STEP_PROBE)
		t->refused = why != 0 ? why : SNMPERR_AUTHENTICATION_FAILURE;
}

/* Agents do not answer what they do not accept: what that may be. */
static void
silent(struct talk *t)
{
	const struct account *a = t->node->account;
	const char *guess = "";

	if (a->version == 2)
		guess = " (nothing listens there, or it does not accept the community)";
	else if (t->query.step != STEP_PROBE && a->priv != NULL)
		guess = " (it does answer the probe of SNMPv3: is the privacy password "
		        "right?)";
	cause_set(&t->query.error,
	    "no answer from %s port %u within %" PRId64 " ms, asked %u time%s%s",
	    t->node->address, t->node->port, t->limits->timeout, t->limits->tries,
	    t->limits->tries == 1 ? "" : "s", guess);
}

/* The library's; the session may not be closed from here. */
static int
on_answer(int op, netsnmp_session *s, int id, netsnmp_pdu *pdu, void *arg)
{
	struct talk *t = arg;

	(void)id;
	switch (op) {
	case NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE:
		t->answered = true;
		if (pdu->command == SNMP_MSG_REPORT)
			reported(t, snmpv3_get_report_type(pdu));
		else if (pdu->command == SNMP_MSG_RESPONSE)
			query_take(&t->query, pdu);
		break;
	case NETSNMP_CALLBACK_OP_TIMED_OUT:
		t->answered = true;
		silent(t);
		break;
	case NETSNMP_CALLBACK_OP_SEC_ERROR:
		t->answered = true;
		reported(t,
		    pdu != NULL && pdu->command == SNMP_MSG_REPORT
		        ? snmpv3_get_report_type(pdu)
		        : s->s_snmp_errno);
		break;
	case NETSNMP_CALLBACK_OP_SEND_FAILED:
	case NETSNMP_CALLBACK_OP_DISCONNECT:
		t->answered = true;
		cause_set(&t->query.error, "%s port %u cannot be reached",
		    t->node->address, t->node->port);
		break;
	default: /* sent again */
		return 0;
	}
	return 1;
}

static void
arm(struct talk *t)
{
	const msec_t ms = t->limits->timeout + 2;
	const struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	event_add(t->timer, &tv);
}

static void
send_step(struct talk *t)
{
	netsnmp_pdu *pdu;
	int error = 0;

	if (++t->pdus > PDUS_MAX ||
	    clock_ms() - t->began >
	        DEADLINE_LAPS * t->limits->timeout * t->limits->tries) {
		cause_set(&t->query.error,
		    "%s port %u comes to no end: %u answers in %" PRId64 " ms",
		    t->node->address, t->node->port, t->pdus - 1,
		    clock_ms() - t->began);
		return;
	}
	pdu = query_pdu(&t->query);
	t->answered = false;
	if (snmp_sess_async_send(t->session, pdu, on_answer, t) == 0) {
		snmp_sess_error(t->session, NULL, &error, NULL);
		snmp_free_pdu(pdu);
		t->query.error = session_why(t->node, error);
		return;
	}
	arm(t);
}

/* --- one after another
 * ------------------------------------------------------------------ */

static void
talk_free(struct talk *t)
{
	t->node->talk = NULL;
	if (t->readable != NULL)
		event_free(t->readable);
	if (t->timer != NULL)
		event_free(t->timer);
	if (t->session != NULL)
		snmp_sess_close(t->session);
	free(t->query.error);
	free(t);
}

void
talk_cancel(struct talk *t)
{
	talk_free(t);
}

static void
finish(struct talk *t)
{
	struct node *n = t->node;
	talk_done *done = t->done;
	struct asker_load load;
	char *error = t->query.error;

	t->query.error = NULL;
	if (error != NULL) {
		/* it may be another agent by now */
		n->layout.known = false;
		session_forget(n);
		talk_free(t);
		done(n, NULL, error);
		free(error);
		return;
	}
	n->layout.processors = t->query.figures.loads > 0 ? t->query.figures.loads
	                                                  : t->query.figures.processors;
	figures_judge(&t->query.figures, n->counted ? &n->before : NULL, &load, &error);
	n->before = t->query.figures;
	n->counted = true;
	talk_free(t);
	done(n, &load, error);
	free(error);
}

/* A report: an engine that is another now is asked for once more. */
static void
refused(struct talk *t)
{
	const int why = t->refused;

	t->refused = 0;
	if (t->query.step != STEP_PROBE && why == SNMPERR_UNKNOWN_ENG_ID && !t->again &&
	    t->pdus == 1) {
		t->again = true;
		session_forget(t->node);
		snmp_sess_close(t->session);
		event_free(t->readable);
		t->readable = NULL;
		t->session = NULL;
		query_begin(&t->query, &t->node->layout, true);
		return;
	}
	t->query.error = session_why(t->node, why);
}

static void on_readable(evutil_socket_t, short, void *);

static void
connect_agent(struct talk *t)
{
	t->session = session_open(t->node, t->limits, &t->query.error);
	if (t->session == NULL)
		return;
	t->readable = event_new(t->base, snmp_sess_transport(t->session)->sock,
	    EV_READ | EV_PERSIST, on_readable, t);
	event_add(t->readable, NULL);
}

static void
go_on(struct talk *t)
{
	if (!t->answered) {
		/* whatever else comes in does not put the time-out off */
		if (!event_pending(t->timer, EV_TIMEOUT, NULL))
			arm(t);
		return;
	}
	if (t->refused != 0)
		refused(t);
	else if (t->query.error == NULL &&
	    (t->query.step != STEP_PROBE ||
	        session_engine(t->session, t->node, &t->query.error) == 0))
		query_next(&t->query);
	if (t->query.error == NULL && t->session == NULL)
		connect_agent(t);
	if (t->query.error == NULL && t->query.step != STEP_DONE)
		send_step(t);
	if (t->query.error != NULL || t->query.step == STEP_DONE)
		finish(t);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct talk *t = arg;

	(void)what;
	NETSNMP_LARGE_FD_ZERO(&fds);
	NETSNMP_LARGE_FD_SET(fd, &fds);
	snmp_sess_read2(t->session, &fds);
	go_on(t);
}

/* Also the first turn, so that nobody is told from within talk_start(). */
static void
on_time(evutil_socket_t fd, short what, void *arg)
{
	struct talk *t = arg;

	(void)fd;
	(void)what;
	if (t->pdus > 0)
		snmp_sess_timeout(t->session);
	else {
		connect_agent(t);
		if (t->query.error == NULL)
			send_step(t);
		if (t->query.error == NULL)
			return;
		t->answered = true;
	}
	go_on(t);
}

void
talk_start(struct event_base *base, struct node *n, const struct asker_limits *limits,
    talk_done *done)
{
	struct talk *t = xcalloc(1, sizeof(*t));

	if (fds.lfs_setptr == NULL)
		netsnmp_large_fd_set_init(&fds, FD_SETSIZE);
	t->base = base;
	t->node = n;
	t->limits = limits;
	t->done = done;
	t->began = clock_ms();
	n->talk = t;
	query_begin(
	    &t->query, &n->layout, n->account->version == 3 && n->engine_len == 0);
	t->timer = event_new(base, -1, 0, on_time, t);
	event_active(t->timer, EV_TIMEOUT, 0);
}
