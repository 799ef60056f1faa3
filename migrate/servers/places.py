"""Where private servers keep their files: cache, data folders, sockets.

The cache (unpacked binaries, initialised templates) and the data folders live in `.delamp/` of the
clone. Elsewhere only when that folder cannot be used: not writable, or, for root, not open to the
account that the servers run as (a clone under /root). Then a line is logged that says where.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from pathlib import Path

from migrate.servers.accounts import Account, server_account
from migrate.servers.errors import ServerError

logger = logging.getLogger("delamp.servers")
_said: set[str] = set()

# sockaddr_un holds 108 bytes with the closing zero; PostgreSQL appends "/.s.PGSQL.5432.lock".
LONGEST_SOCKET_PATH = 107
LONGEST_SOCKET_NAME = len("/.s.PGSQL.65535.lock")


def clone_folder() -> Path | None:
    """The root of the clone that this package runs from; None when installed from a wheel."""
    root = Path(__file__).resolve().parents[2]
    return root if (root / "pyproject.toml").exists() else None


def cache_folder() -> Path:
    """The first usable folder for binaries, templates and data; created when it is missing.

    Order: `DELAMP_CACHE`, `.delamp/` of the clone, the user's cache folder, /var/tmp.
    Raises ServerError when none can be used.
    """
    account = server_account()
    candidates = _candidates()
    for index, folder in enumerate(candidates):
        if _is_usable(folder, account):
            if index:
                say_once(f"private servers: files are kept in {folder}")
            return folder
    raise ServerError(
        f"private servers: no usable folder, got {', '.join(map(str, candidates))}",
        hint="set DELAMP_CACHE to a folder that you can write to",
    )


def say_once(line: str) -> None:
    """Log a line where this process has not said it yet."""
    if line not in _said:
        _said.add(line)
        logger.warning(line)


def _candidates() -> list[Path]:
    if chosen := os.environ.get("DELAMP_CACHE"):
        return [Path(chosen).absolute()]
    clone = clone_folder()
    user_cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    first = [clone / ".delamp"] if clone else []
    return [*first, Path(user_cache) / "delamp", fallback_folder()]


def fallback_folder() -> Path:
    """The folder for data whose own place is closed to the servers' account."""
    return Path("/var/tmp") / f"delamp-{os.geteuid()}"


def _is_usable(folder: Path, account: Account | None) -> bool:
    nearest = next(part for part in (folder, *folder.parents) if part.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        return False
    if account and not account.can_enter(nearest):
        return False
    try:
        make_open_folder(folder)
    except OSError:
        return False
    # Somebody else's folder in /var/tmp must not be trusted with programs that we execute.
    status = folder.stat()
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022


def make_open_folder(folder: Path) -> Path:
    """Create `folder` and its missing parents, enterable by others whatever the umask is."""
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    for part in reversed(missing):
        part.mkdir(exist_ok=True)
        part.chmod(0o755)
    return folder


def data_folder(wanted: Path, account: Account | None) -> Path:
    """`wanted`, or a stand-in under /var/tmp when the servers' account cannot enter `wanted`.

    The stand-in is named after `wanted`, so that the same folder is found again next time.
    """
    wanted = wanted.absolute()
    nearest = next(part for part in (wanted, *wanted.parents) if part.exists())
    if account is None or account.can_enter(nearest):
        return wanted
    name = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    folder = fallback_folder() / name
    say_once(
        f"private servers: {wanted} is closed to the account {account.name};"
        f" data are kept in {folder}"
    )
    return folder


def socket_folder(data: Path) -> tuple[Path, bool]:
    """The folder for a server's socket, and whether it is a new one apart from `data`.

    A path that is too long for a socket gets a short folder under /tmp instead.
    """
    if len(os.fsencode(data)) + LONGEST_SOCKET_NAME <= LONGEST_SOCKET_PATH:
        return data, False
    return Path(tempfile.mkdtemp(prefix="delamp-", dir="/tmp")), True
