/*
 * SPDX-License-Identifier: Apache-2.0
 * Objects of the MIB as commands. See plain.h.
 */
#include "cli/plain.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { NAME_MAX_SHOWN = 128 };

/* In the order in which they are tried: what begins alike, the longer one first. In the
 * command %v is the VM, %m the move, %c the cluster; in the object # is an index or a
 * number, with its dots. */
static const struct {
	const char *object;
	const char *command;
} words[] = {
	{ "set csVmHold to false", "clusterset vm release %v" },
	{ "write csVmHold false", "clusterset vm release %v" },
	{ "when csVmHold is false", "after clusterset vm release %v" },
	{ "csVmHold was set to false", "its hold was ended" },
	{ "set csVmAdminState to up to start it", "clusterset vm up %v starts it" },
	{ "set csVmAdminState to up", "clusterset vm up %v" },
	{ "set csVmAdminState first",
	    "say what it is to be first, clusterset vm up %v or down" },
	{ "write csVmAdminState up again to start it",
	    "clusterset vm up %v starts it" },
	{ "write csVmAdminState down again to stop it",
	    "clusterset vm down %v stops it" },
	{ "write csVmAdminState up", "clusterset vm up %v" },
	{ "csVmAdminState down", "clusterset vm down %v" },
	{ "(csVmAdminState.#)", "(clusterset vm down %v)" },
	{ "(csVmSiteEvidence.#)", "(clusterset vm show %v)" },
	{ "(csVmSiteBlocked)", "(clusterset vm show %v)" },
	{ "say so by csVmSiteConfirm.# and move it with csMoveForce",
	    "clusterset site confirm %v %c, then clusterset vm move %v --to CLUSTER "
	    "--force" },
	{ "say so by csVmSiteConfirm.#", "clusterset site confirm %v %c" },
	{ "both are switched off: moves.force in the configuration",
	    "both are switched off: clusterset config set moves.force true is a "
	    "decision of your site" },
	{ "or confirm by csVmSiteConfirm that it is stopped there",
	    "or, where it is surely stopped, clusterset site confirm %v %c" },
	{ "csVmSiteConfirm is switched off: moves.force in the configuration",
	    "site confirm is switched off: clusterset config set moves.force true is a "
	    "decision of your site" },
	{ "csMoveForce is switched off: moves.force in the configuration",
	    "force is switched off: clusterset config set moves.force true is a "
	    "decision of your site" },
	{ "csVmRelease is switched off: moves.force in the configuration",
	    "site release is switched off: clusterset config set moves.force true is a "
	    "decision of your site" },
	{ "csVmSiteConfirm", "clusterset site confirm %v %c" },
	{ "set csVmRelease.# to #", "clusterset site release %v" },
	{ "set csVmRelease", "clusterset site release %v" },
	{ "see csVmRelease", "see clusterset site release %v" },
	{ "set csClusterAdminState to active", "clusterset cluster activate %c" },
	{ "see its csClusterStatusText", "see clusterset cluster show %c" },
	{ "see csClusterStatusText", "see clusterset cluster show %c" },
	{ "set csMoveControl to retry", "clusterset move retry %m" },
	{ "wait for it, or set its csMoveControl",
	    "wait for it (clusterset move wait %m), or clusterset move cancel %m" },
	{ "cancel it first, by csMoveControl", "clusterset move cancel %m first" },
	{ "give the move up by csMoveControl cancel",
	    "give the move up: clusterset move cancel %m" },
	{ "wait for their csMoveControl", "wait for clusterset move retry or cancel" },
	{ "until csSetAdopt is set to #", "until clusterset adopt" },
	{ "set csSetAdopt to #", "clusterset adopt" },
	{ "see csSetAdopt", "see clusterset adopt" },
	{ "read csDiskEpoch again", "see clusterset disk list" },
	{ "see csVmSiteTable", "see clusterset vm show %v" },
	{ "see csVmStatusText", "see clusterset vm where %v" },
	{ "see csVmTable", "see clusterset vm list" },
	{ "see csDiskTable", "see clusterset disk list" },
	{ "see csNodeTable", "see clusterset node list" },
	{ "see csClusterTable", "see clusterset cluster list" },
	{ "see csMoveTable", "see clusterset move list" },
};
enum { WORDS = sizeof(words) / sizeof(words[0]) };

/* How long `pattern` is at the beginning of `text`, 0 when it is not there. */
static size_t
match(const char *text, const char *pattern)
{
	const char *at = text;

	for (; *pattern; pattern++) {
		if (*pattern != '#') {
			if (*at++ != *pattern)
				return 0;
			continue;
		}
		if (!isdigit((unsigned char)*at))
			return 0;
		while (isdigit((unsigned char)*at) ||
		    (*at == '.' && isdigit((unsigned char)at[1])))
			at++;
	}
	/* whole words only */
	return isalnum((unsigned char)*at) ? 0 : (size_t)(at - text);
}

/* A name after a word ("vm web1: ..."), as far as a shell takes it without quotes. */
static bool
name_after(const char *text, const char *word, bool slash, char *name)
{
	const char *at = text, *begin;
	size_t len;

	while ((at = strstr(at, word))) {
		begin = at + strlen(word);
		len = 0;
		while (isalnum((unsigned char)begin[len]) ||
		    (begin[len] && strchr("_-.@+/", begin[len])))
			len++;
		if (len && begin[len - 1] == '.')
			len--;
		if ((at == text || at[-1] == ' ') && len && len < NAME_MAX_SHOWN &&
		    (memchr(begin, '/', len) != NULL) == slash) {
			snprintf(name, NAME_MAX_SHOWN, "%.*s", (int)len, begin);
			return true;
		}
		at = begin;
	}
	return false;
}

/* The cluster that was named last before `end`: texts name several. */
static bool
cluster_before(const char *text, const char *end, char *name)
{
	const char *at, *word = "cluster ";
	bool found = false;

	for (at = text; (at = strstr(at, word)) && at < end; at++)
		found = name_after(at, word, false, name) || found;
	return found;
}

static const char *
name_of(const char *text, const char *word, bool slash, const char *otherwise,
    const char *placeholder, char *name)
{
	if (name_after(text, word, slash, name))
		return name;
	return otherwise && *otherwise ? otherwise : placeholder;
}

static void
put(FILE *f, const char *command, const char *text, const char *at,
    const struct plain *about)
{
	char name[NAME_MAX_SHOWN];

	for (; *command; command++) {
		if (*command != '%') {
			fputc(*command, f);
			continue;
		}
		switch (*++command) {
		case 'v':
			fputs(name_of(text, "vm ", false, about ? about->vm : NULL,
			          "VM", name),
			    f);
			break;
		case 'm':
			fputs(name_of(text, "move ", true, about ? about->move : NULL,
			          "MOVE", name),
			    f);
			break;
		default:
			if (cluster_before(text, at, name)) {
				fputs(name, f);
				break;
			}
			fputs(name_of(text, "cluster ", false,
			          about ? about->cluster : NULL, "CLUSTER", name),
			    f);
		}
	}
}

char *
plain_text(const char *text, const struct plain *about)
{
	char *plain = NULL;
	const char *at = text;
	size_t len, size, i;
	FILE *f;

	if (!strstr(text, "cs")) /* nearly every one */
		return xstrdup(text);
	f = open_memstream(&plain, &size);
	while (*at) {
		bool begins = at == text || !isalnum((unsigned char)at[-1]);

		for (i = 0, len = 0; begins && i < WORDS && !len; i++)
			len = match(at, words[i].object);
		if (len) {
			put(f, words[i - 1].command, text, at, about);
			at += len;
		} else
			fputc(*at++, f);
	}
	fclose(f);
	return plain;
}

char *
plain_about(const char *text, const char *kind, const char *name)
{
	struct plain about = { 0 };

	if (strcmp(kind, "vm") == 0)
		about.vm = name;
	else if (strcmp(kind, "move") == 0)
		about.move = name;
	else if (strcmp(kind, "cluster") == 0)
		about.cluster = name;
	return plain_text(text, &about);
}
