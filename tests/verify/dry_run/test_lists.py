"""Members of lists that are refused: foretold, and kept as they were written."""

from __future__ import annotations

from collections.abc import Callable

from tests.migrate.conftest import Shop
from tests.migrate.test_shapes_lists import LEGACY, MAPPINGS, MODELS
from tests.verify.dry_run.conftest import same_as_the_run


def test_members_that_are_refused_are_foretold_as_they_were_written(
    shop: Callable[..., Shop],
) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    report = same_as_the_run(made)
    (tags,) = (table for table in report["tables"] if table["name"] == "IconMapping.tags")
    texts = [row["text"] for rule in tags["rules"] for row in rule["rows"]]
    assert "id=3, tag_ids=NULL, tag_ids as written=2x" in texts
    assert "id=4, tag_ids=NULL, tag_ids as written=1" in texts
    assert tags["unread_columns"] == []
