/*
 * SPDX-License-Identifier: Apache-2.0
 * What is seen of a VM and its sites at one moment, as numbers: the model's hand to the
 * move engine. set/sight.c fills it from rounds and evidence; whoever proves the engine
 * (tests/explore) fills it from a world of his own with the same judge (evidence.h).
 */
#ifndef SET_SIGHT_H
#define SET_SIGHT_H

#include "base/clock.h"
#include "set/rows.h"

#define SIGHT_SITES 32 /* of one VM; one with more is never moved */
/* What stands for the epoch of a VM that has no disks by its kind, for confirmations.
 */
#define SIGHT_STATELESS_EPOCH 1

struct site_sight { /* one site; by rounds, not by hope */
	bool fresh; /* a round not older than freshness, of the right identity */
	bool commandable; /* a sane server is there to send to */
	bool closed; /* maintenance or ignored: nothing new there */
	bool node_ok; /* the node wanted there (or any) can take it */
	bool alive; /* any server of it answered (ends a power fence) */
	bool active; /* by anyone: group or a recorded resource not plainly Offline */
	uint8_t oper; /* enum cs_site_oper, agreed by all who answered */
	uint32_t node; /* csNodeIndex where it is; 0: nowhere, or not known */
	msec_t start; /* of the round that told this; 0: none */
	unsigned parts; /* enum evidence_part; EV_NO_COMMAND counts for nothing here */
	bool trusted; /* `parts` has (c) although a server was silent: trust-peers */
	msec_t judged; /* start of the round `parts` stand on; 0: none */
	msec_t offline_since; /* start of the unbroken run of Offline; 0: none */
	bool has_monitors; /* some are configured to be suspended (quiesce) */
};

enum { /* vm_sight.owner, when it is no site */
	OWNER_NOBODY = -1,
	OWNER_OTHER = -2, /* not one of the sites, disks differ, or not adopted yet */
	OWNER_NO_DISKS = -3 /* a VM without disks */
};

struct vm_sight {
	size_t nsites;
	struct site_sight site[SIGHT_SITES]; /* in the order of preference */
	int owner; /* the site that owns every disk of it, or OWNER_* */
	uint32_t epoch; /* of its disks: the highest; SIGHT_STATELESS_EPOCH */
	bool hold; /* csVmHold */
	bool conflict; /* csVmOperState is conflict */
};

/*
 * What commands of ours do to a site's evidence (design 4d, 4e) and to judging
 * maintenance: told by the move engine whenever it changes, shown in csVmSiteTable.
 */
struct site_orders {
	bool may_start; /* a start may still take effect */
	bool our_stop; /* its present Offline is the effect of a stop of ours */
	bool stop_accepted; /* which was answered with success: settles in one interval
	                     */
	bool late_stop; /* a stop of ours may still take effect, perhaps once more */
	bool fenced; /* a fence of it stands */
	uint32_t confirmed; /* epoch that an operator confirmed and that stands; 0 */
};

#endif
