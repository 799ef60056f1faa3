"""Who would write on, whatever is frozen, is found before the freeze, and named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from migrate.cutover.freezing.whose import account_of_session
from migrate.servers import MariaDB
from tests.fix_servers import DatabaseServer, connect_mysql
from tests.migrate.conftest import make_shop
from tests.migrate.cutover.conftest import ACCEPT, PASSWORD, Cut, make_cut
from tests.migrate.cutover.test_hostile import neighbour
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS

ACCOUNTS = ("'php'@'10.1.%'", "'php'@'10.1.2.3'", "'php'@'%'", "'php'@'localhost'",
            "'php'@'192.168.0.0/255.255.0.0'", "'cron'@'%'")  # fmt: skip


@pytest.mark.parametrize(
    ("place", "known", "account"),
    [
        ("10.1.2.3:1234", 6, "'php'@'10.1.2.3'"),
        ("10.1.9.9:1234", 6, "'php'@'10.1.%'"),
        ("10.2.9.9:1234", 6, "'php'@'%'"),
        ("localhost", 6, "'php'@'localhost'"),
        ("192.168.7.7:1", 6, "'php'@'192.168.0.0/255.255.0.0'"),
        ("web.example:99", 2, None),
    ],
)
def test_a_session_is_of_the_account_whose_host_says_the_most(
    place: str, known: int, account: str | None
) -> None:
    assert account_of_session("php", place, ACCOUNTS[:known]) == account


REHEARSED = {"rehearse": True, "rehearse_freeze": True}


def refused(cut: Cut, method: str, name: str) -> str:
    """What a cutover says that one check refuses, which another accepts."""
    options = cut.options(method)
    failed, rehearsed = cut.run(
        {"options": options},
        {"options": options | {"accept": [*options["accept"], name]} | REHEARSED},
    )
    assert failed.get("code") == 1, failed
    assert not any(line.startswith("verifying") for line in failed["told"])
    assert rehearsed.get("state") == "rehearsed", rehearsed
    assert any(f"accepted ({name})" in line for line in rehearsed["told"])
    return str(failed["error"])


@pytest.mark.slow
def test_routines_that_an_administrator_has_defined_write_under_read_only(cut: Cut) -> None:
    cut.shop.source(
        "CREATE DEFINER = root@localhost PROCEDURE sneak() INSERT INTO makers VALUES (70, 'x', 1)",
        "CREATE DEFINER = root@localhost PROCEDURE look() SELECT name FROM makers",
        f"CREATE DEFINER = '{cut.php_user}'@localhost PROCEDURE own() DELETE FROM makers",
        "SET GLOBAL read_only = 1",
    )
    cut.php("CALL sneak()")
    cut.shop.source("SET GLOBAL read_only = 0", "DELETE FROM makers WHERE id = 70")
    said = refused(cut, "read-only", "routines")
    assert "routines: 1 stored routines" in said
    assert ".sneak of root@localhost" in said


@pytest.mark.slow
def test_programs_of_other_databases_write_on_after_a_revoke(cut: Cut) -> None:
    ours = urlsplit(cut.shop.source_url).path[1:]
    other = f"{ours}_other"
    cut.shop.source(
        f"CREATE DATABASE {other}",
        f"CREATE TABLE {other}.log (a INT)",
        f"CREATE TRIGGER {other}.copied AFTER INSERT ON {other}.log FOR EACH ROW"
        f" INSERT INTO {ours}.makers VALUES (NEW.a, NEW.a, 1)",
        f"CREATE PROCEDURE {other}.harmless() INSERT INTO {other}.log VALUES (1)",
    )
    try:
        said = refused(cut, "revoke", "routines")
        assert "1 stored programs of other databases" in said
        assert f"{other}.copied of root@localhost" in said
    finally:
        cut.shop.source(f"DROP DATABASE {other}")


@pytest.fixture
def public(cut: Cut) -> Iterator[Cut]:
    """Everybody may write."""
    place = urlsplit(cut.shop.source_url).path[1:]
    cut.shop.source(f"GRANT INSERT ON {place}.makers TO PUBLIC")
    yield cut
    cut.shop.source(f"REVOKE INSERT ON {place}.makers FROM PUBLIC")


def test_what_is_granted_to_public_no_revoke_takes_away(public: Cut) -> None:
    (failed,) = public.run({"options": public.options("revoke")})
    assert failed.get("code") == 1, failed
    assert "whoever logs in may write" in failed["error"]
    assert "TO PUBLIC" in failed["error"]


@pytest.mark.slow
def test_a_user_of_another_host_with_the_same_name_is_left_alone(
    cut: Cut, mariadb: DatabaseServer
) -> None:
    account = f"'{cut.php_user}'@'10.%'"
    cut.shop.source(f"CREATE USER {account}", f"GRANT INSERT, SELECT ON *.* TO {account}")
    try:
        with connect_mysql(cut.php_url) as open_session, open_session.cursor() as cursor:
            cursor.execute("SELECT CONNECTION_ID()")
            # PHP's account is said to be the other one: this session is none of its.
            options = cut.options("revoke", php_users=[f"{cut.php_user}@10.%"], rehearse=True,
                                  rehearse_freeze=True)  # fmt: skip
            accepted = options | {"accept": [*ACCEPT, "accounts"]}
            failed, done = cut.run({"options": options}, {"options": accepted})
            assert f"accounts: '{cut.php_user}'@'localhost' may write on" in failed["error"]
            assert done.get("state") == "rehearsed", done
            cursor.execute("SELECT 1")
        assert any("0 sessions of PHP ended" in line for line in done["told"])
        leaves = [line for line in done["told"] if "leaves others their rights" in line]
        assert f"'{cut.php_user}'@'localhost'" in leaves[0]
    finally:
        cut.shop.source(f"DROP USER {account}")


@pytest.mark.slow
def test_a_server_that_folds_names_loses_every_right_to_write(
    tmp_path: Path, target_db: str
) -> None:
    """PHP's rights are on `shop`, its URL says `Shop`, and MySQL takes them for one."""
    options = ["--lower-case-table-names=1"]
    with MariaDB(options=options, relaxed=True, memory="32M") as server:
        url = server.create_database("shop").replace("/shop", "/Shop")
        made = make_cut(make_shop(tmp_path / "site", url, target_db, MODELS, MAPPINGS, *LEGACY))
        before = made.grants()
        (done,) = made.run({"options": made.options("revoke") | REHEARSED})
        assert done.get("state") == "rehearsed", done
        assert made.grants() == before
        killed, undone = made.run(
            {"options": made.options("revoke"), "dies": "proving"}, {"do": "undo"}
        )
        assert killed == {"killed": 9}
        assert undone.get("state") == "undone", undone
        assert made.grants() == before
        (done,) = made.run({"options": made.options("revoke")})
        assert done.get("state") == "done", done
        assert not made.can_write()
        assert made.same()


@pytest.mark.slow
@pytest.mark.parametrize("sees", [True, False])
def test_writes_of_neighbours_that_nobody_could_tell_apart_are_asked_about_before(
    cut: Cut, mariadb: DatabaseServer, *, sees: bool
) -> None:
    """The position of the binlog may be seen, and not its events."""
    rights = "SELECT, BINLOG MONITOR, RELOAD, SLAVE MONITOR" + (", PROCESS" if sees else "")
    mariadb.execute("CREATE OR REPLACE USER 'sees_little'@'localhost' IDENTIFIED BY 'x'")
    mariadb.execute(f"GRANT {rights} ON *.* TO 'sees_little'@'localhost'")
    cut.environment["LEGACY_URL"] = cut.shop.source_url.replace("root@", "sees_little:x@")
    try:
        with neighbour(cut) as url, connect_mysql(url):
            (said,) = cut.run({"options": cut.options("maintenance")})
        if sees:
            assert said.get("code") == 1, said
            assert "neighbours: other databases of the server are in use" in said["error"]
            assert not any(line.startswith("verifying") for line in said["told"])
        else:
            assert any("was not seen" in line and "PROCESS" in line for line in said["told"]), said
    finally:
        mariadb.execute("DROP USER 'sees_little'@'localhost'")


@pytest.mark.slow
def test_an_administrator_by_a_role_is_not_bound_by_read_only(cut: Cut) -> None:
    role = f"boss_{cut.php_user}"
    cut.shop.source(
        f"CREATE ROLE {role}",
        f"CREATE ROLE {role}_of",
        f"GRANT READ_ONLY ADMIN ON *.* TO {role}_of",
        f"GRANT {role}_of TO {role}",
        f"GRANT {role} TO '{cut.php_user}'@'localhost'",
        f"SET DEFAULT ROLE {role} FOR '{cut.php_user}'@'localhost'",
    )
    try:
        (failed,) = cut.run({"options": cut.options("read-only", php_users=[cut.account])})
        assert failed.get("code") == 1, failed
        assert f"read_only does not bind '{cut.php_user}'@'localhost'" in failed["error"]
        # Nobody has said who PHP is, and it is not connected: whom it does not bind is told.
        (told,) = cut.run({"options": cut.options("read-only", rehearse=True)})
        assert any(f"does not bind '{cut.php_user}'@'localhost'" in line for line in told["told"])
    finally:
        cut.shop.source(f"DROP ROLE {role}", f"DROP ROLE {role}_of")


@pytest.mark.slow
def test_a_connected_administrator_is_found_by_the_pattern_of_its_host(cut: Cut) -> None:
    account = f"'{cut.php_user}_b'@'local%'"
    cut.shop.source(
        f"CREATE USER {account} IDENTIFIED BY '{PASSWORD}'",
        f"GRANT ALL PRIVILEGES ON *.* TO {account}",
    )
    url = cut.php_url.replace(f"{cut.php_user}:", f"{cut.php_user}_b:")
    try:
        with connect_mysql(url):
            (failed,) = cut.run({"options": cut.options("read-only")})
        assert failed.get("code") == 1, failed
        assert f"read_only does not bind {account}" in failed["error"]
    finally:
        cut.shop.source(f"DROP USER {account}")
