"""What a dry run tells of the target, and of tables that are not what they were."""

from __future__ import annotations

from collections.abc import Callable

from tests.migrate.conftest import Shop
from tests.verify.dry_run.conftest import dry_run
from tests.verify.dry_run.test_rules import MAPPINGS, MODELS


def test_the_target_is_asked_for_settings_rights_and_room(shop: Callable[..., Shop]) -> None:
    made = shop(
        MODELS.format(field="value = models.CharField(max_length=9, unique=True)"),
        MAPPINGS.format(column='Column("value")'),
        "CREATE TABLE things (id INT PRIMARY KEY, value VARCHAR(9) NOT NULL UNIQUE) ENGINE=InnoDB",
        "INSERT INTO things VALUES (1, 'abc'), (2, 'def')",
    )
    target = dry_run(made, code=0)["target"]
    assert target["settings"]["server_encoding"] == "UTF8"
    assert target["settings"]["work_mem"].endswith("B")
    assert target["rights"] == [
        "read and write: all tables", "own: all tables",
        "may create temporary tables", "may create schemas",
    ]  # fmt: skip
    (room,) = target["remarks"]
    assert "PostgreSQL does not tell" in room

    made.target("CREATE ROLE stranger LOGIN CONNECTION LIMIT 1")
    made.target("GRANT SELECT ON ALL TABLES IN SCHEMA public TO stranger")
    try:
        url = made.project.environment["DATABASE_URL"]
        made.project.environment["PGOPTIONS"] = "-c role=stranger"
        remarks = " | ".join(dry_run(made, code=0)["target"]["remarks"])
        made.project.environment["DATABASE_URL"] = url
    finally:
        del made.project.environment["PGOPTIONS"]
        made.target("DROP OWNED BY stranger")
        made.target("DROP ROLE stranger")
    assert "a run opens 3 connections, got room for 1" in remarks
    assert "no right to SELECT, INSERT, UPDATE and DELETE on shop_thing" in remarks
    assert "shop_thing: of another owner" in remarks


def test_a_table_that_changed_since_its_run_is_told(shop: Callable[..., Shop]) -> None:
    made = shop(
        MODELS.format(field="value = models.CharField(max_length=9)"),
        MAPPINGS.format(column='Column("value")'),
        "CREATE TABLE things (id INT PRIMARY KEY, value VARCHAR(9) NOT NULL) ENGINE=InnoDB",
        "INSERT INTO things VALUES (1, 'abc')",
    )
    made.delamp("run")
    assert dry_run(made, "--fail-on", "never", code=0)["drift"] == []
    made.source("ALTER TABLE things ADD COLUMN more INT")
    report = dry_run(made, "--fail-on", "never", code=0)
    (told,) = report["drift"]
    assert told.startswith("ThingMapping: its mapping, its model or the source table things has")
    assert report["tables"][0]["unread_columns"] == ["more"]
