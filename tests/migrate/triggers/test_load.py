"""Installed triggers neither double nor slow what delamp itself writes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fix_servers import connect_mysql
from tests.migrate.triggers.conftest import Counted

LEGACY = (
    "CREATE TABLE groups_ (id INT PRIMARY KEY)",
    "CREATE TABLE makers (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL, group_id INT)",
    "CREATE TABLE tags (id INT PRIMARY KEY)",
    "CREATE TABLE icons (id INT PRIMARY KEY, maker_id INT, title VARCHAR(20) NOT NULL,"
    " status VARCHAR(5) NOT NULL, size DECIMAL(8,2) NOT NULL, rating DOUBLE, at INT NOT NULL)",
    "CREATE TABLE icon_tags (icon_id INT, tag_id INT, PRIMARY KEY (icon_id, tag_id))",
    "INSERT INTO groups_ VALUES (1), (2)",
    "INSERT INTO makers VALUES (1, 'a', 1), (2, 'b', 1), (3, 'c', 2)",
    "INSERT INTO tags VALUES (1), (2)",
    "INSERT INTO icons VALUES (1, 1, 'x', 'free', 5, 1.5, 1), (2, 1, 'y', 'paid', 95, 2, 2),"
    " (3, 2, 'z', 'off', 3, NULL, 3), (4, NULL, 'w', 'free', 4, 1, 4)",
    "INSERT INTO icon_tags VALUES (1, 1), (1, 2), (2, 1)",
)


@pytest.fixture
def loaded(counted: Counted, source_db: str) -> Callable[..., None]:
    """Run statements at the legacy database of a shop that was loaded under its triggers."""
    counted.project.environment["LEGACY_URL"] = source_db

    def run(*statements: str) -> None:
        with connect_mysql(source_db) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    run(*LEGACY)
    counted.delamp("run")
    return run


@pytest.mark.slow
def test_load_resync_and_django_count_once_between_them(
    counted: Counted, loaded: Callable[..., None]
) -> None:
    assert counted.wrong() == []
    assert counted.sql("SELECT icons, free, heaviest FROM shop_maker WHERE id = 1") == [(2, 2, 95)]
    counted.sql("UPDATE shop_icon SET maker_id = 3 WHERE id = 2", "DELETE FROM shop_icon_tags")
    assert counted.wrong() == []
    loaded(
        "UPDATE icons SET maker_id = 2, size = 50 WHERE id = 1",
        "INSERT INTO icons VALUES (5, 3, 'v', 'free', 9, 3, 5)",
        "DELETE FROM icons WHERE id = 3",
    )
    assert "counters of" in counted.delamp("resync")
    assert counted.wrong() == []
    counted.sql("DELETE FROM shop_icon_tags", "DELETE FROM shop_icon WHERE maker_id = 2")
    assert counted.wrong() == []
    counted.delamp("run", "--restart", "--yes", "--force")
    assert counted.wrong() == []
    assert counted.delamp("verify", "-q") == ""


def test_no_function_of_a_trigger_runs_during_a_load(
    counted: Counted, loaded: Callable[..., None]
) -> None:
    counted.sql(
        "CREATE OR REPLACE FUNCTION delamp_count_shop_icon_shop_maker() RETURNS trigger"
        " LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''called''; END'"
    )
    counted.delamp("run", "--restart", "--yes")
    loaded("UPDATE icons SET maker_id = 3")
    counted.delamp("resync")
    assert counted.wrong() == []
