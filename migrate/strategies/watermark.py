"""Rows past a watermark: each pass begins where the last one ended, and a little before."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from zoneinfo import ZoneInfo

from mappings.keys import KeyColumn, KeyRange, KeyValue
from mappings.plan import TablePlan
from mappings.sqltext import pg_name, source_column
from mappings.watermark import Watermark
from migrate import models
from migrate.ledger import Ledger
from migrate.refresh import Wanted
from migrate.refresh.keys import wanted_of_keys
from migrate.source import Source
from migrate.strategies.choice import column_of
from migrate.target import Target

__all__ = ["WatermarkPass"]

_PAGE = 500
_HOUR = 3600
_TABLE = pg_name(models.Watermark._meta.db_table)
Value = int | str
Save = Callable[[Target], None]


class WatermarkPass:
    """One pass over the rows of a table that are at or above its watermark less the overlap.

    Pages come in the order of the watermark, each with what writes the value that it has reached:
    in the transaction of its rows, so that a pass that is killed goes on there.
    """

    def __init__(self, ledger: Ledger, source: Source, table: TablePlan, mark: Watermark) -> None:
        self._ledger = ledger
        self._source = source
        self._table = table
        self._mark = mark
        self._column = column_of(table, mark)
        found = ledger.target.rows(
            f'SELECT value FROM {_TABLE} WHERE mapping = %s AND "column" = %s',
            [table.name, str(self._column.name)],
        )
        self.stored: Value | None = found[0][0] if found else None
        """Up to where former passes came; None: there was none."""
        self._cap = self._latest()

    @property
    def sees_updates(self) -> bool:
        """Not where the watermark is the key itself."""
        return all(column.name != self._column.name for column in self._table.key)

    def pages(self) -> Iterator[tuple[Wanted, Save]]:
        """Rows to refresh, and what to call in their transaction."""
        columns = (self._column, *self._table.key)
        where = self._first()
        while True:
            rows = self._rows(columns, where)
            if not rows:
                break
            where = KeyRange(after=rows[-1]).sql(columns)
            keys = {row[1:] for row in rows}
            yield wanted_of_keys(self._table, self._source, keys), self.saving(rows[-1][0])
        last: KeyValue | None = None
        while self.sees_updates:
            where = f"{source_column(self._column.name)} IS NULL"
            if last is not None:
                where += f" AND ({KeyRange(after=last).sql(self._table.key)})"
            rows = self._rows(self._table.key, where)
            if not rows:
                break
            last = rows[-1]
            yield wanted_of_keys(self._table, self._source, set(rows)), lambda target: None

    def greatest(self) -> Value | None:
        """The watermark that a pass over the whole table has reached."""
        column = source_column(self._column.name)
        selects = self._column.select().replace(column, "m.v")
        found = self._source.rows(
            f"SELECT {selects} FROM (SELECT MAX({column}) AS v FROM {self._table.source.own}) m"
        )[0][0]
        return None if found is None else self._capped(self._column.value(found))

    def saving(self, value: Value | None) -> Save:
        """What writes the watermark; never one that lies in the future, nor an earlier one."""
        capped = None if value is None else self._capped(value)
        stored = self.stored
        if capped is None or (stored is not None and _order(stored) > _order(capped)):
            capped = stored

        def save(target: Target) -> None:
            target.execute(
                f'INSERT INTO {_TABLE} (mapping, "column", value, updated_at)'
                " VALUES (%s, %s, %s, %s) ON CONFLICT (mapping) DO UPDATE SET"
                ' "column" = excluded."column", value = excluded.value,'
                " updated_at = excluded.updated_at",
                [
                    self._table.name,
                    str(self._column.name),
                    None if capped is None else json.dumps(capped),
                    dt.datetime.now(dt.UTC),
                ],
            )

        return save

    def _rows(self, columns: tuple[KeyColumn, ...], where: str) -> list[KeyValue]:
        selects = ", ".join(column.select() for column in columns)
        order = ", ".join(source_column(column.name) for column in columns)
        rows = self._source.rows(
            f"SELECT {selects} FROM {self._table.source.own} WHERE {where}"
            f" ORDER BY {order} LIMIT {_PAGE}"
        )
        return [
            tuple(c.value(part or b"") for c, part in zip(columns, row, strict=True))
            for row in rows
        ]

    def _first(self) -> str:
        """SQL: the row is at or above the stored value less the overlap."""
        column, start = source_column(self._column.name), self._start()
        if self._source.rows(f"SELECT {start}")[0][0] is None:
            # MySQL takes nothing off a date of zeros or off its first year: then all rows are.
            return f"{column} IS NOT NULL"
        return f"{column} >= {start}"

    def _start(self) -> str:
        """SQL: the stored value less the overlap; NULL where MySQL cannot say it."""
        stored = self.stored
        assert stored is not None
        if self._column.kind == "temporal":
            # A wall clock shows an hour of autumn twice: what comes then lies below what was.
            back = self._mark.back + (0 if self._instant else _HOUR)
            return f"({self._column.literal(stored)} - INTERVAL {back} SECOND)"
        if not self.sees_updates:
            return str(int(stored) - self._mark.back)
        return str(Decimal(str(stored)) - self._mark.back * _scale(stored))

    @property
    def _instant(self) -> bool:
        column = self._table.source.column(self._mark.column)
        return column is not None and column.data_type == "timestamp"

    def _latest(self) -> str | None:
        """The source's moment as the column would say it; None: it is no moment."""
        now = dt.datetime.fromtimestamp(
            float(self._source.value("SELECT UNIX_TIMESTAMP(NOW(6))") or 0), dt.UTC
        )
        if self._column.kind != "temporal":
            return str(int(now.timestamp())) if self.sees_updates else None
        if not self._instant:
            zone = self._table.time_zone
            # Without a zone, the clock that is behind all others.
            now = now.astimezone(ZoneInfo(zone) if zone else dt.timezone(dt.timedelta(hours=-12)))
        return now.strftime("%Y-%m-%d %H:%M:%S.%f")

    def _capped(self, value: Value) -> Value:
        if self._cap is None:
            return value
        if self._column.kind == "temporal":
            return min(str(value), self._cap[: max(len(str(value)), 10)])
        latest = int(self._cap) * _scale(value)
        return value if Decimal(str(value)) <= latest else latest


def _scale(value: Value) -> int:
    """How many of a number make a second: epochs come in seconds, milli- or microseconds."""
    number = abs(Decimal(str(value)))
    return 1 if number < 10**11 else 1_000 if number < 10**14 else 1_000_000


def _order(value: Value) -> tuple[int, Decimal, str]:
    text = str(value)
    try:
        return (0, Decimal(text), "")
    except ArithmeticError:
        return (1, Decimal(0), text)
