/*
 * SPDX-License-Identifier: Apache-2.0
 * mutants: is each assertion of the exploration awake?
 *
 *	mutants [-j processes] [-m name] [-v]
 *
 * Every seeded fault of mutants_table.c is switched on alone in a small world. It must
 *be noticed by the assertion of the clause it breaks, and by no other: with that
 *assertion removed it must survive the whole world. Without any switch that world must
 *be clean. Prints a line per mutant, and last: mutants total=N caught=N survived=N
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/explore/mutants_table.h"
#include "tests/explore/search.h"

uint64_t mutants_on;

struct outcome {
	enum assertion by; /* that noticed it; AS_NONE: it survived */
	enum assertion still; /* that noticed it although the right one was removed */
	enum assertion sober; /* broken by the engine as shipped */
	uint64_t states;
	bool whole;
	double seconds;
};

static const char *wanted;
static bool verbose;

static enum assertion
run(const struct w_setup *s, enum assertion clause, struct outcome *o)
{
	const struct search_options options = {
		.threads = 1,
		.max_states = 8000000,
		.fair_every = clause == AS_I3 ? 4 : 0,
		.trace = verbose ? stderr : NULL,
	};
	struct search_result r;

	search(s, &options, &r);
	o->states += r.states;
	o->seconds += r.seconds;
	o->whole = o->whole && (r.whole || r.verdict.broken != AS_NONE);
	return r.verdict.broken;
}

static void
try(const struct mutant_row *m, struct outcome *o)
{
	memset(o, 0, sizeof(*o));
	o->whole = true;
	mutants_on = m->on;
	o->by = run(&m->setup, m->clause, o);
	judge_removed = UINT32_C(1) << m->clause;
	o->still = run(&m->setup, m->clause, o);
	judge_removed = 0;
	mutants_on = 0;
	o->sober = verbose ? run(&m->setup, m->clause, o) : AS_NONE;
}

static bool
caught(const struct mutant_row *m, const struct outcome *o)
{
	return o->by == m->clause && o->still == AS_NONE && o->sober == AS_NONE &&
	    o->whole;
}

static void
print(const struct mutant_row *m, const struct outcome *o)
{
	printf("%-4s %-52s by %-7s %s%s%s%s (states=%llu seconds=%.1f)\n",
	    caught(m, o) ? "ok" : "NOT", m->name, assertion_name(o->by),
	    o->by == m->clause ? "" : "and not by ",
	    o->by == m->clause ? "" : assertion_name(m->clause),
	    o->still == AS_NONE ? ", without it: survives" : ", without it still by ",
	    o->still == AS_NONE ? "" : assertion_name(o->still),
	    (unsigned long long)o->states, o->seconds);
	if (!o->whole)
		printf("     its world is too large to be seen whole\n");
	if (o->sober != AS_NONE)
		printf("     the engine as shipped breaks %s there\n",
		    assertion_name(o->sober));
}

/* --- processes
 * ------------------------------------------------------------------------- */

struct child {
	pid_t pid;
	int fd;
	unsigned row;
};

static void
begin(struct child *c, unsigned row)
{
	struct outcome o;
	int fd[2];

	fflush(NULL);
	if (pipe(fd) != 0 || (c->pid = fork()) < 0) {
		perror("mutants");
		exit(2);
	}
	if (c->pid == 0) {
		close(fd[0]);
		try(&mutant_rows[row], &o);
		_exit(write(fd[1], &o, sizeof(o)) == sizeof(o) ? 0 : 1);
	}
	close(fd[1]);
	c->fd = fd[0];
	c->row = row;
}

static void
end(struct child *c, struct outcome *o)
{
	int status;

	if (read(c->fd, o, sizeof(*o)) != sizeof(*o)) {
		fprintf(stderr, "mutants: the process of \"%s\" died\n",
		    mutant_rows[c->row].name);
		memset(o, 0, sizeof(*o));
	}
	close(c->fd);
	waitpid(c->pid, &status, 0);
	c->pid = 0;
}

#define CHILDREN_MAX 16

static unsigned
wait_for_one(struct child *c, unsigned n)
{
	struct pollfd p[CHILDREN_MAX];
	unsigned i;

	for (i = 0; i < n; i++)
		p[i] = (struct pollfd) { c[i].pid == 0 ? -1 : c[i].fd, POLLIN, 0 };
	while (poll(p, n, -1) < 0)
		continue;
	for (i = 0; p[i].revents == 0; i++)
		continue;
	return i;
}

int
main(int argc, char **argv)
{
	struct child child[CHILDREN_MAX] = { { 0 } };
	unsigned next = 0, running = 0, ncaught = 0, total = 0, n = 2, i;
	struct outcome o;
	int opt;

	while ((opt = getopt(argc, argv, "j:m:v")) != -1)
		switch (opt) {
		case 'j':
			n = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'm':
			wanted = optarg;
			break;
		case 'v':
			verbose = true;
			break;
		default:
			n = 0;
			break;
		}
	if (n < 1 || n > CHILDREN_MAX) {
		fprintf(stderr, "usage: mutants [-j processes] [-m words] [-v]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		for (i = 0; i < n && next < mutant_nrows; i++) {
			if (child[i].pid != 0)
				continue;
			while (next < mutant_nrows && wanted != NULL &&
			    strstr(mutant_rows[next].name, wanted) == NULL)
				next++;
			if (next == mutant_nrows)
				break;
			begin(&child[i], next++);
			running++;
		}
		if (running == 0)
			break;
		i = wait_for_one(child, n);
		end(&child[i], &o);
		running--;
		total++;
		print(&mutant_rows[child[i].row], &o);
		ncaught += caught(&mutant_rows[child[i].row], &o);
	}
	printf("mutants total=%u caught=%u survived=%u\n", total, ncaught,
	    total - ncaught);
	return ncaught == total ? 0 : 1;
}
