"""One logged change -> the statement that makes it in the legacy database, and what it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from mappings.catalogue import SourceColumn, SourceTable
from mappings.inverse import NoWayBack, logged_value
from mappings.inverse.stored import Stored
from mappings.plan import ColumnPlan, Plan, TablePlan
from mappings.sqltext import SourceName, my_name, my_text
from migrate.changelog.parents import Parents
from migrate.changelog.reading import LoggedChange, Row

__all__ = ["Backwards", "Lack", "Statement"]


@dataclass(frozen=True)
class Lack:
    """Why a value, or a whole row, has no place in the legacy database."""

    where: str
    """`IconMapping.metadata`, or a table of the target."""
    why: str
    harmless: bool = False
    """Nothing that the legacy database could ever have held."""


@dataclass
class Statement:
    """What is to be done there."""

    sql: str = ""
    """Empty: nothing can or need be done."""
    check: str = ""
    """What stops the file where the row that is meant is not there; mostly it need not be asked."""
    key: str = ""
    """As a person reads it."""
    lacks: list[Lack] = field(default_factory=list)


class Backwards:
    """Turns changes of a plan's target tables into statements for MySQL and MariaDB."""

    def __init__(self, plan: Plan) -> None:
        self._plans: dict[str, list[TablePlan]] = {}
        for table in plan.tables:
            self._plans.setdefault(table.target, []).append(table)
        self._parents = Parents()

    def statement(self, change: LoggedChange) -> Statement:
        """The statement for one change; changes come in their order."""
        row = change.new if change.new is not None else change.old
        assert row is not None
        made = self._statement(change, row)
        self._parents.note(change, row, done=bool(made.sql))
        return made

    def _statement(self, change: LoggedChange, row: Row) -> Statement:
        table = self._plan(change.table, row)
        if table is None:
            return Statement(lacks=[Lack(change.table, "no mapping fills such a row")])
        if table.source.engine is None or table.source.query is not None:
            return Statement(lacks=[Lack(table.name, "its source is a view or a query")])
        if change.new is None:
            assert change.old is not None
            return _delete(table, change.old)
        if lacking := self._parents.lacking(table, change.new):
            return Statement(lacks=[Lack(table.name, lacking)])
        if change.old is None:
            return _insert(table, change.new)
        return _update(table, change.old, change.new)

    def _plan(self, target: str, row: Row) -> TablePlan | None:
        found = self._plans.get(target, [])
        return next((table for table in found if _is_of(table, row)), None)


def _is_of(table: TablePlan, row: Row) -> bool:
    own = table.discriminator
    if own is None:
        return True
    value = logged_value(own.field, row.get(own.column))
    return own.canonical(value) == own.canonical(own.python(None))


def _insert(table: TablePlan, row: Row) -> Statement:
    lacks: list[Lack] = []
    values = _values(table, row, table.columns, lacks)
    made = Statement(key=_key_text(table, values), lacks=lacks)
    if any(name not in values for name in table.source.key if _filled(table, name)):
        return made
    for column in table.source.columns:
        if column.name not in values and _needs_value(table.source, column):
            values[column.name] = Stored(b"", _least(column))
    names = ", ".join(map(my_name, values))
    given = ", ".join(value.sql for value in values.values())
    made.sql = f"INSERT INTO {my_name(table.source.name)} ({names}) VALUES ({given})"
    return made


def _update(table: TablePlan, old: Row, new: Row) -> Statement:
    changed = {name for name in new if new[name] != old.get(name)}
    columns = [c for c in table.columns if c.column in changed]
    sources = {name for c in columns for name in c.sources}
    # Several fields may come of one column: all of them have to agree on its value.
    columns += [c for c in table.columns if c not in columns and sources & set(c.sources)]
    made = _where(table, old)
    lacks: list[Lack] = []
    values = _values(table, new, columns, lacks)
    lacks += [
        Lack(c.where, "the legacy table has no column for it", harmless=True)
        for c in table.columns
        if c.column in changed and not c.sources and not c.verified
    ]
    where, made.sql = made.sql, ""
    made.lacks += lacks
    if where and values:
        sets = [f"{my_name(name)} = {value.sql}" for name, value in values.items()]
        # MySQL would put the time of now there.
        kept = [c.name for c in table.source.columns if c.on_update and c.name not in values]
        sets += [f"{my_name(name)} = {my_name(name)}" for name in kept]
        made.sql = f"UPDATE {my_name(table.source.name)} SET {', '.join(sets)} WHERE {where}"
    else:
        made.check = ""
    return made


def _delete(table: TablePlan, old: Row) -> Statement:
    made = _where(table, old)
    if made.sql:
        made.sql = f"DELETE FROM {my_name(table.source.name)} WHERE {made.sql}"
    return made


def _where(table: TablePlan, row: Row) -> Statement:
    """The predicate that names the row: by its key, or by all that is mapped of it."""
    lacks: list[Lack] = []
    columns: Sequence[ColumnPlan] = table.identity
    if not columns:
        columns = [c for c in table.columns if c.sources]
    values = _values(table, row, columns, lacks)
    named = Statement(key=_key_text(table, values))
    if any(not lack.harmless for lack in lacks) or not values:
        named.lacks = [Lack(table.name, "the row cannot be named")]
        return named
    exact = bool(table.identity)
    named.sql = " AND ".join(
        f"{my_name(name)} <=> {value.sql}" if exact else _same_bytes(table.source, name, value)
        for name, value in values.items()
    )
    if not exact or any(column.steps for column in columns):
        # Several values may have become what Django holds, and the row may have another of them.
        named.check = _require(table.source, named.sql)
    if not exact:
        named.sql += " LIMIT 1"
    return named


def _same_bytes(source: SourceTable, name: str, value: Stored) -> str:
    """Rows without a key may differ in what a collation takes for the same."""
    column = source.column(name)
    if value.raw is None or column is None or (column.charset or "binary") == "binary":
        return f"{my_name(name)} <=> {value.sql}"
    held = f"CAST(CONVERT({my_name(name)} USING utf8mb4) AS BINARY)"
    return f"{held} <=> CAST({value.sql} AS BINARY)"


def _require(source: SourceTable, where: str) -> str:
    """MySQL refuses this value, and says it: outside of programs nothing else raises an error."""
    name = my_name(source.name)
    said = my_text(f"no such row in {source.name}")
    return (
        f"SET sql_mode = IF(EXISTS (SELECT 1 FROM {name} WHERE {where}),"
        f" @@SESSION.sql_mode, {said})"
    )


def _values(
    table: TablePlan, row: Row, columns: Iterable[ColumnPlan], lacks: list[Lack]
) -> dict[str, Stored]:
    """Source columns with their values; what has none is added to `lacks`."""
    found: dict[str, Stored] = {}
    for column in columns:
        if column.column not in row:
            continue
        try:
            for name, value in _value(table, column, row[column.column]):
                if name in found and found[name].raw != value.raw:
                    raise NoWayBack(f"another field wants another value of {name}")
                found[name] = value
                if value.cut:
                    why = f"{name} keeps less of a second, which was cut"
                    lacks.append(Lack(column.where, why, harmless=True))
        except NoWayBack as error:
            lacks.append(Lack(column.where, str(error)))
        except (TypeError, ValueError, ArithmeticError):
            lacks.append(Lack(column.where, "a value that Django does not read"))
    return found


def _value(table: TablePlan, column: ColumnPlan, given: Any) -> Iterator[tuple[str, Stored]]:
    value = logged_value(column.field, given)
    if not column.sources:
        if column.verified and column.canonical(value) != column.canonical(column.python(None)):
            raise NoWayBack("the mapping has a constant there")
        return
    name = column.sources[0]
    if column.inverse is None:
        raise NoWayBack("made of other rows than its own")
    if isinstance(name, SourceName) or table.source.column(name) is None or column.elsewhere:
        raise NoWayBack("of another table than the row")
    yield name, column.inverse(value)


def _filled(table: TablePlan, name: str) -> bool:
    return any(name in c.sources for c in table.columns)


def _needs_value(source: SourceTable, column: SourceColumn) -> bool:
    """Whether MySQL would refuse a row without it. A key that nothing fills counts by itself."""
    unset = not column.nullable and column.default is None and not column.generated
    return unset and column.name not in source.key


_NUMBERS = {"tinyint", "smallint", "mediumint", "int", "integer", "bigint", "year", "bit"} | {
    *("decimal", "numeric", "float", "double", "real")
}
_MOMENTS = {
    "date": "'0000-00-00'",
    "datetime": "'0000-00-00 00:00:00'",
    "timestamp": "'0000-00-00 00:00:00'",
    "time": "'00:00:00'",
    "json": "'null'",
}


def _least(column: SourceColumn) -> str:
    """What MySQL itself puts where a row has no value for a column that takes no NULL."""
    if column.data_type in _NUMBERS:
        return "0"
    if column.data_type == "enum":
        return "1"
    return _MOMENTS.get(column.data_type, "''")


def _key_text(table: TablePlan, values: dict[str, Stored]) -> str:
    parts = [
        f"{name}={(values[name].raw or b'').decode('ascii', 'backslashreplace')}"
        for name in table.source.key
        if name in values
    ]
    return ", ".join(parts).encode("unicode_escape").decode()
