"""BBCode, as forums keep their posts, to HTML: `[b:1a2b3c4d]x[/b:1a2b3c4d]`, bold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from html import escape, unescape

from mappings.expr import Kind
from mappings.steps.base import Step, factory
from mappings.steps.bbcode_html import VERBATIM, closing, opening

__all__ = ["bbcode_to_html"]

_UID = r"(?::(?!\d+\])[0-9a-z]{5,10})?"
"""phpBB marks each tag of a post with the same letters and digits. A port is digits only."""
_FORM = r"((?::[0-9a-z])?)"
"""What phpBB adds before it: the depth of [code:1:…], the kind of [/list:u:…] and [/*:m:…]."""
_TAG = re.compile(
    rf"\[(/?)(\*|[a-z]+){_FORM}{_UID}(?:=(\"[^\"\n]{{0,100}}\"|[^\[\]\n]*?))?"
    rf"{_FORM}{_UID}\]",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"\A\s*<([rt])>(.*)</\1>\s*\Z", re.DOTALL)
"""How phpBB keeps posts since 3.2: XML around the text that was typed."""
_ELEMENT = re.compile(r"<[^>]*>")
_SMILEY = re.compile(r"<!-- s(\S+) -->.{0,500}?<!-- s\1 -->", re.DOTALL)
_LINK = re.compile(
    r'<!-- ([mlwe]) --><a [^>]*?href="([^"]*)"[^>]*>(.{0,2000}?)</a><!-- \1 -->', re.DOTALL
)
_BREAK = "<br>\n"
_NEWLINE = re.compile(r"\r\n?|\n")


@factory
def bbcode_to_html(escaped: bool = False) -> Step:
    """The text as HTML: known tags become elements, all else is escaped, newlines are `<br>`.

    `escaped` is for text that was stored with HTML entities, as phpBB 2 and 3 do; its smilies and
    links are read too. The XML of phpBB since 3.2 is known by itself. Tags that are not known,
    have no beginning, or an address that is no link, stay as text; one without an end ends with
    the text.
    """

    def python(value: str) -> str:
        if found := _MARKUP.match(value):
            return _Post(unescape(_ELEMENT.sub("", found[2])), plain=_same).html()
        if not escaped:
            return _Post(value, plain=_same).html()
        value = _SMILEY.sub(lambda smiley: smiley[1], value)
        return _Post(_LINK.sub(r"[url=\2]\3[/url]", value), plain=unescape).html()

    return Step(
        name="bbcode_to_html",
        python=python,
        accepts=frozenset({Kind.TEXT}),
        options=("escaped",) if escaped else (),
    )


def _same(text: str) -> str:
    return text


class _Post:
    """One text on its way to HTML: what is written, and which tags are open."""

    def __init__(self, text: str, *, plain: Callable[[str], str]) -> None:
        """`plain` makes the text that was typed of a piece of `text`."""
        self._text = text
        self._plain = plain
        self._tags = list(_TAG.finditer(text))
        self._ends = _ends(self._tags)
        self._out: list[str] = []
        self._open: list[tuple[str, str]] = []
        self._depth: Counter[str] = Counter()

    def html(self) -> str:
        at = 0
        for number, tag in enumerate(self._tags):
            if tag.start() < at:
                continue
            self._write(self._text[at : tag.start()])
            at = tag.end()
            name = tag[2].lower()
            if name in VERBATIM and not tag[1]:
                at = self._verbatim(number, name)
            elif not (self._close_to(name) if tag[1] else self._begin(number, name)):
                self._write(tag[0])
        self._write(self._text[at:])
        while self._open:
            self._close()
        return "".join(self._out)

    def _begin(self, number: int, name: str) -> bool:
        """Open a tag; False if it is but text."""
        value = self._plain(self._tags[number][4] or "").strip().strip('"')
        if name == "*":
            if not self._depth["list"]:
                return False
            while self._open[-1][0] != "list":
                self._close()
        html = opening(name, value, self._content(number) or "")
        if html is not None:
            self._out.append(html)
            self._open.append((name, value))
            self._depth[name] += 1
        return html is not None

    def _verbatim(self, number: int, name: str) -> int:
        """Write a tag in which no other is read, and return where the text goes on."""
        content, tag = self._content(number), self._tags[number]
        html = None if content is None else opening(name, "", content)
        if content is None or html is None:
            self._write(tag[0])
            return tag.end()
        self._out.append(html + (escape(content) + closing(name, "") if name == "code" else ""))
        return self._tags[self._ends[number] or number].end()

    def _content(self, number: int) -> str | None:
        """The text up to the tag that ends this one."""
        end = self._ends[number]
        if end is None:
            return None
        return self._plain(self._text[self._tags[number].end() : self._tags[end].start()])

    def _close_to(self, name: str) -> bool:
        """Close the innermost tag of that name and all within it; False if none is open."""
        if not self._depth[name]:
            return False
        while self._close() != name:
            pass
        return True

    def _close(self) -> str:
        name, value = self._open.pop()
        self._depth[name] -= 1
        if name in ("*", "list") and self._out[-1] == _BREAK:
            # The newline before the next item.
            self._out.pop()
        self._out.append(closing(name, value))
        return name

    def _write(self, text: str) -> None:
        if self._open and self._open[-1][0] == "list" and not text.strip():
            return
        for number, line in enumerate(_NEWLINE.split(text)):
            if number:
                self._out.append(_BREAK)
            if line:
                self._out.append(escape(self._plain(line)))


def _ends(tags: list[re.Match[str]]) -> list[int | None]:
    """For each tag the number of the next that closes its name."""
    ends: list[int | None] = []
    following: dict[str, int] = {}
    for number in range(len(tags) - 1, -1, -1):
        name = tags[number][2].lower()
        ends.append(following.get(name))
        if tags[number][1]:
            following[name] = number
    return ends[::-1]
