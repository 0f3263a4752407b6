/*
 * SPDX-License-Identifier: Apache-2.0
 * Rounds of the small world, and what is made of them. See view.h.
 */
#include "tests/explore/view.h"

#include <stdlib.h>
#include <string.h>

#include "tests/explore/judge.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* observations own their names, these do not: nobody frees or changes them */
static char cluster_name[W_CLUSTERS][4] = { "a", "b", "c" };
static char server_name[W_CLUSTERS][W_SERVERS][4] = { { "a1", "a2" }, { "b1", "b2" },
	{ "c1", "c2" } };
static char group_name[W_VMS][4] = { "vm1", "vm2" };
static char disk_name[W_VMS][4] = { "sd1", "sd2" };
static char other_name[] = "other", monitor_name[] = "userw";

/* --- what servers say --------------------------------------------------------------
 */

static enum ecx_status
server_status(enum w_server s)
{
	return s == SRV_DOWN || s == SRV_DEAD ? ECX_OFFLINE
	    : s == SRV_BOOT                   ? ECX_ONLINE_PENDING
	                                      : ECX_ONLINE;
}

static void
view_group(const struct world *w, int c, int v, struct w_view *out)
{
	const struct w_site *s = &w->vm[v].site[c];

	out->group[v] = s->group == G_TRANSIT ? G_OFF : s->group;
	out->cur[v] = s->cur;
	/* its peers know nothing of what lives on a server whose daemon is dead */
	if (s->group != G_OFF && w->cluster[c].server[s->cur] == SRV_DEAD)
		out->group[v] = G_OFF;
	if (out->group[v] == G_OFF)
		out->cur[v] = 0;
}

static void
view_server(const struct world *w, int c, int s, struct w_view *out)
{
	const struct w_cluster *k = &w->cluster[c];
	const enum w_server state = (enum w_server)k->server[s];
	int i;

	memset(out, 0, sizeof(*out));
	if (state == SRV_DOWN || state == SRV_MUTE)
		return;
	out->answers = 1;
	out->hook = k->hook;
	out->missing = k->missing;
	for (i = 0; i < setup.servers[c]; i++)
		out->status[i] = k->swapped ? ECX_ONLINE
		    : state == SRV_DEAD
		    ? ECX_OFFLINE
		    : (uint8_t)server_status((enum w_server)k->server[i]);
	if (k->swapped) {
		out->foreign = 1;
		return; /* that cluster runs nothing */
	}
	if (state == SRV_DEAD)
		return;
	out->suspended = k->suspended;
	for (i = 0; i < setup.vms; i++)
		if (state == SRV_STALE) {
			memcpy(out->status, k->stale_status, sizeof(out->status));
			out->group[i] = k->stale[i];
			out->cur[i] = k->stale_cur[i];
		} else {
			view_group(w, c, i, out);
		}
}

void
view_cluster(const struct world *w, int c, struct w_view out[W_SERVERS])
{
	int s;

	memset(out, 0, W_SERVERS * sizeof(out[0]));
	for (s = 0; s < setup.servers[c]; s++)
		view_server(w, c, s, &out[s]);
}

/* --- a real observation ------------------------------------------------------------
 */

struct built {
	struct observation o;
	struct obs_view view[W_SERVERS];
	struct obs_server server[W_SERVERS][W_SERVERS], watched[W_SERVERS][W_SERVERS];
	struct obs_group group[W_SERVERS][W_VMS];
	struct obs_resource resource[W_SERVERS][W_VMS];
	struct obs_monitor monitor[W_SERVERS];
};

static enum ecx_status
group_status(enum w_group g)
{
	static const enum ecx_status status[] = { ECX_OFFLINE, ECX_ONLINE_PENDING,
		ECX_ONLINE, ECX_OFFLINE_PENDING, ECX_ONLINE_FAILURE, ECX_OFFLINE,
		ECX_OFFLINE };

	return status[g];
}

static void
build_objects(struct built *b, int c, int s, const struct w_view *v)
{
	struct obs_view *o = &b->view[s];
	int i;

	for (i = 0; i < setup.vms; i++) {
		const enum w_group g = (enum w_group)v->group[i];
		char *cur = g == G_OFF ? NULL : server_name[c][v->cur[i]];

		b->group[s][i] = (struct obs_group) { group_name[i], group_status(g),
			g == G_HALF ? NULL : cur };
		b->resource[s][i] =
		    (struct obs_resource) { disk_name[i], NULL, group_name[i],
			    g == G_HALF ? ECX_ONLINE : group_status(g), cur };
	}
	o->groups = b->group[s];
	o->ngroups = setup.vms;
	o->resources = b->resource[s];
	o->nresources = v->missing ? 0 : setup.vms;
}

static void
build_view(struct built *b, int c, int s, const struct w_view *v)
{
	struct obs_view *o = &b->view[s];
	int i;

	o->cluster_name = v->foreign ? other_name : cluster_name[c];
	o->cluster_status = ECX_NORMAL;
	for (i = 0; i < setup.servers[c]; i++) {
		if (v->status[i] == ECX_OFFLINE && i != s)
			o->cluster_status = ECX_CAUTION;
		b->server[s][i] = (struct obs_server) { server_name[c][i],
			(enum ecx_status)v->status[i] };
		b->watched[s][i] = (struct obs_server) { server_name[c][i],
			v->suspended ? ECX_SUSPEND : ECX_ONLINE };
	}
	o->servers = b->server[s];
	o->nservers = setup.servers[c];
	b->monitor[s] = (struct obs_monitor) { monitor_name, monitor_name, ECX_NORMAL,
		b->watched[s], setup.servers[c] };
	o->monitors = &b->monitor[s];
	o->nmonitors = 1;
	build_objects(b, c, s, v);
}

static void
build(struct built *b, int c, const struct w_view view[], msec_t start, int only)
{
	int s;

	memset(b, 0, sizeof(*b));
	b->o.cluster = (size_t)c;
	b->o.start = start;
	b->o.end = WORLD_NOW;
	b->o.every_server = only < 0;
	b->o.views = b->view;
	b->o.nviews = setup.servers[c];
	for (s = 0; s < setup.servers[c]; s++) {
		b->view[s].server = (size_t)s;
		b->view[s].start = start;
		b->view[s].end = WORLD_NOW;
		if (only >= 0 && s != only)
			b->view[s].reach = REACH_UNASKED;
		else if (!view[s].answers)
			b->view[s].reach = REACH_TIMEOUT;
		else
			build_view(b, c, s, &view[s]);
	}
}

static const struct cluster_settings *
settings_of(int c)
{
	static __thread struct cluster_settings k;
	static __thread struct server_settings s[W_SERVERS];
	size_t i;

	for (i = 0; i < N(s); i++)
		s[i].name = server_name[c][i];
	k.name = k.ecx_name = cluster_name[c];
	k.servers = s;
	k.nservers = setup.servers[c];
	k.trust_peers = setup.trust_peers != 0;
	return &k;
}

#define SOMEBODY                                                            \
	(1u << 5) /* answered at all; w_log.clean has it beside the clauses \
	           */

/* --- the log: what a judge of his own makes of the same words ------------------------
 */

static bool
asked(int s, int only)
{
	return only < 0 || s == only;
}

static bool
view_is_sane(const struct w_view *v, int c, int s)
{
	int i;

	if (v->suspended || v->status[s] != ECX_ONLINE)
		return false;
	for (i = 0; i < setup.servers[c]; i++)
		if (v->status[i] == ECX_ONLINE_PENDING)
			return false;
	return true;
}

static bool
views_differ(const struct w_view *a, const struct w_view *b)
{
	return a->foreign != b->foreign || a->missing != b->missing ||
	    memcmp(a->status, b->status, sizeof(a->status)) != 0 ||
	    memcmp(a->group, b->group, sizeof(a->group)) != 0 ||
	    memcmp(a->cur, b->cur, sizeof(a->cur)) != 0;
}

static unsigned
log_clauses(int c, int vm, const struct w_view v[], int only)
{
	unsigned clean =
	    CLEAN_IDENTITY | CLEAN_SANE | CLEAN_AGREE | CLEAN_OFFLINE | CLEAN_HOOK;
	int s, first = -1;

	for (s = 0; s < setup.servers[c]; s++) {
		if (!asked(s, only)) {
			clean &= ~(unsigned)CLEAN_AGREE;
			continue;
		}
		if (!v[s].answers) {
			if (!setup.trust_peers)
				clean &= ~(unsigned)CLEAN_AGREE;
			continue;
		}
		if (first >= 0 && views_differ(&v[first], &v[s]))
			clean &= ~(unsigned)CLEAN_AGREE;
		first = first < 0 ? s : first;
		if (v[s].foreign)
			clean &= ~(unsigned)CLEAN_IDENTITY;
		if (!v[s].foreign && !view_is_sane(&v[s], c, s))
			clean &= ~(unsigned)CLEAN_SANE;
		if (v[s].group[vm] != G_OFF || v[s].missing)
			clean &= ~(unsigned)CLEAN_OFFLINE;
		if (v[s].hook)
			clean &= ~(unsigned)CLEAN_HOOK;
	}
	return first < 0 ? clean & ~(unsigned)CLEAN_AGREE : clean | SOMEBODY;
}

/* Does anybody say, believably or not, that something of it is there? */
static bool
log_shows(int c, int vm, const struct w_view v[], int only, bool pending_only)
{
	int s;

	for (s = 0; s < setup.servers[c]; s++) {
		const uint8_t g = v[s].group[vm];

		if (!asked(s, only) || !v[s].answers || v[s].foreign)
			continue;
		if (g == G_HALF && (judge_removed & UINT32_C(1) << AS_4F) != 0)
			continue; /* who does not care for resources sees nothing */
		if (pending_only ? g == G_STARTING || g == G_STOPPING || g == G_FAILED
		                 : g != G_OFF)
			return true;
	}
	return false;
}

/* What was sent and not known to be over (I7): does this round tell? */
static void
log_owed(struct w_log *l, bool active, bool pending, msec_t start)
{
	const bool effect =
	    l->owed == ORDER_STOP ? !active && (l->clean & SOMEBODY) != 0 : active;

	if (l->owed == ORDER_NONE || start <= l->owed_since)
		return;
	if (effect || pending || l->owed == ORDER_MOVE)
		l->owed = ORDER_NONE;
}

static void
log_round(struct world *w, int c, const struct w_view v[], msec_t start, int only)
{
	const unsigned run = CLEAN_IDENTITY | CLEAN_SANE | CLEAN_AGREE | CLEAN_OFFLINE;
	int vm;

	for (vm = 0; vm < setup.vms; vm++) {
		struct w_log *l = &w->vm[vm].site[c].log;
		const unsigned clean = log_clauses(c, vm, v, only);
		const bool active = log_shows(c, vm, v, only, false);

		l->calm = only < 0 ? 0 : start;
		if (only < 0 || active || (clean & SOMEBODY) == 0) {
			l->clean = (uint8_t)clean;
			l->round = start;
		}
		if (active) {
			l->seen_active = 1;
			if (!l->stop_open) /* it came back */
				l->explained = 0;
			l->first = l->last = l->off = 0;
			l->active = start;
			if (l->confirmed != 0 &&
			    (start > l->confirmed_at || start == WORLD_NOW))
				l->confirmed = 0;
			if (l->fence && start > l->fence_began)
				l->fence = 0;
			if (l->open && start > l->open_since)
				l->open = l->stopped_after = 0;
		} else if ((clean & SOMEBODY) != 0) {
			if (l->off == 0)
				l->off = start;
			if (start > l->stop_sent && (clean & run) == run)
				l->stop_open = 0;
			if (w->vm[vm].site[c].fencing != 0 &&
			    start > w->vm[vm].site[c].fence_began)
				l->lived = 1;
			if (l->fence && !l->fence_disk && start > l->fence_began)
				l->fence = 0; /* somebody there lives */
			/* the rest of what (e) asks of each round the others ask of
			 * the last one */
			if ((only < 0 || (judge_removed & UINT32_C(1) << AS_4C) != 0) &&
			    l->first != W_ANCIENT) {
				l->first = l->first == 0 ? start : l->first;
				l->last = start;
			}
		}
		if (active ||
		    clean ==
		        (run | CLEAN_HOOK |
		            SOMEBODY)) { /* it knows whatever began before */
			struct w_site *site = &w->vm[vm].site[c];

			site->unseen = site->unseen == 2 ? 1 : 0;
		}
		log_owed(l, active, log_shows(c, vm, v, only, true), start);
	}
}

/* --- what the model makes of a round (set/cluster.c, set/site.c, set/sight.c) --------
 */

static void
judge_site(struct world *w, int c, int vm, const struct observation *o)
{
	struct w_site *s = &w->vm[vm].site[c];
	const char *const disks[] = { disk_name[vm] };
	struct evidence_site es = {
		.cluster = settings_of(c),
		.group = group_name[vm],
		.kind = VM_SHARED_DISK,
		.resources = disks,
		.nresources = 1,
		.ndisks = 1,
		.identity_ok = w->cluster[c].seen_identity != 0,
		.own_settle = own_settle,
		.keep = freshness,
	};
	struct move_case mem;

	case_load(&mem, &w->vm[vm].mem);
	es.our_stop = mem.site[c].our_stop;
	es.stop_accepted = mem.site[c].stop_accepted;
	s->seen_evidence.may_start = mem.site[c].may_start;
	evidence_judge(&s->seen_evidence, &es, o, &settle);
	free(s->seen_evidence.text);
	s->seen_evidence.text = NULL;
}

/* What all who answered say the group is; *node: where. */
static uint8_t
site_oper(int c, int vm, const struct w_view v[], int only, bool sane, uint8_t *node)
{
	static const uint8_t oper[] = { SITE_OFFLINE, SITE_STARTING, SITE_ONLINE,
		SITE_STOPPING, SITE_FAILED, SITE_OFFLINE, SITE_OFFLINE };
	int s, first = -1;

	*node = 0;
	for (s = 0; s < setup.servers[c]; s++) {
		if (!asked(s, only) || !v[s].answers)
			continue;
		if (first < 0)
			first = s;
		else if (oper[v[s].group[vm]] != oper[v[first].group[vm]] ||
		    v[s].cur[vm] != v[first].cur[vm])
			return SITE_UNKNOWN;
	}
	if (oper[v[first].group[vm]] == SITE_OFFLINE && !sane)
		return SITE_UNKNOWN;
	if (oper[v[first].group[vm]] != SITE_OFFLINE)
		*node = (uint8_t)(v[first].cur[vm] + 1);
	return oper[v[first].group[vm]];
}

static bool
fresh(const struct world *w, int c)
{
	return w->cluster[c].seen != 0 && WORLD_NOW - w->cluster[c].seen <= freshness;
}

static bool
oper_active(uint8_t oper)
{
	return oper == SITE_ONLINE || oper == SITE_STARTING || oper == SITE_STOPPING;
}

/* As set/vm.c: two sites in rounds of which neither is older than the other's run. */
static void
judge_conflict(struct world *w, int vm)
{
	struct w_vm *v = &w->vm[vm];
	unsigned active = 0, unknown = 0;
	int a, b;

	for (a = 0; a < setup.clusters; a++) {
		const struct w_site *x = &v->site[a];

		active += fresh(w, a) && oper_active(x->seen_oper);
		unknown += !fresh(w, a) || x->seen_oper == SITE_UNKNOWN;
		for (b = 0; b < a; b++) {
			const struct w_site *y = &v->site[b];

			if (fresh(w, a) && fresh(w, b) && oper_active(x->seen_oper) &&
			    oper_active(y->seen_oper) &&
			    w->cluster[a].seen >= y->seen_active_since &&
			    w->cluster[b].seen >= x->seen_active_since)
				v->conflict = 1;
		}
	}
	if (active <= 1 && unknown == 0)
		v->conflict = 0;
}

static void
note_cluster(struct world *w, int c, const struct w_view v[], int only, bool *sane)
{
	struct w_cluster *k = &w->cluster[c];
	int s, i;

	k->seen_identity = 1;
	k->seen_alive = 1;
	k->seen_commandable = 0;
	k->seen_nodes = 0xff;
	*sane = true;
	for (s = 0; s < setup.servers[c]; s++) {
		if (!asked(s, only) || !v[s].answers)
			continue;
		if (v[s].foreign)
			k->seen_identity = 0;
		*sane = *sane && view_is_sane(&v[s], c, s);
		for (i = 0; i < setup.servers[c]; i++)
			if (v[s].status[i] != ECX_ONLINE)
				k->seen_nodes &= (uint8_t) ~(1u << i);
	}
	k->seen_nodes &= (uint8_t)((1u << setup.servers[c]) - 1);
	for (s = 0; s < setup.servers[c]; s++)
		if (asked(s, only) && v[s].answers && view_is_sane(&v[s], c, s) &&
		    (k->seen_nodes & 1u << s) != 0 && k->seen_identity)
			k->seen_commandable = 1;
}

static bool
anybody(int c, const struct w_view v[], int only)
{
	int s;

	for (s = 0; s < setup.servers[c]; s++)
		if (asked(s, only) && v[s].answers)
			return true;
	return false;
}

void
view_deliver(
    struct world *w, int c, const struct w_view v[W_SERVERS], msec_t start, int only)
{
	struct w_cluster *k = &w->cluster[c];
	const bool answered = anybody(c, v, only);
	struct built b;
	bool sane = false;
	int vm;

	build(&b, c, v, start, only);
	log_round(w, c, v, start, only);
	if (answered) {
		note_cluster(w, c, v, only, &sane);
		k->seen = start;
	} else {
		k->seen_commandable = k->seen_alive = 0;
	}
	for (vm = 0; vm < setup.vms; vm++) {
		struct w_site *s = &w->vm[vm].site[c];

		judge_site(w, c, vm, fresh(w, c) ? &b.o : NULL);
		/* a hook, as one might be configured, agrees or does not */
		if (answered && only < 0 && (v[0].hook || v[1].hook))
			s->seen_evidence.parts &= ~(unsigned)EV_HOOK;
		if (answered) {
			s->seen_oper = site_oper(c, vm, v, only, sane, &s->seen_node);
			if (!k->seen_identity) {
				s->seen_oper = SITE_UNKNOWN;
				s->seen_node = 0;
			}
			if (!oper_active(s->seen_oper))
				s->seen_active_since = 0;
			else if (s->seen_active_since == 0)
				s->seen_active_since = WORLD_NOW;
		}
		judge_conflict(w, vm);
	}
}

void
view_age(struct world *w)
{
	int c, vm;

	for (c = 0; c < setup.clusters; c++)
		for (vm = 0; vm < setup.vms && !fresh(w, c); vm++) {
			struct w_site *s = &w->vm[vm].site[c];

			judge_site(w, c, vm, NULL);
			s->seen_oper = SITE_UNKNOWN;
			s->seen_node = 0;
			s->seen_active_since = 0;
			s->log.first = s->log.last = 0; /* not in one run any more */
		}
}

void
view_forget(struct world *w)
{
	int c, vm;

	for (c = 0; c < setup.clusters; c++) {
		struct w_cluster *k = &w->cluster[c];

		k->seen_identity = 1;
		k->seen_commandable = k->seen_alive = k->seen_nodes = 0;
		k->seen = 0;
		memset(&k->late, 0, sizeof(k->late));
		for (vm = 0; vm < setup.vms; vm++) {
			struct w_site *s = &w->vm[vm].site[c];

			memset(&s->seen_evidence, 0, sizeof(s->seen_evidence));
			s->seen_evidence.state = EVIDENCE_NONE;
			s->seen_evidence.seen_active = true; /* it may have been */
			s->seen_oper = SITE_UNKNOWN;
			s->seen_node = 0;
			s->seen_active_since = 0;
			s->log.first = s->log.last = 0;
			s->log.seen_active = 0; /* a new process has seen nothing */
		}
	}
	for (vm = 0; vm < setup.vms; vm++)
		w->vm[vm].conflict = 0;
}

void
view_facts(const struct world *w, int vm, struct move_facts *f)
{
	const struct w_vm *v = &w->vm[vm];
	struct move_case mem;
	int c;

	case_load(&mem, &v->mem);
	f->vm.nsites = setup.clusters;
	f->vm.owner = v->owner;
	f->vm.epoch = v->epoch;
	f->vm.hold = v->hold != 0;
	f->vm.conflict = v->conflict != 0;
	f->blocked = w->store_bad || w->restored;
	for (c = 0; c < setup.clusters; c++) {
		const struct w_cluster *k = &w->cluster[c];
		const struct w_site *s = &v->site[c];
		const bool blind = !fresh(w, c) || !k->seen_identity;
		const bool here =
		    c == move_to(&mem) && mem.node != 0 && mem.leg == LEG_THERE;

		f->vm.site[c] = (struct site_sight) {
			.fresh = !blind,
			.commandable = !blind && k->seen_commandable,
			.closed = k->closed != 0,
			.node_ok = !k->closed &&
			    (here ? (k->seen_nodes & 1u << (mem.node - 1)) != 0
			          : k->seen_nodes != 0),
			.alive = k->seen_alive != 0,
			.active = !blind && s->seen_evidence.active,
			.oper = blind ? (uint8_t)SITE_UNKNOWN : s->seen_oper,
			.node = s->seen_node,
			.start = blind ? 0 : k->seen,
			.parts = s->seen_evidence.parts,
			.judged = s->seen_evidence.round_start,
			.offline_since = s->seen_evidence.offline_since,
			.has_monitors = (setup.monitors & 1u << c) != 0,
		};
	}
}
