"""The least rights that each command needs, as SQL for both sides. Pure: connects nowhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mappings.sqltext import pg_name

__all__ = ["COMMANDS", "Grant", "Places", "grants_for"]


_PROGRESS = ("delamp_verification", "delamp_verifiedpart")


@dataclass(frozen=True, kw_only=True)
class Places:
    """Names that the statements hold."""

    user: str = "delamp"
    host: str = "%"
    """From where the user may log in to MySQL."""
    source_database: str
    target_database: str
    schema: str = "public"
    owner: str = "owner"
    """Role that owns the target's tables."""
    mapped: tuple[str, ...] = ()
    """Target tables of the mappings; empty: all tables of the schema."""
    ledger: tuple[str, ...] = ()
    """Tables of delamp itself; empty: as `mapped`."""
    beside: tuple[str, ...] = ()
    """Tables that the mapped ones refer to, or that join them: `verify` looks at them too."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One statement and why it is there."""

    sql: str
    why: str
    weaker: str = ""
    """What the command does without it; empty: it cannot do without."""


@dataclass(frozen=True, kw_only=True)
class Grants:
    """All rights of one command."""

    source: tuple[Grant, ...]
    target: tuple[Grant, ...]

    @property
    def weakest(self) -> Grants:
        """Only what the command cannot do without."""
        return Grants(
            source=tuple(grant for grant in self.source if not grant.weaker),
            target=tuple(grant for grant in self.target if not grant.weaker),
        )


def grants_for(command: str, places: Places) -> Grants:
    """The rights of a command named in `COMMANDS`."""
    source, target = COMMANDS[command]
    return Grants(source=tuple(source(places)), target=tuple(target(places)))


def _read_source(places: Places) -> list[Grant]:
    return [
        Grant(
            sql=f"GRANT SELECT ON {_my_database(places)}.* TO {_my_user(places)};",
            why="read the tables, and their columns and keys in information_schema",
        )
    ]


def _share_snapshot(places: Places) -> list[Grant]:
    reload = Grant(
        sql=f"GRANT RELOAD ON *.* TO {_my_user(places)};",
        why="let several readers share one snapshot (a read lock of milliseconds);"
        " MariaDB with a binlog does not need it",
        weaker="one reader instead of several: slower",
    )
    return [*_read_source(places), reload]


def _record_position(places: Places) -> list[Grant]:
    user = _my_user(places)
    no_position = "the binlog position is not recorded: nothing can follow from this run"
    return _share_snapshot(places) + [
        Grant(
            sql=f"GRANT REPLICATION CLIENT ON *.* TO {user};",
            why="record the binlog position; MariaDB 10.5 and newer call it BINLOG MONITOR and"
            " take this name for it, and with a binlog they do not need it",
            weaker=no_position,
        ),
        Grant(
            sql=f"GRANT PROCESS ON *.* TO {user};",
            why="without RELOAD: see that no transaction falls between position and snapshot",
            weaker=no_position,
        ),
    ]


def _freeze_source(places: Places) -> list[Grant]:
    """Of the ways to freeze, that by `read_only`: a revoke takes an administrator's rights."""
    user = _my_user(places)
    weaker = "`cutover --freeze maintenance`: PHP is kept from writing by its own switch"
    return _record_position(places) + [
        Grant(
            sql=f"GRANT REPLICATION SLAVE ON *.* TO {user};",
            why="catch up by the binlog, as a follower does",
            weaker="a checksum pass in the write pause, which grows with the database then",
        ),
        Grant(
            sql=f"GRANT SUPER ON *.* TO {user};",
            why="SET GLOBAL read_only, and end sessions that hold locks",
            weaker=weaker,
        ),
        Grant(
            sql=f"/*M!100502 GRANT READ_ONLY ADMIN, CONNECTION ADMIN ON *.* TO {user} */;",
            why="the same of MariaDB 10.5.2 and newer, which needs no SUPER for it; MySQL takes"
            " this line for a comment",
            weaker=weaker,
        ),
    ]


def _no_source(places: Places) -> list[Grant]:
    return []


def _connect(places: Places) -> list[Grant]:
    user = pg_name(places.user)
    return [
        Grant(
            sql=f"GRANT CONNECT ON DATABASE {pg_name(places.target_database)} TO {user};",
            why="log in",
        ),
        Grant(sql=f"GRANT USAGE ON SCHEMA {pg_name(places.schema)} TO {user};", why="see tables"),
    ]


def _load_target(places: Places) -> list[Grant]:
    user, database = pg_name(places.user), pg_name(places.target_database)
    return _connect(places) + [
        Grant(
            sql=f"GRANT SELECT, INSERT, UPDATE, DELETE ON {_tables(places)} TO {user};",
            why="load rows, take orphans out, fill counters, write the ledger",
        ),
        Grant(
            sql="GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA"
            f" {pg_name(places.schema)} TO {user};",
            why="set sequences past the largest key",
        ),
        Grant(
            sql=f"GRANT TEMPORARY ON DATABASE {database} TO {user};",
            why="collect orphans and stage rows in temporary tables",
        ),
        Grant(
            sql=f"GRANT {pg_name(places.owner)} TO {user};",
            why="as member of the tables' owner: drop indexes and foreign keys for the load,"
            " restore them after it, ANALYZE, and TRUNCATE for `run --restart`",
            weaker="slower: indexes and foreign keys stay, one reader loads in one transaction,"
            " so a run that is stopped begins anew; no ANALYZE",
        ),
    ]


def _read_target(places: Places) -> list[Grant]:
    known = places.mapped and places.ledger
    tables = _listed(places, places.mapped + places.ledger + places.beside if known else ())
    grant = f"GRANT SELECT ON {tables} TO {pg_name(places.user)};"
    sequences = (
        f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA {pg_name(places.schema)}"
        f" TO {pg_name(places.user)};"
    )
    return _connect(places) + [
        Grant(sql=grant, why="read what was loaded, and the ledger"),
        Grant(sql=sequences, why="see whether sequences are ahead"),
        Grant(
            sql=f"GRANT INSERT, UPDATE, DELETE ON {_listed(places, _PROGRESS)}"
            f" TO {pg_name(places.user)};",
            why="write down how far a verification has got",
            weaker="`verify --resume` has nothing to go on with, and `--budget` does not know what"
            " was looked at before",
        ),
    ]


def _count_target(places: Places) -> list[Grant]:
    user = pg_name(places.user)
    only_check = "`counters check` alone works"
    return [
        *_connect(places),
        Grant(sql=f"GRANT SELECT ON {_tables(places)} TO {user};", why="count children"),
        Grant(
            sql=f"GRANT UPDATE ON {_tables(places)} TO {user};",
            why="`counters rebuild`: lock parents and set their counters",
            weaker=only_check,
        ),
        Grant(
            sql=f"GRANT TEMPORARY ON DATABASE {pg_name(places.target_database)} TO {user};",
            why="`counters rebuild`: collect the parents of a chunk",
            weaker=only_check,
        ),
    ]


def _log_target(places: Places) -> list[Grant]:
    user = pg_name(places.user)
    return [
        *_read_held(places),
        Grant(
            sql=f"GRANT CREATE ON SCHEMA {pg_name(places.schema)} TO {user};",
            why="`change-log start`: the function that logs",
        ),
        Grant(
            sql=f"GRANT {pg_name(places.owner)} TO {user};",
            why="as member of the tables' owner: make and remove triggers, purge the log",
        ),
    ]


def _read_held(places: Places) -> list[Grant]:
    grant = f"GRANT SELECT ON {_tables(places)} TO {pg_name(places.user)};"
    return [
        *_connect(places),
        Grant(sql=grant, why="see which rows are there already, and which were matched"),
    ]


def _read_ledger(places: Places) -> list[Grant]:
    tables = _listed(places, places.ledger)
    grant = f"GRANT SELECT ON {tables} TO {pg_name(places.user)};"
    return [*_connect(places), Grant(sql=grant, why="read the ledger")]


def _own_target(places: Places) -> list[Grant]:
    switches = f"{pg_name(places.schema)}.{pg_name('delamp_owned')}"
    return [
        *_read_ledger(places),
        Grant(
            sql=f"GRANT INSERT, DELETE ON {switches} TO {pg_name(places.user)};",
            why="switch a table's owner",
        ),
    ]


def _follow_source(places: Places) -> list[Grant]:
    user = _my_user(places)
    no_binlog = "checksum passes at an interval instead of the binlog"
    return _read_source(places) + [
        Grant(
            sql=f"GRANT REPLICATION SLAVE ON *.* TO {user};",
            why="read the binlog as a replica does",
            weaker=no_binlog,
        ),
        Grant(
            sql=f"GRANT REPLICATION CLIENT ON *.* TO {user};",
            why="see where the binlog ends; MariaDB 10.5 and newer call it BINLOG MONITOR and take"
            " this name for it",
            weaker=no_binlog,
        ),
    ]


def _read_loaded(places: Places) -> list[Grant]:
    grant = f"GRANT SELECT ON {_tables(places)} TO {pg_name(places.user)};"
    why = "read the ledger, count what is there, hash it again for --check"
    return [*_connect(places), Grant(sql=grant, why=why)]


def _no_target(places: Places) -> list[Grant]:
    return []


Side = Callable[[Places], Sequence[Grant]]
COMMANDS: dict[str, tuple[Side, Side]] = {
    "check": (_read_source, _no_target),
    "dry-run": (_share_snapshot, _read_held),
    "run": (_record_position, _load_target),
    "resync": (_share_snapshot, _load_target),
    "follow": (_follow_source, _load_target),
    "own": (_read_source, _own_target),
    "cutover": (_freeze_source, _load_target),
    "verify": (_share_snapshot, _read_target),
    "status": (_no_source, _read_ledger),
    "report": (_no_source, _read_loaded),
    "rejects": (_no_source, _read_ledger),
    "counters": (_no_source, _count_target),
    "change-log": (_read_source, _log_target),
    "export-changes": (_read_source, _read_held),
}
"""Each command that connects, with what it needs of source and target."""


def _tables(places: Places) -> str:
    names = places.mapped + places.ledger if places.mapped and places.ledger else ()
    return _listed(places, names)


def _listed(places: Places, names: Sequence[str]) -> str:
    if not names:
        return f"ALL TABLES IN SCHEMA {pg_name(places.schema)}"
    schema = pg_name(places.schema)
    return ", ".join(f"{schema}.{pg_name(name)}" for name in dict.fromkeys(names))


def _my_user(places: Places) -> str:
    return f"{_my_text(places.user)}@{_my_text(places.host)}"


def _my_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _my_database(places: Places) -> str:
    """The name as a GRANT takes it: there `_` and `%` stand for other characters, too."""
    name = places.source_database.replace("`", "``")
    return "`" + name.replace("_", "\\_").replace("%", "\\%") + "`"
