"""The marketplace's Django project: a run leaves out exactly what was planted, and verifies."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from examples.iconfinder.legacy import Facts, generate
from examples.iconfinder.legacy.passwords import GENERATIONS, generation, password
from examples.iconfinder.legacy.sizes import ident
from tests.forking import forks

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "examples" / "iconfinder"
ROWS = 12_000


@dataclass
class Project:
    """The project with its two databases."""

    legacy: str
    target: str

    def manage(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("DELAMP", "DJANGO"))},
            "LEGACY_URL": self.legacy,
            "DATABASE_URL": self.target,
            "PYTHONPATH": str(ROOT),
        }
        return forks().run(["manage.py", *arguments], cwd=PROJECT, env=environment, input=stdin)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(self.target)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall()
        finally:
            connection.close()


@pytest.fixture
def project(source_db: str, target_db: str) -> Project:
    return Project(source_db, target_db)


@pytest.fixture(scope="module")
def moved(mariadb: Any, postgres: Any) -> Iterator[tuple[Project, Facts]]:
    """The project after its run. Loaded once: the tests only look at it."""
    name = f"delamp_test_iconfinder_{os.getpid()}"
    project = Project(mariadb.create_database(name), postgres.create_database(name))
    planted = generate(project.legacy, ROWS, 5)
    for arguments in (("migrate", "--verbosity", "0"), ("delamp", "run", "--quiet", "--proof")):
        done = project.manage(*arguments)
        assert done.returncode == 0, done.stderr
    yield project, planted
    mariadb.drop_database(name)
    postgres.drop_database(name)


def expected(planted: Facts) -> dict[tuple[str, str, str, str], int]:
    """(mapping, outcome, code, field) -> rows, out of what was planted and the policies."""
    ills, also = planted.ills, planted.knock_on
    no_parent = {
        ("CategoryMapping", "nulled", "parent"): ills["categories.parent_id: missing parent"],
        ("IconMapping", "rejected", "author"): ills["icons.user_id: missing parent"],
        ("IconMapping", "nulled", "category"): ills["icons.category_id: missing parent"],
        ("DownloadMapping", "skipped", "icon"): ills["downloads.icon_id: missing parent"]
        + also["downloads.icon_id"],
        ("DownloadMapping", "nulled", "user"): ills["downloads.user_id: missing parent"],
        ("CommentMapping", "rejected", "icon"): ills["comments.icon_id: missing parent"]
        + also["comments.icon_id"],
        ("CommentMapping", "nulled", "user"): ills["comments.user_id: missing parent"],
        ("CommentMapping", "nulled", "parent"): ills["comments.parent_id: missing parent"]
        + also["comments.parent_id"],
        ("FavouriteMapping", "skipped", "user"): ills["favourites.user_id: missing parent"],
        ("FavouriteMapping", "skipped", "icon"): ills["favourites.icon_id: missing parent"]
        + also["favourites.icon_id"],
        ("IconMapping.tags", "skipped", "icon"): ills["icon_tags.icon_id: missing parent"],
        ("IconMapping.tags", "skipped", "tag"): ills["icon_tags.tag_id: missing parent"],
    }
    others = {
        ("CommentMapping", "rejected", "too_long", "title"): ills[
            "comments.title: longer than the model allows"
        ],
        ("CommentMapping", "rejected", "nul_byte", "body"): ills["comments.body: NUL byte"],
        ("PurchaseMapping", "rejected", "bad_serialize", "receipt"): ills[
            "purchases.receipt: serialised with a wrong length"
        ],
        ("PurchaseMapping", "rejected", "dst_gap", "paid_at"): ills[
            "purchases.paid_at: in the hour skipped in March"
        ],
        ("SettingMapping", "rejected", "bad_serialize", "value"): ills[
            "settings.value: serialised with a wrong length"
        ],
    }
    found = {(m, outcome, "no_parent", f): n for (m, outcome, f), n in no_parent.items()}
    return found | others


def test_the_project_is_complete_without_warnings(project: Project) -> None:
    done = project.manage("check", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    done = project.manage("migrate", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    done = project.manage("makemigrations", "--check", "--dry-run")
    assert done.returncode == 0, done.stdout


def test_exactly_the_planted_rows_are_left_out_and_the_rest_verifies(
    moved: tuple[Project, Facts],
) -> None:
    project, planted = moved
    rejects = project.ask(
        'SELECT t.mapping, r.outcome, r.code, r."column", count(*) FROM delamp_reject r '
        "JOIN delamp_table t ON t.id = r.table_id WHERE r.code <> 'duplicate' GROUP BY 1, 2, 3, 4"
    )
    assert {tuple(row[:4]): row[4] for row in rejects} == expected(planted)
    again = planted.ills["icon_tags: the same pair again"]
    assert project.ask("SELECT sum(skipped) FROM delamp_table WHERE mapping LIKE '%.tags'") == [
        (3 * again,)
    ]

    done = project.manage("delamp", "verify", "--quiet", "--json", "-")
    report = json.loads(done.stdout)
    assert {k: n for k, n in report["totals"].items() if k != "legacy_drift"} == {}
    assert done.returncode == 0
    # What the accountant asks is answered alike, of the purchases that were moved.
    asked = {t["table"]: t["chunks"] for t in report["tables"] if t["level"] == "questions"}
    assert asked == {"PurchaseMapping": 2}
    drift = {
        f"{table['table'].removesuffix('Mapping')}.{counter['legacy']}": counter["legacy_differs"]
        for table in report["tables"]
        for counter in table["counters"]
        if counter["legacy"]
    }
    assert drift == {
        "User.num_icons": planted.ills["users.num_icons: drifted counter"],
        "User.num_downloads": planted.ills["users.num_downloads: drifted counter"],
        "IconSet.num_icons": planted.ills["icon_sets.num_icons: drifted counter"],
        "Tag.num_icons": planted.ills["tags.num_icons: drifted counter"],
        "Icon.num_downloads": planted.ills["icons.num_downloads: drifted counter"],
    }


def test_a_set_of_icons_counts_the_downloads_of_its_icons(moved: tuple[Project, Facts]) -> None:
    project, _ = moved
    wrong = project.ask(
        "SELECT s.id FROM catalog_iconset s LEFT JOIN catalog_icon i ON i.icon_set_id = s.id "
        "LEFT JOIN market_download d ON d.icon_id = i.id GROUP BY s.id "
        "HAVING s.downloads_count <> count(d.id)"
    )
    assert wrong == []


def test_text_arrives_as_it_was_meant(moved: tuple[Project, Facts]) -> None:
    project, planted = moved
    names = {name for (name,) in project.ask("SELECT full_name FROM accounts_user")}
    assert {"Søren Kjærgård", "Ángel Íñiguez", "Łukasz Żak", "Jörg “Icon” Größe"} <= names
    titles = {title for (title,) in project.ask("SELECT title FROM catalog_iconset")}
    assert {"Black & White", "Smørrebrød"} <= titles
    bodies = {body for (body,) in project.ask("SELECT body FROM market_comment")}
    assert {"I <3 it", "Rød grød med fløde ÅÆØ", "path C:\\new\\table"} <= bodies
    themes = project.ask(
        "SELECT count(*) FROM accounts_user WHERE preferences->>'theme' = 'Blåbær'"
    )
    assert themes == [(planted.ills["users.prefs: UTF-8 bytes in latin1"],)]


def test_triggers_of_the_schema_migrations_keep_every_counter_true(
    moved: tuple[Project, Facts],
) -> None:
    project, _ = moved
    for app in ("accounts", "catalog", "market", "siteconfig"):
        done = project.manage("delamp", "counters", "migration", app, "--dry-run")
        assert "no change" in done.stdout, done.stdout + done.stderr
    script = (
        "from django.db import transaction\nfrom market.models import Download\n"
        "with transaction.atomic():\n"
        "    gone = Download.objects.filter(user__isnull=False).order_by('pk').first()\n"
        "    icon = gone.icon\n    before = icon.downloads_count\n"
        "    gone.delete()\n    icon.refresh_from_db()\n"
        "    print(before - icon.downloads_count)\n    transaction.set_rollback(True)\n"
    )
    done = project.manage("shell", "--verbosity", "0", "-c", script)
    assert done.stdout.split() == ["1"], done.stderr
    done = project.manage("delamp", "counters", "check", "--json")
    assert json.loads(done.stdout)["missing_triggers"] == [], done.stderr


def test_every_range_is_proved_by_the_target_alone(moved: tuple[Project, Facts]) -> None:
    # Before anybody logs in: Django then hashes the password anew.
    done = moved[0].manage("delamp", "verify", "--stored", "--json", "-")
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(json.loads(done.stdout)["totals"]) == {"proven"}


def test_every_generation_of_passwords_still_opens_the_door(moved: tuple[Project, Facts]) -> None:
    project, _ = moved
    # One user of each generation; the second decade has another password than the first.
    ordinals = {generation(k): k for k in (10, 14, 17)}
    assert len(ordinals) == len(GENERATIONS)
    script = "from django.contrib.auth import authenticate, get_user_model as model\n"
    for k in ordinals.values():
        name = f"model().objects.get(pk={ident(k)}).username"
        script += f"print(authenticate(username={name}, password={password(k)!r}) is not None)\n"
        script += f"print(authenticate(username={name}, password='wrong') is not None)\n"
    done = project.manage("shell", "--verbosity", "0", "-c", script)
    assert done.stdout.split() == ["True", "False"] * 3, done.stderr
