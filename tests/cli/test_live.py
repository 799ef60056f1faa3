"""The commands on real servers."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest

from tests.cli.fix_project import Project
from tests.fix_servers import connect_mysql


def test_check_shows_tables_and_what_would_be_left_behind(loaded_project: Project) -> None:
    done = loaded_project.delamp("check", "-v")
    assert (done.returncode, done.stderr) == (0, "")
    for part in (
        "IconMapping",
        "shop_icon",
        "maker_id",
        "no mapping reads secret",
        "2 tables ready",
    ):
        assert part in done.stdout


def test_check_names_the_columns_that_hold_more_than_the_field_takes(
    loaded_project: Project,
) -> None:
    done = loaded_project.delamp("check")
    assert "\nMay refuse\nIconMapping: title (too_long)\n" in done.stdout
    assert "MakerMapping: name" not in done.stdout


def test_check_shows_all_mistakes_of_both_sides_at_once(
    loaded_project: Project, tmp_path: Path
) -> None:
    wrong = Project(tmp_path, dict(loaded_project.environment))
    for path in loaded_project.folder.rglob("*.py"):
        wrong.write(str(path.relative_to(loaded_project.folder)), path.read_text())
    wrong.write(
        "shop/mappings.py",
        """
        from mappings import Column, Count, ModelMapping

        class MakerMapping(ModelMapping):
            nam = Column("name")
            icons_count = Count("shop.Icon", by="makr")
            class Meta:
                source = "makerz"
                model = "shop.Maker"

        class IconMapping(ModelMapping):
            id = Column("id")
            title = Column("titel")
            maker = Column("maker_id")
            class Meta:
                source = "icons"
                model = "shop.Icon"
                tme_zone = "Europe/Copenhagen"
        """,
    )
    done = wrong.delamp("check")
    assert done.returncode == 3
    assert done.stdout == ""
    found = [
        line.split(":")[0] for line in done.stderr.splitlines() if line.startswith("mappings.")
    ]
    assert sorted(found) == [
        "mappings.E001 IconMapping.Meta",
        "mappings.E010 MakerMapping.Meta",
        "mappings.E011 MakerMapping.icons_count",
        "mappings.E011 MakerMapping.nam",
        "mappings.E013 IconMapping.title",
    ]
    assert "hint: use 'time_zone'" in done.stderr
    assert "hint: use 'makers'" in done.stderr
    assert "hint: use 'title'" in done.stderr
    assert wrong.delamp("run").returncode == 3


def test_django_check_reports_mistakes_that_need_no_source(
    loaded_project: Project, tmp_path: Path
) -> None:
    wrong = Project(tmp_path, {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})
    for path in loaded_project.folder.rglob("*.py"):
        wrong.write(str(path.relative_to(loaded_project.folder)), path.read_text())
    assert wrong.manage("check").returncode == 0
    text = (wrong.folder / "shop/mappings.py").read_text()
    wrong.write("shop/mappings.py", text.replace("title =", "titel ="))
    wrong.write("more_settings.py", "from site_settings import *\nDELAMP = {'REDERS': 3}\n")
    done = wrong.manage("check", "--settings", "more_settings")
    assert done.returncode == 1
    assert "IconMapping.titel: (mappings.E011) model shop.Icon has no field 'titel'" in done.stderr
    assert "HINT: use 'title'" in done.stderr
    assert "DELAMP['REDERS']: (delamp.E002) unknown key" in done.stderr


def test_run_then_run_again_then_verify(live_project: Project) -> None:
    done = live_project.delamp("run")
    assert done.returncode == 0, done.stderr
    assert "run 1 finished: 4 rows" in done.stdout
    assert "too_long" in done.stdout
    assert "no_parent" in done.stdout
    assert "IconMapping: " in done.stderr
    again = live_project.manage("delamp", "run")
    assert again.returncode == 0
    assert "Nothing to do: 2 tables with 4 rows" in again.stdout
    assert live_project.delamp("verify", "-q").returncode == 0


def test_restart_loads_anew(live_project: Project) -> None:
    assert live_project.delamp("run", "-q").returncode == 0
    done = live_project.delamp("run", "--restart", "--yes")
    assert done.returncode == 0, done.stderr
    assert "4 rows" in done.stdout
    assert live_project.delamp("verify", "-q").returncode == 0


def test_json_events_come_one_per_line_and_end_with_the_totals(live_project: Project) -> None:
    done = live_project.delamp("run", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    names = [event["event"] for event in events]
    assert names[-1] == "run_finished"
    assert names.count("run_finished") == 1
    assert names.index("run_started") < names.index("chunk_loaded") < names.index("table_finished")
    last = {table["name"]: table for table in events[-1]["tables"]}
    assert last["IconMapping"]["loaded"] == 2
    assert last["IconMapping"]["rejected"] == 2
    assert ["IconMapping", "rejected", "too_long", 1] in events[-1]["rejects"]


def test_json_tells_errors_too(live_project: Project) -> None:
    live_project.environment["LEGACY_URL"] = "mysql://u:s3cret@127.0.0.1:1/db"
    done = live_project.delamp("run", "--json")
    assert done.returncode == 4
    error = json.loads(done.stdout.splitlines()[-1])
    assert (error["event"], error["exit_code"]) == ("error", 4)
    assert "s3cret" not in done.stdout + done.stderr


def test_too_many_rejects_stop_the_run_and_a_higher_limit_goes_on(live_project: Project) -> None:
    done = live_project.delamp("run", "--max-rejects", "1")
    assert done.returncode == 1, done.stdout
    assert "too many rejected rows, got 2" in done.stderr
    assert live_project.delamp("status").returncode == 0
    assert live_project.delamp("run").returncode == 0
    assert live_project.delamp("verify", "-q").returncode == 0


def test_unknown_table_is_told_with_the_nearest_name(live_project: Project) -> None:
    done = live_project.delamp("run", "IconMappin")
    assert done.returncode == 3
    assert "hint: use 'IconMapping'" in done.stderr


@pytest.mark.parametrize("damage", [
    "UPDATE shop_icon SET title = 'hom' WHERE id = 1",
    "DELETE FROM shop_icon WHERE id = 1",
    "UPDATE shop_maker SET icons_count = icons_count + 1 WHERE id = 1",
])  # fmt: skip
def test_findings_exit_with_6_and_are_in_the_json(
    loaded_project: Project, tmp_path: Path, damage: str
) -> None:
    connection = psycopg2.connect(loaded_project.environment["DATABASE_URL"])
    connection.autocommit = True
    report = tmp_path / "report.json"
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE saved_icon AS TABLE shop_icon")
        cursor.execute("CREATE TABLE saved_maker AS TABLE shop_maker")
        try:
            cursor.execute(damage)
            done = loaded_project.delamp("verify", "--json", str(report))
        finally:
            cursor.execute("DELETE FROM shop_icon")
            cursor.execute("DELETE FROM shop_maker")
            cursor.execute("INSERT INTO shop_maker TABLE saved_maker")
            cursor.execute("INSERT INTO shop_icon TABLE saved_icon")
            cursor.execute("DROP TABLE saved_icon, saved_maker")
    connection.close()
    assert done.returncode == 6, done.stdout
    assert "✘ differences found" in done.stdout
    found = json.loads(report.read_text())
    assert found["ok"] is False
    assert sum(found["totals"].values()) >= 1
    assert "home" not in done.stdout + report.read_text()


def test_verify_says_that_all_is_well(loaded_project: Project) -> None:
    done = loaded_project.delamp("verify")
    assert (done.returncode, done.stderr) == (0, "")
    assert "✔ the target holds what the source held: 2 tables" in done.stdout
    one = loaded_project.delamp("verify", "--json", "-", "--level", "counts", "IconMapping")
    assert {result["table"] for result in json.loads(one.stdout)["tables"]} == {"IconMapping"}


def test_status_shows_the_run_for_people_and_machines(loaded_project: Project) -> None:
    done = loaded_project.delamp("status")
    assert "run 1 finished" in done.stdout
    found = json.loads(loaded_project.delamp("status", "--json").stdout)
    assert found["run"]["state"] == "finished"
    assert found["dropped_and_not_restored"] == 0
    icons = next(table for table in found["tables"] if table["mapping"] == "IconMapping")
    assert (icons["extracted"], icons["loaded"], icons["rejected"]) == (4, 2, 2)


def test_rejects_are_listed_and_filtered(loaded_project: Project) -> None:
    everything = loaded_project.delamp("rejects", "list").stdout
    assert "id=4" in everything
    assert "id=3" in everything
    by_code = loaded_project.delamp("rejects", "list", "--code", "too_long").stdout
    assert "id=4" in by_code
    assert "id=3" not in by_code
    for table in ("IconMapping", "Icon", "icons", "shop_icon"):
        assert "id=4" in loaded_project.delamp("rejects", "list", "--table", table).stdout
    assert "no rejects" in loaded_project.delamp("rejects", "list", "--outcome", "kept").stdout
    assert "… 1 more row" in loaded_project.delamp("rejects", "list", "--limit", "1").stdout
    unknown = loaded_project.delamp("rejects", "list", "--table", "IconMappin")
    assert unknown.returncode == 3
    assert "use 'IconMapping'" in unknown.stderr


def test_source_values_show_only_when_asked_for(loaded_project: Project) -> None:
    hidden = [
        loaded_project.delamp("rejects", "list"),
        loaded_project.delamp("rejects", "show", "1", "2"),
        loaded_project.delamp("rejects", "export", "-"),
        loaded_project.delamp("rejects", "export", "-", "--format", "csv"),
    ]
    for done in hidden:
        assert done.returncode == 0, done.stderr
        assert "far too long" not in done.stdout
    assert "2 values hidden" not in hidden[1].stdout
    assert "values hidden" in hidden[1].stdout
    shown = loaded_project.delamp("rejects", "show", "1", "2", "--show-values")
    assert "title    = 'a title that is far too long for the model'" in shown.stdout


def test_rejects_are_exported_whole(loaded_project: Project, tmp_path: Path) -> None:
    for name in ("rejects.csv", "rejects.jsonl"):
        done = loaded_project.delamp("rejects", "export", str(tmp_path / name), "--show-values")
        assert done.returncode == 0, done.stderr
        assert "2 rejects written" in done.stderr
    lines = (tmp_path / "rejects.jsonl").read_text().splitlines()
    by_code = {found["code"]: found for found in map(json.loads, lines)}
    assert by_code["too_long"]["values"]["title"].startswith("a title that")
    assert by_code["no_parent"]["column"] == "maker"
    rows = list(csv.DictReader(io.StringIO((tmp_path / "rejects.csv").read_text())))
    assert {row["key"] for row in rows} == {"id=3", "id=4"}
    assert loaded_project.delamp("rejects", "export", str(tmp_path / "x.pdf")).returncode == 2


def test_missing_ledger_says_what_to_run(live_project: Project) -> None:
    assert live_project.manage("migrate", "delamp", "zero", "-v0").returncode == 0
    for command in (["status"], ["rejects", "list"], ["run"], ["verify"]):
        done = live_project.delamp(*command)
        assert done.returncode == 5, done.stderr
        assert "python manage.py migrate" in done.stderr


@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGTERM], [signal.SIGINT] * 2])
def test_interrupted_run_exits_with_7_and_goes_on(
    live_project: Project, signals: list[signal.Signals]
) -> None:
    with connect_mysql(live_project.environment["LEGACY_URL"]) as connection:
        cursor = connection.cursor()
        cursor.execute("DELETE FROM icons")
        cursor.execute("INSERT INTO icons (title, maker_id) VALUES ('icon', 1)")
        for _ in range(16):
            cursor.execute("INSERT INTO icons (title, maker_id) SELECT title, maker_id FROM icons")
    live_project.environment["DELAMP_CHUNK_BYTES"] = "16k"
    out, err, code = interrupted(live_project, signals)
    assert code == 7, err
    assert "Traceback" not in err
    assert "finishing the chunks under way" in err
    if len(signals) == 1:
        assert "hint: run `delamp run` to go on" in err
        assert json.loads(out.splitlines()[-1])["exit_code"] == 7
    status = live_project.delamp("status")
    assert "interrupted" in status.stdout
    assert "goes on from here" in status.stdout
    found = json.loads(live_project.delamp("status", "--json").stdout)
    icons = next(table for table in found["tables"] if table["mapping"] == "IconMapping")
    assert 0 < icons["loaded"] == icons["extracted"] < 65_536
    done = live_project.delamp("run")
    assert done.returncode == 0, done.stderr
    assert "goes on" in done.stderr
    assert "65,536" in done.stdout
    assert live_project.delamp("verify", "-q").returncode == 0


def interrupted(project: Project, signals: list[signal.Signals]) -> tuple[str, str, int]:
    """Start a run, send signals once a chunk of icons is in; return output and exit code."""
    code = "import sys; from migrate.cli.main import main; sys.argv[0] = 'delamp'; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "run", "--json"],
        cwd=project.folder,
        text=True,
        env=project.all_variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "chunk_loaded" and event["table"] == "IconMapping":
            break
    for number in signals:
        process.send_signal(number)
        # Two of a kind that wait together reach a process as one.
        time.sleep(0.02)
    out, err = process.communicate(timeout=60)
    return out, err, process.returncode


@pytest.mark.parametrize("state", ["running", "interrupted", "failed"])
def test_verify_says_first_that_the_latest_run_is_not_finished(
    loaded_project: Project, tmp_path: Path, state: str
) -> None:
    report = tmp_path / "report.json"
    with psycopg2.connect(loaded_project.environment["DATABASE_URL"]) as connection:
        connection.cursor().execute("UPDATE delamp_run SET state = %s", [state])
    try:
        done = loaded_project.delamp("verify", "--json", str(report), "--level", "counts")
    finally:
        with connection:
            connection.cursor().execute("UPDATE delamp_run SET state = 'finished'")
        connection.close()
    assert done.stderr.startswith("warning: run 1 is not finished")
    assert "`delamp run` goes on" in done.stderr.splitlines()[0]
    assert json.loads(report.read_text())["unfinished_run"] == {"id": 1, "state": state}


def test_verify_of_a_finished_run_warns_of_nothing(loaded_project: Project) -> None:
    done = loaded_project.delamp("verify", "--json", "-", "--level", "counts")
    assert "warning" not in done.stderr
    assert json.loads(done.stdout)["unfinished_run"] is None


def test_verify_and_check_before_the_first_run(live_project: Project) -> None:
    done = live_project.delamp("verify", "--json", "-", "--level", "counts")
    assert done.stderr.startswith("warning: no run yet")
    assert json.loads(done.stdout)["unfinished_run"] == {"id": None, "state": None}
    with psycopg2.connect(live_project.environment["DATABASE_URL"]) as connection:
        connection.cursor().execute("DROP TABLE shop_icon, delamp_run CASCADE")
    check = live_project.delamp("check")
    assert check.returncode == 0
    assert "delamp.W003 IconMapping: target table shop_icon is missing" in check.stderr
    assert "delamp.W003 ledger: target table delamp_run is missing" in check.stderr
    assert "MakerMapping" not in check.stderr
    assert "hint: run `python manage.py migrate`" in check.stderr
    with connection:
        connection.cursor().execute("DROP TABLE shop_maker CASCADE")
    connection.close()
    check = live_project.delamp("check")
    said = "delamp.W003 target: all 3 tables are missing: shop_maker, shop_icon, delamp_run"
    assert said in check.stderr
    assert check.stderr.count("W003") == 1


def test_check_warns_of_a_parent_that_no_mapping_fills_while_its_table_is_empty(
    live_project: Project,
) -> None:
    live_project.write(
        "shop/mappings.py",
        """
        from mappings import Column, ModelMapping, Reference

        class IconMapping(ModelMapping):
            id = Column("id")
            title = Column("title")
            maker = Reference("maker_id")

            class Meta:
                source = "icons"
                model = "shop.Icon"
        """,
    )
    done = live_project.delamp("check")
    assert done.returncode == 0
    warning = "delamp.W004 IconMapping.maker: no mapping fills shop.Maker (table empty)"
    assert warning in done.stderr
    assert "no mapping reads the 1 table makers" in done.stdout
    assert "makers: no mapping reads" not in done.stdout
    with psycopg2.connect(live_project.environment["DATABASE_URL"]) as connection:
        connection.cursor().execute("INSERT INTO shop_maker VALUES (1, 'Ada', 0)")
    connection.close()
    assert "W004" not in live_project.delamp("check").stderr


def test_check_of_a_target_that_does_not_answer_still_checks_the_legacy_side(
    loaded_project: Project,
) -> None:
    elsewhere = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    lost = Project(loaded_project.folder, loaded_project.environment | elsewhere)
    done = lost.delamp("check", "-v")
    assert done.returncode == 0
    assert "delamp.W002 target none: the target was not looked at" in done.stderr
    assert "2 tables ready" in done.stdout
    assert "too_long" in next(line for line in done.stdout.splitlines() if " title " in f" {line}")


def test_list_of_rejects_shows_the_first_of_each_rule(live_project: Project) -> None:
    connection = connect_mysql(live_project.environment["LEGACY_URL"])
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO icons VALUES (%s, 'lost', 99, 'x')", [(n,) for n in range(100, 130)]
        )
    connection.commit()
    connection.close()
    assert live_project.delamp("run", "-q").returncode == 0
    listing = live_project.delamp("rejects", "list").stdout
    assert "… 30 more rows" in listing
    assert listing.count("id=") == 2
    assert "too_long" in listing.rpartition("detail")[2]
    assert live_project.delamp("rejects", "list", "--limit", "5").stdout.count("id=") == 5
