/*
 * SPDX-License-Identifier: Apache-2.0
 * Resources -> disks: who has it active, who owns it, and when ownership may change.
 *
 * An owner is adopted from one evidence-grade round of exactly one active site, and
 * follows a move by hand only when the old owner is proved Offline and exactly one
 * other site is Online (design 3). Every change has a strictly growing epoch (I9).
 * Silence changes nothing: an unreachable owner still owns.
 */
#include "set/model_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct m_disk *
disk_new(struct model *m, struct m_vm *v, const struct disk_settings *cfg)
{
	struct m_disk *d = xcalloc(1, sizeof(*d));
	size_t i, j;

	d->name = xstrdup(cfg->name);
	d->index = model_index(m, NAME_DISK, cfg->name);
	d->vm = v;
	d->kind = cfg->kind;
	d->kept = kept_disk(m, cfg->name);
	for (i = 0; i < cfg->nsites; i++)
		for (j = 0; j < v->nsites; j++)
			if (v->sites[j].cluster->slot == cfg->sites[i].cluster)
				disk_add_site(d, &v->sites[j], cfg->sites[i].resource);
	return d;
}

void
disk_add_site(struct m_disk *d, struct m_site *s, const char *resource)
{
	struct m_disk_site *ds;
	size_t i;

	for (i = 0; i < d->nsites; i++)
		if (d->sites[i].site == s)
			return;
	d->sites = xreallocarray(d->sites, d->nsites + 1, sizeof(*d->sites));
	ds = &d->sites[d->nsites++];
	memset(ds, 0, sizeof(*ds));
	ds->site = s;
	ds->resource = xstrdup(resource);
	ds->oper = SITE_UNKNOWN;
}

void
disk_free(struct m_disk *d)
{
	size_t i;

	for (i = 0; i < d->nsites; i++) {
		free(d->sites[i].resource);
		free(d->sites[i].text);
		free(d->sites[i].current);
	}
	free(d->sites);
	free(d->name);
	free(d);
}

const char *
disk_owner_name(const struct m_disk *d)
{
	return d->kept->owner;
}

static bool
active(const struct m_disk_site *s)
{
	return s->oper == SITE_ONLINE || s->oper == SITE_STARTING ||
	    s->oper == SITE_STOPPING;
}

bool
disk_lacking(const struct m_disk_site *s)
{
	return s->oper == SITE_ABSENT && s->site->oper != SITE_ABSENT;
}

static void
disk_site_judge(struct m_disk_site *s)
{
	const struct m_cluster *c = s->site->cluster;
	struct look l;

	xfree_clear(&s->current);
	xfree_clear(&s->text);
	if (cluster_blind(c)) { /* the site, judged before, says why */
		s->oper = SITE_UNKNOWN;
		s->active_since = 0;
		s->text = xstrdup(s->site->text);
		return;
	}
	l = look_resource(c->seen, s->resource);
	s->oper = site_oper_of(c, &l);
	s->current = xstrdup(l.current);
	s->text = site_oper_text(c, &l, "resource");
	if (!active(s))
		s->active_since = 0;
	else if (s->active_since == 0)
		s->active_since = c->seen->end;
}

static void
disk_site_put_row(struct model *m, const struct m_disk *d, const struct m_disk_site *s)
{
	const uint32_t key[2] = { d->index, s->site->cluster->index };
	const struct disk_site_row row = {
		.disk_name = d->name,
		.cluster_name = s->site->cluster->cfg->name,
		.resource = s->resource,
		.oper = s->oper,
		.status_text = s->text,
		.role = d->kind == DISK_SHARED ? DISK_ROLE_NONE : ROW_NONE,
		.replication_health = ROW_NONE,
	};

	table_put(m->tables[TABLE_DISK_SITE], key, 2, &row);
}

/* --- ownership ------------------------------------------------------------------- */

/* One round of every server in which this site cannot be anything but stopped. */
static bool
seen_stopped(const struct m_site *s)
{
	const unsigned need =
	    EV_IDENTITY | EV_SERVERS_SANE | EV_ALL_AGREE | EV_ALL_OFFLINE;

	return s->cluster->fresh && (s->evidence.parts & need) == need;
}

/* Online by every server of its cluster, in a sound round of all of them. */
static bool
seen_running(const struct m_disk_site *s)
{
	const unsigned need = EV_IDENTITY | EV_SERVERS_SANE | EV_ALL_AGREE;

	return s->oper == SITE_ONLINE && s->site->oper == SITE_ONLINE &&
	    s->site->cluster->fresh && (s->site->evidence.parts & need) == need;
}

/* By `s`, its resource at `site`; nobody: both NULL. */
static void
owner_set(struct model *m, struct m_disk *d, const struct m_site *site,
    const struct m_disk_site *s, uint64_t epoch, const char *how, enum event_type type,
    const struct model_now *now)
{
	const char *name = site == NULL ? NULL : site->cluster->cfg->name;
	char *was = xstrdup(d->kept->owner), *text;
	struct event_note e = {
		.type = type,
		.severity = SEV_INFO,
		.object = OBJECT_DISK,
		.object_name = d->name,
		.cluster_name = name,
		.vm_name = d->vm->name,
		.table = TABLE_DISK,
		.old_cluster = was,
	};

	free(d->kept->owner);
	d->kept->owner = xstrdup(name == NULL ? "" : name);
	free(d->kept->group);
	free(d->kept->resource);
	d->kept->group = xstrdup(site == NULL ? NULL : site->group);
	d->kept->resource = xstrdup(s == NULL ? NULL : s->resource);
	d->kept->epoch = epoch;
	d->kept->since = now->wall;
	kept_tell_disk(m, d->kept);
	d->oper = name == NULL ? DISK_RELEASED : DISK_OWNED;
	disk_update(m, d, now); /* the row first: the event shows it */
	text = xasprintf("disk %s: owner %s%s%s, epoch %llu (%s)", d->name,
	    *was == '\0' ? "" : was, *was == '\0' ? "" : " -> ",
	    name == NULL ? "nobody" : name, (unsigned long long)epoch, how);
	e.text = text;
	e.row = table_get(m->tables[TABLE_DISK], &d->index, 1);
	note_event(m, &e, now);
	free(text);
	free(was);
}

const struct m_disk_site *
disk_at(const struct m_disk *d, const struct m_site *s)
{
	size_t i;

	for (i = 0; i < d->nsites; i++)
		if (d->sites[i].site == s)
			return &d->sites[i];
	return NULL;
}

void
disk_pass(struct model *m, struct m_disk *d, const struct m_site *to, uint64_t epoch,
    const char *how, const struct model_now *now)
{
	owner_set(m, d, to, to == NULL ? NULL : disk_at(d, to), epoch, how,
	    EVENT_DISK_OWNER, now);
}

static bool
has_site(const struct m_disk *d, const struct m_site *s)
{
	return disk_at(d, s) != NULL;
}

/*
 * A site of the VM where its group is, but no resource of this disk's name: it may well
 * be the same LUN under another name. NULL: none; the settings' own pairs are taken as
 * they stand.
 */
static const struct m_site *
unpaired_site(const struct m_disk *d)
{
	const struct m_vm *v = d->vm;
	size_t i;

	for (i = 0; v->by_pattern && i < v->nsites; i++)
		if (!has_site(d, &v->sites[i]) &&
		    (*v->sites[i].kept->resources != '\0' ||
		        (v->sites[i].oper != SITE_UNKNOWN &&
		            v->sites[i].oper != SITE_ABSENT)))
			return &v->sites[i];
	return NULL;
}

/* By full evidence, or by an operator's word; else by one good round. */
static bool
known_stopped(const struct m_disk *d, const struct m_site *s, bool proved)
{
	if (!proved)
		return seen_stopped(s);
	return s->evidence.state == EVIDENCE_PROVED ||
	    (s->orders.confirmed != 0 && s->orders.confirmed >= d->kept->epoch &&
	        !s->evidence.active);
}

/* Is a site of the VM that has no resource of this disk not known to be stopped? */
static bool
unseen_sites(const struct m_disk *d, bool proved)
{
	const struct m_vm *v = d->vm;
	size_t i;

	for (i = 0; i < v->nsites; i++) {
		const struct m_site *s = &v->sites[i];

		if (!has_site(d, s) && !site_never_there(s) &&
		    !known_stopped(d, s, proved))
			return true;
	}
	return v->lost != NULL || unpaired_site(d) != NULL;
}

/*
 * The only active site when every other one is known to be stopped. NULL when it cannot
 * be told.
 */
static struct m_disk_site *
sole_runner(struct m_disk *d, bool proved)
{
	struct m_disk_site *runner = NULL, *s;
	size_t i;

	if (unseen_sites(d, proved))
		return NULL;
	for (i = 0; i < d->nsites; i++) {
		s = &d->sites[i];
		if (seen_running(s)) {
			if (runner != NULL)
				return NULL;
			runner = s;
		} else if (!known_stopped(d, s->site, proved)) {
			return NULL;
		}
	}
	return runner;
}

const struct m_disk_site *
disk_owner_site(const struct m_disk *d)
{
	const struct kept_disk *k = d->kept;
	const struct m_disk_site *s;
	size_t i;

	for (i = 0; i < d->nsites; i++) {
		s = &d->sites[i];
		if (strcmp(s->site->cluster->cfg->name, k->owner) == 0)
			return k->group == NULL || k->resource == NULL ||
			        (strcmp(k->group, s->site->group) == 0 &&
			            strcmp(k->resource, s->resource) == 0)
			    ? s
			    : NULL;
	}
	return NULL;
}

/* Returns true when ownership changed (and everything is published). */
static bool
ownership(struct model *m, struct m_disk *d, const struct model_now *now)
{
	struct m_disk_site *runner;

	if (d->kind != DISK_SHARED || d->vm->busy.busy)
		return false; /* while a move is under way only it passes a disk */
	if (*d->kept->owner == '\0') {
		runner = sole_runner(d, false);
		if (runner == NULL)
			return false;
		owner_set(m, d, runner->site, runner,
		    kept_epoch_after(m, d->kept->epoch), "adopted", EVENT_DISK_ADOPTED,
		    now);
		return true;
	}
	runner = disk_owner_site(d) != NULL ? sole_runner(d, true) : NULL;
	if (runner == NULL ||
	    strcmp(runner->site->cluster->cfg->name, d->kept->owner) == 0)
		return false;
	owner_set(m, d, runner->site, runner, kept_epoch_after(m, d->kept->epoch),
	    "moved by hand", EVENT_DISK_OWNER, now);
	return true;
}

/* --- state ----------------------------------------------------------------------- */

/* Have two of its sites been seen active at the same time? */
static bool
overlap_seen(const struct m_disk *d)
{
	const struct m_disk_site *a, *b;
	size_t i, j;

	for (i = 0; i < d->nsites; i++)
		for (j = 0; j < i; j++) {
			a = &d->sites[i];
			b = &d->sites[j];
			if (active(a) && active(b) &&
			    site_overlap(a->active_since, a->site->cluster,
			        b->active_since, b->site->cluster))
				return true;
		}
	return false;
}

struct tally {
	unsigned active, foreign, unknown;
	unsigned open; /* unknown, though nobody asked us to ignore it */
};

static struct tally
tally_sites(const struct m_disk *d)
{
	struct tally t = { 0 };
	size_t i;

	for (i = 0; i < d->nsites; i++) {
		const struct m_disk_site *s = &d->sites[i];
		const struct m_cluster *c = s->site->cluster;

		if (active(s)) {
			t.active++;
			t.foreign += strcmp(c->cfg->name, d->kept->owner) != 0;
		} else if (s->oper == SITE_UNKNOWN || s->oper == SITE_FAILED ||
		    disk_lacking(s)) {
			t.unknown++;
			t.open += c->kept->admin != CLUSTER_IGNORED;
		}
	}
	return t;
}

static enum cs_disk_oper
judge(struct m_disk *d, const struct tally *t)
{
	if (d->kind != DISK_SHARED)
		return DISK_UNKNOWN;
	if (t->active > 1) {
		d->conflicted = d->conflicted || overlap_seen(d);
		return d->conflicted ? DISK_CONFLICT : DISK_IN_DOUBT;
	}
	if (d->conflicted && t->open > 0)
		return DISK_CONFLICT; /* silence does not end it */
	d->conflicted = false;
	if (d->vm->busy.busy && d->vm->busy.oper == VM_IN_DOUBT)
		return DISK_IN_DOUBT; /* its move stands */
	if (*d->kept->owner == '\0')
		return t->active > 0 || t->unknown > 0 ? DISK_UNKNOWN : DISK_RELEASED;
	return t->foreign > 0 ? DISK_IN_DOUBT : DISK_OWNED;
}

/*
 * What calm rounds cannot settle wants every server asked, and soon. A disk that nobody
 * is seen to own wants it only where the last such round is old: when that one could
 * not settle it (a server is silent), asking again and again would not, either.
 */
static void
want_fast(struct model *m, struct m_disk *d, const struct model_now *now)
{
	/* a move that stands waits for an operator, not for rounds */
	bool settle =
	    (d->oper == DISK_IN_DOUBT && !d->vm->busy.busy) || d->oper == DISK_CONFLICT;
	struct m_cluster *c;
	size_t i;

	if (!settle && (d->oper != DISK_UNKNOWN || d->kind != DISK_SHARED))
		return;
	for (i = 0; i < d->nsites; i++)
		if (!d->sites[i].site->cluster->fresh)
			return;
	for (i = 0; i < d->nsites; i++) {
		c = d->sites[i].site->cluster;
		if (settle || now->ms - c->full_start > m->settings->poll.freshness / 2)
			c->wants_fast = true;
	}
}

static void
disk_put_row(struct model *m, const struct m_disk *d)
{
	const struct m_cluster *c = model_cluster_named(m, d->kept->owner);
	const struct m_node *n = NULL;
	const char *node = "";
	size_t i;

	for (i = 0; i < d->nsites; i++)
		if (d->sites[i].site->cluster == c && active(&d->sites[i]) &&
		    d->sites[i].current != NULL) {
			n = cluster_node(c, d->sites[i].current);
			node = d->sites[i].current;
		}
	const struct disk_row row = {
		.name = d->name,
		.kind = d->kind,
		.oper = d->oper,
		.owner_cluster = c == NULL ? 0 : c->index,
		.owner_cluster_name = d->kept->owner,
		.owner_node = n == NULL ? 0 : n->index,
		.owner_node_name = node,
		.epoch = (int64_t)d->kept->epoch,
		.since_wall = d->kept->since,
		.vm = d->vm->index,
		.vm_name = d->vm->name,
	};
	table_put(m->tables[TABLE_DISK], &d->index, 1, &row);
}

static void
conflict_event(struct model *m, const struct m_disk *d, const char *text,
    const struct model_now *now)
{
	struct event_note e = {
		.type = EVENT_DISK_CONFLICT,
		.severity = SEV_CRITICAL,
		.object = OBJECT_DISK,
		.object_name = d->name,
		.vm_name = d->vm->name,
		.text = text,
		.table = TABLE_DISK,
		.row = table_get(m->tables[TABLE_DISK], &d->index, 1),
	};

	note_event(m, &e, now);
}

static void
disk_alarms(struct model *m, struct m_disk *d, const struct tally *t,
    enum cs_disk_oper was, const struct model_now *now)
{
	char *text = NULL, *where = NULL;
	const struct m_site *s;
	const bool known = t->open == 0; /* else what stands is not cleared */
	size_t i;

	for (i = 0; i < d->nsites; i++)
		if (active(&d->sites[i]))
			cause_set(&where, "%s%s%s", where == NULL ? "" : where,
			    where == NULL ? "" : ", ",
			    d->sites[i].site->cluster->cfg->name);
	if (d->oper == DISK_CONFLICT && t->active > 1) {
		cause_set(&text,
		    "disk %s (vm %s) is active in %s; its owner is %s: stop the other "
		    "side at once, data are in danger",
		    d->name, d->vm->name, where,
		    *d->kept->owner == '\0' ? "not known" : d->kept->owner);
		if (was != DISK_CONFLICT)
			conflict_event(m, d, text, now);
	}
	note_alarm_if_known(m, known, ALARM_DISK_CONFLICT, SEV_CRITICAL, OBJECT_DISK,
	    d->name, text, now);
	xfree_clear(&text);
	if (d->oper == DISK_IN_DOUBT && t->foreign > 0 && *d->kept->owner != '\0')
		cause_set(&text,
		    "disk %s (vm %s) is active in %s although %s owns it and is not "
		    "proved to be stopped",
		    d->name, d->vm->name, where, d->kept->owner);
	else if (*d->kept->owner != '\0' && disk_owner_site(d) == NULL)
		cause_set(&text,
		    "disk %s (vm %s): cluster %s owns it as %s of group %s, which is "
		    "configured no more: configure it so again, set the VM down, and "
		    "change it with a reload; or, if the VM will never run there again "
		    "with it, set csVmRelease.%u to %u",
		    d->name, d->vm->name, d->kept->owner,
		    d->kept->resource == NULL ? "?" : d->kept->resource,
		    d->kept->group == NULL ? "?" : d->kept->group, d->vm->index,
		    model_index(m, NAME_CLUSTER, d->kept->owner));
	else if (d->kind == DISK_SHARED && (s = unpaired_site(d)) != NULL)
		cause_set(&text,
		    "disk %s (vm %s) has no resource of its name in group %s of "
		    "cluster %s: what owns it cannot be told; name both alike, or "
		    "pair them in vms",
		    d->name, d->vm->name, s->group, s->cluster->cfg->name);
	note_alarm_if_known(m, known, ALARM_DISK_IN_DOUBT, SEV_WARNING, OBJECT_DISK,
	    d->name, text, now);
	free(text);
	free(where);
}

void
disk_update(struct model *m, struct m_disk *d, const struct model_now *now)
{
	enum cs_disk_oper was = d->oper;
	struct tally t;
	size_t i;

	for (i = 0; i < d->nsites; i++) {
		disk_site_judge(&d->sites[i]);
		disk_site_put_row(m, d, &d->sites[i]);
	}
	t = tally_sites(d);
	d->oper = judge(d, &t);
	if (t.active == 1 && ownership(m, d, now))
		return;
	disk_put_row(m, d);
	disk_alarms(m, d, &t, was, now);
	want_fast(m, d, now);
}
