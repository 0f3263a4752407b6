/*
 * SPDX-License-Identifier: Apache-2.0
 * Sites -> VMs: where each VM is, what that means, what changed.
 */
#include "set/model_impl.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char *const vm_word[] = { "", "running", "starting", "stopping", "stopped",
	"failed", "moving", "in doubt", "conflict", "unknown" };

/* --- life ------------------------------------------------------------------------ */

struct m_vm *
vm_new(
    struct model *m, const struct vm_settings *cfg, size_t avail_slot, bool by_pattern)
{
	struct m_vm *v = xcalloc(1, sizeof(*v));
	size_t i;

	v->name = xstrdup(cfg->name);
	v->index = model_index(m, NAME_VM, cfg->name);
	v->uuid = xstrdup(cfg->uuid);
	v->kind = cfg->kind;
	v->cfg_home = xstrdup(cfg->home);
	v->cfg_priority = cfg->priority;
	v->cfg_memory = cfg->memory;
	v->cfg_vcpus = cfg->vcpus;
	v->cpu_weight = cfg->cpu_weight > 0 ? cfg->cpu_weight : CPU_WEIGHT;
	v->avail_slot = avail_slot;
	v->avail_set = avail_slot == SIZE_MAX
	    ? 0
	    : model_index(m, NAME_AVAIL_SET, m->settings->avail_sets[avail_slot].name);
	v->by_pattern = by_pattern;
	v->accept_autostart = cfg->accept_autostart;
	v->kept = kept_vm(m, cfg->name);
	if (v->kept->by_pattern != by_pattern) {
		v->kept->by_pattern = by_pattern;
		kept_tell_vm(m, v->kept);
	}
	v->nsites = cfg->nsites;
	v->sites = xcalloc(cfg->nsites, sizeof(*v->sites));
	for (i = 0; i < cfg->nsites; i++)
		site_init(m, v, &v->sites[i], &cfg->sites[i], (unsigned)i);
	v->ndisks = cfg->ndisks;
	v->disks = xcalloc(cfg->ndisks, sizeof(*v->disks));
	for (i = 0; i < cfg->ndisks; i++)
		v->disks[i] = disk_new(m, v, &cfg->disks[i]);
	HASH_ADD_KEYPTR(hh, m->vms, v->name, strlen(v->name), v);
	domain_join(m, v);
	return v;
}

void
vm_free(struct m_vm *v)
{
	size_t i;

	load_leave(v);
	for (i = 0; i < v->ndisks; i++)
		disk_free(v->disks[i]);
	for (i = 0; i < v->nsites; i++)
		site_clear(&v->sites[i]);
	free(v->sites);
	free(v->disks);
	free(v->name);
	free(v->uuid);
	free(v->cfg_home);
	free(v->text);
	free(v->busy_text);
	free(v->stopped_why);
	free(v->ran_monitor);
	free(v);
}

/* --- the VM ---------------------------------------------------------------------- */

struct tally {
	unsigned active, failed, unknown, absent, offline;
	unsigned open; /* unknown, though nobody asked us to ignore it */
	struct m_site *where; /* the (last) active site, else a failed one */
	const struct m_site *dark; /* the first that is not known */
	const struct m_site *disputed; /* one server of it says active, another not */
};

static struct tally
tally_sites(struct m_vm *v)
{
	struct tally t = { 0 };
	size_t i;

	for (i = 0; i < v->nsites; i++) {
		struct m_site *s = &v->sites[i];

		site_judge(s);
		if (site_active(s)) {
			t.active++;
			t.where = s;
		} else if (s->oper == SITE_FAILED) {
			t.failed++;
			if (t.where == NULL)
				t.where = s;
		} else if (s->oper == SITE_UNKNOWN) {
			t.unknown++;
			if (t.dark == NULL)
				t.dark = s;
			if (!cluster_blind(s->cluster) && s->evidence.active)
				t.disputed = s;
			t.open += s->cluster->kept->admin != CLUSTER_IGNORED;
		} else if (s->oper == SITE_ABSENT) {
			t.absent++;
		} else {
			t.offline++;
		}
	}
	return t;
}

static char *
active_names(const struct m_vm *v)
{
	char *all = NULL;
	size_t i;

	for (i = 0; i < v->nsites; i++)
		if (site_active(&v->sites[i])) {
			if (all == NULL)
				cause_set(&all, "%s", v->sites[i].cluster->cfg->name);
			else
				cause_set(&all, "%s, %s", all,
				    v->sites[i].cluster->cfg->name);
		}
	return all;
}

/* Have two of its sites been seen active at the same time? */
static bool
overlap_seen(const struct m_vm *v)
{
	const struct m_site *a, *b;
	size_t i, j;

	for (i = 0; i < v->nsites; i++)
		for (j = 0; j < i; j++) {
			a = &v->sites[i];
			b = &v->sites[j];
			if (site_active(a) && site_active(b) &&
			    site_overlap(a->active_since, a->cluster, b->active_since,
			        b->cluster))
				return true;
		}
	return false;
}

/* More than one site was active when last seen. */
static enum cs_vm_oper
judge_double(struct m_vm *v, const struct tally *t, char **text)
{
	char *names = active_names(v);

	v->conflicted = v->conflicted || overlap_seen(v);
	if (v->conflicted)
		cause_set(text, "active in %u clusters: %s", t->active, names);
	else
		cause_set(text,
		    "seen active in %s, not yet at the same time: asking again", names);
	free(names);
	return v->conflicted ? VM_CONFLICT : VM_IN_DOUBT;
}

/* One server's word is not enough to call it a conflict, but too much to be silent. */
static enum cs_vm_oper
judge_disputed(const struct tally *t, char **text)
{
	cause_set(text,
	    "active in %s, and cluster %s, whose servers disagree, may be telling the "
	    "same: asking again",
	    t->where->cluster->cfg->name, t->disputed->cluster->cfg->name);
	return VM_IN_DOUBT;
}

static enum cs_vm_oper
judge_active(const struct tally *t, char **text)
{
	const struct m_site *s = t->where;

	cause_set(text, "%s on %s%s", site_oper_word(s->oper),
	    s->current == NULL ? "no server" : s->current,
	    t->failed > 0 ? "; failed in another cluster" : "");
	if (t->unknown > 0)
		cause_set(text, "%s; not known of cluster %s", *text,
		    t->dark->cluster->cfg->name);
	return s->oper == SITE_ONLINE  ? VM_RUNNING
	    : s->oper == SITE_STARTING ? VM_STARTING
	                               : VM_STOPPING;
}

/* What is not known of which cluster. */
static void
judge_dark(const struct tally *t, char **text)
{
	const struct m_site *s = t->dark;

	if (cluster_blind(s->cluster)) /* then its text names it */
		cause_set(text, "not known: %s", s->text);
	else
		cause_set(
		    text, "not known: cluster %s: %s", s->cluster->cfg->name, s->text);
	if (t->unknown > 1)
		cause_set(text, "%s (and %u more)", *text, t->unknown - 1);
}

#define MISSING_MAX 150 /* octets of names; of the rest the number is told */

/* Adds what is missing to the list, as long as that is not too long. */
static void __attribute__((format(printf, 3, 4)))
missing_add(char **list, unsigned *left_out, const char *fmt, ...)
{
	char *one;
	va_list ap;

	va_start(ap, fmt);
	one = xvasprintf(fmt, ap);
	va_end(ap);
	if (*list == NULL)
		cause_set(list, "%s", one);
	else if (strlen(*list) + strlen(one) < MISSING_MAX)
		cause_set(list, "%s; %s", *list, one);
	else
		++*left_out;
	free(one);
}

static void
groups_missing(const struct m_vm *v, char **list)
{
	unsigned more = 0;
	size_t i;

	for (i = 0; i < v->nsites; i++)
		if (v->sites[i].oper == SITE_ABSENT)
			missing_add(list, &more, "cluster %s has no group %s",
			    v->sites[i].cluster->cfg->name, v->sites[i].group);
	if (more > 0)
		cause_set(list, "%s (and %u more)", *list, more);
}

static enum cs_vm_oper
judge(struct m_vm *v, const struct tally *t, char **text)
{
	if (v->kind == VM_REPLICA) {
		/* its groups stay Online on both sides: only replication can tell */
		cause_set(text, "replica: no direction hook tells which side runs it");
		return VM_UNKNOWN;
	}
	if (t->active > 1)
		return judge_double(v, t, text);
	if (v->conflicted && t->open > 0) { /* silence does not end it */
		cause_set(text,
		    "was active in more than one cluster; what is not known now may "
		    "still be");
		return VM_CONFLICT;
	}
	v->conflicted = false;
	if (t->active == 1 && t->disputed != NULL)
		return judge_disputed(t, text);
	if (t->active == 1)
		return judge_active(t, text);
	if (t->failed > 0) {
		cause_set(text, "%s in cluster %s", t->where->text,
		    t->where->cluster->cfg->name);
		return VM_FAILED;
	}
	if (t->unknown > 0) {
		judge_dark(t, text);
		return VM_UNKNOWN;
	}
	if (t->absent > 0)
		groups_missing(v, text);
	if (t->offline == 0)
		return VM_UNKNOWN;
	cause_set(text, "Offline in every cluster%s%s",
	    t->absent > 0 ? " that has its group; " : "", t->absent > 0 ? *text : "");
	return VM_STOPPED;
}

bool
vm_proved_stopped(const struct m_vm *v)
{
	size_t i;

	for (i = 0; i < v->nsites; i++)
		if (v->sites[i].evidence.state != EVIDENCE_PROVED &&
		    !site_never_there(&v->sites[i]))
			return false;
	return true;
}

/* A newly seen VM gets the intent it is seen in (design 3, adoption). */
static void
adopt(
    struct model *m, struct m_vm *v, const struct tally *t, const struct model_now *now)
{
	char *text;

	/* unseen sites may hold a second activation: then it has to stay on hold */
	if (v->kept->admin != 0 || t->unknown > 0)
		return;
	switch (v->oper) {
	case VM_RUNNING:
	case VM_STARTING:
		v->kept->admin = VM_UP;
		break;
	case VM_STOPPED:
		v->kept->admin = VM_DOWN;
		break;
	case VM_CONFLICT:
		v->kept->admin = VM_UP;
		v->kept->hold = true;
		break;
	default:
		return; /* not known: it stays unadopted, which counts as hold */
	}
	kept_tell_vm(m, v->kept);
	text = xasprintf("vm %s: adopted as %s%s", v->name,
	    v->kept->admin == VM_UP ? "up" : "down", v->kept->hold ? ", on hold" : "");
	model_event(m, EVENT_VM_ADOPTED, SEV_INFO, OBJECT_VM, v->name, text, now);
	free(text);
}

void
vm_event(struct model *m, const struct m_vm *v, struct event_note *e,
    const struct model_now *now)
{
	e->object = OBJECT_VM;
	e->object_name = v->name;
	e->cluster_name = v->place == NULL ? NULL : v->place->cluster->cfg->name;
	e->vm_name = v->name;
	e->table = TABLE_VM;
	e->row = table_get(m->tables[TABLE_VM], &v->index, 1);
	note_event(m, e, now);
}

static void
state_event(
    struct model *m, struct m_vm *v, enum cs_vm_oper was, const struct model_now *now)
{
	enum cs_severity severity = v->shown == VM_CONFLICT || v->shown == VM_FAILED
	    ? SEV_CRITICAL
	    : v->shown == VM_UNKNOWN || v->shown == VM_IN_DOUBT ? SEV_WARNING
	                                                        : SEV_INFO;
	char *text = xasprintf("vm %s: %s -> %s: %s", v->name, vm_word[was],
	    vm_word[v->shown], vm_shown_text(v));
	struct event_note e = {
		.type = EVENT_VM_STATE, .severity = severity, .text = text
	};

	vm_event(m, v, &e, now);
	free(text);
}

/* Where it runs, compared with where it last ran, whatever was between. */
static void
placement_note(struct model *m, struct m_vm *v, const struct model_now *now)
{
	const struct m_node *n, *old;
	const struct m_cluster *c, *from;
	char *text;

	if (v->oper != VM_RUNNING ||
	    (n = cluster_node(v->place->cluster, v->place->current)) == NULL)
		return;
	c = v->place->cluster;
	if (v->last_node == n->index && v->last_cluster == c->index)
		return;
	if (v->last_node != 0) {
		from = model_cluster(m, v->last_cluster);
		old = NULL;
		for (size_t i = 0; from != NULL && i < from->nnodes; i++)
			if (from->nodes[i].index == v->last_node)
				old = &from->nodes[i];
		v->last_move = now->wall;
		vm_put_row(m, v);
		text = xasprintf("vm %s: from %s/%s to %s/%s", v->name,
		    from == NULL ? "?" : from->cfg->name,
		    old == NULL ? "?" : old->cfg->name, c->cfg->name, n->cfg->name);
		vm_event(m, v,
		    &(struct event_note) {
		        .type = EVENT_VM_PLACEMENT,
		        .severity = SEV_INFO,
		        .text = text,
		        .old_cluster = from == NULL ? NULL : from->cfg->name,
		        .old_node = old == NULL ? NULL : old->cfg->name,
		    },
		    now);
		free(text);
	}
	v->last_node = n->index;
	v->last_cluster = c->index;
	domain_touch(m, v);
}

/* Stopped, not for a moment only, and nobody's wish. */
static bool
down_unasked(const struct model *m, const struct m_vm *v)
{
	return v->oper == VM_STOPPED && v->kept->admin == VM_UP && !v->busy.busy &&
	    v->ran == NULL &&
	    (vm_proved_stopped(v) ||
	        note_standing(m, ALARM_VM_FAILED, OBJECT_VM, v->name, SEV_INFO) !=
	            NULL);
}

static void
vm_alarms(
    struct model *m, struct m_vm *v, const struct tally *t, const struct model_now *now)
{
	const bool known = t->open == 0; /* else what stands is not cleared */
	char *text = NULL;

	if (v->oper == VM_CONFLICT)
		cause_set(&text, "vm %s: %s: stop all but one by hand at once", v->name,
		    v->text);
	note_alarm_if_known(
	    m, known, ALARM_VM_CONFLICT, SEV_CRITICAL, OBJECT_VM, v->name, text, now);
	xfree_clear(&text);
	if (v->oper == VM_FAILED)
		cause_set(&text, "vm %s: %s", v->name, v->text);
	else if (down_unasked(m, v))
		cause_set(&text,
		    "vm %s is wanted up, but stopped in every cluster, and nothing is "
		    "about to start it%s%s: %s to start it, or csVmAdminState down",
		    v->name, v->stopped_why == NULL ? "" : "; ",
		    v->stopped_why == NULL ? "" : v->stopped_why,
		    vm_on_hold(v) ? "write csVmHold false" : "write csVmAdminState up");
	note_alarm_if_known(
	    m, known, ALARM_VM_FAILED, SEV_CRITICAL, OBJECT_VM, v->name, text, now);
	free(text);
}

/* What is configured and not there: groups, and disks of groups that are there. */
static void
missing_alarm(
    struct model *m, struct m_vm *v, const struct tally *t, const struct model_now *now)
{
	bool known = t->open == 0;
	unsigned more = 0;
	char *list = NULL;
	size_t i, j;

	groups_missing(v, &list);
	for (i = 0; i < v->ndisks; i++)
		for (j = 0; j < v->disks[i]->nsites; j++) {
			const struct m_disk_site *s = &v->disks[i]->sites[j];

			if (disk_lacking(s))
				missing_add(&list, &more,
				    "disk %s: cluster %s has no resource %s",
				    v->disks[i]->name, s->site->cluster->cfg->name,
				    s->resource);
			else if (s->oper == SITE_UNKNOWN &&
			    !cluster_blind(s->site->cluster))
				known = false;
		}
	if (more > 0)
		cause_set(&list, "%s (and %u more)", list, more);
	if (list != NULL)
		cause_set(&list,
		    "vm %s: %s: create it in ECX, or correct the VM's settings",
		    v->name, list);
	note_alarm_if_known(
	    m, known, ALARM_VM_MISSING, SEV_WARNING, OBJECT_VM, v->name, list, now);
	free(list);
}

bool
vm_hold(struct model *m, struct m_vm *v)
{
	if (v->kept->hold)
		return false;
	v->kept->hold = true;
	kept_tell_vm(m, v->kept);
	return true;
}

void
vm_hold_event(
    struct model *m, const struct m_vm *v, const char *why, const struct model_now *now)
{
	char *text = xasprintf("vm %s: put on hold: %s", v->name, why);

	model_event(m, EVENT_SETTING_CHANGED, SEV_INFO, OBJECT_VM, v->name, text, now);
	free(text);
}

static void
note_held(struct model *m, struct m_vm *v)
{
	struct kept_site *k;
	size_t i;

	for (i = 0; i < v->nsites; i++) {
		k = v->sites[i].kept;
		if (!site_active(&v->sites[i]) || (k->held && k->group != NULL))
			continue;
		k->held = true;
		free(k->group);
		k->group = xstrdup(v->sites[i].group);
		kept_tell_site(m, &v->sites[i]);
	}
}

/*
 * What is seen running twice is nothing to work on automatically: it goes on hold,
 * once. With stop-newcomer move/ is let do that one thing first, and only what that
 * leaves in conflict goes on hold.
 */
static bool
conflict_holds(const struct model *m, struct m_vm *v, enum cs_vm_oper was)
{
	size_t i;

	if (v->oper != VM_CONFLICT) {
		v->reacted = false;
		return false;
	}
	for (i = 0; i < v->ndisks; i++)
		if (*disk_owner_name(v->disks[i]) == '\0')
			break;
	if (m->settings->moves.conflict != CONFLICT_STOP_NEWCOMER || i < v->ndisks ||
	    v->ndisks == 0)
		return was != VM_CONFLICT;
	v->reacted = v->reacted || v->busy.busy;
	return v->reacted && !v->busy.busy;
}

void
vm_update(struct model *m, struct m_vm *v, const struct model_now *now)
{
	const enum cs_vm_oper was = v->oper, showed = v->shown;
	struct tally t = tally_sites(v);
	bool put_on_hold;
	char *text = NULL;
	size_t i;

	v->oper = judge(v, &t, &text);
	free(v->text);
	v->text = text;
	v->place =
	    v->oper == VM_CONFLICT || v->oper == VM_IN_DOUBT || v->kind == VM_REPLICA
	    ? NULL
	    : t.where;
	v->shown = vm_shown(v);
	/* what is found so at first may have been so for long */
	if (v->shown != showed)
		v->since = v->known ? now->wall : 0;
	if (v->oper != was)
		domain_touch(m, v);
	note_held(m, v);
	adopt(m, v, &t, now);
	put_on_hold = conflict_holds(m, v, was) && vm_hold(m, v);
	load_place(m, v, now);
	for (i = 0; i < v->nsites; i++) {
		site_put_row(m, &v->sites[i]);
		if (v->sites[i].oper == SITE_STARTING ||
		    v->sites[i].oper == SITE_STOPPING || v->oper == VM_IN_DOUBT)
			v->sites[i].cluster->wants_fast = true;
	}
	vm_put_row(m, v);
	if (v->shown != showed && showed != 0 && (v->known || v->oper == VM_CONFLICT))
		state_event(m, v, showed, now);
	if (put_on_hold)
		vm_hold_event(m, v, v->text, now);
	v->known = v->known || v->oper != VM_UNKNOWN;
	placement_note(m, v, now);
	vm_alarms(m, v, &t, now);
	for (i = 0; i < v->ndisks; i++)
		disk_update(m, v->disks[i], now);
	missing_alarm(m, v, &t, now); /* needs to know of the disks */
	outside_note(m, v, now); /* and so does this of their owners */
}
