# tests of move/
UNIT_TESTS += tests/unit/test_move_step
tests_unit_test_move_step_SOURCES = tests/unit/test_move_step.c \
	tests/unit/move_world.c tests/unit/move_world.h
tests_unit_test_move_step_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_move_step_LDADD = libmove.a libset.a libbase.a $(CHECK_LIBS)

UNIT_TESTS += tests/unit/test_move_owed
tests_unit_test_move_owed_SOURCES = tests/unit/test_move_owed.c \
	tests/unit/move_world.c tests/unit/move_world.h
tests_unit_test_move_owed_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_move_owed_LDADD = libmove.a libset.a libbase.a $(CHECK_LIBS)

# over the real model
check_LIBRARIES += libmovesfixture.a
libmovesfixture_a_SOURCES = tests/unit/moves_fixture.c tests/unit/moves_fixture.h
libmovesfixture_a_CFLAGS = $(UNIT_CFLAGS)
MOVES_TEST_LIBS = libmovesfixture.a libmodelfixture.a libmove.a libset.a libbase.a \
	$(JANSSON_LIBS) $(CHECK_LIBS)

UNIT_TESTS += tests/unit/test_moves
tests_unit_test_moves_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_moves_LDADD = $(MOVES_TEST_LIBS)

UNIT_TESTS += tests/unit/test_moves_admit
tests_unit_test_moves_admit_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_moves_admit_LDADD = $(MOVES_TEST_LIBS)

UNIT_TESTS += tests/unit/test_moves_reload
tests_unit_test_moves_reload_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_moves_reload_LDADD = $(MOVES_TEST_LIBS)

UNIT_TESTS += tests/unit/test_moves_restart
tests_unit_test_moves_restart_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_moves_restart_LDADD = $(MOVES_TEST_LIBS)

UNIT_TESTS += tests/unit/test_moves_queue
tests_unit_test_moves_queue_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_moves_queue_LDADD = $(MOVES_TEST_LIBS)

UNIT_TESTS += tests/unit/test_moves_release
tests_unit_test_moves_release_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_moves_release_LDADD = $(MOVES_TEST_LIBS)

UNIT_TESTS += tests/unit/test_moves_intent
tests_unit_test_moves_intent_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_moves_intent_LDADD = $(MOVES_TEST_LIBS)

UNIT_TESTS += tests/unit/test_moves_recover
tests_unit_test_moves_recover_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_moves_recover_LDADD = $(MOVES_TEST_LIBS)
