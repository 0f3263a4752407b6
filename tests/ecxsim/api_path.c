/*
 * SPDX-License-Identifier: Apache-2.0
 * Paths of the API: splitting, decoding, naming. See api.h.
 */
#include <event2/http.h>
#include <event2/http_compat.h>
#include <event2/keyvalq_struct.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/ecxsim/api.h"

#define BASE "/api/v1/"

void
api_path_parse(struct api_path *p, const char *uri)
{
	struct evkeyvalq query;
	const char *select;
	char *path, *rest, *part, *q;

	memset(p, 0, sizeof(*p));
	p->n = -1;
	if (strncmp(uri, BASE, strlen(BASE)) != 0)
		return;
	path = rest = xstrdup(uri + strlen(BASE));
	q = strchr(path, '?');
	if (q != NULL) {
		*q++ = '\0';
		if (evhttp_parse_query_str(q, &query) == 0) {
			select = evhttp_find_header(&query, "select");
			p->select = xstrdup(select);
			evhttp_clear_headers(&query);
		}
	}
	p->n = 0;
	while ((part = strsep(&rest, "/")) != NULL) {
		if (*part == '\0' && rest == NULL && p->n > 0)
			break; /* one slash at the end does not matter */
		if (p->n == API_SEGMENTS || *part == '\0') {
			for (int i = 0; i < p->n; i++)
				xfree_clear(&p->seg[i]);
			p->n = -1;
			break;
		}
		p->seg[p->n++] = evhttp_uridecode(part, 0, NULL);
	}
	free(path);
}

void
api_path_clear(struct api_path *p)
{
	for (int i = 0; i < p->n; i++)
		free(p->seg[i]);
	free(p->select);
	memset(p, 0, sizeof(*p));
}

const char *
api_path_pattern(const struct api_path *p)
{
	static const char *const one[] = { "cluster", "servers", "groups", "resources",
		"monitors", NULL };
	static const char *const two[] = { "servers/{}", "groups/{}", "resources/{}",
		"monitors/{}", NULL };
	const char *post = p->n > 0 ? api_post_pattern(p) : NULL;

	if (post != NULL)
		return post;
	if (p->n <= 0 || !api_get_known(REL_60, p))
		return "other";
	for (int i = 0; p->n == 1 && one[i] != NULL; i++)
		if (strcmp(p->seg[0], one[i]) == 0)
			return one[i];
	if (strcmp(p->seg[0], "cluster") == 0)
		return "cluster/toratio";
	for (int i = 0; p->n == 2 && two[i] != NULL; i++)
		if (strncmp(p->seg[0], two[i], strlen(p->seg[0])) == 0)
			return two[i];
	if (strcmp(p->seg[0], "mirrors") == 0)
		return strcmp(p->seg[1], "backup") == 0 ? "mirrors/backup/status"
		                                        : "mirrors/restore/status";
	if (strcmp(p->seg[1], "config") == 0)
		return "metrics/config/last-applied-date";
	return p->n == 3 ? "metrics/groups/uptime" : "metrics/groups/{}/uptime";
}
