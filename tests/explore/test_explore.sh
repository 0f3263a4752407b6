#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A short exploration of the move engine finds nothing, and a seeded fault is found.
# Speaks TAP; `make explore` and `make mutants` are the long forms.
dir=${top_builddir:-.}/tests/explore
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

# ok NUMBER WORDS COMMAND...
ok()
{
	number=$1 words=$2
	shift 2
	if "$@" >"$log" 2>&1; then
		echo "ok $number - $words"
	else
		sed 's/^/# /' "$log"
		echo "not ok $number - $words"
	fi
}

echo 1..3
ok 1 "explore, scope tiny" "$dir/explore" -s tiny
ok 2 "mutant: a round proves for ever" "$dir/mutants" -m "a round proves for ever"
ok 3 "mutant: disks need not pass at all" "$dir/mutants" -m "disks need not pass"
