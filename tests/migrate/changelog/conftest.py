"""A shop with a legacy schema of many habits, loaded, and its changes logged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fix_servers import connect_mysql
from tests.migrate.conftest import Shop

MODELS = """
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Maker(models.Model):
    name = models.CharField(max_length=30, unique=True)
    bio = models.TextField(blank=True, default="")
    email = models.CharField(max_length=50, null=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    is_boss = models.BooleanField(default=False)
    level = models.CharField(max_length=10, default="free")
    joined = models.DateTimeField(null=True)
    seen = models.DateTimeField(null=True)
    stamped = models.DateTimeField(null=True)
    born = models.DateField(null=True)
    fee = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    price = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    ratio = models.FloatField(null=True)
    ip = models.GenericIPAddressField(null=True)
    prefs = models.JSONField(null=True)
    likes = ArrayField(models.CharField(max_length=9), default=list)
    kinds = ArrayField(models.CharField(max_length=9), default=list)
    photo = models.BinaryField(null=True)
    spent = models.DurationField(null=True)
    avatar = models.CharField(max_length=60, default="")
    icons_count = models.IntegerField(default=0)
    django_only = models.CharField(max_length=9, default="new")


class Tag(models.Model):
    word = models.CharField(max_length=20, unique=True)


class Icon(models.Model):
    title = models.CharField(max_length=40)
    maker = models.ForeignKey(Maker, models.CASCADE, null=True)
    secret = models.CharField(max_length=40, default="")
    tags = models.ManyToManyField(Tag)
"""
MAPPINGS = """
from mappings import Column, Count, ManyToMany, ModelMapping, Reference, steps


def reversed_text(value):
    return value[::-1]


class MakerMapping(ModelMapping):
    id = Column("id")
    name = Column("name", steps.html_unescape, steps.strip)
    bio = Column("bio", steps.default(""), steps.repair_charset)
    email = Column("email", steps.null_if_empty, steps.lower)
    is_active = Column("active")
    is_staff = Column("admin", steps.to_boolean)
    is_boss = Column("admin", steps.to_boolean)
    level = Column("level", steps.static_map({"f": "free", "p": "paid", "": "none"}))
    joined = Column("created", steps.null_if(0), steps.from_unixtime)
    seen = Column("seen", steps.zero_dates)
    stamped = Column("stamped")
    born = Column("born", steps.zero_dates(partial="null"))
    fee = Column("fee_cents", steps.cents_to_decimal)
    price = Column("price")
    ratio = Column("ratio")
    ip = Column("ip", steps.null_if(0), steps.int_to_ip)
    prefs = Column("prefs", steps.php_unserialize)
    likes = Column("likes", steps.split)
    kinds = Column("kinds")
    photo = Column("photo")
    spent = Column("spent")
    avatar = Column("avatar", steps.relative_to("/uploads"))
    icons_count = Count("shop.Icon", by="maker")

    class Meta:
        source, model, time_zone = "makers", "shop.Maker", "Europe/Copenhagen"


class TagMapping(ModelMapping):
    id = Column("tag_id")
    word = Column("word")

    class Meta:
        source, model = "tags", "shop.Tag"


class IconMapping(ModelMapping):
    id = Column("id")
    title = Column("title", steps.strip_slashes)
    maker = Reference("maker_id", steps.null_if(0), orphans="null")
    secret = Column("secret", reversed_text)
    tags = ManyToMany("icon_tags", "icon_id", "tag_id")

    class Meta:
        source, model = "icons", "shop.Icon"
"""
LEGACY = (
    """CREATE TABLE makers (
        id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40) NOT NULL UNIQUE,
        bio TEXT CHARACTER SET latin1, email VARCHAR(50) NOT NULL DEFAULT '',
        active TINYINT(1) NOT NULL, admin ENUM('Y','N') NOT NULL DEFAULT 'N',
        level CHAR(1) NOT NULL, created INT NOT NULL, seen DATETIME NOT NULL,
        stamped TIMESTAMP NULL,
        born DATE NOT NULL, fee_cents INT NOT NULL, price DECIMAL(8,2), ratio DOUBLE,
        ip INT UNSIGNED NOT NULL, prefs TEXT, likes VARCHAR(100) NOT NULL,
        kinds SET('x','y','z') NOT NULL, photo VARBINARY(50), spent TIME,
        avatar VARCHAR(80) NOT NULL,
        num_icons INT NOT NULL, hidden VARCHAR(5) NOT NULL, extra TEXT NOT NULL
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4""",
    "CREATE TABLE tags (tag_id INT PRIMARY KEY AUTO_INCREMENT, word VARCHAR(20) NOT NULL UNIQUE)"
    " ENGINE=InnoDB DEFAULT CHARSET=utf8",
    "CREATE TABLE icons (id INT PRIMARY KEY AUTO_INCREMENT, title VARCHAR(60) NOT NULL,"
    " maker_id INT UNSIGNED NOT NULL DEFAULT 0, secret VARCHAR(40) NOT NULL DEFAULT '',"
    " KEY (maker_id)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
    "CREATE TABLE icon_tags (icon_id INT, tag_id INT, PRIMARY KEY (icon_id, tag_id),"
    " FOREIGN KEY (icon_id) REFERENCES icons (id), FOREIGN KEY (tag_id) REFERENCES tags (tag_id))"
    " ENGINE=InnoDB",
    """INSERT INTO makers VALUES
        (1, 'Tom &amp; Jerry', 'Caf\u00e9', 'TOM@x.dk', 1, 'Y', 'f', 1200000000,
         '2009-05-01 12:00:00', '2010-01-01 00:00:01', '1980-02-29', 1995, 12.50, 0.1, 2130706433,
         'a:1:{s:1:"a";i:1;}', 'a,b', 'x,z', x'00ff', '-26:10:00',
         '/uploads/a.png', 1, 'keep', 'k'),
        (2, 'Bo', NULL, '', 0, 'N', 'p', 0, '0000-00-00 00:00:00', NULL, '0000-00-00', 0, NULL,
         NULL, 0, NULL, '', '', NULL, NULL, 'b.png', 0, 'keep', 'k'),
        (3, 'Cy', 'old', 'c@x', 1, 'N', '', 5, '2011-01-01 00:00:00', NULL, '2000-01-01', 7, 1, 2,
         1, 'N;', 'c', 'y', '', '00:00:01', '/uploads/c.png', 0, 'keep', 'k')""",
    "INSERT INTO tags VALUES (1, 'red'), (2, 'green'), (3, 'r\u00f8d')",
    "INSERT INTO icons VALUES (1, 0x4F5C27427269656E, 1, 'abc'),"
    " (2, 'two', 0, 'x'), (3, 'x', 2, 'y')",
    "INSERT INTO icon_tags VALUES (1, 1), (1, 2), (2, 1), (3, 3)",
)


def in_django(shop: Shop, code: str) -> None:
    """Run Python in the shop after Django's setup."""
    head = (
        "import os, datetime as dt\nfrom decimal import Decimal\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'site_settings'\nimport django; django.setup()\n"
        "from django.db import transaction\nfrom shop.models import *\n"
    )
    done = shop.project.python("-c", head + code)
    assert done.returncode == 0, done.stderr


def back(shop: Shop, *options: str, code: int = 0) -> str:
    """Export the changes and apply them to the legacy database; what the command said."""
    # Nothing keeps the counters of this shop.
    shop.delamp("counters", "rebuild", "-q")
    file = shop.project.folder / "back.sql"
    said = shop.delamp("export-changes", "-o", str(file), *options, code=code)
    apply(shop, file.read_text())
    return said


def differences(shop: Shop) -> list[dict[str, Any]]:
    """What verify finds, but for the sequences that a key given in Django leaves behind."""
    return [f for f in shop.findings() if f["kind"] != "sequence_behind"]


def apply(shop: Shop, text: str) -> None:
    """Execute a script statement by statement, as a client does."""
    with connect_mysql(shop.source_url) as connection, connection.cursor() as cursor:
        for line in text.splitlines():
            if line and not line.startswith("--"):
                cursor.execute(line.removesuffix(";"))


@pytest.fixture
def logged(shop: Callable[..., Shop]) -> Shop:
    """The shop after its load, with the change log started."""
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run")
    assert made.findings() == []
    assert "4 tables are logged" in made.delamp("change-log", "start")
    return made
