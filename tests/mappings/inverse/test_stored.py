"""A value has a literal only if the column holds it as it is."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from mappings.catalogue import SourceColumn
from mappings.inverse.stored import DoesNotFit, stored


def column(column_type: str, **facts: Any) -> SourceColumn:
    return SourceColumn(
        name="c", data_type=column_type.partition("(")[0].partition(" ")[0],
        column_type=column_type, **{"nullable": False, **facts},
    )  # fmt: skip


LATIN1 = {"charset": "latin1", "max_chars": 5, "max_octets": 5}
UTF8 = {"charset": "utf8", "max_chars": 5, "max_octets": 15}
MONEY = {"precision": 5, "scale": 2}
NOON = dt.datetime.fromisoformat("2026-07-01T12:00:00.500")


@pytest.mark.parametrize(
    ("where", "value", "sql"),
    [
        (column("int(10) unsigned"), 4294967295, "4294967295"),
        (column("tinyint(1)"), -128, "-128"),
        (column("decimal(5,2)", **MONEY), Decimal("-999.9"), "-999.90"),
        (column("decimal(5,2)", **MONEY), 7, "7.00"),
        (column("double"), 0.1, "0.1"),
        (column("float"), 0.5, "0.5"),
        (column("varchar(5)", **LATIN1), "a;b%", "'a;b%'"),
        (column("varchar(5)", **LATIN1), "€", "_utf8mb4 0xe282ac"),
        (column("varchar(5)", **UTF8), "a'b", "_utf8mb4 0x612762"),
        (column("varchar(5)", **UTF8), "a\\", "_utf8mb4 0x615c"),
        (column("varchar(5)", **UTF8), "a\n", "_utf8mb4 0x610a"),
        (column("varchar(5)", **UTF8), "", "''"),
        (column("varbinary(5)", max_octets=5), b"\0\xff", "0x00ff"),
        (column("varbinary(5)", max_octets=5), b"", "CAST('' AS BINARY)"),
        (column("enum('Y','it''s')"), "it's", "_utf8mb4 0x69742773"),
        (column("set('a','b','c')"), ["c", "a"], "'a,c'"),
        (column("set('a','b','c')"), [], "''"),
        (column("date"), dt.date(2026, 7, 1), "'2026-07-01'"),
        (column("date"), "0000-00-00", "'0000-00-00'"),
        (column("datetime"), NOON.replace(microsecond=0), "'2026-07-01 12:00:00'"),
        (column("datetime(1)", fraction=1), NOON, "'2026-07-01 12:00:00.5'"),
        (column("timestamp"), dt.datetime(2038, 1, 19, 3, 14, 7, tzinfo=dt.UTC),
         "'2038-01-19 03:14:07'"),
        (column("time"), dt.timedelta(hours=-26, minutes=-10), "'-26:10:00'"),
        (column("time(3)", fraction=3), dt.timedelta(milliseconds=7), "'00:00:00.007'"),
        (column("json"), {"a": "ø"}, "_utf8mb4 0x7b2261223a2022c3b8227d"),
        (column("int(11)", nullable=True), None, "NULL"),
    ],
    ids=lambda given: given.column_type if isinstance(given, SourceColumn) else None,
)  # fmt: skip
def test_what_fits_has_a_literal_that_no_setting_changes(
    where: SourceColumn, value: Any, sql: str
) -> None:
    assert stored(where, value).sql == sql


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (column("int(10) unsigned"), -1),
        (column("int(10) unsigned"), 2**32),
        (column("tinyint(1)"), True),
        (column("int(11)"), 1.0),
        (column("int(11)"), None),
        (column("int(11)", generated=True), 1),
        (column("decimal(5,2)", **MONEY), Decimal("1000")),
        (column("decimal(5,2)", **MONEY), Decimal("0.005")),
        (column("decimal(5,2) unsigned", **MONEY), Decimal("-1")),
        (column("decimal(5,2)", **MONEY), Decimal("NaN")),
        (column("double"), float("inf")),
        (column("float"), 0.1),
        (column("varchar(5)", **LATIN1), "\U0001f600"),
        (column("varchar(5)", **LATIN1), "ш"),
        (column("varchar(5)", **UTF8), "\U0001f600"),
        (column("varchar(5)", **UTF8), "sixsix"),
        (column("varchar(5)", **UTF8), b"bytes"),
        (column("char(5)", **UTF8), "a "),
        (column("varbinary(5)", max_octets=5), b"sixsix"),
        (column("binary(5)", max_octets=5), b"four"),
        (column("enum('Y','N')"), ""),
        (column("enum('Y','N')"), "y"),
        (column("set('a','b')"), ["d"]),
        (column("datetime"), NOON),
        (column("datetime"), NOON.replace(tzinfo=dt.UTC)),
        (column("timestamp"), dt.datetime(2038, 1, 20, tzinfo=dt.UTC)),
        (column("timestamp"), dt.datetime(1970, 1, 1, tzinfo=dt.UTC)),
        (column("date"), NOON),
        (column("date"), "2026-01-01'"),
        (column("time"), dt.timedelta(hours=839)),
        (column("geometry"), b"\0"),
    ],
    ids=lambda given: given.column_type if isinstance(given, SourceColumn) else repr(given),
)
def test_what_would_be_changed_or_refused_has_none(where: SourceColumn, value: Any) -> None:
    with pytest.raises(DoesNotFit):
        stored(where, value)
