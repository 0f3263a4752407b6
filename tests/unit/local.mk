# Unit tests (check), one program a subject; each stands in TESTS and prints TAP.
UNIT_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
UNIT_TESTS =
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)

UNIT_TESTS += tests/unit/test_store
tests_unit_test_store_SOURCES = tests/unit/test_store.c \
	tests/unit/test_store_util.c tests/unit/test_store_util.h
tests_unit_test_store_CFLAGS = $(UNIT_CFLAGS) $(EVENT_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_test_store_LDADD = libsubagent.a libbase.a \
	$(EVENT_LIBS) $(SQLITE_LIBS) $(CHECK_LIBS)

UNIT_TESTS += tests/unit/test_persist
tests_unit_test_persist_SOURCES = tests/unit/test_persist.c \
	tests/unit/test_store_util.c tests/unit/test_store_util.h
tests_unit_test_persist_CFLAGS = $(tests_unit_test_store_CFLAGS)
tests_unit_test_persist_LDADD = libsubagent.a libpolicies.a libpolicy.a libmove.a libset.a libbase.a $(JANSSON_LIBS) \
	$(EVENT_LIBS) $(SQLITE_LIBS) $(CHECK_LIBS)

UNIT_TESTS += tests/unit/test_store_faults
tests_unit_test_store_faults_SOURCES = tests/unit/test_store_faults.c \
	tests/unit/test_store_shim.c tests/unit/test_store_shim.h \
	tests/unit/test_store_util.c tests/unit/test_store_util.h
tests_unit_test_store_faults_CFLAGS = $(tests_unit_test_store_CFLAGS)
tests_unit_test_store_faults_LDADD = $(tests_unit_test_store_LDADD)

UNIT_TESTS += tests/unit/test_diff
tests_unit_test_diff_SOURCES = tests/unit/test_diff.c
tests_unit_test_diff_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_diff_LDADD = libbase.a $(CHECK_LIBS)

UNIT_TESTS += tests/unit/test_config
tests_unit_test_config_SOURCES = tests/unit/test_config.c tests/unit/config_text.h
tests_unit_test_config_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_config_LDADD = libconfigfile.a libset.a libbase.a \
	$(CONFIG_LIBS) $(CURL_LIBS) $(CHECK_LIBS) -lm
include tests/unit/cli.mk
include tests/unit/clpconf.mk
include tests/unit/set.mk
include tests/unit/move.mk
include tests/unit/policy.mk
include tests/unit/engine.mk
include tests/unit/hooks.mk

UNIT_TESTS += tests/unit/test_config_moves
tests_unit_test_config_moves_SOURCES = tests/unit/test_config_moves.c tests/unit/config_text.h
tests_unit_test_config_moves_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_config_moves_LDADD = $(tests_unit_test_config_LDADD)

UNIT_TESTS += tests/unit/test_config_policies
tests_unit_test_config_policies_SOURCES = tests/unit/test_config_policies.c tests/unit/config_text.h
tests_unit_test_config_policies_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_config_policies_LDADD = $(tests_unit_test_config_LDADD)

UNIT_TESTS += tests/unit/test_config_files
tests_unit_test_config_files_SOURCES = tests/unit/test_config_files.c
tests_unit_test_config_files_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_config_files_LDADD = $(tests_unit_test_config_LDADD)

UNIT_TESTS += tests/unit/test_save
tests_unit_test_save_SOURCES = tests/unit/test_save.c
tests_unit_test_save_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_save_LDADD = libconfigfile.a libset.a libbase.a \
	$(CONFIG_LIBS) $(CURL_LIBS) $(JANSSON_LIBS) $(CHECK_LIBS) -lm

UNIT_TESTS += tests/unit/test_edit
tests_unit_test_edit_SOURCES = tests/unit/test_edit.c tests/unit/edit_words.h
tests_unit_test_edit_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_edit_LDADD = libconfigfile.a libset.a libbase.a \
	$(CONFIG_LIBS) $(CURL_LIBS) $(JANSSON_LIBS) $(CHECK_LIBS) -lm

UNIT_TESTS += tests/unit/test_edit_any
tests_unit_test_edit_any_SOURCES = tests/unit/test_edit_any.c tests/unit/edit_words.h
tests_unit_test_edit_any_CFLAGS = $(tests_unit_test_edit_CFLAGS)
tests_unit_test_edit_any_LDADD = $(tests_unit_test_edit_LDADD)

UNIT_TESTS += tests/unit/test_intent
tests_unit_test_intent_SOURCES = tests/unit/test_intent.c \
	tests/unit/intent_rig.c tests/unit/intent_rig.h
tests_unit_test_intent_CFLAGS = $(UNIT_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_intent_LDADD = libmodelfixture.a $(clustersetd_LDADD) $(CHECK_LIBS)

UNIT_TESTS += tests/unit/test_intent_moves
tests_unit_test_intent_moves_SOURCES = tests/unit/test_intent_moves.c \
	tests/unit/intent_rig.c tests/unit/intent_rig.h
tests_unit_test_intent_moves_CFLAGS = $(tests_unit_test_intent_CFLAGS)
tests_unit_test_intent_moves_LDADD = $(tests_unit_test_intent_LDADD)

UNIT_TESTS += tests/unit/test_intent_policy
tests_unit_test_intent_policy_SOURCES = tests/unit/test_intent_policy.c \
	tests/unit/intent_rig.c tests/unit/intent_rig.h
tests_unit_test_intent_policy_CFLAGS = $(tests_unit_test_intent_CFLAGS)
tests_unit_test_intent_policy_LDADD = $(tests_unit_test_intent_LDADD)

UNIT_TESTS += tests/unit/test_want
tests_unit_test_want_SOURCES = tests/unit/test_want.c
tests_unit_test_want_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_want_LDADD = libsubagent.a libpolicies.a libpolicy.a libmove.a libset.a libbase.a \
	$(JANSSON_LIBS) $(CHECK_LIBS) -lm

UNIT_TESTS += tests/unit/test_want_policy
tests_unit_test_want_policy_SOURCES = tests/unit/test_want_policy.c
tests_unit_test_want_policy_CFLAGS = $(tests_unit_test_want_CFLAGS)
tests_unit_test_want_policy_LDADD = $(tests_unit_test_want_LDADD)

UNIT_TESTS += tests/unit/test_host
tests_unit_test_host_SOURCES = tests/unit/test_host.c
tests_unit_test_host_CFLAGS = $(UNIT_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_host_LDADD = $(clustersetd_LDADD) $(CHECK_LIBS)

UNIT_TESTS += tests/unit/test_agentx_why
tests_unit_test_agentx_why_SOURCES = tests/unit/test_agentx_why.c
tests_unit_test_agentx_why_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_agentx_why_LDADD = libsubagent.a libbase.a $(CHECK_LIBS)
