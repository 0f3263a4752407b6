/*
 * SPDX-License-Identifier: Apache-2.0
 * Logging for every thread. See log.h.
 */
#include "base/log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>

#include "base/mem.h"

static const char *log_ident = "clusterset";
static enum log_sink log_sink = LOG_SINK_STDERR;
static int log_under_systemd;
static _Atomic int log_most = LOGL_NOTICE;

void
log_init(const char *ident, enum log_sink sink, enum log_level most)
{
	log_ident = ident;
	log_sink = sink;
	log_under_systemd = getenv("JOURNAL_STREAM") != NULL;
	log_most = (int)most;
	if (sink == LOG_SINK_SYSLOG)
		openlog(ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

void
log_set_level(enum log_level most)
{
	log_most = (int)most;
}

enum log_level
log_get_level(void)
{
	return (enum log_level)log_most;
}

static void
log_stderr(enum log_level level, const char *token, const char *text)
{
	static const char *const names[] = { "", "", "", "error", "warning", "notice",
		"info", "debug" };
	struct timespec ts;
	struct tm tm;
	char when[32];

	if (log_under_systemd) {
		fprintf(stderr, "<%d>%s: %s\n", (int)level, token, text);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(stderr, "%s.%03ldZ %s %s: %s: %s\n", when, ts.tv_nsec / 1000000,
	    log_ident, names[level], token, text);
}

void
log_vline(enum log_level level, const char *token, const char *fmt, va_list ap)
{
	char *text;

	if ((int)level > log_most)
		return;
	text = xvasprintf(fmt, ap);
	if (log_sink == LOG_SINK_SYSLOG)
		syslog((int)level, "%s: %s", token, text);
	else
		log_stderr(level, token, text);
	free(text);
}

void
log_line(enum log_level level, const char *token, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vline(level, token, fmt, ap);
	va_end(ap);
}
