# move: the move engine. No I/O, no Net-SNMP, no curl, no libevent, no SQLite.
noinst_LIBRARIES += libmove.a
libmove_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
libmove_a_SOURCES = \
	move/ledger.c \
	move/move.h \
	move/moves.h \
	move/proof.c \
	move/rules.c \
	move/rules_start.c \
	move/rules_stop.c \
	move/step.c move/step_impl.h
