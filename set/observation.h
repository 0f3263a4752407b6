/*
 * SPDX-License-Identifier: Apache-2.0
 * One poll round of one cluster: what each asked server answered, unjudged.
 *
 * ecx/ builds it from GET cluster, servers, groups, resources and monitors (contract
 * 1.4); set/ judges it. A round is not atomic; it is stamped with its start. It never
 * changes once it is handed over.
 */
#ifndef SET_OBSERVATION_H
#define SET_OBSERVATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/clock.h"

struct cluster_settings; /* set/settings.h */

/* ECX's vocabulary (contract 2) and our word for what is not in it. */
enum ecx_status {
	ECX_UNKNOWN, /* not understood, "Unknown", or missing: never a guess */
	ECX_NORMAL,
	ECX_CAUTION,
	ECX_ERROR,
	ECX_UNUSED,
	ECX_SUSPEND,
	ECX_ONLINE,
	ECX_OFFLINE,
	ECX_ONLINE_PENDING,
	ECX_OFFLINE_PENDING,
	ECX_ONLINE_FAILURE,
	ECX_OFFLINE_FAILURE
};

/*
 * The status a text means: case and blanks are ignored (contract 9.7); "Warning" is
 * Caution, "Suspended" is Suspend, "Failure" is Online Failure, anything else unknown.
 */
enum ecx_status ecx_status_parse(const char *text);
const char *ecx_status_text(enum ecx_status); /* ECX's spelling */

/* How asking a server ended. */
enum ecx_reach {
	REACH_OK, /* all five GETs answered and decoded */
	REACH_UNASKED, /* left out of this round (calm, or backing off) */
	REACH_REFUSED, /* no connection */
	REACH_TIMEOUT,
	REACH_TLS, /* certificate or handshake */
	REACH_DENIED, /* 401, 403 */
	REACH_HTTP, /* any other HTTP failure, reset, short body */
	REACH_PROTOCOL /* an answer that is not ECX's, or too big */
};

struct obs_server {
	char *name;
	enum ecx_status status;
};

struct obs_group {
	char *name;
	enum ecx_status status;
	char *current; /* server; NULL: none ("None", contract 2) */
};

struct obs_resource {
	char *name;
	char *type; /* NULL: not told (4.2) */
	char *group; /* NULL: not known */
	enum ecx_status status;
	char *current;
};

struct obs_monitor {
	char *name, *type;
	enum ecx_status status; /* Normal, Caution, Error ... over the cluster */
	struct obs_server *servers; /* per server: Online, Offline, Suspend */
	size_t nservers;
};

struct obs_view { /* what one server said */
	size_t server; /* index into cluster_settings.servers; SIZE_MAX: the read_url */
	enum ecx_reach reach;
	char *error; /* "server1 (URL): what, and the way out"; NULL when REACH_OK */
	msec_t start, end;
	char *cluster_name;
	enum ecx_status cluster_status;
	char *cluster_status_text; /* as it came, made visible */
	struct obs_server *servers;
	size_t nservers;
	struct obs_group *groups; /* sorted by name */
	size_t ngroups;
	struct obs_resource *resources; /* sorted by name */
	size_t nresources;
	struct obs_monitor *monitors; /* sorted by name */
	size_t nmonitors;
};

struct observation {
	uint64_t seq; /* order of rounds in this process */
	size_t cluster; /* index into settings.clusters of `settings_seq` */
	uint64_t settings_seq; /* which settings this index belongs to */
	msec_t start, end;
	time_t wall;
	bool every_server; /* each server was asked at its own address */
	struct obs_view
	    *views; /* one per server, in settings' order (+ read_url last) */
	size_t nviews;
};

void observation_free(struct observation *); /* NULL is fine */
void obs_view_clear(struct obs_view *); /* frees what it holds, not itself */
/* Sorts the arrays by name, as the struct promises. */
void obs_view_sort(struct obs_view *);

const struct obs_server *obs_find_server(const struct obs_view *, const char *name);
const struct obs_group *obs_find_group(const struct obs_view *, const char *name);
const struct obs_resource *obs_find_resource(const struct obs_view *, const char *name);

/*
 * Do two answers tell the same of every cluster, server, group and resource? When not,
 * *what (if given) names the first difference; the caller frees it.
 */
bool obs_views_agree(const struct obs_view *a, const struct obs_view *b, char **what);

/* A view's error without the name and URL of that server at its begin; never NULL. */
const char *obs_error_reason(const char *error, const char *server);
/*
 * Why nobody answered: servers of one reason together, as in "west1, west2: HTTP 500".
 * The caller frees it.
 */
char *obs_errors(const struct observation *, const struct cluster_settings *);

#endif
