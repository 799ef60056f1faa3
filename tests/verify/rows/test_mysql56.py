"""Level "rows" on a real MySQL 5.6: every type in every field, without a false alarm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fix_servers import DatabaseServer
from tests.mappings.types.matrix import ROWS, Row
from tests.verify.rows.stage import Stage
from tests.verify.rows.test_planted import agrees_in_every_field, staged

HERE = [row for row in ROWS if row.values and not row.mariadb_only]


@pytest.fixture(scope="module")
def stage(mysql56: Any, postgres: DatabaseServer) -> Iterator[Stage]:
    yield from staged(mysql56, postgres)


@pytest.mark.mysql56
@pytest.mark.parametrize("row", HERE, ids=lambda row: row.label)
def test_rows_agree_with_a_right_load(stage: Stage, row: Row) -> None:
    agrees_in_every_field(stage, row)
