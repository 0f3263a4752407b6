/*
 * SPDX-License-Identifier: Apache-2.0
 * Every option of clusterset.conf: name, type, range, unit, default and destination.
 *
 * A new option is a new row here, a line in doc/clusterset.conf.5.in and one in the
 * sample. Sections are read in the order of these rows, whatever the file's: what is
 * referred to (clusters) stands before what refers to it (vms).
 */
#include "configfile/conf.h"
#include "set/windows.h"

#define FIELD(type, member) \
	offsetof(struct type, member), sizeof(((struct type *)0)->member)
#define LIST(type, member)                           \
	.at = offsetof(struct type, member),         \
	.size = sizeof(*((struct type *)0)->member), \
	.count_at = offsetof(struct type, n##member)
#define SECTION(what, options, line_at)                                      \
	{                                                                    \
		what, options, sizeof(options) / sizeof(*(options)), line_at \
	}
#define RANGE(low, high, u) .min = (low), .max = (high), .unit = (u)
#define DAY                 86400
#define MEMORY_MAX          (1 << 30) /* MiB */
#define CPUS_MAX            65536
#define ARGUMENTS_MAX       256

static const struct conf_word kinds[] = { { "shared-disk", VM_SHARED_DISK },
	{ "stateless", VM_STATELESS }, { "replica", VM_REPLICA }, { NULL, 0 } };
static const struct conf_word disk_kinds[] = { { "shared", DISK_SHARED },
	{ "replicated", DISK_REPLICATED }, { NULL, 0 } };
static const struct conf_word spreads[] = { { "node", SPREAD_NODE },
	{ "cluster", SPREAD_CLUSTER }, { "fault-domain", SPREAD_FAULT_DOMAIN },
	{ NULL, 0 } };
static const struct conf_word enforcements[] = { { "hard", ENFORCE_HARD },
	{ "soft", ENFORCE_SOFT }, { NULL, 0 } };
static const struct conf_word silent[] = { { "disagrees", false },
	{ "trust-peers", true }, { NULL, 0 } };
static const struct conf_word autostarts[] = { { "manual", AUTOSTART_MANUAL },
	{ "auto", AUTOSTART_AUTO }, { "unknown", AUTOSTART_UNKNOWN }, { NULL, 0 } };
static const struct conf_word outside_stops[] = { { "respect", OUTSIDE_RESPECT },
	{ "restart", OUTSIDE_RESTART }, { NULL, 0 } };
static const struct conf_word conflicts[] = { { "none", CONFLICT_NONE },
	{ "stop-newcomer", CONFLICT_STOP_NEWCOMER }, { NULL, 0 } };

static const struct conf_word snmp_versions[] = { { "2c", 2 }, { "3", 3 },
	{ "none", SNMP_NOBODY }, { NULL, 0 } };
static const struct conf_word modes[] = { { "off", POLICY_OFF },
	{ "advise", POLICY_ADVISE }, { "automatic", POLICY_AUTOMATIC }, { NULL, 0 } };

static const struct conf_option set_options[] = {
	{ "name", CONF_TEXT, FIELD(settings, name), .max = NAME_LEN_MAX,
	    .check = conf_check_name },
	{ "description", CONF_TEXT, FIELD(settings, descr), .max = 255,
	    .check = conf_check_line },
	{ "state-dir", CONF_TEXT, FIELD(settings, state_dir), .max = 4000,
	    .check = conf_check_state_dir },
};

static const struct conf_option agentx_options[] = {
	{ "socket", CONF_TEXT, FIELD(settings, agentx.socket), .max = 255,
	    .check = conf_check_socket },
	{ "ping-interval", CONF_COUNT, FIELD(settings, agentx.ping_seconds),
	    RANGE(1, 3600, "s") },
	{ "request-timeout", CONF_MILLIS, FIELD(settings, agentx.request_timeout),
	    RANGE(100, 60000, "ms") },
};

static const struct conf_option poll_options[] = {
	{ "interval", CONF_SECONDS, FIELD(settings, poll.interval),
	    RANGE(0.1, 3600, "s") },
	{ "fast-interval", CONF_SECONDS, FIELD(settings, poll.fast_interval),
	    RANGE(0.1, 3600, "s") },
	{ "connect-timeout", CONF_SECONDS, FIELD(settings, poll.connect_timeout),
	    RANGE(0.1, 300, "s") },
	{ "read-timeout", CONF_SECONDS, FIELD(settings, poll.read_timeout),
	    RANGE(0.1, 300, "s") },
	{ "command-timeout", CONF_SECONDS, FIELD(settings, poll.command_timeout),
	    RANGE(1, 7200, "s") },
	{ "backoff-max", CONF_SECONDS, FIELD(settings, poll.backoff_max),
	    RANGE(0.1, DAY, "s") },
	{ "backoff-denied", CONF_SECONDS, FIELD(settings, poll.backoff_denied),
	    RANGE(0.1, DAY, "s") },
	{ "freshness", CONF_SECONDS, FIELD(settings, poll.freshness),
	    RANGE(0.2, DAY, "s") },
	{ "answer-max", CONF_BYTES, FIELD(settings, poll.answer_max),
	    RANGE(65536, 1 << 28, "bytes") },
	{ "connections", CONF_COUNT, FIELD(settings, poll.connections),
	    RANGE(1, 65536, "connections") },
};

static const struct conf_option evidence_options[] = {
	{ "command-horizon", CONF_SECONDS, FIELD(settings, evidence.command_horizon),
	    RANGE(1, DAY, "s") },
	{ "offline-settle", CONF_SECONDS, FIELD(settings, evidence.offline_settle),
	    RANGE(0.1, DAY, "s") },
	{ "evidence-age", CONF_SECONDS, FIELD(settings, evidence.evidence_age),
	    RANGE(0.1, 300, "s") },
};

static const struct conf_option move_options[] = {
	{ "stop-timeout", CONF_SECONDS, FIELD(settings, moves.stop_timeout),
	    RANGE(0.1, DAY, "s") },
	{ "start-timeout", CONF_SECONDS, FIELD(settings, moves.start_timeout),
	    RANGE(0.1, DAY, "s") },
	{ "release-timeout", CONF_SECONDS, FIELD(settings, moves.release_timeout),
	    RANGE(0.1, DAY, "s") },
	{ "verify-time", CONF_SECONDS, FIELD(settings, moves.verify_time),
	    RANGE(0, DAY, "s") },
	{ "retry-delay", CONF_SECONDS, FIELD(settings, moves.retry_delay),
	    RANGE(0.1, 3600, "s") },
	{ "tries", CONF_COUNT, FIELD(settings, moves.tries), RANGE(1, 100, "tries") },
	{ "repeat-window", CONF_SECONDS, FIELD(settings, moves.repeat_window),
	    RANGE(0, DAY, "s") },
	{ "history", CONF_COUNT, FIELD(settings, moves.history),
	    RANGE(1, 1000000, "moves") },
	{ "used-memory", CONF_SECONDS, FIELD(settings, moves.used_memory),
	    RANGE(1, 366 * DAY, "s") },
	{ "limit-set", CONF_COUNT, FIELD(settings, moves.limit_set),
	    RANGE(1, 100000, "moves") },
	{ "limit-cluster", CONF_COUNT, FIELD(settings, moves.limit_cluster),
	    RANGE(1, 100000, "moves") },
	{ "limit-node", CONF_COUNT, FIELD(settings, moves.limit_node),
	    RANGE(1, 100000, "moves") },
	{ "queue", CONF_COUNT, FIELD(settings, moves.queue),
	    RANGE(1, 1000000, "moves") },
	{ "force", CONF_BOOL, FIELD(settings, moves.force), .dflt = false },
	{ "outside-stop", CONF_WORD, FIELD(settings, moves.outside_stop),
	    .words = outside_stops },
	{ "conflict", CONF_WORD, FIELD(settings, moves.conflict), .words = conflicts },
};

/* How the nodes' agents are asked: of the whole set, and of one cluster. */
static const struct conf_option snmp_options[] = {
	{ "version", CONF_WORD, FIELD(snmp_settings, version), .words = snmp_versions },
	{ "community-file", CONF_SECRET, FIELD(snmp_settings, community), .min = 1,
	    .max = 4000 },
	{ "user", CONF_TEXT, FIELD(snmp_settings, user), .max = 32,
	    .check = conf_check_name },
	{ "auth-protocol", CONF_TEXT, FIELD(snmp_settings, auth_protocol), .max = 32,
	    .check = conf_check_auth },
	{ "auth-password-file", CONF_SECRET, FIELD(snmp_settings, auth_password),
	    .min = 8, .max = 4000 },
	{ "priv-protocol", CONF_TEXT, FIELD(snmp_settings, priv_protocol), .max = 32,
	    .check = conf_check_priv },
	{ "priv-password-file", CONF_SECRET, FIELD(snmp_settings, priv_password),
	    .min = 8, .max = 4000 },
	{ "context", CONF_TEXT, FIELD(snmp_settings, context), .max = 32,
	    .check = conf_check_context },
};
static const struct conf_section snmp_section =
    SECTION("way to ask SNMP agents", snmp_options, CONF_NOWHERE);

static const struct conf_option hook_options[] = {
	{ "program", CONF_PROGRAM, FIELD(load_settings, hook.argv), .max = 4000,
	    .required = true, .check = conf_check_program },
	{ "arguments", CONF_ARGUMENTS, FIELD(load_settings, hook.argv),
	    .max = ARGUMENTS_MAX, .length = 4000 },
	{ "timeout", CONF_SECONDS, FIELD(load_settings, hook.timeout),
	    RANGE(0.1, 3600, "s") },
	{ "interval", CONF_SECONDS, FIELD(load_settings, hook_interval),
	    RANGE(0.1, DAY, "s") },
};
static const struct conf_section hook_section =
    SECTION("metrics hook", hook_options, CONF_NOWHERE);

static const struct conf_option load_options[] = {
	{ "interval", CONF_SECONDS, FIELD(load_settings, interval),
	    RANGE(0.1, DAY, "s") },
	{ "timeout", CONF_SECONDS, FIELD(load_settings, timeout),
	    RANGE(0.05, 300, "s") },
	{ "tries", CONF_COUNT, FIELD(load_settings, tries), RANGE(1, 10, "tries") },
	{ "at-once", CONF_COUNT, FIELD(load_settings, at_once),
	    RANGE(1, 10000, "nodes") },
	{ "freshness", CONF_SECONDS, FIELD(load_settings, freshness),
	    RANGE(0.2, 7 * DAY, "s") },
	{ "half-life", CONF_SECONDS, FIELD(load_settings, half_life),
	    RANGE(0, 7 * DAY, "s") },
	{ "snmp", CONF_GROUP, FIELD(load_settings, snmp), .section = &snmp_section },
	{ "hook", CONF_GROUP, .section = &hook_section },
};

/* Of one policy: at is the place of its mode. */
static const struct conf_option policy_options[] = {
	{ "mode", CONF_WORD, 0, sizeof(enum cs_policy_mode), .words = modes },
};
static const struct conf_section policy_section =
    SECTION("policy", policy_options, CONF_NOWHERE);

static const struct conf_option weight_options[] = {
	{ "cpu", CONF_REAL, FIELD(policy_settings, weight_cpu), RANGE(0, 1000, "") },
	{ "memory", CONF_REAL, FIELD(policy_settings, weight_memory),
	    RANGE(0, 1000, "") },
	{ "cluster", CONF_REAL, FIELD(policy_settings, weight_cluster),
	    RANGE(0, 1000, "") },
};
static const struct conf_section weight_section =
    SECTION("set of weights", weight_options, CONF_NOWHERE);

#define PER_MILLE(key, member)                                    \
	{                                                         \
		key, CONF_NUMBER, FIELD(policy_settings, member), \
		    RANGE(0, 1000, "per mille")                   \
	}
#define POLICY_MODE(KIND, name, rank, lasting, descr)                     \
	{ #name, CONF_GROUP, FIELD(policy_settings, mode[POLICY_##KIND]), \
		.section = &policy_section },

static const struct conf_option policies_options[] = {
	{ "mode", CONF_WORD, FIELD(policy_settings, master), .words = modes },
	{ "interval", CONF_SECONDS, FIELD(policy_settings, interval),
	    RANGE(0.1, DAY, "s") },
	{ "look-time", CONF_SECONDS, FIELD(policy_settings, look_time),
	    RANGE(0.01, 300, "s") },
	{ "rounds", CONF_COUNT, FIELD(policy_settings, rounds),
	    RANGE(1, 1000, "rounds") },
	PER_MILLE("imbalance", imbalance), PER_MILLE("high-load", high_load),
	PER_MILLE("target-load", target_load),
	PER_MILLE("memory-reserve", memory_reserve),
	PER_MILLE("minimum-gain", minimum_gain),
	{ "failover-reserve", CONF_BOOL, FIELD(policy_settings, failover_reserve),
	    .dflt = true },
	{ "swaps", CONF_BOOL, FIELD(policy_settings, swaps), .dflt = true },
	{ "weights", CONF_GROUP, .section = &weight_section },
	{ "max-moves", CONF_COUNT, FIELD(policy_settings, max_moves),
	    RANGE(0, 64, "moves") },
	{ "max-moves-hour", CONF_COUNT, FIELD(policy_settings, max_moves_hour),
	    RANGE(0, 1000, "moves") },
	{ "cool-down", CONF_SECONDS, FIELD(policy_settings, cool_down),
	    RANGE(0, 7 * DAY, "s") },
	{ "set-cool-down", CONF_SECONDS, FIELD(policy_settings, set_cool_down),
	    RANGE(0, 7 * DAY, "s") },
	{ "windows", CONF_TEXT, FIELD(policy_settings, windows),
	    .max = WINDOWS_TEXT_MAX, .check = conf_check_windows },
	{ "plan-life", CONF_SECONDS, FIELD(policy_settings, plan_life),
	    RANGE(1, 30 * DAY, "s") },
	{ "refill", CONF_BOOL, FIELD(policy_settings, refill), .dflt = false },
	{ "recover-grace", CONF_SECONDS, FIELD(policy_settings, recover_grace),
	    RANGE(0, DAY, "s") },
	{ "calm", CONF_SECONDS, FIELD(policy_settings, calm), RANGE(0, 30 * DAY, "s") },
	POLICY_LIST(POLICY_MODE)
};

/* What cuts off a cluster. */
static const struct conf_option fence_options[] = {
	{ "program", CONF_PROGRAM, FIELD(cluster_settings, fence.argv), .max = 4000,
	    .required = true, .check = conf_check_program },
	{ "arguments", CONF_ARGUMENTS, FIELD(cluster_settings, fence.argv),
	    .max = ARGUMENTS_MAX, .length = 4000 },
	{ "timeout", CONF_SECONDS, FIELD(cluster_settings, fence.timeout),
	    RANGE(0.1, 3600, "s"), .dflt = 60 },
	{ "disk", CONF_BOOL, FIELD(cluster_settings, fence_disk), .dflt = false },
	{ "automatic", CONF_BOOL, FIELD(cluster_settings, fence_automatic),
	    .dflt = false },
};
static const struct conf_section fence_section =
    SECTION("fence", fence_options, CONF_NOWHERE);

static const struct conf_option history_options[] = {
	{ "events", CONF_COUNT, FIELD(settings, history.events),
	    RANGE(100, 1000000, "events") },
};

static const struct conf_option domain_options[] = {
	{ "name", CONF_TEXT, FIELD(fault_domain_settings, name), .max = NAME_LEN_MAX,
	    .required = true, .check = conf_check_name },
	{ "description", CONF_TEXT, FIELD(fault_domain_settings, descr), .max = 255,
	    .dflt_text = "", .check = conf_check_line },
};

static const struct conf_option avail_set_options[] = {
	{ "name", CONF_TEXT, FIELD(avail_set_settings, name), .max = NAME_LEN_MAX,
	    .required = true, .check = conf_check_name },
	{ "spread", CONF_WORD, FIELD(avail_set_settings, spread), .required = true,
	    .words = spreads },
	{ "enforcement", CONF_WORD, FIELD(avail_set_settings, enforcement),
	    .dflt = ENFORCE_HARD, .words = enforcements },
};

static const struct conf_option server_options[] = {
	{ "name", CONF_TEXT, FIELD(server_settings, name), .max = NAME_LEN_MAX,
	    .required = true, .check = conf_check_server },
	{ "url", CONF_TEXT, FIELD(server_settings, url), .max = 512, .required = true,
	    .check = conf_check_url },
	{ "fault-domain", CONF_TEXT, FIELD(server_settings, fault_domain),
	    .max = NAME_LEN_MAX, .check = conf_check_name },
	{ "snmp", CONF_TEXT, FIELD(server_settings, snmp), .max = 300,
	    .check = conf_check_agent },
	{ "cpus", CONF_NUMBER, FIELD(server_settings, cpus), RANGE(1, CPUS_MAX, ""),
	    .dflt = (double)ROW_NONE },
	{ "memory", CONF_NUMBER, FIELD(server_settings, memory),
	    RANGE(1, MEMORY_MAX, "MiB"), .dflt = (double)ROW_NONE },
};
static const struct conf_section server_section =
    SECTION("server", server_options, offsetof(struct server_settings, line));

static const struct conf_option cluster_options[] = {
	{ "name", CONF_TEXT, FIELD(cluster_settings, name), .max = NAME_LEN_MAX,
	    .required = true, .check = conf_check_name },
	{ "ecx-name", CONF_TEXT, FIELD(cluster_settings, ecx_name), .max = NAME_LEN_MAX,
	    .check = conf_check_name },
	{ "base-path", CONF_TEXT, FIELD(cluster_settings, base_path), .max = 255,
	    .dflt_text = "/api/v1", .check = conf_check_base_path },
	{ "fault-domain", CONF_TEXT, FIELD(cluster_settings, fault_domain),
	    .max = NAME_LEN_MAX, .check = conf_check_name },
	{ "interval", CONF_SECONDS, FIELD(cluster_settings, interval),
	    RANGE(0.1, 3600, "s") },
	{ "silent-server", CONF_WORD, FIELD(cluster_settings, trust_peers),
	    .words = silent },
	{ "credentials", CONF_CREDENTIALS, FIELD(cluster_settings, poll), .max = 4000 },
	{ "operate-credentials", CONF_CREDENTIALS, FIELD(cluster_settings, operate),
	    .max = 4000 },
	{ "ca-file", CONF_TEXT, FIELD(cluster_settings, ca_file), .max = 4000,
	    .check = conf_check_ca_file },
	{ "pinned-key", CONF_TEXT, FIELD(cluster_settings, pinned_key), .max = 1024,
	    .check = conf_check_pin },
	{ "verify", CONF_BOOL, FIELD(cluster_settings, verify), .dflt = true },
	{ "read-url", CONF_TEXT, FIELD(cluster_settings, read_url), .max = 512,
	    .check = conf_check_url },
	{ "servers", CONF_LIST, LIST(cluster_settings, servers), .min = 1,
	    .max = CLUSTER_NODES_MAX, .required = true, .section = &server_section },
	{ "snmp", CONF_GROUP, FIELD(cluster_settings, snmp), .section = &snmp_section },
	{ "fence", CONF_GROUP, .section = &fence_section },
};

static const struct conf_option site_options[] = {
	{ "cluster", CONF_CLUSTER, FIELD(site_settings, cluster), .required = true },
	{ "group", CONF_TEXT, FIELD(site_settings, group), .max = NAME_LEN_MAX,
	    .required = true, .check = conf_check_group },
	{ "auto-start", CONF_WORD, FIELD(site_settings, autostart),
	    .dflt = AUTOSTART_UNKNOWN, .words = autostarts },
	{ "monitors", CONF_TEXTS, LIST(site_settings, monitors), .max = 1000,
	    .length = NAME_LEN_MAX, .check = conf_check_name },
};
static const struct conf_section site_section =
    SECTION("site", site_options, offsetof(struct site_settings, line));

static const struct conf_option disk_site_options[] = {
	{ "cluster", CONF_CLUSTER, FIELD(disk_site_settings, cluster),
	    .required = true },
	{ "resource", CONF_TEXT, FIELD(disk_site_settings, resource),
	    .max = NAME_LEN_MAX, .required = true, .check = conf_check_name },
};
static const struct conf_section disk_site_section =
    SECTION("disk site", disk_site_options, CONF_NOWHERE);

static const struct conf_option disk_options[] = {
	{ "name", CONF_TEXT, FIELD(disk_settings, name), .max = NAME_LEN_MAX,
	    .required = true, .check = conf_check_name },
	{ "kind", CONF_WORD, FIELD(disk_settings, kind), .required = true,
	    .words = disk_kinds },
	{ "sites", CONF_LIST, LIST(disk_settings, sites), .min = 1, .max = 1000,
	    .required = true, .section = &disk_site_section },
};
static const struct conf_section disk_section =
    SECTION("disk", disk_options, offsetof(struct disk_settings, line));

static const struct conf_option vm_options[] = {
	{ "name", CONF_TEXT, FIELD(vm_settings, name), .max = NAME_LEN_MAX,
	    .required = true, .check = conf_check_name },
	{ "uuid", CONF_TEXT, FIELD(vm_settings, uuid), .max = 36,
	    .check = conf_check_uuid },
	{ "kind", CONF_WORD, FIELD(vm_settings, kind), .required = true,
	    .words = kinds },
	{ "home", CONF_TEXT, FIELD(vm_settings, home), .max = NAME_LEN_MAX,
	    .check = conf_check_name },
	{ "availability-set", CONF_TEXT, FIELD(vm_settings, avail_set),
	    .max = NAME_LEN_MAX, .check = conf_check_name },
	{ "priority", CONF_NUMBER, FIELD(vm_settings, priority), RANGE(0, 1000, ""),
	    .dflt = 100 },
	{ "memory", CONF_NUMBER, FIELD(vm_settings, memory),
	    RANGE(1, MEMORY_MAX, "MiB"), .dflt = (double)ROW_NONE },
	{ "vcpus", CONF_NUMBER, FIELD(vm_settings, vcpus), RANGE(1, CPUS_MAX, ""),
	    .dflt = (double)ROW_NONE },
	{ "cpu-weight", CONF_NUMBER, FIELD(vm_settings, cpu_weight),
	    RANGE(1, 10000, ""), .dflt = CPU_WEIGHT },
	{ "accept-autostart", CONF_BOOL, FIELD(vm_settings, accept_autostart),
	    .dflt = false },
	{ "sites", CONF_LIST, LIST(vm_settings, sites), .min = 1, .max = 1000,
	    .required = true, .section = &site_section },
	{ "disks", CONF_LIST, LIST(vm_settings, disks), .max = 1000,
	    .section = &disk_section },
};

static const struct conf_option pattern_options[] = {
	{ "group", CONF_TEXT, FIELD(pattern_settings, group), .max = NAME_LEN_MAX,
	    .required = true, .check = conf_check_pattern },
	{ "kind", CONF_WORD, FIELD(pattern_settings, kind), .required = true,
	    .words = kinds },
	{ "clusters", CONF_CLUSTERS, LIST(pattern_settings, clusters), .min = 1,
	    .max = 1000, .required = true },
	{ "availability-set", CONF_TEXT, FIELD(pattern_settings, avail_set),
	    .max = NAME_LEN_MAX, .check = conf_check_name },
	{ "priority", CONF_NUMBER, FIELD(pattern_settings, priority),
	    RANGE(0, 1000, ""), .dflt = 100 },
	{ "memory", CONF_NUMBER, FIELD(pattern_settings, memory),
	    RANGE(1, MEMORY_MAX, "MiB"), .dflt = (double)ROW_NONE },
	{ "vcpus", CONF_NUMBER, FIELD(pattern_settings, vcpus), RANGE(1, CPUS_MAX, ""),
	    .dflt = (double)ROW_NONE },
	{ "cpu-weight", CONF_NUMBER, FIELD(pattern_settings, cpu_weight),
	    RANGE(1, 10000, ""), .dflt = CPU_WEIGHT },
};

static const struct conf_section set_section =
    SECTION("set", set_options, CONF_NOWHERE);
static const struct conf_section agentx_section =
    SECTION("agentx", agentx_options, CONF_NOWHERE);
static const struct conf_section poll_section =
    SECTION("poll", poll_options, CONF_NOWHERE);
static const struct conf_section evidence_section =
    SECTION("evidence", evidence_options, CONF_NOWHERE);
static const struct conf_section move_section =
    SECTION("moves", move_options, CONF_NOWHERE);
static const struct conf_section load_section =
    SECTION("load", load_options, CONF_NOWHERE);
static const struct conf_section policies_section =
    SECTION("policies", policies_options, CONF_NOWHERE);
static const struct conf_section history_section =
    SECTION("history", history_options, CONF_NOWHERE);
static const struct conf_section domain_section = SECTION(
    "fault domain", domain_options, offsetof(struct fault_domain_settings, line));
static const struct conf_section avail_set_section = SECTION(
    "availability set", avail_set_options, offsetof(struct avail_set_settings, line));
static const struct conf_section cluster_section =
    SECTION("cluster", cluster_options, offsetof(struct cluster_settings, line));
static const struct conf_section vm_section =
    SECTION("VM", vm_options, offsetof(struct vm_settings, line));
static const struct conf_section pattern_section =
    SECTION("VM pattern", pattern_options, offsetof(struct pattern_settings, line));

static const struct conf_option top_options[] = {
	{ "set", CONF_GROUP, .section = &set_section },
	{ "agentx", CONF_GROUP, .section = &agentx_section },
	{ "poll", CONF_GROUP, .section = &poll_section },
	{ "evidence", CONF_GROUP, .section = &evidence_section },
	{ "moves", CONF_GROUP, .section = &move_section },
	{ "load", CONF_GROUP, FIELD(settings, load), .section = &load_section },
	{ "policies", CONF_GROUP, FIELD(settings, policies),
	    .section = &policies_section },
	{ "history", CONF_GROUP, .section = &history_section },
	{ "fault-domains", CONF_LIST, LIST(settings, fault_domains), .max = 10000,
	    .section = &domain_section },
	{ "availability-sets", CONF_LIST, LIST(settings, avail_sets), .max = 10000,
	    .section = &avail_set_section },
	{ "clusters", CONF_LIST, LIST(settings, clusters), .max = 10000,
	    .section = &cluster_section },
	{ "vms", CONF_LIST, LIST(settings, vms), .max = 1000000,
	    .section = &vm_section },
	{ "vm-patterns", CONF_LIST, LIST(settings, patterns), .max = 10000,
	    .section = &pattern_section },
};

const struct conf_section conf_schema = SECTION("file", top_options, CONF_NOWHERE);
