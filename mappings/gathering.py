"""Rows of a name/value table as one raw value of their parent, and what to do when it is cut.

The raw value is `<rows>:` and, for each row, `<name>,<value>;` in hex digits, NULL as `~`. MySQL
cuts it at group_concat_max_len, or gives NULL where it is over max_allowed_packet: then rows
lack, the number before the colon tells, and the value is made of the rows themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mappings.errors import Reject
from mappings.keys import KeyColumn

__all__ = ["Place", "Whole", "is_cut", "pairs", "whole_rows", "with_links"]

Row: TypeAlias = tuple[bytes | None, ...]
Stream: TypeAlias = Callable[[str], Iterable[Row]]
_NULL = b"~"


@dataclass(frozen=True, kw_only=True)
class Whole:
    """How to read a gathered value row by row."""

    link: KeyColumn
    """The source row's column by which the rows are its own."""
    fingerprint: str
    """Of the rows' table."""
    query: str
    """SQL whose rows are name and value, with a place for the link's literal."""
    without: tuple[str, ...] = ()
    """Names that are not gathered."""

    def read(self, stream: Stream, link: bytes | None) -> bytes:
        """The raw value, however long it is. `link` is what `link.select()` gave."""
        if link is None:
            return b"0:"
        parts, count = [b""], 0
        literal = self.link.literal(self.link.value(link))
        for name, value in stream(self.query.replace("{link}", literal)):
            parts.append(_coded(name) + b"," + _coded(value) + b";")
            count += 1
        parts[0] = b"%d:" % count
        return b"".join(parts)


def _coded(value: bytes | None) -> bytes:
    return _NULL if value is None else value.hex().encode()


def is_cut(raw: bytes | None) -> bool:
    """Whether rows lack in a raw value."""
    if raw is None:
        return True
    colon = raw.find(b":")
    if colon < 1 or raw.count(b";") != int(raw[:colon]):
        return True
    return raw[-1:] not in (b":", b";")


def pairs(raw: bytes | None) -> Iterator[tuple[bytes | None, bytes | None]]:
    """Names and values, in the order of the rows. Raises `Reject` for a value that was cut."""
    if raw is None or is_cut(raw):
        raise Reject("cut_short", "the gathered rows are longer than one value may be")
    for pair in raw.partition(b":")[2].split(b";")[:-1]:
        name, _, value = pair.partition(b",")
        yield _decoded(name), _decoded(value)


def _decoded(coded: bytes) -> bytes | None:
    return None if coded == _NULL else bytes.fromhex(coded.decode("ascii"))


Place: TypeAlias = tuple[int, Whole, int]
"""Where in a row a raw value is, how it is read whole, and where its link is."""


def whole_rows(stream: Stream, sql: str, places: Sequence[Place]) -> Iterator[Row]:
    """The rows of a query, none of their gathered values cut.

    Rows with a value that was cut come last, once the connection is free to read it: without
    that value, they are held until then.
    """
    if not places:
        yield from stream(sql)
        return
    held: list[Row] = []
    for row in stream(sql):
        cut = {at for at, _, _ in places if is_cut(row[at])}
        if cut:
            held.append(tuple(None if at in cut else field for at, field in enumerate(row)))
        else:
            yield row
    for row in held:
        fields = list(row)
        for at, whole, link in places:
            if row[at] is None:
                fields[at] = whole.read(stream, row[link])
        yield tuple(fields)


def with_links(
    fields: Sequence[str], wholes: Sequence[tuple[int, Whole | None]]
) -> tuple[list[str], tuple[Place, ...]]:
    """Select expressions with those of links after them, and the places of the raw values.

    `wholes` says where gathered values stand among the fields.
    """
    found = [(at, whole) for at, whole in wholes if whole is not None]
    placed = tuple((at, whole, len(fields) + n) for n, (at, whole) in enumerate(found))
    return [*fields, *(whole.link.select() for _, whole in found)], placed
