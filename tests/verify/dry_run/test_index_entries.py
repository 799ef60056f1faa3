"""Values too large for an index: what PostgreSQL packs, and refuses, is foretold to the byte."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import psycopg2.errors
import pytest

from tests.fix_servers import DatabaseServer
from tests.migrate.conftest import Shop
from tests.verify.dry_run.conftest import dry_run, same_as_the_run
from verify.dry_run.entry_size import LARGEST_ENTRY, entry_bounds, form_of

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,"
ALPHABETS = (
    "ab",
    LETTERS,
    "aé€",
    "😀🙂xy",
    "éèàüößñçÆØÅ",
    "".join(map(chr, range(0x4E00, 0x9000))),
)
LENGTHS = (5, 125, 127, 507, 510, 1340, 2676, 2690, 2692, 2693, 2704, 3600, 4500, 6000, 12000)
TYPES = (
    ("text",),
    ("text", "integer"),
    ("text", "text"),
    ("bigint", "text", "smallint", "text"),
    ("boolean", "varchar", "timestamp with time zone"),
    ("text", "uuid", "date"),
    ("text", "numeric", "inet"),
)
OTHERS = {
    "integer": "7", "bigint": "7", "smallint": "7", "boolean": "t", "date": "2020-01-01",
    "timestamp with time zone": "2020-01-01", "numeric": "1.5", "inet": "127.0.0.1",
    "uuid": "00000000-0000-0000-0000-000000000001",
}  # fmt: skip


def some_text(chance: random.Random) -> str:
    length = chance.choice(LENGTHS) + chance.randrange(-2, 3)
    alphabet = chance.choice(ALPHABETS)
    words = ["".join(chance.choices(alphabet, k=chance.randrange(1, 25))) for _ in range(30)]
    match chance.randrange(4):
        case 0:
            return "".join(chance.choices(alphabet, k=length))
        case 1:
            return " ".join(chance.choices(words, k=length))[:length]
        case 2:
            return (chance.choice(words) * length)[:length]
    found = ""
    while len(found) < length:
        again = chance.randrange(len(found)) if found and chance.random() < 0.35 else None
        fresh = "".join(chance.choices(LETTERS, k=chance.randrange(1, 15)))
        found += fresh if again is None else found[again : again + chance.randrange(1, 300)]
    return found[:length]


@pytest.fixture
def cursor(postgres: DatabaseServer, target_db: str) -> Iterator[Any]:
    connection = psycopg2.connect(target_db)
    connection.autocommit = True
    yield connection.cursor()
    connection.close()


def refuses(cursor: Any, values: list[str | None]) -> bool:
    marks = ", ".join("%s" for _ in values)
    try:
        cursor.execute(f"INSERT INTO entries VALUES ({marks})", values)
    except psycopg2.errors.ProgramLimitExceeded:
        return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize("types", TYPES, ids="-".join)
def test_entries_are_as_large_as_postgresql_makes_them(cursor: Any, types: tuple[str, ...]) -> None:
    chance = random.Random(" ".join(types))
    columns = [f"c{n} {name}" for n, name in enumerate(types)]
    cursor.execute(f"CREATE TABLE entries ({', '.join(columns)})")
    names = ", ".join(f"c{n}" for n in range(len(types)))
    cursor.execute(f"CREATE INDEX ON entries ({names})")
    said: list[tuple[bool, bool]] = []
    for _ in range(100):
        values = [
            None if chance.random() < 0.1 else OTHERS.get(name) or some_text(chance)
            for name in types
        ]
        least, most = entry_bounds(
            (form_of(name), None if value is None else value.encode(), "pglz")
            for name, value in zip(types, values, strict=True)
        )
        refused = refuses(cursor, values)
        assert not (refused and most <= LARGEST_ENTRY), [v and len(v.encode()) for v in values]
        assert refused or least <= LARGEST_ENTRY, [v and len(v.encode()) for v in values]
        said.append((least > LARGEST_ENTRY, most > LARGEST_ENTRY))
    assert said.count((True, True)) > 2 and said.count((False, False)) > 20
    assert said.count((False, True)) <= 8


def test_values_of_columns_that_are_not_packed(cursor: Any) -> None:
    cursor.execute("CREATE TABLE entries (c text)")
    cursor.execute("ALTER TABLE entries ALTER c SET STORAGE external")
    cursor.execute("CREATE INDEX ON entries (c)")
    for length in (2691, 2692, 2693):
        least, most = entry_bounds([(form_of("text"), b"a" * length, None)])
        assert least == most
        assert refuses(cursor, ["a" * length]) is (most > LARGEST_ENTRY)


MODELS = """
    from django.db import models


    class Thing(models.Model):
        code = models.IntegerField()
        {fields}


    class Part(models.Model):
        thing = models.ForeignKey(Thing, models.CASCADE)
"""
MAPPINGS = """
    from mappings import Column, ModelMapping, Reference, steps


    class ThingMapping(ModelMapping):
        {key}
        code = Column("id")
        {columns}

        class Meta:
            source, model = "things", "shop.Thing"
"""
PARTS = """

    class PartMapping(ModelMapping):
        id = Column("id")
        thing = Reference("thing")

        class Meta:
            source, model = "parts", "shop.Part"
"""
NOISE = "".join(random.Random(7).choices(LETTERS, k=9000))


def noise(start: int, length: int) -> str:
    return f"'{NOISE[start : start + length]}'"


ROWS = (
    ("REPEAT('a', 9000)", "'x'"),
    (noise(0, 4000), "'y'"),
    (noise(1, 2692), "NULL"),
    (noise(2, 2693), "'z'"),
    (noise(3, 1900), noise(2000, 500)),
    (noise(4, 4000), noise(5000, 4000)),
    ("REPEAT('é', 3000)", "'é'"),
    (noise(5, 1900), noise(2000, 1000)),
    ("REPEAT('b', 200000)", "'x'"),
)
LEGACY = (
    "CREATE TABLE things (id INT{key}, value MEDIUMTEXT NOT NULL, other TEXT) {engine}",
    "CREATE TABLE parts (id INT PRIMARY KEY, thing INT NOT NULL)",
    *(f"INSERT INTO things VALUES ({n}, {a}, {b})" for n, (a, b) in enumerate(ROWS, 1)),
    "INSERT INTO parts SELECT id, id FROM things",
)  # fmt: skip
PLAIN = 'value = Column("value")\n        other = Column("other")'
INDEXED = {
    "unique": "value = models.TextField(unique=True)\n        other = models.TextField(null=True)",
    "secondary": "value = models.TextField(db_index=True)\n"
    "        other = models.TextField(null=True)",
    "together": "value = models.TextField()\n        other = models.TextField(null=True)\n\n"
    "        class Meta:\n            indexes = [models.Index(fields=['other', 'value'])]",
    "included": "value = models.TextField()\n        other = models.TextField(null=True)\n\n"
    "        class Meta:\n            constraints = [models.UniqueConstraint(fields=['code'],"
    " include=['value'], name='with_value')]",
}
REJECTED = {"unique": [2, 4, 6], "secondary": [2, 4, 6], "together": [2, 3, 4, 6, 8],
            "included": [2, 3, 4, 6]}  # fmt: skip


def test_a_row_is_in_no_index_that_is_too_small_for_it(shop: Callable[..., Shop]) -> None:
    made = _made(shop, "unique", keyed=True)
    report = same_as_the_run(made)
    assert _rejected(report) == REJECTED["unique"]
    (rule,) = report["tables"][0]["rules"]
    assert (rule["code"], rule["column"]) == ("index_too_large", "value")
    # Their children have no parents then.
    assert report["tables"][1]["rejected"] == len(REJECTED["unique"])
    # The source is corrected for one of them; the other is refused by the same name once more.
    made.source("UPDATE things SET value = 'short' WHERE id = 2")
    made.delamp("rejects", "retry", code=6)
    left = [(key, code) for key, _, code, _ in made.rejects("ThingMapping")]
    assert left == [("id=4", "index_too_large"), ("id=6", "index_too_large")]


@pytest.mark.slow
@pytest.mark.parametrize("index", INDEXED)
@pytest.mark.parametrize("keyed", [True, False])
def test_too_large_for_any_index_is_foretold(
    shop: Callable[..., Shop], index: str, keyed: bool
) -> None:
    report = same_as_the_run(_made(shop, index, keyed=keyed))
    assert _rejected(report, keyed=keyed) == REJECTED[index]


@pytest.mark.slow
def test_values_that_python_makes_are_looked_at_too(shop: Callable[..., Shop]) -> None:
    made = _made(shop, "unique", keyed=True, columns=PLAIN.replace(
        'Column("value")', 'Column("value", lambda text: text[::-1])'
    ))  # fmt: skip
    assert _rejected(same_as_the_run(made)) == REJECTED["unique"]


def test_what_postgresql_packs_otherwise_is_a_warning(shop: Callable[..., Shop]) -> None:
    made = _made(shop, "unique", keyed=True)
    (stored,) = made.target("SELECT attstorage FROM pg_attribute WHERE attname = 'value'")[0]
    assert stored == "x"
    try:
        made.target("ALTER TABLE shop_thing ALTER value SET COMPRESSION lz4")
    except psycopg2.Error:
        pytest.skip("this PostgreSQL was built without lz4")
    (rule,) = dry_run(made, code=0)["tables"][0]["rules"]
    assert (rule["code"], rule["outcome"]) == ("index_too_large", "warned")
    assert [row["key"] for row in rule["rows"]] == [[1], [2], [4], [6], [7], [9]]


def _made(shop: Callable[..., Shop], index: str, *, keyed: bool, columns: str = PLAIN) -> Shop:
    key = {"key": " PRIMARY KEY" if keyed else "", "engine": "CHARSET=utf8mb4 ENGINE=InnoDB"}
    mapped = MAPPINGS.format(key='id = Column("id")' if keyed else "", columns=columns)
    return shop(
        MODELS.format(fields=INDEXED[index]),
        mapped + PARTS if keyed else mapped,
        LEGACY[0].format(**key),
        *LEGACY[1:],
    )


def _rejected(report: dict[str, Any], *, keyed: bool = True) -> list[int]:
    rows = [r for rule in report["tables"][0]["rules"] for r in rule["rows"]]
    if keyed:
        return sorted(row["key"][0] for row in rows)
    return sorted(int(row["text"].partition(",")[0].partition("=")[2]) for row in rows)
