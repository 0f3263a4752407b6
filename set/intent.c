/*
 * SPDX-License-Identifier: Apache-2.0
 * Intents: what SETs ask for, tested without change and then carried out.
 */
#include "set/model_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static struct m_alarm *
alarm_at(const struct model *m, uint32_t index)
{
	struct m_alarm *a;

	for (a = m->alarms; a != NULL; a = a->hh.next)
		if (a->index == index)
			return a;
	return NULL;
}

static enum intent_verdict
verdict(enum intent_verdict v, char **cause, char *text)
{
	cause_set(cause, "%s", text);
	free(text);
	return v;
}

/* What each kind may be set to; INTENT_VM_HOME and INTENT_SERIAL look closer. */
static const struct {
	const char *object;
	int64_t least, most;
} range[] = {
	[INTENT_SERIAL] = { "csSetSerial", 0, INT32_MAX },
	[INTENT_CLUSTER_ADMIN] = { "csClusterAdminState", CLUSTER_ACTIVE,
	    CLUSTER_IGNORED },
	[INTENT_NODE_ADMIN] = { "csNodeAdminState", CLUSTER_ACTIVE,
	    CLUSTER_MAINTENANCE },
	[INTENT_VM_ADMIN] = { "csVmAdminState", VM_UP, VM_DOWN },
	[INTENT_VM_HOLD] = { "csVmHold", 1, 2 },
	[INTENT_VM_HOME] = { "csVmHomeCluster", 0, INT32_MAX },
	[INTENT_VM_PRIORITY] = { "csVmPriority", 0, 1000 },
	[INTENT_ALARM_ACK] = { "csAlarmAcknowledge", 1, 2 },
	[INTENT_RELOAD] = { "csSetReload", 0, UINT32_MAX },
};

static enum intent_verdict
test_home(
    const struct model *m, const struct m_vm *v, const struct intent *i, char **cause)
{
	const struct m_cluster *c = model_cluster(m, (uint32_t)i->value);
	size_t n;

	if (i->value == 0)
		return INTENT_OK;
	if (c == NULL)
		return verdict(INTENT_BAD_VALUE, cause,
		    xasprintf("vm %s: there is no cluster with index %lld: see "
		              "csClusterTable",
		        v->name, (long long)i->value));
	for (n = 0; n < v->nsites; n++)
		if (v->sites[n].cluster == c)
			return INTENT_OK;
	return verdict(INTENT_NOT_NOW, cause,
	    xasprintf("vm %s has no site in cluster %s: see csVmSiteTable", v->name,
	        c->cfg->name));
}

static enum intent_verdict
test_vm(const struct model *m, const struct intent *i, char **cause)
{
	const struct m_vm *v = model_vm(m, i->key[0]);

	if (v == NULL)
		return verdict(INTENT_NO_SUCH, cause,
		    xasprintf(
		        "there is no VM with index %u: see csVmTable", i->key[0]));
	if (i->kind == INTENT_VM_HOLD && i->value == 2 && v->kept->admin == 0)
		return verdict(INTENT_NOT_NOW, cause,
		    xasprintf("vm %s is not adopted yet (%s): set csVmAdminState first",
		        v->name, v->text));
	return i->kind == INTENT_VM_HOME ? test_home(m, v, i, cause) : INTENT_OK;
}

/* One less than it reads is the same SET once more, which asks for nothing. */
static enum intent_verdict
test_reload(const struct model *m, const struct intent *i, char **cause)
{
	if (i->value == m->reload.number || i->value + 1 == m->reload.number)
		return INTENT_OK;
	return verdict(INTENT_NOT_NOW, cause,
	    xasprintf("csSetReload is %u, not %lld: read it and write what it reads",
	        m->reload.number, (long long)i->value));
}

enum intent_verdict
model_intent_test(const struct model *m, const struct intent *i, char **cause)
{
	if (i->value < range[i->kind].least || i->value > range[i->kind].most)
		return verdict(INTENT_BAD_VALUE, cause,
		    xasprintf("%s is %lld to %lld, not %lld", range[i->kind].object,
		        (long long)range[i->kind].least, (long long)range[i->kind].most,
		        (long long)i->value));
	switch (i->kind) {
	case INTENT_SERIAL:
		if (i->value == m->serial)
			return INTENT_OK;
		return verdict(INTENT_NOT_NOW, cause,
		    xasprintf("csSetSerial is %lld, not %lld: somebody else has set "
		              "something, read again",
		        (long long)m->serial, (long long)i->value));
	case INTENT_RELOAD:
		return test_reload(m, i, cause);
	case INTENT_CLUSTER_ADMIN:
		if (model_cluster(m, i->key[0]) != NULL)
			return INTENT_OK;
		return verdict(INTENT_NO_SUCH, cause,
		    xasprintf("there is no cluster with index %u: see csClusterTable",
		        i->key[0]));
	case INTENT_NODE_ADMIN:
		if (cluster_node_at(model_cluster(m, i->key[0]), i->key[1]) != NULL)
			return INTENT_OK;
		return verdict(INTENT_NO_SUCH, cause,
		    xasprintf("there is no node %u.%u: see csNodeTable", i->key[0],
		        i->key[1]));
	case INTENT_ALARM_ACK:
		if (alarm_at(m, i->key[0]) != NULL)
			return INTENT_OK;
		return verdict(INTENT_NO_SUCH, cause,
		    xasprintf("alarm %u does not stand any more", i->key[0]));
	default:
		return test_vm(m, i, cause);
	}
}

/* --- carrying out ---------------------------------------------------------------- */

static void
audit(struct model *m, enum cs_object object, const char *name,
    const struct model_now *now, char *text)
{
	model_event(m, EVENT_SETTING_CHANGED, SEV_INFO, object, name, text, now);
	free(text);
}

static void
apply_cluster(struct model *m, const struct intent *i, const struct model_now *now)
{
	struct m_cluster *c = model_cluster(m, i->key[0]);

	if (c == NULL || c->kept->admin == (enum cs_cluster_admin)i->value)
		return;
	c->kept->admin = (enum cs_cluster_admin)i->value;
	if (m->sink.cluster_intent != NULL)
		m->sink.cluster_intent(m->sink.arg, c->cfg->name, c->kept->admin);
	audit(m, OBJECT_CLUSTER, c->cfg->name, now,
	    xasprintf("cluster %s: set to %s", c->cfg->name,
	        cluster_admin_word(c->kept->admin)));
	if (c->kept->admin == CLUSTER_IGNORED)
		cluster_forget(m, c); /* what it says does not count any more */
	m->health_dirty = true;
	note_alarms_weigh(m, now);
	model_refresh(m, c, now);
}

static void
apply_node(struct model *m, const struct intent *i, const struct model_now *now)
{
	struct m_cluster *c = model_cluster(m, i->key[0]);
	struct m_node *n = cluster_node_at(c, i->key[1]);

	if (n == NULL || n->kept->admin == (enum cs_cluster_admin)i->value)
		return;
	n->kept->admin = (enum cs_cluster_admin)i->value;
	if (m->sink.node_intent != NULL)
		m->sink.node_intent(m->sink.arg, n->kept->name, n->kept->admin);
	audit(m, OBJECT_NODE, n->kept->name, now,
	    xasprintf("server %s: set to %s", n->kept->name,
	        cluster_admin_word(n->kept->admin)));
	note_alarms_weigh(m, now);
	cluster_publish(m, c, now);
}

static void
apply_alarm(struct model *m, const struct intent *i, const struct model_now *now)
{
	struct m_alarm *a = alarm_at(m, i->key[0]);
	bool ack = i->value == 1;
	struct m_vm *v = NULL;

	if (a == NULL || a->acknowledged == ack)
		return;
	a->acknowledged = ack;
	a->acknowledged_wall = ack ? now->wall : 0;
	note_alarm_row(m, a);
	audit(m, a->object, a->object_name, now,
	    xasprintf("alarm %u %s: %s", a->index,
	        ack ? "acknowledged" : "no longer acknowledged", a->text));
	if (a->object == OBJECT_VM)
		HASH_FIND_STR(m->vms, a->object_name, v);
	if (v != NULL)
		vm_update(m, v, now); /* it may end with that: set/outside.c */
}

/* An operator's "nowhere" is kept, too: it stands against the configuration's home. */
static void
apply_home(struct model *m, struct m_vm *v, int64_t value, char **what)
{
	const struct m_cluster *c = model_cluster(m, (uint32_t)value);
	const char *home = c == NULL ? "" : c->cfg->name;

	if (v->kept->home != NULL && strcmp(v->kept->home, home) == 0)
		return;
	free(v->kept->home);
	v->kept->home = xstrdup(home);
	cause_set(what, "home %s", c == NULL ? "nowhere" : home);
}

static void
apply_vm(struct model *m, const struct intent *i, const struct model_now *now)
{
	struct m_vm *v = model_vm(m, i->key[0]);
	struct kept_vm before;
	char *what = NULL;

	if (v == NULL)
		return;
	before = *v->kept;
	switch (i->kind) {
	case INTENT_VM_ADMIN:
		v->kept->admin = (enum cs_vm_admin)i->value;
		v->kept->respected = false; /* from now on it is the operator's */
		if (before.admin != v->kept->admin || before.respected)
			cause_set(&what, "%s", i->value == VM_UP ? "up" : "down");
		break;
	case INTENT_VM_HOLD:
		v->kept->hold = i->value == 1;
		if (before.hold != v->kept->hold)
			cause_set(&what, "%s", v->kept->hold ? "hold" : "no hold");
		break;
	case INTENT_VM_PRIORITY:
		v->kept->priority = i->value;
		if (before.priority != i->value)
			cause_set(&what, "priority %lld", (long long)i->value);
		break;
	default: /* INTENT_VM_HOME */
		apply_home(m, v, i->value, &what);
		break;
	}
	if (what == NULL)
		return; /* the same SET twice changes nothing (I5) */
	kept_tell_vm(m, v->kept);
	audit(m, OBJECT_VM, v->name, now, xasprintf("vm %s: set to %s", v->name, what));
	free(what);
	vm_update(m, v, now);
}

static int64_t
suppose_admin(enum cs_cluster_admin *admin, int64_t value)
{
	const enum cs_cluster_admin was = *admin;

	*admin = (enum cs_cluster_admin)value;
	return was;
}

void
model_intent_suppose(struct model *m, struct intent *i)
{
	struct m_vm *v = model_vm(m, i->key[0]);
	struct m_cluster *c = model_cluster(m, i->key[0]);
	const struct intent was = *i;
	struct m_node *n;

	if (i->kind == INTENT_VM_HOLD && v != NULL) {
		i->value = v->kept->hold ? 1 : 2;
		v->kept->hold = was.value == 1;
	} else if (i->kind == INTENT_VM_ADMIN && v != NULL) {
		i->value = v->kept->admin;
		v->kept->admin = (enum cs_vm_admin)was.value;
	} else if (i->kind == INTENT_CLUSTER_ADMIN && c != NULL) {
		i->value = suppose_admin(&c->kept->admin, was.value);
	} else if (i->kind == INTENT_NODE_ADMIN &&
	    (n = cluster_node_at(c, i->key[1])) != NULL) {
		i->value = suppose_admin(&n->kept->admin, was.value);
	}
}

void
model_intent_apply(struct model *m, const struct intent *i, const struct model_now *now)
{
	switch (i->kind) {
	case INTENT_SERIAL:
		m->serial = m->serial == INT32_MAX ? 0 : m->serial + 1;
		if (m->sink.serial != NULL)
			m->sink.serial(m->sink.arg, m->serial);
		break;
	case INTENT_CLUSTER_ADMIN:
		apply_cluster(m, i, now);
		break;
	case INTENT_NODE_ADMIN:
		apply_node(m, i, now);
		break;
	case INTENT_ALARM_ACK:
		apply_alarm(m, i, now);
		break;
	case INTENT_RELOAD:
		if (i->value == m->reload.number && m->sink.reload != NULL)
			m->sink.reload(m->sink.arg);
		break;
	default:
		apply_vm(m, i, now);
		break;
	}
}
