"""JUnit XML, as a CI server reads it."""

from __future__ import annotations

import dataclasses
from xml.etree import ElementTree

import pytest

from tests.verify.reports.samples import HOSTILE, document, dry_run_report, verify_report
from verify.reports import dry_run_document, junit_report, verify_document


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text.encode())


@pytest.mark.parametrize("text", ["plain", *HOSTILE], ids=ascii)
def test_xml_is_well_formed_whatever_values_say(text: str) -> None:
    root = parsed(junit_report(document(text)))
    assert [element.tag for element in root.iter()] == [
        element.tag for element in parsed(junit_report(document())).iter()
    ]


def test_counts_are_those_of_the_cases() -> None:
    root = parsed(junit_report(dry_run_document(dry_run_report())))
    for suites in (root, *root.iter("testsuite")):
        assert int(suites.get("tests", "")) == len(suites.findall(".//testcase"))
        assert int(suites.get("failures", "")) == len(suites.findall(".//failure"))


def test_rule_that_fails_names_its_first_rows_and_the_fix() -> None:
    root = parsed(junit_report(dry_run_document(dry_run_report())))
    case = root.find(".//testcase[@name='rejected: too_long title']")
    assert case is not None
    assert case.get("classname") == "delamp.dry-run.IconMapping"
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "2 rows would be rejected"
    assert (failure.text or "").splitlines() == [
        "2 rows would be rejected",
        "id=17  24 characters, at most 20",
        "and 1 more",
        'fix: title = Column("title", steps.truncate(20))',
    ]


def test_what_does_not_fail_passes_and_says_so() -> None:
    root = parsed(junit_report(dry_run_document(dry_run_report())))
    case = root.find(".//testcase[@name='nulled: no_parent maker']")
    assert case is not None
    assert [inner.tag for inner in case] == ["system-out"]


def test_levels_of_a_verification_are_cases() -> None:
    root = parsed(junit_report(verify_document(verify_report())))
    names = {
        (suite.get("name"), case.get("name"), case.find("failure") is not None)
        for suite in root.iter("testsuite")
        for case in suite.iter("testcase")
    }
    assert names == {
        ("IconMapping", "counts", False),
        ("IconMapping", "checksums: mismatched", True),
        ("MakerMapping", "counters: legacy_drift", False),
    }


def test_break_off_fails_though_no_table_is_to_blame() -> None:
    broken = dataclasses.replace(document(), findings=(), headline="source: gone away")
    root = parsed(junit_report(broken))
    assert root.get("failures") == "1"
    (failure,) = root.iter("failure")
    assert failure.get("message") == "source: gone away"


def test_cases_are_capped_and_failures_come_first() -> None:
    crowded = junit_report(document(tables=30, findings=20_000))
    assert len(crowded.encode()) < 20_000_000
    cases = list(parsed(crowded).iter("testcase"))
    assert len(cases) == 5_000
    assert all(case.find("failure") is not None for case in cases)
    assert int(parsed(crowded).get("tests", "")) >= 20_000


def test_same_document_is_the_same_xml() -> None:
    assert junit_report(document("x")) == junit_report(document("x"))
