/*
 * SPDX-License-Identifier: Apache-2.0
 * The table of seeded faults. See mutants_table.h; base/mutant.h has their switches.
 */
#include "tests/explore/mutants_table.h"

#include "tests/explore/happen.h"

#define M(name) (UINT64_C(1) << MUTANT_##name)
#define K(kind) (UINT64_C(1) << HAP_##kind)
#define NOTHING K(TICK) /* nothing that costs */
#define IN(...)                               \
	{                                     \
		.name = "mutant", __VA_ARGS__ \
	}
#define UP         .verb = VERB_UP
#define PAIR       .servers = { 1, 2, 1 }
#define RECOVER    .recover = 1
#define ONE(kinds) .faults = 1, .may = (kinds)
#define ACT(kinds) .acts = 1, .may = (kinds)

/* clang-format off */
const struct mutant_row mutant_rows[] = {
	/* design 4 */
	{ M(IDENTITY_BELIEVED) | M(UNKNOWN_IS_OFFLINE), "another cluster's answer counts",
	    AS_4A, IN(UP, ONE(K(SWAP))) },
	{ M(DEAD_DAEMON_BELIEVED) | M(UNKNOWN_IS_OFFLINE),
	    "a server whose daemon is dead is believed", AS_4B, IN(UP, ONE(K(DAEMON))) },
	{ M(PENDING_BELIEVED) | M(DEAD_DAEMON_BELIEVED) | M(UNKNOWN_IS_OFFLINE),
	    "a server that boots is believed", AS_4B, IN(UP, ONE(K(POWER))) },
	{ M(SUSPENDED_BELIEVED) | M(UNKNOWN_IS_OFFLINE), "a suspended cluster is believed",
	    AS_4B, IN(UP, ONE(K(SUSPEND))) },
	{ M(SILENT_AGREES), "a silent server agrees", AS_4C, IN(UP, PAIR, ONE(K(MUTE))) },
	{ M(UNASKED_AGREES), "a server that was not asked agrees", AS_4C,
	    IN(UP, PAIR, .slow = 1, .faults = 2, .may = K(CALM)) },
	{ M(DIFFERENCE_AGREES) | M(UNKNOWN_IS_OFFLINE), "two servers may differ", AS_4C,
	    IN(UP, PAIR, .faults = 2, .may = K(STALE) | K(POWER)) },
	{ M(SILENCE_IS_OFFLINE), "a cluster out of reach counts as stopped", AS_4C,
	    IN(UP, ONE(K(MUTE))) },
	{ M(START_FORGOTTEN), "a start of ours that hangs is forgotten", AS_4D,
	    IN(.tries = 1, ONE(K(SWALLOWED))) },
	{ M(HORIZON_SKIPPED), "nobody waits for the horizon after a stop", AS_4D,
	    IN(ONE(K(SWALLOWED))) },
	{ M(RESTART_FORGETS), "a restart takes a start that was written for unsent", AS_I7,
	    IN(ONE(K(CRASH))) },
	{ M(SETTLE_SKIPPED), "Offline need not settle", AS_4E, IN(ONE(NOTHING)) },
	{ M(ONE_ROUND), "one round of Offline is enough", AS_4E, IN(ONE(NOTHING)) },
	{ M(NO_GRACE), "a stop that nothing explains needs no grace", AS_4E,
	    IN(ONE(K(OTHERS_STOP))) },
	{ M(RESOURCES_IGNORED), "only the group has to be Offline", AS_4F,
	    IN(UP, ONE(K(OTHERS_DISK))) },
	{ M(MISSING_IS_OFFLINE), "a resource that is not listed is Offline", AS_4F,
	    IN(UP, ONE(K(MISS))) },
	{ M(HOOK_SKIPPED), "the hook is not asked", AS_4G, IN(UP, ONE(K(HOOK))) },
	{ M(ROUND_OF_ANY_AGE), "a round proves for ever", AS_4H,
	    IN(UP, .long_fresh = 1, .slow = 2, .may = NOTHING) },
	{ M(NO_DEADLINE), "a start may leave at any time", AS_4H,
	    IN(UP, .slow = 2, .may = NOTHING) },
	{ M(FENCE_BEFORE_SIGHTING), "a fence covers what was seen after it began",
	    AS_FENCE, IN(UP, .faults = 1, .acts = 1,
	        .may = K(OTHERS_START) | K(FENCE)) },
	{ M(FENCE_OUTLIVES), "a power fence outlives a sign of life", AS_FENCE,
	    IN(UP, ACT(K(FENCE))) },
	{ M(FENCE_WHILE_ALIVE), "a fence counts although a server answered since it began",
	    AS_FENCE, IN(RECOVER, .fence = 1, .faults = 2, .acts = 1,
	        .may = K(BLACKOUT) | K(FENCE)) },
	{ M(FENCE_FOR_EVER), "a power fence counts for ever", AS_FENCE,
	    IN(RECOVER, .faults = 1, .acts = 1, .may = K(BLACKOUT) | K(FENCE)) },
	{ M(FENCE_FAILED_COUNTS), "a fence that failed counts", AS_FENCE,
	    IN(RECOVER, .faults = 1, .acts = 1, .may = K(MUTE) | K(FENCE)) },
	{ M(FENCE_ELSEWHERE), "a fence of another cluster counts", AS_FENCE,
	    IN(UP, .faults = 1, .acts = 1, .may = K(MUTE) | K(FENCE)) },
	{ M(FENCE_OUTLIVES), "recover trusts a fence after a sign of life", AS_FENCE,
	    IN(RECOVER, .faults = 1, .acts = 1, .may = K(BLACKOUT) | K(FENCE)) },
	{ M(SILENCE_IS_OFFLINE), "recover takes silence for proof", AS_4C,
	    IN(RECOVER, ONE(K(MUTE))) },
	{ M(WORD_FOR_EVER), "a word counts for ever", AS_CONFIRM,
	    IN(UP, .slow = 2, ACT(K(CONFIRM))) },
	{ M(WORD_AGAINST_SIGHT), "a word counts against what is seen", AS_CONFIRM,
	    IN(UP, .faults = 1, .acts = 1, .may = K(OTHERS_START) | K(CONFIRM)) },
	{ M(WORD_SURVIVES_COMMAND), "a word outlives a command", AS_CONFIRM,
	    IN(.faults = 1, .acts = 1, .may = K(SWALLOWED) | K(CONFIRM)) },
	/* design 5 */
	{ M(ONE_START_VOUCHES), "the effect of one start is that of two", AS_I1,
	    IN(.tries = 2, .horizon = 4, .may = NOTHING) },
	{ M(WORD_AGAINST_START), "a word counts while a start of ours hangs", AS_I1,
	    IN(.horizon = 3, .acts = 2, .may = K(CONFIRM) | K(CANCEL)) },
	{ M(OWNER_DIRECT), "disks pass from source to target at once", AS_I2,
	    IN(.may = NOTHING) },
	{ M(OWNER_SKIPPED), "disks need not pass at all", AS_I2, IN(.may = NOTHING) },
	{ M(NO_PATIENCE), "a proof is waited for without end", AS_I3,
	    IN(UP, ONE(K(OTHERS_DISK))) },
	{ M(STOP_FOR_EVER), "a stop is waited for without end", AS_I3,
	    IN(ONE(K(FAIL))) },
	{ M(DOUBT_UNTOLD), "nobody is told that a move stands", AS_I3, IN(ONE(K(FAIL))) },
	{ M(NO_WAY_BACK), "a start that failed ends the move", AS_I4, IN(ONE(K(FAIL))) },
	{ M(UNDONE_UNSEEN), "a move that goes back ends before it is there", AS_I4,
	    IN(ACT(K(CANCEL))) },
	{ M(SET_DOUBLED), "the same SET begins a second move", AS_I5,
	    IN(ACT(K(AGAIN))) },
	{ M(HOLD_IGNORED), "hold does not stop a move", AS_I6, IN(ACT(K(HOLD))) },
	{ M(HOLD_IGNORED), "recover ignores a hold", AS_I6,
	    IN(RECOVER, .faults = 1, .acts = 2,
	        .may = K(BLACKOUT) | K(CONFIRM) | K(HOLD)) },
	{ M(BLIND_COMMAND), "a command to a cluster that is not known", AS_I6,
	    IN(ONE(K(MUTE))) },
	{ M(STOP_REPEATED), "a stop without effect is repeated at once", AS_I7,
	    IN(.tries = 2, .may = NOTHING) },
	{ M(START_REPEATED), "a start without effect is repeated at once", AS_I7,
	    IN(.tries = 2, .may = NOTHING) },
	{ M(END_OUTSTANDING), "a cancelled move ends with a stop outstanding", AS_I7,
	    IN(ACT(K(CANCEL))) },
	{ M(RESTART_RESENDS), "a restart repeats what it had sent, without a look", AS_I7,
	    IN(ONE(K(CRASH))) },
	{ M(FORCED_BY_TIME), "a stop that takes too long forces the move", AS_I8,
	    IN(ONE(K(FAIL))) },
	{ M(CONFIRMED_BY_SILENCE), "no proof in time counts as an operator's word", AS_I8,
	    IN(ONE(K(MUTE))) },
	{ M(EPOCH_STANDS), "disks pass without a new epoch", AS_I9, IN(.may = NOTHING) },
	{ M(RESTORED_IGNORED), "a restored store changes nothing", AS_I9,
	    IN(UP, .faults = 2, .may = K(CRASH) | K(RESTORED)) },
	{ M(NODE_IGNORED), "a node that cannot take the VM gets it", AS_I10,
	    IN(.verb = VERB_WITHIN, .servers = { 2, 1, 1 }, ONE(K(POWER) | K(MUTE))) },
	{ M(ABSENCE_COUNTS), "the time while we were away counts", AS_I11,
	    IN(ONE(K(CRASH))) },
	{ M(JOURNAL_AFTER), "commands leave before they are durable", AS_I12,
	    IN(.may = NOTHING) },
	{ M(STORE_IGNORED), "commands leave while the store fails", AS_I12,
	    IN(ONE(K(STORE) | K(CRASH))) },
};
/* clang-format on */
const unsigned mutant_nrows = sizeof(mutant_rows) / sizeof(mutant_rows[0]);
