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
