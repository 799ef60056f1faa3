"""Django system checks: mistakes in mappings and settings that need no connection to be seen.

`delamp check` compiles against the legacy database besides, and finds what only that can show.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core import checks
from django.db import models

from mappings.base import ModelMapping
from mappings.columns import Column, ContentTypes, GenericReference, ManyToMany
from mappings.counters import Count, Latest, Max, Sum
from mappings.errors import DeclarationError, Problem, nearest
from mappings.registry import discover
from mappings.steps import php_password
from migrate.config import check_settings, check_target
from migrate.hashers import LEGACY_HASHERS
from migrate.hashers.libraries import PACKAGES, missing_packages

__all__ = ["check_delamp", "offline_problems", "register"]

TAG = "delamp"
PASSWORD_STEP = php_password().name
_WITHOUT_PACKAGE = {"bcrypt": "delamp.W005", "argon2": "delamp.W006"}
Model = type[models.Model]
Pairs = Sequence[tuple[str, Model]]


def register() -> None:
    """Register the checks under the tag `delamp`."""
    checks.register(check_delamp, TAG)


def check_delamp(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Every problem as a message of Django's check framework."""
    wanted = None if app_configs is None else {config.name for config in app_configs}
    return [_message(problem) for problem in offline_problems(wanted)]


def offline_problems(app_names: set[str] | None = None) -> list[Problem]:
    """What is wrong with settings and mappings (of these apps), as far as no source is needed.

    An error in an app's `mappings` module that is no mistake in a declaration is not caught.
    """
    problems = check_settings()
    try:
        found = discover()
    except DeclarationError as error:
        return [*problems, *error.problems]
    # A project without mappings yet may well have no PostgreSQL yet.
    if found:
        problems += check_target()
    pairs = ((m, _model(m)) for m in found)
    sources = [(m._mapping.options.source, model) for m, model in pairs if model is not None]
    for mapping in found:
        config = apps.get_containing_app_config(mapping.__module__)
        if app_names is None or (config is not None and config.name in app_names):
            problems += mapping._mapping.problems
            problems += _mapping_problems(mapping, sources)
    problems += _hasher_problems(found)
    return problems


def _hasher_problems(found: Sequence[type[ModelMapping]]) -> Iterator[Problem]:
    """Without their hashers, users whose password PHP hashed could not log in, and none say why."""
    listed = set(settings.PASSWORD_HASHERS)
    places = _password_places(found)
    for place in places if not set(LEGACY_HASHERS) <= listed else ():
        yield Problem(
            code="delamp.W001",
            where=place,
            message="passwords of PHP without their hashers in PASSWORD_HASHERS",
            hint="add *migrate.hashers.LEGACY_HASHERS to the end of PASSWORD_HASHERS",
            warning=True,
        )
    for package in missing_packages(listed) if places else ():
        yield Problem(
            code=_WITHOUT_PACKAGE[package],
            where=places[0],
            message=f"PASSWORD_HASHERS lists hashers that need {package}, which is not installed: "
            "who has such a hash cannot log in",
            hint=f"pip install {PACKAGES[package]}",
            warning=True,
        )


def _password_places(found: Sequence[type[ModelMapping]]) -> list[str]:
    """The declarations that make passwords of PHP's hashes."""
    return [
        f"{mapping.__name__}.{name}"
        for mapping in found
        for name, declaration in mapping._mapping.declarations.items()
        if isinstance(declaration, Column)
        and any(step.name == PASSWORD_STEP for step in declaration.steps)
    ]


def _mapping_problems(mapping: type[ModelMapping], sources: Pairs) -> Iterator[Problem]:
    # The compiler is imported here: whoever only has delamp installed need not wait for it.
    from mappings.compiler.misfit import Misfit

    model = _model(mapping)
    place = f"{mapping.__name__}.Meta"
    if model is None:
        # Without any label `Meta` itself has been reported.
        if label := mapping._mapping.options.model:
            known = [m._meta.label for m in apps.get_models()]
            yield Problem(
                code="mappings.E005",
                where=place,
                message=f"no model is called {label!r}",
                hint=nearest(label, known),
            )
        return
    fields = _fields(model)
    for name in mapping._mapping.options.natural_key:
        if name not in fields:
            yield _no_field(model, place, f"natural_key: model {model._meta.label}", name)
    for name, declaration in mapping._mapping.declarations.items():
        place = f"{mapping.__name__}.{name}"
        if name not in fields:
            yield _no_field(model, place, f"model {model._meta.label}", name)
            continue
        try:
            _try(mapping, model, fields[name], declaration, sources)
        except Misfit as misfit:
            yield Problem(code=misfit.code, where=place, message=misfit.message, hint=misfit.hint)


def _try(
    mapping: type[ModelMapping], model: Model, field: Any, declaration: object, sources: Pairs
) -> None:
    """Compile what needs no catalogue. Raises `Misfit`."""
    from mappings.compiler.counters import compile_counter, models_by_source
    from mappings.compiler.generic import content_type_step, generic_references
    from mappings.compiler.references import compile_reference

    if isinstance(declaration, (Count, Sum, Max, Latest)):
        # Whether the legacy column exists only the source can tell.
        legacy = {declaration.legacy.lower(): declaration.legacy} if declaration.legacy else {}
        compile_counter(model, field.name, declaration, legacy, models_by_source(sources))
    elif isinstance(declaration, ContentTypes):
        content_type_step(field, declaration, None)
    elif isinstance(declaration, GenericReference):
        list(generic_references(field, declaration, mapping._mapping.declarations, model, None, ()))
    elif isinstance(field, models.ForeignKey) and not isinstance(declaration, ManyToMany):
        compile_reference(field, declaration, "default")


def _fields(model: Model) -> dict[str, Any]:
    concrete = model._meta.local_concrete_fields
    by_name: dict[str, Any] = {name: f for f in concrete for name in (f.name, f.attname)}
    return by_name | {f.name: f for f in model._meta.local_many_to_many}


def _no_field(model: Model, where: str, owner: str, name: str) -> Problem:
    message = f"{owner} has no field {name!r}"
    hint = nearest(name, _fields(model))
    return Problem(code="mappings.E011", where=where, message=message, hint=hint)


def _model(mapping: type[ModelMapping]) -> Model | None:
    try:
        label = mapping._mapping.options.model
        return apps.get_model(label) if label else None
    except (LookupError, ValueError):
        return None


def _message(problem: Problem) -> checks.CheckMessage:
    kind = checks.Warning if problem.warning else checks.Error
    return kind(problem.message, hint=problem.hint, obj=problem.where, id=problem.code)
