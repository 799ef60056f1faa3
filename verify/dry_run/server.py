"""Facts of the source server that decide how a run will go, and what it cannot protect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mappings.plan import TablePlan
from verify.ports import SourceConnection

__all__ = ["ServerFacts", "server_facts"]

_VARIABLES = (
    "version",
    "sql_mode",
    "character_set_server",
    "collation_server",
    "character_set_database",
    "time_zone",
    "system_time_zone",
    "max_allowed_packet",
    "group_concat_max_len",
    "log_bin",
    "binlog_format",
    "binlog_row_image",
)
_SMALL_PACKET = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class ServerFacts:
    """What was read, and what to think of it."""

    settings: dict[str, str]
    rights: tuple[str, ...]
    """What each GRANT gives, without whom to."""
    remarks: tuple[str, ...]


def server_facts(source: SourceConnection, tables: Sequence[TablePlan]) -> ServerFacts:
    """Read the global settings, the user's rights, and the engines of these tables."""
    names = ", ".join(f"'{name}'" for name in _VARIABLES)
    rows = source.rows(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({names})")
    found = {(name or b"").decode(): (value or b"").decode() for name, value in rows}
    settings = {name: found[name] for name in _VARIABLES if name in found}
    # What follows TO may hold a password's hash.
    grants = [(row[0] or b"").decode("utf-8", "replace") for row in source.rows("SHOW GRANTS")]
    rights = tuple(grant.rpartition(" TO ")[0].removeprefix("GRANT ") for grant in grants)
    return ServerFacts(
        settings=settings,
        rights=tuple(right for right in rights if right),
        remarks=tuple(_remarks(settings, tables)),
    )


def _remarks(settings: dict[str, str], tables: Sequence[TablePlan]) -> list[str]:
    remarks = []
    bare = sorted({
        t.source.name for t in tables if t.source.engine and not t.source.transactional
    })  # fmt: skip
    if bare:
        remarks.append(
            f"no snapshot protects source tables that are not InnoDB: {', '.join(bare)}; let"
            " nothing write to them during the run"
        )
    mode = settings.get("sql_mode", "")
    if "STRICT_" not in mode:
        remarks.append(
            "sql_mode is not strict: MySQL has stored values that it could not hold as zero dates,"
            " cut texts or ''"
        )
    packet = int(settings.get("max_allowed_packet", _SMALL_PACKET))
    if packet < _SMALL_PACKET:
        remarks.append(f"max_allowed_packet is {packet} bytes: chunks are at most a quarter of it")
    if settings.get("log_bin") != "ON":
        remarks.append("there is no binlog: changes after the snapshot cannot be followed")
    elif settings.get("binlog_format", "ROW") != "ROW":
        got = settings["binlog_format"]
        remarks.append(f"binlog_format is {got}: changes can be followed with ROW only")
    return remarks
