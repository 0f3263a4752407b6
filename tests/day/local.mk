# make day: a day of a simulated set at 200 times the speed, without and with balance
# (14 minutes). HOURS=N plays less of it; OPTIONS are day.py's. It writes doc/day.svg.
HOURS = 24
EXTRA_DIST += tests/day/day.py tests/day/metrics.py tests/scenario/test_day.py doc/day.svg
TESTS += tests/scenario/test_day.py
.PHONY: day
day: $(sbin_PROGRAMS) tests/ecxsim/ecxsim$(EXEEXT)
	@top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
		SNMPD='$(SNMPD)' MIB_ROOT='$(MIB_ROOT)' \
		$(PYTEST_PYTHON) -B $(top_srcdir)/tests/day/day.py --hours '$(HOURS)' \
		--svg $(abs_top_srcdir)/doc/day.svg $(OPTIONS)
