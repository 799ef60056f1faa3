"""A script cut into statements as the mysql client does it, which alone knows `DELIMITER`.

One regular expression takes a whole statement: a dump of gigabytes is cut without a step of
Python's per string. Each of its parts gives nothing back (possessive), so it never backtracks.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator

__all__ = ["Unfinished", "statements"]

_BLOCK = 4 * 1024 * 1024
_STRINGS = rb"""'(?:[^'\\]++|\\.)*+'|"(?:[^"\\]++|\\.)*+"|`[^`]*+`"""
_TO_END_OF_LINE = rb"(?:--(?=\s)|\#)[^\n]*+\n"
# Between statements two dashes are enough.
_LINE_BETWEEN = rb"(?:--|\#)[^\n]*+\n"
_COMMENT = rb"/\*(?:[^*]++|\*(?!/))*+\*/"
_BEFORE = re.compile(
    # Executable comments are statements, but for the one by which MariaDB's client shuts itself in.
    rb"(?:\s++|" + _LINE_BETWEEN + rb"|/\*M?!999999\\-" + _COMMENT[3:] + rb"|(?!/\*M?!)"
    + _COMMENT + rb")*+",
    re.DOTALL,
)  # fmt: skip
_DIRECTIVE = re.compile(rb"DELIMITER[ \t]+(\S+)[^\n]*\n", re.IGNORECASE)


class Unfinished(Exception):
    """The script ends within a statement; `line` is where that begins."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(f"unfinished statement from line {line}")


def statements(read: Callable[[int], bytes], *, block: int = _BLOCK) -> Iterator[tuple[int, bytes]]:
    """Yield (number of its first line, statement) of the script that `read(size)` returns.

    A statement has neither its delimiter nor the comments before it. Raises Unfinished.
    """
    data, at, line = read(block).removeprefix(b"\xef\xbb\xbf"), 0, 1
    delimiter, ended = b";", not data
    while True:
        before = _BEFORE.match(data, at)
        begin = before.end() if before else at
        if directive := _DIRECTIVE.match(data, begin):
            delimiter = directive[1]
            line += data.count(b"\n", at, directive.end())
            at = directive.end()
            continue
        found = _statement(delimiter).match(data, begin)
        if found:
            line += data.count(b"\n", at, begin)
            if found[1].strip():
                yield line, found[1].rstrip()
            line += data.count(b"\n", begin, found.end())
            at = found.end()
        elif ended:
            if data[begin:].strip():
                yield from _last(data[begin:], delimiter, line + data.count(b"\n", at, begin))
            return
        else:
            # As much again as is unread: a long statement is looked at a few times only.
            more = read(max(block, len(data) - at))
            ended = not more
            data, at = data[at:] + (more or b"\n"), 0


def _last(rest: bytes, delimiter: bytes, line: int) -> Iterator[tuple[int, bytes]]:
    """The last statement may lack its delimiter, but not the end of a string;
    nor may rows, which are cut off where nobody can tell."""
    whole = _statement(delimiter).match(rest + b"\n" + delimiter)
    if whole is None or re.match(rb"INSERT|REPLACE", rest, re.IGNORECASE):
        raise Unfinished(line)
    yield line, whole[1].rstrip()


@functools.cache
def _statement(delimiter: bytes) -> re.Pattern[bytes]:
    end, first = re.escape(delimiter), re.escape(delimiter[:1])
    plain = rb"[^'\"`\#/\-" + first + rb"]++"
    # What may begin a comment, or the delimiter, and does not.
    single = rb"(?!" + end + rb")(?:/(?!\*)|-(?!-\s)" + (
        b"" if delimiter[:1] in b"'\"`#/-" else rb"|" + first
    ) + rb")"  # fmt: skip
    parts = b"|".join((plain, _STRINGS, _COMMENT, _TO_END_OF_LINE, single))
    return re.compile(rb"((?:" + parts + rb")*+)" + end, re.DOTALL)
