"""Level 6: questions of the business, asked of both databases, must get the same answer.

Cannot catch: what nobody asks.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django.core.exceptions import FieldError
from django.db import DatabaseError
from django.db.models import QuerySet

from mappings.plan import TablePlan
from mappings.questions import ARRIVED, Question
from mappings.sqltext import all_of
from verify.answers import reader
from verify.departures import Departures
from verify.findings import Finding, FindingLog
from verify.ports import Pair, SourceRow
from verify.replies import Comparison, Row
from verify.results import LevelResult
from verify.source_side import SourceSide, keys_in

__all__ = ["check_questions"]

_MOST = 100_000
"""Rows of one answer that are held."""
_MOST_NAMELESS = 2_000
"""The same where nothing names a row: each is held against all others."""
_MOST_ABSENT = 20_000
"""Keys of rows left out that one statement lists."""


_MISTAKES = (FieldError, TypeError, AttributeError, NameError)
"""Errors that name a piece of the function; the words of others may quote a row."""


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
        texts = _source_answer(pair, question.sql(arrived))
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
    yield from Comparison(table.name, question, columns).findings(source, target)


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


def _source_answer(pair: Pair, sql: str) -> list[SourceRow]:
    try:
        return list(islice(pair.source.stream(sql), _MOST + 1))
    except Exception as error:
        number = getattr(error, "number", None)
        if number is None:
            raise
        # Its words may quote a row.
        raise _NoAnswer(f"the source's side failed, error {number}") from error


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
        said = f": {str(error).partition(chr(10))[0]}" if isinstance(error, _MISTAKES) else ""
        raise _NoAnswer(f"the target's side failed, {type(error).__name__}{said}") from error


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
