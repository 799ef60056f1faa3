"""The pair of private servers that a run needs: a MariaDB to read and a PostgreSQL to write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from migrate.servers.binaries import INSTALL_HINT, find_mariadb, find_postgres
from migrate.servers.errors import ServerError
from migrate.servers.mariadb import MariaDB
from migrate.servers.postgres import Postgres


class PrivateServers:
    """A private MariaDB and a private PostgreSQL, started and ended together.

        with PrivateServers() as servers:
            source = servers.mariadb.create_database("shop")
            target = servers.postgres.create_database("shop")

    `directory` gets the folders `mariadb` and `postgres`; None means new folders, removed at the
    end. The other arguments are those of `Server`. Raises ServerError when a server cannot be
    found (one error for both) or does not start; then neither is left running.
    """

    def __init__(
        self,
        directory: Path | str | None = None,
        *,
        keep: bool = False,
        relaxed: bool = False,
        tcp: bool = False,
        detached: bool = False,
        memory: str = "256M",
        mariadb_options: Sequence[str] = (),
        postgres_options: Sequence[str] = (),
    ) -> None:
        require_both()
        self.mariadb = MariaDB(
            Path(directory, "mariadb") if directory else None,
            options=mariadb_options,
            keep=keep,
            relaxed=relaxed,
            tcp=tcp,
            detached=detached,
            memory=memory,
        )
        self.postgres = Postgres(
            Path(directory, "postgres") if directory else None,
            options=postgres_options,
            keep=keep,
            relaxed=relaxed,
            tcp=tcp,
            detached=detached,
            memory=memory,
        )

    def start(self) -> Self:
        """Start both; returns when both answer."""
        try:
            self.mariadb.start()
            self.postgres.start()
        except BaseException:
            self.close()
            raise
        return self

    def stop(self) -> None:
        """Stop both and leave the data."""
        self.mariadb.stop()
        self.postgres.stop()

    def close(self) -> None:
        """Stop both and remove their folders, unless they are to be kept."""
        self.mariadb.close()
        self.postgres.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def require_both() -> None:
    """Raise one ServerError that names every server without programs, and what to install."""
    missing = []
    for find in (find_mariadb, find_postgres):
        try:
            find()
        except ServerError as exc:
            missing.append(str(exc.args[0]))
    if missing:
        raise ServerError("; ".join(missing), hint=INSTALL_HINT)
