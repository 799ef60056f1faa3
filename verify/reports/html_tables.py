"""The list of tables: a line for each, with what became of its rows and where problems lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from verify.reports.budget import within
from verify.reports.charts import strip_svg
from verify.reports.document import COUNTS, STATES, Check, Document, State, Table
from verify.reports.markup import Markup, breakable, join, tag, text
from verify.reports.wording import brief, number

__all__ = ["LABELS", "MARKS", "WORDS", "columns_of", "dot", "tables_html"]

MARKS: Mapping[State, str] = {"fail": "✕", "warn": "!", "info": "i", "pass": "✓"}
WORDS: Mapping[State, str] = {
    "fail": "Failed",
    "warn": "To be looked at",
    "info": "For information",
    "pass": "Passed",
}
_ARRIVED = {"dry-run": "would load", "verify": "target rows"}
LABELS: Mapping[str, str] = {
    "rows": "rows",
    "arrived": "loaded",
    "rejected": "rejected",
    "nulled": "references lost",
    "left_out": "left out",
    "warned": "odd",
    "altered": "altered",
    "differences": "differences",
}
_ALWAYS = ("rows", "arrived", "rejected", "differences")
_TONES: Mapping[str, State] = {
    "rejected": "fail",
    "differences": "fail",
    "nulled": "warn",
    "warned": "warn",
}


def columns_of(document: Document) -> list[tuple[str, str]]:
    """(name, label) of the counts that any table has; of some only where they are not zero."""
    labels = {**LABELS, "arrived": _ARRIVED.get(document.kind, LABELS["arrived"])}
    if document.kind == "verify":
        labels["rows"] = "source rows"
    held = {
        name
        for table in document.tables
        for name, value in table.counts.items()
        if value or name in _ALWAYS
    }
    return [(name, labels[name]) for name in COUNTS if name in held]


def tables_html(document: Document, most: int) -> Markup:
    """The table of tables; where it would be longer than `most` bytes, the worst ones."""
    columns = columns_of(document)
    strips = any(table.strip for table in document.tables)
    checks = any(table.checks for table in document.tables)
    ranked = sorted(document.tables, key=lambda t: STATES.index(t.state))
    taken = within((_line(t, columns, strips=strips, checks=checks) for t in ranked), most)
    lines = {table.name: Markup(line) for table, line in zip(ranked, taken, strict=False)}
    body = join(lines[table.name] for table in document.tables if table.name in lines)
    heads = [tag("th", "table", scope="col", role="columnheader")]
    heads += [tag("th", label, scope="col", role="columnheader") for _, label in columns]
    if checks:
        heads.append(tag("th", "levels", scope="col", role="columnheader", class_="checks"))
    if strips:
        heads.append(
            tag("th", "where in the key", scope="col", role="columnheader", class_="where")
        )
    left = len(document.tables) - len(taken)
    more = f" The {number(left)} with the fewest problems do not fit on this page." * bool(left)
    caption = f"What became of the rows of each table.{more}"
    if strips:
        caption += " The strip is the range of the key, from its first value to its last; the"
        caption += " higher a bar, the more rows with a problem."
    head = tag("thead", tag("tr", *heads, role="row"), role="rowgroup")
    parts = [tag("caption", caption), head, tag("tbody", body, role="rowgroup")]
    return tag("div", tag("table", *parts, class_="list", role="table"), class_="listed card")


def dot(state: State) -> Markup:
    """A state as a sign, and as a word for who cannot see it."""
    word = tag("span", f"{WORDS[state]}: ", class_="unseen")
    return join([tag("span", MARKS[state], class_=f"dot {state}", aria_hidden="true"), word])


def _line(
    table: Table, columns: Sequence[tuple[str, str]], *, strips: bool, checks: bool
) -> Markup:
    way = " → ".join(part for part in (table.source, table.target) if part)
    head = tag(
        "th",
        tag("div", dot(table.state), tag("bdi", breakable(brief(table.name))), class_="named"),
        tag("small", tag("bdi", breakable(brief(way)))),
        scope="row",
        role="rowheader",
        data_sort=brief(table.name),
    )
    cells = [head] + [_count(name, label, table.counts.get(name)) for name, label in columns]
    if checks:
        wrong = sum(check.differences for check in table.checks)
        chips = join(map(_chip, table.checks))
        cells.append(tag("td", chips, class_="checks", role="cell", data_sort=wrong))
    if strips:
        problems = sum(table.strip.cells) if table.strip else 0
        drawn = strip_svg(table.strip) if table.strip else ""
        where = "where" if table.strip else "where nowhere"
        cells.append(tag("td", drawn, class_=where, role="cell", data_sort=problems))
    return tag("tr", *cells, role="row")


def _count(name: str, label: str, value: int | None) -> Markup:
    tone: str | None = _TONES.get(name) if value else "zero"
    if value == 0 and name not in _ALWAYS:
        # On a phone, the zeros of what is seldom anything else are left out.
        tone = "zero none"
    shown = "not counted" if value is None else number(value)
    return tag(
        "td",
        shown,
        class_=tone,
        role="cell",
        data_label=label,
        data_sort=-1 if value is None else value,
    )


def _chip(check: Check) -> Markup:
    shown = f"{check.level} {MARKS[check.state]}"
    if check.differences:
        shown += f" {number(check.differences)}"
    word = tag("span", f" {WORDS[check.state]}", class_="unseen")
    return tag("span", text(shown), word, class_=f"chip {check.state}")
