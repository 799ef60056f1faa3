"""A whole drafted project on disk: built apart, moved into its place when it is complete."""

from __future__ import annotations

import shutil
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from django.core.management.utils import get_random_secret_key

from migrate.draft.design import Project
from migrate.draft.writing.admin import admin_text
from migrate.draft.writing.backends import backends_text, find_users
from migrate.draft.writing.mappings import mappings_text
from migrate.draft.writing.models import models_text
from migrate.draft.writing.place import Place
from migrate.draft.writing.report import report_text
from migrate.draft.writing.schema import write_schema_migration
from migrate.draft.writing.settings import project_files, settings_module
from migrate.errors import ConfigError

__all__ = ["KEPT", "require_free", "write_project"]

KEPT = ".delamp"
"""The one entry that a folder to be drafted into may have: a dump's private server."""


def require_free(folder: Path) -> None:
    """Raise ConfigError unless the folder is missing, or empty but for `.delamp`."""
    if not folder.exists() and not folder.is_symlink():
        return
    if not folder.is_dir():
        raise ConfigError(f"{folder}: is no folder (expected a new or an empty one)")
    found = sorted(path.name for path in folder.iterdir() if path.name != KEPT)
    if found:
        raise ConfigError(
            f"{folder}: is not empty, got {found[0]!r} (expected a new or an empty folder)",
            hint="name another folder: a draft never writes over anything",
        )


def write_project(project: Project, folder: Path, *, place: Place, rows: Mapping[str, int]) -> None:
    """Write the project into `folder`, which must be free; nothing is in it before all is made.

    Raises ConfigError when the folder is not free, RunError when Django refuses the project.
    """
    require_free(folder)
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside it, so that the move is within one file system.
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write_files(work, _files(project, place, rows))
        write_schema_migration(work, project.app, settings_module(project))
        _move(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _files(project: Project, place: Place, rows: Mapping[str, int]) -> dict[str, str]:
    app = project.app
    users = find_users(project, rows)
    backends = {f"{app}/backends.py": backends_text(project, users)} if users else {}
    return {
        **project_files(project, place, users, secret=get_random_secret_key()),
        **backends,
        f"{app}/models.py": models_text(project),
        f"{app}/mappings.py": mappings_text(project),
        f"{app}/admin.py": admin_text(project),
        "DRAFT.md": report_text(project, place, dict(rows), users),
    }


def _write_files(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    manage = folder / "manage.py"
    manage.chmod(manage.stat().st_mode | stat.S_IXUSR)


def _move(work: Path, folder: Path) -> None:
    if not folder.exists():
        # mkdtemp's folder is closed to others; a project's is as the user's umask has it.
        folder.mkdir()
    for path in sorted(work.iterdir()):
        path.rename(folder / path.name)
