#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Deleting from every clp.conf we have keeps its properties. Speaks TAP; `make
# check-clpconf DIR=folder` is the long form, over a folder of yours.
property=${top_builddir:-.}/tests/clpconf/property
data=${top_srcdir:-.}/tests/clpconf/data
samples=${top_srcdir:-.}/../shared/samples/clpconf
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

# run NUMBER WORDS DIR
run()
{
	if "$property" -r 6 "$3" >"$log" 2>&1; then
		echo "ok $1 - $2: $(tail -n 1 "$log")"
	else
		sed 's/^/# /' "$log"
		echo "not ok $1 - $2"
	fi
}

echo 1..2
run 1 "our own files" "$data"
if test -d "$samples"; then
	run 2 "samples of real clusters" "$samples"
else
	echo "ok 2 - samples of real clusters # SKIP there is no $samples"
fi
