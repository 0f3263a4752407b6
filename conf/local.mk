# conf: what a site puts into other programs' configuration. snmpd's drop-in is installed
# as an example (the site decides about /etc/snmp), systemd's files below the prefix; the
# directory of the configuration is made, what is in it is the site's.
CONF_IN = \
	conf/clustersetd.service.in \
	conf/snmpd.conf.d/clusterset.conf.in
EXTRA_DIST += $(CONF_IN) conf/clusterset.sysusers conf/clusterset.tmpfiles
CLEANFILES += $(CONF_IN:.in=)

snmpdexampledir = $(docdir)/examples/snmpd.conf.d
snmpdexample_DATA = conf/snmpd.conf.d/clusterset.conf
systemdunitdir = $(prefix)/lib/systemd/system
systemdunit_DATA = conf/clustersetd.service

conf/clustersetd.service: conf/clustersetd.service.in Makefile
conf/snmpd.conf.d/clusterset.conf: conf/snmpd.conf.d/clusterset.conf.in Makefile
# doc/local.mk has its manual pages made by the same rule
$(CONF_IN:.in=) $(DOC_IN:.in=):
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) \
		-e 's|@MIB_ROOT[@]|$(MIB_ROOT)|g' -e 's|@sbindir[@]|$(sbindir)|g' \
		-e 's|@sysconfdir[@]|$(sysconfdir)|g' -e 's|@docdir[@]|$(docdir)|g' \
		-e 's|@mibdir[@]|$(mibdir)|g' \
		-e '/^@COMMANDS[@]$$/r doc/clusterset.commands' -e '/^@COMMANDS[@]$$/d' \
		$(srcdir)/$@.in >$@.new && mv $@.new $@

install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(sysconfdir)/clusterset'
	$(MKDIR_P) '$(DESTDIR)$(prefix)/lib/sysusers.d' '$(DESTDIR)$(prefix)/lib/tmpfiles.d'
	$(INSTALL_DATA) $(srcdir)/conf/clusterset.sysusers \
		'$(DESTDIR)$(prefix)/lib/sysusers.d/clusterset.conf'
	$(INSTALL_DATA) $(srcdir)/conf/clusterset.tmpfiles \
		'$(DESTDIR)$(prefix)/lib/tmpfiles.d/clusterset.conf'

uninstall-local:
	rm -f '$(DESTDIR)$(prefix)/lib/sysusers.d/clusterset.conf' \
		'$(DESTDIR)$(prefix)/lib/tmpfiles.d/clusterset.conf'
	-rmdir '$(DESTDIR)$(sysconfdir)/clusterset' 2>/dev/null
