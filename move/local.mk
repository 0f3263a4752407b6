# move: the move engine. No I/O, no Net-SNMP, no curl, no libevent, no SQLite.
noinst_LIBRARIES += libmove.a
libmove_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
libmove_a_SOURCES = \
	move/admit.c move/admit_impl.h \
	move/admit_recover.c \
	move/journal.c \
	move/ledger.c \
	move/move.h \
	move/moves.c move/moves.h move/moves_impl.h \
	move/moves_accept.c \
	move/moves_drive.c \
	move/moves_fence.c \
	move/moves_monitor.c \
	move/moves_order.c \
	move/moves_react.c \
	move/moves_row.c \
	move/moves_settings.c \
	move/proof.c \
	move/queue.c \
	move/rules.c \
	move/rules_start.c \
	move/rules_stop.c \
	move/step.c move/step_impl.h \
	move/words.c
