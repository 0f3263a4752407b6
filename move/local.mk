# move: the move engine. No I/O, no Net-SNMP, no curl, no libevent, no SQLite.
noinst_LIBRARIES += libmove.a
libmove_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
libmove_a_SOURCES = \
	move/move.h \
	move/moves.h \
	move/proof.c \
	move/step.c
