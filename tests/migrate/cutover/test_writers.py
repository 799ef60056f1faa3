"""Who writes between the checks and the switch ends the cutover, and the source is given back."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest

from migrate.cutover.freezing.accounts import may_give, parse_grant
from tests.fix_servers import connect_mysql
from tests.migrate.cutover.conftest import ACCEPT, PASSWORD, Cut


@pytest.mark.parametrize(
    ("ours", "theirs", "given"),
    [
        ("*.*", "`a`.*", True),
        ("`a`.*", "*.*", False),
        ("`a`.*", "`a`.`t`", True),
        ("`a`.*", "PROCEDURE `a`.`p`", True),
        (r"`a\_b`.*", r"`a\_b`.*", True),
        (r"`a\_b`.*", "`axb`.`t`", False),
        ("`a%`.*", "`axb`.*", True),
        ("`a`.`t`", "`a`.*", False),
        ("`a`.`t`", "`a`.`u`", False),
    ],
)
def test_a_right_may_be_given_back_by_who_has_it_there(ours: str, theirs: str, given: bool) -> None:
    line = f"GRANT INSERT, DELETE ON {ours} TO `me`@`%` WITH GRANT OPTION"
    held = [grant for text in (line, line[:-18]) if (grant := parse_grant(text))]
    assert may_give(held, "INSERT (b)", theirs) == given
    assert not may_give(held, "EXECUTE", theirs)
    assert not may_give(held[1:], "INSERT", theirs)


@pytest.mark.slow
@pytest.mark.parametrize(("takes", "enough"), [("EXECUTE, INSERT", True), ("INSERT", False)])
def test_what_is_revoked_can_be_given_back_by_whoever_revokes(
    cut: Cut, takes: str, enough: bool
) -> None:
    """PHP has all rights, delamp those to write alone."""
    mover = f"'{cut.php_user}_m'@'localhost'"
    cut.shop.source(
        f"CREATE USER {mover} IDENTIFIED BY '{PASSWORD}'",
        "GRANT SELECT, RELOAD, PROCESS, REPLICATION CLIENT, REPLICATION SLAVE, SUPER,"
        f" CONNECTION ADMIN ON *.* TO {mover}",
        f"GRANT UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, {takes} ON *.* TO {mover}"
        " WITH GRANT OPTION",
    )
    before, parts = cut.grants(), urlsplit(cut.shop.source_url)
    place = parts.netloc.rpartition("@")[2]
    login = f"{cut.php_user}_m:{PASSWORD}@{place}"
    cut.environment["LEGACY_URL"] = urlunsplit(parts._replace(netloc=login))
    try:
        rehearsal = {"rehearse": True, "rehearse_freeze": True}
        options = cut.options("revoke", **rehearsal, accept=[*ACCEPT, "events", "replica"])
        (said,) = cut.run({"options": options})
        assert (said.get("state") == "rehearsed") == enough, said
        assert enough or "EXECUTE ON" in said["error"]
        assert cut.can_write()
        assert cut.grants() == before
    finally:
        cut.shop.source(f"DROP USER {mover}")


@pytest.mark.slow
def test_a_transaction_that_was_prepared_after_the_checks_ends_it_before_the_switch(
    cut: Cut,
) -> None:
    """After a revoke, too, anybody may commit it."""
    prepare = ["XA START 'late'", "INSERT INTO makers VALUES (71, 'late', 1)", "XA END 'late'"]
    late = {"at": ["catching-up", ""], "how": [*prepare, "XA PREPARE 'late'"]}
    try:
        (failed,) = cut.run({"options": cut.options("revoke")} | late)
        assert failed.get("code") == 1, failed
        assert "prepared: 1 prepared XA transactions" in failed["error"]
        assert cut.can_write()
    finally:
        cut.shop.source("XA ROLLBACK 'late'")


@pytest.mark.slow
def test_what_php_has_written_and_not_committed_ends_a_cutover_in_maintenance(cut: Cut) -> None:
    with connect_mysql(cut.php_url, autocommit=False) as php:

        def write() -> None:
            known = "SELECT 1 FROM delamp_cutover WHERE state = 'proving'"
            until = time.monotonic() + 60
            while not cut.shop.target(known) and time.monotonic() < until:
                time.sleep(0.01)
            php.cursor().execute("UPDATE icons SET size = 4343 WHERE id = 2")

        writer = threading.Thread(target=write)
        writer.start()
        case = {"options": cut.options("maintenance"), "at": ["proving", ""]}
        (failed,) = cut.run(case | {"how": ["SELECT SLEEP(2)"]})
        writer.join()
        assert failed.get("code") == 4, failed
        assert "no longer frozen by maintenance" in failed["error"]
        php.commit()
    assert cut.state()[0:2] == ("failed", False)


@pytest.mark.slow
def test_a_write_while_the_switch_waits_for_a_lock_ends_it(cut: Cut) -> None:
    reader = psycopg2.connect(cut.shop.target_url)
    reader.cursor().execute("LOCK TABLE shop_icon IN ROW EXCLUSIVE MODE")
    waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'shop_icon'::regclass"

    def write() -> None:
        until = time.monotonic() + 60
        while not cut.shop.target(waiting) and time.monotonic() < until:
            time.sleep(0.02)
        cut.shop.source("UPDATE icons SET size = 999 WHERE id = 2")
        reader.close()

    writer = threading.Thread(target=write)
    writer.start()
    (failed,) = cut.run({"options": cut.options("read-only", rollback_window=True)})
    writer.join()
    assert failed.get("code") == 4, failed
    assert "something has written to the frozen source" in failed["error"]
    assert cut.can_write()
    assert cut.shop.target("SELECT count(*) FROM delamp_owned") == [(0,)]


@pytest.mark.slow
def test_a_terminal_that_is_closed_in_the_pause_gives_the_source_back(cut: Cut) -> None:
    code = "import sys; from migrate.cli.main import main; sys.argv[0] = 'delamp'; main()"
    accepted = [part for name in ACCEPT for part in ("--accept", name)]
    with subprocess.Popen(
        [sys.executable, "-c", code, "cutover", "--yes", "--freeze", "read-only", *accepted],
        cwd=cut.shop.project.folder, env=cut.shop.project.all_variables(),
        stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        for line in process.stderr:
            if "SET GLOBAL read_only = 1" in line:
                break
        process.send_signal(signal.SIGHUP)
        process.stderr.read()
    assert process.returncode == 7
    assert cut.can_write()
    assert cut.state()[0:2] == ("failed", False)
