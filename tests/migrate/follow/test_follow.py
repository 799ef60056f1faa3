"""`delamp follow` and `resync --strategy binlog`: what PHP changes is there a moment later."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import psycopg2
import pytest

from tests.fix_servers import DatabaseServer
from tests.migrate.conftest import Shop
from tests.migrate.follow.conftest import checkpoint, following
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS
from tests.migrate.test_resync import CHANGES


def test_every_kind_of_change_is_brought_over_by_the_binlog(loaded: Shop) -> None:
    loaded.source(*CHANGES)
    said = loaded.delamp("resync", "--strategy", "binlog")
    assert "IconMapping: binlog, asked for" in said
    assert loaded.findings() == []
    assert loaded.target("SELECT id, slug, maker_id FROM shop_icon ORDER BY id") == [
        (1, "arrow", 1), (2, "home", 1), (4, "lost", 99), (50, "n", 50)
    ]  # fmt: skip
    assert loaded.rejects("IconMapping") == [
        ("id=3", "maker", "no_parent", "rejected"), ("id=51", "title", "too_long", "rejected")
    ]  # fmt: skip
    counts = loaded.target("SELECT id, icons_count, weight FROM shop_maker ORDER BY id")
    assert counts == [(1, 2, 31), (3, 0, 0), (50, 1, 1), (99, 1, 40)]
    assert loaded.totals("IconMapping") == (6, 4, 2, 0)
    events = checkpoint(loaded)["events"]
    # Nothing is applied twice, nor written again.
    before = loaded.target("SELECT id, xmin::text FROM shop_icon ORDER BY id")
    loaded.delamp("resync", "--strategy", "binlog")
    assert checkpoint(loaded)["events"] == events
    assert loaded.target("SELECT id, xmin::text FROM shop_icon ORDER BY id") == before


def test_a_follower_goes_on_until_it_is_told_to_stop(loaded: Shop) -> None:
    with following(loaded, "--metrics", "figures.prom") as follower:
        loaded.source("INSERT INTO makers VALUES (70, 'New', 5)")
        follower.wait_for("SELECT name FROM shop_maker WHERE id = 70", [("New",)])
        loaded.source("DELETE FROM makers WHERE id = 70")
        follower.wait_for("SELECT name FROM shop_maker WHERE id = 70", [])
        # One at a time, and nobody else refreshes meanwhile.
        assert "another delamp run is active" in loaded.delamp("follow", code=1)
        status = json.loads(loaded.delamp("status", "--json"))["follower"]
        assert status["running"] and status["state"] == "following"
        code, said = follower.end()
    assert code == 0
    assert "followed 2 events: 2 changes" in said
    assert said.count("following the binlog from ") == 1
    assert checkpoint(loaded)["state"] == "stopped"
    text = (loaded.project.folder / "figures.prom").read_text()
    assert "delamp_follow_events_total 2" in text
    assert "delamp_follow_up 0" in loaded.delamp("status", "--prometheus")
    assert "follower" in loaded.delamp("status")


@pytest.mark.slow
def test_a_follower_holds_back_when_it_is_asked_to(loaded: Shop) -> None:
    switch = loaded.project.folder / "hold"
    loaded.delamp("resync", "--strategy", "binlog")
    loaded.delamp("follow", "--pause")
    switch.write_text("")
    with following(loaded, "--kill-switch", str(switch)) as follower:
        loaded.source("INSERT INTO makers VALUES (71, 'Held', 5)")
        follower.wait_for(
            "SELECT state, detail FROM delamp_checkpoint",
            [("paused", "paused by `delamp follow --pause`")],
        )
        loaded.delamp("follow", "--go-on")
        follower.wait_for(
            "SELECT detail FROM delamp_checkpoint", [(f"paused by the file {switch}",)]
        )
        assert loaded.target("SELECT name FROM shop_maker WHERE id = 71") == []
        switch.unlink()
        follower.wait_for("SELECT name FROM shop_maker WHERE id = 71", [("Held",)])


def test_truncate_has_the_whole_table_compared(loaded: Shop) -> None:
    loaded.source("TRUNCATE tags", "INSERT INTO tags VALUES (1, 'again')")
    loaded.delamp("resync", "--strategy", "binlog")
    assert loaded.target("SELECT icon_id, word FROM shop_tag") == [(1, "again")]
    assert checkpoint(loaded)["suspect"] == {}
    assert loaded.findings() == []


def test_truncate_under_the_eyes_of_a_comparison_has_the_table_compared_again(
    loaded: Shop,
) -> None:
    held = loaded.source("SELECT * FROM tags")
    assert held
    values = ", ".join(f"({icon}, '{word}')" for icon, word, *_ in held)
    with following(loaded) as follower, psycopg2.connect(loaded.target_url) as blocking:
        blocking.cursor().execute("LOCK TABLE shop_tag IN ACCESS EXCLUSIVE MODE")
        # The comparison finds what was there before, and then waits for the target.
        loaded.source("TRUNCATE tags", f"INSERT INTO tags VALUES {values}")
        waiting = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"
        waiting += " AND relation = 'shop_tag'::regclass"
        follower.wait_for(waiting, [(True,)])
        events = checkpoint(loaded)["events"]
        loaded.source("TRUNCATE tags")
        follower.wait_for(f"SELECT events > {events} FROM delamp_checkpoint", [(True,)])
        blocking.rollback()
        follower.wait_for("SELECT count(*) FROM shop_tag", [(0,)])
    blocking.close()


def test_a_column_that_no_mapping_reads_may_come_and_go(loaded: Shop) -> None:
    loaded.source("ALTER TABLE makers ADD COLUMN colour INT", "UPDATE makers SET colour = 1")
    loaded.source("UPDATE makers SET name = 'Renamed' WHERE id = 1")
    said = loaded.delamp("resync", "--strategy", "binlog")
    assert "makers.colour: nothing → int(11)" in said
    assert loaded.target("SELECT name FROM shop_maker WHERE id = 1") == [("Renamed",)]


def test_a_column_that_a_mapping_reads_stops_it_and_nothing_is_lost(loaded: Shop) -> None:
    loaded.delamp("resync", "--strategy", "binlog")
    before = checkpoint(loaded)["position"]
    loaded.source(
        "ALTER TABLE makers MODIFY name VARCHAR(30) NOT NULL",
        "INSERT INTO makers (id, name) VALUES (72, 'Later')",
    )
    said = loaded.delamp("follow", code=4)
    assert "makers.name" in said and "varchar(30)" in said
    assert loaded.target("SELECT 1 FROM shop_maker WHERE id = 72") == []
    assert checkpoint(loaded)["position"] == before
    assert checkpoint(loaded)["state"] == "failed"
    loaded.delamp("run", "MakerMapping", "--restart", "--yes", code=1)


def purge(shop: Shop) -> None:
    """Leave the server its latest log only. It keeps what a reader is still connected for."""
    until = time.monotonic() + 30
    while len(shop.source("SHOW BINARY LOGS")) > 1:
        assert time.monotonic() < until
        for number, *_, command, _, _, _, _ in shop.source("SHOW PROCESSLIST"):
            if command == "Binlog Dump":
                shop.source(f"KILL {number}")
        latest = shop.source("SHOW MASTER STATUS")[0][0]
        shop.source(f"PURGE BINARY LOGS TO '{latest}'")


@pytest.mark.slow
def test_purged_logs_are_told_and_healed_by_a_comparison(loaded: Shop) -> None:
    loaded.delamp("resync", "--strategy", "binlog")
    loaded.source("INSERT INTO makers VALUES (73, 'Purged', 5)", "FLUSH LOGS")
    loaded.source("INSERT INTO makers VALUES (74, 'Purged too', 5)", "FLUSH LOGS")
    purge(loaded)
    assert "--heal" in loaded.delamp("follow", code=4)
    with following(loaded, "--heal") as follower:
        follower.wait_for("SELECT count(*) FROM shop_maker WHERE id IN (73, 74)", [(2,)])
        follower.wait_for("SELECT suspect::text FROM delamp_checkpoint", [("{}",)])
        loaded.source("INSERT INTO makers VALUES (75, 'Followed', 5)")
        follower.wait_for("SELECT count(*) FROM shop_maker WHERE id = 75", [(1,)])
        follower.end()
    # A single pass takes checksums by itself, unless the binlog is insisted on.
    loaded.source("INSERT INTO makers VALUES (77, 'Purged again', 5)", "FLUSH LOGS", "FLUSH LOGS")
    purge(loaded)
    loaded.delamp("resync", "--strategy", "binlog", code=4)
    assert "every table is compared" in loaded.delamp("resync")
    assert loaded.target("SELECT count(*) FROM shop_maker WHERE id = 77") == [(1,)]


JOINED_MODELS = """
from django.db import models


class Person(models.Model):
    name = models.CharField(max_length=20)
    bio = models.CharField(max_length=20, null=True)
    extra = models.JSONField(default=dict)
    nick = models.CharField(max_length=20, null=True)
"""
JOINED_MAPPINGS = """
from mappings import Column, Gathered, Join, ModelMapping, Picked


class PersonMapping(ModelMapping):
    name = Column("name")
    bio = Column("profile.bio")
    extra = Gathered("meta", by="person_id", name="k", value="v")
    nick = Picked("meta", by="person_id", name="k", value="v", pick="nick")

    class Meta:
        source, model, columns = "people", "shop.Person", "same-name"
        joins = {"profile": Join("profiles", on={"person_id": "id"})}
"""
JOINED = (
    "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL) ENGINE=InnoDB",
    "CREATE TABLE profiles (id INT PRIMARY KEY, person_id INT NOT NULL UNIQUE, bio VARCHAR(20))"
    " ENGINE=InnoDB",
    "CREATE TABLE meta (id INT PRIMARY KEY, person_id INT NOT NULL, k VARCHAR(20) NOT NULL,"
    " v VARCHAR(20), KEY (person_id)) ENGINE=InnoDB",
    "INSERT INTO people VALUES (1, 'a'), (2, 'b'), (3, 'c')",
    "INSERT INTO profiles VALUES (10, 1, 'one'), (20, 2, 'two')",
    "INSERT INTO meta VALUES (1, 1, 'nick', 'n1'), (2, 1, 'x', 'y'), (3, 2, 'nick', 'n2')",
)


def test_events_of_other_tables_name_the_rows_that_are_made_of_them(
    shop: Callable[..., Shop],
) -> None:
    made = shop(JOINED_MODELS, JOINED_MAPPINGS, *JOINED)
    made.delamp("run", "-q")
    made.source(
        "UPDATE profiles SET person_id = 3 WHERE id = 10",
        "DELETE FROM meta WHERE id = 3",
        "UPDATE meta SET person_id = 3 WHERE id = 2",
        "INSERT INTO meta VALUES (4, 3, 'nick', 'n3')",
    )
    made.delamp("resync", "--strategy", "binlog")
    assert made.target("SELECT id, bio, extra, nick FROM shop_person ORDER BY id") == [
        (1, None, {"nick": "n1"}, "n1"),
        (2, "two", {}, None),
        (3, "one", {"x": "y", "nick": "n3"}, "n3"),
    ]
    assert made.findings() == []


@pytest.mark.parametrize("strategy", ["binlog", "checksum"])
def test_a_row_that_leaves_where_is_deleted(shop: Callable[..., Shop], strategy: str) -> None:
    made = shop(
        "from django.db import models\n\n\nclass Word(models.Model):\n"
        "    word = models.CharField(max_length=9)\n",
        "from mappings import Column, ModelMapping\n\n\nclass WordMapping(ModelMapping):\n"
        "    word = Column('word')\n\n    class Meta:\n"
        "        source, model, columns = 'words', 'shop.Word', 'same-name'\n"
        "        where = 's.gone = 0'\n",
        "CREATE TABLE words (id INT PRIMARY KEY, word VARCHAR(9) NOT NULL, gone INT NOT NULL)"
        " ENGINE=InnoDB",
        "INSERT INTO words VALUES (1, 'a', 0), (2, 'b', 0), (3, 'c', 1)",
    )
    made.delamp("run", "-q")
    made.source("UPDATE words SET gone = 1 - gone WHERE id > 1")
    made.delamp("resync", "--strategy", strategy)
    assert made.target("SELECT id FROM shop_word ORDER BY id") == [(1,), (3,)]
    assert made.findings() == []


def test_the_rights_that_grants_prints_are_enough(loaded: Shop, mariadb: DatabaseServer) -> None:
    name = f"follower_{os.getpid()}"
    mariadb.execute(f"CREATE OR REPLACE USER '{name}'@'localhost' IDENTIFIED BY 'x'")
    printed = loaded.delamp("grants", "follow", "--side", "source", "--user", name, "--host",
                            "localhost")  # fmt: skip
    for line in printed.splitlines():
        if line.startswith("GRANT"):
            mariadb.execute(line.rstrip(";"))
    loaded.project.environment["LEGACY_URL"] = loaded.source_url.replace("root@", f"{name}:x@")
    loaded.source("INSERT INTO makers VALUES (78, 'Granted', 5)")
    with following(loaded) as follower:
        follower.wait_for("SELECT count(*) FROM shop_maker WHERE id = 78", [(1,)])
        code, said = follower.end()
    assert code == 0
    assert "followed 1 event" in said


def test_without_rights_to_the_binlog_passes_take_its_place(
    loaded: Shop, mariadb: DatabaseServer
) -> None:
    url = urlsplit(loaded.source_url)
    name = f"reader_{os.getpid()}"
    mariadb.execute(f"CREATE OR REPLACE USER '{name}'@'localhost' IDENTIFIED BY 'x'")
    mariadb.execute(f"GRANT SELECT ON `{url.path[1:]}`.* TO '{name}'@'localhost'")
    loaded.project.environment["LEGACY_URL"] = loaded.source_url.replace("root@", f"{name}:x@")
    with following(loaded, "--interval", "0.2") as follower:
        loaded.source("INSERT INTO makers VALUES (76, 'Seen', 5)", "DELETE FROM tags")
        follower.wait_for("SELECT count(*) FROM shop_maker WHERE id = 76", [(1,)])
        follower.wait_for("SELECT count(*) FROM shop_tag", [(0,)])
        _, said = follower.end()
    assert "checksum passes" in said


def test_a_row_that_postgresql_refuses_stops_neither_the_others_nor_the_position(
    loaded: Shop,
) -> None:
    loaded.target(
        "CREATE FUNCTION no_13() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.rank = 13 THEN"
        " RAISE check_violation; END IF; RETURN NEW; END $$"
    )
    loaded.target(
        "CREATE TRIGGER no_13 BEFORE INSERT ON shop_maker FOR EACH ROW EXECUTE FUNCTION no_13()"
    )
    loaded.source("INSERT INTO makers VALUES (81, 'a', 1), (82, 'b', 13), (83, 'c', 1)")
    loaded.delamp("resync", "--strategy", "binlog")
    assert loaded.target("SELECT id FROM shop_maker WHERE id > 80 ORDER BY id") == [(81,), (83,)]
    assert [key for key, *_ in loaded.rejects("MakerMapping")] == ["id=82"]
    events = checkpoint(loaded)["events"]
    assert events == 3
    loaded.delamp("resync", "--strategy", "binlog")
    assert checkpoint(loaded)["events"] == events


@pytest.mark.mysql56
def test_mysql_56_is_followed(shop56: Callable[..., Shop]) -> None:
    made = shop56(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run", "-q")
    made.source(*CHANGES)
    made.delamp("resync", "--strategy", "binlog")
    assert made.findings() == []
    assert checkpoint(made)["position"]["server"]
