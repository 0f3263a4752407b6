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
	s->agentx.socket = xstrdup("/var/agentx/master");
	s->agentx.ping_seconds = 5;
	s->agentx.request_timeout = 3000;
	s->history.events = 10000;
	s->history.refusals = 64;
	return s;
}

static void
credentials_clear(struct credentials *c)
{
	if (c->password != NULL)
		explicit_bzero(c->password, strlen(c->password));
	free(c->password);
	free(c->user);
}

static void
cluster_clear(struct cluster_settings *c)
{
	size_t i;

	for (i = 0; i < c->nservers; i++) {
		free(c->servers[i].name);
		free(c->servers[i].url);
		free(c->servers[i].fault_domain);
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
	free(s->agentx.socket);
	free(s->state_dir);
	free(s->name);
	free(s->descr);
	free(s->file);
	free(s);
}
