"""The events of a compressed transaction of MySQL 8 (`binlog_transaction_compression`)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from migrate.binlog.events import HEADER, Event, payload

try:
    import zstandard
except ImportError:  # An optional package: only such servers need it.
    zstandard = None  # type: ignore[assignment]

__all__ = ["unpacked"]

_ZSTD, _PLAIN = 0, 255
_LONGEST = 1 << 24


def unpacked(body: bytes) -> Iterator[Event]:
    """Yield the events in a TRANSACTION_PAYLOAD event, one in memory at a time.

    Raises ValueError when they cannot be read, also for want of the package `zstandard`.
    """
    data, method = payload(body)
    stream: BinaryIO
    if method == _PLAIN:
        stream = io.BytesIO(data)
    elif method != _ZSTD:
        raise ValueError(f"unknown compression {method}")
    elif zstandard is None:
        raise ValueError("the Python package zstandard is not installed")
    else:
        stream = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True)
    while head := _read(stream, HEADER.size):
        moment, kind, server, length, end, flags = HEADER.unpack(head)
        size = length - HEADER.size
        inner = _read(stream, min(size, _LONGEST))
        for left in range(size - len(inner), 0, -_LONGEST):
            _read(stream, min(left, _LONGEST))
        yield Event(kind, moment, server, end, flags, inner, cut=size > _LONGEST)


def _read(stream: BinaryIO, size: int) -> bytes:
    parts = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    if size and parts:
        raise ValueError("it ends within an event")
    return b"".join(parts)
