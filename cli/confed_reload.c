/*
 * SPDX-License-Identifier: Apache-2.0
 * Editing the configuration: what the daemon says of it. See confed.h.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/act.h"
#include "cli/confed.h"
#include "cli/names.h"
#include "cli/plain.h"

#define RELOAD_PATIENCE 60000 /* ms; a big configuration takes seconds to check */
#define LOST_PATIENCE   5000 /* for a SET whose answer did not come */
#define RELOAD_PAUSE    50
#define SHOWN_PATIENCE  1000 /* until the tables show what was taken over */
#define RELOAD_TRIES    5 /* somebody else may ask at the same moment */

enum { RELOAD_STATE_NONE = 1, RELOAD_STATE_RUNNING, RELOAD_STATE_REFUSED = 4 };

enum { ASK_HOST, ASK_FILE, ASK_NUMBER, ASK_STATE, ASK_TEXT, ASKED };

static char *
text_of(const struct snmp_instance *i)
{
	return i->cell.there ? xstrdup(i->cell.text) : NULL;
}

void
confed_ask(struct cli *cli, struct confed_daemon *d)
{
	struct snmp_instance asked[ASKED] = {
		[ASK_HOST] = { .id = csSetHostName },
		[ASK_FILE] = { .id = csSetConfigFile },
		[ASK_NUMBER] = { .id = csSetReload },
		[ASK_STATE] = { .id = csSetReloadState },
		[ASK_TEXT] = { .id = csSetReloadText },
	};

	memset(d, 0, sizeof(*d));
	if (cli->snmp == NULL)
		cli->snmp = snmp_open_session(
		    cli->snmp_argc, cli->snmp_argv, cli->peer, cli->root, &d->cause);
	if (cli->snmp == NULL)
		return;
	if (snmp_get(cli->snmp, asked, ASKED, &d->cause) != SNMP_DONE)
		return;
	d->answers = true;
	d->host = text_of(&asked[ASK_HOST]);
	d->file = text_of(&asked[ASK_FILE]);
	d->text = text_of(&asked[ASK_TEXT]);
	d->knows = asked[ASK_NUMBER].cell.there;
	d->reloads = (uint32_t)asked[ASK_NUMBER].cell.number;
	d->state = asked[ASK_STATE].cell.there ? (int)asked[ASK_STATE].cell.number : 0;
	snmp_free_cells(asked, ASKED);
}

void
confed_daemon_clear(struct confed_daemon *d)
{
	free(d->host);
	free(d->file);
	free(d->text);
	free(d->cause);
	memset(d, 0, sizeof(*d));
}

static void
pause_ms(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* Who interrupts is told what is waited for; the signal is held (confed.c). */
static void
say_interrupted(struct cli *cli, bool *said)
{
	sigset_t waiting;

	if (*said || sigpending(&waiting) != 0 ||
	    (sigismember(&waiting, SIGINT) <= 0 && sigismember(&waiting, SIGTERM) <= 0))
		return;
	*said = true;
	act_warn(cli, "interrupted; waiting for clustersetd's word on the new file");
}

/*
 * Asks once it is known which number to give. CONFED_TAKEN here: somebody heard of it,
 * or may have (*heard); *reloads is the number that stood before.
 */
static enum confed_outcome
ask_for_it(struct cli *cli, uint32_t *reloads, bool *heard, char **text)
{
	struct snmp_assign set = { .id = csSetReload };
	enum snmp_result result;
	struct confed_daemon d;
	bool answers;
	int tries;

	for (tries = 0; tries <= RELOAD_TRIES; tries++) {
		/* read now, when the file is in place: one that was asked for earlier
		 * may have read the old one, and must not be taken for this one */
		confed_ask(cli, &d);
		answers = d.answers;
		if (!answers)
			cause_set(text, "%s", d.cause == NULL ? "no answer" : d.cause);
		if (!answers || (tries > 0 && d.reloads == *reloads)) {
			confed_daemon_clear(&d);
			return answers ? CONFED_NOT_ALLOWED : CONFED_UNKNOWN;
		}
		set.number = *reloads = d.reloads;
		confed_daemon_clear(&d);
		result = snmp_set(cli->snmp, &set, 1, text);
		*heard = result == SNMP_DONE;
		if (result == SNMP_DONE || result == SNMP_UNCERTAIN)
			return CONFED_TAKEN;
		if (result != SNMP_REFUSED)
			return CONFED_UNKNOWN;
		/* refused for good, or only because the number is another one now */
	}
	return CONFED_UNKNOWN;
}

/* *other: what came of it is told of a later one, which somebody else asked for. */
static enum confed_outcome
reload_once(struct cli *cli, bool *other, char **text)
{
	enum confed_outcome outcome;
	struct confed_daemon d;
	uint32_t reloads = 0;
	bool heard = false, held = false;
	msec_t until;
	char *why = NULL;

	*other = false;
	outcome = ask_for_it(cli, &reloads, &heard, text);
	if (outcome != CONFED_TAKEN)
		return outcome;
	outcome = CONFED_UNKNOWN;
	/* where the answer was lost the number tells whether it was heard */
	until = clock_ms() + (heard ? RELOAD_PATIENCE : LOST_PATIENCE);
	while (outcome == CONFED_UNKNOWN && clock_ms() < until) {
		confed_ask(cli, &d);
		if (d.answers && d.reloads != reloads && !heard) {
			heard = true;
			until = clock_ms() + RELOAD_PATIENCE;
		}
		if (d.answers && d.reloads != reloads &&
		    d.state != RELOAD_STATE_RUNNING) {
			outcome = d.state == RELOAD_STATE_REFUSED ? CONFED_REFUSED
			                                          : CONFED_TAKEN;
			*other =
			    d.state != RELOAD_STATE_NONE && d.reloads != reloads + 1;
			free(*text);
			*text = plain_text(d.state == RELOAD_STATE_NONE
			        ? "clustersetd was started anew meanwhile, with it"
			        : d.text == NULL ? ""
			                         : d.text,
			    NULL);
		} else {
			cause_set(&why, "%s",
			    d.cause != NULL ? d.cause
			        : heard     ? "it is still being read"
			                    : "it did not hear of it");
		}
		confed_daemon_clear(&d);
		if (outcome == CONFED_UNKNOWN) {
			say_interrupted(cli, &held);
			pause_ms(RELOAD_PAUSE);
		}
	}
	if (outcome == CONFED_UNKNOWN)
		cause_set(text, "no word of it came in time: %s",
		    why == NULL ? "no answer" : why);
	free(why);
	return outcome;
}

enum confed_outcome
confed_reload(struct cli *cli, char **text)
{
	enum confed_outcome outcome;
	bool other;
	int tries = 0;

	do
		outcome = reload_once(cli, &other, text);
	while (other && ++tries < RELOAD_TRIES);
	return outcome;
}

enum { OF_HOME, OF_PRIORITY, OF };

/* Equal as words, or as numbers. */
static bool
same_value(const char *a, const char *b)
{
	char *end, *end2;
	long x = strtol(a, &end, 10), y = strtol(b, &end2, 10);

	return strcmp(a, b) == 0 ||
	    (end != a && *end == '\0' && end2 != b && *end2 == '\0' && x == y);
}

void
confed_tell_overruled(struct cli *cli, const char *vm)
{
	static const char *const words[] = { "home", "priority" };
	struct snmp_instance now[OF] = {
		[OF_HOME] = { .id = csVmHomeClusterName },
		[OF_PRIORITY] = { .id = csVmPriority },
	};
	const msec_t until = clock_ms() + SHOWN_PATIENCE;
	char number[32], *cause = NULL;
	const char *wish, *is;
	uint32_t index;
	bool wait;
	size_t i;

	if ((option_value(cli, "home") == NULL &&
	        option_value(cli, "priority") == NULL) ||
	    names_vm(cli, vm, &index) != 0)
		return;
	for (i = 0; i < OF; i++)
		now[i].index[0] = index;
	do {
		wait = false;
		if (snmp_get(cli->snmp, now, OF, &cause) != SNMP_DONE)
			break;
		for (i = 0; i < OF; i++) {
			wish = option_value(cli, words[i]);
			snprintf(number, sizeof(number), "%" PRId64,
			    (int64_t)now[i].cell.number);
			is = i == OF_PRIORITY ? number : act_text(&now[i]);
			if (wish == NULL || !now[i].cell.there || same_value(wish, is))
				continue;
			wait = clock_ms() < until;
			if (!wait)
				act_warn(cli,
				    "the %s of %s stays %s, which clusterset vm %s "
				    "has set and which stands against the file: "
				    "clusterset vm %s %s %s changes it",
				    words[i], vm, *is == '\0' ? "none" : is, words[i],
				    words[i], vm, wish);
		}
		snmp_free_cells(now, OF);
		if (wait)
			pause_ms(RELOAD_PAUSE);
	} while (wait);
	free(cause);
}
