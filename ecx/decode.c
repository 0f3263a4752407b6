/*
 * SPDX-License-Identifier: Apache-2.0
 * JSON of EXPRESSCLUSTER's REST API to plain structs. See decode.h.
 */
#include "ecx/decode.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "set/rows.h"

static const struct {
	const char *path, *key;
} endpoints[ECX_GET_COUNT] = {
	[ECX_GET_CLUSTER] = { "/cluster", "cluster" },
	[ECX_GET_SERVERS] = { "/servers", "servers" },
	[ECX_GET_GROUPS] = { "/groups", "groups" },
	[ECX_GET_RESOURCES] = { "/resources", "resources" },
	[ECX_GET_MONITORS] = { "/monitors", "monitors" },
};

const char *
ecx_endpoint_path(enum ecx_endpoint e)
{
	return endpoints[e].path;
}

/* --- the document ----------------------------------------------------------- */

/*
 * An empty object costs some 300 bytes in memory and three in the answer, so elements
 * are counted before they are built. Brackets within strings count too: harmless.
 */
static bool
too_many(const char *body, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		n += body[i] == '{' || body[i] == '[';
	return n > ECX_CONTAINERS_MAX;
}

static json_t *
parse(const char *where, const char *body, size_t len, char **cause)
{
	json_error_t err;
	json_t *root;
	char *vis;

	if (too_many(body, len)) {
		cause_set(cause, "%s: more than %d objects in one answer", where,
		    ECX_CONTAINERS_MAX);
		return NULL;
	}
	root = json_loadb(body, len, JSON_REJECT_DUPLICATES, &err);
	if (root == NULL) {
		vis = text_vis(err.text, 120);
		cause_set(cause, "%s: the answer is not JSON: %s (line %d, column %d)",
		    where, len == 0 ? "it is empty" : vis, err.line, err.column);
		free(vis);
		return NULL;
	}
	if (!json_is_object(root)) {
		cause_set(cause, "%s: the answer is not a JSON object", where);
		json_decref(root);
		return NULL;
	}
	return root;
}

/* A number without fraction, or its text (contract 1.6). */
static bool
integer_of(const json_t *v, int64_t *out)
{
	const char *s;
	char *end;
	double d;

	if (json_is_integer(v)) {
		*out = json_integer_value(v);
		return true;
	}
	if (json_is_real(v)) {
		d = json_real_value(v);
		if (!(d > -1e15 && d < 1e15) || d != (double)(int64_t)d)
			return false;
		*out = (int64_t)d;
		return true;
	}
	if (!json_is_string(v))
		return false;
	s = json_string_value(v);
	errno = 0;
	*out = strtoll(s, &end, 10);
	return errno == 0 && end != s && *end == '\0';
}

/* result.code and result.message of a whole document. */
static enum ecx_decoded
envelope(
    const json_t *root, const char *where, int64_t *code, char **message, char **cause)
{
	const json_t *result = json_object_get(root, "result"), *m;

	*code = ROW_NONE;
	*message = NULL;
	if (result == NULL)
		return ECX_DECODED;
	if (!json_is_object(result)) {
		cause_set(cause, "%s: 'result' is not an object", where);
		return ECX_GARBLED;
	}
	if (!integer_of(json_object_get(result, "code"), code)) {
		*code = ROW_NONE;
		cause_set(cause, "%s: 'result.code' is not a number", where);
		return ECX_GARBLED;
	}
	m = json_object_get(result, "message");
	if (m != NULL && !json_is_null(m) && !json_is_string(m)) {
		cause_set(cause, "%s: 'result.message' is not a string", where);
		return ECX_GARBLED;
	}
	if (json_is_string(m) && json_string_length(m) > 0)
		*message = text_vis(json_string_value(m), ECX_TEXT_MAX);
	if (*code == 0 && *message == NULL)
		return ECX_DECODED;
	cause_set(cause, "%s: the server says code %lld%s%s", where, (long long)*code,
	    *message == NULL ? "" : ": ", *message == NULL ? "" : *message);
	return ECX_SAYS_NO;
}

enum ecx_decoded
ecx_decode_envelope(
    const char *body, size_t len, int64_t *code, char **message, char **cause)
{
	enum ecx_decoded d;
	json_t *root;

	*code = ROW_NONE;
	*message = NULL;
	if (len == 0)
		return ECX_DECODED;
	root = parse("the answer", body, len, cause);
	if (root == NULL)
		return ECX_GARBLED;
	d = envelope(root, "the answer", code, message, cause);
	json_decref(root);
	return d;
}

/* Parses, judges the envelope, finds the payload under `key`. NULL: *d says why. */
static json_t *
open_payload(const char *where, const char *key, const char *body, size_t len,
    json_t **root, enum ecx_decoded *d, char **cause)
{
	char *message = NULL;
	json_t *payload;
	int64_t code;

	*d = ECX_GARBLED;
	*root = parse(where, body, len, cause);
	if (*root == NULL)
		return NULL;
	*d = envelope(*root, where, &code, &message, cause);
	free(message);
	if (*d != ECX_DECODED)
		return NULL;
	payload = json_object_get(*root, key);
	if (payload == NULL) {
		cause_set(cause, "%s: '%s' is missing", where, key);
		*d = ECX_GARBLED;
	}
	return payload;
}

/* --- members of an object ---------------------------------------------------- */

struct at { /* where in an answer, for messages */
	const char *where, *key;
	size_t index;
	char **cause;
};

static int
wrong(const struct at *at, const char *member, const char *what)
{
	return cause_set(at->cause, "%s: %s[%zu].%s %s", at->where, at->key, at->index,
	    member, what);
}

/* A name that must be there. Kept exactly, since commands carry it back. */
static int
take_name(const struct at *at, const json_t *o, char **out)
{
	const json_t *v = json_object_get(o, "name");

	if (v == NULL)
		return wrong(at, "name", "is missing");
	if (!json_is_string(v))
		return wrong(at, "name", "is not a string");
	if (!text_is_name(json_string_value(v), ECX_NAME_MAX))
		return wrong(at, "name",
		    "is empty, longer than 255 bytes or has control characters");
	*out = xstrdup(json_string_value(v));
	return 0;
}

/* A name that may be missing, null or empty: NULL. */
static int
take_optional(const struct at *at, const json_t *o, const char *member, char **out)
{
	const json_t *v = json_object_get(o, member);

	if (v == NULL || json_is_null(v))
		return 0;
	if (!json_is_string(v))
		return wrong(at, member, "is not a string");
	if (json_string_length(v) == 0)
		return 0;
	if (!text_is_name(json_string_value(v), ECX_NAME_MAX))
		return wrong(
		    at, member, "is longer than 255 bytes or has control characters");
	*out = xstrdup(json_string_value(v));
	return 0;
}

/* The server a group or resource is on; NULL where nobody has it (contract 9.8). */
static int
take_current(const struct at *at, const json_t *o, char **out)
{
	if (take_optional(at, o, "current", out) < 0)
		return -1;
	if (*out != NULL && (strcmp(*out, "None") == 0 || strcmp(*out, "-") == 0))
		xfree_clear(out);
	return 0;
}

static int
take_status(const struct at *at, const json_t *o, enum ecx_status *out)
{
	const json_t *v = json_object_get(o, "status");

	*out = ECX_UNKNOWN;
	if (v == NULL || json_is_null(v))
		return 0;
	if (!json_is_string(v))
		return wrong(at, "status", "is not a string");
	*out = ecx_status_parse(json_string_value(v));
	return 0;
}

/* Every element begins with its name. */
static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts an array of elements that begin with their name; two of a name are an error. */
static int
sort_unique(const struct at *at, void *array, size_t n, size_t size)
{
	const char *a = array;
	size_t i;
	char *vis;

	if (n < 2)
		return 0;
	qsort(array, n, size, by_name);
	for (i = 1; i < n; i++, a += size)
		if (by_name(a, a + size) == 0) {
			vis = text_vis(*(char *const *)(const void *)a, 128);
			cause_set(at->cause, "%s: '%s' names '%s' twice", at->where,
			    at->key, vis);
			free(vis);
			return -1;
		}
	return 0;
}

/* --- endpoints ---------------------------------------------------------------- */

static int
decode_cluster(const struct at *at, const json_t *o, struct obs_view *v)
{
	const json_t *status;

	if (!json_is_object(o))
		return cause_set(
		    at->cause, "%s: '%s' is not an object", at->where, at->key);
	if (take_name(at, o, &v->cluster_name) < 0 ||
	    take_status(at, o, &v->cluster_status) < 0)
		return -1;
	status = json_object_get(o, "status");
	if (json_is_string(status))
		v->cluster_status_text =
		    text_vis(json_string_value(status), ECX_TEXT_MAX);
	return 0;
}

static int
decode_server(const struct at *at, const json_t *o, struct obs_server *s)
{
	if (take_name(at, o, &s->name) < 0)
		return -1;
	return take_status(at, o, &s->status);
}

static int
decode_group(const struct at *at, const json_t *o, struct obs_group *g)
{
	if (take_name(at, o, &g->name) < 0 || take_status(at, o, &g->status) < 0)
		return -1;
	return take_current(at, o, &g->current);
}

static int
decode_resource(const struct at *at, const json_t *o, struct obs_resource *r)
{
	if (take_name(at, o, &r->name) < 0 || take_status(at, o, &r->status) < 0 ||
	    take_optional(at, o, "type", &r->type) < 0 ||
	    take_optional(at, o, "group", &r->group) < 0)
		return -1;
	return take_current(at, o, &r->current);
}

static int
decode_monitor(const struct at *at, const json_t *o, struct obs_monitor *m)
{
	const json_t *servers = json_object_get(o, "servers"), *s;
	struct at in = { at->where, "monitors[].servers", 0, at->cause };
	size_t n;

	if (take_name(at, o, &m->name) < 0 || take_status(at, o, &m->status) < 0 ||
	    take_optional(at, o, "type", &m->type) < 0)
		return -1;
	if (servers == NULL || json_is_null(servers))
		return 0;
	if (!json_is_array(servers))
		return wrong(at, "servers", "is not an array");
	n = json_array_size(servers);
	m->servers = xcalloc(n, sizeof(*m->servers));
	for (m->nservers = 0; m->nservers < n;) {
		in.index = m->nservers;
		s = json_array_get(servers, m->nservers);
		if (decode_server(&in, s, &m->servers[m->nservers++]) < 0)
			return -1;
	}
	return sort_unique(&in, m->servers, m->nservers, sizeof(*m->servers));
}

/* One element of the payload array, into its place in the view. */
static int
decode_element(
    enum ecx_endpoint e, const struct at *at, const json_t *o, struct obs_view *v)
{
	if (!json_is_object(o))
		return cause_set(at->cause, "%s: %s[%zu] is not an object", at->where,
		    at->key, at->index);
	switch (e) {
	case ECX_GET_SERVERS:
		return decode_server(at, o, &v->servers[v->nservers++]);
	case ECX_GET_GROUPS:
		return decode_group(at, o, &v->groups[v->ngroups++]);
	case ECX_GET_RESOURCES:
		return decode_resource(at, o, &v->resources[v->nresources++]);
	default:
		return decode_monitor(at, o, &v->monitors[v->nmonitors++]);
	}
}

static int
decode_array(
    enum ecx_endpoint e, struct at *at, const json_t *array, struct obs_view *v)
{
	bool single = e == ECX_GET_GROUPS && json_is_object(array);
	size_t n;

	if (!single && !json_is_array(array))
		return cause_set(
		    at->cause, "%s: '%s' is not an array", at->where, at->key);
	n = single ? 1 : json_array_size(array);
	if (e == ECX_GET_SERVERS)
		v->servers = xcalloc(n, sizeof(*v->servers));
	else if (e == ECX_GET_GROUPS)
		v->groups = xcalloc(n, sizeof(*v->groups));
	else if (e == ECX_GET_RESOURCES)
		v->resources = xcalloc(n, sizeof(*v->resources));
	else
		v->monitors = xcalloc(n, sizeof(*v->monitors));
	for (at->index = 0; at->index < n; at->index++)
		if (decode_element(e, at,
		        single ? array : json_array_get(array, at->index), v) < 0)
			return -1;
	if (e == ECX_GET_SERVERS)
		return sort_unique(at, v->servers, n, sizeof(*v->servers));
	if (e == ECX_GET_GROUPS)
		return sort_unique(at, v->groups, n, sizeof(*v->groups));
	if (e == ECX_GET_RESOURCES)
		return sort_unique(at, v->resources, n, sizeof(*v->resources));
	return sort_unique(at, v->monitors, n, sizeof(*v->monitors));
}

/* Moves the part of `e` from one view to another. */
static void
move_part(enum ecx_endpoint e, struct obs_view *to, struct obs_view *from)
{
	switch (e) {
	case ECX_GET_CLUSTER:
		to->cluster_name = from->cluster_name;
		to->cluster_status = from->cluster_status;
		to->cluster_status_text = from->cluster_status_text;
		break;
	case ECX_GET_SERVERS:
		to->servers = from->servers;
		to->nservers = from->nservers;
		break;
	case ECX_GET_GROUPS:
		to->groups = from->groups;
		to->ngroups = from->ngroups;
		break;
	case ECX_GET_RESOURCES:
		to->resources = from->resources;
		to->nresources = from->nresources;
		break;
	default:
		to->monitors = from->monitors;
		to->nmonitors = from->nmonitors;
		break;
	}
}

enum ecx_decoded
ecx_decode(enum ecx_endpoint e, const char *body, size_t len, struct obs_view *view,
    char **cause)
{
	struct at at = { endpoints[e].path, endpoints[e].key, 0, cause };
	struct obs_view part = { 0 };
	enum ecx_decoded d;
	json_t *root, *payload;

	payload = open_payload(at.where, at.key, body, len, &root, &d, cause);
	if (payload != NULL) {
		if ((e == ECX_GET_CLUSTER ? decode_cluster(&at, payload, &part)
		                          : decode_array(e, &at, payload, &part)) < 0) {
			obs_view_clear(&part);
			d = ECX_GARBLED;
		} else {
			move_part(e, view, &part);
		}
	}
	json_decref(root);
	return d;
}

/* --- a group's resources ------------------------------------------------------- */

void
ecx_names_clear(struct ecx_names *names)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		free(names->names[i]);
	free(names->names);
	names->names = NULL;
	names->n = 0;
}

/* The object of `group` in an answer that may hold it in an array or alone. */
static const json_t *
find_group(const json_t *payload, const char *group)
{
	const json_t *o, *name;
	size_t i;

	if (json_is_object(payload))
		return payload;
	for (i = 0; i < json_array_size(payload); i++) {
		o = json_array_get(payload, i);
		name = json_object_get(o, "name");
		if (json_is_string(name) && strcmp(json_string_value(name), group) == 0)
			return o;
	}
	return NULL;
}

enum ecx_decoded
ecx_decode_group(const char *body, size_t len, const char *group, struct ecx_names *out,
    char **cause)
{
	struct at at = { "/groups/{group}", "groups[].resources", 0, cause };
	const json_t *array;
	enum ecx_decoded d;
	json_t *root, *payload;
	size_t n;

	out->names = NULL;
	out->n = 0;
	payload = open_payload(at.where, "groups", body, len, &root, &d, cause);
	if (payload == NULL)
		goto out;
	d = ECX_GARBLED;
	array = json_object_get(find_group(payload, group), "resources");
	if (!json_is_array(array)) {
		cause_set(
		    cause, "%s: the group or its 'resources' is missing", at.where);
		goto out;
	}
	n = json_array_size(array);
	out->names = xcalloc(n, sizeof(*out->names));
	for (at.index = 0; at.index < n; at.index++, out->n++)
		if (take_name(&at, json_array_get(array, at.index),
		        &out->names[at.index]) < 0)
			goto out;
	d = ECX_DECODED;
out:
	if (d != ECX_DECODED)
		ecx_names_clear(out);
	json_decref(root);
	return d;
}
