"""The rights that `delamp grants` prints are enough: every command runs with just those."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg2
import pytest

from migrate.grants import COMMANDS, Grants, Places, grants_for
from tests.cli.conftest import fill
from tests.cli.fix_project import Project, make_project
from tests.fix_servers import DatabaseServer, connect_mysql

NAMES = itertools.count(1)
PASSWORD = "s3cret-of-the-loader"


def as_user(address: str, user: str) -> str:
    """The address of the same database for another login."""
    parts = urlsplit(address)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(PASSWORD)}@{place}"))


@pytest.fixture
def owned_project(
    tmp_path: Path,
    source_db: str,
    target_db: str,
    mariadb: DatabaseServer,
    postgres: DatabaseServer,
) -> Iterator[tuple[Project, str, str]]:
    """A project whose target belongs to a role, and a user without any right on either side."""
    number = f"{os.getpid()}_{next(NAMES)}"
    owner, user = f"delamp_owner_{number}", f"delamp_user_{number}"
    for name in (owner, user):
        postgres.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
    postgres.execute(f'ALTER DATABASE "{urlsplit(target_db).path[1:]}" OWNER TO {owner}')
    mariadb.execute(f"CREATE USER '{user}'@'%' IDENTIFIED BY '{PASSWORD}'")
    # Without this, PostgreSQL lets every user connect and use temporary tables.
    run_sql(target_db, f'REVOKE ALL ON DATABASE "{urlsplit(target_db).path[1:]}" FROM PUBLIC')
    run_sql(
        target_db, f"REVOKE ALL ON SCHEMA public FROM PUBLIC; ALTER SCHEMA public OWNER TO {owner}"
    )
    owners = {"LEGACY_URL": source_db, "DATABASE_URL": as_user(target_db, owner)}
    project = fill(make_project(tmp_path / "site", **owners))
    yield project, owner, user
    run_sql(
        target_db,
        f"REASSIGN OWNED BY {owner}, {user} TO CURRENT_USER; DROP OWNED BY {owner}, {user}",
    )
    for name in (user, owner):
        postgres.execute(f"DROP ROLE {name}")
    mariadb.execute(f"DROP USER '{user}'@'%'")


def run_sql(address: str, statements: str) -> None:
    connection = psycopg2.connect(address)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statements)
    connection.close()


def give(project: Project, command: str, user: str, source: str, target: str, *more: str) -> None:
    """Execute what `delamp grants` prints, as the administrators of both sides would."""
    done = project.delamp("grants", command, "--user", user, "--side", "source", *more)
    assert done.returncode == 0, done.stderr
    with connect_mysql(source) as connection, connection.cursor() as cursor:
        for statement in statements(done.stdout):
            cursor.execute(statement)
    done = project.delamp("grants", command, "--user", user, "--side", "target", *more)
    for statement in statements(done.stdout):
        run_sql(target, statement)


def statements(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("GRANT")]


@pytest.mark.slow
@pytest.mark.parametrize("rights", [(), ("--weakest",)], ids=["all", "weakest"])
def test_every_command_works_with_just_what_grants_prints(
    owned_project: tuple[Project, str, str], source_db: str, target_db: str, rights: tuple[str, ...]
) -> None:
    project, _, user = owned_project
    loader = Project(project.folder, {
        "LEGACY_URL": as_user(source_db, user), "DATABASE_URL": as_user(target_db, user),
    })  # fmt: skip
    assert loader.delamp("check").returncode == 4, "the user had rights before any were granted"
    assert loader.delamp("status").returncode == 5
    for command in ("check", "run", "verify", "status", "rejects"):
        give(project, command, user, source_db, target_db, *rights)
        more = {"rejects": ["list"], "run": ["--proof"]}
        done = loader.delamp(command, *more.get(command, []))
        assert done.returncode == 0, f"{command}: {done.stderr}"
    indexes_left(target_db)
    done = loader.delamp("verify", "--stored")
    assert done.returncode == 0, done.stdout + done.stderr
    done = loader.delamp("run", "--restart", "--yes")
    assert done.returncode == 0, done.stderr
    assert ("the tables belong to another user" in done.stderr) == bool(rights)
    indexes_left(target_db)


def indexes_left(target: str) -> None:
    """Whatever mode it was, the table has the index and the foreign key that Django made."""
    connection = psycopg2.connect(target)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%shop_icon%maker_id%'")
        assert cursor.fetchone() == (1,)
        cursor.execute(
            "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated"
            " AND conrelid = 'shop_icon'::regclass"
        )
        assert cursor.fetchone() == (1,)
    connection.close()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["status", "rejects", "verify", "dry-run", "report"])
def test_reading_commands_work_alone_with_their_own_rights(
    owned_project: tuple[Project, str, str], source_db: str, target_db: str, command: str
) -> None:
    project, _, user = owned_project
    assert project.delamp("run", "-q").returncode == 0
    give(project, command, user, source_db, target_db)
    reader = Project(project.folder, {
        "LEGACY_URL": as_user(source_db, user), "DATABASE_URL": as_user(target_db, user),
    })  # fmt: skip
    done = reader.delamp(command, *(["list"] if command == "rejects" else []))
    # The rows that the run has rejected are what a dry run is to find.
    assert done.returncode == (6 if command == "dry-run" else 0), done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [("counters", "check"), ("counters", "rebuild"), ("change-log", "start"), ("export-changes",)],
    ids=" ".join,
)
def test_commands_after_the_cutover_work_with_their_own_rights(
    owned_project: tuple[Project, str, str],
    source_db: str,
    target_db: str,
    arguments: tuple[str, ...],
) -> None:
    project, _, user = owned_project
    assert project.delamp("run", "-q").returncode == 0
    other = Project(project.folder, {
        "LEGACY_URL": as_user(source_db, user), "DATABASE_URL": as_user(target_db, user),
    })  # fmt: skip
    assert other.delamp(*arguments).returncode == 5, "the user had rights before any were granted"
    give(project, arguments[0], user, source_db, target_db)
    done = other.delamp(*arguments)
    assert done.returncode == 0, done.stderr


PLACES = Places(source_database="my_shop", target_database='new "shop"', user="it's", schema="s")


@pytest.mark.parametrize("command", COMMANDS)
def test_names_are_quoted_for_each_side(command: str) -> None:
    found = grants_for(command, PLACES)
    for grant in found.source:
        # An underscore is a joker in the database name of a GRANT.
        assert r"`my\_shop`" in grant.sql or "*.*" in grant.sql
        assert "'it''s'@'%'" in grant.sql
    for grant in found.target:
        assert '"it\'s"' in grant.sql
        assert "DATABASE" not in grant.sql or '"new ""shop"""' in grant.sql


def test_tables_are_named_one_by_one_when_known() -> None:
    places = Places(
        source_database="a", target_database="b", mapped=("x", "y"), ledger=("delamp_run",)
    )
    run = grants_for("run", places)
    assert any(
        'ON "public"."x", "public"."y", "public"."delamp_run" TO' in g.sql for g in run.target
    )
    status = grants_for("status", places)
    assert not any('"x"' in grant.sql for grant in status.target)


def test_what_is_dispensable_says_what_happens_without_it() -> None:
    everything = grants_for("run", PLACES)
    assert isinstance(everything, Grants)
    spared = {g.sql for g in everything.source + everything.target} - {
        g.sql for g in everything.weakest.source + everything.weakest.target
    }
    assert len(spared) == 4
    assert all(re.search(r"RELOAD|REPLICATION|PROCESS|\"owner\"", sql) for sql in spared)


def test_outside_of_a_project_names_are_placeholders(project: Project) -> None:
    done = project.delamp("grants", "run", "--database", "shop", cwd=project.folder.parent)
    assert done.returncode == 0
    assert "GRANT SELECT ON `shop`.* TO 'delamp'@'%';" in done.stdout
    assert "ALL TABLES IN SCHEMA" in done.stdout
    assert "names are placeholders" in done.stderr


def test_within_a_project_its_own_tables_are_named(project: Project) -> None:
    project.environment["LEGACY_URL"] = "mysql://reader:s3cret@127.0.0.1:1/old_shop"
    done = project.delamp("grants", "run")
    assert done.returncode == 0, done.stderr
    for part in (r"`old\_shop`", '"shop_icon"', '"delamp_chunk"', '"none"', '"nobody"'):
        assert part in done.stdout
    assert "s3cret" not in done.stdout
