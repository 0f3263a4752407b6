# set: the model. No I/O, no Net-SNMP, no curl, no libevent, no SQLite.
noinst_LIBRARIES += libset.a
libset_a_SOURCES = \
	set/cluster.c \
	set/configure.c \
	set/disk.c \
	set/domain.c \
	set/event.h \
	set/evidence.c set/evidence.h \
	set/fits.c set/fits_memory.c \
	set/guard.c \
	set/generation.c set/generation.h \
	set/identity.c \
	set/intent.c \
	set/kept.c \
	set/load.c set/load.h set/load_rows.c \
	set/look.c \
	set/model.c set/model.h set/model_impl.h \
	set/moving.c \
	set/names.c set/names.h \
	set/node.c \
	set/note.c \
	set/observation.c set/observation.h \
	set/outside.c \
	set/pattern.c \
	set/site_record.c \
	set/release.c \
	set/policy_list.h \
	set/rows.c set/rows.h \
	set/site.c \
	set/settings.c set/settings.h \
	set/sight.c set/sight.h \
	set/table.c set/table.h \
	set/vm.c set/vm_row.c \
	set/windows.c set/windows.h
