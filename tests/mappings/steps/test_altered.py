"""Which values a step changes: the predicate over the source, and the same in Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mappings import steps
from mappings.expr import Expr, Kind
from mappings.steps.altered import altered, alters
from mappings.steps.base import Step, as_step
from tests.fix_servers import connect_mysql
from tests.mappings.steps.hostile import TEXTS

TEXT = Expr(kind=Kind.TEXT, sql="CONVERT(s.v USING utf8mb4)", null="s.v IS NULL")


@pytest.fixture(scope="module")
def connection(mariadb: Any) -> Iterator[Any]:
    name = "delamp_test_altered"
    mariadb.drop_database(name)
    with connect_mysql(mariadb.create_database(name)) as opened:
        yield opened
    mariadb.drop_database(name)


@pytest.mark.parametrize(
    ("step", "to_confirm"),
    [
        (steps.repair_charset(), 3),
        (steps.html_unescape, 4),
        (steps.strip, 3),
        (steps.replace_nul(), 0),
        (steps.null_if_empty, 0),
        (steps.strip_slashes, 0),
        (steps.br_to_newline, 2),
    ],
    ids=lambda given: given.name if isinstance(given, Step) else None,
)
def test_predicate_selects_every_altered_value_and_few_others(
    step: Step, to_confirm: int, connection: Any
) -> None:
    predicate = altered(step, TEXT)
    with connection.cursor() as cursor:
        cursor.execute("SET NAMES utf8mb4")
        cursor.execute("DROP TEMPORARY TABLE IF EXISTS t")
        cursor.execute("CREATE TEMPORARY TABLE t (v VARCHAR(200) CHARACTER SET utf8mb4)")
        cursor.executemany("INSERT INTO t VALUES (%s)", [(v,) for v in (*TEXTS, None)])
        cursor.execute(f"SELECT s.v, {predicate} FROM t s")
        rows = cursor.fetchall()
    selected = {value for value, held in rows if held}
    changed = {value for value, _ in rows if alters(step, value)}
    assert len(changed) >= 1
    assert changed <= selected
    assert len(selected - changed) <= to_confirm
    assert all(held is not None for _, held in rows)


@pytest.mark.parametrize("step", [steps.bbcode_to_html, steps.split, steps.to_boolean])
def test_any_row_may_be_one_where_sql_cannot_tell(step: object) -> None:
    assert altered(as_step(step), TEXT) is None


def test_a_default_alters_nulls() -> None:
    assert alters(steps.default("x"), None)
    assert not alters(steps.replace_nul(), None)
