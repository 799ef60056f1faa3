"""Level 3: every stored counter is what its children say, and what PHP's counter was worth.

Cannot catch: children that are missing themselves, nor wrong values in them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from mappings.plan import CounterPlan, TablePlan
from mappings.recount import recount
from mappings.sqltext import pg_name, source_column
from verify.chunks import RangePlanner
from verify.departures import NONE
from verify.findings import KEPT_PER_TABLE, Finding, FindingLog
from verify.ports import Pair
from verify.ranges import sorts_alike
from verify.results import CounterSummary, LevelResult
from verify.source_side import SourceSide
from verify.target_side import TargetSide

__all__ = ["check_counters"]

_LEGACY_KEPT = 100
_HELD = 100_000
"""Parents with a drifted counter whose recounted values are held, to judge PHP's by them."""


@dataclass
class _Legacy:
    """How PHP's counter compares, as far as it was looked at."""

    differs: int = 0
    total: Decimal = field(default_factory=Decimal)


def check_counters(
    table: TablePlan, pair: Pair, using: str, *, only: str | None = None
) -> LevelResult:
    """Recount every counter of the table in PostgreSQL; compare stored and legacy values.

    A stored counter that differs is `drifted`, a failure; a legacy counter that differs is
    `legacy_drift`, information: the children decide who is right. `only` is a query of the keys of
    the parents to look at; PHP's counters are not looked at then.
    """
    started, log, past = time.monotonic(), FindingLog(), FindingLog(_LEGACY_KEPT)
    parents, drifted = _totals(table, pair, using, only)
    recounted: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    if any(drifted):
        for finding, pk, true in _drifted(table, pair, using, only):
            if len(recounted) < _HELD:
                recounted[pk] = true
            if finding is not None:
                log.add(finding)
        kept = sum(log.totals.values())
        log.totals["drifted"] += max(0, sum(drifted) - kept)
    legacy = _legacy(table, pair, recounted, past) if only is None and _comparable(table) else {}
    summaries = tuple(
        CounterSummary(
            name=counter.name,
            parents=parents,
            drifted=number,
            legacy=counter.legacy,
            legacy_differs=legacy[counter.name].differs if counter.name in legacy else None,
            legacy_total_difference=_signed(legacy[counter.name].total)
            if counter.name in legacy
            else None,
        )
        for counter, number in zip(_in_order(table, using), drifted, strict=True)
    )
    return LevelResult(
        level="counters",
        table=table.name,
        target=table.target,
        target_rows=parents,
        seconds=time.monotonic() - started,
        findings=(*log.kept, *past.kept),
        totals=log.totals + past.totals,
        counters=summaries,
    )


def _in_order(table: TablePlan, using: str) -> list[CounterPlan]:
    by_column = {counter.column: counter for counter in table.counters}
    return [by_column[column] for column in recount(table, using).columns]


def _differs(table: TablePlan, counter: CounterPlan) -> str:
    stored, true = f"t.{pg_name(counter.column)}", f"q.{pg_name(counter.column)}"
    field_type = table.model._meta.get_field(counter.name).get_internal_type()
    if field_type == "FloatField":
        # The sum of doubles depends on the order of the children.
        near = f"abs({stored} - {true}) <= 1e-9 * greatest(abs({stored}), abs({true}))"
        return f"({stored} IS DISTINCT FROM {true} AND NOT coalesce({near}, false))"
    return f"{stored} IS DISTINCT FROM {true}"


def _from(table: TablePlan, using: str, only: str | None) -> tuple[str, tuple[Any, ...]]:
    fresh = recount(table, using, only=only)
    key = f"t.{pg_name(str(table.model._meta.pk.column))}"
    own = f" AND {table.owns}" if table.owns else ""
    return f"FROM {pg_name(table.target)} t JOIN ({fresh.sql}) q ON {key} = q.id{own}", fresh.params


def _totals(table: TablePlan, pair: Pair, using: str, only: str | None) -> tuple[int, list[int]]:
    """Parents, and for each counter how many of them drifted."""
    tail, params = _from(table, using, only)
    counts = [
        f"count(*) FILTER (WHERE {_differs(table, counter)})" for counter in _in_order(table, using)
    ]
    row = pair.target.rows(f"SELECT count(*), {', '.join(counts)} {tail}", params)[0]
    return int(row[0]), [int(number) for number in row[1:]]


def _drifted(
    table: TablePlan, pair: Pair, using: str, only: str | None
) -> Iterator[tuple[Finding | None, tuple[Any, ...], tuple[Any, ...]]]:
    """Per drifted parent: a finding for each counter that did, its key, the true values."""
    counters, side = _in_order(table, using), TargetSide(table, NONE)
    tail, params = _from(table, using, only)
    names = [pg_name(counter.column) for counter in counters]
    fields = [
        *(f"{column}::text" for column in side.pk),
        *side.identity,
        *(f"t.{name}" for name in names),
        *(f"q.{name}" for name in names),
        *(f"({_differs(table, counter)})" for counter in counters),
    ]
    any_differs = " OR ".join(f"({_differs(table, counter)})" for counter in counters)
    rows = pair.target.rows(
        f"SELECT {', '.join(fields)} {tail} WHERE {any_differs} ORDER BY q.id LIMIT {_HELD}", params
    )
    n, wide, start = len(counters), len(side.pk), len(side.pk) + len(side.identity)
    for seen, row in enumerate(rows):
        pk, identity, values = row[:wide], row[wide:start], row[start:]
        stored, true, differs = values[:n], values[n : 2 * n], values[2 * n :]
        yield None, pk, true
        for counter, has, should, wrong in zip(counters, stored, true, differs, strict=True):
            if wrong and seen < KEPT_PER_TABLE:
                found = Finding(
                    kind="drifted",
                    table=table.name,
                    key=identity or pk,
                    target_key=pk,
                    columns=(counter.name,),
                    source_values=(should,),
                    target_values=(has,),
                    detail="the children say otherwise",
                )
                yield found, pk, true


def _comparable(table: TablePlan) -> bool:
    return sorts_alike(table) and any(counter.legacy for counter in table.counters)


def _legacy(
    table: TablePlan,
    pair: Pair,
    recounted: dict[tuple[Any, ...], tuple[Any, ...]],
    log: FindingLog,
) -> dict[str, _Legacy]:
    """Hold PHP's counters against the true values, range by range."""
    counters = [counter for counter in table.counters if counter.legacy]
    found = {counter.name: _Legacy() for counter in counters}
    source, target = SourceSide(table, NONE), TargetSide(table, NONE)
    planner = RangePlanner(table, pair.source.block_bytes)
    theirs = ", ".join(source_column(c.legacy or "") for c in counters)
    ours = ", ".join(f"t.{pg_name(c.column)}" for c in counters)
    pks = ", ".join(f"{column}::text" for column in target.pk)
    position = [[c.column for c in table.counters].index(c.column) for c in counters]
    keys, width = len(source.key), len(target.identity)
    while key_range := planner.next(pair.source):
        legacy = {
            source.read_key(row[:keys]): row[keys:]
            for row in pair.source.rows(
                f"SELECT {', '.join(source.key_select())}, {theirs} FROM {source.from_}"
                f" {source.where(key_range.sql(table.key))}"
            )
        }
        for row in pair.target.rows(
            f"SELECT {', '.join(target.identity)}, {pks}, {ours} FROM {target.from_}"
            f" {target.where(target.within(key_range))}"
        ):
            key = tuple(int(value) for value in row[:width])
            pk, values = row[width : width + len(target.pk)], row[width + len(target.pk) :]
            if key not in legacy:
                continue
            if pk in recounted:
                values = tuple(recounted[pk][at] for at in position)
            _judge(table, counters, key, pk, legacy[key], values, found, log)
    return found


def _judge(
    table: TablePlan,
    counters: Sequence[CounterPlan],
    key: tuple[int, ...],
    pk: tuple[Any, ...],
    legacy: Sequence[bytes | None],
    values: Sequence[Any],
    found: dict[str, _Legacy],
    log: FindingLog,
) -> None:
    for counter, raw, true in zip(counters, legacy, values, strict=True):
        difference = _difference(raw, true)
        if difference == 0:
            continue
        found[counter.name].differs += 1
        found[counter.name].total += difference or 0
        log.add(
            Finding(
                kind="legacy_drift",
                table=table.name,
                key=key,
                target_key=pk,
                columns=(counter.name,),
                source_values=(None if raw is None else raw.decode("utf-8", "replace"),),
                target_values=(true,),
                detail=f"legacy column {counter.legacy}",
            )
        )


def _difference(raw: bytes | None, true: Any) -> Decimal | None:
    """Legacy less true value; 0 for equal, None for different without a number."""
    if raw is None or true is None:
        return Decimal(0) if raw is None and true is None else None
    text = raw.decode("utf-8", "replace")
    try:
        return Decimal(text) - Decimal(str(true))
    except InvalidOperation:
        return Decimal(0) if text == str(true) else None


def _signed(total: Decimal) -> str:
    return f"{total:+f}"
