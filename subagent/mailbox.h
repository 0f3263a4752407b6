/*
 * SPDX-License-Identifier: Apache-2.0
 * Letters between threads: any thread posts, the owner's event base delivers in order.
 *
 * The only way control, face and store speak to each other besides immutable
 * generations. Posting never blocks and never fails.
 */
#ifndef SUBAGENT_MAILBOX_H
#define SUBAGENT_MAILBOX_H

#include <sys/queue.h>

struct event_base;

/* Embed as first member; deliver() runs in the owner's thread and owns the letter. */
struct mail {
	STAILQ_ENTRY(mail) next;
	void (*deliver)(struct mail *);
};

struct mailbox;

struct mailbox *mailbox_new(struct event_base *base);
/* The owner's thread, when nobody posts any more; undelivered letters are delivered. */
void mailbox_free(struct mailbox *);
void mailbox_post(struct mailbox *, struct mail *);

#endif
