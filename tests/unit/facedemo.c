/*
 * SPDX-License-Identifier: Apache-2.0
 * The SNMP face over a synthetic model, for scenario tests and benches.
 *
 * The main thread plays control: it beats, answers requests and obeys lines on standard
 * input. One line on standard output for every request and command.
 *	burst N		posts N notifications, sequence on from the last one
 *	delay MS	answers requests only after that time
 *	stop MS		does nothing at all for that time
 *	refuse ERROR	refuses every test with that SNMP error (0: none)
 *	touch VM	changes that VM's status text and publishes
 *	quit		as end of file
 */
#include "config.h"

#include <event2/event.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "tests/unit/face_model.h"
#include "subagent/face.h"
#include "subagent/mib.h"
#include "subagent/notify.h"

static struct event_base *base;
static struct generation_box *box;
static struct face_model *model;
static struct face *face;
static int delay_ms, refuse_with;
static uint32_t sequence;

static const char *const phases[] = { "test", "commit", "accept", "undo", "free" };

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

/* --- control's part of a SET ------------------------------------------------------ */

static void
apply(const struct set_item *item)
{
	static const enum table_id tables[] = { [WRITE_SET_SERIAL] = TABLE_SET,
		[WRITE_CLUSTER_ADMIN] = TABLE_CLUSTER,
		[WRITE_NODE_ADMIN] = TABLE_NODE,
		[WRITE_VM_ADMIN] = TABLE_VM,
		[WRITE_VM_HOLD] = TABLE_VM,
		[WRITE_VM_HOME] = TABLE_VM,
		[WRITE_VM_PRIORITY] = TABLE_VM,
		[WRITE_VM_TARGET_CLUSTER] = TABLE_VM,
		[WRITE_VM_TARGET_NODE] = TABLE_VM,
		[WRITE_SITE_CONFIRM] = TABLE_VM_SITE,
		[WRITE_ALARM_ACK] = TABLE_ALARM,
		[WRITE_SET_ADOPT] = TABLE_SET,
		[WRITE_SET_RELOAD] = TABLE_SET,
		[WRITE_VM_RELEASE] = TABLE_VM };
	static const size_t members[] = { [WRITE_SET_SERIAL] =
		                              offsetof(struct set_row, serial),
		[WRITE_CLUSTER_ADMIN] = offsetof(struct cluster_row, admin),
		[WRITE_NODE_ADMIN] = offsetof(struct node_row, admin),
		[WRITE_VM_ADMIN] = offsetof(struct vm_row, admin),
		[WRITE_VM_HOLD] = offsetof(struct vm_row, hold),
		[WRITE_VM_HOME] = offsetof(struct vm_row, home),
		[WRITE_VM_PRIORITY] = offsetof(struct vm_row, priority),
		[WRITE_VM_TARGET_CLUSTER] = offsetof(struct vm_row, target_cluster),
		[WRITE_VM_TARGET_NODE] = offsetof(struct vm_row, target_node),
		[WRITE_SITE_CONFIRM] = offsetof(struct vm_site_row, confirm),
		[WRITE_ALARM_ACK] = offsetof(struct alarm_row, acknowledged),
		[WRITE_SET_ADOPT] = offsetof(struct set_row, adopt),
		[WRITE_SET_RELOAD] = offsetof(struct set_row, reloads),
		[WRITE_VM_RELEASE] = offsetof(struct vm_row, release) };
	char copy[512];
	int64_t n = item->number;
	enum table_id id;
	const void *row;

	if ((size_t)item->what >= sizeof(members) / sizeof(members[0]))
		return; /* a row of csMoveTable: control's business */
	id = tables[item->what];
	row = table_get(model->tables[id], item->key, item->klen);
	if (row == NULL || row_types[id].size > sizeof(copy))
		return;
	memcpy(copy, row, row_types[id].size);
	if (item->what == WRITE_SET_SERIAL)
		n = (n + 1) & 0x7fffffff;
	memcpy(copy + members[item->what], &n, sizeof(n));
	table_put(model->tables[id], item->key, item->klen, copy);
}

static void
request(struct mail *m)
{
	struct request *r = (struct request *)m;
	size_t i;

	if (!request_take(r)) {
		say("revoked %s transaction=%" PRIu64, phases[r->phase],
		    r->transaction);
		request_unref(r);
		return;
	}
	say("%s transaction=%" PRIu64 " items=%zu", phases[r->phase], r->transaction,
	    r->nitems);
	if (delay_ms > 0)
		poll(NULL, 0, delay_ms);
	if (r->phase == REQUEST_TEST && refuse_with != 0) {
		request_answer(r, refuse_with, r->nitems - 1,
		    xstrdup("the demo was told to refuse"));
	} else {
		if (r->phase == REQUEST_ACCEPT) {
			for (i = 0; i < r->nitems; i++)
				apply(&r->items[i]);
			face_model_publish(model, box);
		}
		request_answer(r, 0, 0, NULL);
	}
	request_unref(r);
}

/* --- commands --------------------------------------------------------------------- */

static void
burst(long n)
{
	const uint32_t key[1] = { 1 };
	struct notice notice = { .type = 3,
		.severity = SEV_INFO,
		.object_name = "vm-1",
		.text = "one of a burst",
		.table = TABLE_VM };

	for (; n > 0; n--) {
		notice.sequence = ++sequence;
		notice.row = row_ref(table_get(model->tables[TABLE_VM], key, 1));
		face_notify(face, &notice);
	}
	say("posted %" PRIu32, sequence);
}

static void
touch(uint32_t vm)
{
	const struct vm_row *old = table_get(model->tables[TABLE_VM], &vm, 1);
	struct vm_row row;
	char *text;

	if (old == NULL)
		return;
	row = *old;
	text = xasprintf("touched in generation %" PRIu64, model->seq + 1);
	row.status_text = text;
	table_put(model->tables[TABLE_VM], &vm, 1, &row);
	face_model_publish(model, box);
	free(text);
	say("touched %" PRIu32, vm);
}

static void
command(evutil_socket_t fd, short what, void *arg)
{
	static char line[256];
	static size_t used;
	char *end, word[16];
	ssize_t got;
	long n;

	(void)what;
	(void)arg;
	got = read(fd, line + used, sizeof(line) - 1 - used);
	if (got <= 0) {
		event_base_loopbreak(base);
		return;
	}
	used += (size_t)got;
	line[used] = '\0';
	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		n = 0;
		word[0] = '\0';
		if (sscanf(line, "%15s %ld", word, &n) < 1)
			word[0] = '\0';
		if (strcmp(word, "burst") == 0)
			burst(n);
		else if (strcmp(word, "delay") == 0)
			say("delay %d", delay_ms = (int)n);
		else if (strcmp(word, "refuse") == 0)
			say("refuse %d", refuse_with = (int)n);
		else if (strcmp(word, "touch") == 0)
			touch((uint32_t)n);
		else if (strcmp(word, "stop") == 0) {
			say("stopped");
			poll(NULL, 0, (int)n);
			say("going on");
		} else if (strcmp(word, "quit") == 0)
			event_base_loopbreak(base);
		used -= (size_t)(end + 1 - line);
		memmove(line, end + 1, used + 1);
	}
}

static void
beat(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	generation_beat(box, clock_ms());
}

static void
ended(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	event_base_loopbreak(base);
}

/* --- the descriptors as text ------------------------------------------------------ */

static int
describe(void)
{
	static const char *const access[] = { "read-only", "read-write",
		"read-create" };
	const char *const *object;
	const struct mib_column *c;
	size_t i, j, k;
	int type;

	for (type = 1; type <= NOTIFY_TYPES; type++) {
		printf("notification %d", type);
		for (object = notify_objects(type); *object != NULL; object++)
			printf(" %s", *object);
		putchar('\n');
	}
	for (i = 0; i < mib_ntables; i++)
		for (j = 0; j < mib_tables[i]->ncolumns; j++) {
			c = &mib_tables[i]->columns[j];
			printf("%s ", c->name);
			for (k = 0; k < mib_tables[i]->oid_len; k++)
				printf("%" PRIu32 ".", mib_tables[i]->oid[k]);
			printf("%" PRIu32 " tag=%d min=%" PRId64 " max=%" PRId64
			       " access=%s index=%s date=%d\n",
			    c->id, (int)c->tag, c->min, c->max, access[c->access],
			    mib_tables[i]->index,
			    c->tag == TAG_OCTETS && c->max == DATE_AND_TIME_LEN);
		}
	return 0;
}

static void
usage(void)
{
	fprintf(stderr,
	    "usage: facedemo --socket PATH [--vms N] [--ping S] [--timeout MS]\n"
	    "	[--fds N] [--debug]\n"
	    "       facedemo --describe\n");
	exit(2);
}

/* Descriptors that are open before the face has any, so that its own are beyond them.
 */
static void
hold_fds(unsigned n)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < n + 100) {
		limit.rlim_cur = n + 100;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	for (; n > 0; n--)
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) {
			perror("/dev/null");
			exit(1);
		}
}

int
main(int argc, char **argv)
{
	static const struct option options[] = { { "socket", 1, NULL, 's' },
		{ "vms", 1, NULL, 'v' }, { "ping", 1, NULL, 'p' },
		{ "timeout", 1, NULL, 't' }, { "fds", 1, NULL, 'f' },
		{ "describe", 0, NULL, 'd' }, { "debug", 0, NULL, 'D' },
		{ NULL, 0, NULL, 0 } };
	static const struct timeval often = { 0, 100000 };
	struct agentx_settings settings = { .ping_seconds = 2,
		.request_timeout = 1000 };
	struct face_options fo = { .refusals = 64 };
	struct event *in, *beats, *term, *intr;
	unsigned vms = 10, fds = 0;
	char *cause = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 's':
			settings.socket = optarg;
			break;
		case 'v':
			vms = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'p':
			settings.ping_seconds = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 't':
			settings.request_timeout = strtol(optarg, NULL, 10);
			break;
		case 'f':
			fds = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'd':
			return describe();
		case 'D':
			log_set_level(LOGL_DEBUG);
			break;
		default:
			usage();
		}
	if (settings.socket == NULL)
		usage();
	hold_fds(fds);
	base = event_base_new();
	box = generation_box_new();
	model = face_model_new(vms);
	face_model_publish(model, box);
	generation_beat(box, clock_ms());
	fo.agentx = &settings;
	fo.box = box;
	fo.control = mailbox_new(base);
	fo.request = request;
	if ((face = face_start(&fo, &cause)) == NULL) {
		fprintf(stderr, "facedemo: %s\n", cause);
		return 1;
	}
	in = event_new(base, 0, EV_READ | EV_PERSIST, command, NULL);
	event_add(in, NULL);
	beats = event_new(base, -1, EV_PERSIST, beat, NULL);
	event_add(beats, &often);
	term = evsignal_new(base, SIGTERM, ended, NULL);
	event_add(term, NULL);
	intr = evsignal_new(base, SIGINT, ended, NULL);
	event_add(intr, NULL);
	say("started vms=%u", vms);
	event_base_dispatch(base);
	face_stop(face);
	mailbox_free(fo.control);
	event_free(in);
	event_free(beats);
	event_free(term);
	event_free(intr);
	face_model_free(model);
	generation_box_free(box);
	event_base_free(base);
	say("ended");
	return 0;
}
