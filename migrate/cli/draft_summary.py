"""The closing summary of a draft."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from migrate.cli.layout import align
from migrate.cli.words import counted, duration
from migrate.draft.design import Project
from migrate.draft.drafting import Drafted

__all__ = ["draft_summary", "draft_warnings"]

_RELATIONS = ("ForeignKey", "OneToOneField", "ManyToManyField")
_MOST = 12
"""Tables shown: the biggest."""
_REFUSED = re.compile(r"line \d+ was refused: ")
"""How the note of a statement begins that the server did not take."""


def draft_summary(drafted: Drafted) -> list[str]:
    """Lines for a person: what was found, what it became, what to look at, what to do next."""
    return [_headline(drafted), "", *_tables(drafted), "", *_found(drafted), "", *_next(drafted)]


def draft_warnings(drafted: Drafted) -> list[str]:
    """Lines that are said also where nothing else is: statements of a dump that were refused."""
    refused = [note for note in drafted.place.notes if _REFUSED.match(note)]
    mark = click.style("warning", fg="yellow", bold=True)
    return [f"{mark}: {drafted.place.redacted}: {note}" for note in refused]


def _headline(drafted: Drafted) -> str:
    mark = click.style("✔", fg="green", bold=True)
    project = drafted.project
    return (
        f"{mark} {project.database} drafted into {_shown(drafted.folder)}/:"
        f" {counted(len(project.models), 'model')} in {duration(drafted.seconds)}"
    )


def _tables(drafted: Drafted) -> list[str]:
    """The biggest tables and their models."""
    rows = drafted.rows
    models = sorted(drafted.project.models, key=lambda m: (-rows.get(m.source, 0), m.source))
    cells = [
        (
            model.source,
            model.name,
            f"{rows[model.source]:,}" if model.source in rows else "·",
            str(len(model.fields)),
            str(_relations(model.fields)) if _relations(model.fields) else "·",
        )
        for model in models[:_MOST]
    ]
    lines = align(("table", "model", "rows", "fields", "relations"), cells, right="llrrr")
    if len(models) > _MOST:
        others = sum(rows.get(model.source, 0) for model in models[_MOST:])
        text = f"and {counted(len(models) - _MOST, 'table')} more"
        lines.append(click.style(f"{text} with {counted(others, 'row')}", dim=True))
    return lines


def _relations(fields: tuple[object, ...]) -> int:
    return sum(str(getattr(field, "cls", "")).endswith(_RELATIONS) for field in fields)


def _found(drafted: Drafted) -> Iterator[str]:
    project = drafted.project
    rows = drafted.rows
    relations = sum(_relations(model.fields) for model in project.models)
    total = f" with {counted(sum(rows.values()), 'row')}" if rows else ""
    yield f"{counted(len(drafted.facts.tables), 'table')}{total}, {counted(relations, 'relation')}"
    if project.left_out:
        names = ", ".join(name for name, _ in project.left_out[:5])
        more = ", …" if len(project.left_out) > 5 else ""
        yield (
            f"{counted(len(project.left_out), 'table or view', 'tables and views')} left out: "
            + (names + more)
        )
    if project.decisions:
        yield _decisions(project)
    for where, why in project.unloadable:
        yield click.style("cannot be loaded: ", fg="yellow") + f"{where}: {why}"


def _decisions(project: Project) -> str:
    topics = Counter(d.topic for d in project.decisions if not d.routine)
    parts = ", ".join(f"{count} {topic}" for topic, count in topics.most_common())
    number = counted(topics.total(), "decision")
    text = f"{number} to look at in {click.style('DRAFT.md', bold=True)}" + (parts and f": {parts}")
    routine = len(project.decisions) - topics.total()
    return f"{text}; {routine} more that nothing speaks against" if routine else text


def _next(drafted: Drafted) -> Iterator[str]:
    place, project = drafted.place, drafted.project
    yield click.style("Next", bold=True)
    yield f"  cd {shlex.quote(str(_shown(drafted.folder)))}"
    if place.url is None and not place.private_server:
        yield "  export LEGACY_URL=…                  its password was written to no file"
    if project.clocks and not project.zone_given:
        clocks = counted(len(project.clocks), "DATETIME column")
        yield f"  draft again with --time-zone ZONE    UTC is a guess for {clocks}: Decision 1"
    for package in project.hash_packages:
        yield f"  {f'pip install {package}'.ljust(35)}  some of the old password hashes need it"
    yield f"  export DATABASE_URL=…                default: postgresql:///{project.app}"
    yield "  python manage.py migrate"
    yield "  python manage.py delamp dry-run      every row that would not survive, by name"
    yield "  python manage.py delamp run"
    yield "  python manage.py delamp verify"


def _shown(folder: Path) -> Path:
    """The folder as one would type it from here."""
    absolute, here = folder.absolute(), Path.cwd()
    return absolute.relative_to(here) if absolute.is_relative_to(here) else absolute
