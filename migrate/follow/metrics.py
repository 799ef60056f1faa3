"""The follower's figures, for people who look on: as values, and as Prometheus reads them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mappings.sqltext import pg_name
from migrate.errors import RunError
from migrate.ledger import Ledger
from migrate.models import Checkpoint

__all__ = ["FIGURES", "figures", "prometheus", "write_metrics"]

FIGURES = (
    "state", "detail", "position", "committed_at", "updated_at", "seen_at", "events",
    "lag_seconds", "lag_events", "suspect", "passes", "paused",
)  # fmt: skip
"""Columns of the follower's row in the ledger that are shown."""
_SILENT_SECONDS = 60.0
_AT_WORK = ("following", "waiting", "paused")


def figures(row: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """What is told of a follower, from its row in the ledger."""
    found = dict(row)
    seen = row["seen_at"]
    silent = None if seen is None else (now - seen).total_seconds()
    found["running"] = row["state"] in _AT_WORK and silent is not None and silent < _SILENT_SECONDS
    found["silent_seconds"] = silent
    return found


def prometheus(found: Mapping[str, Any], rejected: Mapping[str, int]) -> str:
    """The figures in Prometheus's text format. `rejected` is of the quarantine, by mapping."""
    lines: list[str] = []

    def add(name: str, kind: str, text: str, values: Mapping[str, float | None]) -> None:
        shown = {labels: value for labels, value in values.items() if value is not None}
        if shown:
            lines.extend((f"# HELP delamp_{name} {text}", f"# TYPE delamp_{name} {kind}"))
            lines.extend(f"delamp_{name}{labels} {value:.3f}" for labels, value in shown.items())

    def at(name: str) -> float | None:
        moment = found.get(name)
        return None if moment is None else moment.timestamp()

    if found:
        add("follow_up", "gauge", "Whether a follower is at work.", {"": float(found["running"])})
        add("follow_paused", "gauge", "Whether it holds back.",
            {"": float(found["state"] == "paused")})  # fmt: skip
        add("follow_lag_seconds", "gauge", "Seconds behind the source.",
            {"": found["lag_seconds"]})  # fmt: skip
        add("follow_lag_events", "gauge", "Row changes read and not applied.",
            {"": found["lag_events"]})  # fmt: skip
        lines += [
            "# HELP delamp_follow_events_total Row changes followed.",
            "# TYPE delamp_follow_events_total counter",
            f"delamp_follow_events_total {found['events']}",
        ]
        add("follow_committed_timestamp_seconds", "gauge", "When the source committed the last.",
            {"": at("committed_at")})  # fmt: skip
        add("follow_seen_timestamp_seconds", "gauge", "When the follower gave a sign.",
            {"": at("seen_at")})  # fmt: skip
        add("follow_suspect_tables", "gauge", "Tables waiting for a checksum pass.",
            {"": float(len(found["suspect"]))})  # fmt: skip
    add("quarantine_rows", "gauge", "Rows in quarantine.",
        {f'{{mapping="{name}"}}': float(rows) for name, rows in rejected.items()})  # fmt: skip
    return "\n".join(lines) + "\n"


def write_metrics(ledger: Ledger, path: Path) -> None:
    """Write the file in one step, so that nobody reads half of it. Raises `RunError`."""
    names = ", ".join(map(pg_name, FIGURES))
    rows = ledger.target.rows(f"SELECT {names} FROM {pg_name(Checkpoint._meta.db_table)}")
    row = dict(zip(FIGURES, rows[0], strict=True)) if rows else {}
    found = figures(row, dt.datetime.now(dt.UTC)) if row else {}
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(prometheus(found, {}), encoding="utf-8")
        os.replace(beside, path)
    except OSError as error:
        raise RunError(
            f"{path}: cannot be written ({error.strerror})",
            hint="name a file in a folder of the follower's own with --metrics",
        ) from error
