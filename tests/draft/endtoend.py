"""A real legacy database from its dump to a verified Django project, and what was found on the way.

python -m tests.draft.endtoend [NAME]…    prints the table of docs/databases.md
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from migrate.draft.drafting import Drafted, Options, draft_url
from tests import data
from tests.fix_servers import connect_mysql, with_database

__all__ = ["Outcome", "end_to_end", "require_clean", "with_tables"]

ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = Path(__file__).with_name("in_project.py")


@dataclass(kw_only=True)
class Outcome:
    """What became of one database."""

    name: str
    drafted: Drafted
    counted: dict[str, int]
    """Rows of each table of the source, counted by this test."""
    steps: dict[str, tuple[int, str]] = field(default_factory=dict)
    tables: dict[str, list[int]] = field(default_factory=dict)
    """Loaded, rejected and skipped rows by source table."""
    rejects: list[Any] = field(default_factory=list)
    foretold: list[Any] = field(default_factory=list)
    """Table, key, rule and outcome of each row that the dry run named."""
    quarantined: list[Any] = field(default_factory=list)
    """The same of the run."""
    pages: dict[str, Any] = field(default_factory=dict)
    lint: str = ""

    @property
    def loaded(self) -> int:
        return sum(row[0] for row in self.tables.values())

    @property
    def rejected(self) -> int:
        return sum(row[1] for row in self.tables.values())


def end_to_end(
    name: str, source: str, target: str, folder: Path, *, admin: bool, evidence: bool = True
) -> Outcome:
    """Draft the database at `source`, named `name`, and do all that a user would."""
    options = Options(app=f"{name}_app", data_evidence=evidence)
    drafted = draft_url(source, folder, options, progress=lambda what, done, total: None)
    outcome = Outcome(name=name, drafted=drafted, counted=_counted(source))
    outcome.lint = _lint(folder)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DELAMP", "DJANGO"))}
    environment |= {"PYTHONPATH": str(ROOT), "DATABASE_URL": target, "PYTHONWARNINGS": "ignore"}
    environment.pop("LEGACY_URL", None)
    command = [sys.executable, str(_PROGRAM), "config.settings", f"{name}_app"]
    done = subprocess.run(
        [*command, "admin"] if admin else command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise AssertionError(done.stdout[-2000:] + done.stderr[-4000:])
    report = json.loads(done.stdout.splitlines()[-1])
    outcome.steps = {step: (code, text) for step, (code, text) in report["steps"].items()}
    outcome.tables, outcome.pages = report["tables"], report["pages"]
    outcome.rejects = report.get("rejects", [])
    outcome.foretold = report.get("foretold", [])
    outcome.quarantined = report.get("quarantined", [])
    return outcome


def with_tables(address: str, name: str) -> str:
    """The address itself, or that of database `name`: one script makes a database of its own."""
    with connect_mysql(address) as connection, connection.cursor() as cursor:
        return address if cursor.execute("SHOW TABLES") else with_database(address, name)


def require_clean(outcome: Outcome) -> None:
    """Everything exits with 0, and every row is loaded, or named in DRAFT.md as unloadable."""
    assert outcome.lint == ""
    failed = {s: text for s, (code, text) in outcome.steps.items() if code}
    assert failed == {}, "\n".join(f"{step}: {text}" for step, text in failed.items())
    assert set(outcome.steps) >= {"check", "makemigrations", "migrate", "run", "verify"}

    assert outcome.foretold == outcome.quarantined

    named = {where.partition(".")[0] for where, _ in outcome.drafted.project.unloadable}
    rejected = {t: rows[1] for t, rows in outcome.tables.items() if rows[1]}
    assert set(rejected) <= named, outcome.rejects
    filled = {table: rows for table, rows in outcome.counted.items() if rows}
    loaded = {t: outcome.tables[t][0] + outcome.tables[t][1] for t in filled}
    assert loaded == filled

    assert {page: status for page, status in outcome.pages.items() if status != 200} == {}


def _counted(source: str) -> dict[str, int]:
    with connect_mysql(source) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
        names = [row[0] for row in cursor.fetchall()]
        counts = {}
        for table in names:
            quoted = table.replace("`", "``")
            cursor.execute(f"SELECT COUNT(*) FROM `{quoted}`")
            counts[table] = cursor.fetchone()[0]
    return counts


def _lint(folder: Path) -> str:
    """What ruff says of the project: nothing, when it is as it should be."""
    said = ""
    for arguments in (["check"], ["format", "--check", "--diff"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, "--no-cache", "-q", "."],
            cwd=folder,
            capture_output=True,
            text=True,
        )
        said += (done.stdout + done.stderr) if done.returncode else ""
    return said


def _row(outcome: Outcome) -> str:
    project = outcome.drafted.project
    fields = [f.cls for model in project.models for f in model.fields]
    relations = sum(c.endswith(("ForeignKey", "OneToOneField", "ManyToManyField")) for c in fields)
    topics = sum(not decision.routine for decision in project.decisions)
    cells = (
        outcome.name,
        f"{len(outcome.counted):,}",
        f"{sum(outcome.counted.values()):,}",
        f"{len(project.models):,}",
        f"{relations:,}",
        f"{sum(c.endswith('JSONField') for c in fields):,}",
        f"{sum(c.endswith('BooleanField') for c in fields):,}",
        f"{topics:,}",
        f"{outcome.loaded:,}",
        f"{outcome.rejected:,}",
    )
    return f"| {' | '.join(cells)} |"


def main(names: list[str]) -> None:
    from migrate.servers import PrivateServers

    heads = (
        "database", "tables", "rows", "models", "relations", "JSON", "booleans", "to look at",
        "loaded", "rejected",
    )  # fmt: skip
    print(f"| {' | '.join(heads)} |")
    print("| --- " + "| ---: " * (len(heads) - 1) + "|")
    with PrivateServers(relaxed=True) as servers, tempfile.TemporaryDirectory() as work:
        for name in names or data.names():
            source = servers.mariadb.create_database(name)
            target = servers.postgres.create_database(name)
            data.load(name, source)
            outcome = end_to_end(name, source, target, Path(work) / name, admin=False)
            failed = {k: v[1][-500:] for k, v in outcome.steps.items() if v[0]}
            print(_row(outcome), *failed.items(), flush=True)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.testproject.settings")
    django.setup()
    main(sys.argv[1:])
