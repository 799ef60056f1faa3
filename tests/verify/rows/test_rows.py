"""Level "rows" finds damage to the cell, and gives no false alarm on a clean copy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.verify.legacy import ROWS
from verify import Report

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("all_rows", [False, True])
def test_clean_copy_gives_no_finding(look: Callable[..., Report], all_rows: bool) -> None:
    report = look(all_rows=all_rows)
    assert [f.render(show_values=True) for f in report.findings] == []
    assert {r.chunks for r in report.results} == {ROWS}
    assert not any(r.note for r in report.results)
