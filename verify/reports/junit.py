"""The report as JUnit XML, for CI: a test case for each table and rule, or level.

A finding that fails is a failure with its first keys and its fix; what is only to be looked at
passes, with the same words in `system-out`; a level of which not all was looked at is skipped.
Durations are those of tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from verify.reports.document import Document, Finding, Table
from verify.reports.markup import Markup, tag
from verify.reports.wording import brief

__all__ = ["junit_report"]

_KEYS = 10
_MOST_CASES = 5_000


@dataclass(frozen=True)
class _Case:
    name: str
    finding: Finding | None
    skipped: bool = False
    """Not looked at, or not to its end."""


def junit_report(document: Document) -> str:
    """The XML, with one suite for each table."""
    by_table: dict[str, list[Finding]] = {table.name: [] for table in document.tables}
    for finding in document.findings:
        by_table.setdefault(finding.table, []).append(finding)
    tables = {table.name: table for table in document.tables}
    seconds = dict(document.times.tables)
    cases = {n: list(_cases(document, tables.get(n), f)) for n, f in by_table.items()}
    tests = sum(map(len, cases.values()))
    failures = sum(_fails(case) for found in cases.values() for case in found)
    # Those that fail come first, of whatever table: they are what a cap must not take.
    room = {True: _MOST_CASES, False: max(0, _MOST_CASES - failures)}
    suites = []
    for name, found in cases.items():
        written = []
        for case in found:
            if room[_fails(case)] > 0:
                room[_fails(case)] -= 1
                written.append(_case(f"delamp.{document.kind}.{name}", case))
        failed, took = sum(map(_fails, found)), f"{seconds.get(name, 0.0):.3f}"
        suites.append(
            tag("testsuite", *written, name=name, tests=len(found), failures=failed,
                errors=0, skipped=sum(case.skipped for case in found), time=took)
        )  # fmt: skip
    if document.state == "fail" and not failures:
        # A run that broke off: no table is to blame, and CI must not call it a success.
        failure = tag("failure", document.summary, message=brief(document.headline), type="failed")
        verdict = tag("testcase", failure, classname=f"delamp.{document.kind}", name="verdict")
        suites.append(tag("testsuite", verdict, name="verdict", tests=1, failures=1))
        tests, failures = tests + 1, 1
    took = f"{document.times.seconds:.3f}"
    total = {"tests": tests, "failures": failures, "errors": 0}
    root = tag("testsuites", *suites, name=f"delamp {document.kind}", **total, time=took)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n'


def _cases(document: Document, table: Table | None, findings: list[Finding]) -> Iterator[_Case]:
    """A case for each finding, and one for each level, or for the rows, without any."""
    for finding in findings:
        column = f" {finding.column}" if finding.column else ""
        yield _Case(f"{finding.level}: {finding.code}{column}", finding)
    if table is None:
        return
    if document.kind == "verify":
        told = {finding.level for finding in findings}
        yield from (
            _Case(c.level, None, skipped=c.state == "warn")
            for c in table.checks
            if c.level not in told
        )
    elif not any(finding.state == "fail" for finding in findings):
        yield _Case("rows", None)


def _fails(case: _Case) -> bool:
    return case.finding is not None and case.finding.state == "fail"


def _case(owner: str, case: _Case) -> Markup:
    inner = []
    if case.finding is not None:
        told = f"{case.finding.count:,} {case.finding.says}"
        body = "\n".join([told, *_body(case.finding)])
        if _fails(case):
            message, kind = brief(told), case.finding.code
            inner = [tag("failure", body, message=message, type=kind)]
        else:
            inner = [tag("system-out", body)]
    elif case.skipped:
        inner = [tag("skipped", message="not looked at, or not all of it")]
    return tag("testcase", *inner, classname=owner, name=case.name)


def _body(finding: Finding) -> Iterator[str]:
    for row in finding.rows[:_KEYS]:
        values = ", ".join(f"{name} = {brief(value, 80)}" for name, value in row.values)
        yield "  ".join(part for part in (brief(row.text), brief(row.detail), values) if part)
    more = finding.count - min(len(finding.rows), _KEYS)
    if more > 0 and finding.rows:
        yield f"and {more:,} more"
    if finding.fix:
        yield f"fix: {finding.fix}"
