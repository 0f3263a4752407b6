/*
 * SPDX-License-Identifier: Apache-2.0
 * Judges what clusterset.conf says of loads, policies and fences. What contradicts
 * itself the reader has refused or warned of. See doctor_judge.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/doctor_judge.h"

#define SECONDS(t) ((double)(t) / 1000.0)
#define OBJECT     "clusterset.conf"

enum { NAMES_SHOWN = 5 };

/* "a, b and more": of `n` names the first NAMES_SHOWN. */
static void
name_add(char **names, size_t *n, const char *name)
{
	if (++*n <= NAMES_SHOWN)
		cause_set(names, "%s%s%s", *names == NULL ? "" : *names,
		    *names == NULL ? "" : ", ", name);
}

static const char *
more_than(size_t n)
{
	return n > NAMES_SHOWN ? " and more" : "";
}

static bool
anybody_asked(const struct settings *s)
{
	size_t i;

	for (i = 0; i < s->nclusters; i++)
		if (settings_snmp(s, &s->clusters[i]) != NULL)
			return true;
	return false;
}

static void
judge_loads(struct doctor_report *r, const struct settings *s)
{
	const struct load_settings *l = &s->load;
	const struct snmp_settings *snmp;
	char *names = NULL;
	size_t i, n = 0;

	if (anybody_asked(s) && l->freshness < 3 * l->interval)
		doctor_find(r, DOC_LOAD_FRESHNESS_TIGHT, OBJECT,
		    "load.freshness is %.10g s, load.interval %.10g s",
		    SECONDS(l->freshness), SECONDS(l->interval));
	if (l->hook.argv != NULL && l->freshness < 3 * l->hook_interval)
		doctor_find(r, DOC_LOAD_FRESHNESS_TIGHT, OBJECT,
		    "load.freshness is %.10g s, load.hook.interval %.10g s",
		    SECONDS(l->freshness), SECONDS(l->hook_interval));
	for (i = 0; i < s->nclusters; i++) {
		snmp = settings_snmp(s, &s->clusters[i]);
		if (snmp != NULL && snmp->version == 2)
			name_add(&names, &n, s->clusters[i].name);
	}
	if (n > 0)
		doctor_find(r, DOC_LOAD_FORGEABLE, OBJECT,
		    "the nodes of %s%s are asked so", names, more_than(n));
	free(names);
}

/* VMs of which nobody will ever know how large they are. */
static void
judge_sizes(struct doctor_report *r, const struct settings *s)
{
	static const enum policy_kind looking[] = { POLICY_BALANCE, POLICY_EVACUATE,
		POLICY_RECOVER };
	char *names = NULL;
	size_t i, n = 0;
	bool on = false;

	for (i = 0; i < sizeof(looking) / sizeof(looking[0]); i++)
		on = on || s->policies.mode[looking[i]] != POLICY_OFF;
	if (!on || s->policies.master == POLICY_OFF || s->load.hook.argv != NULL)
		return;
	for (i = 0; i < s->nvms; i++)
		if (s->vms[i].memory <= 0 || s->vms[i].vcpus <= 0)
			name_add(&names, &n, s->vms[i].name);
	for (i = 0; i < s->npatterns; i++)
		if (s->patterns[i].memory <= 0 || s->patterns[i].vcpus <= 0)
			name_add(&names, &n, s->patterns[i].group);
	if (n > 0)
		doctor_find(r, DOC_SIZES_UNKNOWN, OBJECT,
		    "no memory or no vcpus for %s%s", names, more_than(n));
	free(names);
}

static void
judge_fences(struct doctor_report *r, const struct settings *s)
{
	const struct cluster_settings *c;
	char *without = NULL;
	size_t i, n = 0;

	if (s->policies.mode[POLICY_RECOVER] != POLICY_AUTOMATIC ||
	    s->policies.master != POLICY_AUTOMATIC)
		return;
	for (i = 0; i < s->nclusters; i++) {
		c = &s->clusters[i];
		if (c->fence.argv != NULL && c->fence_automatic)
			doctor_find(r, DOC_FENCE_AUTOMATIC, c->name,
			    "fence.automatic = true, by %s (%s:%u)", c->fence.argv[0],
			    OBJECT, c->line);
		else
			name_add(&without, &n, c->name);
	}
	if (n > 0)
		doctor_find(r, DOC_RECOVER_NO_FENCE, OBJECT,
		    "no automatic fence of %s%s", without, more_than(n));
	free(without);
}

void
doctor_judge_policies(struct doctor_report *r, const struct settings *s)
{
	judge_loads(r, s);
	judge_sizes(r, s);
	judge_fences(r, s);
}
