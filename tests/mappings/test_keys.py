"""Which columns of a key chunks are cut by, and how."""

from __future__ import annotations

import pytest

from mappings.catalogue import SourceColumn, SourceTable
from mappings.keys import key_columns


@pytest.mark.parametrize(
    ("data_type", "dense"),
    [("int", True), ("bigint", True), ("tinyint", True), ("year", False)],
)
def test_ranges_end_at_numbers_that_the_type_has(data_type: str, dense: bool) -> None:
    column = SourceColumn(name="k", data_type=data_type, column_type=data_type, nullable=False)
    (key,) = key_columns(SourceTable(name="t", columns=(column,), key=("k",)))
    assert (key.kind, key.dense) == ("int", dense)
