"""Find the programs of MariaDB and PostgreSQL: on PATH, in the usual folders, or unpacked."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from migrate.servers.errors import ServerError
from migrate.servers.packages import private_root, unpack_private

INSTALL_HINT = (
    "install two packages: mariadb-server-core (or mariadb-server) and postgresql,"
    " or set LEGACY_URL and DATABASE_URL to servers of your own"
)

MARIADB_FOLDERS = (
    "/usr/sbin",
    "/usr/libexec",
    "/usr/local/*bin",
    "/usr/local/mariadb/bin",
    "/opt/mariadb*/*bin",
    "/opt/homebrew/opt/mariadb*/bin",
)
POSTGRES_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql*/bin",
    "/opt/postgresql*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
)


@dataclass(frozen=True)
class Binaries:
    """The programs of one server: the server itself, and what initialises a data folder."""

    server: Path
    initialise: Path
    base: Path
    libraries: tuple[Path, ...] = ()

    def environment(self) -> dict[str, str]:
        """The environment that the programs run in: nothing of the caller's but PATH and TZ."""
        kept = {key: os.environ[key] for key in ("PATH", "TZ") if key in os.environ}
        kept["LC_ALL"] = "C"
        if self.libraries:
            kept["LD_LIBRARY_PATH"] = os.pathsep.join(map(str, self.libraries))
        return kept

    def identity(self) -> str:
        """A short text that changes when the programs do, to name what was made with them."""
        status = self.server.stat()
        text = f"{self.server} {status.st_size} {status.st_mtime_ns}"
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def program(self, name: str) -> Path | None:
        """Another program of the same server, such as `mariadb` or `psql`; None when missing."""
        for folder in (self.server.parent, self.base / "bin"):
            if (folder / name).exists():
                return folder / name
        found = shutil.which(name)
        return Path(found) if found else None


def find_mariadb(folders: Sequence[str] = MARIADB_FOLDERS, *, unpack: bool = True) -> Binaries:
    """The installed MariaDB, else the private one, unpacked if need be and if `unpack` is true.

    Raises ServerError, whose hint names what to install, when there is none.
    """
    found = _mariadb_in(_search(folders, "mariadbd"))
    if found is None:
        patterns = [r"mariadb-server-core(-[0-9.]+)?", r"mariadb-client-core(-[0-9.]+)?"]
        root = _unpacked("mariadb", patterns, unpack)
        found = _mariadb_in([root / "usr/sbin"], _library_folders(root))
    if found is None:
        raise ServerError("mariadb: no server program found", hint=INSTALL_HINT)
    return found


def _mariadb_in(folders: Iterable[Path], libraries: tuple[Path, ...] = ()) -> Binaries | None:
    for folder in folders:
        server = folder / "mariadbd"
        base = folder.parent
        for script in ("bin/mariadb-install-db", "scripts/mariadb-install-db"):
            if server.exists() and (base / script).exists():
                return Binaries(server, base / script, base, libraries)
    return None


def find_postgres(folders: Sequence[str] = POSTGRES_FOLDERS, *, unpack: bool = True) -> Binaries:
    """The newest installed PostgreSQL, else one unpacked privately; raises like find_mariadb."""
    found = _postgres_in(_search(folders, "postgres"))
    if found is None:
        patterns = [r"postgresql-[0-9]+", r"postgresql-client-[0-9]+"]
        root = _unpacked("postgresql", patterns, unpack)
        unpacked = sorted(root.glob("usr/lib/postgresql/*/bin"))
        found = _postgres_in(unpacked, _library_folders(root))
    if found is None:
        raise ServerError("postgresql: no server program found", hint=INSTALL_HINT)
    return found


def _postgres_in(folders: Iterable[Path], libraries: tuple[Path, ...] = ()) -> Binaries | None:
    for folder in folders:
        # A link in /usr/local/bin points at the server, whose other programs stand beside it.
        server = (folder / "postgres").resolve()
        if server.exists() and (server.parent / "initdb").exists():
            return Binaries(server, server.parent / "initdb", server.parent.parent, libraries)
    return None


def _search(patterns: Sequence[str], program: str) -> list[Path]:
    on_path = shutil.which(program)
    found = [Path(on_path).parent] if on_path else []
    for pattern in patterns:
        matches = Path("/").glob(pattern.lstrip("/"))
        found += sorted(matches, key=_newest_first)
    return found


def _newest_first(folder: Path) -> list[int]:
    return [-int(digits) for digits in re.findall(r"\d+", str(folder))]


def _unpacked(name: str, patterns: Sequence[str], unpack: bool) -> Path:
    root = private_root(name)
    if root.exists() or not unpack:
        return root
    try:
        return unpack_private(name, patterns)
    except ServerError as exc:
        raise ServerError(
            f"{name}: no server program found, and none could be unpacked ({exc.args[0]})",
            hint=INSTALL_HINT,
        ) from exc


def _library_folders(root: Path) -> tuple[Path, ...]:
    # Not the servers' own plugins, which lie deeper and are found without this.
    found = [*root.glob("usr/lib/*.so*"), *root.glob("usr/lib/*-linux-*/*.so*")]
    found += [*root.glob("lib/*.so*"), *root.glob("lib/*-linux-*/*.so*")]
    return tuple(sorted({library.parent for library in found}))
