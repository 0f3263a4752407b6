# SPDX-License-Identifier: Apache-2.0
"""CLUSTER-SET-MIB by itself: it is clean, complete, and its numbers stay."""
import os
import re
import shutil
import subprocess

import pytest

import mibfile

NUMBERS = os.path.join(mibfile.HERE, "mib_numbers.txt")
HEADERS = [os.path.join(mibfile.TOP, "set", name) for name in ("rows.h", "event.h")]
LINT = ("-s", "-m", "-l", "6")
lint = pytest.mark.skipif(bool(mibfile.why_not(("SMILINT", "smilint"))),
                          reason=str(mibfile.why_not(("SMILINT", "smilint"))))
dump = pytest.mark.skipif(bool(mibfile.why_not(("SMIDUMP", "smidump"))),
                          reason=str(mibfile.why_not(("SMIDUMP", "smidump"))))


@pytest.fixture(scope="module")
def mib():
    return mibfile.load()


@pytest.fixture(scope="module")
def source():
    with open(mibfile.SOURCE, encoding="ascii") as f:
        return f.read()


def rerooted(source, named):
    """The module as mibs/local.mk makes it for another root."""
    with open(os.path.join(mibfile.TOP, "mibs", "local.mk"), encoding="utf-8") as f:
        script = re.search(r"\$\(SED\) '([^']+)'", f.read()).group(1)
    script = script.replace("$(MIB_ROOT_NAMED)", named)
    return subprocess.run(["sed", script], input=source, text=True, capture_output=True,
                          check=True).stdout


def smilint(path):
    run = mibfile.smi("SMILINT", "smilint", *LINT, path=path)
    return run.stdout + run.stderr


@lint
def test_smilint_says_nothing():
    assert smilint(mibfile.SOURCE) == ""


@lint
def test_smilint_would_speak(source, tmp_path):
    broken = tmp_path / "CLUSTER-SET-MIB.txt"
    broken.write_text(source.replace("        csVmHold,\n", "", 1), encoding="ascii")
    assert "csVmHold" in smilint(str(broken))


@lint
@pytest.mark.parametrize("named", ["clusterSetRoot1(99999) clusterSetRoot2(1) 7", "54321"])
def test_another_root(source, tmp_path, named):
    path = tmp_path / "CLUSTER-SET-MIB.txt"
    text = rerooted(source, named)
    changed = [(a, b) for a, b in zip(source.split("\n"), text.split("\n")) if a != b]
    assert [b for _, b in changed] == ["    ::= { enterprises %s }" % named]
    path.write_text(text, encoding="ascii")
    assert smilint(str(path)) == ""


@lint
def test_the_default_root_is_the_source(source):
    named = "netSnmp(8072) netSnmpExperimental(9999) netSnmpPlaypen(9999) 29009"
    with open(os.path.join(mibfile.TOP, "configure.ac"), encoding="utf-8") as f:
        assert f'"{named}"' in f.read()
    assert rerooted(source, named) == source


@dump
def test_every_object_is_in_a_group(mib):
    grouped = {name for members in mib.groups.values() for name in members}
    wanted = {o.name for o in mib.objects.values() if o.access != "not-accessible"}
    assert wanted - grouped == set()
    assert set(mib.notifications) - grouped == set()


@dump
def test_numbers_stay(mib):
    """What was released never changes; what is new is added to mib_numbers.txt."""
    with open(NUMBERS, encoding="ascii") as f:
        released = [line.rstrip("\n") for line in f if line[0] != "#"]
    now = mibfile.numbers(mib)
    assert [line for line in released if line not in set(now)] == []
    assert [line for line in now if line not in set(released)] == []


@dump
def test_index_columns_come_first_and_are_hidden(mib):
    for row in mib.rows:
        own = [c.name for c in row.columns if c.name in row.index]
        if row.table != "csVmNameTable":
            assert own == [c.name for c in row.columns[:len(own)]], row.table
        for column in row.columns:
            hidden = column.access == "not-accessible"
            assert hidden == (column.name in own), column.name


@dump
def test_columns_are_numbered_without_holes(mib):
    for row in mib.rows:
        assert [c.oid[-1] for c in row.columns] == list(range(1, len(row.columns) + 1))


@dump
def test_states_begin_at_one(mib):
    for syntax in mib.types.values():
        if syntax.name.startswith("ClusterSet") and syntax.enum:
            first = 0 if syntax.name == "ClusterSetSnmpError" else 1
            assert min(syntax.enum.values()) == first, syntax.name


@dump
def test_counters_name_their_discontinuity(mib):
    for obj in mib.objects.values():
        if obj.syntax.base in ("Counter32", "Counter64"):
            assert "csSetDiscontinuityTime" in obj.description, obj.name


@dump
def test_figures_have_units(mib):
    for obj in mib.objects.values():
        if obj.syntax.base == "Gauge32" or obj.syntax.base.startswith("Counter"):
            if obj.syntax.base == obj.syntax.name or obj.syntax.name == "ClusterSetPerMille":
                assert obj.units, obj.name


@dump
def test_notifications_have_one_shape(mib):
    """Receivers match by position: 1 number, 2 severity, 3 name, 4 state, 5 text, 6 time."""
    assert [oid for oid, _ in mib.notifications.values()] == [
        (0, n + 1) for n in range(len(mib.notifications))]
    for name, (_, objects) in mib.notifications.items():
        assert objects[:3] == ["csNotifySequence", "csNotifySeverity", "csNotifyObjectName"]
        assert objects[4:6] == ["csNotifyText", "csNotifyTime"], name
        state = mib.objects[objects[3]]
        assert state.access in ("read-only", "read-write", "read-create"), name
        assert state.syntax.base != "OctetString", name
        assert len(objects) == len(set(objects)), name


@dump
def test_event_types_are_the_notifications(mib):
    enum = mib.types["ClusterSetEventType"].enum
    assert {"cs" + label[0].upper() + label[1:]: number for label, number in enum.items()
            if number < 100} == {name: oid[1] for name, (oid, _) in mib.notifications.items()}


@dump
def test_snmptt_can_read_the_notifications(mib, source):
    """snmpttconvertmib reads by line; its tags name varbinds that exist."""
    severities = {"NORMAL", "INFORMATIONAL", "WARNING", "MINOR", "MAJOR", "CRITICAL"}
    blocks = re.findall(r"^(cs\w+) NOTIFICATION-TYPE\n(.*?)^    ::= \{ csNotifications \d+ \}$",
                        source, re.M | re.S)
    assert [name for name, _ in blocks] == list(mib.notifications)
    for name, block in blocks:
        assert re.search(r"^    STATUS      current$", block, re.M), name
        assert re.search(r'^    DESCRIPTION$', block, re.M), name
        assert re.search(r'^    --#TYPE "[^"]+"$', block, re.M), name
        assert re.search(r"^    --#SEVERITY (\w+)$", block, re.M).group(1) in severities
        summary = re.search(r'^    --#SUMMARY "([^"]+)"$', block, re.M).group(1)
        args = re.search(r"^    --#ARGUMENTS \{ ([\d, ]+) \}$", block, re.M).group(1)
        args = [int(n) for n in args.split(",")]
        kinds = re.findall(r"%([sd])", summary)
        assert len(args) == len(kinds), name
        for arg, kind in zip(args, kinds):
            varbind = mib.objects[mib.notifications[name][1][arg]]
            assert (kind == "s") == (varbind.syntax.base == "OctetString"), (name, varbind.name)


ENUMS = {  # of set/rows.h and event.h: prefix of its members, textual convention
    "cs_health": ("HEALTH", "Health"), "cs_role": ("ROLE", "Role"),
    "cs_severity": ("SEV", "Severity"), "cs_cluster_admin": ("CLUSTER", "ClusterAdminState"),
    "cs_cluster_oper": ("CLUSTER", "ClusterOperState"), "cs_node_oper": ("NODE", "NodeOperState"),
    "cs_load_source": ("LOAD", "LoadSource"), "cs_vm_kind": ("VM", "VmKind"),
    "cs_vm_admin": ("VM", "VmAdminState"), "cs_vm_oper": ("VM", "VmOperState"),
    "cs_vm_proof": ("PROOF", "VmProof"), "cs_site_oper": ("SITE", "SiteOperState"),
    "cs_autostart": ("AUTOSTART", "AutoStart"), "cs_evidence": ("EVIDENCE", "Evidence"),
    "cs_disk_kind": ("DISK", "DiskKind"), "cs_disk_oper": ("DISK", "DiskOperState"),
    "cs_disk_role": ("DISK_ROLE", "DiskRole"), "cs_spread": ("SPREAD", "Spread"),
    "cs_enforcement": ("ENFORCE", "Enforcement"), "cs_object": ("OBJECT", "ObjectKind"),
    "alarm_type": ("ALARM", "AlarmType"),
}


def c_enums():
    """enum name -> [(member, value)] of the model's headers"""
    found = {}
    for path in HEADERS:
        with open(path, encoding="utf-8") as f:
            text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
        for name, body in re.findall(r"enum (\w+) \{(.*?)\}", text, re.S):
            members, value = {}, -1
            for member in filter(None, (m.strip() for m in body.split(","))):
                member, _, given = (part.strip() for part in member.partition("="))
                value = members.get(given, int(given) if given.isdigit() else None) \
                    if given else value + 1
                members[member] = value
            found[name] = members
    return found


def in_c(label):
    """serversDisagree -> SERVERS_DISAGREE"""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", label).upper()


@dump
@pytest.mark.parametrize("name", sorted(ENUMS))
def test_the_model_has_the_same_numbers(mib, name):
    prefix, convention = ENUMS[name]
    labels = mib.types["ClusterSet" + convention].enum
    assert c_enums()[name] == {f"{prefix}_{in_c(label)}": number
                               for label, number in labels.items()}


@dump
def test_the_model_has_the_same_event_types(mib):
    labels = {number: "EVENT_" + in_c(label)
              for label, number in mib.types["ClusterSetEventType"].enum.items()}
    members = {member: value for member, value in c_enums()["event_type"].items()
               if member != "EVENT_LAST_NOTIFICATION"}
    assert {n for n in labels if n < 100} <= set(members.values())
    for member, value in members.items():
        assert member in (labels[value], labels[value].removesuffix("_CHANGE")), value


@pytest.mark.skipif(not shutil.which("snmptranslate") or not mibfile.base_modules(),
                    reason="snmptranslate or the base MIB modules are not installed")
def test_net_snmp_reads_it():
    dirs = ":".join((os.path.dirname(mibfile.SOURCE), mibfile.base_modules()))
    env = dict(os.environ, MIBS="CLUSTER-SET-MIB", MIBDIRS=dirs)
    run = subprocess.run(["snmptranslate", "-On", "CLUSTER-SET-MIB::csVmTargetCluster.3"],
                         env=env, text=True, capture_output=True, timeout=30, check=False)
    assert run.stdout.strip().endswith(".29009.1.5.1.18.3"), run.stderr
    assert "CLUSTER-SET" not in run.stderr


def documented():
    """(name, OID below the root) as doc/mib.md tells them."""
    with open(os.path.join(mibfile.TOP, "doc", "mib.md"), encoding="utf-8") as f:
        text = f.read()
    pairs = re.findall(r"(cs[A-Z]\w*)(?:\.0)? \(ROOT\.([\d.]+)", text)
    pairs += [(name, oid) for oid, name in
              re.findall(r"^    snmpset ROOT\.([\d.]+) .*# (cs[A-Z]\w*)", text, re.M)]
    for line in text.splitlines():
        cells = [c.strip() for c in line.strip("| ").split("|")]
        if line.startswith("|") and len(cells) > 2 and cells[1].startswith("cs"):
            names, oids = cells[1].split(", "), cells[2].split(", ")
            if re.match(r"\d", oids[0]):
                assert len(names) == len(oids), line
                pairs += zip((n.split(".")[0] for n in names), oids)
    return text, [(name, tuple(int(n) for n in oid.strip(".").split(".") if n.isdigit()))
                  for name, oid in pairs]


@dump
def test_the_tour_tells_true_numbers(mib):
    _, pairs = documented()
    assert len(pairs) > 25
    for name, oid in pairs:
        wanted = next((r.oid[:-1] for r in mib.rows if r.table == name), None)
        if name in mib.objects:
            wanted = mib.objects[name].oid
        if name == "csStats":
            wanted = (1, 20)
        assert wanted is not None and oid[:len(wanted)] == wanted, (name, oid, wanted)


@dump
def test_the_tour_tells_true_notifications(mib):
    text, _ = documented()
    rows = re.findall(r"^\| (\d+) \| (cs\w+) \| (cs\w+)[^|]*\| ([^|]+) \|$", text, re.M)
    assert [name for _, name, _, _ in rows] == list(mib.notifications)
    said = {}
    for number, name, state, rest in rows:
        rest = rest.replace(",", " ").split()
        if rest[:2] == ["the", "same"]:
            rest = said["csMoveStarted"] + rest[2:]
        said[name] = rest
        oid, objects = mib.notifications[name]
        assert (oid[1], objects[3], objects[6:]) == (int(number), state, rest), name


@dump
def test_the_snmpd_drop_in_withholds_the_right_columns(mib):
    """Operators may write all but what overrides the evidence."""
    path = os.path.join(mibfile.TOP, "conf", "snmpd.conf.d", "clusterset.conf.in")
    with open(path, encoding="utf-8") as f:
        oids = re.findall(r"^view clusterset-operate excluded \.@MIB_ROOT@\.([\d.]+)$",
                          f.read(), re.M)
    names = {".".join(map(str, o.oid)): o.name for o in mib.objects.values()}
    assert {names.get(oid, oid) for oid in oids} == {
        "csMoveForce", "csVmSiteConfirm", "csVmRelease", "csSetAdopt"}


def documents():
    """README and what is in doc/ and conf/, as far as this tree has them."""
    found = [os.path.join(mibfile.TOP, "README.md")]
    for room in ("doc", "conf", os.path.join("conf", "snmpd.conf.d")):
        path = os.path.join(mibfile.TOP, room)
        found += [os.path.join(path, name) for name in sorted(os.listdir(path))]
    return [path for path in found if os.path.isfile(path)]


@dump
def test_documents_name_what_exists(mib, source):
    known = set(re.findall(r"^(cs[A-Z]\w*) ", source, re.M))
    assert set(mib.objects) <= known
    wrong = []
    for path in documents():
        with open(path, encoding="utf-8") as f:
            wrong += [(os.path.basename(path), word)
                      for word in re.findall(r"\bcs[A-Z]\w*", f.read()) if word not in known]
    assert wrong == []


@pytest.mark.skipif(not shutil.which("mandoc"),
                    reason="mandoc is not installed (Debian: apt-get install mandoc)")
def test_man_pages_are_clean():
    pages = [path for path in documents() if re.search(r"\.[1-8]\.in$", path)]
    assert pages
    run = subprocess.run(["mandoc", "-Tlint", "-W", "warning", *pages], text=True,
                         capture_output=True, timeout=30, check=False)
    assert run.stdout + run.stderr == ""
