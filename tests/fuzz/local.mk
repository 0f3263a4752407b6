# tests/fuzz: targets for libFuzzer (clang). Without a fuzzer they replay their corpus as
# part of make check. make fuzz SECONDS=n runs each in turn, from any build: one without
# --enable-fuzzers makes a second one with it in fuzz-build/.
FUZZ_ECX = tests/fuzz/ecx_cluster tests/fuzz/ecx_servers tests/fuzz/ecx_groups \
	tests/fuzz/ecx_resources tests/fuzz/ecx_monitors tests/fuzz/ecx_group \
	tests/fuzz/ecx_envelope
FUZZ_TARGETS = $(FUZZ_ECX) tests/fuzz/config tests/fuzz/clpconf tests/fuzz/config_edit \
	tests/fuzz/plan_json tests/fuzz/plan_ganeti
if FUZZERS
noinst_PROGRAMS += $(FUZZ_TARGETS)
FUZZ_MAIN =
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
else
check_PROGRAMS += $(FUZZ_TARGETS)
TESTS += $(FUZZ_TARGETS)
FUZZ_MAIN = tests/fuzz/replay.c
FUZZ_LINK = $(AM_LDFLAGS)
endif
FUZZ_ECX_SOURCES = tests/fuzz/fuzz_ecx.c $(FUZZ_MAIN)
FUZZ_ECX_LIBS = libecx.a libset.a libbase.a $(JANSSON_LIBS)

tests_fuzz_ecx_cluster_SOURCES = $(FUZZ_ECX_SOURCES)
tests_fuzz_ecx_cluster_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_WHAT=ECX_GET_CLUSTER
tests_fuzz_ecx_cluster_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_ecx_cluster_LDADD = $(FUZZ_ECX_LIBS)
tests_fuzz_ecx_servers_SOURCES = $(FUZZ_ECX_SOURCES)
tests_fuzz_ecx_servers_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_WHAT=ECX_GET_SERVERS
tests_fuzz_ecx_servers_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_ecx_servers_LDADD = $(FUZZ_ECX_LIBS)
tests_fuzz_ecx_groups_SOURCES = $(FUZZ_ECX_SOURCES)
tests_fuzz_ecx_groups_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_WHAT=ECX_GET_GROUPS
tests_fuzz_ecx_groups_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_ecx_groups_LDADD = $(FUZZ_ECX_LIBS)
tests_fuzz_ecx_resources_SOURCES = $(FUZZ_ECX_SOURCES)
tests_fuzz_ecx_resources_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_WHAT=ECX_GET_RESOURCES
tests_fuzz_ecx_resources_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_ecx_resources_LDADD = $(FUZZ_ECX_LIBS)
tests_fuzz_ecx_monitors_SOURCES = $(FUZZ_ECX_SOURCES)
tests_fuzz_ecx_monitors_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_WHAT=ECX_GET_MONITORS
tests_fuzz_ecx_monitors_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_ecx_monitors_LDADD = $(FUZZ_ECX_LIBS)
tests_fuzz_ecx_group_SOURCES = $(FUZZ_ECX_SOURCES)
tests_fuzz_ecx_group_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_WHAT=FUZZ_GROUP
tests_fuzz_ecx_group_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_ecx_group_LDADD = $(FUZZ_ECX_LIBS)
tests_fuzz_ecx_envelope_SOURCES = $(FUZZ_ECX_SOURCES)
tests_fuzz_ecx_envelope_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_WHAT=FUZZ_ENVELOPE
tests_fuzz_ecx_envelope_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_ecx_envelope_LDADD = $(FUZZ_ECX_LIBS)

tests_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c $(FUZZ_MAIN)
tests_fuzz_config_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_config_LDADD = libconfigfile.a libset.a libbase.a $(CONFIG_LIBS) $(CURL_LIBS) -lm

tests_fuzz_clpconf_SOURCES = tests/fuzz/fuzz_clpconf.c \
	tests/clpconf/judge.c tests/clpconf/judge.h $(FUZZ_MAIN)
tests_fuzz_clpconf_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS)
tests_fuzz_clpconf_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_clpconf_LDADD = $(CLPCONF_LIBS)

EXTRA_DIST += tests/fuzz/run.sh tests/fuzz/clpconf.dict tests/fuzz/ecx.dict tests/fuzz/config.dict tests/fuzz/plan.dict tests/fuzz/corpus
tests_fuzz_config_edit_SOURCES = tests/fuzz/fuzz_config_edit.c $(FUZZ_MAIN)
tests_fuzz_config_edit_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_config_edit_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_config_edit_LDADD = libconfigfile.a libset.a libbase.a $(CONFIG_LIBS) $(CURL_LIBS) \
	$(JANSSON_LIBS) -lm

tests_fuzz_plan_json_SOURCES = tests/fuzz/fuzz_plan.c $(FUZZ_MAIN)
tests_fuzz_plan_json_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_plan_json_LDADD = $(POLICY_LIBS)
tests_fuzz_plan_ganeti_SOURCES = tests/fuzz/fuzz_plan.c $(FUZZ_MAIN)
tests_fuzz_plan_ganeti_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_GANETI
tests_fuzz_plan_ganeti_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_plan_ganeti_LDADD = $(POLICY_LIBS)

.PHONY: fuzz
if FUZZERS
fuzz: $(FUZZ_TARGETS)
	@FUZZ_SECONDS='$(SECONDS)' FUZZ_SECONDS_clpconf='$(CLPCONF_SECONDS)' $(SHELL) $(top_srcdir)/tests/fuzz/run.sh \
		$(abs_top_srcdir) $(FUZZ_TARGETS)
else
fuzz:
	@command -v clang >/dev/null || { \
		echo "fuzzing needs clang (Debian: apt-get install clang libclang-rt-14-dev)"; \
		exit 1; }
	@$(MKDIR_P) fuzz-build && cd fuzz-build && { test -f config.status || \
		$(abs_top_srcdir)/configure -q CC=clang --enable-fuzzers \
			--with-mib-root=$(MIB_ROOT) >configure.log 2>&1 || \
		{ tail -n 20 configure.log; exit 1; }; } && \
	$(MAKE) -s $(AM_MAKEFLAGS) SECONDS='$(SECONDS)' \
		CLPCONF_SECONDS='$(CLPCONF_SECONDS)' fuzz
endif
clean-local:
	rm -rf fuzz-build fuzz-corpus fuzz-crashes
