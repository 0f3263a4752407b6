/*
 * SPDX-License-Identifier: Apache-2.0
 * A spy to be preloaded into clustersetd: which thread enters libnetsnmp, and which one
 * waits for a disk.
 *
 * It stands before the functions below and writes one line, "FUNCTION THREAD PHASE",
 * to the file $THREADSPY_OUT the first time that a thread comes by; PHASE is `start`
 * until that thread has entered an event loop or when it never does, `loop` inside of
 * it. test_threads.py judges the lines. It changes nothing of what the functions do.
 */
#include <sys/types.h>
#include <sys/prctl.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct event_base;
struct netsnmp_large_fd_set_s;
struct snmp_session;
struct snmp_pdu;
struct timeval;

enum spied {
	SPY_FSYNC,
	SPY_FDATASYNC,
	SPY_SYNC_FILE_RANGE,
	SPY_SNMP_READ2,
	SPY_SNMP_SELECT_INFO2,
	SPY_SNMP_TIMEOUT,
	SPY_SNMP_ASYNC_SEND,
	SPY_SNMP_SEND,
	SPY_RUN_ALARMS,
	SPY_AGENT_CHECK,
	SPY_SEND_V2TRAP,
	SPY_INIT_AGENT,
	SPY_INIT_SNMP,
	SPY_SNMP_OPEN,
	SPY_SNMP_CLOSE,
	SPY_AGENTX_OPEN,
	SPY_AGENTX_CLOSE,
	SPY_AGENTX_REGISTER,
	SPY_AGENTX_UNREGISTER,
	SPY_AGENTX_PING
};

static _Thread_local unsigned seen[2]; /* bits by enum spied, for start and loop */
static _Thread_local int in_loop;

static void
spy(enum spied which, const char *name)
{
	char thread[32] = "?", line[96];
	const char *path;
	unsigned bit = 1U << which;
	int fd, len;

	if (seen[in_loop] & bit)
		return;
	seen[in_loop] |= bit;
	if ((path = getenv("THREADSPY_OUT")) == NULL)
		return;
	prctl(PR_GET_NAME, thread, 0, 0, 0);
	len = snprintf(
	    line, sizeof(line), "%s %s %s\n", name, thread, in_loop ? "loop" : "start");
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd >= 0) {
		if (write(fd, line, (size_t)len) < 0)
			perror("threadspy");
		close(fd);
	}
}

static void *
next(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (f == NULL) {
		fprintf(stderr, "threadspy: no %s\n", name);
		abort();
	}
	return f;
}

/* A function of the same name that tells and then does what was asked. */
#define SPY(which, type, name, params, args)             \
	type name params;                                \
	type name params                                 \
	{                                                \
		static type(*real) params;               \
                                                         \
		spy(which, #name);                       \
		if (real == NULL) {                      \
			void *f = next(#name);           \
			memcpy(&real, &f, sizeof(real)); \
		}                                        \
		return real args;                        \
	}

SPY(SPY_FSYNC, int, fsync, (int fd), (fd))
SPY(SPY_FDATASYNC, int, fdatasync, (int fd), (fd))
SPY(SPY_SYNC_FILE_RANGE, int, sync_file_range,
    (int fd, off_t from, off_t n, unsigned flags), (fd, from, n, flags))
SPY(SPY_SNMP_READ2, void, snmp_read2, (struct netsnmp_large_fd_set_s * set), (set))
SPY(SPY_SNMP_SELECT_INFO2, int, snmp_select_info2,
    (int *n, struct netsnmp_large_fd_set_s *set, struct timeval *t, int *block),
    (n, set, t, block))
SPY(SPY_SNMP_TIMEOUT, void, snmp_timeout, (void), ())
SPY(SPY_SNMP_ASYNC_SEND, int, snmp_async_send,
    (struct snmp_session * s, struct snmp_pdu *pdu, void *callback, void *arg),
    (s, pdu, callback, arg))
SPY(SPY_SNMP_SEND, int, snmp_send, (struct snmp_session * s, struct snmp_pdu *pdu),
    (s, pdu))
SPY(SPY_RUN_ALARMS, void, run_alarms, (void), ())
SPY(SPY_AGENT_CHECK, int, agent_check_and_process, (int block), (block))
SPY(SPY_SEND_V2TRAP, void, send_v2trap, (void *vars), (vars))
SPY(SPY_INIT_AGENT, int, init_agent, (const char *app), (app))
SPY(SPY_INIT_SNMP, void, init_snmp, (const char *type), (type))
SPY(SPY_SNMP_OPEN, struct snmp_session *, snmp_open, (struct snmp_session * s), (s))
SPY(SPY_SNMP_CLOSE, int, snmp_close, (struct snmp_session * s), (s))
SPY(SPY_AGENTX_OPEN, int, agentx_open_session, (struct snmp_session * s), (s))
SPY(SPY_AGENTX_CLOSE, int, agentx_close_session, (struct snmp_session * s, int why),
    (s, why))
SPY(SPY_AGENTX_REGISTER, int, agentx_register,
    (struct snmp_session * s, void *start, size_t len, int priority, int subid,
        size_t bound, int timeout, unsigned char flags, const char *context),
    (s, start, len, priority, subid, bound, timeout, flags, context))
SPY(SPY_AGENTX_UNREGISTER, int, agentx_unregister,
    (struct snmp_session * s, void *start, size_t len, int priority, int subid,
        size_t bound, const char *context),
    (s, start, len, priority, subid, bound, context))
SPY(SPY_AGENTX_PING, int, agentx_send_ping, (struct snmp_session * s), (s))

/* Where a thread's life of events begins. */
int event_base_loop(struct event_base *base, int flags);
int
event_base_loop(struct event_base *base, int flags)
{
	static int (*real)(struct event_base *, int);
	int result;

	if (real == NULL) {
		void *f = next("event_base_loop");

		memcpy(&real, &f, sizeof(real));
	}
	in_loop = 1;
	result = real(base, flags);
	in_loop = 0;
	return result;
}

int event_base_dispatch(struct event_base *base);
int
event_base_dispatch(struct event_base *base)
{
	return event_base_loop(base, 0);
}
