"""The columns of the matrix: every type in its safest field and in every other that takes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models

from mappings.steps.base import Step, as_step
from tests.mappings.types.matrix import FIELDS, ROWS, Row, codes_of, field_for, safest, steps_for
from tests.verify.rows.stage import literal

__all__ = ["KINDS", "Kind", "kind"]

_SENTENCE = "'Aab é b\\'s & \"q\"\\t\\\\ \\n end'"
_ASCII = "'Aab b\\'s & \"q\"\\t\\\\ \\n end'"
_JSON = '{"a": [1, 2.5, "1", true, null], "b": {"c": "é"}, "n": 100, "z": null}'
_SIXTEEN = f"0x{bytes(range(1, 17)).hex()}"

_RICH: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("BIT(1)", "BIT(63)", "BIT(64)"), ("1", "0")),
    **dict.fromkeys(("DECIMAL(20,6)", "DECIMAL(65,30)"), ("1234.500001", "-7.25")),
    **dict.fromkeys(("FLOAT(10,2)", "DOUBLE(10,2)"), ("1234.25", "-7.5")),
    **dict.fromkeys(("FLOAT", "DOUBLE"), ("1234.1e0", "-7.25e0")),
    **dict.fromkeys(
        ("BINARY(16)", "VARBINARY(40)", "BLOB"), (f"0x{bytes(range(1, 17)).hex()}", "0xC3A6")
    ),
    "YEAR": ("1999", "2024"),
    "ENUM": ("'æ'", "'Y'"),
    "SET": ("'m3,m10,m63'", "'m4'"),
    "DATE": ("'2009-07-05'", "'1999-12-31'"),
    "DATETIME(6)": ("'2009-10-25 02:30:07.123456'", "'1999-12-31 23:59:59'"),
    "TIMESTAMP(6)": ("'2009-10-25 02:30:07.123456'", "'1999-12-31 23:59:59'"),
    "TIME(6)": ("'-121:30:07.123456'", "'100:00:00'"),
    "UUID": ("'6fa459ea-ee8a-3ca4-894e-db77e160355e'", f"'{'1' * 32}'"),
    "INET4": ("'1.2.3.4'", "'10.0.0.1'"),
    "INET6": ("'2001:db8::7'", "'::1'"),
    "POINT": ("ST_GeomFromText('POINT(1.5 2)')", "ST_GeomFromText('POINT(3 4)')"),
    "VARCHAR(40) in ascii": (_ASCII, "'other'"),
    "VARCHAR(40) in cp1251": (_SENTENCE.replace("é", "й"), "'other'"),
    "VARCHAR(40) in sjis": (_ASCII.replace("b\\'", "ガ\\'"), "'other'"),
}
_SHORT_JSON = '{"a":[1,2.5,"1",true,null],"n":100}'
_RICH_IN: dict[str, tuple[str, str]] = {
    "JSON": (f"'{_JSON}'", "'[1]'"),
    "BigInteger": ("'1234'", "'-7'"),
    "Decimal": ("'1234.5'", "'-7.25'"),
    "Float": ("'1234.5'", "'-7.25'"),
    "UUID": ("'6fa459ea-ee8a-3ca4-894e-db77e160355e'", f"'{'1' * 32}'"),
    "IPAddress": ("'1.2.3.4'", "'2001:db8::7'"),
    "Boolean": ("1", "0"),
    "Time": ("'12:34:56.123456'", "'01:02:03'"),
    "Duration": ("'-121:30:07.123456'", "'100:00:00'"),
}


@dataclass(frozen=True)
class Kind:
    """One type of the source in one field of the target."""

    row: Row
    field: str
    """Of `FIELDS`, or "safest"."""

    def __str__(self) -> str:
        return f"{self.row.label} in {self.field}"

    def held(self) -> models.Field[Any, Any]:
        """A new field of the target that takes NULL."""
        made = safest(self.row)[0] if self.field == "safest" else field_for(self.row, self.field)
        made.null = True
        return made

    @property
    def steps(self) -> tuple[Step, ...]:
        if self.field == "safest":
            return tuple(as_step(step) for step in safest(self.row)[1])
        return steps_for(self.row, self.field)

    @property
    def rich(self) -> tuple[str, str]:
        """SQL of a value that every damage changes, as far as the type has one, and of another."""
        name, label, field = self.row.facts["data_type"], self.row.label, self.field
        texts = name in ("char", "varchar", "text")
        if field == "JSON" and "(40)" in label:
            return (f"'{_SHORT_JSON}'", "'[1]'")
        by_field = texts and field in _RICH_IN
        if by_field or field == "Boolean" or (name, field) == ("time", "Time"):
            return _RICH_IN[field]
        if field == "UUID" and label == "BINARY(16)":
            return (_SIXTEEN, f"0x{'c3' * 16}")
        if field == "BigInteger" and name in ("decimal", "float", "double"):
            return ("1234", "-7")
        if label in _RICH:
            return _RICH[label]
        if name in ("tinyint", "smallint", "mediumint", "int", "bigint"):
            return ("100", "7")
        if texts:
            return (_SENTENCE, "'other'")
        one, other, *_ = map(str, self.row.values * 2)
        # Of shapes there is one value each: the other one lies elsewhere.
        return one, other if other != one else one.translate(str.maketrans("14", "56"))

    @property
    def values(self) -> tuple[str, ...]:
        """SQL of the hostile values."""
        return tuple(literal(v) if isinstance(v, bytes) else v for v in self.row.values)


def _kinds() -> Iterator[Kind]:
    for row in ROWS:
        if row.values:
            yield Kind(row, "safest")
            for field in FIELDS:
                if codes_of(row, field) is not None and (row.label, field) not in _HARDLY:
                    yield Kind(row, field)


_HARDLY = {("YEAR", "Boolean"), ("ENUM", "JSON"), ("ENUM", "UUID"), ("ENUM", "IPAddress")}
"""Fields that take hardly a value of the type."""
KINDS: tuple[Kind, ...] = tuple(_kinds())


def kind(label: str, field: str = "safest") -> Kind:
    """The one of that name."""
    return next(k for k in KINDS if (k.row.label, k.field) == (label, field))
