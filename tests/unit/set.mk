# tests of set/: the model and what it is made of
SET_TEST_CFLAGS = $(UNIT_CFLAGS)
SET_TEST_LIBS = libmodelfixture.a libset.a libbase.a $(CHECK_LIBS)

check_LIBRARIES = libmodelfixture.a
libmodelfixture_a_SOURCES = tests/unit/model_fixture.c tests/unit/model_fixture.h \
	tests/unit/model_text.c
libmodelfixture_a_CFLAGS = $(UNIT_CFLAGS)

UNIT_TESTS += tests/unit/test_set_table
tests_unit_test_set_table_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_table_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_set_observation
tests_unit_test_set_observation_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_observation_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_set_evidence
tests_unit_test_set_evidence_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_evidence_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_set_place
tests_unit_test_set_place_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_place_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_set_identity
tests_unit_test_set_identity_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_identity_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_set_owner
tests_unit_test_set_owner_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_owner_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_set_reload
tests_unit_test_set_reload_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_reload_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_set_alarm
tests_unit_test_set_alarm_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_alarm_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_set_intent
tests_unit_test_set_intent_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_intent_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_set_spread
tests_unit_test_set_spread_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_spread_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_set_daemon
tests_unit_test_set_daemon_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_daemon_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_set_record
tests_unit_test_set_record_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_record_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_set_pattern
tests_unit_test_set_pattern_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_pattern_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_set_words
tests_unit_test_set_words_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_words_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_set_moving
tests_unit_test_set_moving_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_moving_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_set_outside
tests_unit_test_set_outside_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_outside_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_set_fits
tests_unit_test_set_fits_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_fits_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_set_release
tests_unit_test_set_release_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_release_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_windows
tests_unit_test_windows_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_windows_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_set_load
tests_unit_test_set_load_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_load_LDADD = $(SET_TEST_LIBS)

UNIT_TESTS += tests/unit/test_set_load_vm
tests_unit_test_set_load_vm_CFLAGS = $(SET_TEST_CFLAGS)
tests_unit_test_set_load_vm_LDADD = $(SET_TEST_LIBS)
