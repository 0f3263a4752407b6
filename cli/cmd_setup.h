/*
 * SPDX-License-Identifier: Apache-2.0
 * What the parts of `clusterset setup` share: cmd_setup.c has the questions and the
 * configuration, setup_account.c the accounts and their files. Nobody else includes it.
 */
#ifndef CLI_CMD_SETUP_H
#define CLI_CMD_SETUP_H

#include <jansson.h>

#include "cli/confed.h"
#include "cli/setup_ask.h"

enum { MADE_MAX = 256 };

struct setup {
	struct cli *cli;
	bool ask; /* somebody is there to be asked */
	char *file, *dir; /* the latter with a slash at its end */
	struct edit *edit;
	char *made[MADE_MAX]; /* files of accounts */
	size_t nmade, nclusters;
};

/* There are no more answers: says so, and gives the exit code. */
int setup_broken_off(struct setup *s);
/* What was typed is wrong: said, and asked again. */
void setup_say_again(const char *what, const char *why);
/* "CLUSTER=VALUE" among the values of an option: VALUE, borrowed; or NULL. */
const char *setup_value_for(
    const struct cli *cli, const char *option, const char *cluster);

/* The account of a cluster, from options, a file that is there, or answers, and its
 * file, into the entry. The exit code. */
int setup_account(struct setup *s, json_t *entry, const char *cluster);
/* Where that file is; the caller frees. */
char *setup_credentials_path(const struct setup *s, const char *cluster);

#endif
