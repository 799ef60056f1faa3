"""Ways in which verification could be fooled: by the servers' settings, and by the target's tables.

On a clean copy none of them gives a finding; with one value damaged, each gives just that one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from migrate.catalogue_reader import read_catalogue
from migrate.errors import TargetError
from migrate.source import Source
from migrate.target import Target
from migrate.urls import parse_source_url
from tests.fix_servers import DatabaseServer
from tests.verify.conftest import Moved
from tests.verify.legacy import MAPPINGS, ROWS
from verify import Declared, Report
from verify.buckets import expected_rows

EVERYTHING = "tests_verify_everything"


@pytest.fixture
def look(moved: Moved) -> Callable[..., Report]:
    """Verify all levels that read rows, over connections that are made anew."""

    def every_level(*tables: str) -> Report:
        for opened in (*moved.sources, *moved.targets):
            opened.close()
        connection.close()
        url = parse_source_url(moved.source_url)
        moved.sources = [Source(url, block_bytes=4096)]
        moved.targets = [Target(connection.settings_dict)]
        declared = Declared(mappings=MAPPINGS, catalogue=read_catalogue(moved.sources[0]))
        return moved.verify(
            "counts",
            "checksums",
            "rows",
            declared=declared,
            all_rows=True,
            tables=tables or None,
        )

    return every_level


def named(report: Report) -> set[tuple[str, str, Any, tuple[str, ...]]]:
    """Level, kind, key and columns of what was found."""
    return {(r.level, f.kind, f.key, f.columns) for r in report.results for f in r.findings}


def mismatch(key: tuple[Any, ...], *columns: str) -> set[Any]:
    return {(level, "mismatched", key, columns) for level in ("checksums", "rows")}


SETTINGS = {
    "DateStyle": "'German, DMY'",
    "TimeZone": "'Asia/Kolkata'",
    "bytea_output": "'escape'",
    "standard_conforming_strings": "off",
    "escape_string_warning": "off",
    "client_encoding": "'LATIN1'",
    "array_nulls": "off",
    "transform_null_equals": "on",
    "quote_all_identifiers": "on",
    "default_transaction_isolation": "'serializable'",
    "enable_hashagg": "off",
    "lc_numeric": "'C'",
    "statement_timeout": "'2h'",
    "default_transaction_read_only": "on",
}


@pytest.mark.parametrize("of", ["ROLE CURRENT_USER IN", ""])
def test_settings_of_the_role_or_the_database_change_nothing(
    moved: Moved, look: Callable[..., Report], of: str
) -> None:
    (name,) = moved.target("SELECT current_database()")[0]
    altered = f'ALTER {of} DATABASE "{name}"'
    for setting, value in SETTINGS.items():
        moved.target(f"{altered} SET {setting} = {value}")
    assert named(look()) == set()
    moved.target("SET default_transaction_read_only = off")
    moved.target(f"UPDATE {EVERYTHING} SET span = span + interval '1 microsecond' WHERE id = 7")
    assert named(look("EverythingMapping")) == mismatch((7,), "span")


def test_digits_that_the_role_hides_from_django_are_told_by_rows_alone(
    moved: Moved, look: Callable[..., Report]
) -> None:
    """What is stored is right; what Django is shown is not, and level rows says so."""
    (name,) = moved.target("SELECT current_database()")[0]
    moved.target(f'ALTER DATABASE "{name}" SET extra_float_digits = 0')
    found = named(look("EverythingMapping"))
    assert {(level, columns) for level, _, _, columns in found} == {("rows", ("ratio",))}


def test_rows_that_a_policy_hides_are_not_taken_for_lost_or_for_none(
    moved: Moved, look: Callable[..., Report], postgres: DatabaseServer
) -> None:
    """A role that does not bypass row level security would see another table than its owner."""
    role = "delamp_watched"
    moved.target(f"CREATE ROLE {role} LOGIN")
    before = dict(connection.settings_dict)
    try:
        moved.target(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
        moved.target(
            f"INSERT INTO {EVERYTHING} (id, small, flag) SELECT {ROWS + 1}, small, flag"
            f" FROM {EVERYTHING} WHERE id = 1"
        )
        moved.target(f"ALTER TABLE {EVERYTHING} ENABLE ROW LEVEL SECURITY")
        moved.target(f"CREATE POLICY seen ON {EVERYTHING} FOR SELECT USING (id <= {ROWS})")
        connection.settings_dict["USER"] = role
        with pytest.raises(TargetError, match="row-level security"):
            look("EverythingMapping")
        assert named(look("ParentMapping")) == set()
    finally:
        connection.settings_dict.update(before)
        connection.close()
        owner = Target(connection.settings_dict)
        owner.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
        owner.close()


def test_partitioned_table_is_compared_in_all_its_parts(
    moved: Moved, look: Callable[..., Report]
) -> None:
    moved.target(f"ALTER TABLE {EVERYTHING} RENAME TO old_everything")
    moved.target(
        f"CREATE TABLE {EVERYTHING} (LIKE old_everything, PRIMARY KEY (id)) PARTITION BY RANGE (id)"
    )
    for n, (least, most) in enumerate([("MINVALUE", 20), (20, 40), (40, "MAXVALUE")]):
        moved.target(
            f"CREATE TABLE part_{n} PARTITION OF {EVERYTHING} FOR VALUES FROM ({least}) TO ({most})"
        )
    moved.target(f"INSERT INTO {EVERYTHING} SELECT * FROM old_everything")
    assert named(look()) == set()
    moved.target("UPDATE part_2 SET title = title || ' ' WHERE id = 60")
    assert named(look("EverythingMapping")) == mismatch((60,), "title")


def test_rows_of_a_table_that_inherits_are_extra(moved: Moved, look: Callable[..., Report]) -> None:
    moved.target(f"CREATE TABLE child_of_it () INHERITS ({EVERYTHING})")
    moved.target(f"INSERT INTO child_of_it SELECT * FROM ONLY {EVERYTHING} WHERE id = 3")
    found = named(look("EverythingMapping"))
    assert ("checksums", "extra", (3,), ()) in found
    assert ("counts", "count_differs", (), ()) in found


def test_table_that_the_search_path_puts_first_is_the_one_that_is_read(
    moved: Moved, look: Callable[..., Report]
) -> None:
    """Django would read it too: a copy elsewhere that is right must not stand for it."""
    (name,) = moved.target("SELECT current_database()")[0]
    moved.target("CREATE SCHEMA shadow")
    moved.target(f"CREATE TABLE shadow.{EVERYTHING} AS TABLE public.{EVERYTHING}")
    moved.target(f'ALTER DATABASE "{name}" SET search_path = shadow, public')
    assert named(look("EverythingMapping")) == set()
    moved.target(f"UPDATE public.{EVERYTHING} SET title = 'not read' WHERE id = 2")
    assert named(look("EverythingMapping")) == set()
    moved.target(f"UPDATE shadow.{EVERYTHING} SET title = 'read' WHERE id = 3")
    assert named(look("EverythingMapping")) == mismatch((3,), "title")


def test_null_where_the_model_takes_none_is_named(
    moved: Moved, look: Callable[..., Report]
) -> None:
    """Its constraint is gone: the text of the whole row would be NULL with it."""
    for table, column in (("everything", "small"), ("child", "name"), ("parent", "name")):
        moved.target(f"ALTER TABLE tests_verify_{table} ALTER {column} DROP NOT NULL")
        moved.target(f"UPDATE tests_verify_{table} SET {column} = NULL WHERE id = 9")
    found = named(look("EverythingMapping", "ChildMapping", "ParentMapping"))
    assert found == mismatch((9,), "small") | mismatch((9,), "name")


@pytest.mark.parametrize("column", ["left", "right"])
def test_row_whose_key_has_become_null_is_missing_and_extra(
    moved: Moved, look: Callable[..., Report], column: str
) -> None:
    moved.target(f'ALTER TABLE tests_verify_pairing ALTER "{column}" DROP NOT NULL')
    moved.target(f"UPDATE tests_verify_pairing SET \"{column}\" = NULL WHERE first = 'f33'")
    found = named(look("PairingMapping"))
    key = (4, 10**12 + 1)
    lost = (None, key[1]) if column == "left" else (key[0], None)
    assert found == {
        ("checksums", "missing", key, ()),
        ("checksums", "extra", lost, ()),
        ("rows", "missing", key, ()),
    }


def test_zero_and_minus_zero_are_two_values(moved: Moved, look: Callable[..., Report]) -> None:
    """MariaDB shows the one for the other, so that only the target can have both."""
    moved.legacy("UPDATE everything SET ratio = 0 WHERE id IN (4, 5)")
    moved.target(f"UPDATE {EVERYTHING} SET ratio = 0 WHERE id IN (4, 5)")
    assert named(look("EverythingMapping")) == set()
    moved.target(f"UPDATE {EVERYTHING} SET ratio = '-0' WHERE id = 4")
    assert named(look("EverythingMapping")) == mismatch((4,), "ratio")


def test_values_that_no_mysql_has_are_named(moved: Moved, look: Callable[..., Report]) -> None:
    moved.target(f"UPDATE {EVERYTHING} SET ratio = 'NaN' WHERE id = 1")
    moved.target(f"UPDATE {EVERYTHING} SET ratio = '-Infinity' WHERE id = 2")
    moved.target(f"UPDATE {EVERYTHING} SET price = 'NaN' WHERE id = 3")
    moved.target(f"UPDATE {EVERYTHING} SET born = 'infinity' WHERE id = 4")
    moved.target(f"UPDATE {EVERYTHING} SET seen = '-infinity' WHERE id = 5")
    moved.target(f"UPDATE {EVERYTHING} SET clock = '24:00' WHERE id = 6")
    wanted: set[Any] = set()
    for n, column in enumerate(("ratio", "ratio", "price", "born", "seen", "clock"), 1):
        wanted |= mismatch((n,), column)
    assert named(look("EverythingMapping")) == wanted


GLOBALS = {
    "sql_mode": (
        "'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,"
        "IGNORE_SPACE,HIGH_NOT_PRECEDENCE,ONLY_FULL_GROUP_BY,STRICT_ALL_TABLES'"
    ),
    "time_zone": "'+05:30'",
    "group_concat_max_len": "4",
    "sql_select_limit": "2",
    "sql_auto_is_null": "1",
    "sql_safe_updates": "1",
    "max_sort_length": "8",
    "div_precision_increment": "0",
    "collation_connection": "utf8mb4_turkish_ci",
    "character_set_server": "latin1",
    "lc_time_names": "'de_DE'",
    "tx_isolation": "'READ-UNCOMMITTED'",
}


def test_settings_of_the_source_change_nothing(moved: Moved, look: Callable[..., Report]) -> None:
    source = moved.sources[0]
    before = {name: source.value(f"SELECT @@GLOBAL.{name}") for name in GLOBALS}
    try:
        for name, value in GLOBALS.items():
            source.rows(f"SET GLOBAL {name} = {value}")
        assert named(look()) == set()
        moved.target(f"UPDATE {EVERYTHING} SET code = rpad(code, 8) WHERE id = 7")
        assert named(look("EverythingMapping")) == mismatch((7,), "code")
    finally:
        for name, was in before.items():
            text = was if was is not None and was.isdigit() else f"'{was}'"
            moved.sources[0].rows(f"SET GLOBAL {name} = {text}")


def test_generated_columns_of_the_source_are_compared(
    moved: Moved, look: Callable[..., Report]
) -> None:
    moved.changed = True
    moved.legacy("ALTER TABLE child DROP name")
    moved.legacy("ALTER TABLE child ADD name VARCHAR(20) AS (CONCAT('c', id)) VIRTUAL")
    assert named(look("ChildMapping")) == set()
    moved.legacy("ALTER TABLE child DROP size")
    moved.legacy("ALTER TABLE child ADD size DECIMAL(10,2) AS (id + 0.25) PERSISTENT")
    assert named(look("ChildMapping")) == set()
    moved.target("UPDATE tests_verify_child SET name = 'C8' WHERE id = 8")
    assert named(look("ChildMapping")) == mismatch((8,), "name")


@pytest.fixture
def killer(moved: Moved) -> Iterator[Callable[[str], None]]:
    """Ends the sessions of one side."""
    url = parse_source_url(moved.source_url)
    source, target = Source(url), Target(connection.settings_dict, name="killer")

    def kill(side: str) -> None:
        if side == "target":
            target.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return
        for number, *_ in source.rows(
            "SELECT id FROM information_schema.processlist"
            " WHERE db = DATABASE() AND id <> CONNECTION_ID() AND command <> 'Daemon'"
        ):
            source.rows(f"KILL {int(number or 0)}")

    yield kill
    source.close()
    target.close()


@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize("level", ["checksums", "rows"])
def test_connection_that_is_lost_on_the_way_is_no_success(
    moved: Moved, killer: Callable[[str], None], level: Any, side: str
) -> None:
    """Half a verification has no report at all."""
    lock, killed = threading.Lock(), []

    def kill_once(*_: Any) -> None:
        with lock:
            if not killed:
                killed.append(True)
                killer(side)

    declared = Declared(mappings=MAPPINGS, catalogue=read_catalogue(moved.sources[0]))
    with pytest.raises(Exception, match="lost|terminat|closed|gone|kill"):
        moved.verify(level, declared=declared, all_rows=True, progress=kill_once)
    assert killed


@pytest.mark.parametrize("room", [0, 500])
def test_wide_rows_left_over_are_counted_when_they_are_no_longer_held(
    moved: Moved, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    """Memory is bounded by bytes: rows of blobs are not."""
    monkeypatch.setattr("verify.multiset._HELD_BYTES", room)
    moved.target("DELETE FROM tests_verify_loose")
    report = moved.verify("checksums", tables=["LooseMapping"])
    assert report.totals == {"missing": ROWS}
    assert len(report.findings) < ROWS


def test_rows_of_a_view_are_put_into_as_many_buckets_as_it_has_rows(moved: Moved) -> None:
    """MySQL estimates none: all rows of a few buckets would be held at once."""
    table = moved.table("NamedMapping")
    source = replace(table.source, rows_estimate=0)
    assert expected_rows(replace(table, source=source), moved.targets[0]) == ROWS
    moved.target("ANALYZE tests_verify_named")
    assert expected_rows(replace(table, source=source), moved.targets[0]) == ROWS
