/*
 * SPDX-License-Identifier: Apache-2.0
 * clpcfdel; see clpcfdel.h.
 */
#include "cli/clpcfdel.h"

int
main(int argc, char **argv)
{
	return clpcfdel_run(argc, argv);
}
