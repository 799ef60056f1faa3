"""Every real legacy database: loaded, drafted, migrated, run and verified without an edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import data
from tests.draft.endtoend import end_to_end, require_clean, with_tables
from tests.fix_servers import DatabaseServer

pytestmark = pytest.mark.data

QUICK = ("chinook", "yb_datatypes")
"""In the quick suite: one with relations, one with every type. The others are slow in sum."""
ADMIN = ("chinook", "sakila", "wordpress", "phpbb3", "drupal7", "yb_datatypes")
"""Whose every admin page is opened."""

NAMES = data.names() if data.FOLDER.is_dir() else ["none"]


@pytest.mark.parametrize(
    "name",
    [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow, id=n) for n in NAMES],
)
def test_drafted_project_loads_every_row_and_verifies_clean(
    name: str, mariadb: DatabaseServer, source_db: str, target_db: str, tmp_path: Path
) -> None:
    data.load(name, source_db)
    try:
        source = with_tables(source_db, name)
        outcome = end_to_end(name, source, target_db, tmp_path / name, admin=name in ADMIN)
    finally:
        mariadb.drop_database(name)
    require_clean(outcome)
    assert bool(outcome.pages) == (name in ADMIN)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "chinook",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("sakila", "wordpress", "phpbb3", "opencart", "drupal7", "yb_datatypes")
        ),
    ],
)
def test_drafted_from_the_catalogue_alone_every_row_is_loaded(
    name: str, source_db: str, target_db: str, tmp_path: Path
) -> None:
    data.load(name, source_db)
    outcome = end_to_end(name, source_db, target_db, tmp_path / name, admin=False, evidence=False)
    require_clean(outcome)
    assert outcome.rejected == 0 < outcome.loaded


def test_counts_of_the_draft_are_those_of_the_source(
    mariadb: DatabaseServer, source_db: str
) -> None:
    """What DRAFT.md calls a table's rows was counted, not estimated."""
    import contextlib

    from migrate.draft.reading import read_facts
    from migrate.source import Source
    from migrate.urls import parse_source_url

    data.load("chinook", source_db)
    with contextlib.closing(Source(parse_source_url(source_db))) as source:
        facts = read_facts(source)
    assert {t.name: t.rows for t in facts.tables} == data.row_counts("chinook")
