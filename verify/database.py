"""Level 5: the target database itself: constraints, indexes, sequences, content types, durability.

Cannot catch: what rows hold, beyond what constraints say.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import chain

from django.db import models

from mappings.plan import TablePlan
from verify.constraints import check_constraints
from verify.content_types import check_content_types
from verify.findings import FindingLog
from verify.indexes import check_indexes
from verify.needed import check_keys
from verify.ports import TargetConnection
from verify.results import LevelResult
from verify.sequences import check_sequences

__all__ = ["check_database", "with_through_tables"]


def check_database(
    name: str,
    model: type[models.Model],
    target: TargetConnection,
    table: TablePlan | None = None,
    *,
    rows: bool = True,
) -> LevelResult:
    """Check one model's table; `name` is what findings call it.

    `table` is the plan that fills it, None for a join table that no mapping fills. Without `rows`,
    none is read: what PostgreSQL has kept since it was looked at is taken for kept.
    """
    started, log = time.monotonic(), FindingLog()
    beyond = (table.id_offset or 0) if table else 0
    for finding in check_sequences(name, model, target, beyond=beyond):
        log.add(finding)
    for finding in chain(
        check_keys(name, model, target),
        check_constraints(name, model, target, rows=rows),
        check_indexes(name, model, target),
        check_content_types(name, model, target, table) if rows else (),
    ):
        log.add(finding)
    return LevelResult(
        level="database",
        table=name,
        target=model._meta.db_table,
        seconds=time.monotonic() - started,
        findings=log.kept,
        totals=log.totals,
    )


def with_through_tables(
    named: Iterable[tuple[str, type[models.Model]]],
) -> dict[type[models.Model], str]:
    """The models with their names, and the join tables that Django made for them."""
    found: dict[type[models.Model], str] = {}
    for name, model in named:
        found.setdefault(model, name)
    for model in list(found):
        for field in model._meta.local_many_to_many:
            through = field.remote_field.through
            if through is not None and through._meta.auto_created:
                found.setdefault(through, through._meta.label)
    return found
