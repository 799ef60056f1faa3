"""On the example's legacy database, with every ill that its generator plants."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from examples.iconfinder.legacy import generate
from tests.cli.fix_project import Project
from tests.fix_servers import DatabaseServer, fresh_database
from tests.migrate.conftest import Shop
from tests.verify.dry_run.conftest import same_as_the_run

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_the_run_rejects_exactly_the_rows_that_were_foretold(
    source_db: str, postgres: DatabaseServer, tmp_path: Path
) -> None:
    generate(source_db, 10_000, 1)
    targets = fresh_database(postgres)
    target_db = next(targets)
    folder = ROOT / "examples" / "iconfinder"
    environment = {
        "LEGACY_URL": source_db,
        "DATABASE_URL": target_db,
        "DJANGO_SETTINGS_MODULE": "iconfinder.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)]),
    }
    made = Shop(Project(tmp_path, environment), source_db, target_db)
    done = made.project.python("-m", "django", "migrate", "-v0")
    assert done.returncode == 0, done.stderr
    report = same_as_the_run(made)
    assert report["totals"]["read"] == 10_000
    assert report["totals"]["rejected"] > 40
    next(targets, None)
