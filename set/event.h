/*
 * SPDX-License-Identifier: Apache-2.0
 * Kinds of events and alarms: the numbers of the MIB's ClusterSetEventType and
 * ClusterSetAlarmType, which say there what each means and what to do.
 */
#ifndef SET_EVENT_H
#define SET_EVENT_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "set/rows.h"

enum event_type { /* below 100: the notification of the same number */
	EVENT_CLUSTER_STATE = 1,
	EVENT_NODE_STATE,
	EVENT_VM_STATE,
	EVENT_VM_PLACEMENT,
	EVENT_MOVE_STARTED,
	EVENT_MOVE_ENDED,
	EVENT_DISK_OWNER,
	EVENT_DISK_CONFLICT,
	EVENT_FOREIGN_CONTROLLER,
	EVENT_AVAIL_SET_VIOLATION,
	EVENT_IMBALANCE,
	EVENT_PLAN_READY,
	EVENT_REPLICATION_PROBLEM,
	EVENT_HOOK_FAILED,
	EVENT_ALARM_RAISED,
	EVENT_ALARM_CLEARED,
	EVENT_ROLE_CHANGE,
	EVENT_EVENTS_SUPPRESSED,
	EVENT_LAST_NOTIFICATION = EVENT_EVENTS_SUPPRESSED,
	EVENT_DAEMON_STARTED = 101,
	EVENT_DAEMON_STOPPED,
	EVENT_CONFIGURATION_LOADED,
	EVENT_SETTING_CHANGED,
	EVENT_SITE_CONFIRMED,
	EVENT_SITE_RELEASED,
	EVENT_VM_ADOPTED,
	EVENT_DISK_ADOPTED,
	EVENT_OBJECT_ADDED,
	EVENT_OBJECT_REMOVED,
	EVENT_MOVE_STEP,
	EVENT_MOVE_RECOVERED,
	EVENT_STATE_ADOPTED,
	EVENT_POLICY_DECISION
};
#define EVENT_TYPE_LAST EVENT_POLICY_DECISION

enum alarm_type {
	ALARM_CLUSTER_UNREACHABLE = 1,
	ALARM_CLUSTER_IDENTITY,
	ALARM_CLUSTER_NOT_NORMAL,
	ALARM_SERVER_DOWN,
	ALARM_SERVERS_DISAGREE,
	ALARM_VM_FAILED,
	ALARM_VM_CONFLICT,
	ALARM_VM_IN_DOUBT,
	ALARM_VM_MISSING,
	ALARM_DISK_CONFLICT,
	ALARM_FOREIGN_CONTROLLER,
	ALARM_PLAIN_HTTP,
	ALARM_TLS_UNVERIFIED,
	ALARM_STORE_FAILED,
	ALARM_CONFIGURATION_REFUSED,
	ALARM_CREDENTIALS,
	ALARM_UNPAIRED_GROUP,
	ALARM_AVAIL_SET_VIOLATION,
	ALARM_STALE_DATA,
	ALARM_CLOCK_GAP,
	ALARM_AUTO_START_HAZARD,
	ALARM_MOVE_IN_DOUBT,
	ALARM_MOVE_FAILED,
	ALARM_HOOK_FAILED,
	ALARM_REPLICATION,
	ALARM_DISK_IN_DOUBT,
	ALARM_STOP_FAILED,
	ALARM_STATE_RESTORED,
	ALARM_IMBALANCE,
	ALARM_NOTIFICATIONS_LOST,
	ALARM_LOAD_UNKNOWN,
	ALARM_VM_NOT_RECOVERED
};
#define ALARM_TYPE_LAST ALARM_VM_NOT_RECOVERED

/* One event: borrowed texts, valid during the call that hands it over. */
struct event_note {
	uint32_t number; /* csEventIndex: contiguous, never reset */
	time_t wall;
	enum event_type type;
	enum cs_severity severity;
	enum cs_object object;
	const char *object_name;
	const char *cluster_name, *vm_name; /* NULL: none */
	const char *text;
	const char *old_cluster,
	    *old_node; /* placement and owner changes; NULL: none */
	enum table_id table; /* the changed row, for the notification */
	const void *row; /* borrowed; NULL: none */
};

/* One alarm as the store and csAlarmTable know it; texts borrowed. */
struct alarm_note {
	uint32_t index; /* never given again */
	enum alarm_type type;
	enum cs_severity severity;
	time_t since, last;
	enum cs_object object;
	const char *object_name;
	const char *text;
	bool acknowledged;
	time_t acknowledged_wall;
};

#endif
