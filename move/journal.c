/*
 * SPDX-License-Identifier: Apache-2.0
 * Rows and cases of moves as records of the store, and back.
 *
 * JSON by names: clusters, not site numbers, so that settings that order sites anew
 * change nothing; words, not numbers of enumerations, so that a person can read what
 * stands there. Times of CLOCK_BOOTTIME are not written: the engine takes them to be
 * now after a restart (MOVE_EV_LOADED). What does not fit is refused whole, by name.
 */
#include "move/moves_impl.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/mem.h"
#include "base/text.h"

#define MONITORS_MAX 4096 /* of one site */

struct words {
	const char *const *word;
	size_t n;
};
#define WORDS(list)                                    \
	{                                              \
		list, sizeof(list) / sizeof((list)[0]) \
	}

static const char *const phase_words[PHASES] = { "idle", "queued", "check", "quiesce",
	"stop", "release", "handover", "ready", "start", "verify", "resume", "doubt" };
static const char *const verb_words[] = { NULL, "move", "within", "up", "down",
	"newcomer" };
static const char *const leg_words[] = { "there", "back" };
static const char *const why_words[WHYS] = { "none", "cancel", "rollback", "hold",
	"conditions", "quiesce", "stopRefused", "stopFailed", "stopNoEffect",
	"stopTimeout", "reappeared", "sourceLost", "noProof", "startRefused",
	"startFailed", "startNoEffect", "startTimeout", "targetLost", "verify",
	"conflict", "restored" };
static const char *const order_words[] = { "none", "start", "stop", "move" };
static const char *const sent_words[] = { "written", "out", "unanswered", "accepted" };
static const char *const state_words[] = { NULL, "proposed", "accepted", "running",
	"cancelling", "rollingBack", "succeeded", "cancelled", "rolledBack", "failed",
	"inDoubt" };
static const char *const mode_words[] = { NULL, "planned", "dryRun", "live" };

static const struct words phases = WORDS(phase_words), verbs = WORDS(verb_words),
                          legs = WORDS(leg_words), whys = WORDS(why_words),
                          orders = WORDS(order_words), sents = WORDS(sent_words),
                          states = WORDS(state_words), modes = WORDS(mode_words);

/* --- writing ---------------------------------------------------------------------- */

static void
put_word(json_t *o, const char *name, const struct words *w, size_t value)
{
	json_object_set_new(o, name,
	    value < w->n && w->word[value] != NULL ? json_string(w->word[value])
	                                           : json_null());
}

static void
put_text(json_t *o, const char *name, const char *text)
{
	if (text != NULL)
		json_object_set_new(o, name, json_string(text));
}

static void
put_int(json_t *o, const char *name, int64_t value)
{
	if (value != 0)
		json_object_set_new(o, name, json_integer(value));
}

static void
put_flag(json_t *o, const char *name, bool value)
{
	if (value)
		json_object_set_new(o, name, json_true());
}

static void
record(struct moves *v, const char *space, const char *key, json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);

	json_decref(o);
	v->sink.record(v->sink.arg, space, key, text);
	free(text);
}

void
journal_drop(struct moves *v, const char *space, const char *key)
{
	v->sink.record(v->sink.arg, space, key, NULL);
}

void
journal_used(struct moves *v, const struct mv_used *u)
{
	char *text = xasprintf("%lld", (long long)u->wall);

	v->sink.record(v->sink.arg, "used", u->key, text);
	free(text);
}

void
journal_row(struct moves *v, const struct mv_row *r)
{
	json_t *o = json_object();

	json_object_set_new(o, "v", json_integer(1));
	put_int(o, "seq", (int64_t)r->seq);
	put_text(o, "vm", r->vm);
	put_int(o, "vmIndex", r->vm_index);
	put_word(o, "verb", &verbs, r->verb);
	put_word(o, "mode", &modes, r->mode);
	put_text(o, "reason", r->reason);
	put_text(o, "source", r->source);
	put_text(o, "sourceNode", r->source_node);
	put_text(o, "target", r->target);
	put_text(o, "targetNode", r->target_node);
	put_int(o, "sourceIndex", r->source_index);
	put_int(o, "sourceNodeIndex", r->source_node_index);
	put_int(o, "targetIndex", r->target_index);
	put_int(o, "targetNodeIndex", r->target_node_index);
	put_word(o, "state", &states, r->state);
	put_int(o, "step", r->step);
	put_int(o, "progress", r->progress);
	put_int(o, "accepted", r->accepted);
	put_int(o, "started", r->started);
	put_int(o, "finished", r->finished);
	put_int(o, "down", r->down_wall);
	put_int(o, "downtime", r->downtime);
	put_int(o, "epoch", r->epoch);
	put_int(o, "leftAt", r->left_at);
	put_int(o, "leftEpoch", r->left_epoch);
	put_text(o, "error", r->error);
	put_flag(o, "force", r->force);
	put_flag(o, "later", r->later);
	put_flag(o, "intent", r->intent);
	put_int(o, "ordered", r->ordered);
	put_int(o, "alarms", r->alarms);
	record(v, "move", r->key, o);
}

static json_t *
site_object(const struct move_site *m, const struct mv_site *s)
{
	json_t *o = json_object(), *list;
	size_t i;

	put_text(o, "group", s->group);
	if (m->order != ORDER_NONE) {
		put_word(o, "order", &orders, m->order);
		put_word(o, "sent", &sents, m->sent);
	}
	put_int(o, "tries", m->tries);
	put_int(o, "named", m->named);
	put_flag(o, "mayStart", m->may_start);
	put_flag(o, "before", m->before);
	put_flag(o, "ourStop", m->our_stop);
	put_flag(o, "stopAccepted", m->stop_accepted);
	put_flag(o, "other", m->seen_other);
	put_flag(o, "quiesced", m->quiesced);
	put_flag(o, "staysQuiet", m->stays_quiet);
	put_flag(o, "stopDone", m->stop_done != 0);
	put_flag(o, "stopLeft", m->stop_left != 0);
	put_flag(o, "active", m->last_active != 0);
	put_int(o, "confirmed", m->confirmed);
	if (s->nmonitors == 0)
		return o;
	list = json_array();
	for (i = 0; i < s->nmonitors; i++)
		json_array_append_new(list,
		    json_pack("[ss]", s->monitors[i].monitor, s->monitors[i].server));
	json_object_set_new(o, "monitors", list);
	return o;
}

void
journal_case(struct moves *v, const struct mv_case *k)
{
	const struct move_case *c = &k->c;
	json_t *o = json_object(), *sites = json_object();
	size_t i;

	json_object_set_new(o, "v", json_integer(1));
	put_text(o, "move", k->row != NULL ? k->row->key : k->move_key);
	put_word(o, "phase", &phases, c->phase);
	if (c->phase != PHASE_IDLE) {
		put_word(o, "verb", &verbs, c->verb);
		put_word(o, "leg", &legs, c->leg);
		put_word(o, "why", &whys, c->why);
		put_word(o, "before", &phases, c->before_doubt);
		put_word(o, "ending", &states, c->ending);
		put_flag(o, "force", c->force);
		put_flag(o, "ran", c->ran);
		put_flag(o, "passed", c->passed);
		if (c->source >= 0)
			put_text(o, "source", k->site[c->source].cluster);
		if (c->target >= 0)
			put_text(o, "target", k->site[c->target].cluster);
		put_int(o, "node", c->node);
	}
	put_int(o, "epoch", c->epoch);
	put_int(o, "base", c->base);
	for (i = 0; i < c->nsites; i++)
		json_object_set_new(
		    sites, k->site[i].cluster, site_object(&c->site[i], &k->site[i]));
	json_object_set_new(o, "sites", sites);
	record(v, "case", k->vm, o);
}

/* --- reading ---------------------------------------------------------------------- */

struct reader { /* the first thing that does not fit is told */
	const char *space, *key;
	char **cause;
	bool bad;
};

static void
misfit(struct reader *r, const char *name)
{
	if (!r->bad)
		cause_set(r->cause,
		    "record %s of %s: %s is missing or impossible: restore the state "
		    "file from a copy",
		    r->key, r->space, name);
	r->bad = true;
}

static char *
get_text(struct reader *r, json_t *o, const char *name, bool needed)
{
	json_t *t = json_object_get(o, name);

	if (json_is_string(t))
		return xstrdup(json_string_value(t));
	if (t != NULL || needed)
		misfit(r, name);
	return NULL;
}

static int64_t
get_int(struct reader *r, json_t *o, const char *name, int64_t most)
{
	json_t *n = json_object_get(o, name);

	if (n == NULL)
		return 0;
	if (!json_is_integer(n) || json_integer_value(n) < 0 ||
	    json_integer_value(n) > most) {
		misfit(r, name);
		return 0;
	}
	return json_integer_value(n);
}

static bool
get_flag(struct reader *r, json_t *o, const char *name)
{
	json_t *b = json_object_get(o, name);

	if (b != NULL && !json_is_boolean(b))
		misfit(r, name);
	return json_is_true(b);
}

static unsigned
get_word(struct reader *r, json_t *o, const char *name, const struct words *w)
{
	json_t *t = json_object_get(o, name);
	size_t i;

	for (i = 0; json_is_string(t) && i < w->n; i++)
		if (w->word[i] != NULL && strcmp(w->word[i], json_string_value(t)) == 0)
			return (unsigned)i;
	misfit(r, name);
	return 0;
}

/* "%010u/OWNER" */
static bool
read_key(const char *key, char **owner, uint32_t *index)
{
	unsigned long n;
	char *end;

	n = strtoul(key, &end, 10);
	if (end != key + 10 || *end != '/' || n == 0 || n > INDEX_MAX ||
	    !text_is_name(end + 1, MOVE_OWNER_MAX))
		return false;
	*owner = end + 1;
	*index = (uint32_t)n;
	return true;
}

static void
read_row(struct moves *v, struct reader *r, json_t *o)
{
	struct mv_row *row;
	uint32_t index;
	char *owner, *vm;

	if (!read_key(r->key, &owner, &index) || row_by_key(v, r->key) != NULL) {
		misfit(r, "the key");
		return;
	}
	vm = get_text(r, o, "vm", true);
	if (vm == NULL)
		return;
	row = row_new(v, owner, index, vm);
	free(vm);
	row->seq = (uint64_t)get_int(r, o, "seq", INT64_MAX - 1);
	row->vm_index = (uint32_t)get_int(r, o, "vmIndex", UINT32_MAX);
	row->verb = (enum move_verb)get_word(r, o, "verb", &verbs);
	row->mode = (enum cs_move_mode)get_word(r, o, "mode", &modes);
	row->reason = get_text(r, o, "reason", false);
	row->source = get_text(r, o, "source", false);
	row->source_node = get_text(r, o, "sourceNode", false);
	row->target = get_text(r, o, "target", false);
	row->target_node = get_text(r, o, "targetNode", false);
	row->source_index = (uint32_t)get_int(r, o, "sourceIndex", UINT32_MAX);
	row->source_node_index = (uint32_t)get_int(r, o, "sourceNodeIndex", UINT32_MAX);
	row->target_index = (uint32_t)get_int(r, o, "targetIndex", UINT32_MAX);
	row->target_node_index = (uint32_t)get_int(r, o, "targetNodeIndex", UINT32_MAX);
	row->state = (enum cs_move_state)get_word(r, o, "state", &states);
	row->step = (enum cs_move_step)get_int(r, o, "step", STEP_POST_HOOK);
	row->progress = (unsigned)get_int(r, o, "progress", 100);
	row->accepted = (time_t)get_int(r, o, "accepted", INT64_MAX);
	row->started = (time_t)get_int(r, o, "started", INT64_MAX);
	row->finished = (time_t)get_int(r, o, "finished", INT64_MAX);
	row->down_wall = (time_t)get_int(r, o, "down", INT64_MAX);
	row->downtime = get_int(r, o, "downtime", INT64_MAX / 2);
	row->epoch = (uint32_t)get_int(r, o, "epoch", UINT32_MAX);
	row->left_at = (uint32_t)get_int(r, o, "leftAt", UINT32_MAX);
	row->left_epoch = (uint32_t)get_int(r, o, "leftEpoch", UINT32_MAX);
	row->error = get_text(r, o, "error", false);
	row->force = get_flag(r, o, "force");
	row->later = get_flag(r, o, "later");
	row->intent = get_flag(r, o, "intent");
	if (row->later && row->state != MOVE_WAITING)
		misfit(r, "later");
	row->ordered = (unsigned)get_int(r, o, "ordered", MOVE_ORDER_ROLLBACK + 1);
	row->alarms = (unsigned)get_int(r, o, "alarms", 7);
	if (row->step == 0)
		row->step = STEP_NONE;
	if (row->seq >= v->row_seq)
		v->row_seq = row->seq + 1;
}

static void
read_monitors(struct reader *r, struct mv_site *s, json_t *list)
{
	const char *monitor, *server;
	json_t *pair;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > MONITORS_MAX) {
		misfit(r, "monitors");
		return;
	}
	json_array_foreach (list, i, pair) {
		if (json_unpack(pair, "[ss]", &monitor, &server) != 0) {
			misfit(r, "monitors");
			return;
		}
		monitor_add(s, monitor, server)->posted = true; /* it may have been */
	}
}

static void
read_site(struct reader *r, struct move_site *m, struct mv_site *s, json_t *o)
{
	json_t *list = json_object_get(o, "monitors");

	if (!json_is_object(o)) {
		misfit(r, "sites");
		return;
	}
	s->group = get_text(r, o, "group", true);
	if (json_object_get(o, "order") != NULL) {
		m->order = (uint8_t)get_word(r, o, "order", &orders);
		m->sent = (uint8_t)get_word(r, o, "sent", &sents);
	}
	m->tries = (uint8_t)get_int(r, o, "tries", UINT8_MAX);
	m->named = (uint32_t)get_int(r, o, "named", UINT32_MAX);
	m->may_start = get_flag(r, o, "mayStart");
	m->before = get_flag(r, o, "before");
	m->our_stop = get_flag(r, o, "ourStop");
	m->stop_accepted = get_flag(r, o, "stopAccepted");
	m->seen_other = get_flag(r, o, "other");
	m->quiesced = get_flag(r, o, "quiesced");
	m->stays_quiet = get_flag(r, o, "staysQuiet");
	m->stop_done = get_flag(r, o, "stopDone") ? 1 : 0;
	m->stop_left = get_flag(r, o, "stopLeft") ? 1 : 0;
	m->last_active = get_flag(r, o, "active") ? 1 : 0;
	m->confirmed = (uint32_t)get_int(r, o, "confirmed", UINT32_MAX);
	if (list != NULL)
		read_monitors(r, s, list);
}

static int8_t
read_place(struct reader *r, const struct mv_case *k, json_t *o, const char *name)
{
	char *cluster = get_text(r, o, name, false);
	int at = MOVE_NOWHERE;

	if (cluster != NULL && (at = case_site(k, cluster)) < 0)
		misfit(r, name);
	free(cluster);
	return (int8_t)at;
}

static void
read_case(struct moves *v, struct reader *r, json_t *o)
{
	json_t *sites = json_object_get(o, "sites"), *site;
	struct mv_case *k;
	const char *cluster;
	size_t n = json_object_size(sites), i = 0;

	if (!text_is_name(r->key, DISK_NAME_MAX) || case_find(v, r->key) != NULL) {
		misfit(r, "the key");
		return;
	}
	if (n == 0 || n > MOVE_SITES) {
		misfit(r, "sites");
		return;
	}
	k = case_new(v, r->key, n);
	json_object_foreach (sites, cluster, site) {
		k->site[i].cluster = xstrdup(cluster);
		read_site(r, &k->c.site[i], &k->site[i], site);
		i++;
	}
	k->move_key = get_text(r, o, "move", false);
	k->c.phase = (uint8_t)get_word(r, o, "phase", &phases);
	k->c.epoch = (uint32_t)get_int(r, o, "epoch", UINT32_MAX);
	k->c.base = (uint32_t)get_int(r, o, "base", UINT32_MAX);
	k->c.source = k->c.target = MOVE_NOWHERE;
	if (k->c.phase == PHASE_IDLE)
		return;
	k->c.verb = (uint8_t)get_word(r, o, "verb", &verbs);
	k->c.leg = (uint8_t)get_word(r, o, "leg", &legs);
	k->c.why = (uint8_t)get_word(r, o, "why", &whys);
	k->c.before_doubt = (uint8_t)get_word(r, o, "before", &phases);
	k->c.ending = (uint8_t)get_word(r, o, "ending", &states);
	k->c.force = get_flag(r, o, "force");
	k->c.ran = get_flag(r, o, "ran");
	k->c.passed = get_flag(r, o, "passed");
	k->c.source = read_place(r, k, o, "source");
	k->c.target = read_place(r, k, o, "target");
	k->c.node = (uint32_t)get_int(r, o, "node", UINT32_MAX);
	/* what the engine takes for granted */
	if ((k->c.verb == VERB_MOVE &&
	        (k->c.source < 0 || k->c.target < 0 || k->c.source == k->c.target)) ||
	    ((k->c.verb == VERB_UP || k->c.verb == VERB_WITHIN) && k->c.target < 0) ||
	    ((k->c.verb == VERB_DOWN || k->c.verb == VERB_NEWCOMER) && k->c.source < 0))
		misfit(r, "source or target");
}

static void
read_used(struct moves *v, struct reader *r, const char *value)
{
	long long wall;
	uint32_t index;
	char *owner, *end;

	wall = strtoll(value, &end, 10);
	if (*value == '\0' || *end != '\0' || wall < 0 ||
	    !read_key(r->key, &owner, &index)) {
		misfit(r, "its time");
		return;
	}
	used_add(v, r->key, (time_t)wall, 0); /* moves_start() says since when */
}

int
moves_restore(struct moves *v, const char *space, const char *key, const char *value,
    char **cause)
{
	struct reader r = { space, key, cause, false };
	json_error_t error;
	json_t *o;

	if (strcmp(space, "used") == 0) {
		read_used(v, &r, value);
		return r.bad ? -1 : 0;
	}
	if (strcmp(space, "move") != 0 && strcmp(space, "case") != 0)
		return cause_set(
		    cause, "record %s of %s: no such space of moves", key, space);
	o = json_loads(value, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(o)) {
		json_decref(o);
		return cause_set(cause,
		    "record %s of %s is not what clustersetd writes (%s): restore the "
		    "state file from a copy",
		    key, space, o == NULL ? error.text : "not an object");
	}
	if (json_integer_value(json_object_get(o, "v")) != 1)
		misfit(&r, "its version");
	else if (*space == 'm')
		read_row(v, &r, o);
	else
		read_case(v, &r, o);
	json_decref(o);
	return r.bad ? -1 : 0;
}
