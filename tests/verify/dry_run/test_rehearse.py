"""`dry-run --rehearse`: a load that is undone says whether the dry run was right."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.migrate.conftest import Shop
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS


@pytest.fixture
def made(shop: Callable[..., Shop]) -> Shop:
    """One icon without a maker, one title that is too long, two equal slugs, two equal makers."""
    return shop(
        MODELS,
        MAPPINGS,
        *LEGACY,
        "INSERT INTO icons VALUES (5, REPEAT('x', 30), 'long', 1, 1), (6, 'two', 'home', 1, 1)",
        # Clashes in two tables are settled in one transaction.
        "INSERT INTO makers VALUES (10, 'Ada', 1)",
    )


def state(made: Shop) -> list[object]:
    """Everything of the target that a rehearsal might leave behind."""
    return [
        made.target("SELECT count(*) FROM shop_icon"),
        made.target("SELECT count(*) FROM delamp_run"),
        made.target("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'delamp%'"),
        made.target("SELECT last_value, is_called FROM shop_tag_id_seq"),
    ]


def test_every_row_is_foretold_and_nothing_is_left_behind(made: Shop) -> None:
    before = state(made)
    said = made.delamp("dry-run", "--rehearse", code=6)
    assert "every other one was foretold" in said
    assert state(made) == before
    made.delamp("run")
    assert made.totals("IconMapping") == (6, 3, 3, 0)


def test_a_refusal_that_no_rule_foresaw_is_told_as_a_bug(made: Shop) -> None:
    # Of a constraint that is none of the model's the dry run knows nothing.
    made.target("ALTER TABLE shop_icon ADD CONSTRAINT odd EXCLUDE USING btree (size WITH =)")
    made.source("INSERT INTO icons VALUES (7, 'seven', 'seven', 1, 10)")
    before = state(made)
    said = made.delamp("dry-run", "--rehearse", "--fail-on", "never", code=6)
    assert "not foretold: IconMapping, key [7]: rejected (excluded)" in said
    assert "bug of delamp" in said
    assert state(made) == before


def test_a_rehearsal_of_a_sample_is_refused(made: Shop) -> None:
    assert "--sample" in made.delamp("dry-run", "--rehearse", "--sample", "5", code=2)
