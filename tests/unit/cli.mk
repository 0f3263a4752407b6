# Unit tests of the command line.
UNIT_TESTS += tests/unit/test_cli_out
tests_unit_test_cli_out_SOURCES = tests/unit/test_cli_out.c
tests_unit_test_cli_out_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_cli_out_LDADD = libcli.a libbase.a $(JANSSON_LIBS) $(CHECK_LIBS)
UNIT_TESTS += tests/unit/test_cli_parse
tests_unit_test_cli_parse_SOURCES = tests/unit/test_cli_parse.c
tests_unit_test_cli_parse_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_cli_parse_LDADD = $(CLI_LIBS) \
	$(CHECK_LIBS)

# what clusterset has of the MIB, for tests/scenario/test_cli_mib.py
check_PROGRAMS += tests/unit/mibdump
tests_unit_mibdump_SOURCES = tests/unit/mibdump.c
tests_unit_mibdump_LDADD = libcli.a libbase.a
$(tests_unit_mibdump_OBJECTS): cli/mib_objects.h
UNIT_TESTS += tests/unit/test_cli_doctor
tests_unit_test_cli_doctor_SOURCES = tests/unit/test_cli_doctor.c
tests_unit_test_cli_doctor_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_cli_doctor_LDADD = $(CLI_LIBS) $(CHECK_LIBS)
UNIT_TESTS += tests/unit/test_cli_doctor_host
tests_unit_test_cli_doctor_host_SOURCES = tests/unit/test_cli_doctor_host.c
tests_unit_test_cli_doctor_host_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_cli_doctor_host_LDADD = $(CLI_LIBS) $(CHECK_LIBS)
UNIT_TESTS += tests/unit/test_cli_doctor_agent
tests_unit_test_cli_doctor_agent_SOURCES = tests/unit/test_cli_doctor_agent.c
tests_unit_test_cli_doctor_agent_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_cli_doctor_agent_LDADD = $(CLI_LIBS) $(CHECK_LIBS)
UNIT_TESTS += tests/unit/test_cli_rows
tests_unit_test_cli_rows_SOURCES = tests/unit/test_cli_rows.c
tests_unit_test_cli_rows_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_cli_rows_LDADD = libcli.a libbase.a $(JANSSON_LIBS) $(CHECK_LIBS)
$(tests_unit_test_cli_rows_OBJECTS): cli/mib_objects.h
UNIT_TESTS += tests/unit/test_cli_screens
tests_unit_test_cli_screens_SOURCES = tests/unit/test_cli_screens.c
tests_unit_test_cli_screens_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_cli_screens_LDADD = $(CLI_LIBS) $(CHECK_LIBS)
$(tests_unit_test_cli_screens_OBJECTS): cli/mib_objects.h
UNIT_TESTS += tests/unit/test_cli_confed
tests_unit_test_cli_confed_SOURCES = tests/unit/test_cli_confed.c
tests_unit_test_cli_confed_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_cli_confed_LDADD = $(CLI_LIBS) $(CHECK_LIBS)
UNIT_TESTS += tests/unit/test_cli_plain
tests_unit_test_cli_plain_SOURCES = tests/unit/test_cli_plain.c
tests_unit_test_cli_plain_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_cli_plain_LDADD = libcli.a libbase.a $(CHECK_LIBS)
