/*
 * SPDX-License-Identifier: Apache-2.0
 * What was kept and what is configured, brought together: after a restart, and when the
 * settings change. See moves_impl.h.
 *
 * A case names its sites by cluster. Where the settings do not have what an open move
 * or a command of ours needs, a reload is refused; after a restart, when nobody could
 * refuse, the case stands as an orphan until the settings have it again.
 */
#include "move/moves_impl.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

/* --- sites by name ------------------------------------------------------------------
 */

/* Is something open, or still on its way, at that site? */
static bool
site_owed(const struct mv_case *k, int site)
{
	const struct move_site *m = &k->c.site[site];

	return m->order != ORDER_NONE || m->may_start ||
	    (move_open(&k->c) &&
	        (site == k->c.source || site == k->c.target ||
	            k->site[site].nmonitors > 0));
}

/* A site that the VM left for good may go, with what is suspended there. */
static void
leave_suspended(const struct mv_case *k, const struct mv_site *s)
{
	size_t i;

	for (i = 0; i < s->nmonitors; i++)
		log_warn("move",
		    "vm=%s cluster=%s monitor %s on %s stays suspended, and is not "
		    "configured any more: resume it in ECX if it is wanted",
		    k->vm, s->cluster, s->monitors[i].monitor, s->monitors[i].server);
}

static bool
any_owed(const struct mv_case *k)
{
	size_t i;

	for (i = 0; i < k->c.nsites; i++)
		if (site_owed(k, (int)i))
			return true;
	return move_open(&k->c);
}

static bool
sites_fit(const struct mv_case *k, const struct vm_info *info)
{
	size_t i, j;

	if (info->too_many)
		return false;
	for (i = 0; i < k->c.nsites; i++) {
		if (!site_owed(k, (int)i))
			continue;
		for (j = 0; j < info->nsites; j++)
			if (strcmp(k->site[i].cluster, info->site[j].cluster_name) ==
			        0 &&
			    strcmp(k->site[i].group, info->site[j].group) == 0)
				break;
		if (j == info->nsites)
			return false;
	}
	return true;
}

/* The case's sites in the order of the settings; new ones are clean. */
static void
reorder(struct mv_case *k, const struct vm_info *info)
{
	struct mv_site *site = xcalloc(info->nsites, sizeof(*site));
	struct move_site m[MOVE_SITES];
	int source = MOVE_NOWHERE, target = MOVE_NOWHERE, was;
	uint32_t done = 0;
	size_t i;

	memset(m, 0, sizeof(m));
	for (i = 0; i < info->nsites; i++) {
		was = case_site(k, info->site[i].cluster_name);
		if (was >= 0) {
			site[i] = k->site[was];
			memset(&k->site[was], 0, sizeof(k->site[was]));
			m[i] = k->c.site[was];
			source = was == k->c.source ? (int)i : source;
			target = was == k->c.target ? (int)i : target;
			done |= (k->c.done >> was & 1u) << i;
		} else {
			site[i].cluster = xstrdup(info->site[i].cluster_name);
		}
		free(site[i].group);
		site[i].group = xstrdup(info->site[i].group);
		site[i].index = info->site[i].cluster_index;
		site[i].slot = info->site[i].cluster;
	}
	for (i = 0; i < k->c.nsites; i++) {
		leave_suspended(k, &k->site[i]);
		monitor_clear(&k->site[i]);
		free(k->site[i].cluster);
		free(k->site[i].group);
	}
	free(k->site);
	k->site = site;
	memcpy(k->c.site, m, sizeof(m));
	k->c.nsites = info->nsites;
	k->c.source = (int8_t)source;
	k->c.target = (int8_t)target;
	k->c.done = done;
}

/* False: it was dropped. */
static bool
bind_case(struct moves *v, struct mv_case *k)
{
	const uint32_t vm = model_vm_find(v->m, k->vm);
	struct vm_info info;
	size_t i;

	k->vm_index = 0;
	if (vm == 0 || !model_vm_info(v->m, vm, &info) || !sites_fit(k, &info)) {
		if (case_owed(k))
			return true;
		case_drop(v, k);
		return false;
	}
	k->vm_index = vm;
	k->priority = info.priority;
	reorder(k, &info);
	for (i = 0; i < k->c.nsites; i++)
		slot_add(v, k->site[i].slot, k);
	return true;
}

static void
take_settings(struct moves *v, const struct settings *s)
{
	size_t i;

	v->settings = s;
	v->limits = (struct move_limits) {
		.command_horizon = s->evidence.command_horizon,
		.offline_settle = s->evidence.offline_settle,
		.evidence_age = s->evidence.evidence_age,
		.stop_timeout = s->moves.stop_timeout,
		.release_timeout = s->moves.release_timeout,
		.start_timeout = s->moves.start_timeout,
		.verify_time = s->moves.verify_time,
		.retry_delay = s->moves.retry_delay,
		.tries = s->moves.tries,
		.confirm_life = 15 * 60 * 1000,
	};
	for (i = 0; i < v->nslots; i++)
		free(v->slots[i].cases);
	free(v->slots);
	v->nslots = s->nclusters;
	v->slots = xcalloc(v->nslots + 1, sizeof(*v->slots));
}

/* --- an orphan ----------------------------------------------------------------------
 */

static void
show_orphan(struct moves *v, struct mv_case *k, const struct model_now *now)
{
	struct mv_row *r = k->row;

	queue_remove(v, k);
	if (r == NULL)
		return;
	cause_set(&r->error,
	    "nothing is done: vm %s, or a cluster or group that this move needs, is "
	    "not configured any more: configure it as it was, or give the move up by "
	    "csMoveControl cancel",
	    k->vm);
	r->state = MOVE_IN_DOUBT;
	row_put(v, r, now);
	row_alarm(v, r, MV_ALARM_DOUBT, SEV_CRITICAL, r->error, now);
	journal_row(v, r);
}

static void load_idle(struct moves *, struct mv_case *, const struct model_now *);
static void load_open(
    struct moves *, struct mv_case *, bool fits, const struct model_now *);

/* --- after model_configure() --------------------------------------------------------
 */

void
moves_configured(struct moves *v, const struct settings *s, const struct model_now *now)
{
	const struct move_event look = { .kind = MOVE_EV_LOOK, .site = MOVE_NOWHERE };
	struct mv_case *k, *next;
	size_t i;

	take_settings(v, s);
	fences_void(v);
	for (k = v->cases; k != NULL; k = next) {
		next = k->hh.next;
		k->fast = k->eager = 0;
		if (!bind_case(v, k) || !v->started)
			continue;
		if (k->vm_index == 0) {
			show_orphan(v, k, now);
			continue;
		}
		for (i = 0; i < k->c.nsites; i++)
			monitor_tell(v, k, (int)i, now);
		if (!k->loaded && move_open(&k->c)) { /* an orphan since the start */
			load_open(v, k, true, now);
			continue;
		}
		if (!k->loaded)
			load_idle(v, k, now);
		drive_tell(v, k, true, now);
		drive(v, k, &look, now);
	}
	v->queue_dirty = true;
	if (v->started)
		moves_settle(v, now);
}

/* --- after a restart ----------------------------------------------------------------
 */

static int
by_end(const struct mv_row *a, const struct mv_row *b)
{
	if (a->finished != b->finished)
		return a->finished < b->finished ? -1 : 1;
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

static msec_t
boottime_of(time_t wall, const struct model_now *now)
{
	const msec_t ago = (msec_t)(now->wall - wall) * 1000;

	return ago < 0 ? now->ms : ago >= now->ms ? 1 : now->ms - ago;
}

static bool
row_open(const struct mv_row *r)
{
	return r->state < MOVE_SUCCEEDED || r->state == MOVE_IN_DOUBT;
}

/* A row for a move that has none: the store contradicts itself. */
static struct mv_row *
row_found(struct moves *v, struct mv_case *k)
{
	struct mv_row *r = row_new(v, SET_OWNER, 0, k->vm);

	r->verb = (enum move_verb)k->c.verb;
	r->vm_index = k->vm_index;
	if (k->c.source >= 0) {
		r->source = xstrdup(k->site[k->c.source].cluster);
		r->source_index = k->site[k->c.source].index;
	}
	if (k->c.target >= 0) {
		r->target = xstrdup(k->site[k->c.target].cluster);
		r->target_index = k->site[k->c.target].index;
	}
	return r;
}

/* Case and row find each other; false: they contradict each other. */
static bool
join(struct moves *v, struct mv_case *k)
{
	struct mv_row *r = k->move_key == NULL ? NULL : row_by_key(v, k->move_key);
	const bool fits = r != NULL && r->kase == NULL && !r->later && row_open(r) &&
	    strcmp(r->vm, k->vm) == 0;

	xfree_clear(&k->move_key);
	if (!move_open(&k->c))
		return true;
	if (!fits)
		r = row_found(v, k);
	r->kase = k;
	k->row = r;
	return fits;
}

static void
take_rows(struct moves *v, const struct model_now *now)
{
	struct mv_row *r;
	uint32_t vm;

	HASH_SORT(v->rows, by_end);
	for (r = v->rows; r != NULL; r = r->hh.next) {
		vm = model_vm_find(v->m, r->vm);
		if (vm != 0)
			r->vm_index = vm;
		if (r->down_wall != 0)
			r->down = boottime_of(r->down_wall, now);
		if (r->later) {
			TAILQ_INSERT_TAIL(&v->later, r, link);
		} else if (r->kase == NULL && row_open(r)) {
			r->state = MOVE_FAILED;
			cause_set(&r->error,
			    "the state file has nothing of how far it came: see where "
			    "vm %s is before it is moved again",
			    r->vm);
			row_ended(v, r, now);
			row_alarm(v, r, MV_ALARM_FAILED, SEV_CRITICAL, r->error, now);
		} else if (r->kase == NULL) {
			r->ended = now->ms; /* no age is told by wall time */
			row_remember(v, r);
		}
		row_put(v, r, now);
	}
}

/* What is only remembered of an idle VM needs no new record. */
static void
load_idle(struct moves *v, struct mv_case *k, const struct model_now *now)
{
	const struct move_event ev = { .kind = MOVE_EV_LOADED, .site = MOVE_NOWHERE };
	struct move_facts f;
	struct move_out out;

	if (!drive_facts(v, k, &f))
		return;
	move_step(&k->c, &f, &v->limits, &ev, now->ms, &out);
	k->c.unsaved = false;
	k->loaded = true;
}

static void
load_open(struct moves *v, struct mv_case *k, bool fits, const struct model_now *now)
{
	const uint64_t id = k->id;
	char *vm = xstrdup(k->vm);

	k->loaded = true;
	k->reviewed = k->c.phase == PHASE_DOUBT;
	if (k->row != NULL && (v->restored != NULL || !fits))
		k->row->ordered = 0; /* of another present */
	drive_kind(v, k, MOVE_EV_LOADED, now);
	k = case_find(v, vm);
	free(vm);
	if (k == NULL || k->id != id || k->row == NULL)
		return;
	log_notice("move", "vm=%s move=%s taken up again, step=%s", k->vm, k->row->name,
	    step_word(k->row->step));
	if (v->restored != NULL || !fits)
		drive_kind(v, k, MOVE_EV_RESTORED, now);
}

static void
note_restored(struct moves *v, const char *restored, const struct model_now *now)
{
	char *text;

	free(v->restored);
	v->restored = xstrdup(restored);
	v->adopt = ((uint32_t)now->wall & INT32_MAX) | 1;
	text =
	    xasprintf("the state file looks restored (%s): nothing is commanded, and "
	              "open moves stand in doubt, until csSetAdopt is set to %u",
	        restored, v->adopt);
	model_alarm(v->m, ALARM_STATE_RESTORED, SEV_CRITICAL, OBJECT_SET,
	    v->settings->name == NULL ? "" : v->settings->name, text, now);
	log_warn("move", "%s", text);
	free(text);
}

void
moves_start(struct moves *v, const char *restored, const struct model_now *now)
{
	struct mv_case *k, *next;
	struct mv_used *u, *unused;
	bool *fits = xcalloc(HASH_COUNT(v->cases) + 1, sizeof(*fits));
	size_t i, n = 0;

	v->started = true;
	v->began = now->ms;
	if (restored != NULL)
		note_restored(v, restored, now);
	else
		model_alarm(v->m, ALARM_STATE_RESTORED, SEV_INFO, OBJECT_SET,
		    v->settings->name == NULL ? "" : v->settings->name, NULL, now);
	for (k = v->cases; k != NULL; k = k->hh.next)
		fits[n++] = join(v, k);
	take_rows(v, now);
	n = 0;
	for (k = v->cases; k != NULL; k = next) {
		next = k->hh.next;
		if (k->vm_index == 0) {
			show_orphan(v, k, now);
			n++;
			continue;
		}
		for (i = 0; i < k->c.nsites; i++)
			monitor_tell(v, k, (int)i, now);
		if (move_open(&k->c))
			load_open(v, k, fits[n++], now);
		else {
			load_idle(v, k, now);
			drive_tell(v, k, true, now);
			drive_live(v, k);
			n++;
		}
	}
	free(fits);
	HASH_ITER (hh, v->used, u, unused)
		u->since = now->ms;
	used_sweep(v, now);
	v->queue_dirty = true;
	moves_settle(v, now);
}

/*
 * One move that cannot be of this present: the others may not be, either (I9). Nothing
 * is commanded for any of them until an operator has looked.
 */
static void
note_contradicted(struct moves *v, const struct mv_case *k, const struct model_now *now)
{
	struct mv_case *each, *next;
	char *text =
	    xasprintf("what is seen of vm %s contradicts what is kept of its move %s",
	        k->vm, k->row == NULL ? "" : k->row->name);

	if (v->restored == NULL)
		note_restored(v, text, now);
	free(text);
	for (each = v->cases; each != NULL; each = next) {
		next = each->hh.next;
		if (each->row != NULL)
			each->row->ordered = 0;
		if (each->vm_index != 0 && move_open(&each->c))
			drive_kind(v, each, MOVE_EV_RESTORED, now);
	}
}

/*
 * The first time that all of its sites are seen: what was kept says what they can be.
 * Active at the target before a start was written, or disks that are not whose the
 * journal says: then the journal is not of this move's present.
 */
void
case_review(struct moves *v, struct mv_case *k, const struct model_now *now)
{
	const struct move_case *c = &k->c;
	const int to = move_to(c);
	struct move_facts f;
	bool wrong = false;
	size_t i;

	if (!move_open(c) || c->phase == PHASE_DOUBT) {
		k->reviewed = true;
		return;
	}
	if (!drive_facts(v, k, &f))
		return;
	for (i = 0; i < c->nsites; i++)
		if (!f.vm.site[i].fresh)
			return;
	k->reviewed = true;
	if (to == MOVE_NOWHERE || c->verb == VERB_WITHIN)
		return;
	if (c->phase >= PHASE_STOP && c->phase <= PHASE_READY && c->leg == LEG_THERE)
		wrong = f.vm.site[to].active && !c->site[to].may_start &&
		    c->site[to].order == ORDER_NONE && !f.vm.conflict;
	if (f.vm.owner != OWNER_NO_DISKS && c->phase == PHASE_HANDOVER)
		wrong |= f.vm.owner != OWNER_NOBODY;
	if (f.vm.owner != OWNER_NO_DISKS &&
	    (c->phase == PHASE_READY || c->phase == PHASE_START))
		wrong |= f.vm.owner != to;
	if (wrong)
		note_contradicted(v, k, now);
}

/* --- a site that is released -------------------------------------------------------
 */

bool
orphan_owed(const struct moves *v, const struct mv_case *k, const char *cluster,
    const struct model_now *now, msec_t *left)
{
	const int site = case_site(k, cluster);
	/* of before the restart: only then can settings take a site away unasked */
	const msec_t horizon = v->began + v->limits.command_horizon;
	const struct move_site *m;

	if (k->vm_index != 0 || site < 0 || !site_owed(k, site))
		return false;
	m = &k->c.site[site];
	if (left != NULL)
		*left = (m->order != ORDER_NONE || m->may_start) && now->ms < horizon
		    ? horizon - now->ms
		    : 0;
	return true;
}

void
orphan_release(struct moves *v, struct mv_case *k, const char *cluster,
    const struct model_now *now)
{
	const int site = case_site(k, cluster);
	size_t i;

	memset(&k->c.site[site], 0, sizeof(k->c.site[site]));
	monitor_clear(&k->site[site]);
	if (!bind_case(v, k))
		return; /* nothing else was owed */
	journal_case(v, k);
	if (k->vm_index == 0)
		return; /* something is, at another site that is gone */
	for (i = 0; i < k->c.nsites; i++)
		monitor_tell(v, k, (int)i, now);
	load_idle(v, k, now);
	drive_tell(v, k, true, now);
	drive_live(v, k);
}

/* --- may these settings be taken ----------------------------------------------------
 */

static bool
vm_has(const struct settings *s, const struct vm_settings *vm, const char *cluster,
    const char *group)
{
	size_t i;

	for (i = 0; i < vm->nsites; i++)
		if (strcmp(s->clusters[vm->sites[i].cluster].name, cluster) == 0)
			return strcmp(vm->sites[i].group, group) == 0;
	return false;
}

static bool
pattern_has(const struct settings *s, const char *vm, const char *cluster)
{
	size_t i, j;

	for (i = 0; i < s->npatterns; i++) {
		if (fnmatch(s->patterns[i].group, vm, 0) != 0)
			continue;
		for (j = 0; j < s->patterns[i].nclusters; j++)
			if (strcmp(s->clusters[s->patterns[i].clusters[j]].name,
			        cluster) == 0)
				return true;
	}
	return false;
}

static bool
settings_have(const struct settings *s, const char *vm, const struct mv_site *site)
{
	size_t i;

	for (i = 0; i < s->nvms; i++)
		if (strcmp(s->vms[i].name, vm) == 0)
			return vm_has(s, &s->vms[i], site->cluster, site->group);
	return strcmp(vm, site->group) == 0 && pattern_has(s, vm, site->cluster);
}

static int
check_case(const struct mv_case *k, const struct settings *s, char **cause)
{
	size_t i;

	for (i = 0; i < k->c.nsites; i++) {
		const struct mv_site *site = &k->site[i];

		if ((!move_open(&k->c) && !site_owed(k, (int)i)) ||
		    settings_have(s, k->vm, site))
			continue;
		if (k->row != NULL)
			return cause_set(cause,
			    "vm %s: move %s is under way (%s), and its site in cluster "
			    "%s (group %s) would go: wait for the move, or cancel it, "
			    "then reload",
			    k->vm, k->row->name, state_word(k->row->state),
			    site->cluster, site->group);
		return cause_set(cause,
		    "vm %s: a command of ours in cluster %s (group %s) may still "
		    "take effect, and that site would go: reload when it is over",
		    k->vm, site->cluster, site->group);
	}
	return 0;
}

int
moves_check_settings(const struct moves *v, const struct settings *s, char **cause)
{
	const struct mv_case *k;

	for (k = v->cases; k != NULL; k = k->hh.next)
		if (k->vm_index != 0 && any_owed(k) && check_case(k, s, cause) != 0)
			return -1;
	return 0;
}
