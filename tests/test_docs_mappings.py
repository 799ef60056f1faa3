"""The reference of the mapping language names all of it, and the pages' Python is Python."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path
from typing import Any, get_args

import pytest

import mappings
from mappings import (
    Column,
    Constant,
    ContentTypes,
    Count,
    Gathered,
    GenericReference,
    Join,
    Latest,
    ManyToMany,
    Max,
    Picked,
    Reference,
    Sum,
)
from mappings.columns import Duplicates, Orphans
from mappings.options import Existing, Options

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "mappings.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("option", dataclasses.fields(Options), ids=lambda field: field.name)
def test_option_of_meta_has_a_row(option: Any) -> None:
    row = re.search(rf"^\| `{option.name}` \|.*\|(.*)\|$", PAGE, re.MULTILINE)
    assert row is not None
    if isinstance(option.default, str):
        assert f'"{option.default}"' in row[1]


@pytest.mark.parametrize(
    "declaration",
    [
        Column,
        Constant,
        ContentTypes,
        Gathered,
        GenericReference,
        Join,
        Picked,
        Reference,
        ManyToMany,
        Count,
        Sum,
        Max,
        Latest,
    ],
)
def test_declaration_is_described_with_its_options(declaration: Any) -> None:
    assert f"`{declaration.__name__}(" in PAGE
    named = {field.name for field in dataclasses.fields(declaration)}
    for name in named - {"source", "steps", "table", "child", "field", "target"}:
        assert re.search(rf"\b{name}\b", PAGE), name


@pytest.mark.parametrize("policy", [*get_args(Orphans), *get_args(Existing), *get_args(Duplicates)])
def test_policy_is_named(policy: str) -> None:
    assert f'"{policy}"' in PAGE


def test_public_names_are_imported_by_the_first_example_or_told_of() -> None:
    for name in set(mappings.__all__) - {"DeclarationError", "Problem", "Step"}:
        assert re.search(rf"\b{name}\b", PAGE), name


def python_blocks() -> list[Any]:
    return [
        pytest.param(block, id=f"{page.relative_to(ROOT)}-{n}")
        for page in PAGES
        for n, block in enumerate(
            re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S), 1
        )
    ]


@pytest.mark.parametrize("block", python_blocks())
def test_python_in_the_pages_is_python(block: str) -> None:
    # A page shows parts of a settings file: `{..., "NAME": "x"}` stands for what is left out.
    ast.parse(block.replace("{...", "{**{}").replace(", ...}", "}"))
