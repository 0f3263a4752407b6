/*
 * SPDX-License-Identifier: Apache-2.0
 * Defaults and release of the configuration. See settings.h.
 */
#include "set/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct settings *
settings_new(void)
{
	struct settings *s = xcalloc(1, sizeof(*s));
	int i;

	s->name = xstrdup("cluster-set");
	s->descr = xstrdup("");
	s->state_dir = xstrdup("/var/lib/clusterset");
	s->poll.interval = 10000;
	s->poll.fast_interval = 1000;
	s->poll.connect_timeout = 5000;
	s->poll.read_timeout = 10000;
	s->poll.command_timeout = 300000;
	s->poll.backoff_max = 60000;
	s->poll.backoff_denied = 300000;
	s->poll.freshness = 45000;
	s->poll.answer_max = 4u << 20;
	s->poll.connections = 256;
	s->evidence.command_horizon = 1980000;
	s->evidence.offline_settle = 30000;
	s->evidence.evidence_age = 5000;
	s->moves = (struct move_settings) {
		.stop_timeout = 2400000,
		.start_timeout = 2400000,
		.release_timeout = 600000,
		.verify_time = 10000,
		.retry_delay = 5000,
		.tries = 3,
		.repeat_window = 60000,
		.history = 1000,
		.used_memory = 7 * 86400000LL,
		.limit_set = 8,
		.limit_cluster = 2,
		.limit_node = 1,
		.queue = 1000,
		.outside_stop = OUTSIDE_RESPECT,
		.conflict = CONFLICT_NONE,
	};
	s->load = (struct load_settings) {
		.interval = 30000,
		.timeout = 2000,
		.tries = 2,
		.at_once = 64,
		.freshness = 120000,
		.half_life = 120000,
		.hook_interval = 30000,
		.hook.timeout = 30000,
	};
	s->policies = (struct policy_settings) {
		.master = POLICY_AUTOMATIC,
		.interval = 60000,
		.look_time = 2000,
		.rounds = 3,
		.imbalance = 100,
		.high_load = 800,
		.target_load = 700,
		.memory_reserve = 100,
		.minimum_gain = 50,
		.failover_reserve = true,
		.swaps = true,
		.weight_cpu = 1,
		.weight_memory = 1,
		.weight_cluster = 0.5,
		.max_moves = 2,
		.max_moves_hour = 12,
		.cool_down = 3600000,
		.set_cool_down = 60000,
		.windows = xstrdup(""),
		.plan_life = 1800000,
		.recover_grace = 300000,
		.calm = 900000,
	};
	for (i = 0; i < POLICY_KINDS; i++)
		s->policies.mode[i] = POLICY_OFF;
	s->agentx.socket = xstrdup("/var/agentx/master");
	s->agentx.ping_seconds = 5;
	s->agentx.request_timeout = 3000;
	s->history.events = 10000;
	s->history.refusals = 64;
	return s;
}

const struct snmp_settings *
settings_snmp(const struct settings *s, const struct cluster_settings *c)
{
	const struct snmp_settings *snmp =
	    c->snmp.version != 0 ? &c->snmp : &s->load.snmp;

	return snmp->version > 0 ? snmp : NULL;
}

static void
secret_free(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

static void
credentials_clear(struct credentials *c)
{
	secret_free(c->password);
	free(c->user);
}

static void
snmp_clear(struct snmp_settings *s)
{
	secret_free(s->community);
	secret_free(s->auth_password);
	secret_free(s->priv_password);
	free(s->user);
	free(s->auth_protocol);
	free(s->priv_protocol);
	free(s->context);
}

static void
program_clear(struct program_settings *p)
{
	size_t i;

	for (i = 0; p->argv != NULL && p->argv[i] != NULL; i++)
		free(p->argv[i]);
	free(p->argv);
}

static void
cluster_clear(struct cluster_settings *c)
{
	size_t i;

	for (i = 0; i < c->nservers; i++) {
		free(c->servers[i].name);
		free(c->servers[i].url);
		free(c->servers[i].fault_domain);
		free(c->servers[i].snmp);
	}
	free(c->servers);
	free(c->name);
	free(c->ecx_name);
	free(c->base_path);
	free(c->fault_domain);
	free(c->read_url);
	credentials_clear(&c->poll);
	credentials_clear(&c->operate);
	free(c->ca_file);
	free(c->pinned_key);
	snmp_clear(&c->snmp);
	program_clear(&c->fence);
}

static void
disk_clear(struct disk_settings *d)
{
	size_t i;

	for (i = 0; i < d->nsites; i++)
		free(d->sites[i].resource);
	free(d->sites);
	free(d->name);
}

static void
vm_clear(struct vm_settings *v)
{
	size_t i, j;

	for (i = 0; i < v->nsites; i++) {
		for (j = 0; j < v->sites[i].nmonitors; j++)
			free(v->sites[i].monitors[j]);
		free(v->sites[i].monitors);
		free(v->sites[i].group);
	}
	for (i = 0; i < v->ndisks; i++)
		disk_clear(&v->disks[i]);
	free(v->sites);
	free(v->disks);
	free(v->name);
	free(v->uuid);
	free(v->home);
	free(v->avail_set);
}

void
settings_free(struct settings *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->nclusters; i++)
		cluster_clear(&s->clusters[i]);
	for (i = 0; i < s->nfault_domains; i++) {
		free(s->fault_domains[i].name);
		free(s->fault_domains[i].descr);
	}
	for (i = 0; i < s->navail_sets; i++)
		free(s->avail_sets[i].name);
	for (i = 0; i < s->nvms; i++)
		vm_clear(&s->vms[i]);
	for (i = 0; i < s->npatterns; i++) {
		free(s->patterns[i].group);
		free(s->patterns[i].clusters);
		free(s->patterns[i].avail_set);
	}
	free(s->clusters);
	free(s->fault_domains);
	free(s->avail_sets);
	free(s->vms);
	free(s->patterns);
	snmp_clear(&s->load.snmp);
	program_clear(&s->load.hook);
	free(s->policies.windows);
	free(s->agentx.socket);
	free(s->state_dir);
	free(s->name);
	free(s->descr);
	free(s->file);
	free(s);
}
