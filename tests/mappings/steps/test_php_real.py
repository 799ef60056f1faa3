"""What real applications have serialised is read, in their own databases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mappings import Reject, steps
from mappings.steps.base import as_step
from mappings.steps.php_serialize import LOOKS_SERIALIZED
from mappings.types.jsonb import jsonb_text
from tests import data
from tests.fix_servers import connect_mysql, fresh_database

STRICT = as_step(steps.php_unserialize).python
TOLERANT = steps.php_unserialize(plain="text", unwrap=True).python
KINDS = "'blob', 'mediumblob', 'longblob', 'text', 'mediumtext', 'longtext', 'varchar'"


@pytest.fixture(params=["wordpress", "drupal7"])
def stored(request: pytest.FixtureRequest, mariadb: Any) -> Iterator[list[str | bytes]]:
    """Every value of every text and blob column."""
    if not (data.FOLDER / request.param).is_dir():
        pytest.skip(f"no {request.param} in {data.FOLDER}")
    for address in fresh_database(mariadb):
        data.load(request.param, address)
        with connect_mysql(address) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS "
                f"WHERE TABLE_SCHEMA = DATABASE() AND DATA_TYPE IN ({KINDS})"
            )
            found: list[str | bytes] = []
            for table, column in cursor.fetchall():
                quoted = column.replace("`", "``")
                cursor.execute(f"SELECT `{quoted}` FROM `{table}` WHERE `{quoted}` IS NOT NULL")
                found += [value for (value,) in cursor.fetchall()]
        yield found


@pytest.mark.data
@pytest.mark.slow
def test_all_that_looks_serialised_is_read(stored: list[str | bytes]) -> None:
    read, refused = 0, []
    for value in stored:
        head = value if isinstance(value, str) else value.decode("latin-1")
        if not LOOKS_SERIALIZED.match(head):
            continue
        try:
            jsonb_text(STRICT(value))
            read += 1
        except Reject as reject:
            refused.append((str(reject), head[:60]))
    assert refused == []
    assert read > 0


@pytest.mark.data
@pytest.mark.slow
def test_every_value_of_every_column_can_be_kept(stored: list[str | bytes]) -> None:
    assert stored
    for value in stored:
        jsonb_text(TOLERANT(value))
