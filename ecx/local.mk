# ecx: talk to EXPRESSCLUSTER X
noinst_LIBRARIES += libecx.a
libecx_a_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS) $(XML_CFLAGS)
libecx_a_SOURCES = \
	ecx/ask.c \
	ecx/backoff.c ecx/backoff.h \
	ecx/classify.c ecx/classify.h \
	ecx/clpconf.c ecx/clpconf.h ecx/clpconf_int.h \
	ecx/clpconf_books.c \
	ecx/clpconf_check.c \
	ecx/clpconf_count.c \
	ecx/clpconf_cycle.c \
	ecx/clpconf_depend.c \
	ecx/clpconf_edit.h ecx/clpconf_edit_int.h \
	ecx/clpconf_marks.c \
	ecx/clpconf_model.c \
	ecx/clpconf_plan.c \
	ecx/clpconf_scan.c \
	ecx/clpconf_watch.c \
	ecx/command.c ecx/command.h \
	ecx/decode.c ecx/decode.h \
	ecx/digest.c ecx/digest.h \
	ecx/groupmap.c ecx/groupmap.h \
	ecx/http.c ecx/http.h \
	ecx/http_options.c ecx/http_options.h \
	ecx/member.h \
	ecx/poller.c ecx/poller.h \
	ecx/round.c
