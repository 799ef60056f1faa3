"""A cutover among locks, neighbours, followers and networks that fail at the worst moment."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import pytest

from tests.fix_servers import DATABASE_NUMBERS, connect_mysql
from tests.migrate.conftest import Shop
from tests.migrate.cutover.conftest import ACCEPT, PASSWORD, Cut, make_cut, tidy
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS

BEFORE_FREEZE = ["freezing", "to undo by hand"]
CHANGE = "UPDATE icons SET size = 4242 WHERE id = 2"


class LateCommit:
    """Carries bytes to PostgreSQL. At the COMMIT of the switch the client loses its connection, and
    the server receives the COMMIT seconds later."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.sent = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self.server)
            threading.Thread(target=self._up, args=(near, far), daemon=True).start()
            threading.Thread(target=self._down, args=(far, near), daemon=True).start()

    def _up(self, near: socket.socket, far: socket.socket) -> None:
        switching = False
        try:
            while data := near.recv(65536):
                switching = switching or b"SET LOCAL lock_timeout" in data
                if switching and data[5:11] == b"COMMIT":
                    near.shutdown(socket.SHUT_RDWR)
                    time.sleep(3)
                    far.sendall(data)
                    self.sent.set()
                    time.sleep(1)
                    break
                far.sendall(data)
        except OSError:
            self.sent.set()
        far.close()
        near.close()

    def _down(self, far: socket.socket, near: socket.socket) -> None:
        try:
            while data := far.recv(65536):
                near.sendall(data)
            near.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.mark.slow
def test_a_commit_that_arrives_after_the_connection_is_lost_never_opens_both_sides(
    cut: Cut,
) -> None:
    parts = urlsplit(cut.shop.target_url)
    query = parse_qs(parts.query)
    port = parts.port or query.get("port", ["5432"])[0]
    relay = LateCommit(f"{query['host'][0]}/.s.PGSQL.{port}")
    cut.environment["DATABASE_URL"] = f"postgresql://postgres@127.0.0.1:{relay.port}{parts.path}"
    (said,) = cut.run({"options": cut.options("read-only")})
    assert relay.sent.wait(10), said
    relay.close()
    time.sleep(1)
    done = cut.state()[0] == "done"
    assert cut.can_write() != done
    assert (cut.shop.target("SELECT count(*) FROM delamp_owned") == [(4,)]) == done


ROW_LOCKED = {
    "at": BEFORE_FREEZE,
    "how": [CHANGE],
    "hold": "SELECT 1 FROM shop_icon WHERE id = 2 FOR UPDATE",
}
TABLE_LOCKED = {"at": ["proving", ""], "how": [], "hold": "LOCK TABLE shop_icon"}


@pytest.mark.slow
@pytest.mark.parametrize("locked", [ROW_LOCKED, TABLE_LOCKED], ids=["last catch-up", "proof"])
def test_a_lock_in_the_target_keeps_the_source_frozen_no_longer_than_max_pause(
    cut: Cut, locked: dict[str, Any]
) -> None:
    options = cut.options("read-only")
    changed = {"options": options, "at": BEFORE_FREEZE, "how": [CHANGE], "dies": "frozen"}
    short = {"options": options | {"max_pause_seconds": 6}}
    if locked is TABLE_LOCKED:
        cut.run(changed)
    began = time.monotonic()
    (failed,) = cut.run(short | locked)
    assert time.monotonic() - began < 60
    assert failed.get("code") == 1, failed
    assert "longer than 6 s" in failed["error"]
    assert cut.can_write()
    assert cut.state()[0:2] == ("failed", False)


@pytest.mark.slow
def test_nobody_follows_between_the_last_catch_up_and_the_switch(cut: Cut) -> None:
    case = {"options": cut.options("read-only"), "at": ["closing", ""], "how": "followed"}
    (done,) = cut.run(case)
    assert done.get("state") == "done", (done.get("error"), done["told"][-4:])
    assert "followed" not in done["told"]
    assert any("another delamp run is active" in line for line in done["told"])


@pytest.mark.slow
def test_tables_without_a_key_are_compared_by_a_cutover_that_is_resumed(
    shop: Callable[..., Shop],
) -> None:
    keyless = [s.replace(", PRIMARY KEY (icon_id, word)", "") for s in LEGACY]
    made = make_cut(shop(MODELS, MAPPINGS, *keyless))
    try:
        options = made.options("read-only", accept=[*ACCEPT, "keyless"])
        late = {"at": BEFORE_FREEZE, "how": ["INSERT INTO tags VALUES (1, 'late')"]}
        killed, done = made.run({"options": options, "dies": "frozen"} | late, {"options": options})
        assert killed == {"killed": 9}
        assert done.get("state") == "done", done
        assert made.same()
        assert made.shop.target("SELECT count(*) FROM shop_tag WHERE word = 'late'") == [(1,)]
    finally:
        tidy(made)


@contextmanager
def neighbour(cut: Cut) -> Iterator[str]:
    """The URL of another application's database on the same server."""
    name = f"other_{os.getpid()}_{next(DATABASE_NUMBERS)}"
    cut.shop.source(
        f"CREATE DATABASE {name}",
        f"CREATE TABLE {name}.t (a INT) ENGINE=InnoDB",
        f"CREATE USER '{name}'@'localhost' IDENTIFIED BY '{PASSWORD}'",
        f"GRANT ALL ON {name}.* TO '{name}'@'localhost'",
    )
    parts = urlsplit(cut.php_url)
    place = parts.netloc.rpartition("@")[2]
    try:
        yield urlunsplit(parts._replace(netloc=f"{name}:{PASSWORD}@{place}", path=f"/{name}"))
    finally:
        cut.shop.source(f"DROP DATABASE {name}", f"DROP USER '{name}'@'localhost'")


@pytest.mark.slow
@pytest.mark.parametrize("method", ["revoke", "maintenance"])
def test_transactions_of_other_applications_are_left_alone(cut: Cut, method: str) -> None:
    with neighbour(cut) as url, connect_mysql(url, autocommit=False) as other:
        other.cursor().execute("INSERT INTO t VALUES (1)")
        (done,) = cut.run({"options": cut.options(method)})
        assert done.get("state") == "done", (done.get("error"), done["told"][-4:])
        other.commit()
        assert not any("killed" in line for line in done["told"])


@pytest.mark.slow
@pytest.mark.parametrize("method", ["revoke", "maintenance"])
def test_other_applications_may_write_on_while_php_is_frozen(cut: Cut, method: str) -> None:
    stop = threading.Event()

    def write(url: str) -> None:
        with connect_mysql(url) as other:
            while not stop.wait(0.1):
                other.cursor().execute("INSERT INTO t VALUES (1)")

    with neighbour(cut) as url:
        writer = threading.Thread(target=write, args=(url,))
        writer.start()
        try:
            (done,) = cut.run({"options": cut.options(method)})
        finally:
            stop.set()
            writer.join()
    assert done.get("state") == "done", (done.get("error"), done["told"][-4:])
    assert done["pause"] < 20
    assert cut.same()


@pytest.mark.slow
def test_another_server_than_was_frozen_is_left_alone_unless_it_is_asked_for(cut: Cut) -> None:
    (killed,) = cut.run({"options": cut.options("read-only"), "dies": "frozen"})
    assert killed == {"killed": 9}
    cut.shop.target(
        """UPDATE delamp_cutover SET undo = jsonb_set(undo, '{server}', '"elsewhere:3306:/db"')"""
    )
    refused, undone = cut.run({"do": "undo"}, {"do": "undo", "anywhere": True})
    assert refused.get("code") == 4, refused
    assert "elsewhere:3306:/db" in refused["error"]
    assert "--undo --yes" in refused["hint"]
    assert undone.get("state") == "undone", undone
    assert cut.can_write()


@pytest.mark.slow
def test_a_verification_of_before_the_notes_ended_does_not_count(cut: Cut) -> None:
    options = cut.options("read-only", reuse_verification_hours=1000)
    (killed,) = cut.run({"options": options, "dies": "frozen"})
    assert killed == {"killed": 9}
    cut.shop.target("UPDATE delamp_cutover SET started_at = started_at - interval '4 days'")
    (done,) = cut.run({"options": options})
    assert done.get("state") == "done", (done.get("error"), done["told"][-4:])
    assert "verifying: " in done["told"]
