# base: what every room may use
noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	base/clock.c base/clock.h \
	base/diff.c base/diff.h \
	base/log.c base/log.h \
	base/mem.c base/mem.h \
	base/mutant.h \
	base/stats.c base/stats.h \
	base/text.c base/text.h
