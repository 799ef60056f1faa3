"""Rows that come from a view, a query or several tables: loaded, verified, damage found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.migrate.conftest import Shop

MakeShop = Callable[..., Shop]


@pytest.fixture(
    params=["mariadb", pytest.param("mysql56", marks=[pytest.mark.mysql56, pytest.mark.slow])]
)
def anyshop(request: pytest.FixtureRequest) -> MakeShop:
    """Make a shop on either server."""
    made: MakeShop = request.getfixturevalue("shop" if request.param == "mariadb" else "shop56")
    return made


def loads_clean(made: Shop) -> None:
    """A run, a clean verification, and a second run that has nothing to do."""
    made.delamp("run")
    assert made.findings() == []
    made.delamp("verify", "-q")
    assert "nothing to do" in made.delamp("run").lower()


MODELS = """
    from django.db import models

    class Person(models.Model):
        name = models.CharField(max_length=20)
        bio = models.TextField(null=True)
        city = models.CharField(max_length=20, null=True)
        spent = models.DecimalField(max_digits=12, decimal_places=2, null=True)
        seen = models.DateTimeField(null=True)
        state = models.CharField(max_length=9, null=True)
"""
LEGACY = (
    "CREATE TABLE people (id INT UNSIGNED PRIMARY KEY, name VARCHAR(20) NOT NULL,"
    " state ENUM('on','off') NOT NULL) CHARSET latin1",
    "CREATE TABLE user_profiles (user_id INT UNSIGNED NOT NULL UNIQUE, bio TEXT,"
    " address_id BIGINT, seen DATETIME(6)) CHARSET utf8mb4",
    "CREATE TABLE addresses (id BIGINT PRIMARY KEY, `ci.ty` VARCHAR(30) NOT NULL) CHARSET utf8",
    "CREATE TABLE payments (id INT PRIMARY KEY, user_id INT NOT NULL, cents DECIMAL(9,2) NOT NULL)",
    "INSERT INTO people VALUES (1,'Ada','on'),(2,'S\u00f8ren','off'),(3,'Cy','on'),"
    "(4000,'Di','on')",
    "INSERT INTO user_profiles VALUES (1,'tab\\there \U0001f600',7,'2020-02-29 23:59:59.000001'),"
    "(2,NULL,NULL,NULL),(4000,'',8,'2001-01-01'),(5000,'nobody',7,NULL)",
    "INSERT INTO addresses VALUES (7,'\u00c5rhus'),(8,'Q')",
    "INSERT INTO payments VALUES (1,1,10.00),(2,1,0.55),(3,4000,7.00)",
)
QUERY = """
    from mappings import Column, ModelMapping

    class PersonMapping(ModelMapping):
        id = Column("id")
        name = Column("name")
        bio = Column("bio")
        city = Column("city")
        spent = Column("spent")
        seen = Column("seen")
        state = Column("state")

        class Meta:
            source = "people with totals"
            query = '''
                SELECT u.id, u.name, p.bio, a.`ci.ty` AS city, p.seen, u.state,
                       (SELECT SUM(cents) FROM payments y WHERE y.user_id = u.id) AS spent
                FROM people u LEFT JOIN user_profiles p ON p.user_id = u.id
                LEFT JOIN addresses a ON a.id = p.address_id -- 100%s of them
            '''
            model = "shop.Person"
            time_zone = "Europe/Copenhagen"
            KEY
"""
PEOPLE = "SELECT id, name, bio, city, spent::text, seen, state FROM shop_person ORDER BY id"


@pytest.mark.parametrize("key", ["", 'key = "id"'])
def test_a_query_is_a_source(anyshop: MakeShop, key: str) -> None:
    made = anyshop(MODELS, QUERY.replace("KEY", key), *LEGACY)
    loads_clean(made)
    rows = made.target(PEOPLE)
    assert [row[:5] + row[6:] for row in rows] == [
        (1, "Ada", "tab\there \U0001f600", "\u00c5rhus", "10.55", "on"),
        (2, "S\u00f8ren", None, None, None, "off"),
        (3, "Cy", None, None, None, "on"),
        (4000, "Di", "", "Q", "7.00", "on"),
    ]
    assert rows[0][5].isoformat() == "2020-02-29T22:59:59.000001+00:00"


@pytest.mark.parametrize("key", ["", 'key = "id"'])
def test_damage_to_rows_of_a_query_is_found(anyshop: MakeShop, key: str) -> None:
    made = anyshop(MODELS, QUERY.replace("KEY", key), *LEGACY)
    made.delamp("run")
    made.target("UPDATE shop_person SET city = 'Q2' WHERE id = 4000")
    (found,) = made.findings()
    assert (found["kind"], found["columns"]) == ("mismatched", ["city"])
    made.target("DELETE FROM shop_person WHERE id = 4000")
    assert {f["kind"] for f in made.findings()} == {"count_differs", "missing"}


def test_a_refused_row_of_a_query_is_quarantined_and_verified(anyshop: MakeShop) -> None:
    made = anyshop(MODELS, QUERY.replace("KEY", 'key = "id"'), *LEGACY)
    made.source("UPDATE addresses SET `ci.ty` = 'a city name that is too long' WHERE id = 8")
    made.delamp("run")
    assert made.rejects("PersonMapping") == [("id=4000", "city", "too_long", "rejected")]
    assert made.totals("PersonMapping") == (4, 3, 1, 0)
    assert made.findings() == []


def test_a_declared_key_that_is_not_unique_in_the_rows_ends_the_run(anyshop: MakeShop) -> None:
    again = QUERY.replace("KEY", 'key = "id"').replace(
        "FROM people u", "FROM (SELECT * FROM people UNION ALL SELECT * FROM people) u"
    )
    made = anyshop(MODELS, again, *LEGACY)
    said = made.delamp("run", code=3)
    assert "mappings.E016" in said and "4 of its values come again" in said
    assert made.target("SELECT count(*) FROM shop_person") == [(0,)]


def test_a_declared_key_that_is_null_in_some_rows_ends_the_run(anyshop: MakeShop) -> None:
    made = anyshop(MODELS, QUERY.replace("KEY", 'key = "city"'), *LEGACY)
    said = made.delamp("run", code=3)
    assert "mappings.E016" in said and "2 rows have none" in said
    assert made.target("SELECT count(*) FROM shop_person") == [(0,)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("p.bio,", "p.bio, p.nothing,"), "mappings.E028"),
        (("p.bio,", "p.bio, p.bio,"), "mappings.E028"),
        (("people with totals", "people"), "mappings.E029"),
        (("SELECT u.id", "DELETE u.id"), "mappings.E028"),
    ],
)
def test_a_query_that_cannot_be_is_told(shop: MakeShop, change: tuple[str, str], code: str) -> None:
    made = shop(MODELS, QUERY.replace("KEY", "").replace(*change), *LEGACY)
    assert code in made.delamp("check", code=3)
    assert made.source("SELECT COUNT(*) FROM people") == [(4,)]


TYPES = (
    "CREATE TABLE kinds (a TINYINT(1) NOT NULL, b SMALLINT UNSIGNED, c MEDIUMINT, d INT UNSIGNED"
    " ZEROFILL, e BIGINT UNSIGNED, f DECIMAL(20,5) UNSIGNED, g FLOAT, h DOUBLE, i BIT(33),"
    " j YEAR, k DATE, l DATETIME(3), m TIMESTAMP NULL, n TIME(6), o CHAR(5) CHARACTER SET latin1,"
    " p VARCHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, q TEXT, r ENUM('x','y'),"
    " s SET('x','y'), t VARBINARY(9), u BLOB, v MEDIUMTEXT CHARACTER SET utf8, w BINARY(3))"
    " CHARSET latin1",
    "INSERT INTO kinds VALUES (1,65535,-8388608,7,18446744073709551615,1.5,0.1,1e300,b'11',"
    "2024,'2009-01-02','2009-01-02 03:04:05.678','2009-01-02 03:04:05','-838:59:59.000001',"
    "'\u00f8','\U0001f600','q','y','x,y',0x00ff,0x01,'\u20ac',0x010203)",
)
KINDS = """
    from django.contrib.postgres.fields import ArrayField
    from django.db import models

    class Kind(models.Model):
        a = models.BooleanField()
        b = models.IntegerField(null=True)
        c = models.IntegerField(null=True)
        d = models.BigIntegerField(null=True)
        e = models.DecimalField(max_digits=20, decimal_places=0, null=True)
        f = models.DecimalField(max_digits=20, decimal_places=5, null=True)
        g = models.FloatField(null=True)
        h = models.FloatField(null=True)
        i = models.BigIntegerField(null=True)
        j = models.IntegerField(null=True)
        k = models.DateField(null=True)
        l = models.DateTimeField(null=True)
        m = models.DateTimeField(null=True)
        n = models.DurationField(null=True)
        o = models.CharField(max_length=5, null=True)
        p = models.CharField(max_length=7, null=True)
        q = models.TextField(null=True)
        r = models.CharField(max_length=1, null=True)
        s = models.CharField(max_length=3, null=True)
        t = models.BinaryField(null=True)
        u = models.BinaryField(null=True)
        v = models.TextField(null=True)
        w = models.BinaryField(null=True)
"""
KIND_MAPPING = """
    from mappings import ModelMapping

    class KindMapping(ModelMapping):
        class Meta:
            source, model, columns = "kinds again", "shop.Kind", "same-name"
            query = "SELECT * FROM kinds k UNION ALL SELECT * FROM kinds k2"
            time_zone = "UTC"
"""


def test_columns_of_a_query_are_what_they_are_in_the_table(anyshop: MakeShop) -> None:
    made = anyshop(KINDS, KIND_MAPPING, *TYPES)
    loads_clean(made)
    names = "a, b, c, d, e::text, f::text, g::text, h, i, j, k::text, o, p, q, r, s, v"
    assert made.target(f"SELECT {names} FROM shop_kind LIMIT 1") == [
        (True, 65535, -8388608, 7, "18446744073709551615", "1.50000",
         "0.10000000149011612", 1e300, 3, 2024, "2009-01-02", "\u00f8", "\U0001f600",
         "q", "y", "x,y", "\u20ac")
    ]  # fmt: skip
    assert made.target("SELECT count(*) FROM shop_kind") == [(2,)]


VIEW = """
    from mappings import ModelMapping

    class PersonMapping(ModelMapping):
        class Meta:
            source, model, columns = "people_view", "shop.Person", "same-name"
            time_zone = "Europe/Copenhagen"
            KEY
"""
MAKE_VIEW = (
    "CREATE VIEW people_view AS SELECT u.id, u.name, p.bio, p.seen, u.state FROM people u"
    " LEFT JOIN user_profiles p ON p.user_id = u.id"
)


@pytest.mark.parametrize("key", ["", 'key = "id"'])
def test_a_view_is_a_source_with_and_without_a_key(anyshop: MakeShop, key: str) -> None:
    made = anyshop(MODELS, VIEW.replace("KEY", key), *LEGACY, MAKE_VIEW)
    loads_clean(made)
    assert made.target("SELECT count(*), count(bio) FROM shop_person") == [(4, 2)]
    made.target("UPDATE shop_person SET bio = 'x' WHERE id = 2")
    (found,) = made.findings()
    assert (found["kind"], found["columns"]) == ("mismatched", ["bio"])


JOINED = """
    from mappings import Column, Join, ModelMapping

    class PersonMapping(ModelMapping):
        id = Column("id")
        name = Column("name")
        bio = Column("profile.bio")
        seen = Column("profile.seen")
        city = Column("home.ci.ty")
        state = Column("state")

        class Meta:
            source, model = "people", "shop.Person"
            time_zone = "Europe/Copenhagen"
            joins = {
                "profile": Join("user_profiles", on={"user_id": "id"}),
                "home": Join("addresses", on={"id": "profile.address_id"}),
            }
"""


def test_columns_come_from_joined_tables(anyshop: MakeShop) -> None:
    made = anyshop(MODELS, JOINED, *LEGACY)
    loads_clean(made)
    assert made.target("SELECT id, bio, city FROM shop_person ORDER BY id") == [
        (1, "tab\there \U0001f600", "\u00c5rhus"),
        (2, None, None),
        (3, None, None),
        (4000, "", "Q"),
    ]
    assert "no mapping reads address_id" not in made.delamp("check")
    made.source("UPDATE addresses SET `ci.ty` = 'K' WHERE id = 7")
    (found,) = made.findings()
    assert (found["kind"], found["columns"], found["key"]) == ("mismatched", ["city"], [1])


def test_where_may_ask_the_joined_table(anyshop: MakeShop) -> None:
    mapping = JOINED.replace("joins =", 'where = "home.id IS NOT NULL"\n            joins =')
    made = anyshop(MODELS, mapping, *LEGACY)
    loads_clean(made)
    assert made.totals("PersonMapping") == (4, 2, 0, 2)


def test_a_change_of_the_joined_tables_columns_stops_a_half_done_load(shop: MakeShop) -> None:
    made = shop(MODELS, JOINED, *LEGACY)
    made.source("UPDATE people SET name = 'a name that is far' WHERE id = 3")
    made.delamp("run")
    made.source("ALTER TABLE user_profiles MODIFY bio VARCHAR(50)")
    assert "schema changed" in made.delamp("run", code=1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("user_profiles", "user_profile"), "mappings.E010"),
        (('"user_id": "id"', '"user": "id"'), "mappings.E013"),
        (('"user_id": "id"', '"user_id": "idd"'), "mappings.E013"),
        (("user_profiles", "payments"), "mappings.E051"),
        (('"user_id": "id"', '"user_id": "name"'), "mappings.E052"),
        (('"profile":', '"s":'), "mappings.E050"),
        (('Column("profile.bio")', 'Column("profile.boi")'), "mappings.E013"),
    ],
)
def test_a_join_that_cannot_be_is_told(shop: MakeShop, change: tuple[str, str], code: str) -> None:
    made = shop(MODELS, JOINED.replace(*change), *LEGACY)
    assert code in made.delamp("check", code=3)
