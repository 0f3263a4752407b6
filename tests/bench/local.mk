# tests/bench: how fast, how much, how late. Numbers, never tests (doc/performance.md).
bench_tools = \
	tests/bench/walker \
	tests/bench/ref_agentx \
	tests/bench/refmodule.so \
	tests/bench/serve
check_PROGRAMS += $(bench_tools)

tests_bench_walker_SOURCES = tests/bench/walker.c tests/bench/wire.c tests/bench/wire.h
tests_bench_walker_LDADD = libbase.a

tests_bench_ref_agentx_SOURCES = tests/bench/ref_agentx.c tests/bench/refrows.c \
	tests/bench/refrows.h
tests_bench_ref_agentx_CFLAGS = $(AM_CFLAGS) $(NETSNMP_CFLAGS)
tests_bench_ref_agentx_LDADD = $(NETSNMP_LIBS)

# loaded by snmpd, which has no sanitizer runtime and brings the library
tests_bench_refmodule_so_SOURCES = tests/bench/ref_module.c tests/bench/refrows.c \
	tests/bench/refrows.h
tests_bench_refmodule_so_CFLAGS = $(WARN_CFLAGS) -fPIC $(NETSNMP_CFLAGS)
tests_bench_refmodule_so_LINK = $(CC) $(WARN_CFLAGS) $(CFLAGS) -shared -fPIC $(LDFLAGS) -o $@

tests_bench_serve_SOURCES = tests/bench/serve.c
tests_bench_serve_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS)
tests_bench_serve_LDADD = libsubagent.a libset.a libbase.a $(EVENT_LIBS) $(NETSNMP_LIBS) \
	$(JANSSON_LIBS) $(SQLITE_LIBS)

EXTRA_DIST += doc/performance.md \
	tests/bench/bench.py \
	tests/bench/cli.py \
	tests/bench/common.py \
	tests/bench/load.py \
	tests/bench/manager.py \
	tests/bench/move.py \
	tests/bench/plan.py \
	tests/bench/policy.py \
	tests/bench/poll.py \
	tests/bench/syncspy.c \
	tests/bench/trap.py \
	tests/bench/walk.py

run_bench = top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
	SNMPD='$(SNMPD)' SNMPTRAPD='$(SNMPTRAPD)' MIB_ROOT='$(MIB_ROOT)' \
	$(PYTEST_PYTHON) -B $(top_srcdir)/tests/bench/bench.py
bench_needs = $(bench_tools) tests/bench/syncspy.so $(sbin_PROGRAMS) clusterset \
	tests/ecxsim/ecxsim

# preloaded into clustersetd; no library of ours
CLEANFILES += tests/bench/syncspy.so
check_DATA += tests/bench/syncspy.so
tests/bench/syncspy.so: tests/bench/syncspy.c
	$(AM_V_CCLD)$(MKDIR_P) $(@D) && $(CC) -D_GNU_SOURCE $(WARN_CFLAGS) $(CFLAGS) \
		-fPIC -shared -o $@ $(srcdir)/tests/bench/syncspy.c -ldl

.PHONY: bench bench-walk bench-poll bench-load bench-policy bench-trap bench-move bench-cli
bench: $(bench_needs)
	@$(run_bench)
bench-walk: $(bench_needs)
	@$(run_bench) walk
bench-poll: $(bench_needs)
	@$(run_bench) poll
bench-load: $(bench_needs)
	@$(run_bench) load
bench-policy: $(bench_needs)
	@$(run_bench) policy
bench-trap: $(bench_needs)
	@$(run_bench) trap
bench-move: $(bench_needs)
	@$(run_bench) move
bench-cli: $(bench_needs)
	@$(run_bench) cli
# the planner: NODES="10 50" SEEDS="1 2", beside hbal where it is installed
run_plan = top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
	NODES='$(NODES)' SEEDS='$(SEEDS)' TAGS='$(TAGS)' HBAL_SECONDS='$(HBAL_SECONDS)' \
	LARGE_SECONDS='$(LARGE_SECONDS)' PARETO_OUT='$(PARETO_OUT)' \
	$(PYTEST_PYTHON) -B $(top_srcdir)/tests/bench/plan.py
.PHONY: bench-plan bench-plan-large bench-plan-pareto
bench-plan: clusterset-plan$(EXEEXT)
	@$(run_plan) hbal
bench-plan-large: clusterset-plan$(EXEEXT)
	@$(run_plan) large
bench-plan-pareto: clusterset-plan$(EXEEXT)
	@$(run_plan) pareto
# the picture of doc/performance.md: make doc-plan-pareto, with gnuplot
.PHONY: doc-plan-pareto
doc-plan-pareto: clusterset-plan$(EXEEXT)
	@$(MAKE) bench-plan-pareto PARETO_OUT=pareto.dat
	gnuplot -e "in='pareto.dat'; out='$(srcdir)/doc/pareto.svg'" \
		$(srcdir)/tests/bench/pareto.gnuplot
EXTRA_DIST += doc/pareto.svg tests/bench/pareto.gnuplot
CLEANFILES += bench.json pareto.dat

TESTS += tests/scenario/test_bench.py
EXTRA_DIST += tests/scenario/test_bench.py
