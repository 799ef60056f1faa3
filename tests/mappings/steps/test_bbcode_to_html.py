"""BBCode in the forms that forums stored it, and that nothing in it reaches a browser alive."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings import steps

RAW = steps.bbcode_to_html().python
ESCAPED = steps.bbcode_to_html(escaped=True).python
TAG = re.compile(
    r"</?(?:strong|em|u|s|sub|sup|pre|li|ul|ol|span|blockquote|cite|a|br|img)"
    r"(?: type=\"[aAi]\"| style=\"color: [#\w]+\"| alt=\"\"| rel=\"nofollow\""
    r"| (?:href|src)=\"(?:https?://|ftp://|mailto:)[^\"<>]+\")*>"
)
PIECES = [
    *("[b]", "[/b]", "[i:1a2b3c4d]", "[/i:1a2b3c4d]", "[url]", "[/url]", "[url=http://x.dk/?a&b]"),
    *("[url=javascript:x]", "[img]", "[/img]", "http://x.dk/a.png", "javascript:x", "[*]"),
    *('[quote="x"]', "[/quote]", "[list=1]", "[list]", "[/list]", '[color=red" onclick=]'),
    *("[color=#f00]", "[/color]", "[code]", "[/code]", "<script>", '"', "'", "&lt;", "&#106;"),
    *("\n", "[", "]"),
    *("[email]", "[/email]", "a@b.dk", 'http://x" onerror="y', "<!-- s:) -->", "<t>", "</t>"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("[b]x[/b] <i> & \"y\"", "<strong>x</strong> &lt;i&gt; &amp; &quot;y&quot;"),
        ("one\r\ntwo", "one<br>\ntwo"),
        ("[url]http://x.dk/?a=1&b=2[/url]",
         '<a href="http://x.dk/?a=1&amp;b=2" rel="nofollow">http://x.dk/?a=1&amp;b=2</a>'),
        ("[url=www.x.dk]x[/url]", '<a href="http://www.x.dk" rel="nofollow">x</a>'),
        ("[url=http://x.dk:8080]x[/url]", '<a href="http://x.dk:8080" rel="nofollow">x</a>'),
        ("[url=javascript:x]y[/url]", "[url=javascript:x]y[/url]"),
        ("[email]a@b.dk[/email]", '<a href="mailto:a@b.dk" rel="nofollow">a@b.dk</a>'),
        ("[img]http://x.dk/a.png[/img]", '<img src="http://x.dk/a.png" alt="">'),
        ("[quote=Bob]hi[/quote]", "<blockquote><cite>Bob</cite>hi</blockquote>"),
        ("[code]a < b\n[b]x[/b][/code]", "<pre>a &lt; b\n[b]x[/b]</pre>"),
        ("[list=1][*]a\n[*]b[/list]", "<ol><li>a</li><li>b</li></ol>"),
        ("[list=a]\n[*]a\n[/list]", '<ol type="a"><li>a</li></ol>'),
        ("[color=red]x[/color]", '<span style="color: red">x</span>'),
        ("[color=expression(x)]x[/color]", "<span>x</span>"),
        ("[size=150]x[/size]", "x"),
        ("[b][i]x[/b]y", "<strong><em>x</em></strong>y"),
        ("[b]x", "<strong>x</strong>"),
        ("x[/b] [unknown] [*]", "x[/b] [unknown] [*]"),
        ("[B]x[/B]", "<strong>x</strong>"),
        ("<t>a &lt; b<br/>\nc</t>", "a &lt; b<br>\nc"),
        ("<r><B><s>[b]</s>x<e>[/b]</e></B> <E>:)</E></r>", "<strong>x</strong> :)"),
    ],
)  # fmt: skip
def test_text_as_it_was_typed(text: str, html: str) -> None:
    assert RAW(text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("[b:1a2b3c4d]x[/b:1a2b3c4d] &lt;i&gt;", "<strong>x</strong> &lt;i&gt;"),
        ("[quote:8f3a1b2c5d=\"Bob\"]hi[/quote:8f3a1b2c5d]",
         "<blockquote><cite>Bob</cite>hi</blockquote>"),
        ("[quote=&quot;Bob &amp; co&quot;:1a2b3c4d]hi[/quote:1a2b3c4d]",
         "<blockquote><cite>Bob &amp; co</cite>hi</blockquote>"),
        ("[code:1:8f3a1b2c5d]a &lt; b[/code:1:8f3a1b2c5d]", "<pre>a &lt; b</pre>"),
        ("[list:1a2b3c4d][*:1a2b3c4d]a[/*:m:1a2b3c4d][/list:u:1a2b3c4d]", "<ul><li>a</li></ul>"),
        ("[url=http&#58;//x&#46;dk:1a2b3c4d]x[/url:1a2b3c4d]",
         '<a href="http://x.dk" rel="nofollow">x</a>'),
        ("[size=150:1a2b3c4d]x[/size:1a2b3c4d]", "x"),
        ('Hi <!-- s:) --><img src="{SMILIES_PATH}/a.gif" alt=":)" /><!-- s:) -->', "Hi :)"),
        ('<!-- m --><a class="postlink" href="http://x.dk">x.dk</a><!-- m -->',
         '<a href="http://x.dk" rel="nofollow">x.dk</a>'),
        ("&#91;b&#93;x", "[b]x"),
    ],
)  # fmt: skip
def test_text_as_phpbb_stored_it(text: str, html: str) -> None:
    assert ESCAPED(text) == html


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), max_size=15).map("".join))
def test_only_harmless_elements_come_out_and_all_are_closed(text: str) -> None:
    for html in (RAW(text), ESCAPED(text)):
        rest = TAG.sub("", html)
        assert "<" not in rest and ">" not in rest
        opened: list[str] = []
        for slash, name in re.findall(r"<(/?)(\w+)", html):
            if slash:
                assert opened.pop() == name
            elif name not in ("br", "img"):
                opened.append(name)
        assert not opened


@pytest.mark.parametrize(
    "piece", ["[url]", "[b=&quot;", "[list][*]", "[b][/i]", '[b="', "<!-- sx -->"]
)
def test_time_grows_with_the_length_only(piece: str) -> None:
    start = time.perf_counter()
    ESCAPED(piece * (60_000 // len(piece)))
    assert time.perf_counter() - start < 2
