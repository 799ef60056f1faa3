"""One verification: every level of every table, over the connections it is handed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from mappings.plan import Plan, TablePlan
from verify.checksums import check_checksums
from verify.counters import check_counters
from verify.counts import check_counts
from verify.database import check_database, with_through_tables
from verify.departures import NONE, Departures
from verify.levels import LEVELS, Level
from verify.ports import Pair, SourceConnection, TargetConnection
from verify.report import LevelResult, Report
from verify.rows import Declared, check_rows

__all__ = ["Progress", "sharing", "verify_plan"]

_SEEDS = 1_000_000_000

Progress = Callable[[Level, str, int], None]
"""Told of level, table and rows just done; from several threads."""


def verify_plan(
    plan: Plan,
    sources: Sequence[SourceConnection],
    targets: Sequence[TargetConnection],
    *,
    levels: Iterable[Level] | None = None,
    tables: Iterable[str] | None = None,
    departures: Mapping[str, Departures] | None = None,
    progress: Progress | None = None,
    using: str = "default",
    declared: Declared | None = None,
    all_rows: bool = False,
    seed: int | None = None,
) -> Report:
    """Look for reasons to disbelieve that the target holds what the source holds.

    Connections are used in pairs, one of each side, and by one thread each; with more pairs the
    ranges of a table are shared among them. `tables` are names as `Plan.table` knows them, None
    means all. `levels` are all by default, "rows" only with `declared`, which that level needs: it
    reads `all_rows`, or a sample that `seed` decides, over Django's connection `using`, in the
    calling thread. `departures` says, by name of the table plan, which rows differ on purpose.
    Nothing is written. Raises ValueError for an unknown table, no connection, an unknown level, no
    `declared` for level "rows" or two mappings into one table, and whatever a connection raises.
    """
    started = time.monotonic()
    pairs = [Pair(source, target) for source, target in zip(sources, targets, strict=False)]
    if not pairs:
        raise ValueError("verify: no connections, got none (expected one to each side)")
    wanted = _levels(levels, declared)
    if "rows" in wanted and not all_rows and seed is None:
        seed = secrets.randbelow(_SEEDS)
    chosen = _tables(plan, tables)
    if shared := sharing(plan, chosen):
        raise ValueError(f"verify: mappings into one table, got {' and '.join(shared)}")
    told = departures or {}
    results: list[LevelResult] = []
    with ThreadPoolExecutor(len(pairs)) as executor:
        for level in wanted:
            if level == "database":
                named = with_through_tables((table.name, table.model) for table in chosen)
                results += [check_database(n, model, pairs[0].target) for model, n in named.items()]
                continue
            for table in chosen:
                excused = told.get(table.name, NONE)
                if level == "counts":
                    results.append(check_counts(table, pairs[0], excused, executor))
                elif level == "checksums":
                    done = _teller(progress, level, table)
                    results.append(check_checksums(table, pairs, excused, executor, done))
                elif level == "rows" and declared is not None:
                    done = _teller(progress, level, table)
                    results.append(
                        check_rows(
                            declared,
                            table,
                            pairs[0].source,
                            excused,
                            using=using,
                            seed=seed or 0,
                            all_rows=all_rows,
                            progress=done,
                        )
                    )
                elif level == "counters" and table.counters:
                    results.append(check_counters(table, pairs[0], using))
    return Report(
        results=tuple(results),
        levels=wanted,
        seconds=time.monotonic() - started,
        seed=seed if "rows" in wanted and not all_rows else None,
    )


def sharing(plan: Plan, tables: Iterable[TablePlan]) -> tuple[str, ...]:
    """Names of plans into one target table, one of them among `tables`; () when none share one.

    Where no column tells their rows apart, each would take the other's rows for its own, too many,
    and none could tell a row that was lost.
    """
    for table in tables:
        same = [other for other in plan.tables if other.target == table.target]
        owned = [other.owns for other in same]
        if len(same) > 1 and (None in owned or len(set(owned)) < len(owned)):
            return tuple(other.name for other in same)
    return ()


def _levels(levels: Iterable[Level] | None, declared: Declared | None) -> tuple[Level, ...]:
    if levels is None:
        levels = [level for level in LEVELS if level != "rows" or declared is not None]
    asked = set(levels)
    if "rows" in asked and declared is None:
        raise ValueError('verify: level "rows", got no mappings (expected `declared`)')
    unknown = sorted(asked - set(LEVELS))
    if unknown:
        raise ValueError(f"verify: level, got {unknown[0]!r} (expected {', '.join(LEVELS)})")
    return tuple(level for level in LEVELS if level in asked)


def _tables(plan: Plan, names: Iterable[str] | None) -> tuple[TablePlan, ...]:
    if names is None:
        return plan.tables
    found = []
    for name in names:
        table = plan.table(name)
        if table is None:
            known = ", ".join(t.name for t in plan.tables)
            raise ValueError(f"verify: table, got {name!r} (expected one of {known})")
        found.append(table)
    return tuple(dict.fromkeys(found))


def _teller(progress: Progress | None, level: Level, table: TablePlan) -> Callable[[int], None]:
    def tell(rows: int) -> None:
        if progress is not None:
            progress(level, table.name, rows)

    return tell
