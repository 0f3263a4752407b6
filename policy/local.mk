# policy: the planner. Pure functions and two readers; no daemon, no SNMP, no model.
noinst_LIBRARIES += libpolicy.a
# a try of a move is a handful of square roots: one instruction each without errno
libpolicy_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) -fno-math-errno -fno-trapping-math
libpolicy_a_SOURCES = \
	policy/plan.c policy/plan.h policy/plan_impl.h \
	policy/plan_file.h \
	policy/plan_ganeti.c \
	policy/plan_index.c policy/plan_index.h \
	policy/plan_input.c \
	policy/plan_json.c policy/plan_json.h \
	policy/plan_json_line.c \
	policy/plan_kick.c \
	policy/plan_order.c \
	policy/plan_repair.c \
	policy/plan_rules.c \
	policy/plan_score.c \
	policy/plan_search.c policy/plan_search.h \
	policy/plan_state.c \
	policy/plan_swap.c \
	policy/plan_wave.c \
	policy/plan_where.c \
	policy/plan_why.c \
	policy/plan_words.c
POLICY_LIBS = libpolicy.a libbase.a $(JANSSON_LIBS) -lm

# clusterset-plan: the planner on a file
noinst_LIBRARIES += libplantool.a
libplantool_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
libplantool_a_SOURCES = policy/report.c policy/tool.c policy/tool.h \
	policy/tool_options.c policy/tool_options.h
bin_PROGRAMS += clusterset-plan
clusterset_plan_SOURCES = policy/main.c
clusterset_plan_LDADD = libplantool.a $(POLICY_LIBS)

# policies: scenes of the model's generations, and what is to be done about them
noinst_LIBRARIES += libpolicies.a
libpolicies_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
libpolicies_a_SOURCES = \
	policy/balance.c \
	policy/engine.c policy/engine.h policy/engine_impl.h \
	policy/engine_alarm.c \
	policy/engine_facts.c \
	policy/engine_found.c \
	policy/engine_job.c \
	policy/engine_kept.c \
	policy/engine_limit.c \
	policy/engine_order.c \
	policy/engine_plan.c \
	policy/engine_turn.c \
	policy/evacuate.c \
	policy/finding.c \
	policy/home.c \
	policy/look.c policy/look.h \
	policy/look_return.c \
	policy/look_standing.c \
	policy/place.c \
	policy/policy.h \
	policy/recover.c \
	policy/scene.c policy/scene.h policy/scene_impl.h \
	policy/scene_input.c \
	policy/scene_moves.c \
	policy/scene_unrest.c \
	policy/spread.c \
	policy/table.c
POLICIES_LIBS = libpolicies.a libmove.a libset.a $(POLICY_LIBS)
