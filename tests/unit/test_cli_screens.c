/*
 * SPDX-License-Identifier: Apache-2.0
 * The screens over rows made by hand: what a real set shows too seldom, and every size
 * of terminal.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/branch.h"
#include "cli/cmd_top.h"
#include "cli/command.h"

static struct top t;
static struct out o;
static char *text;
static size_t size;

/* --- rows by hand ------------------------------------------------------------------
 */

static struct row *
add(struct rows *rows, uint32_t a, uint32_t b)
{
	struct row *row = rows_append(rows);

	row->index[0] = a;
	row->index[1] = b;
	return row;
}

static struct cell *
cell_of(struct row *row, enum mib_id id)
{
	struct cell *c = &row->cells[id - mib_tables[mib_objects[id].table].first];

	c->there = true;
	return c;
}

static void
put(struct row *row, enum mib_id id, int64_t number)
{
	cell_of(row, id)->number = number;
}

static void
word(struct row *row, enum mib_id id, const char *w)
{
	int number = mib_number(id, w);

	ck_assert_int_ge(number, 0);
	put(row, id, number);
}

static void
say(struct row *row, enum mib_id id, const char *words)
{
	cell_of(row, id)->text = xstrdup(words);
}

static void
alarm_add(uint32_t index, const char *type, const char *severity, const char *name)
{
	struct row *a = add(t.st.alarms, index, 0);

	word(a, csAlarmType, type);
	word(a, csAlarmSeverity, severity);
	say(a, csAlarmSince, "2025-11-22T10:00:00Z");
	word(a, csAlarmObjectKind, "vm");
	say(a, csAlarmObjectName, name);
	say(a, csAlarmText, "it went wrong in a way that takes some words to tell");
	word(a, csAlarmAcknowledge, "false");
}

static void
vm_add(uint32_t index, const char *state)
{
	struct row *vm = add(t.st.vms, index, 0);

	word(vm, csVmOperState, state);
	word(vm, csVmHold, "false");
}

static void
node_add(uint32_t cluster, uint32_t node, const char *name, int cpu, int used)
{
	struct row *n = add(t.st.nodes, cluster, node);

	say(n, csNodeClusterName, "east");
	say(n, csNodeName, name);
	word(n, csNodeOperState, "online");
	word(n, csNodeAdminState, "active");
	if (cpu >= 0)
		put(n, csNodeCpuLoad, cpu);
	if (used >= 0) {
		put(n, csNodeMemoryUsed, used);
		put(n, csNodeMemoryTotal, 1000);
	}
	put(n, csNodeVmsRunning, 3);
}

static void
move_add(uint32_t index, const char *state)
{
	struct row *m = add(t.st.moves, 0, index);

	say(m, csMoveVmName, "a-vm-with-a-long-name");
	say(m, csMoveSourceName, "east");
	say(m, csMoveSourceNodeName, "east1");
	say(m, csMoveTargetName, "west");
	say(m, csMoveTargetNodeName, "west1");
	word(m, csMoveState, state);
	word(m, csMoveStep, "start");
	put(m, csMoveProgress, 55);
	say(m, csMoveStartedAt, "2025-11-22T10:00:00Z");
	say(m, csMoveError, "");
}

static void
event_add(uint32_t index)
{
	struct row *e = add(t.events, index, 0);

	say(e, csEventTime, "2025-11-22T10:00:00Z");
	word(e, csEventSeverity, index % 2 ? "info" : "critical");
	say(e, csEventText, "something happened that takes quite some words to tell");
}

/* --- the screen --------------------------------------------------------------------
 */

static void
begin(int width, int height)
{
	FILE *f;

	free(text);
	text = NULL;
	f = open_memstream(&text, &size);
	ck_assert_ptr_nonnull(f);
	out_init(&o, f, OUT_SCREEN, "never");
	o.width = width;
	o.height = height;
}

static const char *
end(void)
{
	fclose(o.f);
	return text;
}

static void
setup(void)
{
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TZ", "UTC", 1);
	memset(&t, 0, sizeof(t));
	t.st.set.name = xstrdup("lab");
	t.st.set.descr = xstrdup("");
	t.st.set.version = xstrdup("");
	t.st.set.reason = xstrdup("");
	t.st.set.health = "ok";
	t.st.set.role = "standalone";
	t.st.set.now = out_time("2025-11-22T10:02:00Z");
	t.st.clusters = rows_new(csClusterTable);
	t.st.nodes = rows_new(csNodeTable);
	t.st.vms = rows_new(csVmTable);
	t.st.disks = rows_new(csDiskTable);
	t.st.moves = rows_new(csMoveTable);
	t.st.alarms = rows_new(csAlarmTable);
	t.events = rows_new(csEventTable);
	t.interval = 2;
}

static void
teardown(void)
{
	status_free(&t.st);
	rows_free(t.events);
	free(text);
	text = NULL;
}

static int
lines_of(const char *s)
{
	int n = 0;

	for (; *s != '\0'; s++)
		n += *s == '\n';
	return n;
}

static int
widest(const char *s)
{
	char *line;
	size_t n;
	int w, most = 0;

	for (; *s != '\0'; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		line = xstrndup(s, n);
		w = out_columns(line);
		most = w > most ? w : most;
		free(line);
	}
	return most;
}

static bool
shows(const char *words)
{
	return strstr(text, words) != NULL;
}

/* --- status ------------------------------------------------------------------------
 */

START_TEST(a_stuck_daemon_is_not_well)
{
	vm_add(1, "running");
	t.st.set.control_age = 30;
	status_judge(&t.st);
	ck_assert_int_eq(status_exit(&t.st), EXIT_DONE);
	t.st.set.control_age = 31;
	ck_assert_int_eq(status_exit(&t.st), EXIT_FAILED);
	begin(100, 0);
	status_screen(&o, &t.st);
	end();
	ck_assert(shows("clustersetd has stopped watching: what follows is old"));
	ck_assert(shows("its heartbeat is 31 s old. Look at the log of clustersetd"));
	begin(100, 0);
	status_brief(&o, &t.st);
	ck_assert_str_eq(
	    end(), "lab stuck: 1/1 VMs running, 0/0 nodes online, 0 moves\n");
	begin(100, 20);
	top_draw(&o, &t);
	end();
	ck_assert(shows("clustersetd has stopped watching: its heartbeat is 31 s old"));
}
END_TEST

START_TEST(unknown_right_after_the_start)
{
	t.st.set.health = "unknown";
	t.st.set.role = "follower";
	t.st.set.oldest_poll_age = -1;
	free(t.st.set.reason);
	t.st.set.reason = xstrdup("cluster east: no poll round has ended yet");
	status_judge(&t.st);
	ck_assert_int_eq(status_exit(&t.st), EXIT_FAILED);
	begin(100, 0);
	status_screen(&o, &t.st);
	end();
	ck_assert(shows("UNKNOWN  it cannot be told at present\n"
	                "  cluster east: no poll round has ended yet\n"));
	ck_assert(shows("the oldest poll round is still to come"));
	ck_assert(shows("follower: it only watches"));
}
END_TEST

/* Whatever may be in two places, or nobody knows where, is code 5. */
START_TEST(doubt)
{
	static const char *const kinds[] = { "vmConflict", "vmInDoubt", "diskConflict",
		"moveInDoubt", "diskInDoubt", "stateRestored" };
	size_t i;

	t.st.set.health = "critical";
	alarm_add(1, "serverDown", "critical", "web1");
	status_judge(&t.st);
	ck_assert_int_eq(status_exit(&t.st), EXIT_FAILED);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		teardown();
		setup();
		t.st.set.health = "critical";
		alarm_add(1, kinds[i], "critical", "web1");
		status_judge(&t.st);
		ck_assert_int_eq(status_exit(&t.st), EXIT_IN_DOUBT);
	}
	teardown();
	setup();
	vm_add(1, "inDoubt");
	status_judge(&t.st);
	ck_assert_int_eq(status_exit(&t.st), EXIT_IN_DOUBT);
	teardown();
	setup();
	move_add(1, "inDoubt");
	status_judge(&t.st);
	ck_assert_int_eq(status_exit(&t.st), EXIT_IN_DOUBT);
	begin(100, 0);
	status_screen(&o, &t.st);
	end();
	ck_assert(shows("in doubt, start, 2 min\n"));
}
END_TEST

/* Every alarm is shown or counted, the most urgent first, at every height. */
START_TEST(alarms_are_cut_and_counted)
{
	const char *p;
	int h, shown, hidden;
	char name[32];
	uint32_t i;

	t.st.set.health = "critical";
	for (i = 1; i <= 40; i++) {
		snprintf(name, sizeof(name), "web%u", i);
		alarm_add(i, i % 4 == 0 ? "serverDown" : "plainHttp",
		    i % 4 == 0 ? "critical" : "warning", name);
	}
	alarm_add(41, "vmConflict", "critical", "db1");
	status_judge(&t.st);
	for (h = 0; h < 80; h++) {
		begin(80, h);
		status_screen(&o, &t.st);
		end();
		ck_assert_int_le(widest(text), 80);
		for (shown = 0, p = text; (p = strstr(p, ", since ")) != NULL; p++)
			shown++;
		hidden = 0;
		for (p = text; (p = strstr(p, "    and ")) != NULL; p++)
			hidden += (int)strtol(p + 8, NULL, 10);
		if ((p = strstr(text, "\n  and ")) != NULL)
			hidden += (int)strtol(p + 7, NULL, 10);
		ck_assert_int_eq(shown + hidden, 41);
		/* with its date: that was not today */
		ck_assert_ptr_nonnull(
		    strstr(text, "VM db1, since 2025-11-22 10:00:00 (2 min)"));
		if (h == 0)
			ck_assert_int_eq(hidden, 0);
		else if (h > 17)
			ck_assert_int_lt(lines_of(text), h);
	}
}
END_TEST

/* --- top ---------------------------------------------------------------------------
 */

static void
fill(int many)
{
	char name[32];
	uint32_t i;

	t.st.set.health = "warning";
	for (i = 1; i <= (uint32_t)many; i++) {
		snprintf(name, sizeof(name), "node%u", i);
		node_add(1, i, name, i % 3 == 0 ? -1 : (int)i * 20 % 1000,
		    i % 2 == 0 ? -1 : 400);
		alarm_add(i, "plainHttp", "warning", name);
		move_add(i, "running");
		event_add(i);
		vm_add(i, i % 2 ? "running" : "unknown");
	}
	status_judge(&t.st);
}

START_TEST(a_frame_fits_every_terminal)
{
	static const int many[] = { 0, 1, 5, 60 };
	int w, h;

	fill(many[_i]);
	for (h = 8; h < 70; h += 3)
		for (w = 20; w < 130; w += 7) {
			begin(w, h);
			top_draw(&o, &t);
			end();
			ck_assert_int_eq(lines_of(text), h);
			ck_assert_int_le(widest(text), w);
		}
	for (w = 20; w < 130; w += 7) {
		begin(w, 0);
		t.cause = w % 2 ? "nobody there, and that in quite some words" : NULL;
		top_draw(&o, &t);
		end();
		ck_assert_int_le(widest(text), w);
		t.cause = NULL;
	}
}
END_TEST

START_TEST(the_busiest_nodes_come_first)
{
	node_add(1, 1, "idle", 20, 100);
	node_add(1, 2, "nobody-knows", -1, -1);
	node_add(1, 3, "full", 100, 950);
	node_add(1, 4, "busy", 800, -1);
	status_judge(&t.st);
	begin(90, 40);
	top_draw(&o, &t);
	end();
	ck_assert_ptr_nonnull(strstr(text, "east/full"));
	ck_assert(strstr(text, "east/full") < strstr(text, "east/busy"));
	ck_assert(strstr(text, "east/busy") < strstr(text, "east/idle"));
	ck_assert(strstr(text, "east/idle") < strstr(text, "east/nobody-knows"));
	ck_assert(shows(" 95 %"));
	ck_assert(
	    shows("cpu \u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588"
	          "\u2591\u2591  80 %    mem \u00b7"));
}
END_TEST

/* --- the tree ----------------------------------------------------------------------
 */

START_TEST(loads_in_a_tree)
{
	struct branch *root = branch_new(NULL, xstrdup("lab"), "ok"), *b;
	int w;

	b = branch_new(root, xstrdup("n1"), "online");
	b->loads = true;
	b->cpu = 455;
	b->memory = 950;
	branch_note(b, TONE_BUSY, "in %s", "maintenance");
	branch_note(b, TONE_PLAIN, "fault domain x");
	b = branch_new(root, xstrdup("a-longer-name"), "offline");
	b->loads = true;
	b = branch_new(b, xstrdup("vm"), NULL);
	begin(120, 0);
	branch_print(&o, root);
	ck_assert_str_eq(end(),
	    "lab  ok\n"
	    "\u251c\u2500 n1             online   cpu \u2588\u2588\u2588\u2588\u2588"
	    "\u2591\u2591\u2591\u2591\u2591\u2591\u2591  46 %  memory "
	    "\u2588\u2588\u2588"
	    "\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2591  95 %"
	    "  in maintenance, fault domain x\n"
	    "\u2514\u2500 a-longer-name  offline  load \u00b7\u00b7\u00b7\u00b7\u00b7"
	    "\u00b7\u00b7\u00b7\u00b7\u00b7\u00b7\u00b7 unknown\n"
	    "   \u2514\u2500 vm\n");
	for (w = 20; w < 100; w++) {
		begin(w, 0);
		branch_print(&o, root);
		end();
		ck_assert_int_le(widest(text), w);
		ck_assert_ptr_null(strstr(text, " \n"));
	}
	branch_free(root);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cli_screens");
	TCase *tc = tcase_create("screens");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_stuck_daemon_is_not_well);
	tcase_add_test(tc, unknown_right_after_the_start);
	tcase_add_test(tc, doubt);
	tcase_add_test(tc, alarms_are_cut_and_counted);
	tcase_add_loop_test(tc, a_frame_fits_every_terminal, 0, 4);
	tcase_add_test(tc, the_busiest_nodes_come_first);
	tcase_add_test(tc, loads_in_a_tree);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
