"""`class Meta` of a mapping: known options only, each with its type and meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from mappings.columns import Join
from mappings.errors import Problem, nearest
from mappings.questions import Question, questions_problems
from mappings.watermark import Watermark

__all__ = ["Existing", "Options", "Owner", "Resync", "read_options"]

Existing = Literal["refuse", "keep", "match"]
Owner = Literal["php", "django"]
Resync = Literal["auto", "checksum", "binlog"] | Watermark


@dataclass(frozen=True, kw_only=True)
class Options:
    """What `class Meta` of a mapping may say.

    source       table or view of the legacy database (required)
    query        SELECT that gives the source rows; `source` is then only what it is called
    joins        tables joined to each source row, by the name that columns of theirs go by
    model        Django model, "app.Model" (required)
    key          column(s) that identify a source row; default: the source's primary key
    columns      "same-name" maps every field that has a source column of the same name
    time_zone    zone of the wall clocks in this table's DATETIME and DATE columns
    where        SQL predicate over the source row `s`; other rows are skipped and counted
    existing     rows that the target table already holds: "refuse" to start, "keep" them, or
                 "match" them by `natural_key` and update their mapped columns
    natural_key  field(s) of the model by which "match" finds the row
    discriminator  field that tells the rows of this mapping from those of others into the model
    full_clean   whether a dry run has the model's validators look at every row
    resync       how changes are found after the load: "auto", "checksum", "binlog" or
                 Watermark("updated_at")
    owner        "php" as long as PHP writes the table; "django" from then on: the table is never
                 refreshed, and never compared with the source
    id_offset    Django gives keys above it, and PHP below, while both write the table
    questions    what `verify` asks both databases, and must be answered alike
    """

    source: str
    model: str
    query: str | None = None
    joins: Mapping[str, Join] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    columns: Literal["declared", "same-name"] = "declared"
    time_zone: str | None = None
    where: str | None = None
    existing: Existing = "refuse"
    natural_key: tuple[str, ...] = ()
    discriminator: str | None = None
    full_clean: bool = False
    questions: tuple[Question, ...] = ()
    resync: Resync = "auto"
    owner: Owner = "php"
    id_offset: int | None = None


_CHOICES = {
    "columns": ("declared", "same-name"),
    "existing": ("refuse", "keep", "match"),
    "owner": ("php", "django"),
}
_TUPLES = ("key", "natural_key")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_joins(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and isinstance(join, Join) for name, join in value.items()
    )


_KINDS: tuple[tuple[str, Callable[[object], bool], str], ...] = (
    ("query", _is_text, "the text of a SELECT"),
    ("discriminator", _is_text, "the name of a field"),
    ("full_clean", lambda value: isinstance(value, bool), "True or False"),
    (
        "resync",
        lambda value: isinstance(value, Watermark) or value in ("auto", "checksum", "binlog"),
        '"auto", "checksum", "binlog" or Watermark("updated_at")',
    ),
    (
        "id_offset",
        lambda value: isinstance(value, int) and not isinstance(value, bool) and value > 0,
        "a whole number above every key that PHP will give",
    ),
    ("joins", _is_joins, '{"name": Join("table", on={"column": "column"})}'),
)


def read_options(mapping: str, meta: type | None, report: Callable[[Problem], None]) -> Options:
    """Read `class Meta`; every mistake goes to `report` and the option keeps its default."""
    where = f"{mapping}.Meta"
    given: dict[str, Any] = {
        name: value for name, value in vars(meta or object).items() if not name.startswith("_")
    }
    if meta is None:
        given = {}
    known = [f.name for f in fields(Options)]
    for name in [name for name in given if name not in known]:
        hint = nearest(name, known) or f"use one of {', '.join(known)}"
        report(
            Problem(
                code="mappings.E001", where=where, message=f"unknown option {name!r}", hint=hint
            )
        )
        del given[name]
    for name in _TUPLES:
        if isinstance(given.get(name), str):
            given[name] = (given[name],)
        elif name in given:
            given[name] = tuple(given[name])
    for name, choices in _CHOICES.items():
        if name in given and given[name] not in choices:
            _bad_choice(where, name, given.pop(name), choices, report)
    for name, kind, expected in _KINDS:
        if name in given and given[name] is None:
            del given[name]
        if name in given and not kind(given[name]):
            got = given.pop(name)
            message = f"{name} is not understood, got {got!r} (expected {expected})"
            report(Problem(code="mappings.E003", where=where, message=message))
    if "questions" in given:
        mistakes = list(questions_problems(mapping, given["questions"]))
        for problem in mistakes:
            report(problem)
        given["questions"] = () if mistakes else tuple(given["questions"])
    if "query" in given:
        given["query"] = given["query"].strip().rstrip(";").rstrip()
    for name in ("source", "model"):
        if not isinstance(given.get(name), str):
            message = f"{name} is not set, got {given.get(name)!r} (expected text)"
            hint = f"add `{name} = …` to class Meta"
            report(Problem(code="mappings.E002", where=where, message=message, hint=hint))
            given[name] = ""
    return Options(**given)


def _bad_choice(
    where: str, name: str, got: object, choices: tuple[str, ...], report: Callable[[Problem], None]
) -> None:
    message = f"{name} has no such choice, got {got!r} (expected {' or '.join(map(repr, choices))})"
    hint = nearest(str(got), choices) or f"use {choices[0]!r}"
    report(Problem(code="mappings.E003", where=where, message=message, hint=hint))
