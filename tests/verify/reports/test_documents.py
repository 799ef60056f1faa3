"""The document: what the adapters make of a dry run and of a verification, and its schema."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import pytest

from tests.verify.reports.samples import document, dry_run_report, verify_report
from verify.report import Report, Unlooked
from verify.reports import (
    Axis,
    Gathering,
    Group,
    dry_run_document,
    html_report,
    junit_report,
    verify_document,
)
from verify.reports.document import COUNTS, Document, FoundRow, Strip, Table, Throughput, Times
from verify.reports.gathering import SHOWN

PAGE = (Path(__file__).parents[3] / "docs" / "reports.md").read_text(encoding="utf-8")


def names_in_docs() -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", PAGE))


@pytest.mark.parametrize("kind", [Document, Table, Strip, Times, Throughput])
def test_keys_of_the_json_are_documented(kind: Any) -> None:
    assert {field.name for field in dataclasses.fields(kind)} <= names_in_docs()
    assert set(COUNTS) <= names_in_docs()


def test_document_is_json_and_says_its_version() -> None:
    found = json.loads(json.dumps(document().to_json()))
    assert (found["format"], found["schema"]) == ("delamp report", 1)
    assert found["times"]["throughput"]["rows"] == [100, 4000, 0, 250]


def test_clock_changes_nothing_but_times() -> None:
    first = dry_run_document(dry_run_report(), made_at="today").to_json()
    later = dataclasses.replace(dry_run_report(), seconds={"rows": 99.0})
    second = dry_run_document(later, made_at="tomorrow").to_json()
    assert first.pop("times") != second.pop("times")
    assert first == second


@pytest.mark.parametrize(
    ("fail_on", "state", "states"),
    [
        ("reject", "fail", {"too_long": "fail", "zero_date": "fail", "no_parent": "warn"}),
        ("change", "fail", {"too_long": "fail", "zero_date": "fail", "no_parent": "fail"}),
        ("never", "warn", {"too_long": "warn", "zero_date": "warn", "no_parent": "warn"}),
    ],
)
def test_dry_run_fails_on_what_was_asked(fail_on: str, state: str, states: dict[str, str]) -> None:
    found = dry_run_document(dry_run_report(), fail_on=fail_on)
    assert found.state == state
    assert {finding.code: finding.state for finding in found.findings} == states


def test_dry_run_tells_rows_rules_and_what_is_left_behind() -> None:
    found = dry_run_document(dry_run_report())
    assert found.headline == ("3 rows would be rejected, 1 row would lose the reference (NULL)")
    icons = found.tables[0]
    assert dict(icons.counts) == {
        "rows": 100,
        "arrived": 98,
        "rejected": 2,
        "nulled": 1,
        "left_out": 0,
        "warned": 0,
        "altered": 4,
    }
    lines = [line for remark in found.remarks for line in remark.lines]
    assert "icons: no mapping reads secret_column" in lines
    assert "uniqueness of log was not evaluated" in lines


def test_rehearsal_that_went_otherwise_fails() -> None:
    report = dataclasses.replace(dry_run_report(), tables=())
    assert dry_run_document(report, foretold=True).state == "pass"
    assert dry_run_document(report, foretold=False).state == "fail"


@pytest.mark.parametrize("made", [dry_run_document, verify_document])
def test_values_are_there_only_when_asked_for(made: Any) -> None:
    report = dry_run_report() if made is dry_run_document else verify_report()
    assert "secret" not in json.dumps(made(report).to_json()).replace("secret_column", "")
    assert "secret" in json.dumps(made(report, show_values=True).to_json()["findings"])


def test_verification_tells_levels_differences_and_counters() -> None:
    found = verify_document(verify_report())
    assert (found.state, found.headline) == ("fail", "1 row differs in 1 table")
    icons, makers = found.tables
    assert [(c.level, c.state) for c in icons.checks] == [("counts", "pass"), ("checksums", "fail")]
    assert icons.counts == {"rows": 100, "arrived": 98, "left_out": 2, "differences": 1}
    assert makers.state == "pass"
    assert [(f.code, f.state, f.level) for f in found.findings] == [
        ("mismatched", "fail", "checksums"),
        ("legacy_drift", "info", "counters"),
    ]
    assert found.findings[0].fix == "delamp verify IconMapping --repair"
    lines = [line for remark in found.remarks for line in remark.lines]
    assert (
        "MakerMapping.icons_count: 2 parents, 0 wrong; icons of PHP was wrong for 1, by 3 in all"
    ) in lines


def test_unfinished_run_is_said_first() -> None:
    report = dataclasses.replace(verify_report(), results=())
    found = verify_document(report, unfinished="run 3 is not finished")
    assert found.state == "warn"
    assert found.summary.endswith("Look at this first: run 3 is not finished")


def test_strip_of_a_verification_is_that_of_the_key_range() -> None:
    axes = {"IconMapping": Axis(column="id", kind="int", first=1, last=20)}
    found = verify_document(verify_report(), Gathering("verify", axes))
    strip = found.tables[0].strip
    assert strip is not None
    assert [slot for slot, count in enumerate(strip.cells, 1) if count] == [17]


def test_every_row_is_in_the_lines_and_the_first_in_the_document() -> None:
    lines = io.StringIO()
    gathering = Gathering("run", {}, lines)
    group = Group("T", "title", "too_long", "rejected")
    for number in range(1000):
        gathering.add(group, FoundRow(text=f"id={number}"), (number,))
    assert (gathering.count(group), len(gathering.rows(group))) == (1000, SHOWN)
    gathering.close(document())
    header, *rows, last = (json.loads(line) for line in lines.getvalue().splitlines())
    assert (header["is"], last["is"], len(rows)) == ("header", "document", 1000)
    assert [row["key"] for row in rows] == [[number] for number in range(1000)]


def partial() -> Report:
    left = Unlooked(
        level="checksums", table="TagMapping", rows=9, target="shop_tag", why="stopped before it"
    )
    return replace(clean(verify_report()), unlooked=(left,), interrupted=True)


def clean(report: Report) -> Report:
    results = tuple(replace(result, findings=(), totals={}) for result in report.results)
    return replace(report, results=results)


def test_verification_that_did_not_look_at_everything_is_no_pass() -> None:
    assert verify_document(clean(verify_report())).state == "pass"
    found = verify_document(partial())
    assert (found.state, found.headline) == (
        "warn",
        "Clean as far as looked, which is not everything",
    )
    assert "Look at this first: not everything was looked at, it was stopped" in found.summary
    tables = {table.name: table for table in found.tables}
    assert (tables["TagMapping"].state, tables["TagMapping"].target) == ("warn", "shop_tag")
    assert [(c.level, c.state) for c in tables["TagMapping"].checks] == [("checksums", "warn")]
    lines = [line for remark in found.remarks for line in remark.lines]
    assert "checksums of TagMapping: stopped before it, about 9 rows" in lines


def test_what_levels_can_and_cannot_catch_and_what_was_in_flight_is_told() -> None:
    report = clean(verify_report())
    flying = replace(report.results[1], in_flight=3, in_flight_keys=((7,), (8,)))
    found = verify_document(replace(report, results=(report.results[0], flying)))
    assert found.state == "pass"
    remarks = {remark.heading: remark.lines for remark in found.remarks}
    assert remarks["In flight: differed at first, no findings"] == (
        "checksums of IconMapping: 3, first keys 7, 8",
    )
    told = remarks["What each level can and cannot catch"]
    assert len(told) == 2
    assert "counts catches rows that are lost, doubled or left over; cannot catch" in told[0]
    page = html_report(found)
    for line in (*told, "checksums of IconMapping: 3, first keys 7, 8"):
        assert escape(line, quote=False) in page


def test_junit_skips_what_was_not_looked_at() -> None:
    xml = junit_report(verify_document(partial()))
    assert '<skipped message="not looked at, or not all of it"' in xml
    assert 'name="TagMapping" tests="1" failures="0" errors="0" skipped="1"' in xml
