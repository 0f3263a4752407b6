# doc: manual pages and the sample of the configuration (tests/unit/test_config_files
# loads it)
dist_man5_MANS = doc/clustersetd.conf.5
dist_man8_MANS = doc/clustersetd.8
dist_doc_DATA = doc/clustersetd.conf.sample
