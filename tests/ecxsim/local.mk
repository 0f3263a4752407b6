# ecxsim: the simulator that tests, demo and benchmarks run against
noinst_LIBRARIES += libecxsim.a
libecxsim_a_SOURCES = \
	tests/ecxsim/activity.c \
	tests/ecxsim/actions.c tests/ecxsim/actions.h \
	tests/ecxsim/api.h tests/ecxsim/api_get.c tests/ecxsim/api_path.c \
	tests/ecxsim/api_post.c \
	tests/ecxsim/auth.c tests/ecxsim/auth.h \
	tests/ecxsim/command.c \
	tests/ecxsim/config.c tests/ecxsim/config.h tests/ecxsim/generate.c \
	tests/ecxsim/control.c tests/ecxsim/control.h tests/ecxsim/state.c \
	tests/ecxsim/wait.c \
	tests/ecxsim/fault.c tests/ecxsim/fault.h \
	tests/ecxsim/http.c tests/ecxsim/http.h tests/ecxsim/http_int.h \
	tests/ecxsim/spoil.c \
	tests/ecxsim/load.c tests/ecxsim/load.h \
	tests/ecxsim/machine.c tests/ecxsim/machine.h \
	tests/ecxsim/model.c tests/ecxsim/model.h \
	tests/ecxsim/monitor.c tests/ecxsim/monitor.h \
	tests/ecxsim/oracle.c tests/ecxsim/oracle.h \
	tests/ecxsim/reqlog.c tests/ecxsim/reqlog.h \
	tests/ecxsim/scenario.c \
	tests/ecxsim/sched.c tests/ecxsim/sched.h \
	tests/ecxsim/server.c tests/ecxsim/server.h tests/ecxsim/whole.c \
	tests/ecxsim/tls.c tests/ecxsim/tls.h
libecxsim_a_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS) $(EVSSL_CFLAGS) $(JANSSON_CFLAGS)
ECXSIM_LIBS = libecxsim.a libbase.a $(EVSSL_LIBS) $(EVENT_LIBS) $(JANSSON_LIBS)

noinst_PROGRAMS += tests/ecxsim/ecxsim
tests_ecxsim_ecxsim_SOURCES = tests/ecxsim/main.c
tests_ecxsim_ecxsim_CFLAGS = $(libecxsim_a_CFLAGS)
tests_ecxsim_ecxsim_LDADD = $(ECXSIM_LIBS)

EXTRA_DIST += tests/ecxsim/README.md

ECXSIM_TESTS = tests/unit/test_ecxsim_chaos tests/unit/test_ecxsim_machine \
	tests/unit/test_ecxsim_trouble \
	 tests/unit/test_ecxsim_oracle
check_PROGRAMS += $(ECXSIM_TESTS)
TESTS += $(ECXSIM_TESTS)
ECXSIM_TEST_UTIL = tests/unit/test_ecxsim_util.c tests/unit/test_ecxsim_util.h
tests_unit_test_ecxsim_chaos_SOURCES = tests/unit/test_ecxsim_chaos.c \
	$(ECXSIM_TEST_UTIL)
tests_unit_test_ecxsim_chaos_CFLAGS = $(libecxsim_a_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_ecxsim_chaos_LDADD = $(ECXSIM_LIBS) $(CHECK_LIBS)
tests_unit_test_ecxsim_machine_SOURCES = tests/unit/test_ecxsim_machine.c \
	$(ECXSIM_TEST_UTIL)
tests_unit_test_ecxsim_machine_CFLAGS = $(libecxsim_a_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_ecxsim_machine_LDADD = $(ECXSIM_LIBS) $(CHECK_LIBS)
tests_unit_test_ecxsim_trouble_SOURCES = tests/unit/test_ecxsim_trouble.c \
	$(ECXSIM_TEST_UTIL)
tests_unit_test_ecxsim_trouble_CFLAGS = $(libecxsim_a_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_ecxsim_trouble_LDADD = $(ECXSIM_LIBS) $(CHECK_LIBS)
tests_unit_test_ecxsim_oracle_SOURCES = tests/unit/test_ecxsim_oracle.c \
	$(ECXSIM_TEST_UTIL)
tests_unit_test_ecxsim_oracle_CFLAGS = $(libecxsim_a_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_ecxsim_oracle_LDADD = $(ECXSIM_LIBS) $(CHECK_LIBS)

ECXSIM_SCENARIOS = tests/scenario/test_ecxsim_api.py tests/scenario/test_ecxsim_faults.py
TESTS += $(ECXSIM_SCENARIOS)
EXTRA_DIST += $(ECXSIM_SCENARIOS) \
	tests/scenario/ecxsim_clients.py tests/scenario/ecxsim_world.py
