/*
 * SPDX-License-Identifier: Apache-2.0
 * Ganeti's text format, as hbal -t and -U read it, into an input of the planner.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "policy/plan_file.h"
#include "policy/plan_index.h"

#define FIELDS_MAX 24
#define TAGS_MAX   64 /* of one object, and prefixes of one kind */

enum section {
	SECTION_GROUPS,
	SECTION_NODES,
	SECTION_INSTANCES,
	SECTION_TAGS,
	SECTION_POLICIES
};

static const struct {
	const char *what;
	size_t least; /* fields */
	const char *fields;
} sections[] = {
	{ "node group", 2, "name|uuid|..." },
	{ "node", 9,
	    "name|memory|memory of the node|free memory|disk|free "
	    "disk|cpus|offline|group "
	    "uuid|..." },
	{ "instance", 9,
	    "name|memory|disk|vcpus|status|auto "
	    "balance|primary|secondary|template|..." },
	{ "cluster tag", 1, "tag" },
	{ "policy", 1, "owner|..." },
};

struct reader {
	struct plan_input *in;
	const char *file;
	size_t line;
	char **cause;
	struct plan_index *groups, *nodes, *vms, *sets,
	    *domains; /* by uuid, else by name */
	char **node_tags, **vm_tags;
	int64_t *available; /* of nodes, MiB: free, or an instance's */
	size_t *node_lines, *vm_lines;
	char *exclusion[TAGS_MAX], *location[TAGS_MAX];
	size_t nexclusion, nlocation;
	char *field[FIELDS_MAX];
	size_t nfields;
};

#define BAD(r, fmt, ...) \
	cause_set((r)->cause, "%s:%zu: " fmt, (r)->file, (r)->line, __VA_ARGS__)

/* An entry more; room grows by doubling. */
static void *
grow(void *array, size_t n, size_t size)
{
	if (n == 0 || (n & (n - 1)) == 0)
		array = xreallocarray(array, n == 0 ? 1 : n * 2, size);
	memset((char *)array + n * size, 0, size);
	return array;
}

static int
number(struct reader *r, size_t field, const char *what, double *value)
{
	const char *s = field < r->nfields ? r->field[field] : "";
	char *end;

	errno = 0;
	*value = strtod(s, &end);
	if (end == s || *end != '\0' || !isfinite(*value) || *value < 0 ||
	    *value > 1e15) {
		char *shown = text_vis(s, 40);

		BAD(r, "field %zu, %s: '%s' is no number from 0 to 10^15", field + 1,
		    what, shown);
		free(shown);
		return -1;
	}
	return 0;
}

static int
name(struct reader *r, size_t field, const char *what)
{
	if (text_is_name(r->field[field], 4 * PLAN_NAME_MAX))
		return 0;
	return BAD(r,
	    "field %zu: a %s needs a name of 1 to %d bytes without control "
	    "characters",
	    field + 1, what, 4 * PLAN_NAME_MAX);
}

static int
read_group(struct reader *r)
{
	struct plan_input *in = r->in;

	if (name(r, 0, "node group") != 0)
		return -1;
	if (plan_index_add(&r->groups, r->field[1], (int)in->nclusters) != 0)
		return BAD(r,
		    "a second node group has the uuid of %s; each needs its own",
		    r->field[0]);
	in->clusters = grow(in->clusters, in->nclusters, sizeof *in->clusters);
	in->clusters[in->nclusters++].name = xstrdup(r->field[0]);
	return 0;
}

static int
read_node(struct reader *r)
{
	static const struct {
		size_t field;
		const char *what;
	} numbers[] = { { 1, "memory" }, { 2, "memory of the node" },
		{ 3, "free memory" }, { 4, "disk" }, { 5, "free disk" },
		{ 6, "cpus" } };
	struct plan_input *in = r->in;
	struct plan_node *n;
	double v[6], os_vcpus = 1, speed = 1;
	size_t i;
	int group;

	if (name(r, 0, "node") != 0)
		return -1;
	for (i = 0; i < 6; i++)
		if (number(r, numbers[i].field, numbers[i].what, &v[i]) != 0)
			return -1;
	if (r->nfields > 13 && number(r, 13, "vcpus of the node", &os_vcpus) != 0)
		return -1;
	if (r->nfields > 14 && number(r, 14, "cpu speed", &speed) != 0)
		return -1;
	group = plan_index_find(r->groups, r->field[8]);
	if (group < 0)
		return BAD(
		    r, "node %s: no node group above has this uuid", r->field[0]);
	if (in->nnodes >= PLAN_NODES_MAX)
		return BAD(r, "more than %d nodes; plan them in parts", PLAN_NODES_MAX);
	if (plan_index_add(&r->nodes, r->field[0], (int)in->nnodes) != 0)
		return BAD(r, "node %s stands twice; remove one", r->field[0]);
	r->node_tags = grow(r->node_tags, in->nnodes, sizeof *r->node_tags);
	r->available = grow(r->available, in->nnodes, sizeof *r->available);
	r->node_lines = grow(r->node_lines, in->nnodes, sizeof *r->node_lines);
	r->node_tags[in->nnodes] = xstrdup(r->nfields > 10 ? r->field[10] : "");
	r->available[in->nnodes] = (int64_t)v[2];
	r->node_lines[in->nnodes] = r->line;
	in->nodes = grow(in->nodes, in->nnodes, sizeof *in->nodes);
	n = &in->nodes[in->nnodes++];
	n->name = xstrdup(r->field[0]);
	n->cluster = group;
	n->domain = -1;
	n->state = strcmp(r->field[7], "Y") == 0 ? PLAN_NODE_DRAIN : PLAN_NODE_ONLINE;
	n->memory = (int64_t)v[0];
	n->disk_used = v[3] > 0 ? 1 - v[4] / v[3] : 0;
	n->os_vcpus = os_vcpus;
	n->cpus = v[5] * speed;
	return 0;
}

static int
read_instance(struct reader *r)
{
	static const char *const local[] = { "plain", "file" };
	struct plan_input *in = r->in;
	struct plan_vm *v;
	double memory, vcpus;
	size_t i;
	int node;

	if (name(r, 0, "instance") != 0 || number(r, 1, "memory", &memory) != 0 ||
	    number(r, 3, "vcpus", &vcpus) != 0)
		return -1;
	if (vcpus > 1e6)
		return BAD(r, "instance %s: more than a million vCPUs", r->field[0]);
	node = plan_index_find(r->nodes, r->field[6]);
	if (node < 0)
		return BAD(r, "instance %s: its primary is no node above", r->field[0]);
	if (strcmp(r->field[8], "drbd") == 0 || *r->field[7] != '\0')
		return BAD(r,
		    "instance %s has a secondary node (template drbd): only VMs "
		    "on storage that every node sees can be planned; leave it out",
		    r->field[0]);
	if (in->nvms >= PLAN_VMS_MAX)
		return BAD(
		    r, "more than %d instances; plan them in parts", PLAN_VMS_MAX);
	if (plan_index_add(&r->vms, r->field[0], (int)in->nvms) != 0)
		return BAD(r, "instance %s stands twice; remove one", r->field[0]);
	r->vm_tags = grow(r->vm_tags, in->nvms, sizeof *r->vm_tags);
	r->vm_lines = grow(r->vm_lines, in->nvms, sizeof *r->vm_lines);
	r->vm_lines[in->nvms] = r->line;
	r->vm_tags[in->nvms] = xstrdup(r->nfields > 9 ? r->field[9] : "");
	in->vms = grow(in->vms, in->nvms, sizeof *in->vms);
	v = &in->vms[in->nvms++];
	v->name = xstrdup(r->field[0]);
	v->node = node;
	v->memory = (int64_t)memory;
	v->vcpus = (int)vcpus;
	v->load = vcpus; /* a util of 1 for each, as hbal without -U */
	v->estimated = true;
	v->util[0] = v->util[1] = v->util[2] = v->util[3] = 1;
	v->home = -1;
	v->downtime = -1;
	v->sites = xcalloc(1, sizeof *v->sites);
	v->sites[0] = in->nodes[node].cluster;
	v->nsites = 1;
	for (i = 0; i < sizeof local / sizeof *local; i++)
		if (strcmp(r->field[8], local[i]) == 0)
			v->hold = true;
	r->available[node] += v->memory;
	return 0;
}

static int
read_tag(struct reader *r)
{
	static const char exclusion[] = "htools:iextags:",
	                  location[] = "htools:nlocation:";
	const char *tag = r->field[0];

	if (strncmp(tag, exclusion, sizeof exclusion - 1) == 0) {
		if (r->nexclusion == TAGS_MAX)
			return BAD(
			    r, "more than %d of %s; merge some", TAGS_MAX, exclusion);
		r->exclusion[r->nexclusion++] = xstrdup(tag + sizeof exclusion - 1);
	} else if (strncmp(tag, location, sizeof location - 1) == 0) {
		if (r->nlocation == TAGS_MAX)
			return BAD(
			    r, "more than %d of %s; merge some", TAGS_MAX, location);
		r->location[r->nlocation++] = xstrdup(tag + sizeof location - 1);
	}
	return 0;
}

/* --- tags into sets, when all is read -------------------------------------- */

static bool
has_prefix(const char *tag, size_t len, char *const *prefixes, size_t n)
{
	size_t i, k;

	for (i = 0; i < n; i++) {
		k = strlen(prefixes[i]);
		if (len > k + 1 && strncmp(tag, prefixes[i], k) == 0 && tag[k] == ':')
			return true;
	}
	return false;
}

static int
set_of(struct reader *r, const char *tag, enum plan_spread spread)
{
	struct plan_input *in = r->in;
	char *key = xasprintf("%s %s", plan_spread_word(spread), tag);
	int i = plan_index_find(r->sets, key);

	if (i < 0) {
		i = (int)in->nsets;
		plan_index_add(&r->sets, key, i);
		in->sets = grow(in->sets, in->nsets, sizeof *in->sets);
		in->sets[in->nsets].name = xstrdup(tag);
		in->sets[in->nsets].spread = spread;
		in->sets[in->nsets++].hard = spread == PLAN_SPREAD_NODE;
	}
	free(key);
	return i;
}

static void
join_set(struct plan_vm *v, int set)
{
	size_t i;

	for (i = 0; i < v->nsets; i++)
		if (v->sets[i] == set)
			return;
	v->sets = xreallocarray(v->sets, v->nsets + 1, sizeof *v->sets);
	v->sets[v->nsets++] = set;
}

static void
use_tags(struct reader *r)
{
	struct plan_input *in = r->in;
	const char *p;
	size_t i, len;
	char *tag;
	int d;

	for (i = 0; i < in->nnodes; i++)
		for (p = r->node_tags[i]; *p != '\0'; p += len + (p[len] == ',')) {
			len = strcspn(p, ",");
			if (in->nodes[i].domain >= 0 ||
			    !has_prefix(p, len, r->location, r->nlocation))
				continue;
			tag = xstrndup(p, len);
			d = plan_index_find(r->domains, tag);
			if (d < 0) {
				d = (int)in->ndomains;
				plan_index_add(&r->domains, tag, d);
				in->domains = grow(
				    in->domains, in->ndomains, sizeof *in->domains);
				in->domains[in->ndomains++] = xstrdup(tag);
			}
			in->nodes[i].domain = d;
			free(tag);
		}
	for (i = 0; i < in->nvms; i++)
		for (p = r->vm_tags[i]; *p != '\0'; p += len + (p[len] == ',')) {
			len = strcspn(p, ",");
			if (!has_prefix(p, len, r->exclusion, r->nexclusion) ||
			    in->vms[i].nsets + 2 > TAGS_MAX)
				continue;
			tag = xstrndup(p, len);
			join_set(&in->vms[i], set_of(r, tag, PLAN_SPREAD_NODE));
			if (r->nlocation > 0)
				join_set(
				    &in->vms[i], set_of(r, tag, PLAN_SPREAD_DOMAIN));
			free(tag);
		}
}

/* Memory that is neither free nor an instance's is the node's; then all is checked. */
static int
check_all(struct reader *r)
{
	struct plan_fault where;
	struct plan_node *n;
	char *words = NULL;
	size_t i;

	for (i = 0; i < r->in->nnodes; i++) {
		n = &r->in->nodes[i];
		n->reserved = n->memory - r->available[i];
		if (n->reserved < 0)
			n->reserved = 0;
	}
	if (plan_input_check(r->in, &where, &words) == 0)
		return 0;
	if (where.part == PLAN_PART_NODE)
		r->line = r->node_lines[where.index];
	else if (where.part == PLAN_PART_VM)
		r->line = r->vm_lines[where.index];
	BAD(r, "%s", words);
	free(words);
	return -1;
}

/* --- lines ----------------------------------------------------------------- */

/* Cuts the line at '|' in place. */
static int
split(struct reader *r, char *line, enum section section)
{
	char *p = line;

	r->nfields = 0;
	for (;;) {
		if (r->nfields == FIELDS_MAX)
			return BAD(r, "a %s has at most %d fields",
			    sections[section].what, FIELDS_MAX);
		r->field[r->nfields++] = p;
		p = strchr(p, '|');
		if (p == NULL)
			break;
		*p++ = '\0';
	}
	if (r->nfields < sections[section].least)
		return BAD(r, "a %s has at least %zu fields: %s (this line has %zu)",
		    sections[section].what, sections[section].least,
		    sections[section].fields, r->nfields);
	return 0;
}

static int
read_line(struct reader *r, char *line, enum section section)
{
	if (split(r, line, section) != 0)
		return -1;
	switch (section) {
	case SECTION_GROUPS:
		return read_group(r);
	case SECTION_NODES:
		return read_node(r);
	case SECTION_INSTANCES:
		return read_instance(r);
	case SECTION_TAGS:
		return read_tag(r);
	case SECTION_POLICIES:
		break;
	}
	return 0;
}

static int
read_all(struct reader *r, char *text)
{
	enum section section = SECTION_GROUPS;
	char *line = text, *end;

	for (; line != NULL; line = end) {
		r->line++;
		end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		if (*line == '\0') {
			if (end != NULL && section < SECTION_POLICIES)
				section++;
		} else if (read_line(r, line, section) != 0)
			return -1;
	}
	if (section < SECTION_INSTANCES || r->in->nnodes == 0)
		return BAD(r,
		    "%s; sections (groups, nodes, instances, cluster tags, "
		    "policies) are separated by one empty line",
		    r->in->nnodes == 0 ? "there are no nodes"
		                       : "the section of instances is missing");
	return 0;
}

struct plan_input *
plan_ganeti_parse(const char *text, size_t len, const char *file, char **cause)
{
	struct reader r = { .file = file, .cause = cause };
	char *copy = NULL;
	size_t i;
	int rc = -1;

	r.in = plan_input_new();
	plan_settings_hbal(&r.in->settings);
	if (memchr(text, '\0', len) != NULL) {
		cause_set(cause, "%s: a zero byte: this is no text", file);
		goto out;
	}
	copy = xstrndup(text, len);
	if (read_all(&r, copy) != 0)
		goto out;
	use_tags(&r);
	if (check_all(&r) != 0)
		goto out;
	rc = 0;
out:
	for (i = 0; i < r.in->nnodes; i++)
		free(r.node_tags[i]);
	for (i = 0; i < r.in->nvms; i++)
		free(r.vm_tags[i]);
	for (i = 0; i < r.nexclusion; i++)
		free(r.exclusion[i]);
	for (i = 0; i < r.nlocation; i++)
		free(r.location[i]);
	free(r.node_tags);
	free(r.vm_tags);
	free(r.available);
	free(r.node_lines);
	free(r.vm_lines);
	plan_index_free(&r.groups);
	plan_index_free(&r.nodes);
	plan_index_free(&r.vms);
	plan_index_free(&r.sets);
	plan_index_free(&r.domains);
	free(copy);
	if (rc != 0) {
		plan_input_free(r.in);
		return NULL;
	}
	return r.in;
}

/* --- hbal -U --------------------------------------------------------------- */

/* "name a b c d" in place. */
static int
read_util(struct reader *r, char *line)
{
	static const char *const what[] = { "cpu", "memory", "disk", "net" };
	struct plan_vm *v;
	char *p = line;
	size_t i;
	int vm;

	r->nfields = 0;
	for (;;) {
		p += strspn(p, " \t\r");
		if (*p == '\0')
			break;
		if (r->nfields == 5)
			return BAD(r, "%s", "a line is: instance cpu memory disk net");
		r->field[r->nfields++] = p;
		p += strcspn(p, " \t\r");
		if (*p != '\0')
			*p++ = '\0';
	}
	if (r->nfields == 0)
		return 0;
	if (r->nfields < 5)
		return BAD(r, "%s", "a line is: instance cpu memory disk net");
	vm = plan_index_find(r->vms, r->field[0]);
	if (vm < 0) {
		char *shown = text_vis(r->field[0], PLAN_NAME_MAX);

		BAD(r, "instance %s is not in the data; do both files belong together?",
		    shown);
		free(shown);
		return -1;
	}
	v = &r->in->vms[vm];
	for (i = 0; i < 4; i++) {
		if (number(r, i + 1, what[i], &v->util[i]) != 0)
			return -1;
		if (v->util[i] > 1e6)
			return BAD(r, "instance %s: %s is 0 to 1", v->name, what[i]);
	}
	v->load = v->util[0] * v->vcpus;
	v->estimated = false;
	return v->load > 1e6
	    ? BAD(r, "instance %s: a load over a million CPUs", v->name)
	    : 0;
}

int
plan_ganeti_util(
    struct plan_input *in, const char *text, size_t len, const char *file, char **cause)
{
	struct reader r = { .in = in, .file = file, .cause = cause };
	char *copy, *line, *end;
	size_t i;
	int rc = 0;

	if (memchr(text, '\0', len) != NULL)
		return cause_set(cause, "%s: a zero byte: this is no text", file);
	for (i = 0; i < in->nvms; i++)
		plan_index_add(&r.vms, in->vms[i].name, (int)i);
	copy = xstrndup(text, len);
	for (line = copy; line != NULL && rc == 0; line = end) {
		r.line++;
		end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		rc = read_util(&r, line);
	}
	plan_index_free(&r.vms);
	free(copy);
	return rc;
}
