/*
 * SPDX-License-Identifier: Apache-2.0
 * A site's record: every resource that its group is known to consist of (4f).
 *
 * Learnt from rounds, and kept by name over restarts; a resource that only the settings
 * name is required as long as they do. A cluster may name resources without end, so a
 * record has a size; a full one may lack something and therefore proves nothing. It
 * never judges what state a resource is in.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "set/model_impl.h"

bool
site_recorded(const struct m_site *s, const char *resource)
{
	struct m_resource *r;

	HASH_FIND_STR(s->record, resource, r);
	return r != NULL;
}

bool
site_record_full(const struct m_site *s)
{
	return s->nresources >= RECORD_MAX;
}

/* `seen` in a round; else only the settings say so: required, but not kept. */
static void
site_record_add(struct m_site *s, const char *resource, bool seen)
{
	struct m_resource *r;

	HASH_FIND_STR(s->record, resource, r);
	if (r != NULL && seen && !r->seen)
		r->seen = s->record_changed = true;
	if (r != NULL || site_record_full(s))
		return;
	r = xcalloc(1, sizeof(*r));
	r->name = xstrdup(resource);
	r->seen = seen;
	HASH_ADD_KEYPTR(hh, s->record, r->name, strlen(r->name), r);
	s->resources =
	    xreallocarray(s->resources, s->nresources + 1, sizeof(*s->resources));
	s->resources[s->nresources++] = r->name;
	s->record_changed = s->record_changed || seen;
}

void
site_record_init(struct m_site *s)
{
	char *copy = xstrdup(s->kept->resources), *at = copy, *name;

	while ((name = strsep(&at, "\n")) != NULL)
		if (*name != '\0')
			site_record_add(s, name, true);
	free(copy);
	s->record_changed = false;
}

void
site_record_clear(struct m_site *s)
{
	struct m_resource *r, *tmp;

	HASH_ITER (hh, s->record, r, tmp) {
		HASH_DEL(s->record, r);
		free(r->name);
		free(r);
	}
	free(s->resources);
}

void
site_record_renew(struct model *m, struct m_site *s)
{
	site_record_clear(s);
	s->resources = NULL;
	s->nresources = 0;
	site_record_init(s);
	site_record_learn(m, s->cluster);
}

/* Tells the store what changed, once, however much that was. */
static void
site_record_tell(struct model *m, struct m_site *s)
{
	const struct m_resource *r;
	size_t len = 1, n;
	char *at;

	if (!s->record_changed)
		return;
	s->record_changed = false;
	for (r = s->record; r != NULL; r = r->hh.next)
		len += strlen(r->name) + 1;
	free(s->kept->resources);
	at = s->kept->resources = xcalloc(1, len);
	for (r = s->record; r != NULL; r = r->hh.next) {
		if (!r->seen)
			continue;
		if (at != s->kept->resources)
			*at++ = '\n';
		n = strlen(r->name);
		memcpy(at, r->name, n);
		at += n;
	}
	kept_tell_site(m, s);
}

void
site_record_learn(struct model *m, const struct m_cluster *c)
{
	const struct obs_view *v = cluster_view(c);
	struct m_site *s;
	size_t i;

	if (v == NULL)
		return;
	for (i = 0; i < v->nresources; i++)
		if (v->resources[i].group != NULL &&
		    (s = site_of_group(c, v->resources[i].group)) != NULL)
			site_record_add(s, v->resources[i].name, true);
	for (i = 0; i < c->nsites; i++)
		site_record_tell(m, c->sites[i]);
}

/* --- what is gone ---------------------------------------------------------------- */

#define GONE_ROUNDS 3 /* sound rounds of every server without it */
#define SHOWN_MAX   120 /* octets of names in the event that tells it */

static bool
is_disk(const struct m_site *s, const char *resource)
{
	size_t i, j;

	for (i = 0; i < s->vm->ndisks; i++)
		for (j = 0; j < s->vm->disks[i]->nsites; j++)
			if (s->vm->disks[i]->sites[j].site == s &&
			    strcmp(s->vm->disks[i]->sites[j].resource, resource) == 0)
				return true;
	return false;
}

static bool
in_group(const struct obs_view *v, const char *resource, const char *group)
{
	const struct obs_resource *r = obs_find_resource(v, resource);

	return r != NULL && (r->group == NULL || strcmp(r->group, group) == 0);
}

/* Drops the resource; its name is added to those that are shown. */
static void
forget_one(struct m_site *s, struct m_resource *r, char **shown)
{
	size_t i;

	if (*shown == NULL)
		*shown = text_vis(r->name, SHOWN_MAX);
	else if (strlen(*shown) + strlen(r->name) < SHOWN_MAX)
		cause_set(shown, "%s, %s", *shown, r->name);
	else if (strstr(*shown, ", ...") == NULL)
		cause_set(shown, "%s, ...", *shown);
	for (i = 0; s->resources[i] != r->name; i++)
		continue;
	memmove(s->resources + i, s->resources + i + 1,
	    (--s->nresources - i) * sizeof(*s->resources));
	HASH_DEL(s->record, r);
	free(r->name);
	free(r);
	s->record_changed = true;
}

bool
site_record_forget(struct model *m, struct m_site *s, const struct model_now *now)
{
	const struct obs_view *v = cluster_view(s->cluster);
	const struct look l = look_group(s->cluster->seen, s->group);
	struct m_resource *r, *tmp;
	char *shown = NULL, *text;
	size_t before = s->nresources;

	s->lacking = false;
	if (v == NULL || !l.agreed || !l.present || l.status != ECX_ONLINE)
		return false; /* only of a group that runs is it sure to be no part */
	HASH_ITER (hh, s->record, r, tmp) {
		if (in_group(v, r->name, s->group) || is_disk(s, r->name)) {
			r->missing = 0;
		} else if (!s->sound || ++r->missing < GONE_ROUNDS) {
			s->lacking = true;
		} else {
			forget_one(s, r, &shown);
		}
	}
	if (s->nresources == before)
		return false;
	text = xasprintf(
	    "vm %s: cluster %s: no longer required of group %s, which runs without: %s",
	    s->vm->name, s->cluster->cfg->name, s->group, shown);
	model_event(
	    m, EVENT_OBJECT_REMOVED, SEV_INFO, OBJECT_VM, s->vm->name, text, now);
	free(text);
	free(shown);
	return true;
}

size_t
site_record_disks(struct model *m, struct m_site *s)
{
	size_t i, j, n = 0;

	for (i = 0; i < s->vm->ndisks; i++) {
		const struct m_disk *d = s->vm->disks[i];

		for (j = 0; j < d->nsites; j++)
			if (d->sites[j].site == s) {
				site_record_add(s, d->sites[j].resource, false);
				n++;
			}
	}
	site_record_tell(m, s);
	return n;
}

void
site_record_alarm(struct model *m, const struct m_vm *v, const struct model_now *now)
{
	const struct m_site *full = NULL, *odd = NULL;
	char *text = NULL;
	size_t i;

	for (i = 0; i < v->nsites && full == NULL; i++)
		if (site_record_full(&v->sites[i]))
			full = &v->sites[i];
	for (i = 0; i < v->nsites && odd == NULL; i++)
		if (v->sites[i].long_disk)
			odd = &v->sites[i];
	if (full != NULL)
		cause_set(&text,
		    "vm %s: group %s of cluster %s has %d resources or more: that it "
		    "is stopped there cannot be proved; split the group in ECX",
		    v->name, full->group, full->cluster->cfg->name, RECORD_MAX);
	else if (odd != NULL)
		cause_set(&text,
		    "vm %s: group %s of cluster %s has a disk resource whose name, "
		    "with "
		    "the VM's, is longer than %d octets: nobody owns it; rename it in "
		    "ECX, or pair it in vms",
		    v->name, odd->group, odd->cluster->cfg->name, DISK_NAME_MAX);
	else if (v->lost != NULL)
		cause_set(&text,
		    "vm %s ran in cluster %s, where it has no such site any more: "
		    "nobody "
		    "sees whether it runs there; configure that site again, and take "
		    "it away with a reload when it is proved stopped; or, if it will "
		    "never run there again, set csVmRelease.%u to %u",
		    v->name, v->lost, v->index,
		    names_find(m->names, NAME_CLUSTER, v->lost));
	note_alarm(m, ALARM_VM_IN_DOUBT, SEV_WARNING, OBJECT_VM, v->name, text, now);
	free(text);
}
