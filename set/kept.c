/*
 * SPDX-License-Identifier: Apache-2.0
 * What outlives restarts and reloads: intents, identities, owners, site records.
 *
 * Found by name, made when asked for, never dropped: a VM that is configured again
 * finds its intent and its owners as they were left. Every change is told to the sink.
 */
#include "set/model_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define KEPT(type, list, key_member, key, init)                                        \
	struct type *k;                                                                \
	HASH_FIND_STR(m->list, key, k);                                                \
	if (k == NULL) {                                                               \
		k = xcalloc(1, sizeof(*k));                                            \
		k->key_member = xstrdup(key);                                          \
		init;                                                                  \
		HASH_ADD_KEYPTR(hh, m->list, k->key_member, strlen(k->key_member), k); \
	}                                                                              \
	return k

struct kept_cluster *
kept_cluster(struct model *m, const char *name)
{
	KEPT(kept_cluster, kept_clusters, name, name, k->admin = CLUSTER_ACTIVE);
}

static struct kept_node *
kept_node_named(struct model *m, const char *name)
{
	KEPT(kept_node, kept_nodes, name, name, k->admin = CLUSTER_ACTIVE);
}

struct kept_node *
kept_node(struct model *m, const char *cluster, const char *node)
{
	char *name = xasprintf("%s/%s", cluster, node);
	struct kept_node *k = kept_node_named(m, name);

	free(name);
	return k;
}

struct kept_vm *
kept_vm(struct model *m, const char *name)
{
	KEPT(kept_vm, kept_vms, name, name, k->priority = ROW_NONE);
}

struct kept_disk *
kept_disk(struct model *m, const char *name)
{
	KEPT(kept_disk, kept_disks, name, name, k->owner = xstrdup(""));
}

static struct kept_site *
kept_site_keyed(struct model *m, const char *key)
{
	KEPT(kept_site, kept_sites, key, key, k->resources = xstrdup(""));
}

struct kept_site *
kept_site(struct model *m, const char *vm, const char *cluster)
{
	char *key = xasprintf("%s\n%s", vm, cluster);
	struct kept_site *k = kept_site_keyed(m, key);

	free(key);
	return k;
}

bool
kept_site_known(struct model *m, const char *vm, const char *cluster)
{
	char *key = xasprintf("%s\n%s", vm, cluster);
	struct kept_site *k;

	HASH_FIND_STR(m->kept_sites, key, k);
	free(key);
	return k != NULL && (k->held || *k->resources != '\0');
}

void
kept_free(struct model *m)
{
	struct kept_cluster *c, *ctmp;
	struct kept_node *n, *ntmp;
	struct kept_vm *v, *vtmp;
	struct kept_disk *d, *dtmp;
	struct kept_site *s, *stmp;

	HASH_ITER (hh, m->kept_clusters, c, ctmp) {
		HASH_DEL(m->kept_clusters, c);
		free(c->name);
		free(c->ecx_name);
		free(c->servers);
		free(c);
	}
	HASH_ITER (hh, m->kept_nodes, n, ntmp) {
		HASH_DEL(m->kept_nodes, n);
		free(n->name);
		free(n);
	}
	HASH_ITER (hh, m->kept_vms, v, vtmp) {
		HASH_DEL(m->kept_vms, v);
		free(v->name);
		free(v->home);
		free(v->stopped_in);
		free(v);
	}
	HASH_ITER (hh, m->kept_disks, d, dtmp) {
		HASH_DEL(m->kept_disks, d);
		free(d->name);
		free(d->owner);
		free(d->group);
		free(d->resource);
		free(d);
	}
	HASH_ITER (hh, m->kept_sites, s, stmp) {
		HASH_DEL(m->kept_sites, s);
		free(s->key);
		free(s->resources);
		free(s->group);
		free(s);
	}
}

/* --- telling ----------------------------------------------------------------- */

void
kept_tell_identity(struct model *m, const struct kept_cluster *k)
{
	if (m->sink.identity != NULL)
		m->sink.identity(m->sink.arg, k->name, k->ecx_name, k->servers);
}

void
kept_tell_vm(struct model *m, const struct kept_vm *k)
{
	const struct vm_intent i = { k->admin, k->hold, k->home, k->priority,
		k->by_pattern, k->respected, k->foreign,
		k->respected ? k->stopped_in : NULL };

	if (m->sink.vm_intent != NULL)
		m->sink.vm_intent(m->sink.arg, k->name, &i);
}

void
kept_tell_disk(struct model *m, const struct kept_disk *k)
{
	const struct disk_owner o = { k->owner, k->epoch, k->since, k->group,
		k->resource };

	if (m->sink.disk_owner != NULL)
		m->sink.disk_owner(m->sink.arg, k->name, &o);
}

void
kept_tell_site(struct model *m, const struct m_site *s)
{
	const struct site_record r = { s->vm->name, s->cluster->cfg->name,
		s->kept->held, s->kept->resources, s->kept->group, s->kept->foreign };

	if (m->sink.site != NULL)
		m->sink.site(m->sink.arg, &r);
}

void
kept_tell_record(struct model *m, const struct kept_site *s)
{
	const char *mid = strchr(s->key, '\n');
	char *vm = xstrndup(s->key, (size_t)(mid - s->key));
	const struct site_record r = { vm, mid + 1, s->held, s->resources, s->group,
		s->foreign };

	if (m->sink.site != NULL)
		m->sink.site(m->sink.arg, &r);
	free(vm);
}

static void
tell_sites(struct model *m)
{
	const struct kept_site *s;

	for (s = m->kept_sites; s != NULL; s = s->hh.next)
		kept_tell_record(m, s);
}

void
model_tell_all(struct model *m)
{
	const struct kept_cluster *c;
	const struct kept_node *n;
	const struct kept_vm *v;
	const struct kept_disk *d;

	if (m->sink.index != NULL)
		names_each(m->names, m->sink.index, m->sink.arg);
	for (c = m->kept_clusters; c != NULL; c = c->hh.next) {
		if (c->ecx_name != NULL)
			kept_tell_identity(m, c);
		if (m->sink.cluster_intent != NULL)
			m->sink.cluster_intent(m->sink.arg, c->name, c->admin);
	}
	for (n = m->kept_nodes; n != NULL; n = n->hh.next)
		if (m->sink.node_intent != NULL)
			m->sink.node_intent(m->sink.arg, n->name, n->admin);
	for (v = m->kept_vms; v != NULL; v = v->hh.next)
		kept_tell_vm(m, v);
	for (d = m->kept_disks; d != NULL; d = d->hh.next)
		kept_tell_disk(m, d);
	tell_sites(m);
	note_tell_alarms(m);
	if (m->sink.serial != NULL)
		m->sink.serial(m->sink.arg, m->serial);
}

/* --- restoring --------------------------------------------------------------- */

int
model_restore_index(struct model *m, enum name_kind kind, const char *name,
    uint32_t index, char **cause)
{
	if (!names_restore(m->names, kind, name, index))
		return cause_set(cause, "%s %s: index %u is impossible or used twice",
		    names_kind_text(kind), name, index);
	return 0;
}

void
model_restore_identity(
    struct model *m, const char *cluster, const char *ecx_name, const char *servers)
{
	struct kept_cluster *k = kept_cluster(m, cluster);

	free(k->ecx_name);
	free(k->servers);
	k->ecx_name = xstrdup(ecx_name);
	k->servers = xstrdup(servers);
}

void
model_restore_cluster_intent(
    struct model *m, const char *cluster, enum cs_cluster_admin admin)
{
	kept_cluster(m, cluster)->admin = admin;
}

void
model_restore_node_intent(
    struct model *m, const char *node, enum cs_cluster_admin admin)
{
	kept_node_named(m, node)->admin = admin;
}

void
model_restore_vm_intent(struct model *m, const char *vm, const struct vm_intent *i)
{
	struct kept_vm *k = kept_vm(m, vm);

	k->admin = i->admin;
	k->hold = i->hold;
	free(k->home);
	k->home = xstrdup(i->home);
	k->priority = i->priority;
	k->by_pattern = i->by_pattern;
	k->respected = i->respected;
	free(k->stopped_in);
	k->stopped_in = xstrdup(i->stopped_in);
	k->foreign = i->foreign;
}

void
model_restore_disk_owner(struct model *m, const char *disk, const struct disk_owner *o)
{
	struct kept_disk *k = kept_disk(m, disk);

	free(k->owner);
	free(k->group);
	free(k->resource);
	k->owner = xstrdup(o->cluster);
	k->group = xstrdup(o->group);
	k->resource = xstrdup(o->resource);
	k->epoch = o->epoch;
	k->since = o->since;
	if (o->epoch > m->epoch_highest)
		m->epoch_highest = o->epoch;
}

void
model_restore_epochs(struct model *m, uint64_t floor)
{
	m->epoch_floor = floor;
}

uint64_t
kept_epoch_after(struct model *m, uint64_t epoch)
{
	const uint64_t next = (epoch > m->epoch_floor ? epoch : m->epoch_floor) + 1;

	if (next > m->epoch_highest)
		m->epoch_highest = next;
	return next;
}

void
model_restore_site(struct model *m, const struct site_record *r)
{
	struct kept_site *k = kept_site(m, r->vm, r->cluster);

	k->held = r->held;
	free(k->resources);
	k->resources = xstrdup(r->resources);
	free(k->group);
	k->group = xstrdup(r->group);
	k->foreign = r->foreign;
}

void
model_marks(const struct model *m, struct model_marks *marks)
{
	int k;

	marks->event = m->next_event - 1;
	marks->epoch = m->epoch_highest;
	for (k = 0; k < NAME_KINDS; k++)
		marks->index[k] = names_last(m->names, (enum name_kind)k);
}

void
model_restore_marks(struct model *m, const struct model_marks *marks)
{
	int k;

	if (marks->event >= m->next_event)
		m->next_event = marks->event + 1;
	if (table_count(m->tables[TABLE_EVENT]) == 0)
		m->oldest_event = m->next_event;
	for (k = 0; k < NAME_KINDS; k++)
		names_floor(m->names, (enum name_kind)k, marks->index[k]);
}

void
model_restore_serial(struct model *m, int64_t serial)
{
	m->serial = serial;
}
