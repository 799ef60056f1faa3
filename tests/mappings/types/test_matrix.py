"""docs/types.md: every cell of its tables, with hostile values, on MariaDB and MySQL 5.6."""

from __future__ import annotations

import pytest

from tests.mappings.types.checker import Checker
from tests.mappings.types.matrix import (
    CLOCK_ONLY,
    FIELDS,
    JSON_ONLY,
    PAGE,
    ROWS,
    Row,
    codes_of,
    document,
    field_for,
    safest,
    steps_for,
)

HERE = [row for row in ROWS if row.values]
"""MySQL's own JSON has no server here."""
EVERYWHERE = [row for row in HERE if not row.mariadb_only]


def by_label(row: Row) -> str:
    return row.label


def test_the_page_has_the_tables_that_the_code_makes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == document(page), "run python -m tests.mappings.types.matrix"


@pytest.mark.parametrize("row", HERE, ids=by_label)
def test_a_field_rejects_what_the_table_says_and_nothing_else(checker: Checker, row: Row) -> None:
    cells(checker, row)


@pytest.mark.mysql56
@pytest.mark.parametrize("row", EVERYWHERE, ids=by_label)
def test_a_field_rejects_so_on_mysql56(checker56: Checker, row: Row) -> None:
    cells(checker56, row)


def cells(checker: Checker, row: Row) -> None:
    for name in FIELDS:
        codes = codes_of(row, name)
        if codes is None:
            continue
        prepared = checker.prepare(
            row.ddl,
            field_for(row, name),
            steps=steps_for(row, name),
            unseen=JSON_ONLY | CLOCK_ONLY if name in ("JSON", "DateTime") else (),
            # In a few cases in ten thousand the servers spell one double with other digits.
            spelled=name != "Float",
        )
        assert codes_of(row, name, checker.column()) == codes, (name, "the catalogue says more")
        found = set(prepared.check([*row.values, "NULL"]).values()) - {None}
        assert found <= codes, name
        assert found or not codes, (name, "rejects nothing of this", codes)


@pytest.mark.parametrize("row", HERE, ids=by_label)
def test_the_safest_field_refuses_nothing(checker: Checker, row: Row) -> None:
    refuses_nothing(checker, row)


@pytest.mark.mysql56
@pytest.mark.parametrize("row", EVERYWHERE, ids=by_label)
def test_the_safest_field_refuses_nothing_on_mysql56(checker56: Checker, row: Row) -> None:
    refuses_nothing(checker56, row)


def refuses_nothing(checker: Checker, row: Row) -> None:
    django, chain = safest(row)
    codes = checker.check(row.ddl, django, row.values, steps=chain, spelled=row.ddl != "FLOAT")
    assert set(codes.values()) == {None}, codes
