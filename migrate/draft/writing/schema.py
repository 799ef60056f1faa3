"""The first schema migration of a drafted app, made by Django from the models as written.

A process of its own: the process that drafts may have another project, or none, and Django can be
set up once only.

    python -m migrate.draft.writing.schema APP SETTINGS    in the project's folder
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from migrate.draft.writing.imports import import_lines
from migrate.draft.writing.python import assignment, docstring
from migrate.errors import RunError

__all__ = ["write_schema_migration"]

_SECONDS = 600


def write_schema_migration(folder: Path, app: str, settings: str) -> None:
    """Have Django check the project in `folder` and write `APP/migrations/0001_initial.py`.

    Raises RunError when Django refuses the project, which is a mistake of the draft.
    """
    package = Path(__file__).resolve().parents[3]
    path = os.pathsep.join(filter(None, (str(package), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "ignore"}
    # Nothing but what was written belongs into a draft.
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    # Settings of whoever drafts are none of the drafted project's.
    for name in ("DJANGO_SETTINGS_MODULE", "LEGACY_URL", "DATABASE_URL", "DELAMP_SOURCE"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-m", __name__, app, settings],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["nothing on stderr"]
        raise RunError(
            f"internal error: Django refuses the drafted project, got {lines[-1]}",
            hint="run it again with -v and report it",
        ) from ValueError(done.stderr)
    files: dict[str, str] = json.loads(done.stdout)
    for name, text in files.items():
        (folder / app / "migrations" / name).write_text(text, encoding="utf-8")


def main(app: str, settings: str) -> None:
    """In the project's own process: check it, print the schema migrations as JSON."""
    sys.path.insert(0, str(Path.cwd()))
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    import django
    from django.core.management import call_command

    django.setup()
    call_command("check", stdout=sys.stderr)
    json.dump(dict(_migrations(app)), sys.stdout)


def _migrations(app: str) -> Iterator[tuple[str, str]]:
    """File name and text of each; more than one when two models name each other."""
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState
    from django.db.migrations.writer import MigrationWriter

    loader = MigrationLoader(None, ignore_no_migrations=True)
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
    changes = detector.changes(loader.graph, convert_apps={app}, migration_name="initial")
    for migration in changes.get(app, []):
        migration.operations = _folded(migration.operations)  # type: ignore[misc]
        writer = MigrationWriter(migration, include_header=False)
        yield writer.filename, _laid_out(writer.as_string())


def _folded(operations: Sequence[Any]) -> list[Any]:
    """The same schema with indexes and constraints in their models' CreateModel.

    Django adds each by an operation of its own when a model refers to another, and applies each to
    a copy of the state of all models: 200 tables with 500 indexes would take minutes.
    """
    from django.db.migrations import AddConstraint, AddIndex, CreateModel

    made = {o.name_lower: o for o in operations if isinstance(o, CreateModel)}
    # A field that is added later is one of a cycle; what covers it has to wait for it.
    later = {o.model_name_lower for o in operations if type(o).__name__ == "AddField"}
    left = []
    for operation in operations:
        created = made.get(getattr(operation, "model_name_lower", ""))
        if created is None or operation.model_name_lower in later:
            left.append(operation)
        elif isinstance(operation, AddIndex):
            created.options.setdefault("indexes", []).append(operation.index)
        elif isinstance(operation, AddConstraint):
            created.options.setdefault("constraints", []).append(operation.constraint)
        else:
            left.append(operation)
    return left


def _laid_out(text: str) -> str:
    """The same module in the layout of all other drafted ones."""
    tree = ast.parse(text)
    names: list[str] = []
    body: list[str] = []
    for node in tree.body:
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
