/*
 * SPDX-License-Identifier: Apache-2.0
 * Groups that no VM names: VMs where an explicit pattern says so, candidates otherwise.
 *
 * A group that is not paired gets no command and is never a conflict; it is only
 * listed.
 */
#include "set/model_impl.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static const char *const disk_types[] = { "sd", "disk", "md", "hd", "volmgr" };

static bool
is_disk_type(const char *type)
{
	size_t i;

	for (i = 0; type != NULL && i < sizeof(disk_types) / sizeof(disk_types[0]); i++)
		if (strcmp(type, disk_types[i]) == 0)
			return true;
	return false;
}

static bool
pattern_has_cluster(const struct pattern_settings *p, size_t cluster)
{
	size_t i;

	for (i = 0; i < p->nclusters; i++)
		if (p->clusters[i] == cluster)
			return true;
	return false;
}

static const struct pattern_settings *
pattern_find(const struct settings *s, const char *group, size_t cluster)
{
	size_t i;

	for (i = 0; i < s->npatterns; i++)
		if (pattern_has_cluster(&s->patterns[i], cluster) &&
		    fnmatch(s->patterns[i].group, group, 0) == 0)
			return &s->patterns[i];
	return NULL;
}

bool
pattern_covers(const struct settings *s, const char *group, const char *cluster)
{
	size_t i;

	for (i = 0; i < s->nclusters; i++)
		if (strcmp(s->clusters[i].name, cluster) == 0)
			return pattern_find(s, group, i) != NULL;
	return false;
}

/* Has another VM the group in one of the pattern's clusters? One group is one VM's. */
static bool
group_taken(struct model *m, const struct pattern_settings *p, const char *group)
{
	size_t i;

	for (i = 0; i < p->nclusters; i++)
		if (site_of_group(m->clusters[p->clusters[i]], group) != NULL)
			return true;
	return false;
}

const struct vm_settings *
vm_takes_resource(const struct settings *s, size_t cluster, const char *resource)
{
	size_t i, j, k;

	for (i = 0; i < s->nvms; i++)
		for (j = 0; j < s->vms[i].ndisks; j++) {
			const struct disk_settings *d = &s->vms[i].disks[j];

			for (k = 0; k < d->nsites; k++)
				if (d->sites[k].cluster == cluster &&
				    strcmp(d->sites[k].resource, resource) == 0)
					return &s->vms[i];
		}
	return NULL;
}

static void
vm_from_pattern(struct model *m, const struct pattern_settings *p, const char *group)
{
	struct vm_settings cfg = {
		.name = xstrdup(group),
		.kind = p->kind,
		.priority = p->priority,
		.memory = p->memory,
		.vcpus = p->vcpus,
		.cpu_weight = p->cpu_weight,
		.nsites = p->nclusters,
	};
	size_t i;

	cfg.sites = xcalloc(p->nclusters, sizeof(*cfg.sites));
	for (i = 0; i < p->nclusters; i++) {
		cfg.sites[i].cluster = p->clusters[i];
		cfg.sites[i].group = cfg.name;
	}
	vm_new(m, &cfg, avail_slot(m->settings, p->avail_set), true);
	free(cfg.sites);
	free(cfg.name);
}

/* A disk of a VM that came by pattern, at one more site; made when it has none. */
static void
pattern_disk(struct model *m, struct m_site *s, const char *name, const char *resource)
{
	struct m_vm *v = s->vm;
	struct disk_settings cfg = {
		.kind = v->kind == VM_REPLICA ? DISK_REPLICATED : DISK_SHARED,
	};
	struct m_disk *d = NULL;
	size_t i;

	for (i = 0; i < v->ndisks && d == NULL; i++)
		if (strcmp(v->disks[i]->name, name) == 0)
			d = v->disks[i];
	for (i = 0; d != NULL && i < d->nsites; i++)
		if (d->sites[i].site == s)
			return;
	if (strlen(name) > DISK_NAME_MAX) { /* cut it would be another one's */
		s->long_disk = true;
		return;
	}
	if (vm_takes_resource(m->settings, s->cluster->slot, resource) != NULL)
		return; /* one LUN is one VM's: the settings' word counts */
	if (d == NULL) {
		cfg.name = xstrdup(name);
		v->disks =
		    xreallocarray(v->disks, v->ndisks + 1, sizeof(struct m_disk *));
		d = v->disks[v->ndisks++] = disk_new(m, v, &cfg);
		free(cfg.name);
	}
	disk_add_site(d, s, resource);
}

/* Disks of a VM that came by pattern: its group's disk resources, paired by name. */
static void
disks_from_resources(struct model *m, struct m_site *s, const struct obs_view *v)
{
	size_t i;
	char *name;

	s->long_disk = false;
	for (i = 0; i < v->nresources && s->vm->ndisks < RECORD_MAX; i++) {
		const struct obs_resource *r = &v->resources[i];

		if (!is_disk_type(r->type) || r->group == NULL ||
		    strcmp(r->group, s->group) != 0)
			continue;
		name = xasprintf("%s/%s", s->vm->name, r->name);
		pattern_disk(m, s, name, r->name);
		free(name);
	}
}

void
pattern_discover(struct model *m, struct m_cluster *c)
{
	const struct obs_view *v = cluster_view(c);
	const struct pattern_settings *p;
	struct m_site *s;
	struct m_vm *other;
	size_t i;

	if (m->settings->npatterns == 0 || v == NULL)
		return;
	for (i = 0; i < v->ngroups; i++) {
		const char *group = v->groups[i].name;

		if ((s = site_of_group(c, group)) == NULL) {
			p = pattern_find(m->settings, group, c->slot);
			if (p == NULL || !text_is_name(group, NAME_LEN_MAX))
				continue;
			HASH_FIND_STR(m->vms, group, other);
			if (other != NULL || group_taken(m, p, group))
				continue; /* a VM of that name exists otherwise */
			vm_from_pattern(m, p, group);
			s = site_of_group(c, group);
		}
		if (s != NULL && s->vm->by_pattern && s->vm->kind != VM_STATELESS)
			disks_from_resources(m, s, v);
	}
}

/* The pattern by which a VM of that name was once found: it has a record there. */
static const struct pattern_settings *
pattern_recorded(struct model *m, const char *vm)
{
	const struct pattern_settings *p;
	size_t i, j;

	for (i = 0; i < m->settings->npatterns; i++) {
		p = &m->settings->patterns[i];
		if (fnmatch(p->group, vm, 0) != 0)
			continue;
		for (j = 0; j < p->nclusters; j++)
			if (kept_site_known(
			        m, vm, m->settings->clusters[p->clusters[j]].name))
				return p;
	}
	return NULL;
}

/* Its disks: what its sites recorded and was once given an index as a disk. */
static void
disks_restore(struct model *m, struct m_vm *v)
{
	char *name;
	size_t i, j;

	for (i = 0; i < v->nsites; i++)
		for (j = 0; j < v->sites[i].nresources; j++) {
			name = xasprintf("%s/%s", v->name, v->sites[i].resources[j]);
			if (strlen(name) > DISK_NAME_MAX)
				v->sites[i].long_disk = true; /* until it is seen */
			else if (names_find(m->names, NAME_DISK, name) != 0)
				pattern_disk(
				    m, &v->sites[i], name, v->sites[i].resources[j]);
			free(name);
		}
}

/*
 * VMs and disks that a pattern gave before a restart or a reload: they are known by
 * what was kept of them, also while their clusters cannot be asked.
 */
void
pattern_restore(struct model *m)
{
	const struct pattern_settings *p;
	const struct kept_vm *k;
	struct m_vm *v;

	if (m->settings->npatterns == 0)
		return;
	for (k = m->kept_vms; k != NULL; k = k->hh.next) {
		HASH_FIND_STR(m->vms, k->name, v);
		if (v == NULL && k->by_pattern &&
		    (p = pattern_recorded(m, k->name)) != NULL &&
		    !group_taken(m, p, k->name))
			vm_from_pattern(m, p, k->name);
	}
	for (v = m->vms; v != NULL; v = v->hh.next)
		if (v->by_pattern && v->kind != VM_STATELESS)
			disks_restore(m, v);
}

/* --- groups that are gone --------------------------------------------------------- */

/* Full rounds in which a group was nowhere, before its VM is taken for deleted. */
#define GONE_ROUNDS 3

bool
pattern_gone(const struct m_vm *v)
{
	size_t i;

	if (!v->by_pattern || vm_commanded(v))
		return false;
	for (i = 0; i < v->ndisks; i++)
		if (*v->disks[i]->kept->owner != '\0')
			return false; /* what a cluster owns is never forgotten */
	for (i = 0; i < v->nsites; i++)
		if (v->sites[i].oper != SITE_ABSENT)
			return false;
	return true;
}

static void
vm_retire(struct model *m, struct m_vm *v, const struct model_now *now)
{
	uint32_t key[KEY_MAX];
	char *text = xasprintf("vm %s: no cluster has its group any more", v->name);
	size_t i, j;

	for (i = 0; i < v->ndisks; i++) {
		const struct m_disk *d = v->disks[i];

		for (j = 0; j < d->nsites; j++)
			table_drop(m->tables[TABLE_DISK_SITE],
			    (uint32_t[2]) {
			        d->index, d->sites[j].site->cluster->index },
			    2);
		table_drop(m->tables[TABLE_DISK], &d->index, 1);
	}
	for (i = 0; i < v->nsites; i++) {
		table_drop(m->tables[TABLE_VM_SITE],
		    (uint32_t[2]) { v->index, v->sites[i].cluster->index }, 2);
		site_leave(&v->sites[i]);
	}
	table_drop(m->tables[TABLE_VM_NAME], key, key_from_name(v->name, key));
	table_drop(m->tables[TABLE_VM], &v->index, 1);
	v->kept->by_pattern = false; /* it comes back when its group does */
	kept_tell_vm(m, v->kept);
	domain_leave(m, v);
	HASH_DEL(m->vms, v);
	model_event(m, EVENT_OBJECT_REMOVED, SEV_INFO, OBJECT_VM, v->name, text, now);
	vm_free(v);
	free(text);
}

void
pattern_retire(struct model *m, struct m_cluster *c, const struct model_now *now)
{
	const unsigned need = EV_IDENTITY | EV_SERVERS_SANE | EV_ALL_AGREE;
	struct m_vm *v;
	bool any = false;
	size_t i = c->nsites, j;

	while (i-- > 0) {
		struct m_site *s = c->sites[i];

		if (s->oper != SITE_ABSENT)
			s->absent_rounds = 0;
		else if (c->fresh && (s->evidence.parts & need) == need &&
		    s->absent_rounds < GONE_ROUNDS)
			s->absent_rounds++;
		v = s->vm;
		if (!pattern_gone(v))
			continue;
		for (j = 0; j < v->nsites; j++)
			if (v->sites[j].absent_rounds < GONE_ROUNDS)
				break;
		if (j < v->nsites)
			continue;
		vm_retire(m, v, now);
		any = true;
	}
	if (any)
		configure_sweep(m, now);
}

/* --- candidates ------------------------------------------------------------------ */

static int64_t
twins(const struct model *m, const struct m_cluster *c, const char *group)
{
	const struct obs_view *v;
	int64_t n = 0;
	size_t i;

	if (m->nclusters > 64)
		return ROW_NONE; /* not counted in big sets: quadratic for little use */
	for (i = 0; i < m->nclusters; i++)
		if (m->clusters[i] != c && (v = cluster_view(m->clusters[i])) != NULL)
			n += obs_find_group(v, group) != NULL;
	return n;
}

static size_t
candidate_key(const struct m_cluster *c, const char *group, uint32_t key[KEY_MAX])
{
	uint32_t name[KEY_MAX];
	size_t n = key_from_name(group, name);

	if (n == 0 || n + 1 > KEY_MAX)
		return 0;
	key[0] = c->index;
	memcpy(key + 1, name, n * sizeof(*name));
	return n + 1;
}

/* Drops the rows of groups that are gone or paired now. */
static void
candidates_drop(struct model *m, struct m_cluster *c, const struct obs_view *v)
{
	struct table_view *view = table_view(m->tables[TABLE_CANDIDATE]);
	const uint32_t from[1] = { c->index };
	const struct candidate_row *row;
	const uint32_t *key = from;
	size_t klen = 1, i;
	char group[KEY_MAX];

	while ((row = table_view_next(view, key, klen, false)) != NULL &&
	    row->head.key[0] == c->index) {
		key = row->head.key;
		klen = row->head.klen;
		for (i = 0; i + 2 < klen; i++)
			group[i] = (char)key[i + 2];
		group[i] = '\0';
		if (v == NULL || obs_find_group(v, group) == NULL ||
		    site_of_group(c, group) != NULL)
			table_drop(m->tables[TABLE_CANDIDATE], key, klen);
	}
	table_view_unref(view);
}

/* A group that no table can show and no pattern may pair must not just vanish. */
static void
alarm_unnamed(struct model *m, const struct m_cluster *c, const char *group, unsigned n,
    const struct model_now *now)
{
	const bool ignored = c->kept->admin == CLUSTER_IGNORED;
	char *text = NULL, *shown;

	if (group != NULL && !ignored) {
		shown = text_vis(group, 128);
		cause_set(&text,
		    "cluster %s: group %s is neither VM nor candidate: its name has to "
		    "have at most %d octets and no control characters",
		    c->cfg->name, shown, NAME_LEN_MAX);
		if (n > 1)
			cause_set(&text, "%s (and %u more)", text, n - 1);
		free(shown);
	}
	note_alarm_if_known(m, ignored || cluster_view(c) != NULL, ALARM_UNPAIRED_GROUP,
	    SEV_WARNING, OBJECT_CLUSTER, c->cfg->name, text, now);
	free(text);
}

void
candidates_publish(struct model *m, struct m_cluster *c, const struct model_now *now)
{
	const struct obs_view *v = cluster_view(c);
	uint32_t key[KEY_MAX];
	const char *unnamed = NULL;
	unsigned nunnamed = 0;
	size_t i, n;

	candidates_drop(m, c, v);
	for (i = 0; v != NULL && i < v->ngroups; i++) {
		const struct obs_group *g = &v->groups[i];
		struct look l;

		if (site_of_group(c, g->name) != NULL)
			continue;
		if (!text_is_name(g->name, NAME_LEN_MAX) ||
		    (n = candidate_key(c, g->name, key)) == 0) {
			if (nunnamed++ == 0)
				unnamed = g->name;
			continue;
		}
		l = look_group(c->seen, g->name);
		const struct candidate_row row = {
			.cluster_name = c->cfg->name,
			.oper = site_oper_of(c, &l),
			.node_name = l.current == NULL ? "" : l.current,
			.twins = twins(m, c, g->name),
		};
		table_put(m->tables[TABLE_CANDIDATE], key, n, &row);
	}
	alarm_unnamed(m, c, unnamed, nunnamed, now);
}
