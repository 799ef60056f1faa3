"""A connection that also reads what a server answers in rows: its warnings, its variables."""

from __future__ import annotations

from migrate.servers.mysql_wire import COM_QUERY, MySQLWire

__all__ = ["ReadingWire"]

_LENGTHS = {0xFC: 2, 0xFD: 3, 0xFE: 8}


class ReadingWire(MySQLWire):
    """As MySQLWire; raises what it raises."""

    def rows(self, statement: str) -> list[tuple[str, ...]]:
        """The rows of a SELECT or SHOW as text, where NULL is empty."""
        self._send(0, COM_QUERY + statement.encode())
        _, head = self._receive()
        self._check(head)
        columns, _ = _integer(head, 0)
        # The columns' definitions, and the packet that ends them.
        for _ in range(columns + 1):
            self._receive()
        found: list[tuple[str, ...]] = []
        while True:
            _, row = self._receive()
            self._check(row)
            if row[0] == 0xFE and len(row) < 9:
                return found
            found.append(_texts(row, columns))


def _texts(row: bytes, columns: int) -> tuple[str, ...]:
    texts, at = [], 0
    for _ in range(columns):
        if row[at] == 0xFB:
            texts.append("")
            at += 1
            continue
        length, at = _integer(row, at)
        texts.append(row[at : at + length].decode(errors="replace"))
        at += length
    return tuple(texts)


def _integer(data: bytes, at: int) -> tuple[int, int]:
    """A length-encoded integer, and the place behind it."""
    size = _LENGTHS.get(data[at])
    if size is None:
        return data[at], at + 1
    return int.from_bytes(data[at + 1 : at + 1 + size], "little"), at + 1 + size
