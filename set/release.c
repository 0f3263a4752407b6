/*
 * SPDX-License-Identifier: Apache-2.0
 * Letting go of a site that can be proved stopped no more: csVmRelease.
 *
 * A cluster where a VM ran, or which owns a disk of it, and which the settings (changed
 * while nobody looked) do not have as that site any more, blocks the VM for good:
 * nobody sees what it does there. An operator's word ends that. Whether moves allow it
 * is asked in move/moves_order.c; here it is found, weighed against what is seen, and
 * done.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "set/model_impl.h"

/* Its disk, owned in a way in which no site of it has it now. */
static bool
owner_gone(const struct m_disk *d)
{
	return *d->kept->owner != '\0' && disk_owner_site(d) == NULL;
}

uint32_t
release_next(const struct model *m, const struct m_vm *v, const char **name)
{
	const char *cluster = v->lost;
	uint32_t first = 0, index;
	size_t i;

	if (cluster != NULL)
		first = names_find(m->names, NAME_CLUSTER, cluster);
	for (i = 0; i < v->ndisks; i++) {
		if (!owner_gone(v->disks[i]))
			continue;
		index = names_find(m->names, NAME_CLUSTER, v->disks[i]->kept->owner);
		if (index != 0 && (first == 0 || index < first)) {
			first = index;
			cluster = v->disks[i]->kept->owner;
		}
	}
	if (name != NULL)
		*name = cluster;
	return first;
}

static struct kept_site *
record_of(const struct model *m, const struct m_vm *v, const char *cluster)
{
	char *key = xasprintf("%s\n%s", v->name, cluster);
	struct kept_site *k;

	HASH_FIND_STR(m->kept_sites, key, k);
	free(key);
	return k;
}

static struct m_site *
site_there(const struct m_vm *v, const char *cluster)
{
	size_t i;

	for (i = 0; i < v->nsites; i++)
		if (strcmp(v->sites[i].cluster->cfg->name, cluster) == 0)
			return &v->sites[i];
	return NULL;
}

/* --- may it be ----------------------------------------------------------------------
 */

static enum intent_verdict __attribute__((format(printf, 3, 4)))
refuse(enum intent_verdict verdict, char **cause, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	cause_set(cause, "%s", text);
	free(text);
	return verdict;
}

/* Not there in any view is fine, too: an object that was deleted runs nothing. */
static bool
seen_at_rest(const struct look *l)
{
	return l->agreed &&
	    (!l->present || (l->status == ECX_OFFLINE && l->current == NULL));
}

/* What a fresh round of that cluster shows as not stopped; NULL: nothing, or nobody
 * looks. The caller frees. */
static char *
seen_there(const struct model *m, const struct m_vm *v, const char *cluster)
{
	const struct m_cluster *c = model_cluster_named(m, cluster);
	const struct kept_site *k = record_of(m, v, cluster);
	const struct kept_disk *d;
	struct look l;
	size_t i;

	if (c == NULL || cluster_blind(c))
		return NULL;
	if (k != NULL && k->group != NULL) {
		l = look_group(c->seen, k->group);
		if (!seen_at_rest(&l))
			return xasprintf("group %s", k->group);
	}
	for (i = 0; i < v->ndisks; i++) {
		d = v->disks[i]->kept;
		if (!owner_gone(v->disks[i]) || strcmp(d->owner, cluster) != 0)
			continue;
		if (d->group != NULL) {
			l = look_group(c->seen, d->group);
			if (!seen_at_rest(&l))
				return xasprintf("group %s", d->group);
		}
		if (d->resource != NULL) {
			l = look_resource(c->seen, d->resource);
			if (!seen_at_rest(&l))
				return xasprintf("resource %s", d->resource);
		}
	}
	return NULL;
}

/* The same SET once more, as by a manager that missed the answer (I5). */
static bool
just_released(const struct model *m, const struct m_vm *v, uint32_t cluster,
    const struct model_now *now)
{
	return v->released != 0 && v->released == cluster &&
	    now->ms - v->released_at <= m->settings->moves.repeat_window;
}

enum intent_verdict
model_release_test(const struct model *m, uint32_t vm, uint32_t cluster,
    const struct model_now *now, char **cause)
{
	const struct m_vm *v = model_vm(m, vm);
	const struct m_cluster *c = model_cluster(m, cluster);
	const char *name;
	uint32_t next;
	char *what;

	if (v == NULL)
		return refuse(INTENT_NO_SUCH, cause,
		    "there is no VM with index %u: see csVmTable", vm);
	if (just_released(m, v, cluster, now))
		return INTENT_OK;
	next = release_next(m, v, &name);
	if (cluster != next && c != NULL && site_there(v, c->cfg->name) != NULL)
		return refuse(INTENT_NOT_NOW, cause,
		    "vm %s: cluster %s is one of its sites: take it away by a reload, "
		    "which is possible when it is proved stopped there",
		    v->name, c->cfg->name);
	if (next == 0)
		return refuse(INTENT_BAD_VALUE, cause,
		    "vm %s: csVmRelease is 0: no cluster is to be released", v->name);
	if (cluster != next)
		return refuse(INTENT_BAD_VALUE, cause,
		    "vm %s: csVmRelease is %u (cluster %s), not %u: read it again",
		    v->name, next, name, cluster);
	if (v->busy.busy)
		return refuse(INTENT_NOT_NOW, cause,
		    "vm %s: a move of it is open: it has to end first", v->name);
	if ((what = seen_there(m, v, name)) != NULL) {
		refuse(INTENT_NOT_NOW, cause,
		    "vm %s: in cluster %s %s is not Offline, by a round just now: that "
		    "cannot be released; stop it there first",
		    v->name, name, what);
		free(what);
		return INTENT_NOT_NOW;
	}
	return INTENT_OK;
}

/* --- doing it -----------------------------------------------------------------------
 */

const char *
model_released(const struct model *m, uint32_t vm)
{
	const struct m_vm *v = model_vm(m, vm);
	const char *name;

	return v == NULL || release_next(m, v, &name) == 0 ? NULL : name;
}

static void
let_record_go(struct model *m, struct m_vm *v, const char *cluster)
{
	struct kept_site *k = record_of(m, v, cluster);
	struct m_site *s = site_there(v, cluster);

	if (k == NULL || (s != NULL && !guard_repaired(s)))
		return; /* only a disk of it is another one now: the site stays */
	k->held = k->foreign = false;
	xfree_clear(&k->group);
	free(k->resources);
	k->resources = xstrdup("");
	if (v->ran == k)
		v->ran = NULL;
	if (s != NULL)
		site_record_renew(m, s); /* of what its group consists now */
	kept_tell_record(m, k);
}

/* Disks that are of no VM any more, and were had by the group that is let go. */
static void
let_orphans_go(struct model *m, const char *cluster, const char *group,
    const struct model_now *now)
{
	struct kept_disk *k;
	char *text;

	for (k = m->kept_disks; k != NULL; k = k->hh.next) {
		if (group == NULL || k->group == NULL || strcmp(k->group, group) != 0 ||
		    strcmp(k->owner, cluster) != 0 || !guard_orphan(m, k->name))
			continue;
		guard_disown(m, k, now);
		text = xasprintf("disk %s: owner %s -> nobody, epoch %llu (released by "
		                 "an operator; the disk is configured no more)",
		    k->name, cluster, (unsigned long long)k->epoch);
		model_event(
		    m, EVENT_OBJECT_REMOVED, SEV_INFO, OBJECT_DISK, k->name, text, now);
		note_alarm(m, ALARM_DISK_IN_DOUBT, SEV_WARNING, OBJECT_DISK, k->name,
		    NULL, now);
		free(text);
	}
}

static void
let_disks_go(
    struct model *m, struct m_vm *v, const char *cluster, const struct model_now *now)
{
	const uint64_t epoch = kept_epoch_after(m, vm_epoch(v));
	struct m_disk *d;
	size_t i;

	for (i = 0; i < v->ndisks; i++) {
		d = v->disks[i];
		if (!owner_gone(d) || strcmp(d->kept->owner, cluster) != 0)
			continue;
		/* it told of that owner; what else is wrong is told anew */
		note_alarm(m, ALARM_DISK_IN_DOUBT, SEV_WARNING, OBJECT_DISK, d->name,
		    NULL, now);
		disk_pass(m, d, NULL, epoch, "released by an operator", now);
	}
}

static void
audit(struct model *m, const struct m_vm *v, const char *cluster,
    const struct model_now *now)
{
	char *name = xasprintf("%s/%s", v->name, cluster);
	char *text =
	    xasprintf("vm %s: an operator released cluster %s: the VM will not "
	              "run there again, and what was kept of it counts no more",
	        v->name, cluster);

	model_event(m, EVENT_SITE_RELEASED, SEV_WARNING, OBJECT_SITE, name, text, now);
	free(text);
	free(name);
}

bool
model_release(
    struct model *m, uint32_t vm, uint32_t cluster, const struct model_now *now)
{
	struct m_vm *v = model_vm(m, vm);
	char *name, *group;
	const char *next;
	struct kept_site *k;

	if (v == NULL || cluster == 0 || release_next(m, v, &next) != cluster)
		return false;
	name = xstrdup(next); /* what it stands in changes */
	k = record_of(m, v, name);
	group = xstrdup(k == NULL ? NULL : k->group);
	v->released = cluster;
	v->released_at = now->ms;
	audit(m, v, name, now);
	let_record_go(m, v, name);
	guard_find_lost(m, v);
	let_disks_go(m, v, name, now);
	let_orphans_go(m, name, group, now);
	site_record_alarm(m, v, now);
	vm_update(m, v, now);
	free(group);
	free(name);
	return true;
}
