"""JSON: MySQL's own type and text that holds JSON, to jsonb.

PostgreSQL parses the text itself, so its copy is SQL; how it prints the value again is known to
Python only (`jsonb_text`), so the canonical form has no SQL over the source, and what jsonb
refuses has no predicate either: invalid JSON (`bad_json`), U+0000 (`nul_byte`) and numbers
beyond numeric (`out_of_range`). PostgreSQL refuses all of them loudly.
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, NoReturn

from mappings.catalogue import SourceColumn
from mappings.errors import Reject
from mappings.expr import Expr, Kind, Refusal, SourceValue
from mappings.sqltext import source_column
from mappings.target import TargetField
from mappings.types.base import Conversion, Source, column_null, expect
from mappings.types.text import AsText

__all__ = [
    "JSON_NULL",
    "JsonColumn",
    "JsonNumber",
    "JsonToJsonb",
    "JsonToText",
    "TextToJsonb",
    "jsonb_text",
    "parse",
]

_BEFORE, _AFTER = 131_072, 16_383
"""Digits before and after the point of a numeric (PostgreSQL manual, "Numeric Types")."""


class JsonNumber(Decimal):
    """A JSON number with a fraction or an exponent: exact, and equal to the float of its text.

    Django reads such a number as a float; a row compared with what Django reads back must be
    equal to it, and what is loaded must still have every digit.
    """

    text: str

    def __new__(cls, text: str) -> JsonNumber:
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __eq__(self, other: object) -> bool:
        return float(self) == other if isinstance(other, float) else Decimal.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = Decimal.__hash__


class _JsonNull:
    """The value `null`, which is not NULL: equal to the None that Django reads for both."""

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, _JsonNull)

    def __hash__(self) -> int:
        return hash(None)

    def __repr__(self) -> str:
        return "JSON_NULL"


JSON_NULL = _JsonNull()


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _integer(text: str) -> int | JsonNumber:
    # Python turns no longer text into an int, unless told to.
    return int(text) if len(text) < sys.int_info.default_max_str_digits else JsonNumber(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # Of a key that comes twice the last value stays, yet PostgreSQL reads the others too.
        for _, value in pairs:
            jsonb_text(value)
    return found


_LOADS = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=JsonNumber,
    parse_int=_integer,
    parse_constant=_no_constant,
).decode


_DUMPS = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def parse(text: str) -> Any:
    """Text -> value, every number exact and `null` as `JSON_NULL`. Raises `Reject`."""
    try:
        value = _LOADS(text)
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise Reject("bad_json", type(error).__name__) from error
    return JSON_NULL if value is None else value


def _decode(value: bytes) -> Any:
    return parse(value.decode())


class JsonColumn(Source):
    """MySQL's JSON. MariaDB's is LONGTEXT, and read as text."""

    types = frozenset({"json"})

    def read(self, column: SourceColumn) -> SourceValue:
        sql = f"CAST({source_column(column.name)} AS CHAR)"
        expr = Expr(kind=Kind.JSON, sql=sql, null=column_null(column))
        return SourceValue(expr=expr, raw=sql, decode=_decode)


def jsonb_text(value: Any) -> str:
    """What PostgreSQL prints for a jsonb of this value, byte for byte. Raises `Reject`.

    Keys are sorted by their length in bytes, then by the bytes; numbers are numeric.
    """
    if isinstance(value, str):
        return _string(value)
    if value is None or value is JSON_NULL:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return _number(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(jsonb_text, value))}]"
    if isinstance(value, dict):
        members = sorted((len(k), k, v) for k, v in ((_key(k), v) for k, v in value.items()))
        pairs = (f"{_string(k.decode())}: {jsonb_text(v)}" for _, k, v in members)
        return f"{{{', '.join(pairs)}}}"
    raise Reject("wrong_type", f"got {type(value).__name__} (expected what JSON holds)")


def _key(key: object) -> bytes:
    expect(key, str)
    try:
        return str(key).encode()
    except UnicodeEncodeError as error:
        raise Reject("bad_json", "a surrogate without its pair") from error


def _string(value: str) -> str:
    if "\0" in value:
        raise Reject("nul_byte", "jsonb cannot hold U+0000")
    _key(value)
    return encode_basestring(value)


def _number(value: float | Decimal) -> str:
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise Reject("bad_json", "JSON has finite numbers only")
    _, digits, exponent = number.as_tuple()
    whole = 0 if not number else number.adjusted() + 1
    if whole > _BEFORE or -int(exponent) > _AFTER:
        raise Reject("out_of_range", "more digits than numeric holds")
    text = format(number, "f")
    if not number:
        return text.removeprefix("-") if int(exponent) <= 0 else "0"
    return text


class JsonToJsonb(Conversion):
    kind = Kind.JSON
    targets = frozenset({"jsonb"})
    framed = True

    def text(self, expr: Expr, field: TargetField) -> str:
        return expr.sql

    def canonical_source(self, expr: Expr, field: TargetField) -> str | None:
        return None

    def canonical_target(self, field: TargetField, column: str) -> str:
        return f"{column}::text"

    def convert(self, value: Any, field: TargetField) -> Any:
        """Keys that are no texts and tuples become what JSON makes of them."""
        text, exact = _text(value)
        return parse(text) if exact else json.loads(text)

    def encode(self, value: Any, field: TargetField) -> str:
        return _text(value)[0]

    def load(self, value: Any, field: TargetField) -> str:
        # What `convert` reads back from this text is written the same again.
        return _text(value)[0]

    def canonical(self, value: Any, field: TargetField) -> str:
        return jsonb_text(value)


def _text(value: Any) -> tuple[str, bool]:
    """JSON text for PostgreSQL, and whether it needed the exact writer, which is the slow one."""
    try:
        text = _DUMPS(value)
        text.encode()
    except (TypeError, ValueError):
        return jsonb_text(value), True
    return (jsonb_text(value), True) if "\\u0000" in text else (text, False)


class TextToJsonb(JsonToJsonb):
    """Text that holds JSON; an empty text is none."""

    kind = Kind.TEXT

    def convert(self, value: Any, field: TargetField) -> Any:
        parsed = _parsed(value)
        _text(parsed)
        return parsed

    def load(self, value: Any, field: TargetField) -> str:
        return _text(_parsed(value))[0]


def _parsed(value: Any) -> Any:
    expect(value, str)
    if "\0" in value:
        raise Reject("nul_byte", "PostgreSQL text cannot hold U+0000")
    return parse(value)


class JsonToText(AsText):
    """The text that MySQL prints for its JSON."""

    kind = Kind.JSON

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        return () if field.size is None else super().refusals(expr, field)

    def spell(self, value: Any, field: TargetField) -> str:
        return _as_written(value)


def _as_written(value: Any) -> str:
    if value is JSON_NULL:
        return "null"
    if isinstance(value, JsonNumber):
        return value.text
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_as_written, value))}]"
    if isinstance(value, dict):
        pairs = (f"{encode_basestring(k)}: {_as_written(v)}" for k, v in value.items())
        return f"{{{', '.join(pairs)}}}"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
