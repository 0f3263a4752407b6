/*
 * SPDX-License-Identifier: Apache-2.0
 * A synthetic model. See face_model.h.
 */
#include "tests/unit/face_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

#define WALL 1700000000

static void
fill_set(struct face_model *m, uint32_t clusters, uint32_t vms)
{
	static const uint32_t key[1] = { 0 };
	struct set_row r = { .name = "demo",
		.descr = "a synthetic set",
		.version = "0",
		.role = ROLE_STANDALONE,
		.health = HEALTH_WARNING,
		.health_reason = "some values are made up",
		.start_since = clock_ms(),
		.discontinuity_wall = WALL,
		.change_wall = WALL + 60,
		.clusters = clusters,
		.nodes = 2 * clusters,
		.vms = vms,
		.disks = vms,
		.serial = 1,
		.events_oldest = 1,
		.events_newest = 3,
		.events_dropped = 0,
		.move_index_next = 3,
		.adopt = 0,
		.reloads = 1,
		.reload_state = RELOAD_TAKEN,
		.reload_wall = WALL + 30,
		.reload_text = "taken over",
		.config_file = "/etc/clusterset/clusterset.conf",
		.host_name = "demo-host" };

	table_put(m->tables[TABLE_SET], key, 1, &r);
}

static void
fill_clusters(struct face_model *m, uint32_t clusters)
{
	struct cluster_row c;
	struct node_row n;
	char name[32], node[48], url[64];
	uint32_t i, key[2];

	for (i = 1; i <= clusters; i++) {
		snprintf(name, sizeof(name), "cluster-%u", i);
		snprintf(url, sizeof(url), "http://127.0.1.%u:29009", i % 250);
		c = (struct cluster_row) { .name = name,
			.admin = CLUSTER_ACTIVE,
			.oper = i % 7 == 0 ? CLUSTER_UNREACHABLE : CLUSTER_NORMAL,
			.status_text = "Normal",
			.endpoint = url,
			.fault_domain = 1,
			.fault_domain_name = "rack-1",
			.poll_since = i % 7 == 0 ? 0 : clock_ms(),
			.poll_wall = i % 7 == 0 ? 0 : WALL,
			.poll_errors = i,
			.nodes_online = 2,
			.nodes = 2,
			.vms_running = ROW_NONE,
			.cpu_load = ROW_NONE,
			.memory_used = ROW_NONE,
			.memory_total = ROW_NONE };
		key[0] = i;
		table_put(m->tables[TABLE_CLUSTER], key, 1, &c);
		for (key[1] = 1; key[1] <= 2; key[1]++) {
			snprintf(node, sizeof(node), "%s-node%u", name, key[1]);
			n = (struct node_row) { .name = node,
				.cluster_name = name,
				.fault_domain = 1,
				.fault_domain_name = "rack-1",
				.admin = CLUSTER_ACTIVE,
				.oper = NODE_ONLINE,
				.status_text = "Online",
				.cpus = 8,
				.cpu_load = 100 * (int64_t)key[1],
				.memory_total = 65536,
				.memory_used = ROW_NONE,
				.vms_running = 1,
				.cpu_mean = 100 * (int64_t)key[1],
				.memory_mean = ROW_NONE,
				.load_since = key[1] == 1 ? clock_ms() : 0,
				.load_source = LOAD_ESTIMATED };
			table_put(m->tables[TABLE_NODE], key, 2, &n);
		}
	}
}

static void
fill_vm_sites(
    struct face_model *m, uint32_t vm, const char *name, uint32_t home, uint32_t other)
{
	struct vm_site_row s;
	struct disk_site_row d;
	uint32_t key[2] = { vm, 0 };
	char cluster[32];
	int at;

	for (at = 0; at < 2; at++) {
		key[1] = at == 0 ? home : other;
		snprintf(cluster, sizeof(cluster), "cluster-%u", key[1]);
		s = (struct vm_site_row) { .vm_name = name,
			.cluster_name = cluster,
			.group = name,
			.oper = at == 0 ? SITE_ONLINE : SITE_OFFLINE,
			.status_text = at == 0 ? "Online" : "Offline",
			.node = at == 0 ? 1 : 0,
			.node_name = at == 0 ? "node1" : "",
			.preference = at,
			.blocked = 2,
			.autostart = AUTOSTART_UNKNOWN,
			.evidence = at == 0 ? EVIDENCE_NONE : EVIDENCE_PROVED,
			.evidence_text = at == 0 ? "it runs here" : "all is proved",
			.confirm = vm % 2 == 0 ? 0 : ROW_NONE };
		table_put(m->tables[TABLE_VM_SITE], key, 2, &s);
		d = (struct disk_site_row) { .disk_name = name,
			.cluster_name = cluster,
			.resource = "sd-1",
			.oper = at == 0 ? SITE_ONLINE : SITE_OFFLINE,
			.status_text = NULL,
			.role = at == 0 ? DISK_ROLE_PRIMARY : DISK_ROLE_NONE,
			.replication_health =
			    vm % 3 == 0 ? (int64_t)HEALTH_OK : ROW_NONE,
			.replication_text = vm % 3 == 0 ? "in step" : NULL };
		table_put(m->tables[TABLE_DISK_SITE], key, 2, &d);
	}
}

static void
fill_vms(struct face_model *m, uint32_t vms, uint32_t clusters)
{
	struct vm_row v;
	struct vm_name_row index;
	struct disk_row d;
	char name[32], cluster[32], node[48], uuid[40];
	uint32_t i, home, key[KEY_MAX];

	for (i = 1; i <= vms; i++) {
		home = i % clusters + 1;
		snprintf(name, sizeof(name), "vm-%u", i);
		snprintf(cluster, sizeof(cluster), "cluster-%u", home);
		snprintf(node, sizeof(node), "%s-node1", cluster);
		snprintf(uuid, sizeof(uuid), "6f1b3c1e-0000-4000-8000-%012x", i);
		v = (struct vm_row) { .name = name,
			.uuid = i % 5 == 0 ? NULL : uuid,
			.kind = VM_SHARED_DISK,
			.admin = VM_UP,
			.hold = 2,
			.oper = VM_RUNNING,
			.cluster = home,
			.cluster_name = cluster,
			.node = 1,
			.node_name = node,
			.home = home,
			.home_name = cluster,
			.avail_set = 0,
			.avail_set_name = "",
			.priority = 100,
			.proof = PROOF_ECX_ONLY,
			.target_cluster = i == 2 ? ROW_NONE : 0,
			.target_node = i == 2 ? ROW_NONE : 0,
			.target_name = i == 2 ? NULL : "",
			.target_node_name = i == 2 ? NULL : "",
			.cpu_load = ROW_NONE,
			.cpu_mean = ROW_NONE,
			.cpu_milli = ROW_NONE,
			.memory = 4096,
			.vcpus = 2,
			.load_source = LOAD_CONFIGURED,
			.last_move_wall = 0,
			.since_wall = WALL,
			.status_text = "runs" };
		key[0] = i;
		table_put(m->tables[TABLE_VM], key, 1, &v);
		index = (struct vm_name_row) { .index = i };
		table_put(
		    m->tables[TABLE_VM_NAME], key, key_from_name(name, key), &index);
		d = (struct disk_row) { .name = name,
			.kind = DISK_SHARED,
			.oper = DISK_OWNED,
			.owner_cluster = home,
			.owner_cluster_name = cluster,
			.owner_node = 1,
			.owner_node_name = node,
			.epoch = 1,
			.since_wall = WALL,
			.vm = i,
			.vm_name = name };
		key[0] = i;
		table_put(m->tables[TABLE_DISK], key, 1, &d);
		fill_vm_sites(m, i, name, home, home % clusters + 1);
	}
}

static void
fill_rest(struct face_model *m)
{
	struct fault_domain_row f = { .name = "rack-1",
		.descr = "",
		.clusters = 2,
		.nodes = 4,
		.nodes_online = 4,
		.vms_running = 1 };
	struct avail_set_row a = { .name = "database",
		.spread = SPREAD_CLUSTER,
		.enforcement = ENFORCE_HARD,
		.members = 1,
		.violations = 0,
		.violation_text = "" };
	struct avail_member_row am = { .avail_set_name = "database",
		.vm_name = "vm-1",
		.fault_domain = 1,
		.place = "cluster-2",
		.violated = 2 };
	struct event_row e = { .wall = WALL,
		.type = 3,
		.severity = SEV_INFO,
		.object = OBJECT_VM,
		.object_name = "vm-1",
		.cluster_name = NULL,
		.vm_name = "vm-1",
		.text = "something happened" };
	struct alarm_row al = { .type = 1,
		.severity = SEV_CRITICAL,
		.since_wall = WALL,
		.last_wall = WALL,
		.object = OBJECT_CLUSTER,
		.object_name = "cluster-1",
		.text = "it does not answer",
		.acknowledged = 2,
		.acknowledged_wall = 0 };
	uint32_t key[2] = { 1, 1 };

	table_put(m->tables[TABLE_FAULT_DOMAIN], key, 1, &f);
	table_put(m->tables[TABLE_AVAIL_SET], key, 1, &a);
	table_put(m->tables[TABLE_AVAIL_MEMBER], key, 2, &am);
	table_put(m->tables[TABLE_ALARM], key, 1, &al);
	for (; key[0] <= 3; key[0]++)
		table_put(m->tables[TABLE_EVENT], key, 1, &e);
}

/* One that ended and one that only stops a VM. */
static void
fill_moves(struct face_model *m)
{
	struct move_row r = { .vm = 1,
		.target_cluster = 2,
		.target_node = 0,
		.mode = MOVE_PLANNED,
		.reason = "to make room",
		.source_cluster = 1,
		.source_node = 1,
		.vm_name = "vm-1",
		.source_name = "cluster-1",
		.source_node_name = "cluster-1-node1",
		.target_name = "cluster-2",
		.target_node_name = "",
		.state = MOVE_SUCCEEDED,
		.step = STEP_NONE,
		.progress = 100,
		.started_wall = WALL,
		.finished_wall = WALL + 30,
		.downtime = 12,
		.downtime_ms = 12345,
		.epoch = 2,
		.error = "",
		.force = 2 };
	uint32_t key[] = { 3, 's', 'e', 't', 1 };

	table_put(m->tables[TABLE_MOVE], key, 5, &r);
	r.target_cluster = ROW_NONE;
	r.target_name = "";
	r.state = MOVE_RUNNING;
	r.step = STEP_STOP;
	r.progress = 20;
	r.finished_wall = 0;
	key[4] = 2;
	table_put(m->tables[TABLE_MOVE], key, 5, &r);
}

/* Two policies, a plan that waits and one whose cost nobody knows. */
static void
fill_policies(struct face_model *m)
{
	const struct policy_set_row set = { .master = POLICY_AUTOMATIC,
		.high_load = 800,
		.target_load = 700,
		.memory_reserve = 100,
		.minimum_gain = 50,
		.max_moves = 2,
		.max_moves_hour = 12,
		.cool_down = 3600,
		.windows = "Sun 00:00-24:00",
		.imbalance = 123 };
	struct policy_row p = { .name = "balance",
		.descr = "spreads load",
		.mode = POLICY_ADVISE,
		.effective = POLICY_ADVISE,
		.run_wall = WALL,
		.proposals = 2,
		.status_text = "2 moves" };
	struct plan_row r = { .state = PLAN_PROPOSED,
		.approve = APPROVAL_UNDECIDED,
		.policy_name = "balance",
		.vm = 1,
		.vm_name = "vm-1",
		.source_cluster = 1,
		.source_name = "cluster-1",
		.target_cluster = 2,
		.target_name = "cluster-2",
		.target_node = 1,
		.target_node_name = "cluster-2-node1",
		.benefit = 300,
		.cost = 12,
		.batch = 1,
		.created_wall = WALL,
		.expires_wall = WALL + 1800 };
	const struct plan_reason_row reason = { .weight = -20,
		.text = "12 s of down time" };
	uint32_t key[KEY_MAX] = { 0 };

	table_put(m->tables[TABLE_POLICY_SET], key, 1, &set);
	key[0] = 1;
	table_put(m->tables[TABLE_POLICY], key, 1, &p);
	table_put(m->tables[TABLE_PLAN], key, 1, &r);
	key[1] = 1;
	table_put(m->tables[TABLE_PLAN_REASON], key, 2, &reason);
	key[0] = 2;
	p.name = "home";
	p.mode = p.effective = POLICY_OFF;
	p.run_wall = 0;
	table_put(m->tables[TABLE_POLICY], key, 1, &p);
	r.vm = 2;
	r.vm_name = "vm-2";
	r.cost = ROW_NONE;
	table_put(m->tables[TABLE_PLAN], key, 1, &r);
}

/* A question that is answered: one place, and one that is full. */
static void
fill_placement(struct face_model *m)
{
	const struct placement_row question = { .cpus = 2,
		.memory = 4096,
		.avail_set_name = "",
		.state = PLACEMENT_FOUND,
		.text = "",
		.candidates = 1,
		.cluster = 1,
		.cluster_name = "cluster-1",
		.node = 1,
		.node_name = "cluster-1-node1",
		.wall = WALL,
		.vm_name = "" };
	struct placement_result_row place = { .cluster = 1,
		.cluster_name = "cluster-1",
		.node = 1,
		.node_name = "cluster-1-node1",
		.score = 900,
		.text = "has room",
		.possible = 1 };
	uint32_t key[] = { 1, 'a', 1, 1 };

	table_put(m->tables[TABLE_PLACEMENT], key, 3, &question);
	table_put(m->tables[TABLE_PLACEMENT_RESULT], key, 4, &place);
	key[3] = place.node = 2;
	place.node_name = "cluster-1-node2";
	place.score = 0;
	place.text = "its memory is full";
	place.possible = 2;
	table_put(m->tables[TABLE_PLACEMENT_RESULT], key, 4, &place);
}

struct face_model *
face_model_new(uint32_t vms)
{
	struct face_model *m = xcalloc(1, sizeof(*m));
	uint32_t clusters = vms / 50 < 2 ? 2 : vms / 50;
	int i;

	for (i = 0; i < TABLE_COUNT; i++)
		m->tables[i] = table_new(&row_types[i]);
	fill_set(m, clusters, vms);
	fill_clusters(m, clusters);
	fill_vms(m, vms, clusters);
	fill_rest(m);
	fill_moves(m);
	fill_policies(m);
	fill_placement(m);
	return m;
}

void
face_model_free(struct face_model *m)
{
	int i;

	if (m == NULL)
		return;
	for (i = 0; i < TABLE_COUNT; i++)
		table_free(m->tables[i]);
	free(m);
}

void
face_model_publish(struct face_model *m, struct generation_box *box)
{
	generation_publish(box, generation_new(m->tables, ++m->seq, clock_ms()));
}
