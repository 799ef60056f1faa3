"""Facts of the target server that make a run fail or slow: settings, rights, room. Read only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mappings.plan import TablePlan
from mappings.sqltext import pg_name
from verify.dry_run.estimate import Estimate
from verify.ports import TargetConnection

__all__ = ["TargetFacts", "target_facts"]

_VARIABLES = (
    "server_version",
    "server_encoding",
    "max_connections",
    "shared_buffers",
    "work_mem",
    "maintenance_work_mem",
    "temp_file_limit",
    "max_wal_size",
    "wal_level",
    "synchronous_standby_names",
    "default_transaction_read_only",
)
_OLDEST = 14
"""PostgreSQL's version that Django 5.2 asks for at least."""
_MIB = 1 << 20
_LITTLE = 4 * _MIB
_MUCH = 256 * _MIB

_SETTINGS = """
SELECT name, reset_val, coalesce(unit, '') FROM pg_settings WHERE name = ANY(%s)
"""
_SERVER = """
SELECT current_setting('server_version_num')::int / 10000, pg_is_in_recovery(),
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int,
  (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user),
  (SELECT datconnlimit FROM pg_database WHERE datname = current_database()),
  pg_database_size(current_database()),
  has_database_privilege(current_database(), 'TEMPORARY'),
  has_database_privilege(current_database(), 'CREATE')
"""
_TABLE = """
SELECT c.oid IS NOT NULL,
  coalesce(bool_and(has_table_privilege(c.oid, p)), false),
  coalesce(bool_and(pg_has_role(c.relowner, 'USAGE')), false),
  coalesce(bool_or(row_security_active(c.oid)), false),
  (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
    AND t.tgenabled <> 'D')
FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p
LEFT JOIN pg_class c ON c.oid = to_regclass(%s)
GROUP BY c.oid
"""


@dataclass(frozen=True, kw_only=True)
class TargetFacts:
    """What was read, and what to think of it; nothing without a connection."""

    settings: Mapping[str, str]
    rights: tuple[str, ...]
    """What the user may do, and what not."""
    remarks: tuple[str, ...]


def target_facts(
    target: TargetConnection | None,
    tables: Sequence[TablePlan],
    estimate: Estimate,
    *,
    connections: int,
) -> TargetFacts:
    """Ask the target about itself; `connections` is how many a run opens to it."""
    if target is None:
        return TargetFacts(settings={}, rights=(), remarks=())
    raw = {row[0]: (str(row[1]), row[2]) for row in target.rows(_SETTINGS, [list(_VARIABLES)])}
    settings = {name: _shown(*raw[name]) for name in _VARIABLES if name in raw}
    server = target.rows(_SERVER)[0]
    held = _Tables(target, tables)
    sizes = {name: _bytes(*raw[name]) for name in raw}
    return TargetFacts(
        settings=settings,
        rights=(*held.rights(), *_database_rights(server)),
        remarks=(
            *_about_server(settings, server, connections),
            *held.remarks(),
            *_about_room(settings, sizes, server, estimate),
        ),
    )


def _about_server(
    settings: Mapping[str, str], server: Sequence[Any], connections: int
) -> Iterator[str]:
    version, standby, free, role_limit, database_limit, *_ = server
    encoding = settings.get("server_encoding", "")
    if encoding != "UTF8":
        yield f"server_encoding is {encoding}: texts with characters it lacks will be refused"
    if version < _OLDEST:
        yield f"PostgreSQL {version} is older than Django 5.2 takes (expected {_OLDEST} or newer)"
    if standby:
        yield "the server is a standby: a run cannot write to it"
    if settings.get("default_transaction_read_only") == "on":
        yield "default_transaction_read_only is on: a run cannot write"
    limits = [limit for limit in (role_limit, database_limit) if limit is not None and limit >= 0]
    room = min([free, *limits])
    if room < connections:
        yield f"a run opens {connections} connections, got room for {max(0, room)}"
    if settings.get("synchronous_standby_names"):
        yield "synchronous_standby_names is set: a commit may wait for another server, each time"


def _about_room(
    settings: Mapping[str, str],
    sizes: Mapping[str, int | None],
    server: Sequence[Any],
    estimate: Estimate,
) -> Iterator[str]:
    wal, log = sizes.get("max_wal_size") or 0, settings.get("max_wal_size")
    memory = settings.get("work_mem")
    needed = estimate.table_bytes + estimate.index_bytes
    yield (
        f"about {_size(needed)} of disk are needed: tables {_size(estimate.table_bytes)},"
        f" indexes {_size(estimate.index_bytes)}; beside them, write-ahead log of about"
        f" {log}. The database has {_size(server[5])} now; how much is free, PostgreSQL does not"
        " tell"
    )
    if estimate.bytes > wal:
        yield (
            f"max_wal_size is {log}, less than what is loaded: checkpoints follow one another;"
            " more of it makes a run faster"
        )
    temporary = sizes.get("temp_file_limit")
    if temporary is not None and temporary < estimate.bytes:
        yield (
            f"temp_file_limit is {settings.get('temp_file_limit')}: building indexes may be refused"
        )
    work = sizes.get("work_mem")
    if work is not None and work <= _LITTLE and estimate.bytes > _MUCH:
        yield (
            f"work_mem is {memory}: orphans and counters of large tables are sorted on disk;"
            " ALTER ROLE … SET work_mem makes that faster"
        )


def _database_rights(server: Sequence[Any]) -> Iterator[str]:
    for may, what in zip(server[6:8], ("temporary tables", "schemas"), strict=True):
        yield f"may {'' if may else 'not '}create {what}"


class _Tables:
    """What the user may do with the target's tables."""

    def __init__(self, target: TargetConnection, tables: Sequence[TablePlan]) -> None:
        names = dict.fromkeys(table.target for table in tables)
        self._facts = {name: target.rows(_TABLE, [pg_name(name)])[0] for name in names}
        self._there = {name: facts for name, facts in self._facts.items() if facts[0]}

    def _named(self, place: int, value: object) -> list[str]:
        return [name for name, facts in self._there.items() if facts[place] == value]

    def rights(self) -> Iterator[str]:
        if not self._there:
            return
        for place, what in ((1, "read and write"), (2, "own")):
            refused = self._named(place, False)
            yield f"{what}: {_all_but(refused, len(self._there))}"

    def remarks(self) -> Iterator[str]:
        refused = self._named(1, False)
        if refused:
            yield (
                f"a run would fail: no right to SELECT, INSERT, UPDATE and DELETE on"
                f" {', '.join(refused)} (`delamp grants run`)"
            )
        others = self._named(2, False)
        if others:
            yield (
                f"{', '.join(others)}: of another owner, so indexes and foreign keys stay, one"
                " reader loads in one transaction, and a run that is stopped begins anew"
            )
        secured = self._named(3, True)
        if secured:
            yield f"a run would fail: row security is active on {', '.join(secured)}"
        triggers = [name for name, facts in self._there.items() if facts[4]]
        if triggers:
            yield f"triggers fire for each row of {', '.join(triggers)}: they are not foretold"


def _all_but(names: Sequence[str], total: int) -> str:
    if not names:
        return "all tables"
    return "none of the tables" if len(names) == total else f"all tables but {', '.join(names)}"


def _bytes(value: str, unit: str) -> int | None:
    """A setting in bytes; None for one without a size, or without a limit."""
    sizes = {"B": 1, "kB": 1024, "8kB": 8192, "MB": _MIB, "GB": 1024 * _MIB}
    size = sizes.get(unit)
    return None if size is None or int(value) < 0 else int(value) * size


def _shown(value: str, unit: str) -> str:
    """A setting as PostgreSQL shows it: 16384 of 8 kB as "128MB"."""
    size = _bytes(value, unit)
    if size is None:
        return "no limit" if unit and value == "-1" else value
    for name, one in (("GB", 1024 * _MIB), ("MB", _MIB), ("kB", 1024)):
        if size and size % one == 0:
            return f"{size // one}{name}"
    return f"{size}B"


def _size(value: float) -> str:
    """1234567 as "1.2 MB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} TB"
