"""What each step means: its Python form, value by value."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from mappings import Reject, steps
from mappings.steps.base import as_step
from tests.mappings.hidden import assert_hidden


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("step", "value", "expected"),
    [
        (steps.strip, " \t\n\r\0\x0bx y\r\n", "x y"),
        (steps.strip, "\xa0x\x0c", "\xa0x\x0c"),
        (steps.lower, "ÆØÅ ΑΣ", "æøå ας"),
        (steps.truncate(3), "日本語です", "日本語"),
        (steps.null_if_empty, "", None),
        (steps.null_if_empty, b"", None),
        (steps.null_if_empty, " ", " "),
        (steps.null_if("NULL", ""), "NULL", None),
        (steps.null_if("NULL"), "null", "null"),
        (steps.null_if("y"), "y ", "y "),
        (steps.null_if(0), 0, None),
        (steps.null_if(0), Decimal("0.00"), None),
        (steps.null_if(0), 5, 5),
        (steps.default("x"), None, "x"),
        (steps.default("x"), "", ""),
        (steps.from_unixtime, 0, utc("1970-01-01")),
        (steps.from_unixtime, 2**31, utc("2038-01-19 03:14:08")),
        (steps.from_unixtime, -1, utc("1969-12-31 23:59:59")),
        (steps.local_time("Europe/Copenhagen"), wall("2009-01-05 12:00"), utc("2009-01-05 11:00")),
        (steps.local_time("Europe/Copenhagen"), wall("2009-07-05 12:00"), utc("2009-07-05 10:00")),
        (steps.local_time("Europe/Copenhagen"), wall("2010-10-31 02:30"), utc("2010-10-31 00:30")),
        (
            steps.local_time("Europe/Copenhagen", fold="second"),
            wall("2010-10-31 02:30"),
            utc("2010-10-31 01:30"),
        ),
        (
            steps.local_time("Europe/Copenhagen", gap="shift"),
            wall("2010-03-28 02:30"),
            utc("2010-03-28 01:30"),
        ),
        (steps.local_time("Europe/Copenhagen"), "0000-00-00 00:00:00", "0000-00-00 00:00:00"),
        (steps.zero_dates, "0000-00-00", None),
        (steps.zero_dates, "0000-00-00 10:00:00", None),
        (steps.zero_dates, "2009-00-00", "2009-00-00"),
        (steps.zero_dates, date(2009, 5, 1), date(2009, 5, 1)),
        (steps.zero_dates("reject"), "0000-00-00", "0000-00-00"),
        (steps.zero_dates(partial="null"), "2009-05-00", None),
        (steps.zero_dates(partial="null"), "2009-02-31", None),
        (steps.zero_dates(partial="floor"), "2009-00-00", date(2009, 1, 1)),
        (steps.zero_dates(partial="floor"), "2009-05-00", date(2009, 5, 1)),
        (steps.zero_dates(partial="floor"), "2009-02-31", date(2009, 2, 28)),
        (steps.zero_dates(partial="floor"), "0000-05-01", "0000-05-01"),
        (
            steps.zero_dates(partial="floor"),
            "2009-05-00 10:20:30.500000",
            wall("2009-05-01 10:20:30.5"),
        ),
        (steps.to_boolean, 1, True),
        (steps.to_boolean, "no", False),
        (steps.to_boolean, "Off", False),
        (steps.to_boolean, "T", True),
        (steps.to_boolean(true="2"), "2", True),
        (steps.to_boolean(true="0", false="1"), "0", True),
        (steps.to_boolean(false=["", "N"]), "", False),
        (steps.static_map({"a": 1, "b": None}), "a", 1),
        (steps.static_map({"a": 1, "b": None}), "b", None),
        (steps.static_map({"a": "x"}, "keep"), "A", "A"),
        (steps.static_map({1: "x"}, "null"), 2, None),
        (steps.split, " arrow, house,,heart ", ["arrow", "house", "heart"]),
        (steps.split, "", []),
        (steps.split(drop_empty=False), "a,,b", ["a", "", "b"]),
        (steps.split(strip=False), "a, b", ["a", " b"]),
        (steps.split(" | "), "a,b | c", ["a,b", "c"]),
        (steps.cents_to_decimal, 1995, Decimal("19.95")),
        (steps.cents_to_decimal, -5, Decimal("-0.05")),
        (steps.cents_to_decimal(3), 2**64 - 1, Decimal("18446744073709551.615")),
        (steps.html_unescape, "Tom &amp; Jerry &copy; &amp;lt;", "Tom & Jerry © &lt;"),
        (steps.repair_charset, "cafÃ©", "café"),
        (steps.repair_charset, "ÃƒÂ©", "é"),
        (steps.repair_charset, "â‚¬", "€"),
        (steps.repair_charset, "Ð\x9d", "Н"),
        (steps.repair_charset, "café", "café"),
        (steps.repair_charset, "Ã© é", "Ã© é"),
        (steps.repair_charset, "日 Ã©", "日 Ã©"),
        (steps.int_to_ip, 3_232_235_521, "192.168.0.1"),
        (steps.int_to_ip, -1_062_731_775, "192.168.0.1"),
        (steps.int_to_ip, 0, "0.0.0.0"),
        (steps.php_password, "8743B52063CD84097A65D1633F5C74F5",
         "php_md5$8743b52063cd84097a65d1633f5c74f5"),
    ],
)  # fmt: skip
def test_step_makes_of_a_value(step: object, value: Any, expected: Any) -> None:
    found = as_step(step).python(value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("step", "value", "code"),
    [
        (steps.from_unixtime, 253_402_300_800, "date_out_of_range"),
        (steps.from_unixtime, 2**64 - 1, "date_out_of_range"),
        (steps.local_time("Europe/Copenhagen"), wall("2010-03-28 02:00"), "dst_gap"),
        (
            steps.local_time("Europe/Copenhagen", fold="reject"),
            wall("2010-10-31 02:59"),
            "dst_fold",
        ),
        (steps.local_time("Asia/Tokyo"), wall("0001-01-01"), "date_out_of_range"),
        (steps.local_time("America/New_York"), wall("9999-12-31 23:59:59"), "date_out_of_range"),
        (steps.to_boolean, 2, "not_boolean"),
        (steps.to_boolean, "", "not_boolean"),
        (steps.to_boolean(true="1"), "y ", "not_boolean"),
        (steps.static_map({"a": 1}), "b", "not_in_map"),
        (steps.int_to_ip, 2**32, "out_of_range"),
        (steps.int_to_ip, -(2**31) - 1, "out_of_range"),
        (steps.php_password(unknown="reject"), "letmein", "unknown_password"),
    ],
)
def test_step_rejects(step: object, value: Any, code: str) -> None:
    with pytest.raises(Reject) as caught:
        as_step(step).python(value)
    assert caught.value.code == code
    assert_hidden(caught.value, value)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: steps.truncate(-1), ValueError, "expected 0 or more"),
        (lambda: steps.local_time("Europe/Kopenhagen"), ValueError, "unknown zone"),
        (lambda: steps.local_time("UTC", gap="skip"), ValueError, "expected reject, shift"),
        (lambda: steps.local_time("UTC", fold="both"), ValueError, "expected first, second"),
        (lambda: steps.zero_dates("keep"), ValueError, "expected null, reject"),
        (lambda: steps.zero_dates(partial="keep"), ValueError, "expected null, reject, floor"),
        (lambda: steps.to_boolean(true="Y", false=["Y"]), ValueError, "both sets"),
        (lambda: steps.static_map({"a": 1, 2: 3}), ValueError, "keys"),
        (lambda: steps.static_map({"a": 1, "b": "x"}), ValueError, "values"),
        (lambda: steps.static_map({}), ValueError, "keys"),
        (lambda: steps.static_map({"a": None}), ValueError, "values"),
        (lambda: steps.static_map({"a": 1}, "keep"), ValueError, "one kind on both sides"),
        (lambda: steps.static_map({"a": 1}, "drop"), ValueError, "expected reject, keep, null"),
        (lambda: steps.split(""), ValueError, "expected one character"),
        (lambda: steps.cents_to_decimal(0), ValueError, "expected 1 to 18"),
        (lambda: steps.php_password(unknown="keep"), ValueError, "expected unusable, reject"),
        (lambda: steps.php_password(wrap=-1), ValueError, "expected 0 or more"),
        (lambda: steps.null_if(), TypeError, "expected one or more"),
        (lambda: steps.null_if(1, "x"), TypeError, "expected one kind"),
        (lambda: steps.null_if(None), TypeError, "not a value"),
        (lambda: steps.default(None), TypeError, "not a value"),
    ],
)
def test_wrong_options_are_refused_when_the_step_is_made(
    make: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make()
