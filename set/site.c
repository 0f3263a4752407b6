/*
 * SPDX-License-Identifier: Apache-2.0
 * Rounds -> sites: what a VM's group is in one cluster, and what is proved of it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "set/model_impl.h"

static const char *const site_word[] = { "", "Online", "Offline", "Online Pending",
	"Offline Pending", "Failure", "absent", "unknown" };

const char *
site_oper_word(enum cs_site_oper s)
{
	return site_word[s];
}

enum cs_site_oper
site_oper_of(const struct m_cluster *c, const struct look *l)
{
	if (!l->agreed)
		return SITE_UNKNOWN;
	if (!l->present)
		return c->unsound == NULL ? SITE_ABSENT : SITE_UNKNOWN;
	switch (l->status) {
	case ECX_ONLINE:
		return SITE_ONLINE;
	case ECX_OFFLINE:
		return l->current == NULL && c->unsound == NULL ? SITE_OFFLINE
		                                                : SITE_UNKNOWN;
	case ECX_ONLINE_PENDING:
		return SITE_STARTING;
	case ECX_OFFLINE_PENDING:
		return SITE_STOPPING;
	case ECX_ONLINE_FAILURE:
	case ECX_OFFLINE_FAILURE:
	case ECX_ERROR:
		return SITE_FAILED;
	default:
		return SITE_UNKNOWN;
	}
}

char *
site_oper_text(const struct m_cluster *c, const struct look *l, const char *kind)
{
	char *said, *text, *vis;

	if (!l->agreed)
		return xstrdup("the servers of the cluster disagree");
	if (!l->present)
		said = xasprintf("the cluster has no such %s", kind);
	else if (l->status == ECX_OFFLINE && l->current != NULL)
		said = xasprintf("Offline, but said to be on %s", l->current);
	else
		said = xstrdup(ecx_status_text(l->status));
	if (c->unsound == NULL || (l->present && l->status != ECX_OFFLINE))
		return said;
	text = xasprintf("%s, not believed: %s", said, c->unsound);
	vis = text_vis(text, 255);
	free(text);
	free(said);
	return vis;
}

bool
site_active(const struct m_site *s)
{
	return s->oper == SITE_ONLINE || s->oper == SITE_STARTING ||
	    s->oper == SITE_STOPPING;
}

bool
site_never_there(const struct m_site *s)
{
	const unsigned need = EV_IDENTITY | EV_SERVERS_SANE | EV_ALL_AGREE;

	return s->oper == SITE_ABSENT && s->cluster->fresh &&
	    (s->evidence.parts & need) == need && !s->kept->held && s->nresources == 0;
}

static void
cluster_add_site(struct m_cluster *c, struct m_site *s)
{
	if (c->nsites == c->room) {
		c->room = c->room == 0 ? 8 : c->room * 2;
		c->sites = xreallocarray(c->sites, c->room, sizeof(*c->sites));
	}
	c->sites[c->nsites++] = s;
	HASH_ADD_KEYPTR(hh, c->by_group, s->group, strlen(s->group), s);
}

struct m_site *
site_of_group(const struct m_cluster *c, const char *group)
{
	struct m_site *s;

	HASH_FIND_STR(c->by_group, group, s);
	return s;
}

void
site_init(struct model *m, struct m_vm *v, struct m_site *s,
    const struct site_settings *cfg, unsigned preference)
{
	s->vm = v;
	s->cfg = v->by_pattern ? NULL : cfg;
	s->cluster = m->clusters[cfg->cluster];
	s->kept = kept_site(m, v->name, s->cluster->cfg->name);
	s->group = xstrdup(cfg->group);
	s->preference = preference;
	s->oper = SITE_UNKNOWN;
	site_record_init(s);
	s->evidence.seen_active = s->kept->held; /* perhaps it still was just now */
	evidence_void(&s->evidence, "not observed yet");
	cluster_add_site(s->cluster, s);
}

void
site_leave(struct m_site *s)
{
	struct m_cluster *c = s->cluster;
	size_t i;

	HASH_DEL(c->by_group, s);
	for (i = 0; i < c->nsites; i++)
		if (c->sites[i] == s)
			c->sites[i--] = c->sites[--c->nsites];
}

void
site_clear(struct m_site *s)
{
	site_record_clear(s);
	evidence_clear(&s->evidence);
	free(s->group);
	free(s->text);
	free(s->current);
}

/* --- sites ----------------------------------------------------------------------- */

void
site_evidence(struct model *m, struct m_site *s, const struct observation *o)
{
	const unsigned need = EV_IDENTITY | EV_SERVERS_SANE | EV_ALL_AGREE;
	const struct m_cluster *c = s->cluster;
	struct evidence_site es = {
		.cluster = c->cfg,
		.group = s->group,
		.kind = s->vm->kind,
		.identity_ok = c->identity_ok,
		.explained = s->vm->kept->admin == VM_DOWN,
		.our_stop = s->orders.our_stop,
		.stop_accepted = s->orders.stop_accepted,
		.own_settle = c->cfg->interval > 0 ? c->cfg->interval
		                                   : m->settings->poll.interval,
		.own = &c->own,
		.keep = m->settings->poll.freshness,
	};

	es.ndisks = site_record_disks(m, s);
	/* only now: learning may have moved them */
	es.resources = s->resources;
	es.nresources = s->nresources;
	evidence_judge(&s->evidence, &es, o, &m->settings->evidence);
	s->sound = o != NULL && o->every_server && (s->evidence.parts & need) == need;
	if (site_record_full(s)) { /* what it lacks may be active */
		const bool active = s->evidence.active;

		evidence_void(&s->evidence, "too many resources to record");
		s->evidence.active = active;
	}
}

static const char *
blind_word(const struct m_cluster *c)
{
	return c->kept->admin == CLUSTER_IGNORED ? "ignored"
	    : !c->tried                          ? "not asked yet"
	    : c->fresh && !c->identity_ok        ? "another identity"
	                                         : "nothing fresh is known";
}

void
site_judge(struct m_site *s)
{
	const struct m_cluster *c = s->cluster;
	struct look l;

	xfree_clear(&s->current);
	xfree_clear(&s->text);
	if (cluster_blind(c)) {
		s->oper = SITE_UNKNOWN;
		s->active_since = 0;
		s->text = xasprintf("cluster %s: %s", c->cfg->name, blind_word(c));
		return;
	}
	l = look_group(c->seen, s->group);
	s->oper = site_oper_of(c, &l);
	s->current = xstrdup(l.current);
	s->text = site_oper_text(c, &l, "group");
	if (!site_active(s))
		s->active_since = 0;
	else if (s->active_since == 0)
		s->active_since = c->seen->end;
}

bool
site_overlap(msec_t a_since, const struct m_cluster *a, msec_t b_since,
    const struct m_cluster *b)
{
	return a->seen->start >= b_since && b->seen->start >= a_since;
}

enum cs_autostart
site_autostart(const struct m_site *s)
{
	return s->cfg == NULL || s->cfg->autostart == 0 ? AUTOSTART_UNKNOWN
	                                                : s->cfg->autostart;
}

bool
site_blocked(const struct m_site *s)
{
	return s->vm->nsites > 1 && !s->vm->accept_autostart && !site_active(s) &&
	    site_autostart(s) != AUTOSTART_MANUAL;
}

void
site_put_row(struct model *m, const struct m_site *s)
{
	const struct m_node *n = cluster_node(s->cluster, s->current);
	const uint32_t key[2] = { s->vm->index, s->cluster->index };
	const struct vm_site_row row = {
		.vm_name = s->vm->name,
		.cluster_name = s->cluster->cfg->name,
		.group = s->group,
		.oper = s->oper,
		.status_text = s->text,
		.node = n == NULL ? 0 : n->index,
		.node_name = s->current == NULL ? "" : s->current,
		.preference = s->preference,
		.blocked = site_blocked(s) ? 1 : 2,
		.autostart = site_autostart(s),
		.evidence = s->orders.fenced ? EVIDENCE_PROVED : s->evidence.state,
		.evidence_text = s->orders.fenced
		    ? "fenced: all its servers, or their disks, were cut off"
		    : s->evidence.text,
		.confirm = s->vm->ndisks == 0 && s->vm->kind != VM_STATELESS
		    ? ROW_NONE
		    : (int64_t)s->orders.confirmed,
	};

	table_put(m->tables[TABLE_VM_SITE], key, 2, &row);
}
