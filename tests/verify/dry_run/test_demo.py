"""On the databases of both examples: one with every ill that its generator plants, one healthy."""

from __future__ import annotations

import os
import re
import shutil
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
PLACE = ROOT / "examples"


@pytest.fixture
def empty_target(postgres: DatabaseServer) -> Iterator[str]:
    """A database without any table."""
    yield from fresh_database(postgres)


def example(name: str, source: str, target: str, folder: Path, *, place: Path = PLACE) -> Shop:
    """The example's project on these databases, its schema migrated."""
    environment = {
        "LEGACY_URL": source,
        "DATABASE_URL": target,
        "DJANGO_SETTINGS_MODULE": f"{name}.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(place / name)]),
    }
    made = Shop(Project(folder, environment), source, target)
    migrate = "from django.core.management import execute_from_command_line as run"
    done = made.project.python("-c", f"{migrate}; run(['django', 'migrate', '-v0'])")
    assert done.returncode == 0, done.stderr
    return made


def with_policy(policy: str, folder: Path) -> Path:
    """A copy of the demo's project in which every reference has this policy for orphans."""
    shutil.copytree(PLACE / "iconfinder", folder / "iconfinder")
    for file in folder.glob("iconfinder/*/mappings.py"):
        text = re.sub(r', orphans="\w+"', "", file.read_text())
        named = re.sub(
            r'((?:Reference|ManyToMany)\("\w+"[^\n]*)\)$',
            rf'\1, orphans="{policy}")',
            text,
            flags=re.M,
        )
        file.write_text(named)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("policy", "least"), [("its own", 40), ("quarantine", 300), ("skip", 10)])
def test_the_run_rejects_exactly_the_rows_that_were_foretold(
    source_db: str, empty_target: str, tmp_path: Path, policy: str, least: int
) -> None:
    generate(source_db, 10_000, 1)
    place = PLACE if policy == "its own" else with_policy(policy, tmp_path / "copied")
    report = same_as_the_run(example("iconfinder", source_db, empty_target, tmp_path, place=place))
    totals = report["totals"]
    assert totals["read"] == 10_000
    if policy != "its own":
        assert totals["nulled"] == 0
    assert totals["rejected"] > least


@pytest.mark.slow
@pytest.mark.data
def test_a_healthy_database_is_found_healthy(
    source_db: str, empty_target: str, tmp_path: Path
) -> None:
    data.load("sakila", source_db)
    report = same_as_the_run(example("sakila", source_db, empty_target, tmp_path), code=0)
    assert report["totals"]["read"] == report["totals"]["loaded"] > 40_000
    assert not report["not_evaluated"]
