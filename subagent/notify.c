/*
 * SPDX-License-Identifier: Apache-2.0
 * Notifications. See notify.h.
 */
#include "subagent/notify.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/stats.h"
#include "base/text.h"

#define NAME_MAX_LEN 255 /* SnmpAdminString */
#define TEXT_MAX_LEN 512 /* ClusterSetText */
#define REFUSALS_MAX 3 /* answers with an error before a notification is given up */

struct item {
	TAILQ_ENTRY(item) next;
	uint64_t ticket; /* of the last try */
	bool failed; /* unacknowledged, waiting to be sent again */
	unsigned refused, tries;
	struct notice notice; /* strings and row owned */
	int64_t wall;
	uint32_t first, last, dropped; /* csEventsSuppressed */
};
TAILQ_HEAD(items, item);

struct notifier {
	const struct mib *mib;
	notify_send *send;
	void *arg;
	struct items waiting, flying;
	size_t nwaiting, nflying;
	uint64_t last_ticket;
	bool stalled; /* one failed: nothing new until all in flight are known */
	/* dropped and not named yet */
	uint32_t dropped_first, dropped_last, dropped;
};

#define HEAD   "csNotifySequence", "csNotifySeverity", "csNotifyObjectName"
#define MIDDLE "csNotifyText", "csNotifyTime"
#define OBJECTS(...)              \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

/* clang-format off */
static const char *const *const objects[NOTIFY_TYPES + 1] = {
	[1] = OBJECTS(HEAD, "csClusterOperState", MIDDLE, "csClusterName"),
	[2] = OBJECTS(HEAD, "csNodeOperState", MIDDLE, "csNodeName",
	    "csNodeClusterName"),
	[3] = OBJECTS(HEAD, "csVmOperState", MIDDLE, "csVmName", "csVmClusterName",
	    "csVmNodeName"),
	[4] = OBJECTS(HEAD, "csVmOperState", MIDDLE, "csVmName", "csVmClusterName",
	    "csVmNodeName", "csNotifyOldClusterName", "csNotifyOldNodeName"),
	[5] = OBJECTS(HEAD, "csMoveState", MIDDLE, "csMoveVmName",
	    "csMoveSourceName", "csMoveTargetName", "csMoveReason"),
	[6] = OBJECTS(HEAD, "csMoveState", MIDDLE, "csMoveVmName",
	    "csMoveSourceName", "csMoveTargetName", "csMoveReason",
	    "csMoveDowntime", "csMoveError"),
	[7] = OBJECTS(HEAD, "csDiskOperState", MIDDLE, "csDiskName",
	    "csDiskOwnerClusterName", "csDiskOwnerNodeName", "csDiskEpoch",
	    "csDiskVmName", "csNotifyOldClusterName"),
	[8] = OBJECTS(HEAD, "csDiskOperState", MIDDLE, "csDiskName",
	    "csDiskOwnerClusterName", "csDiskOwnerNodeName", "csDiskEpoch",
	    "csDiskVmName"),
	[9] = OBJECTS(HEAD, "csVmOperState", MIDDLE, "csVmName", "csVmClusterName",
	    "csVmNodeName"),
	[10] = OBJECTS(HEAD, "csAvailSetViolations", MIDDLE, "csAvailSetName",
	    "csAvailSetViolationText"),
	[11] = OBJECTS(HEAD, "csPolicyImbalance", MIDDLE, "csSetName"),
	[12] = OBJECTS(HEAD, "csPlanState", MIDDLE, "csPlanVmName",
	    "csPlanSourceName", "csPlanTargetName", "csPlanBenefit",
	    "csPlanPolicyName"),
	[13] = OBJECTS(HEAD, "csDiskSiteReplicationHealth", MIDDLE,
	    "csDiskSiteDiskName", "csDiskSiteClusterName",
	    "csDiskSiteReplicationText"),
	[14] = OBJECTS(HEAD, "csHookResult", MIDDLE, "csHookName", "csHookEvent",
	    "csHookLastExit"),
	[15] = OBJECTS(HEAD, "csAlarmState", MIDDLE, "csAlarmType",
	    "csAlarmObjectKind"),
	[16] = OBJECTS(HEAD, "csAlarmState", MIDDLE, "csAlarmType",
	    "csAlarmObjectKind"),
	[17] = OBJECTS(HEAD, "csSetRole", MIDDLE, "csSetName"),
	[18] = OBJECTS(HEAD, "csEventDropped", MIDDLE, "csNotifyFirst",
	    "csNotifyLast"),
};
/* clang-format on */
enum { TYPE_ALARM_CLEARED = 16, ALARM_CLEARED = 2 };

const char *const *
notify_objects(int type)
{
	return type >= 1 && type <= NOTIFY_TYPES ? objects[type] : NULL;
}

/* --- the message ----------------------------------------------------------- */

static void
var_text(struct notify_var *v, const char *text, size_t max)
{
	v->value.tag = TAG_OCTETS;
	v->value.octets = text == NULL ? "" : text;
	v->value.len = text_utf8_cut(v->value.octets, max);
}

static void
var_number(struct notify_var *v, enum mib_tag tag, int64_t n)
{
	v->value.tag = tag;
	v->value.number = n;
}

/* An object of csNotify: accessible for notifications only, instance 0. */
static bool
message_notify_object(struct notify_var *v, const char *name, const struct item *it)
{
	static const char *const names[] = { "csNotifySequence", "csNotifySeverity",
		"csNotifyObjectName", "csNotifyText", "csNotifyTime",
		"csNotifyOldClusterName", "csNotifyOldNodeName", "csNotifyFirst",
		"csNotifyLast" };
	uint32_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			break;
	switch (i) {
	case 0:
		var_number(v, TAG_UNSIGNED32, it->notice.sequence);
		break;
	case 1:
		var_number(v, TAG_INTEGER, it->notice.severity);
		break;
	case 2:
		var_text(v, it->notice.object_name, NAME_MAX_LEN);
		break;
	case 3:
		var_text(v, it->notice.text, TEXT_MAX_LEN);
		break;
	case 4:
		v->value.tag = TAG_OCTETS;
		clock_date_and_time((time_t)it->wall, v->value.buf);
		v->value.octets = v->value.buf;
		v->value.len = DATE_AND_TIME_LEN;
		break;
	case 5:
		var_text(v, it->notice.old_cluster, NAME_MAX_LEN);
		break;
	case 6:
		var_text(v, it->notice.old_node, NAME_MAX_LEN);
		break;
	case 7:
		var_number(v, TAG_UNSIGNED32, it->first);
		break;
	case 8:
		var_number(v, TAG_UNSIGNED32, it->last);
		break;
	default:
		return false;
	}
	v->oid[0] = 1; /* {csNotify}, {csObjects 21} */
	v->oid[1] = 21;
	v->oid[2] = i + 1;
	v->oid[3] = 0;
	v->len = 4;
	return true;
}

/* What is sent for a value that is not known: every varbind is there always. */
static void
message_filler(struct notify_var *v, const struct mib_column *c)
{
	v->value.tag = c->tag;
	v->value.number = c->tag == TAG_INTEGER ? c->max : 0;
	v->value.octets = "";
	v->value.len = 0;
}

static void
message_column(const struct notifier *n, struct notify_var *v, const char *name,
    const struct item *it, const struct mib_snapshot *s)
{
	static const uint32_t zero[1] = { 0 };
	const struct mib_table *t;
	const struct mib_column *c = mib_by_name(n->mib, name, &t);
	const struct row *row = it->notice.row;
	const uint32_t *key = zero;
	size_t klen = 1;

	assert(c != NULL);
	if (row == NULL || it->notice.table != (enum table_id)t->source) {
		/* it is not about a row of this table: scalars stand at .0 */
		row = t->index[0] == '\0' && t->source < TABLE_COUNT &&
		        s->tables[t->source] != NULL
		    ? table_view_get(s->tables[t->source], zero, 1)
		    : NULL;
	} else {
		key = row->key;
		klen = row->klen;
	}
	memcpy(v->oid, t->oid, t->oid_len * sizeof(uint32_t));
	v->oid[t->oid_len] = c->id;
	v->len = t->oid_len + 1;
	assert(v->len + klen <= MIB_OID_MAX);
	memcpy(v->oid + v->len, key, klen * sizeof(uint32_t));
	v->len += klen;
	if (row == NULL || !mib_read(c, row, s, &v->value))
		message_filler(v, c);
	if (it->notice.type == TYPE_ALARM_CLEARED && c->kind == KIND_CONST)
		v->value.number = ALARM_CLEARED;
}

static void
message_build(const struct notifier *n, struct notify_message *m, const struct item *it,
    const struct mib_snapshot *s)
{
	const char *const *name;

	m->type = it->notice.type;
	m->n = 0;
	for (name = objects[it->notice.type]; *name != NULL; name++) {
		assert(m->n < NOTIFY_VARS);
		if (!message_notify_object(&m->vars[m->n], *name, it))
			message_column(n, &m->vars[m->n], *name, it, s);
		m->n++;
	}
}

/* --- the queue ------------------------------------------------------------- */

struct notifier *
notifier_new(const struct mib *mib, notify_send *send, void *arg)
{
	struct notifier *n = xcalloc(1, sizeof(*n));

	n->mib = mib;
	n->send = send;
	n->arg = arg;
	TAILQ_INIT(&n->waiting);
	TAILQ_INIT(&n->flying);
	return n;
}

static void
item_free(struct item *it)
{
	free((char *)(uintptr_t)it->notice.object_name);
	free((char *)(uintptr_t)it->notice.text);
	free((char *)(uintptr_t)it->notice.old_cluster);
	free((char *)(uintptr_t)it->notice.old_node);
	row_unref(it->notice.row);
	free(it);
}

static void
items_free(struct items *items)
{
	struct item *it;

	while ((it = TAILQ_FIRST(items)) != NULL) {
		TAILQ_REMOVE(items, it, next);
		item_free(it);
	}
}

void
notifier_free(struct notifier *n)
{
	if (n == NULL)
		return;
	items_free(&n->waiting);
	items_free(&n->flying);
	free(n);
}

size_t
notifier_waiting(const struct notifier *n)
{
	return n->nwaiting + n->nflying;
}

size_t
notifier_in_flight(const struct notifier *n)
{
	return n->nflying;
}

static void
notifier_gauge(const struct notifier *n)
{
	stat_set(STAT_NOTIFICATIONS_QUEUED, (int64_t)notifier_waiting(n));
}

/* Drops the oldest that waits; csEventsSuppressed will name it. */
static void
notifier_drop(struct notifier *n)
{
	struct item *it = TAILQ_FIRST(&n->waiting);
	uint32_t first = it->notice.sequence, last = it->notice.sequence, count = 1;

	if (it->notice.type == NOTIFY_EVENTS_SUPPRESSED) {
		/* its range becomes part of the next one */
		first = it->first;
		last = it->last;
		count = it->dropped;
	} else {
		stat_add(STAT_NOTIFICATIONS_SUPPRESSED, 1);
	}
	TAILQ_REMOVE(&n->waiting, it, next);
	n->nwaiting--;
	item_free(it);
	if (n->dropped == 0)
		n->dropped_first = first;
	n->dropped_last = last;
	n->dropped += count;
}

void
notifier_post(struct notifier *n, const struct notice *notice, int64_t wall)
{
	struct item *it;

	if (notify_objects(notice->type) == NULL) {
		log_err("notify", "no notification has the number %d", notice->type);
		row_unref(notice->row);
		return;
	}
	it = xcalloc(1, sizeof(*it));
	it->notice = *notice;
	it->notice.object_name = xstrdup(notice->object_name);
	it->notice.text = xstrdup(notice->text);
	it->notice.old_cluster = xstrdup(notice->old_cluster);
	it->notice.old_node = xstrdup(notice->old_node);
	it->wall = wall;
	TAILQ_INSERT_TAIL(&n->waiting, it, next);
	n->nwaiting++;
	while (n->nwaiting > NOTIFY_WAITING)
		notifier_drop(n);
	notifier_gauge(n);
}

/* The dropped range as a notification at the head of the queue. */
static void
notifier_name_dropped(struct notifier *n)
{
	struct item *it = xcalloc(1, sizeof(*it));

	it->notice.type = NOTIFY_EVENTS_SUPPRESSED;
	it->notice.sequence = n->dropped_last;
	it->notice.severity = SEV_WARNING;
	it->notice.object_name = xstrdup("");
	it->notice.text = xasprintf(
	    "%" PRIu32 " notifications were dropped because snmpd did not take them; "
	    "events %" PRIu32 " to %" PRIu32 " are in csEventTable",
	    n->dropped, n->dropped_first, n->dropped_last);
	it->wall = time(NULL);
	it->first = n->dropped_first;
	it->last = n->dropped_last;
	it->dropped = n->dropped;
	TAILQ_INSERT_HEAD(&n->waiting, it, next);
	n->nwaiting++;
	n->dropped = 0;
}

/* Everything unacknowledged waits again, before the others and in its order. */
static void
notifier_requeue(struct notifier *n)
{
	struct item *it;

	while ((it = TAILQ_LAST(&n->flying, items)) != NULL) {
		TAILQ_REMOVE(&n->flying, it, next);
		n->nflying--;
		it->failed = false;
		it->tries++;
		TAILQ_INSERT_HEAD(&n->waiting, it, next);
		n->nwaiting++;
	}
	n->stalled = false;
}

void
notifier_lost(struct notifier *n)
{
	notifier_requeue(n);
	notifier_gauge(n);
}

static bool
notifier_all_known(const struct notifier *n)
{
	const struct item *it;

	TAILQ_FOREACH (it, &n->flying, next)
		if (!it->failed)
			return false;
	return true;
}

void
notifier_pump(struct notifier *n, const struct mib_snapshot *s)
{
	struct notify_message m;
	struct item *it;

	if (n->stalled) {
		if (!notifier_all_known(n))
			return;
		notifier_requeue(n);
	}
	while (n->nflying < NOTIFY_WINDOW) {
		if (n->dropped > 0)
			notifier_name_dropped(n);
		if ((it = TAILQ_FIRST(&n->waiting)) == NULL)
			break;
		message_build(n, &m, it, s);
		it->ticket = ++n->last_ticket;
		if (!n->send(n->arg, it->ticket, &m))
			break;
		if (it->tries > 0)
			stat_add(STAT_NOTIFICATIONS_RETRIED, 1);
		if (it->notice.type == NOTIFY_EVENTS_SUPPRESSED)
			log_warn("notify", "%s", it->notice.text);
		TAILQ_REMOVE(&n->waiting, it, next);
		n->nwaiting--;
		TAILQ_INSERT_TAIL(&n->flying, it, next);
		n->nflying++;
	}
	notifier_gauge(n);
}

void
notifier_answer(struct notifier *n, uint64_t ticket, enum notify_answer answer)
{
	struct item *it;

	TAILQ_FOREACH (it, &n->flying, next)
		if (it->ticket == ticket)
			break;
	if (it == NULL || it->failed)
		return; /* an answer to a try that was given up */
	if (answer == NOTIFY_REFUSED && ++it->refused >= REFUSALS_MAX)
		log_err("notify", "sequence=%" PRIu32 " type=%d refused by snmpd",
		    it->notice.sequence, it->notice.type);
	else if (answer != NOTIFY_ACKED) {
		it->failed = true;
		n->stalled = true;
		return;
	}
	stat_add(answer == NOTIFY_ACKED ? STAT_NOTIFICATIONS_SENT
	                                : STAT_NOTIFICATIONS_SUPPRESSED,
	    1);
	TAILQ_REMOVE(&n->flying, it, next);
	n->nflying--;
	item_free(it);
	notifier_gauge(n);
}
