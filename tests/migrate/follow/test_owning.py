"""Table by table, Django takes over: what is its own is never touched."""

from __future__ import annotations

from collections.abc import Callable

from tests.migrate.conftest import Shop
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS


def test_a_table_that_is_djangos_is_left_alone(loaded: Shop) -> None:
    loaded.delamp("own", "comments", "icons")
    loaded.target("UPDATE shop_icon SET title = 'by Django' WHERE id = 1")
    loaded.target("INSERT INTO shop_comment (icon_id, text) VALUES (1, 'by Django')")
    loaded.source("UPDATE icons SET title = 'by PHP'", "DELETE FROM comments",
                  "DELETE FROM makers")  # fmt: skip
    for strategy in ("checksum", "binlog"):
        said = loaded.delamp("resync", "--strategy", strategy)
        assert "IconMapping" not in said
    assert loaded.target("SELECT title FROM shop_icon WHERE id = 1") == [("by Django",)]
    assert loaded.target("SELECT count(*) FROM shop_comment") == [(4,)]
    # Rows that Django's own refer to stay, and it is told that they are not the source's any more.
    assert loaded.target("SELECT id FROM shop_maker ORDER BY id") == [(1,), (2,)]
    assert {f["table"] for f in loaded.findings()} == {"MakerMapping"}
    assert "IconMapping" in loaded.delamp("own")
    assert "Django's by now" in loaded.delamp("resync", "icons", code=3)
    # That there is nothing to compare does not pass for that all is well.
    loaded.delamp("own", "makers", "icons", "comments", "tags")
    assert "nothing to compare" in loaded.delamp("verify", code=3)
    loaded.delamp("own", "makers", "comments", "tags", "--give-back")
    loaded.delamp("own", "icons", "--give-back")
    loaded.delamp("resync", "icons", "--strategy", "checksum")
    assert loaded.target("SELECT count(*) FROM shop_icon WHERE title = 'by Django'") == [(0,)]


def test_keys_of_django_are_clear_of_those_of_php(shop: Callable[..., Shop]) -> None:
    offset = '        model = "shop.Comment"\n        id_offset = 1000000\n'
    mappings = MAPPINGS.replace('        model = "shop.Comment"\n', offset)
    made = shop(MODELS, mappings, *LEGACY)
    made.delamp("run", "-q")
    made.target("INSERT INTO shop_comment (icon_id, text) VALUES (1, 'by Django')")
    assert made.target("SELECT max(id) FROM shop_comment") == [(1000001,)]
    made.source("INSERT INTO comments VALUES (4, 1, 'by PHP')")
    for strategy in ("checksum", "binlog"):
        made.delamp("resync", "--strategy", strategy)
    assert made.target("SELECT count(*) FROM shop_comment") == [(5,)]
    assert made.findings() == []
    made.target("SELECT setval(pg_get_serial_sequence('shop_comment', 'id'), 500)")
    assert [f["kind"] for f in made.findings()] == ["sequence_behind"]
