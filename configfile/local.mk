# configfile: reads, checks and edits clusterset.conf; for clustersetd and for clusterset
noinst_LIBRARIES += libconfigfile.a
libconfigfile_a_CFLAGS = $(AM_CFLAGS) $(CONFIG_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS)
libconfigfile_a_SOURCES = \
	configfile/change.c configfile/change.h configfile/change_impl.h \
	configfile/change_refer.c \
	configfile/check.c \
	configfile/conf.h \
	configfile/configfile.c configfile/configfile.h \
	configfile/edit.c configfile/edit.h configfile/edit_impl.h \
	configfile/edit_cut.c \
	configfile/edit_style.c \
	configfile/files.c \
	configfile/moves.c \
	configfile/policies.c \
	configfile/read.c \
	configfile/report.c \
	configfile/save.c configfile/save.h \
	configfile/schema.c \
	configfile/span.c configfile/span.h \
	configfile/value.c
