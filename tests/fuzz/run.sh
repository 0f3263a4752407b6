#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzz target for $SECONDS each, from `make fuzz`; $FUZZ_SECONDS_NAME is the time
# of the target NAME alone.
#
# run.sh TOP_SRCDIR TARGET...; seeds come from tests/fuzz/corpus, what is learnt stays in
# fuzz-corpus/ of the build, what crashes in fuzz-crashes/. The last line is
# `fuzz targets=N crashes=N`.
top=$1
shift
seconds=${FUZZ_SECONDS:-60}
targets=0 crashes=0
LSAN_OPTIONS=suppressions=$top/tests/lsan.supp:print_suppressions=0
export LSAN_OPTIONS
for t; do
	name=${t##*/}
	mkdir -p "fuzz-corpus/$name" fuzz-crashes
	dictionary=$top/tests/fuzz/${name%%_*}.dict
	# libconfig loses memory at each syntax error; to look for it each time would leave
	# no time for anything else (tests/unit looks for our own leaks)
	leaks=1
	case $name in config*) leaks=0 ;; esac
	eval "time=\${FUZZ_SECONDS_$name:-$seconds}"
	echo "$name: $time s"
	# shellcheck disable=SC2154 # eval sets it
	if "./$t" -max_total_time="$time" -max_len=16384 -timeout=10 -rss_limit_mb=1024 \
	    -detect_leaks=$leaks -print_final_stats=1 \
	    -artifact_prefix="fuzz-crashes/$name-" \
	    ${dictionary:+-dict="$dictionary"} \
	    "fuzz-corpus/$name" "$top/tests/fuzz/corpus/$name" >"fuzz-$name.log" 2>&1; then
		sed -n 's/^stat::number_of_executed_units: */  inputs: /p' "fuzz-$name.log"
	else
		crashes=$((crashes + 1))
		tail -n 40 "fuzz-$name.log" | sed 's/^/  | /'
	fi
	targets=$((targets + 1))
done
echo "fuzz targets=$targets crashes=$crashes"
test $crashes -eq 0
