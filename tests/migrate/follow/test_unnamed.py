"""Changes that no event names: tables made anew, given back, cascades, what Django refers to."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.fix_servers import DatabaseServer, connect_mysql
from tests.migrate.conftest import Shop
from tests.migrate.follow.conftest import COMMAND, checkpoint, following
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS

BINLOG = ("resync", "--strategy", "binlog")
NEW = (
    "CREATE TABLE icons_new LIKE icons",
    "INSERT INTO icons_new SELECT id, title, slug, maker_id, size + 1000 FROM icons",
)
ANEW = {
    "swapped": (*NEW, "RENAME TABLE icons TO icons_old, icons_new TO icons"),
    "dropped": (*NEW, "DROP TABLE icons", "CREATE TABLE icons LIKE icons_new",
                "DROP TABLE icons", "RENAME TABLE icons_new TO icons"),
    "partition": ("ALTER TABLE icons PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (2),"
                  " PARTITION b VALUES LESS THAN MAXVALUE)", "ALTER TABLE icons DROP PARTITION b"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("way", ANEW)
def test_a_table_that_is_made_anew_is_compared(loaded: Shop, way: str) -> None:
    loaded.delamp(*BINLOG)
    loaded.source(*ANEW[way])
    loaded.delamp(*BINLOG)
    good = loaded.source("SELECT id, size FROM icons WHERE maker_id < 9 ORDER BY id")
    assert loaded.target("SELECT id, size FROM shop_icon ORDER BY id") == good
    assert checkpoint(loaded)["suspect"] == {}
    assert loaded.findings() == []


def test_rows_of_before_an_alter_that_is_not_read_yet_are_brought_over(loaded: Shop) -> None:
    loaded.delamp(*BINLOG)
    loaded.source(
        "UPDATE makers SET name = 'before' WHERE id = 1",
        "ALTER TABLE makers ADD COLUMN colour INT FIRST",
        "UPDATE makers SET name = 'behind' WHERE id = 2",
    )
    with following(loaded) as follower:
        names = "SELECT name FROM shop_maker WHERE id < 3 ORDER BY id"
        follower.wait_for(names, [("before",), ("behind",)])
        code, said = follower.end()
    assert code == 0
    assert "compared as a whole" in said


def test_a_prepared_transaction_keeps_no_pass_from_its_end(loaded: Shop) -> None:
    with connect_mysql(loaded.source_url) as link, link.cursor() as cursor:
        for statement in (
            "XA START 'one'", "UPDATE icons SET size = 5 WHERE id = 1", "XA END 'one'",
            "XA PREPARE 'one'",
        ):  # fmt: skip
            cursor.execute(statement)
        try:
            loaded.source("UPDATE makers SET name = 'meanwhile' WHERE id = 3", "FLUSH LOGS")
            loaded.delamp(*BINLOG)
            name = "SELECT name FROM shop_maker WHERE id = 3"
            assert loaded.target(name) == [("meanwhile",)]
        except BaseException:
            cursor.execute("XA ROLLBACK 'one'")
            raise
        cursor.execute("XA COMMIT 'one'")
    loaded.delamp(*BINLOG)
    assert loaded.target("SELECT size FROM shop_icon WHERE id = 1") == [(5,)]


def test_children_that_replace_deletes_with_their_parent_leave(
    shop: Callable[..., Shop],
) -> None:
    legacy = [
        s.replace("text TEXT)", "text TEXT, FOREIGN KEY (icon_id) REFERENCES icons (id)"
                  " ON DELETE CASCADE)") if "TABLE comments" in s else s
        for s in LEGACY if "INTO comments" not in s
    ]  # fmt: skip
    made = shop(MODELS, MAPPINGS, *legacy, "INSERT INTO comments VALUES (1, 1, 'a'), (2, 3, 'b')")
    made.delamp("run", "-q")
    made.source("REPLACE INTO icons VALUES (1, 'home again', 'home', 1, 10)")
    assert "checksum" not in made.delamp(*BINLOG)
    assert made.target("SELECT id FROM shop_comment") == [(2,)]


@pytest.mark.slow
@pytest.mark.parametrize("way", ["own", "owner"])
def test_what_php_changed_in_a_table_of_djangos_is_there_once_it_is_given_back(
    loaded: Shop, way: str
) -> None:
    loaded.delamp(*BINLOG)
    if way == "own":
        loaded.delamp("own", "icons")
    else:
        owned = MAPPINGS.replace('"shop.Icon"\n\n', '"shop.Icon"\n        owner = "django"\n\n')
        assert owned != MAPPINGS
        loaded.project.write("shop/mappings.py", owned)
    loaded.target("UPDATE shop_icon SET size = 999 WHERE id = 1")
    loaded.source("UPDATE icons SET size = 777 WHERE id = 2")
    loaded.delamp(*BINLOG)
    if way == "own":
        loaded.delamp("own", "icons", "--give-back")
        assert checkpoint(loaded)["suspect"] == {"IconMapping": "given back to PHP"}
    else:
        loaded.project.write("shop/mappings.py", MAPPINGS)
    loaded.delamp(*BINLOG)
    got = loaded.target("SELECT id, size FROM shop_icon ORDER BY id")
    assert got == [(1, 10), (2, 777), (3, 30)]


def test_rows_that_tables_without_a_mapping_refer_to_stay_with_what_they_need(
    loaded: Shop,
) -> None:
    fk = "bigint REFERENCES {} (id) DEFERRABLE INITIALLY DEFERRED".format
    loaded.target(f"CREATE TABLE liked (id int PRIMARY KEY, icon_id {fk('shop_icon')})")
    loaded.target(f"ALTER TABLE shop_tag ADD COLUMN best_id {fk('shop_comment')}")
    loaded.target("INSERT INTO liked VALUES (1, 2)")
    loaded.target("UPDATE shop_tag SET best_id = 2 WHERE icon_id = 1")
    loaded.source("DELETE FROM makers", "DELETE FROM icons", "DELETE FROM comments")
    loaded.source("INSERT INTO makers VALUES (9, 'After', 5)")
    loaded.delamp(*BINLOG)
    assert loaded.target("SELECT id FROM shop_icon") == [(2,)]
    # Icon 2 needs its maker; the tag that refers to a comment has left with its icon.
    assert loaded.target("SELECT id FROM shop_maker ORDER BY id") == [(1,), (9,)]
    assert loaded.target("SELECT count(*) FROM shop_comment") == [(0,)]


@pytest.fixture
def late(mariadb: DatabaseServer, loaded: Shop) -> Iterator[Shop]:
    """A server that tells of a commit, and shows it four seconds later."""
    for name, value in (("wait_point", "'AFTER_SYNC'"), ("timeout", "4000")):
        mariadb.execute(f"SET GLOBAL rpl_semi_sync_master_{name} = {value}")
    mariadb.execute("SET GLOBAL rpl_semi_sync_master_wait_no_slave = ON")
    try:
        yield loaded
    finally:
        mariadb.execute("SET GLOBAL rpl_semi_sync_master_enabled = OFF")


FEW = """
import functools, os, sys
sys.path.insert(0, ".")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
import django
django.setup()
from migrate.binlog import BinlogStream
from migrate.follow import session
session.BinlogStream = functools.partial(BinlogStream, most_keys=2)
"""


@pytest.mark.slow
@pytest.mark.parametrize("process", [True, False])
def test_a_table_is_compared_after_the_commit_that_made_it_suspect(
    late: Shop, mariadb: DatabaseServer, monkeypatch: pytest.MonkeyPatch, *, process: bool
) -> None:
    if not process:
        mariadb.execute("CREATE OR REPLACE USER 'sees_less'@'localhost' IDENTIFIED BY 'x'")
        rights = "SELECT, REPLICATION SLAVE, REPLICATION CLIENT"
        mariadb.execute(f"GRANT {rights} ON *.* TO 'sees_less'@'localhost'")
        url = late.source_url.replace("root@", "sees_less:x@")
        late.project.environment["LEGACY_URL"] = url
    late.delamp(*BINLOG)
    monkeypatch.setattr("tests.migrate.follow.conftest.COMMAND", FEW + COMMAND)

    def write() -> None:
        with connect_mysql(late.source_url) as link, link.cursor() as cursor:
            cursor.execute("UPDATE icons SET size = size + 1000")

    with following(late) as follower:
        follower.begin()
        mariadb.execute("SET GLOBAL rpl_semi_sync_master_enabled = ON")
        writer = threading.Thread(target=write)
        writer.start()
        follower.wait_for("SELECT suspect ? 'IconMapping' FROM delamp_checkpoint", [(True,)])
        assert writer.is_alive()
        follower.wait_for("SELECT suspect = '{}' FROM delamp_checkpoint", [(True,)])
        writer.join()
        code, said = follower.end()
    assert code == 0, said
    assert late.target("SELECT min(size) FROM shop_icon") == [(1010,)]


PAUSED = """
import sys, threading, time
sys.path.insert(0, ".")
import django
django.setup()
from pathlib import Path
from migrate.config import load_config
from migrate.follow.following import follow
from migrate.follow.options import FollowOptions
from migrate.source import Source

config, stop, hold = load_config(), threading.Event(), Path("hold")
hold.write_text("")

def night():
    time.sleep(4)
    source = Source(config.source)
    own = int(source.value("SELECT CONNECTION_ID()"))
    for number, _, _, database, *_ in source.rows("SHOW PROCESSLIST"):
        if int(number) != own and (database or b"").decode() == config.source.database:
            source.rows(f"KILL {int(number)}")
    source.rows("UPDATE icons SET size = 5 WHERE id = 1")
    hold.unlink()
    time.sleep(4)
    stop.set()

threading.Thread(target=night, daemon=True).start()
options = FollowOptions(kill_switch=hold, reconnect_seconds=3)
print(follow(config, options, stop=stop, tell=print))
"""


def script(shop: Shop, text: str) -> str:
    """Run Python in the shop's project; what it said."""
    done = subprocess.run(
        [sys.executable, "-c", text],
        cwd=shop.project.folder,
        env=shop.project.all_variables() | {"DJANGO_SETTINGS_MODULE": "site_settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.slow
def test_a_connection_lost_in_a_long_pause_is_made_anew(loaded: Shop) -> None:
    script(loaded, PAUSED)
    assert loaded.target("SELECT size FROM shop_icon WHERE id = 1") == [(5,)]


OTHER = """
import sys
sys.path.insert(0, ".")
import django
django.setup()
from dataclasses import replace
from migrate.binlog import Changes, TableChanges
from migrate.config import load_config
from migrate.errors import DelampError
from migrate.follow.options import FollowOptions
from migrate.follow.session import Session
from migrate.follow.trouble import passes_by

session = Session(load_config(), FollowOptions())
there = replace(session.position, server="another")
tables = {"icons": TableChanges(keys={(1,)}, events=1)}
try:
    session.apply(Changes(tables=tables, position=there, read=there))
except DelampError as error:
    print(passes_by(error), error)
print(session.saved().position.server == session.server)
"""


def test_rows_are_not_read_from_another_server_than_the_events(loaded: Shop) -> None:
    first, last = script(loaded, OTHER).splitlines()
    assert first.startswith("True ") and "got another (expected" in first
    assert last == "True"


def test_what_differs_and_cannot_be_refreshed_stays_suspect(shop: Callable[..., Shop]) -> None:
    legacy = [s.replace(", PRIMARY KEY (icon_id, word)", "") for s in LEGACY]
    made = shop(MODELS, MAPPINGS, *legacy)
    made.delamp("run", "-q")
    made.target("CREATE TABLE own (tag bigint REFERENCES shop_tag)")
    made.target("INSERT INTO own SELECT min(id) FROM shop_tag")
    made.source("TRUNCATE tags")
    made.delamp(*BINLOG, code=6)
    assert list(checkpoint(made)["suspect"]) == ["TagMapping"]
    assert "its rows cannot be refreshed one by one" in made.delamp("status")
    made.target("DROP TABLE own")
    made.delamp("run", "TagMapping", "--restart", "--yes")
    made.delamp(*BINLOG)
    assert checkpoint(made)["suspect"] == {}
