"""`dry-run --rehearse`: a load that is undone says whether the dry run was right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from migrate.rehearse import Rehearsal, compare
from tests.migrate.conftest import Shop
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS
from verify.dry_run import DryRunReport
from verify.dry_run.estimate import Estimate
from verify.dry_run.server import ServerFacts


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


def test_orphans_that_the_target_cannot_name_raise_no_alarm(shop: Callable[..., Shop]) -> None:
    """The key of a note is in no column of the target, so its orphan has none in the ledger."""
    made = shop(
        """
        from django.db import models


        class Icon(models.Model):
            name = models.CharField(max_length=9)


        class Note(models.Model):
            icon = models.ForeignKey(Icon, models.CASCADE, null=True)
            text = models.CharField(max_length=5)
        """,
        """
        from mappings import Column, ModelMapping, Reference


        class IconMapping(ModelMapping):
            id = Column("id")
            name = Column("name")

            class Meta:
                source, model = "icons", "shop.Icon"


        class NoteMapping(ModelMapping):
            icon = Reference("icon", orphans="quarantine")
            text = Column("text")

            class Meta:
                source, model = "notes", "shop.Note"
        """,
        "CREATE TABLE icons (id INT PRIMARY KEY, name VARCHAR(9) NOT NULL)",
        "CREATE TABLE notes (nr INT PRIMARY KEY, icon INT, text VARCHAR(9) NOT NULL)",
        "INSERT INTO icons VALUES (1, 'one')",
        "INSERT INTO notes VALUES (11, 1, 'fine'), (12, 7, 'lost'), (13, 8, 'lost'),"
        " (14, 1, 'too long'), (15, NULL, 'fine')",
    )
    assert "every other one was foretold" in made.delamp("dry-run", "--rehearse", code=6)
    # One orphan more than foretold is still told.
    comparison = compare(
        DryRunReport(
            tables=(),
            notes=(),
            server=ServerFacts(settings={}, rights=(), remarks=()),
            estimate=Estimate(seconds=0, sampled_rows=0, bytes=0),
        ),
        Rehearsal(
            fates=Counter({("NoteMapping", "", "rejected"): 1}),
            codes={},
            loaded={},
            nameless=frozenset({"NoteMapping"}),
        ),
    )
    assert comparison.unforeseen == {("NoteMapping", "", "rejected"): 1}
