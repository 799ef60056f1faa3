"""`--html` and `--junit` of the commands, on real servers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.cli.fix_project import Project

HIDDEN = "far too long for the model"


def lines_of(html: Path) -> list[dict[str, Any]]:
    text = html.with_name(f"{html.name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_dry_run_writes_page_lines_and_junit(loaded_project: Project, tmp_path: Path) -> None:
    html, junit = tmp_path / "report.html", tmp_path / "report.xml"
    done = loaded_project.delamp("dry-run", "-q", "--html", str(html), "--junit", str(junit))
    assert (done.returncode, done.stdout, done.stderr) == (6, "", "")
    page = html.read_text(encoding="utf-8")
    for part in ("2 rows would be rejected", "too_long", "id=4", "steps.truncate(20)", "<svg"):
        assert part in page
    assert HIDDEN not in page + html.with_name("report.html.jsonl").read_text(encoding="utf-8")
    header, *rows, document = lines_of(html)
    assert (header["is"], header["schema"], header["kind"]) == ("header", 1, "dry-run")
    assert [(row["code"], row["key"], row["text"]) for row in rows] == [
        ("no_parent", [3], "id=3"),
        ("too_long", [4], "id=4"),
    ]
    icons = next(t for t in document["tables"] if t["name"] == "IconMapping")
    assert (icons["strip"]["first"], icons["strip"]["last"]) == ("1", "4")
    assert icons["strip"]["cells"] == [0, 0, 1, 1]
    failures = ElementTree.parse(junit).getroot().findall(".//failure")
    assert {failure.get("type") for failure in failures} == {"too_long", "no_parent"}


def test_every_row_is_in_the_lines_whatever_the_terminal_names(
    loaded_project: Project, tmp_path: Path
) -> None:
    html = tmp_path / "report.html"
    done = loaded_project.delamp(
        "dry-run", "--html", str(html), "--show-values", "--fail-on", "never"
    )
    assert done.returncode == 0
    assert HIDDEN in html.read_text(encoding="utf-8")
    assert [line["values"] for line in lines_of(html) if line.get("code") == "too_long"] == [
        {"value": "a title that is far too long for the model"}
    ]
    assert lines_of(html)[-1]["state"] == "warn"


def test_same_databases_make_the_same_report_but_for_the_times(
    loaded_project: Project, tmp_path: Path
) -> None:
    seen = []
    for name in ("one", "two"):
        html = tmp_path / name / "report.html"
        html.parent.mkdir()
        loaded_project.delamp("dry-run", "-q", "--html", str(html))
        *rows, document = lines_of(html)
        del document["times"]
        page = html.read_text(encoding="utf-8")
        before, _, times = page.partition('<section id="times"')
        seen.append((rows, document, before, times.partition("</section>")[2]))
    assert seen[0] == seen[1]
    assert seen[0][3], "what stands below the times"


def test_verify_writes_its_report(loaded_project: Project, tmp_path: Path) -> None:
    html, junit = tmp_path / "verify.html", tmp_path / "verify.xml"
    done = loaded_project.delamp("verify", "-q", "--html", str(html), "--junit", str(junit))
    assert (done.returncode, done.stderr) == (0, "")
    assert "The target holds what the source held" in html.read_text(encoding="utf-8")
    document = lines_of(html)[-1]
    assert (document["kind"], document["state"], document["findings"]) == ("verify", "pass", [])
    root = ElementTree.parse(junit).getroot()
    assert root.get("failures") == "0"
    assert {case.get("name") for case in root.iter("testcase")} >= {"counts", "checksums"}


def test_run_tells_of_rejects_and_throughput(live_project: Project, tmp_path: Path) -> None:
    html, junit = tmp_path / "run.html", tmp_path / "run.xml"
    done = live_project.delamp("run", "-q", "--html", str(html), "--junit", str(junit))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    *rows, document = lines_of(html)[1:]
    assert [(row["code"], row["key"], row["level"]) for row in rows] == [
        ("no_parent", [3], "rejected"),
        ("too_long", [4], "rejected"),
    ]
    assert (document["state"], document["headline"]) == ("warn", "4 rows loaded, 2 rejected")
    assert sum(document["times"]["throughput"]["rows"]) == 6
    fixes = {finding["code"]: finding["fix"] for finding in document["findings"]}
    assert "steps.truncate(20)" in fixes["too_long"]
    assert "Rows per second" in html.read_text(encoding="utf-8")
    assert ElementTree.parse(junit).getroot().get("failures") == "0"
    again = live_project.delamp("run", "-q", "--html", str(html))
    assert again.returncode == 0
    assert lines_of(html)[-1]["headline"].startswith("Nothing to do: 4 rows")
    assert len(lines_of(html)) == 4, "the quarantine is told of again"


def test_run_that_fails_leaves_a_report_that_says_so(live_project: Project, tmp_path: Path) -> None:
    html, junit = tmp_path / "run.html", tmp_path / "run.xml"
    asked = ("--max-rejects", "0", "--html", str(html), "--junit", str(junit))
    done = live_project.delamp("run", *asked)
    assert done.returncode == 1
    document = lines_of(html)[-1]
    assert document["state"] == "fail"
    assert document["headline"] in done.stderr
    failures = ElementTree.parse(junit).getroot().findall(".//failure")
    assert [failure.get("message") for failure in failures] == [document["headline"]]


@pytest.mark.parametrize("command", ["dry-run", "run", "verify"])
@pytest.mark.parametrize("option", ["--html", "--junit"])
def test_missing_folder_is_told_before_the_work(
    project: Project, command: str, option: str
) -> None:
    done = project.delamp(command, option, "no/such/report")
    assert done.returncode == 2
    assert "no such folder, got 'no/such'" in done.stderr


def test_old_report_does_not_outlive_a_failure(project: Project, tmp_path: Path) -> None:
    project.environment["LEGACY_URL"] = "mysql://nobody@127.0.0.1:1/none"
    old = [tmp_path / name for name in ("r.html", "r.html.jsonl", "r.xml")]
    for file in old:
        file.write_text("old")
    done = project.delamp("dry-run", "--html", str(old[0]), "--junit", str(old[2]))
    assert done.returncode == 4
    assert not [file for file in old if file.exists()]
