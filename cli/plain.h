/*
 * SPDX-License-Identifier: Apache-2.0
 * What the agent says, in words of this program.
 *
 * clustersetd speaks to every manager, so its refusals and texts name objects of the
 * MIB. Called by commands before they show such a text to a person; documents for
 * programs keep it as it is. Prints nothing.
 */
#ifndef CLI_PLAIN_H
#define CLI_PLAIN_H

/* Whom a text is about, where it does not say so itself; NULL: not known. */
struct plain {
	const char *vm;
	const char *move; /* "OWNER/INDEX" */
	const char *cluster;
};

/*
 * The text with the command of clusterset wherever it names the object behind one
 * ("set csVmHold to false": "clusterset vm release web1"). The names are those that the
 * text gives, then those of `about` (NULL: none), then VM, MOVE and CLUSTER. What is
 * not known here stays. The caller frees.
 */
char *plain_text(const char *text, const struct plain *about);

/* The same for the text of an alarm or event, about an object of this kind
 * (ClusterSetObjectKind's word) and name. The caller frees. */
char *plain_about(const char *text, const char *kind, const char *name);

#endif
