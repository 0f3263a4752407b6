/*
 * SPDX-License-Identifier: Apache-2.0
 * Changes on the tree of values: what refers to what, and follows it. See change.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "configfile/change.h"
#include "configfile/change_impl.h"

/* --- where a name is used -------------------------------------------------- */

/* What is done with each place that refers to `name`. */
struct refer {
	const char *name;
	const char *to; /* NULL: it goes, else its new name */
	bool dry; /* only look */
	json_t *notes; /* what refers to it, or what was done; may be NULL */
	size_t uses;
};

static void __attribute__((format(printf, 2, 3)))
note(struct refer *r, const char *fmt, ...)
{
	char *text;
	va_list ap;

	r->uses++;
	if (r->notes == NULL)
		return;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	json_array_append_new(r->notes, json_string_nocheck(text));
	free(text);
}

static const char *
text_at(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s == NULL ? "" : s;
}

/* An option that names it: renamed, or taken out. */
static bool
refer_option(struct refer *r, json_t *object, const char *key)
{
	if (strcmp(text_at(object, key), r->name) != 0 || *r->name == '\0')
		return false;
	if (!r->dry && r->to != NULL)
		json_object_set_new_nocheck(object, key, json_string_nocheck(r->to));
	else if (!r->dry)
		json_object_del(object, key);
	return true;
}

/* An element of a list that is there because of it: renamed, or gone. True once. */
static bool
refer_element(struct refer *r, json_t *list, const char *key)
{
	bool found = false;
	json_t *one;
	size_t i;

	for (i = json_array_size(list); i-- > 0;) {
		one = json_array_get(list, i);
		if (key == NULL ? strcmp(json_string_value(one) == NULL
		                          ? ""
		                          : json_string_value(one),
		                      r->name) != 0
		                : strcmp(text_at(one, key), r->name) != 0)
			continue;
		found = true;
		if (r->dry)
			continue;
		if (r->to == NULL)
			json_array_remove(list, i);
		else if (key == NULL)
			json_array_set_new(list, i, json_string_nocheck(r->to));
		else
			json_object_set_new_nocheck(
			    one, key, json_string_nocheck(r->to));
	}
	return found;
}

static void
refer_fault_domain(struct refer *r, json_t *tree)
{
	json_t *cluster, *server;
	size_t i, k;

	json_array_foreach (json_object_get(tree, "clusters"), i, cluster) {
		if (refer_option(r, cluster, "fault-domain"))
			note(r, "cluster \"%s\"", text_at(cluster, "name"));
		json_array_foreach (json_object_get(cluster, "servers"), k, server) {
			if (refer_option(r, server, "fault-domain"))
				note(r, "server \"%s\" of cluster \"%s\"",
				    text_at(server, "name"), text_at(cluster, "name"));
		}
	}
}

static void
refer_avail_set(struct refer *r, json_t *tree)
{
	json_t *one;
	size_t i;

	json_array_foreach (json_object_get(tree, "vms"), i, one) {
		if (refer_option(r, one, "availability-set"))
			note(r, "VM \"%s\"", text_at(one, "name"));
	}
	json_array_foreach (json_object_get(tree, "vm-patterns"), i, one) {
		if (refer_option(r, one, "availability-set"))
			note(r, "pattern \"%s\"", text_at(one, "group"));
	}
}

/* A VM's use of a cluster; true: nothing is left of the VM. */
static bool
refer_cluster_vm(struct refer *r, json_t *vm)
{
	json_t *disks = json_object_get(vm, "disks"), *sites;
	bool site = refer_element(r, json_object_get(vm, "sites"), "cluster");
	bool home = refer_option(r, vm, "home");
	bool left;
	size_t i;

	for (i = json_array_size(disks); i-- > 0;) {
		sites = json_object_get(json_array_get(disks, i), "sites");
		site |= refer_element(r, sites, "cluster");
		if (!r->dry && r->to == NULL && json_array_size(sites) == 0)
			json_array_remove(disks, i);
	}
	if (!site && !home)
		return false;
	left = r->dry || json_array_size(json_object_get(vm, "sites")) > 0;
	if (left && disks != NULL && !r->dry && json_array_size(disks) == 0)
		json_object_del(vm, "disks");
	note(r, "VM \"%s\" (%s)%s", text_at(vm, "name"),
	    site && home ? "site and home"
	        : site   ? "site"
	                 : "home",
	    left ? "" : ", which has no other site and goes as a whole");
	return !left;
}

static void
refer_cluster(struct refer *r, json_t *tree)
{
	json_t *vms = json_object_get(tree, "vms"),
	       *patterns = json_object_get(tree, "vm-patterns"), *clusters;
	char *group;
	size_t i;

	for (i = 0; i < json_array_size(vms);) {
		if (refer_cluster_vm(r, json_array_get(vms, i)))
			json_array_remove(vms, i);
		else
			i++;
	}
	for (i = 0; i < json_array_size(patterns);) {
		clusters = json_object_get(json_array_get(patterns, i), "clusters");
		group = xstrdup(text_at(json_array_get(patterns, i), "group"));
		if (refer_element(r, clusters, NULL)) {
			if (!r->dry && json_array_size(clusters) == 0) {
				note(r,
				    "pattern \"%s\", which has no other cluster "
				    "and goes as a whole",
				    group);
				json_array_remove(patterns, i--);
			} else {
				note(r, "pattern \"%s\"", group);
			}
		}
		free(group);
		i++;
	}
}

static void
refer(struct refer *r, json_t *tree, const char *section)
{
	if (strcmp(section, "clusters") == 0)
		refer_cluster(r, tree);
	else if (strcmp(section, "fault-domains") == 0)
		refer_fault_domain(r, tree);
	else if (strcmp(section, "availability-sets") == 0)
		refer_avail_set(r, tree);
}

/* --- what is done ---------------------------------------------------------- */

static char *
joined(const json_t *notes)
{
	char *text = NULL;
	json_t *one;
	size_t i, len;
	FILE *f = open_memstream(&text, &len);

	json_array_foreach (notes, i, one) {
		if (i == 20) {
			fprintf(f, " and %zu more", json_array_size(notes) - i);
			break;
		}
		fprintf(f, "%s%s", i == 0 ? "" : ", ", json_string_value(one));
	}
	fclose(f);
	return text;
}

int
change_remove(json_t *tree, const char *section, const char *name, bool cascade,
    json_t *notes, char **cause)
{
	struct refer r = { .name = name, .dry = !cascade };
	char *users;

	if (change_want(tree, section, name, cause) == NULL)
		return -1;
	r.notes = cascade ? notes : json_array();
	refer(&r, tree, section);
	if (!cascade && r.uses > 0) {
		users = joined(r.notes);
		cause_set(cause,
		    "%s \"%s\" is still used by %s; take it out there first, or let "
		    "--cascade do so",
		    change_what(section), name, users);
		free(users);
	}
	if (!cascade)
		json_decref(r.notes);
	if (!cascade && r.uses > 0)
		return -1;
	change_drop(tree, section, name);
	return 0;
}

int
change_rename(json_t *tree, const char *section, const char *name, const char *to,
    json_t *notes, char **cause)
{
	struct refer r = { .name = name, .to = to, .notes = notes };
	json_t *entry = change_want(tree, section, name, cause);

	if (entry == NULL)
		return -1;
	if (strcmp(name, to) != 0 && change_find(tree, section, to) != NULL)
		return cause_set(
		    cause, "%s \"%s\" is there already", change_what(section), to);
	refer(&r, tree, section);
	json_object_set_new_nocheck(
	    entry, change_key(section), json_string_nocheck(to));
	return 0;
}

static void
list_domain(
    json_t *tree, json_t *list, const char *name, const char *but, json_t *notes)
{
	char *text;

	if (*name == '\0' || strcmp(name, but) == 0 ||
	    change_find(tree, "fault-domains", name) != NULL)
		return;
	json_array_append_new(list, json_pack("{s:s}", "name", name));
	if (notes == NULL)
		return;
	text = xasprintf("fault domain \"%s\", which was used without being listed, is "
	                 "listed as well",
	    name);
	json_array_append_new(notes, json_string_nocheck(text));
	free(text);
}

void
change_list_domains(json_t *tree, json_t *list, const char *but, json_t *notes)
{
	json_t *cluster, *server;
	size_t i, k;

	json_array_foreach (json_object_get(tree, "clusters"), i, cluster) {
		list_domain(tree, list, text_at(cluster, "fault-domain"), but, notes);
		json_array_foreach (json_object_get(cluster, "servers"), k, server) {
			list_domain(
			    tree, list, text_at(server, "fault-domain"), but, notes);
		}
	}
}
