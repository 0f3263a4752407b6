/*
 * SPDX-License-Identifier: Apache-2.0
 * ecxsim: a simulator of EXPRESSCLUSTER X clusters and their REST API. See README.md.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "tests/ecxsim/config.h"
#include "tests/ecxsim/control.h"
#include "tests/ecxsim/server.h"
#include "tests/ecxsim/tls.h"

static struct event *alarm_event;
static struct sim *alarm_sim;

static void
rearm(void *arg)
{
	int64_t ms = sched_due_in(alarm_sim->sched);
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	(void)arg;
	if (ms < 0)
		event_del(alarm_event);
	else
		event_add(alarm_event, &tv);
}

static void
on_alarm(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	sched_run(alarm_sim->sched);
}

static void
on_signal(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopexit(arg, NULL);
}

static void
raise_limits(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

static bool
any_https(const struct sim *sim)
{
	for (size_t i = 0; i < sim->n; i++)
		for (int k = 0; k < sim->clusters[i]->nsrv; k++)
			if (sim->clusters[i]->srv[k].https)
				return true;
	return false;
}

/* The one line that says where everything is. */
static json_t *
ready_json(const struct sim *sim, const struct tls *tls, int port)
{
	json_t *clusters = json_array(), *all;

	for (size_t i = 0; i < sim->n; i++) {
		const struct cluster *c = sim->clusters[i];
		json_t *servers = json_array();

		for (int k = 0; k < c->nsrv; k++) {
			char *url = http_url(&c->srv[k]),
			     *pin = tls_pin(tls, &c->srv[k]);

			json_array_append_new(servers,
			    json_pack("{s:s, s:s, s:s, s:i, s:s*}", "name",
			        c->srv[k].name, "url", url, "host", c->srv[k].host,
			        "port", c->srv[k].port, "pin", pin));
			free(url);
			free(pin);
		}
		json_array_append_new(clusters,
		    json_pack("{s:s, s:o}", "name", c->name, "servers", servers));
	}
	all = json_pack("{s:o, s:i, s:o}", "control",
	    json_sprintf("http://%s:%d", sim->control_host, port), "pid", (int)getpid(),
	    "clusters", clusters);
	if (tls != NULL) {
		json_object_set_new(all, "ca_file", json_string(tls_ca_file(tls)));
		json_object_set_new(
		    all, "wrong_ca_file", json_string(tls_wrong_ca_file(tls)));
	}
	return all;
}

static int
say_ready(const struct sim *sim, const struct tls *tls, int port, int ready_fd)
{
	json_t *j = ready_json(sim, tls, port);
	char *line = json_dumps(j, JSON_COMPACT);
	int err = 0;

	printf("%s\n", line);
	if (fflush(stdout) != 0)
		err = -1;
	if (ready_fd >= 0 && dprintf(ready_fd, "%s\n", line) < 0)
		err = -1;
	if (ready_fd > 2)
		close(ready_fd);
	free(line);
	json_decref(j);
	return err;
}

static void
usage(FILE *to)
{
	fprintf(to,
	    "usage: ecxsim --config FILE.json | --generate KEY=VALUE,...\n"
	    "              [--seed N] [--scenario FILE.json] [--ready-fd N] [-v]\n"
	    "Simulates EXPRESSCLUSTER X clusters with their REST API. When everything\n"
	    "listens, one line of JSON on stdout says where. SIGTERM ends it.\n"
	    "See tests/ecxsim/README.md.\n");
}

struct options {
	const char *config, *generate, *scenario;
	uint64_t seed;
	int ready_fd;
};

static int
parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = { { "config", required_argument, NULL,
		                                   'c' },
		{ "generate", required_argument, NULL, 'g' },
		{ "seed", required_argument, NULL, 's' },
		{ "scenario", required_argument, NULL, 'S' },
		{ "ready-fd", required_argument, NULL, 'r' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 } };
	int ch;

	*o = (struct options) { .seed = 1, .ready_fd = -1 };
	while ((ch = getopt_long(argc, argv, "c:g:s:S:r:vh", longs, NULL)) != -1) {
		switch (ch) {
		case 'c':
			o->config = optarg;
			break;
		case 'g':
			o->generate = optarg;
			break;
		case 's':
			o->seed = strtoull(optarg, NULL, 10);
			break;
		case 'S':
			o->scenario = optarg;
			break;
		case 'r':
			o->ready_fd = (int)strtol(optarg, NULL, 10);
			break;
		case 'v':
			log_set_level(LOGL_DEBUG);
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			return -1;
		}
	}
	return optind == argc && (o->config == NULL) != (o->generate == NULL) ? 0 : -1;
}

static int
configure(struct sim *sim, const struct options *o, char **cause)
{
	json_t *doc;
	int err;

	if (o->config != NULL)
		return config_load(sim, o->config, cause);
	doc = config_generate(o->generate, cause);
	if (doc == NULL)
		return -1;
	err = config_apply(sim, doc, cause);
	json_decref(doc);
	return err;
}

int
main(int argc, char **argv)
{
	struct options o;
	struct sim *sim = NULL;
	struct event_base *base = NULL;
	struct event *term = NULL, *intr = NULL;
	struct world w = { 0 };
	struct control *ctl = NULL;
	struct tls *tls = NULL;
	char *cause = NULL;
	int rc = 1;

	log_init("ecxsim", LOG_SINK_STDERR, LOGL_NOTICE);
	if (parse_options(argc, argv, &o) != 0) {
		usage(stderr);
		return 2;
	}
	raise_limits();
	signal(SIGPIPE, SIG_IGN);
	sim = sim_new(false, o.seed);
	if (configure(sim, &o, &cause) != 0)
		goto out;
	base = event_base_new();
	alarm_sim = sim;
	alarm_event = evtimer_new(base, on_alarm, NULL);
	sched_on_change(sim->sched, rearm, NULL);
	w.sim = sim;
	w.faults = faults_new(sim);
	w.log = reqlog_new(100000);
	for (size_t i = 0; i < sim->n; i++)
		server_initial(sim->clusters[i]);
	w.http = http_new(base, sim, w.faults, w.log);
	if (any_https(sim)) {
		if (sim->tls_dir == NULL) {
			cause_set(&cause, "https servers need \"tls_dir\"");
			goto out;
		}
		tls = tls_new(sim, sim->tls_dir, &cause);
		if (tls == NULL)
			goto out;
		http_use_tls(w.http, tls);
	}
	if (http_listen(w.http, &cause) != 0)
		goto out;
	ctl = control_new(base, &w, sim->control_host, sim->control_port, &cause);
	if (ctl == NULL)
		goto out;
	if (o.scenario != NULL && scenario_load(&w, o.scenario, &cause) != 0)
		goto out;
	term = evsignal_new(base, SIGTERM, on_signal, base);
	intr = evsignal_new(base, SIGINT, on_signal, base);
	evsignal_add(term, NULL);
	evsignal_add(intr, NULL);
	if (say_ready(sim, tls, control_port(ctl), o.ready_fd) != 0)
		goto out;
	event_base_dispatch(base);
	rc = scenario_failed() > 0 ? 1 : 0;
out:
	if (cause != NULL)
		fprintf(stderr, "ecxsim: %s\n", cause);
	control_free(ctl);
	faults_free(w.faults);
	http_free(w.http);
	reqlog_free(w.log);
	scenario_stop();
	if (sim != NULL)
		sched_on_change(sim->sched, NULL, NULL);
	sim_free(sim);
	tls_free(tls);
	if (term != NULL)
		event_free(term);
	if (intr != NULL)
		event_free(intr);
	if (alarm_event != NULL)
		event_free(alarm_event);
	if (base != NULL)
		event_base_free(base);
	libevent_global_shutdown();
	free(cause);
	return rc;
}
