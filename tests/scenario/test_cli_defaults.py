# SPDX-License-Identifier: Apache-2.0
"""What clusterset takes from its surroundings: Net-SNMP's snmp.conf and CLUSTERSET_AGENT.

Passphrases belong into snmp.conf, not into argv: such a file must be enough, and the
options must still win over it.
"""
import os

from harness import cli

V3 = """defVersion 3
defSecurityLevel authPriv
defSecurityName operator
defAuthType SHA
defAuthPassphrase authpass12
defPrivType AES
defPrivPassphrase privpass12
"""


def test_snmp_conf_is_enough(whole):
    lab = whole()
    directory = os.path.join(lab.directory, "my-conf")
    os.mkdir(directory)

    def status(*options, **env):
        return cli.run(lab, "vm where web1", access=None, agent="", options=options,
                       env={"SNMPCONFPATH": directory, **env})
    agent = f"127.0.0.1:{lab.snmpd.port}"

    none = status("--agent", agent)
    assert none.code == 3 and "snmp.conf" in none.err, repr(none)
    for text in (V3, "defVersion 2c\ndefCommunity public\n"):
        with open(os.path.join(directory, "snmp.conf"), "w", encoding="ascii") as f:
            f.write(text)
        done = status("--agent", agent)
        assert done.code == 0 and "web1" in done.out, repr(done)
        assert status(CLUSTERSET_AGENT=agent).code == 0
        # nobody answers at the port of the discard service
        assert status("-t", "0.2", "-r", "0", CLUSTERSET_AGENT="127.0.0.1:9").code == 3
    wrong = status("-c", "nobody", "-t", "0.2", "-r", "0", "--agent", agent)
    assert wrong.code == 3 and "community" in wrong.err, repr(wrong)
