/*
 * SPDX-License-Identifier: Apache-2.0
 * What the options of loads and policies must fulfil together: how agents are asked,
 * times, thresholds, and what automation needs to be of use.
 *
 * Part of conf_check_all(). What contradicts itself is an error, what is merely without
 * effect a warning.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "configfile/conf.h"

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define SECONDS(ms) ((double)(ms) / 1000.0)

/* The option if it was given, else the other one. NULL: neither. */
static const config_setting_t *
at_option(struct conf *c, const char *option, const char *other)
{
	const config_setting_t *at = config_lookup(&c->lib, option);

	return at != NULL || other == NULL ? at : config_lookup(&c->lib, other);
}

static bool
given(const config_setting_t *group, const char *key)
{
	return config_setting_get_member(group, key) != NULL;
}

/* What a version has no use for is an error: somebody believes it to be in use. */
static void
only_of(struct conf *c, const config_setting_t *group, const char *const *keys,
    size_t n, const char *version)
{
	const config_setting_t *at;
	char *label;
	size_t i;

	for (i = 0; i < n; i++) {
		at = config_setting_get_member(group, keys[i]);
		if (at == NULL)
			continue;
		label = conf_label(at);
		conf_error(c, at, "%s belongs to version = \"%s\"", label, version);
		free(label);
	}
}

static bool
given_any(const config_setting_t *group, const char *const *keys, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (given(group, keys[i]))
			return true;
	return false;
}

/* A password without a protocol is of the usual one; a protocol needs a password. */
static void
check_secret(struct conf *c, const config_setting_t *group, const char *protocol,
    const char *password, char **chosen, const char *usual)
{
	char *label;

	if (!given(group, protocol) && given(group, password))
		*chosen = xstrdup(usual);
	if (!given(group, protocol) || given(group, password))
		return;
	label = conf_label(group);
	conf_error(c, group, "%s: %s without %s; give both", label, protocol, password);
	free(label);
}

static const char *const of_2c[] = { "community-file" },
                         *const of_3[] = { "user", "auth-protocol",
	                         "auth-password-file", "priv-protocol",
	                         "priv-password-file", "context" };

/* Where it is not given, what else is tells it. */
static void
find_version(
    struct conf *c, const config_setting_t *group, const char *label, int *version)
{
	const bool two = given_any(group, of_2c, COUNT(of_2c)),
	           three = given_any(group, of_3, COUNT(of_3));

	if (given(group, "version"))
		return; /* if it is none, that was complained of */
	if (two && three)
		conf_error(c, group,
		    "%s: community-file is of version \"2c\", the rest of version "
		    "\"3\"; take one of them out",
		    label);
	else if (two || three)
		*version = two ? 2 : 3;
	else
		conf_error(c, group,
		    "%s says nothing: version \"2c\" needs community-file, \"3\" needs "
		    "user; version = \"none\" asks nobody",
		    label);
}

static void
check_three(struct conf *c, const config_setting_t *group, const char *label,
    struct snmp_settings *s)
{
	check_secret(c, group, "auth-protocol", "auth-password-file", &s->auth_protocol,
	    "SHA-256");
	check_secret(
	    c, group, "priv-protocol", "priv-password-file", &s->priv_protocol, "AES");
	if (!given(group, "user"))
		conf_error(c, group, "%s: version = \"3\" needs user", label);
	else if (s->auth_protocol == NULL && s->priv_protocol != NULL)
		conf_error(c, group,
		    "%s: priv-password-file without auth-password-file; SNMPv3 "
		    "encrypts only what is authenticated as well",
		    label);
	else if (s->auth_protocol == NULL)
		conf_warn(c, group,
		    "%s: without auth-password-file anybody on the way can forge the "
		    "loads that moves are decided on",
		    label);
}

static void
check_snmp(struct conf *c, const config_setting_t *group, struct snmp_settings *s)
{
	char *label;

	if (group == NULL || !config_setting_is_group(group))
		return;
	label = conf_label(group);
	find_version(c, group, label, &s->version);
	switch (s->version) {
	case 2:
		only_of(c, group, of_3, COUNT(of_3), "3");
		if (!given(group, "community-file"))
			conf_error(c, group,
			    "%s: version = \"2c\" needs community-file, a file of mode "
			    "0600 that holds the community's name",
			    label);
		break;
	case 3:
		only_of(c, group, of_2c, COUNT(of_2c), "2c");
		check_three(c, group, label, s);
		break;
	case SNMP_NOBODY:
		only_of(c, group, of_2c, COUNT(of_2c), "2c");
		only_of(c, group, of_3, COUNT(of_3), "3");
		break;
	default: /* complained of already */
		break;
	}
	free(label);
}

static void
check_loads(struct conf *c)
{
	struct load_settings *l = &c->s->load;
	struct cluster_settings *cl;
	bool anybody = false, needless = false;
	size_t i, k;

	check_snmp(c, config_lookup(&c->lib, "load.snmp"), &l->snmp);
	for (i = 0; i < c->s->nclusters; i++) {
		cl = &c->s->clusters[i];
		if (conf_place(c, cl, "snmp") != conf_place(c, cl, NULL))
			check_snmp(c, conf_place(c, cl, "snmp"), &cl->snmp);
		if (settings_snmp(c->s, cl) != NULL) {
			anybody = true;
			continue;
		}
		for (k = 0; k < cl->nservers && !needless; k++) {
			if (cl->servers[k].snmp == NULL)
				continue;
			needless = true;
			conf_warn(c, conf_place(c, &cl->servers[k], "snmp"),
			    "server \"%s\" has an SNMP agent, but nothing says how to "
			    "ask it: add load.snmp, or snmp to the cluster",
			    cl->servers[k].name == NULL ? "" : cl->servers[k].name);
		}
	}
	if (anybody && l->freshness <= l->interval)
		conf_error(c, at_option(c, "load.freshness", "load"),
		    "load.freshness (%.10g s) must exceed load.interval (%.10g s), or "
		    "no load would be known between two questions; four intervals are "
		    "a good choice",
		    SECONDS(l->freshness), SECONDS(l->interval));
	if (anybody && l->timeout * l->tries > l->interval)
		conf_warn(c, at_option(c, "load.timeout", "load"),
		    "load.timeout (%.10g s) times load.tries (%u) exceeds "
		    "load.interval (%.10g s): a node that does not answer is asked "
		    "less often than that",
		    SECONDS(l->timeout), l->tries, SECONDS(l->interval));
	if (l->hook.argv != NULL && l->freshness <= l->hook_interval)
		conf_error(c, at_option(c, "load.hook.interval", "load.freshness"),
		    "load.freshness (%.10g s) must exceed load.hook.interval (%.10g "
		    "s), or no load would be known between two runs",
		    SECONDS(l->freshness), SECONDS(l->hook_interval));
	if (l->hook.argv != NULL && l->hook.timeout > l->freshness)
		conf_warn(c, at_option(c, "load.hook.timeout", "load.hook"),
		    "load.hook.timeout (%.10g s) exceeds load.freshness (%.10g s): the "
		    "last loads are not known any more while it runs",
		    SECONDS(l->hook.timeout), SECONDS(l->freshness));
}

static void
check_fences(struct conf *c)
{
	const struct cluster_settings *cl;
	size_t i;

	for (i = 0; i < c->s->nclusters; i++) {
		cl = &c->s->clusters[i];
		if (cl->fence.argv == NULL || !cl->fence_automatic ||
		    c->s->policies.mode[POLICY_RECOVER] == POLICY_AUTOMATIC)
			continue;
		conf_warn(c, conf_place(c, cl, "fence"),
		    "cluster \"%s\" may be fenced automatically, but nothing does: "
		    "only policies.recover calls it, in mode \"automatic\"",
		    cl->name == NULL ? "" : cl->name);
	}
}

static void
check_thresholds(struct conf *c)
{
	const struct policy_settings *p = &c->s->policies;

	if (p->target_load >= p->high_load)
		conf_error(c,
		    at_option(c, "policies.target-load", "policies.high-load"),
		    "policies.target-load (%lld) must be below policies.high-load "
		    "(%lld), or what is taken from one busy node makes the next one "
		    "busy",
		    (long long)p->target_load, (long long)p->high_load);
	if (p->weight_cpu <= 0 && p->weight_memory <= 0)
		conf_error(c, at_option(c, "policies.weights", NULL),
		    "policies.weights.cpu and .memory are both 0: nothing is left to "
		    "balance");
	if (p->look_time > p->interval)
		conf_warn(c, at_option(c, "policies.look-time", "policies.interval"),
		    "policies.look-time (%.10g s) exceeds policies.interval (%.10g s): "
		    "policies look less often than that",
		    SECONDS(p->look_time), SECONDS(p->interval));
}

/* Is a policy on, and can none of it ever happen? */
static void
check_modes(struct conf *c)
{
#define NAME(KIND, name, rank, lasting, descr) [POLICY_##KIND] = "policies." #name,
	static const char *const names[POLICY_KINDS] = { POLICY_LIST(NAME) };
#undef NAME
	const struct policy_settings *p = &c->s->policies;
	const config_setting_t *at;
	bool loads = c->s->load.hook.argv != NULL;
	size_t i;

	for (i = 0; i < c->s->nclusters && !loads; i++)
		loads = settings_snmp(c->s, &c->s->clusters[i]) != NULL;
	at = config_lookup(&c->lib, names[POLICY_BALANCE]);
	if (p->mode[POLICY_BALANCE] != POLICY_OFF && !loads && c->s->nclusters > 0)
		conf_warn(c, at,
		    "policies.balance is on, but nobody measures loads, without which "
		    "it does nothing: add load.snmp or load.hook");
	for (i = 0; i < POLICY_KINDS; i++) {
		if (p->mode[i] <= p->master)
			continue;
		at = config_lookup(&c->lib, names[i]);
		conf_warn(c, at,
		    "%s.mode is more than policies.mode allows, which counts for all "
		    "of them",
		    names[i]);
	}
	if (p->max_moves > 0 && p->max_moves_hour > 0)
		return;
	for (i = 0; i < POLICY_KINDS; i++) {
		if (p->mode[i] != POLICY_AUTOMATIC || p->master != POLICY_AUTOMATIC)
			continue;
		conf_warn(c,
		    at_option(c,
		        p->max_moves == 0 ? "policies.max-moves"
		                          : "policies.max-moves-hour",
		        names[i]),
		    "%s.mode is \"automatic\", but %s = 0 lets no automatic move "
		    "begin",
		    names[i],
		    p->max_moves == 0 ? "policies.max-moves"
		                      : "policies.max-moves-hour");
		return;
	}
}

void
conf_check_policies(struct conf *c)
{
	check_loads(c);
	check_fences(c);
	check_thresholds(c);
	check_modes(c);
}
