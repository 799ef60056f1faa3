"""A clean copy gives no false alarm, at any level, by any strategy."""

from __future__ import annotations

import json

from tests.verify.conftest import Moved
from tests.verify.legacy import ROWS


def test_clean_copy_gives_no_finding(moved: Moved) -> None:
    report = moved.verify()
    assert [f.render(show_values=True) for f in report.findings if f.kind != "legacy_drift"] == []
    assert report.ok
    checked = {r.table: r for r in report.results if r.level == "checksums"}
    assert {r.source_rows for r in checked.values()} == {ROWS}


def test_strategy_follows_the_key(moved: Moved) -> None:
    report = moved.verify("checksums")
    strategies = {r.table: r.strategy for r in report.results}
    assert strategies == {
        "EverythingMapping": "ranges",
        "PairingMapping": "ranges",
        "NamedMapping": "buckets",
        "LooseMapping": "buckets",
        "LostMapping": "buckets",
        "ParentMapping": "ranges",
        "ParentMapping.friends": "ranges",
        "ChildMapping": "ranges",
    }
    chunks = {r.table: r.chunks for r in report.results}
    assert chunks["EverythingMapping"] > 2, "blocks are small so that ranges are many"


def test_json_of_a_report_is_plain_and_versioned(moved: Moved) -> None:
    written = json.loads(json.dumps(moved.verify().to_json()))
    assert written["schema_version"] == 1
    assert written["ok"] is True
    assert {table["level"] for table in written["tables"]} == {
        "counts", "checksums", "counters", "database",
    }  # fmt: skip
