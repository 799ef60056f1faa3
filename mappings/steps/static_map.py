"""One value for another, from a table in the mapping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal

from mappings.errors import Reject
from mappings.expr import Expr, Kind, Refusal
from mappings.sqltext import my_bytes
from mappings.steps.base import Step, factory
from mappings.steps.literals import literal

__all__ = ["static_map"]

Other = Literal["reject", "keep", "null"]
_OTHERS = ("reject", "keep", "null")

LARGEST_CASE = 200
"""MySQL tries the branches of a CASE one by one: a longer table is faster as a Python dict."""

_KINDS: dict[type, Kind] = {
    str: Kind.TEXT,
    int: Kind.INT,
    bool: Kind.BOOL,
    Decimal: Kind.DECIMAL,
}


@factory
def static_map(table: Mapping[Any, Any], other: Other = "reject") -> Step:
    """The value that `table` has for the column's value; None there is NULL.

    Keys are all texts or all integers and are compared exactly; values are all texts, integers,
    booleans or decimals. A value that is no key follows `other`: `reject` (`not_in_map`),
    `keep` it, or `null`. Raises `ValueError` for a table that is none of these.
    """
    table = dict(table)
    if other not in _OTHERS:
        raise ValueError(f"static_map: other, got {other!r} (expected {', '.join(_OTHERS)})")
    accepts, returns = _kind("keys", table), _kind("values", table.values())
    if accepts not in (Kind.TEXT, Kind.INT):
        raise ValueError(f"static_map: keys, got {accepts.value} (expected text or integer)")
    if other == "keep" and returns is not accepts:
        got = f"{accepts.value} and {returns.value}"
        raise ValueError(f"static_map: other='keep' needs one kind on both sides, got {got}")

    def python(value: Any) -> Any:
        if value in table:
            return table[value]
        if other == "reject":
            raise Reject("not_in_map", "a value that static_map does not list")
        return value if other == "keep" else None

    def inverse(value: Any) -> Iterable[Any]:
        made = [k for k, v in table.items() if v == value and type(v) is type(value)]
        return (*made, value) if other == "keep" else made

    def sql(expr: Expr) -> Expr | None:
        return _case(expr, table, returns, other) if len(table) <= LARGEST_CASE else None

    return Step(
        name="static_map",
        python=python,
        inverse=inverse,
        accepts=frozenset({accepts}),
        returns=returns,
        sql=sql,
        options=(table, other),
    )


def _kind(what: str, values: Any) -> Kind:
    kinds = {_KINDS.get(type(v)) for v in values if v is not None}
    if len(kinds) != 1 or None in kinds:
        names = sorted({type(v).__name__ for v in values})
        raise ValueError(f"static_map: {what}, got {names} (expected one of text, integer, …)")
    return kinds.pop()  # type: ignore[return-value]


def _case(expr: Expr, table: dict[Any, Any], returns: Kind, other: Other) -> Expr:
    value, keys = expr.sql, {k: str(k) for k in table}
    if expr.kind is Kind.TEXT:
        value, keys = f"CAST({value} AS BINARY)", {k: my_bytes(k.encode()) for k in table}
    made = expr.to(returns, "", **_facts(expr, table, returns, other))
    branches = " ".join(
        f"WHEN {keys[k]} THEN {literal(v, made)}" for k, v in table.items() if v is not None
    )
    # The last branch is never asked for, unless values are kept; it must not be NULL by itself.
    rest = expr.sql if other == "keep" else literal(_any(table), made)
    made = made.but(sql=f"CASE {value} {branches} ELSE {rest} END")
    listed = f"{value} IN ({', '.join(keys.values())})"
    if nulls := [keys[k] for k, v in table.items() if v is None]:
        made = made.or_null(f"{value} IN ({', '.join(nulls)})")
    if other == "null":
        made = made.losing(f"NOT ({listed})").or_null(f"NOT ({listed})")
    if other == "reject" and not _complete(expr, table):
        made = made.refusing(Refusal(code="not_in_map", sql=f"NOT ({listed})", silent=True))
    return made


def _any(table: dict[Any, Any]) -> Any:
    return next(v for v in table.values() if v is not None)


def _complete(expr: Expr, table: dict[Any, Any]) -> bool:
    return expr.members is not None and set(expr.members) <= set(table)


def _facts(expr: Expr, table: dict[Any, Any], returns: Kind, other: Other) -> dict[str, Any]:
    values = [v for v in table.values() if v is not None]
    if returns is Kind.BOOL:
        return {"plain": True}
    if returns is Kind.DECIMAL:
        digits = max(max(0, -int(v.as_tuple().exponent)) for v in values)
        return {"lo": min(values), "hi": max(values), "scale": digits, "plain": True}
    if returns is Kind.INT:
        kept = (expr.lo, expr.hi) if other == "keep" else (min(values), max(values))
        lo, hi = kept
        return {
            "lo": None if lo is None else min(lo, *values),
            "hi": None if hi is None else max(hi, *values),
            "plain": True,
        }
    if other == "keep":
        return {
            "max_chars": expr.max_chars and max(expr.max_chars, *map(len, values)),
            "max_octets": expr.max_octets
            and max(expr.max_octets, *(len(v.encode()) for v in values)),
        }
    return {
        "max_chars": max(map(len, values)),
        "max_octets": max(len(v.encode()) for v in values),
        "members": tuple(dict.fromkeys(values)),
        "plain": not any(set(v) & set("\\\n\t\r") for v in values),
    }
