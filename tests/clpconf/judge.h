/*
 * SPDX-License-Identifier: Apache-2.0
 * An opinion of its own on a clp.conf after a deletion, for property.c and the fuzzer.
 */
#ifndef TESTS_CLPCONF_JUDGE_H
#define TESTS_CLPCONF_JUDGE_H

#include "ecx/clpconf_edit.h"

/* NULL, or what is wrong; the caller frees. */

/* References and counts, by XPath over libxml2's tree. */
char *judge_xml(const char *bytes, size_t len);
/* The same, by the code that is judged: for inputs that XPath knows too little of. */
char *judge_holds(const char *bytes, size_t len);
/* Lines of the new text are those of the old one, in order, but for those that hold
 * one of the values that a deletion changes. */
char *judge_lines(const char *old, size_t old_len, const char *new, size_t new_len);
/* What was asked for is not there any more. */
char *judge_gone(const char *bytes, size_t len, const struct clpconf_request *q);

#endif
