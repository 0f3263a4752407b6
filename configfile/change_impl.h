/*
 * SPDX-License-Identifier: Apache-2.0
 * What change.c and change_refer.c share; nobody else includes this.
 */
#ifndef CONFIGFILE_CHANGE_IMPL_H
#define CONFIGFILE_CHANGE_IMPL_H

#include <jansson.h>

/* By which option an entry of the section goes, and what one is in words. */
const char *change_key(const char *section);
const char *change_what(const char *section);
/* Takes an entry out, whatever refers to it. */
void change_drop(json_t *tree, const char *section, const char *name);
/* Lists the fault domains that are used, but for `but`; says so. */
void change_list_domains(json_t *tree, json_t *list, const char *but, json_t *notes);

#endif
