/*
 * SPDX-License-Identifier: Apache-2.0
 * clusterset: a cluster set from the command line. All of it is in libcli.
 */
#include "cli/command.h"

int
main(int argc, char **argv)
{
	return cli_main(argc, argv);
}
