# the engine of policies over the real model and moves; its policies are scripts
check_LIBRARIES += libenginefixture.a
libenginefixture_a_SOURCES = tests/unit/engine_fixture.c tests/unit/engine_fixture.h
libenginefixture_a_CFLAGS = $(UNIT_CFLAGS)
ENGINE_TEST_LIBS = libenginefixture.a libmovesfixture.a libmodelfixture.a \
	$(POLICIES_LIBS) $(CHECK_LIBS)

UNIT_TESTS += tests/unit/test_engine
tests_unit_test_engine_SOURCES = tests/unit/test_engine.c
tests_unit_test_engine_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_engine_LDADD = $(ENGINE_TEST_LIBS)

UNIT_TESTS += tests/unit/test_engine_kept
tests_unit_test_engine_kept_SOURCES = tests/unit/test_engine_kept.c
tests_unit_test_engine_kept_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_engine_kept_LDADD = $(ENGINE_TEST_LIBS)
