/*
 * SPDX-License-Identifier: Apache-2.0
 * What others do to a VM: stops, activations, groups that start by themselves.
 *
 * A stop by somebody else is told from a failure: the VM ran, the servers were Online
 * before and after and never silent, nothing of ours was under way, and its site is now
 * Offline by settled evidence of every server. Then moves.outside-stop decides. With
 * less than that the intent stays, and an alarm says that the VM does not run. So it
 * does where the stop may be a late one of ours, or ECX's because of a monitor.
 *
 * An activation that no move of ours explains, at a site that does not own the disks or
 * beside another one, is a foreign controller: told once for each time, with an alarm.
 * The second one puts the VM on hold. The alarm ends, and counting begins anew, when it
 * is acknowledged, the VM is not on hold, and no such activation goes on.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "set/model_impl.h"

/* --- stops ----------------------------------------------------------------------- */

static const struct m_site *
ran_at(const struct m_vm *v)
{
	size_t i;

	for (i = 0; v->ran != NULL && i < v->nsites; i++)
		if (v->sites[i].kept == v->ran)
			return &v->sites[i];
	return NULL;
}

static unsigned
online(const struct m_cluster *c)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < c->nnodes; i++)
		n += c->nodes[i].oper == NODE_ONLINE;
	return n;
}

static bool
silent(const struct m_node *n)
{
	return n->reach == REACH_REFUSED || n->reach == REACH_TIMEOUT;
}

/* Could what is seen of its cluster since it ran be a failure? */
static bool
failed_since(const struct m_vm *v, const struct m_site *s)
{
	const struct m_cluster *c = s->cluster;
	const struct m_node *n = cluster_node_at(c, v->ran_node);

	return cluster_blind(c) || !c->answered || c->unsound != NULL ||
	    s->oper == SITE_FAILED || s->oper == SITE_ABSENT || n == NULL ||
	    n->oper != NODE_ONLINE || silent(n) || online(c) < v->ran_online;
}

/* A monitor of the cluster in Error, by any server that answered; NULL: none. */
static const char *
monitor_in_error(const struct m_cluster *c)
{
	size_t i, j;

	for (i = 0; c->seen != NULL && i < c->seen->nviews; i++) {
		const struct obs_view *view = &c->seen->views[i];

		for (j = 0; view->reach == REACH_OK && j < view->nmonitors; j++)
			if (view->monitors[j].status == ECX_ERROR)
				return view->monitors[j].name;
	}
	return NULL;
}

/*
 * From its last round of running to the first in which it is Offline: what ECX stops
 * because a monitor is in Error looks like a stop by hand but for that monitor.
 */
static void
note_monitor(struct m_vm *v, const struct m_site *s)
{
	const char *name = v->ran_over ? NULL : monitor_in_error(s->cluster);

	if (name != NULL) {
		free(v->ran_monitor);
		v->ran_monitor = xstrdup(name);
	} else if (v->oper == VM_RUNNING) {
		xfree_clear(&v->ran_monitor);
	}
	v->ran_over = v->oper == VM_STOPPED;
}

/* Keeps the run of sound rounds since it was seen running. */
static void
follow(struct m_vm *v)
{
	const struct m_site *s = v->place;
	const struct m_node *n;

	if (vm_commanded(v)) {
		v->ran = NULL;
		return;
	}
	if (v->oper == VM_RUNNING &&
	    (n = cluster_node(s->cluster, s->current)) != NULL) {
		v->ran =
		    n->oper == NODE_ONLINE && s->cluster->answered ? s->kept : NULL;
		v->ran_node = n->index;
		v->ran_online = online(s->cluster);
		v->ran_late = s->orders.late_stop;
		v->ran_over = false;
		note_monitor(v, s);
		return;
	}
	s = ran_at(v);
	if (s == NULL || failed_since(v, s))
		v->ran = NULL;
	else
		note_monitor(v, s);
}

/* Why a stop there, clean as it is, need not be by hand; NULL: it is. */
static char *
other_reason(const struct m_vm *v, const struct m_site *s)
{
	if (v->ran_late)
		return xasprintf("a stop of ours that was sent to %s earlier may have "
		                 "taken effect late",
		    s->cluster->cfg->name);
	if (v->ran_monitor != NULL)
		return xasprintf(
		    "monitor %s was in Error in %s when it was stopped, so "
		    "that ECX may have done it",
		    v->ran_monitor, s->cluster->cfg->name);
	return NULL;
}

bool
outside_asks(const struct m_site *s)
{
	return s->vm->ran == s->kept && s->vm->oper == VM_STOPPED;
}

static bool
settled(const struct m_site *s)
{
	const unsigned need =
	    EV_IDENTITY | EV_SERVERS_SANE | EV_ALL_AGREE | EV_SETTLED | EV_ALL_OFFLINE;

	return s->cluster->fresh && (s->evidence.parts & need) == need;
}

static void
tell(struct model *m, const struct m_vm *v, const char *cluster, enum event_type type,
    enum cs_severity severity, char *text, const struct model_now *now)
{
	vm_event(m, v,
	    &(struct event_note) {
	        .type = type,
	        .severity = severity,
	        .cluster_name = cluster,
	        .text = text,
	    },
	    now);
	free(text);
}

static void
respect(struct model *m, struct m_vm *v, const char *where, const struct model_now *now)
{
	v->kept->admin = VM_DOWN;
	v->kept->respected = true;
	free(v->kept->stopped_in);
	v->kept->stopped_in = xstrdup(where);
	kept_tell_vm(m, v->kept);
	vm_put_row(m, v);
	tell(m, v, where, EVENT_FOREIGN_CONTROLLER, SEV_WARNING,
	    xasprintf(
	        "vm %s: stopped in %s by somebody else, with its servers healthy: "
	        "its intent becomes down",
	        v->name, where),
	    now);
	tell(m, v, where, EVENT_SETTING_CHANGED, SEV_INFO,
	    xasprintf(
	        "vm %s: down, because somebody else stopped it: start it by hand, "
	        "or write csVmAdminState up, to have it up again",
	        v->name),
	    now);
}

static bool
blocked(const struct m_vm *v)
{
	size_t i;

	for (i = 0; i < v->nsites; i++)
		if (site_blocked(&v->sites[i]))
			return true;
	return false;
}

static void
restart(struct model *m, struct m_vm *v, const struct m_site *s,
    const struct model_now *now)
{
	/* nothing automatic touches these (I6); the alarm says that it does not run */
	const char *why_not = vm_on_hold(v)             ? "it is on hold"
	    : s->cluster->kept->admin != CLUSTER_ACTIVE ? "its cluster is not active"
	    : blocked(v) ? "a site of it is blocked (csVmSiteBlocked)"
	                 : NULL;

	v->restart = why_not == NULL;
	tell(m, v, s->cluster->cfg->name, EVENT_FOREIGN_CONTROLLER, SEV_WARNING,
	    xasprintf(
	        "vm %s: stopped in %s by somebody else, with its servers healthy: "
	        "%s%s",
	        v->name, s->cluster->cfg->name,
	        why_not == NULL ? "it is started again" : "it stays so, for ",
	        why_not == NULL ? "" : why_not),
	    now);
}

static void
note_stop(struct model *m, struct m_vm *v, const struct model_now *now)
{
	const struct m_site *s = ran_at(v);

	if (s == NULL || v->oper != VM_STOPPED || !settled(s))
		return;
	v->ran = NULL;
	if (v->kept->admin != VM_UP)
		return;
	free(v->stopped_why);
	v->stopped_why = other_reason(v, s);
	if (v->stopped_why != NULL)
		return; /* an alarm tells it */
	if (m->settings->moves.outside_stop == OUTSIDE_RESTART)
		restart(m, v, s, now);
	else
		respect(m, v, s->cluster->cfg->name, now);
}

/* Whoever stopped it, or somebody else, started it: there, or in another cluster. */
static void
note_return(struct model *m, struct m_vm *v, const struct model_now *now)
{
	const char *was = v->kept->stopped_in, *where;

	if (!v->kept->respected || v->oper != VM_RUNNING || vm_commanded(v))
		return;
	where = v->place->cluster->cfg->name;
	v->kept->respected = false;
	v->kept->admin = VM_UP;
	kept_tell_vm(m, v->kept);
	vm_put_row(m, v);
	tell(m, v, where, EVENT_SETTING_CHANGED, SEV_INFO,
	    was != NULL && strcmp(was, where) == 0
	        ? xasprintf("vm %s: up, because it was started again where somebody "
	                    "else had stopped it",
	              v->name)
	        : xasprintf("vm %s: up, because somebody else started it in %s, after "
	                    "it had been stopped%s%s",
	              v->name, where, was == NULL ? "" : " in ",
	              was == NULL ? "" : was),
	    now);
}

void
outside_tell(struct model *m, struct m_cluster *c)
{
	size_t i;

	for (i = 0; i < c->nsites; i++) {
		struct m_vm *v = c->sites[i]->vm;

		if (!v->restart)
			continue;
		v->restart = false;
		if (m->sink.stopped_outside != NULL)
			m->sink.stopped_outside(m->sink.arg, v->name);
	}
}

/* --- activations ------------------------------------------------------------------ */

/* Was another one of its sites active before? */
static bool
newcomer(const struct m_vm *v, const struct m_site *s)
{
	size_t i;

	for (i = 0; v->oper == VM_CONFLICT && i < v->nsites; i++)
		if (&v->sites[i] != s && site_active(&v->sites[i]) &&
		    v->sites[i].active_since < s->active_since)
			return true;
	return false;
}

static bool
is_foreign(const struct m_vm *v, const struct m_site *s)
{
	bool owned = false;
	size_t i;

	for (i = 0; i < v->ndisks; i++) {
		const char *owner = disk_owner_name(v->disks[i]);

		if (v->disks[i]->kind != DISK_SHARED || *owner == '\0')
			continue;
		owned = true;
		if (strcmp(owner, s->cluster->cfg->name) != 0)
			return true;
	}
	return !owned && newcomer(v, s);
}

/* True when its present activity is somebody else's and was not told yet. */
static bool
foreign_new(struct model *m, struct m_site *s)
{
	const bool idle = s->oper == SITE_OFFLINE || s->oper == SITE_ABSENT;
	const bool active = site_active(s);
	const bool foreign = active && is_foreign(s->vm, s);

	if (s->kept->foreign && (idle || (active && !foreign))) {
		s->kept->foreign = false;
		kept_tell_site(m, s);
	}
	if (!foreign || s->kept->foreign || s->vm->busy.busy || s->orders.may_start)
		return false;
	s->kept->foreign = true;
	kept_tell_site(m, s);
	return true;
}

static void
foreign_tell(struct model *m, struct m_vm *v, const struct m_site *s,
    const struct model_now *now)
{
	const char *where = s->cluster->cfg->name;
	const unsigned times = ++v->kept->foreign;
	const bool held = times > 1 && vm_hold(m, v);
	const enum cs_severity severity = times > 1 ? SEV_CRITICAL : SEV_WARNING;
	char *text =
	    xasprintf("vm %s: somebody else activated it in %s%s%s", v->name, where,
	        s->current == NULL ? "" : " on ", s->current == NULL ? "" : s->current);

	kept_tell_vm(m, v->kept);
	vm_put_row(m, v);
	tell(m, v, where, EVENT_FOREIGN_CONTROLLER, severity, xstrdup(text), now);
	if (held)
		vm_hold_event(m, v, "somebody else activates it again and again", now);
	if (times > 1)
		cause_set(&text, "%s (%u times by now)", text, times);
	cause_set(&text,
	    "%s: find out who, for example an old script; then acknowledge this "
	    "alarm%s",
	    text, v->kept->hold ? " and release the hold" : "");
	note_alarm_again(
	    m, ALARM_FOREIGN_CONTROLLER, severity, OBJECT_VM, v->name, text, now);
	free(text);
}

static void
note_foreign(struct model *m, struct m_vm *v, const struct model_now *now)
{
	bool going_on = false;
	size_t i;

	for (i = 0; v->kind != VM_REPLICA && i < v->nsites; i++) {
		if (foreign_new(m, &v->sites[i]))
			foreign_tell(m, v, &v->sites[i], now);
		going_on = going_on || v->sites[i].kept->foreign;
	}
	if (v->kept->foreign == 0 || going_on || v->kept->hold ||
	    !note_acknowledged(m, ALARM_FOREIGN_CONTROLLER, OBJECT_VM, v->name))
		return;
	v->kept->foreign = 0;
	kept_tell_vm(m, v->kept);
	note_alarm(
	    m, ALARM_FOREIGN_CONTROLLER, SEV_WARNING, OBJECT_VM, v->name, NULL, now);
}

/* --- groups that start by themselves ---------------------------------------------- */

static void
note_autostart(struct model *m, const struct m_vm *v, const struct model_now *now)
{
	bool known = true;
	char *text = NULL;
	size_t i;

	for (i = 0; v->nsites > 1 && !v->accept_autostart && i < v->nsites; i++) {
		const struct m_site *s = &v->sites[i];

		if (site_autostart(s) != AUTOSTART_AUTO)
			continue;
		known = known && s->oper != SITE_UNKNOWN;
		if (text != NULL || site_active(s) || s->oper == SITE_UNKNOWN)
			continue;
		text = xasprintf(
		    "vm %s: cluster %s starts its group %s by itself at boot, where it "
		    "may be the second one: set the group's startup attribute to "
		    "manual in ECX, or name it in accept-autostart",
		    v->name, s->cluster->cfg->name, s->group);
	}
	note_alarm_if_known(m, known, ALARM_AUTO_START_HAZARD, SEV_WARNING, OBJECT_VM,
	    v->name, text, now);
	free(text);
}

void
outside_note(struct model *m, struct m_vm *v, const struct model_now *now)
{
	if (v->oper == VM_RUNNING || vm_commanded(v))
		xfree_clear(&v->stopped_why);
	follow(v);
	note_stop(m, v, now);
	note_return(m, v, now);
	note_foreign(m, v, now);
	note_autostart(m, v, now);
}
