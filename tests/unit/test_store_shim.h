/*
 * SPDX-License-Identifier: Apache-2.0
 * A layer over SQLite's own VFS that fails writes and fsyncs on demand: a broken disk.
 */
#ifndef TESTS_UNIT_TEST_STORE_SHIM_H
#define TESTS_UNIT_TEST_STORE_SHIM_H

#include <stdatomic.h>

extern atomic_int fail_writes; /* so many writes from now on fail; -1: all */
extern atomic_int write_error; /* with this code of SQLite's */
extern atomic_int fail_syncs;
extern atomic_int sync_thread; /* id of the thread that called fsync last */

/* Makes it the default VFS of this program; once, before the first store. */
void shim_install(void);

#endif
