# unit and property tests of the planner
UNIT_TESTS += tests/unit/test_plan_random
plan_sets = tests/unit/plan_sets.c tests/unit/plan_sets.h
tests_unit_test_plan_random_SOURCES = tests/unit/test_plan_random.c $(plan_sets)
tests_unit_test_plan_random_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_plan_random_LDADD = $(POLICY_LIBS) $(CHECK_LIBS)

UNIT_TESTS += tests/unit/test_plan
tests_unit_test_plan_SOURCES = tests/unit/test_plan.c
tests_unit_test_plan_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_plan_LDADD = $(tests_unit_test_plan_random_LDADD)

UNIT_TESTS += tests/unit/test_plan_file
tests_unit_test_plan_file_SOURCES = tests/unit/test_plan_file.c
tests_unit_test_plan_file_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_plan_file_LDADD = $(tests_unit_test_plan_random_LDADD)

UNIT_TESTS += tests/unit/test_plan_where
tests_unit_test_plan_where_SOURCES = tests/unit/test_plan_where.c $(plan_sets)
tests_unit_test_plan_where_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_plan_where_LDADD = $(tests_unit_test_plan_random_LDADD)
