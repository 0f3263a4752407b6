# ecx: talk to EXPRESSCLUSTER X
noinst_LIBRARIES += libecx.a
libecx_a_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS)
libecx_a_SOURCES = \
	ecx/command.h ecx/poller.h
