"""NULL and the null of JSON, which Django reads alike, are told from each other by level "rows"."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import models

from tests.fix_servers import DatabaseServer
from tests.verify.rows.stage import Stage
from tests.verify.rows.test_planted import staged


@pytest.fixture(scope="module")
def stage(mariadb: DatabaseServer, postgres: DatabaseServer) -> Iterator[Stage]:
    yield from staged(mariadb, postgres)


@pytest.mark.parametrize("null", [True, False])
def test_null_of_json_is_read_as_such(stage: Stage, null: bool) -> None:
    values = ["'null'", "'[null]'", "'0'", *(["NULL"] if null else [])]
    stage.make(f"TEXT {'NULL' if null else 'NOT NULL'}", models.JSONField(null=null), values)
    loaded = stage.load()
    assert stage.verify(loaded, "checksums", "rows").findings == ()
    stage.target.execute(f"ALTER TABLE {stage.name} ALTER v DROP NOT NULL")
    stage.target.execute(f"UPDATE {stage.name} SET v = NULL WHERE id = 1")
    found = stage.verify(loaded, "checksums", "rows").findings
    assert [(f.key, f.columns) for f in found] == [((1,), ("v",))] * 2


def test_null_where_the_null_of_json_is_held(stage: Stage) -> None:
    stage.make("TEXT", models.JSONField(null=True), ["NULL", "'{}'"])
    loaded = stage.load()
    stage.target.execute(f"UPDATE {stage.name} SET v = 'null' WHERE id = 1")
    found = stage.verify(loaded, "checksums", "rows").findings
    assert [(f.key, f.columns) for f in found] == [((1,), ("v",))] * 2
