/*
 * SPDX-License-Identifier: Apache-2.0
 * Judges snmpd's configuration: AgentX, who may do what, where notifications go. See
 * doctor_judge.h.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "cli/doctor_judge.h"
#include "cli/mib.h"

#define OBJECT        "snmpd"
#define AGENTX_SOCKET "/var/agentx/master" /* snmpd's own default */

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))

enum { SNMPD_TIMEOUT = 1, SNMPD_RETRIES = 5 }; /* snmpd's own defaults */

static const enum mib_id overrides[] = { csMoveForce, csVmSiteConfirm, csVmRelease,
	csSetAdopt };

static struct snmpd_oid
oid_of(const char *root, enum mib_id id)
{
	const struct mib_object *o = &mib_objects[id];
	struct snmpd_oid oid = { .n = 0 };
	size_t i;

	snmpd_oid_parse(root, &oid);
	for (i = 0; i < o->nsub && oid.n < SNMPD_OID_MAX; i++)
		oid.id[oid.n++] = o->sub[i];
	return oid;
}

static const char *
unix_path(const char *socket)
{
	return strncmp(socket, "unix:", 5) == 0 ? socket + 5 : socket;
}

static void
judge_agentx(struct doctor_report *r, const struct settings *s,
    const struct snmpd_conf *c, bool joined)
{
	const char *socket = c->socket == NULL ? AGENTX_SOCKET : c->socket;
	long timeout = c->timeout < 0 ? SNMPD_TIMEOUT : c->timeout;
	long retries = c->retries < 0 ? SNMPD_RETRIES : c->retries;
	size_t before = r->n;

	if (!c->master && !joined)
		doctor_find(r, DOC_AGENTX_NOT_MASTER, OBJECT,
		    "no \"master agentx\" in %s", c->file);
	if (s != NULL && !joined &&
	    strcmp(unix_path(socket), unix_path(s->agentx.socket)) != 0)
		doctor_find(r, DOC_AGENTX_SOCKET_DIFFERS, OBJECT,
		    "agentXSocket is %s%s, agentx.socket in clusterset.conf is %s",
		    socket, c->socket == NULL ? " (snmpd's default)" : "",
		    s->agentx.socket);
	if (!c->perms && unix_path(socket)[0] == '/')
		doctor_find(r, DOC_AGENTX_PERMS_DEFAULT, OBJECT,
		    "no agentXPerms: the socket is for root alone");
	if (s != NULL && timeout * 1000 <= s->agentx.request_timeout)
		doctor_find(r, DOC_AGENTX_TIMEOUT_SHORT, OBJECT,
		    "agentXTimeout is %ld s%s, agentx.request-timeout %lld ms", timeout,
		    c->timeout < 0 ? " (snmpd's default)" : "",
		    (long long)s->agentx.request_timeout);
	if (retries != 0)
		doctor_find(r, DOC_AGENTX_RETRIES, OBJECT, "agentXRetries is %ld%s",
		    retries, c->retries < 0 ? " (snmpd's default)" : "");
	if (r->n == before)
		doctor_pass(r, OBJECT,
		    "AgentX: socket %s, time-out %ld s, no repetition", socket,
		    timeout);
}

/* --- who may do what ------------------------------------------------------- */

struct access {
	const struct snmpd_conf *c;
	struct snmpd_oid module; /* {root 1} */
	struct snmpd_oid target; /* csVmTargetCluster */
	struct snmpd_oid override[COUNT(overrides)];
};

static bool
operates(const struct access *a, const struct snmpd_right *right)
{
	return snmpd_sees(a->c, &right->write, &a->target) == SEES_ALL;
}

static bool
overrides_too(const struct access *a, const struct snmpd_right *right)
{
	size_t i;

	for (i = 0; i < COUNT(overrides); i++)
		if (snmpd_sees(a->c, &right->write, &a->override[i]) == SEES_ALL)
			return true;
	return false;
}

static const char *
what(const struct snmpd_right *right)
{
	return right->community ? "community" : "user";
}

/* Does the file let nobody at all read any of it? */
static bool
nobody_reads(const struct access *a)
{
	size_t i;

	for (i = 0; i < a->c->nrights; i++)
		if (snmpd_sees(a->c, &a->c->rights[i].read, &a->module) != SEES_NOTHING)
			return false;
	return true;
}

/*
 * Clustersetd was just read through snmpd. Why that cannot be the one that has this
 * file, or NULL.
 */
static const char *
not_this(const struct access *a, const struct settings *s)
{
	const char *socket = a->c->socket == NULL ? AGENTX_SOCKET : a->c->socket;

	if (nobody_reads(a))
		return "lets nobody read CLUSTER-SET-MIB";
	if (a->c->named) /* who names it has told snmpd the rest elsewhere */
		return NULL;
	if (!a->c->master)
		return "has no \"master agentx\"";
	return s != NULL && strcmp(unix_path(socket), unix_path(s->agentx.socket)) != 0
	    ? "has another agentXSocket than clustersetd"
	    : NULL;
}

static void
judge_reading(struct doctor_report *r, const struct access *a, bool joined)
{
	const struct snmpd_right *right;
	enum snmpd_reach sees;
	size_t i, all = 0;

	for (i = 0; i < a->c->nrights; i++) {
		right = &a->c->rights[i];
		sees = snmpd_sees(a->c, &right->read, &a->module);
		all += sees == SEES_ALL;
		if (sees == SEES_PART)
			doctor_find(r, DOC_VIEW_PARTIAL, OBJECT, "%s %s (%s:%u)%s%s",
			    what(right), right->name, right->file, right->line,
			    right->read.view == NULL ? "" : ", view ",
			    right->read.view == NULL ? "" : right->read.view);
	}
	if (nobody_reads(a) && !joined)
		doctor_find(r, DOC_VIEW_NONE, OBJECT,
		    "of %zu users and communities in %s nobody reads it", a->c->nrights,
		    a->c->file);
	else if (all > 0)
		doctor_pass(r, OBJECT,
		    "%zu users and communities read all of CLUSTER-SET-MIB", all);
}

/* Has the same user an access line of VACM that gives less? */
static bool
has_view(const struct access *a, const struct snmpd_right *right)
{
	const struct snmpd_right *o;
	size_t i;

	for (i = 0; i < a->c->nrights; i++) {
		o = &a->c->rights[i];
		if (!o->by_line && !o->community && strcmp(o->name, right->name) == 0)
			return true;
	}
	return false;
}

static void
judge_one(struct doctor_report *r, const struct access *a,
    const struct snmpd_right *right, bool beyond)
{
	bool writes = operates(a, right);
	bool reads = snmpd_sees(a->c, &right->read, &a->module) >= SEES_PART &&
	    snmpd_sees(a->c, &right->read, &a->module) != SEES_UNKNOWN;

	if (right->community && writes)
		doctor_find(r,
		    beyond && !right->local ? DOC_COMMUNITY_WRITES
		                            : DOC_COMMUNITY_WRITES_LOCAL,
		    OBJECT, "community \"%s\" (%s:%u)", right->name, right->file,
		    right->line);
	else if (right->community && reads && beyond && !right->local)
		doctor_find(r, DOC_COMMUNITY_BEYOND_LOOPBACK, OBJECT,
		    "community \"%s\" (%s:%u), %s%s", right->name, right->file,
		    right->line,
		    a->c->address_said ? "agentAddress " : "no agentAddress",
		    a->c->address_said ? a->c->address : "");
	if (right->community)
		return;
	if (right->by_line && has_view(a, right))
		doctor_find(r, DOC_USER_BEYOND_VIEW, OBJECT, "user %s (%s:%u)",
		    right->name, right->file, right->line);
	if (writes && !right->privacy)
		doctor_find(r, DOC_WRITE_WITHOUT_PRIVACY, OBJECT, "user %s (%s:%u)",
		    right->name, right->file, right->line);
}

static void
judge_writing(struct doctor_report *r, const struct access *a)
{
	const struct snmpd_right *right;
	char *names = NULL, *longer;
	size_t i, operators = 0, held = 0;

	for (i = 0; i < a->c->nrights; i++) {
		right = &a->c->rights[i];
		if (!operates(a, right))
			continue;
		operators++;
		if (!overrides_too(a, right)) {
			held++;
			continue;
		}
		longer = xasprintf("%s%s%s %s", names == NULL ? "" : names,
		    names == NULL ? "" : ", ", what(right), right->name);
		free(names);
		names = longer;
	}
	if (operators == 0)
		doctor_find(r, DOC_OPERATOR_NONE, OBJECT,
		    "of %zu users and communities in %s nobody may write "
		    "csVmTargetCluster",
		    a->c->nrights, a->c->file);
	else if (held == 0)
		doctor_find(r, DOC_OVERRIDES_OPEN, OBJECT, "%s", names);
	else
		doctor_pass(r, OBJECT,
		    "%zu of %zu who may move VMs may not override the evidence", held,
		    operators);
	free(names);
}

static void
judge_traps(struct doctor_report *r, const struct snmpd_conf *c)
{
	if (c->traps + c->informs == 0)
		doctor_find(r, DOC_TRAP_NOWHERE, OBJECT,
		    "no trapsink, trap2sink, informsink or trapsess in %s and what it "
		    "includes",
		    c->file);
	else if (c->informs == 0)
		doctor_find(r, DOC_TRAP_UNACKNOWLEDGED, OBJECT,
		    "destinations of traps: %zu, of informs: none", c->traps);
	else
		doctor_pass(r, OBJECT, "destinations of notifications: %zu",
		    c->traps + c->informs);
}

void
doctor_judge_snmpd(struct doctor_report *r, const struct settings *s,
    const struct snmpd_conf *c, const char *root, bool joined)
{
	struct access a = { .c = c };
	const char *why;
	size_t i;

	if (!c->read) {
		doctor_find(r, DOC_SNMPD_CONF_UNREAD, OBJECT, "%s",
		    c->cause == NULL ? "" : c->cause);
		return;
	}
	if (c->cause != NULL)
		doctor_find(r, DOC_SNMPD_CONF_UNREAD, OBJECT, "%s", c->cause);
	snmpd_oid_parse(root, &a.module);
	a.module.id[a.module.n++] = 1;
	a.target = oid_of(root, csVmTargetCluster);
	for (i = 0; i < COUNT(overrides); i++)
		a.override[i] = oid_of(root, overrides[i]);
	why = joined ? not_this(&a, s) : NULL;
	if (why != NULL) {
		doctor_find(r, DOC_SNMPD_CONF_OTHER, OBJECT,
		    "%s %s, yet clustersetd was just read through an snmpd: that one "
		    "may use another file",
		    c->file, why);
		if (!c->named)
			return;
	}
	judge_agentx(r, s, c, joined);
	judge_reading(r, &a, joined);
	for (i = 0; i < c->nrights; i++)
		judge_one(r, &a, &c->rights[i], c->beyond);
	judge_writing(r, &a);
	judge_traps(r, c);
	doctor_fine(r, OBJECT,
	    "%s and what it includes: users and communities: %zu, destinations of "
	    "notifications: %zu",
	    c->file, c->nrights, c->traps + c->informs);
}
