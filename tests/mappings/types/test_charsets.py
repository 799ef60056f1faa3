"""Every byte, and every pair of bytes, in each charset that MySQL has: read right, or refused."""

from __future__ import annotations

import itertools

import pytest

from mappings.catalogue import SourceColumn
from mappings.expr import Kind
from mappings.types import read_column
from tests.mappings.types.checker import Checker, field

BYTES = [b"%c" % byte for byte in range(256)]
PYTHON_NAMES = {
    **{"ascii": "ascii", "latin2": "iso8859-2", "latin5": "iso8859-9", "latin7": "iso8859-13"},
    **{"koi8r": "koi8-r", "koi8u": "koi8-u", "cp850": "cp850", "cp852": "cp852", "cp866": "cp866"},
    **{"cp1250": "cp1250", "cp1251": "cp1251", "greek": "iso8859-7", "hebrew": "iso8859-8"},
    **{"macce": "mac-latin2", "tis620": "tis-620"},
}
"""Charsets of MySQL that Python has too, and its name for them."""
UNLIKE = {
    "greek": {0xA4, 0xA5, 0xAA, 0xA1, 0xA2},
    "koi8u": {0x95},
    "cp866": {0xF8, 0xFC, 0xFD},
    "hebrew": {0xAF, 0xFD, 0xFE},
}
"""Bytes for which the two go by different editions of the standard."""
ALL = [*PYTHON_NAMES, "latin1", "cp1256", "cp1257", "dec8", "hp8", "swe7", "armscii8", "geostd8"]
ALL += ["keybcs2", "macroman"]
WIDE = ["sjis", "cp932", "gbk", "gb2312", "big5", "euckr", "eucjpms", "ujis"]


@pytest.mark.parametrize("charset", ALL)
def test_every_byte_arrives_or_is_refused(checker: Checker, charset: str) -> None:
    ddl = f"VARCHAR(5) CHARACTER SET {charset}"
    codes = checker.check(ddl, field("text"), BYTES)
    assert codes.pop("0x00") == "nul_byte"
    assert set(codes.values()) <= {None, "bad_charset"}
    if charset not in PYTHON_NAMES:
        return
    arrived = dict(checker.pg("SELECT id, v FROM by_python"))
    for byte in range(1, 256):
        text = bytes([byte]).decode(PYTHON_NAMES[charset], "replace")
        if byte not in UNLIKE.get(charset, set()) and text != "\ufffd":
            assert arrived.get(byte) == text, hex(byte)


@pytest.mark.parametrize("charset", ["ascii", "swe7"])
def test_bytes_beyond_seven_bits_are_refused(checker: Checker, charset: str) -> None:
    values = ["0xC3A6", "0x41FF", "'A?'", "'?'", "0x3FFF"]
    codes = checker.check(f"CHAR(5) CHARACTER SET {charset}", field("text"), values)
    assert list(codes.values()) == ["bad_charset", "bad_charset", None, None, "bad_charset"]


def pairs_of(charset: str, checker: Checker) -> set[str]:
    """All that MySQL stores of the pairs of bytes; returns the codes."""
    leading = range(0x81, 0xFF)
    trailing = [byte for byte in range(0x40, 0xFF) if byte != 0x7F]
    pairs = [bytes(pair) for pair in itertools.product(leading, trailing)]
    prepared = checker.prepare(f"VARCHAR(5) CHARACTER SET {charset}", field("text"))
    codes: set[str] = set()
    for start in range(0, len(pairs), 8_000):
        codes |= {code for code in prepared.check(pairs[start : start + 8_000]).values() if code}
    return codes


@pytest.mark.slow
@pytest.mark.parametrize("charset", WIDE)
def test_every_pair_of_bytes_arrives_or_is_refused(checker: Checker, charset: str) -> None:
    assert pairs_of(charset, checker) == {"bad_charset"}


@pytest.mark.slow
@pytest.mark.mysql56
@pytest.mark.parametrize("charset", WIDE)
def test_every_pair_of_bytes_arrives_or_is_refused_on_mysql56(
    checker56: Checker, charset: str
) -> None:
    assert pairs_of(charset, checker56) == {"bad_charset"}


@pytest.mark.parametrize(
    ("charset", "twice"),
    [
        ("sjis", [b"\\", b"C:\\x\\n", b"\x81\x5f", b"\x83\x5c", b"?\\?"]),
        ("cp932", [b"\x87\x90", b"\xed\x40", b"\xfa\x5c", b"\x81\xe0"]),
        ("eucjpms", [b"\xad\xf0"]),
        ("ujis", [b"\xa1\xc0", b"\\"]),
    ],
)
def test_two_codes_of_one_character_both_arrive(
    checker: Checker, charset: str, twice: list[bytes]
) -> None:
    codes = checker.check(f"VARCHAR(20) CHARACTER SET {charset}", field("text"), twice)
    assert set(codes.values()) == {None}


@pytest.mark.parametrize("hole", [b"\x81\xad", b"?\x81\xad", b"\x81\xad?", b"??\x81\xad\\"])
def test_a_hole_beside_question_marks_is_seen(checker: Checker, hole: bytes) -> None:
    codes = checker.check("VARCHAR(20) CHARACTER SET sjis", field("text"), [hole, b"???"])
    assert list(codes.values()) == ["bad_charset", None]


SURROGATES = {"ucs2": ["0xD83DDE00", "0xD800"], "utf8": ["0xEDA080"], "utf8mb4": ["0xEDA0BD"]}


@pytest.mark.parametrize("charset", SURROGATES)
def test_surrogates_are_refused(checker: Checker, charset: str) -> None:
    values = [*SURROGATES[charset], "'a'", "_ucs2 0xFFFD", "_ucs2 0xFFFF"]
    codes = checker.check(f"VARCHAR(9) CHARACTER SET {charset}", field("text"), values)
    few = len(SURROGATES[charset])
    assert list(codes.values()) == ["bad_charset"] * few + [None] * 3


@pytest.mark.parametrize("charset", ["utf16", "utf16le", "utf32", "utf8mb4"])
def test_all_planes_of_unicode_arrive(checker: Checker, charset: str) -> None:
    values = [f"_utf32 0x{point:08x}" for point in (0x41, 0xE6, 0xFFFD, 0x1F600, 0x10FFFF)]
    codes = checker.check(f"VARCHAR(9) CHARACTER SET {charset}", field("text"), values)
    assert set(codes.values()) == {None}


@pytest.mark.parametrize("ddl", ["CHAR(9)", "VARCHAR(9)", "TINYTEXT", "TEXT", "LONGTEXT"])
def test_text_in_the_binary_charset_is_bytes(checker: Checker, ddl: str) -> None:
    values = [b"\x00\xff", b"", b"\\"]
    codes = checker.check(f"{ddl} CHARACTER SET binary", field("bytea"), values)
    assert set(codes.values()) == {None}
    for named in ("varchar", "text"):
        read = read_column(
            SourceColumn(name="v", data_type=named, column_type=named, charset="binary")
        )
        assert read is not None and read.expr.kind is Kind.BYTES


@pytest.mark.parametrize("ddl", ["NCHAR(9)", "NVARCHAR(9)", "NATIONAL CHARACTER VARYING(9)"])
def test_national_characters_are_text(checker: Checker, ddl: str) -> None:
    codes = checker.check(ddl, field("varchar", size=9), ["_utf8 0xC3A6", "'a  '", "NULL"])
    assert set(codes.values()) == {None}
