# tests: units (check), scenarios (pytest against the real thing), benches, fuzzers.
# Each helper program and test adds itself here or in a local.mk of its folder.
EXTRA_DIST += tests/style.sh tests/lsan.supp tests/demo/demo.py tests/demo/fence.py tests/demo/screens.py \
	.ci/run

include tests/scenario/local.mk
include tests/unit/local.mk
include tests/fuzz/local.mk
include tests/explore/local.mk
include tests/clpconf/local.mk
include tests/policy/local.mk
include tests/day/local.mk
