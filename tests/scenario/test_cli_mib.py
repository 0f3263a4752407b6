# SPDX-License-Identifier: Apache-2.0
"""The MIB that is compiled into clusterset is the module, to the last word.

tests/unit/mibdump prints what clusterset has; smidump says what the module says.
"""
import os
import subprocess

import pytest

import mibfile

BASES = {"Unsigned32": "unsigned", "Gauge32": "unsigned", "OctetString": "text", "Enumeration": "integer",
         "Integer32": "integer", "Counter32": "counter32", "Counter64": "counter64",
         "ObjectIdentifier": "oid"}


@pytest.fixture(scope="module")
def module():
    if why := mibfile.why_not(("SMIDUMP", "smidump")):
        pytest.skip(why)
    return mibfile.load()


@pytest.fixture(scope="module")
def compiled(top_builddir):
    """{object: its fields}, {table: its fields}"""
    program = os.path.join(top_builddir, "tests", "unit", "mibdump")
    if not os.path.exists(program):
        pytest.skip("tests/unit/mibdump is not built")
    text = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    objects, tables = {}, {}
    for line in text.splitlines():
        kind, name, *fields = line.split("\t")
        (objects if kind == "object" else tables)[name] = dict(
            f.split("=", 1) for f in fields)
    return objects, tables


def test_the_same_objects_and_tables(module, compiled):
    objects, tables = compiled
    assert set(objects) == set(module.objects)
    assert set(tables) == {row.table for row in module.rows}


def test_numbers_access_and_units(module, compiled):
    for name, fields in compiled[0].items():
        obj = module.objects[name]
        assert fields["oid"] == ".".join(map(str, obj.oid)), name
        assert int(fields["column"]) == obj.oid[-1], name
        assert fields["access"] == obj.access, name
        assert fields["units"] == obj.units, name
        assert fields["table"] == (obj.row.table if obj.row else ""), name


def test_types_and_words(module, compiled):
    for name, fields in compiled[0].items():
        syntax = module.objects[name].syntax
        base = "time" if syntax.name == "DateAndTime" else BASES[syntax.base]
        assert fields["base"] == base, name
        words = dict(w.split(":") for w in fields["words"].split(",") if w)
        assert {k: int(v) for k, v in words.items()} == syntax.enum, name
        if syntax.name.startswith("ClusterSet"):
            assert fields["type"] == syntax.name, name


def test_ranges(module, compiled):
    for name, fields in compiled[0].items():
        ranges = module.objects[name].syntax.ranges
        if fields["base"] in ("text", "integer", "unsigned") and len(ranges) == 1 \
                and not module.objects[name].syntax.enum and "SnmpAdminString" != fields["type"]:
            low, high = ranges[0]
            assert (int(fields["min"]), int(fields["max"])) in (
                (low, high), (0, 4294967295)), name


def test_indexes(module, compiled):
    for row in module.rows:
        fields = compiled[1][row.table]
        assert fields["index"].split(",") == row.index, row.table
        columns = sorted((o for o in module.objects.values() if o.row is row),
                         key=lambda o: o.oid)
        assert [fields["first"], fields["last"]] == [columns[0].name, columns[-1].name]


def test_no_two_columns_of_a_table_have_one_key(compiled):
    seen = {}
    for name, fields in compiled[0].items():
        if fields["table"]:
            other = seen.setdefault((fields["table"], fields["key"]), name)
            assert other == name, f"{name} and {other} are both {fields['key']}"
