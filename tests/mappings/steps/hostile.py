"""Values made to break the agreement of SQL and Python."""

from __future__ import annotations

from hypothesis import strategies as st

TOKENS = [
    *" \t\n\r\0\x0b\x0c\xa0\u3000\u200b",
    *"YyNn1,;|&%_'\"\\/#",
    *"ßİıIŸÿæøåÆÃ©¦Â€žÐ\x81\x8d\x9d日😀\u212aΣςé",
    "\r\n", "yes", "no", "true", ", ", " ,", ",,", "&amp;", "&lt;", "&gt;", "&quot;", "&#039;",
    "&#39;", "&nbsp;", "&AMP;", "&amp", "&#x27;", "lt;", "amp;", "&copy", "&notit;", "e\u0301",
    "cafÃ©", "Ã¦Ã¸Ã¥", "ÃƒÂ©", "â‚¬", "ðŸ˜€", "í\xa0€", "í•œ", "Ã", "xÃ©", "naïve",
]  # fmt: skip

TEXTS = [
    "", " ", "   ", "x", "Y", "y", "y ", " Y", "Ý", "N", "0", "1", "yes", "YES", "Yes", "off",
    "UPPER lower", "İstanbul", "STRASSE ß", "I", "\u212a", "arrow", "arrow, house,heart",
    "a,,b", ",a", "a,", "a ,b", "a , b", "a,  b", "a;b", "a;b,c", "\ta\t", "a\r\n\r\n", "a \n \n",
    "\x0ba", "a\0", "\xa0a\xa0", "Tom &amp; Jerry", "&amp;lt;", "&am&lt;p;", "&&amp;", "&eacute;",
    "&#3&lt;9;",
    "AT&T", "cafÃ©", "café", "ÃƒÂ©", "æøå", "Ã", "â‚¬ 5", "日本", "日本 Ã©", "í\xa0€", "í•œ", "😀",
    "ðŸ˜€", "Ãƒâ€šÃ‚Â©", "%", "_", "'", "\\", "\\n", "tab\there", "longer than ten characters",
    "NULL", "null", "n/a", "open", "closed", "OPEN", "open ",
]  # fmt: skip

hostile_text = st.one_of(
    st.lists(st.sampled_from(TOKENS), max_size=8).map("".join),
    st.text(st.characters(codec="utf-8"), max_size=6),
    st.sampled_from(TEXTS),
).filter(lambda text: len(text) <= 60)

INTEGERS = [
    0, 1, -1, 2, 7, 127, -128, 100, 1995, 2**31 - 1, -(2**31), 2**31, 2**32 - 1, 2**32,
    3_232_235_521, -1_062_731_775, 253_402_300_799, 253_402_300_800, 2**63 - 1, -(2**63),
    2**64 - 1, 10**17 + 1, 1_141_200_000, -(2**31) - 1,
]  # fmt: skip

integers = st.one_of(
    st.integers(-(2**63), 2**64 - 1), st.integers(-(2**33), 2**33), st.sampled_from(INTEGERS)
)

DATES = [
    "0000-00-00", "2009-00-00", "2009-05-00", "2009-00-15", "0000-05-03", "0000-00-15",
    "2009-02-31", "2009-02-29", "2008-02-29", "0009-01-01", "0001-01-01", "0001-01-02",
    "9999-12-31", "9999-12-30", "1970-01-01", "1969-12-31", "2010-10-31", "2010-03-28",
    "2009-04-31", "2500-03-28", "1900-01-01",
]  # fmt: skip
TIMES = [
    "00:00:00", "02:30:00", "01:59:59.999999", "02:00:00", "02:59:59.999999", "03:00:00",
    "03:30:00", "12:00:00", "23:59:59.999999", "23:30:00", "00:30:00", "01:30:00", "01:00:00",
]  # fmt: skip
MOMENTS = [f"{date} {time}" for date in DATES for time in TIMES]

moments = st.datetimes().map(lambda moment: moment.isoformat(sep=" "))
