# doc: manual pages, filled in with the directories of this build, and what to read beside
# them; tests/unit/test_config_files loads the sample of the configuration
DOC_IN = \
	doc/cluster-set-mib.7.in \
	doc/clustersetd.8.in \
	doc/clusterset.conf.5.in
EXTRA_DIST += $(DOC_IN)
CLEANFILES += $(DOC_IN:.in=)
man5_MANS = doc/clusterset.conf.5
man7_MANS = doc/cluster-set-mib.7
man8_MANS = doc/clustersetd.8
dist_doc_DATA = README.md doc/architecture.md doc/clusterset.conf.sample doc/mib.md \
	doc/moves.md \
	doc/performance.md

doc/cluster-set-mib.7: doc/cluster-set-mib.7.in Makefile
doc/clustersetd.8: doc/clustersetd.8.in Makefile
doc/clusterset.conf.5: doc/clusterset.conf.5.in Makefile
