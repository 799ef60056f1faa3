"""The steps on what real applications have stored: SQL and Python agree, and no row is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mappings import steps
from mappings.catalogue import SourceColumn
from mappings.steps.altered import alters
from mappings.steps.base import Step
from tests import data
from tests.fix_servers import connect_mysql, fresh_database
from tests.mappings.steps.agreement import agree_on_table

pytestmark = [pytest.mark.data, pytest.mark.slow]

TITLE = (steps.decode_utf8("latin1"), steps.replace("_", " "), steps.replace_nul)
STAMP = (steps.parse_timestamp,)
LOCAL = (steps.zero_dates(partial="null"), steps.local_time("Europe/Copenhagen", gap="shift"))
EPOCH = (steps.null_if(0), steps.from_unixtime)
TEXT = (steps.repair_charset, steps.html_unescape, steps.br_to_newline)

CASES = [
    ("mediawiki127", "page", "page_title", TITLE),
    ("mediawiki127", "page", "page_touched", STAMP),
    ("mediawiki131", "page", "page_title", TITLE),
    ("mediawiki131", "page", "page_touched", STAMP),
    ("mediawiki145", "page", "page_title", TITLE),
    ("mediawiki145", "page", "page_touched", STAMP),
    ("phpbb2", "phpbb_posts", "poster_ip", (steps.hex_ip,)),
    ("phpbb2", "phpbb_posts", "post_time", EPOCH),
    ("phpbb2", "phpbb_smilies", "smile_url", (steps.relative_to("images/smiles"),)),
    ("phpbb2", "phpbb_config", "config_value", (steps.parse_number(invalid="null"),)),
    ("phpbb3", "phpbb_posts", "poster_ip", (steps.parse_ip("null"),)),
    ("phpbb3", "phpbb_posts", "post_time", EPOCH),
    ("phpbb3", "phpbb_config", "config_value", (steps.parse_number(2, invalid="null"),)),
    ("opencart", "oc_product", "image", (steps.relative_to("catalog/"),)),
    ("opencart", "oc_product", "date_available", (steps.zero_dates(partial="null"),)),
    ("opencart", "oc_product_description", "description", TEXT),
    ("zencart", "products_description", "products_description", TEXT),
    ("zencart", "products", "products_date_added", LOCAL),
    ("joomla3", "jos_content", "publish_down", LOCAL),
    ("wordpress", "foo_posts", "guid", (steps.relative_to("/"),)),
    ("wordpress", "foo_posts", "post_date", LOCAL),
    ("wordpress", "wp_options", "option_value", (steps.strip_slashes,)),
    ("drupal7", "users", "created", EPOCH),
]


@pytest.fixture(scope="module")
def loaded(mariadb: Any) -> Iterator[dict[str, str]]:
    """The databases, each loaded when it is first asked for."""

    class Loaded(dict[str, str]):
        def __missing__(self, name: str) -> str:
            made = fresh_database(mariadb)
            opened.append(made)
            self[name] = next(made)
            data.load(name, self[name])
            return self[name]

    opened: list[Iterator[str]] = []
    yield Loaded()
    for made in opened:
        next(made, None)


def column_of(connection: Any, table: str, name: str) -> SourceColumn:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, CHARACTER_MAXIMUM_LENGTH, "
            "CHARACTER_OCTET_LENGTH, CHARACTER_SET_NAME FROM information_schema.COLUMNS "
            "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND COLUMN_NAME = %s",
            (table, name),
        )
        type_, full, nullable, chars, octets, charset = cursor.fetchone()
    return SourceColumn(
        name=name,
        data_type=type_,
        column_type=full,
        nullable=nullable == "YES",
        max_chars=chars,
        max_octets=octets,
        charset=charset,
    )


@pytest.mark.parametrize(("name", "table", "column", "chain"), CASES)
def test_every_row_is_read_alike_and_none_is_refused(
    loaded: dict[str, str], name: str, table: str, column: str, chain: tuple[object, ...]
) -> None:
    with connect_mysql(loaded[name]) as connection:
        outcome = agree_on_table(connection, table, column_of(connection, table, column), chain)
    assert outcome.refused == 0
    assert outcome.equal + outcome.guarded > 0


@pytest.mark.parametrize(
    ("name", "table", "column"),
    [
        ("openflights", "airports", "name"),
        ("openflights", "airports", "city"),
        ("chinook", "Artist", "Name"),
        ("chinook", "Track", "Name"),
        ("opencart", "oc_zone", "name"),
    ],
)
@pytest.mark.parametrize(
    "step", [steps.repair_charset(), steps.repair_charset(parts=True)], ids=lambda s: s.describe()
)
def test_no_text_that_is_right_is_taken_for_broken(
    loaded: dict[str, str], name: str, table: str, column: str, step: Step
) -> None:
    with connect_mysql(loaded[name]) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT `{column}` FROM `{table}`")
        values = [value for (value,) in cursor.fetchall() if value is not None]
    assert any(not value.isascii() for value in values)
    assert [value for value in values if alters(step, value)] == []


@pytest.mark.parametrize("parts", [False, True])
def test_the_same_texts_broken_once_or_twice_are_all_repaired(
    loaded: dict[str, str], parts: bool
) -> None:
    step = steps.repair_charset(parts=parts)
    with connect_mysql(loaded["openflights"]) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, CONVERT(CAST(CONVERT(name USING utf8mb4) AS BINARY) USING latin1) "
            "FROM airports"
        )
        rows = [row for row in cursor.fetchall() if not row[0].isascii()]
    assert len(rows) > 100
    for right, once in rows:
        twice = once.encode().decode("latin-1")
        assert [step.python(once), step.python(twice)] == [right, right]
