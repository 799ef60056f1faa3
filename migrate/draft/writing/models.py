"""models.py of a drafted app."""

from __future__ import annotations

from collections.abc import Iterator

from migrate.draft.design import Field, Model, Project
from migrate.draft.writing.imports import import_lines
from migrate.draft.writing.python import assignment, docstring, expression, quoted
from migrate.draft.writing.widths import WIDTH, width

__all__ = ["models_text"]

_ALWAYS_TEXT = ("models.CharField", "models.TextField", "models.SlugField", "models.EmailField")


def models_text(project: Project) -> str:
    """The text of models.py: imports, then one class per model, in the design's order."""
    names = {"django.db.models"}
    for model in project.models:
        names.update(model.meta_imports)
        for field in model.fields:
            names.update(field.imports)
    lines = [*docstring(f"Models of the legacy database {project.database}.", 0), ""]
    lines += import_lines(names - {"django.db"})
    for model in project.models:
        lines += ["", "", *_model(model)]
    return "\n".join(lines) + "\n"


def _model(model: Model) -> Iterator[str]:
    yield f"class {model.name}(models.Model):"
    if model.doc:
        yield from docstring(model.doc, 4)
        yield ""
    for field in model.fields:
        if field.choices_class:
            yield from _choices(field)
            yield ""
    for field in model.fields:
        yield from assignment(field.name, f"{field.cls}({', '.join(field.arguments)})", 4)
    if model.meta:
        yield ""
        yield "    class Meta:"
        for name, source in model.meta:
            yield from assignment(name, source, 8)
    yield ""
    yield "    def __str__(self) -> str:"
    yield f"        return {_shown(model)}"


def _choices(field: Field) -> Iterator[str]:
    yield f"    class {field.choices_class}({field.choices_base}):"
    for choice in field.choices:
        value = f"{expression(choice.value)}, {quoted(choice.label)}"
        line = f"        {choice.name} = {value}"
        yield from [line] if width(line) <= WIDTH else assignment(choice.name, value, 8)


def _shown(model: Model) -> str:
    """What `__str__` returns: never None, and never a type that is not text."""
    if model.str_field is None:
        return "str(self.pk)"
    field = next((f for f in model.fields if f.name == model.str_field), None)
    if field and field.cls in _ALWAYS_TEXT and "null=True" not in field.arguments:
        return f"self.{model.str_field}"
    return f"str(self.{model.str_field})"
