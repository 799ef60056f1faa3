"""The rights that `delamp grants cutover` prints are enough to cut over, and to give back."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg2
import pytest

from tests.fix_servers import DatabaseServer, connect_mysql
from tests.migrate.conftest import Shop
from tests.migrate.cutover.conftest import ACCEPT, Cut, make_cut, tidy
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS

NAMES = itertools.count(1)
PASSWORD = "s3cret-of-the-mover"


def as_user(address: str, user: str) -> str:
    parts = urlsplit(address)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(PASSWORD)}@{place}"))


@pytest.fixture
def mover(
    shop: Callable[..., Shop], mariadb: DatabaseServer, postgres: DatabaseServer
) -> Iterator[tuple[Cut, str]]:
    """A loaded shop, and a user without any right on either side."""
    made = make_cut(shop(MODELS, MAPPINGS, *LEGACY))
    user = f"mover_{os.getpid()}_{next(NAMES)}"
    postgres.execute(f"CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}'")
    mariadb.execute(f"CREATE USER '{user}'@'%' IDENTIFIED BY '{PASSWORD}'")
    yield made, user
    run_sql(made.shop.target_url, f"REASSIGN OWNED BY {user} TO CURRENT_USER; DROP OWNED BY {user}")
    postgres.execute(f"DROP ROLE {user}")
    mariadb.execute(f"DROP USER '{user}'@'%'")
    tidy(made)


def run_sql(address: str, statements: str) -> None:
    connection = psycopg2.connect(address)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statements)
    connection.close()


def statements(shop: Shop, *arguments: str) -> list[str]:
    lines = shop.delamp("grants", "cutover", *arguments).splitlines()
    return [line for line in lines if line.startswith(("GRANT", "/*M!"))]


@pytest.mark.slow
@pytest.mark.parametrize("rights", [(), ("--weakest",)], ids=["all", "weakest"])
def test_a_cutover_needs_no_more_than_what_grants_prints(
    mover: tuple[Cut, str], rights: tuple[str, ...], tmp_path: Path
) -> None:
    cut, user = mover
    shop = cut.shop
    owner = shop.target("SELECT current_user")[0][0]
    with connect_mysql(shop.source_url) as connection, connection.cursor() as cursor:
        for line in statements(shop, "--user", user, "--side", "source", *rights):
            cursor.execute(line)
    for line in statements(shop, "--user", user, "--owner", owner, "--side", "target", *rights):
        # The owner of a private server is its superuser, whose rights nobody is to have.
        run_sql(shop.target_url, line)
    shop.project.environment |= {
        "LEGACY_URL": as_user(shop.source_url, user),
        "DATABASE_URL": as_user(shop.target_url, user),
        "DELAMP_PHP_SOURCE": cut.php_url,
    }
    flag = tmp_path / "down"
    arguments = [part for name in (*ACCEPT, "rights") for part in ("--accept", name)]
    if rights:
        arguments += ["--maintenance-command", f"touch {flag}"]
        arguments += ["--maintenance-undo-command", f"rm {flag}"]
    said = shop.delamp("cutover", "--yes", *arguments)
    assert "open Django now" in said
    assert ("frozen by maintenance" in said) == bool(rights), said
    assert ("no binlog is followed" in said) == bool(rights), said
    assert ("a write of" in said and "is refused" in said) == (not rights), said
    assert cut.same()
    assert flag.exists() == bool(rights)
    assert cut.can_write() == bool(rights)
    shop.delamp("cutover", "--undo", "--yes")
    assert cut.can_write()
    assert not flag.exists()
    assert PASSWORD not in said
    recipe = str(shop.target("SELECT undo FROM delamp_cutover"))
    assert "IDENTIFIED" not in recipe
    assert "*" not in recipe.replace("*.*", "")
