"""What one verification is about: checked, in order, and with nothing open in it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models

from mappings.plan import Plan, TablePlan
from verify.database import with_through_tables
from verify.levels import LEVELS, Level
from verify.rows import Declared

__all__ = ["Task", "Unit", "chosen_levels", "chosen_tables", "sharing"]

_SEEDS = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One level of one table: what is looked at as a whole, and kept when it is done."""

    level: Level
    name: str
    """As results call the table."""
    table: TablePlan | None
    """None for a join table that no mapping fills: only its database level is looked at."""
    model: type[models.Model]

    @property
    def key(self) -> tuple[Level, str]:
        return self.level, self.name

    @property
    def rows(self) -> int:
        """About so many rows of the source."""
        return self.table.source.rows_estimate if self.table is not None else 0


@dataclass(frozen=True, kw_only=True)
class Task:
    """Which levels of which tables, and how."""

    plan: Plan
    tables: tuple[TablePlan, ...]
    levels: tuple[Level, ...]
    using: str = "default"
    declared: Declared | None = None
    all_rows: bool = False
    seed: int = 0

    @classmethod
    def of(
        cls,
        plan: Plan,
        *,
        levels: Iterable[Level] | None,
        tables: Iterable[str] | None,
        declared: Declared | None,
        seed: int | None,
        **how: Any,
    ) -> Task:
        """Raises ValueError for what `verify_plan` says."""
        chosen = chosen_tables(plan, tables)
        if shared := sharing(plan, chosen):
            raise ValueError(f"verify: mappings into one table, got {' and '.join(shared)}")
        return cls(
            plan=plan,
            tables=chosen,
            levels=chosen_levels(levels, declared),
            declared=declared,
            seed=secrets.randbelow(_SEEDS) if seed is None else seed,
            **how,
        )

    @property
    def drawn_by(self) -> int | None:
        """What decides the sample of rows; None without one."""
        return self.seed if "rows" in self.levels and not self.all_rows else None

    def units(self) -> Iterator[Unit]:
        """All there is to look at, level by level, parents first."""
        for level in self.levels:
            if level == "database":
                yield from self._database()
                continue
            for table in self.tables:
                if level == "counters" and not table.counters:
                    continue
                if level == "questions" and not table.questions:
                    continue
                yield Unit(level=level, name=table.name, table=table, model=table.model)

    def _database(self) -> Iterator[Unit]:
        by_model = {table.model: table for table in reversed(self.tables)}
        named = with_through_tables((table.name, table.model) for table in self.tables)
        for model, name in named.items():
            yield Unit(level="database", name=name, table=by_model.get(model), model=model)


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


def chosen_levels(levels: Iterable[Level] | None, declared: Declared | None) -> tuple[Level, ...]:
    """The levels asked for, in order; all of them by default. Raises ValueError."""
    if levels is None:
        levels = [level for level in LEVELS if level != "rows" or declared is not None]
    asked = set(levels)
    if "rows" in asked and declared is None:
        raise ValueError('verify: level "rows", got no mappings (expected `declared`)')
    unknown = sorted(asked - set(LEVELS))
    if unknown:
        raise ValueError(f"verify: level, got {unknown[0]!r} (expected {', '.join(LEVELS)})")
    return tuple(level for level in LEVELS if level in asked)


def chosen_tables(plan: Plan, names: Iterable[str] | None) -> tuple[TablePlan, ...]:
    """The plans named so, in the order given; all of them by default. Raises ValueError."""
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
