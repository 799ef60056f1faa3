"""Level 4: the target database itself: constraints, indexes, sequences, durability.

Cannot catch: what rows hold, beyond what constraints say.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from django.db import models

from verify.constraints import check_constraints
from verify.findings import FindingLog
from verify.indexes import check_indexes
from verify.ports import TargetConnection
from verify.report import LevelResult
from verify.sequences import check_sequences

__all__ = ["check_database", "with_through_tables"]


def check_database(name: str, model: type[models.Model], target: TargetConnection) -> LevelResult:
    """Check one model's table; `name` is what findings call it."""
    started, log = time.monotonic(), FindingLog()
    for check in (check_sequences, check_constraints, check_indexes):
        for finding in check(name, model, target):
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
