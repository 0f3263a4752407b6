# set: the model. No I/O, no Net-SNMP, no curl, no libevent, no SQLite.
noinst_LIBRARIES += libset.a
libset_a_SOURCES = \
	set/generation.c set/generation.h \
	set/observation.c set/observation.h \
	set/rows.c set/rows.h \
	set/settings.c set/settings.h \
	set/table.c set/table.h
