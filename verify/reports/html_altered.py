"""What steps make of values: a line for each column with steps."""

from __future__ import annotations

from verify.reports.budget import within
from verify.reports.document import Alteration, Document
from verify.reports.markup import Markup, breakable, join, tag
from verify.reports.wording import brief, number

__all__ = ["altered_html"]


def altered_html(document: Document, most: int) -> Markup:
    """The table of altered columns, as many as fit in so many bytes; empty without any."""
    lines = [
        _line(table.name, altered)
        for table in document.tables
        for altered in table.altered
        if altered.changed != 0 or altered.nulled != 0
    ]
    if not lines:
        return Markup()
    taken = within(lines, most)
    left = f" {number(len(lines) - len(taken))} more do not fit on this page."
    caption = "Columns whose values steps change; the steps are meant to."
    heads = [
        tag("th", head, scope="col", role="columnheader")
        for head in ("column", "changed", "made NULL")
    ]
    parts = [
        tag("caption", caption + left * (len(lines) > len(taken))),
        tag("thead", tag("tr", *heads, role="row"), role="rowgroup"),
        tag("tbody", join(map(Markup, taken)), role="rowgroup"),
    ]
    return tag("div", tag("table", *parts, class_="list", role="table"), class_="listed card")


def _line(table: str, altered: Alteration) -> Markup:
    name = brief(f"{table}.{altered.column}")
    steps = tag("small", tag("bdi", brief(" → ".join(altered.steps))))
    head = tag(
        "th", tag("bdi", breakable(name)), steps, scope="row", role="rowheader", data_sort=name
    )
    counts = (("changed", altered.changed), ("made NULL", altered.nulled))
    return tag("tr", head, *(_count(label, value) for label, value in counts), role="row")


def _count(label: str, value: int | None) -> Markup:
    shown = "not counted" if value is None else number(value)
    ranked = -1 if value is None else value
    tone = None if value else "zero"
    return tag("td", shown, class_=tone, role="cell", data_label=label, data_sort=ranked)
