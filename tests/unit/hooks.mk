# tests of hooks/: programs that clustersetd calls
UNIT_TESTS += tests/unit/test_run
tests_unit_test_run_CFLAGS = $(UNIT_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_run_LDADD = libhooks.a libbase.a $(EVENT_LIBS) $(CHECK_LIBS)
