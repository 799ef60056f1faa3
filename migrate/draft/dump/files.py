"""The file of a dump, plain or compressed."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from migrate.errors import ConfigError

__all__ = ["DumpFile", "open_dump"]


@dataclass
class DumpFile:
    """An open dump: bytes to read, and how far the file on disk is read."""

    path: Path
    size: int
    _bytes: IO[bytes]
    _disk: IO[bytes]

    def read(self, size: int) -> bytes:
        """The next bytes, none at the end. Raises ConfigError when they cannot be unpacked."""
        try:
            return self._bytes.read(size)
        except (OSError, EOFError, lzma.LZMAError, ValueError) as error:
            raise ConfigError(
                f"{self.path}: cannot be unpacked, got {error}",
                hint="copy the file again: it seems to be cut off or damaged",
            ) from error

    @property
    def position(self) -> int:
        """Bytes of the file on disk that are read."""
        return self._disk.tell()


@contextmanager
def open_dump(path: Path) -> Iterator[DumpFile]:
    """Open a dump; how it is compressed is read from the file, not from its name.

    Raises ConfigError for what is no file, or no text of SQL.
    """
    try:
        disk = path.open("rb")
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror})",
            hint="name a mysql:// URL, a dump, or an environment variable that holds the URL",
        ) from error
    with disk:
        head = disk.read(8)
        disk.seek(0)
        with _unpacked(path, head, disk) as unpacked:
            yield DumpFile(path, path.stat().st_size, unpacked, disk)


def _unpacked(path: Path, head: bytes, disk: IO[bytes]) -> IO[bytes]:
    if head.startswith(b"\x1f\x8b"):
        return gzip.open(disk)  # type: ignore[return-value]
    if head.startswith(b"BZh"):
        return bz2.open(disk)
    if head.startswith(b"\xfd7zXZ\0"):
        return lzma.open(disk)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError(
            f"{path}: is UTF-16, got a byte order mark (expected the bytes of mysqldump)",
            hint="make it with `mysqldump --result-file=…`: a shell has re-encoded its output",
        )
    if head.startswith((b"PK\x03\x04", b"(\xb5/\xfd", b"PGDMP")):
        raise ConfigError(
            f"{path}: no dump of SQL, got {head[:4]!r} (expected .sql, .sql.gz, .bz2 or .xz)",
            hint="unpack it first",
        )
    return disk
