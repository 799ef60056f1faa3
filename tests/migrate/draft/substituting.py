"""The other choice of a decision put into the drafted project, as a person would paste it."""

from __future__ import annotations

import ast
import types
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from django.apps import apps
from django.core import checks
from django.test.utils import isolate_apps

from mappings.catalogue import Catalogue
from mappings.compiler import compile_plan
from migrate.draft.design import Decision, Field, Model, Project
from migrate.draft.writing.mappings import mappings_text
from migrate.draft.writing.models import models_text

__all__ = ["require_sound", "substituted"]

_DECLARATIONS = {"Column", "Reference", "Count"}


def substituted(project: Project, decision: Decision) -> Project:
    """The project with the lines of `decision.instead`; they must be Python, and fit in."""
    models = {model.source: model for model in project.models}
    model = models[decision.table]
    for statement in ast.parse(decision.instead).body:
        model = _with(model, statement)
    models[decision.table] = model
    return replace(project, models=tuple(models.values()))


def _with(model: Model, statement: ast.stmt) -> Model:
    if isinstance(statement, ast.ImportFrom):
        names = tuple(f"{statement.module}.{each.name}" for each in statement.names)
        return replace(model, meta_imports=(*model.meta_imports, *names))
    assert isinstance(statement, ast.Assign), ast.dump(statement)
    (target,) = statement.targets
    assert isinstance(target, ast.Name)
    value = statement.value
    if target.id in ("constraints", "indexes"):
        assert isinstance(value, ast.List)
        meta = {**dict(model.meta), target.id: ast.unparse(value)}
        return replace(model, meta=tuple(meta.items()))
    assert isinstance(value, ast.Call)
    if isinstance(value.func, ast.Name) and value.func.id in _DECLARATIONS:
        return _mapped(model, target.id, ast.unparse(value))
    return _fielded(model, target.id, value)


def _mapped(model: Model, name: str, declaration: str) -> Model:
    assert name in {line.name for line in model.mapping}
    lines = [
        replace(line, declaration=declaration) if line.name == name else line
        for line in model.mapping
    ]
    assert lines != list(model.mapping), "the line is as drafted"
    return replace(model, mapping=tuple(lines))


def _fielded(model: Model, name: str, call: ast.Call) -> Model:
    place = "id" if name == "pk" else name
    drafted = next(field for field in model.fields if field.name == place)
    arguments = [ast.unparse(each) for each in call.args]
    arguments += [f"{each.arg}={ast.unparse(each.value)}" for each in call.keywords]
    new = Field(name=name, cls=ast.unparse(call.func), arguments=tuple(arguments))
    assert (new.cls, new.arguments) != (drafted.cls, drafted.arguments), "the field is as drafted"
    if any(each.startswith("choices=") for each in arguments):
        new = replace(new, choices_class=drafted.choices_class, choices=drafted.choices)
    new = replace(new, imports=drafted.imports)
    fields = [new if field is drafted else field for field in model.fields]
    return replace(model, fields=tuple(fields), str_field=None)


def require_sound(project: Project, catalogue: Catalogue) -> None:
    """Django finds nothing wrong with the models, and every mapping compiles into them."""
    with isolate_apps("migrate") as registry:
        found = _run(f"{__name__}_models", models_text(project), project.app)
        made = [model for model in found.values() if hasattr(model, "_meta")]
        assert len(made) == len(project.models)
        problems = [e for model in registry.get_models() for e in model.check()]
        assert [e for e in problems if e.level >= checks.WARNING] == []
        declared = _run(f"{__name__}_mappings", mappings_text(project), project.app)
        made = [m for n, m in declared.items() if n.endswith("Mapping") and n != "ModelMapping"]
        # The compiler looks models up by their labels.
        with patch.dict(apps.get_app_config("delamp").models, registry.all_models["delamp"]):
            compile_plan(made, catalogue)


def _run(name: str, text: str, app: str) -> dict[str, Any]:
    module = types.ModuleType("migrate.models")
    module.__dict__["__name__"] = "migrate.models"
    text = text.replace(f'"{app}.', '"delamp.')
    exec(compile(text, name, "exec"), module.__dict__)
    return {key: value for key, value in vars(module).items() if isinstance(value, type)}
