"""Rows that InnoDB deletes or changes by a foreign key, which no event of the binlog names."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.migrate.conftest import Shop
from tests.migrate.follow.conftest import checkpoint

BINLOG = ("resync", "--strategy", "binlog")
MODELS = """
from django.db import models


class Maker(models.Model):
    name = models.CharField(max_length=5)
    icons = models.IntegerField(default=0)


class Icon(models.Model):
    maker = models.ForeignKey(Maker, models.CASCADE, null=True)


class Comment(models.Model):
    icon = models.ForeignKey(Icon, models.CASCADE, null=True)
    answer_to = models.ForeignKey("self", models.CASCADE, null=True)


class Vote(models.Model):
    comment = models.ForeignKey(Comment, models.CASCADE, null=True)


class Kept(models.Model):
    maker = models.BigIntegerField(null=True)
    other = models.BigIntegerField(null=True)
"""
MAPPING = """

class {0}Mapping(ModelMapping):
    id = Column("id")
{1}
    class Meta:
        source = "{2}"
        model = "shop.{0}"
"""


def mappings(without: str = "", policy: str = "quarantine") -> str:
    """Of every table but one; "join": with rows of icons read beside those of kepts."""
    refer = '    {0} = Reference("{0}_id", orphans="' + policy + '")\n'
    bodies = {
        "Maker": '    name = Column("name")\n    icons = Count("shop.Icon", by="maker")\n',
        "Icon": refer.format("maker"),
        "Comment": refer.format("icon") + refer.format("answer_to"),
        "Vote": refer.format("comment"),
        "Kept": '    maker = Column("maker_id")\n',
    }
    joined = '        joins = {"icon": Join("icons", on={"id": "id"})}\n'
    bodies["Kept"] += f'    other = Column("{"icon." if without == "join" else ""}maker_id")\n'
    if without == "Maker":
        bodies["Icon"] = ""
    text = "".join(
        MAPPING.format(name, body, f"{name.lower()}s")
        for name, body in bodies.items()
        if name != without
    )
    text += joined if without == "join" else ""
    return f"from mappings import Column, Count, Join, ModelMapping, Reference\n{text}"


def legacy(delete: str = "CASCADE", update: str = "CASCADE") -> tuple[str, ...]:
    """Each maker has two icons, each of these a comment and an answer, each of these a vote.

    Every third maker is refused.
    """
    to = f"FOREIGN KEY ({{}}_id) REFERENCES {{}} (id) ON DELETE {delete} ON UPDATE {update}"
    answers = "FOREIGN KEY (answer_to_id) REFERENCES comments (id) ON DELETE CASCADE"
    return (
        "CREATE TABLE makers (id INT PRIMARY KEY, name VARCHAR(20))",
        f"CREATE TABLE icons (id INT PRIMARY KEY, maker_id INT, {to.format('maker', 'makers')})",
        "CREATE TABLE comments (id INT PRIMARY KEY, icon_id INT, answer_to_id INT,"
        f" {to.format('icon', 'icons')}, {answers})",
        "CREATE TABLE votes (id INT PRIMARY KEY, comment_id INT,"
        f" {to.format('comment', 'comments')})",
        f"CREATE TABLE kepts (id INT PRIMARY KEY, maker_id INT, {to.format('maker', 'makers')})",
        "INSERT INTO makers VALUES "
        + ", ".join(f"({n}, '{'one' if n % 3 else 'refused'}')" for n in range(1, 46)),
        "INSERT INTO icons SELECT id * 10 + 1, id FROM makers",
        "INSERT INTO icons SELECT id + 1, maker_id FROM icons",
        "INSERT INTO comments SELECT id * 10, id, NULL FROM icons",
        "INSERT INTO comments SELECT id + 1, icon_id, id FROM comments",
        "INSERT INTO votes SELECT id * 10, id FROM comments",
        "INSERT INTO kepts SELECT id, maker_id FROM icons",
    )


@pytest.fixture
def made(shop: Callable[..., Shop]) -> Callable[..., Shop]:
    """Make a shop and load it."""

    def make(*statements: str, without: str = "", policy: str = "quarantine") -> Shop:
        found = shop(MODELS, mappings(without, policy), *statements)
        found.delamp("run", "-q")
        assert "checksum" not in found.delamp(*BINLOG) or without
        return found

    return make


def require_same(shop: Shop) -> None:
    """The target holds what the source does, found without comparing a table."""
    said = shop.delamp(*BINLOG)
    assert "checksum" not in said and checkpoint(shop)["suspect"] == {}
    assert checkpoint(shop)["passes"] == {}
    assert shop.findings() == []
    for name in ("Maker", "Icon", "Comment", "Vote", "Kept"):
        rows = shop.source(f"SELECT COUNT(*) FROM {name.lower()}s")[0][0]
        extracted, *parts = shop.totals(f"{name}Mapping")
        assert extracted == sum(parts) == rows


WRITES = {
    "deleted": ("DELETE FROM makers WHERE id = {a}",),
    "refused": ("DELETE FROM makers WHERE id = {c}",),
    "replaced": ("REPLACE INTO makers VALUES ({a}, 'anew'), ({c}, 'anew')",),
    "moved, then deleted": (
        "UPDATE icons SET maker_id = {b} WHERE maker_id = {a}",
        "UPDATE icons SET maker_id = {a} WHERE maker_id = {c}",
        "DELETE FROM makers WHERE id = {b}",
        "DELETE FROM makers WHERE id = {c}",
    ),
    "made and deleted": (
        "INSERT INTO makers VALUES ({a}99, 'four')",
        "INSERT INTO icons VALUES ({a}999, {a}99)",
        "INSERT INTO comments VALUES ({a}9999, {a}999, NULL)",
        "DELETE FROM makers WHERE id = {a}99",
    ),
    "key changed": ("UPDATE makers SET id = id + 100 WHERE id IN ({a}, {b}, {c})",),
    "key changed and back": (
        "UPDATE makers SET id = {a}00 WHERE id = {a}",
        "UPDATE makers SET id = {a} WHERE id = {a}00",
    ),
    "key changed twice, then deleted": (
        "UPDATE icons SET id = {a}98 WHERE id = {a}1",
        "UPDATE icons SET id = {a}97 WHERE id = {a}98",
        "DELETE FROM icons WHERE id = {a}97",
    ),
    "answers": ("DELETE FROM comments WHERE id IN ({a}10, {c}10)",),
    "at once": (
        "DELETE i, c FROM icons i JOIN comments c ON c.icon_id = i.id WHERE i.maker_id = {a}",
    ),
    "nothing": ("UPDATE makers SET name = 'else' WHERE id = {a}",),
}


def writes() -> list[list[str]]:
    """Each kind on makers of its own."""
    return [
        [each.format(a=3 * n + 1, b=3 * n + 2, c=3 * n + 3) for each in statements]
        for n, statements in enumerate(WRITES.values())
    ]


@pytest.mark.parametrize(
    ("delete", "policy"), [("CASCADE", "quarantine"), ("SET NULL", "null"), ("CASCADE", "skip")]
)
def test_what_cascades_change_is_brought_over(
    made: Callable[..., Shop], delete: str, policy: str
) -> None:
    shop = made(*legacy(delete), policy=policy)
    shop.source(*(each for statements in writes() for each in statements))
    require_same(shop)


@pytest.mark.slow
@pytest.mark.parametrize(("delete", "policy"), [("CASCADE", "null"), ("SET NULL", "quarantine")])
def test_each_kind_of_cascade_is_brought_over(
    made: Callable[..., Shop], delete: str, policy: str
) -> None:
    shop = made(*legacy(delete), policy=policy)
    for statements in writes():
        shop.source(*statements)
        require_same(shop)


def test_the_quarantine_forgets_children_whose_values_are_not_kept(
    made: Callable[..., Shop],
) -> None:
    shop = made(*legacy())
    shop.target('UPDATE delamp_reject SET "values" = NULL')
    shop.source("DELETE FROM makers WHERE id IN (3, 4)")
    require_same(shop)


@pytest.mark.parametrize(
    ("without", "compared"),
    [
        ("Maker", {"Icon", "Comment", "Vote", "Kept"}),
        ("Icon", {"Comment", "Vote"}),
        ("join", {"Kept"}),
    ],
)
def test_what_cannot_be_followed_is_compared(
    made: Callable[..., Shop], without: str, compared: set[str]
) -> None:
    shop = made(*legacy("SET NULL"), without=without)
    shop.source("DELETE FROM makers WHERE id = 1")
    said = shop.delamp(*BINLOG)
    passes = [line for line in said.splitlines() if "Mapping: checksum" in line]
    assert {line.split("Mapping:")[0].split()[-1] for line in passes} == compared, said
    assert shop.findings() == []
