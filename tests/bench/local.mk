# tests/bench: how fast, how much, how late. Numbers, never tests (doc/performance.md).
bench_tools = \
	tests/bench/walker \
	tests/bench/ref_agentx \
	tests/bench/refmodule.so
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
