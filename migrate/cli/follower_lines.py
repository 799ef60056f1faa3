"""The follower in `delamp status`: for people, for programs and for Prometheus."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from migrate.cli.ledger import reading
from migrate.cli.words import counted, duration
from migrate.config import Config

__all__ = ["follower_json", "follower_lines", "prometheus_text", "read_follower"]

_COLOURS = {"following": "green", "failed": "red", "not running": "yellow"}


def read_follower(alias: str) -> dict[str, Any] | None:
    """The follower's figures, or None before there was one."""
    from migrate.follow.metrics import FIGURES, figures
    from migrate.models import Checkpoint

    row = Checkpoint.objects.using(alias).values(*FIGURES).first()
    return None if row is None or row["seen_at"] is None else figures(row, dt.datetime.now(dt.UTC))


def follower_json(found: dict[str, Any] | None) -> dict[str, Any] | None:
    """The same with moments as texts."""
    if found is None:
        return None
    return {n: v.isoformat() if isinstance(v, dt.datetime) else v for n, v in found.items()}


def prometheus_text(config: Config) -> str:
    """The figures of the follower, and of the quarantine, in Prometheus's text format."""
    from django.db.models import Count

    from migrate.follow.metrics import prometheus
    from migrate.models import Reject

    with reading(config) as alias:
        rows = (
            Reject.objects.using(alias)
            .filter(outcome=Reject.Outcome.REJECTED)
            .values_list("table__mapping")
            .annotate(number=Count("id"))
            .order_by("table__mapping")
        )
        return prometheus(read_follower(alias) or {}, dict(rows))


def follower_lines(found: dict[str, Any]) -> list[str]:
    """What a person is told."""
    state = found["state"] if found["running"] or found["state"] == "failed" else "not running"
    head = f"follower {click.style(state, fg=_COLOURS.get(state, 'cyan'), bold=True)}"
    if found["position"]:
        head += f" at {found['position']['file']}:{found['position']['position']}"
    head += f", {counted(found['events'], 'event')}"
    if found["running"] and found["lag_seconds"] is not None:
        most = "" if state == "following" else "at most "
        head += f", {most}{duration(found['lag_seconds'])} behind"
    lines = [head]
    if found["detail"]:
        lines.append(found["detail"])
    if found["suspect"]:
        suspects = (f"{name} ({why})" for name, why in found["suspect"].items())
        lines.append(f"to be compared: {', '.join(suspects)}")
    return lines
