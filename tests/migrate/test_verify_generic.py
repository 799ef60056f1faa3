"""Level database on generic foreign keys: content types, and the rows that are referred to."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.migrate.conftest import Shop
from tests.migrate.test_shapes_generic import LEGACY, MODELS, mappings

pytestmark = pytest.mark.slow

_FREE = (
    "DO $$ DECLARE c record; BEGIN FOR c IN SELECT conname FROM pg_constraint"
    " WHERE contype = 'f' AND conrelid = 'shop_note'::regclass LOOP"
    " EXECUTE format('ALTER TABLE shop_note DROP CONSTRAINT %I', c.conname); END LOOP; END $$"
)


def found(shop: Shop, code: int = 6) -> set[tuple[str, str]]:
    """(kind, detail) of what level database finds; without the foreign key that the test drops."""
    file = shop.project.folder / "report.json"
    shop.delamp("verify", "-q", "--level", "database", "--json", str(file), code=code)
    tables: list[dict[str, Any]] = json.loads(file.read_text())["tables"]
    every = {(f["kind"], f["detail"]) for table in tables for f in table["findings"]}
    return {(kind, detail) for kind, detail in every if not detail.startswith("foreign key")}


def test_content_types_and_objects_that_are_not_there_are_named(
    shop: Callable[..., Shop],
) -> None:
    made = shop(MODELS, mappings("quarantine", "reject"), *LEGACY)
    made.delamp("run", "-q")
    assert found(made, code=0) == set()
    made.target("DELETE FROM shop_label WHERE code = 'x'")
    assert found(made) == {("constraint_broken", "no such row in shop_label")}
    made.target(_FREE)
    made.target("UPDATE shop_note SET content_type_id = 999 WHERE id = 3")
    gone = ("constraint_broken", "no such row in django_content_type")
    assert found(made) == {gone}
    made.target(
        "WITH made AS (INSERT INTO django_content_type (app_label, model)"
        " VALUES ('gone', 'thing') RETURNING id)"
        " UPDATE shop_note SET content_type_id = made.id FROM made WHERE shop_note.id = 3"
    )
    assert found(made) == {
        ("content_type_missing", "1 rows of gone.thing, which is no model (any more)")
    }
    made.target("DELETE FROM shop_note WHERE id = 3")
    made.target("DELETE FROM auth_permission")
    made.target("UPDATE django_content_type SET id = id + 1000 WHERE model = 'post'")
    assert found(made) == {gone}
    key = "ContentType, models.CASCADE"
    without = MODELS.replace(key, f"{key}, db_constraint=False")
    made.project.write("shop/models.py", without)
    ((_, said),) = found(made)
    assert said.startswith("3 rows of a content type that is not there, id ")


def test_references_that_may_point_to_nothing_are_no_finding(shop: Callable[..., Shop]) -> None:
    made = shop(MODELS, mappings("keep", "null"), *LEGACY)
    made.delamp("run", "-q")
    assert found(made, code=0) == set()
