"""admin.py of a drafted app: every model that Django's admin can show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migrate.draft.design import Model, Project
from migrate.draft.writing.imports import import_lines
from migrate.draft.writing.python import assignment, docstring, quoted

__all__ = ["admin_text"]


def admin_text(project: Project) -> str:
    """The text of admin.py. Models with a composite primary key are no models for the admin."""
    shown = [model for model in project.models if model.in_admin]
    lines = docstring(f"The admin of {project.database}.", 0)
    if shown:
        names = ["django.contrib.admin", f"{project.app}.models"]
        # `from shop import models`: a list of all models would say the same twice.
        lines += ["", *import_lines(names, ours=project.app)]
    for model in shown:
        lines += ["", "", *_admin(model)]
    return "\n".join(lines) + "\n"


def _admin(model: Model) -> Iterator[str]:
    yield f"@admin.register(models.{model.name})"
    yield f"class {model.name}Admin(admin.ModelAdmin):"
    options = [
        ("list_display", model.admin_list),
        ("search_fields", model.admin_search),
        ("raw_id_fields", model.admin_raw_ids),
    ]
    given = [(name, fields) for name, fields in options if fields]
    for name, fields in given:
        yield from assignment(name, _list(fields), 4)
    if not given:
        yield "    pass"


def _list(fields: Sequence[str]) -> str:
    return "[" + ", ".join(map(quoted, fields)) + "]"
