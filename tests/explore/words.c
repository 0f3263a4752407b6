/*
 * SPDX-License-Identifier: Apache-2.0
 * What happens, in words: for traces and for counts per kind. See happen.h.
 */
#include "tests/explore/happen.h"

static const struct {
	const char *name; /* in tables */
	const char *text; /* %v the VM, %c the cluster, %s the server, %o the order */
} words[HAPPENINGS] = {
	[HAP_TICK] = { "tick", "a second goes by" },
	[HAP_LOOK] = { "look", "the engine looks at %v" },
	[HAP_ROUND] = { "round", "a round of %c comes in" },
	[HAP_ARRIVE] = { "arrive",
	    "the late round of %c comes in (0) or never will (1): %a" },
	[HAP_LEAVE] = { "leave", "the %o of %v leaves for %c" },
	[HAP_OVERDUE] = { "overdue", "the %o of %v reaches nobody in %c" },
	[HAP_DO] = { "do", "%c carries out the %o of %v" },
	[HAP_DO_GHOST] = { "do-late", "%c carries out an earlier %o of %v" },
	[HAP_ANSWER] = { "answer", "%c answers the %o of %v: accepted" },
	[HAP_SETTLE] = { "settle", "what is pending of %v at %c is over" },
	[HAP_FAILOVER] = { "failover", "%v goes on on another server of %c" },
	[HAP_BOOTING] = { "booting", "server %s of %c boots" },
	[HAP_BOOTED] = { "booted", "server %s of %c is up" },
	[HAP_HEAL] = { "heal", "%c is well again (%a)" },
	[HAP_WRITE] = { "write", "the state file has it" },
	[HAP_NOTIFY] = { "notify", "and the engine of %v is told" },
	[HAP_LOAD] = { "load", "clustersetd starts" },
	[HAP_QUIET] = { "quiet", "monitors of %c: done" },
	[HAP_ASK] = { "ask", "a SET wants %v at %c" },
	[HAP_GO] = { "go", "it is the turn of %v" },
	[HAP_MEND] = { "mend", "the store works; what was restored is adopted" },
	[HAP_FENCED] = { "fenced", "the fence of %c for %v has succeeded" },
	[HAP_UNFENCED] = { "unfenced", "the fence of %c for %v has failed" },
	[HAP_CALM] = { "calm-round", "a round asks server %s of %c alone" },
	[HAP_LATE] = { "late-round", "a round of %c is read, and is slow to come in" },
	[HAP_REFUSE] = { "refused", "%c refuses the %o of %v" },
	[HAP_UNSENT] = { "not-sent", "the %o of %v cannot be sent to %c" },
	[HAP_NO_ANSWER] = { "no-answer", "the answer of %c to the %o of %v is lost" },
	[HAP_TWICE] = { "answer-twice", "%c answers the %o of %v, twice" },
	[HAP_SWALLOWED] = { "swallowed", "%c accepts the %o of %v and forgets it" },
	[HAP_FAIL] = { "failure", "%v at %c: Failure" },
	[HAP_KILLED] = { "stop-kills-server",
	    "the stop of %v at %c takes its server down" },
	[HAP_MONITORED] = { "failover-by-monitor", "a monitor of %c fails %v over" },
	[HAP_POWER] = { "server-lost", "server %s of %c goes down" },
	[HAP_AUTOSTART] = { "auto-start",
	    "server %s of %c is up, and starts its groups" },
	[HAP_DAEMON] = { "daemon-dead", "the ECX daemon of server %s of %c dies" },
	[HAP_MUTE] = { "unreachable", "server %s of %c is out of our reach" },
	[HAP_STALE] = { "stale-server", "server %s of %c tells old news from now on" },
	[HAP_SUSPEND] = { "suspended", "%c is suspended" },
	[HAP_SWAP] = { "identity-swapped", "another cluster answers for %c" },
	[HAP_MISS] = { "object-missing", "%c does not list the disks any more" },
	[HAP_HOOK] = { "hook-disagrees", "the hook of %c finds it running" },
	[HAP_OTHERS_START] = { "web-ui-start", "somebody starts %v at %c" },
	[HAP_OTHERS_STOP] = { "web-ui-stop", "somebody stops %v at %c" },
	[HAP_OTHERS_DISK] = { "web-ui-disk",
	    "somebody starts the disk of %v at %c alone" },
	[HAP_CRASH] = { "kill", "clustersetd is killed" },
	[HAP_STORE] = { "store-fails", "the state file cannot be written" },
	[HAP_RESTORED] = { "store-restored", "clustersetd starts on a restored state" },
	[HAP_LOUD] = { "monitors-refuse", "monitors of %c: failed" },
	[HAP_FALSE_WORD] = { "false-word",
	    "an operator says %v is stopped at %c; it is not" },
	[HAP_BLACKOUT] = { "blackout", "%c loses its power" },
	[HAP_STRIKE] = { "fence-reports-late",
	    "the fence of %c for %v strikes, and has not said so" },
	[HAP_CANCEL] = { "cancel", "Control = cancel for %v" },
	[HAP_ROLLBACK] = { "rollback", "Control = rollback for %v" },
	[HAP_RETRY] = { "retry", "Control = retry for %v" },
	[HAP_FORCE] = { "force", "Force for %v" },
	[HAP_HOLD] = { "hold", "%v is put on hold" },
	[HAP_UNHOLD] = { "unhold", "the hold of %v is lifted" },
	[HAP_CLOSE] = { "maintenance", "%c is set to maintenance" },
	[HAP_CONFIRM] = { "confirm", "an operator says %v is stopped at %c" },
	[HAP_FENCE] = { "fence", "a fence of %c for %v begins (1 power, 2 disk: %a)" },
	[HAP_AGAIN] = { "set-repeated",
	    "the engine is asked for a move of %v once more" },
};

const char *
happening_word(enum happening_kind k)
{
	return words[k].name;
}

static void
tell_state(const struct world *w, FILE *f)
{
	int v, c, s;

	fprintf(f, "      ");
	for (c = 0; c < setup.clusters; c++) {
		const struct w_cluster *k = &w->cluster[c];

		fprintf(f, " | %c:", 'a' + c);
		for (v = 0; v < setup.vms; v++)
			fprintf(
			    f, " %s", group_word((enum w_group)w->vm[v].site[c].group));
		for (s = 0; s < setup.servers[c]; s++)
			if (k->server[s] != SRV_UP)
				fprintf(f, ", server %d %s", s + 1,
				    server_word((enum w_server)k->server[s]));
		if (k->suspended || k->swapped || k->missing || k->hook)
			fprintf(f, ", %s",
			    k->suspended     ? "suspended"
			        : k->swapped ? "another one answers"
			        : k->missing ? "a disk not listed"
			                     : "hook disagrees");
	}
	fputc('\n', f);
}

/* After it happened. */
void
happening_tell(const struct world *w, const struct happening *h, FILE *f)
{
	const char *p;

	fputs("  - ", f);
	for (p = words[h->kind].text; *p != '\0'; p++) {
		if (*p != '%') {
			fputc(*p, f);
			continue;
		}
		switch (*++p) {
		case 'v':
			fprintf(f, "vm%d", h->vm + 1);
			break;
		case 'c':
			fprintf(f, "%c", 'a' + h->site);
			break;
		case 's':
			fprintf(f, "%d", h->arg + 1);
			break;
		case 'o':
			fputs(h->arg == 0 ? "start" : "stop", f);
			break;
		default:
			fprintf(f, "%d", h->arg);
			break;
		}
	}
	fputc('\n', f);
	if (h->kind != HAP_LOOK && h->kind != HAP_TICK)
		tell_state(w, f);
}
