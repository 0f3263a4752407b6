# mibs: CLUSTER-SET-MIB as it is, or rooted where configure --with-mib-root says.
# The generated file has the name of its source, so its rule has an absolute target:
# make would find the source through VPATH and think that it is done.
EXTRA_DIST += mibs/CLUSTER-SET-MIB.txt
mibdir = $(datadir)/snmp/mibs
if OUT_OF_TREE
mib_DATA = $(abs_top_builddir)/mibs/CLUSTER-SET-MIB.txt
CLEANFILES += mibs/CLUSTER-SET-MIB.txt
$(abs_top_builddir)/mibs/CLUSTER-SET-MIB.txt: $(srcdir)/mibs/CLUSTER-SET-MIB.txt Makefile
	$(AM_V_GEN)$(MKDIR_P) $(abs_top_builddir)/mibs && \
	$(SED) 's/^    ::= { enterprises .*/    ::= { enterprises $(MIB_ROOT_NAMED) }/' \
		$(srcdir)/mibs/CLUSTER-SET-MIB.txt >$@.new && mv $@.new $@
else
mib_DATA = $(srcdir)/mibs/CLUSTER-SET-MIB.txt
endif
