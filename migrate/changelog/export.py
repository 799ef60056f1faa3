"""The log as SQL for the legacy database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from mappings.plan import Plan
from migrate.changelog.backwards import Backwards, Lack, Statement
from migrate.changelog.reading import changes, reading_all
from migrate.target import Target

__all__ = ["Exported", "export_changes"]

_HEAD = """\
-- What Django has changed since the cutover, for the legacy database.
SET NAMES utf8mb4;
SET time_zone = '+00:00';
-- Nothing is cut or rounded silently; zero dates and a key of 0 are taken as they are.
SET sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO';
-- Foreign keys held in PostgreSQL at each commit; the order within a transaction is free.
SET FOREIGN_KEY_CHECKS = 0;
"""


@dataclass
class Exported:
    """What an export amounted to."""

    transactions: int = 0
    statements: int = 0
    unfaithful: int = 0
    """Changes that are not, or not wholly, in the file."""
    lacks: Counter[Lack] = field(default_factory=Counter)
    """What is missing, with the number of changes."""
    token: str = ""
    """For the next export: what this one has seen."""


def export_changes(
    target: Target, plan: Plan, write: Callable[[str], object], *, since: str | None = None
) -> Exported:
    """Write the changes as SQL; a transaction there is one here, in an order that was possible.

    `write` takes text with its line ends. Reads the log in one transaction and changes nothing;
    the source is not asked. Raises `ConfigError` for a `since` that is none.
    """
    done, backwards, opened = Exported(), Backwards(plan), False
    with target.transaction():
        done.token = reading_all(target)
        write(_HEAD)
        for change in changes(target, since):
            if not opened:
                write(f"\n-- transaction {change.xact}, {change.at}\nSTART TRANSACTION;\n")
                opened = True
            statement = backwards.statement(change)
            _count(done, statement)
            for lack in statement.lacks:
                write(_remark(statement, lack))
            if statement.check:
                write(f"{statement.check};\n")
            if statement.sql:
                write(f"{statement.sql};\n")
                done.statements += 1
            if change.last:
                write("COMMIT;\n")
                done.transactions, opened = done.transactions + 1, False
        write(f"\n-- {done.statements} statements; the next export: --since '{done.token}'\n")
    return done


def _count(done: Exported, statement: Statement) -> None:
    done.lacks.update(set(statement.lacks))
    done.unfaithful += any(not lack.harmless for lack in statement.lacks)


def _remark(statement: Statement, lack: Lack) -> str:
    key = f" ({statement.key})" if statement.key else ""
    what = "without" if statement.sql else "not done for"
    return f"-- {what} {_line(lack.where)}{key}: {_line(lack.why)}\n"


def _line(text: str) -> str:
    """A name may hold a line end, and a comment must not."""
    return " ".join(text.split())
