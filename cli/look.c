/*
 * SPDX-License-Identifier: Apache-2.0
 * What the screens ask of the agent alike. See look.h.
 */
#include "cli/look.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/remedy.h"

enum look_scalar {
	S_NAME,
	S_DESCR,
	S_VERSION,
	S_ROLE,
	S_HEALTH,
	S_REASON,
	S_UP,
	S_CONTROL,
	S_OLDEST,
	S_START,
	S_CLUSTERS,
	S_NODES,
	S_VMS,
	S_DISKS,
	S_EVENT,
	SCALARS,
};

static const enum mib_id scalars[SCALARS] = {
	[S_NAME] = csSetName,
	[S_DESCR] = csSetDescr,
	[S_VERSION] = csSetVersion,
	[S_ROLE] = csSetRole,
	[S_HEALTH] = csSetHealth,
	[S_REASON] = csSetHealthReason,
	[S_UP] = csSetUpTime,
	[S_CONTROL] = csSetControlAge,
	[S_OLDEST] = csSetOldestPollAge,
	[S_START] = csSetDiscontinuityTime,
	[S_CLUSTERS] = csSetClusterCount,
	[S_NODES] = csSetNodeCount,
	[S_VMS] = csSetVmCount,
	[S_DISKS] = csSetDiskCount,
	[S_EVENT] = csEventNewest,
};

static int64_t
number(const struct snmp_instance *i)
{
	return i->cell.there ? i->cell.number : -1;
}

static char *
text(const struct snmp_instance *i)
{
	return xstrdup(i->cell.there && i->cell.text != NULL ? i->cell.text : "");
}

static const char *
word(const struct snmp_instance *i, const char *otherwise)
{
	const char *w = i->cell.there ? mib_word(i->id, i->cell.number) : NULL;

	return w != NULL ? w : otherwise;
}

enum snmp_result
look_set(struct snmp *s, struct look_set *set, char **cause)
{
	struct snmp_instance in[SCALARS];
	enum snmp_result result;
	int64_t start;
	size_t i;

	memset(set, 0, sizeof *set);
	memset(in, 0, sizeof in);
	for (i = 0; i < SCALARS; i++)
		in[i].id = scalars[i];
	result = snmp_get(s, in, SCALARS, cause);
	if (result != SNMP_DONE)
		goto out;
	set->name = text(&in[S_NAME]);
	set->descr = text(&in[S_DESCR]);
	set->version = text(&in[S_VERSION]);
	set->reason = text(&in[S_REASON]);
	set->health = word(&in[S_HEALTH], "unknown");
	set->role = word(&in[S_ROLE], "");
	set->up_time = number(&in[S_UP]);
	set->control_age = number(&in[S_CONTROL]);
	set->oldest_poll_age = number(&in[S_OLDEST]);
	set->clusters = number(&in[S_CLUSTERS]);
	set->nodes = number(&in[S_NODES]);
	set->vms = number(&in[S_VMS]);
	set->disks = number(&in[S_DISKS]);
	set->event_newest = number(&in[S_EVENT]);
	start = in[S_START].cell.there && in[S_START].cell.text != NULL
	    ? out_time(in[S_START].cell.text)
	    : -1;
	set->now = start >= 0 && set->up_time >= 0 ? start + set->up_time : -1;
out:
	snmp_free_cells(in, SCALARS);
	return result;
}

void
look_set_free(struct look_set *set)
{
	free(set->name);
	free(set->descr);
	free(set->version);
	free(set->reason);
	memset(set, 0, sizeof *set);
}

bool
look_stuck(const struct look_set *set)
{
	return set->control_age > LOOK_STUCK_S;
}

enum snmp_result
look_table(struct snmp *s, enum mib_table_id table, const enum mib_id *ids, size_t n,
    struct rows **rows, char **cause)
{
	enum snmp_result result = SNMP_DONE;

	*rows = snmp_table(s, table, ids, n, &result, cause);
	return *rows != NULL ? SNMP_DONE : result;
}

void
look_count(struct look_counts *counts, const struct rows *rows, enum mib_id id)
{
	const struct mib_word *words = mib_objects[id].words;
	const struct cell *c;
	size_t i, w;

	memset(counts, 0, sizeof *counts);
	counts->id = id;
	while (words[counts->n].word != NULL && counts->n < LOOK_WORDS_MAX)
		counts->n++;
	for (i = 0; i < rows->n; i++) {
		c = row_cell(&rows->row[i], id);
		if (c == NULL || !c->there)
			continue;
		counts->total++;
		for (w = 0; w + 1 < counts->n && words[w].number != c->number; w++)
			continue;
		counts->of[w]++;
	}
}

uint64_t
look_counted(const struct look_counts *counts, const char *word)
{
	const struct mib_word *words = mib_objects[counts->id].words;
	size_t i;

	for (i = 0; i < counts->n; i++)
		if (strcmp(words[i].word, word) == 0)
			return counts->of[i];
	return 0;
}

json_t *
look_counts_json(const struct look_counts *counts)
{
	const struct mib_word *words = mib_objects[counts->id].words;
	json_t *o = json_object();
	size_t i;

	json_object_set_new(o, "total", json_integer((json_int_t)counts->total));
	for (i = 0; i < counts->n; i++)
		json_object_set_new(
		    o, words[i].word, json_integer((json_int_t)counts->of[i]));
	return o;
}

void
look_counts_say(struct out *o, const struct look_counts *counts)
{
	const struct mib_word *words = mib_objects[counts->id].words;
	const char *between = ": ";
	size_t i;

	out_say(o, TONE_PLAIN, "%llu", (unsigned long long)counts->total);
	for (i = 0; i < counts->n; i++) {
		if (counts->of[i] == 0)
			continue;
		out_say(o, TONE_PLAIN, "%s", between);
		out_say(o, out_tone_of(words[i].word), "%llu %s",
		    (unsigned long long)counts->of[i], out_words(words[i].word));
		between = ", ";
	}
}

const struct row **
look_open_moves(const struct rows *moves, size_t *n)
{
	static const char *const open[] = { "inDoubt", "rollingBack", "cancelling",
		"running", "accepted", "proposed" };
	const struct row **list = xcalloc(moves->n + 1, sizeof(*list));
	size_t i, k;

	*n = 0;
	for (k = 0; k < sizeof(open) / sizeof(open[0]); k++)
		for (i = 0; i < moves->n; i++)
			if (strcmp(row_text(&moves->row[i], csMoveState), open[k]) == 0)
				list[(*n)++] = &moves->row[i];
	return list;
}

char *
look_place(const char *cluster, const char *node)
{
	if (*cluster == '\0')
		return xstrdup("-");
	return *node == '\0' ? xstrdup(cluster) : xasprintf("%s/%s", cluster, node);
}

char *
look_move_way(const struct row *move)
{
	char *from = look_place(
	    row_text(move, csMoveSourceName), row_text(move, csMoveSourceNodeName));
	char *to = look_place(
	    row_text(move, csMoveTargetName), row_text(move, csMoveTargetNodeName));
	char *way;

	if (strcmp(to, "-") == 0)
		way = xasprintf("%s > stopped", from);
	else if (strcmp(from, "-") == 0)
		way = xasprintf("stopped > %s", to);
	else
		way = xasprintf("%s > %s", from, to);
	free(from);
	free(to);
	return way;
}

static int
more(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static bool
is_doubt(const struct row *alarm)
{
	const struct remedy *r = remedy_of(row_text(alarm, csAlarmType));

	return r != NULL && r->doubt;
}

static int
by_urgency(const void *a, const void *b)
{
	const struct row *x = *(const struct row *const *)a,
	                 *y = *(const struct row *const *)b;
	int by =
	    more(row_number(y, csAlarmSeverity, 0), row_number(x, csAlarmSeverity, 0));

	/* what may destroy data comes before what is down */
	if (by == 0)
		by = more(is_doubt(y), is_doubt(x));
	if (by == 0) /* TruthValue: true(1), false(2) */
		by = more(row_number(y, csAlarmAcknowledge, 2),
		    row_number(x, csAlarmAcknowledge, 2));
	if (by == 0)
		by = more(row_number(x, csAlarmType, 0), row_number(y, csAlarmType, 0));
	return by != 0 ? by : more(x->index[0], y->index[0]);
}

const struct row **
look_alarms(const struct rows *alarms)
{
	const struct row **sorted = xcalloc(alarms->n + 1, sizeof *sorted);
	size_t i;

	for (i = 0; i < alarms->n; i++)
		sorted[i] = &alarms->row[i];
	qsort(sorted, alarms->n, sizeof *sorted, by_urgency);
	return sorted;
}

int
look_share(const struct row *row, enum mib_id used, enum mib_id total)
{
	int64_t u = row_number(row, used, -1), t = row_number(row, total, -1);

	if (u < 0 || t <= 0)
		return -1;
	return u >= t ? 1000 : (int)(u * 1000 / t);
}

int64_t
look_age(const struct look_set *set, const char *rfc3339)
{
	int64_t when = *rfc3339 != '\0' ? out_time(rfc3339) : -1;

	if (when < 0 || set->now < 0)
		return -1;
	return when > set->now ? 0 : set->now - when;
}
