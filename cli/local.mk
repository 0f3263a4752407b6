# cli: clusterset, the command line. Its MIB is compiled in, made from the module's text.
BUILT_SOURCES += cli/mib_objects.h
CLEANFILES += cli/mib_objects.h cli/mib_objects.c
EXTRA_DIST += mibs/objects.awk

# Completion: the scripts stand as they are installed, and in the program for those who
# want them printed.
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
dist_bashcompletion_DATA = cli/completion/clusterset
dist_zshcompletion_DATA = cli/completion/_clusterset
BUILT_SOURCES += cli/completion_scripts.h
CLEANFILES += cli/completion_scripts.h
cli/completion_scripts.h: $(dist_bashcompletion_DATA) $(dist_zshcompletion_DATA)
	$(AM_V_GEN)$(MKDIR_P) cli && for shell in bash:clusterset zsh:_clusterset; do \
		printf '%s\n' "static const char completion_$${shell%:*}[] =" && \
		$(SED) -e 's/\\/&&/g' -e 's/"/\\"/g' -e 's/.*/\t"&\\n"/' \
			"$(srcdir)/cli/completion/$${shell#*:}" && echo '	;' || exit 1; \
	done >$@.new && mv $@.new $@

cli/mib_objects.h: $(srcdir)/mibs/objects.awk $(srcdir)/mibs/CLUSTER-SET-MIB.txt
	$(AM_V_GEN)$(MKDIR_P) cli && $(AWK) -v part=h -f $(srcdir)/mibs/objects.awk \
		$(srcdir)/mibs/CLUSTER-SET-MIB.txt >$@.new && mv $@.new $@
cli/mib_objects.c: $(srcdir)/mibs/objects.awk $(srcdir)/mibs/CLUSTER-SET-MIB.txt
	$(AM_V_GEN)$(MKDIR_P) cli && $(AWK) -v part=c -f $(srcdir)/mibs/objects.awk \
		$(srcdir)/mibs/CLUSTER-SET-MIB.txt >$@.new && mv $@.new $@

noinst_LIBRARIES += libcli.a
libcli_a_CFLAGS = $(AM_CFLAGS) $(NETSNMP_CFLAGS) $(JANSSON_CFLAGS) $(EVENT_CFLAGS) \
	$(CURL_CFLAGS)
libcli_a_CPPFLAGS = $(AM_CPPFLAGS) -DCS_SYSCONFDIR='"$(sysconfdir)"' \
	-DCS_DOCDIR='"$(docdir)"'
libcli_a_SOURCES = \
	cli/act.c cli/act.h \
	cli/ask.c cli/ask.h \
	cli/branch.c cli/branch.h \
	cli/cli.c cli/command.c cli/command.h cli/commands.c \
	cli/cmd_alarm.c \
	cli/cmd_cluster.c cli/cmd_drain.c \
	cli/cmd_config.c \
	cli/cmd_event.c \
	cli/cmd_list.c cli/cmd_list_alarms.c cli/cmd_list_moves.c \
	cli/cmd_member.c \
	cli/cmd_move.c \
	cli/cmd_plan.c cli/cmd_plan_explain.c cli/cmd_plan_offline.c \
	cli/cmd_policy.c \
	cli/cmd_show.c cli/cmd_show_moves.c cli/cmd_show_places.c \
	cli/cmd_register.c \
	cli/cmd_setup.c cli/cmd_setup.h cli/setup_account.c \
	cli/setup_ask.c cli/setup_ask.h \
	cli/cmd_site.c \
	cli/confed.c cli/confed.h \
	cli/confed_entry.c cli/confed_entry.h \
	cli/confed_reload.c \
	cli/confed_use.c \
	cli/cmd_vm.c cli/cmd_vm_find.c cli/cmd_vm_intent.c cli/cmd_vm_move.c \
	cli/cmd_vm_place.c \
	cli/place.c cli/place.h \
	cli/plain.c cli/plain.h \
	cli/unsure.c cli/unsure.h \
	cli/complete.c cli/complete.h \
	cli/completion.c \
	cli/cmd_graph.c cli/cmd_graph.h cli/cmd_graph_draw.c \
	cli/cmd_graph_lines.c \
	cli/cmd_status.c cli/cmd_status.h cli/cmd_status_screen.c \
	cli/cmd_top.c cli/cmd_top.h cli/cmd_top_screen.c \
	cli/cmd_tree.c \
	cli/terminal.c cli/terminal.h \
	cli/dot.c cli/dot.h \
	cli/doctor.c cli/doctor.h cli/doctor_judge.h \
	cli/doctor_access.c \
	cli/doctor_agent.c cli/doctor_agent.h \
	cli/doctor_clp.c \
	cli/doctor_config.c \
	cli/doctor_policies.c \
	cli/doctor_endpoint.c \
	cli/doctor_examine.c \
	cli/doctor_host.c \
	cli/doctor_report.c \
	cli/doctor_rest.c cli/doctor_rest.h \
	cli/doctor_rules.c \
	cli/doctor_show.c \
	cli/doctor_snmpd.c cli/doctor_snmpd.h cli/doctor_snmpd_int.h \
	cli/doctor_vacm.c \
	cli/doctor_vms.c \
	cli/help.c cli/help.h cli/help_mdoc.c \
	cli/look.c cli/look.h \
	cli/list.c cli/list.h cli/loads.c cli/loads.h \
	cli/parse.c \
	cli/mib.c cli/mib.h \
	cli/names.c cli/names.h \
	cli/out.c cli/out.h \
	cli/out_document.c \
	cli/out_table.c \
	cli/out_text.c cli/out_text.h \
	cli/out_words.c \
	cli/remedy.c cli/remedy.h \
	cli/rows.c cli/rows.h \
	cli/show.c cli/show.h \
	cli/snmp.c cli/snmp.h cli/snmp_fetch.c cli/snmp_fetch.h cli/snmp_int.h \
	cli/snmp_set.c cli/snmp_table.c cli/snmp_value.c \
	cli/snmp_why.c \
	cli/watch.c cli/watch.h \
	cli/watch_show.c cli/watch_show.h
nodist_libcli_a_SOURCES = cli/mib_objects.c cli/mib_objects.h
$(libcli_a_OBJECTS): cli/mib_objects.h cli/completion_scripts.h

bin_PROGRAMS += clusterset
clusterset_SOURCES = cli/main.c
# what a program with all commands is linked with
CLI_LIBS = libcli.a libplantool.a libpolicy.a libconfigfile.a libecx.a libset.a libbase.a $(NETSNMP_LIBS) \
	$(JANSSON_LIBS) $(EVENT_LIBS) $(CURL_LIBS) $(CONFIG_LIBS) $(XML_LIBS) -lm
clusterset_LDADD = $(CLI_LIBS)

# clpcfdel: deletes from a clp.conf. Nothing of SNMP in it.
noinst_LIBRARIES += libclpcfdel.a
libclpcfdel_a_SOURCES = \
	cli/clpcfdel.c cli/clpcfdel.h \
	cli/clpcfdel_file.c \
	cli/clpcfdel_options.c \
	cli/clpcfdel_say.c \
	cli/clpcfdel_scripts.c
CLPCONF_LIBS = libecx.a libbase.a $(XML_LIBS)
bin_PROGRAMS += clpcfdel
clpcfdel_SOURCES = cli/clpcfdel_main.c
clpcfdel_LDADD = libclpcfdel.a $(CLPCONF_LIBS)
