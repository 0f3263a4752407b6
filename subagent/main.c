/*
 * SPDX-License-Identifier: Apache-2.0
 * clustersetd: options, configuration, and control until a signal says stop.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "base/mem.h"
#include "configfile/configfile.h"
#include "subagent/asker.h"
#include "subagent/control.h"

#ifndef CS_SYSCONFDIR
#define CS_SYSCONFDIR "/etc"
#endif
#define DEFAULT_CONFIG CS_SYSCONFDIR "/clusterset/clusterset.conf"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };
enum { OPTION_LOAD_CHILD = 256 };

static const struct option options[] = {
	{ "config", required_argument, NULL, 'f' },
	{ "test", no_argument, NULL, 't' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "syslog", no_argument, NULL, 's' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ "load-child", no_argument, NULL, OPTION_LOAD_CHILD }, /* asker.h; not said */
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *to)
{
	fprintf(to,
	    "usage: clustersetd [-tvqs] [-f FILE]\n"
	    "  -f, --config FILE  configuration (%s)\n"
	    "  -t, --test         check the configuration and exit\n"
	    "  -v, --verbose      more words; twice: debugging\n"
	    "  -q, --quiet        warnings and errors only\n"
	    "  -s, --syslog       log to syslog instead of standard error\n"
	    "  -V, --version      say the version and exit\n"
	    "Runs in the foreground. SIGHUP reloads, SIGTERM stops, SIGUSR1 logs the "
	    "longest\n"
	    "turn of the control loop and forgets it, SIGUSR2 toggles debug logging.\n"
	    "See clustersetd(8) and clusterset.conf(5).\n",
	    DEFAULT_CONFIG);
}

/* Passwords are in memory: no core dump may carry them away. Debug builds with a
 * sanitizer look into themselves and cannot have that. */
static void
forbid_core_dumps(void)
{
#ifndef __SANITIZE_ADDRESS__
	if (prctl(PR_SET_DUMPABLE, 0) != 0)
		log_warn("control", "core dumps cannot be forbidden");
#endif
}

static struct settings *
load(const char *file, bool test)
{
	char *cause = NULL, *warnings = NULL;
	struct settings *s = configfile_load(file, &cause, &warnings);

	if (warnings != NULL && test)
		fprintf(stderr, "%s%s", warnings,
		    warnings[strlen(warnings) - 1] == '\n' ? "" : "\n");
	if (s == NULL)
		fprintf(stderr, "%s%s", cause,
		    cause[strlen(cause) - 1] == '\n' ? "" : "\n");
	else if (test)
		printf("%s: ok: %zu cluster%s, %zu VM%s, %zu pattern%s\n", file,
		    s->nclusters, s->nclusters == 1 ? "" : "s", s->nvms,
		    s->nvms == 1 ? "" : "s", s->npatterns,
		    s->npatterns == 1 ? "" : "s");
	free(cause);
	free(warnings);
	return s;
}

int
main(int argc, char **argv)
{
	const char *file = DEFAULT_CONFIG;
	int level = LOGL_NOTICE, c;
	enum log_sink sink = LOG_SINK_STDERR;
	struct settings *settings;
	struct control *control;
	bool test = false, load_child = false;
	char *cause = NULL;

	while ((c = getopt_long(argc, argv, "f:tvqsVh", options, NULL)) != -1)
		switch (c) {
		case 'f':
			file = optarg;
			break;
		case 't':
			test = true;
			break;
		case 'v':
			level = level < LOGL_DEBUG ? level + 1 : LOGL_DEBUG;
			break;
		case 'q':
			level = LOGL_WARN;
			break;
		case 's':
			sink = LOG_SINK_SYSLOG;
			break;
		case 'V':
			printf("clustersetd %s, MIB root %s\n", PACKAGE_VERSION,
			    CS_MIB_ROOT_TEXT);
			return EXIT_DONE;
		case 'h':
			usage(stdout);
			return EXIT_DONE;
		case OPTION_LOAD_CHILD:
			load_child = true;
			break;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	if (optind != argc) {
		fprintf(
		    stderr, "clustersetd: unexpected argument '%s'\n", argv[optind]);
		usage(stderr);
		return EXIT_USAGE;
	}
	forbid_core_dumps();
	if (load_child) {
		log_init("clustersetd", LOG_SINK_STDERR, (enum log_level)level);
		return asker_run();
	}
	settings = load(file, test);
	if (settings == NULL)
		return EXIT_FAILED;
	if (test) {
		settings_free(settings);
		return EXIT_DONE;
	}
	log_init("clustersetd", sink, (enum log_level)level);
	control = control_new(settings, "clustersetd " PACKAGE_VERSION, &cause);
	if (control == NULL) {
		log_err("control", "%s", cause);
		free(cause);
		return EXIT_FAILED;
	}
	control_run(control);
	control_free(control);
	return EXIT_DONE;
}
