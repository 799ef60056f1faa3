"""Schemas as no textbook has them: drafted, migrated, loaded and verified without an edit.

Each file of `hostile/` is one database. What stands below `-- mariadb` is not for MySQL 5.6.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import data
from tests.draft.endtoend import Outcome, end_to_end, require_clean
from tests.fix_servers import connect_mysql
from tests.migrate.draft.substituting import require_sound, substituted

SCHEMAS = {path.stem: path.read_text("utf-8") for path in Path(__file__).parent.glob("hostile/*")}
SCHEMAS["columns_300"] = (
    "CREATE TABLE wide (id int PRIMARY KEY, "
    + ", ".join(f"c{n} {kind}" for n, kind in enumerate(["int", "varchar(9)", "text"] * 100))
    + ") ENGINE MyISAM DEFAULT CHARSET latin1; INSERT INTO wide VALUES (1"
    + ", 7, 'x', 'y'" * 100
    + "), (2"
    + ", NULL, NULL, NULL" * 100
    + ");"
)

QUICK = ("references", "shapes")
"""In the quick suite; the others are slow in sum."""


def fill(source: str, schema: str, *, mariadb: bool) -> None:
    """Create a hostile schema with its rows in the empty database at `source`."""
    script, _, more = SCHEMAS[schema].partition("-- mariadb\n")
    with connect_mysql(source) as connection, connection.cursor() as cursor:
        cursor.execute("ALTER DATABASE CHARACTER SET utf8mb4")
        cursor.execute("SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO', foreign_key_checks = 0")
        cursor.execute("SET time_zone = '+00:00'")
        for statement in data.statements((script + more * mariadb).encode()):
            cursor.execute(statement)


@pytest.mark.parametrize(
    "schema",
    [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in sorted(SCHEMAS)],
)
def test_hostile_schema_is_loaded_and_shown_without_an_edit(
    schema: str, source_db: str, target_db: str, tmp_path: Path
) -> None:
    fill(source_db, schema, mariadb=True)
    outcome = end_to_end("hostile", source_db, target_db, tmp_path / "hostile", admin=True)
    require_clean(outcome)
    assert outcome.rejected == 0 < outcome.loaded
    _require_other_choices(outcome)


def _require_other_choices(outcome: Outcome) -> None:
    """Each decision's lines fit into the drafted models and mappings, and compile."""
    project, catalogue = outcome.drafted.project, outcome.drafted.facts.catalogue
    for decision in project.decisions:
        if decision.instead:
            require_sound(substituted(project, decision), catalogue)


@pytest.mark.mysql56
@pytest.mark.slow
@pytest.mark.parametrize("schema", sorted(SCHEMAS))
def test_hostile_schema_of_mysql_56_is_loaded_without_an_edit(
    schema: str, source_db56: str, target_db: str, tmp_path: Path
) -> None:
    fill(source_db56, schema, mariadb=False)
    outcome = end_to_end("hostile", source_db56, target_db, tmp_path / "hostile", admin=False)
    require_clean(outcome)
    assert outcome.rejected == 0 < outcome.loaded
