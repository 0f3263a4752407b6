/*
 * SPDX-License-Identifier: Apache-2.0
 * What a person reads of a move: the site, the missing fact, the way out. Builds texts
 * and decides nothing. See moves_impl.h.
 */
#include "move/moves_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define PICK(list, i) \
	((size_t)(i) < sizeof(list) / sizeof((list)[0]) ? (list)[i] : "unknown")

const char *
state_word(enum cs_move_state s)
{
	static const char *const word[] = { "", "proposed", "accepted", "running",
		"cancelling", "rolling back", "succeeded", "cancelled", "rolled back",
		"failed", "in doubt" };

	return PICK(word, s);
}

const char *
step_word(enum cs_move_step s)
{
	static const char *const word[] = { "", "none", "check", "preHook", "quiesce",
		"stop", "release", "handover", "reverse", "start", "verify", "resume",
		"postHook" };

	return PICK(word, s);
}

const char *
oper_word(enum cs_vm_oper o)
{
	static const char *const word[] = { "", "running", "starting", "stopping",
		"stopped", "failed", "moving", "in doubt", "in conflict", "unknown" };

	return PICK(word, o);
}

const char *
site_word(enum cs_site_oper o)
{
	static const char *const word[] = { "", "Online", "Offline", "starting",
		"stopping", "failed", "not there", "unknown" };

	return PICK(word, o);
}

char *
words_whither(const struct mv_row *r)
{
	switch (r->verb) {
	case VERB_DOWN:
		return xasprintf("stop in cluster %s", r->source);
	case VERB_NEWCOMER:
		return xasprintf(
		    "stop of the second activation, in cluster %s", r->source);
	case VERB_UP:
		return xasprintf("start in cluster %s", r->target);
	case VERB_WITHIN:
		return xasprintf("to %s in cluster %s",
		    r->target_node == NULL ? "another server" : r->target_node,
		    r->target);
	default:
		return xasprintf("from cluster %s to %s", r->source, r->target);
	}
}

char *
words_site(const struct vm_place *p, const struct site_sight *s)
{
	if (s->closed)
		return xasprintf("cluster %s is in maintenance or ignored: set "
		                 "csClusterAdminState to active first",
		    p->cluster_name);
	if (!s->fresh)
		return xasprintf("nothing fresh is known of cluster %s: see its "
		                 "csClusterStatusText",
		    p->cluster_name);
	if (!s->commandable)
		return xasprintf("no server of cluster %s can be commanded now: see "
		                 "its csClusterStatusText",
		    p->cluster_name);
	return NULL;
}

/* --- the error of a row ------------------------------------------------------------
 */

static void __attribute__((format(printf, 2, 3))) add(char **text, const char *fmt, ...)
{
	va_list ap;
	char *more, *all;

	va_start(ap, fmt);
	more = xvasprintf(fmt, ap);
	va_end(ap);
	if (*more != '\0' && *text != NULL) {
		all = xasprintf("%s; %s", *text, more);
		free(*text);
		free(more);
		*text = all;
	} else if (*more != '\0') {
		*text = more;
	} else {
		free(more);
	}
}

/* It has left: proof of other sites is not needed any more. */
static bool
start_sent(const struct move_case *c)
{
	const int to = move_to(c);

	return to != MOVE_NOWHERE && c->site[to].order != ORDER_NONE &&
	    c->site[to].sent != SENT_WRITTEN;
}

/* The group is Offline, not all that belongs to it. */
static bool
half_offline(const struct site_sight *s)
{
	return s->oper == SITE_OFFLINE && s->active;
}

/* Is there anything to say of a site that something is awaited of? */
static bool
odd(const struct move_case *c, const struct site_sight *s)
{
	return c->phase == PHASE_DOUBT || !s->fresh || !s->commandable || !s->node_ok ||
	    s->oper == SITE_FAILED || s->oper == SITE_UNKNOWN || half_offline(s);
}

/* The site that a move waits for, or stands because of; *proof: that it is stopped. */
static int
in_the_way(const struct moves *v, const struct move_case *c, const struct move_facts *f,
    const struct model_now *now, bool *proof)
{
	const uint8_t phase = c->phase == PHASE_DOUBT ? c->before_doubt : c->phase;
	const int from = move_from(c), to = move_to(c);
	size_t i;

	int at;

	*proof = false;
	if (phase == PHASE_STOP)
		return from != MOVE_NOWHERE && odd(c, &f->vm.site[from]) ? from
		                                                         : MOVE_NOWHERE;
	if (phase == PHASE_CHECK) {
		if (from != MOVE_NOWHERE && !c->force && odd(c, &f->vm.site[from]))
			return from;
		if (to != MOVE_NOWHERE && odd(c, &f->vm.site[to]))
			return to;
		at = move_unprovable(c, f, &v->limits, now->ms);
		if (at == MOVE_NOWHERE && c->force && from != MOVE_NOWHERE &&
		    !f->vm.site[from].commandable)
			at = from; /* force spares the stop, not the proof */
		*proof = at != MOVE_NOWHERE;
		return at;
	}
	if (phase < PHASE_RELEASE || phase > PHASE_VERIFY)
		return MOVE_NOWHERE;
	for (i = 0; phase <= PHASE_START && !start_sent(c) && i < c->nsites; i++)
		if ((int)i != to &&
		    move_proved(c, f, &v->limits, (int)i, now->ms, NULL) ==
		        PROVED_NOT) {
			*proof = true;
			return (int)i;
		}
	return phase >= PHASE_READY && to != MOVE_NOWHERE && odd(c, &f->vm.site[to])
	    ? to
	    : MOVE_NOWHERE;
}

static void
add_unproved(char **text, const struct moves *v, const struct mv_case *k,
    const struct move_facts *f, int at, const struct vm_place *place,
    const struct model_now *now)
{
	const char *name = place->cluster_name;
	unsigned missing;

	if (move_proved(&k->c, f, &v->limits, at, now->ms, &missing) != PROVED_NOT)
		return;
	if (at == k->c.source && f->vm.site[at].oper == SITE_ONLINE &&
	    (missing & EV_NO_COMMAND) == 0) {
		/* before the stop: said only when it lasts */
		if (now->ms - k->c.entered > v->limits.evidence_age ||
		    !move_open(&k->c))
			add(text,
			    "cluster %s: not all of its servers answer and agree, so "
			    "that the VM could not be proved stopped there: see "
			    "csNodeTable",
			    name);
		return;
	}
	if ((missing & EV_NO_COMMAND) != 0)
		add(text,
		    "cluster %s: not proved stopped: a start command of ours may "
		    "still take effect there",
		    name);
	else if ((~f->vm.site[at].parts & EV_ALL & ~(unsigned)EV_NO_COMMAND) != 0)
		add(text, "cluster %s: not proved stopped: %s", name, place->evidence);
	else if (now->ms - k->c.entered > 2 * v->limits.evidence_age)
		add(text,
		    "cluster %s: not proved stopped: the last round of all its servers "
		    "is older than evidence-age",
		    name);
}

/* What is lacking at a site, as the model tells it. */
static void
add_lacking(char **text, const struct moves *v, const struct mv_case *k,
    const struct move_facts *f, const struct move_out *out, bool *proof,
    const struct model_now *now)
{
	const bool ended = (out->told & TOLD_ENDED) != 0;
	int at = in_the_way(v, &k->c, f, now, proof);
	struct site_sight seen;
	struct vm_info i;
	char *why;

	if (ended) {
		at = out->lacking;
		*proof = k->c.why == WHY_NO_PROOF;
	}
	if (at == MOVE_NOWHERE || !model_vm_info(v->m, k->vm_index, &i) ||
	    (size_t)at >= i.nsites)
		return;
	if (*proof) {
		add_unproved(text, v, k, f, at, &i.site[at], now);
		if (*text != NULL && !ended && k->c.force &&
		    k->c.phase != PHASE_DOUBT && v->settings->moves.force &&
		    !f->vm.site[at].fresh)
			add(text, "when it is, say so by csVmSiteConfirm.%u.%u",
			    i.index, i.site[at].cluster_index);
		return;
	}
	seen = f->vm.site[at];
	if (at != move_to(&k->c))
		seen.closed = false; /* maintenance keeps nothing from leaving */
	why = words_site(&i.site[at], &seen);
	if (why != NULL)
		add(text, "%s", why);
	else
		add(text, "cluster %s: %s", i.site[at].cluster_name,
		    half_offline(&f->vm.site[at]) ? i.site[at].evidence
		                                  : i.site[at].text);
	free(why);
}

static void
add_blocked(char **text, const struct moves *v)
{
	if (v->store_failed)
		add(text,
		    "nothing is commanded: the state file cannot be written (see the "
		    "alarm storeFailed)");
	if (v->restored != NULL)
		add(text,
		    "nothing is commanded: the state file looks restored (%s): set "
		    "csSetAdopt to %u",
		    v->restored, v->adopt);
}

static void
add_way_out(char **text, const struct moves *v, const struct mv_case *k, bool proof)
{
	const char *why = NULL;
	const bool back = move_takes(&k->c, MOVE_EV_ROLLBACK, &why);

	add(text, "set csMoveControl to retry%s or cancel%s", back ? ", rollback" : "",
	    proof && v->settings->moves.force
	        ? ", or confirm by csVmSiteConfirm that it is stopped there"
	        : "");
}

/* Where a VM stands after a move that did not bring it to its target. */
static void
add_rest(char **text, const struct mv_case *k, const struct move_facts *f,
    const struct mv_row *r)
{
	size_t i;

	for (i = 0; i < k->c.nsites; i++)
		if (f->vm.site[i].fresh && f->vm.site[i].oper == SITE_ONLINE) {
			add(text, "it runs in cluster %s", k->site[i].cluster);
			return;
		}
	if (r->verb == VERB_MOVE || r->verb == VERB_UP)
		add(text,
		    "it is not seen to run anywhere: set csVmAdminState to up to "
		    "start it");
}

/* It is there, but not on the server that was wanted: somebody, or ECX, chose. */
static void
add_node(char **text, const struct moves *v, const struct mv_case *k,
    const struct move_facts *f)
{
	const uint32_t cluster = k->row->target_index, wanted = k->c.node;
	const int to = k->c.target;
	const char *is;

	if (to < 0 || k->c.leg != LEG_THERE || wanted == 0 ||
	    f->vm.site[to].node == wanted || f->vm.site[to].node == 0)
		return;
	is = model_node_name(v->m, cluster, f->vm.site[to].node);
	if (is != NULL)
		add(text, "runs on %s, not on %s as wanted", is,
		    k->row->target_node == NULL ? "the node" : k->row->target_node);
}

static void
add_monitors(char **text, const struct mv_case *k)
{
	size_t i;

	for (i = 0; i < k->c.nsites; i++)
		if (k->site[i].mon_error != NULL)
			add(text, "cluster %s: %s", k->site[i].cluster,
			    k->site[i].mon_error);
}

/* Where the reason is to be seen: where something is missing, or the command went. */
static int
seen_at(const struct move_case *c, int lacking, int from, int to)
{
	switch ((enum move_why)c->why) {
	case WHY_NONE:
	case WHY_CANCEL:
	case WHY_ROLLBACK:
	case WHY_HOLD:
	case WHY_RESTORED:
	case WHY_STOP_REFUSED: /* the answer tells */
	case WHY_START_REFUSED:
		return MOVE_NOWHERE;
	case WHY_STOP_FAILED:
	case WHY_STOP_NO_EFFECT:
	case WHY_STOP_TIMEOUT:
	case WHY_SOURCE_LOST:
	case WHY_REAPPEARED:
		return lacking != MOVE_NOWHERE ? lacking : from;
	case WHY_START_FAILED:
	case WHY_START_NO_EFFECT:
	case WHY_START_TIMEOUT:
	case WHY_TARGET_LOST:
	case WHY_VERIFY:
		return lacking != MOVE_NOWHERE ? lacking : to;
	default:
		return lacking;
	}
}

char *
words_cause(const struct moves *v, const struct mv_case *k, const struct move_facts *f,
    int lacking, int from, int to, const struct model_now *now)
{
	const int at = seen_at(&k->c, lacking, from, to);
	struct vm_info i;
	char *text = NULL;

	if (at != MOVE_NOWHERE && model_vm_info(v->m, k->vm_index, &i) &&
	    (size_t)at < i.nsites) {
		if (k->c.why == WHY_NO_PROOF)
			add_unproved(&text, v, k, f, at, &i.site[at], now);
		else
			add(&text, "cluster %s: %s", i.site[at].cluster_name,
			    i.site[at].text);
	}
	if (k->said != NULL)
		add(&text, "%s", k->said);
	return text;
}

char *
words_error(const struct moves *v, const struct mv_case *k, const struct move_facts *f,
    const struct move_out *out, const struct model_now *now)
{
	const struct move_case *c = &k->c;
	const bool ended = (out->told & TOLD_ENDED) != 0;
	char *text = NULL, *lacking = NULL;
	bool proof;

	if (c->phase == PHASE_QUEUED)
		return NULL;
	if (ended && out->state == MOVE_SUCCEEDED) {
		add_node(&text, v, k, f);
		add_monitors(&text, k);
		return text;
	}
	if (c->why != WHY_NO_PROOF || k->cause != NULL)
		add(&text, "%s", move_why_words((enum move_why)c->why));
	if (k->cause != NULL)
		add(&text, "%s", k->cause);
	add_lacking(&lacking, v, k, f, out, &proof, now);
	if (lacking != NULL && (text == NULL || strstr(text, lacking) == NULL))
		add(&text, "%s", lacking);
	free(lacking);
	if (c->why == WHY_NO_PROOF && text == NULL) /* else the site says it */
		add(&text, "%s", move_why_words(WHY_NO_PROOF));
	add_monitors(&text, k);
	if (k->said != NULL && (text == NULL || strstr(text, k->said) == NULL))
		add(&text, "%s", k->said);
	if (ended && out->state == MOVE_FAILED)
		add_rest(&text, k, f, k->row);
	if (!ended && f->blocked)
		add_blocked(&text, v);
	if (c->phase == PHASE_DOUBT && k->row->ordered != 0)
		add(&text, "%s waits for its turn (moves.limit-set and others)",
		    order_word(k->row->ordered));
	else if (c->phase == PHASE_DOUBT)
		add_way_out(&text, v, k, proof);
	return text;
}
