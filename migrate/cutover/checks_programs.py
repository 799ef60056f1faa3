"""Stored programs that write with the rights of who defined them, whatever PHP may do itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from migrate.cutover.check import Check
from migrate.cutover.freezing import Freeze
from migrate.cutover.freezing.accounts import account_of, global_rights
from migrate.cutover.freezing.read_only import bound
from migrate.errors import ConfigError
from migrate.source import Source

__all__ = ["check_programs"]

_WRITES = re.compile(
    r"\b(insert|update|delete|replace|truncate|load|create|drop|alter|rename|call|execute)\b", re.I
)
_SYSTEM = "('mysql', 'sys', 'information_schema', 'performance_schema')"
_ROUTINES = (
    "SELECT ROUTINE_SCHEMA, ROUTINE_NAME, DEFINER, ROUTINE_DEFINITION"
    " FROM information_schema.ROUTINES"
    f" WHERE SECURITY_TYPE = 'DEFINER' AND ROUTINE_SCHEMA NOT IN {_SYSTEM}"
)
_TRIGGERS = (
    "SELECT TRIGGER_SCHEMA, TRIGGER_NAME, DEFINER, ACTION_STATEMENT"
    f" FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA NOT IN {_SYSTEM}"
)
_NAMED = 5


@dataclass(frozen=True)
class _Program:
    schema: str
    name: str
    definer: str
    body: str | None
    """None where it is not ours to see."""

    @property
    def may_write(self) -> bool:
        return self.body is None or _WRITES.search(self.body) is not None

    def names(self, database: str) -> bool:
        """Whether it may write to a database that is not its own."""
        if not self.may_write or self.body is None:
            return self.body is None
        return re.search(rf"(?<![\w$]){re.escape(database)}(?![\w$])", self.body, re.I) is not None


def check_programs(source: Source, way: Freeze) -> Iterator[Check]:
    """Yield what writes on under this way to freeze; only reads."""
    if way.name == "read-only":
        yield from _above_read_only(source)
    elif way.name == "revoke":
        yield from _of_other_databases(source)


def _above_read_only(source: Source) -> Iterator[Check]:
    """An account that read_only binds may call what an administrator has defined, and writes."""
    programs = [p for p in _programs(source, _ROUTINES) if p.may_write]
    known = {definer: _bound(source, definer) for definer in {p.definer for p in programs}}
    free = [p for p in programs if known[p.definer] is False]
    if free:
        yield Check(
            name="routines",
            text=f"{len(free)} stored routines may write with the rights of an administrator, whom"
            f" read_only does not bind, whoever calls them ({_listed(free)})",
            hint="give them SQL SECURITY INVOKER or another definer, or take PHP's EXECUTE away,"
            " or freeze by revoke",
        )
    if unknown := [p for p in programs if known[p.definer] is None]:
        yield Check(
            name="routines",
            text="whether read_only binds who defined stored routines was not seen: no right to"
            f" see their grants ({_listed(unknown)})",
            warning=True,
        )


def _of_other_databases(source: Source) -> Iterator[Check]:
    """PHP's rights in this database are taken away, not what it may call or set off in others."""
    database = source.value("SELECT DATABASE()") or ""
    found = [
        program
        for program in (*_programs(source, _ROUTINES), *_programs(source, _TRIGGERS))
        if program.schema.lower() != database.lower() and program.names(database)
    ]
    if found:
        yield Check(
            name="routines",
            text=f"{len(found)} stored programs of other databases may write to this one with the"
            f" rights of who defined them, which the revoke does not reach ({_listed(found)})",
            hint="drop them for the cutover, or freeze by read-only",
        )


def _bound(source: Source, definer: str) -> bool | None:
    """Whether read_only binds an account; None where that is not ours to see."""
    try:
        account = account_of(definer)
    except ConfigError:
        return None
    rights = global_rights(source, account)
    return None if rights is None else bound(source, rights)


def _programs(source: Source, query: str) -> list[_Program]:
    found = []
    for *names, body in source.rows(query):
        schema, name, definer = ((part or b"").decode("utf-8", "replace") for part in names)
        text = None if body is None else body.decode("utf-8", "replace")
        found.append(_Program(schema, name, definer, text))
    return found


def _listed(programs: list[_Program]) -> str:
    names = [f"{p.schema}.{p.name} of {p.definer}" for p in programs[:_NAMED]]
    return ", ".join(names) + (", …" if len(programs) > _NAMED else "")
