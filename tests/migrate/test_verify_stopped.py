"""A verification that was stopped says what it has not looked at, and is gone on with."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest

from tests.migrate.conftest import Shop

pytestmark = pytest.mark.slow

MODELS = """
    from django.db import models

    class Maker(models.Model):
        name = models.CharField(max_length=20)

    class Icon(models.Model):
        title = models.CharField(max_length=20)
        maker = models.ForeignKey(Maker, models.CASCADE)
"""
MAPPINGS = """
    from mappings import Column, ModelMapping, Reference

    class MakerMapping(ModelMapping):
        id = Column("id")
        name = Column("name")
        class Meta:
            source, model = "makers", "shop.Maker"

    class IconMapping(ModelMapping):
        id = Column("id")
        title = Column("title")
        maker = Reference("maker_id")
        class Meta:
            source, model = "icons", "shop.Icon"
"""
LEGACY = (
    "CREATE TABLE makers (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL)",
    "CREATE TABLE icons (id INT PRIMARY KEY, title VARCHAR(20) NOT NULL, maker_id INT NOT NULL)",
    "INSERT INTO makers VALUES (1, 'Ada'), (2, 'Bo')",
    "INSERT INTO icons SELECT seq, CONCAT('icon ', seq), 1 + seq % 2 FROM seq_1_to_3000",
)
LEVELS = ("--level", "counts", "--level", "checksums", "--level", "database")


@pytest.fixture
def loaded(shop: Callable[..., Shop]) -> Shop:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    # Ranges of some hundred rows.
    made.project.environment["DELAMP_CHUNK_BYTES"] = "16384"
    made.delamp("run", "-q")
    return made


@contextlib.contextmanager
def locked(shop: Shop, table: str) -> Iterator[None]:
    """Nobody reads the target's table within the block."""
    connection = psycopg2.connect(shop.target_url)
    try:
        connection.cursor().execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        connection.close()


def verifying(shop: Shop, *arguments: str) -> subprocess.Popen[str]:
    """`delamp verify`, once it waits for a locked table."""
    code = "import sys; from migrate.cli.main import main; sys.argv[0] = 'delamp'; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "verify", *arguments],
        cwd=shop.project.folder,
        env=shop.project.all_variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    until = time.monotonic() + 60
    while not shop.target(
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND application_name LIKE 'delamp%' AND datname = current_database()"
    ):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < until
        time.sleep(0.05)
    return process


def report(shop: Shop, *arguments: str, code: int) -> dict[str, Any]:
    file = shop.project.folder / "report.json"
    shop.delamp("verify", "-q", "--json", str(file), *arguments, code=code)
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def looked(found: dict[str, Any]) -> set[tuple[str, str]]:
    return {(t["level"], t["table"]) for t in found["tables"] if t["complete"]}


def test_interrupt_exits_with_7_and_resume_looks_at_the_rest(loaded: Shop) -> None:
    with locked(loaded, "shop_icon"):
        process = verifying(loaded, *LEVELS)
        refused = loaded.delamp("verify", "--resume", code=1)
        assert "is still running" in refused
        process.send_signal(signal.SIGINT)
        time.sleep(1)
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 7, said
    assert "NOT EVERYTHING WAS LOOKED AT (stopped): clean as far as looked" in said
    assert "`delamp verify --resume`" in said
    assert "the target holds what the source held" not in said
    # What is done is not looked at again, what was left is.
    loaded.target("DELETE FROM shop_icon WHERE id = 2999")
    found = report(loaded, "--resume", code=6)
    assert [(t["level"], t["ok"]) for t in found["tables"] if t["table"] == "IconMapping"] == [
        ("counts", True),
        ("checksums", False),
        ("database", True),
    ]
    assert (found["verdict"], found["damage"]) == ("findings", "1 row differs in 1 table")
    assert len(looked(found)) == 6
    assert "nothing to go on with" in loaded.delamp("verify", "--resume", code=1)


def test_what_an_earlier_part_found_is_looked_at_again(loaded: Shop) -> None:
    loaded.target("UPDATE shop_maker SET name = 'x'")
    with locked(loaded, "shop_icon"):
        process = verifying(loaded, "--level", "checksums")
        process.send_signal(signal.SIGINT)
        time.sleep(1)
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 7, said
    assert "2 rows differ in 1 table" in said
    loaded.target("UPDATE shop_maker SET name = 'Ada' WHERE id = 1")
    found = report(loaded, "--resume", code=6)
    maker = next(t for t in found["tables"] if t["table"] == "MakerMapping")
    assert [f["key"] for f in maker["findings"]] == [[2]]
    assert maker["in_flight"] == {"rows": 1, "keys": [[1]]}


def test_killed_verification_is_gone_on_with(loaded: Shop) -> None:
    with locked(loaded, "shop_icon"):
        process = verifying(loaded, *LEVELS)
        process.kill()
        process.communicate()
    found = report(loaded, "--resume", code=0)
    assert (found["verdict"], len(looked(found))) == ("clean", 6)


def test_resume_is_refused_when_a_mapping_has_changed(loaded: Shop) -> None:
    assert loaded.delamp("verify", "--budget", "0.000001", code=7)
    changed = MAPPINGS.replace('Column("title")', 'Column("title", steps.strip)')
    loaded.project.write("shop/mappings.py", changed.replace("Reference\n", "Reference, steps\n"))
    said = loaded.delamp("verify", "--resume", code=1)
    assert "the mapping or the source schema of IconMapping changed" in said
    loaded.project.write("shop/mappings.py", MAPPINGS)
    loaded.delamp("verify", "--resume")


def test_spent_budget_exits_with_7_and_resume_comes_to_the_end(loaded: Shop) -> None:
    found = report(loaded, "--budget", "0.000001", code=7)
    assert (found["verdict"], found["ok"]) == ("clean as far as looked", False)
    assert found["tables"] == []
    assert len(found["not_looked_at"]) == 8
    html = loaded.project.folder / "report.html"
    said = loaded.delamp("verify", "--resume", "--budget", "0.000001", "--html", str(html), code=7)
    assert "NOT EVERYTHING WAS LOOKED AT (the budget is spent)" in said
    assert "Clean as far as looked, which is not everything" in html.read_text()
    found = report(loaded, "--resume", "--budget", "600", code=0)
    assert (found["verdict"], found["not_looked_at"]) == ("clean", [])


def test_what_was_looked_at_is_known_to_the_next_budget(loaded: Shop) -> None:
    loaded.delamp("verify", "-q", "--level", "counts", "MakerMapping")
    code = (
        "from migrate.cli.project import set_up_django; set_up_django(None)\n"
        "from migrate.config import load_config\n"
        "from migrate.ledger import Ledger\n"
        "from migrate.planning import compile_from\n"
        "from migrate.target import Target\n"
        "from migrate.verified import looks_in_the_past\n"
        "config = load_config()\n"
        "target = Target(config.database)\n"
        "past = looks_in_the_past(Ledger(target), compile_from(config)[0].tables)\n"
        "print({key: look.found for key, look in past.items()})\n"
    )
    done = loaded.project.python("-c", code)
    assert done.stdout.strip() == "{('counts', 'MakerMapping'): False}", done.stderr


def test_role_that_only_reads_verifies_and_cannot_go_on(loaded: Shop) -> None:
    loaded.target("DROP ROLE IF EXISTS delamp_reader")
    loaded.target("CREATE ROLE delamp_reader LOGIN")
    try:
        loaded.target("GRANT pg_read_all_data TO delamp_reader")
        name = loaded.target("SELECT current_user")[0][0]
        url = loaded.project.environment["DATABASE_URL"]
        loaded.project.environment["DATABASE_URL"] = url.replace(f"{name}@", "delamp_reader@", 1)
        said = loaded.delamp("verify", *LEVELS)
        assert "the target holds what the source held" in said
        said = loaded.delamp("verify", "--budget", "0.000001", code=7)
        assert "this role may only read the ledger" in said
        assert "nothing to go on with" in loaded.delamp("verify", "--resume", code=1)
    finally:
        loaded.target("DROP OWNED BY delamp_reader")
        loaded.target("DROP ROLE delamp_reader")
