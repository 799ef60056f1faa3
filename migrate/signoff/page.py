"""The sign-off as one HTML file for people: what the JSON says, without the key of every row."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from verify.reports.markup import Markup, join, tag
from verify.reports.style import STYLE

__all__ = ["signoff_page"]

_KEYS = 20
"""Keys of refused rows that are shown for each rule."""


def signoff_page(document: Mapping[str, Any], digest: str) -> str:
    """The page; `digest` is the SHA-256 of the JSON that it shows. Nothing else decides it."""
    verdict, tone = _verdict(document)
    sections = [
        ("Tables", _tables(document["tables"])),
        ("Rows that are not there as they were", _rejects(document["tables"])),
        ("Values that steps alter", _altered(document["tables"])),
        ("Verification", _verification(document["verification"])),
        ("Copy proofs", _proofs(document["tables"])),
        ("Runs", _runs(document["runs"])),
        ("Times", _times(document["times"])),
    ]
    body = [
        tag("header", tag("p", tag("b", "delamp"), tag("span", "Sign-off"), class_="brand")),
        tag(
            "main",
            tag(
                "section",
                tag("div", tag("h1", verdict), _hash(digest)),
                class_=f"verdict card {tone}",
            ),
            *(tag("section", tag("h2", title), content) for title, content in sections),
        ),
        tag("footer", tag("p", "This file loads nothing from anywhere and can be passed on.")),
    ]
    style = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
    head = [
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark">'),
        tag("title", "Sign-off · delamp"),
        Markup(f"<style>{STYLE}</style>"),
    ]
    page = tag("html", tag("head", *head), "\n", tag("body", join(body, "\n")), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def _hash(digest: str) -> Markup:
    return tag("p", "SHA-256 of the JSON: ", tag("span", digest, class_="mono"))


def _verdict(document: Mapping[str, Any]) -> tuple[str, str]:
    unfinished = [t["mapping"] for t in document["tables"] if t["state"] != "finished"]
    if unfinished:
        return f"Not finished: {', '.join(unfinished)}", "fail"
    looked = document["verification"]
    if looked["findings"]:
        return f"Loaded; verification has found {looked['findings']:,} differences", "fail"
    if looked["unverified"]:
        return f"Loaded, and not verified since: {', '.join(looked['unverified'])}", "warn"
    loaded = sum(table["totals"]["loaded"] for table in document["tables"])
    return f"Loaded and verified: {loaded:,} rows, without a finding", "pass"


def _grid(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Markup:
    lines = [tag("tr", *(tag("td", _cell(cell)) for cell in row)) for row in rows]
    if not lines:
        return tag("p", "None.", class_="soft")
    head = tag("thead", tag("tr", *(tag("th", head) for head in heads)))
    table = tag("table", head, tag("tbody", *lines), class_="list")
    return tag("div", table, class_="card listed")


def _cell(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "–" if value is None else value


def _tables(tables: Sequence[Mapping[str, Any]]) -> Markup:
    heads = ("mapping", "from", "to", "read", "loaded", "rejected", "left out", "held now")
    rows = [
        (
            *(t["mapping"], t["source_table"], t["target_table"]),
            *(t["totals"][n] for n in ("extracted", "loaded", "rejected", "skipped")),
            t["target_rows"],
        )
        for t in tables
    ]
    marks = ("mapping", "mapping fingerprint", "source schema", "target schema")
    fingerprints = [
        (
            t["mapping"],
            *(
                tag("small", t[f"{name}_fingerprint"] or "–", class_="mono")
                for name in ("mapping", "source", "target")
            ),
        )
        for t in tables
    ]
    return join((_grid(heads, rows), _grid(marks, fingerprints)))


def _rejects(tables: Sequence[Mapping[str, Any]]) -> Markup:
    rows = [
        (t["mapping"], r["outcome"], r["code"], r["column"], r["rows"], _keys(r))
        for t in tables
        for r in t["rejects"]
    ]
    return _grid(("mapping", "outcome", "rule", "field", "rows", "which"), rows)


def _keys(reject: Mapping[str, Any]) -> str:
    shown = [str(key) for key in reject["keys"][:_KEYS]]
    more = reject["rows"] - len(shown)
    return "; ".join([*shown, *([f"{more:,} more"] if more else [])])


def _altered(tables: Sequence[Mapping[str, Any]]) -> Markup:
    rows = []
    for table in tables:
        for column in table["altered"] or ():
            steps = " → ".join(column["steps"])
            if not column["counted"]:
                rows.append((table["mapping"], column["field"], steps, "not counted", ""))
                continue
            rows.append((table["mapping"], column["field"], steps, "made NULL", column["nulled"]))
            rows += [
                (table["mapping"], column["field"], step["step"], "altered", step["values"])
                for step in column["by_step"]
            ]
    return _grid(("mapping", "field", "step", "", "values"), rows)


def _verification(verification: Mapping[str, Any]) -> Markup:
    looks = verification["looks"]
    rows = [
        (
            *(look["level"], look["mapping"], look["verification"]),
            *(look["result"].get(name) for name in ("source_rows", "target_rows")),
            look["found"],
            look["result"].get("note") or look["result"].get("strategy") or "",
        )
        for look in looks
    ]
    heads = ("level", "table", "no.", "rows of the source", "of the target", "findings", "")
    counters = [
        (look["mapping"], c["name"], c["parents"], c["drifted"], c["legacy"], c["legacy_differs"])
        for look in looks
        for c in look["result"].get("counters", ())
    ]
    names = ("table", "counter", "parents", "drifted", "legacy", "parents where PHP was wrong")
    return join((_grid(heads, rows), _grid(names, counters) if counters else ""))


def _proofs(tables: Sequence[Mapping[str, Any]]) -> Markup:
    rows = [
        (
            t["mapping"],
            len(t["proof"]["chunks"]),
            t["proof"]["rows"],
            sum(bool(chunk["unproven"]) for chunk in t["proof"]["chunks"]),
        )
        for t in tables
        if t["proof"]
    ]
    return _grid(("mapping", "ranges", "rows in their sums", "changed since, or unproven"), rows)


def _runs(runs: Sequence[Mapping[str, Any]]) -> Markup:
    rows = [
        (
            *(r[name] for name in ("id", "state", "attempts", "source", "server", "snapshot")),
            ", ".join(f"{name} {version}" for name, version in sorted(r["versions"].items())),
        )
        for r in runs
    ]
    return _grid(("run", "state", "attempts", "source", "server", "snapshot", "versions"), rows)


def _times(times: Mapping[str, Any]) -> Markup:
    rows = [(f"run {number}", *span.values()) for number, span in times["runs"].items()]
    rows += [(name, *span.values()) for name, span in times["tables"].items()]
    rows += [(name, moment, "") for name, moment in times["verification"].items()]
    return _grid(("", "from", "to"), rows)
