"""The page: well-formed, self-contained, accessible, small, and deaf to what values say."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verify.reports.samples import HOSTILE, document
from verify.reports import html_report
from verify.reports.document import Times
from verify.reports.markup import tag
from verify.reports.ordering import in_order
from verify.reports.style import DARK, LIGHT

VOID = {"meta", "wbr", "br", "hr", "img", "link", "input"}
LOADING = {"src", "srcset", "action", "data", "poster", "background", "formaction", "xlink:href"}


class Page(HTMLParser):
    """What a page holds; raises where its elements do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute of <{tag}> twice: {names}"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]

    def attribute(self, name: str) -> list[str | None]:
        return [attrs[name] for _, attrs in self.elements if name in attrs]


PLAIN = Page(html_report(document(), rest="r.jsonl"))


def shape(page: Page) -> list[tuple[str, list[str]]]:
    """Its elements with the names of their attributes; where names may be broken does not count."""
    return [(name, sorted(attrs)) for name, attrs in page.elements if name != "wbr"]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text_adds_no_element_and_no_attribute(text: str) -> None:
    page = Page(html_report(document(text), rest="r.jsonl"))
    assert shape(page) == shape(PLAIN)
    assert page.texts["script"] == PLAIN.texts["script"]


@given(st.text(st.characters(exclude_categories=())))
def test_text_and_attribute_read_back_as_text(text: str) -> None:
    page = Page(tag("p", text, title=text))
    assert [name for name, _ in page.elements] == ["p"]
    held = "".join(page.texts.get("p", []))
    assert held == page.all("p")[0]["title"]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e]", held)
    held.encode()


def test_marks_that_are_not_seen_are_written_out() -> None:
    page = html_report(document("a\u202eb\0c"))
    assert "a[U+202E]b[U+0000]c" in page
    assert "\u202e" not in page


@pytest.mark.parametrize("text", ["plain", *HOSTILE], ids=ascii)
def test_page_refers_to_nothing_outside_itself(text: str) -> None:
    page = Page(html_report(document(text), rest="r.jsonl"))
    assert all(link and link.startswith("#") for link in page.attribute("href"))
    assert not [name for _, attrs in page.elements for name in attrs if name in LOADING]
    assert not {"link", "img", "iframe", "object", "embed", "base"} & {n for n, _ in page.elements}
    assert not re.search(r"url\(|@import|image-set", "".join(page.texts["style"]))


def test_policy_allows_its_own_style_and_script_only() -> None:
    (policy,) = [m["content"] for m in PLAIN.all("meta") if "http-equiv" in m]
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for name in ("script", "style"):
        digest = hashlib.sha256("".join(PLAIN.texts[name]).encode()).digest()
        assert f"{name}-src 'sha256-{base64.b64encode(digest).decode()}'" in policy
    assert not PLAIN.attribute("style"), "the policy forbids style attributes"


def test_same_document_is_the_same_page() -> None:
    assert html_report(document("x"), rest="r") == html_report(document("x"), rest="r")


def test_times_are_in_one_place() -> None:
    other = dataclasses.replace(document(), times=Times(made_at="tomorrow", seconds=9.0))
    pages = [html_report(d).partition('<section id="times"') for d in (document(), other)]
    assert pages[0][0] == pages[1][0]
    assert pages[0][2].partition("</section>")[2] == pages[1][2].partition("</section>")[2]
    assert pages[0][2] != pages[1][2]


def test_page_can_be_read_aloud() -> None:
    assert PLAIN.all("html") == [{"lang": "en"}]
    ids = PLAIN.attribute("id")
    assert len(ids) == len(set(ids))
    links = [link[1:] for link in PLAIN.attribute("href") if link]
    assert links[0] == "verdict", "the first link skips what stands before the verdict"
    assert {*links, *PLAIN.attribute("aria-labelledby")} <= set(ids)
    assert len(PLAIN.all("caption")) == len(PLAIN.all("table"))
    assert all(head.get("scope") in ("col", "row") for head in PLAIN.all("th"))
    assert all(svg["role"] == "img" and svg["aria-label"] for svg in PLAIN.all("svg"))
    heads = [int(name[1]) for name, _ in PLAIN.elements if re.fullmatch("h[1-6]", name)]
    assert heads[0] == 1
    assert heads.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(heads, heads[1:], strict=False))


def test_no_state_is_told_by_colour_alone() -> None:
    text = html_report(document())
    for word in ("Failed: ", "To be looked at: ", "For information: "):
        assert f'<span class="unseen">{word}</span>' in text


def test_strip_says_in_words_where_problems_are() -> None:
    (words, *_) = [svg["aria-label"] for svg in PLAIN.all("svg")]
    assert words == (
        "17 problems in 3 of 80 slices of plain from plain to plain;"
        " most, 12, at 5 % to 6 %; 1 row without a place"
    )


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(colours: dict[str, str]) -> None:
    grounds = ("page", "card", "track")
    pairs = [(ink, ground) for ink in ("ink", "soft", "link") for ground in grounds]
    for state in ("fail", "warn", "info", "pass"):
        pairs += [(state, "card"), (state, f"{state}-bg")]
    assert not [(a, b) for a, b in pairs if contrast(colours[a], colours[b]) < 4.5]
    assert contrast(colours["fail"], colours["track"]) >= 3, "bars of a strip"
    assert contrast(colours["area"], colours["card"]) >= 3


def test_light_dark_and_paper_are_there() -> None:
    style = "".join(PLAIN.texts["style"])
    assert "@media (prefers-color-scheme:dark)" in style
    assert "@media print" in style
    assert {LIGHT["page"], DARK["page"]} <= set(re.findall("#[0-9a-f]{6}", style))
    used = set(re.findall(r"var\(--([a-z-]+)\)", style)) - {"tone", "tint"}
    assert used <= LIGHT.keys() == DARK.keys()


@pytest.mark.parametrize("text", ["short", "ü" * 500, '<&">' * 300], ids=["short", "long", "marks"])
def test_page_of_a_million_rows_stays_small(text: str) -> None:
    crowded = document(text, tables=3_000, findings=100_000)
    crowded = dataclasses.replace(crowded, findings=in_order(crowded.findings))
    page = html_report(crowded, rest="report.html.jsonl")
    assert len(page.encode()) < 2_000_000
    assert "further findings with" in page
    assert "report.html.jsonl has them all" in page
    shown = Page(page)
    assert len(shown.all("article")) >= 15
    # The worst are what is on the page.
    assert all("fail" in (found["class"] or "") for found in shown.all("article"))


def test_page_of_few_findings_shows_all() -> None:
    assert len(PLAIN.all("article")) == 3
    assert "further" not in html_report(document())
