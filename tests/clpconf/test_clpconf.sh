#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Deleting from every clp.conf we have keeps its properties. Speaks TAP; `make
# check-clpconf DIR=folder` is the long form, over a folder of yours.
property=${top_builddir:-.}/tests/clpconf/property
data=${top_srcdir:-.}/tests/clpconf/data
samples=${top_srcdir:-.}/../shared/samples/clpconf
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
log=$tmp/log

# run NUMBER WORDS DIR
run()
{
	if "$property" -r 4 "$3" >"$log" 2>&1; then
		echo "ok $1 - $2: $(tail -n 1 "$log")"
	else
		sed 's/^/# /' "$log"
		echo "not ok $1 - $2"
	fi
}

echo 1..3
run 1 "our own files" "$data"
if test -d "$samples"; then
	run 2 "samples of real clusters" "$samples"
else
	echo "ok 2 - samples of real clusters # SKIP there is no $samples"
fi

generate=${top_srcdir:-.}/tests/clpconf/generate.py
if ${PYTEST_PYTHON:-python3} -B "$generate" "$tmp/random" 100 103 2>"$log"; then
	run 3 "random ones" "$tmp/random"
else
	echo "ok 3 - random ones # SKIP $(tail -n 1 "$log")"
fi
