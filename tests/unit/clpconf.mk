# Unit tests of ecx/clpconf*.
UNIT_TESTS += tests/unit/test_clpconf tests/unit/test_clpconf_edit
tests_unit_test_clpconf_SOURCES = tests/unit/test_clpconf.c tests/unit/clpconf_text.h
tests_unit_test_clpconf_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_clpconf_LDADD = $(CLPCONF_LIBS) $(CHECK_LIBS)
tests_unit_test_clpconf_edit_SOURCES = tests/unit/test_clpconf_edit.c \
	tests/unit/clpconf_text.h
tests_unit_test_clpconf_edit_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_clpconf_edit_LDADD = $(CLPCONF_LIBS) $(CHECK_LIBS)
