"""A design made by hand is written as a project that tools and Django find nothing wrong with."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest

from migrate.draft.design import Choice, Decision, Field, MappingLine, Model, Project
from migrate.draft.writing import Place, write_project
from migrate.draft.writing.imports import import_lines
from migrate.draft.writing.python import assignment, docstring, quoted
from migrate.draft.writing.report import report_text
from migrate.draft.writing.settings import project_files
from migrate.errors import ConfigError, RunError

ROOT = Path(__file__).resolve().parents[3]
PLACE = Place(redacted="mysql://php@db/shop", database="shop", url="mysql://php@db/shop")

PERSON = Model(
    name="Person",
    source="shop_people",
    doc='Who buys: "customers" of shop_people.',
    fields=(
        Field(name="id", cls="models.AutoField", arguments=("primary_key=True",)),
        Field(
            name="name",
            cls="models.CharField",
            arguments=("max_length=80", "db_index=True", 'help_text="as on the invoice"'),
        ),
        Field(
            name="state",
            cls="models.CharField",
            arguments=("max_length=6", "choices=State", "null=True", "blank=True"),
            choices_class="State",
            choices=(
                Choice(name="NEW", value='"new"', label="new"),
                Choice(name="CLOSED", value='"closed"', label="it's closed"),
            ),
        ),
        Field(
            name="tags",
            cls="ArrayField",
            arguments=("models.CharField(max_length=200)", "default=list", "blank=True"),
            imports=("django.contrib.postgres.fields.ArrayField",),
        ),
    ),
    meta=(
        ("verbose_name_plural", '"people"'),
        (
            "constraints",
            '[models.UniqueConstraint(Lower("name"), "state",'
            ' name="person_name_state_once_in_lower_case_letters")]',
        ),
    ),
    meta_imports=("django.db.models.functions.Lower",),
    str_field="name",
    mapping=(
        MappingLine(name="id", declaration='Column("person_id")'),
        MappingLine(name="name", declaration='Column("name", steps.html_unescape)'),
        MappingLine(name="state", declaration='Column("state")', comment="of 12 rows " * 12),
        MappingLine(name="tags", declaration='Column("tags", steps.default([]))'),
    ),
    admin_list=("id", "name", "state"),
    admin_search=("name",),
)
ORDER = Model(
    name="Order",
    source="order",
    doc="Orders.",
    fields=(
        Field(
            name="person",
            cls="models.ForeignKey",
            arguments=(
                '"Person"',
                "models.PROTECT",
                "null=True",
                "blank=True",
                "db_constraint=False",
                'related_name="orders"',
            ),
        ),
        Field(name="paid", cls="models.BooleanField", arguments=("default=False",)),
    ),
    mapping=(MappingLine(name="person", declaration='Reference("person_id", orphans="keep")'),),
    mapping_meta=(("key", '("person_id", "paid")'),),
    admin_raw_ids=("person",),
)
SHOP = Project(
    app="shop",
    database="shop",
    models=(PERSON, ORDER),
    decisions=(
        Decision(
            table="order",
            column="person_id",
            topic="relation",
            chosen="a foreign key without a constraint",
            evidence="3 of 12 rows have no parent",
            instead='person = models.ForeignKey("Person", models.PROTECT)',
            cost="refuses 3 rows",
        ),
    ),
    left_out=(("v_orders", "a view"),),
    has_passwords=True,
)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command in the drafted project, which finds delamp as an installed one would be."""
    environment = {k: v for k, v in os.environ.items() if k not in ("LEGACY_URL", "DATABASE_URL")}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("draft") / "shop"
    write_project(SHOP, folder, place=PLACE, rows={"shop_people": 12, "order": 12})
    return folder


def test_every_file_of_a_project_is_written(shop: Path) -> None:
    files = {path.relative_to(shop).as_posix() for path in shop.rglob("*") if path.is_file()}
    assert files == {
        ".gitignore",
        "DRAFT.md",
        "config/__init__.py",
        "config/settings.py",
        "config/urls.py",
        "manage.py",
        "pyproject.toml",
        "shop/__init__.py",
        "shop/admin.py",
        "shop/apps.py",
        "shop/mappings.py",
        "shop/migrations/0001_initial.py",
        "shop/migrations/__init__.py",
        "shop/models.py",
    }
    assert os.access(shop / "manage.py", os.X_OK)
    assert not list(shop.parent.glob(".shop-*")), "the work folder is left behind"


def test_django_finds_nothing_to_say_nor_to_migrate(shop: Path) -> None:
    script = (
        "import django; django.setup();"
        "from django.core.management import call_command as c;"
        "c('check', fail_level='WARNING');"
        "c('makemigrations', check_changes=True, dry_run=True)"
    )
    code = f"import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'; {script}"
    done = run(shop, "-W", "ignore", "-c", code)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No changes detected" in done.stdout


def test_ruff_would_change_nothing(shop: Path) -> None:
    for command in (["check"], ["format", "--check", "--diff"]):
        done = run(shop, "-m", "ruff", *command, "--no-cache", ".")
        assert done.returncode == 0, done.stdout + done.stderr


def test_models_read_as_if_written_by_hand(shop: Path) -> None:
    text = (shop / "shop/models.py").read_text()
    assert (
        text
        == '''\
"""Models of the legacy database shop."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower


class Person(models.Model):
    """Who buys: "customers" of shop_people."""

    class State(models.TextChoices):
        NEW = "new", "new"
        CLOSED = "closed", "it's closed"

    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=80, db_index=True, help_text="as on the invoice")
    state = models.CharField(max_length=6, choices=State, null=True, blank=True)
    tags = ArrayField(models.CharField(max_length=200), default=list, blank=True)

    class Meta:
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(
                Lower("name"), "state", name="person_name_state_once_in_lower_case_letters"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Order(models.Model):
    """Orders."""

    person = models.ForeignKey(
        "Person", models.PROTECT, null=True, blank=True, db_constraint=False, related_name="orders"
    )
    paid = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.pk)
'''
    )


def test_mappings_import_what_they_use(shop: Path) -> None:
    text = (shop / "shop/mappings.py").read_text()
    assert "from mappings import Column, ModelMapping, Reference, steps\n" in text
    assert 'key = ("person_id", "paid")' in text
    assert 'model = "shop.Person"' in text


def test_report_names_decisions_with_evidence_cost_and_line(shop: Path) -> None:
    text = (shop / "DRAFT.md").read_text()
    assert "### `order` → Order, 12 rows" in text
    assert "Found: 3 of 12 rows have no parent." in text
    assert "Instead (refuses 3 rows):" in text
    assert 'person = models.ForeignKey("Person", models.PROTECT)' in text
    assert "- `v_orders`: a view" in text
    assert "python manage.py delamp run\n" in text


def test_report_tells_how_to_take_another_choice_before_and_after_a_load(shop: Path) -> None:
    text = (shop / "DRAFT.md").read_text()
    first = text.index("delete `shop/migrations/0001_initial.py`, then `makemigrations`")
    assert text.index("before the first `migrate`") < first < text.index("After a load")
    assert "the mapping first, `delamp run --restart`" in text
    assert "a boolean to a number" in text and "a fresh database" in text
    assert "`CompositePrimaryKey`: before the first `migrate` alone" in text
    assert "takes all rows as they are" not in text


def test_report_tells_what_to_look_at_first() -> None:
    def decision(column: str, routine: bool) -> Decision:
        return Decision(
            table="order",
            column=column,
            topic="type",
            chosen=f"{column} chosen",
            evidence="",
            instead="from django.db import models\nx = models.TextField()",
            routine=routine,
        )

    project = dataclasses.replace(SHOP, decisions=(decision("a", True), decision("b", False)))
    text = report_text(project, PLACE, {})
    assert "| types | 1 | 1 |" in text
    assert text.index("## Decisions to look at") < text.index("b chosen")
    assert text.index("b chosen") < text.index("## Nothing speaks against")
    assert text.index("## Nothing speaks against") < text.index("a chosen")
    assert "  from django.db import models\n\n  x = models.TextField()" in text


def test_report_says_once_what_holds_for_several_columns() -> None:
    both = [
        Decision(
            table="order",
            column=column,
            topic="null",
            chosen="NULL for 0000-00-00",
            evidence=f"{rows} of 12 values",
            instead=f"{column} = models.DateTimeField()",
            cost=f"refuses {rows} rows",
        )
        for column, rows in (("paid_at", 3), ("sent_at", 4))
    ]
    words = Decision(
        table="order",
        column="id",
        topic="key",
        chosen="kept",
        evidence="",
        instead="no such Python",
    )
    project = dataclasses.replace(SHOP, decisions=(*both, words))
    text = report_text(project, PLACE, {})
    assert (
        """\
- **paid\\_at**, **sent\\_at** *null*: NULL for 0000-00-00.
  Found: paid\\_at: 3 of 12 values; sent\\_at: 4 of 12 values.
  Instead (paid\\_at: refuses 3 rows; sent\\_at: refuses 4 rows):

  ```python
  paid_at = models.DateTimeField()
  sent_at = models.DateTimeField()
  ```
- **id** *key*: kept.
  Instead:

  ```text
  no such Python
  ```
"""
        in text
    )


def test_password_of_the_source_is_in_no_file(tmp_path: Path) -> None:
    place = Place(redacted="mysql://php@db/shop", database="shop", url=None)
    write_project(SHOP, tmp_path / "shop", place=place, rows={})
    settings = (tmp_path / "shop/config/settings.py").read_text()
    assert 'DELAMP = {"SOURCE": os.environ.get("LEGACY_URL")}' in settings
    assert "export LEGACY_URL=" in (tmp_path / "shop/DRAFT.md").read_text()


@pytest.mark.parametrize("length", [4, 14, 18, 24, 30, 60])
def test_settings_are_laid_out_for_names_of_any_length(tmp_path: Path, length: int) -> None:
    name = "s" * length
    project = dataclasses.replace(SHOP, app=name)
    places = (
        Place(redacted=name, database=name, url=f"mysql://php@db/{name}"),
        Place(redacted=name, database=name, private_server=True),
        Place(redacted=name, database=name),
    )
    for number, place in enumerate(places):
        files = project_files(project, place, (), secret="x" * 50)
        (tmp_path / f"{number}.py").write_text(files["config/settings.py"])
    (tmp_path / "ruff.toml").write_text("line-length = 100\n")
    done = run(tmp_path, "-m", "ruff", "format", "--no-cache", "--check", "--diff", ".")
    assert done.returncode == 0, done.stdout


def test_folder_with_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(ConfigError, match=r"is not empty, got 'mine.txt'"):
        write_project(SHOP, tmp_path, place=PLACE, rows={})
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_design_that_django_refuses_leaves_no_folder(tmp_path: Path) -> None:
    wrong = dataclasses.replace(PERSON, meta=(("indexes", '[models.Index(fields=["no_such"])]'),))
    broken = dataclasses.replace(SHOP, models=(wrong, ORDER))
    with pytest.raises(RunError, match="Django refuses the drafted project"):
        write_project(broken, tmp_path / "shop", place=PLACE, rows={})
    assert list(tmp_path.iterdir()) == []


A, B = "a" * 45, "b" * 60
EXPRESSIONS = {
    "one_element": f'[models.UniqueConstraint(fields=["film", "actor"], name="{B}")]',
    "two_elements": f"[models.Index(fields=['a'], name='{B}'), models.Index(fields=['b'])]",
    "call_in_call": f'Column("{A}", steps.static_map({{"{B}": True, "b": False}}))',
    "q": f'f(condition=Q({A}=1) & Q({A}=2) & Q(cc=1), name="a")',
    "not_q": f'f(condition=~Q({B}=1, {A}=2), name="a")',
    "chain": f'models.F("{A}{A}").desc(nulls_last=True)',
    "one_long_text": f'models.TextField(help_text="{A} {A} {A}")',
    "tuple_of_one": f'("{A}{A}",)',
    "long_text": f'"{A}{A}"',
    "too_long_text": f'"{A}{A}{A}"',
    "dict": f'{{"{A}": 1, "{B}": f("x")}}',
    "dict_of_one": f'{{"{A}": f("{B}", cccccc)}}',
    "quotes": r"""f('a "b" c', 'it\'s', "it's \"q\"", '\x00\xab', "\\", '\n', b'a"b\xff\\')""",
    "numbers": "f(-1, 1.5, Decimal('1.10'), not a, 2 * (3 + 4), 1 | 2)",
    "unicode": r'f("naïve – 日本", "\u200b")',
    # Letters of East Asia take two columns, a combining accent none.
    **{f"wide_{n}": 'f("' + "日🎈e\u0301" * 6 + "x" * n + '", 1)' for n in range(40, 56)},
    "exactly_100": f'"{"a" * (100 - len("    exactly_100 = ") - 2)}"',
}


def test_layout_is_ruffs(tmp_path: Path) -> None:
    lines = ["class A:"]
    for name, source in EXPRESSIONS.items():
        lines += assignment(name, source, 4)
    (tmp_path / "ruff.toml").write_text("line-length = 100\n")
    (tmp_path / "a.py").write_text("\n".join(lines) + "\n")
    done = run(tmp_path, "-m", "ruff", "format", "--no-cache", "--check", "--diff", "a.py")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("source", EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_layout_keeps_the_meaning(source: str) -> None:
    import ast

    again = ast.parse("\n".join(assignment("x", source))).body[0]
    assert isinstance(again, ast.Assign)
    assert ast.dump(again.value) == ast.dump(ast.parse(source, mode="eval").body)


@pytest.mark.parametrize(
    "text",
    ["plain", "it's", 'a "word"', """both ' and \"""", "\\", "line\nbreak", "\0", "🎈", '"""', "'"],
)
def test_text_comes_back_from_its_literal(text: str) -> None:
    assert eval(quoted(text)) == text
    printable = text.replace("\0", " ")
    assert eval("\n".join(docstring(text, 0))).split() == printable.split()


def test_imports_stand_in_sections() -> None:
    names = [
        "shop.models",
        ":django.db.models.deletion",
        "django.db.models",
        "pathlib.Path",
        ":os",
        "django.contrib.postgres.indexes.GinIndex",
    ]
    assert import_lines(names, ours="shop") == [
        "import os",
        "from pathlib import Path",
        "",
        "import django.db.models.deletion",
        "from django.contrib.postgres.indexes import GinIndex",
        "from django.db import models",
        "",
        "from shop import models",
    ]


def routine(column: str | None, chosen: str, instead: str = "", **more: str) -> Decision:
    words = {"evidence": f"{column} | seen", "topic": "type", "cost": "nothing", **more}
    return Decision(
        table="order", column=column, chosen=chosen, instead=instead, routine=True, **words  # type: ignore[arg-type]
    )  # fmt: skip


def test_report_has_one_table_for_what_nothing_speaks_against() -> None:
    lines = 'x = models.TextField(\n)\nx = Column("x")'
    decisions = (
        routine("b", "a flag", lines),
        routine("a", "a flag"),
        routine("c`c", "a number", "no such Python"),
        routine(None, "a table", topic="left out"),
    )
    text = report_text(dataclasses.replace(SHOP, decisions=decisions), PLACE, {})
    assert (
        text[text.index("## Nothing speaks against") :]
        == """\
## Nothing speaks against

Choices for which, or for want of rows against which, nothing was found.

### Types

A flag (instead: nothing):

| where | found | instead |
| --- | --- | --- |
| `order.a` | a \\| seen |  |
| `order.b` | b \\| seen | `x = models.TextField()`<br>`x = Column("x")` |

| where | chosen | found | instead |
| --- | --- | --- | --- |
| `` order.c`c `` | a number | c`c \\| seen | `no such Python` |

### Left out

| where | chosen | found |
| --- | --- | --- |
| `order` | a table | None \\| seen |
"""
    )


def test_report_says_in_which_file_each_line_stands() -> None:
    decisions = [
        Decision(
            table="order", column=name, topic="type", chosen="x", evidence="y",
            instead=f"from a import B\n{name} = models.TextField()\n{name} = Column({name!r})",
        )
        for name in ("v", "w")
    ]  # fmt: skip
    text = report_text(dataclasses.replace(SHOP, decisions=tuple(decisions)), PLACE, {})
    assert (
        """\
  ```python
  # models.py
  from a import B

  v = models.TextField()
  w = models.TextField()
  # mappings.py
  v = Column("v")
  w = Column("w")
  ```
"""
        in text
    )
