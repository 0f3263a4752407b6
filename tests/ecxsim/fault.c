/*
 * SPDX-License-Identifier: Apache-2.0
 * The list of faults: parsing, matching, spoiling of answers. See fault.h.
 */
#include "tests/ecxsim/fault.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

TAILQ_HEAD(fault_list, fault);

struct faults {
	struct sim *sim;
	struct fault_list list;
	int last_id;
	void (*refuse)(void *, struct server *);
	void *refuse_arg;
};

static const char *const kinds[F_KINDS] = { "latency", "hang", "close", "reset",
	"deny-ip", "unauthorized", "http-status", "envelope-code", "non-json-body",
	"empty-body", "oversize-body", "redirect", "deep-json", "effect-delay",
	"execute-lose-answer", "execute-then-close-keepalive", "reset-mid-body",
	"truncate-json", "wrong-types", "missing-fields", "set-fields", "drop-items",
	"drip", "date", "refuse", "stale" };

struct faults *
faults_new(struct sim *sim)
{
	struct faults *f = xcalloc(1, sizeof(*f));

	f->sim = sim;
	TAILQ_INIT(&f->list);
	return f;
}

void
fault_release(struct fault **fp)
{
	struct fault *f = *fp;

	*fp = NULL;
	if (f == NULL || --f->refs > 0)
		return;
	free(f->cluster);
	free(f->server);
	free(f->method);
	free(f->path);
	free(f->ip);
	free(f->message);
	json_decref(f->keys);
	json_decref(f->where);
	free(f);
}

/* Server faults (refuse, stale) begin or end at every server they name. */
static void
apply_to_servers(struct faults *fs, const struct fault *f, bool on)
{
	for (size_t i = 0; i < fs->sim->n; i++) {
		struct cluster *c = fs->sim->clusters[i];

		if (f->cluster != NULL && fnmatch(f->cluster, c->name, 0) != 0)
			continue;
		for (int k = 0; k < c->nsrv; k++) {
			struct server *s = &c->srv[k];

			if (f->server != NULL && fnmatch(f->server, s->name, 0) != 0)
				continue;
			if (f->kind == F_REFUSE && fs->refuse != NULL)
				fs->refuse(fs->refuse_arg, s);
			if (f->kind != F_STALE)
				continue;
			view_free(s->frozen);
			s->frozen = on ? view_clone(s->view, false) : NULL;
		}
	}
}

static void
fault_end(struct faults *fs, struct fault *f)
{
	TAILQ_REMOVE(&fs->list, f, entry);
	sched_cancel(fs->sim->sched, &f->expiry);
	apply_to_servers(fs, f, false);
	fault_release(&f);
}

int
faults_clear(struct faults *fs, int id)
{
	struct fault *f, *next;
	int n = 0;

	for (f = TAILQ_FIRST(&fs->list); f != NULL; f = next) {
		next = TAILQ_NEXT(f, entry);
		if (id != 0 && f->id != id)
			continue;
		fault_end(fs, f);
		n++;
	}
	return n;
}

void
faults_free(struct faults *fs)
{
	if (fs == NULL)
		return;
	fs->refuse = NULL;
	faults_clear(fs, 0);
	free(fs);
}

void
faults_on_refuse(struct faults *f, void (*fn)(void *, struct server *), void *arg)
{
	f->refuse = fn;
	f->refuse_arg = arg;
}

static void
expired(void *obj, int id, int b)
{
	struct faults *fs = obj;
	struct fault *f, *next;

	(void)b;
	for (f = TAILQ_FIRST(&fs->list); f != NULL; f = next) {
		next = TAILQ_NEXT(f, entry);
		if (f->id != id)
			continue;
		f->expiry = NULL;
		fault_end(fs, f);
	}
}

/* --- reading ------------------------------------------------------------------- */

static int
check_keys(const json_t *spec, char **cause)
{
	static const char known[] = " kind cluster server method path ip ms status "
	                            "code message bytes late keys "
	                            "set where body count skip for_ms at_ms fault ";
	const char *key;
	json_t *value;
	int err = 0;

	json_object_foreach ((json_t *)spec, key, value) {
		char *probe = xasprintf(" %s ", key);

		if (strstr(known, probe) == NULL)
			err = cause_set(
			    cause, "fault: unknown key \"%s\" (known:%s)", key, known);
		free(probe);
	}
	return err;
}

static char *
text_of(const json_t *spec, const char *key)
{
	return xstrdup(json_string_value(json_object_get(spec, key)));
}

static int64_t
number_of(const json_t *spec, const char *key, int64_t dflt)
{
	const json_t *j = json_object_get(spec, key);

	return json_is_integer(j) ? json_integer_value(j) : dflt;
}

static int
kind_of(const json_t *spec)
{
	const char *word = json_string_value(json_object_get(spec, "kind"));

	for (int k = 0; word != NULL && k < F_KINDS; k++)
		if (strcmp(kinds[k], word) == 0)
			return k;
	return -1;
}

static int64_t
default_ms(enum fault_kind kind)
{
	switch (kind) {
	case F_LATENCY:
		return 1000;
	case F_DRIP:
		return 50;
	default:
		return -1;
	}
}

static int
default_status(enum fault_kind kind)
{
	switch (kind) {
	case F_HTTP_STATUS:
		return 500;
	case F_REDIRECT:
		return 307;
	case F_NON_JSON_BODY:
		return 502;
	default:
		return 200;
	}
}

static int64_t
default_bytes(enum fault_kind kind)
{
	switch (kind) {
	case F_OVERSIZE_BODY:
		return 64 << 20;
	case F_DEEP_JSON:
		return 100000;
	default:
		return 0;
	}
}

static void
read_keys(struct fault *f, const json_t *spec)
{
	json_t *set = json_object_get(spec, "set"),
	       *keys = json_object_get(spec, "keys");
	json_t *body = json_object_get(spec, "body");
	json_t *where = json_object_get(spec, "where");

	if (json_is_object(where))
		f->where = json_incref(where);
	if (f->kind == F_SET_FIELDS)
		f->keys = json_is_object(set) ? json_incref(set) : json_object();
	else if (f->kind == F_HTTP_STATUS && body != NULL)
		f->keys = json_pack("{s:O}", "body", body);
	else if (json_is_array(keys))
		f->keys = json_incref(keys);
	else if (f->kind == F_MISSING_FIELDS)
		f->keys = json_pack("[s]", "status");
}

int
faults_add(struct faults *fs, const json_t *spec, char **cause)
{
	struct fault *f;
	int kind;

	if (!json_is_object(spec))
		return cause_set(cause, "fault: must be an object");
	if (check_keys(spec, cause) != 0)
		return -1;
	kind = kind_of(spec);
	if (kind < 0)
		return cause_set(
		    cause, "fault: \"kind\" is none of those in README.md");
	f = xcalloc(1, sizeof(*f));
	f->kind = (enum fault_kind)kind;
	f->refs = 1;
	f->id = ++fs->last_id;
	f->cluster = text_of(spec, "cluster");
	f->server = text_of(spec, "server");
	f->method = text_of(spec, "method");
	f->path = text_of(spec, "path");
	f->ip = text_of(spec, "ip");
	f->message = text_of(spec, "message");
	f->ms = number_of(spec, "ms", default_ms(f->kind));
	f->status = (int)number_of(spec, "status", default_status(f->kind));
	f->code = (int)number_of(spec, "code", 1);
	f->bytes = (size_t)number_of(spec, "bytes", default_bytes(f->kind));
	f->late = json_is_true(json_object_get(spec, "late"));
	f->count = (int)number_of(spec, "count", -1);
	f->skip = (int)number_of(spec, "skip", 0);
	read_keys(f, spec);
	TAILQ_INSERT_TAIL(&fs->list, f, entry);
	if (number_of(spec, "for_ms", -1) >= 0)
		f->expiry = sched_add(fs->sim->sched, number_of(spec, "for_ms", 0),
		    expired, fs, f->id, 0);
	apply_to_servers(fs, f, true);
	return f->id;
}

json_t *
faults_json(const struct faults *fs)
{
	json_t *list = json_array();
	struct fault *f;

	TAILQ_FOREACH (f, &fs->list, entry)
		json_array_append_new(list,
		    json_pack("{s:i, s:s, s:s*, s:s*, s:s*, s:s*, s:i, s:I}", "id",
		        f->id, "kind", kinds[f->kind], "cluster", f->cluster, "server",
		        f->server, "method", f->method, "path", f->path, "count",
		        f->count, "hits", (json_int_t)f->hits));
	return list;
}

/* --- matching -------------------------------------------------------------------- */

static bool
glob(const char *pattern, const char *s)
{
	return pattern == NULL || fnmatch(pattern, s, 0) == 0;
}

/* Patterns are written without the base path; the query counts as part of it. */
static bool
path_matches(const char *pattern, const char *uri)
{
	static const char base[] = "/api/v1/";

	if (pattern == NULL)
		return true;
	if (*pattern == '/')
		pattern++;
	if (strncmp(uri, base, sizeof(base) - 1) == 0)
		uri += sizeof(base) - 1;
	return fnmatch(pattern, uri, 0) == 0;
}

static bool
strikes(struct fault *f, const struct server *srv, const char *method, const char *uri,
    const char *peer)
{
	return f->kind < F_REFUSE && f->count != 0 &&
	    glob(f->cluster, srv->cluster->name) && glob(f->server, srv->name) &&
	    glob(f->method, method) && path_matches(f->path, uri) && glob(f->ip, peer);
}

void
faults_match(struct faults *fs, const struct server *srv, const char *method,
    const char *uri, const char *peer, struct strikes *out)
{
	struct fault *f, *next;

	out->delay = out->other = NULL;
	for (f = TAILQ_FIRST(&fs->list); f != NULL; f = next) {
		struct fault **slot = f->kind == F_LATENCY ? &out->delay : &out->other;

		next = TAILQ_NEXT(f, entry);
		if (*slot != NULL || !strikes(f, srv, method, uri, peer))
			continue;
		if (f->skip > 0) {
			f->skip--;
			continue;
		}
		f->refs++;
		f->hits++;
		*slot = f;
		if (f->count > 0)
			f->count--;
	}
}

bool
faults_refuse(const struct faults *fs, const struct server *srv)
{
	struct fault *f;

	TAILQ_FOREACH (f, &fs->list, entry) {
		if (f->kind == F_REFUSE && glob(f->cluster, srv->cluster->name) &&
		    glob(f->server, srv->name))
			return true;
	}
	return false;
}

/* --- spoiling -----------------------------------------------------------------------
 */

static bool
listed(const json_t *keys, const char *key)
{
	size_t i;
	json_t *k;

	json_array_foreach (keys, i, k)
		if (json_is_string(k) && strcmp(json_string_value(k), key) == 0)
			return true;
	return false;
}

static json_t *
other_type(const json_t *j)
{
	switch (json_typeof(j)) {
	case JSON_STRING:
		return json_integer(12345);
	case JSON_INTEGER:
	case JSON_REAL:
		return json_string("zero");
	case JSON_ARRAY:
		return json_pack("{s:b}", "not-an-array", 1);
	case JSON_OBJECT:
		return json_pack("[s]", "not-an-object");
	default:
		return json_string("neither");
	}
}

/* Is the object one that the fault is about? */
static bool
meant(const struct fault *f, const json_t *j)
{
	const char *key;
	json_t *value;

	json_object_foreach (f->where, key, value)
		if (!json_equal(value, json_object_get(j, key)))
			return false;
	return true;
}

static void
spoil_array(const struct fault *f, json_t *j)
{
	for (size_t i = json_array_size(j); i-- > 0;)
		if (f->kind == F_DROP_ITEMS && json_is_object(json_array_get(j, i)) &&
		    meant(f, json_array_get(j, i)))
			json_array_remove(j, i);
}

/* What becomes of one field of a meant object; true: nothing deeper is looked at. */
static bool
spoil_field(const struct fault *f, json_t *j, const char *key, json_t *value)
{
	bool deep = json_is_object(value) || json_is_array(value);
	json_t *to = NULL;

	if (f->kind == F_MISSING_FIELDS && listed(f->keys, key))
		return json_object_del(j, key) == 0;
	if (f->kind == F_WRONG_TYPES &&
	    (f->keys == NULL ? !deep : listed(f->keys, key)))
		to = other_type(value);
	else if (f->kind == F_SET_FIELDS)
		to = json_deep_copy(json_object_get(f->keys, key));
	return to != NULL && json_object_set_new(j, key, to) == 0;
}

static void
spoil(const struct fault *f, json_t *j)
{
	bool here = meant(f, j);
	const char *key;
	json_t *value;
	void *next;
	size_t i;

	spoil_array(f, j);
	json_array_foreach (j, i, value)
		spoil(f, value);
	if (!json_is_object(j))
		return;
	json_object_foreach_safe(j, next, key, value)
	{
		if (!here || !spoil_field(f, j, key, value))
			spoil(f, value);
	}
}

char *
fault_spoil(const struct fault *f, const char *text)
{
	json_t *j = json_loads(text, 0, NULL);
	char *out;

	if (j == NULL)
		return NULL;
	spoil(f, j);
	out = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	return out;
}
