/*
 * SPDX-License-Identifier: Apache-2.0
 * Letters between threads. See mailbox.h.
 */
#include "subagent/mailbox.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/log.h"
#include "base/mem.h"

STAILQ_HEAD(mails, mail);

struct mailbox {
	pthread_mutex_t lock;
	struct mails in;
	int fd;
	struct event *readable;
};

static void
mailbox_deliver(struct mailbox *b)
{
	struct mails mails = STAILQ_HEAD_INITIALIZER(mails);
	struct mail *m;

	pthread_mutex_lock(&b->lock);
	STAILQ_CONCAT(&mails, &b->in);
	pthread_mutex_unlock(&b->lock);
	while ((m = STAILQ_FIRST(&mails)) != NULL) {
		STAILQ_REMOVE_HEAD(&mails, next);
		m->deliver(m);
	}
}

static void
mailbox_readable(evutil_socket_t fd, short what, void *arg)
{
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof(n)) < 0 && errno != EAGAIN)
		log_err("mailbox", "eventfd read: %s", strerror(errno));
	mailbox_deliver(arg);
}

struct mailbox *
mailbox_new(struct event_base *base)
{
	struct mailbox *b = xcalloc(1, sizeof(*b));

	pthread_mutex_init(&b->lock, NULL);
	STAILQ_INIT(&b->in);
	b->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (b->fd < 0) {
		log_err("mailbox", "eventfd: %s", strerror(errno));
		abort();
	}
	b->readable = event_new(base, b->fd, EV_READ | EV_PERSIST, mailbox_readable, b);
	event_priority_set(b->readable, 0); /* before all that is ready at that time */
	event_add(b->readable, NULL);
	return b;
}

void
mailbox_free(struct mailbox *b)
{
	if (b == NULL)
		return;
	mailbox_deliver(b);
	event_free(b->readable);
	close(b->fd);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

void
mailbox_post(struct mailbox *b, struct mail *m)
{
	const uint64_t one = 1;
	bool first;

	pthread_mutex_lock(&b->lock);
	first = STAILQ_EMPTY(&b->in);
	STAILQ_INSERT_TAIL(&b->in, m, next);
	pthread_mutex_unlock(&b->lock);
	/* one wake-up serves all letters posted before it is heard */
	if (first && write(b->fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		log_err("mailbox", "eventfd write: %s", strerror(errno));
}
