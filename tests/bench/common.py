# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: knobs, pinning, private daemons, a generated set, results.

Uses the harness of the scenario tests for daemons and clean-up. Never judges a number.
"""
import json
import os
import platform
import re
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "scenario"))
sys.dont_write_bytecode = True

from harness import agents, clock, config, daemon, labs, mib, ports, proc  # noqa: E402

TOP_SRCDIR = os.environ.get("top_srcdir") or os.path.abspath(os.path.join(HERE, "..", ".."))
TOP_BUILDDIR = os.environ.get("top_builddir") or os.getcwd()
QUICK = os.environ.get("BENCH_QUICK", "") not in ("", "0")
CPUS = sorted(os.sched_getaffinity(0))
VMS_PER_CLUSTER = 20
# the cost of a log line per datagram is snmpd's, and a site turns it off, too
SNMPD_LINES = ["dontLogTCPWrappersConnects yes"]


def seconds(default):
    """How long one sample lasts: BENCH_SECONDS, or what the benchmark thinks right."""
    return float(os.environ.get("BENCH_SECONDS") or default)


def tool(name):
    return os.path.join(TOP_BUILDDIR, "tests", "bench", name)


def say(text):
    print(f"# {text}", flush=True)


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def percentile(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * part))]


def figures(text):
    """KEY=VALUE words as a dict, numbers as numbers."""
    found = {}
    for key, value in re.findall(r"(\w+)=(\S+)", text):
        try:
            found[key] = float(value) if "." in value else int(value)
        except ValueError:
            found[key] = value
    return found


# --- processes ---------------------------------------------------------------------
def pin(pid, cpus):
    """All threads of a process, those to come included."""
    for tid in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(tid), cpus)


def pin_threads(pid, cpus_of):
    """Each thread where cpus_of(its name) says."""
    for tid in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{tid}/comm", encoding="ascii") as f:
            os.sched_setaffinity(int(tid), cpus_of(f.read().strip()))


def cpu_seconds(pid, tid=None):
    """User and system time so far, of a process or one thread."""
    path = f"/proc/{pid}/task/{tid}/stat" if tid else f"/proc/{pid}/stat"
    with open(path, encoding="ascii", errors="replace") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid, what="VmRSS"):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        for row in f:
            if row.startswith(what + ":"):
                return int(row.split()[1]) / 1024
    return 0.0


def machine_seconds():
    """Busy CPU seconds of the whole machine so far: were we alone?"""
    with open("/proc/stat", encoding="ascii") as f:
        fields = [int(x) for x in f.readline().split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


# --- a lab with generated clusters -----------------------------------------------------
class Bench(labs.Lab):
    """A lab of the scenario harness that also starts bench programs."""

    def __init__(self):
        super().__init__(TOP_SRCDIR, TOP_BUILDDIR, mib.load(TOP_SRCDIR))
        self.root = ".".join(map(str, self.mib.root))

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None:
            print("\n".join(x[:300] for x in self.logs(20).splitlines()), file=sys.stderr)
        problems = self.close()
        self.remove()
        for problem in problems:
            print(f"# left behind: {problem}", file=sys.stderr)

    def subdirectory(self, name):
        path = os.path.join(self.directory, name)
        os.makedirs(path, mode=0o700, exist_ok=True)
        return path

    def snmpd_named(self, name, extra=(), trap_port=None):
        """One more snmpd, with a directory of its own."""
        return self.started(agents.Snmpd(self.subdirectory(name), TOP_SRCDIR, self.mib,
                                         trap_port=trap_port, extra=[*SNMPD_LINES, *extra]))

    def program(self, name, argv, **more):
        part = Part(proc.Process(name, argv, self.directory, **more))
        return self.started(part).process

    def generate(self, clusters, servers=2, groups=VMS_PER_CLUSTER, scheme="http", **more):
        """ecxsim with so many clusters; what it says when it listens."""
        port = ports.free_port()
        spec = {"clusters": clusters, "servers": servers, "groups": groups, "scheme": scheme,
                "base": "127.1.0.1", "port": port, "tls_dir": self.subdirectory("tls"),
                "start_ms": 0, "stop_ms": 0, **more}
        self.sim_process = self.program(
            "ecxsim", [os.path.join(TOP_BUILDDIR, "tests", "ecxsim", "ecxsim"), "--generate",
                       ",".join(f"{k}={v}" for k, v in spec.items())])

        def ready():
            self.sim_process.check()
            text = self.sim_process.text()
            return text.startswith("{") and "\n" in text and json.loads(text.split("\n")[0])
        self.sites = 2 if more.get("pairs") == "yes" else 1
        self.world = clock.wait_for(ready, "ecxsim to listen", 120)
        return self.world

    def sim_ask(self, path, body=None):
        """One request to ecxsim's control endpoint; the JSON answer."""
        request = urllib.request.Request(
            self.world["control"] + path, None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def generated_settings(self, interval, **poll):
        """clusterset.conf for everything that generate() made."""
        credentials = config.credentials_file(self.directory, "ecx.credentials", "operator",
                                              "secret")
        state = self.subdirectory("state")
        clusters = []
        for c in self.world["clusters"]:
            clusters.append({
                "name": c["name"], "credentials": credentials,
                "ca-file": self.world.get("ca_file"),
                "servers": [{"name": s["name"], "url": s["url"].removesuffix("/api/v1")}
                            for s in c["servers"]]})
        return {
            "set": {"name": "bench", "state-dir": state},
            "agentx": {"socket": self.snmpd.socket},
            "poll": {"interval": interval, "fast-interval": min(1, interval), **poll},
            "clusters": clusters,
            # a VM of a pattern has a site in each of its clusters
            "vm-patterns": [{"group": "failover-*", "kind": "shared-disk",
                             "clusters": [c["name"] for c in clusters[i:i + self.sites]]}
                            for i in range(0, len(clusters), self.sites)],
        }

    def start_clustersetd(self, settings, **more):
        self.daemon = self.started(daemon.Clustersetd(
            self.directory, TOP_BUILDDIR, settings, self.snmpd.manager, start=False, **more))
        return self.daemon.start("-v")

    def number(self, name):
        value = self.snmpd.manager.value(name)
        return value if isinstance(value, int) else 0

    def polled_all(self, limit=180):
        """Until every cluster has been polled at least twice."""
        wanted = 2 * len(self.world["clusters"])

        def done():
            if not self.daemon.process.running():
                raise RuntimeError("clustersetd has ended\n" + self.daemon.process.tail(20))
            return self.number("csStatsPolls.0") >= wanted
        clock.wait_for(done, "every cluster to be polled twice", limit, every=0.5,
                       seen=lambda: self.daemon.process.tail(20))


class Part:
    def __init__(self, process):
        self.process = process

    def stop(self):
        self.process.stop()


# --- results -----------------------------------------------------------------------------
RESULTS, LAST = [], []


def result(kind, last=False, **values):
    """One line that a script can read, and one entry of bench.json. `last`: the line is
    kept for the end."""
    shown = {}
    for key, value in values.items():
        if isinstance(value, float):
            value = round(value, 3 if abs(value) < 10 else 1)
        shown[key] = value
    RESULTS.append({"bench": kind, **shown})
    line = " ".join([kind, *(f"{k}={v}" for k, v in shown.items())])
    if last:
        LAST.append(line)
    else:
        print(line, flush=True)


def first_line(*argv):
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False)
    except OSError:
        return ""
    return ((done.stdout + done.stderr).strip().splitlines() or [""])[0]


def machine():
    """What the numbers were measured on: a class of machine, never its name."""
    model = ""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
        for row in f:
            if row.startswith("model name"):
                model = row.split(":", 1)[1].strip()
                break
    with open("/proc/meminfo", encoding="ascii") as f:
        memory = int(f.readline().split()[1]) // 1024
    system = ""
    try:
        with open("/etc/os-release", encoding="utf-8") as f:
            system = dict(x.rstrip().split("=", 1) for x in f if "=" in x).get(
                "PRETTY_NAME", "").strip('"')
    except OSError:
        pass
    return {
        "cpus": len(CPUS), "cpu_model": model, "memory_mb": memory,
        "kernel": platform.release(), "architecture": platform.machine(), "system": system,
        "virtual": first_line("systemd-detect-virt"),
        "net_snmp": first_line("pkg-config", "--modversion", "netsnmp"),
        "libcurl": first_line("pkg-config", "--modversion", "libcurl"),
        "libevent": first_line("pkg-config", "--modversion", "libevent"),
        "load_at_start": round(os.getloadavg()[0], 2),
    }


def write_json(path, facts):
    """Benchmarks that were not run now keep what they had."""
    kept = []
    try:
        with open(path, encoding="utf-8") as f:
            before = json.load(f)
            kept = before["results"] if before["quick"] == QUICK else []
    except (OSError, ValueError, KeyError):
        pass
    now = {r["bench"] for r in RESULTS}
    with open(path, "w", encoding="utf-8") as f:
        json.dump({"date": time.strftime("%Y-%m-%d", time.gmtime()), "quick": QUICK,
                   "machine": facts,
                   "results": [r for r in kept if r["bench"] not in now] + RESULTS},
                  f, indent=1)
        f.write("\n")


def table():
    """The results for a person: one table per benchmark."""
    lines = []
    for kind in dict.fromkeys(r["bench"] for r in RESULTS):
        rows = [r for r in RESULTS if r["bench"] == kind]
        keys = list(dict.fromkeys(k for r in rows for k in r if k != "bench"))
        cells = [keys] + [[str(r.get(k, "")) for k in keys] for r in rows]
        widths = [max(len(c[i]) for c in cells) for i in range(len(keys))]
        lines.append(f"\n{kind}")
        lines += ["  " + "  ".join(c.rjust(w) for c, w in zip(row, widths)) for row in cells]
    return "\n".join(lines)
