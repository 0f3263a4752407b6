# tests/chaos: the real daemon and snmpd under random faults and kill -9; see chaos.py.
#
#	make chaos [SEED=n] [MINUTES=m]
CHAOS_FILES = \
	tests/chaos/README.md \
	tests/chaos/chaos.py \
	tests/chaos/driver.py \
	tests/chaos/faults.py \
	tests/chaos/people.py \
	tests/chaos/verdict.py \
	tests/chaos/watch.py \
	tests/chaos/world.py
EXTRA_DIST += $(CHAOS_FILES)

.PHONY: chaos
chaos: $(sbin_PROGRAMS) tests/ecxsim/ecxsim
	@top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
	SNMPD='$(SNMPD)' SNMPTRAPD='$(SNMPTRAPD)' MIB_ROOT='$(MIB_ROOT)' \
	SEED='$(SEED)' MINUTES='$(MINUTES)' \
	$(PYTEST_PYTHON) -B $(top_srcdir)/tests/chaos/chaos.py

CHAOS_TESTS = tests/chaos/test_judge.py tests/chaos/test_old_copy.py \
	tests/chaos/test_old_script.py tests/chaos/test_two_daemons.py
TESTS += $(CHAOS_TESTS)
EXTRA_DIST += $(CHAOS_TESTS) tests/chaos/conftest.py
