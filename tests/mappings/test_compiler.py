"""Mistakes in mappings: every one is found when they are compiled, all at once, with a way out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User

from mappings import (
    Column,
    Constant,
    Count,
    DeclarationError,
    ManyToMany,
    Max,
    ModelMapping,
    Problem,
    Reference,
    Sum,
    steps,
)
from mappings.base import forget
from mappings.catalogue import Catalogue, SourceColumn, SourceTable
from mappings.compiler import compile_plan
from mappings.compiler.order import groups
from mappings.keys import KeyColumn, KeyRange
from mappings.plan import Plan


def column(name: str, data_type: str, **facts: Any) -> SourceColumn:
    return SourceColumn(name=name, data_type=data_type, column_type=data_type, **facts)


INT = {"nullable": False, "precision": 10}
CATALOGUE = Catalogue(
    database="shop",
    tables={
        "members": SourceTable(
            name="members",
            columns=(
                column("id", "int", **INT),
                column("login", "varchar", max_chars=150, charset="utf8mb4", nullable=False),
                column("joined", "datetime", nullable=False),
                column("shape", "hologram"),
                column("maybe", "int"),
            ),
            key=("id",),
            uniques=(("id",),),
            engine="InnoDB",
        ),
        "teams": SourceTable(
            name="teams",
            columns=(
                column("id", "int", **INT),
                column("name", "varchar", max_chars=150, charset="latin1", nullable=False),
            ),
            key=("id",),
            uniques=(("id",),),
            engine="InnoDB",
        ),
    },
)
TEAM = {"id": Column("id"), "name": Column("name")}
TEAM_META = {"source": "teams", "model": "auth.Group"}
MEMBER_META = {"source": "members", "model": "auth.User", "time_zone": "UTC"}
MEMBER = {
    "id": Column("id"),
    "username": Column("login"),
    "password": Constant("!"),
    "date_joined": Column("joined"),
}


def make(
    name: str, declarations: Mapping[str, object], meta: Mapping[str, object]
) -> type[ModelMapping]:
    """A mapping class that is in no registry."""
    made = type(name, (ModelMapping,), {**declarations, "Meta": type("Meta", (), dict(meta))})
    forget(made)
    return made


def compiled(*mappings: type[ModelMapping]) -> Plan:
    return compile_plan(mappings, CATALOGUE)


def problems(*mappings: type[ModelMapping]) -> tuple[Problem, ...]:
    with pytest.raises(DeclarationError) as caught:
        compiled(*mappings)
    return caught.value.problems


def test_a_right_mapping_compiles() -> None:
    plan = compiled(
        make("TeamMapping", TEAM, TEAM_META), make("MemberMapping", MEMBER, MEMBER_META)
    )
    assert [table.target for table in plan.tables] == ["auth_group", "auth_user"]
    table = plan.table("auth.User")
    assert table is not None
    assert [column.column for column in table.identity] == ["id"]
    assert plan.unmapped == {"members": ("shape", "maybe")}


WRONG: dict[str, tuple[str, dict[str, object], dict[str, object], str, str, str | None]] = {
    "unknown option": (
        "E001", TEAM, {**TEAM_META, "sorce": "x"}, "TeamMapping.Meta", "'sorce'",
        "use 'source'",
    ),
    "no source": (
        "E002", TEAM, {"model": "auth.Group"}, "TeamMapping.Meta", "source is not set", "add",
    ),
    "no such choice": (
        "E003", TEAM, {**TEAM_META, "existing": "mtch"}, "TeamMapping.Meta", "'mtch'",
        "use 'match'",
    ),
    "no declaration": (
        "E004", {**TEAM, "nmae": "name"}, TEAM_META, "TeamMapping.nmae", "got str", "declare it",
    ),
    "no model": (
        "E005", TEAM, {**TEAM_META, "model": "auth.Gruop"}, "TeamMapping.Meta", "'auth.Gruop'",
        "use 'auth.Group'",
    ),
    "no table": (
        "E010", TEAM, {**TEAM_META, "source": "team"}, "TeamMapping.Meta", "no table 'team'",
        "use 'teams'",
    ),
    "no field": (
        "E011", {**TEAM, "naem": Column("name")}, TEAM_META, "TeamMapping.naem", "no field 'naem'",
        "use 'name'",
    ),
    "many-to-many on a column": (
        "E012", {**TEAM, "name": ManyToMany("t", "a", "b")}, TEAM_META, "TeamMapping.name",
        "many-to-many", "use Column",
    ),
    "no column": (
        "E013", {**TEAM, "name": Column("nmae")}, TEAM_META, "TeamMapping.name",
        "no column 'nmae'", "use 'name'",
    ),
    "nothing fills": (
        "E014", {k: v for k, v in MEMBER.items() if k != "id"} | {"is_staff": Column("maybe")},
        {**MEMBER_META, "model": "auth.Permission"}, "TeamMapping.content_type", "nothing fills",
        "declare a Column",
    ),
    "key without a column": (
        "E015", TEAM, {**TEAM_META, "key": "ident"}, "TeamMapping.Meta", "no column 'ident'", None,
    ),
    "key that is not unique": (
        "E016", TEAM, {**TEAM_META, "key": "name"}, "TeamMapping.Meta", "not unique", "name the",
    ),
    "match without a natural key": (
        "E017", TEAM, {**TEAM_META, "existing": "match"}, "TeamMapping.Meta", "natural key",
        "set `natural_key`",
    ),
    "types that do not go together": (
        "E020", {**MEMBER, "is_staff": Column("login")}, MEMBER_META, "TeamMapping.is_staff",
        "gives no boolean", "add a step",
    ),
    "constant of another type": (
        "E021", {**MEMBER, "is_staff": Constant("perhaps")}, MEMBER_META, "TeamMapping.is_staff",
        "'perhaps'", "give a value",
    ),
    "source type unknown": (
        "E022", {**MEMBER, "first_name": Column("shape")}, MEMBER_META, "TeamMapping.first_name",
        "hologram", "select it as text",
    ),
    "step that does not take it": (
        "E023", {**MEMBER, "username": Column("id", steps.strip)}, MEMBER_META,
        "TeamMapping.username", "got integer (expected text", "put a step",
    ),
    "wall clock without a zone": (
        "E025", MEMBER, {**MEMBER_META, "time_zone": None}, "TeamMapping.date_joined",
        "no zone", "set `time_zone`",
    ),
    "counter of no child": (
        "E040", {**TEAM, "name": Count("auth.Usr", by="x")}, TEAM_META, "TeamMapping.name",
        "'auth.Usr'", None,
    ),
    "counter by no foreign key": (
        "E041", {**TEAM, "name": Count("auth.User", by="username")}, TEAM_META,
        "TeamMapping.name", "no foreign key to auth.Group", None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ["options", "problems", "declarations", "declared", "model"])
def test_a_field_may_have_any_name(name: str) -> None:
    try:
        made = type("OddMapping", (ModelMapping,), {name: Column("login"), "id": Column("id")})
        assert set(made._mapping.declarations) == {name, "id"}
        assert [p.code for p in made._mapping.problems] == ["mappings.E002", "mappings.E002"]
    finally:
        forget(made)


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_told_with_place_and_way_out(name: str) -> None:
    code, declarations, meta, where, message, hint = WRONG[name]
    found = problems(make("TeamMapping", declarations, meta))
    matching = [p for p in found if p.code == f"mappings.{code}"]
    assert len(matching) == 1, found
    problem = matching[0]
    assert problem.where == where
    assert message in problem.message
    assert hint is None or (problem.hint or "").startswith(hint)


PERMISSION = {"id": Column("id"), "name": Column("name"), "codename": Column("name")}


@pytest.mark.parametrize(
    ("orphans", "code"), [("null", "E030"), ("keep", "E031")], ids=["null", "keep"]
)
def test_an_orphan_policy_that_the_field_forbids_is_told(orphans: Any, code: str) -> None:
    declarations = {**PERMISSION, "content_type": Reference("id", orphans=orphans)}
    meta = {"source": "teams", "model": "auth.Permission"}
    (problem,) = problems(make("PermissionMapping", declarations, meta))
    assert problem.code == f"mappings.{code}"
    assert problem.where == "PermissionMapping.content_type"


def test_a_counter_that_may_be_null_on_a_field_that_may_not_is_told() -> None:
    counters = {
        "app_label": Max("auth.Permission", "codename", by="content_type"),
        "model": Sum("auth.Permission", "id", by="content_type"),
        "nmae": Count("auth.Permission", by="content_type"),
    }
    meta = {"source": "teams", "model": "contenttypes.ContentType"}
    found = problems(make("TypeMapping", counters, meta))
    assert {(p.code, p.where) for p in found} == {
        ("mappings.E042", "TypeMapping.app_label"),
        ("mappings.E021", "TypeMapping.model"),
        ("mappings.E011", "TypeMapping.nmae"),
    }


def test_two_mappings_for_one_table_are_refused() -> None:
    first, second = make("OneMapping", TEAM, TEAM_META), make("TwoMapping", TEAM, TEAM_META)
    (problem,) = problems(first, second)
    assert (problem.code, problem.where) == ("mappings.E006", "TwoMapping.Meta")


def test_all_mistakes_of_all_mappings_come_at_once() -> None:
    wrong = make("TeamMapping", {"nmae": Column("name"), "name": Column("nmae")}, TEAM_META)
    other = make("MemberMapping", MEMBER, {**MEMBER_META, "sorce": 1, "time_zone": None})
    codes = [p.code.removeprefix("mappings.") for p in problems(wrong, other)]
    assert codes == ["E001", "E011", "E013", "E025"]


def test_a_key_the_target_does_not_hold_is_no_identity() -> None:
    plan = compiled(make("TeamMapping", {"name": Column("name")}, TEAM_META))
    assert plan.tables[0].identity == ()
    assert [key.name for key in plan.tables[0].key] == ["id"]


def test_the_fingerprint_changes_with_mapping_and_source_but_not_with_the_hour() -> None:
    def fingerprint(declarations: Mapping[str, object]) -> str:
        return compiled(make("MemberMapping", declarations, MEMBER_META)).tables[0].fingerprint

    assert fingerprint(MEMBER) == fingerprint(MEMBER)
    assert fingerprint(MEMBER) != fingerprint({**MEMBER, "last_name": Column("login")})
    changed = {**MEMBER, "username": Column("login", steps.lower)}
    assert fingerprint(MEMBER) != fingerprint(changed)


@pytest.mark.parametrize(
    ("parents", "expected"),
    [
        ({"a": frozenset("b"), "b": frozenset()}, [("b",), ("a",)]),
        ({"a": frozenset("a")}, [("a",)]),
        ({"a": frozenset("b"), "b": frozenset("a"), "c": frozenset("a")}, [("a", "b"), ("c",)]),
        ({"a": frozenset("bc"), "b": frozenset("d"), "c": frozenset("d"), "d": frozenset()},
         [("d",), ("b",), ("c",), ("a",)]),
        ({"a": frozenset({"elsewhere"})}, [("a",)]),
    ],
    ids=["chain", "self", "circle with a child", "diamond", "parent that is not mapped"],
)  # fmt: skip
def test_parents_come_before_children_and_circles_stand_together(
    parents: dict[str, frozenset[str]], expected: list[tuple[str, ...]]
) -> None:
    assert groups(parents) == expected


TEXT = KeyColumn(name="t", kind="text", charset="latin1", collation="latin1_swedish_ci")
NUMBER = KeyColumn(name="n", kind="int")


@pytest.mark.parametrize(
    ("key", "rows", "expected"),
    [
        ([NUMBER], KeyRange(), "TRUE"),
        ([NUMBER], KeyRange(after=(5,), until=(9,)), "(s.`n` > 5) AND (s.`n` <= 9)"),
        (
            [NUMBER, TEXT],
            KeyRange(after=(5, "e9")),
            "(s.`n` >= 5 AND (s.`n` > 5 OR"
            " (s.`t` > CONVERT(0xe9 USING latin1) COLLATE latin1_swedish_ci)))",
        ),
        (
            [TEXT],
            KeyRange(until=("",)),
            "(s.`t` <= CONVERT('' USING latin1) COLLATE latin1_swedish_ci)",
        ),
    ],
    ids=["whole table", "integers", "two columns written out", "empty text"],
)
def test_ranges_are_written_so_that_the_index_serves(
    key: list[KeyColumn], rows: KeyRange, expected: str
) -> None:
    assert rows.sql(key) == expected


def test_django_s_own_models_are_as_these_tests_think() -> None:
    assert Group._meta.get_field("name").max_length == 150
    assert not Permission._meta.get_field("content_type").null
    assert User._meta.get_field("date_joined").has_default()
