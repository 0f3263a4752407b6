/*
 * SPDX-License-Identifier: Apache-2.0
 * Every option of clusterset.conf: name, type, range, unit, default and destination.
 *
 * A new option is a new row here, a line in doc/clusterset.conf.5.in and one in the
 * sample. Sections are read in the order of these rows, whatever the file's: what is
 * referred to (clusters) stands before what refers to it (vms).
 */
#include "configfile/conf.h"

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
	{ "memory", CONF_NUMBER, FIELD(vm_settings, memory), RANGE(1, 1 << 30, "MiB"),
	    .dflt = (double)ROW_NONE },
	{ "vcpus", CONF_NUMBER, FIELD(vm_settings, vcpus), RANGE(1, 65536, ""),
	    .dflt = (double)ROW_NONE },
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
