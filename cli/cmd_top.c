/*
 * SPDX-License-Identifier: Apache-2.0
 * `clusterset top`: the set as it is now, refreshed in place.
 *
 * A thread of its own asks the agent, so that keys, window changes and the age of what
 * is shown do not wait for an agent that is gone. It only asks; everything that makes
 * words of the answers happens in the first thread.
 */
#include "cli/cmd_top.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/command.h"
#include "cli/terminal.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

enum { EVENTS_MOST = 60, INTERVAL = 2 };

static const enum mib_id node_columns[] = { csNodeName, csNodeClusterName,
	csNodeAdminState, csNodeOperState, csNodeCpuLoad, csNodeMemoryTotal,
	csNodeMemoryUsed, csNodeVmsRunning };

struct answer {
	struct status st;
	struct rows *events;
	enum snmp_result result;
	char *cause;
	int64_t at; /* CLOCK_BOOTTIME, seconds */
};

/* Between the two threads: what is asked for and what came. */
struct asker {
	pthread_mutex_t lock;
	pthread_cond_t wanted;
	bool want, quit;
	struct cli *cli; /* its session belongs to the thread */
	struct answer *answer; /* ready, not taken yet */
	int ready[2]; /* a byte for every answer */
};

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/*
 * One answer. After silence the session is opened anew: an agent that was restarted may
 * have another SNMPv3 engine time, and a name may resolve to another address.
 */
static struct answer *
ask(struct cli *cli)
{
	struct answer *a = xcalloc(1, sizeof(*a));
	int64_t newest;

	if (cli->snmp == NULL)
		cli->snmp = snmp_open_session(
		    cli->snmp_argc, cli->snmp_argv, cli->peer, cli->root, &a->cause);
	if (cli->snmp == NULL)
		a->result = SNMP_UNREACHABLE;
	else
		a->result = status_gather(
		    cli->snmp, &a->st, node_columns, LEN(node_columns), &a->cause);
	if (a->result == SNMP_DONE) {
		newest = a->st.set.event_newest;
		a->events = snmp_table_after(cli->snmp, csEventTable,
		    newest > EVENTS_MOST ? (uint32_t)(newest - EVENTS_MOST) : 0,
		    EVENTS_MOST, &a->result, &a->cause);
	}
	if (a->result == SNMP_UNREACHABLE) {
		snmp_close_session(cli->snmp);
		cli->snmp = NULL;
	}
	a->at = now_ms() / 1000;
	return a;
}

static void
answer_free(struct answer *a)
{
	if (a == NULL)
		return;
	status_free(&a->st);
	rows_free(a->events);
	free(a->cause);
	free(a);
}

static void *
asker_run(void *arg)
{
	struct asker *k = arg;
	struct answer *a;
	ssize_t done;

	pthread_mutex_lock(&k->lock);
	for (;;) {
		while (!k->want && !k->quit)
			pthread_cond_wait(&k->wanted, &k->lock);
		if (k->quit)
			break;
		k->want = false;
		pthread_mutex_unlock(&k->lock);
		a = ask(k->cli);
		pthread_mutex_lock(&k->lock);
		answer_free(k->answer);
		k->answer = a;
		done = write(k->ready[1], "", 1);
		(void)done;
	}
	pthread_mutex_unlock(&k->lock);
	return NULL;
}

static void
asker_want(struct asker *k)
{
	pthread_mutex_lock(&k->lock);
	k->want = true;
	pthread_cond_signal(&k->wanted);
	pthread_mutex_unlock(&k->lock);
}

static struct answer *
asker_take(struct asker *k)
{
	struct answer *a;
	char c;
	ssize_t done = read(k->ready[0], &c, 1);

	(void)done;
	pthread_mutex_lock(&k->lock);
	a = k->answer;
	k->answer = NULL;
	pthread_mutex_unlock(&k->lock);
	return a;
}

/* --- showing --------------------------------------------------------------- */

struct view {
	struct out *o;
	struct answer *good; /* the last that was one */
	char *cause; /* why the last was none */
	long interval;
	bool screen;
};

static json_t *
document(const struct view *v)
{
	json_t *status = status_document(&v->good->st), *top = json_object();

	json_object_update(top, json_object_get(status, "status"));
	json_decref(status);
	json_object_set_new(top, "nodesByLoad", rows_json(v->good->st.nodes));
	json_object_set_new(top, "events", rows_json(v->good->events));
	json_object_set_new(top, "age", json_integer(now_ms() / 1000 - v->good->at));
	json_object_set_new(
	    top, "error", v->cause != NULL ? json_string(v->cause) : json_null());
	return json_pack("{s:o}", "top", top);
}

static void
show(struct view *v)
{
	struct top t = {
		.st = v->good->st,
		.events = v->good->events,
		.age = now_ms() / 1000 - v->good->at,
		.cause = v->cause,
		.interval = v->interval,
	};
	struct out frame = *v->o;
	char *text = NULL;
	size_t size;

	if (v->o->format != OUT_SCREEN) {
		out_document_line(v->o, document(v));
		return;
	}
	frame.f = open_memstream(&text, &size);
	if (frame.f == NULL)
		abort();
	top_draw(&frame, &t);
	fclose(frame.f);
	if (v->screen)
		terminal_show(v->o, text);
	else {
		fputs(text, v->o->f);
		putc('\n', v->o->f);
		fflush(v->o->f);
	}
	free(text);
}

static void
take_answer(struct view *v, struct answer *a)
{
	xfree_clear(&v->cause);
	if (a->result == SNMP_DONE) {
		answer_free(v->good);
		status_judge(&a->st);
		v->good = a;
		return;
	}
	v->cause = xstrdup(a->cause != NULL ? a->cause : "no answer");
	answer_free(a);
}

/* Until it is to end; `count` frames (0: no end). True: a question is still out. */
static bool
loop(struct view *v, struct asker *k, long count)
{
	int64_t due = now_ms() + v->interval * 1000, late;
	enum terminal_event e;
	struct answer *a;
	bool asked = false;
	long shown = 1;
	char key;

	while (count == 0 || shown < count) {
		if (!asked && now_ms() >= due) {
			asker_want(k);
			asked = true;
			due = now_ms() + v->interval * 1000;
		}
		late = due - now_ms();
		/* while nobody answers the age goes on */
		if (asked || v->cause != NULL)
			late = late < 0 || late > 1000 ? 1000 : late;
		e = terminal_wait((int)late, k->ready[0], &key);
		if (e == TERMINAL_QUIT ||
		    (e == TERMINAL_KEY && (key == 'q' || key == 'Q')))
			break;
		if (e == TERMINAL_KEY && key == ' ')
			due = now_ms();
		if (e == TERMINAL_RESIZED)
			out_resize(v->o);
		if (e == TERMINAL_FD && (a = asker_take(k)) != NULL) {
			take_answer(v, a);
			asked = false;
			shown++;
			show(v);
		} else if (v->screen && e != TERMINAL_KEY)
			show(v);
		if (ferror(v->o->f))
			break;
	}
	return asked;
}

static int
run_top(struct cli *cli)
{
	struct asker k = { .lock = PTHREAD_MUTEX_INITIALIZER,
		.wanted = PTHREAD_COND_INITIALIZER };
	struct view v = { .o = &cli->out };
	long count = option_number(cli, "count", 1, 1000000, 0);
	sigset_t all, old;
	pthread_t thread;
	bool waiting;
	int code;

	v.interval = option_number(cli, "interval", 1, 3600, INTERVAL);
	v.screen = cli->out.format == OUT_SCREEN && terminal_is_screen(&cli->out);
	if (!v.screen)
		cli->out.height = 0; /* frame after frame: nothing is cut */
	k.cli = cli;
	cli_session(cli);
	v.good = ask(cli);
	if (v.good->result != SNMP_DONE) {
		code = cli_fail_snmp(cli, v.good->result, &v.good->cause);
		answer_free(v.good);
		return code;
	}
	status_judge(&v.good->st);
	if (pipe(k.ready) != 0)
		abort();
	/* signals are for the first thread */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	if (pthread_create(&thread, NULL, asker_run, &k) != 0)
		abort();
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (v.screen)
		terminal_begin(&cli->out);
	else
		terminal_catch();
	show(&v);
	waiting = loop(&v, &k, count);
	terminal_end();
	code = v.cause != NULL && count > 0
	    ? cli_fail(cli, EXIT_UNREACHABLE, "%s", v.cause)
	    : EXIT_DONE;
	fflush(cli->out.f);
	/* it may be waiting for an agent that is gone: nobody waits for it */
	pthread_mutex_lock(&k.lock);
	k.quit = true;
	pthread_cond_signal(&k.wanted);
	pthread_mutex_unlock(&k.lock);
	if (waiting || v.cause != NULL)
		_exit(ferror(cli->out.f) ? EXIT_FAILED : code);
	pthread_join(thread, NULL);
	answer_free(k.answer);
	answer_free(v.good);
	close(k.ready[0]);
	close(k.ready[1]);
	return code;
}

static const struct command_option top_options[] = {
	{ .name = "interval",
	    .value = "SECONDS",
	    .text = "How often to ask, 1 to 3600; 2 without this option." },
	{ .name = "count", .value = "N", .text = "End after so many frames." },
	{ 0 },
};

const struct command cmd_top[] = {
	{
	    .words = "top",
	    .summary = "watch the set: moves, alarms, busiest nodes, newest events",
	    .text = "Shows the state of the set and refreshes it in place; q or Ctrl-C "
	            "ends it, the space bar asks at once. When the agent does not "
	            "answer, what was known stays on the screen with its age, and it "
	            "goes on when the agent is back. The terminal is restored however "
	            "it ends.\n\n"
	            "When the output is no terminal, frames are printed one after the "
	            "other; with --json each is one line.",
	    .examples = "clusterset top # until q\n"
	                "clusterset top --interval 10 # slower\n"
	                "clusterset top --count 1 # one frame, for a log",
	    .options = top_options,
	    .run = run_top,
	},
	{ 0 },
};
