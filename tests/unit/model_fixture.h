/*
 * SPDX-License-Identifier: Apache-2.0
 * A cluster set in a few lines of text, for tests of set/.
 *
 * Settings, one thing a line:
 *	cluster east server1 server2/rack1 domain=r1 trust ecx=NAME
 *	vm vm1 shared east:vm1 west:vm1 set=web home=east priority=5
 *		auto=east manual=west monitor=east:genw1 accept	(more of a vm)
 *	vm ... vcpus=4 memory=1024 weight=100	(more of a vm: its size)
 *	size east server1 cpus=8 memory=65536	(of a server)
 *	load fresh=120 half-life=60		(section load, s)
 *	disk d1 east=sd1 west=sd1		(of the vm above it)
 *	outside-restart				(moves.outside-stop)
 *	stop-newcomer				(moves.conflict)
 *	domain r1
 *	set web node hard
 *	pattern vm* shared east west set=web vcpus=2 memory=512
 * A round: who was asked, what they all said (groups, resources as name:group, monitors
 * as !name; "+" stands for a blank; @ the current server):
 *	east: server1=Online server2=Online | vm1=Online@server1 sd1:vm1=Online@server1
 *	east(server1): ...			only server1 was asked
 *	east(server1,server2!): ...		server2 was asked and kept silent
 *	east(): 				nobody answered
 *	east=Caution~OTHER(server1): ...	cluster status, its own name
 */
#ifndef MODEL_FIXTURE_H
#define MODEL_FIXTURE_H

#include "set/model.h"

struct settings *fx_settings(const char *text);
/* A round of the settings' cluster that the text names, at time 0. */
struct observation *fx_round(const struct settings *, const char *text);
/* Makes what server `slot` said what another round's text says. */
void fx_other_view(
    const struct settings *, struct observation *, size_t slot, const char *text);

struct fx_store; /* what a model told to keep */

struct fx {
	struct settings *settings;
	struct model *model;
	struct model_now now;
	uint64_t seq;
	struct fx_store *store;
	char *log; /* of events since the last fx_log(): "TYPE/SEVERITY text\n" */
	uint32_t last_event; /* events were contiguous up to it */
	unsigned reloads; /* asked for */
	unsigned records; /* told to keep, events and alarms aside */
};

struct fx *fx_new(const char *settings); /* configured, nothing observed */
void fx_free(struct fx *);
/* -1: refused, and *cause (may be NULL) says why. */
int fx_reload(struct fx *, const char *settings, char **cause);
/* A new process on the same store. */
void fx_restart(struct fx *, const char *settings);
void fx_see(struct fx *, const char *round); /* one round, 10 ms long, now */
void fx_see_split(struct fx *, const char *round, size_t slot, const char *other);
void fx_later(struct fx *, msec_t ms); /* time goes on, with a tick at its end */
/* The events since the last call; the caller frees. */
char *fx_log(struct fx *);
void fx_forget(struct fx *); /* drops the log */
/* Lines of the log that begin with `type/`. */
unsigned fx_count(const char *log, enum event_type);

const struct set_row *fx_set(struct fx *);
const struct cluster_row *fx_cluster(struct fx *, const char *name);
const struct node_row *fx_node(struct fx *, const char *cluster, const char *name);
const struct vm_row *fx_vm(struct fx *, const char *name);
const struct vm_site_row *fx_site(struct fx *, const char *vm, const char *cluster);
const struct disk_row *fx_disk(struct fx *, const char *name);
const struct disk_site_row *fx_disk_site(
    struct fx *, const char *disk, const char *cluster);
const struct fault_domain_row *fx_domain(struct fx *, const char *name);
const struct avail_set_row *fx_avail_set(struct fx *, const char *name);
const struct alarm_row *fx_alarm(struct fx *, enum alarm_type, const char *name);
/* Walks a table: the row after `prev` (NULL: the first), NULL at the end. */
const void *fx_next(struct fx *, enum table_id, const void *prev);
size_t fx_rows(struct fx *, enum table_id);
enum intent_verdict fx_ask(
    struct fx *, enum intent_kind, uint32_t a, uint32_t b, int64_t value, char **cause);
/* Tests and applies; the test must say INTENT_OK. */
void fx_want(struct fx *, enum intent_kind, uint32_t a, uint32_t b, int64_t value);

#endif
