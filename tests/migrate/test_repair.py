"""`verify --repair`: what a verification finds is refreshed, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.migrate import test_nameless as nameless
from tests.migrate.conftest import Shop
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS

DAMAGE = (
    "DELETE FROM shop_tag WHERE word = 'red'",
    "UPDATE shop_icon SET title = 'changed' WHERE id = 1",
    "DELETE FROM shop_comment WHERE id = 2",
    "INSERT INTO shop_comment (id, text) VALUES (77, 'strange')",
    "UPDATE shop_icon SET slug = 'x' WHERE id = 1",
    "UPDATE shop_icon SET slug = 'home' WHERE id = 2",
    "UPDATE shop_icon SET slug = 'arrow' WHERE id = 1",
    "UPDATE shop_maker SET icons_count = icons_count + 1 WHERE id = 3",
    "SELECT setval(pg_get_serial_sequence('shop_maker', 'id'), 1)",
)


@pytest.fixture
def loaded(shop: Callable[..., Shop]) -> Shop:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run")
    return made


def test_repair_brings_back_what_was_damaged_and_touches_nothing_else(loaded: Shop) -> None:
    for statement in DAMAGE:
        loaded.target(statement)
    untouched = loaded.target("SELECT xmin::text FROM shop_icon WHERE id = 3")
    loaded.delamp("verify", "-q", code=6)
    said = loaded.delamp("verify", "--repair", code=6)
    assert "1 row that the source does not have left as they are" in said
    assert loaded.target("SELECT text FROM shop_comment WHERE id = 77") == [("strange",)]
    assert "IconMapping: 2 changed" in said
    assert "CommentMapping: 1 loaded" in said
    assert "TagMapping: 1 loaded" in said
    assert "MakerMapping: counters of 1 parent set anew" in said
    assert "MakerMapping: sequence set past the last key" in said
    said = loaded.delamp("verify", "--repair", "--delete-extra")
    assert "CommentMapping: 1 deleted" in said
    assert "the target holds what the source held" in said
    assert loaded.target("SELECT xmin::text FROM shop_icon WHERE id = 3") == untouched


def test_repair_of_a_clean_target_changes_nothing(loaded: Shop) -> None:
    assert "repairing" not in loaded.delamp("verify", "--repair")


def test_what_repair_cannot_mend_is_still_a_finding(loaded: Shop) -> None:
    loaded.target("DROP INDEX title_once")
    said = loaded.delamp("verify", "--repair", code=6)
    assert "title_once" in said


@pytest.mark.slow
def test_rows_without_a_key_are_exchanged_when_that_is_asked_for(
    shop: Callable[..., Shop],
) -> None:
    made = shop(nameless.MODELS, nameless.MAPPINGS, *nameless.LEGACY)
    made.delamp("run", "-q")
    made.target("DELETE FROM shop_hit WHERE note = 'n3'")
    said = made.delamp("verify", "--repair")
    assert "HitMapping: 29 loaded" in said
    made.target("UPDATE shop_hit SET note = 'odd' WHERE note = 'n4'")
    said = made.delamp("verify", "--repair", code=6)
    assert "HitMapping: rows without a key left as they are; --delete-extra exchanges" in said
    assert made.target("SELECT count(*) FROM shop_hit WHERE note = 'n4'") == [(0,)]
    assert "the target holds" in made.delamp("verify", "--repair", "--delete-extra")
