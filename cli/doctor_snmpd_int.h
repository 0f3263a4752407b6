/*
 * SPDX-License-Identifier: Apache-2.0
 * What doctor_snmpd.c (lines) and doctor_vacm.c (rights) share; nobody else includes
 * it.
 */
#ifndef CLI_DOCTOR_SNMPD_INT_H
#define CLI_DOCTOR_SNMPD_INT_H

#include "cli/doctor_snmpd.h"

/* A line of access control; others are left alone. */
void snmpd_take_right(
    struct snmpd_conf *c, char *const *w, size_t n, const char *file, unsigned line);
/* com2sec, group and access lines, all of them known now, become rights. */
void snmpd_join_rights(struct snmpd_conf *c);
/* Is the source of a community only this host? */
bool snmpd_source_is_local(const char *source);

#endif
