# SPDX-License-Identifier: Apache-2.0
"""Writing CLUSTER-SET-MIB at a running agent: what is refused, how, and what is accepted."""
import pytest

from harness import snmp
from mibserved import LETTER, WIRE, needs_smidump, served, with_control

pytestmark = needs_smidump
assert served  # the fixture


def refused(served, obj, index, letter, value):
    """The error-status with which a SET is refused; 'noError' when it is accepted."""
    if letter == "i":
        value = int(value)  # a number, no label
    try:
        served.writer.set((served.oid(obj, index), letter, value))
    except snmp.SnmpError as error:
        return error.status
    return "noError"


def as_text(var):
    if isinstance(var.value, bytes):
        return var.value.hex()
    if isinstance(var.value, tuple):
        return "." + ".".join(map(str, var.value))
    return str(var.value)


def test_read_only_objects_refuse(served):
    wrong = {}
    for name, instances in served.instances().items():
        obj = served.module.objects[name]
        if obj.access != "read-only":
            continue
        index, var = instances[0]
        letter = "x" if var.kind == "OCTET STRING" else LETTER[var.kind]
        if letter == "x" and not var.value:
            letter = "s"
        status = refused(served, obj, index, letter, as_text(var))
        if status != "notWritable":
            wrong[name] = status
    assert wrong == {}


def test_hidden_objects_refuse(served):
    for obj in served.module.objects.values():
        if obj.access in ("not-accessible", "accessible-for-notify"):
            index = (0,) if obj.row is None else (1,) * len(obj.row.index)
            letter = LETTER[WIRE[obj.syntax.base]]
            assert refused(served, obj, index, letter, "1") in (
                "notWritable", "noCreation", "noAccess"), obj.name


# What is written there is an order, not a value that stays.
ORDERS = {"csVmTargetCluster", "csVmTargetNode", "csVmSiteConfirm", "csSetAdopt",
          "csVmRelease", "csSetReload"}


def writable(served):
    found = served.instances()
    return [(served.module.objects[name], *instances[0]) for name, instances in found.items()
            if served.module.objects[name].access == "read-write"]


def test_some_objects_are_writable(served):
    names = {obj.name for obj, _, _ in writable(served)}
    assert {"csSetSerial", "csClusterAdminState", "csNodeAdminState", "csVmAdminState",
            "csVmHold", "csVmHomeCluster", "csVmPriority", "csAlarmAcknowledge"} <= names


def test_wrong_type_is_refused(served):
    wrong = {}
    for obj, index, var in writable(served):
        tries = {"i": "1", "u": "1", "s": "1", "a": "127.0.0.1", "t": "1", "o": ".1.3"}
        tries.pop(LETTER[var.kind])
        for letter, value in tries.items():
            status = refused(served, obj, index, letter, value)
            if status != "wrongType":
                wrong[f"{obj.name} as {letter}"] = status
    assert wrong == {}


def test_wrong_length_is_refused(served):
    for obj, index, var in writable(served):
        if var.kind == "OCTET STRING":
            longest = max(high for _, high in obj.syntax.ranges)
            assert refused(served, obj, index, "s", "x" * (longest + 1)) == "wrongLength"


def outside(obj):
    """Values of the right type just outside of what the module allows."""
    if obj.syntax.enum:
        return [min(obj.syntax.enum.values()) - 1, max(obj.syntax.enum.values()) + 1,
                2147483647]
    if not obj.syntax.ranges:
        return []  # all of its type is allowed
    lowest, highest = (min(r[0] for r in obj.syntax.ranges),
                       max(r[1] for r in obj.syntax.ranges))
    if obj.syntax.base == "Integer32":
        return [lowest - 1, -2147483648]
    return [highest + 1, 2**32 - 1] + ([lowest - 1] if lowest > 0 else [])


def test_out_of_range_is_refused(served):
    wrong = {}
    for obj, index, var in writable(served):
        if var.kind == "OCTET STRING":
            continue
        for value in outside(obj):
            status = refused(served, obj, index, LETTER[var.kind], str(value))
            if status != "wrongValue":
                wrong[f"{obj.name} = {value}"] = status
    assert wrong == {}


def test_rows_that_are_not_there_refuse(served):
    for obj, index, var in writable(served):
        nowhere = (1,) if obj.row is None else (2147483000,) * len(obj.row.index)
        assert refused(served, obj, nowhere, LETTER[var.kind], as_text(var)) in (
            "noCreation", "inconsistentName"), obj.name


def test_objects_without_instances_refuse(served):
    """Where an engine is not configured a SET says so by an error, and harms nothing."""
    found = served.instances()
    for obj in served.module.objects.values():
        if obj.access not in ("read-write", "read-create") or obj.name in found:
            continue
        index = (0,) if obj.row is None else (1,) * len(obj.row.index)
        if obj.row is not None and obj.row.index[0] in ("csMoveOwner", "csPlacementOwner"):
            index = (1, 97, 1)
        letter = LETTER[WIRE[obj.syntax.base]]
        assert refused(served, obj, index, letter, "1") in (
            "noCreation", "notWritable", "inconsistentName", "inconsistentValue", "wrongValue",
            "resourceUnavailable"), obj.name


def test_sets_of_odd_names_are_refused(served):
    """Whatever is added to the name of a writable instance: an error in time, no change."""
    for obj, index, var in writable(served):
        for tail in ((0,), (4294967295,), (1,) * 40, (255,) * 90):
            oid = obj.oid + index + tail
            if len(served.root) + len(oid) > 128:
                continue
            status = refused(served, obj, index + tail, LETTER[var.kind], as_text(var))
            assert status in ("noCreation", "inconsistentName", "notWritable"), (obj.name, tail)
        assert served.reader.get(served.oid(obj, index))[0].value == var.value


def test_writing_back_what_is_there_is_accepted(served):
    for obj, index, var in writable(served):
        if obj.syntax.name == "TestAndIncr" or obj.name == "csSetReload":  # asks for something
            continue
        text = var.value.decode() if isinstance(var.value, bytes) else as_text(var)
        assert refused(served, obj, index, LETTER[var.kind], text) == "noError", obj.name
        assert served.reader.get(served.oid(obj, index))[0].value == var.value, obj.name



@pytest.mark.parametrize("name, letter, value", [
    ("csClusterAdminState", "i", 2), ("csNodeAdminState", "i", 2), ("csVmHold", "i", 1),
    ("csVmPriority", "u", 999), ("csVmHomeCluster", "u", 0), ("csAlarmAcknowledge", "i", 1)])
def test_a_new_value_is_read_back_at_once(served, name, letter, value):
    obj = served.module.objects[name]
    index, var = served.instances()[name][0]
    served.writer.set((served.oid(obj, index), letter, value))
    assert served.reader.get(served.oid(obj, index))[0].value == value
    served.writer.set((served.oid(obj, index), letter, var.value))
    assert served.reader.get(served.oid(obj, index))[0].value == var.value


@pytest.mark.parametrize("name, letter, value, error", [
    ("csVmPriority", "u", "1001", "wrongValue"), ("csVmHold", "s", "yes", "wrongType"),
    ("csNodeAdminState", "i", "3", "wrongValue"), ("csVmName", "s", "other", "notWritable"),
    ("csVmHomeCluster", "u", "4294967295", "wrongValue")])
def test_a_refusal_tells_why(served, name, letter, value, error):
    obj = served.module.objects[name]
    index, _ = served.instances()[name][0]
    before = served.reader.value("csStatsSetsRefused.0")
    assert refused(served, obj, index, letter, value) == error
    newest = max(served.reader.table("csRefusalTable").items())[1]
    assert newest["csRefusalError"] == error
    assert newest["csRefusalInstance"] == served.root + obj.oid + index
    assert len(newest["csRefusalText"]) > 20
    assert served.reader.value("csStatsSetsRefused.0") == before + 1



def test_one_wrong_varbind_refuses_them_all(served):
    hold, priority = (served.module.objects[n] for n in ("csVmHold", "csVmPriority"))
    (index, var), before = served.instances()["csVmHold"][0], served.reader.value(
        "csStatsSetsAccepted.0")
    with pytest.raises(snmp.SnmpError) as caught:
        served.writer.set((served.oid(hold, index), "i", 3 - var.value),
                          (served.oid(priority, index), "u", 5000))
    assert caught.value.status == "wrongValue"
    assert served.reader.get(served.oid(hold, index))[0].value == var.value
    assert served.reader.value("csStatsSetsAccepted.0") == before


# --- what only control can know, last so that its lab is started once ----------------------
@with_control
def test_test_and_incr(served):
    now = served.reader.value("csSetSerial.0")
    assert refused(served, served.module.objects["csSetSerial"], (0,), "i",
                   str((now + 5) % 2147483648)) == "inconsistentValue"
    served.writer.set(("csSetSerial.0", "i", now))
    assert served.reader.value("csSetSerial.0") == now + 1


@with_control
def test_control_refuses_what_only_it_can_know(served):
    """A cluster that does not exist: right in syntax and range, wrong all the same."""
    index, var = served.instances()["csVmHomeCluster"][0]
    home = served.module.objects["csVmHomeCluster"]
    assert refused(served, home, index, "u", "4711") == "wrongValue"
    assert served.reader.get(served.oid(home, index))[0].value == var.value
    newest = max(served.reader.table("csRefusalTable").items())[1]
    assert newest["csRefusalInstance"] == served.root + home.oid + index
    assert "4711" in newest["csRefusalText"]


def another(obj, value):
    """A value that this object may have, other than the present one."""
    if obj.syntax.enum:
        allowed = sorted(obj.syntax.enum.values())[:2]  # not every third one, as ignored(3)
    elif obj.name == "csVmHomeCluster":
        allowed = [1, 2]
    elif obj.name == "csPolicyHighLoad":
        allowed = [901, 902]
    elif obj.name == "csPolicyWindows":
        allowed = [b"Sun 01:00-02:00", b""]
    else:
        allowed = [41, 42]
    return next(v for v in allowed if v != value)


@with_control
def test_written_values_outlive_a_kill(served):
    """The module promises: what is read-write keeps its value across restarts."""
    wanted = {}
    for obj, index, var in writable(served):
        if obj.name in ORDERS:
            continue
        value = another(obj, var.value)
        if obj.syntax.name == "TestAndIncr":
            value = var.value + 1
            served.writer.set((served.oid(obj, index), "i", var.value))
        else:
            served.writer.set((served.oid(obj, index), LETTER[var.kind],
                               value.decode() if isinstance(value, bytes) else value))
        wanted[served.oid(obj, index)] = (obj.name, value)
    read = lambda: {oid: (name, served.reader.get(oid)[0].value)
                    for oid, (name, _) in wanted.items()}
    assert read() == wanted
    served.lab.daemon.kill()
    served.lab.daemon.start().polled()
    assert read() == wanted
