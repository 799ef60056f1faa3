"""Where the files go: long paths, closed folders, accounts, and programs that are not there."""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path

import psycopg2
import pytest

from migrate.servers import MariaDB, Postgres, PrivateServers, ServerError
from migrate.servers.accounts import Account, server_account
from migrate.servers.binaries import find_mariadb, find_postgres
from migrate.servers.places import cache_folder, data_folder
from migrate.servers.server import Server
from tests.fix_servers import connect_mysql

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to drop it")


def test_long_path_gets_a_short_socket_that_drivers_can_use(open_path: Path) -> None:
    deep = open_path / ("d" * 60) / ("e" * 60)
    with PrivateServers(deep, relaxed=True) as servers:
        assert servers.mariadb.directory.is_relative_to(deep)
        connect_mysql(servers.mariadb.create_database("shop")).close()
        psycopg2.connect(servers.postgres.create_database("shop")).close()
        sockets = [servers.mariadb.socket_directory, servers.postgres.socket_directory]
    assert not any(folder.exists() for folder in sockets)


@only_root
@pytest.mark.parametrize("kind", [MariaDB, Postgres])
def test_root_hands_the_server_to_an_account_without_rights(kind: type[Server]) -> None:
    with kind(relaxed=True) as server:
        assert server.process
        assert server.account
        assert Path(f"/proc/{server.process.pid}").stat().st_uid == server.account.uid != 0
        assert server.data.stat().st_uid == server.account.uid
        groups = Path(f"/proc/{server.process.pid}/status").read_text()
        assert "\nGroups:\t \n" in groups


@only_root
def test_root_keeps_data_elsewhere_when_the_folder_is_closed(
    open_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    closed = open_path / "closed"
    closed.mkdir(mode=0o700)
    with Postgres(closed / "data", relaxed=True) as server:
        assert server.directory.is_relative_to("/var/tmp")
        assert str(server.directory) in caplog.text
    assert data_folder(closed / "data", server_account()) == server.directory


def test_folder_of_a_server_is_closed_to_others() -> None:
    with Postgres(relaxed=True) as server:
        assert stat.S_IMODE(server.directory.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.data.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("mode", "owner", "group", "allowed"),
    [
        (0o755, "other", "other", True),
        (0o750, "other", "other", False),
        (0o710, "other", "same", True),
        (0o701, "other", "same", False),
        (0o100, "same", "other", True),
        (0o077, "same", "same", False),
    ],
)
def test_account_enters_by_the_bits_that_apply_to_it(
    open_path: Path, mode: int, owner: str, group: str, allowed: bool
) -> None:
    status = open_path.stat()
    account = Account(
        "trial",
        status.st_uid if owner == "same" else 54321,
        status.st_gid if group == "same" else 54321,
    )
    folder = open_path / "folder"
    folder.mkdir()
    folder.chmod(mode)
    open_path.chmod(0o755)
    assert account.can_enter(folder) is allowed
    folder.chmod(0o700)


def test_chosen_cache_wins(open_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DELAMP_CACHE", str(open_path / "cache"))
    assert cache_folder() == open_path / "cache"
    assert stat.S_IMODE((open_path / "cache").stat().st_mode) == 0o755


def test_cache_that_others_can_write_is_refused(
    open_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_path.chmod(0o777)
    monkeypatch.setenv("DELAMP_CACHE", str(open_path))
    with pytest.raises(ServerError, match="no usable folder"):
        cache_folder()


def test_missing_programs_name_both_packages(
    open_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DELAMP_CACHE", str(open_path / "cache"))
    # No apt here, as on another distribution.
    monkeypatch.setenv("PATH", str(open_path))
    for find in (find_mariadb, find_postgres):
        with pytest.raises(ServerError) as caught:
            find(folders=["/nonexistent"])
        assert "mariadb-server-core (or mariadb-server) and postgresql" in caught.value.hint
        assert "got no apt-get" in str(caught.value)


def test_ordinary_user_drops_nothing() -> None:
    account = server_account()
    assert (account is None) == (os.geteuid() != 0)
    assert account is None or pwd.getpwnam(account.name).pw_uid == account.uid != 0
