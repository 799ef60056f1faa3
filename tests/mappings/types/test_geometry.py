"""Spatial columns: their WKB as bytes."""

from __future__ import annotations

import pytest

from tests.mappings.types.checker import Checker, field

SHAPES = {
    "POINT": "POINT(1 2)",
    "LINESTRING": "LINESTRING(0 0, 1.5 -1)",
    "POLYGON": "POLYGON((0 0, 4 0, 4 4, 0 0))",
    "MULTIPOINT": "MULTIPOINT(0 0, 1 1)",
    "MULTILINESTRING": "MULTILINESTRING((0 0, 1 1), (2 2, 3 3))",
    "MULTIPOLYGON": "MULTIPOLYGON(((0 0, 4 0, 4 4, 0 0)))",
    "GEOMETRYCOLLECTION": "GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(0 0, 1 1))",
}


@pytest.mark.parametrize("ddl", SHAPES)
def test_a_shape_arrives_as_wkb(checker: Checker, ddl: str) -> None:
    values = [f"ST_GeomFromText('{SHAPES[ddl]}')", f"ST_GeomFromText('{SHAPES[ddl]}', 4326)"]
    for column in (ddl, "GEOMETRY"):
        codes = checker.check(column, field("bytea"), [*values, "NULL"])
        assert set(codes.values()) == {None}


def test_wkb_is_what_postgis_reads(checker: Checker) -> None:
    plan = checker.plan("POINT", field("bytea"))
    point = bytes.fromhex("0101000000000000000000F03F0000000000000040")
    assert plan.encode(plan.python(point)) == b"\\\\x" + point.hex().encode()
