/*
 * SPDX-License-Identifier: Apache-2.0
 * Who answers: is it the member that was recorded when it joined (design 3)?
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "set/model_impl.h"

bool
identity_same(const struct cluster_settings *a, const struct cluster_settings *b)
{
	size_t i;

	if (a->nservers != b->nservers ||
	    (a->ecx_name == NULL) != (b->ecx_name == NULL))
		return false;
	for (i = 0; i < a->nservers; i++)
		if (strcmp(a->servers[i].name, b->servers[i].name) != 0)
			return false;
	return a->ecx_name == NULL || strcmp(a->ecx_name, b->ecx_name) == 0;
}

/* The names of the servers that a view lists, sorted, joined by '\n'. */
static char *
joined_servers(const struct obs_view *v)
{
	char *all = xstrdup(""), *more;
	size_t i;

	for (i = 0; i < v->nservers; i++) {
		more = xasprintf("%s%s%s", all, i == 0 ? "" : "\n", v->servers[i].name);
		free(all);
		all = more;
	}
	return all;
}

static bool
listed(const struct obs_view *v, const char *server)
{
	size_t i;

	for (i = 0; i < v->nservers; i++)
		if (strcmp(v->servers[i].name, server) == 0)
			return true;
	return false;
}

/* Are exactly the configured servers listed? One that is misspelt is both. */
static bool
servers_as_configured(const struct m_cluster *c, const struct obs_view *v, char **why)
{
	const char *strange = NULL, *absent = NULL;
	size_t i;

	for (i = 0; i < v->nservers && strange == NULL; i++)
		if (cluster_node(c, v->servers[i].name) == NULL)
			strange = v->servers[i].name;
	for (i = 0; i < c->nnodes && absent == NULL; i++)
		if (!listed(v, c->nodes[i].cfg->name))
			absent = c->nodes[i].cfg->name;
	if (strange != NULL && absent != NULL)
		cause_set(why,
		    "it has no server %s, but a server %s that the configuration does "
		    "not name: correct the name in cluster %s and reload",
		    absent, strange, c->cfg->name);
	else if (strange != NULL)
		cause_set(why,
		    "it has a server %s that the configuration does not name: add it "
		    "to cluster %s and reload",
		    strange, c->cfg->name);
	else if (absent != NULL)
		cause_set(why,
		    "it has no server %s, which the configuration names: correct "
		    "cluster %s and reload",
		    absent, c->cfg->name);
	else if (v->nservers != c->nnodes)
		cause_set(why, "it lists a server twice");
	else
		return true;
	return false;
}

static bool
identity_check(struct model *m, struct m_cluster *c, const struct obs_view *v,
    char **why, const struct model_now *now)
{
	const char *want =
	    c->cfg->ecx_name != NULL ? c->cfg->ecx_name : c->kept->ecx_name;
	char *servers, *text;

	if (want != NULL && strcmp(want, v->cluster_name) != 0)
		return cause_set(why, "it calls itself %s, not %s", v->cluster_name,
		           want) == 0;
	if (!servers_as_configured(c, v, why))
		return false;
	servers = joined_servers(v);
	if (c->kept->ecx_name == NULL || c->kept->servers == NULL ||
	    strcmp(c->kept->servers, servers) != 0 ||
	    strcmp(c->kept->ecx_name, v->cluster_name) != 0) {
		text = xasprintf("cluster %s %s as %s with %zu servers", c->cfg->name,
		    c->kept->servers == NULL ? "joined" : "was recorded anew",
		    v->cluster_name, v->nservers);
		free(c->kept->ecx_name);
		free(c->kept->servers);
		c->kept->ecx_name = xstrdup(v->cluster_name);
		c->kept->servers = servers;
		kept_tell_identity(m, c->kept);
		model_event(m, EVENT_OBJECT_ADDED, SEV_INFO, OBJECT_CLUSTER,
		    c->cfg->name, text, now);
		free(text);
	} else {
		free(servers);
	}
	return true;
}

/*
 * Two members may be one cluster behind two addresses; or two clusters of which both
 * kept the names of an example. Names alone cannot tell, so both are believed.
 */
char *
identity_twin(const struct model *m, const struct m_cluster *c)
{
	const struct kept_cluster *own = c->kept, *other;
	size_t i;

	if (own->ecx_name == NULL || own->servers == NULL)
		return NULL;
	for (i = 0; i < m->nclusters; i++) {
		other = m->clusters[i] == NULL ? NULL : m->clusters[i]->kept;
		if (other == NULL || m->clusters[i]->index >= c->index ||
		    other->ecx_name == NULL || other->servers == NULL ||
		    strcmp(other->ecx_name, own->ecx_name) != 0 ||
		    strcmp(other->servers, own->servers) != 0)
			continue;
		return xasprintf(
		    "cluster %s calls itself %s and has servers of the same names as "
		    "member %s: if they are one cluster, remove one of the members; if "
		    "not, rename one in ECX",
		    c->cfg->name, own->ecx_name, other->name);
	}
	return NULL;
}

/* Who answered is remembered by address: in calm rounds they answer in turns. */
void
identity_note(struct model *m, struct m_cluster *c, const struct observation *o,
    const struct model_now *now)
{
	const char *foreign = NULL;
	char *why = NULL;
	size_t i;

	for (i = 0; i < o->nviews; i++) {
		const struct obs_view *v = &o->views[i];
		bool ours;

		if (v->reach != REACH_OK)
			continue;
		ours = identity_check(m, c, v, &why, now);
		if (v->server < c->nnodes) {
			free(c->nodes[v->server].foreign);
			c->nodes[v->server].foreign = ours ? NULL : why;
			why = ours ? why : NULL;
		}
		if (!ours && v->server >= c->nnodes)
			foreign = why;
	}
	for (i = 0; i < c->nnodes && foreign == NULL; i++)
		foreign = c->nodes[i].foreign;
	c->identity_ok = foreign == NULL;
	if (foreign != NULL) {
		free(c->text);
		c->text = text_vis(foreign, 255);
	}
	free(why);
}
