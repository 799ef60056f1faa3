"""On the databases of both examples: one with every ill that its generator plants, one healthy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.iconfinder.legacy import generate
from tests import data
from tests.cli.fix_project import Project
from tests.fix_servers import DatabaseServer, fresh_database
from tests.migrate.conftest import Shop
from tests.verify.dry_run.conftest import same_as_the_run

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def empty_target(postgres: DatabaseServer) -> Iterator[str]:
    """A database without any table."""
    yield from fresh_database(postgres)


def example(name: str, source: str, target: str, folder: Path) -> Shop:
    """The example's project on these databases, its schema migrated."""
    environment = {
        "LEGACY_URL": source,
        "DATABASE_URL": target,
        "DJANGO_SETTINGS_MODULE": f"{name}.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "examples" / name)]),
    }
    made = Shop(Project(folder, environment), source, target)
    migrate = "from django.core.management import execute_from_command_line as run"
    done = made.project.python("-c", f"{migrate}; run(['django', 'migrate', '-v0'])")
    assert done.returncode == 0, done.stderr
    return made


@pytest.mark.slow
def test_the_run_rejects_exactly_the_rows_that_were_foretold(
    source_db: str, empty_target: str, tmp_path: Path
) -> None:
    generate(source_db, 10_000, 1)
    report = same_as_the_run(example("iconfinder", source_db, empty_target, tmp_path))
    assert report["totals"]["read"] == 10_000
    assert report["totals"]["rejected"] > 40


@pytest.mark.data
def test_a_healthy_database_is_found_healthy(
    source_db: str, empty_target: str, tmp_path: Path
) -> None:
    data.load("sakila", source_db)
    report = same_as_the_run(example("sakila", source_db, empty_target, tmp_path), code=0)
    assert report["totals"]["read"] == report["totals"]["loaded"] > 40_000
    assert not report["not_evaluated"]
