# tests/policy: scenarios of policies in plain text, over the real model, moves and
# engine in virtual time. `make policy-scenarios` plays them; after reading what changed,
# `tests/policy/play --write FILE...` keeps it.
check_PROGRAMS += tests/policy/play
tests_policy_play_SOURCES = \
	tests/policy/act.c \
	tests/policy/daemon.c \
	tests/policy/expect.c \
	tests/policy/judge.c \
	tests/policy/look.c \
	tests/policy/play.c tests/policy/play.h \
	tests/policy/script.c \
	tests/policy/store.c \
	tests/policy/text.c \
	tests/policy/watch.c \
	tests/policy/world.c \
	subagent/persist.c
tests_policy_play_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS)
tests_policy_play_LDADD = libconfigfile.a libpolicies.a libpolicy.a libmove.a libset.a libbase.a \
	$(CONFIG_LIBS) $(CURL_LIBS) $(JANSSON_LIBS) -lm

TESTS += tests/policy/test_policy_plays.sh
EXTRA_DIST += tests/policy/test_policy_plays.sh tests/policy/README.md tests/policy/scenes

.PHONY: policy-scenarios
policy-scenarios: tests/policy/play$(EXEEXT)
	@tests/policy/play $(srcdir)/tests/policy/scenes/*.txt
