"""Rows that something names: what Python makes of each, against the target's row of that name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from mappings.keys import KeyValue
from verify.departures import Departures
from verify.findings import Finding
from verify.rows.columns import Rows
from verify.rows.meaning import Refused
from verify.rows.orm import Row, Unreadable, WithOrm
from verify.rows.source_rows import Batch, readable_key
from verify.rows.values import equal, other_zero

__all__ = ["Comparer", "mismatch"]

_ELSEWHERE = frozenset(
    {
        *("no_parent", "not_unique", "duplicate", "row_exists", "check_failed", "excluded"),
        *("row_too_large", "index_too_large", "target_refused", "cut_short"),
    }
)
"""Codes of rejects that no conversion gives: what else there is in the target decides."""


class Comparer:
    """Compares batches of one table, and keeps count of what the ledger excuses without a key."""

    def __init__(
        self, rows: Rows, departures: Departures, orm: WithOrm, names: Sequence[str]
    ) -> None:
        self.rows, self.departures, self.orm = rows, departures, orm
        self.names = tuple(names)
        self._excused = departures.nameless_absent
        self._nulled = departures.nulled_count
        self._plain = [n for n, c in enumerate(rows.columns) if not c.json]
        self._all_plain = len(self._plain) == len(rows.columns)
        self._doubles = [n for n, c in enumerate(rows.columns) if c.double]
        self._nullable = {
            reference.name for reference in rows.table.all_references if reference.orphans == "null"
        }
        self._key = rows.table.key

    def compare(self, batch: Batch) -> Iterator[Finding]:
        """What is wrong with the rows of a batch."""
        columns = [batch.values[column.name] for column in self.rows.columns]
        matches = list(zip(*(batch.values[name] for name in self.names), strict=True))
        known = matches
        if any(type(part) is Refused for name in self.names for part in batch.values[name]):
            known = [m for m in matches if not any(type(part) is Refused for part in m)]
        held = self.orm.matching(self.names, known)
        width = len(columns)
        absent, nulled = self.departures.absent, self.departures.nulled_columns
        for key, match, expected in zip(
            batch.keys, matches, zip(*columns, strict=True), strict=True
        ):
            got = held.get(match)
            usual = self._all_plain and key not in absent and key not in nulled
            if usual and got is not None and got[:width] == expected and self._signs(expected, got):
                continue
            yield from self._look(key, expected, got)

    def _signs(self, expected: Row, got: Row) -> bool:
        """Whether zeros of equal rows have the same sign."""
        return not any(other_zero(expected[n], got[n]) for n in self._doubles)

    def _look(self, key: KeyValue | None, expected: Row, got: Row | None) -> Iterator[Finding]:
        refused = [
            (column.name, value.code)
            for column, value in zip(self.rows.columns, expected, strict=True)
            if isinstance(value, Refused)
        ]
        if refused:
            yield from self._refused(key, refused, got)
        elif key is not None and key in self.departures.absent:
            yield from self._wrongly_refused(key)
        elif got is None:
            yield from self._missing(key, "")
        else:
            yield from self._differing(key, expected, got)

    def _refused(
        self, key: KeyValue | None, refused: Sequence[tuple[str, str]], got: Row | None
    ) -> Iterator[Finding]:
        told = "; ".join(f"{name}: Python refuses the value, {code}" for name, code in refused)
        if got is None:
            if key is None or key not in self.departures.absent:
                yield from self._missing(key, told)
        elif key not in self.departures.kept:
            at = [n for n, c in enumerate(self.rows.columns) if c.name in dict(refused)]
            yield Finding(
                kind="mismatched",
                table=self.rows.table.name,
                key=self.readable(key),
                target_key=self.target_key(got),
                columns=tuple(self.rows.columns[n].name for n in at),
                source_values=(None,) * len(at),
                target_values=tuple(got[n] for n in at),
                detail=f"{told}, and the target holds the row",
                at=key,
            )

    def _wrongly_refused(self, key: KeyValue) -> Iterator[Finding]:
        """A row that the quarantine holds for a value that Python takes."""
        names = {column.name for column in self.rows.columns}
        told = self.departures.refused.get(key, ())
        if told and all(name in names and code not in _ELSEWHERE for name, code in told):
            columns = tuple(name for name, _ in told)
            detail = f"refused as {', '.join(code for _, code in told)}, and Python takes the value"
            yield Finding(
                kind="missing",
                table=self.rows.table.name,
                key=self.readable(key),
                columns=columns,
                detail=detail,
                at=key,
            )

    def _missing(self, key: KeyValue | None, detail: str) -> Iterator[Finding]:
        if self._excused > 0:
            self._excused -= 1
            return
        nameless = "" if key is not None else "no key names the row"
        yield Finding(
            kind="missing",
            table=self.rows.table.name,
            key=self.readable(key),
            detail="; ".join(filter(None, (detail, nameless))),
            at=key,
        )

    def _differing(self, key: KeyValue | None, expected: Row, got: Row) -> Iterator[Finding]:
        nulled = self.departures.nulled_columns.get(key, frozenset()) if key is not None else ()
        at = []
        for n, column in enumerate(self.rows.columns):
            wanted = None if column.name in nulled else expected[n]
            if not equal(wanted, got[n], json=column.json):
                at.append(n)
        if at and self._all_nulled(at, got):
            return
        if at:
            found = mismatch(self.rows, at, expected, got, self.readable(key), self.target_key(got))
            yield replace(found, at=key)

    def _all_nulled(self, at: Sequence[int], got: Row) -> bool:
        """Whether the ledger knows of so many more references loaded as NULL, without a key."""
        names = {self.rows.columns[n].name for n in at}
        if not names <= self._nullable or any(got[n] is not None for n in at):
            return False
        if len(at) > self._nulled:
            return False
        self._nulled -= len(at)
        return True

    def readable(self, key: KeyValue | None) -> tuple[Any, ...]:
        """The key as people write it."""
        return () if key is None else readable_key(self._key, key)

    def target_key(self, got: Row) -> tuple[str, ...]:
        """The primary key of a row of the target, as texts."""
        return tuple(map(str, got[len(self.rows.columns) :]))


def mismatch(
    rows: Rows,
    at: Sequence[int],
    expected: Row,
    got: Row,
    key: tuple[Any, ...],
    target_key: tuple[str, ...],
    detail: str = "",
) -> Finding:
    """The finding for a row whose columns at these places differ."""
    unread = [
        f"{rows.columns[n].name}: Django cannot read the value, {got[n].error}"
        for n in at
        if isinstance(got[n], Unreadable)
    ]
    shown: Callable[[Any], Any] = lambda v: None if isinstance(v, Unreadable) else v  # noqa: E731
    return Finding(
        kind="mismatched",
        table=rows.table.name,
        key=key,
        target_key=target_key,
        columns=tuple(rows.columns[n].name for n in at),
        source_values=tuple(expected[n] for n in at),
        target_values=tuple(shown(got[n]) for n in at),
        detail="; ".join(filter(None, (detail, *unread))),
    )
