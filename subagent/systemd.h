/*
 * SPDX-License-Identifier: Apache-2.0
 * sd_notify(3) and friends where there is systemd, nothing where there is not.
 * Include config.h first.
 */
#ifndef SUBAGENT_SYSTEMD_H
#define SUBAGENT_SYSTEMD_H

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#else
#define sd_notify(unset, state)          ((void)(unset), (void)(state))
#define sd_watchdog_enabled(unset, usec) (0)
#endif

#endif
