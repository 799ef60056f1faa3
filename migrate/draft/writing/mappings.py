"""mappings.py of a drafted app."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import mappings
from migrate.draft.design import MappingLine, Model, Project
from migrate.draft.writing.imports import import_lines
from migrate.draft.writing.markdown import printable
from migrate.draft.writing.python import assignment, docstring, quoted
from migrate.draft.writing.widths import WIDTH, wrapped

__all__ = ["mappings_text"]


def mappings_text(project: Project) -> str:
    """The text of mappings.py: one class per model, each attribute a field of that model.

    Raises ValueError for a declaration with a name that is neither delamp's nor Python's.
    """
    names = {"ModelMapping"} if project.models else set()
    for model in project.models:
        for line in model.mapping:
            names |= _used(line.declaration)
        for _, source in model.mapping_meta:
            names |= _used(source)
    lines = [*docstring(f"Where each row of {project.database} goes.", 0)]
    if names:
        lines += ["", *import_lines(f"mappings.{name}" for name in names)]
    for model in project.models:
        lines += ["", "", *_mapping(project.app, model)]
    return "\n".join(lines) + "\n"


def _used(source: str) -> set[str]:
    found = {n.id for n in ast.walk(ast.parse(source, mode="eval")) if isinstance(n, ast.Name)}
    if strange := found - set(mappings.__all__):
        raise ValueError(f"declaration {source!r}: unknown names, got {sorted(strange)}")
    return found


def _mapping(app: str, model: Model) -> Iterator[str]:
    yield f"class {model.name}Mapping(ModelMapping):"
    for line in model.mapping:
        yield from _line(line)
    if model.mapping:
        yield ""
    yield "    class Meta:"
    yield from assignment("source", quoted(model.source), 8)
    yield from assignment("model", quoted(f"{app}.{model.name}"), 8)
    for name, source in model.mapping_meta:
        yield from assignment(name, source, 8)


def _line(line: MappingLine) -> Iterator[str]:
    if line.comment:
        yield from (f"    # {printable(text)}" for text in wrapped(line.comment, WIDTH - 6))
    yield from assignment(line.name, line.declaration, 4)
