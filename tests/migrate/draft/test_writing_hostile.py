"""Whatever a legacy database, a dump or a file is called: drafted files say it, and do nothing."""

from __future__ import annotations

import ast
import random
import re
import tomllib
from collections.abc import Iterator

import pytest

from migrate.draft.design import Decision, MappingLine, Model, Project
from migrate.draft.designing import design_project
from migrate.draft.facts import ColumnEvidence, TableFacts
from migrate.draft.writing.admin import admin_text
from migrate.draft.writing.backends import backends_text, find_users
from migrate.draft.writing.mappings import mappings_text
from migrate.draft.writing.markdown import code, escaped, fenced, printable
from migrate.draft.writing.models import models_text
from migrate.draft.writing.place import Place
from migrate.draft.writing.python import assignment, docstring, expression, quoted
from migrate.draft.writing.report import report_text
from migrate.draft.writing.settings import project_files
from tests.migrate.draft.facts_by_hand import column, facts, table

LETTERS = "'\"\\{}n\n\r\t\u2028\u0085\x00\x1b\udc80a% $`üß#🎈\u3000\u202e"
PIECES = [
    *LETTERS,
    '"""', "'''", '\\"', "\nboom()\n", '")\nboom()\n', "']\nboom()#", '"""\nboom()\n"""',
    "{boom()}",
    "```", "```\nboom()\n", "~~~", "$boom", "${app}", "%(boom)s", "#", "# type: ignore", "*/", "|",
    "<script>boom()</script>", "](javascript:boom())", "\\N{DASH}", "name", "Order ", "password",
    "x",
]  # fmt: skip


def texts(count: int, longest: int, pieces: list[str] | str = LETTERS) -> Iterator[str]:
    source = random.Random(20090131)
    for _ in range(count):
        yield "".join(source.choice(pieces) for _ in range(source.randint(0, longest)))


def test_a_hundred_thousand_texts_come_back_from_their_literals() -> None:
    for text in texts(100_000, 7):
        literal = quoted(text)
        assert ast.literal_eval(literal) == text and "\n" not in literal, repr(text)


def test_a_hundred_thousand_texts_come_back_from_their_docstrings() -> None:
    for number, text in enumerate(texts(100_000, 7)):
        said = text * 30 if number % 50 == 0 else text
        (only,) = ast.parse("\n".join(docstring(said, 0)) + "\n").body
        assert isinstance(only, ast.Expr)
        value = ast.literal_eval(only.value)
        plain = "".join(c if c.isprintable() else " " for c in said)
        assert value.split() == plain.split(), repr(said)


def test_texts_come_back_from_expressions_and_assignments() -> None:
    for text in texts(3_000, 40):
        source = f"f({quoted(text)}, x=[{quoted(text)}, {text.encode('utf-8', 'surrogatepass')!r}])"
        for lines in ([expression(source)], assignment("a", source, 4)):
            (only,) = ast.parse("\n".join(lines).strip()).body
            assert isinstance(only, (ast.Expr, ast.Assign))
            assert ast.dump(only.value) == ast.dump(ast.parse(source, mode="eval").body)


@pytest.mark.parametrize("text", ['\\"', '"', '""', '"""', '""""', 'a\\\\"', '"a"', "\\", '\\""'])
def test_docstring_ends_where_it_should(text: str) -> None:
    lines = ["class A:", *docstring(text, 4), "    b = 1"]
    made = ast.parse("\n".join(lines)).body[0]
    assert (ast.get_docstring(made) or "").strip() == text


def test_markdown_of_any_text_is_one_line_and_one_span() -> None:
    for text in texts(20_000, 12, PIECES):
        assert printable(text).isprintable() and escaped(text).isprintable()
        span = code(text)
        ticks = re.match("`+", span)
        assert ticks and span.isprintable()
        runs = [len(run) for run in re.findall("`+", span)]
        assert runs.count(len(ticks[0])) == 2 or not text
        assert not re.search(r"(?<!\\)(?:\\\\)*[<`\[]", escaped(text))


def test_fence_is_ended_by_none_of_its_lines() -> None:
    for text in texts(5_000, 12, PIECES):
        first, *lines, last = fenced("text", text.splitlines())
        assert first == f"{last}text"
        assert all(last not in line for line in lines)


class Hostile:
    """Facts with a random text wherever one comes from the database."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def text(self, longest: int = 6) -> str:
        number = self._random.randint(1, longest)
        # Bytes that are no text come in names of files, and from no database.
        pieces = [piece for piece in PIECES if piece != "\udc80"]
        return "".join(self._random.choice(pieces) for _ in range(number))

    def name(self, taken: set[str]) -> str:
        while True:
            # A server takes no other names.
            name = self.text(4).replace("\0", "").strip(" ")[:60]
            if name and name.lower() not in taken:
                taken.add(name.lower())
                return name

    def table(self, name: str) -> TableFacts:
        taken: set[str] = set()
        names = [self.name(taken) for _ in range(9)]
        members = ",".join(f"'{self.text(2)}{n}'".replace("''", "'") for n in range(3))
        said = {"comment": self.text(), "default": self.text(2)}
        columns = [
            column(names[0], "int(11)", comment=self.text()),
            column(names[1], "varchar(60)", **said),
            column(names[2], f"enum({members})", **said),
            column(names[3], f"set({members})", nullable=True, comment=self.text()),
            column(names[4], "text", comment=self.text()),
            column(names[5], "datetime", comment=self.text(), default="0000-00-00 00:00:00"),
            column(names[6], "tinyint(1)", **said),
            column(names[7], "decimal(9,2)", comment=self.text()),
            column(names[8], "varbinary(20)", nullable=True, **said),
        ]
        evidence = {names[2]: ColumnEvidence()}
        return table(name, *columns, rows=7, evidence=evidence, comment=self.text())

    def project(self) -> Project:
        taken: set[str] = set()
        tables = [self.table(self.name(taken)) for _ in range(3)]
        made = design_project(facts(*tables), app="shop", time_zone="UTC")
        people = Model(
            name="People", source=self.text(), doc=self.text(), fields=(), str_field=None,
            mapping=(MappingLine(name="id", declaration=f"Column({quoted(self.text())})",
                                 comment=self.text(30)),),
        )  # fmt: skip
        decisions = [
            Decision(
                table=self.text(), column=self.text(), topic="type", chosen=self.text() + "x",
                evidence=self.text(), instead=instead, cost=self.text(),
                routine=bool(self._random.randint(0, 1)),
            )
            # Lines of Python, or what is none.
            for instead in ("", f"a = Column({quoted(self.text(9))})", "((\n" + self.text(9))
        ]  # fmt: skip
        return Project(
            app="shop", database=self.text(), models=(*made.models, people), time_zone="UTC",
            decisions=(*made.decisions, *decisions), left_out=((self.text(), "a view"),),
            unloadable=((self.text(), "too wide"),), has_passwords=made.has_passwords,
        )  # fmt: skip

    def place(self) -> Place:
        kept = bool(self._random.randint(0, 1))
        url = None if kept or self._random.randint(0, 1) else self.text(9)
        notes = (self.text(9),) if kept else ()
        return Place(
            redacted=self.text(9) + "\udc80",
            database="shop",
            url=url,
            private_server=kept,
            notes=notes,
        )


def python_files(project: Project, place: Place) -> dict[str, str]:
    users = find_users(project, {})
    around = project_files(project, place, users, secret="'\"\\")
    made = {name: text for name, text in around.items() if name.endswith(".py")}
    made["models.py"] = models_text(project)
    made["mappings.py"] = mappings_text(project)
    made["admin.py"] = admin_text(project)
    if users:
        made["backends.py"] = backends_text(project, users)
    return made


def require_literals_only(name: str, text: str) -> None:
    """Nothing in the module is called, imported or done that the writer does not know."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and name != "manage.py":
            assert isinstance(node.value, ast.Constant), f"{name}: {ast.unparse(node)}"
        if isinstance(node, ast.Call):
            assert "boom" not in ast.unparse(node.func).lower(), f"{name}: {ast.unparse(node)}"
        if isinstance(node, ast.JoinedStr):
            names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            assert names <= {"LEGACY_SERVER"}
    comments = [line for line in text.split("\n") if line.lstrip().startswith("#")]
    assert all(line.isprintable() for line in comments)


@pytest.mark.parametrize("seed", range(60))
def test_names_and_texts_of_a_database_stay_texts_in_every_file(seed: int) -> None:
    hostile = Hostile(seed)
    project, place = hostile.project(), hostile.place()
    for name, text in python_files(project, place).items():
        require_literals_only(name, text)
        text.encode("utf-8")
    around = project_files(project, place, (), secret="x")
    assert set(tomllib.loads(around["pyproject.toml"])) == {"build-system", "project", "tool"}
    require_sound_markdown(report_text(project, place, dict.fromkeys(("a",), 7)))


def require_sound_markdown(text: str) -> None:
    """Every block of code ends where the writer ends it; Python in one is Python."""
    text.encode("utf-8")
    fence, block = "", [""]
    for line in text.split("\n"):
        assert line.isprintable()
        opened = re.fullmatch(r" *(`{3,})(\w*)", line)
        if not fence and opened:
            fence, block = opened[1], [opened[2]]
        elif fence and line.strip() == fence:
            if block[0] == "python":
                for node in ast.walk(ast.parse("\n".join(block[1:]))):
                    assert not (isinstance(node, ast.Call) and ast.unparse(node.func) == "boom")
            fence = ""
        elif fence:
            block.append(line.removeprefix("  "))
        else:
            assert not line.lstrip().startswith(("boom", "```", "~~~"))
    assert not fence


@pytest.mark.parametrize("private_server", [False, True])
def test_settings_of_any_source_do_what_those_of_a_plain_one_do(private_server: bool) -> None:
    project = Project(app="shop", database="shop", models=())

    def settings(name: str) -> str:
        place = Place(redacted=name, database="shop", private_server=private_server)
        return project_files(project, place, (), secret="s")["config/settings.py"]

    plain = ast.dump(ast.parse(settings("shop.sql")))
    for name in ('shop\nimport os; os.system("touch PWNED")\n#.sql', *texts(500, 9, PIECES)):
        assert ast.dump(ast.parse(settings(name))) == plain, repr(name)
