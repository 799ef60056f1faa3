"""Families of hostile values: a column, a Django field, and what Hypothesis draws for the two.

Moments are drawn as one number each, which is several times faster than drawing their parts.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from hypothesis import strategies as st

from mappings import steps
from mappings.steps.base import Step

__all__ = ["FAMILIES", "Family"]

Drawn = st.SearchStrategy[Any]


@dataclass(frozen=True)
class Family:
    """One pair of column and field, and the values for it."""

    ddl: str
    field: Callable[[], models.Field[Any, Any]]
    values: Drawn
    steps: tuple[Step, ...] = ()
    unseen: frozenset[str] = frozenset()
    spelled: bool = True
    mariadb_only: bool = False


def quoted(value: object) -> str:
    return f"'{value}'"


def numbers(lo: int, hi: int) -> Drawn:
    edges = [n for n in (lo, hi, 0, -1, 1, 2, 2**15, 2**31, 2**53, 2**63) if lo <= n <= hi]
    return (st.sampled_from(edges) | st.integers(lo, hi)).map(str)


def decimals(digits: int, places: int) -> Drawn:
    """Any number of the column; half of them have zeros at the end."""
    whole = st.integers(-(10**digits) + 1, 10**digits - 1)
    round_ones = st.integers(-(10 ** (digits - places)) + 1, 10 ** (digits - places) - 1)
    every = whole | round_ones.map(lambda n: n * 10**places)
    return every.map(
        lambda n: f"{'-' * (n < 0)}{abs(n) // 10**places}.{abs(n) % 10**places:0{places}}"
    )


def doubles(lo: float | None = None, hi: float | None = None, width: Any = 64) -> Drawn:
    return st.floats(lo, hi, allow_nan=False, allow_infinity=False, width=width).map(quoted)


def moments(first: dt.datetime, last: dt.datetime) -> Drawn:
    span = (last - first) // dt.timedelta(microseconds=1)
    drawn = st.integers(0, span) | st.integers(0, span // 1_000_000).map(lambda s: s * 1_000_000)
    return drawn.map(lambda n: quoted(first + dt.timedelta(microseconds=n)))


def loose_dates() -> Drawn:
    """Zero, partial and invalid dates as often as real ones."""

    def spell(n: int) -> str:
        year, rest = divmod(n, 13 * 32)
        return quoted(f"{year:04}-{rest // 32:02}-{rest % 32:02}")

    return st.sampled_from([0, 9999 * 416 + 415]).map(spell) | st.integers(0, 9999 * 416 + 415).map(
        spell
    )


def loose_moments() -> Drawn:
    return st.tuples(loose_dates(), st.integers(0, 86_399)).map(
        lambda p: f"{p[0][:-1]} {dt.timedelta(seconds=p[1])}'"
    )


def spans() -> Drawn:
    limit = (838 * 3600 + 59 * 60 + 59) * 1_000_000

    def spell(n: int) -> str:
        seconds, micros = divmod(abs(n), 1_000_000)
        minutes, second = divmod(seconds, 60)
        sign = "-" if n < 0 else ""
        return quoted(f"{sign}{minutes // 60:02}:{minutes % 60:02}:{second:02}.{micros:06}")

    edges = st.sampled_from([0, 1, -1, limit, -limit, 86_400_000_000, 86_399_999_999])
    days = st.integers(0, 86_400_000_000)
    return (edges | days | st.integers(-limit, limit)).map(spell)


HOSTILE = "\\\n\t\r\0'\"{}, ~N.é€\U0001f600"
texts = st.text(st.one_of(st.sampled_from(HOSTILE), st.characters(codec="utf-8")), max_size=12)
clean = st.text(st.one_of(st.sampled_from(HOSTILE[:4] + HOSTILE[5:])), max_size=14)
encoded = texts.map(str.encode)
octets = st.binary(max_size=20)

_LEAVES = st.one_of(
    st.sampled_from(["null", "true", "1.0", "-0", "-0.0", "1e5", "0.10", '"\\ud83d\\ude00"', "[]"]),
    st.sampled_from(["{}", '"\\u0000"', "1E-20", '"\\/"', "123456789012345678901234567890", "x"]),
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(json.dumps),
    texts.map(json.dumps),
    clean.map(lambda text: json.dumps(text, ensure_ascii=False)),
)
_KEYS = st.sampled_from(['"a"', '"b"', '"bb"', '"æ"', '""', '"\\\\"'])
json_texts = st.one_of(
    _LEAVES,
    st.lists(_LEAVES, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
    st.lists(st.tuples(_KEYS, _LEAVES), max_size=3).map(
        lambda pairs: "{" + ",".join(f"{key}: {leaf}" for key, leaf in pairs) + "}"
    ),
)

SET64 = f"SET({','.join(quoted(f'm{n}') for n in range(60))},'c\"d','e\\\\f','{{}}','æ ø')"
ENUM = r"ENUM('Y','N','it''s','a,b','c\\d','tab\t','æ')"
UTF8 = "CHARACTER SET utf8mb4"
FIRST, LAST = dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59, 999_999)  # noqa: DTZ001
EPOCH, END = dt.datetime(1970, 1, 1, 0, 0, 1), dt.datetime(2038, 1, 19, 3, 14, 7)  # noqa: DTZ001
INSTANTS = frozenset({"date_out_of_range", "dst_gap"})
JSON = frozenset({"bad_json", "nul_byte", "out_of_range"})
_uuids = st.integers(0, 2**128 - 1).map(lambda n: f"{n:032x}")
_v6 = st.integers(0, 2**128 - 1) | st.lists(
    st.sampled_from([0, 0, 1, 0xFFFF, 0x102]), min_size=8, max_size=8
).map(lambda groups: sum(group << 16 * at for at, group in enumerate(groups)))
_addresses = _v6.map(
    lambda n: ":".join(f"{n >> shift & 0xFFFF:x}" for shift in range(112, -1, -16))
)


def _decimal(digits: int, places: int) -> Callable[[], models.Field[Any, Any]]:
    return lambda: models.DecimalField(max_digits=digits, decimal_places=places)


def _char(length: int) -> Callable[[], models.Field[Any, Any]]:
    return lambda: models.CharField(max_length=length)


def _array() -> models.Field[Any, Any]:
    return ArrayField(models.CharField(max_length=5))


FAMILIES: dict[str, Family] = {
    "tinyint to small": Family("TINYINT", models.SmallIntegerField, numbers(-128, 127)),
    "tinyint to boolean": Family("TINYINT", models.BooleanField, numbers(-128, 127)),
    "small unsigned": Family("SMALLINT UNSIGNED", models.SmallIntegerField, numbers(0, 65535)),
    "int zerofill": Family("INT ZEROFILL", models.IntegerField, numbers(0, 2**32 - 1)),
    "int to positive": Family("INT", models.PositiveIntegerField, numbers(-(2**31), 2**31 - 1)),
    "bigint": Family("BIGINT", models.BigIntegerField, numbers(-(2**63), 2**63 - 1)),
    "bigint unsigned": Family("BIGINT UNSIGNED", models.BigIntegerField, numbers(0, 2**64 - 1)),
    "bigint to decimal": Family("BIGINT UNSIGNED", _decimal(20, 0), numbers(0, 2**64 - 1)),
    "bigint to double": Family("BIGINT", models.FloatField, numbers(-(2**60), 2**60)),
    "bigint to text": Family("BIGINT", _char(12), numbers(-(2**63), 2**63 - 1)),
    "bit": Family("BIT(64)", _decimal(20, 0), numbers(0, 2**64 - 1)),
    "decimal": Family("DECIMAL(20,6)", _decimal(12, 4), decimals(20, 6)),
    "wide decimal": Family("DECIMAL(65,30)", _decimal(65, 30), decimals(65, 30)),
    "decimal to double": Family("DECIMAL(30,15)", models.FloatField, decimals(30, 15)),
    "decimal to integer": Family("DECIMAL(20,1)", models.BigIntegerField, decimals(20, 1)),
    "decimal to text": Family("DECIMAL(20,6)", _char(14), decimals(20, 6)),
    # In a few cases in ten thousand the servers spell one double with other digits.
    "double": Family("DOUBLE", models.FloatField, doubles(), spelled=False),
    "float": Family("FLOAT", models.FloatField, doubles(2.0**-13, 2.0**46, 32)),
    "double to decimal": Family(
        "DOUBLE",
        _decimal(20, 3),
        doubles(-1e18, 1e18) | st.integers(-(10**9), 10**9).map(lambda n: quoted(n / 1000)),
    ),
    "double to integer": Family(
        "DOUBLE",
        models.BigIntegerField,
        doubles() | st.integers(-(2**64), 2**64).map(lambda n: quoted(math.ldexp(n, 0))),
    ),
    "blob": Family("BLOB", models.BinaryField, st.binary(max_size=100)),
    "varbinary": Family("VARBINARY(64)", models.BinaryField, st.binary(max_size=64)),
    "blob to text": Family("BLOB", _char(8), octets | encoded),
    "binary to uuid": Family(
        "VARBINARY(17)", models.UUIDField, st.binary(min_size=15, max_size=17)
    ),
    "text": Family(f"VARCHAR(40) {UTF8}", _char(10), encoded),
    "long text": Family(f"LONGTEXT {UTF8}", models.TextField, encoded),
    "padded text": Family(f"CHAR(14) {UTF8}", _char(14), clean.map(str.encode)),
    "utf8mb3": Family("VARCHAR(40) CHARACTER SET utf8", models.TextField, octets | encoded),
    "latin1": Family("VARCHAR(40) CHARACTER SET latin1", models.TextField, octets),
    "latin1 char": Family("CHAR(20) CHARACTER SET latin1", _char(12), octets),
    "ascii": Family("VARCHAR(20) CHARACTER SET ascii", models.TextField, octets),
    "cp1251": Family("TEXT CHARACTER SET cp1251", models.TextField, octets),
    "koi8r": Family("TEXT CHARACTER SET koi8r", models.TextField, octets),
    "sjis": Family("VARCHAR(20) CHARACTER SET sjis", models.TextField, octets),
    "gbk": Family("VARCHAR(20) CHARACTER SET gbk", models.TextField, octets),
    "ucs2": Family("VARCHAR(20) CHARACTER SET ucs2", models.TextField, octets),
    "utf16": Family("VARCHAR(20) CHARACTER SET utf16", models.TextField, octets),
    "text of the table": Family("VARCHAR(40)", _char(9), encoded),
    "enum": Family(ENUM, _char(4), numbers(0, 7)),
    "set": Family(SET64, _array, numbers(0, 2**64 - 1)),
    "set to text": Family(SET64, models.TextField, numbers(0, 2**64 - 1)),
    "date": Family("DATE", models.DateField, loose_dates()),
    "date to text": Family("DATE", _char(10), loose_dates()),
    "datetime to text": Family("DATETIME(6)", _char(26), moments(FIRST, LAST) | loose_moments()),
    "datetime of Copenhagen": Family(
        "DATETIME(6)",
        models.DateTimeField,
        moments(FIRST, LAST) | moments(EPOCH, END) | loose_moments(),
        steps=(steps.local_time("Europe/Copenhagen"),),
        unseen=INSTANTS,
    ),
    "datetime of New York": Family(
        "DATETIME",
        models.DateTimeField,
        moments(EPOCH, END) | loose_moments(),
        steps=(steps.local_time("America/New_York", gap="shift"),),
        unseen=INSTANTS,
    ),
    "timestamp": Family("TIMESTAMP(6) NULL", models.DateTimeField, moments(EPOCH, END)),
    "timestamp to text": Family("TIMESTAMP(3) NULL", _char(26), moments(EPOCH, END)),
    "time to interval": Family("TIME(6)", models.DurationField, spans()),
    "time": Family("TIME(6)", models.TimeField, spans()),
    "time to text": Family("TIME(3)", _char(14), spans()),
    "json": Family(f"LONGTEXT {UTF8}", models.JSONField, json_texts.map(str.encode), unseen=JSON),
    "uuid": Family("VARCHAR(60)", models.UUIDField, _uuids.map(str.encode) | encoded),
    "address": Family("VARCHAR(60)", models.GenericIPAddressField, _addresses.map(str.encode)),
    "own uuid": Family("UUID", models.UUIDField, _uuids.map(quoted), mariadb_only=True),
    "own inet6": Family(
        "INET6", models.GenericIPAddressField, _addresses.map(quoted), mariadb_only=True
    ),
}
