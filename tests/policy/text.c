/*
 * SPDX-License-Identifier: Apache-2.0
 * The configuration of a scenario's world as clusterset.conf: what its daemon reads
 * with the parser that everybody's is read with.
 */
#include "tests/policy/play.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Calls `each` for every line of `text`. */
static void
each_line(const char *text, void (*each)(FILE *, char *line, const char *arg), FILE *f,
    const char *arg)
{
	char *copy = xstrdup(text == NULL ? "" : text), *at = copy, *line;

	while ((line = strsep(&at, "\n")) != NULL)
		if (*line != '\0')
			each(f, line, arg);
	free(copy);
}

static void
put_option(FILE *f, char *line, const char *section)
{
	char *at = line;

	if (strcmp(next_word(&at), section) == 0)
		fprintf(f, "\t%s;\n", at);
}

/* The last word of a key counts: reloads say it anew. */
static char *
newest(const char *sections)
{
	char *copy = xstrdup(sections == NULL ? "" : sections), *at = copy, *line, *all;
	char *other, *eq;
	size_t len;

	all = xstrdup("");
	while ((line = strsep(&at, "\n")) != NULL) {
		if (*line == '\0' || (eq = strchr(line, '=')) == NULL)
			continue;
		len = (size_t)(eq - line) + 1;
		for (other = at; other != NULL && *other != '\0';) {
			if (strncmp(other, line, len) == 0)
				break;
			other = strchr(other, '\n');
			other = other == NULL ? NULL : other + 1;
		}
		if (other != NULL && *other != '\0')
			continue;
		other = xasprintf("%s%s\n", all, line);
		free(all);
		all = other;
	}
	free(copy);
	return all;
}

static void
put_domain(FILE *f, char *line, const char *arg)
{
	(void)arg;
	fprintf(f, "\t{ name = \"%s\"; },\n", line);
}

static void
put_set(FILE *f, char *line, const char *arg)
{
	char *at = line, *name = next_word(&at), *spread = next_word(&at),
	     *enforce = next_word(&at);

	(void)arg;
	fprintf(f, "\t{ name = \"%s\"; spread = \"%s\"; enforcement = \"%s\"; },\n",
	    name, spread == NULL ? "node" : spread, enforce == NULL ? "hard" : enforce);
}

static void
put_cluster(FILE *f, const struct w_cluster *c, size_t number)
{
	const struct w_node *n;
	size_t i;

	fprintf(f, "\t{ name = \"%s\";\n", c->name);
	if (c->domain != NULL)
		fprintf(f, "\t\tfault-domain = \"%s\";\n", c->domain);
	if (c->fence != NULL)
		fprintf(f,
		    "\t\tfence = { program = \"/bin/false\"; automatic = %s; };\n",
		    c->fence_manual ? "false" : "true");
	fprintf(f, "\t\tservers = (\n");
	for (i = 0; i < c->nnodes; i++) {
		n = &c->nodes[i];
		fprintf(f, "\t\t{ name = \"%s\"; url = \"http://127.%zu.0.%zu:29009\";",
		    n->name, number + 1, i + 1);
		if (n->domain != NULL)
			fprintf(f, " fault-domain = \"%s\";", n->domain);
		if (n->sized)
			fprintf(f, " cpus = %d; memory = %" PRId64 ";", (int)n->cpus,
			    n->memory);
		fprintf(f, " },\n");
	}
	fprintf(f, "\t\t);\n\t},\n");
}

static void
put_vm(FILE *f, const struct play *p, const struct w_vm *v)
{
	const char *cluster;
	size_t i;

	fprintf(f, "\t{ name = \"%s\"; kind = \"%s\";\n", v->name,
	    v->stateless ? "stateless" : "shared-disk");
	if (v->set != NULL)
		fprintf(f, "\t\tavailability-set = \"%s\";\n", v->set);
	if (v->home != NULL)
		fprintf(f, "\t\thome = \"%s\";\n", v->home);
	if (v->priority >= 0)
		fprintf(f, "\t\tpriority = %" PRId64 ";\n", v->priority);
	if (!v->untold)
		fprintf(f, "\t\tvcpus = %d; memory = %" PRId64 ";\n", (int)v->vcpus,
		    v->memory);
	fprintf(f, "\t\tsites = (\n");
	for (i = 0; i < v->nplaces; i++)
		fprintf(f,
		    "\t\t{ cluster = \"%s\"; group = \"%s\"; auto-start = \"%s\"; },\n",
		    p->world.clusters[v->places[i].cluster].name, v->name,
		    v->places[i].automatic ? "auto" : "manual");
	fprintf(f, "\t\t);\n");
	if (!v->stateless) {
		fprintf(f,
		    "\t\tdisks = ( { name = \"disk-%s\"; kind = \"shared\"; sites = "
		    "(\n",
		    v->name);
		for (i = 0; i < v->nplaces; i++) {
			cluster = p->world.clusters[v->places[i].cluster].name;
			fprintf(f, "\t\t{ cluster = \"%s\"; resource = \"sd-%s\"; },\n",
			    cluster, v->name);
		}
		fprintf(f, "\t\t); } );\n");
	}
	fprintf(f, "\t},\n");
}

/* libconfig knows no comma after the last of a list. */
static void
drop_last_commas(char *text)
{
	char *comma = NULL;

	for (; *text != '\0'; text++) {
		if (*text == ')' && comma != NULL)
			*comma = ' ';
		if (*text == ',')
			comma = text;
		else if (strchr(" \t\n", *text) == NULL)
			comma = NULL;
	}
}

char *
config_text(const struct play *p)
{
	static const char *const sections[] = { "policies", "load", "moves", "poll",
		"evidence" };
	char *text = NULL, *options = newest(p->script.sections);
	size_t len = 0, i;
	FILE *f = open_memstream(&text, &len);

	fprintf(
	    f, "set = { name = \"%s\"; state-dir = \"/nowhere\"; };\n", p->script.name);
	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (strstr(options, sections[i]) == NULL)
			continue;
		fprintf(f, "%s = {\n", sections[i]);
		each_line(options, put_option, f, sections[i]);
		fprintf(f, "};\n");
	}
	if (p->script.domains != NULL) {
		fprintf(f, "fault-domains = (\n");
		each_line(p->script.domains, put_domain, f, NULL);
		fprintf(f, ");\n");
	}
	if (p->script.sets != NULL) {
		fprintf(f, "availability-sets = (\n");
		each_line(p->script.sets, put_set, f, NULL);
		fprintf(f, ");\n");
	}
	fprintf(f, "clusters = (\n");
	for (i = 0; i < p->world.nclusters; i++)
		put_cluster(f, &p->world.clusters[i], i);
	fprintf(f, ");\nvms = (\n");
	for (i = 0; i < p->world.nvms; i++)
		put_vm(f, p, &p->world.vms[i]);
	fprintf(f, ");\n");
	fclose(f);
	drop_last_commas(text);
	free(options);
	return text;
}
