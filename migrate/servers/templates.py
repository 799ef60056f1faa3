"""Data folders that were initialised once and are copied ever after.

Initialising takes most of a second, copying a tenth of that. A template is complete or absent: it
is built aside and renamed, under a lock between processes.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from migrate.servers.accounts import Account
from migrate.servers.errors import ServerError
from migrate.servers.locks import file_lock
from migrate.servers.places import cache_folder, make_open_folder


def copy_template(
    name: str, target: Path, account: Account | None, build: Callable[[Path], None]
) -> None:
    """Copy the template `name` to `target`, after `build(folder)` when there is none yet.

    Whatever decides what is in the template must be part of `name`. Raises what `build` raises.
    """
    template = cache_folder() / "templates" / (f"{name}-{account.name}" if account else name)
    with file_lock(cache_folder() / "locks" / f"{template.name}.lock"):
        if not template.exists():
            _build(template, account, build)
    # cp keeps owner, mode and holes, and is several times faster than shutil.
    done = subprocess.run(
        ["cp", "-a", str(template), str(target)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ServerError(f"{target}: template not copied, got {done.stderr.strip()!r}")


def _build(template: Path, account: Account | None, build: Callable[[Path], None]) -> None:
    make_open_folder(template.parent)
    work = Path(tempfile.mkdtemp(prefix=".new-", dir=template.parent))
    try:
        own(work, account)
        build(work / "data")
        (work / "data").rename(template)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def own(folder: Path, account: Account | None) -> None:
    """Hand a folder to the account that the server runs as; nothing to do when not root."""
    folder.chmod(0o700)
    if account:
        shutil.chown(folder, account.uid, account.gid)


def run_program(
    command: list[str], environment: dict[str, str], account: Account | None, stdin: bytes = b""
) -> None:
    """Run one of a server's own programs as the servers' account; ServerError when it fails."""
    done = subprocess.run(
        command,
        env=environment,
        # The caller's folder may be closed to the account.
        cwd="/",
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        **(account.process_options() if account else {}),
    )
    if done.returncode:
        lines = done.stdout.decode(errors="replace").strip().splitlines()
        errors = [line for line in lines if "ERROR" in line.upper()] or lines
        tail = " / ".join(errors[-5:])
        program = Path(command[0]).name
        raise ServerError(f"{program}: failed with exit code {done.returncode}, got {tail!r}")
