"""Rows whose parent is missing: a draft of a real database shows each of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.draft.endtoend import end_to_end, require_clean
from tests.fix_servers import connect_mysql

_SCHEMA = (
    "CREATE TABLE stores (id int PRIMARY KEY, name varchar(20) NOT NULL)",
    "INSERT INTO stores SELECT seq, CONCAT('store ', seq) FROM seq_1_to_20",
    "CREATE TABLE clerks (id int PRIMARY KEY, name varchar(20) NOT NULL)",
    "INSERT INTO clerks SELECT seq, CONCAT('clerk ', seq) FROM seq_1_to_20",
    "CREATE TABLE bills (id int PRIMARY KEY, store_id int NOT NULL, clerk_id int NOT NULL,"
    " FOREIGN KEY (clerk_id) REFERENCES clerks (id))",
    # The store of one bill in ten is gone; each clerk is there, so that the list shows clerks.
    "INSERT INTO bills SELECT seq, IF(seq % 10, 1 + seq % 20, 99), 1 + seq % 20 FROM seq_1_to_60",
)


@pytest.mark.slow
def test_admin_shows_each_row_whose_parent_is_missing(
    source_db: str, target_db: str, tmp_path: Path
) -> None:
    with connect_mysql(source_db) as connection, connection.cursor() as cursor:
        for statement in _SCHEMA:
            cursor.execute(statement)
    outcome = end_to_end("bills", source_db, target_db, tmp_path / "bills", admin=True)
    require_clean(outcome)
    bill = next(m for m in outcome.drafted.project.models if m.source == "bills")
    # Else Django would not join at all, and nothing could be hidden.
    assert "db_constraint=False" in next(f for f in bill.fields if f.name == "store").arguments
    assert "clerk" in bill.admin_list and "store" not in bill.admin_list
