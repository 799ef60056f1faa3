"""The report as one HTML file: no network, printable, light and dark, readable without scripts.

Its own content security policy lets it load nothing and run no script but its own, so that even a
value that slipped through every escape could do nothing.
"""

from __future__ import annotations

import base64
import hashlib

from verify.reports.budget import MOST_BYTES, within
from verify.reports.charts import throughput_svg
from verify.reports.document import Document, Remark, State, Times
from verify.reports.html_altered import altered_html
from verify.reports.html_findings import findings_html
from verify.reports.html_tables import MARKS, WORDS, columns_of, tables_html
from verify.reports.markup import Markup, breakable, join, tag
from verify.reports.script import SCRIPT
from verify.reports.style import STYLE
from verify.reports.wording import brief, duration, number

__all__ = ["html_report"]

_TITLES = {"dry-run": "Dry run", "run": "Run", "resync": "Resync", "verify": "Verification"}
_TABLES = MOST_BYTES * 2 // 5
_FINDINGS = MOST_BYTES * 2 // 5
_ALTERED = MOST_BYTES // 20
_REMARKS = MOST_BYTES // 50
"""Of each remark; there are six at most."""
_TONES: dict[str, State] = {"rejected": "fail", "differences": "fail", "nulled": "warn"}


def html_report(document: Document, *, rest: str = "") -> str:
    """The page, at most two million bytes. `rest` is the name of the file that has every row."""
    title = _TITLES[document.kind]
    body = [
        tag("a", "Skip to the verdict", href="#verdict", class_="skip"),
        tag("header", tag("p", *_brand(document, title), class_="brand")),
        tag("main", *_main(document, rest)),
        tag("footer", tag("p", _made_by(document))),
        Markup(f"<script>{SCRIPT}</script>"),
    ]
    head = [
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark">'),
        tag("title", f"{title}: {WORDS[document.state].lower()} · delamp"),
        Markup(f"<style>{STYLE}</style>"),
    ]
    page = tag("html", tag("head", *head), "\n", tag("body", join(body, "\n")), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def _brand(document: Document, title: str) -> list[Markup]:
    parts = [tag("b", "delamp"), tag("span", title)]
    if document.subject:
        parts.append(tag("bdi", brief(document.subject), class_="mono subject"))
    return parts


def _policy() -> str:
    script, style = (
        base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        for part in (SCRIPT, STYLE)
    )
    return (
        f"default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}';"
        " base-uri 'none'; form-action 'none'"
    )


def _main(document: Document, rest: str) -> list[Markup]:
    parts = [_verdict(document), _figures(document)]
    sections = [("tables", "Tables", tables_html(document, _TABLES))]
    if document.findings:
        sections.append(("findings", "Findings", findings_html(document, rest, _FINDINGS)))
    if altered := altered_html(document, _ALTERED):
        sections.append(("altered", "Altered by steps", altered))
    if document.remarks:
        remarks = join(_remark(remark) for remark in document.remarks)
        sections.append(("remarks", "Good to know", remarks))
    sections.append(("times", "Time", _times(document.times)))
    links = [tag("li", tag("a", title, href=f"#{name}")) for name, title, _ in sections]
    parts.append(tag("nav", tag("ul", *links), aria_label="Sections"))
    for name, title, content in sections:
        head = tag("h2", title, id=f"{name}-title")
        parts.append(tag("section", head, content, id=name, aria_labelledby=f"{name}-title"))
    return parts


def _verdict(document: Document) -> Markup:
    words = [
        tag("p", WORDS[document.state], class_="word"),
        tag("h1", brief(document.headline, 500)),
        tag("p", brief(document.summary, 500), class_="soft"),
    ]
    mark = tag("div", MARKS[document.state], class_="mark", aria_hidden="true")
    content = [mark, tag("div", *words)]
    return tag("section", *content, class_=f"verdict card {document.state}", id="verdict")


def _figures(document: Document) -> Markup:
    tiles = []
    for name, label in columns_of(document):
        value = document.total(name)
        tone = f" {_TONES[name]}" if value and name in _TONES else ""
        shown = "not counted" if value is None else number(value)
        tiles.append(tag("div", tag("dt", label), tag("dd", shown), class_=f"card{tone}"))
    return tag("dl", *tiles, class_="figures")


def _remark(remark: Remark) -> Markup:
    lines = [tag("li", tag("bdi", brief(line, 1000))) for line in remark.lines]
    taken = within(lines, _REMARKS)
    left = len(lines) - len(taken)
    more = [tag("p", f"… and {number(left)} more", class_="more")] if left else []
    listed = tag("ul", *map(Markup, taken))
    return tag("div", tag("h3", remark.heading), listed, *more, class_="remark card")


def _times(times: Times) -> Markup:
    made = times.made_at.replace("T", " ").replace("+00:00", " UTC")
    facts = [("Made", made)] if made else []
    facts.append(("In all", duration(times.seconds)))
    if times.estimate is not None:
        facts.append(("A run, about", duration(times.estimate)))
    parts = []
    if times.throughput is not None:
        parts.append(tag("div", throughput_svg(times.throughput), class_="card"))
    parts.append(_facts(facts + [(name, duration(value)) for name, value in times.phases]))
    slowest = sorted(times.tables, key=lambda pair: (-pair[1], pair[0]))[:30]
    if slowest:
        parts.append(_facts([(brief(name, 60), duration(value)) for name, value in slowest]))
    return join(parts)


def _facts(facts: list[tuple[str, str]]) -> Markup:
    pairs = [tag("div", tag("dt", breakable(name)), tag("dd", value)) for name, value in facts]
    return tag("dl", *pairs, class_="times card")


def _made_by(document: Document) -> str:
    version = f" {document.version}" if document.version else ""
    return f"Made by delamp{version}. This file loads nothing from anywhere and can be passed on."
