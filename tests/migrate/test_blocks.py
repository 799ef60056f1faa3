"""Blocks, chunks and keys under hostile data: the traps that were met on real servers."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from tests.migrate.conftest import Shop

WIDE_MODELS = """
    from django.db import models

    class Page(models.Model):
        body = models.TextField()
        raw = models.BinaryField(null=True)
"""
WIDE_MAPPINGS = """
    from mappings import Column, ModelMapping

    class PageMapping(ModelMapping):
        class Meta:
            source = "pages"
            model = "shop.Page"
            columns = "same-name"
"""
WIDE = "CREATE TABLE pages (id INT PRIMARY KEY, body LONGTEXT NOT NULL, raw LONGBLOB) CHARSET utf8"


def test_values_beyond_the_block_and_full_of_escapes_arrive_whole(
    shop: Callable[..., Shop],
) -> None:
    made = shop(
        WIDE_MODELS,
        WIDE_MAPPINGS,
        WIDE,
        "INSERT INTO pages VALUES (1, 'small', 0x00ff0a5c), (2, REPEAT('a\\n', 3000000), NULL),"
        " (3, REPEAT('\\\\', 70000), REPEAT(0x0a5c, 2000000)), (4, '', ''),"
        " (5, REPEAT('x', 65000), NULL)",
    )
    made.delamp("run")
    query = "SELECT id, length(body), md5(body), octet_length(raw), md5(raw) FROM {} ORDER BY id"
    expected = made.source(query.format("pages").replace("octet_length", "LENGTH"))
    assert made.target(query.format("shop_page")) == list(expected)
    assert made.totals("PageMapping") == (5, 5, 0, 0)
    made.delamp("verify")


def test_values_spelled_like_the_line_of_a_row_that_goes_by_python_are_only_values(
    shop: Callable[..., Shop],
) -> None:
    made = shop(
        WIDE_MODELS.replace("raw = models.BinaryField(null=True)", ""),
        WIDE_MAPPINGS,
        WIDE,
        "INSERT INTO pages (id, body) VALUES (1, CONCAT('\\\\?', CHAR(7))),"
        " (2, CONCAT('\\\\?', CHAR(7), '\\n')), (3, REPEAT('\\\\', 70000)), (4, CHAR(7)),"
        " (5, CONCAT('?', CHAR(7))), (6, REPEAT(CHAR(7), 70000)), (7, 'small')",
    )
    made.delamp("run", "--proof")
    query = "SELECT id, length(body), md5(body) FROM {} ORDER BY id"
    assert made.target(query.format("shop_page")) == list(made.source(query.format("pages")))
    assert made.totals("PageMapping") == (7, 7, 0, 0)
    made.delamp("verify", "--stored")


def test_blocks_are_bounded_by_bytes_and_not_by_rows(shop: Callable[..., Shop]) -> None:
    made = shop(
        WIDE_MODELS,
        WIDE_MAPPINGS,
        WIDE,
        "INSERT INTO pages SELECT seq, REPEAT(CHAR(65 + seq % 26), seq), NULL FROM seq_1_to_3000",
    )
    made.project.environment["DELAMP_CHUNK_BYTES"] = "65536"
    made.delamp("run")
    chunks = made.target("SELECT count(*), max(bytes) FROM delamp_chunk")[0]
    assert chunks[0] > 30
    assert chunks[1] < 8 * 65536
    assert made.target("SELECT sum(length(body)) FROM shop_page") == [(3000 * 3001 // 2,)]


def test_every_chunk_lies_between_its_neighbours_and_the_last_is_open(
    shop: Callable[..., Shop],
) -> None:
    made = shop(
        WIDE_MODELS,
        WIDE_MAPPINGS,
        WIDE,
        # Holes, negative keys and a lonely last one: arithmetic on keys must skip nothing.
        "INSERT INTO pages SELECT seq * 7, 'x', NULL FROM seq_1_to_5000",
        "INSERT INTO pages VALUES (-2000000000, 'first', NULL), (2147483647, 'last', NULL)",
    )
    made.project.environment["DELAMP_CHUNK_BYTES"] = "65536"
    made.delamp("run")
    assert made.target("SELECT count(*) FROM shop_page") == [(5002,)]
    chunks = made.target("SELECT after, until FROM delamp_chunk ORDER BY ordinal")
    assert chunks[0][0] is None
    assert chunks[-1][1] is None
    assert [until for _, until in chunks[:-1]] == [after for after, _ in chunks[1:]]


KEY_MODELS = """
    from django.db import models

    class Thing(models.Model):
        {fields}
        value = models.IntegerField()
        {meta}
"""
KEY_MAPPINGS = """
    from mappings import ModelMapping

    class ThingMapping(ModelMapping):
        class Meta:
            source = "things"
            model = "shop.Thing"
            columns = "same-name"
"""
PAIR = 'pk = models.CompositePrimaryKey("a", "b"); '
KEYS = {
    "latin1 text, case and accents folded": (
        "code VARCHAR(20) CHARSET latin1 PRIMARY KEY",
        "CONCAT(CHAR(64 + seq % 20 USING latin1), IF(seq % 3, 'é', 'Z'), seq, ' \\\\')",
        "code = models.CharField(max_length=20, primary_key=True)",
    ),
    "utf8 text": (
        "code VARCHAR(20) CHARSET utf8 PRIMARY KEY",
        "CONCAT(IF(seq % 2, 'ø', 'Ω'), seq)",
        "code = models.CharField(max_length=20, primary_key=True)",
    ),
    "binary": (
        "code VARBINARY(20) PRIMARY KEY",
        "UNHEX(MD5(seq))",
        "code = models.BinaryField(primary_key=True)",
    ),
    "unsigned bigint": (
        "code BIGINT UNSIGNED PRIMARY KEY",
        "9223372036854770000 + seq",
        "code = models.DecimalField(max_digits=20, decimal_places=0, primary_key=True)",
    ),
    "pair of integers": (
        "a INT, b SMALLINT, PRIMARY KEY (a, b)",
        "seq DIV 50, seq % 50",
        PAIR + "a = models.IntegerField(); b = models.IntegerField()",
    ),
    "text and integer": (
        "a VARCHAR(5) CHARSET latin1, b INT, PRIMARY KEY (a, b)",
        "CHAR(65 + seq % 5 USING latin1), seq",
        PAIR + "a = models.CharField(max_length=5); b = models.IntegerField()",
    ),
    "date": (
        "code DATE PRIMARY KEY",
        "'2000-01-01' + INTERVAL seq DAY",
        "code = models.DateField(primary_key=True)",
    ),
    "no key": ("code INT", "seq % 9", "code = models.IntegerField()"),
    "enum first": (
        "a ENUM('x','y') CHARSET latin1, b INT, PRIMARY KEY (a, b)",
        "IF(seq % 2, 'x', 'y'), seq",
        PAIR + "a = models.CharField(max_length=5); b = models.IntegerField()",
    ),
    "integer, then enum": (
        "b INT, a ENUM('x','y') CHARSET latin1, PRIMARY KEY (b, a)",
        "seq DIV 100, IF(seq % 2, 'x', 'y')",
        'pk = models.CompositePrimaryKey("b", "a"); '
        "a = models.CharField(max_length=5); b = models.IntegerField()",
    ),
}


@pytest.mark.parametrize("name", KEYS)
def test_every_kind_of_key_loads_whole_and_verifies(shop: Callable[..., Shop], name: str) -> None:
    column, value, field = KEYS[name]
    made = shop(
        KEY_MODELS.format(fields=field, meta=""),
        KEY_MAPPINGS,
        f"CREATE TABLE things ({column}, value INT NOT NULL)",
        f"INSERT IGNORE INTO things SELECT {value}, seq FROM seq_1_to_4000",
    )
    made.project.environment["DELAMP_CHUNK_BYTES"] = "65536"
    made.delamp("run")
    rows = made.source("SELECT COUNT(*), SUM(value) FROM things")[0]
    assert rows[0] >= 80
    assert made.target("SELECT count(*), sum(value) FROM shop_thing") == [rows]
    made.delamp("verify")


def test_names_with_quotes_spaces_percent_signs_and_emoji_are_only_names(
    shop: Callable[..., Shop],
) -> None:
    made = shop(
        """
        from django.db import models

        class Odd(models.Model):
            first = models.CharField(max_length=10, db_column='The Column')
            class Meta:
                db_table = 'Odd table ✓'
        """,
        """
        from mappings import Column, ModelMapping

        class OddMapping(ModelMapping):
            id = Column("the `key` %d")
            first = Column("naïve 'é' %s")
            class Meta:
                source = "a `b` %s"
                model = "shop.Odd"
        """,
        "CREATE TABLE `a ``b`` %s` (`the ``key`` %d` INT PRIMARY KEY, `naïve 'é' %s` VARCHAR(9))",
        "INSERT INTO `a ``b`` %s` VALUES (1, '%s'), (2, '100%')",
    )
    made.delamp("run")
    assert made.target('SELECT * FROM "Odd table ✓" ORDER BY 1') == [(1, "%s"), (2, "100%")]
    made.delamp("verify")


def test_defaults_of_unmapped_fields_are_django_s_own(shop: Callable[..., Shop]) -> None:
    made = shop(
        """
        import uuid
        from django.db import models
        from django.utils import timezone

        class Thing(models.Model):
            token = models.UUIDField(default=uuid.uuid4)
            made_at = models.DateTimeField(default=timezone.now)
            options = models.JSONField(default=dict)
            kind = models.CharField(max_length=5, default="new")
            blank = models.CharField(max_length=5)
            level = models.IntegerField(db_default=7)
            maybe = models.IntegerField(null=True)
        """,
        KEY_MAPPINGS,
        "CREATE TABLE things (id INT PRIMARY KEY)",
        "INSERT INTO things SELECT seq FROM seq_1_to_50",
    )
    made.delamp("run")
    rows = made.target(
        "SELECT token::text, options, kind, blank, level, maybe,"
        " made_at > now() - interval '1 hour' FROM shop_thing"
    )
    assert len({row[0] for row in rows}) == 50
    assert all(uuid.UUID(row[0]).version == 4 for row in rows)
    assert {row[2:] for row in rows} == {("new", "", 7, None, True)}
    assert all(row[1] == {} for row in rows)


def test_rows_left_out_by_where_are_counted_as_skipped(shop: Callable[..., Shop]) -> None:
    made = shop(
        WIDE_MODELS,
        WIDE_MAPPINGS.replace("columns =", "where = \"s.body <> 'spam'\"\n            columns ="),
        WIDE,
        "INSERT INTO pages VALUES (1, 'a', NULL), (2, 'spam', NULL), (3, 'b', NULL)",
    )
    made.delamp("run")
    assert made.totals("PageMapping") == (3, 2, 0, 1)
    made.delamp("verify")


def test_a_row_that_no_rule_foresaw_is_found_by_halving_and_named(
    shop: Callable[..., Shop],
) -> None:
    made = shop(
        """
        from django.db import models

        class Page(models.Model):
            body = models.TextField()
            raw = models.BinaryField(null=True)
            class Meta:
                constraints = [
                    models.CheckConstraint(condition=~models.Q(body="bad"), name="not_bad")
                ]
        """,
        WIDE_MAPPINGS,
        WIDE,
        "INSERT INTO pages SELECT seq, IF(seq IN (7, 2000), 'bad', 'good'), NULL"
        " FROM seq_1_to_3000",
    )
    made.delamp("run")
    assert made.totals("PageMapping") == (3000, 2998, 2, 0)
    assert made.rejects("PageMapping") == [
        ("id=7", "", "check_failed", "rejected"),
        ("id=2000", "", "check_failed", "rejected"),
    ]
    made.delamp("verify")


def test_a_duplicate_is_refused_while_it_loads_and_the_lower_key_wins(
    shop: Callable[..., Shop],
) -> None:
    made = shop(
        """
        from django.db import models

        class Page(models.Model):
            body = models.TextField(unique=True)
            raw = models.BinaryField(null=True)
        """,
        WIDE_MAPPINGS,
        WIDE,
        "INSERT INTO pages VALUES (1, 'a', NULL), (2, 'b', NULL), (3, 'a', NULL)",
    )
    made.delamp("run")
    assert made.rejects("PageMapping") == [("id=3", "", "not_unique", "rejected")]
    made.delamp("verify")


def test_a_negative_number_for_a_positive_field_is_refused_by_its_rule(
    shop: Callable[..., Shop],
) -> None:
    made = shop(
        """
        from django.db import models

        class Thing(models.Model):
            value = models.PositiveIntegerField()
        """,
        KEY_MAPPINGS,
        "CREATE TABLE things (id INT PRIMARY KEY, value INT NOT NULL)",
        "INSERT INTO things VALUES (1, 0), (2, -1), (3, 2147483647)",
    )
    made.delamp("run")
    assert made.rejects("ThingMapping") == [("id=2", "value", "out_of_range", "rejected")]


@pytest.mark.mysql56
def test_mysql_5_6_loads_and_verifies(shop56: Callable[..., Shop]) -> None:
    made = shop56(
        WIDE_MODELS,
        WIDE_MAPPINGS,
        WIDE,
        "INSERT INTO pages VALUES (1, 'small', 0x00ff0a5c), (2, REPEAT('a\\n', 300000), NULL),"
        " (3, REPEAT('\\\\', 70000), REPEAT(0x0a5c, 200000)), (4, '', '')",
        *(
            f"INSERT INTO pages SELECT id + {1000 * 4**n}, CONCAT('row ', id), raw FROM pages"
            f" WHERE id NOT IN (2, 3)"
            for n in range(5)
        ),
    )
    made.delamp("run")
    query = "SELECT COUNT(*), SUM(LENGTH(body)), SUM({}(raw)) FROM {}"
    expected = made.source(query.format("LENGTH", "pages"))
    assert made.target(query.format("octet_length", "shop_page")) == list(expected)
    made.delamp("verify")
