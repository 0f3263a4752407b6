# tests of ecx/: units, and a probe that drives the poller for the scenarios
check_PROGRAMS += tests/unit/ecxprobe
tests_unit_ecxprobe_SOURCES = tests/unit/ecxprobe.c
tests_unit_ecxprobe_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_ecxprobe_LDADD = libecx.a libset.a libbase.a $(EVENT_LIBS) $(CURL_LIBS) \
	$(JANSSON_LIBS)
