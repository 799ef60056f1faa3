"""`--html` and `--junit`: where a report goes, beside what the terminal says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

if TYPE_CHECKING:
    from mappings.plan import TablePlan
    from migrate.config import Config
    from migrate.source import Source
    from verify.reports import Axis, Document, Gathering
    from verify.reports.document import Kind

__all__ = ["ReportFiles", "now", "report_options", "subject_of"]

Function = TypeVar("Function", bound=Callable[..., Any])

_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


def report_options(function: Function) -> Function:
    """Add --html and --junit, which arrive as `html_file` and `junit_file`."""
    html = click.option(
        "--html",
        "html_file",
        type=_FILE,
        metavar="FILE",
        help="Write the report as one HTML file, and every row as JSON lines beside it"
        " (FILE.jsonl).",
    )
    junit = click.option(
        "--junit", "junit_file", type=_FILE, metavar="FILE", help="Write JUnit XML, for CI."
    )
    return html(junit(function))


def now() -> str:
    """When a report is made: the second is enough."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def subject_of(config: Config) -> str:
    """The names of both databases: whose they are and where is nobody's business."""
    return f"{config.source.database} → {config.database['NAME']}"


class ReportFiles:
    """The files that one command was asked for; a context, for the one that is open all along."""

    def __init__(self, kind: Kind, html: Path | None, junit: Path | None) -> None:
        """Raises `UsageError` where a folder is missing: before the work, not after it."""
        for file in (html, junit):
            if file is not None and not file.parent.is_dir():
                raise click.UsageError(f"no such folder, got {str(file.parent)!r}")
        self._kind, self._html, self._junit = kind, html, junit
        self._rest = html.with_name(f"{html.name}.jsonl") if html else None
        self._axes: dict[str, Axis] = {}
        self._lines: TextIO | None = None
        self._gathering: Gathering | None = None
        self._written = False

    @property
    def wanted(self) -> bool:
        return self._html is not None or self._junit is not None

    def __enter__(self) -> ReportFiles:
        for file in (self._html, self._rest, self._junit):
            if file is not None:
                # A report of an earlier day must not be taken for this one, should it fail.
                file.unlink(missing_ok=True)
        return self

    def __exit__(self, *error: object) -> None:
        if self._lines is not None:
            self._lines.close()
        if self._rest is not None and not self._written:
            self._rest.unlink(missing_ok=True)

    @property
    def gathering(self) -> Gathering:
        """What takes the rows; from the first use on, the JSON lines are written. Needs Django."""
        from verify.reports import Gathering

        if self._gathering is None:
            if self._rest is not None:
                # A lone surrogate becomes an escape, which JSON reads back as it was.
                self._lines = self._rest.open("w", encoding="utf-8", errors="backslashreplace")
            self._gathering = Gathering(self._kind, self._axes, self._lines)
        return self._gathering

    def prepare(self, tables: Sequence[TablePlan], source: Source) -> None:
        """Learn the key ranges of the tables, for their strips. Raises `SourceError`."""
        from migrate.cli.report_axes import axes_of

        self._axes.update(axes_of(tables, source))

    def write(self, document: Document) -> None:
        """Write all files."""
        from verify.reports import html_report, junit_report

        self.gathering.close(document)
        self._written = True
        if self._html is not None and self._rest is not None:
            page = html_report(document, rest=self._rest.name)
            self._html.write_text(page, encoding="utf-8")
        if self._junit is not None:
            self._junit.write_text(junit_report(document), encoding="utf-8")
