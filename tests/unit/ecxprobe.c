/*
 * SPDX-License-Identifier: Apache-2.0
 * Drives the poller from the outside: `ecxprobe FILE` polls the clusters of a JSON file
 * and prints each round and each command's outcome as a line of JSON; lines on stdin
 * kick it, command it, reload it. For tests and for a look at a real cluster.
 */
#include <curl/curl.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/stats.h"
#include "ecx/command.h"
#include "ecx/digest.h"
#include "ecx/poller.h"

static struct event_base *base;
static struct ecx_poller *poller;
static struct settings *settings;
static uint64_t settings_seq;
static bool quiet;
static int64_t longest; /* stall of the loop, us */
static int64_t busiest; /* processor time between two beats: our own part in it */

#define BEAT_US 5000
static msec_t began;

/* --- settings from JSON ------------------------------------------------------------
 */

static char *
text(const json_t *o, const char *key)
{
	return xstrdup(json_string_value(json_object_get(o, key)));
}

/* The mark of a file of 64 KiB at most; 0 when it cannot be read. */
static uint64_t
mark(const char *path)
{
	FILE *f = path == NULL ? NULL : fopen(path, "r");
	char *s;
	uint64_t h;

	if (f == NULL)
		return 0;
	s = xcalloc(1, 65536);
	s[fread(s, 1, 65535, f)] = '\0';
	fclose(f);
	h = digest_text(DIGEST_START, s);
	free(s);
	return h;
}

static msec_t
number(const json_t *o, const char *key, msec_t otherwise)
{
	const json_t *v = json_object_get(o, key);

	return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

static void
load_cluster(
    const json_t *o, const struct poll_settings *poll, struct cluster_settings *c)
{
	const json_t *servers = json_object_get(o, "servers"), *s;
	size_t i;

	c->name = text(o, "name");
	c->base_path = text(o, "base_path");
	if (c->base_path == NULL)
		c->base_path = xstrdup("/api/v1");
	c->read_url = text(o, "read_url");
	c->poll.user = text(o, "user");
	c->poll.password = text(o, "password");
	c->operate.user = text(o, "operate_user");
	c->operate.password = text(o, "operate_password");
	c->ca_file = text(o, "ca_file");
	c->ca_mark = mark(c->ca_file);
	c->pinned_key = text(o, "pinned_key");
	c->verify = !json_is_false(json_object_get(o, "verify"));
	c->interval = number(o, "interval", poll->interval);
	c->nservers = json_array_size(servers);
	c->servers = xcalloc(c->nservers, sizeof(*c->servers));
	for (i = 0; i < c->nservers; i++) {
		s = json_array_get(servers, i);
		c->servers[i].name = text(s, "name");
		c->servers[i].url = text(s, "url");
	}
}

static struct settings *
load(const char *file)
{
	struct settings *s = settings_new();
	const json_t *clusters, *poll;
	json_error_t err;
	json_t *root = json_load_file(file, 0, &err);
	size_t i;

	if (root == NULL) {
		fprintf(stderr, "%s:%d: %s\n", file, err.line, err.text);
		exit(2);
	}
	poll = json_object_get(root, "poll");
	s->poll.interval = number(poll, "interval", s->poll.interval);
	s->poll.fast_interval = number(poll, "fast_interval", s->poll.fast_interval);
	s->poll.connect_timeout =
	    number(poll, "connect_timeout", s->poll.connect_timeout);
	s->poll.read_timeout = number(poll, "read_timeout", s->poll.read_timeout);
	s->poll.command_timeout =
	    number(poll, "command_timeout", s->poll.command_timeout);
	s->poll.backoff_max = number(poll, "backoff_max", s->poll.backoff_max);
	s->poll.backoff_denied = number(poll, "backoff_denied", s->poll.backoff_denied);
	s->poll.answer_max =
	    (size_t)number(poll, "answer_max", (msec_t)s->poll.answer_max);
	s->poll.connections =
	    (unsigned)number(poll, "connections", s->poll.connections);
	clusters = json_object_get(root, "clusters");
	s->nclusters = json_array_size(clusters);
	s->clusters = xcalloc(s->nclusters, sizeof(*s->clusters));
	for (i = 0; i < s->nclusters; i++)
		load_cluster(json_array_get(clusters, i), &s->poll, &s->clusters[i]);
	json_decref(root);
	return s;
}

/* --- what comes back, as JSON
 * ---------------------------------------------------------- */

static void
print(json_t *o)
{
	json_dumpf(o, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
	putchar('\n');
	fflush(stdout);
	json_decref(o);
}

static json_t *
servers_json(const struct obs_server *s, size_t n)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(a,
		    json_pack("{s:s, s:s}", "name", s[i].name, "status",
		        ecx_status_text(s[i].status)));
	return a;
}

static json_t *
view_json(const struct obs_view *v)
{
	static const char *const reach[] = { "ok", "unasked", "refused", "timeout",
		"tls", "denied", "http", "protocol" };
	json_t *groups = json_array(), *resources = json_array(),
	       *monitors = json_array();
	size_t i;

	for (i = 0; i < v->ngroups; i++)
		json_array_append_new(groups,
		    json_pack("{s:s, s:s, s:s?}", "name", v->groups[i].name, "status",
		        ecx_status_text(v->groups[i].status), "current",
		        v->groups[i].current));
	for (i = 0; i < v->nresources; i++)
		json_array_append_new(resources,
		    json_pack("{s:s, s:s, s:s?, s:s?, s:s?}", "name",
		        v->resources[i].name, "status",
		        ecx_status_text(v->resources[i].status), "current",
		        v->resources[i].current, "group", v->resources[i].group, "type",
		        v->resources[i].type));
	for (i = 0; i < v->nmonitors; i++)
		json_array_append_new(monitors,
		    json_pack("{s:s, s:s, s:o}", "name", v->monitors[i].name, "status",
		        ecx_status_text(v->monitors[i].status), "servers",
		        servers_json(v->monitors[i].servers, v->monitors[i].nservers)));
	return json_pack(
	    "{s:i, s:s, s:s?, s:s?, s:s, s:s?, s:o, s:o, s:o, s:o, s:I, s:I}", "server",
	    v->server == SIZE_MAX ? -1 : (int)v->server, "reach", reach[v->reach],
	    "error", v->error, "cluster", v->cluster_name, "status",
	    ecx_status_text(v->cluster_status), "status_text", v->cluster_status_text,
	    "servers", servers_json(v->servers, v->nservers), "groups", groups,
	    "resources", resources, "monitors", monitors, "start",
	    (json_int_t)(v->start == 0 ? 0 : v->start - began), "end",
	    (json_int_t)(v->end == 0 ? 0 : v->end - began));
}

static void
on_round(struct observation *o, void *arg)
{
	json_t *views = json_array();
	size_t i;

	(void)arg;
	if (!quiet) {
		for (i = 0; i < o->nviews; i++)
			json_array_append_new(views, view_json(&o->views[i]));
		print(json_pack("{s:s, s:I, s:s, s:I, s:I, s:I, s:b, s:o}", "event",
		    "round", "seq", (json_int_t)o->seq, "cluster",
		    settings->clusters[o->cluster].name, "settings",
		    (json_int_t)o->settings_seq, "start",
		    (json_int_t)(o->start - began), "end", (json_int_t)(o->end - began),
		    "every", o->every_server, "views", views));
	} else
		json_decref(views);
	observation_free(o);
}

static void
on_command(const struct ecx_result *r, void *arg)
{
	static const char *const words[] = { "accepted", "refused", "not-sent",
		"unanswered" };

	print(json_pack("{s:s, s:s, s:s, s:i, s:I, s:s, s:I}", "event", "command", "id",
	    arg, "outcome", words[r->outcome], "http", (int)r->http_status, "code",
	    r->code == INT64_MIN ? (json_int_t)-1 : (json_int_t)r->code, "message",
	    r->message, "at", (json_int_t)(clock_ms() - began)));
	free(arg);
}

/* --- orders on stdin
 * --------------------------------------------------------------------- */

static void
reload(const char *file)
{
	struct settings *old = settings;

	settings = load(file);
	ecx_poller_configure(poller, settings, ++settings_seq);
	settings_free(old);
}

/* Counters, processor time and memory of this process, and the longest stall of the
 * loop since the last call. */
static void
stats(void)
{
	struct rusage use;
	long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f != NULL) {
		if (fscanf(f, "%*d %ld", &pages) != 1)
			pages = 0;
		fclose(f);
	}
	getrusage(RUSAGE_SELF, &use);
	print(json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "event",
	    "stats", "polls", (json_int_t)stat_get(STAT_POLLS), "errors",
	    (json_int_t)stat_get(STAT_POLL_ERRORS), "requests",
	    (json_int_t)stat_get(STAT_HTTP_REQUESTS), "at",
	    (json_int_t)(clock_ms() - began), "cpu_ms",
	    (json_int_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000 +
	        (use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1000,
	    "rss_kib", (json_int_t)pages * (sysconf(_SC_PAGESIZE) / 1024), "stall_us",
	    (json_int_t)longest, "busiest_us", (json_int_t)busiest));
	longest = busiest = 0;
}

static int64_t
cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void
on_beat(evutil_socket_t fd, short what, void *arg)
{
	static int64_t last, last_cpu;
	int64_t now = clock_us(), cpu = cpu_us();

	(void)fd;
	(void)what;
	(void)arg;
	if (last != 0 && now - last - BEAT_US > longest)
		longest = now - last - BEAT_US;
	if (last_cpu != 0 && cpu - last_cpu > busiest)
		busiest = cpu - last_cpu;
	last = now;
	last_cpu = cpu;
}

/* post ID CLUSTER SERVER FORMAT NAME BODY|- DEADLINE(ms from now, 0: none) */
static void
post(char *const *w, int n)
{
	msec_t deadline = n > 7 ? strtol(w[7], NULL, 10) : 0;
	char *path;

	if (n < 7)
		return;
	path = ecx_path(w[4], w[5]);
	ecx_command(poller, strtoul(w[2], NULL, 10), strtoul(w[3], NULL, 10), path,
	    strcmp(w[6], "-") == 0 ? NULL : w[6],
	    deadline == 0 ? 0 : clock_ms() + deadline, on_command, xstrdup(w[1]));
	free(path);
}

static void
order(char *line)
{
	char *w[8], *save = NULL, *s;
	size_t cluster;
	int n = 0;

	for (s = strtok_r(line, "\t\n", &save); s != NULL && n < 8;
	     s = strtok_r(NULL, "\t\n", &save))
		w[n++] = s;
	if (n == 0)
		return;
	cluster = n > 1 ? strtoul(w[1], NULL, 10) : 0;
	if (strcmp(w[0], "kick") == 0)
		ecx_poller_kick(poller, cluster);
	else if (strcmp(w[0], "fast") == 0 && n > 2)
		ecx_poller_fast(poller, cluster, w[2][0] == '1');
	else if (strcmp(w[0], "eager") == 0 && n > 2)
		ecx_poller_eager(poller, cluster, strtol(w[2], NULL, 10));
	else if (strcmp(w[0], "ignore") == 0 && n > 2)
		ecx_poller_ignore(poller, cluster, w[2][0] == '1');
	else if (strcmp(w[0], "reload") == 0 && n > 1)
		reload(w[1]);
	else if (strcmp(w[0], "post") == 0)
		post(w, n);
	else if (strcmp(w[0], "stats") == 0)
		stats();
	else if (strcmp(w[0], "quit") == 0)
		event_base_loopbreak(base);
}

static void
on_stdin(evutil_socket_t fd, short what, void *arg)
{
	static char buf[65536];
	static size_t used;
	ssize_t n = read(fd, buf + used, sizeof(buf) - 1 - used);
	char *end;

	(void)what;
	(void)arg;
	if (n <= 0) {
		event_base_loopbreak(base);
		return;
	}
	used += (size_t)n;
	buf[used] = '\0';
	while ((end = strchr(buf, '\n')) != NULL) {
		*end = '\0';
		order(buf);
		used -= (size_t)(end + 1 - buf);
		memmove(buf, end + 1, used + 1);
	}
}

int
main(int argc, char **argv)
{
	static const struct timeval beat_every = { 0, BEAT_US };
	struct event *in, *beat;

	if (argc < 2) {
		fprintf(stderr, "usage: ecxprobe FILE [quiet]\n");
		return 2;
	}
	quiet = argc > 2;
	log_init("ecxprobe", LOG_SINK_STDERR, LOGL_INFO);
	base = event_base_new();
	began = clock_ms();
	poller = ecx_poller_new(base, on_round, NULL);
	reload(argv[1]);
	in = event_new(base, STDIN_FILENO, EV_READ | EV_PERSIST, on_stdin, NULL);
	event_add(in, NULL);
	beat = event_new(base, -1, EV_PERSIST, on_beat, NULL);
	event_add(beat, &beat_every);
	event_base_dispatch(base);
	event_free(beat);
	event_free(in);
	ecx_poller_free(poller);
	settings_free(settings);
	event_base_free(base);
	curl_global_cleanup();
	return 0;
}
