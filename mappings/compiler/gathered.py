"""Compile what comes from a name/value table: all of a row's pairs as JSON, or one by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mappings.catalogue import JoinedTable, SourceColumn, SourceTable
from mappings.columns import Gathered, Picked
from mappings.compiler.faces import canonical_face, encode_face, finish_face, python_face
from mappings.compiler.frames import target_frame
from mappings.compiler.joins import same_kind
from mappings.compiler.misfit import Misfit
from mappings.errors import nearest
from mappings.expr import Kind, SourceValue
from mappings.gathering import Whole, pairs
from mappings.keys import KeyColumn, key_kind
from mappings.plan import ColumnPlan
from mappings.sqltext import SourceName, my_bytes, my_name, my_text, pg_name, source_column
from mappings.steps.base import Step
from mappings.target import TargetField
from mappings.types import find_conversion, read_column

__all__ = ["compile_gathered", "with_picked"]

_IN_JSON = frozenset(
    {Kind.INT, Kind.DECIMAL, Kind.DOUBLE, Kind.BOOL, Kind.TEXT, Kind.JSON, Kind.LIST}
)
_ROWS = "m"
"""Alias of the name/value table in a subquery."""


def compile_gathered(
    where: str, table: SourceTable, other: SourceTable, declared: Gathered, field: TargetField
) -> ColumnPlan:
    """Return the plan of a JSON column that is made of all pairs of a row. Raises `Misfit`."""
    conversion = find_conversion(Kind.JSON, field)
    if conversion is None or field.base != "jsonb":
        message = f"gathered pairs are an object, got {field.type_name} (expected jsonb)"
        raise Misfit("mappings.E020", message, "fill a JSONField with it, or use Picked")
    link, by = _link(table, other, declared)
    name = _read(other, declared.name)
    value = _read(other, declared.value)
    if name.expr.kind not in (Kind.TEXT, Kind.INT):
        message = f"name: {declared.name} is no text or integer, got {name.expr.kind.value}"
        raise Misfit("mappings.E020", message, "name another column, or write a query")
    _require_json(value.expr.kind, declared.steps)
    own = f"{my_name(other.name)} {_ROWS}"
    order = [_of(key) for key in other.key] or [f"HEX({name.raw})", f"HEX({value.raw})"]
    but = _without(name, declared.without)
    pair = f"CONCAT({_hex(name.raw)}, 0x2C, {_hex(value.raw)}, 0x3B)"
    raw = (
        f"(SELECT CONCAT(COUNT(*), 0x3A, COALESCE(GROUP_CONCAT({pair} ORDER BY {', '.join(order)}"
        f" SEPARATOR ''), '')) FROM {own} WHERE {_of(by.name)} = {source_column(link.name)}{but})"
    )
    rows = f"SELECT {name.raw}, {value.raw} FROM {own} WHERE {_of(by.name)} = {{link}}{but}"
    value_of = _object(name.decode, value.decode, declared.steps)
    target_text = conversion.canonical_target(field, f"t.{pg_name(field.column)}")
    return ColumnPlan(
        where=where,
        field=field,
        sources=(link.name,),
        verified=True,
        copy=raw,
        python_tier=True,
        raw=raw,
        python=python_face(value_of, conversion, field),
        encode=encode_face(conversion, field),
        finish=finish_face(value_of, conversion, field),
        canonical_source=None,
        canonical_target=target_frame(target_text, length=conversion.framed, nullable=field.null),
        canonical=canonical_face(conversion, field),
        refusals=(),
        guards=(),
        steps=tuple(step.describe() for step in declared.steps),
        whole=Whole(
            link=link,
            query=f"{rows} ORDER BY {', '.join(order)}",
            fingerprint=other.fingerprint(),
            without=declared.without,
        ),
        elsewhere=tuple((other.name, n) for n in (declared.by, declared.name, declared.value)),
    )


def with_picked(table: SourceTable, other: SourceTable, declared: Picked) -> SourceTable:
    """The source table with the value of that name as a column of its own. Raises `Misfit`.

    Of several rows of that name, the one with the lowest key is joined.
    """
    link, by = _link(table, other, declared)
    name, value = _column(other, declared.name), _column(other, declared.value)
    alias = f"picked {len(table.joins) + 1}"
    single = {by.name, name.name}

    def same(of: str) -> str:
        linked = f"{_of(by.name, of)} = {source_column(link.name)}"
        return f"{linked} AND {_is(name, declared.pick, of)}"

    if any(set(unique) <= single for unique in other.uniques):
        condition = same(alias)
    elif len(other.key) == 1:
        key = other.key[0]
        lowest = f"SELECT MIN({_of(key)}) FROM {my_name(other.name)} {_ROWS} WHERE {same(_ROWS)}"
        condition = f"{_of(key, alias)} = ({lowest})"
    else:
        raise Misfit(
            "mappings.E065",
            f"which of several rows of {other.name!r} is meant cannot be told: it has no key of"
            " one column",
            "write a `query` that says which",
        )
    added = JoinedTable(
        alias=alias,
        table=other.name,
        condition=condition,
        reads=(by.name, name.name, value.name),
        links=((by.name, source_column(link.name)),),
        only=_is(name, declared.pick, alias),
        picks=str(declared.pick),
        fingerprint=other.fingerprint(),
    )
    column = replace(value, name=SourceName(declared.source, _of(value.name, alias)), nullable=True)
    return replace(table, joins=(*table.joins, added), columns=(*table.columns, column))


def _link(
    table: SourceTable, other: SourceTable, declared: Gathered | Picked
) -> tuple[KeyColumn, SourceColumn]:
    """The source row's column, and the name/value table's column that equals it."""
    if declared.to is None and len(table.key) != 1:
        message = f"to: {table.name!r} has no key of one column"
        raise Misfit("mappings.E066", message, "name the column that `by` refers to in `to`")
    to = _column(table, declared.to or table.key[0])
    by = _column(other, declared.by)
    same_kind(f"by: {other.name}.{by.name}", by, to)
    kind = key_kind(to)
    assert kind is not None  # or they would not be of the same kind
    link = KeyColumn(name=to.name, kind=kind, charset=to.charset, collation=to.collation)
    return link, by


def _column(table: SourceTable, name: str) -> SourceColumn:
    found = table.column(name)
    if found is None:
        hint = nearest(name, [column.name for column in table.columns])
        raise Misfit("mappings.E013", f"source table {table.name!r} has no column {name!r}", hint)
    return found


def _read(table: SourceTable, name: str) -> SourceValue:
    column = _column(table, name)
    found = read_column(replace(column, name=SourceName(column.name, _of(column.name))))
    if found is None:
        message = f"source type is not supported, got {column.column_type}"
        raise Misfit("mappings.E022", message, "select it as text in a view, and gather from that")
    return found


def _require_json(kind: Kind, steps: tuple[Step, ...]) -> None:
    for step in steps:
        if kind not in step.accepts:
            expected = " or ".join(sorted(k.value for k in step.accepts))
            raise Misfit(
                "mappings.E023",
                f"step {step.describe()} does not take it, got {kind.value} (expected {expected})",
                "put a step before it that makes one, or take it out",
            )
        kind = Kind.JSON if step.any_result else step.returns or kind
    if kind not in _IN_JSON:
        message = f"JSON holds no {kind.value}"
        raise Misfit("mappings.E020", message, "add a step that makes a text or a number of it")


def _object(
    read_name: Callable[[bytes], Any], read_value: Callable[[bytes], Any], steps: tuple[Step, ...]
) -> Callable[[bytes | None], dict[str, Any]]:
    """Raw value -> object of all names; a name that comes again has the list of its values."""

    def value_of(raw: bytes | None) -> dict[str, Any]:
        found: dict[str, list[Any]] = {}
        for coded_name, coded in pairs(raw):
            name = "" if coded_name is None else str(read_name(coded_name))
            value = None if coded is None else read_value(coded)
            for step in steps:
                if value is not None or step.takes_null:
                    value = step.python(value)
            found.setdefault(name, []).append(value)
        return {name: values if len(values) > 1 else values[0] for name, values in found.items()}

    return value_of


def _is(column: SourceColumn, pick: str | int, of: str) -> str:
    """Predicate: the name is this one exactly, found by its index."""
    name = _of(column.name, of)
    if isinstance(pick, int):
        if key_kind(column) != "int":
            message = f"pick: {column.name} holds texts, got {pick!r}"
            raise Misfit("mappings.E067", message, "give the name as a text")
        return f"{name} = {pick}"
    if column.charset is None or column.collation is None:
        message = f"pick: {column.name} holds no texts, got {pick!r}"
        raise Misfit("mappings.E067", message, "give the name as the number that it is")
    literal = f"CONVERT({my_text(pick)} USING {column.charset}) COLLATE {my_name(column.collation)}"
    exact = f"CAST(CONVERT({name} USING utf8mb4) AS BINARY) = {my_bytes(pick.encode())}"
    return f"{name} = {literal} AND {exact}"


def _without(name: SourceValue, names: tuple[str, ...]) -> str:
    if not names:
        return ""
    listed = ", ".join(my_bytes(n.encode()) for n in names)
    return f" AND COALESCE(CAST({name.raw} AS BINARY) NOT IN ({listed}), 1)"


def _hex(raw: str) -> str:
    return f"IF({raw} IS NULL, 0x7E, HEX({raw}))"


def _of(name: str, alias: str = _ROWS) -> str:
    return f"{my_name(alias)}.{my_name(name)}"
