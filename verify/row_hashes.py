"""Which rows of a range differ, in one pass: each side hashes row by row, in one statement.

A verification hashes a range as a whole, since nearly every range is the same. Where somebody goes
on writing, nearly every range has a row that differs, and would be hashed once more. So each side
says the key and the hash of every row, and lines that both have are the same rows. No order is
relied on. Measured at 300,000 rows of 13 columns, hashing so takes 1.1 times the processor's time
of a hash for each range, and 9 bytes of key and 32 of hash for each row on the way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from mappings.keys import KeyRange, KeyValue
from mappings.sqltext import my_text
from verify.chunks import MOST_ROWS
from verify.drill import DifferingRow, short_hash
from verify.ports import Pair, SourceConnection, TargetConnection
from verify.ranges import Ranges
from verify.source_side import HASH_DIGITS, keys_in

__all__ = ["differing_by_hashes"]

_MOST_TARGET_ROWS = 2 * MOST_ROWS
"""Rows of which PostgreSQL says the hashes at once: the target may have more than the source."""
_GUARDED = b" ?\n"
"""The end of the line of a row whose text is Python's to make."""
_MOST_GUARDED = 500
"""Guarded rows of one range that are read by their keys."""
_NULL = "~"


@dataclass(frozen=True)
class _Side:
    """What one side says of a range: a line for each row, its key and its hash."""

    lines: Sequence[bytes]
    size: int
    """Bytes of the rows' texts, or of the lines where nobody counts these."""
    whole: bool = True
    """Whether these are all of its rows."""


def differing_by_hashes(
    ranges: Ranges, pair: Pair, key_range: KeyRange, executor: Executor
) -> list[DifferingRow] | None:
    """The rows of the range that differ, without primary keys; None: too many for one statement.

    Both sides are asked at once, the target by a thread of `executor`. Equal values in two
    spellings may be among them. Memory: a line of some tens of bytes for each row of the range.
    """
    wanted = ranges.planner.rows()
    asked = executor.submit(_ask_target, ranges, pair.target, key_range)
    try:
        source = _ask_source(ranges, pair.source, key_range)
    finally:
        # Also after a failure: the connection is the next one's.
        target = asked.result()
    ranges.planner.learn(len(source.lines), max(source.size, target.size), wanted)
    if not (source.whole and target.whole):
        return None
    return list(_compared(source.lines, target.lines))


def _compared(source: Sequence[bytes], target: Sequence[bytes]) -> Iterator[DifferingRow]:
    mine, theirs = set(source), set(target)
    over = {_name(line): line for line in theirs - mine}
    for key, name in sorted((_numbers(name), name) for name in map(_name, mine - theirs)):
        held = over.pop(name, None)
        yield DifferingRow(key, None if held is None else key, None)
    for name in over:
        yield DifferingRow(None, _identity(name), None)
    if len(theirs) < len(target):
        # Without its unique index, a target may hold the same row twice.
        for line in (line for line, times in Counter(target).items() if times > 1):
            yield DifferingRow(None, _identity(_name(line)), None)


def _name(line: bytes) -> bytes:
    return line.partition(b" ")[0]


def _numbers(name: bytes) -> KeyValue:
    return tuple(map(int, name.split(b",")))


def _identity(name: bytes) -> tuple[int | None, ...]:
    return tuple(None if part == _NULL.encode() else int(part) for part in name.split(b","))


def _side(text: bytes | None, rows: int, size: int) -> _Side:
    """Lines as one text, of which none may be missing, and the last must be whole."""
    text = text or b""
    lines = text.splitlines()
    whole = len(lines) == rows and (not rows or text.endswith(b"\n"))
    return _Side(lines, max(size, len(text)), whole)


def _ask_source(ranges: Ranges, source: SourceConnection, key_range: KeyRange) -> _Side:
    side, where = ranges.source, ranges.source_where(key_range)
    if side.needs_python:
        return _read_source(ranges, source, where)
    digest = f"COALESCE(LEFT(SHA2({ranges.source_text(key_range)}, 256), {HASH_DIGITS}), '')"
    if side.guard:
        digest = f"IF({side.guard}, '?', {digest})"
    key = ", ',', ".join(side.key_select())
    count, text = source.rows(
        f"SELECT COUNT(*), GROUP_CONCAT(CONCAT({key}, ' ', {digest}, {my_text(chr(10))})"
        f" SEPARATOR '') FROM {side.from_} {where}"
    )[0]
    if text is not None and _GUARDED in text:
        text = _with_guarded(ranges, source, where, text)
    return _side(text, int(count or b"0"), 0)


def _read_source(ranges: Ranges, source: SourceConnection, where: str) -> _Side:
    lines, size = [], 0
    for row, _ in ranges.source.mixed_rows(source, where):
        text = row.text
        size += len(text or b"")
        lines.append(_line(row.key or (), text))
    return _Side(lines, size)


def _with_guarded(ranges: Ranges, source: SourceConnection, where: str, text: bytes) -> bytes:
    """The lines with hashes of the rows that only Python makes; one that is gone has none."""
    side = ranges.source
    *parts, last = text.split(_GUARDED)
    names = [part[part.rfind(b"\n") + 1 :] for part in parts]
    those = side.guard
    if len(names) <= _MOST_GUARDED:
        those = keys_in(side.key, map(_numbers, names))
    made = {
        _name(line): line + b"\n"
        for row, _ in side.mixed_rows(source, f"{where} AND ({those})")
        for line in [_line(row.key or (), row.text)]
    }
    for place, name in enumerate(names):
        parts[place] = parts[place][: -len(name)] + made.get(name, name + b" \n")
    return b"".join((*parts, last))


def _line(key: KeyValue, text: bytes | None) -> bytes:
    name = ",".join(map(str, key))
    return f"{name} {short_hash(text) if text is not None else ''}".encode()


def _ask_target(ranges: Ranges, target: TargetConnection, key_range: KeyRange) -> _Side:
    side = ranges.target
    names = " || ',' || ".join(f"coalesce({at}::text, '{_NULL}')" for at in side.identity)
    # The session's client encoding is UTF-8, and hashing what is sent spares a conversion.
    digest = f"encode(substr(sha256(textsend(r)), 1, {HASH_DIGITS // 2}), 'hex')"
    rows, size, text = target.rows(
        f"SELECT count(*), coalesce(sum(octet_length(r)), 0),"
        f" string_agg(k || ' ' || coalesce({digest}, '') || chr(10), '')"
        f" FROM (SELECT {names} AS k, {side.text()} AS r FROM {side.from_}"
        f" {side.where(side.within(key_range))} LIMIT {_MOST_TARGET_ROWS}) q"
    )[0]
    found = _side(text.encode() if text is not None else None, int(rows), int(size))
    return _Side(found.lines, found.size, found.whole and rows < _MOST_TARGET_ROWS)
