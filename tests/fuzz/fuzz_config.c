/*
 * SPDX-License-Identifier: Apache-2.0
 * Fuzz target for clusterset.conf: any text gives settings or words, never a crash,
 * and settings that are accepted hold what their readers rely on. No other file is
 * read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "configfile/configfile.h"
#include "set/windows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int fact)
{
	if (!fact)
		abort();
}

static void
check_vm(const struct settings *s, const struct vm_settings *v)
{
	size_t i, k;

	must(text_is_name(v->name, NAME_LEN_MAX) && v->nsites > 0);
	must(v->kind >= VM_SHARED_DISK && v->kind <= VM_REPLICA);
	must(v->priority >= 0 && v->priority <= 1000);
	for (i = 0; i < v->nsites; i++)
		must(v->sites[i].cluster < s->nclusters &&
		    text_is_name(v->sites[i].group, NAME_LEN_MAX));
	must(v->kind != VM_SHARED_DISK || v->ndisks > 0);
	for (i = 0; i < v->ndisks; i++) {
		must(text_is_name(v->disks[i].name, NAME_LEN_MAX));
		for (k = 0; k < v->disks[i].nsites; k++)
			must(v->disks[i].sites[k].cluster < s->nclusters &&
			    v->disks[i].sites[k].resource != NULL);
	}
}

/* A path, and arguments up to the NULL; or no program at all. */
static void
check_program(const struct program_settings *p)
{
	must(p->argv == NULL || (p->argv[0] != NULL && p->argv[0][0] == '/'));
	must(p->timeout > 0);
}

static void
check_policies(const struct settings *s)
{
	const struct policy_settings *p = &s->policies;
	char *cause = NULL;
	struct windows *w;

	must(p->target_load < p->high_load && p->high_load <= 1000);
	must(p->weight_cpu + p->weight_memory > 0 && p->interval > 0);
	w = windows_parse(p->windows, &cause);
	must(w != NULL);
	windows_free(w);
	must(s->load.freshness > 0 && s->load.half_life >= 0 && s->load.tries > 0);
	check_program(&s->load.hook);
}

static void
check(const struct settings *s)
{
	size_t i, k;

	check_policies(s);

	must(text_is_name(s->name, NAME_LEN_MAX) && s->state_dir[0] == '/');
	must(s->poll.interval > 0 && s->poll.fast_interval > 0 &&
	    s->poll.freshness > s->poll.interval);
	for (i = 0; i < s->nclusters; i++) {
		must(text_is_name(s->clusters[i].name, NAME_LEN_MAX));
		check_program(&s->clusters[i].fence);
		must(s->clusters[i].interval > 0 && s->clusters[i].base_path != NULL);
		must(s->clusters[i].nservers >= 1 &&
		    s->clusters[i].nservers <= CLUSTER_NODES_MAX);
		for (k = 0; k < s->clusters[i].nservers; k++)
			must(s->clusters[i].servers[k].name != NULL &&
			    strstr(s->clusters[i].servers[k].url, "://") != NULL);
	}
	for (i = 0; i < s->nvms; i++)
		check_vm(s, &s->vms[i]);
	for (i = 0; i < s->npatterns; i++)
		for (k = 0; k < s->patterns[i].nclusters; k++)
			must(s->patterns[i].clusters[k] < s->nclusters);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *cause = NULL, *warnings = NULL, *text;
	struct settings *s;

	text = xstrndup((const char *)data, size);
	s = configfile_parse(text, "fuzz", &cause, &warnings);
	must((s == NULL) == (cause != NULL)); /* errors have words, nothing else has */
	if (s != NULL)
		check(s);
	settings_free(s);
	free(cause);
	free(warnings);
	free(text);
	return 0;
}
