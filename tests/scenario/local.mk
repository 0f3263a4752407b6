# tests/scenario: pytest files, each a test program of its own that speaks TAP (run.py).
# A new one adds its name here.
SCENARIOS = \
	tests/scenario/test_harness.py \
	tests/scenario/test_mib.py \
	tests/scenario/test_mib_columns.py
TESTS += $(SCENARIOS)
EXTRA_DIST += $(SCENARIOS) \
	tests/scenario/conftest.py \
	tests/scenario/mib_numbers.txt \
	tests/scenario/mibfile.py \
	tests/scenario/run.py \
	tests/scenario/harness/__init__.py \
	tests/scenario/harness/agents.py \
	tests/scenario/harness/clock.py \
	tests/scenario/harness/config.py \
	tests/scenario/harness/daemon.py \
	tests/scenario/harness/ecxsim.py \
	tests/scenario/harness/fixtures.py \
	tests/scenario/harness/labs.py \
	tests/scenario/harness/mib.py \
	tests/scenario/harness/ports.py \
	tests/scenario/harness/proc.py \
	tests/scenario/harness/snmp.py \
	tests/scenario/harness/tap.py \
	tests/scenario/harness/worlds.py
