"""Level 6: questions of the business, asked of both databases, must get the same answer.

Cannot catch: what nobody asks.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from typing import Any

from django.db import DatabaseError
from django.db.models import QuerySet

from mappings.plan import TablePlan
from mappings.questions import ARRIVED, Question
from mappings.sqltext import all_of
from verify.answers import reader, same_answer
from verify.departures import Departures
from verify.findings import Finding, FindingLog, Kind
from verify.ports import Pair
from verify.results import LevelResult
from verify.source_side import SourceSide, keys_in

__all__ = ["check_questions"]

_MOST = 100_000
"""Rows of one answer that are held."""
_MOST_NAMELESS = 2_000
"""The same where nothing names a row: each is held against all others."""
_MOST_ABSENT = 20_000
"""Keys of rows left out that one statement lists."""

Row = tuple[Any, ...]


class _NoAnswer(Exception):
    """One side has no answer that could be compared; says why, without a value of a row."""


def check_questions(
    table: TablePlan, pair: Pair, departures: Departures, using: str
) -> LevelResult:
    """Ask every question of a mapping, over Django's connection `using`; nothing is written.

    A question that one side cannot answer is a finding too. Raises what a connection raises.
    """
    started, log = time.monotonic(), FindingLog()
    for question in table.questions:
        for finding in _ask(table, question, pair, departures, using):
            log.add(finding)
    return LevelResult(
        level="questions",
        table=table.name,
        target=table.target,
        chunks=len(table.questions),
        strategy="questions",
        seconds=time.monotonic() - started,
        findings=log.kept,
        totals=log.totals,
    )


def _ask(
    table: TablePlan, question: Question, pair: Pair, departures: Departures, using: str
) -> Iterator[Finding]:
    try:
        names, target = _target_answer(question, using)
        arrived = _arrived(table, departures) if ARRIVED in question.source else ""
        texts = list(islice(pair.source.stream(question.sql(arrived)), _MOST + 1))
        for side, rows in (("source", texts), ("target", target)):
            _require_few(question, side, rows)
        source = _typed(texts, target, table.time_zone)
        _require_same_width(source, target)
    except _NoAnswer as why:
        detail = f"{question.name}: {why}"
        yield Finding(kind="question_failed", table=table.name, detail=detail)
        return
    width = len((source or target or [()])[0])
    columns = tuple(names[n] if n < len(names) else f"column {n + 1}" for n in range(width))
    comparison = _Comparison(table.name, question, columns)
    yield from comparison.findings(source, target)


def _arrived(table: TablePlan, departures: Departures) -> str:
    """Predicate over the source row: the target should hold it."""
    absent, side = departures.absent, SourceSide(table, departures)
    if departures.nameless_absent:
        raise _NoAnswer("rows were left out whose keys are not known, so {arrived} cannot be told")
    if len(absent) > _MOST_ABSENT:
        raise _NoAnswer(
            f"more than {_MOST_ABSENT:,} rows were left out, so {{arrived}} is too long"
        )
    gone = [f"NOT ({keys_in(side.key, sorted(absent))})"] if absent else []
    return all_of([*([table.where] if table.where else []), *gone]) or "TRUE"


def _require_few(question: Question, side: str, rows: Sequence[Row]) -> None:
    named = question.ordered or (bool(rows) and 0 < question.key < len(rows[0]))
    most = _MOST if named else _MOST_NAMELESS
    if len(rows) > most:
        nameless = "" if named else " that no key names"
        raise _NoAnswer(f"the {side} answers with more than {most:,} rows{nameless}")


def _target_answer(question: Question, using: str) -> tuple[tuple[str, ...], list[Row]]:
    """Names of columns, as far as Django tells them, and rows."""
    try:
        asked = question.target()
        if isinstance(asked, QuerySet):
            asked = asked.using(using)
            names = _names(asked)
            return names, [_row(found, names) for found in islice(asked.iterator(), _MOST + 1)]
        if isinstance(asked, Mapping):
            return tuple(asked), [tuple(asked.values())]
        if isinstance(asked, str | bytes) or not isinstance(asked, Iterable):
            return (), [(asked,)]
        return (), [_row(found, ()) for found in islice(asked, _MOST + 1)]
    except DatabaseError as error:
        # Its text may quote a row.
        raise _NoAnswer(f"the target's side failed, {type(error).__name__}") from error
    except _NoAnswer:
        raise
    except Exception as error:
        # A user's function may raise anything; the other questions are asked all the same.
        said = str(error).partition("\n")[0]
        raise _NoAnswer(f"the target's side failed, {type(error).__name__}: {said}") from error


def _names(asked: QuerySet[Any, Any]) -> tuple[str, ...]:
    """The columns of a queryset of values, annotations among them; () of one of models."""
    return tuple(asked.query.selected or ())


def _row(found: Any, names: Sequence[str]) -> Row:
    if isinstance(found, Mapping):
        return tuple(found[name] for name in names) if names else tuple(found.values())
    if isinstance(found, tuple | list):
        return tuple(found)
    if hasattr(found, "_meta"):
        raise _NoAnswer("the target's side answers with models (expected values_list or values)")
    return (found,)


def _typed(
    texts: Sequence[tuple[bytes | None, ...]], target: Sequence[Row], zone: str | None
) -> list[Row]:
    """The source's rows, each column read as the first value that Django has in it."""
    width = len(texts[0]) if texts else 0
    likes = [
        next((row[n] for row in target if n < len(row) and row[n] is not None), None)
        for n in range(width)
    ]
    readers = [reader(like, zone) for like in likes]
    return [tuple(read(raw) for read, raw in zip(readers, row, strict=True)) for row in texts]


def _require_same_width(source: Sequence[Row], target: Sequence[Row]) -> None:
    widths = {len(row) for row in target}
    if len(widths) > 1:
        raise _NoAnswer("the target's rows are not all of one width")
    if source and target and len(source[0]) != len(target[0]):
        message = f"the source answers with {len(source[0])} columns, the target with"
        raise _NoAnswer(f"{message} {len(target[0])}")


class _Comparison:
    """Both answers to one question."""

    def __init__(self, table: str, question: Question, columns: tuple[str, ...]) -> None:
        self._table, self._question, self._columns = table, question, columns

    def findings(self, source: Sequence[Row], target: Sequence[Row]) -> Iterator[Finding]:
        """What is not answered alike, row by row of the source's answer, then the target's."""
        for number, mine, held in self._pairs(source, target):
            if mine is None or held is None:
                side = "target" if mine is None else "source"
                yield self._finding(number, self._columns, mine, held, f"only the {side} has it")
                continue
            at = [n for n, (a, b) in enumerate(zip(mine, held, strict=True)) if self._off(a, b)]
            if at:
                names = tuple(self._columns[n] for n in at)
                a, b = (tuple(row[n] for n in at) for row in (mine, held))
                yield self._finding(number, names, a, b, "")

    def _off(self, a: Any, b: Any) -> bool:
        return not same_answer(a, b, self._question.tolerance)

    def _pairs(
        self, source: Sequence[Row], target: Sequence[Row]
    ) -> Iterator[tuple[int, Row | None, Row | None]]:
        """(number of the row, the source's, the target's): by place, or by what names them."""
        if self._question.ordered:
            for n, (mine, held) in enumerate(zip_longest(source, target), 1):
                yield n, mine, held
            return
        left: dict[tuple[Any, ...], list[tuple[int, Row]]] = defaultdict(list)
        for n, held in enumerate(target, 1):
            left[self._key(held)].append((n, held))
        for n, mine in enumerate(source, 1):
            same = left.get(self._key(mine), [])
            found = self._most_alike(mine, same)
            yield n, mine, same.pop(found)[1] if found is not None else None
        for rest in left.values():
            for n, held in rest:
                yield n, None, held

    def _most_alike(self, mine: Row, others: Sequence[tuple[int, Row]]) -> int | None:
        """Of rows with the same key, as a rule one: which is the same row."""
        if self._question.key == 0 or len(mine) <= self._question.key:
            # Nothing names it: it is the same, or it is another.
            same = (n for n, (_, held) in enumerate(others) if not self._differ(mine, held))
            alone = len(mine) == 1 and len(others) == 1 and self._question.key > 0
            return next(same, 0 if alone else None)
        differing = [(self._differ(mine, held), n) for n, (_, held) in enumerate(others)]
        return min(differing)[1] if differing else None

    def _differ(self, mine: Row, held: Row) -> int:
        return sum(map(self._off, mine, held))

    def _key(self, row: Row) -> tuple[Any, ...]:
        if len(row) <= self._question.key:
            # All of it would be its name: a single value has none.
            return ()
        return tuple(map(_hashable, row[: self._question.key]))

    def _finding(
        self,
        number: int,
        columns: tuple[str, ...],
        source: Row | None,
        target: Row | None,
        detail: str,
    ) -> Finding:
        kind: Kind = "answer_differs"
        blank = (None,) * len(columns)
        told = f"{self._question.name}: row {number}"
        return Finding(
            kind=kind,
            table=self._table,
            columns=columns,
            source_values=source if source is not None else blank,
            target_values=target if target is not None else blank,
            detail=f"{told}, {detail}" if detail else told,
        )


def _hashable(value: Any) -> Any:
    """Equal for values that are the same answer."""
    if isinstance(value, bool | int | float) or hasattr(value, "as_tuple"):
        return float(value)
    if isinstance(value, memoryview | bytearray):
        return bytes(value)
    return repr(value) if isinstance(value, list | dict | tuple) else value
