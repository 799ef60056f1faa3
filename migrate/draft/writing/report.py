"""DRAFT.md: what was drafted, and each decision that a person may want to change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from migrate.draft.design import Decision, Model, Project
from migrate.draft.writing.backends import Users
from migrate.draft.writing.clocks import clock_lines
from migrate.draft.writing.markdown import code, escaped, printable
from migrate.draft.writing.other_lines import block
from migrate.draft.writing.people import people_lines
from migrate.draft.writing.place import Place
from migrate.draft.writing.routine import routine_lines

__all__ = ["Loaded", "report_text"]

Loaded = dict[str, int]
"""Rows by table, as counted while drafting; empty when the rows were not read."""

_TOPICS = {
    "key": "keys",
    "relation": "relations",
    "type": "types",
    "null": "NULL and zero dates",
    "charset": "character sets",
    "counter": "counters",
    "index": "indexes and uniqueness",
    "name": "names",
    "left out": "left out",
}


def report_text(project: Project, place: Place, rows: Loaded, users: tuple[Users, ...] = ()) -> str:
    """The text of DRAFT.md: a summary and the commands that work now, then table by table."""
    to_look_at = [d for d in project.decisions if not d.routine]
    routine = [d for d in project.decisions if d.routine]
    lines = [
        f"# The draft of {escaped(project.database)}",
        "",
        *_summary(project, place, rows),
        *_commands(project, place),
        *clock_lines(project, rows),
        *people_lines(project, users),
        *_unloadable(project),
        *_decisions(to_look_at, project, rows),
        *_left_out(project),
        *routine_lines(routine, _TOPICS),
    ]
    return "\n".join(map(printable, lines)).rstrip() + "\n"


def _summary(project: Project, place: Place, rows: Loaded) -> Iterator[str]:
    counted = f", {sum(rows.values()):,} rows" if rows else ""
    tables = f"{len(rows) or len(project.models):,}"
    yield f"Made by `delamp draft` from {code(place.redacted)}: {tables}"
    yield f"tables and views{counted}, {len(project.models):,} models in `{project.app}/`."
    yield ""
    if not project.data_evidence:
        yield "No row was read (`--no-data-evidence`): every choice rests on the catalogue alone,"
        yield "and takes what its columns may hold. Refused may still be: bytes that are no text in"
        yield "a key or a unique text, zero dates in a key, and numbers beyond 2^63."
    else:
        yield "Every choice takes all rows. What steps change in their values (entities,"
        yield "charsets, zero dates, skipped hours) is said below, as is each stricter choice that"
        yield "would be the better model, with what it costs and the lines to write."
    open_ones: Counter[str] = Counter(d.topic for d in project.decisions if not d.routine)
    routine: Counter[str] = Counter(d.topic for d in project.decisions if d.routine)
    if project.decisions:
        yield ""
        yield "| about | to look at | nothing speaks against |"
        yield "| --- | ---: | ---: |"
        for topic, word in _TOPICS.items():
            if open_ones[topic] or routine[topic]:
                yield f"| {word} | {open_ones[topic]:,} | {routine[topic]:,} |"
    yield ""


def _commands(project: Project, place: Place) -> Iterator[str]:
    yield "## What works now"
    yield ""
    yield "```sh"
    if place.url is None and not place.private_server:
        yield "export LEGACY_URL=…           # with its password: it is in no file"
    yield f"export DATABASE_URL=…         # PostgreSQL; default: postgresql:///{project.app},"
    yield f"                              # which `createdb {project.app}` makes"
    yield "python manage.py migrate"
    yield "python manage.py delamp dry-run"
    yield "python manage.py delamp run"
    yield "python manage.py delamp verify"
    yield "python manage.py createsuperuser && python manage.py runserver    # then /admin/"
    yield "```"
    yield ""
    yield from _changing(project)
    if place.private_server:
        yield ""
        yield f"The dump {code(place.redacted)} was loaded into a private MariaDB, kept in"
        yield "`.delamp/legacy`. Every delamp command starts it when it does not run; to stop it,"
        yield "keeping its data: `python -m migrate.servers stop --dir .delamp/legacy`."
    if place.notes:
        yield ""
        yield "Of the dump:"
        yield ""
        yield from (f"- {escaped(note)}" for note in place.notes)
    yield ""


def _changing(project: Project) -> Iterator[str]:
    """How to take what stands under "Instead"."""
    yield "What stands below under *Instead* is best taken before the first `migrate`: write the"
    yield f"lines, delete `{project.app}/migrations/0001_initial.py`, then `makemigrations`,"
    yield "`migrate` and `run`. After a load, by what the lines change:"
    yield ""
    yield "- `mappings.py` alone: `delamp run --restart`;"
    yield "- both: the mapping first, `delamp run --restart`, so that the rows fit; then the model,"
    yield "  `makemigrations` and `migrate`;"
    yield "- a boolean to a number, or a type that PostgreSQL does not cast to: a fresh database,"
    yield "  and all from the beginning;"
    yield "- a `CompositePrimaryKey`: before the first `migrate` alone. Take the model's class from"
    yield "  `admin.py`, and the `UniqueConstraint` on the same fields from its `Meta`."


def _unloadable(project: Project) -> Iterator[str]:
    if not project.unloadable:
        return
    yield "## What PostgreSQL cannot hold"
    yield ""
    yield from (f"- {code(where)}: {why}" for where, why in project.unloadable)
    yield ""


def _decisions(decisions: list[Decision], project: Project, rows: Loaded) -> Iterator[str]:
    if not decisions:
        return
    yield "## Decisions to look at"
    yield ""
    models = {model.source: model for model in project.models}
    by_table: dict[str, list[Decision]] = {}
    for decision in decisions:
        by_table.setdefault(decision.table, []).append(decision)
    for table, its in sorted(by_table.items()):
        yield f"### {_heading(table, models.get(table), rows)}"
        yield ""
        for group in _alike(its):
            yield from _decision(group)
        yield ""


def _heading(table: str, model: Model | None, rows: Loaded) -> str:
    name = f"{code(table)} → {model.name}" if model else code(table)
    if table not in rows:
        return name
    return f"{name}, {rows[table]:,} row{'' if rows[table] == 1 else 's'}"


def _alike(decisions: list[Decision]) -> Iterator[list[Decision]]:
    """Decisions of one table that say the same of several columns, together."""
    groups: dict[tuple[str, str], list[Decision]] = {}
    for decision in decisions:
        groups.setdefault((decision.topic, decision.chosen), []).append(decision)
    yield from groups.values()


def _decision(group: list[Decision]) -> Iterator[str]:
    first = group[0]
    columns = ", ".join(f"**{_name(d.column)}**" for d in group if d.column)
    yield f"- {columns}{' ' if columns else ''}*{first.topic}*: {first.chosen}."
    if evidence := _of_each(group, [d.evidence for d in group]):
        yield f"  Found: {evidence}."
    cost = _of_each(group, [d.cost for d in group])
    if any(d.instead for d in group):
        yield f"  Instead ({cost}):" if cost else "  Instead:"
        yield ""
        yield from (f"  {line}".rstrip() for line in block(d.instead for d in group))
    elif cost:
        yield f"  A stricter choice: {cost}."


def _of_each(group: list[Decision], texts: list[str]) -> str:
    """What is said of all columns once, what differs by column."""
    if len(set(texts)) == 1:
        return texts[0]
    pairs = zip(group, texts, strict=True)
    return "; ".join(f"{_name(d.column or d.table)}: {text}" for d, text in pairs if text)


def _left_out(project: Project) -> Iterator[str]:
    if not project.left_out:
        return
    yield "## Left out"
    yield ""
    yield from _items(project.left_out)


def _items(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield from (f"- {code(name)}: {why}" for name, why in pairs)


def _name(name: str) -> str:
    return escaped(name, marks="\\`*_[]<>")
