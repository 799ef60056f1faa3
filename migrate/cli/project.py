"""Find the Django project that `delamp` is started in, and set Django up."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from migrate.errors import ConfigError

__all__ = ["find_manage_py", "named_settings", "set_up_django"]

_VARIABLE = "DJANGO_SETTINGS_MODULE"


def set_up_django(module: str | None = None) -> None:
    """Set Django up by `module`, else DJANGO_SETTINGS_MODULE, else the nearest `manage.py`.

    The project's folder comes first on the import path. Does nothing when Django is set up
    already, as under `manage.py`. Raises ConfigError when no project is found, or it is not one
    that uses delamp; an error in the project's own code is raised as it is.
    """
    if not apps.ready:
        _configure(module)
    if not apps.is_installed("migrate"):
        raise ConfigError(
            f"settings {_name()}: delamp is not installed, got no 'migrate' in INSTALLED_APPS",
            hint="add 'migrate' to INSTALLED_APPS, then run `python manage.py migrate`",
        )


def _configure(module: str | None) -> None:
    manage = find_manage_py(Path.cwd())
    if not settings.configured:
        name = module or os.environ.get(_VARIABLE) or (named_settings(manage) if manage else None)
        if name is None:
            raise ConfigError(
                _nothing_found(manage),
                hint=f"run it in the project's folder, pass --settings, or set {_VARIABLE}",
            )
        os.environ[_VARIABLE] = name
        folder = str(manage.parent if manage else Path.cwd())
        if folder not in sys.path:
            sys.path.insert(0, folder)
    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise ConfigError(f"settings {_name()}: {error}") from error
    except ImportError as error:
        if error.name is None or not f"{_name()}.".startswith(f"{error.name}."):
            raise
        raise ConfigError(
            f"settings {_name()}: cannot be imported, got no module {error.name!r}",
            hint="give the dotted name of the settings module, and run it in the project's folder",
        ) from error


def find_manage_py(folder: Path) -> Path | None:
    """The `manage.py` of this folder or of the nearest folder above it."""
    candidates = (place / "manage.py" for place in (folder, *folder.parents))
    return next((path for path in candidates if path.is_file()), None)


def named_settings(manage: Path) -> str | None:
    """The settings module that a `manage.py` names; the file is read, not run."""
    try:
        tree = ast.parse(manage.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError) as error:
        raise ConfigError(f"{manage}: cannot be read, got {error}") from error
    return next(_settings_in(tree), None)


def _settings_in(tree: ast.AST) -> Iterator[str]:
    """`os.environ.setdefault(VARIABLE, "x")` and `os.environ[VARIABLE] = "x"`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(args=[ast.Constant(value=str(name)), ast.Constant(value=str(value))]):
                if name == _VARIABLE:
                    yield value
            case ast.Assign(
                targets=[ast.Subscript(slice=ast.Constant(value=str(name)))],
                value=ast.Constant(value=str(value)),
            ):
                if name == _VARIABLE:
                    yield value


def _nothing_found(manage: Path | None) -> str:
    if manage is not None:
        return f"{manage}: names no settings module, got no {_VARIABLE} in it"
    return f"no Django project found, got no manage.py in {Path.cwd()} or above"


def _name() -> str:
    return os.environ.get(_VARIABLE, "(configured in code)")
