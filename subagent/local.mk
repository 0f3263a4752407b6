# subagent: clustersetd
noinst_LIBRARIES += libsubagent.a
libsubagent_a_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS) $(NETSNMP_CFLAGS) $(CONFIG_CFLAGS) \
	$(SQLITE_CFLAGS) $(JANSSON_CFLAGS) $(SYSTEMD_CFLAGS)
libsubagent_a_SOURCES = \
	subagent/configfile.h \
	subagent/face.h \
	subagent/mailbox.c subagent/mailbox.h \
	subagent/request.c subagent/request.h \
	subagent/store.c subagent/store.h \
	subagent/store_db.c subagent/store_db.h \
	subagent/store_file.c
