"""The first schema migration of a drafted app, made by Django from the models as written.

In a process of its own: the process that drafts may have another project, or none, and Django can
be set up once only.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from migrate.errors import RunError

__all__ = ["write_schema_migration"]

_PROGRAM = "migrate.draft.writing.initial"
_SECONDS = 600


def write_schema_migration(folder: Path, app: str, settings: str) -> None:
    """Have Django check the project in `folder` and write `APP/migrations/0001_initial.py`.

    Raises RunError when Django refuses the project, which is a mistake of the draft.
    """
    package = Path(__file__).resolve().parents[3]
    imports = os.pathsep.join(filter(None, (str(package), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": imports, "PYTHONWARNINGS": "ignore"}
    # Nothing but what was written belongs into a draft.
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    # Settings of whoever drafts are none of the drafted project's.
    for name in ("DJANGO_SETTINGS_MODULE", "LEGACY_URL", "DATABASE_URL", "DELAMP_SOURCE"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-m", _PROGRAM, app, settings],
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
    path = folder / app / "migrations" / "0001_initial.py"
    path.write_text(done.stdout, encoding="utf-8")
