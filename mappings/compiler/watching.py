"""Compile what a dry run watches in one column: where its steps alter a value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mappings.compiler.faces import ENCODED_NULL
from mappings.errors import Reject
from mappings.expr import Expr, Kind, SourceValue
from mappings.sqltext import any_of, escape_bytes
from mappings.steps.altered import altered
from mappings.steps.base import Step
from mappings.steps.repair_charset import looks_damaged
from mappings.target import TargetField
from mappings.types.base import Conversion
from mappings.watch import EMPTIED, Noticed, Watch, WatchedStep

__all__ = ["Link", "watch_column"]

_TEXTS = {"varchar", "text", "citext"}
_REPAIRS = {"repair_charset", "decode_utf8"}


@dataclass(frozen=True)
class Link:
    """One step of a chain, and the value that it is given."""

    step: Step
    kind: Kind
    expr: Expr | None


def watch_column(
    value: SourceValue,
    links: Sequence[Link],
    kind: Kind,
    expr: Expr | None,
    conversion: Conversion,
    field: TargetField,
) -> Watch:
    """The watch of a column; `kind` and `expr` are those of the value after the last step."""
    after = [*(link.kind for link in links), kind][1:]
    # What makes another kind of value alters none: it is a conversion.
    watched = [n for n, (link, made) in enumerate(zip(links, after, strict=True))
               if link.kind is made]  # fmt: skip
    steps = tuple(
        WatchedStep(
            step=links[n].step.describe(),
            sql=None if expr is None else _alters(links[n].step, links[n].expr),
        )
        for n in watched
    )
    preds = [step.sql for step in steps if step.sql is not None]
    stays = "" if expr is None or expr.null is None else f" AND NOT ({expr.null})"
    return Watch(
        steps=steps,
        changed=f"({any_of(preds)}){stays}" if expr is not None and preds else None,
        emptied=_emptied(value.expr, expr),
        damaged=_damaged(links, expr, field),
        trace=_trace(value, links, watched, conversion, field),
    )


def _alters(step: Step, expr: Expr | None) -> str:
    assert expr is not None and step.sql is not None  # or the column would be Python's
    after = step.sql(expr)
    assert after is not None
    if after.sql == expr.sql and not step.takes_null:
        # It only makes NULLs: there is nothing to compare.
        return _emptied(expr, after) or "FALSE"
    # Its own guards are among those of the column, which are not asked a second time.
    found = [altered(step, expr.but(guards=after.guards)) or "FALSE"]
    if step.takes_null and expr.null is not None:
        found.append(expr.null if after.null is None else f"({expr.null}) AND NOT ({after.null})")
    return any_of(found)


def _emptied(source: Expr, expr: Expr | None) -> str | None:
    if expr is None or expr.null in (None, source.null):
        return None
    held = "" if source.null is None else f"NOT ({source.null}) AND "
    return f"{held}({expr.null})"


def _damaged(links: Sequence[Link], expr: Expr | None, field: TargetField) -> str | None:
    repaired = any(link.step.name in _REPAIRS for link in links)
    if expr is None or expr.kind is not Kind.TEXT or expr.members is not None or repaired:
        return None
    if field.base not in _TEXTS or expr.plain:
        return None
    damaged = looks_damaged(expr.sql)
    return damaged if expr.null is None else f"NOT ({expr.null}) AND ({damaged})"


def _trace(
    value: SourceValue,
    links: Sequence[Link],
    watched: Sequence[int],
    conversion: Conversion,
    field: TargetField,
) -> Callable[[bytes | None, list[Noticed]], bytes]:
    places = {n: place for place, n in enumerate(watched)}
    reading = next((places[n] for n in places if links[n].step.reads is not None), None)
    chain = [(places.get(n), link.step) for n, link in enumerate(links)]

    def trace(raw: bytes | None, noticed: list[Noticed]) -> bytes:
        held = None if raw is None else value.decode(raw)
        # A step that changes how bytes are read has altered what is not these bytes any more.
        if reading is not None and isinstance(held, str) and held.encode() != raw:
            noticed.append(reading)
        made = held
        for place, step in chain:
            if made is None and not step.takes_null:
                continue
            before, made = made, step.python(made)
            if place is not None and made != before:
                noticed.append(place)
            if step.warns is not None and (code := step.warns(before, made)):
                noticed.append(code)
        if made is None:
            if not field.null:
                raise Reject("not_null", f"{field.name} takes no NULL")
            if held is not None:
                noticed.append(EMPTIED)
            return ENCODED_NULL
        return escape_bytes(conversion.load(made, field).encode())

    return trace
