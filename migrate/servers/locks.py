"""A lock between processes, held for as long as the `with` block runs."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from migrate.servers.places import make_open_folder


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Wait for and hold the lock on `path`; the system frees it also when the holder is killed."""
    make_open_folder(path.parent)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
