"""Keys, references, join tables, counters and indexes of a drafted project."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from migrate.draft.design import Field, Model, Project
from migrate.draft.designing import design_project
from migrate.draft.facts import ColumnEvidence as Seen
from migrate.draft.facts import CounterEvidence, Facts, Index, TableFacts
from tests.migrate.draft.facts_by_hand import (
    column,
    facts,
    foreign_key,
    inclusion,
    table,
    unique,
)

INT = "int(11)"
NUMBERS = Seen(minimum=Decimal(1), maximum=Decimal(9))


def users(**more: Any) -> TableFacts:
    return table(
        "users",
        column("id", INT),
        column("name", "varchar(80)"),
        key="id",
        auto_increment="id",
        evidence={"id": NUMBERS},
        **more,
    )


def posts(*columns: Any, **more: Any) -> TableFacts:
    return table("posts", column("id", INT), *columns, key="id", auto_increment="id", **more)


def design(*tables: TableFacts, **more: Any) -> Project:
    return design_project(facts(*tables, **more), app="app")


def model(project: Project, name: str) -> Model:
    return next(m for m in project.models if m.name == name)


def field(project: Project, where: str) -> Field:
    name, _, wanted = where.partition(".")
    return next(f for f in model(project, name).fields if f.name == wanted)


def shown(project: Project, where: str) -> str:
    found = field(project, where)
    return f"{found.cls.removeprefix('models.')}({', '.join(found.arguments)})"


def line(project: Project, where: str) -> str:
    name, _, wanted = where.partition(".")
    return next(m.declaration for m in model(project, name).mapping if m.name == wanted)


@pytest.mark.parametrize(
    ("name", "column_type", "auto", "expected"),
    [
        ("id", "int(11)", True, "id = AutoField(primary_key=True)"),
        ("id", "int(10) unsigned", True, "id = BigAutoField(primary_key=True)"),
        ("id", "bigint(20)", True, "id = BigAutoField(primary_key=True)"),
        ("id", "tinyint(3) unsigned", True, "id = SmallAutoField(primary_key=True)"),
        ("thing_id", "int(11)", False, "id = IntegerField(primary_key=True)"),
        ("things_id", "int(11)", False, "id = IntegerField(primary_key=True)"),
        ("number", "int(11)", True, "id = AutoField(primary_key=True)"),
        ("number", "int(11)", False, "number = IntegerField(primary_key=True)"),
        ("code", "char(2)", False, "code = CharField(max_length=2, primary_key=True)"),
    ],
)
def test_a_key_of_one_column_is_the_primary_key(
    name: str, column_type: str, auto: bool, expected: str
) -> None:
    one = table(
        "things", column(name, column_type), key=name, auto_increment=name if auto else None
    )
    project = design(one)
    first = project.models[0].fields[0]
    assert f"{first.name} = {shown(project, f'Thing.{first.name}')}" == expected
    assert project.models[0].mapping[0].declaration == f'Column("{name}")'


def test_several_columns_get_an_id_and_a_constraint() -> None:
    one = table("things", column("a", INT), column("id", INT), key="a id")
    found = design(one).models[0]
    assert [f.name for f in found.fields] == ["id", "a", "legacy_id"]
    assert 'fields=["a", "legacy_id"]' in dict(found.meta)["constraints"]
    assert [m.name for m in found.mapping] == ["a", "legacy_id"]


def test_steps_and_booleans_stay_away_from_keys() -> None:
    zero_or_one = Seen(minimum=Decimal(0), maximum=Decimal(1))
    one = table(
        "things",
        column("a", INT),
        column("b", "tinyint(1)"),
        key="a b",
        evidence={"b": zero_or_one},
    )
    assert field(design(one), "Thing.b").cls == "models.SmallIntegerField"


def test_no_key_is_an_id_of_djangos() -> None:
    project = design(table("things", column("a", INT)))
    assert [f.name for f in project.models[0].fields] == ["id", "a"]
    assert "multiset" in next(d for d in project.decisions if d.topic == "key").chosen


@pytest.mark.parametrize(("rule", "expected"), [
    ("RESTRICT", "PROTECT"), ("NO ACTION", "PROTECT"), ("CASCADE", "CASCADE"),
    ("SET NULL", "SET_NULL"),
])  # fmt: skip
def test_a_declared_key_that_all_rows_keep_is_a_constraint(rule: str, expected: str) -> None:
    child = posts(
        column("user_id", INT, nullable=True),
        foreign_keys=(foreign_key("user_id", "users", "id", rule),),
    )
    project = design(users(), child, inclusions=(inclusion("posts.user_id", "users.id"),))
    assert shown(project, "Post.user") == (
        f'ForeignKey("User", on_delete=models.{expected}, related_name="posts",'
        " null=True, blank=True)"
    )
    assert line(project, "Post.user") == 'Reference("user_id")'


def test_a_declared_key_with_orphans_has_no_constraint() -> None:
    child = posts(column("user_id", INT), foreign_keys=(foreign_key("user_id", "users", "id"),))
    project = design(
        users(), child, inclusions=(inclusion("posts.user_id", "users.id", orphans=2),)
    )
    assert "db_constraint=False" in field(project, "Post.user").arguments
    assert line(project, "Post.user") == 'Reference("user_id", orphans="keep")'
    decision = next(d for d in project.decisions if d.column == "user_id")
    assert "2 of them" in decision.evidence and decision.cost == "refuses 2 rows"


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("found", [{}, {"orphans": 2}, {"none": 1}, {"case": 1}])
def test_what_may_lack_its_parent_may_be_null_so_that_joins_show_it(
    declared: bool, found: dict[str, int]
) -> None:
    keys = (foreign_key("user_id", "users", "id"),) if declared else ()
    child = posts(column("user_id", INT), foreign_keys=keys)
    included = inclusion("posts.user_id", "users.id", filled=200, **found)
    project = design(users(), child, inclusions=(included,))
    arguments = field(project, "Post.user").arguments
    # A step makes NULL of 0, and leaves no orphan.
    lost = bool(found) and "none" not in found
    assert ("db_constraint=False" in arguments) == (lost or not declared)
    assert ("null=True" in arguments) == (bool(found) or not declared)
    told = [d.chosen for d in project.decisions if d.column == "user_id" and d.topic == "relation"]
    assert any("null=True" in chosen for chosen in told) == (lost or not declared)
    in_list = next(m for m in project.models if m.name == "Post").admin_list
    assert ("user" in in_list) == (not lost)


def test_a_key_that_refers_to_missing_rows_is_no_reference() -> None:
    child = table(
        "profiles",
        column("user_id", INT),
        key="user_id",
        foreign_keys=(foreign_key("user_id", "users", "id"),),
    )
    found = (inclusion("profiles.user_id", "users.id", orphans=1),)
    project = design(users(), child, inclusions=found)
    profile = next(m for m in project.models if m.source == "profiles")
    assert not any("OneToOne" in f.cls for f in profile.fields)
    assert any("rows break it" in d.evidence for d in project.decisions)


def test_an_empty_table_is_told_by_its_names_alone() -> None:
    child = posts(column("user_id", INT), foreign_keys=())
    found = (inclusion("posts.user_id", "users.id", filled=0),)
    project = design(users(), child, inclusions=found)
    chosen = next(d.chosen for d in project.decisions if d.column == "user_id")
    assert "by its name alone, no rows" in chosen and "values" not in chosen


def test_an_implied_reference_keeps_orphans_that_may_come_and_0_is_none() -> None:
    found = (inclusion("posts.author_id", "users.id", orphans=1, filled=100, none=3),)
    project = design(users(), posts(column("author_id", INT)), inclusions=found)
    assert shown(project, "Post.author") == (
        'ForeignKey("User", on_delete=models.DO_NOTHING, related_name="posts", null=True,'
        " blank=True, db_constraint=False)"
    )
    assert line(project, "Post.author") == (
        'Reference("author_id", steps.null_if(0), orphans="keep")'
    )


@pytest.mark.parametrize(
    ("name", "parent", "found"),
    [
        ("user_id", "users.id", {"orphans": 50}),
        ("user_count", "users.id", {}),
        ("user_posts", "posts.id", {}),
        ("new_user", "posts.id", {}),
        ("rental_duration", "users.id", {}),
    ],
)
def test_no_reference_where_names_or_rows_do_not_tell_of_one(
    name: str, parent: str, found: dict[str, int]
) -> None:
    included = inclusion(f"posts.{name}", parent, filled=100, **found)
    project = design(users(), posts(column(name, INT)), inclusions=(included,))
    assert field(project, f"Post.{name}").cls == "models.IntegerField"


def test_orphans_that_the_parents_type_cannot_hold_leave_a_plain_column() -> None:
    child = posts(
        column("user_id", "bigint(20)"),
        evidence={"user_id": Seen(minimum=Decimal(0), maximum=Decimal(2**40))},
    )
    project = design(users(), child, inclusions=(inclusion("posts.user_id", "users.id"),))
    assert field(project, "Post.user_id").cls == "models.BigIntegerField"


def test_a_short_key_is_named_after_its_parent() -> None:
    people = table("users", column("uid", INT), key="uid", evidence={"uid": NUMBERS})
    project = design(
        people, posts(column("uid", INT)), inclusions=(inclusion("posts.uid", "users.uid"),)
    )
    assert line(project, "Post.user") == 'Reference("uid", orphans="keep")'


def test_a_number_named_like_a_table_needs_more_than_a_row_to_be_a_reference() -> None:
    blocks = table("blocks", column("id", INT), key="id", evidence={"id": NUMBERS})
    found = (inclusion("posts.block", "blocks.id", filled=1),)
    project = design(blocks, posts(column("block", INT)), inclusions=found)
    assert field(project, "Post.block").cls == "models.IntegerField"


def test_text_keys_that_differ_in_case_are_kept_without_a_constraint() -> None:
    country = table("countries", column("code", "char(2)"), key="code")
    child = posts(
        column("country_code", "char(2)"),
        foreign_keys=(foreign_key("country_code", "countries", "code"),),
        evidence={"country_code": Seen(longest=2)},
    )
    found = (inclusion("posts.country_code", "countries.code", case=4),)
    project = design(country, child, inclusions=found)
    assert "db_constraint=False" in field(project, "Post.country_code").arguments


def test_a_key_to_several_columns_is_plain_columns() -> None:
    parent = table("texts", column("a", INT), column("b", INT), key="a b")
    child = posts(
        column("a", INT), column("b", INT), foreign_keys=(foreign_key("a b", "texts", "a b"),)
    )
    project = design(parent, child)
    assert field(project, "Post.a").cls == "models.IntegerField"
    assert any(d.topic == "relation" for d in project.decisions)


def test_two_references_to_one_parent_are_told_apart() -> None:
    found = (inclusion("posts.author_id", "users.id"), inclusion("posts.editor_id", "users.id"))
    project = design(
        users(), posts(column("author_id", INT), column("editor_id", INT)), inclusions=found
    )
    assert 'related_name="author_posts"' in field(project, "Post.author").arguments
    assert 'related_name="editor_posts"' in field(project, "Post.editor").arguments


def test_a_row_of_the_same_table_is_self() -> None:
    found = (inclusion("posts.parent_id", "posts.id", none=5),)
    project = design(posts(column("parent_id", INT)), inclusions=found)
    arguments = field(project, "Post.parent").arguments
    assert arguments[0] == '"self"' and 'related_name="children"' in arguments


def test_a_reference_beside_a_column_of_its_name_has_another() -> None:
    found = (inclusion("posts.user_id", "users.id"),)
    project = design(
        users(), posts(column("user_id", INT), column("user", "varchar(9)")), inclusions=found
    )
    names = [f.name for f in model(project, "Post").fields]
    assert names == ["id", "user_id", "user"]
    assert field(project, "Post.user_id").cls == "models.ForeignKey"


def test_a_unique_reference_is_one_to_one() -> None:
    child = posts(
        column("user_id", INT),
        foreign_keys=(foreign_key("user_id", "users", "id"),),
        indexes=(unique("user_id"),),
    )
    project = design(users(), child, inclusions=(inclusion("posts.user_id", "users.id"),))
    assert field(project, "Post.user").cls == "models.OneToOneField"


def test_a_key_that_is_a_reference_is_one_to_one_and_the_key() -> None:
    child = table(
        "profiles",
        column("user_id", INT),
        key="user_id",
        foreign_keys=(foreign_key("user_id", "users", "id", "CASCADE"),),
    )
    project = design(users(), child, inclusions=(inclusion("profiles.user_id", "users.id"),))
    assert shown(project, "Profile.user") == (
        'OneToOneField("User", on_delete=models.CASCADE, primary_key=True, related_name="profile")'
    )


def test_keys_that_refer_to_each_other_end_somewhere() -> None:
    a = table(
        "a", column("x_id", INT), key="x_id", foreign_keys=(foreign_key("x_id", "b", "x_id"),)
    )
    b = table(
        "b", column("x_id", INT), key="x_id", foreign_keys=(foreign_key("x_id", "a", "x_id"),)
    )
    project = design(a, b)
    references = [f for m in project.models for f in m.fields if f.cls == "models.OneToOneField"]
    assert len(references) == 1


def test_a_join_table_is_a_many_to_many_field_of_the_model_that_it_is_named_after() -> None:
    tags = table("tags", column("id", INT), key="id", auto_increment="id")
    join = table(
        "post_tags",
        column("tag_id", INT),
        column("post_id", INT),
        key="tag_id post_id",
        foreign_keys=(
            foreign_key("tag_id", "tags", "id"),
            foreign_key("post_id", "posts", "id"),
        ),
    )
    project = design(join, posts(), tags)
    assert shown(project, "Post.tags") == (
        'ManyToManyField("Tag", through="PostTag", related_name="posts")'
    )
    assert [m.name for m in project.models] == ["Tag", "Post", "PostTag"]


def test_rows_of_one_table_joined_to_each_other() -> None:
    join = table(
        "friends",
        column("user_id", INT),
        column("friend_user_id", INT),
        key="user_id friend_user_id",
        foreign_keys=(
            foreign_key("user_id", "users", "id"),
            foreign_key("friend_user_id", "users", "id"),
        ),
    )
    project = design(users(), join)
    many = next(f for f in model(project, "User").fields if f.cls.endswith("ManyToManyField"))
    assert 'through_fields=("user", "friend_user")' in many.arguments
    assert "symmetrical=False" in many.arguments


def counted(equal: int, nearly: int) -> Facts:
    parent = users()
    counter = column("post_count", INT)
    more = table("users", *parent.table.columns, counter, key="id", rows=10)
    evidence = CounterEvidence(
        parent="users",
        column="post_count",
        child="posts",
        by="user_id",
        parents=10,
        equal=equal,
        counted=8,
        counted_equal=nearly,
    )
    found = (inclusion("posts.user_id", "users.id"),)
    return facts(more, posts(column("user_id", INT)), inclusions=found, counters=(evidence,))


def test_a_counter_is_counted_only_where_every_row_was_right() -> None:
    project = design_project(counted(10, 8), app="app")
    assert line(project, "User.post_count") == ('Count("app.Post", by="user", legacy="post_count")')
    project = design_project(counted(9, 7), app="app")
    assert line(project, "User.post_count") == 'Column("post_count")'
    decision = next(d for d in project.decisions if d.topic == "counter")
    assert decision.instead.startswith("post_count = Count(")
    assert "changes 1 row," in decision.cost
    project = design_project(counted(3, 1), app="app")
    assert not [d for d in project.decisions if d.topic == "counter"]


def indexed(*indexes: Index, columns: Any = (), **evidence: Seen) -> Model:
    given = columns or (
        column("title", "varchar(255)"),
        column("slug", "varchar(80)"),
        column("body", "text", max_octets=65_535),
        column("long", "mediumtext", max_octets=2**24),
        column("place", "point"),
    )
    return model(design(posts(*given, indexes=indexes, evidence=evidence)), "Post")


def plain(*columns: str, kind: Any = "btree", prefixes: Any = None) -> Index:
    return Index(
        name="_".join(columns),
        columns=columns,
        prefixes=prefixes or (None,) * len(columns),
        kind=kind,
    )


@pytest.mark.parametrize(
    ("one", "option", "expected"),
    [
        (plain("title"), "indexes", '[models.Index(fields=["title"])]'),
        (plain("title", "slug"), "indexes", '[models.Index(fields=["title", "slug"])]'),
        (
            plain("body", prefixes=(20,)),
            "indexes",
            '[models.Index(Left("body", 20), name="post_body_idx")]',
        ),
        (
            plain("slug", "body", prefixes=(None, 300)),
            "indexes",
            '[models.Index(models.F("slug"), Left("body", 100), name="post_slug_body_idx")]',
        ),
        (
            plain("title", "body", kind="fulltext"),
            "indexes",
            '[GinIndex(SearchVector("title", "body", config="simple"),'
            ' name="post_title_body_gin")]',
        ),
        (
            unique("title", "slug"),
            "constraints",
            '[models.UniqueConstraint(fields=["title", "slug"], name="app_post_title_slug_uniq")]',
        ),
        (plain("id", "title"), "indexes", '[models.Index(fields=["id", "title"])]'),
        (plain("id"), "indexes", None),
        (plain("long", kind="fulltext"), "indexes", None),
        (plain("place", kind="spatial"), "indexes", None),
        (unique("long", prefixes=(None,)), "constraints", None),
    ],
)
def test_indexes_are_what_postgresql_can_have(
    one: Index, option: str, expected: str | None
) -> None:
    assert dict(indexed(one).meta).get(option) == expected


def test_a_unique_column_says_so() -> None:
    found = indexed(unique("slug"))
    assert "unique=True" in next(f for f in found.fields if f.name == "slug").arguments


def test_folding_of_case_is_told_with_the_line_that_keeps_it() -> None:
    project = design(posts(column("slug", "varchar(80)"), indexes=(unique("slug"),)))
    decision = next(d for d in project.decisions if d.topic == "index")
    assert decision.instead.startswith("from django.db.models.functions import Lower\n")
    assert 'UniqueConstraint(Lower("slug")' in decision.instead
    assert not decision.routine


@pytest.mark.parametrize(
    ("collation", "beyond", "folded"),
    [
        ("utf8mb4_general_ci", 0, True),
        ("utf8mb4_general_ci", 1, False),
        ("utf8mb4_general_ci", None, False),
        ("utf8mb4_bin", 0, False),
        ("latin1_general_cs", 0, False),
    ],
)
def test_what_is_unique_in_any_case_stays_so_where_all_is_ascii(
    collation: str, beyond: int | None, folded: bool
) -> None:
    slug = column("slug", "varchar(80)", collation=collation)
    seen = {"slug": Seen(beyond_ascii=beyond)}
    project = design(posts(slug, indexes=(unique("slug"),), evidence=seen))
    constraints = dict(model(project, "Post").meta).get("constraints", "")
    assert ('UniqueConstraint(Lower("slug")' in constraints) is folded
    assert "unique=True" in field(project, "Post.slug").arguments
    told = [d for d in project.decisions if d.topic == "index"]
    assert bool(told) is collation.endswith("_ci")
    assert all(d.routine is folded for d in told)


def test_a_prefix_that_is_unique_stays_so() -> None:
    long = column("long", "text")
    project = design(posts(long, indexes=(unique("long", prefixes=(10,)),)))
    meta = dict(model(project, "Post").meta)
    assert 'models.UniqueConstraint(Left("long", 10), name="app_post_long_uniq")' in str(
        meta["constraints"]
    )


def test_a_prefix_of_a_text_that_is_changed_is_not_unique() -> None:
    long = column("long", "text")
    seen = {"long": Seen(nul_bytes=1)}
    one = posts(long, indexes=(unique("long", prefixes=(10,)),), evidence=seen)
    project = design(one)
    assert "constraints" not in dict(model(project, "Post").meta)
    assert any("not unique" in d.chosen for d in project.decisions)


def test_names_of_indexes_are_short_enough_and_differ() -> None:
    columns = [column(f"a_rather_long_name_{n}", "text") for n in range(3)]
    long = [plain(c.name, prefixes=(10,)) for c in columns]
    meta = dict(indexed(*long, columns=columns).meta)
    names = [part.split('"')[0] for part in meta["indexes"].split('name="')[1:]]
    assert len(set(names)) == 3 and all(len(name) <= 30 for name in names)


def test_views_and_broken_tables_are_left_out_and_named() -> None:
    project = design(
        users(),
        table("report", column("a", INT), view=True, rows=None),
        table("asked_for", column("a", INT), view=True),
        table("crashed", column("a", INT), broken="table is marked as crashed"),
    )
    assert [m.name for m in project.models] == ["User", "AskedFor"]
    assert [name for name, _ in project.left_out] == ["report", "crashed"]


def test_rows_that_postgresql_cannot_hold_are_named() -> None:
    columns = [column(f"c{n}", "varchar(255)") for n in range(900)]
    seen = {c.name: Seen(longest=255, longest_bytes=255) for c in columns}
    project = design(table("wide", *columns, evidence=seen))
    assert project.unloadable[0][0] == "wide"
    assert not design(users()).unloadable


def test_a_row_calls_itself_by_its_name() -> None:
    project = design(users(), posts(column("post_title", "varchar(80)")))
    assert model(project, "User").str_field == "name"
    assert model(project, "Post").str_field == "post_title"
    assert model(project, "Post").admin_list[:2] == ("id", "post_title")
