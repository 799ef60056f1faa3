"""Questions are declared in mappings: `check` tells mistakes, `verify` compares answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.fix_project import FILES
from tests.cli.fix_project import LEGACY as ICONS
from tests.migrate.conftest import Shop

pytestmark = pytest.mark.slow

MODELS = FILES["shop/models.py"]
QUESTIONS = """
    from django.db.models import Count as CountOf

    from mappings import Column, ModelMapping, Question, Reference
    from shop.models import Icon


    def icons_per_maker():
        return Icon.objects.values_list("maker__name").annotate(icons=CountOf("pk"))


    class MakerMapping(ModelMapping):
        id = Column("id")
        name = Column("name")

        class Meta:
            source = "makers"
            model = "shop.Maker"


    class IconMapping(ModelMapping):
        id = Column("id")
        title = Column("title")
        maker = Reference("maker_id")

        class Meta:
            source = "icons"
            model = "shop.Icon"
            questions = [
                Question(
                    name="icons per maker",
                    source="SELECT m.name, COUNT(*) AS icons FROM icons s"
                    " JOIN makers m ON m.id = s.maker_id WHERE {arrived} GROUP BY 1",
                    target=icons_per_maker,
                ),
                MORE
            ]
"""


def mappings(more: str = "") -> str:
    return QUESTIONS.replace("MORE", more)


def legacy() -> list[str]:
    return [statement for statement in ICONS.split(";\n") if statement.strip()]


def test_what_the_business_asks_gets_the_same_answer(shop: Callable[..., Shop]) -> None:
    made = shop(MODELS, mappings(), *legacy())
    made.delamp("run", "-q")
    # One icon has no maker, one too long a title: they are in quarantine.
    made.delamp("verify", "--level", "questions")
    made.target("UPDATE shop_icon SET maker_id = 2 WHERE id = 1")
    file = made.project.folder / "report.json"
    said = made.delamp("verify", "--level", "questions", "--json", str(file), code=6)
    assert "answers differ" in said
    assert "answer_differs  IconMapping  icons  (icons per maker: row 1)" in said
    assert "icons: source" not in said
    findings: list[dict[str, Any]] = json.loads(file.read_text())["tables"][0]["findings"]
    assert [(f["kind"], f["columns"]) for f in findings] == [
        ("answer_differs", ["icons"]),
        ("answer_differs", ["maker__name", "icons"]),
    ]
    assert "Ada" not in file.read_text()
    shown = made.delamp("verify", "--level", "questions", "--show-values", code=6)
    assert "icons: source 2, target 1" in shown


def test_every_mistake_is_told_at_once_and_before_anything_is_asked(
    shop: Callable[..., Shop],
) -> None:
    made = shop(MODELS, mappings(), *legacy())
    wrong = """
                Question(name="icons per maker", source="DELETE FROM x", target=icons_per_maker),
                Question(name="", source="SELECT 1", target=3, key=-1, ordered="no", tolerance="x"),
                "how many?",
    """
    made.project.write("shop/mappings.py", mappings(wrong))
    said = made.delamp("check", code=3)
    for part in (
        "mappings.E070 IconMapping.Meta: questions[1]: source is not understood",
        "questions[2]: name is not understood, got '' (expected text)",
        "questions[2]: target is not understood, got 3 (expected a function without arguments",
        "questions[2]: key is not understood, got -1",
        "questions[2]: ordered is not understood, got 'no'",
        "questions[2]: tolerance is not understood, got 'x'",
        "questions[3] is no Question, got str",
        "mappings.E071 IconMapping.Meta: questions: the name 'icons per maker' comes 2 times",
    ):
        assert part in said
    refused = """
                Question(name="a", source="SELECT nothing FROM icons", target=icons_per_maker),
                Question(name="b", source="SELECT 1 FROM nowhere", target=icons_per_maker),
    """
    made.project.write("shop/mappings.py", mappings(refused))
    said = made.delamp("check", code=3)
    assert "mappings.E072 IconMapping.Meta: question 'a' is refused by the source" in said
    assert "question 'b' is refused by the source" in said
    made.project.write("shop/mappings.py", mappings().replace("questions = [", "questions = {}, ["))
    # A tuple whose members are no questions.
    said = made.delamp("check", code=3)
    assert "questions[0] is no Question, got dict" in said
