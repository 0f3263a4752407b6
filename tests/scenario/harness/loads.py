# SPDX-License-Identifier: Apache-2.0
"""Sources of loads for tests: the nodes' snmpd, simulated agents (snmpsim), metrics
hooks, and the asker, clustersetd's process that asks agents, alone."""
import json
import os
import shutil
import stat
import subprocess
import threading

from . import agents, clock, ports, proc, snmp

USER, AUTH, PRIV = "watcher", "authpass12", "privpass12"


class NodeSnmpd:
    """The snmpd of nodes, as administrators run it: HOST-RESOURCES-MIB and UCD-SNMP-MIB.
    `addresses` of 127/8 share its port."""

    def __init__(self, directory, addresses=("127.0.0.1",), name="node", community="public",
                 view=()):
        self.name = name
        self.directory = os.path.join(directory, name)
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        self.addresses = addresses
        self.port = ports.free_port()
        conf = os.path.join(self.directory, "snmpd.conf")
        lines = ["agentAddress " + ",".join(f"udp:{a}:{self.port}" for a in addresses),
                 f'createUser {USER} SHA "{AUTH}" AES "{PRIV}"']
        if view:
            lines += [f"view some included {oid}" for oid in view]
            lines += [f"rocommunity {community} 127.0.0.0/8 -V some",
                      f"rouser {USER} authPriv -V some"]
        else:
            lines += [f"rocommunity {community} 127.0.0.0/8", f"rouser {USER} authPriv"]
        with open(os.open(conf, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
                  encoding="ascii") as f:
            f.write("\n".join(lines) + "\n")
        self.manager = snmp.Manager(self.port, self.directory, address=addresses[0],
                                    community=community)
        self.process = None
        self.start()

    def start(self):
        self.process = proc.Process(
            self.name,
            [agents.find_program("snmpd", "SNMPD"), "-f", "-C", "-r",
             "-c", os.path.join(self.directory, "snmpd.conf"), "-Lo", "-I", "-smux"],
            self.directory,
            env={"MIBS": "", "MIBDIRS": "/dev/null", "SNMPCONFPATH": self.directory,
                 "SNMP_PERSISTENT_DIR": os.path.join(self.directory, "persist")})
        clock.wait_for(self._answers, "the node's snmpd to answer", 20)

    def _answers(self):
        self.process.check()
        return self.manager.get(".1.3.6.1.2.1.25.2.2.0", timeout=0.5, retries=0)

    def stop(self):
        self.process.stop()


def snmpsimd():
    return shutil.which("snmpsimd") or shutil.which("snmpsim-command-responder")


class Snmpsim:
    """Simulated agents: each community is a .snmprec file, `records` maps it to lines."""

    def __init__(self, directory, records, address="127.0.0.1"):
        self.directory = os.path.join(directory, "snmpsim")
        data = os.path.join(self.directory, "data")
        os.makedirs(data, mode=0o755, exist_ok=True)
        os.makedirs(os.path.join(self.directory, "cache"), exist_ok=True)
        for name, text in records.items():
            with open(os.path.join(data, name + ".snmprec"), "w", encoding="ascii") as f:
                f.write(text)
        self.port = ports.free_port()
        # it wants to be nobody when it is root
        who = []
        if os.geteuid() == 0:
            who = ["--process-user=root", "--process-group=root"]
        self.process = proc.Process(
            "snmpsim",
            [snmpsimd(), *who, f"--data-dir={data}",
             f"--cache-dir={os.path.join(self.directory, 'cache')}",
             f"--agent-udpv4-endpoint={address}:{self.port}"],
            self.directory, env={"HOME": self.directory, "PYTHONDONTWRITEBYTECODE": "1"})
        manager = snmp.Manager(self.port, self.directory, address=address,
                               community=next(iter(records)))
        clock.wait_for(
            lambda: self.process.check() and manager.getnext(".1.3.6.1.2.1", timeout=1,
                                                             retries=0),
            "snmpsim to answer", 60, seen=self.process.tail)

    def stop(self):
        self.process.stop()


def secret_file(directory, name, text):
    path = os.path.join(directory, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
              encoding="utf-8") as f:
        f.write(text + "\n")
    return path


def community(directory, text="public"):
    """The snmp group of clusterset.conf for version 2c."""
    return {"version": "2c",
            "community-file": secret_file(directory, f"community-{text}", text)}


def user(directory, auth=AUTH, priv=PRIV):
    """The same for version 3, authPriv."""
    return {"version": "3", "user": USER, "auth-protocol": "SHA",
            "auth-password-file": secret_file(directory, f"auth-{auth}", auth),
            "priv-protocol": "AES",
            "priv-password-file": secret_file(directory, f"priv-{priv}", priv)}


def program(directory, name, text):
    """An executable file; text begins with #!."""
    path = os.path.join(directory, name)
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path + ".new", stat.S_IRWXU)
    os.rename(path + ".new", path)
    return path


class Asker:
    """`clustersetd --load-child` alone: told lines, read lines."""

    def __init__(self, top_builddir, interval=200, timeout=300, tries=2, at_once=64):
        self.popen = subprocess.Popen(
            [os.path.join(top_builddir, "clustersetd"), "--load-child"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
            env={"MIBS": "", "MIBDIRS": "/dev/null", "PATH": os.environ["PATH"],
                 **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}})
        self.lines, self.lock = [], threading.Lock()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.tell(settings={"interval": int(interval * clock.SLOW),
                            "timeout": int(timeout * clock.SLOW), "tries": tries,
                            "at-once": at_once})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def _read(self):
        for line in self.popen.stdout:
            with self.lock:
                self.lines.append(json.loads(line))

    def tell(self, **line):
        self.popen.stdin.write(json.dumps(line).encode() + b"\n")
        self.popen.stdin.flush()

    def account(self, ident=0, **more):
        self.tell(account={"id": ident, "version": 2, "community": "public", **more}
                  if "user" not in more else {"id": ident, "version": 3, **more})

    def node(self, ident, host, port, account=0):
        self.tell(node={"id": ident, "host": host, "port": port, "account": account})

    def said(self, ident):
        with self.lock:
            return [x for x in self.lines if x.get("id") == ident]

    def wait(self, ident, after=0, seconds=15):
        """The first line about that node past the first `after` ones."""
        return clock.wait_for(lambda: self.said(ident)[after:], f"a word about node {ident}",
                              seconds, seen=lambda: str(self.lines[-20:]))[0]

    def end(self):
        """Standard input ends; its exit code."""
        self.popen.stdin.close()
        status = self.popen.wait(clock.scaled(10))
        self.reader.join()
        self.popen.stdout.close()
        return status
