"""The findings: what, how many, what to do about it, and the first rows."""

from __future__ import annotations

from verify.reports.budget import within
from verify.reports.document import Document, Finding, FoundRow
from verify.reports.html_tables import dot
from verify.reports.markup import Markup, breakable, join, tag
from verify.reports.wording import brief, counted, number

__all__ = ["findings_html"]

_LONGEST_FIX = 500


def findings_html(document: Document, rest: str, most: int) -> Markup:
    """All findings, worst first, as many as fit in so many bytes. `rest` names the file that holds
    every row, or ""."""
    pieces = (_finding(finding, rest) for finding in document.findings)
    taken = within(pieces, most)
    left = document.findings[len(taken) :]
    more: list[Markup] = []
    if left:
        rows = sum(finding.count for finding in left)
        told = f"{counted(len(left), 'further finding')} with {counted(rows, 'row')}"
        more = [tag("p", f"{told} not shown here{_beside(rest)}.", class_="more")]
    return join([*map(Markup, taken), *more])


def _finding(finding: Finding, rest: str) -> Markup:
    place = f"{finding.table}.{finding.column}" if finding.column else finding.table
    kind = tag("span", finding.level, class_=f"chip kind {finding.state}")
    name = tag("bdi", breakable(brief(place)))
    title = tag("span", name, " ", tag("code", brief(finding.code)))
    head = tag("h3", dot(finding.state), title, class_="named")
    says = tag("p", tag("b", number(finding.count)), f" {brief(finding.says)}", class_="says")
    parts = [kind, head, says]
    if finding.fix:
        fix = tag("bdi", tag("code", brief(finding.fix, _LONGEST_FIX)))
        parts.append(tag("p", tag("b", "Fix"), fix, class_="fix"))
    if finding.rows:
        parts.append(_rows(finding.rows, finding.count))
    more = finding.count - len(finding.rows)
    if more > 0 and finding.rows:
        parts.append(tag("p", f"… and {number(more)} more{_beside(rest)}", class_="more"))
    return tag("article", *parts, class_=f"finding card {finding.state}")


def _rows(rows: tuple[FoundRow, ...], count: int) -> Markup:
    """A table; or, where all rows say the same, only their names."""
    details = {row.detail for row in rows}
    if len(details) == 1 and not any(row.values for row in rows):
        said = tag("p", tag("bdi", brief(rows[0].detail)), class_="same")
        items = [tag("li", tag("bdi", brief(row.text), class_="mono")) for row in rows]
        listed = tag("ul", *items, class_="keys")
        return join([said, listed]) if rows[0].detail else listed
    names = list(dict.fromkeys(name for row in rows for name, _ in row.values))
    detailed = any(row.detail for row in rows)
    heads = ["row", *(["detail"] if detailed else []), *names]
    body = join(_row(row, detailed, names) for row in rows)
    caption = "The first rows" if len(rows) < count else "All rows"
    return tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *(tag("th", brief(head), scope="col") for head in heads))),
        tag("tbody", body),
        class_="rows",
    )


def _row(row: FoundRow, detailed: bool, names: list[str]) -> Markup:
    values = dict(row.values)
    cells = [tag("th", tag("bdi", brief(row.text), class_="mono"), scope="row")]
    if detailed:
        cells.append(tag("td", tag("bdi", brief(row.detail))))
    for name in names:
        value = tag("bdi", brief(values[name]), class_="mono") if name in values else ""
        cells.append(tag("td", value))
    return tag("tr", *cells)


def _beside(rest: str) -> str:
    return f": {rest} has them all" if rest else ""
