# tests/clpconf: properties of deletion over every clp.conf of a folder.
# make check-clpconf [DIR=folder]; without DIR: our own ones, random ones, and the samples
# beside the project where they are.
CLPCONF_FILES = \
	tests/clpconf/data/chain.conf \
	tests/clpconf/data/line.conf \
	tests/clpconf/data/many.conf \
	tests/clpconf/data/vcom.conf
check_PROGRAMS += tests/clpconf/property
tests_clpconf_property_SOURCES = tests/clpconf/property.c \
	tests/clpconf/judge.c tests/clpconf/judge.h
tests_clpconf_property_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS)
tests_clpconf_property_LDADD = $(CLPCONF_LIBS)

TESTS += tests/clpconf/test_clpconf.sh
CLEANFILES += clpconf-random/*.conf
EXTRA_DIST += tests/clpconf/test_clpconf.sh tests/clpconf/generate.py $(CLPCONF_FILES)

.PHONY: check-clpconf
check-clpconf: tests/clpconf/property$(EXEEXT)
	@if test -n '$(DIR)'; then tests/clpconf/property -r 50 '$(DIR)'; else \
		rm -rf clpconf-random && $(PYTEST_PYTHON) -B \
			$(srcdir)/tests/clpconf/generate.py clpconf-random 0 20 && \
		set -- $(srcdir)/tests/clpconf/data clpconf-random; \
		samples=$(srcdir)/../shared/samples/clpconf; \
		if test -d $$samples; then set -- "$$@" $$samples; fi; \
		tests/clpconf/property -r 20 "$$@"; fi
