# tests: units (check), scenarios (pytest against the real thing), benches, fuzzers.
# Each helper program and test adds itself here or in a local.mk of its folder.
include tests/scenario/local.mk
