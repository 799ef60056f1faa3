"""`delamp draft`: what it takes, what it refuses, what it leaves behind and what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from setuptools import find_packages

from migrate.cli.main import run_cli
from migrate.draft.drafting import app_name
from migrate.draft.writing.requirement import requirement
from migrate.errors import ConfigError
from migrate.servers.kept import kept_socket, remove_kept, stop_kept
from migrate.servers.mysql_wire import MySQLWire
from tests.fix_servers import DatabaseServer, connect_mysql, fresh_database

ROOT = Path(__file__).resolve().parents[2]

TABLES = """
CREATE TABLE `shop_people` (`person_id` int(11) NOT NULL AUTO_INCREMENT,
  `email` varchar(80) NOT NULL DEFAULT '', `joined` datetime NOT NULL,
  PRIMARY KEY (`person_id`)) ENGINE=InnoDB DEFAULT CHARSET=latin1;
CREATE TABLE `shop_orders` (`order_id` int(11) NOT NULL AUTO_INCREMENT,
  `person_id` int(11) NOT NULL DEFAULT '0', `paid` enum('Y','N') NOT NULL DEFAULT 'N',
  PRIMARY KEY (`order_id`), KEY `person_id` (`person_id`)) ENGINE=MyISAM DEFAULT CHARSET=latin1;
CREATE TABLE `shop_log` (`line` text) ENGINE=MyISAM DEFAULT CHARSET=latin1;
INSERT INTO `shop_people` VALUES (1,'a@example.org','2009-02-13 23:31:30'),
  (2,'b@example.org','0000-00-00 00:00:00');
INSERT INTO `shop_orders` VALUES (1,1,'Y'),(2,2,'N'),(3,99,'Y');
INSERT INTO `shop_log` VALUES ('x'),('x');
"""


@pytest.fixture(scope="module")
def shop(mariadb: DatabaseServer) -> Iterator[str]:
    """A small legacy database with an orphan and a zero date."""
    for address in fresh_database(mariadb):
        with connect_mysql(address) as connection, connection.cursor() as cursor:
            cursor.execute("SET sql_mode = ''")
            for statement in filter(str.strip, TABLES.split(";")):
                cursor.execute(statement)
        yield address


def in_project(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO", "LEGACY"))}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", **more}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_it_needs_no_project_and_tells_what_comes_next(shop: str, tmp_path: Path) -> None:
    program = "from migrate.cli.main import main; main()"
    done = in_project(tmp_path, "-c", program, "draft", shop, "site", "--app", "shop")
    assert done.returncode == 0, done.stderr
    assert "3 tables with 7 rows" in done.stdout
    assert "shop_people" in done.stdout
    assert "DRAFT.md" in done.stdout
    assert "cd site" in done.stdout
    assert "python manage.py delamp run" in done.stdout
    assert "rows" in done.stderr.splitlines()
    assert (tmp_path / "site/shop/models.py").is_file()


def test_drafted_project_is_a_wheel_of_its_own_packages(shop: str, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    assert run_cli(["draft", shop, str(folder), "--app", "goods", "-q"]) == 0
    (folder / "notes").mkdir()
    told = tomllib.loads((folder / "pyproject.toml").read_text())
    found = find_packages(
        str(folder), include=told["tool"]["setuptools"]["packages"]["find"]["include"]
    )
    assert sorted(found) == ["config", "goods", "goods.migrations"]


@pytest.mark.parametrize(
    ("origin", "needs"),
    [
        (None, "delamp[bcrypt]"),
        ({"url": "file:///srv/delamp", "dir_info": {}}, "delamp[bcrypt] @ file:///srv/delamp"),
        (
            {
                "url": "https://example.org/delamp.git",
                "vcs_info": {"vcs": "git", "commit_id": "0a1b"},
            },
            "delamp[bcrypt] @ git+https://example.org/delamp.git@0a1b",
        ),
    ],
)
def test_delamp_is_required_from_where_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: dict[str, Any] | None, needs: str
) -> None:
    installed = tmp_path / "delamp-0.1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: delamp\nVersion: 0.1\n")
    if origin:
        (installed / "direct_url.json").write_text(json.dumps(origin))
    monkeypatch.syspath_prepend(str(tmp_path))
    assert requirement("bcrypt") == needs


def test_url_may_be_in_a_variable_and_a_password_gets_into_no_file(
    mariadb: DatabaseServer,
    shop: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mariadb.execute("CREATE USER IF NOT EXISTS drafter@localhost IDENTIFIED BY 's3cr3t-w0rd'")
    mariadb.execute("GRANT SELECT, SHOW VIEW ON *.* TO drafter@localhost")
    parts = urlsplit(shop)
    host = parts.netloc.rpartition("@")[2]
    url = parts._replace(netloc=f"drafter:s3cr3t-w0rd@{host}").geturl()
    monkeypatch.setenv("OLD_SHOP", url)
    assert run_cli(["draft", "OLD_SHOP", str(tmp_path / "site"), "--app", "shop"]) == 0
    said = capsys.readouterr()
    assert "s3cr3t" not in said.out + said.err
    assert "export LEGACY_URL=" in said.out
    texts = [p.read_text() for p in (tmp_path / "site").rglob("*") if p.is_file()]
    assert not any("s3cr3t" in text for text in texts)
    assert any("drafter@" in text for text in texts)


def test_quiet_says_nothing(shop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["draft", "-q", shop, str(tmp_path / "site")]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")


def test_tables_are_chosen_by_globs(shop: str, tmp_path: Path) -> None:
    chosen = ["--tables", "shop_*", "--exclude", "*_log", "--exclude", "*_orders"]
    assert run_cli(["draft", "-q", shop, str(tmp_path / "site"), "--app", "shop", *chosen]) == 0
    text = (tmp_path / "site/shop/mappings.py").read_text()
    assert text.count('source = "') == 1
    assert 'source = "shop_people"' in text


def test_without_evidence_no_rows_are_counted(
    shop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["draft", shop, str(tmp_path / "site"), "--no-data-evidence"]
    assert run_cli(arguments) == 0
    assert "7 rows" not in capsys.readouterr().out
    assert "No row was read" in (tmp_path / "site/DRAFT.md").read_text()


def test_time_zone_is_that_of_the_mappings(shop: str, tmp_path: Path) -> None:
    arguments = ["draft", "-q", shop, str(tmp_path / "site"), "--app", "shop"]
    assert run_cli([*arguments, "--time-zone", "Europe/Paris"]) == 0
    assert "Europe/Paris" in (tmp_path / "site/shop/mappings.py").read_text()


@pytest.mark.parametrize(
    ("arguments", "guess", "decision"),
    [
        ([], True, True),
        (["--time-zone", "UTC"], False, True),
        (["--time-zone", "Europe/Paris"], False, True),
        (["--exclude", "*_people"], False, False),
    ],
)
def test_guessed_time_zone_is_the_first_decision_and_said_at_once(
    shop: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    guess: bool,
    decision: bool,
) -> None:
    assert run_cli(["draft", shop, str(tmp_path / "site"), "--app", "shop", *arguments]) == 0
    _, _, after = capsys.readouterr().out.partition("Next")
    assert ("UTC is a guess for 1 DATETIME column: Decision 1" in after) == guess
    text = (tmp_path / "site/DRAFT.md").read_text()
    assert ("## Decision 1: the time zone" in text) == decision
    assert ("**That is a guess**" in text) == guess
    if decision:
        zone = arguments[1] if arguments else "UTC"
        assert f"1 column in 1\ntable with 2 rows, taken for `{zone}`." in text
        assert text.index("## Decision 1") < text.index("## Decisions to look at")
        assert "`--time-zone" in text or zone != "UTC"
        assert "02:30 becomes 03:30" in text or zone == "UTC"
        assert 'fold="second"' in text and "date.timezone" in text


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--time-zone", "Europe/Pari"], 2, "is no time zone"),
        (["--app", "Shop"], 3, "no name for a Django app, got 'Shop'"),
        (["--app", "migrate"], 3, "the name is taken"),
        (["--tables", "no_such_*"], 3, "no_such_"),
    ],
)
def test_wrong_option_is_told_and_nothing_written(
    shop: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    assert run_cli(["draft", "-q", shop, str(tmp_path / "site"), *arguments]) == code
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_folder_with_files_is_refused_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").write_text("")
    assert run_cli(["draft", "mysql://nobody@127.0.0.1:1/x", str(tmp_path)]) == 3
    assert "is not empty, got 'mine'" in capsys.readouterr().err


def test_missing_dump_is_told_with_what_may_stand_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["draft", str(tmp_path / "no.sql"), str(tmp_path / "site")]) == 3
    assert "hint: name a mysql:// URL, a dump, or an environment variable" in (
        capsys.readouterr().err
    )
    assert list(tmp_path.iterdir()) == []


def test_dump_that_is_cut_off_leaves_neither_files_nor_a_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop.sql").write_text(TABLES[:-9])
    assert run_cli(["draft", str(tmp_path / "shop.sql"), str(tmp_path / "site")]) == 4
    assert "ends within the statement that begins in line 12" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["shop.sql"]


@pytest.mark.slow
def test_drafted_from_a_dump_it_runs_when_the_server_was_stopped(
    tmp_path: Path, target_db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop.sql").write_text(TABLES)
    site = tmp_path / "site"
    try:
        assert run_cli(["draft", str(tmp_path / "shop.sql"), str(site)]) == 0
        assert ".delamp/" in (site / ".gitignore").read_text()
        assert stop_kept(site / ".delamp/legacy")
        assert not stop_kept(site / ".delamp/legacy")
        for arguments in (["migrate", "-v0"], ["delamp", "run"], ["delamp", "verify"]):
            done = in_project(site, "manage.py", *arguments, DATABASE_URL=target_db)
            assert done.returncode == 0, done.stdout + done.stderr
        assert capsys.readouterr().out.count("shop_") >= 3
        server = MySQLWire(kept_socket(site / ".delamp/legacy"))
        server.close()
    finally:
        remove_kept(site / ".delamp/legacy")
    assert not (site / ".delamp/legacy").exists()


def test_refused_statement_of_a_dump_is_a_warning_in_quiet_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dump, site = tmp_path / "shop.sql", tmp_path / "site"
    dump.write_text(f"{TABLES}CREATE UNIQUE INDEX u ON shop_log (line(1));\n")
    try:
        assert run_cli(["draft", "-q", str(dump), str(site)]) == 0
        said = capsys.readouterr()
        assert said.out == ""
        (warning,) = said.err.splitlines()
        number = len(dump.read_text().splitlines())
        assert warning.startswith(f"warning: shop.sql: line {number} was refused: ")
    finally:
        remove_kept(site / ".delamp/legacy")


def test_gone_private_server_is_told_with_the_way_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"mysql://root@localhost/shop?private_server={tmp_path / 'gone'}"
    assert parse_qs(urlsplit(url).query)["private_server"] == [str(tmp_path / "gone")]
    assert run_cli(["draft", url, str(tmp_path / "site")]) == 4
    assert "draft again from the dump" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("database", "name"),
    [
        ("shop", "shop"),
        ("My-Shop 2", "my_shop_2"),
        ("2fast", "legacy_2fast"),
        ("django", "django_app"),
        ("class", "class_app"),
        ("日本", "legacy"),
        ("json", "json_app"),
        ("config", "config_app"),
        ("Click", "click_app"),
    ],
)
def test_app_is_named_after_the_database(database: str, name: str) -> None:
    assert app_name(None, database) == name


def test_wanted_name_is_taken_as_it_is() -> None:
    assert app_name("legacy", "shop") == "legacy"
    with pytest.raises(ConfigError, match="no name for a Django app"):
        app_name("class", "shop")
