# SPDX-License-Identifier: Apache-2.0
"""clusterset doctor: every kind of trouble is found, and a good installation is good."""
import os
import re
import stat

import pytest

from harness import cli, clock, config, labs, worlds

PROBE = "clusterset-doctor-probe-there-is-no-such-monitor"


def doctor(lab, *words, **more):
    """The report as a document, whatever the exit code."""
    if lab.snmpd is None:
        more.setdefault("options", ["-t", "0.2", "-r", "0"])
    done = cli.run(lab, ["doctor", "--json", *words], **more)
    report = done.json
    assert set(report) == {"findings", "passed", "summary"}, repr(done)
    assert report["summary"]["exit"] == done.code, repr(done)
    for severity in ("critical", "warning", "info"):
        assert report["summary"][severity] == len(
            [f for f in report["findings"] if f["severity"] == severity])
    return report


def codes(report, of=None):
    """{code: [evidence]} of the findings, all or of one object."""
    found = {}
    for f in report["findings"]:
        assert f["evidence"] and f["remedy"] and f["meaning"]
        if of is None or f["object"] == of:
            found.setdefault(f["code"], []).append(f["evidence"])
    return found


def worse_than_info(report):
    return [f for f in report["findings"] if f["severity"] != "info"]


def credentials(lab, name, user=labs.USER, password=labs.PASSWORD):
    return config.credentials_file(lab.directory, name + ".credentials", user, password)


def member(lab, name, **more):
    """A clusters entry: one account that polls, another that gives orders."""
    return {"name": name,
            "credentials": credentials(lab, "reader", labs.READER, labs.READER_PASSWORD),
            "operate-credentials": credentials(lab, "operator"),
            "servers": [{"name": s, "url": lab.sim.url(name, s)} for s in lab.sim.servers(name)],
            **more}


def settings(lab, clusters, vms=(), **more):
    """The defaults of clusterset.conf, which fit each other, but for the patience."""
    state = os.path.join(lab.directory, "state")
    os.makedirs(state, mode=0o700, exist_ok=True)
    result = {"set": {"name": "lab", "state-dir": state},
              "agentx": {"socket": lab.snmpd.socket if lab.snmpd else "/nonexistent/agentx"},
              "poll": {"connect-timeout": clock.scaled(2.0), "read-timeout": clock.scaled(4.0),
                       "freshness": clock.scaled(45.0), **more.pop("poll", {})},
              "clusters": list(clusters), **more}
    if vms:
        result["vms"] = list(vms)
    return result


def write(lab, values, name="clusterset.conf"):
    path = os.path.join(lab.directory, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(values if isinstance(values, str) else config.dump(values))
    return path


def snmpd_conf(lab, *lines, name="snmpd-looked-at.conf"):
    return write(lab, "\n".join(lines) + "\n", name)


def manual(vm):
    """The same VM, nothing of which starts by itself."""
    return {**vm, "sites": [{**s, "auto-start": "manual"} for s in vm["sites"]]}


VIEWS = ["view clusterset included .{root}",
         "view clusterset-operate included .{root}",
         *("view clusterset-operate excluded .{root}." + x
           for x in ("1.13.2.1.24", "1.7.1.13", "1.5.1.27", "1.1.20")),
         "group clusterset-operators usm clusterset-operator",
         'access clusterset-operators "" usm authPriv exact clusterset clusterset-operate clusterset']


AGENTX = ["master agentx", "agentXSocket /nonexistent/agentx", "agentXTimeout 5", "agentXRetries 0",
          "agentXPerms 0660 0755 root snmp", "trapsess -Ci -v3 -u x nms"]


def views(mib):
    return [x.format(root=".".join(map(str, mib.root))) for x in VIEWS]


@pytest.fixture
def good(lab, mib, need_snmpd, need_ecxsim, need_daemon):
    """An installation in which all is as documented: HTTPS with a CA, two accounts, the
    default times, views, informs."""
    lab.start_snmptrapd()
    lab.start_snmpd(trap_port=None, write_community=False, extra=[
        "agentXPerms 0660 0755 root root", f"informsink 127.0.0.1:{lab.trapd.port} public",
        *views(mib)])
    pair = worlds.Pair({"web1": "east1", "db1": "west1"})
    for cluster in pair.world["clusters"]:
        for server in cluster["servers"]:
            server["scheme"] = "https"
    pair.world["tls_dir"] = lab.directory
    lab.start_ecxsim(pair.world)
    lab.start_daemon(settings(
        lab, [member(lab, c, **{"ca-file": lab.sim.ready["ca_file"]}) for c in ("east", "west")],
        [manual(pair.vm_settings(v)) for v in pair.vms]))
    lab.daemon.polled()
    return lab


def test_a_good_installation(good):
    words = ["--config", good.daemon.conf, "--snmpd-conf", good.snmpd.conf]
    report = doctor(good, *words)
    assert worse_than_info(report) == [] and report["summary"]["exit"] == 0
    assert set(codes(report)) <= {"proof-ecx-only", "clp-conf-not-given", "clpconf-not-given",
                                  "disk-unlisted"}
    passed = {(p["object"], p["text"]) for p in report["passed"]}
    assert ("east", "has exactly the servers that are configured") in passed
    assert any(o == "east/east1" and t.startswith("account clusterset may operate")
               for o, t in passed)
    assert any(o == "east/east1" and "watcher may only read" in t for o, t in passed)
    assert any(o == "snmpd" and "may not override" in t for o, t in passed)
    # for people
    screen = cli.ok(good, ["doctor", *words])
    assert "east: 2 of 2 endpoints answer, https, reading right, operation right, at least X 6.0" \
        in screen.out
    assert screen.lines[-1].startswith("0 critical, 0 warnings, ")
    assert "watcher may only read" not in screen.out
    assert "watcher may only read" in cli.ok(good, ["doctor", *words, "--verbose"]).out
    assert max(map(len, screen.lines)) <= 100


def test_it_commands_nothing(good):
    before = good.sim.oracle()["activations"]
    words = ["--config", good.daemon.conf, "--snmpd-conf", good.snmpd.conf]
    doctor(good, *words, "--no-post")
    assert good.sim.requests(method="POST")["posts"] == []
    report = doctor(good, *words)
    posts = good.sim.requests(method="POST")["posts"]
    # each server once with either account; nothing was executed
    assert len(posts) == 8 and good.sim.oracle()["activations"] == before
    assert {(p["pattern"], p["executed"]) for p in posts} == {("monitors/{}/resume", False)}
    assert all(PROBE in p["uri"] for p in posts)
    assert "rights-not-checked" not in codes(report)
    assert "rights-not-checked" in codes(doctor(good, *words, "--no-post"))
    assert good.sim.requests(method="POST")["posts"] == posts


# --- endpoints ---------------------------------------------------------------------------

# one cluster each: its world, its configuration, a fault, what is found
TROUBLE = {
    "refused": ({}, {}, {"kind": "refuse"}, "endpoint-unreachable"),
    "silent": ({}, {}, {"kind": "hang"}, "endpoint-unreachable"),
    "denied": ({}, {}, {"kind": "unauthorized"}, "credentials-wrong"),
    "forbidden": ({}, {}, {"kind": "deny-ip"}, "may-not-read"),
    "broken": ({}, {}, {"kind": "http-status", "path": "groups"}, "endpoint-error"),
    "website": ({}, {}, {"kind": "non-json-body", "status": 200}, "endpoint-not-ecx"),
    "elsewhere": ({}, {"base-path": "/api/v9"}, None, "endpoint-not-ecx"),
    "reader": ({}, {"operate-credentials": None}, None, "may-not-operate"),
    "wrongop": ({}, {}, {"kind": "unauthorized", "method": "POST"}, "credentials-wrong"),
    "unclear": ({}, {}, {"kind": "http-status", "method": "POST"}, "rights-unclear"),
    "overdone": ({}, {"credentials": "operator"}, None, "reader-may-operate"),
    "wrongca": ({"certificate": "wrong-ca"}, {}, None, "tls-untrusted"),
    "expired": ({"certificate": "expired"}, {}, None, "tls-expired"),
    "wronghost": ({"certificate": "wrong-host"}, {}, None, "tls-name"),
    "soon": ({"certificate": "soon"}, {}, None, "tls-expires-soon"),
    "pinned": ({"certificate": "good"}, {"ca-file": None, "pinned-key": "sha256//" + "A" * 43 + "="},
               None, "tls-pin"),
    "nottls": ({"scheme": "http"}, {"url": "https"}, None, "tls-failed"),
    "plain": ({"scheme": "http"}, {"ca-file": None}, None, "plain-http"),
    "blind": ({"certificate": "wrong-ca"}, {"verify": False, "ca-file": None}, None, "verify-off"),
    "late": ({}, {}, {"kind": "date", "ms": -90000}, "clock-skew"),
    "slow": ({}, {}, {"kind": "latency", "path": "servers", "ms": 3300}, "endpoint-slow"),
    "old": ({"release": "4.2.0"}, {}, None, "release-old"),
    "other": ({}, {"ecx-name": "another"}, None, "cluster-other-name"),
    "spelled": ({}, {"server": "SPELLED1"}, None, "server-unknown"),
    "more": ({"more": True}, {}, None, "server-missing"),
    "contrary": ({"more": True}, {"both": True},
                 {"kind": "set-fields", "path": "groups", "server": "contrary2",
                  "set": {"status": "Offline"}}, "servers-disagree"),
    "suspended": ({}, {}, "suspend", "cluster-suspended"),
    "half": ({"more": True}, {"both": True}, "daemon-stop", "cluster-not-normal"),
    "well": ({}, {}, None, None),
}


@pytest.fixture
def troubled(lab, need_ecxsim):
    clusters, members = [], []
    for name, (world, _, _, _) in TROUBLE.items():
        servers = [{"name": f"{name}1", "scheme": world.get("scheme", "https"),
                    "certificate": world.get("certificate", "good")}]
        if world.get("more"):
            servers.append({**servers[0], "name": f"{name}2"})
        clusters.append(worlds.cluster(
            name, servers, [worlds.group("vm", servers[0]["name"])],
            monitors=[{"name": "userw", "type": "userw", "always": True}],
            release=world.get("release", "5.2")))
    lab.start_ecxsim({"clusters": clusters, "tls_dir": lab.directory})
    for name, (world, changes, fault, _) in TROUBLE.items():
        entry = member(lab, name, **{"ca-file": lab.sim.ready["ca_file"]})
        if not changes.get("both"):
            entry["servers"] = entry["servers"][:1]
        if "url" in changes:
            entry["servers"][0]["url"] = entry["servers"][0]["url"].replace("http:", "https:")
        if "server" in changes:
            entry["servers"][0]["name"] = changes["server"]
        for key in changes:
            if key not in ("both", "url", "server"):
                entry[key] = changes[key]
        if entry.get("credentials") == "operator":
            entry["credentials"] = entry["operate-credentials"]
        members.append(entry)
        if fault == "suspend":
            lab.sim.do("suspend", cluster=name)
        elif fault == "daemon-stop":
            lab.sim.do(fault, cluster=name, server=name + "2")
            lab.sim.wait(cluster=name, server=name + "2", status="Offline")
        elif fault:
            lab.sim.fault(fault["kind"], cluster=name, **{k: v for k, v in fault.items() if k != "kind"})
    lab.conf = write(lab, settings(lab, members, evidence={"evidence-age": 20}))
    return lab


def test_endpoints_in_trouble(troubled):
    report = doctor(troubled, "--config", troubled.conf)
    assert report["summary"]["exit"] == 1
    for name, (_, _, _, expected) in TROUBLE.items():
        mine = {f["code"]: f for f in report["findings"]
                if f["object"] == name or f["object"].startswith(name + "/")}
        mine = {c: f for c, f in mine.items() if f["severity"] != "info" or c == expected}
        if name == "half":  # ECX's API says Offline of everything while its daemon is down
            mine.pop("servers-disagree", None)
        assert set(mine) == ({expected} if expected else set()), (name, mine)
    evidence = {c: e[0] for c, e in codes(report).items()}
    assert "HTTP 403 for POST /api/v1/monitors/" + PROBE in evidence["may-not-operate"]
    assert "account watcher" in evidence["may-not-operate"]
    assert "90 s behind" in evidence["clock-skew"] or "91 s" in evidence["clock-skew"]
    assert "ends in 1 days" in evidence["tls-expires-soon"]
    assert "X 4.2.0 or 4.2.1" in evidence["release-old"]
    # what is known of the well
    passed = [p["text"] for p in report["passed"] if p["object"] == "well/well1"]
    assert "EXPRESSCLUSTER at least X 5.2, before X 6.0" in passed


def test_many_endpoints_do_not_wait_for_each_other(lab, need_ecxsim):
    names = [f"c{i}" for i in range(40)]
    lab.start_ecxsim({"clusters": [worlds.cluster(n, [n + "s"], []) for n in names]})
    lab.sim.fault("hang")
    conf = write(lab, settings(lab, [member(lab, n) for n in names],
                               poll={"connect-timeout": 1.0, "read-timeout": 2.0}))
    hasty = ["-t", "0.2", "-r", "0"]
    done = cli.run(lab, ["doctor", "--config", conf, "--no-post"], options=hasty, seconds=30)
    assert done.code == 1
    # not each in full: the screen stays readable
    assert done.out.count("  critical  endpoint-unreachable") == 6 + 1
    assert "endpoint-unreachable: 34" in done.out
    assert cli.run(lab, ["doctor", "--config", conf, "--no-post", "--verbose"],
                   options=hasty).out.count(
        "  critical  endpoint-unreachable") == 40


# --- VMs ---------------------------------------------------------------------------------

def test_vms_that_do_not_fit_their_clusters(lab, need_ecxsim):
    def group(name, server, resources):
        return {"name": name, "autostart": False, "initial": server, "resources": [
            {"name": n, "type": t} for n, t in resources]}
    east = [group("failover-erp", "east1", [("sd-erp", "sd"), ("sd-erp2", "sd"), ("vm-erp", "script")]),
            group("failover-web", "east1", [("script-web", "script")]),
            group("failover-proxy", "east1", [("sd-proxy", "sd")]),
            group("failover-mirror", "east1", [("md-mirror", "md")]),
            group("failover1", "east1", [("script1", "script")])]
    west = [group("failover-erp", "", [("disk-erp", "disk"), ("vm-erp", "exec")]),
            group("failover-mirror", "", [("md-mirror", "md")]),
            group("failover1", "", [("exec1", "exec")])]
    lab.start_ecxsim({"clusters": [
        worlds.cluster("east", ["east1"], east, release="5.2", monitors=[
            {"name": "genw-erp", "type": "genw", "group": "failover-erp"}]),
        worlds.cluster("west", ["west1"], west, release="5.2")]})

    def vm(name, kind="shared-disk", disks=(), **monitors):
        sites = [{"cluster": c, "group": "failover-" + name, "auto-start": "manual",
                  "monitors": monitors.get(c)} for c in ("east", "west")]
        return {"name": name, "kind": kind, "sites": sites, "disks": [
            {"name": "lun-" + name, "kind": "shared",
             "sites": [{"cluster": c, "resource": r} for c, r in disks]}] if disks else None}
    conf = write(lab, settings(lab, [member(lab, c) for c in ("east", "west")], [
        vm("erp", disks=[("east", "sd-erp"), ("west", "disk-erp")]),
        vm("web", disks=[("east", "sd-web"), ("west", "sd-web")], east=["genw-wbe"]),
        vm("proxy", kind="stateless"),
        vm("mirror", disks=[("east", "md-mirror"), ("west", "vm-erp")])]))
    report = doctor(lab, "--config", conf)
    assert set(codes(report, "vm erp")) == {"disk-types-differ", "disk-unlisted", "monitor-likely"}
    assert "sd-erp2" in codes(report, "vm erp")["disk-unlisted"][0]
    assert set(codes(report, "vm web")) == {
        "group-missing", "group-without-disk", "disk-missing", "monitor-missing"}
    assert set(codes(report, "vm proxy")) == {"stateless-with-disk", "group-missing"}
    assert set(codes(report, "vm mirror")) == {
        "disk-mirrored", "disk-other-group", "disk-types-differ", "disk-unlisted"}
    assert codes(report, "group failover1") == {"same-named-groups": ["in east, west"]}


# --- clp.conf -------------------------------------------------------------------------------

CLP = """<?xml version="1.0" encoding="ASCII"?>
<root>
 <all><charset>ASCII</charset><encode>ASCII</encode><serveros>linux</serveros></all>
 <cluster><name>{name}</name></cluster>
 <rstd><use>{api}</use></rstd>
 <server name="{server}"><priority>0</priority></server>
 <group name="failover-erp"><gid>0</gid><comment> </comment>
  <resource name="disk@sd-erp"/><resource name="exec@vm-erp"/>
  <policy name="{server}"><order>0</order></policy>
  {group}</group>
 <group name="failover-db"><gid>1</gid><resource name="exec@db"/>
  <policy name="{server}"><order>0</order></policy><start>0</start></group>
 <resource><types name="disk"/><types name="exec"/>
  <disk name="sd-erp"><deact><action>2</action></deact></disk>
  <exec name="vm-erp"><depend name="sd-erp"/>{resource}</exec>
  <exec name="db"><deact><action>2</action></deact></exec></resource>
 <monitor><types name="genw"/>
  <genw name="genw-erp"><target>vm-erp</target>
   <relation><type>rsc</type><name>vm-erp</name></relation></genw></monitor>
 <webmgr><client><objectnumber>11</objectnumber></client></webmgr>
</root>
"""


def clp(lab, name, group="", resource="", api=1, file=None, server=None):
    return write(lab, CLP.format(name=name, server=server or name + "1", group=group,
                                 resource=resource, api=api), file or name + ".clp.conf")


def erp(lab, **more):
    sites = [{"cluster": c, "group": "failover-erp", "auto-start": "manual", **more}
             for c in ("east", "west")]
    members = [{"name": c, "credentials": credentials(lab, "reader"),
                "servers": [{"name": c + "1", "url": f"https://127.0.0.1:{port}"}]}
               for c, port in (("east", 9), ("west", 10))]
    return write(lab, settings(lab, members, [{
        "name": "erp", "kind": "shared-disk", "sites": sites, "disks": [
            {"name": "lun", "kind": "shared", "sites": [
                {"cluster": c, "resource": "sd-erp"} for c in ("east", "west")]}]}]))


QUIET = "<start>0</start><failback>0</failback>"
KEEPS_OS = "<deact><action>2</action></deact>"


def test_what_ecx_does_by_itself(lab):
    conf = erp(lab)
    east = clp(lab, "east", api=0, group="<failback>1</failback><depend><act>"
               '<depend name="failover-db"/></act></depend>')
    report = doctor(lab, "--config", conf, "--no-endpoints", "--clp-conf", east)
    found = codes(report, "vm erp")
    assert set(found) == {"group-starts-itself", "group-fails-back", "group-chained",
                          "stop-failure-shuts-down", "monitor-not-suspended"}
    assert "default" in found["group-starts-itself"][0]
    assert 'auto-start = "manual"' in found["group-starts-itself"][0]
    assert "failover-db" in found["group-chained"][0]
    assert "vm-erp (OS shutdown, the default)" in found["stop-failure-shuts-down"][0]
    assert "genw-erp" in found["monitor-not-suspended"][0]
    assert "api-off" in codes(report, "east")
    assert codes(report)["clpconf-not-given"] == ["of west"]


def test_a_quiet_clp_conf(lab):
    conf = erp(lab, monitors=["genw-erp"])
    # the names of the clusters are another set's: told by CLUSTER=, or by the servers
    files = [clp(lab, c, QUIET, KEEPS_OS) for c in ("east", "west")]
    report = doctor(lab, "--config", conf, "--no-endpoints", "--clp-conf", "east=" + files[0],
                    "--clp-conf", files[1])
    assert codes(report, "vm erp") == {}
    assert "clpconf-not-given" not in codes(report)
    texts = [p["text"] for p in report["passed"] if p["object"] == "vm erp"]
    assert "clp.conf of east lets its group alone" in texts
    assert "clp.conf of west lets its group alone" in texts


def remedy(report, code):
    """The command in the remedy, as a list of words without the program's name."""
    text = next(f["remedy"] for f in report["findings"] if f["code"] == code)
    return re.search(r"\bclusterset ([^(;]*[^(; ])", text)[1].split()


def test_remedies_are_commands_that_help(lab):
    conf = erp(lab, **{"auto-start": "unknown", "monitors": ["psw-erp"]})
    quiet = ["--clp-conf", "east=" + clp(lab, "east", QUIET, KEEPS_OS)]
    report = doctor(lab, "--config", conf, "--no-endpoints")
    assert "autostart-unknown" in codes(report, "vm erp")
    cli.ok(lab, [*remedy(report, "autostart-unknown"), "--file", conf, "--no-reload"])
    report = doctor(lab, "--config", conf, "--no-endpoints", *quiet)
    assert set(codes(report, "vm erp")) == {"monitor-not-suspended"}
    cli.ok(lab, [*remedy(report, "monitor-not-suspended"), "--file", conf, "--no-reload"])
    assert codes(doctor(lab, "--config", conf, "--no-endpoints", *quiet), "vm erp") == {}
    with open(conf, encoding="utf-8") as f:
        assert f.read().count("psw-erp") == 2, "those that were there stay"


def test_remedies_for_servers(lab, need_ecxsim):
    lab.start_ecxsim({"clusters": [worlds.cluster("east", ["east1", "east2"], [])]})
    entry = member(lab, "east")
    conf = write(lab, settings(lab, [{**entry, "servers": [{**entry["servers"][0], "name": "EAST1"}]}]))
    report = doctor(lab, "--config", conf, "--no-post")
    assert {"server-unknown", "server-missing"} <= set(codes(report, "east"))
    cli.ok(lab, [*remedy(report, "server-unknown"), "--file", conf, "--no-reload"])
    missing = [x.replace("https://ADDRESS:29009", entry["servers"][1]["url"])
               for x in remedy(report, "server-missing")]
    cli.ok(lab, [*missing, "--file", conf, "--no-reload"])
    assert set(codes(doctor(lab, "--config", conf, "--no-post"), "east")) == {"plain-http"}


def test_clp_confs_that_are_none(lab):
    conf = erp(lab)
    stranger = clp(lab, "north", QUIET, KEEPS_OS)
    broken = write(lab, "<root><group>", "broken.conf")
    report = doctor(lab, "--config", conf, "--no-endpoints", "--clp-conf", stranger,
                    "--clp-conf", "south=" + stranger, "--clp-conf", broken,
                    "--clp-conf", "/nonexistent/clp.conf")
    assert len(codes(report)["clpconf-stranger"]) == 2
    assert len(codes(report)["clpconf-unreadable"]) == 2
    assert "broken.conf:1" in " ".join(codes(report)["clpconf-unreadable"])


def judged(report):
    """The clusters whose clp.conf was judged."""
    return {p["object"] for p in report["passed"] if "groups are VMs of the set" in p["text"]}


def test_a_clp_conf_of_another_cluster(lab):
    conf = erp(lab)
    north = clp(lab, "north", QUIET, KEEPS_OS)
    report = doctor(lab, "--config", conf, "--no-endpoints", "--clp-conf", "east=" + north)
    (text,) = codes(report, "east")["clpconf-other"]
    assert "east's server east1 is not in it" in text and '"north" has north1' in text
    assert judged(report) == set()
    assert codes(report)["clpconf-not-given"] == ["of east, west"], "it does not count as checked"
    assert "clpconf-other" not in codes(report, "west")


def named(lab, east, west, group="failover-erp"):
    """A set of two clusters with servers of the same names: (ecx-name, server)."""
    members = [{"name": c, "credentials": credentials(lab, "reader"),
                "servers": [{"name": "server1", "url": f"https://127.0.0.1:{port}"}],
                **({"ecx-name": ecx} if ecx else {})}
               for c, ecx, port in (("east", east, 9), ("west", west, 10))]
    return write(lab, settings(lab, members, [{
        "name": "erp", "kind": "stateless", "sites": [
            {"cluster": c, "group": group, "auto-start": "manual"} for c in ("east", "west")]}]))


def test_servers_of_the_same_names(lab):
    conf = named(lab, None, None)
    file = clp(lab, "hq", QUIET, KEEPS_OS, server="server1")
    report = doctor(lab, "--config", conf, "--no-endpoints", "--clp-conf", file)
    (text,) = codes(report)["clpconf-stranger"]
    assert "2 clusters" in text and judged(report) == set()
    # the name decides before the servers
    conf = named(lab, None, "hq")
    report = doctor(lab, "--config", conf, "--no-endpoints", "--clp-conf", file)
    assert judged(report) == {"west"}
    report = doctor(lab, "--config", conf, "--no-endpoints", "--clp-conf", "east=" + file)
    assert judged(report) == {"east"}, "nobody knows what east calls itself"
    # ... and tells it from another with the same servers
    conf = named(lab, "factory", "hq")
    report = doctor(lab, "--config", conf, "--no-endpoints", "--clp-conf", "east=" + file)
    assert 'its cluster is "hq", east calls itself "factory"' in codes(report, "east")["clpconf-other"][0]
    conf = named(lab, "factory", None)
    report = doctor(lab, "--config", conf, "--no-endpoints", "--clp-conf", file)
    assert judged(report) == {"west"}, "the only one that may be called so"
    conf = named(lab, "hq", "hq")
    report = doctor(lab, "--config", conf, "--no-endpoints", "--clp-conf", file)
    assert "2 clusters" in codes(report)["clpconf-stranger"][0]


def test_what_a_cluster_answers_tells_its_clp_conf(lab, need_ecxsim):
    lab.start_ecxsim({"clusters": [worlds.cluster("east", ["east1"], [])]})
    conf = write(lab, settings(lab, [member(lab, "east")]))
    file = clp(lab, "other", server="east1")
    report = doctor(lab, "--config", conf, "--no-post", "--clp-conf", "east=" + file)
    assert "clpconf-other" in codes(report, "east")
    report = doctor(lab, "--config", conf, "--no-endpoints", "--clp-conf", "east=" + file)
    assert "clpconf-other" not in codes(report, "east")


def test_a_group_that_is_not_in_its_clp_conf(lab):
    conf = named(lab, None, None, group="failover-typo")
    file = clp(lab, "hq", QUIET, KEEPS_OS, server="server1")
    report = doctor(lab, "--config", conf, "--no-endpoints", "--clp-conf", "west=" + file)
    (text,) = codes(report, "vm erp")["clpconf-group-missing"]
    assert "group failover-typo of west is not in " + file in text


def test_a_clp_conf_of_the_product(lab, shared):
    sample = os.path.join(shared, "samples", "clpconf", "linux-x53-two-groups.clp.conf")
    if not os.path.exists(sample):
        pytest.skip("../shared has no samples/clpconf")
    members = [{"name": "east", "credentials": credentials(lab, "reader"),
                "servers": [{"name": "alma9-21", "url": "https://127.0.0.1:9"}]}]
    conf = write(lab, settings(lab, members, [{
        "name": "two", "kind": "stateless",
        "sites": [{"cluster": "east", "group": "failover2", "auto-start": "manual"}]}]))
    report = doctor(lab, "--config", conf, "--no-endpoints", "--clp-conf", "east=" + sample)
    assert "group-starts-itself" in codes(report, "vm two")
    assert "clpconf-wrong" not in codes(report)


# --- this host ------------------------------------------------------------------------------

def test_modes_of_files(lab):
    conf = erp(lab)
    state = os.path.join(lab.directory, "state")
    os.chmod(state, 0o755)
    report = doctor(lab, "--config", conf, "--no-endpoints")
    assert "0755" in codes(report, "state")["state-open"][0]
    assert "/nonexistent/agentx" in codes(report, "AgentX socket")["socket-missing"][0]
    os.rmdir(state)
    assert "state-missing" in codes(doctor(lab, "--config", conf, "--no-endpoints"), "state")
    os.mkdir(state, 0o700)
    assert "state" not in {f["object"] for f in
                           doctor(lab, "--config", conf, "--no-endpoints")["findings"]}


def test_an_open_socket(lab, need_snmpd):
    lab.start_snmpd()
    conf = erp(lab)
    for mode, expected in ((0o666, {"socket-open"}), (0o660, set())):
        os.chmod(os.path.dirname(lab.snmpd.socket), 0o755)
        os.chmod(lab.snmpd.socket, mode)
        assert set(codes(doctor(lab, "--config", conf, "--no-endpoints"), "AgentX socket")) == expected
    assert stat.S_IMODE(os.stat(lab.snmpd.socket).st_mode) == 0o660


def test_credentials_for_everybody(lab):
    conf = erp(lab)
    os.chmod(credentials(lab, "reader"), 0o644)
    report = doctor(lab, "--config", conf)
    assert "reader.credentials" in " ".join(codes(report, conf)["config-wrong"])


def test_a_configuration_that_is_none(lab):
    conf = write(lab, "set = { name = 5; };\nclusers = ( );\n")
    report = doctor(lab, "--config", conf)
    assert len(codes(report, conf)["config-wrong"]) >= 2
    assert any(e.startswith(conf + ":2: ") for e in codes(report, conf)["config-wrong"])
    missing = doctor(lab, "--config", os.path.join(lab.directory, "nowhere"))
    assert "config-missing" in codes(missing)
    # the other checks went on
    assert "agent-unreachable" in codes(missing)


def test_what_the_reader_says_is_told_once(lab):
    conf = write(lab, settings(lab, [
        {"name": "east", "servers": [{"name": "east1", "url": "http://127.0.0.1:9"}],
         "pinned-key": "sha256//" + "A" * 43 + "="}]))
    report = doctor(lab, "--config", conf)
    found = codes(report)
    assert len(found["credentials-none"]) == len(found["plain-http"]) == 1
    assert ["mean nothing over plain http" in e for e in found["config-advice"]] == [True]


def test_times_that_do_not_fit(lab):
    conf = erp(lab)
    with open(conf, encoding="utf-8") as f:
        text = f.read()
    report = doctor(lab, "--config", conf, "--no-endpoints")
    assert codes(report, "clusterset.conf") == {}
    # less than freshness, which the lab scales, but more than half of it
    interval = f"interval = {clock.scaled(20.0)};\n connect-timeout"
    conf = write(lab, text.replace("connect-timeout", interval) +
                 "evidence = { command-horizon = 600; offline-settle = 5; };\n"
                 "moves = { stop-timeout = 300; force = true; };\n")
    report = doctor(lab, "--config", conf, "--no-endpoints")
    assert set(codes(report, "clusterset.conf")) == {
        "freshness-tight", "settle-short", "horizon-short", "move-timeout-short", "force-allowed"}


# --- clustersetd ----------------------------------------------------------------------------

def test_snmpd_without_clustersetd(lab, need_snmpd):
    lab.start_snmpd()
    report = doctor(lab, "--config", erp(lab), "--no-endpoints", "--snmpd-conf", lab.snmpd.conf)
    assert "daemon-away" in codes(report, "clustersetd")
    assert "overrides-open" in codes(report, "snmpd")


def test_what_snmpd_was_told_elsewhere(good):
    """-x and --master=agentx on its command line, say: clustersetd is joined all the same."""
    path = snmpd_conf(good, "agentXTimeout 5", "agentXRetries 0", "agentXPerms 0660 0755 root root")
    report = doctor(good, "--config", good.daemon.conf, "--no-endpoints", "--snmpd-conf", path)
    assert not {c for c in codes(report, "snmpd") if c.startswith("agentx-")}


def test_by_itself_it_looks_at_what_runs(good):
    """The file with which clustersetd runs, not the usual one; and an snmpd.conf that
    cannot be the one of the snmpd that answers is not judged."""
    report = doctor(good, "--no-post")
    assert "config-missing" not in codes(report) and "config-differs" not in codes(report)
    assert any(good.daemon.conf in p["text"] for p in report["passed"])
    assert any(p["object"] == "east" for p in report["passed"])  # it was asked
    found = codes(report, "snmpd")
    assert set(found) <= {"snmpd-conf-unread", "snmpd-conf-other"} and found, found
    path = snmpd_conf(good, *AGENTX, "rocommunity public default -V systemonly",
                      "view systemonly included .1.3.6.1.2.1.1")
    found = codes(doctor(good, "--no-endpoints", "--snmpd-conf", path), "snmpd")
    assert path in found["snmpd-conf-other"][0] and "nobody" in found["snmpd-conf-other"][0]
    assert "view-none" not in found and "operator-none" in found
    for f in doctor(good, "--no-endpoints", "--snmpd-conf", path)["findings"]:
        assert "DOCDIR" not in f["remedy"] and " conf/" not in f["remedy"]


def test_clustersetd_with_another_file(good):
    other = write(good, settings(good, [member(good, "east")]), "other.conf")
    report = doctor(good, "--config", other, "--no-endpoints", "--snmpd-conf", good.snmpd.conf)
    assert good.daemon.conf in codes(report, "clustersetd")["config-differs"][0]


def test_a_view_that_withholds_tables(good, mib):
    root = ".".join(map(str, mib.root))
    good.snmpd.process.stop()
    with open(good.snmpd.conf, encoding="ascii") as f:
        lines = f.read().splitlines()
    good.snmpd.write([x for x in lines if not x.startswith("rocommunity")] + [
        f"view some included .{root}", f"view some excluded .{root}.1.5",
        "rocommunity public 127.0.0.1 -V some"])
    good.snmpd.start()
    good.daemon.serving()
    report = doctor(good, "--config", good.daemon.conf, "--no-endpoints", access="public")
    assert "csVmTable" in codes(report, "snmpd")["table-withheld"][0]


def test_a_vm_in_two_clusters(whole):
    lab = whole()
    # behind our back, by an operator of the other cluster
    lab.sim.do("group-start", cluster="west", group="web1")
    index = lab.manager.row("csVmTable", csVmName="web1")[0][0]
    clock.wait_for(lambda: lab.manager.value(f"csVmOperState.{index}") == "conflict",
                   "the conflict to be seen", 20)
    words = ["--config", lab.daemon.conf, "--snmpd-conf", lab.snmpd.conf]
    report = doctor(lab, *words)
    assert report["summary"]["exit"] == 5
    assert "vm-conflict" in codes(report, "vm web1")
    assert any("web1" in e for e in codes(report, "clustersetd")["alarm-doubt"])
    screen = cli.run(lab, ["doctor", *words])
    assert screen.code == 5
    # the worst first
    assert screen.out.index("critical  vm-conflict") < screen.out.index("warning   plain-http")
