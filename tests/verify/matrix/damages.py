"""What may befall a value in PostgreSQL: the smallest changes of every type that can be told.

A damage is SQL over the target row `t`; what it leaves as it was is not counted. A spelling is the
same value written otherwise, and no finding.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mappings.target import TargetField

__all__ = ["CellDamage", "damages_of", "spellings_of"]


@dataclass(frozen=True)
class CellDamage:
    """One change of one cell."""

    name: str
    sql: str
    """The new value of the column `{c}`."""
    of_null: bool = False
    """Whether it is done to a NULL; else to the type's own value."""
    unseen: frozenset[str] = frozenset()
    """Levels that rightly do not see it."""


def _all(*pairs: tuple[str, str]) -> tuple[CellDamage, ...]:
    return tuple(CellDamage(name, sql) for name, sql in pairs)


_TEXT = _all(
    ("trailing space", "{c} || ' '"),
    ("leading space", "' ' || {c}"),
    ("truncated by one", "left({c}, -1)"),
    ("trimmed", "btrim({c})"),
    ("emptied", "''"),
    ("case flipped", "translate({c}, 'Aab', 'aAB')"),
    ("upper case", "upper({c})"),
    ("normalised Unicode", "normalize({c}, NFD)"),
    ("without accents", "translate({c}, 'éйæ', 'eиa')"),
    ("invisible character", "overlay({c} placing U&'\\200B' from 2 for 0)"),
    ("non-breaking space", "translate({c}, ' ', U&'\\00A0')"),
    ("carriage return", "replace({c}, E'\\n', E'\\r\\n')"),
    ("escaped again", "replace({c}, '\\', '\\\\')"),
    ("tab escaped", "replace({c}, E'\\t', '\\t')"),
    ("mojibake", "convert_from(convert_to({c}, 'UTF8'), 'LATIN1')"),
    ("question mark", "translate({c}, 'éйæ', '???')"),
    ("doubled quote", "replace({c}, '''', '''''')"),
    ("HTML", "replace({c}, '&', '&amp;')"),
)
_INTEGER = _all(
    ("one more", "{c} + 1"),
    ("one less", "{c} - 1"),
    ("sign", "-{c}"),
    ("cut to 8 bits", "mod({c}, 256) - 128"),
    ("zero", "0"),
)
_NUMERIC = _all(
    ("sign", "-{c}"),
    ("fraction cut", "trunc({c})"),
    ("through a double", "({c}::double precision::numeric)"),
    ("a hundred times", "trunc({c} / 100, 2)"),
    ("not a number", "'NaN'"),
)
_DATE = _all(
    ("next day", "{c} + 1"),
    ("day before", "{c} - 1"),
    ("day and month swapped", "make_date(extract(year from {c})::int, 7, 5)"),
    ("a century off", "{c} - interval '100 years'"),
    ("before Christ", "make_date(-extract(year from {c})::int, 5, 7)"),
    ("infinity", "'infinity'"),
    ("beyond Python", "'20000-01-01'"),
)
_MOMENT = _all(
    ("a microsecond", "{c} + interval '1 microsecond'"),
    ("lost fraction", "date_trunc('second', {c})"),
    ("lost microseconds", "date_trunc('milliseconds', {c})"),
    ("lost seconds", "date_trunc('minute', {c})"),
    ("midnight", "date_trunc('day', {c})"),
    ("an hour on", "{c} + interval '1 hour'"),
    ("an hour back", "{c} - interval '1 hour'"),
    ("shifted zone", "({c} AT TIME ZONE 'Asia/Kolkata') AT TIME ZONE 'UTC'"),
    ("a day", "{c} + interval '1 day'"),
    ("infinity", "'-infinity'"),
    ("before Christ", "{c} - interval '4000 years'"),
)
_SPAN = _all(
    ("a microsecond", "{c} + interval '1 microsecond'"),
    ("lost fraction", "date_trunc('second', {c})"),
    ("sign", "-{c}"),
    ("within a day", "{c} - interval '24 hours'"),
    ("minutes for hours", "{c} / 60"),
    ("zero", "'0'"),
)
_CLOCK = _all(
    ("a microsecond", "{c} + interval '1 microsecond'"),
    ("lost fraction", "date_trunc('second', {c})::time"),
    ("an hour", "{c} + interval '1 hour'"),
    ("midnight", "'00:00'"),
    ("end of day", "'24:00'"),
)
_BYTES = _all(
    ("a zero byte more", "{c} || '\\x00'::bytea"),
    ("last byte cut", "substr({c}, 1, length({c}) - 1)"),
    ("first bit", "set_bit({c}, 0, 1 - get_bit({c}, 0))"),
    ("last byte", "set_byte({c}, length({c}) - 1, 255 - get_byte({c}, length({c}) - 1))"),
    ("as hexadecimal", "convert_to(encode({c}, 'hex'), 'UTF8')"),
    ("emptied", "''::bytea"),
)
_UUID = _all(
    ("last digit", "overlay({c}::text placing 'd' from 36)::uuid"),
    ("first digit", "overlay({c}::text placing 'd' from 1)::uuid"),
    ("nil", "'00000000-0000-0000-0000-000000000000'::uuid"),
)
_INET = _all(
    ("next address", "{c} + 1"),
    ("netmask", "set_masklen({c}, 20)"),
    ("family", "'::ffff:1.2.3.5'::inet"),
)
_BOOLEAN = _all(("negated", "NOT {c}"))
_JSON = _all(
    ("true for 1", """jsonb_set({c}, '{{a,0}}', 'true')"""),
    ("text for a number", """jsonb_set({c}, '{{a,0}}', '"1"')"""),
    ("null for true", """jsonb_set({c}, '{{a,3}}', 'null')"""),
    ("case of a text", """jsonb_set({c}, '{{b,c}}', '"É"')"""),
    ("normalised Unicode", """jsonb_set({c}, '{{b,c}}', to_jsonb(U&'e\\0301'::text))"""),
    ("case of a key", "({c} - 'n') || jsonb_build_object('N', {c} -> 'n')"),
    ("a key lost", "{c} #- '{{b,c}}'"),
    ("a null lost", "{c} - 'z'"),
    ("a key more", "{c} || '{{\"y\": null}}'"),
    ("order of a list", """jsonb_set({c}, '{{a}}', '[2.5, 1, "1", true, null]')"""),
    ("text of JSON", "to_jsonb({c}::text)"),
    ("null of JSON", "'null'"),
    ("empty list for object", "'[]'"),
)
_ARRAY = _all(
    ("one more", "{c} || {c}[1:1]"),
    ("first lost", "{c}[2:]"),
    ("emptied", "'{{}}'"),
    ("order", "{c}[2:2] || {c}[1:1] || {c}[3:]"),
    ("case of a member", "array_replace({c}, {c}[1], upper({c}[1]))"),
    ("space in a member", "array_replace({c}, {c}[1], ({c}[1] || ' '))"),
    ("NULL for a member", "array_replace({c}, {c}[1], NULL)"),
    ("members joined", "ARRAY[{c}[1] || ',' || {c}[2]] || {c}[3:]"),
    ("nested", "ARRAY[{c}]"),
)

_BY_BASE = {
    **dict.fromkeys(("varchar", "text", "citext"), _TEXT),
    **dict.fromkeys(("smallint", "integer", "bigint"), _INTEGER),
    "numeric": _NUMERIC,
    "boolean": _BOOLEAN,
    "date": _DATE,
    "timestamp with time zone": _MOMENT,
    "interval": _SPAN,
    "time": _CLOCK,
    "bytea": _BYTES,
    "uuid": _UUID,
    "inet": _INET,
    "jsonb": _JSON,
}
_ZERO = {
    **dict.fromkeys(("varchar", "text", "citext"), "''"),
    **dict.fromkeys(("smallint", "integer", "bigint", "numeric"), "0"),
    "double precision": "0",
    "boolean": "false",
    "date": "'1970-01-01'",
    "timestamp with time zone": "'epoch'",
    "interval": "'0'",
    "time": "'00:00'",
    "bytea": "''",
    "uuid": "'00000000-0000-0000-0000-000000000000'",
    "inet": "'0.0.0.0'",
    "jsonb": "'null'",
}


def damages_of(field: TargetField, value: Any) -> Iterator[CellDamage]:
    """What may befall a column like this one, where it holds `value` or NULL."""
    yield CellDamage("NULL", "NULL")
    empty = "'{{}}'" if field.array else _ZERO[field.base]
    yield CellDamage("empty for NULL", empty, of_null=True)
    if field.base == "jsonb":
        yield CellDamage("empty object for NULL", "'{{}}'", of_null=True)
        # Django reads a number of JSON as a double, in which these two are one.
        digits = """jsonb_set({c}, '{{a,1}}', '2.5000000000000001')"""
        yield CellDamage("beyond a double", digits, unseen=frozenset({"rows"}))
    if field.array:
        yield from _ARRAY
    elif field.base == "double precision":
        yield from _of_double(float(value))
    else:
        yield from _BY_BASE[field.base]
    if field.base == "numeric" and not field.array:
        unit = f"0.{'0' * ((field.scale or 0) - 1)}1" if field.scale else "1"
        yield CellDamage("last digit", f"{{c}} + {unit}")


def _of_double(value: float) -> Iterator[CellDamage]:
    spelled = {
        "last bit up": repr(math.nextafter(value, math.inf)),
        "last bit down": repr(math.nextafter(value, -math.inf)),
        "sign": repr(-value),
        "fifteen digits": f"{value:.15g}",
        "six digits": f"{value:.6g}",
        "not a number": "NaN",
        "infinity": "Infinity",
        "zero": "0",
        "minus zero": "-0",
        "the least": "5e-324",
    }
    for name, text in spelled.items():
        yield CellDamage(name, f"'{text}'::double precision")


def spellings_of(field: TargetField) -> Iterator[CellDamage]:
    """The same value, held otherwise."""
    if field.base == "interval":
        yield CellDamage("days for hours", "justify_hours({c})")
        yield CellDamage("months for hours", "justify_interval({c})")
    if field.base == "jsonb":
        yield CellDamage("zeros at the end", """jsonb_set({c}, '{{a,1}}', '2.500')""")
