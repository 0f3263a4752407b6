# configfile: reads, checks and edits clusterset.conf; for clustersetd and for clusterset
noinst_LIBRARIES += libconfigfile.a
libconfigfile_a_CFLAGS = $(AM_CFLAGS) $(CONFIG_CFLAGS) $(CURL_CFLAGS)
libconfigfile_a_SOURCES = \
	configfile/check.c \
	configfile/conf.h \
	configfile/configfile.c configfile/configfile.h \
	configfile/files.c \
	configfile/moves.c \
	configfile/read.c \
	configfile/report.c \
	configfile/schema.c \
	configfile/value.c
