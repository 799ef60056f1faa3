"""Print an app's first schema migration, after Django's own checks of its project.

    python -m migrate.draft.writing.initial APP SETTINGS    in the project's folder

The operations are those that `makemigrations` would write, with two differences for the sake of
200 tables. Django's optimiser compares every operation with every other, for minutes; here each
model gets its relations, indexes and constraints at once. And what a cycle of references leaves to
be added stands at the end, so that no model is changed more than once.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migrate.draft.writing.imports import import_lines
from migrate.draft.writing.python import assignment, docstring

if TYPE_CHECKING:
    from django.db.migrations.state import ModelState


def main(app: str, settings: str) -> None:
    """In the project's own process: check it, print the schema migration."""
    sys.path.insert(0, str(Path.cwd()))
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    import django
    from django.core.management import call_command

    django.setup()
    call_command("check", stdout=sys.stderr)
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(_laid_out(_migration(app)))


def _migration(app: str) -> str:
    from django.apps import apps
    from django.db.migrations import Migration
    from django.db.migrations.state import ModelState
    from django.db.migrations.writer import MigrationWriter

    states = [ModelState.from_model(model) for model in apps.get_app_config(app).get_models()]
    migration = Migration("0001_initial", app)
    migration.initial = True  # type: ignore[misc]
    migration.operations = list(_operations(_parents_first(states)))  # type: ignore[misc]
    others = {name.partition(".")[0] for state in states for name in _needs(state)} - {app}
    migration.dependencies = [(other, "__first__") for other in sorted(others)]  # type: ignore[misc]
    return MigrationWriter(migration, include_header=False).as_string()


def _operations(states: list[ModelState]) -> Iterator[Any]:
    """Every model with all that it has, then what refers to a model that came later."""
    from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel

    placed: set[str] = set()
    own = {_label(state) for state in states}
    later: list[Any] = []
    for state in states:
        placed.add(_label(state))
        waiting = [
            name
            for name, field in state.fields.items()
            if (_targets(state, field) & own) - placed and not field.primary_key
        ]
        options = dict(state.options)
        for option, add in (("indexes", AddIndex), ("constraints", AddConstraint)):
            parts = options.pop(option, [])
            at_once = [p for p in parts if _fields(p).isdisjoint(waiting)]
            if at_once:
                options[option] = at_once
            later += [add(state.name, part) for part in parts if part not in at_once]
        fields = [(name, field) for name, field in state.fields.items() if name not in waiting]
        later[:0] = [AddField(state.name, name, state.fields[name]) for name in waiting]
        yield CreateModel(state.name, fields, options, state.bases, state.managers)
    yield from later


def _parents_first(states: list[ModelState]) -> list[ModelState]:
    """In their own order, but for models that refer to later ones; a cycle begins anywhere."""
    left, own, ordered = list(states), {_label(s) for s in states}, []
    placed: set[str] = set()
    while left:
        ready = next((s for s in left if not ((_needs(s) & own) - placed - {_label(s)})), left[0])
        left.remove(ready)
        ordered.append(ready)
        placed.add(_label(ready))
    return ordered


def _needs(state: ModelState) -> set[str]:
    return {label for field in state.fields.values() for label in _targets(state, field)}


def _targets(state: ModelState, field: Any) -> set[str]:
    """The models that a field refers to, itself and through which."""
    remote = getattr(field, "remote_field", None)
    named = [getattr(remote, "model", None), getattr(remote, "through", None)]
    labels = {str(getattr(m, "_meta", m)).lower() for m in named if m is not None}
    return {_label(state) if label == "self" else label for label in labels}


def _label(state: ModelState) -> str:
    return f"{state.app_label}.{state.name_lower}"


def _fields(part: Any) -> set[str]:
    """The fields that an index or a constraint names, also within expressions."""
    from django.db.models import F

    named = set(getattr(part, "fields", ()))
    named |= {name for name, _ in getattr(part, "fields_orders", ())}
    pending = list(getattr(part, "expressions", ()))
    while pending:
        expression = pending.pop()
        if isinstance(expression, F):
            named.add(expression.name)  # type: ignore[attr-defined]
        elif hasattr(expression, "get_source_expressions"):
            pending += expression.get_source_expressions()
    return named


def _laid_out(text: str) -> str:
    """The same module in the layout of all other drafted ones."""
    names: list[str] = []
    body: list[str] = []
    for node in ast.parse(text).body:
        match node:
            case ast.Import():
                names += [f":{alias.name}" for alias in node.names]
            case ast.ImportFrom(module=module):
                names += [f"{module}.{alias.name}" for alias in node.names]
            case ast.ClassDef():
                body += ["", "", f"class {node.name}(migrations.Migration):"]
                body += _class_body(node)
    lines = [*docstring("The tables of the legacy database.", 0), "", *import_lines(names), *body]
    return "\n".join(lines) + "\n"


def _class_body(node: ast.ClassDef) -> Iterator[str]:
    for index, statement in enumerate(node.body):
        assert isinstance(statement, ast.Assign)
        if index:
            yield ""
        yield from assignment(ast.unparse(statement.targets[0]), ast.unparse(statement.value), 4)


if __name__ == "__main__":
    main(*sys.argv[1:])
