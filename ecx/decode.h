/*
 * SPDX-License-Identifier: Apache-2.0
 * JSON of EXPRESSCLUSTER's REST API to plain structs. Pure: bytes in, structs out.
 *
 * Tolerant exactly where contract 9 asks for it (code as number or numeric string, no
 * `result`, extra keys, any order, no type/group/servers, one object for an array of
 * groups, the spellings of `current`, unknown status words) and strict everywhere else:
 * what is wrong is an error that names the endpoint and the key, never a guess. Bytes
 * are hostile: size is capped by the caller, elements and names here, depth by jansson.
 */
#ifndef ECX_DECODE_H
#define ECX_DECODE_H

#include "set/observation.h"

#define ECX_NAME_MAX       255 /* bytes of a name */
#define ECX_TEXT_MAX       256 /* bytes of foreign text that is shown */
#define ECX_CONTAINERS_MAX 131072 /* objects and arrays in one answer */

enum ecx_endpoint { /* in the order of a round */
	ECX_GET_CLUSTER,
	ECX_GET_SERVERS,
	ECX_GET_GROUPS,
	ECX_GET_RESOURCES,
	ECX_GET_MONITORS,
	ECX_GET_COUNT
};

/* "/cluster" ..., below the base path. */
const char *ecx_endpoint_path(enum ecx_endpoint);

enum ecx_decoded {
	ECX_DECODED, /* understood */
	ECX_SAYS_NO, /* a good envelope with code != 0 or a message (contract 1.6) */
	ECX_GARBLED /* not JSON, or not what the contract says */
};

/*
 * Fills the part of `view` that the endpoint is about; the rest is left alone. The part
 * must be empty before, is sorted after, and stays empty unless ECX_DECODED comes back.
 * *cause says what is wrong; the caller frees it.
 */
enum ecx_decoded ecx_decode(enum ecx_endpoint, const char *body, size_t len,
    struct obs_view *view, char **cause);

/* The names of a group's resources, from GET /groups/{group}?select=resources. */
struct ecx_names {
	char **names;
	size_t n;
};
enum ecx_decoded ecx_decode_group(const char *body, size_t len, const char *group,
    struct ecx_names *out, char **cause);
void ecx_names_clear(struct ecx_names *);

/*
 * The envelope alone, of a POST's answer or an error's body. No bytes at all and an
 * object without `result` are a success (contract 9.2). *code is ROW_NONE where none
 * came; *message (made visible, NULL when empty) is the caller's to free.
 */
enum ecx_decoded ecx_decode_envelope(
    const char *body, size_t len, int64_t *code, char **message, char **cause);

#endif
