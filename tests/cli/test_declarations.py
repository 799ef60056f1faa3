"""A declaration that Python cannot even make is a mistake with a line, not a traceback."""

from __future__ import annotations

import pytest

from tests.cli.fix_project import Project

LINE = """
    from mappings import Column, ModelMapping, Reference, steps


    class IconMapping(ModelMapping):
        title = {}

        class Meta:
            source = "icons"
            model = "shop.Icon"
"""


@pytest.mark.parametrize(
    ("declaration", "got", "hint"),
    [
        ("Column()", "missing 1 required positional argument: 'source'", "docs/mappings.md"),
        ('Reference("maker_id", orphan="null")', "'orphan'", "docs/mappings.md"),
        ('Column("title", steps.stip)', "no attribute 'stip'", "use 'strip'"),
        ('Colum("title")', "name 'Colum' is not defined", "use 'Column'"),
        ('Column("title", steps.truncate("x", 3))', "truncate", "docs/steps.md"),
        ('Column("title", 7)', "a step is a function or one of mappings.steps", "docs/steps.md"),
    ],
)
def test_a_declaration_that_cannot_be_made_is_named_with_its_line(
    project: Project, declaration: str, got: str, hint: str
) -> None:
    project.write("shop/mappings.py", LINE.format(declaration))
    for done in (project.delamp("check"), project.manage("check")):
        assert "Traceback" not in done.stderr
        assert "mappings.E007" in done.stderr
        assert "shop/mappings.py:5" in done.stderr
        assert got in done.stderr
        assert hint in done.stderr
    assert project.delamp("check").returncode == 3


def test_an_import_that_is_not_there_hints_at_the_nearest(project: Project) -> None:
    project.write("shop/mappings.py", "from mappings import Colum\n")
    done = project.delamp("check")
    assert (done.returncode, "use 'Column'" in done.stderr) == (3, True), done.stderr


@pytest.mark.parametrize("text", ["import no_such_module\n", "import json\njson.loads('x')\n"])
def test_an_error_of_the_projects_own_code_is_raised_as_it_is(project: Project, text: str) -> None:
    project.write("shop/mappings.py", text)
    done = project.delamp("check")
    assert "Traceback" in done.stderr
    assert "mappings.E007" not in done.stderr
