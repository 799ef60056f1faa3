"""Every MySQL type in every Django field, and the field that refuses nothing: docs/types.md.

    python -m tests.mappings.types.matrix

writes both tables between their marks in the document. The first is what the compiler says; the
tests hold both against real servers, with the values given here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.testproject.settings")
    django.setup()

from django.contrib.postgres.fields import ArrayField
from django.db import models

from mappings import steps
from mappings.catalogue import SourceColumn
from mappings.compiler.column import compile_column
from mappings.compiler.misfit import Misfit
from mappings.steps.base import Step, as_step
from mappings.target import TargetField, target_field

__all__ = ["FIELDS", "ROWS", "Row", "codes_of", "document", "field_for", "safest", "steps_for"]

PAGE = Path(__file__).resolve().parents[3] / "docs" / "types.md"
ZONE = "Europe/Copenhagen"
JSON_ONLY = frozenset({"bad_json", "nul_byte", "out_of_range"})
CLOCK_ONLY = frozenset({"dst_gap", "date_out_of_range"})
"""Codes that Python finds, without a predicate in SQL."""


@dataclass(frozen=True)
class Row:
    """One type: how it is declared and catalogued, hostile values, and its safest field."""

    label: str
    ddl: str
    facts: dict[str, Any]
    values: tuple[str | bytes, ...]
    safest: str
    steps: tuple[str, ...] = ()
    decimal: tuple[int, int] = (65, 30)
    mariadb_only: bool = False

    @property
    def column(self) -> SourceColumn:
        return SourceColumn(**{"name": "v", "column_type": self.ddl.lower(), **self.facts})


FIELDS: dict[str, str] = {
    "Boolean": "models.BooleanField(null=True)",
    "BigInteger": "models.BigIntegerField(null=True)",
    "Decimal": "",
    "Float": "models.FloatField(null=True)",
    "Text": "models.TextField(null=True)",
    "Date": "models.DateField(null=True)",
    "DateTime": "models.DateTimeField(null=True)",
    "Time": "models.TimeField(null=True)",
    "Duration": "models.DurationField(null=True)",
    "JSON": "models.JSONField(null=True)",
    "UUID": "models.UUIDField(null=True)",
    "IPAddress": "models.GenericIPAddressField(null=True)",
    "Binary": "models.BinaryField(null=True)",
    "Array": "ArrayField(models.TextField(), null=True)",
}


def ints(label: str, bits: int, *, unsigned: bool = False, small: str = "") -> Row:
    name = label.split()[0]
    lo, hi = (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    values = tuple(str(n) for n in {lo, hi, 0, 1, 2, lo + 1, hi - 1})
    return Row(label, label, {"data_type": name.lower()}, values, f"models.{small}")


def text(label: str, charset: str, values: Iterable[str | bytes] = ()) -> Row:
    ddl = f"{label.split(' in ')[0]} CHARACTER SET {charset}"
    name = ddl.split("(")[0].split()[0].lower()
    chars = 40 if "(" in ddl else 65_535
    width = {"utf8mb4": 4, "utf8": 3, "ucs2": 2, "utf16": 4, "sjis": 2}.get(charset, 1)
    octets = chars * width if "(" in ddl else chars
    size = f"models.CharField(max_length={chars})" if "(" in ddl else "models.TextField()"
    every = (*TEXTS, *values)
    holes = charset in ("utf8mb4", "utf8", "ucs2", "ascii", "sjis", "cp1251")
    wanted = (
        ("steps.replace_invalid()", "steps.replace_nul()") if holes else ("steps.replace_nul()",)
    )
    facts = {"data_type": name, "charset": charset, "max_chars": chars, "max_octets": octets}
    return Row(label, ddl, facts, every, size, wanted)


def blob(label: str, octets: int) -> Row:
    name = label.split("(")[0].lower()
    values = (b"", b"\\", b"\\N", bytes(range(16)), b"\xff" * 16, b"{}", b"a\x00b", b"\xc3\xa6")
    return Row(
        label, label, {"data_type": name, "max_octets": octets}, values, "models.BinaryField()"
    )


def moment(label: str, values: Iterable[str], safest: str, *wanted: str) -> Row:
    name = label.split("(")[0].split()[0].lower()
    digits = 6 if "(6)" in label else 0
    ddl = f"{label} NULL" if name == "timestamp" else label
    facts = {"data_type": name, "fraction": digits}
    return Row(label, ddl, facts, tuple(values), safest, wanted)


def shape(name: str, wkt: str) -> Row:
    value = f"ST_GeomFromText('{wkt}')"
    return Row(name, name, {"data_type": name.lower()}, (value,), "models.BinaryField()")


TEXTS: tuple[str | bytes, ...] = (
    *(
        b"",
        b" ",
        b"\\",
        b"\\N",
        b"a\tb\nc\rd",
        b"{}",
        b"[1, 2]",
        b"null",
        b"NaN",
        b"1.2.3.4",
        b"::1",
    ),
    *("0x00", "'6fa459ea-ee8a-3ca4-894e-db77e160355e'", "'true'", "'  padded  '", "'\\'\"%'"),
)
CESU = ("0xEDA080", "0xEDA0BDEDB880")
HIGH = tuple(bytes([byte]) for byte in range(0x80, 0x100))
DATES = ("'0000-00-00'", "'2009-00-00'", "'2009-02-31'", "'0000-05-01'", "'0009-01-01'")
DATES += ("'0001-01-01'", "'9999-12-31'", "'2008-02-29'", "'2009-12-00'")
CLOCKS = tuple(f"{day[:-1]} 00:00:00'" for day in DATES) + (
    *("'9999-12-31 23:59:59.999999'", "'2009-03-29 02:30:00'", "'2009-10-25 02:30:00'"),
    *("'0001-01-01 00:00:00'", "'2009-07-01 12:34:56.789'", "'1900-01-01 00:00:00'"),
)
SPANS = ("'-838:59:59'", "'838:59:59'", "'24:00:00'", "'-00:00:01'", "'23:59:59'", "'00:00:00'")
MEMBERS = ",".join(f"'m{n}'" for n in range(64))
DOUBLES = ("0", "'-0'", "0.1e0", "1e15", "-1e16", "5e-324", "1.7976931348623157e308", "16777217e0")
DOUBLES += ("-1.7976931348623157e308", "9007199254740993e0", "1e19")
NINES = "9" * 35 + "." + "9" * 30

TWENTY = "DecimalField(max_digits=20, decimal_places=0)"

ROWS: tuple[Row, ...] = (
    ints("TINYINT", 8, small="SmallIntegerField()"),
    ints("TINYINT UNSIGNED", 8, unsigned=True, small="SmallIntegerField()"),
    ints("SMALLINT", 16, small="SmallIntegerField()"),
    ints("SMALLINT UNSIGNED", 16, unsigned=True, small="IntegerField()"),
    ints("MEDIUMINT", 24, small="IntegerField()"),
    ints("MEDIUMINT UNSIGNED ZEROFILL", 24, unsigned=True, small="IntegerField()"),
    ints("INT", 32, small="IntegerField()"),
    ints("INT UNSIGNED", 32, unsigned=True, small="BigIntegerField()"),
    ints("BIGINT", 64, small="BigIntegerField()"),
    ints(
        "BIGINT UNSIGNED", 64, unsigned=True, small="DecimalField(max_digits=20, decimal_places=0)"
    ),
    Row(
        "BIT(1)",
        "BIT(1)",
        {"data_type": "bit", "precision": 1},
        ("0", "1"),
        "models.BooleanField()",
    ),
    Row(
        "BIT(63)",
        "BIT(63)",
        {"data_type": "bit", "precision": 63},
        ("0", "1", str(2**63 - 1)),
        "models.BigIntegerField()",
    ),
    Row(
        "BIT(64)",
        "BIT(64)",
        {"data_type": "bit", "precision": 64},
        ("0", "1", str(2**64 - 1)),
        f"models.{TWENTY}",
    ),
    Row(
        "YEAR",
        "YEAR",
        {"data_type": "year"},
        ("0", "1901", "2155", "'0000'"),
        "models.SmallIntegerField()",
    ),
    Row(
        "DECIMAL(20,6)",
        "DECIMAL(20,6)",
        {"data_type": "decimal", "precision": 20, "scale": 6},
        ("0", "-0.0", "1", "99999999999999.999999", "-99999999999999.999999", "0.000001"),
        "models.DecimalField(max_digits=20, decimal_places=6)",
        decimal=(20, 6),
    ),
    Row(
        "DECIMAL(65,30)",
        "DECIMAL(65,30)",
        {"data_type": "decimal", "precision": 65, "scale": 30},
        ("0", NINES, f"-{NINES}", "0.000000000000000000000000000001"),
        "models.DecimalField(max_digits=65, decimal_places=30)",
    ),
    Row(
        "FLOAT",
        "FLOAT",
        {"data_type": "float"},
        ("0", "'-0'", "0.1", "1e-45", "3.4028234e38", "-1.17549435e-38", "16777216", "19.99"),
        "models.FloatField()",
    ),
    Row("DOUBLE", "DOUBLE", {"data_type": "double"}, DOUBLES, "models.FloatField()"),
    Row(
        "FLOAT(10,2)",
        "FLOAT(10,2)",
        {"data_type": "float"},
        ("0", "19.99", "-99999999.99", "99999999.99", "0.05"),
        "models.DecimalField(max_digits=11, decimal_places=2)",
    ),
    Row(
        "DOUBLE(10,2)",
        "DOUBLE(10,2)",
        {"data_type": "double"},
        ("0", "19.99", "-99999999.99", "5"),
        "models.DecimalField(max_digits=11, decimal_places=2)",
    ),
    text("CHAR(40)", "latin1", HIGH),
    text("VARCHAR(40) in latin1", "latin1", HIGH),
    text("VARCHAR(40) in utf8", "utf8", ("0xEDA080", "_utf8 0xE282AC")),
    text(
        "VARCHAR(40) in utf8mb4", "utf8mb4", ("0xEDA080", "0xEDA0BDEDB880", "_utf8mb4 0xF09F9880")
    ),
    text("VARCHAR(40) in ucs2", "ucs2", ("0xD800", "0xD83DDE00", "0x20AC")),
    text("VARCHAR(40) in utf16", "utf16", ("0xD83DDE00", "0x20AC")),
    text("VARCHAR(40) in ascii", "ascii", HIGH),
    text("VARCHAR(40) in cp1251", "cp1251", HIGH),
    text("VARCHAR(40) in sjis", "sjis", (b"\x81\xad", b"\x83\x5c", b"\\")),
    text("TEXT", "utf8mb4", ("0xEDA080", "_utf8mb4 0xF09F9880")),
    Row(
        "ENUM",
        "ENUM('Y','N','it''s','æ')",
        {"data_type": "enum", "charset": "utf8mb4"},
        ("1", "2", "3", "4", "0", "'nonsense'"),
        "models.CharField(max_length=4, blank=True)",
    ),
    Row(
        "SET",
        f"SET({MEMBERS})",
        {"data_type": "set", "charset": "utf8mb4"},
        ("0", "1", str(2**64 - 1), str(2**63), "'nonsense'"),
        "ArrayField(models.CharField(max_length=3))",
    ),
    blob("BINARY(16)", 16),
    blob("VARBINARY(40)", 40),
    blob("BLOB", 65_535),
    moment("DATE", DATES, "models.DateField(null=True)", 'steps.zero_dates("null", "null")'),
    moment(
        "DATETIME(6)",
        CLOCKS,
        "models.DateTimeField(null=True)",
        'steps.zero_dates("null", "null")',
        f'steps.local_time("{ZONE}", gap="shift", beyond="null")',
    ),
    moment(
        "TIMESTAMP(6)",
        ("'0000-00-00'", "'1970-01-01 00:00:01'", "'2038-01-19 03:14:07.999999'"),
        "models.DateTimeField(null=True)",
        'steps.zero_dates("null", "null")',
    ),
    moment("TIME(6)", (*SPANS, "'-838:59:59.000001'", "'00:00:00.1'"), "models.DurationField()"),
    Row(
        "JSON (MySQL)",
        "JSON",
        {"data_type": "json"},
        (),
        "models.JSONField()",
        ("steps.replace_nul()",),
    ),
    shape("POINT", "POINT(1 2)"),
    shape("LINESTRING", "LINESTRING(0 0, 1.5 -1)"),
    shape("POLYGON", "POLYGON((0 0, 4 0, 4 4, 0 0), (1 1, 2 1, 2 2, 1 1))"),
    shape("MULTIPOINT", "MULTIPOINT(0 0, 1 1)"),
    shape("MULTILINESTRING", "MULTILINESTRING((0 0, 1 1), (2 2, 3 3))"),
    shape("MULTIPOLYGON", "MULTIPOLYGON(((0 0, 4 0, 4 4, 0 0)))"),
    shape("GEOMETRYCOLLECTION", "GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(0 0, 1 1))"),
    shape("GEOMETRY", "POINT(-1 1e300)"),
    Row(
        "UUID",
        "UUID",
        {"data_type": "uuid"},
        ("'6fa459ea-ee8a-3ca4-894e-db77e160355e'", f"'{'f' * 32}'", f"'{'0' * 32}'"),
        "models.UUIDField()",
        mariadb_only=True,
    ),
    Row(
        "INET4",
        "INET4",
        {"data_type": "inet4"},
        ("'0.0.0.0'", "'255.255.255.255'"),
        "models.GenericIPAddressField()",
        mariadb_only=True,
    ),
    Row(
        "INET6",
        "INET6",
        {"data_type": "inet6"},
        ("'::'", "'::1'", "'::ffff:1.2.3.4'", "'ff02::fb'", "'1:0:0:2:0:0:0:3'"),
        "models.GenericIPAddressField()",
        mariadb_only=True,
    ),
)


def _made(source: str) -> Any:
    return eval(source, {"models": models, "ArrayField": ArrayField, "steps": steps})


def field_for(row: Row, name: str) -> models.Field[Any, Any]:
    """The Django field of a column of the table; a DecimalField as wide as the row asks for."""
    if name == "Decimal":
        digits, places = row.decimal
        return models.DecimalField(max_digits=digits, decimal_places=places, null=True)
    made: models.Field[Any, Any] = _made(FIELDS[name])
    return made


def steps_for(row: Row, name: str) -> tuple[Step, ...]:
    """What a wall clock needs to become an instant; nothing else."""
    if name == "DateTime" and row.facts["data_type"] == "datetime":
        return (steps.local_time(ZONE),)
    return ()


def safest(row: Row) -> tuple[models.Field[Any, Any], tuple[Step, ...]]:
    """The field that refuses no value of the type, and the steps that it takes."""
    return _made(row.safest), tuple(as_step(_made(source)) for source in row.steps)


def _target(django: models.Field[Any, Any]) -> TargetField:
    django.set_attributes_from_name("v")
    return target_field(django, "default")


def codes_of(row: Row, name: str, column: SourceColumn | None = None) -> frozenset[str] | None:
    """The codes by which the field may reject a value of the type; None: not this field."""
    chain = steps_for(row, name)
    try:
        plan = compile_column("", column or row.column, chain, _target(field_for(row, name)))
    except Misfit:
        return None
    found = frozenset(refusal.code for refusal in plan.refusals)
    if (row.label, name) == ("BINARY(16)", "UUID"):
        # The predicate is asked, yet MySQL pads to sixteen bytes.
        return frozenset()
    if name == "JSON":
        found |= JSON_ONLY
    return found | CLOCK_ONLY if chain else found


def matrix() -> str:
    """The table of all types and fields."""
    lines = [f"| MySQL type | {' | '.join(FIELDS)} |", f"| --- |{' :-: |' * len(FIELDS)}"]
    for row in ROWS:
        cells = [codes_of(row, name) for name in FIELDS]
        marks = ["" if codes is None else "○" if codes else "●" for codes in cells]
        lines.append(f"| {row.label} | {' | '.join(marks)} |".replace("|  |", "| |"))
    return "\n".join(lines).replace("|  |", "| |")


def nothing_refused() -> str:
    """The table of the safest fields."""
    lines = ["| MySQL type | Django field | steps |", "| --- | --- | --- |"]
    for row in ROWS:
        chain = ", ".join(f"`{source}`" for source in row.steps)
        lines.append(f"| {row.label} | `{row.safest.removeprefix('models.')}` | {chain} |")
    return "\n".join(lines).replace("|  |", "| |")


def document(page: str) -> str:
    """The page with both tables as they should be."""
    for name, table in (("matrix", matrix()), ("safest", nothing_refused())):
        start, end = (
            f"<!-- {name}: made by tests/mappings/types/matrix.py -->",
            f"<!-- {name}: end -->",
        )
        before, rest = page.split(start)
        page = f"{before}{start}\n\n{table}\n\n{end}{rest.split(end)[1]}"
    return page


if __name__ == "__main__":
    PAGE.write_text(document(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
