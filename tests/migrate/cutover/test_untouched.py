"""A table without a key is compared whole in the pause only where something may have touched it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.migrate.conftest import Shop
from tests.migrate.cutover.conftest import ACCEPT, Cut, make_cut, tidy
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS

BEFORE_FREEZE = ["freezing", "to undo by hand"]
COMPARED = """
SELECT (passes->>'TagMapping')::timestamptz > (SELECT max(frozen_at) FROM delamp_cutover)
FROM delamp_checkpoint
"""


@pytest.fixture
def keyless(shop: Callable[..., Shop]) -> Iterator[Cut]:
    """The shop, of which one table has no key."""
    legacy = [s.replace(", PRIMARY KEY (icon_id, word)", "") for s in LEGACY]
    made = make_cut(shop(MODELS, MAPPINGS, *legacy))
    yield made
    tidy(made)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "touched"),
    [
        # Its tags stay as they are.
        ("UPDATE icons SET size = 77 WHERE id = 1", False),
        ("INSERT INTO icons VALUES (54, 'late', 'late', 1, 1)", False),
        ("INSERT INTO tags VALUES (1, 'late')", True),
        ("DELETE FROM tags WHERE icon_id = 1 LIMIT 1", True),
    ],
)
def test_only_what_may_have_been_touched_is_compared_in_the_pause(
    keyless: Cut, statement: str, touched: bool
) -> None:
    options = keyless.options("read-only", accept=[*ACCEPT, "keyless"])
    (said,) = keyless.run({"options": options, "at": BEFORE_FREEZE, "how": [statement]})
    assert said.get("state") == "done", said
    assert keyless.same()
    assert keyless.shop.target(COMPARED) == [(touched,)]


@pytest.mark.slow
def test_what_is_written_between_the_comparison_and_the_pause_is_not_forgotten(
    keyless: Cut,
) -> None:
    options = keyless.options("read-only", accept=[*ACCEPT, "keyless"])
    # Each time, also for the last time behind the comparison.
    insert = "INSERT INTO tags SELECT 1, CONCAT('late ', COUNT(*)) FROM tags"
    late = {"at": ["catching-up", "caught up by"], "how": [insert]}
    (said,) = keyless.run({"options": options} | late)
    assert said.get("state") == "done", said
    # However often it catches up.
    assert sum("TagMapping: by checksum passes" in line for line in said["told"]) == 1
    assert keyless.same()
    assert keyless.shop.target(COMPARED) == [(True,)]
