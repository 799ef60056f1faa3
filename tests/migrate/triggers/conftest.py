"""A shop whose counters are kept by triggers, installed by a schema migration of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests.cli.fix_project import Project, make_project
from tests.fix_servers import DATABASE_NUMBERS, DatabaseServer

MODELS = """
from django.db import models


class Group(models.Model):
    total = models.BigIntegerField(default=0)
    inspiring = models.BigIntegerField(default=0)


class Maker(models.Model):
    name = models.CharField(max_length=20, default="")
    group = models.ForeignKey(Group, models.CASCADE, null=True)
    icons = models.PositiveIntegerField(default=0)
    free = models.IntegerField(default=0)
    weight = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    heaviest = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    newest = models.CharField(max_length=20, null=True)
    ratings = models.FloatField(default=0)
    inspired = models.IntegerField(default=0)


class Tag(models.Model):
    icons = models.IntegerField(default=0)


class Icon(models.Model):
    maker = models.ForeignKey(Maker, models.CASCADE, null=True)
    inspirer = models.ForeignKey(Maker, models.CASCADE, null=True, related_name="+")
    title = models.CharField(max_length=20, default="")
    status = models.CharField(max_length=5, default="free")
    size = models.DecimalField(max_digits=8, decimal_places=2, default=1)
    rating = models.FloatField(null=True)
    at = models.IntegerField(default=0)
    tags = models.ManyToManyField(Tag)
"""
MAPPINGS = """
from django.db.models import Q

from mappings import Column, Count, Latest, ManyToMany, Max, ModelMapping, Reference, Sum


class GroupMapping(ModelMapping):
    id = Column("id")
    total = Sum("shop.Maker", "icons", by="group")
    inspiring = Sum("shop.Maker", "inspired", by="group")

    class Meta:
        source, model = "groups_", "shop.Group"


class MakerMapping(ModelMapping):
    id = Column("id")
    name = Column("name")
    group = Reference("group_id", orphans="null")
    icons = Count("shop.Icon", by="maker")
    free = Count("shop.Icon", by="maker", filter=Q(status="free") | Q(size__gt=90))
    weight = Sum("shop.Icon", "size", by="maker", filter=~Q(status="off"))
    heaviest = Max("shop.Icon", "size", by="maker")
    newest = Latest("shop.Icon", "title", by="maker", order_by="at", filter=Q(status="free"))
    ratings = Sum("shop.Icon", "rating", by="maker")
    inspired = Count("shop.Icon", by="inspirer")

    class Meta:
        source, model = "makers", "shop.Maker"


class TagMapping(ModelMapping):
    id = Column("id")
    icons = Count("shop.Icon_tags", by="tag")

    class Meta:
        source, model = "tags", "shop.Tag"


class IconMapping(ModelMapping):
    id = Column("id")
    maker = Reference("maker_id", orphans="null")
    title = Column("title")
    status = Column("status")
    size = Column("size")
    rating = Column("rating")
    at = Column("at")
    tags = ManyToMany("icon_tags", "icon_id", "tag_id")

    class Meta:
        source, model = "icons", "shop.Icon"
"""

PARENTS = ("shop_group", "shop_maker", "shop_tag")
TRUTH = {
    "shop_group": """
        (SELECT coalesce(sum(icons), 0) FROM shop_maker WHERE group_id = p.id),
        (SELECT coalesce(sum(inspired), 0) FROM shop_maker WHERE group_id = p.id)""",
    "shop_maker": """
        (SELECT count(*) FROM shop_icon WHERE maker_id = p.id),
        (SELECT count(*) FROM shop_icon WHERE maker_id = p.id AND (status = 'free' OR size > 90)),
        (SELECT coalesce(sum(size), 0)::numeric(12, 2) FROM shop_icon
         WHERE maker_id = p.id AND status <> 'off'),
        (SELECT max(size) FROM shop_icon WHERE maker_id = p.id),
        (SELECT title FROM shop_icon WHERE maker_id = p.id AND status = 'free'
         ORDER BY at DESC, id DESC LIMIT 1),
        (SELECT coalesce(sum(rating), 0) FROM shop_icon WHERE maker_id = p.id),
        (SELECT count(*) FROM shop_icon WHERE inspirer_id = p.id)""",
    "shop_tag": "(SELECT count(*) FROM shop_icon_tags WHERE tag_id = p.id)",
}
STORED = {
    "shop_group": "total, inspiring",
    "shop_maker": "icons, free, weight, heaviest, newest, ratings, inspired",
    "shop_tag": "icons",
}


@dataclass
class Counted:
    """A project whose database counts by triggers, or not."""

    project: Project
    url: str
    _connections: list[Any] = field(default_factory=list)

    def connect(self, *, autocommit: bool = True) -> Any:
        """A connection as an application's, closed with the test."""
        connection = psycopg2.connect(self.url, options="-c deadlock_timeout=50ms")
        connection.autocommit = autocommit
        self._connections.append(connection)
        return connection

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements, each a transaction of its own; the rows of the last."""
        if not self._connections:
            self.connect()
        cursor = self._connections[0].cursor()
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []

    def wrong(self) -> list[tuple[Any, ...]]:
        """Parents whose stored counters are not what SQL of the test's own counts."""
        return [
            (table, *row)
            for table in PARENTS
            for row in self.sql(
                f"SELECT * FROM (SELECT p.id, ROW({STORED[table]})::text AS stored,"
                f" ROW({TRUTH[table]})::text AS counted FROM {table} p) q WHERE stored <> counted"
            )
        ]

    def delamp(self, *arguments: str, code: int = 0) -> str:
        return _said(self.project.delamp(*arguments), code)

    def manage(self, *arguments: str, code: int = 0) -> str:
        return _said(self.project.manage(*arguments), code)

    def django(self, code: str) -> str:
        """Run Python after Django's setup; what it printed."""
        setup = "import django; django.setup()\nfrom shop.models import *\n"
        environment = "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'site_settings'\n"
        return _said(self.project.python("-c", environment + setup + code), 0)

    def close(self) -> None:
        for connection in self._connections:
            connection.close()


def _said(done: subprocess.CompletedProcess[str], code: int) -> str:
    said = done.stdout + done.stderr
    assert done.returncode == code, f"exit {done.returncode}: {said}"
    return said


@pytest.fixture(scope="module")
def counted_template(
    postgres: DatabaseServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, str]]:
    """A project with the written migration, and a database where it has run."""
    folder = tmp_path_factory.mktemp("counted") / "site"
    name = f"delamp_counted_{next(DATABASE_NUMBERS)}_{folder.parent.name[-6:]}".replace("-", "_")
    url = postgres.create_database(name)
    project = make_project(folder, DATABASE_URL=url)
    project.write("shop/models.py", MODELS)
    project.write("shop/mappings.py", MAPPINGS)
    made = Counted(project, url)
    made.manage("makemigrations", "shop", "-v0")
    made.delamp("counters", "migration", "shop")
    made.manage("migrate", "-v0")
    yield folder, name
    postgres.drop_database(name)


@pytest.fixture
def counted(
    counted_template: tuple[Path, str], postgres: DatabaseServer, tmp_path: Path
) -> Iterator[Counted]:
    """A copy of both."""
    folder, template = counted_template
    shutil.copytree(folder, tmp_path / "site")
    name = f"{template}_{next(DATABASE_NUMBERS)}"
    postgres.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    url = postgres.url(name)
    made = Counted(Project(tmp_path / "site", {"DATABASE_URL": url}), url)
    yield made
    made.close()
    postgres.drop_database(name)


@pytest.fixture
def filled(counted: Counted) -> Callable[..., Counted]:
    """Some groups, makers, tags and icons, written as an application would."""

    def fill() -> Counted:
        counted.sql(
            "INSERT INTO shop_group (id, total, inspiring) VALUES (1, 0, 0), (2, 0, 0)",
            "INSERT INTO shop_maker (id, name, group_id, icons, free, weight, ratings, inspired)"
            " SELECT n, 'm' || n, CASE WHEN n < 4 THEN n % 2 + 1 END, 0, 0, 0, 0, 0"
            " FROM generate_series(1, 5) n",
            "INSERT INTO shop_tag (id, icons) VALUES (1, 0), (2, 0)",
            "INSERT INTO shop_icon (id, maker_id, inspirer_id, title, status, size, rating, at)"
            " SELECT n, nullif(n % 5, 0), nullif((n + 2) % 4, 0), 't' || n,"
            " (ARRAY['free', 'paid', 'off'])[n % 3 + 1], n * 7 % 100 + 0.25, n % 8 * 0.5, n % 6"
            " FROM generate_series(1, 40) n",
            "INSERT INTO shop_icon_tags (icon_id, tag_id)"
            " SELECT n, n % 2 + 1 FROM generate_series(1, 20) n",
            "ALTER TABLE shop_icon ALTER id RESTART WITH 5000",
        )
        return counted

    return fill
