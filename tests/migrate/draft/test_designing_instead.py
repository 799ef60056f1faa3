"""Every decision names the whole lines to write, and what was drafted stays sound with them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from decimal import Decimal

import pytest

from migrate.draft.design import Decision, Project
from migrate.draft.designing import design_project
from migrate.draft.facts import ColumnEvidence as Seen
from migrate.draft.facts import CounterEvidence, Facts, Index
from tests.migrate.draft.facts_by_hand import (
    column,
    facts,
    foreign_key,
    inclusion,
    table,
    unique,
)
from tests.migrate.draft.substituting import require_sound, substituted

INT = "int(11)"


def looked(look: str, share: int = 10, **more: object) -> Seen:
    return Seen(sampled=10, looks={look: share}, longest=40, longest_bytes=40, **more)  # type: ignore[dict-item,arg-type]


def numbers(low: int, high: int, **more: object) -> Seen:
    return Seen(minimum=Decimal(low), maximum=Decimal(high), **more)  # type: ignore[arg-type]


def everything() -> Facts:
    """Two tables, a join table and one for each kind of decision."""
    users = table(
        "users",
        column("id", INT),
        column("name", "varchar(80)"),
        column("post_count", INT),
        column("word_count", INT),
        key="id",
        auto_increment="id",
        indexes=(unique("name"),),
        evidence={"id": numbers(1, 9)},
    )
    posts = table(
        "posts",
        column("id", INT),
        column("user_id", INT),
        column("editor_id", INT, nullable=True, comment='who "edits"'),
        column("approver_id", INT, default="0"),
        key="id",
        auto_increment="id",
        foreign_keys=(foreign_key("editor_id", "users", "id"),),
    )
    values = {
        "flag": ("tinyint(1)", numbers(0, 1)),
        "seven": ("tinyint(1) unsigned", numbers(0, 7, values={"0": 3, "7": 7})),
        "yes": ("enum('Y','N')", Seen(empty=2)),
        "no": ("enum('no','yes')", Seen()),
        "big": ("bigint(20) unsigned", numbers(0, 2**64 - 1)),
        "created": (INT, numbers(0, 1_300_000_000, zeros=1, sampled=30, looks={"epoch": 30})),
        "ip": ("int(10) unsigned", numbers(1, 2**32 - 1, sampled=10, looks={"ip_int": 10})),
        "password": ("varchar(32)", looked("password", 9)),
        "options": ("text", looked("serialized", nul_bytes=1)),
        "settings": ("blob", looked("json")),
        "raw": ("blob", Seen(longest=9, longest_bytes=9)),
        "stamp": ("char(14)", looked("digits14", looks_whole=True)),
        "stamp_too": ("char(14)", looked("digits14", 9)),
        "bad": ("varchar(20)", Seen(bad_charset=3, nul_bytes=4)),
        "odd": ("varchar(20)", looked("mojibake", 2, nul_bytes=1)),
        "title": ("varchar(20)", looked("html", 2)),
        "tags": ("varchar(20)", looked("comma_list")),
        "token": ("char(36)", looked("uuid")),
        "day": ("date", Seen(zero_dates=3)),
        "half": ("date", Seen(partial_dates=3)),
        "moment": ("datetime", Seen(zero_dates=3, earliest="0001-01-01 00:00:00")),
        "now": ("timestamp", Seen(zero_dates=3)),
        "half_moment": ("datetime", Seen(partial_dates=1)),
        "half_now": ("timestamp", Seen(zero_dates=1)),
        "span": ("time", Seen(odd_times=1)),
        "place": ("point", Seen()),
        "code": ("varchar(20)", Seen(bad_charset=1)),
        "long": ("text", Seen(longest=9)),
    }
    things = table(
        "things",
        column("a", INT),
        column("id", INT),
        *(
            column(name, kind, nullable=name in ("flag", "title"), default=_default(name))
            for name, (kind, _) in values.items()
        ),
        key="a id",
        evidence={name: seen for name, (_, seen) in values.items()},
        indexes=(
            unique("code"),
            unique("a", "title", name="both"),
            unique("long", prefixes=(10,)),
            Index(name="words", columns=("long",), prefixes=(None,), kind="fulltext"),
            Index(name="where", columns=("place",), prefixes=(None,), kind="spatial"),
        ),
    )
    return facts(
        users,
        posts,
        things,
        table("loose", column("v", INT)),
        table("shown", column("v", INT), view=True, rows=None),
        inclusions=(
            inclusion("posts.user_id", "users.id", filled=10, orphans=2, none=1),
            inclusion("posts.editor_id", "users.id", filled=10, orphans=1),
            inclusion("posts.approver_id", "users.id", filled=10),
        ),
        counters=(
            CounterEvidence(
                parent="users", column="post_count", child="posts", by="user_id",
                parents=10, equal=10, counted=8, counted_equal=8,
            ),
            CounterEvidence(
                parent="users", column="word_count", child="posts", by="user_id",
                parents=10, equal=9, counted=8, counted_equal=8,
            ),
        ),
    )  # fmt: skip


def _default(name: str) -> str | None:
    return {"now": "current_timestamp()", "no": "'no'", "flag": "1"}.get(name)


ZONES = ("UTC", "Europe/Copenhagen")


def projects() -> Iterator[tuple[str, Project]]:
    for zone in ZONES:
        yield zone, design_project(everything(), app="app", time_zone=zone)


CASES = [
    pytest.param(zone, number, id=f"{zone}-{d.table}.{d.column}-{d.topic}-{number}")
    for zone, project in projects()
    for number, d in enumerate(project.decisions)
    if d.instead
]


def decided(zone: str, number: int) -> tuple[Project, Decision]:
    project = dict(projects())[zone]
    return project, project.decisions[number]


def test_the_draft_itself_is_sound() -> None:
    for _, project in projects():
        require_sound(project, everything().catalogue)


@pytest.mark.parametrize(("zone", "number"), CASES)
def test_the_draft_is_sound_with_the_other_choice(zone: str, number: int) -> None:
    project, decision = decided(zone, number)
    require_sound(substituted(project, decision), everything().catalogue)


def test_every_topic_has_another_choice() -> None:
    _, project = next(projects())
    assert {d.topic for d in project.decisions if d.instead} == {
        "key", "relation", "type", "null", "charset", "counter", "index"
    }  # fmt: skip


def test_what_has_no_lines_has_no_other_choice_in_the_project() -> None:
    """A reason for each decision without lines to write."""
    _, project = next(projects())
    bare = {(d.table, d.column, d.topic) for d in project.decisions if not d.instead}
    assert bare == {
        ("things", "place", "type"),
        ("things", "place", "index"),
        # Unique, and with entities: unescaped, two titles may become one.
        ("things", "title", "type"),
        ("loose", None, "key"),
        ("shown", None, "left out"),
    }


def test_an_implied_reference_names_both_lines() -> None:
    _, project = next(projects())
    decision = next(d for d in project.decisions if d.column == "user_id")
    field, line = decision.instead.splitlines()
    assert field.startswith('user = models.ForeignKey("User", on_delete=models.PROTECT, ')
    assert "db_constraint" not in field
    assert line == 'user = Reference("user_id", steps.null_if(0), orphans="quarantine")'
    assert decision.cost == "refuses 2 rows"


@pytest.mark.parametrize(
    ("where", "routine"),
    [
        ("posts.user_id", False),
        ("posts.approver_id", True),
        ("things.flag", True),
        ("things.seven", False),
        ("things.yes", False),
        ("things.no", True),
        ("things.raw", True),
        ("things.day", False),
        ("things.bad", False),
        ("things.title", False),
        ("users.post_count", False),
        ("users.word_count", False),
    ],
)
def test_what_nothing_speaks_against_is_routine(where: str, routine: bool) -> None:
    _, project = next(projects())
    name, _, wanted = where.partition(".")
    found = [d for d in project.decisions if (d.table, d.column) == (name, wanted)]
    assert found[0].routine is routine


@pytest.mark.parametrize(("zone", "number"), CASES)
def test_lines_are_assignments_and_imports_alone(zone: str, number: int) -> None:
    _, decision = decided(zone, number)
    body = ast.parse(decision.instead).body
    assert all(isinstance(node, (ast.Assign, ast.ImportFrom)) for node in body)
