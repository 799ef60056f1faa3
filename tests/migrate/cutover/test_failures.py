"""A cutover that fails, is stopped or is killed at any state gives the source back as it was."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from migrate.servers import MariaDB
from tests.migrate.conftest import make_shop
from tests.migrate.cutover.conftest import Cut, make_cut
from tests.migrate.cutover.test_cutover import METHODS
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS

STATES = [
    "checking", "verifying", "catching-up", "freezing", "frozen", "proving", "closing", "reporting",
]  # fmt: skip
FROZEN = STATES[STATES.index("freezing") :]
APPLIED = {
    "read-only": "SET GLOBAL read_only",
    "revoke": "REVOKE",
    "maintenance": "maintenance",
}
"""Told when a part of the freeze has been done."""


@pytest.mark.parametrize("method", [pytest.param(METHODS[0], marks=pytest.mark.slow), METHODS[1]])
def test_killed_while_it_freezes_it_is_undone_by_another_process(cut: Cut, method: str) -> None:
    before = cut.grants()
    case = {"options": cut.options(method), "at": ["freezing", APPLIED[method]], "how": "killed"}
    killed, undone = cut.run(case, {"do": "undo"})
    assert killed == {"killed": 9}
    assert undone["state"] == "undone", undone
    assert cut.can_write()
    assert cut.grants() == before


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_killed_at_any_state_the_freeze_can_be_undone_and_grants_are_as_before(
    cut: Cut, method: str
) -> None:
    before = cut.grants()
    options = cut.options(method)
    moments = [(state, "") for state in STATES] + [("freezing", APPLIED[method])]
    for state, part in moments:
        case: dict[str, Any] = {"options": options, "at": [state, part], "how": "killed"}
        (killed,) = cut.run(case)
        assert killed == {"killed": 9}, (state, part, killed)
        known = cut.state()
        assert known[0] == state
        frozen = state in FROZEN
        assert known[1] == frozen, f"{state}: the recipe is not in the ledger when it should be"
        if state in FROZEN[1:] and method != "maintenance":
            assert not cut.can_write()
        (undone,) = cut.run({"do": "undo"})
        assert undone.get("state") == "undone" if frozen else "no freeze to undo" in undone["error"]
        assert cut.can_write()
        assert cut.grants() == before
    cut.php("INSERT INTO makers VALUES (60, 'After', 6)")
    (done,) = cut.run({"options": options})
    assert done.get("state") == "done", done
    assert cut.same()


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS[:2])
def test_killed_at_any_frozen_state_the_same_command_goes_on_from_there(
    cut: Cut, method: str
) -> None:
    before = cut.grants()
    cases: list[dict[str, Any]] = [
        {"options": cut.options(method), "at": [state, ""], "how": "killed"}
        for state in ("verifying", *FROZEN)
    ]
    assert all(answer == {"killed": 9} for answer in cut.run(*cases))
    assert not cut.can_write()
    (done,) = cut.run({"options": cut.options(method)})
    assert done.get("state") == "done", done
    assert any("going on from there" in line for line in done["told"])
    assert not any(line.startswith("verifying") for line in done["told"])
    assert cut.same()
    # How it was before the first freeze, not how an earlier attempt had left it.
    (undone,) = cut.run({"do": "undo", "after_done": True})
    assert undone["state"] == "undone", undone
    assert cut.can_write()
    assert cut.grants() == before


@pytest.mark.slow
@pytest.mark.parametrize("how", ["raised", "stopped"])
def test_failed_at_any_state_the_source_is_given_back_by_the_same_process(
    cut: Cut, how: str
) -> None:
    before = cut.grants()
    for state in STATES if how == "raised" else ["verifying", "frozen", "closing"]:
        case = {"options": cut.options("read-only"), "at": [state, ""], "how": how}
        (failed,) = cut.run(case)
        assert failed.get("raised") or failed.get("code") == 7, (state, failed)
        assert cut.state()[0:2] == ("failed", False)
        assert cut.can_write(), state
    assert cut.grants() == before


@pytest.mark.slow
@pytest.mark.parametrize("state", ["frozen", "reporting"])
def test_the_target_is_lost_in_the_pause_and_the_source_is_given_back_all_the_same(
    cut: Cut, state: str
) -> None:
    case = {"options": cut.options("read-only"), "at": [state, ""], "how": "target lost"}
    (failed,) = cut.run(case)
    assert failed.get("code") == 5, failed
    assert cut.can_write()
    # The ledger could not be told: whoever undoes it once more does no harm.
    assert cut.state()[0:2] == (state, True)
    cut.php("UPDATE icons SET size = 44 WHERE id = 2")
    undone, done = cut.run({"do": "undo"}, {"options": cut.options("read-only")})
    assert undone["state"] == "undone"
    assert done.get("state") == "done", done
    assert cut.same()


@pytest.mark.slow
def test_a_connection_that_is_lost_at_the_commit_of_the_switch_is_asked_about(cut: Cut) -> None:
    cut.shop.target(
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.state = 'done' THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;"
        " RETURN NULL; END $$"
    )
    cut.shop.target(
        "CREATE CONSTRAINT TRIGGER lose AFTER UPDATE ON delamp_cutover DEFERRABLE"
        " INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lose()"
    )
    (failed,) = cut.run({"options": cut.options("read-only")})
    assert failed.get("code") == 5, failed
    assert cut.can_write()
    assert cut.state()[0] == "reporting"
    assert cut.shop.target("SELECT count(*) FROM delamp_owned") == [(0,)]
    cut.shop.target("DROP TRIGGER lose ON delamp_cutover")
    (done,) = cut.run({"options": cut.options("read-only")})
    assert done.get("state") == "done", done
    assert cut.same()


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS[1:])
def test_a_source_that_is_away_for_a_moment_is_given_back_when_it_is_there_again(
    tmp_path: Path, target_db: str, method: str
) -> None:
    with MariaDB(relaxed=True, memory="32M") as server:
        url = server.create_database("shop")
        cut = make_cut(make_shop(tmp_path / "site", url, target_db, MODELS, MAPPINGS, *LEGACY))
        before = cut.grants()

        def bounce() -> None:
            known = "SELECT 1 FROM delamp_cutover WHERE state = 'proving'"
            until = time.monotonic() + 60
            while not cut.shop.target(known) and time.monotonic() < until:
                time.sleep(0.01)
            server.kill()
            time.sleep(3)
            server.restart()

        power = threading.Thread(target=bounce)
        power.start()
        case = {"options": cut.options(method), "at": ["proving", ""], "how": ["DO SLEEP(9)"]}
        (failed,) = cut.run(case)
        power.join()
        assert failed.get("code") == 4, failed
        assert cut.can_write()
        assert cut.grants() == before
        assert cut.state()[0:2] == ("failed", False)
        assert not (cut.shop.project.folder / "down").exists()


def test_damage_in_the_target_ends_it_before_the_freeze(cut: Cut) -> None:
    cut.shop.target("UPDATE shop_maker SET icons_count = 7 WHERE id = 1")
    (failed,) = cut.run({"options": cut.options("read-only")})
    assert failed.get("code") == 6, failed
    assert not any(line.startswith("freezing") for line in failed["told"])
    assert "icons_count" in failed["error"]


@pytest.mark.slow
@pytest.mark.parametrize("state", ["proving"])
def test_a_row_that_is_damaged_in_the_pause_ends_it_and_gives_back(cut: Cut, state: str) -> None:
    """The pause verifies what changed since, and this row did."""
    # After what changed before the freeze was verified, and right before nobody can write.
    late = {"options": cut.options("read-only"), "at": ["freezing", "to undo by hand"]}
    (failed,) = cut.run(late | {"how": ["UPDATE icons SET size = 77 WHERE id = 1"], "spoil": state})
    assert failed.get("code") == 6, failed
    assert cut.can_write()
    assert cut.state()[0:2] == ("failed", False)


@pytest.mark.slow
def test_a_write_of_an_administrator_to_the_frozen_source_is_seen(cut: Cut) -> None:
    case = {"options": cut.options("read-only"), "at": ["proving", ""]}
    (failed,) = cut.run(case | {"how": ["UPDATE icons SET size = 5 WHERE id = 2"]})
    assert failed.get("code") == 4, failed
    assert "binlog position has moved" in failed["error"]
    assert cut.can_write()


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_killed_right_after_the_switch_django_is_open_and_php_is_not(cut: Cut, method: str) -> None:
    case = {"options": cut.options(method), "dies": "done"}
    killed, again, refused = cut.run(case, {"options": cut.options(method)}, {"do": "undo"})
    assert killed == {"killed": 9}
    assert again.get("state") == "done", again
    assert again["pause"] > 0
    assert "it is done" in refused["error"], refused
    if method != "maintenance":
        assert not cut.can_write()
    assert cut.shop.target("SELECT count(*) FROM delamp_owned") == [(4,)]
    (undone,) = cut.run({"do": "undo", "after_done": True})
    assert undone.get("state") == "undone", undone
    assert cut.can_write()
    assert cut.shop.target("SELECT count(*) FROM delamp_owned") == [(0,)]


COMMITTING = """
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.state = 'done' THEN PERFORM pg_notify('switching', ''), pg_sleep(6); END IF;
  RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER wait AFTER UPDATE ON delamp_cutover DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION wait();
"""


@pytest.mark.slow
def test_killed_within_the_commit_of_the_switch_never_both_sides_are_open(cut: Cut) -> None:
    """PostgreSQL goes on with a COMMIT whose client is gone."""
    cut.shop.target(COMMITTING)
    case = {"options": cut.options("read-only"), "dies": "reporting", "dies_after_seconds": 3.0}
    (killed,) = cut.run(case)
    assert killed == {"killed": 9}
    assert not cut.can_write()
    time.sleep(7)
    cut.shop.target("DROP TRIGGER wait ON delamp_cutover")
    done = cut.state()[0] == "done"
    (again,) = cut.run({"options": cut.options("read-only")})
    assert again.get("state") == "done", again
    # Killed before the COMMIT on a slow machine, it goes on where it was.
    assert done == ("freezing: " not in again["told"])
    assert not cut.can_write()


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_an_undo_that_is_killed_is_undone_by_the_next(cut: Cut, method: str) -> None:
    before = cut.grants()
    options = cut.options(method)
    for statements in (0, 1, 2):
        killed, half, undone = cut.run(
            {"options": options, "dies": "closing"},
            {"do": "undo", "dies_after_statements": statements},
            {"do": "undo"},
        )
        assert killed == {"killed": 9}
        if half == {"killed": 9}:
            assert undone.get("state") == "undone", (statements, undone)
        else:
            # There were fewer statements than that: it was done at once.
            assert half.get("state") == "undone", (statements, half)
        assert cut.can_write()
        assert cut.grants() == before
