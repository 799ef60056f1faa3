"""Where in the range of a key a row is."""

from __future__ import annotations

import pytest

from verify.reports.axes import CELLS, Axis, AxisKind, Places


def hexed(text: str) -> str:
    return text.encode().hex()


@pytest.mark.parametrize(
    ("kind", "first", "last", "key", "part"),
    [
        ("int", 1, 1000, 1, 0.0),
        ("int", 1, 1000, 1000, 1.0),
        ("int", -500, 500, 0, 0.5),
        ("int", 0, 2**64 - 1, 2**63, 0.5),
        ("decimal", "0.00", "10.00", "2.50", 0.25),
        ("temporal", "2000-01-01", "2020-01-01", "2010-01-01", 0.5),
        ("temporal", "2000-01-01 00:00:00", "2000-01-02 00:00:00", "2000-01-01 12:00:00.5", 0.5),
        ("temporal", "0000-00-00", "2000-01-01", "1000-00-00", 0.5),
        ("text", hexed("a"), hexed("z"), hexed("M"), 0.48),
        ("binary", "00", "ff", "80", 0.5),
    ],
)
def test_key_is_placed(
    kind: AxisKind, first: int | str, last: int | str, key: int | str, part: float
) -> None:
    places = Places(Axis(column="k", kind=kind, first=first, last=last))
    places.add((key, 7))
    assert places.strip is not None
    (slot,) = [slot for slot, count in enumerate(places.strip.cells) if count]
    assert slot / (len(places.strip.cells) - 1) == pytest.approx(part, abs=0.02)


@pytest.mark.parametrize("key", [None, (), ("zz",), ("",)])
def test_key_without_a_place_is_counted(key: tuple[int | str, ...] | None) -> None:
    places = Places(Axis(column="k", kind="int", first=1, last=9))
    places.add(key)
    assert places.strip is not None
    assert (sum(places.strip.cells), places.strip.unplaced) == (0, 1)


def test_few_keys_have_a_slice_each_and_many_share_them() -> None:
    few = Axis(column="k", kind="int", first=11, last=14).strip([11.0, 14.0, 14.0])
    many = Axis(column="k", kind="int", first=1, last=10**9).strip([])
    assert few is not None
    assert many is not None
    assert few.cells == (1, 0, 0, 2)
    assert len(many.cells) == CELLS
    assert (many.first, many.last) == ("1", "1,000,000,000")


def test_key_beyond_the_ends_is_in_the_outermost_slice() -> None:
    strip = Axis(column="k", kind="int", first=10, last=12).strip([1.0, 99.0])
    assert strip is not None
    assert strip.cells == (1, 0, 1)


def test_table_whose_range_is_not_known_has_no_strip() -> None:
    places = Places(None)
    places.add((1,))
    assert places.strip is None
