/*
 * SPDX-License-Identifier: Apache-2.0
 * What move/ tells the model: commands of ours, moves under way, disks passed on, rows.
 *
 * What is told stands until something else is told; nothing here is kept over a restart
 * but owners of disks, so move/ tells it anew then.
 */
#include "set/model_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static struct m_site *
site_at(const struct model *m, uint32_t vm, int site)
{
	const struct m_vm *v = model_vm(m, vm);

	return v == NULL || site < 0 || (size_t)site >= v->nsites ? NULL
	                                                          : &v->sites[site];
}

static bool
same_orders(const struct site_orders *a, const struct site_orders *b)
{
	return a->may_start == b->may_start && a->our_stop == b->our_stop &&
	    a->stop_accepted == b->stop_accepted && a->late_stop == b->late_stop &&
	    a->fenced == b->fenced && a->confirmed == b->confirmed;
}

void
model_vm_orders(struct model *m, uint32_t vm, int site, const struct site_orders *o,
    const struct model_now *now)
{
	struct m_site *s = site_at(m, vm, site);

	(void)now;
	if (s == NULL || same_orders(&s->orders, o))
		return;
	s->orders = *o;
	evidence_command(&s->evidence, o->may_start);
	site_put_row(m, s);
}

/* --- monitors that we suspended -------------------------------------------------- */

#define OWN_LINGER                                                        \
	30000 /* ms in which a monitor that was resumed has to be seen so \
	       */

static struct own_suspend *
own_find(struct own_suspends *own, uint32_t vm, const struct monitor_on_server *p)
{
	size_t i;

	for (i = 0; i < own->n; i++)
		if (own->list[i].vm == vm &&
		    strcmp(own->list[i].monitor, p->monitor) == 0 &&
		    strcmp(own->list[i].server, p->server) == 0)
			return &own->list[i];
	return NULL;
}

void
model_vm_suspended(struct model *m, uint32_t vm, int site,
    const struct monitor_on_server *pairs, size_t n, const struct model_now *now)
{
	struct m_site *s = site_at(m, vm, site);
	struct own_suspends *own;
	struct own_suspend *o;
	size_t i;

	if (s == NULL)
		return;
	own = &s->cluster->own;
	for (i = 0; i < own->n; i++)
		if (own->list[i].vm == vm && own->list[i].gone == 0)
			own->list[i].gone = now->ms;
	own->list = xreallocarray(own->list, own->n + n + 1, sizeof(*own->list));
	for (i = 0; i < n; i++) {
		if ((o = own_find(own, vm, &pairs[i])) == NULL) {
			o = &own->list[own->n++];
			o->monitor = xstrdup(pairs[i].monitor);
			o->server = xstrdup(pairs[i].server);
			o->vm = vm;
		}
		o->gone = 0;
	}
	cluster_publish(m, s->cluster, now);
}

void
own_suspends_observed(struct m_cluster *c, const struct model_now *now)
{
	struct own_suspends *own = &c->own;
	size_t i;

	for (i = 0; i < own->n; i++) {
		struct own_suspend *o = &own->list[i];

		if (o->gone == 0 || c->seen->start <= o->gone ||
		    (now->ms - o->gone < OWN_LINGER &&
		        look_monitor(c->seen, o->monitor, o->server) == ECX_SUSPEND))
			continue;
		free(o->monitor);
		free(o->server);
		*o = own->list[--own->n];
		i--;
	}
}

/* --- a move under way ------------------------------------------------------------- */

void
model_vm_busy(
    struct model *m, uint32_t vm, const struct vm_busy *b, const struct model_now *now)
{
	struct m_vm *v = model_vm(m, vm);
	const struct vm_busy *was;

	if (v == NULL)
		return;
	was = &v->busy;
	if (was->busy == b->busy && was->oper == b->oper &&
	    was->target_cluster == b->target_cluster &&
	    was->target_node == b->target_node && text_same(was->text, b->text))
		return;
	free(v->busy_text);
	v->busy = *b;
	v->busy.text = v->busy_text = xstrdup(b->text);
	vm_update(m, v, now);
}

uint32_t
model_vm_owner(struct model *m, uint32_t vm, int site, const char *how,
    const struct model_now *now)
{
	struct m_vm *v = model_vm(m, vm);
	uint64_t epoch;
	size_t i;

	if (v == NULL || v->ndisks == 0)
		return 0;
	epoch = kept_epoch_after(m, vm_epoch(v));
	for (i = 0; i < v->ndisks; i++)
		disk_pass(m, v->disks[i], site_at(m, vm, site), epoch, how, now);
	return (uint32_t)epoch;
}

/* --- rows ------------------------------------------------------------------------- */

/* Length and octets of the owner, then the index; 0: the owner is no possible one. */
static size_t
move_key(const char *owner, uint32_t index, uint32_t key[KEY_MAX])
{
	size_t n = key_from_name(owner, key);

	if (n == 0 || n == KEY_MAX)
		return 0;
	key[n] = index;
	return n + 1;
}

void
model_move_put(
    struct model *m, const char *owner, uint32_t index, const struct move_row *row)
{
	uint32_t key[KEY_MAX];
	const size_t n = move_key(owner, index, key);

	if (n > 0)
		table_put(m->tables[TABLE_MOVE], key, n, row);
}

void
model_move_drop(struct model *m, const char *owner, uint32_t index)
{
	uint32_t key[KEY_MAX];
	const size_t n = move_key(owner, index, key);

	if (n > 0)
		table_drop(m->tables[TABLE_MOVE], key, n);
}

const struct move_row *
model_move_row(const struct model *m, const char *owner, uint32_t index)
{
	uint32_t key[KEY_MAX];
	const size_t n = move_key(owner, index, key);

	return n == 0 ? NULL : table_get(m->tables[TABLE_MOVE], key, n);
}

void
model_note(struct model *m, struct event_note *e, const struct model_now *now)
{
	note_event(m, e, now);
}
