# tests/scenario: pytest files, each a test program of its own that speaks TAP (run.py).
# A new one adds its name here; those that take minutes come first, so that none of them
# is left alone at the end.
SCENARIOS = \
	tests/scenario/test_recover.py \
	tests/scenario/test_demo.py \
	tests/scenario/test_load_snmp.py \
	tests/scenario/test_move_limits.py \
	tests/scenario/test_move_restart.py \
	tests/scenario/test_move_faults.py \
	tests/scenario/test_main_job.py \
	tests/scenario/test_cli_move.py \
	tests/scenario/test_soak.py \
	tests/scenario/test_move_force.py \
	tests/scenario/test_cli_config.py \
	tests/scenario/test_cli_snmp.py \
	tests/scenario/test_move_evidence.py \
	tests/scenario/test_agentx.py \
	tests/scenario/test_agentx_notify.py \
	tests/scenario/test_agentx_set.py \
	tests/scenario/test_agentx_tables.py \
	tests/scenario/test_cli_completion.py \
	tests/scenario/test_cli_doctor.py \
	tests/scenario/test_cli_doctor_snmpd.py \
	tests/scenario/test_cli_defaults.py \
	tests/scenario/test_cli_graph.py \
	tests/scenario/test_cli_help.py \
	tests/scenario/test_cli_all.py \
	tests/scenario/test_cli_status.py \
	tests/scenario/test_cli_top.py \
	tests/scenario/test_cli_tree.py \
	tests/scenario/test_cli_cluster.py \
	tests/scenario/test_cli_event.py \
	tests/scenario/test_cli_find.py \
	tests/scenario/test_cli_list.py \
	tests/scenario/test_cli_list_absent.py \
	tests/scenario/test_cli_load.py \
	tests/scenario/test_cli_lost.py \
	tests/scenario/test_cli_mib.py \
	tests/scenario/test_cli_setup.py \
	tests/scenario/test_cli_site.py \
	tests/scenario/test_cli_snmp_access.py \
	tests/scenario/test_cli_vm.py \
	tests/scenario/test_clpcfdel.py \
	tests/scenario/test_commands.py \
	tests/scenario/test_conf.py \
	tests/scenario/test_docs_cli.py \
	tests/scenario/test_docs_moves.py \
	tests/scenario/test_harness.py \
	tests/scenario/test_load_asker.py \
	tests/scenario/test_load_hook.py \
	tests/scenario/test_load_vms.py \
	tests/scenario/test_load_windows.py \
	tests/scenario/test_mib.py \
	tests/scenario/test_mib_agent.py \
	tests/scenario/test_mib_columns.py \
	tests/scenario/test_mib_moves.py \
	tests/scenario/test_mib_sets.py \
	tests/scenario/test_mib_traps.py \
	tests/scenario/test_move_across.py \
	tests/scenario/test_move_cancel.py \
	tests/scenario/test_move_conflict.py \
	tests/scenario/test_move_intent.py \
	tests/scenario/test_move_quiesce.py \
	tests/scenario/test_move_refused.py \
	tests/scenario/test_move_refused_now.py \
	tests/scenario/test_move_reload.py \
	tests/scenario/test_move_rows.py \
	tests/scenario/test_move_store.py \
	tests/scenario/test_move_table.py \
	tests/scenario/test_outside.py \
	tests/scenario/test_move_trust.py \
	tests/scenario/test_plan_tool.py \
	tests/scenario/test_policy_balance.py \
	tests/scenario/test_policy_evacuate.py \
	tests/scenario/test_policy_kill.py \
	tests/scenario/test_policy_place.py \
	tests/scenario/test_policy_settings.py \
	tests/scenario/test_quickstart.py \
	tests/scenario/test_release.py \
	tests/scenario/test_reload.py \
	tests/scenario/test_restart.py \
	tests/scenario/test_restored.py \
	tests/scenario/test_store_fails.py \
	tests/scenario/test_threads.py
TESTS += $(SCENARIOS)
EXTRA_DIST += $(SCENARIOS) \
	tests/scenario/agentx_lib.py \
	tests/scenario/conftest.py \
	tests/scenario/fakeagent.py \
	tests/scenario/mib_numbers.txt \
	tests/scenario/mibfile.py \
	tests/scenario/mibserved.py \
	tests/scenario/run.py \
	tests/scenario/harness/__init__.py \
	tests/scenario/harness/agents.py \
	tests/scenario/harness/cli.py \
	tests/scenario/harness/clock.py \
	tests/scenario/harness/config.py \
	tests/scenario/harness/daemon.py \
	tests/scenario/harness/disk.py \
	tests/scenario/harness/ecxsim.py \
	tests/scenario/harness/fixtures.py \
	tests/scenario/harness/labs.py \
	tests/scenario/harness/loads.py \
	tests/scenario/harness/mib.py \
	tests/scenario/harness/moving.py \
	tests/scenario/harness/policing.py \
	tests/scenario/harness/ports.py \
	tests/scenario/harness/proc.py \
	tests/scenario/harness/screens.py \
	tests/scenario/harness/snmp.py \
	tests/scenario/harness/tap.py \
	tests/scenario/harness/udpproxy.py \
	tests/scenario/harness/worlds.py

# preloaded into clustersetd by test_threads.py, harness/disk.py and test_cli_config.py;
# no library of ours
PRELOADED = tests/scenario/threadspy.so tests/scenario/baddisk.so tests/scenario/otherhost.so
EXTRA_DIST += tests/scenario/threadspy.c tests/scenario/baddisk.c tests/scenario/otherhost.c
CLEANFILES += $(PRELOADED)
check_DATA = $(PRELOADED)
tests/scenario/threadspy.so: tests/scenario/threadspy.c
	$(AM_V_CCLD)$(MKDIR_P) $(@D) && $(CC) -D_GNU_SOURCE $(WARN_CFLAGS) $(CFLAGS) \
		-fPIC -shared -o $@ $(srcdir)/tests/scenario/threadspy.c -ldl
tests/scenario/otherhost.so: tests/scenario/otherhost.c
	$(AM_V_CCLD)$(MKDIR_P) $(@D) && $(CC) -D_GNU_SOURCE $(WARN_CFLAGS) $(CFLAGS) \
		-fPIC -shared -o $@ $(srcdir)/tests/scenario/otherhost.c
tests/scenario/baddisk.so: tests/scenario/baddisk.c
	$(AM_V_CCLD)$(MKDIR_P) $(@D) && $(CC) -D_GNU_SOURCE $(WARN_CFLAGS) $(CFLAGS) \
		-fPIC -shared -o $@ $(srcdir)/tests/scenario/baddisk.c -ldl

# The long scenarios with clustersetd under valgrind: any error or definite leak makes it
# end with 98, which the tests notice. About ten times as slow as make check.
VALGRIND_TESTS = tests/scenario/test_main_job.py tests/scenario/test_restart.py \
	tests/scenario/test_soak.py
VALGRIND_COMMAND = valgrind -q --fair-sched=yes --leak-check=full \
	--show-leak-kinds=definite --errors-for-leak-kinds=definite --error-exitcode=98
.PHONY: check-valgrind
check-valgrind:
	@command -v valgrind >/dev/null || { \
		echo "check-valgrind needs valgrind (Debian: apt-get install valgrind)"; exit 1; }
	TEST_SLOW=8 TEST_SOAK=40 TEST_WRAPPER='$(VALGRIND_COMMAND)' \
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(VALGRIND_TESTS)'
