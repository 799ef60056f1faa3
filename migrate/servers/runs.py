"""Folders of servers that nobody asked to keep, and the removal of those left by a crash.

Each folder has a file that its owner holds locked. The system frees the lock however the owner
ends, so an unlocked folder is nobody's.
"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from pathlib import Path
from typing import IO

from migrate.servers.locks import file_lock
from migrate.servers.places import cache_folder, make_open_folder

OWNER_FILE = "owner"


def make_run_folder(name: str) -> tuple[Path, IO[str]]:
    """A new folder for a server, and the file to hold open for as long as the folder is used."""
    with file_lock(cache_folder() / "locks" / "run.lock"):
        runs = make_open_folder(cache_folder() / "run")
        _remove_abandoned(runs)
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=runs))
        owner = (folder / OWNER_FILE).open("w")
        fcntl.flock(owner, fcntl.LOCK_EX)
    return folder, owner


def _remove_abandoned(runs: Path) -> None:
    for path in runs.glob(f"*/{OWNER_FILE}"):
        with path.open("w") as owner:
            try:
                fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(path.parent, ignore_errors=True)
