# tests of the SNMP face: units, and a program that serves a synthetic model for the
# scenarios and benches
noinst_LIBRARIES += libfacemodel.a
libfacemodel_a_SOURCES = tests/unit/face_model.c tests/unit/face_model.h

FACE_LIBS = libsubagent.a libfacemodel.a libset.a libbase.a $(NETSNMP_LIBS) $(EVENT_LIBS)

check_PROGRAMS += tests/unit/facedemo
tests_unit_facedemo_SOURCES = tests/unit/facedemo.c
tests_unit_facedemo_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS)
tests_unit_facedemo_LDADD = $(FACE_LIBS)

FACE_TESTS = \
	tests/unit/test_face_mib \
	tests/unit/test_face_notify \
	tests/unit/test_face_sets
check_PROGRAMS += $(FACE_TESTS)
TESTS += $(FACE_TESTS)
tests_unit_test_face_mib_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_face_mib_LDADD = $(FACE_LIBS) $(CHECK_LIBS)
tests_unit_test_face_notify_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_face_notify_LDADD = $(FACE_LIBS) $(CHECK_LIBS)
tests_unit_test_face_sets_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(EVENT_CFLAGS)
tests_unit_test_face_sets_LDADD = $(FACE_LIBS) $(CHECK_LIBS)
