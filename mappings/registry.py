"""Find the mappings of a Django project: `mappings.py` in every installed app, like `admin.py`."""

from __future__ import annotations

import re
import traceback
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from django.apps import AppConfig, apps

import mappings
from mappings.base import ModelMapping, declared
from mappings.errors import DeclarationError, Problem, nearest

__all__ = ["discover"]

_OURS = Path(__file__).resolve().parent
_MISTAKES = (TypeError, ValueError, AttributeError, NameError, ImportError)


def discover() -> tuple[type[ModelMapping], ...]:
    """Import `mappings` of every installed app and return all mapping classes.

    An app without one is passed over. Raises `DeclarationError` (`mappings.E007`) for every
    such module with a declaration that cannot be made: an argument too many or too few, a step
    that is not there. Any other error inside such a module is raised as it is.
    """
    problems = []
    for config in apps.get_app_configs():
        try:
            _import_mappings(config)
        except _MISTAKES as error:
            problems.append(_problem(config, error))
    if problems:
        raise DeclarationError(problems)
    return declared()


def _import_mappings(config: AppConfig) -> None:
    name = f"{config.name}.mappings"
    if find_spec(name) is not None:
        import_module(name)


def _problem(config: AppConfig, error: Exception) -> Problem:
    """The mistake with its line in the app's module. Raises `error` if it is none of ours."""
    spec = find_spec(f"{config.name}.mappings")
    own = spec.origin if spec is not None else None
    frames = traceback.extract_tb(error.__traceback__)
    within = [frame for frame in frames if frame.filename == own]
    last = Path(frames[-1].filename)
    if not within or (last != Path(own or "") and _OURS not in last.resolve().parents):
        raise error
    if isinstance(error, ImportError) and error.name != "mappings":
        raise error
    return Problem(
        code="mappings.E007",
        where=f"{own}:{within[-1].lineno}",
        message=f"the declaration cannot be made, got {str(error).splitlines()[0]}",
        hint=_hint(error),
    )


def _hint(error: Exception) -> str:
    wanted = getattr(error, "name", None)
    if isinstance(error, AttributeError) and wanted and error.obj is mappings.steps:
        return nearest(wanted, mappings.steps.__all__) or "use a step of docs/steps.md"
    if isinstance(error, (NameError, ImportError)):
        # ImportError tells the name that it did not find in its text alone before Python 3.12.
        quoted = re.search(r"'(\w+)'", str(error))
        found = nearest(quoted[1] if quoted else "", mappings.__all__)
        if found:
            return found
    return "see docs/mappings.md and docs/steps.md for what it takes"
