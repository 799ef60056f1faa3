"""Rows that differ are named in one pass, whatever the key, wherever and however many they are."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps.registry import Apps
from django.db import connection, models

import verify.row_hashes
from mappings import Column, ModelMapping
from mappings.base import forget
from mappings.compiler.table import Compilation, compile_table
from mappings.errors import Problem
from mappings.plan import TablePlan
from migrate.catalogue_reader import read_catalogue
from migrate.source import Source
from migrate.target import Target
from migrate.urls import parse_source_url, parse_target_url
from tests.fix_servers import DatabaseServer, fresh_database
from tests.verify.conftest import as_default_database
from verify import Departures, differing_keys
from verify.differing import differing_keys_ahead
from verify.ports import Pair

_NUMBERS = itertools.count(1)
_BLOCK = 4096
"""So small that a table has some ten ranges."""
_ROWS = 300
_FOLD = "2021-10-31 02:30:00"
"""Twice there in Copenhagen: such a row's text is Python's to make."""
_PLAIN = "2020-05-05 12:00:00"
Key = tuple[int, ...]


@dataclass(frozen=True)
class Shape:
    """A key of one or two columns, and its values."""

    ddl: str
    fields: Callable[[], tuple[Any, ...]]
    keys: list[Key]
    engine: str = "InnoDB"


def _big(*, primary: bool = True) -> Any:
    return models.BigIntegerField(primary_key=primary)


SHAPES = {
    "dense": Shape("BIGINT", lambda: (_big(),), [(n,) for n in range(1, _ROWS + 1)]),
    "sparse": Shape("BIGINT", lambda: (_big(),), [(n**4,) for n in range(_ROWS)]),
    "negative": Shape("BIGINT", lambda: (_big(),), [(n - _ROWS,) for n in range(_ROWS)]),
    "both edges": Shape(
        "BIGINT",
        lambda: (_big(),),
        [(side * n - edge,) for n in range(150) for side, edge in ((1, 2**63), (-1, 1 - 2**63))],
    ),
    "unsigned to 2^63": Shape(
        "BIGINT UNSIGNED", lambda: (_big(),), [(2**63 - _ROWS + n,) for n in range(_ROWS)]
    ),
    "two columns": Shape(
        "SMALLINT, BIGINT",
        lambda: (models.SmallIntegerField(), _big(primary=False)),
        [(n // 40 - 3, 10**12 * (n % 40 - 20)) for n in range(_ROWS)],
    ),
    "in no order": Shape(
        "BIGINT", lambda: (_big(),), [(n * 8 % 301,) for n in range(_ROWS)], engine="MyISAM"
    ),
}


@dataclass(frozen=True)
class Servers:
    """Connections in two pairs."""

    sources: list[Source]
    targets: list[Target]


def _opened(server: DatabaseServer, postgres: DatabaseServer) -> Iterator[tuple[Servers, str]]:
    for source_url in fresh_database(server):
        for target_url in fresh_database(postgres):
            url, config = parse_source_url(source_url), parse_target_url(target_url)
            made = Servers(
                [Source(url, block_bytes=_BLOCK) for _ in range(2)],
                [Target(config) for _ in range(2)],
            )
            yield made, target_url
            for opened in (*made.sources, *made.targets):
                opened.close()


@pytest.fixture(scope="module")
def _of_mariadb(mariadb: DatabaseServer, postgres: DatabaseServer) -> Iterator[tuple[Servers, str]]:
    yield from _opened(mariadb, postgres)


@pytest.fixture(scope="module")
def _of_mysql56(mysql56: Any, postgres: DatabaseServer) -> Iterator[tuple[Servers, str]]:
    yield from _opened(mysql56, postgres)


@pytest.fixture
def servers(_of_mariadb: tuple[Servers, str]) -> Iterator[Servers]:
    with as_default_database(_of_mariadb[1]):
        yield _of_mariadb[0]


@pytest.fixture
def servers56(_of_mysql56: tuple[Servers, str]) -> Iterator[Servers]:
    with as_default_database(_of_mysql56[1]):
        yield _of_mysql56[0]


class Table:
    """A table of a key, a text and a moment, on both sides and equal."""

    def __init__(self, servers: Servers, shape: Shape) -> None:
        self.servers = servers
        self.source, self.target = servers.sources[0], servers.targets[0]
        self.name, self.keys = f"hashed_{next(_NUMBERS)}", shape.keys
        types = shape.ddl.split(", ")
        self.columns = [f"k{n}" for n in range(len(types))]
        ddl = ", ".join(f"{c} {t} NOT NULL" for c, t in zip(self.columns, types, strict=True))
        self.source.rows(
            f"CREATE TABLE {self.name} ({ddl}, v TEXT, at DATETIME, PRIMARY KEY"
            f" ({', '.join(self.columns)})) ENGINE={shape.engine} CHARACTER SET utf8mb4"
        )
        self.insert(shape.keys)
        self.plan = self._compiled(shape)
        self.load()

    def insert(self, keys: list[Key]) -> None:
        """Insert rows into the source; every fifth is Python's to hash."""
        rows = (
            f"({', '.join(map(str, key))}, REPEAT('v', {n % 90}),"
            f" '{_FOLD if n % 5 == 0 else _PLAIN}')"
            for n, key in enumerate(keys)
        )
        self.source.rows(f"INSERT INTO {self.name} VALUES {', '.join(rows)}")

    def _compiled(self, shape: Shape) -> TablePlan:
        fields: dict[str, Any] = dict(zip(self.columns, shape.fields(), strict=True))
        fields |= {"v": models.TextField(null=True), "at": models.DateTimeField(null=True)}
        names: dict[str, Any] = {"app_label": "hashes", "apps": Apps(), "db_table": self.name}
        if len(self.columns) > 1:
            names["unique_together"] = [tuple(self.columns)]
        body = {"__module__": __name__, "Meta": type("Meta", (), names), **fields}
        model = type(self.name.title(), (models.Model,), body)
        with connection.schema_editor() as editor:
            editor.create_model(model)
        options = {
            "source": self.name,
            "model": model._meta.label,
            "time_zone": "Europe/Copenhagen",
        }
        declared = {name: Column(name) for name in fields} | {"Meta": type("Meta", (), options)}
        mapping: Any = type(f"{self.name.title()}Mapping", (ModelMapping,), declared)
        forget(mapping)
        problems: list[Problem] = []
        catalogue = read_catalogue(self.source)
        compilation = Compilation(
            catalogue=catalogue, using="default", report=problems.append, renumbering={}
        )
        table = compile_table(compilation, mapping, model)
        assert table is not None and not problems, problems
        return table

    def load(self) -> None:
        """Copy every row by the plan's Python tier."""
        columns, lines = self.plan.columns, []
        raws = ", ".join(column.raw for column in columns)
        for row in self.source.rows(f"SELECT {raws} FROM {self.name} s"):
            made = (c.encode(c.python(raw)) for c, raw in zip(columns, row, strict=True))
            lines.append(b"\t".join(made) + b"\n")
        names = ", ".join(column.column for column in columns)
        self.target.copy(f"COPY {self.name} ({names}) FROM STDIN", lines)

    def where(self, key: Key) -> str:
        return " AND ".join(f"{c} = {part}" for c, part in zip(self.columns, key, strict=True))

    def alter(self, *keys: Key) -> None:
        """Change the target's rows of these keys."""
        for key in keys:
            assert self.target.execute(
                f"UPDATE {self.name} SET v = v || 'x' WHERE {self.where(key)}"
            )

    def named(self) -> list[tuple[Key | None, Key | None]]:
        """What is named one by one; looking ahead over two pairs must name the same."""
        nothing = Departures()
        found = sorted(differing_keys(self.plan, self.source, self.target, nothing), key=repr)
        pairs = list(map(Pair, self.servers.sources, self.servers.targets))
        ahead = sorted(differing_keys_ahead(self.plan, pairs, nothing), key=repr)
        assert ahead == found
        return found  # type: ignore[return-value]


def both(*keys: Key) -> list[tuple[Key | None, Key | None]]:
    return sorted(((key, key) for key in keys), key=repr)


def looks_at_every_shape(servers: Servers, shape: Shape) -> None:
    """Damage the target's rows, here and there and all of them, and count what is named."""
    table = Table(servers, shape)
    ordered = sorted(table.keys)
    assert table.named() == []
    table.alter(ordered[0], ordered[-1], *ordered[5::37])
    assert table.named() == both(*{ordered[0], ordered[-1], *ordered[5::37]})
    gone, kept = ordered[::50], [key for key in ordered if key not in ordered[::50]]
    for key in gone:
        table.target.execute(f"DELETE FROM {table.name} WHERE {table.where(key)}")
        table.source.rows(f"DELETE FROM {table.name} WHERE {table.where(kept[len(gone)])}")
    found = table.named()
    assert [pair for pair in found if pair[1] is None] == sorted(
        ((k, None) for k in gone), key=repr
    )
    assert [pair for pair in found if pair[0] is None] == [(None, kept[len(gone)])]
    table.target.execute(f"UPDATE {table.name} SET at = at + interval '1 microsecond'")
    changed = both(*(key for key in kept if key != kept[len(gone)]))
    assert [pair for pair in table.named() if None not in pair] == changed
    table.target.execute(f"TRUNCATE {table.name}")
    assert table.named() == sorted(
        ((key, None) for key in ordered if key != kept[len(gone)]), key=repr
    )
    table.load()
    assert table.named() == []
    table.source.rows(f"DELETE FROM {table.name}")
    assert {key for key, _ in table.named()} == {None}
    assert len(table.named()) == len(ordered) - 1


@pytest.mark.parametrize("name", SHAPES)
def test_rows_are_named_whatever_the_key(servers: Servers, name: str) -> None:
    looks_at_every_shape(servers, SHAPES[name])


@pytest.mark.mysql56
@pytest.mark.parametrize("name", SHAPES)
def test_rows_are_named_whatever_the_key_on_mysql56(servers56: Servers, name: str) -> None:
    servers56.sources[0].rows("SET SESSION sql_mode = 'ONLY_FULL_GROUP_BY'")
    looks_at_every_shape(servers56, SHAPES[name])


def test_rows_that_come_while_ranges_are_compared_are_named_or_later(servers: Servers) -> None:
    """What is appended behind the last range that was known is in that range."""
    table = Table(servers, SHAPES["dense"])
    table.alter((1,))
    found = differing_keys(table.plan, table.source, table.target, Departures())
    assert next(found) == ((1,), (1,))
    more = [(n,) for n in range(_ROWS + 1, 3 * _ROWS)]
    table.insert(more)
    assert list(found) == [(key, None) for key in more]


@pytest.mark.parametrize("name", ["dense", "two columns"])
def test_more_rows_than_a_statement_tells_are_looked_at_page_by_page(
    servers: Servers, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Table(servers, SHAPES[name])
    table.source.rows(f"DELETE FROM {table.name}")
    monkeypatch.setattr(verify.row_hashes, "_MOST_TARGET_ROWS", 40)
    assert table.named() == sorted(((None, key) for key in table.keys), key=repr)


def test_lines_that_the_source_cuts_are_not_believed(servers: Servers) -> None:
    table = Table(servers, SHAPES["dense"])
    table.alter((7,))
    for length in (64, 1000, 1024):
        for source in servers.sources:
            source.rows(f"SET SESSION group_concat_max_len = {length}")
        assert table.named() == both((7,))
    for source in servers.sources:
        source.rows(f"SET SESSION group_concat_max_len = {2 * _BLOCK}")


@pytest.mark.parametrize("most", [0, 1, 500])
def test_rows_that_only_python_hashes_are_named(
    servers: Servers, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether they are few enough to be read by their keys or not."""
    monkeypatch.setattr(verify.row_hashes, "_MOST_GUARDED", most)
    table = Table(servers, SHAPES["sparse"])
    assert table.plan.columns[-1].guards
    guarded, other = table.keys[10], table.keys[11]
    table.alter(guarded, other)
    assert table.named() == both(guarded, other)


def test_row_that_the_target_holds_twice_is_named(servers: Servers) -> None:
    table = Table(servers, SHAPES["two columns"])
    names = ", ".join((*table.columns, "v", "at"))
    [unique] = table.target.rows(
        f"SELECT conname FROM pg_constraint WHERE contype = 'u' AND conrelid = '{table.name}'"
        "::regclass"
    )
    table.target.execute(f'ALTER TABLE {table.name} DROP CONSTRAINT "{unique[0]}"')
    for v, number in (("v", 1), ("v || 'x'", 2)):
        key = table.keys[number]
        table.target.execute(
            f"INSERT INTO {table.name} ({names}) SELECT {', '.join(table.columns)}, {v}, at"
            f" FROM {table.name} WHERE {table.where(key)}"
        )
    assert table.named() == sorted(((None, table.keys[n]) for n in (1, 2)), key=repr)


def test_who_stops_in_the_midst_leaves_the_connections_free(servers: Servers) -> None:
    table = Table(servers, SHAPES["dense"])
    table.alter(*table.keys)
    pairs = list(map(Pair, servers.sources, servers.targets))
    with closing(differing_keys_ahead(table.plan, pairs, Departures())) as found:
        assert next(found) == ((1,), (1,))
    assert [source.value("SELECT 1") for source in servers.sources] == ["1", "1"]


def test_a_stop_is_noticed_where_nothing_differs(servers: Servers) -> None:
    table = Table(servers, SHAPES["dense"])
    asked = itertools.count()
    pairs = list(map(Pair, servers.sources, servers.targets))
    stopped = lambda: next(asked) >= 2  # noqa: E731
    assert list(differing_keys_ahead(table.plan, pairs, Departures(), stopped=stopped)) == []
    assert next(asked) == 3, "it went on"
    table.alter(*table.keys)
    asked = itertools.count()
    found = list(differing_keys_ahead(table.plan, pairs, Departures(), stopped=stopped))
    assert 0 < len(found) < len(table.keys)


def test_what_a_connection_raises_ends_the_search(servers: Servers) -> None:
    table = Table(servers, SHAPES["dense"])
    servers.sources[0].rows(f"ALTER TABLE {table.name} DROP COLUMN v")
    pairs = list(map(Pair, servers.sources, servers.targets))
    with pytest.raises(Exception, match="Unknown column"):
        list(differing_keys_ahead(table.plan, pairs, Departures()))
