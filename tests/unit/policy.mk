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

# scenes and policies over a set of plain structs
SCENE_WORLD = tests/unit/scene_world.c tests/unit/scene_world.h \
	tests/unit/scene_random.c

UNIT_TESTS += tests/unit/test_scene
tests_unit_test_scene_SOURCES = tests/unit/test_scene.c $(SCENE_WORLD)
tests_unit_test_scene_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_scene_LDADD = $(POLICIES_LIBS) $(CHECK_LIBS)

UNIT_TESTS += tests/unit/test_scene_input
tests_unit_test_scene_input_SOURCES = tests/unit/test_scene_input.c $(SCENE_WORLD)
tests_unit_test_scene_input_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_scene_input_LDADD = $(POLICIES_LIBS) $(CHECK_LIBS)

# the policy in doc/policies.md: what stands there compiles, and does what is said of it
UNIT_TESTS += tests/unit/test_policy_example
tests_unit_test_policy_example_SOURCES = tests/unit/test_policy_example.c
nodist_tests_unit_test_policy_example_SOURCES = tests/unit/policy_example.c
tests_unit_test_policy_example_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_policy_example_LDADD = $(POLICIES_LIBS) $(CHECK_LIBS)
CLEANFILES += tests/unit/policy_example.c
EXTRA_DIST += doc/policies.md
tests/unit/policy_example.c: doc/policies.md
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed -n '/^```c$$/,/^```$$/{/^```/!p;}' \
		$(top_srcdir)/doc/policies.md >$@
UNIT_TESTS += tests/unit/test_policy_random
tests_unit_test_policy_random_SOURCES = tests/unit/test_policy_random.c $(SCENE_WORLD)
tests_unit_test_policy_random_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_policy_random_LDADD = $(POLICIES_LIBS) $(CHECK_LIBS)

UNIT_TESTS += tests/unit/test_policy_loop
tests_unit_test_policy_loop_SOURCES = tests/unit/test_policy_loop.c $(SCENE_WORLD)
tests_unit_test_policy_loop_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_policy_loop_LDADD = $(POLICIES_LIBS) $(CHECK_LIBS)

UNIT_TESTS += tests/unit/test_policy_balance
tests_unit_test_policy_balance_SOURCES = tests/unit/test_policy_balance.c $(SCENE_WORLD)
tests_unit_test_policy_balance_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_policy_balance_LDADD = $(POLICIES_LIBS) $(CHECK_LIBS)

UNIT_TESTS += tests/unit/test_policy_repairs
tests_unit_test_policy_repairs_SOURCES = tests/unit/test_policy_repairs.c $(SCENE_WORLD)
tests_unit_test_policy_repairs_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_policy_repairs_LDADD = $(POLICIES_LIBS) $(CHECK_LIBS)

UNIT_TESTS += tests/unit/test_policy_recover
tests_unit_test_policy_recover_SOURCES = tests/unit/test_policy_recover.c $(SCENE_WORLD)
tests_unit_test_policy_recover_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_policy_recover_LDADD = $(POLICIES_LIBS) $(CHECK_LIBS)
