# explore: the move engine, exhaustively; mutants: is each assertion of it awake.
EXPLORE_SOURCES = \
	tests/explore/activity.c tests/explore/activity.h \
	tests/explore/canonical.c \
	tests/explore/drive.c tests/explore/drive.h \
	tests/explore/fair.c \
	tests/explore/happen.c tests/explore/happen.h \
	tests/explore/judge.c tests/explore/judge.h \
	tests/explore/list.c \
	tests/explore/search.c tests/explore/search.h \
	tests/explore/view.c tests/explore/view.h \
	tests/explore/words.c \
	tests/explore/world.c tests/explore/world.h

tests_explore_explore_SOURCES = tests/explore/explore.c \
	tests/explore/scopes.c tests/explore/scopes.h $(EXPLORE_SOURCES)
tests_explore_explore_LDADD = libmove.a libset.a libbase.a

SCOPE = small
.PHONY: explore
explore: tests/explore/explore$(EXEEXT)
	@tests/explore/explore -s $(SCOPE)

# The engine and the judge of evidence once more, with switches for seeded faults.
MUTANT_CFLAGS = $(AM_CFLAGS) -DCLUSTERSET_MUTANTS
check_LIBRARIES += tests/explore/libmutant.a
tests_explore_libmutant_a_CFLAGS = $(MUTANT_CFLAGS)
tests_explore_libmutant_a_SOURCES = \
	move/ledger.c move/proof.c move/rules.c move/rules_start.c move/rules_stop.c \
	move/step.c set/evidence.c
tests_explore_mutants_CFLAGS = $(MUTANT_CFLAGS)
tests_explore_mutants_SOURCES = tests/explore/mutants.c tests/explore/mutants_table.c \
	tests/explore/mutants_table.h $(EXPLORE_SOURCES)
tests_explore_mutants_LDADD = tests/explore/libmutant.a libset.a libbase.a

.PHONY: mutants
mutants: tests/explore/mutants$(EXEEXT)
	@tests/explore/mutants

# In `make check`: a few seconds of both; CI runs SCOPE=small and all mutants.
TESTS += tests/explore/test_explore.sh
EXTRA_DIST += tests/explore/test_explore.sh
check_PROGRAMS += tests/explore/explore tests/explore/mutants
