"""What `delamp dry-run` says, and how it ends."""

from __future__ import annotations

import json

import pytest

from migrate.cli.dry_run import LEVELS
from tests.cli.fix_project import Project
from verify.dry_run import LEVELS as VERIFY_LEVELS


def test_levels_of_the_option_are_those_of_the_report() -> None:
    assert tuple(VERIFY_LEVELS) == LEVELS


def test_rows_that_would_be_lost_are_named_with_a_hint(loaded_project: Project) -> None:
    done = loaded_project.delamp("dry-run")
    assert (done.returncode, done.stderr) == (6, "")
    for part in (
        "✘ 6 rows of 2 tables",
        "2 would be rejected",
        "IconMapping.title: too_long, 1 row would be rejected",
        "  id=4  42 characters, at most 20",
        'hint: title = Column("title", steps.truncate(20))',
        "IconMapping.maker: no_parent, 1 row would be rejected",
        "  id=3  no row in shop_maker",
        'hint: maker = Reference("maker_id", orphans="skip")',
        "no mapping reads secret",
    ):
        assert part in done.stdout
    assert "far too long" not in done.stdout


def test_values_are_shown_where_asked(loaded_project: Project) -> None:
    done = loaded_project.delamp("dry-run", "--show-values")
    assert "id=4 = 'a title that is far too long for the model'" in done.stdout


def test_manage_py_takes_the_same_command(loaded_project: Project) -> None:
    done = loaded_project.manage("delamp", "dry-run", "IconMapping", "--fail-on", "never")
    assert done.returncode == 0, done.stderr
    assert "MakerMapping" not in done.stdout.partition("Not evaluated")[0]


def test_report_is_json_of_the_documented_schema(loaded_project: Project) -> None:
    done = loaded_project.delamp("dry-run", "--json", "-")
    report = json.loads(done.stdout)
    assert (done.returncode, report["schema"], report["kind"]) == (6, 1, "dry-run")
    assert report["totals"]["read"] == 6
    rules = [rule for table in report["tables"] for rule in table["rules"]]
    assert all("value" not in row for rule in rules for row in rule["rows"])
    assert {"sql_mode", "max_allowed_packet"} <= set(report["source"]["settings"])
    assert report["source"]["tables_without_a_mapping"] == []


@pytest.mark.parametrize("rows", ["1", "1000"])
def test_sample_says_what_it_leaves_out(loaded_project: Project, rows: str) -> None:
    done = loaded_project.delamp("dry-run", "--sample", rows, "--fail-on", "never")
    assert done.returncode == 0, done.stderr
    assert (
        "uniqueness, check constraints, index entries and references were not evaluated"
        in done.stdout
    )


def test_source_that_does_not_answer_ends_with_its_code(project: Project) -> None:
    project.environment["LEGACY_URL"] = "mysql://nobody@127.0.0.1:1/none"
    done = project.delamp("dry-run")
    assert done.returncode == 4
    assert "cannot connect" in done.stderr


def test_target_that_does_not_answer_is_only_told(loaded_project: Project) -> None:
    environment = loaded_project.environment
    lost = Project(
        loaded_project.folder,
        environment | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
    )
    done = lost.delamp("dry-run")
    assert done.returncode == 6, done.stderr
    assert "Not evaluated" in done.stdout
    assert "id=3" in done.stdout
