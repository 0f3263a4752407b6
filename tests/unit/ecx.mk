# tests of ecx/: units, and a probe that drives the poller for the scenarios
ECX_TEST_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS) \
	$(CHECK_CFLAGS)
ECX_TEST_LIBS = libecx.a libset.a libbase.a $(EVENT_LIBS) $(CURL_LIBS) $(JANSSON_LIBS)

ECX_UNITS = tests/unit/test_ecx_decode tests/unit/test_ecx_http tests/unit/test_ecx_parts
check_PROGRAMS += tests/unit/ecxprobe $(ECX_UNITS)
TESTS += $(ECX_UNITS)

tests_unit_ecxprobe_SOURCES = tests/unit/ecxprobe.c
tests_unit_ecxprobe_CFLAGS = $(ECX_TEST_CFLAGS)
tests_unit_ecxprobe_LDADD = $(ECX_TEST_LIBS)
tests_unit_test_ecx_decode_SOURCES = tests/unit/test_ecx_decode.c
tests_unit_test_ecx_decode_CFLAGS = $(ECX_TEST_CFLAGS)
tests_unit_test_ecx_decode_LDADD = $(ECX_TEST_LIBS) $(CHECK_LIBS)
tests_unit_test_ecx_http_SOURCES = tests/unit/test_ecx_http.c
tests_unit_test_ecx_http_CFLAGS = $(ECX_TEST_CFLAGS)
tests_unit_test_ecx_http_LDADD = $(ECX_TEST_LIBS) $(CHECK_LIBS)
tests_unit_test_ecx_parts_SOURCES = tests/unit/test_ecx_parts.c
tests_unit_test_ecx_parts_CFLAGS = $(ECX_TEST_CFLAGS)
tests_unit_test_ecx_parts_LDADD = $(ECX_TEST_LIBS) $(CHECK_LIBS)

ECX_SCENARIOS = tests/scenario/test_ecx_command.py tests/scenario/test_ecx_poller.py \
	tests/scenario/test_ecx_sim.py
TESTS += $(ECX_SCENARIOS)
EXTRA_DIST += $(ECX_SCENARIOS) tests/scenario/stranger.py
