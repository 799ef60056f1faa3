"""A script cut into statements as the mysql client does it, which alone knows `DELIMITER`.

A regular expression takes all that can hold no delimiter, strings and comments among it: a dump of
gigabytes is cut without a step of Python's per string. A part that has begun matches in one way
only, so it does not backtrack. What gives nothing back (possessive) holds neither another such part
nor a look ahead, with which Python before 3.11.5 is wrong
(https://github.com/python/cpython/issues/106052).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator

__all__ = ["Unfinished", "statements"]

_BLOCK = 4 * 1024 * 1024
_STRINGS = rb"""'(?:[^'\\]++|\\.)*+'|"(?:[^"\\]++|\\.)*+"|`[^`]*+`"""
# Between statements two dashes are enough.
_LINE_BETWEEN = rb"(?:--|\#)[^\n]*+\n"
_STARS = rb"\*++(?:[^/*][^*]*+\*++)*/"
"""The rest of a comment, from its next star on."""
_COMMENT = rb"/\*[^*]*+" + _STARS
_NOT_EXECUTED = rb"/\*(?:[^!M*][^*]*+|M(?:[^!*][^*]*+)?)?" + _STARS
_BEFORE = re.compile(
    # Executable comments are statements, but for the one by which MariaDB's client shuts itself in.
    rb"(?:\s++|" + _LINE_BETWEEN + rb"|/\*M?!999999\\-[^*]*+" + _STARS
    + rb"|" + _NOT_EXECUTED + rb")*",
    re.DOTALL,
)  # fmt: skip
_LINES = (b"DELIMITER", b"--", b"#")
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
        end = None if _cut_short(data, begin, ended) else _end(data, begin, delimiter)
        if end is not None:
            line += data.count(b"\n", at, begin)
            statement = data[begin:end].rstrip()
            if statement:
                yield line, statement
            line += data.count(b"\n", begin, end + len(delimiter))
            at = end + len(delimiter)
        elif ended:
            if data[begin:].strip():
                yield from _last(data[begin:], delimiter, line + data.count(b"\n", at, begin))
            return
        else:
            # As much again as is unread: a long statement is looked at a few times only.
            more = read(max(block, len(data) - at))
            ended = not more
            data, at = data[at:] + (more or b"\n"), 0


def _cut_short(data: bytes, begin: int, ended: bool) -> bool:
    """Whether this may be a line that is no statement, which the data do not hold to its end."""
    if ended or data.find(b"\n", begin) >= 0:
        return False
    return any(word.startswith(data[begin : begin + len(word)].upper()) for word in _LINES)


def _last(rest: bytes, delimiter: bytes, line: int) -> Iterator[tuple[int, bytes]]:
    """The last statement may lack its delimiter, but not the end of a string;
    nor may rows, which are cut off where nobody can tell."""
    end = _end(rest + b"\n" + delimiter, 0, delimiter)
    if end is None or re.match(rb"INSERT|REPLACE", rest, re.IGNORECASE):
        raise Unfinished(line)
    yield line, rest[:end].rstrip()


def _end(data: bytes, at: int, delimiter: bytes) -> int | None:
    """Where the delimiter is that ends the statement; None when it is not in the data."""
    skip = _without_end(delimiter[:1]).match
    while (passed := skip(data, at)) and passed.end() < len(data):
        at = passed.end()
        if data[at : at + 1] in _WHOLE_ONLY or data.startswith(b"/*", at):
            # The string or the comment is not whole.
            return None
        if data.startswith(delimiter, at):
            return at
        if _DASHES.match(data, at):
            at = data.find(b"\n", at) + 1
            if not at:
                return None
        else:
            at += 1
    return None


_WHOLE_ONLY = (b"'", b'"', b"`", b"#")
_DASHES = re.compile(rb"--\s")


@functools.cache
def _without_end(first: bytes) -> re.Pattern[bytes]:
    """Everything up to what may be a delimiter that begins so, or a comment of dashes."""
    plain = rb"[^'\"`\#/\-" + re.escape(first) + rb"]++"
    parts = b"|".join((plain, _STRINGS, _COMMENT, rb"\#[^\n]*+\n"))
    return re.compile(rb"(?:" + parts + rb")*", re.DOTALL)
