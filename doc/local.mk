# doc: manual pages, filled in with the directories of this build, and what to read beside
# them; tests/unit/test_config_files loads the sample of the configuration
DOC_IN = \
	doc/clpcfdel.1.in \
	doc/cluster-set-mib.7.in \
	doc/clusterset-plan.1.in \
	doc/clusterset.1.in \
	doc/clustersetd.8.in \
	doc/clusterset.conf.5.in
EXTRA_DIST += $(DOC_IN)
CLEANFILES += $(DOC_IN:.in=)
man1_MANS = doc/clpcfdel.1 doc/clusterset-plan.1 doc/clusterset.1
man5_MANS = doc/clusterset.conf.5
man7_MANS = doc/cluster-set-mib.7
man8_MANS = doc/clustersetd.8
dist_doc_DATA = README.md doc/architecture.md doc/clusterset.conf.sample \
	doc/doctor.md \
	doc/from-wsfc.md \
	doc/mib.md \
	doc/moves.md \
	doc/operations.md \
	doc/orders.md \
	doc/performance.md

doc/clpcfdel.1: doc/clpcfdel.1.in Makefile
doc/clusterset-plan.1: doc/clusterset-plan.1.in Makefile
doc/cluster-set-mib.7: doc/cluster-set-mib.7.in Makefile
doc/clustersetd.8: doc/clustersetd.8.in Makefile
doc/clusterset.conf.5: doc/clusterset.conf.5.in Makefile
doc/clusterset.1: doc/clusterset.1.in doc/clusterset.commands Makefile

# The options and commands of clusterset(1) are what the program says of itself. Where it
# cannot run (a cross build) those are taken that the tarball brings.
CLEANFILES += doc/clusterset.commands
doc/clusterset.commands: clusterset$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) doc && if test '$(CROSS_COMPILING)' != yes; then \
		ASAN_OPTIONS=detect_leaks=0 ./clusterset$(EXEEXT) help --mdoc; \
	elif test -f $(srcdir)/doc/clusterset.commands.dist; then \
		$(SED) 's|@sysconfdir[@]|$(sysconfdir)|g' \
			$(srcdir)/doc/clusterset.commands.dist; \
	else \
		echo "clusterset(1) needs a clusterset that runs here: cross build from a" \
			"tarball (make dist)" >&2; exit 1; \
	fi >$@.new && mv $@.new $@

# the screens in the documents, as the program prints them now
.PHONY: doc-screens
doc-screens: all tests/ecxsim/ecxsim$(EXEEXT)
	top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
		$(PYTEST_PYTHON) -B $(top_srcdir)/tests/demo/screens.py --write

dist-hook: doc/clusterset.commands
	$(MKDIR_P) $(distdir)/doc && $(SED) 's|$(sysconfdir)/|@sysconfdir''@/|g' \
		doc/clusterset.commands >$(distdir)/doc/clusterset.commands.dist
