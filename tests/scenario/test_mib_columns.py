# SPDX-License-Identifier: Apache-2.0
"""What the face believes of every object against CLUSTER-SET-MIB, engine or not.

A walk cannot see an object whose engine is not built; its descriptor can be read.
"""
import os
import subprocess

import pytest

import mibfile

TAGS = {"Integer32": 0x02, "Enumeration": 0x02, "OctetString": 0x04,
        "ObjectIdentifier": 0x06, "Counter32": 0x41, "Unsigned32": 0x42, "Gauge32": 0x42,
        "Counter64": 0x46}
WHOLE = {"Unsigned32": (0, 4294967295), "Gauge32": (0, 4294967295),
         "Integer32": (-2147483648, 2147483647)}
# Narrower than the module, as its text says: only whole clusters can be ignored.
NARROWER = {"csNodeAdminState": (1, 2), "csMoveRowStatus": None, "csMoveStorageType": None,
            "csPlacementRowStatus": None, "csPlacementStorageType": None}

pytestmark = pytest.mark.skipif(bool(mibfile.why_not(("SMIDUMP", "smidump"))),
                                reason=str(mibfile.why_not(("SMIDUMP", "smidump"))))


@pytest.fixture(scope="module")
def module():
    return mibfile.load()


@pytest.fixture(scope="module")
def described(top_builddir):
    """The face's descriptors, line by line."""
    program = os.path.join(top_builddir, "tests", "unit", "facedemo")
    if not os.path.exists(program):
        pytest.skip("tests/unit/facedemo is not built (make check builds it)")
    run = subprocess.run([program, "--describe"], text=True, capture_output=True,
                         timeout=30, check=True)
    return [line.split() for line in run.stdout.splitlines()]


@pytest.fixture(scope="module")
def believed(described):
    """name -> {oid, tag, min, max, access, index}"""
    found = {}
    for name, oid, *more in described:
        if name == "notification":
            continue
        assert name not in found
        found[name] = {"oid": tuple(map(int, oid.split(".")))}
        for key, value in (word.split("=") for word in more):
            found[name][key] = int(value) if value.lstrip("-").isdigit() else value
    return found


def served(module):
    return {o.name: o for o in module.objects.values()
            if o.access not in ("not-accessible", "accessible-for-notify")}


def test_the_same_objects(module, believed):
    assert sorted(set(believed) - set(served(module))) == []
    assert sorted(set(served(module)) - set(believed)) == []


def differences(module, believed, field, wanted):
    """Objects of both whose field is not what wanted(object) says."""
    both = [(n, believed[n][field], wanted(o)) for n, o in served(module).items()
            if n in believed]
    assert len(both) > 250
    return [(name, got, should) for name, got, should in both if got != should]


def test_the_same_numbers(module, believed):
    assert differences(module, believed, "oid", lambda o: o.oid) == []


def test_the_same_syntax(module, believed):
    assert differences(module, believed, "tag", lambda o: TAGS[o.syntax.base]) == []


def test_the_same_access(module, believed):
    assert differences(module, believed, "access", lambda o: o.access) == []


def test_the_same_ranges(module, believed):
    wrong = {}
    for name, obj in served(module).items():
        if name not in believed:
            continue
        syntax, got = obj.syntax, (believed[name]["min"], believed[name]["max"])
        if syntax.enum:
            wanted = (min(syntax.enum.values()), max(syntax.enum.values()))
        elif syntax.ranges:
            wanted = (min(r[0] for r in syntax.ranges), max(r[1] for r in syntax.ranges))
        else:
            wanted = WHOLE.get(syntax.base)
        if syntax.name == "DateAndTime" or wanted is None:
            continue  # made by the face itself, or without any limit
        wanted = NARROWER.get(name, wanted)
        if wanted and got != wanted:
            wrong[name] = (got, wanted)
    assert wrong == {}


def test_the_same_indexes(module, believed):
    wrong = {}
    for row in module.rows:
        letters = "".join("s" if module.objects[i].syntax.base == "OctetString" else "n"
                          for i in row.index)
        for column in row.columns:
            if column.name in believed and believed[column.name]["index"] != letters:
                wrong[column.name] = (believed[column.name]["index"], letters)
    for obj in module.objects.values():
        if obj.row is None and obj.name in believed and believed[obj.name]["index"]:
            wrong[obj.name] = believed[obj.name]["index"]
    assert wrong == {}


def test_the_same_notifications(module, described):
    assert {int(words[1]): words[2:] for words in described if words[0] == "notification"} == {
        oid[1]: objects for oid, objects in module.notifications.values()}
