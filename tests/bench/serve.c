/*
 * SPDX-License-Identifier: Apache-2.0
 * serve: the face of clustersetd over a synthetic set, for measuring it alone.
 *
 *	serve SOCKET VMS CHANGES_PER_S
 *
 * The main thread stands in for control: it replaces rows at the given rate, as rounds
 * of a cluster of 20 VMs do, and publishes a generation after every round. SIGUSR1
 * pauses it and lets it go on. Until SIGTERM.
 */
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "subagent/face.h"

#define VMS_PER_CLUSTER 20
#define TICK_MS         10

struct serve {
	struct event_base *base;
	struct generation_box *box;
	struct table *tables[TABLE_COUNT];
	uint64_t seq;
	unsigned long vms, clusters, rate, next;
	double due; /* rows not yet changed */
	msec_t last;
	bool paused;
	time_t began;
};

static void
put_vm(struct serve *s, unsigned long i, int64_t load)
{
	char name[32], uuid[64], cluster[32], node[48];
	unsigned long c = (i - 1) / VMS_PER_CLUSTER + 1;
	uint32_t key = (uint32_t)i;
	struct vm_row r;

	memset(&r, 0, sizeof(r));
	snprintf(name, sizeof(name), "vm%06lu", i);
	snprintf(uuid, sizeof(uuid), "%08lx-0000-4000-8000-%012lx", i, i);
	snprintf(cluster, sizeof(cluster), "cluster%05lu", c);
	snprintf(node, sizeof(node), "c%05lu-s%lu", c, i % 2 + 1);
	r.name = name;
	r.uuid = uuid;
	r.kind = VM_SHARED_DISK;
	r.admin = VM_UP;
	r.hold = 2;
	r.oper = VM_RUNNING;
	r.cluster = (int64_t)c;
	r.cluster_name = cluster;
	r.node = (int64_t)(i % 2 + 1);
	r.node_name = node;
	r.home = (int64_t)c;
	r.home_name = cluster;
	r.avail_set_name = "";
	r.priority = 100;
	r.proof = PROOF_ECX_ONLY;
	r.cpu_load = load;
	r.memory = 4096;
	r.last_move_wall = r.since_wall = s->began;
	r.status_text = "online in its cluster";
	table_put(s->tables[TABLE_VM], &key, 1, &r);
}

static void
put_cluster(struct serve *s, unsigned long c, msec_t now)
{
	char name[32];
	uint32_t key = (uint32_t)c;
	struct cluster_row r;

	memset(&r, 0, sizeof(r));
	snprintf(name, sizeof(name), "cluster%05lu", c);
	r.name = name;
	r.admin = CLUSTER_ACTIVE;
	r.oper = CLUSTER_NORMAL;
	r.status_text = "normal";
	r.endpoint = "https://192.0.2.1:29009";
	r.fault_domain_name = "";
	r.poll_since = now;
	r.poll_wall = time(NULL);
	r.nodes_online = r.nodes = 2;
	r.vms_running = VMS_PER_CLUSTER;
	r.cpu_load = r.memory_used = r.memory_total = ROW_NONE;
	table_put(s->tables[TABLE_CLUSTER], &key, 1, &r);
}

static void
put_set(struct serve *s, msec_t now)
{
	uint32_t key = 0;
	struct set_row r;

	memset(&r, 0, sizeof(r));
	r.name = "bench";
	r.descr = "a synthetic set";
	r.version = "0";
	r.role = ROLE_STANDALONE;
	r.health = HEALTH_OK;
	r.health_reason = "";
	r.start_since = r.oldest_poll_since = now;
	r.clusters = (int64_t)s->clusters;
	r.vms = (int64_t)s->vms;
	table_put(s->tables[TABLE_SET], &key, 1, &r);
}

static void
publish(struct serve *s, msec_t now)
{
	generation_publish(s->box, generation_new(s->tables, ++s->seq, now));
}

/* One round of the next cluster: all its rows anew, and a generation that shows them.
 */
static void
round_of(struct serve *s, msec_t now)
{
	unsigned long c = s->next++ % s->clusters + 1, i;

	for (i = (c - 1) * VMS_PER_CLUSTER + 1; i <= c * VMS_PER_CLUSTER && i <= s->vms;
	     i++)
		put_vm(s, i, (int64_t)((i + s->seq) % 1000));
	put_cluster(s, c, now);
	publish(s, now);
}

static void
tick(evutil_socket_t fd, short what, void *arg)
{
	struct serve *s = arg;
	msec_t now = clock_ms();

	(void)fd;
	(void)what;
	s->due += (double)(now - s->last) * (double)s->rate / 1000;
	s->last = now;
	if (s->paused)
		s->due = 0;
	for (; s->due >= VMS_PER_CLUSTER; s->due -= VMS_PER_CLUSTER)
		round_of(s, now);
	generation_beat(s->box, now);
}

static void
pause_switch(evutil_socket_t fd, short what, void *arg)
{
	struct serve *s = arg;

	(void)fd;
	(void)what;
	s->paused = !s->paused;
}

static void
stop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

/* Nothing can be set here. */
static void
refuse(struct mail *m)
{
	struct request *r = (struct request *)m;

	if (request_take(r))
		request_answer(r, 17, 0, xstrdup("a benchmark has nothing to set"));
	request_unref(r);
}

static void
fill(struct serve *s)
{
	msec_t now = clock_ms();
	unsigned long i;

	for (i = 0; i < TABLE_COUNT; i++)
		s->tables[i] = table_new(&row_types[i]);
	s->clusters = (s->vms + VMS_PER_CLUSTER - 1) / VMS_PER_CLUSTER;
	for (i = 1; i <= s->vms; i++)
		put_vm(s, i, (int64_t)(i % 1000));
	for (i = 1; i <= s->clusters; i++)
		put_cluster(s, i, now);
	put_set(s, now);
	publish(s, now);
}

int
main(int argc, char **argv)
{
	static const struct timeval every = { 0, TICK_MS * 1000 };
	struct serve s = { .last = clock_ms(), .began = time(NULL) };
	struct agentx_settings agentx = { .ping_seconds = 15, .request_timeout = 2000 };
	struct face_options options = {
		.agentx = &agentx, .refusals = 64, .request = refuse
	};
	struct event *ticks, *term, *usr1;
	struct face *face;
	char *cause = NULL;
	unsigned long i;

	if (argc != 4) {
		fputs("usage: serve SOCKET VMS CHANGES_PER_S\n", stderr);
		return 2;
	}
	agentx.socket = argv[1];
	s.vms = strtoul(argv[2], NULL, 10);
	s.rate = strtoul(argv[3], NULL, 10);
	s.base = event_base_new();
	s.box = generation_box_new();
	fill(&s);
	options.box = s.box;
	options.control = mailbox_new(s.base);
	ticks = event_new(s.base, -1, EV_PERSIST, tick, &s);
	event_add(ticks, &every);
	term = evsignal_new(s.base, SIGTERM, stop, s.base);
	event_add(term, NULL);
	usr1 = evsignal_new(s.base, SIGUSR1, pause_switch, &s);
	event_add(usr1, NULL);
	if ((face = face_start(&options, &cause)) == NULL) {
		fprintf(stderr, "serve: %s\n", cause);
		return 1;
	}
	event_base_dispatch(s.base);
	face_stop(face);
	mailbox_free(options.control);
	event_free(ticks);
	event_free(term);
	event_free(usr1);
	for (i = 0; i < TABLE_COUNT; i++)
		table_free(s.tables[i]);
	generation_box_free(s.box);
	event_base_free(s.base);
	return 0;
}
