# unit and property tests of the planner
UNIT_TESTS += tests/unit/test_plan_random
tests_unit_test_plan_random_SOURCES = tests/unit/test_plan_random.c
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
