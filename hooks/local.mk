# hooks: programs that clustersetd calls
noinst_LIBRARIES += libhooks.a
libhooks_a_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS)
libhooks_a_SOURCES = \
	hooks/run.c hooks/run.h \
	hooks/spawn.c hooks/spawn.h
