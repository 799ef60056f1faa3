"""A loaded shop with an account of PHP's, and processes that cut it over."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pymysql
import pytest

from tests.fix_servers import DATABASE_NUMBERS, connect_mysql
from tests.migrate.conftest import Shop
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS

SCRIPT = Path(__file__).with_name("cutting.py")
PASSWORD = "pass-of-php"
ACCEPT = ["dry-run", "disk", "triggers"]
"""The shop has refused rows and no triggers by design, and a test machine may be full."""


@dataclass
class Cut:
    """A shop that is loaded, and PHP's login."""

    shop: Shop
    php_user: str
    php_url: str
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def account(self) -> str:
        return f"{self.php_user}@localhost"

    def php(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements as PHP, over a new connection."""
        with connect_mysql(self.php_url) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def can_write(self) -> bool:
        """Whether PHP can log in, insert, update and delete."""
        try:
            self.php(
                "INSERT INTO makers VALUES (7000, 'probe', 1)",
                "UPDATE makers SET name = 'probed' WHERE id = 7000",
                "DELETE FROM makers WHERE id = 7000",
            )
        except pymysql.MySQLError as error:
            assert error.args[0] in (1290, 1142, 1044), error
            return False
        return True

    def grants(self) -> list[str]:
        """PHP's rights, to the byte, but for the order of the columns of one right.

        That is the order in which the server was told of them.
        """
        rows = self.shop.source(f"SHOW GRANTS FOR '{self.php_user}'@'localhost'")
        in_order = lambda m: f"({', '.join(sorted(m[1].split(', ')))})"  # noqa: E731
        return [re.sub(r"\((.*?)\)", in_order, line) for (line,) in rows]

    def run(self, *cases: dict[str, Any]) -> list[dict[str, Any]]:
        """Cut over, or undo, once for each case; what came of each."""
        lines = [json.dumps({"do": "cutover", "options": {}} | case) for case in cases]
        environment = (
            self.shop.project.all_variables()
            | {"DJANGO_SETTINGS_MODULE": "site_settings"}
            | self.environment
        )
        done = subprocess.run(
            [sys.executable, str(SCRIPT)], cwd=self.shop.project.folder, env=environment,
            input="\n".join(lines), capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(answers) == len(cases), done.stderr
        return answers

    def options(self, method: str, **more: Any) -> dict[str, Any]:
        """Options of a way to freeze, and what every test accepts."""
        given: dict[str, Any] = {"freeze": method, "accept": ACCEPT, "patience_seconds": 0.2}
        if method == "revoke":
            given["php_users"] = [self.account]
        if method == "maintenance":
            flag = self.shop.project.folder / "down"
            given["maintenance_command"] = f"touch {flag}"
            given["maintenance_undo_command"] = f"rm -f {flag}"
        return given | more

    def state(self) -> tuple[Any, ...]:
        """State, whether the source may be frozen, and the error of the last cutover."""
        return self.shop.target(
            "SELECT state, undo IS NOT NULL AND given_back_at IS NULL, error FROM delamp_cutover"
            " ORDER BY id DESC LIMIT 1"
        )[0]

    def same(self) -> bool:
        """Whether Django holds what PHP held, by statements that share nothing with delamp."""
        source, target = self.shop.source, self.shop.target
        kept = "FROM icons i JOIN makers m ON m.id = i.maker_id AND CHAR_LENGTH(i.title) <= 20"
        pairs = [
            (
                "SELECT m.id, m.name, m.rank, COUNT(i.id), COALESCE(SUM(i.size), 0) FROM makers m"
                " LEFT JOIN icons i ON i.maker_id = m.id GROUP BY 1, 2, 3",
                "SELECT id, name, rank, icons_count, weight FROM shop_maker",
            ),
            (
                f"SELECT i.id, i.title, i.slug, i.maker_id, i.size {kept}",
                "SELECT id, title, slug, maker_id, size FROM shop_icon",
            ),
            (
                f"SELECT c.id, k.id, c.text FROM comments c LEFT JOIN (SELECT i.id {kept}) k"
                " ON k.id = c.icon_id",
                "SELECT id, icon_id, text FROM shop_comment",
            ),
            (
                f"SELECT t.icon_id, t.word FROM tags t JOIN (SELECT i.id {kept}) k"
                " ON k.id = t.icon_id",
                "SELECT icon_id, word FROM shop_tag",
            ),
        ]
        for theirs, ours in pairs:
            expected = sorted(map(repr, (tuple(map(_plain, row)) for row in source(theirs))))
            held = sorted(map(repr, (tuple(map(_plain, row)) for row in target(ours))))
            assert held == expected, ours
        return True


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, Decimal) else value


def make_cut(shop: Shop) -> Cut:
    """Load a shop and give PHP an account with rights at every level."""
    shop.delamp("run")
    user = f"php_{os.getpid()}_{next(DATABASE_NUMBERS)}"
    database = urlsplit(shop.source_url).path[1:]
    pattern = database.replace("_", "\\_")
    shop.source(
        f"CREATE USER '{user}'@'localhost' IDENTIFIED BY '{PASSWORD}'",
        f"GRANT ALL PRIVILEGES ON `{pattern}`.* TO '{user}'@'localhost'",
        f"GRANT SELECT (id), INSERT (id, name), UPDATE (name) ON `{database}`.makers"
        f" TO '{user}'@'localhost'",
        f"GRANT INSERT, DELETE ON `{database}`.tags TO '{user}'@'localhost' WITH GRANT OPTION",
        f"GRANT RELOAD, EXECUTE ON *.* TO '{user}'@'localhost'",
    )
    parts = urlsplit(shop.source_url)
    place = parts.netloc.rpartition("@")[2]
    php_url = urlunsplit(parts._replace(netloc=f"{user}:{PASSWORD}@{place}"))
    return Cut(shop, user, php_url)


def tidy(cut: Cut) -> None:
    """The server is other tests', too."""
    cut.shop.source("SET GLOBAL read_only = 0", f"DROP USER '{cut.php_user}'@'localhost'")


@pytest.fixture
def cut(shop: Callable[..., Shop]) -> Iterator[Cut]:
    """The shop of the tests of a refresh, loaded."""
    made = make_cut(shop(MODELS, MAPPINGS, *LEGACY))
    yield made
    tidy(made)


@pytest.fixture
def cut56(shop56: Callable[..., Shop]) -> Iterator[Cut]:
    """The same on MySQL 5.6."""
    made = make_cut(shop56(MODELS, MAPPINGS, *LEGACY))
    yield made
    tidy(made)
