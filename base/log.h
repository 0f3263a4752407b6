/*
 * SPDX-License-Identifier: Apache-2.0
 * Logging for every thread: one line a fact, the subsystem's token first.
 *
 *	log_warn("ecx", "cluster=%s server=%s no answer: %s", ...);
 *
 * Text that came from outside goes through text_vis() first. Safe from any thread;
 * never blocks on anything but the sink's own write.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdarg.h>

/* syslog(3)'s priorities */
enum log_level {
	LOGL_ERR = 3,
	LOGL_WARN = 4,
	LOGL_NOTICE = 5,
	LOGL_INFO = 6,
	LOGL_DEBUG = 7
};

enum log_sink {
	LOG_SINK_STDERR, /* with a time stamp; under systemd with <priority> instead */
	LOG_SINK_SYSLOG
};

/* Before the first thread; `ident` is borrowed for ever. Default: stderr, notice. */
void log_init(const char *ident, enum log_sink sink, enum log_level most);
void log_set_level(enum log_level most);
enum log_level log_get_level(void);

/* A line of the given level; dropped when it is finer than the set level. */
void log_line(enum log_level level, const char *token, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void log_vline(enum log_level level, const char *token, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

#define log_err(...)    log_line(LOGL_ERR, __VA_ARGS__)
#define log_warn(...)   log_line(LOGL_WARN, __VA_ARGS__)
#define log_notice(...) log_line(LOGL_NOTICE, __VA_ARGS__)
#define log_info(...)   log_line(LOGL_INFO, __VA_ARGS__)
#define log_debug(...)                                     \
	do {                                               \
		if (log_get_level() >= LOGL_DEBUG)         \
			log_line(LOGL_DEBUG, __VA_ARGS__); \
	} while (0)

#endif
