"""`delamp cutover`, to its end: whatever PHP wrote until the freeze is in Django, and no more."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pymysql
import pytest

from tests.fix_servers import connect_mysql
from tests.migrate.conftest import Shop
from tests.migrate.cutover.conftest import ACCEPT, Cut, make_cut, tidy
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS

METHODS = ["read-only", "revoke", "maintenance"]
QUICK_FIRST = [METHODS[0], *(pytest.param(m, marks=pytest.mark.slow) for m in METHODS[1:])]


@pytest.mark.parametrize("method", QUICK_FIRST)
def test_every_way_to_freeze_ends_in_a_target_that_is_the_same(cut: Cut, method: str) -> None:
    cut.php("UPDATE icons SET title = 'house' WHERE id = 1", "DELETE FROM icons WHERE id = 3")
    late = ["INSERT INTO makers VALUES (50, 'Late', 5)", "UPDATE icons SET maker_id = 50"]
    case = {"options": cut.options(method), "at": ["catching-up", ""], "how": late}
    done, again = cut.run(case, case)
    assert done.get("state") == "done", (done.get("error"), done["told"][-4:])
    assert done["method"] == method
    assert done["pause"] < 30
    assert cut.same()
    assert cut.shop.target("SELECT icons_count FROM shop_maker WHERE id = 50") == [(3,)]
    assert cut.can_write() == (method == "maintenance")
    assert cut.state()[0:2] == ("done", True)
    assert again["state"] == "done"
    assert again["told"] == []
    assert cut.shop.target("SELECT count(*) FROM delamp_owned") == [(4,)]


@pytest.mark.slow
@pytest.mark.mysql56
def test_mysql_56_is_frozen_and_given_back_likewise(cut56: Cut) -> None:
    before = cut56.grants()
    late = ["UPDATE icons SET size = 11 WHERE id = 2"]
    case = {"options": cut56.options("revoke"), "at": ["catching-up", ""], "how": late}
    killed, undone, done = cut56.run(
        case | {"at": ["proving", ""], "how": "killed"}, {"do": "undo"}, case
    )
    assert killed == {"killed": 9}
    assert undone["state"] == "undone"
    assert done.get("state") == "done", (done.get("error"), done["told"][-4:])
    assert cut56.same()
    assert not cut56.can_write()
    cut56.run({"do": "undo", "after_done": True})
    assert cut56.grants() == before
    assert cut56.can_write()


@pytest.mark.slow
@pytest.mark.parametrize("method", ["read-only", "revoke"])
def test_a_session_that_was_open_at_the_freeze_cannot_write_on(cut: Cut, method: str) -> None:
    with connect_mysql(cut.php_url, autocommit=False) as open_session:
        cursor = open_session.cursor()
        cursor.execute("UPDATE icons SET size = 99 WHERE id = 1")
        (done,) = cut.run({"options": cut.options(method)})
        assert done.get("state") == "done", (done.get("error"), done["told"][-4:])
        with pytest.raises(pymysql.MySQLError):
            open_session.commit()
    assert cut.shop.source("SELECT size FROM icons WHERE id = 1") == [(10,)]
    assert any("killed" in line for line in done["told"])
    assert cut.same()


@contextmanager
def writing(cut: Cut) -> Iterator[list[int]]:
    """Four sessions of PHP that write until they are refused; how many writes were committed."""
    stop, counts = threading.Event(), [0] * 4

    def write(n: int) -> None:
        chance = random.Random(n)
        try:
            with connect_mysql(cut.php_url) as connection, connection.cursor() as cursor:
                while not stop.wait(0.02):
                    key = 1000 * (n + 1) + counts[n]
                    for statement in (
                        f"INSERT INTO makers VALUES ({key}, 'm{key}', 1)",
                        f"INSERT INTO icons VALUES ({key}, 't{key}', 's{key}', {key}, {n})",
                        f"UPDATE icons SET size = size + 1 WHERE id = {chance.randint(1, 4)}",
                        f"DELETE FROM icons WHERE id = {key - 5}",
                        f"DELETE FROM makers WHERE id = {key - 9}",
                    ):
                        cursor.execute(statement)
                    counts[n] += 1
        except pymysql.MySQLError as error:
            assert error.args[0] in (1290, 1142, 1044, 2006, 2013), error

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(0.3)
        yield counts
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.slow
@pytest.mark.parametrize("method", ["read-only", "revoke"])
def test_with_php_writing_all_the_time_nothing_is_lost(cut: Cut, method: str) -> None:
    with writing(cut) as counts:
        (done,) = cut.run({"options": cut.options(method)})
    assert done.get("state") == "done", (done.get("error"), done["told"][-4:])
    assert min(counts) > 5
    assert done["report"]["proof"]["changed_rows"] > 0
    assert done["pause"] < 10
    assert cut.same()


@pytest.mark.slow
def test_maintenance_in_which_somebody_writes_on_is_given_up(cut: Cut) -> None:
    flag = cut.shop.project.folder / "down"
    with writing(cut):
        (failed,) = cut.run({"options": cut.options("maintenance")})
        assert failed.get("code") == 4, failed
        assert "and yet" in failed["error"]
    assert not flag.exists()
    assert cut.state()[0:2] == ("failed", False)


@pytest.mark.slow
def test_a_file_may_say_that_php_is_in_maintenance(cut: Cut) -> None:
    flag = cut.shop.project.folder / "is-down"
    options: dict[str, Any] = {"freeze": "maintenance", "accept": ACCEPT}
    options |= {"maintenance_done_file": str(flag), "maintenance_seconds": 0.5}
    (failed,) = cut.run({"options": options})
    assert failed.get("code") == 1, failed
    assert "no file" in failed["error"]
    assert any("take PHP out of maintenance now" in line for line in failed["told"])
    flag.touch()
    (done,) = cut.run({"options": options})
    assert done.get("state") == "done", (done.get("error"), done["told"][-4:])


@pytest.mark.slow
def test_a_rehearsal_leaves_everything_as_it_was(cut: Cut) -> None:
    before = cut.grants()
    options = cut.options("read-only", rehearse=True, rollback_window=True)
    cut.php("UPDATE icons SET size = 12 WHERE id = 2")
    plain, frozen = cut.run({"options": options}, {"options": options | {"rehearse_freeze": True}})
    assert plain.get("state") == "rehearsed", (plain.get("error"), plain["told"][-4:])
    assert plain["pause"] is None
    assert plain["report"]["expected_pause_seconds"] > 0
    assert frozen.get("state") == "rehearsed", (frozen.get("error"), frozen["told"][-4:])
    assert frozen["pause"] > 0
    assert cut.state()[0:2] == ("rehearsed", False)
    assert cut.can_write()
    assert cut.grants() == before
    assert cut.shop.target("SELECT count(*) FROM delamp_owned") == [(0,)]
    assert cut.shop.target("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'delamp%'") == [(0,)]
    assert cut.shop.findings() == []
    assert cut.same()


@pytest.mark.slow
def test_the_rollback_window_logs_what_django_changes_from_the_switch_on(cut: Cut) -> None:
    (done,) = cut.run({"options": cut.options("read-only", rollback_window=True)})
    assert done.get("state") == "done", (done.get("error"), done["told"][-4:])
    assert cut.shop.target("SELECT count(*) FROM delamp_change") == [(0,)]
    cut.shop.target("UPDATE shop_icon SET size = 3 WHERE id = 1")
    assert cut.shop.target("SELECT op, table_name FROM delamp_change") == [("U", "shop_icon")]


@pytest.mark.slow
def test_keys_go_on_behind_those_of_php(shop: Callable[..., Shop]) -> None:
    offset = MAPPINGS.replace(
        'source = "makers"', 'source = "makers"\n        id_offset = 1_000_000'
    )
    made = make_cut(shop(MODELS, offset, *LEGACY))
    try:
        made.php("INSERT INTO makers VALUES (17, 'Late', 5)", "DELETE FROM makers WHERE id = 17")
        made.php("INSERT INTO makers VALUES (11, 'Later', 5)")
        (done,) = made.run({"options": made.options("read-only")})
        assert done.get("state") == "done", (done.get("error"), done["told"][-4:])
        born = "INSERT INTO shop_maker (name, note, icons_count, weight) VALUES ('D', '', 0, 0)"
        assert made.shop.target(f"{born} RETURNING id") == [(12,)]
        (undone,) = made.run({"do": "undo", "after_done": True})
        assert undone.get("state") == "undone", undone
        # PHP gives the keys behind 12 again.
        next_born = born.replace("'D'", "'E'")
        assert made.shop.target(f"{next_born} RETURNING id")[0][0] > 1_000_000
    finally:
        tidy(made)


@pytest.mark.slow
def test_a_freeze_that_somebody_ends_in_the_pause_is_seen(cut: Cut) -> None:
    case = {"options": cut.options("read-only"), "at": ["closing", ""]}
    (failed,) = cut.run(case | {"how": ["SET GLOBAL read_only = 0"]})
    assert failed.get("code") == 4, failed
    assert "no longer frozen" in failed["error"]


@pytest.mark.slow
def test_a_rehearsal_that_is_killed_while_frozen_is_undone(cut: Cut) -> None:
    options = cut.options("read-only", rehearse=True, rehearse_freeze=True)
    case = {"options": options, "at": ["proving", ""], "how": "killed"}
    killed, refused, undone = cut.run(case, {"options": cut.options("read-only")}, {"do": "undo"})
    assert killed == {"killed": 9}
    assert "rehearsal may have left the source frozen" in refused["error"]
    assert undone["state"] == "undone"
    assert cut.can_write()


@pytest.mark.slow
def test_an_administrator_is_not_bound_by_read_only_which_is_said(cut: Cut) -> None:
    cut.shop.source(f"GRANT ALL PRIVILEGES ON *.* TO '{cut.php_user}'@'localhost'")
    options = cut.options("read-only", php_users=[cut.account])
    (failed,) = cut.run({"options": options})
    assert failed["code"] == 1, failed
    assert "read_only does not bind" in failed["error"]
    assert cut.php_user in failed["error"]


def test_a_check_that_fails_says_how_it_is_accepted(cut: Cut) -> None:
    (failed,) = cut.run({"options": cut.options("read-only", accept=["disk"])})
    assert failed["code"] == 1, failed
    assert "1 rows are refused" in failed["error"]
    for name in set(ACCEPT) - {"disk"}:
        assert f"--accept {name}" in failed["hint"]


@pytest.mark.slow
def test_a_pause_that_would_be_too_long_is_not_begun(cut: Cut) -> None:
    (failed,) = cut.run({"options": cut.options("read-only", max_pause_seconds=0.01)})
    assert failed["code"] == 1, failed
    assert "pause would be too long" in failed["error"]
    assert not any(line.startswith("freezing") for line in failed["told"])


@pytest.mark.slow
def test_a_log_that_is_rotated_in_the_pause_is_no_write(cut: Cut) -> None:
    case = {"options": cut.options("read-only"), "at": ["proving", ""], "how": ["FLUSH LOGS"]}
    (done,) = cut.run(case)
    assert done.get("state") == "done", (done.get("error"), done["told"][-4:])


@pytest.mark.slow
def test_a_pause_that_becomes_too_long_is_given_up(cut: Cut) -> None:
    options = cut.options("read-only")
    killed, failed = cut.run(
        {"options": options, "at": ["frozen", ""], "how": "killed"},
        {"options": options | {"max_pause_seconds": 0.05}},
    )
    assert killed == {"killed": 9}
    assert failed.get("code") == 1, failed
    assert "longer than 0.05 s" in failed["error"]
    assert cut.state()[0:2] == ("failed", False)
    assert cut.can_write()


@pytest.mark.slow
def test_the_commands_cut_over_show_and_undo(cut: Cut) -> None:
    accept = [part for name in ACCEPT for part in ("--accept", name)]
    said = cut.shop.delamp("cutover", "--freeze", "read-only", *accept, code=2)
    assert "--yes" in said
    said = cut.shop.delamp("cutover", "--yes", "--freeze", "read-only", *accept)
    assert "write pause:" in said
    assert "SET GLOBAL read_only = 0;" in cut.shop.delamp("status")
    assert "--yes" in cut.shop.delamp("cutover", "--undo", code=1)
    assert "PHP can write" in cut.shop.delamp("cutover", "--undo", "--yes")
    assert cut.can_write()
    assert "cutover 1 undone" in cut.shop.delamp("status")
