/*
 * SPDX-License-Identifier: Apache-2.0
 * A tree of things with states and loads, drawn for a terminal.
 *
 * Made by `clusterset tree`; knows nothing of clusters.
 */
#ifndef CLI_BRANCH_H
#define CLI_BRANCH_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/out.h"

struct branch {
	char *name;
	enum out_tone tone; /* of the name */
	const char *state; /* a word of the MIB, or NULL; lives longer than the tree */
	char *note; /* or NULL */
	enum out_tone note_tone;
	bool loads; /* has the two below: per mille, -1 when not known */
	int cpu;
	int memory;
	struct branch **child;
	size_t n;
	size_t size;
};

/* A branch beneath `parent` (NULL: a root). Name and note are taken over. */
struct branch *branch_new(struct branch *parent, char *name, const char *state);
/* Puts a root beneath another branch. */
void branch_adopt(struct branch *parent, struct branch *child);
/* Adds to the note, with a comma between; in the more urgent of the tones. */
void branch_note(struct branch *b, enum out_tone tone, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void branch_free(struct branch *b);

/* Draws it. Nothing is wider than the screen. */
void branch_print(struct out *o, const struct branch *root);

#endif
