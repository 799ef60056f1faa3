"""The report document of a run: what the ledger says of it, with the quarantine's rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from mappings.errors import DeclarationError
from migrate import __version__
from migrate.cli.ledger import reading
from migrate.cli.report_files import ReportFiles, now, subject_of
from migrate.cli.run_findings import run_findings
from migrate.cli.run_throughput import throughput
from migrate.config import Config
from migrate.errors import DelampError, Interrupted
from migrate.events import RunFinished
from verify.reports.document import (
    Document,
    Finding,
    Remark,
    State,
    Table,
    Throughput,
    Times,
    worst,
)
from verify.reports.gathering import Gathering
from verify.reports.ordering import in_order
from verify.reports.wording import counted

if TYPE_CHECKING:
    from mappings.plan import TablePlan
    from migrate import models

__all__ = ["write_run_report"]


def write_run_report(
    config: Config,
    files: ReportFiles,
    finished: RunFinished | None,
    error: DelampError | None = None,
) -> None:
    """Write the files asked for: of a finished run, or of one that `error` has ended.

    Raises `TargetError` when the ledger cannot be read.
    """
    plans, remark = _plans(config, files)
    with reading(config) as alias:
        document = _document(config, alias, files.gathering, plans, finished, error)
    if remark is not None:
        document = replace(document, remarks=(*document.remarks, remark))
    files.write(document)


def _plans(config: Config, files: ReportFiles) -> tuple[dict[str, TablePlan], Remark | None]:
    """The plan of each table, for the fixes; the key ranges go to `files`."""
    from migrate.planning import compile_for
    from migrate.source import Source

    try:
        source = Source(config.source, block_bytes=config.chunk_bytes)
        try:
            plan, _ = compile_for(config, source)
            files.prepare(plan.tables, source)
        finally:
            source.close()
    except (DelampError, DeclarationError) as error:
        line = f"{str(error).splitlines()[0]}: key ranges and fixes are not in this report"
        return {}, Remark(heading="Not evaluated", lines=(line,))
    return {table.name: table for table in plan.tables}, None


def _document(
    config: Config,
    alias: str,
    gathering: Gathering,
    plans: Mapping[str, TablePlan],
    finished: RunFinished | None,
    error: DelampError | None,
) -> Document:
    from migrate.models import Run

    run = Run.objects.using(alias).order_by("-pk").first()
    records = _records(alias, run, finished)
    findings = list(run_findings(alias, records, gathering, plans, show=config.show_values))
    tables = tuple(_table(record, findings, gathering) for record in records)
    state: State = worst([f.state for f in findings if f.state != "info"])
    if error is not None:
        state = "warn" if isinstance(error, Interrupted) else "fail"
    seconds = finished.seconds if finished else 0.0
    return Document(
        kind="run",
        state=state,
        subject=subject_of(config),
        headline=_headline(tables, finished, error),
        summary=_summary(tables, run),
        tables=tables,
        findings=in_order(findings),
        remarks=tuple(_remarks(run, error)),
        version=__version__,
        times=Times(
            made_at=now(),
            seconds=round(seconds, 3),
            phases=tuple((n, round(s, 3)) for n, s in finished.phases) if finished else (),
            tables=tuple((record.mapping, _seconds(record)) for record in records),
            throughput=_throughput(alias, run, records),
        ),
    )


def _records(
    alias: str, run: models.Run | None, finished: RunFinished | None
) -> list[models.Table]:
    """The latest record of each table of the run; of an error before any run, nothing."""
    from django.db.models import Max

    from migrate.models import Run, Table

    tables = Table.objects.using(alias)
    if finished is not None:
        found = tables.filter(mapping__in=[table.name for table in finished.tables])
    elif run is not None and run.state != Run.State.FINISHED:
        found = tables.filter(run=run)
    else:
        return []
    latest = found.values("mapping").annotate(last=Max("id")).values_list("last", flat=True)
    return list(tables.filter(id__in=list(latest)).order_by("id"))


def _table(record: models.Table, findings: list[Finding], gathering: Gathering) -> Table:
    own = [finding for finding in findings if finding.table == record.mapping]
    return Table(
        name=record.mapping,
        source=record.source_table,
        target=record.target_table,
        state=worst([finding.state for finding in own if finding.state != "info"]),
        counts={
            "rows": record.extracted,
            "arrived": record.loaded,
            "rejected": record.rejected,
            "nulled": sum(f.count for f in own if f.level == "nulled"),
            "left_out": record.skipped,
        },
        strip=gathering.strip(record.mapping),
    )


def _headline(
    tables: tuple[Table, ...], finished: RunFinished | None, error: DelampError | None
) -> str:
    if error is not None:
        return error.message
    loaded = sum(table.counts["arrived"] or 0 for table in tables)
    told = f"{counted(loaded, 'row')} loaded"
    if finished is not None and finished.nothing_to_do:
        told = f"Nothing to do: {counted(loaded, 'row')} were loaded before"
    lost = sum(table.counts["rejected"] or 0 for table in tables)
    return f"{told}, {lost:,} rejected" if lost else told


def _summary(tables: tuple[Table, ...], run: models.Run | None) -> str:
    rows = sum(table.counts["rows"] or 0 for table in tables)
    looked = f"{counted(rows, 'row')} of {counted(len(tables), 'table')} read"
    if run is None:
        return looked
    return f"{looked}; run {run.pk} {run.state}"


def _remarks(run: models.Run | None, error: DelampError | None) -> Iterator[Remark]:
    if error is not None and error.hint:
        yield Remark(heading="What next", lines=(error.hint,))
    if run is None:
        return
    lines = [
        f"source: {run.source}",
        f"server: {run.server}",
        f"snapshot: {run.snapshot}",
        f"attempts: {run.attempts}",
    ]
    if run.unprotected:
        lines.append(f"read without a snapshot: {', '.join(run.unprotected)}")
    if run.mixed_snapshots:
        lines.append("more than one snapshot was read")
    yield Remark(heading="The run", lines=tuple(lines))


def _seconds(record: models.Table) -> float:
    if record.started_at is None or record.finished_at is None:
        return 0.0
    return round((record.finished_at - record.started_at).total_seconds(), 3)


def _throughput(
    alias: str, run: models.Run | None, records: list[models.Table]
) -> Throughput | None:
    """Of the chunks of the latest run: what an earlier one loaded has other times."""
    from migrate.models import Chunk

    own = [record.pk for record in records if run is not None and record.run_id == run.pk]
    if run is None or not own:
        return None
    chunks = Chunk.objects.using(alias).filter(table__in=own).order_by("loaded_at", "id")
    return throughput(run.started_at, chunks.values_list("loaded_at", "extracted").iterator())
