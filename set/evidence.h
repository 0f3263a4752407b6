/*
 * SPDX-License-Identifier: Apache-2.0
 * Evidence that a site is stopped (design section 4), as data.
 *
 * For one site of a VM, one round at a time: what is proved, what is missing, in words.
 * Pure: rounds and times are handed in. It never decides to start anything; the move
 * engine asks for PROVED and checks the age itself (4h).
 */
#ifndef SET_EVIDENCE_H
#define SET_EVIDENCE_H

#include "set/observation.h"
#include "set/rows.h"
#include "set/settings.h"

/* The parts of section 4; a bit is set where the part holds. */
enum evidence_part {
	EV_IDENTITY = 1 << 0, /* (a) the cluster is who it was */
	EV_SERVERS_SANE =
	    1 << 1, /* (b) who says Offline is Online in a sound cluster */
	EV_ALL_AGREE = 1 << 2, /* (c) every server was asked and agrees */
	EV_NO_COMMAND = 1 << 3, /* (d) no command of ours may still take effect */
	EV_SETTLED = 1 << 4, /* (e) Offline stood, and something explains it */
	EV_ALL_OFFLINE =
	    1 << 5, /* (f) group and every recorded resource Offline, nowhere */
	EV_HOOK = 1 << 6, /* (g) the stopped-proof hook agrees, or there is none */
	EV_ALL = (1 << 7) - 1
};

/* What the judge remembers of a site from round to round. */
struct evidence {
	unsigned parts; /* enum evidence_part */
	enum cs_evidence state;
	char *text; /* what is missing first, or what proves it */
	msec_t round_start; /* of the round it was judged by; 0: none yet */
	msec_t offline_first,
	    offline_last; /* every-server rounds in one unbroken run */
	msec_t offline_since; /* start of the unbroken run of rounds, calm ones too,
	                         in which all who answered were sane and said Offline;
	                         0: the last that was answered said something else */
	bool trusted; /* (c) holds although a server was silent: trust-peers */
	bool active; /* by anyone who answered in the last round: not plainly Offline */
	bool seen_active; /* it was active at some time: a stop wants explaining */
	bool may_start; /* (d), set by the move engine */
};

/*
 * A monitor that we suspended on a server for a move, or may have: it says nothing
 * about whether the cluster is suspended.
 */
struct own_suspend {
	char *monitor, *server;
	uint32_t vm; /* csVmIndex: for which it was */
	msec_t gone; /* resumed since then, and not yet seen so; 0: it stands */
};
struct own_suspends {
	struct own_suspend *list;
	size_t n;
};

/* What to judge against. */
struct evidence_site {
	const struct cluster_settings *cluster;
	const char *group;
	enum cs_vm_kind kind;
	const char *const *resources; /* every resource recorded for the site */
	size_t nresources;
	size_t ndisks; /* how many of the VM's disks have a resource there */
	bool identity_ok;
	bool explained; /* intent down, a trap */
	bool our_stop; /* its Offline is the effect of a stop of ours: explained */
	bool stop_accepted; /* that was answered with success: */
	msec_t own_settle; /* then it stands so long, if that is less (4e) */
	const struct own_suspends *own; /* in that cluster; NULL: none */
	msec_t keep; /* how long calm rounds may lean on the last full one */
};

/*
 * A stop that nothing explains (a failover looks like one for a moment) must stand this
 * many times offline-settle: the grace time of (e).
 */
#define EVIDENCE_GRACE 3

/*
 * (b): does this answer come from a server that is itself Online (a floating IP has no
 * self) in a sound cluster without Pending? Else *why, also when it held something
 * before, tells what is missing. Without it "Offline" means as little as silence: the
 * API goes on answering when the cluster's daemon is dead.
 */
bool evidence_view_sane(const struct cluster_settings *, const struct obs_view *,
    const struct own_suspends *, char **why);
/*
 * Will it carry out a command? As above, but a cluster in Error will, too: a group or
 * monitor of it has failed, perhaps the very one that is to be stopped.
 */
bool evidence_view_obeys(const struct cluster_settings *, const struct obs_view *,
    const struct own_suspends *);
/* Is every monitor suspended, those that we suspended aside? That is how it shows. */
bool evidence_suspended(const struct obs_view *, const struct own_suspends *);

/*
 * Judges one round, also one that failed: evidence stands only as long as the newest
 * round gives it. With obs NULL (nothing fresh is known) all is void. A round in which
 * the site was anything but Offline ends the run of (e); one in which somebody kept
 * silent or was not asked neither ends nor lengthens it. `text` then tells everything
 * that is missing, what speaks loudest first; of a site that is active only that.
 */
void evidence_judge(struct evidence *, const struct evidence_site *,
    const struct observation *, const struct evidence_settings *);
/* A start of ours may still take effect there, or no more: shown at once (4d). */
void evidence_command(struct evidence *, bool may_start);
/* Forgets everything but may_start and seen_active: after a gap, a change of servers.
 */
void evidence_void(struct evidence *, const char *why);
void evidence_clear(struct evidence *); /* frees what it holds */

#endif
