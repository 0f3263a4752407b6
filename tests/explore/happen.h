/*
 * SPDX-License-Identifier: Apache-2.0
 * What may happen next in the small world, and what it does to it.
 */
#ifndef EXPLORE_HAPPEN_H
#define EXPLORE_HAPPEN_H

#include "tests/explore/drive.h"

enum happening_kind {
	/* of course */
	HAP_TICK, /* time goes on */
	HAP_LOOK, /* the engine looks without a new round */
	HAP_ROUND, /* of every server of a cluster, read and delivered at once */
	HAP_ARRIVE, /* the late round */
	HAP_LEAVE, /* a command leaves; arg: 0 start, 1 stop */
	HAP_OVERDUE, /* it did not leave in time: ANSWER_NOT_SENT */
	HAP_DO, /* the cluster carries it out */
	HAP_DO_GHOST, /* and one that was given up */
	HAP_ANSWER, /* accepted */
	HAP_SETTLE, /* Online Pending -> Online, Offline Pending -> Offline */
	HAP_FAILOVER, /* the group starts on its new server */
	HAP_BOOTING,
	HAP_BOOTED,
	HAP_HEAL, /* a server, or the cluster, is as it should be again */
	HAP_WRITE, /* the state file has it */
	HAP_NOTIFY, /* and that is told */
	HAP_LOAD, /* the daemon starts again */
	HAP_QUIET, /* monitors are suspended, or resumed */
	HAP_ASK, /* a move is wanted */
	HAP_GO,
	HAP_MEND, /* the store works again; a restored one is adopted */
	HAP_FENCED, /* a fence that had begun succeeded */
	HAP_UNFENCED, /* or failed */
	/* faults: each costs one */
	HAP_FAULTS,
	HAP_CALM = HAP_FAULTS, /* a round that asked one server only */
	HAP_LATE, /* a round is read, and comes in later, or never */
	HAP_REFUSE,
	HAP_UNSENT,
	HAP_NO_ANSWER,
	HAP_TWICE, /* the answer comes twice */
	HAP_SWALLOWED, /* accepted, and never done */
	HAP_FAIL, /* Failure of what is active or on its way */
	HAP_KILLED, /* the stop fails and takes its server down: failover */
	HAP_MONITORED, /* a monitor fails the group over */
	HAP_POWER, /* a server goes down */
	HAP_AUTOSTART, /* it boots, and the group starts by itself */
	HAP_DAEMON, /* its ECX daemon dies, the VM lives */
	HAP_MUTE, /* we cannot reach it any more */
	HAP_STALE, /* the second server tells old news */
	HAP_SUSPEND,
	HAP_SWAP, /* another cluster answers at these addresses */
	HAP_MISS, /* a resource is not listed any more */
	HAP_HOOK, /* the hook finds it running */
	HAP_OTHERS_START, /* somebody starts it in the Web UI */
	HAP_OTHERS_STOP,
	HAP_OTHERS_DISK, /* somebody starts the disk resource alone */
	HAP_CRASH, /* kill -9 */
	HAP_STORE, /* writing fails */
	HAP_RESTORED, /* the daemon starts on an old copy of its state */
	HAP_LOUD, /* monitors cannot be suspended or resumed */
	HAP_FALSE_WORD, /* an operator confirms what is not so */
	HAP_BLACKOUT, /* all servers of a cluster go down at once */
	HAP_STRIKE, /* a fence has done its work, and takes its time to say so */
	/* what operators and fences do: each costs an act */
	HAP_ACTS,
	HAP_CANCEL = HAP_ACTS,
	HAP_ROLLBACK,
	HAP_RETRY,
	HAP_FORCE,
	HAP_HOLD,
	HAP_UNHOLD,
	HAP_CLOSE, /* the target is set to maintenance */
	HAP_CONFIRM, /* and it is so */
	HAP_FENCE, /* begins; arg: 1 power, 2 disk */
	HAP_AGAIN, /* the same SET again while the move is open */
	HAPPENINGS
};
_Static_assert(HAPPENINGS <= 64, "sets of kinds are 64 bits wide");

struct happening {
	uint8_t kind, vm, site, arg;
};

#define HAPPENINGS_MAX 256
/* All that may happen next. */
unsigned happen_list(const struct world *, struct happening[HAPPENINGS_MAX]);
/*
 * Every move has ended, or stands and nobody may say a word any more; none may be asked
 * for; no start of ours is out: whatever happens from here on is not our doing.
 */
bool happen_over(const struct world *);
/* It happens. The world is not canonical afterwards. */
void happen(struct world *, const struct happening *, struct verdict *);
const char *happening_word(enum happening_kind);
void happening_tell(const struct world *, const struct happening *, FILE *);

#endif
