"""Questions of the business get the same answer from both sides, or a finding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Count, Max, Sum

from mappings import Question
from tests.verify.app.models import Child, Everything, Parent
from tests.verify.conftest import Moved
from verify import Departures, Report, verify_plan
from verify.answers import reader, same_answer

ZONE = ZoneInfo("Europe/Copenhagen")
NAIVE = dt.datetime.fromisoformat("2020-01-01")
SIZES = "SELECT parent_id, COUNT(*) AS children, SUM(size) AS size FROM child GROUP BY 1"


def sizes() -> Any:
    grouped = Child.objects.values_list("parent_id")
    return grouped.annotate(children=Count("pk"), total=Sum("size"))


def ask(moved: Moved, *questions: Question, table: str = "ChildMapping", **how: Any) -> Report:
    asking = replace(moved.table(table), questions=questions)
    tables = tuple(asking if t.name == table else t for t in moved.plan.tables)
    plan = replace(moved.plan, tables=tables)
    return verify_plan(plan, moved.sources, moved.targets, levels=["questions"], **how)


def question(source: str, target: Callable[[], Any], **more: Any) -> Question:
    return Question(name="asked", source=source, target=target, **more)


FIRST = Everything.objects.order_by("pk")
AGREEING: dict[str, Question] = {
    "groups, in any order": question(f"{SIZES} ORDER BY 1 DESC", sizes),
    "groups, in order": question(
        f"{SIZES} ORDER BY 1", lambda: sizes().order_by("parent_id"), ordered=True
    ),
    "one value": question("SELECT COUNT(*) FROM child", Child.objects.count),
    "an aggregate": question(
        "SELECT SUM(size) AS total, MAX(id) AS last FROM child",
        lambda: Child.objects.aggregate(total=Sum("size"), last=Max("pk")),
    ),
    "dictionaries": question(
        "SELECT id, name FROM child", lambda: Child.objects.values("id", "name")
    ),
    "tuples": question(
        "SELECT 1 AS a, 'x' AS b UNION SELECT 2, NULL", lambda: [(2, None), (1, "x")]
    ),
    "a multiset": question(
        "SELECT name FROM child WHERE id < 5 UNION ALL SELECT name FROM child WHERE id < 3",
        lambda: ["c2", "c1", "c3", "c2", "c4", "c1"],
        key=0,
    ),
    "types": question(
        "SELECT id, flag, price, ratio, born, stamp, span, clock, year, title, data, token, big"
        " FROM everything",
        lambda: FIRST.values_list(
            *("id", "flag", "price", "ratio", "born", "stamp", "span", "clock", "year", "title"),
            *("data", "token", "big"),
        ),
    ),
    "a double's sum": question(
        "SELECT SUM(ratio) AS s FROM everything", lambda: FIRST.aggregate(s=Sum("ratio"))
    ),
    "near enough": question(
        "SELECT 100.004 AS s", lambda: Decimal("100.00"), tolerance=Decimal("0.005")
    ),
    "nobody": question("SELECT id, name FROM child WHERE id > 999", lambda: Child.objects.none()),
}


@pytest.mark.parametrize("name", AGREEING)
def test_the_same_answer_is_no_finding(moved: Moved, name: str) -> None:
    report = ask(moved, AGREEING[name])
    assert report.ok, report.render(show_values=True)
    assert [(r.level, r.chunks) for r in report.results] == [("questions", 1)]


def test_wall_clocks_are_read_in_the_zone_of_the_mapping(moved: Moved) -> None:
    asked = question("SELECT id, seen FROM everything", lambda: FIRST.values_list("pk", "seen"))
    assert ask(moved, asked, table="EverythingMapping").ok
    assert not ask(moved, asked, table="ChildMapping").ok


def test_difference_is_named_by_question_row_and_column(moved: Moved) -> None:
    moved.target("UPDATE tests_verify_child SET size = size + 0.01 WHERE id = 41")
    report = ask(moved, question(f"{SIZES} ORDER BY parent_id", sizes))
    (found,) = report.findings
    assert (found.kind, found.table, found.columns) == (
        "answer_differs",
        "ChildMapping",
        ("total",),
    )
    # Child 41 is the third of parent 2.
    assert found.detail == "asked: row 2"
    shown, hidden = found.render(show_values=True), found.render()
    assert "total: source Decimal('63.75'), target Decimal('63.76')" in shown
    assert "63.7" not in hidden
    assert "63.7" not in str(report.to_json())
    assert str(report.damage) == "1 answer differs"


DIFFERING: dict[str, tuple[Question, str]] = {
    "only the source": (
        question("SELECT 1 AS a, 'x' AS b UNION SELECT 2, 'y'", lambda: [(1, "x")]),
        "asked: row 2, only the source has it",
    ),
    "only the target": (
        question("SELECT 1 AS a, 'x' AS b", lambda: [(1, "x"), (3, "z")]),
        "asked: row 2, only the target has it",
    ),
    "twice": (
        question("SELECT 'x' AS a UNION ALL SELECT 'x'", lambda: ["x"], key=0),
        "asked: row 2, only the source has it",
    ),
    "order": (
        question("SELECT 'x' AS a UNION ALL SELECT 'y'", lambda: ["y", "x"], ordered=True),
        "asked: row 1",
    ),
    "case": (question("SELECT 1 AS a, 'X' AS b", lambda: [(1, "x")]), "asked: row 1"),
    "blank": (question("SELECT 1 AS a, 'x ' AS b", lambda: [(1, "x")]), "asked: row 1"),
    "NULL and empty": (question("SELECT 1 AS a, '' AS b", lambda: [(1, None)]), "asked: row 1"),
    "NULL and nought": (question("SELECT 1 AS a, NULL AS b", lambda: [(1, 0)]), "asked: row 1"),
    "a cent": (question("SELECT 10.01 AS a", lambda: Decimal("10.00")), "asked: row 1"),
    "a number in a text": (question("SELECT '10' AS a", lambda: "10.0"), "asked: row 1"),
    "a day": (
        question("SELECT '2020-01-02' AS a", lambda: dt.date(2020, 1, 1)),
        "asked: row 1",
    ),
    "no date at all": (
        question("SELECT '0000-00-00' AS a", lambda: dt.date(2020, 1, 1)),
        "asked: row 1",
    ),
}


@pytest.mark.parametrize("name", DIFFERING)
def test_another_answer_is_a_finding(moved: Moved, name: str) -> None:
    asked, detail = DIFFERING[name]
    report = ask(moved, asked)
    assert [(f.kind, f.detail) for f in report.findings][:1] == [("answer_differs", detail)]


def boom() -> Any:
    raise RuntimeError("somebody's secret")


def mistaken() -> Any:
    return Child.objects.nothing()  # type: ignore[attr-defined]


FAILING: dict[str, tuple[Question, str]] = {
    "the function": (question("SELECT 1 AS a", boom), "the target's side failed, RuntimeError"),
    "the legacy server": (
        question("SELECT (SELECT id FROM parent) AS a", lambda: 1),
        "the source's side failed, error 1242",
    ),
    "a mistake in it": (question("SELECT 1 AS a", mistaken), "has no attribute 'nothing'"),
    "a field that is none": (
        question("SELECT 1 AS a", lambda: Child.objects.values_list("nothing")),
        "FieldError",
    ),
    "models": (
        question("SELECT id FROM parent", lambda: Parent.objects.all()),
        "answers with models",
    ),
    "columns": (
        question("SELECT 1 AS a, 2 AS b", lambda: [(1,)]),
        "the source answers with 2 columns, the target with 1",
    ),
    "ragged rows": (question("SELECT 1 AS a", lambda: [(1,), (1, 2)]), "not all of one width"),
}


@pytest.mark.parametrize("name", FAILING)
def test_question_that_cannot_be_answered_is_a_finding_and_others_are_asked(
    moved: Moved, name: str
) -> None:
    asked, detail = FAILING[name]
    report = ask(moved, asked, question("SELECT 2 AS a", lambda: 1))
    assert [f.kind for f in report.findings] == ["answer_differs", "question_failed"]
    assert detail in report.findings[1].detail
    assert "secret" not in report.findings[1].detail


def test_rows_that_were_left_out_are_no_part_of_what_arrived(moved: Moved) -> None:
    moved.target("DELETE FROM tests_verify_child WHERE id IN (7, 8)")
    asked = question("SELECT COUNT(*) AS a FROM child s WHERE {arrived}", Child.objects.count)
    gone = Departures(rejected=frozenset({(7,)}), skipped=frozenset({(8,)}))
    assert not ask(moved, asked).ok
    assert ask(moved, asked, departures={"ChildMapping": gone}).ok
    nameless = ask(moved, asked, departures={"ChildMapping": Departures(rejected_count=2)})
    assert [f.kind for f in nameless.findings] == ["question_failed"]


@pytest.mark.parametrize(
    ("raw", "like", "value"),
    [
        (b"1e1", Decimal("10"), Decimal("1E+1")),
        (b"10.00", 10, 10),
        (b"1", True, True),
        (b"\x01", True, True),
        (b"0.30000000000000004", 0.3, 0.3),
        (b"2020-01-01 00:00:00", dt.date(2020, 1, 1), dt.date(2020, 1, 1)),
        (b"2020-01-01", NAIVE, NAIVE),
        (
            b"2020-07-01 02:00:00",
            dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
            dt.datetime(2020, 7, 1, tzinfo=dt.UTC),
        ),
        (b"-01:30:00.5", dt.timedelta(), -dt.timedelta(hours=1, minutes=30, milliseconds=500)),
        (b'{"a": [1]}', {}, {"a": [1]}),
        (None, 1, None),
    ],
)
def test_equality_is_as_documented(raw: bytes | None, like: Any, value: Any) -> None:
    assert same_answer(reader(like, ZONE.key)(raw), value, 0)


def test_time_of_the_day_is_no_date() -> None:
    assert not same_answer(
        reader(dt.date(2020, 1, 1), None)(b"2020-01-01 00:00:01"), dt.date(2020, 1, 1), 0
    )
