# subagent: clustersetd
noinst_LIBRARIES += libsubagent.a
libsubagent_a_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS) $(NETSNMP_CFLAGS) \
	$(SQLITE_CFLAGS) $(JANSSON_CFLAGS) $(SYSTEMD_CFLAGS)
libsubagent_a_SOURCES = \
	subagent/agentx.c subagent/agentx.h \
	subagent/asker.c subagent/asker.h subagent/asker_impl.h \
	subagent/asker_name.c \
	subagent/asker_read.c subagent/asker_read.h \
	subagent/asker_query.c subagent/asker_query.h \
	subagent/asker_snmp.c \
	subagent/asker_talk.c \
	subagent/agentx_value.c subagent/agentx_value.h \
	subagent/agentx_why.c subagent/agentx_why.h \
	subagent/face.c \
	subagent/fence.c subagent/fence.h \
	subagent/mib.c subagent/mib.h \
	subagent/mib_define.h \
	subagent/mib_later.c \
	subagent/mib_moves.c subagent/mib_policies.c \
	subagent/mib_tables.c \
	subagent/notify.c subagent/notify.h \
	subagent/refusal.c subagent/refusal.h \
	subagent/sets.c subagent/sets.h \
	subagent/control.c subagent/control.h subagent/control_impl.h \
	subagent/host.c \
	subagent/intent.c \
	subagent/loads.c subagent/loads.h \
	subagent/loads_child.c \
	subagent/loads_hook.c \
	subagent/moves.c \
	subagent/persist.c subagent/persist.h \
	subagent/policies.c \
	subagent/record.c \
	subagent/reload.c \
	subagent/systemd.h \
	subagent/want.c subagent/want.h subagent/want_impl.h \
	subagent/want_read.c subagent/want_policy.c \
	subagent/face.h \
	subagent/mailbox.c subagent/mailbox.h \
	subagent/request.c subagent/request.h \
	subagent/store.c subagent/store.h \
	subagent/store_db.c subagent/store_db.h \
	subagent/store_file.c \
	subagent/store_mark.c subagent/store_mark.h

# clustersetd itself is a main over the library, so that tests link the same code
sbin_PROGRAMS += clustersetd
clustersetd_SOURCES = subagent/main.c
clustersetd_CPPFLAGS = $(AM_CPPFLAGS) -DCS_SYSCONFDIR='"$(sysconfdir)"'
clustersetd_LDADD = libsubagent.a libconfigfile.a libecx.a libhooks.a libpolicies.a libpolicy.a libmove.a \
	libset.a libbase.a $(NETSNMP_LIBS) $(EVENT_LIBS) \
	$(CURL_LIBS) $(CONFIG_LIBS) $(SQLITE_LIBS) $(JANSSON_LIBS) $(SYSTEMD_LIBS) -lm
