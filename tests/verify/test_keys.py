"""Keys of every kind, with values that others would confuse: each row is told from its like."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps.registry import Apps
from django.db import connection, models

from mappings import Column, ModelMapping
from mappings.base import forget
from mappings.compiler.table import Compilation, compile_table
from mappings.errors import Problem
from mappings.plan import Plan
from migrate.catalogue_reader import read_catalogue
from migrate.source import Source
from migrate.target import Target
from migrate.urls import parse_source_url
from tests.fix_servers import DatabaseServer, fresh_database
from tests.verify.conftest import as_default_database
from verify import Declared, Departures, Report, verify_plan

NOTHING = Departures()
_NUMBERS = itertools.count(1)
_UUIDS = [f"'{digit * 8}-0000-1000-8000-00000000000{digit}'" for digit in "19af"]


@dataclass(frozen=True)
class Keys:
    """A type of key, and SQL of keys of it."""

    ddl: str
    field: Callable[[], Any]
    values: tuple[str, ...]


KEYS = {
    "unsigned beyond 2^63": Keys(
        "BIGINT UNSIGNED",
        lambda: models.DecimalField(max_digits=20, decimal_places=0, primary_key=True),
        ("0", "1", str(2**63 - 1), str(2**63), str(2**63 + 1), str(2**64 - 1)),
    ),
    "signed": Keys(
        "BIGINT",
        lambda: models.BigIntegerField(primary_key=True),
        (str(-(2**63)), "-1", "0", "1", str(2**63 - 1)),
    ),
    "case and accents": Keys(
        "VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        lambda: models.CharField(max_length=10, primary_key=True),
        ("'Ab'", "'ab'", "'AB'", "'áb'", "_utf8mb4 0x61CC8162", "'ß'", "'ss'", "'😀'", "''"),
    ),
    "spaces at the end": Keys(
        "VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
        lambda: models.CharField(max_length=10, primary_key=True),
        ("'a'", "'a '", "'a  '", "' a'", "''", "' '", "'a\\t'"),
    ),
    "quotes and backslashes": Keys(
        "VARCHAR(10) CHARACTER SET latin1 COLLATE latin1_bin",
        lambda: models.CharField(max_length=10, primary_key=True),
        ("''''", "'\\\\'", "'\\\\\\''", "'%'", "'\\n'", "'€'", "'x,y'", "'~,'", "'1:a'"),
    ),
    "bytes": Keys(
        "VARBINARY(10)",
        lambda: models.CharField(max_length=10, primary_key=True),
        ("'a'", "'A'", "'a '", "'æ'", "''"),
    ),
    "decimals": Keys(
        "DECIMAL(10,2)",
        lambda: models.DecimalField(max_digits=10, decimal_places=2, primary_key=True),
        ("-1.50", "0", "0.01", "0.10", "1", "10"),
    ),
    "dates": Keys(
        "DATE",
        lambda: models.DateField(primary_key=True),
        ("'1000-01-01'", "'1999-12-31'", "'2000-01-01'", "'9999-12-31'"),
    ),
    "UUIDs": Keys("UUID", lambda: models.UUIDField(primary_key=True), tuple(_UUIDS)),
    "members of an ENUM": Keys(
        "ENUM('b','a','C','c ') CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        lambda: models.CharField(max_length=10, primary_key=True),
        ("'b'", "'a'", "'C'"),
    ),
}


@pytest.fixture(scope="module")
def servers(mariadb: DatabaseServer, postgres: DatabaseServer) -> Iterator[tuple[Source, Target]]:
    for source_url in fresh_database(mariadb):
        for target_url in fresh_database(postgres):
            with as_default_database(target_url):
                source = Source(parse_source_url(source_url), block_bytes=4096)
                target = Target(connection.settings_dict)
                yield source, target
                source.close()
                target.close()


class Table:
    """A table of two columns, its key and a text, moved and equal."""

    def __init__(self, source: Source, target: Target, keys: Keys) -> None:
        self.source, self.target = source, target
        self.name = f"named_{next(_NUMBERS)}"
        source.rows(
            f"CREATE TABLE {self.name} (k {keys.ddl} NOT NULL PRIMARY KEY, v VARCHAR(20))"
            " CHARACTER SET utf8mb4"
        )
        for n, value in enumerate(keys.values):
            source.rows(f"INSERT INTO {self.name} VALUES ({value}, 'v{n}')")
        catalogue = read_catalogue(source)
        meta = type("Meta", (), {"app_label": "keys", "apps": Apps(), "db_table": self.name})
        fields = {"k": keys.field(), "v": models.CharField(max_length=20, null=True)}
        body: dict[str, Any] = {"__module__": __name__, "Meta": meta, **fields}
        model = type(self.name.title(), (models.Model,), body)
        with connection.schema_editor() as editor:
            editor.create_model(model)
        options = {"source": self.name, "model": model._meta.label}
        declared = {"k": Column("k"), "v": Column("v"), "Meta": type("Meta", (), options)}
        mapping: Any = type(f"{self.name.title()}Mapping", (ModelMapping,), declared)
        forget(mapping)
        problems: list[Problem] = []
        compilation = Compilation(
            catalogue=catalogue, using="default", report=problems.append, renumbering={}
        )
        table = compile_table(compilation, mapping, model)
        assert table is not None and not problems, problems
        self.plan = table
        self.declared = Declared(mappings=(mapping,), catalogue=catalogue)
        self.load()

    def load(self) -> None:
        raws = ", ".join(column.raw for column in self.plan.columns)
        lines = []
        for row in self.source.rows(f"SELECT {raws} FROM {self.name} s"):
            pairs = zip(self.plan.columns, row, strict=True)
            lines.append(b"\t".join(c.encode(c.python(raw)) for c, raw in pairs) + b"\n")
        names = ", ".join(column.column for column in self.plan.columns)
        self.target.copy(f"COPY {self.name} ({names}) FROM STDIN", lines)

    def rejected(self, n: int) -> Departures:
        """As the ledger tells of that row: by its key, where delamp names rows by such keys."""
        if not self.plan.key:
            return Departures(rejected_count=1)
        fields = ", ".join(column.select() for column in self.plan.key)
        [row] = self.source.rows(f"SELECT {fields} FROM {self.name} s WHERE v = 'v{n}'")
        key = tuple(c.value(f or b"") for c, f in zip(self.plan.key, row, strict=True))
        return Departures(rejected=frozenset({key}))

    def look(self, told: Departures = NOTHING) -> Report:
        return verify_plan(
            Plan(tables=(self.plan,)),
            [self.source],
            [self.target],
            levels=("counts", "checksums", "rows"),
            departures={self.plan.name: told},
            declared=self.declared,
            all_rows=True,
        )


@pytest.mark.parametrize("name", KEYS)
def test_every_row_is_told_from_its_like(servers: tuple[Source, Target], name: str) -> None:
    table = Table(*servers, KEYS[name])
    clean = table.look()
    assert [f.render(show_values=True) for f in clean.findings] == []
    seen = set()
    for n in range(len(KEYS[name].values)):
        table.target.execute(f"UPDATE {table.name} SET v = 'V{n}' WHERE v = 'v{n}'")
        found = table.look().findings
        assert [(f.kind, f.columns) for f in found] == [("mismatched", ("v",))] * 2, n
        assert len({f.key for f in found}) == len({f.target_key for f in found}) == 1
        seen.add(found[0].target_key)
        table.target.execute(f"UPDATE {table.name} SET v = 'v{n}' WHERE v = 'V{n}'")
    assert len(seen) == len(KEYS[name].values), "two rows have one name"


@pytest.mark.parametrize("name", KEYS)
def test_a_rejected_row_excuses_no_other(servers: tuple[Source, Target], name: str) -> None:
    table = Table(*servers, KEYS[name])
    for n in range(len(KEYS[name].values)):
        told = table.rejected(n)
        table.target.execute(f"DELETE FROM {table.name} WHERE v = 'v{n}'")
        assert {f.kind for f in table.look().findings} == {"count_differs", "missing"}
        assert table.look(told).findings == (), n
        table.target.execute(f"TRUNCATE {table.name}")
        table.load()
