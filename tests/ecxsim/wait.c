/*
 * SPDX-License-Identifier: Apache-2.0
 * The conditions of GET /wait. See README.md, "Waiting".
 */
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "tests/ecxsim/control.h"
#include "tests/ecxsim/monitor.h"
#include "tests/ecxsim/server.h"

static bool
word_is(const char *wanted, const char *have)
{
	return wanted == NULL || strcasecmp(wanted, have) == 0;
}

static const char *
current_name(const struct cluster *c, int server)
{
	return server < 0 ? "None" : c->srv[server].name;
}

/* POSTs or GETs that have arrived: count=N of method and pattern */
static int
wait_requests(const struct world *w, struct evkeyvalq *q, const char *count)
{
	uint64_t total = reqlog_total(w->log, evhttp_find_header(q, "cluster"),
	    evhttp_find_header(q, "server"), evhttp_find_header(q, "method"),
	    evhttp_find_header(q, "pattern"));

	return total >= strtoull(count, NULL, 10);
}

static int
unknown(char **cause, const char *what, const char *name)
{
	return cause_set(cause, "wait: no %s is named '%s'", what, name);
}

static int
wait_oracle(const struct world *w, struct evkeyvalq *q, const char *vm, const char *lun)
{
	const char *cluster = evhttp_find_header(q, "cluster");
	const char *active = evhttp_find_header(q, "active");
	bool want = active == NULL || strcmp(active, "no") != 0;

	return oracle_active(w->sim->oracle, vm ? KEY_VM : KEY_LUN, vm ? vm : lun,
	           cluster ? cluster : "", evhttp_find_header(q, "server")) == want;
}

static int
wait_object(const struct view *v, struct evkeyvalq *q, char **cause)
{
	const struct cluster *c = v->cluster;
	const char *group = evhttp_find_header(q, "group");
	const char *resource = evhttp_find_header(q, "resource");
	const char *monitor = evhttp_find_header(q, "monitor");
	const char *server = evhttp_find_header(q, "server");
	const char *status = evhttp_find_header(q, "status");
	const char *current = evhttp_find_header(q, "current");
	int i;

	if (group != NULL) {
		if ((i = cluster_group(c, group)) < 0)
			return unknown(cause, "group", group);
		return word_is(status, status_word(v->grp[i].status)) &&
		    word_is(current, current_name(c, v->grp[i].current));
	}
	if (resource != NULL) {
		if ((i = cluster_resource(c, resource)) < 0)
			return unknown(cause, "resource", resource);
		return word_is(status, status_word(v->res[i].status)) &&
		    word_is(current, current_name(c, v->res[i].current));
	}
	if (monitor != NULL) {
		if ((i = cluster_monitor(c, monitor)) < 0)
			return unknown(cause, "monitor", monitor);
		if (server == NULL)
			return word_is(status, status_word(monitor_status(v, i)));
		if (cluster_server(c, server) < 0)
			return unknown(cause, "server", server);
		return word_is(status,
		    status_word(
		        monitor_server_status(v, i, cluster_server(c, server))));
	}
	if (server != NULL) {
		if ((i = cluster_server(c, server)) < 0)
			return unknown(cause, "server", server);
		return word_is(status, status_word(v->seen[i]));
	}
	return word_is(status, status_word(view_status(v)));
}

int
wait_check(const struct world *w, struct evkeyvalq *q, char **cause)
{
	const char *cluster = evhttp_find_header(q, "cluster");
	const char *count = evhttp_find_header(q, "count");
	const char *vm = evhttp_find_header(q, "vm"),
	           *lun = evhttp_find_header(q, "lun");
	const char *as = evhttp_find_header(q, "seen_by");
	struct cluster *c;
	struct view *v;
	int i;

	if (count != NULL)
		return wait_requests(w, q, count);
	c = cluster == NULL ? NULL : sim_cluster(w->sim, cluster);
	if (c == NULL)
		return unknown(cause, "cluster", cluster ? cluster : "");
	if (vm != NULL || lun != NULL)
		return wait_oracle(w, q, vm, lun);
	v = cluster_view(c);
	if (as != NULL) {
		if ((i = cluster_server(c, as)) < 0)
			return unknown(cause, "server", as);
		v = c->srv[i].view;
	}
	return wait_object(v, q, cause);
}
