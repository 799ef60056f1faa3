"""A private MariaDB server."""

from __future__ import annotations

import secrets
import signal
from pathlib import Path
from urllib.parse import quote

from migrate.servers.binaries import Binaries, find_mariadb
from migrate.servers.mysql_wire import MySQLWire
from migrate.servers.ports import free_port
from migrate.servers.server import Server
from migrate.servers.templates import copy_template, run_program

TCP_USER = "delamp"

# Flushed to the system at each commit but not to the disk: a killed server loses nothing, a power
# cut would.
RELAXED = (
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=0",
    "--sync-binlog=0",
)


class MySQLFamily(Server):
    """What MariaDB and MySQL share: socket, protocol, addresses, databases."""

    stop_signal = signal.SIGTERM
    quick_signal = signal.SIGKILL
    _tcp_password = ""

    @property
    def socket(self) -> Path:
        """The path of the server's socket."""
        return self.socket_directory / "mysql.sock"

    def ping(self) -> str:
        """The version in the server's greeting, without MariaDB's old `5.5.5-` prefix."""
        wire = MySQLWire(self.socket)
        wire.close()
        return wire.version.removeprefix("5.5.5-")

    def execute(self, statement: str) -> None:
        """Run one statement as root; raises ServerError when it is refused."""
        wire = MySQLWire(self.socket)
        try:
            wire.execute(statement)
        finally:
            wire.close()

    def create_database(
        self, name: str, *, charset: str | None = None, collation: str | None = None
    ) -> str:
        """Create an empty database and return its address (`url`)."""
        statement = f"CREATE DATABASE {quoted(name)}"
        statement += f" CHARACTER SET {charset}" if charset else ""
        statement += f" COLLATE {collation}" if collation else ""
        self.execute(statement)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database; one that does not exist is no error."""
        self.execute(f"DROP DATABASE IF EXISTS {quoted(name)}")

    def url(self, database: str = "", *, user: str = "root", password: str = "") -> str:
        """`mysql://root@localhost/DATABASE?unix_socket=PATH`."""
        login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
        path = quote(str(self.socket), safe="/")
        return f"mysql://{login}@localhost/{quote(database, safe='')}?unix_socket={path}"

    def tcp_url(self, database: str = "") -> str:
        """`mysql://delamp:PASSWORD@127.0.0.1:PORT/DATABASE`; only with `tcp=True`."""
        login = f"{TCP_USER}:{self._tcp_password}"
        return f"mysql://{login}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    def tcp_options(self) -> list[str]:
        """Options that open or close TCP; the port is chosen anew at each start."""
        if not self.tcp:
            return ["--skip-networking"]
        self.port = free_port()
        return ["--bind-address=127.0.0.1", f"--port={self.port}"]

    def open_tcp(self) -> None:
        """Create the account for TCP, or give it a new password."""
        self._tcp_password = secrets.token_hex(12)
        account = f"'{TCP_USER}'@'127.0.0.1'"
        secret = f"IDENTIFIED BY '{self._tcp_password}'"
        self.execute(f"GRANT ALL ON *.* TO {account} {secret} WITH GRANT OPTION")


class MariaDB(MySQLFamily):
    """A private MariaDB with a row binlog; root has no password, the socket is private.

    Character sets, sql_mode and the rest are the server's defaults, time zone tables are empty, as
    on most servers that a PHP site left behind.
    """

    name = "mariadb"

    def find(self) -> Binaries:
        """The installed programs, else unpacked ones."""
        return find_mariadb()

    def initialise(self) -> None:
        """Copy the initialised template, made with `mariadb-install-db` the first time."""
        name = f"mariadb-{self.binaries.identity()}"
        copy_template(name, self.data, self.account, self._install)

    def _install(self, folder: Path) -> None:
        command = [
            str(self.binaries.initialise),
            "--no-defaults",
            f"--basedir={self.binaries.base}",
            f"--datadir={folder}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--skip-name-resolve",
            # The server grows the log to its default size at its first start.
            "--innodb-log-file-size=4M",
        ]
        run_program(command, self.binaries.environment(), self.account)

    def command(self) -> list[str]:
        """mariadbd with our options."""
        base = self.binaries.base
        shares = [base / "share/mysql", base / "share/mariadb", base / "share"]
        return [
            str(self.binaries.server),
            "--no-defaults",
            f"--basedir={base}",
            f"--lc-messages-dir={next(filter(Path.exists, shares), base)}",
            f"--datadir={self.data}",
            f"--socket={self.socket}",
            f"--pid-file={self.data / 'server.pid'}",
            # /tmp may be a small tmpfs.
            f"--tmpdir={self.data}",
            "--skip-name-resolve",
            *self.tcp_options(),
            "--server-id=1",
            "--log-bin=bin",
            "--binlog-format=ROW",
            "--binlog-row-metadata=FULL",
            "--max-allowed-packet=64M",
            # 200 MyISAM tables in one database exceed the usual 1,024.
            "--open-files-limit=65535",
            f"--innodb-buffer-pool-size={self.memory}",
            *(RELAXED if self.relaxed else ()),
        ]


def quoted(name: str) -> str:
    """A MySQL identifier in backticks."""
    return "`" + name.replace("`", "``") + "`"
