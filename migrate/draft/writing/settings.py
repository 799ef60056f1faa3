"""What a drafted project has around its app: manage.py, settings, urls, packaging."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

from migrate.draft.design import Project
from migrate.draft.writing.backends import Users
from migrate.draft.writing.imports import import_lines
from migrate.draft.writing.markdown import printable
from migrate.draft.writing.place import Place
from migrate.draft.writing.python import assignment, quoted
from migrate.draft.writing.requirement import requirement
from migrate.draft.writing.widths import WIDTH

__all__ = ["project_files", "settings_module"]

_MANAGE = Template('''#!/usr/bin/env python
"""Django's command line."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "$package.settings")
    execute_from_command_line(sys.argv)
''')

_SETTINGS = Template('''"""Settings.

DATABASE_URL names the PostgreSQL database, LEGACY_URL the legacy one; SECRET_KEY and DEBUG are
taken from the environment, too.
"""

$imports

BASE_DIR = Path(__file__).resolve().parent.parent

# Of this draft only: give every site its own.
SECRET_KEY = os.environ.get("SECRET_KEY") or $secret
DEBUG = os.environ.get("DEBUG", "1") == "1"
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "migrate",
    $app,
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "$package.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

$databases
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
$passwords
USE_TZ = True
TIME_ZONE = $zone
LANGUAGE_CODE = "en"
STATIC_URL = "static/"

$source
''')

_PASSWORDS = """
# The first is what Django stores; the others let people in with what PHP stored.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", *LEGACY_HASHERS]
"""

_BACKENDS = Template("""
# Legacy users get an account of Django's at their first login, with their old password.
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "$path",
]
""")

_URLS = '''"""The admin is all that the draft serves."""

from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
'''

_APPS = Template('''"""The drafted app."""

from django.apps import AppConfig


class ${kind}Config(AppConfig):
    name = $app
''')

_PYPROJECT = Template("""[build-system]
requires = ["setuptools>=69"]
build-backend = "setuptools.build_meta"

[project]
name = $name
version = "0.1"
requires-python = ">=3.11"
dependencies = [$requirement]

[tool.setuptools.packages.find]
include = [$app, $app_modules, $package]

[tool.ruff]
line-length = $width

[tool.ruff.lint]
select = ["E4", "E7", "E9", "F", "W", "I", "B", "UP"]
# A field is named as its column is, and that may be "l".
ignore = ["E741"]
""")

_IGNORED = """__pycache__/
*.pyc
.delamp/
.env
.venv/
/static/
"""


def project_files(
    project: Project, place: Place, users: tuple[Users, ...], *, secret: str
) -> Mapping[str, str]:
    """Path and text of every file around the app; `secret` becomes the settings' SECRET_KEY."""
    app = project.app
    package = _package(project)
    kind = "".join(part.capitalize() for part in app.split("_"))
    return {
        "manage.py": _MANAGE.substitute(package=package),
        f"{package}/__init__.py": "",
        f"{package}/settings.py": _settings(project, place, users, secret),
        f"{package}/urls.py": _URLS,
        f"{app}/__init__.py": "",
        f"{app}/apps.py": _APPS.substitute(kind=kind, app=quoted(app)),
        f"{app}/migrations/__init__.py": "",
        "pyproject.toml": _PYPROJECT.substitute(
            name=quoted(app.replace("_", "-").strip("-")),
            requirement=quoted(requirement("bcrypt" if project.has_passwords else "")),
            app=quoted(app),
            app_modules=quoted(f"{app}.*"),
            package=quoted(package),
            width=WIDTH,
        ),
        ".gitignore": _IGNORED,
    }


def settings_module(project: Project) -> str:
    """The dotted name of the settings."""
    return f"{_package(project)}.settings"


def _package(project: Project) -> str:
    return "config" if project.app != "config" else "site_config"


def _settings(project: Project, place: Place, users: tuple[Users, ...], secret: str) -> str:
    names = {":os", "pathlib.Path", "migrate.urls.parse_target_url"}
    if project.has_passwords:
        names.add("migrate.hashers.LEGACY_HASHERS")
    if place.private_server:
        names.add("urllib.parse.quote")
    return _SETTINGS.substitute(
        imports="\n".join(import_lines(names)),
        secret=quoted(secret),
        app=quoted(project.app),
        package=_package(project),
        databases=_databases(project),
        passwords=_passwords(project, users),
        zone=quoted(project.time_zone),
        source=_source(place),
    )


def _passwords(project: Project, users: tuple[Users, ...]) -> str:
    if not project.has_passwords:
        return ""
    if not users:
        return _PASSWORDS
    return _PASSWORDS + _BACKENDS.substitute(path=f"{project.app}.backends.{users[0].backend}")


def _databases(project: Project) -> str:
    default = quoted(f"postgresql:///{project.app}")
    url = f'os.environ.get("DATABASE_URL") or {default}'
    return "\n".join(assignment("DATABASES", f'{{"default": parse_target_url({url})}}'))


def _source(place: Place) -> str:
    origin = printable(place.redacted)
    if place.private_server:
        return "\n".join((
            f"# {origin} was loaded into a private MariaDB, kept in .delamp/, which delamp",
            "# starts whenever it is needed and does not run. LEGACY_URL names another server.",
            'LEGACY_SERVER = quote(str(BASE_DIR / ".delamp" / "legacy"))',
            "DELAMP = {",
            '    "SOURCE": os.environ.get("LEGACY_URL")',
            f'    or f"mysql://root@localhost/{place.database}?private_server={{LEGACY_SERVER}}"',
            "}",
        ))  # fmt: skip
    if place.url is None:
        return "\n".join((
            f"# Drafted from {origin}",
            "# Its password is in no file: set LEGACY_URL.",
            'DELAMP = {"SOURCE": os.environ.get("LEGACY_URL")}',
        ))  # fmt: skip
    url = f'os.environ.get("LEGACY_URL") or {quoted(place.url)}'
    return "\n".join(assignment("DELAMP", f'{{"SOURCE": {url}}}'))
