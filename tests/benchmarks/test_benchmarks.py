"""The benchmarks measure what they say, on few rows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import legacy
from benchmarks.measures import MEASURES
from benchmarks.process import Failed, run_command
from migrate.source import Source
from migrate.urls import parse_source_url

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_generated_table_has_what_makes_a_copy_hard(source_db: str) -> None:
    source = Source(parse_source_url(source_db))
    try:
        legacy.create(source, 1000)
        legacy.add_meta(source, 500)
        columns = source.value(
            "SELECT COUNT(*) FROM information_schema.COLUMNS"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'icons'"
        )
        hard = source.rows(
            "SELECT COUNT(*), MAX(id), SUM(description IS NULL), SUM(price IS NULL),"
            " SUM(updated IS NULL), SUM(LENGTH(title) > CHAR_LENGTH(title)),"
            r" SUM(description LIKE '%\n%'), SUM(description LIKE '%\t%'),"
            r" SUM(INSTR(description, '\\') > 0), SUM(slug LIKE _latin1 0x25E925),"
            " COUNT(DISTINCT user_id) FROM icons"
        )[0]
        serialised = source.value("SELECT SUM(meta LIKE 'a:4:{%}') FROM icons_with_meta")
    finally:
        source.close()
    assert columns == "13"
    rows, last, *counts = (int(value or 0) for value in hard)
    assert (rows, last) == (1000, 1000)
    assert all(0 < count < 1000 for count in counts)
    assert serialised == "500"


def test_failed_command_is_told_with_what_it_said() -> None:
    script = "import sys; sys.exit('no such table')"
    with pytest.raises(Failed, match="exit code 1, got no such table"):
        run_command([sys.executable, "-c", script], {})


def test_peak_memory_is_that_of_the_process_and_of_its_child() -> None:
    child = "import time; x = bytearray(80_000_000); time.sleep(1)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    ran = run_command([sys.executable, "-c", parent], {})
    own, other = ran.peaks_mb
    assert own < 60 < 76 < other < 140


def test_unknown_measure_is_named() -> None:
    command = [sys.executable, "-m", "benchmarks", "spped"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "'spped'" in done.stderr


def test_every_measure_is_in_the_documentation() -> None:
    text = (ROOT / "docs" / "benchmarks.md").read_text()
    assert [name for name in MEASURES if f"`{name}`" not in text] == []


@pytest.mark.slow
def test_measures_write_their_figures(tmp_path: Path) -> None:
    file = tmp_path / "latest.json"
    command = [sys.executable, "-m", "benchmarks", "copy", "verify", "again", "python"]
    command += ["--rows", "20000", "--pairs", "1", "--json", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(file.read_text())
    figures = ["copy_over_floor", "verify_over_copy", "python_tier_rows_per_s"]
    assert all(report[name] > 0 for name in figures)
    assert report["rows"] == 20000
    assert "nothing to do" in done.stdout
