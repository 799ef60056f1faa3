"""The target itself: what is missing, switched off or behind is named."""

from __future__ import annotations

import pytest

from tests.verify.conftest import Moved

CHILD = "tests_verify_child"
_FK = (
    "SELECT conname FROM pg_constraint WHERE contype = 'f'"
    f" AND conrelid = '{CHILD}'::regclass"
)  # fmt: skip


def found(moved: Moved) -> list[tuple[str, str, tuple[str, ...]]]:
    report = moved.verify("database")
    return [(f.kind, f.table, f.columns) for f in report.findings]


EVERYTHING, FRIENDS = "EverythingMapping", "ParentMapping.friends"
_INVALID = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'child_by_size'::regclass"
_NAMED_PK = "ALTER TABLE tests_verify_named DROP CONSTRAINT tests_verify_named_pkey"

DAMAGE = {
    "SELECT setval('tests_verify_everything_id_seq', 59)":
        ("sequence_behind", EVERYTHING, ("id",)),
    "SELECT setval('tests_verify_everything_id_seq', 60, false)":
        ("sequence_behind", EVERYTHING, ("id",)),
    "SELECT setval('tests_verify_parent_friends_id_seq', 1)":
        ("sequence_behind", FRIENDS, ("id",)),
    f"ALTER TABLE {CHILD} DROP CONSTRAINT child_size_positive":
        ("constraint_missing", "ChildMapping", ()),
    f"ALTER TABLE {CHILD} DROP CONSTRAINT child_name_once":
        ("constraint_missing", "ChildMapping", ("parent", "name")),
    "DROP INDEX child_by_size": ("index_missing", "ChildMapping", ("size",)),
    _INVALID: ("index_invalid", "ChildMapping", ()),
    "ALTER TABLE tests_verify_named SET UNLOGGED": ("table_unlogged", "NamedMapping", ()),
    _NAMED_PK: ("constraint_missing", "NamedMapping", ("name",)),
    f"{_NAMED_PK}; CREATE UNIQUE INDEX other_key ON tests_verify_named (name)":
        ("constraint_missing", "NamedMapping", ("name",)),
    f"ALTER TABLE {CHILD} DROP CONSTRAINT {CHILD}_pkey, ADD PRIMARY KEY (id, size)":
        ("constraint_missing", "ChildMapping", ("id",)),
    f"ALTER TABLE {CHILD} ALTER COLUMN size DROP NOT NULL":
        ("constraint_missing", "ChildMapping", ("size",)),
    f"ALTER TABLE {CHILD} DROP CONSTRAINT child_name_once;"
    f" CREATE INDEX child_name_once ON {CHILD} (parent_id, name)":
        ("constraint_missing", "ChildMapping", ("parent", "name")),
    "ALTER TABLE tests_verify_everything ALTER COLUMN id DROP IDENTITY":
        ("sequence_missing", EVERYTHING, ("id",)),
    "ALTER TABLE tests_verify_parent_friends ALTER COLUMN id DROP IDENTITY":
        ("sequence_missing", FRIENDS, ("id",)),
    "ALTER TABLE tests_verify_everything ALTER COLUMN id DROP IDENTITY;"
    " CREATE SEQUENCE apart START 60; ALTER TABLE tests_verify_everything"
    " ALTER COLUMN id SET DEFAULT nextval('apart')": ("sequence_behind", EVERYTHING, ("id",)),
    f"ALTER TABLE {CHILD} DISABLE TRIGGER ALL": ("constraint_broken", "ChildMapping", ()),
}  # fmt: skip


@pytest.mark.parametrize("statement", DAMAGE)
def test_damage_to_the_database_is_named(moved: Moved, statement: str) -> None:
    assert found(moved) == []
    moved.target(statement)
    assert DAMAGE[statement] in found(moved)


def test_dropped_foreign_key_and_the_orphans_behind_it_are_named(moved: Moved) -> None:
    name = moved.target(_FK)[0][0]
    moved.target(f"ALTER TABLE {CHILD} DROP CONSTRAINT {name}")
    assert found(moved) == [("constraint_missing", "ChildMapping", ("parent",))]
    moved.target(f"UPDATE {CHILD} SET parent_id = 999 WHERE id = 4")
    broken = [f for f in moved.verify("database").findings if f.kind == "constraint_broken"]
    assert [(f.key, f.columns) for f in broken] == [((4,), ("parent",))]


def test_foreign_key_that_was_never_validated_is_named(moved: Moved) -> None:
    name = moved.target(_FK)[0][0]
    moved.target(f"ALTER TABLE {CHILD} DROP CONSTRAINT {name}")
    moved.target(
        f"ALTER TABLE {CHILD} ADD CONSTRAINT {name} FOREIGN KEY (parent_id)"
        " REFERENCES tests_verify_parent (id) DEFERRABLE INITIALLY DEFERRED NOT VALID"
    )
    assert found(moved) == [("constraint_broken", "ChildMapping", ())]


def test_missing_index_of_a_field_is_named(moved: Moved) -> None:
    rows = moved.target(
        f"SELECT indexname FROM pg_indexes WHERE tablename = '{CHILD}' AND indexdef LIKE '%(name%'"
    )
    for (index,) in rows:
        moved.target(f'DROP INDEX "{index}"')
    assert ("index_missing", "ChildMapping", ("name",)) in found(moved)


def test_one_missing_key_is_one_finding(moved: Moved) -> None:
    moved.target(_NAMED_PK)
    assert found(moved) == [("constraint_missing", "NamedMapping", ("name",))]


def test_sequence_that_nobody_owns_but_a_default_uses_is_enough(moved: Moved) -> None:
    moved.target(
        "ALTER TABLE tests_verify_everything ALTER COLUMN id DROP IDENTITY;"
        " CREATE SEQUENCE apart START 61; ALTER TABLE tests_verify_everything"
        " ALTER COLUMN id SET DEFAULT nextval('apart')"
    )
    assert found(moved) == []


_PAIRS = "tests_verify_parent_friends"


@pytest.mark.parametrize(
    ("level", "statement", "kind"),
    [
        ("counts", f"DELETE FROM {_PAIRS} WHERE from_parent_id = 5", "count_differs"),
        ("checksums", f"DELETE FROM {_PAIRS} WHERE from_parent_id = 5", "missing"),
        ("checksums", f"UPDATE {_PAIRS} SET to_parent_id = 60 WHERE from_parent_id = 5", "extra"),
        ("database", f"ALTER TABLE {_PAIRS} SET UNLOGGED", "table_unlogged"),
        ("database", f"ALTER TABLE {_PAIRS} DISABLE TRIGGER ALL", "constraint_broken"),
    ],
)
def test_join_table_of_a_many_to_many_is_covered(
    moved: Moved, level: str, statement: str, kind: str
) -> None:
    moved.target(statement)
    report = moved.verify(level)
    assert {(f.table, f.kind) for f in report.findings} >= {(FRIENDS, kind)}
    assert {result.table for result in report.results if not result.ok} == {FRIENDS}
