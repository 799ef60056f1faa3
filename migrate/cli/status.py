"""`delamp status`: what the ledger says of the last run."""

from __future__ import annotations

import json
from typing import Any

import click

from migrate.cli.cutover_lines import status_lines
from migrate.cli.follower_lines import (
    follower_json,
    follower_lines,
    prometheus_text,
    read_follower,
)
from migrate.cli.invocation import Invocation, common_options
from migrate.cli.layout import align
from migrate.cli.ledger import reading
from migrate.cli.words import bytes_text, counted
from migrate.config import Config

__all__ = ["status"]

_COUNTS = ("extracted", "loaded", "rejected", "skipped", "bytes")
_COLOURS = {"finished": "green", "running": "cyan", "interrupted": "yellow", "failed": "red"}


@click.command(
    short_help="Show how far the last run is.",
    epilog="""\b
Examples:
  delamp status
  delamp status --json | jq '.tables[] | select(.state != "finished")'
""",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--prometheus", is_flag=True, help="Print figures in Prometheus's text format.")
@common_options
@click.pass_obj
def status(invocation: Invocation, as_json: bool, prometheus: bool) -> None:
    """Show the last run: its state, what each table holds, what is left to do; and the follower.

    Reads the ledger in the target only; the legacy database is not asked.
    """
    config = invocation.config()
    if prometheus:
        click.echo(prometheus_text(config), nl=False)
        return
    found = _read(config)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    elif found["run"] is None:
        click.echo(f"nothing was run yet; start with {click.style('delamp run', bold=True)}")
    else:
        click.echo("\n".join(_lines(found)))


def _read(config: Config) -> dict[str, Any]:
    """The last run, and the latest record of every table: a run covers what it had to do."""
    from django.db.models import Count, Max, Sum

    from migrate.models import Cutover, Dropped, Run, Table

    with reading(config) as alias:
        run = Run.objects.using(alias).first()
        latest = Table.objects.using(alias).values("mapping").annotate(last=Max("id"))
        tables = (
            Table.objects.using(alias)
            .filter(id__in=[row["last"] for row in latest])
            .annotate(chunk_count=Count("chunks"))
            .annotate(**{f"chunk_{name}": Sum(f"chunks__{name}", default=0) for name in _COUNTS})
            .order_by("id")
        )
        cutover = Cutover.objects.using(alias).first()
        missing = Dropped.objects.using(alias).filter(restored_at=None).count()
        return {
            "run": None if run is None else _run(run),
            "tables": [_table(table) for table in tables],
            "dropped_and_not_restored": missing,
            "follower": follower_json(read_follower(alias)),
            "cutover": None if cutover is None else _cutover(cutover),
        }


def _cutover(cutover: Any) -> dict[str, Any]:
    return {
        "id": cutover.pk,
        "state": cutover.state,
        "rehearsal": cutover.rehearsal,
        "attempts": cutover.attempts,
        "started_at": cutover.started_at.isoformat(),
        "frozen_at": cutover.frozen_at.isoformat() if cutover.frozen_at else None,
        "given_back_at": cutover.given_back_at.isoformat() if cutover.given_back_at else None,
        "finished_at": cutover.finished_at.isoformat() if cutover.finished_at else None,
        "frozen": cutover.undo is not None and cutover.given_back_at is None,
        "method": cutover.method,
        "undo": cutover.undo,
        "times": cutover.times,
        "write_pause_seconds": cutover.write_pause_seconds,
        "report": cutover.report,
        "error": cutover.error,
    }


def _run(run: Any) -> dict[str, Any]:
    return {
        "id": run.pk,
        "state": run.state,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "attempts": run.attempts,
        "version": run.version,
        "source": run.source,
        "server": run.server,
        "snapshot": run.snapshot,
        "binlog": run.binlog,
        "unprotected": run.unprotected,
        "mixed_snapshots": run.mixed_snapshots,
        "error": run.error,
    }


def _table(table: Any) -> dict[str, Any]:
    """A table's totals stand in its own record at the end; until then its chunks have them."""
    prefix = "" if table.state == "finished" else "chunk_"
    return {
        "mapping": table.mapping,
        "run": table.run_id,
        "source_table": table.source_table,
        "target_table": table.target_table,
        "state": table.state,
        "chunks": table.chunk_count,
    } | {name: getattr(table, f"{prefix}{name}") for name in _COUNTS}


def _lines(found: dict[str, Any]) -> list[str]:
    run = found["run"]
    state = click.style(run["state"], fg=_COLOURS.get(run["state"]), bold=True)
    began = run["started_at"][:19].replace("T", " ")
    lines = [
        f"run {run['id']} {state}, begun {began} UTC,"
        f" {counted(run['attempts'], 'attempt')}, snapshot by {run['snapshot']}",
        f"from {run['source']} ({run['server']})",
    ]
    if run["error"]:
        lines.append(click.style("error: ", fg="red") + run["error"])
    lines += ["", *_table_lines(found["tables"])]
    if run["unprotected"]:
        names = ", ".join(run["unprotected"])
        lines += ["", f"{click.style('warning: ', fg='yellow')}read without a snapshot: {names}"]
    if run["mixed_snapshots"]:
        lines += ["", "more than one snapshot was read: `delamp verify` shows what changed between"]
    if missing := found["dropped_and_not_restored"]:
        things = counted(missing, "index or foreign key", "indexes and foreign keys")
        lines += ["", f"{things} not restored yet: `delamp run` restores them"]
    if found["follower"]:
        lines += ["", *follower_lines(found["follower"])]
    if found["cutover"]:
        lines += ["", *status_lines(found["cutover"])]
    if run["state"] != "finished":
        lines += ["", f"{click.style('delamp run', bold=True)} goes on from here"]
    return lines


def _table_lines(tables: list[dict[str, Any]]) -> list[str]:
    heads = ("table", "from", "to", "state", "chunks", "rows read", "size", "rejected", "skipped")
    rows = [
        (
            table["mapping"],
            table["source_table"],
            table["target_table"],
            table["state"],
            f"{table['chunks']:,}",
            f"{table['extracted']:,}",
            bytes_text(table["bytes"]),
            f"{table['rejected']:,}" if table["rejected"] else "·",
            f"{table['skipped']:,}" if table["skipped"] else "·",
        )
        for table in tables
    ]
    return align(heads, rows, right="llllrrrrr")
