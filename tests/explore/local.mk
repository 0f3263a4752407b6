# explore: the move engine, exhaustively; mutants: is each assertion of it awake.
EXPLORE_SOURCES = \
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

EXTRA_PROGRAMS += tests/explore/explore
tests_explore_explore_SOURCES = tests/explore/explore.c \
	tests/explore/scopes.c tests/explore/scopes.h $(EXPLORE_SOURCES)
tests_explore_explore_LDADD = libmove.a libset.a libbase.a

SCOPE = small
.PHONY: explore
explore: tests/explore/explore$(EXEEXT)
	@tests/explore/explore -s $(SCOPE)
