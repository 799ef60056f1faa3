"""What a step proposes for a result leads to it again; which steps do is what the docs say."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mappings import steps
from mappings.steps.base import Step

DOCS = (Path(__file__).resolve().parents[3] / "docs" / "steps.md").read_text(encoding="utf-8")
NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)

RESULTS: dict[str, tuple[Step, list[Any]]] = {
    "strip": (steps.strip, ["a b", ""]),
    "lower": (steps.lower, ["ø", "a"]),
    "upper": (steps.upper, ["Ø", "A"]),
    "truncate": (steps.truncate(3), ["abc", ""]),
    "replace": (steps.replace("_", " "), ["a b"]),
    "replace_invalid": (steps.replace_invalid(), ["ab"]),
    "replace_nul": (steps.replace_nul(), ["ab"]),
    "repair_charset": (steps.repair_charset(), ["café", "a"]),
    "null_if": (steps.null_if(0, 9), [1, None]),
    "null_if_empty": (steps.null_if_empty, ["a", None]),
    "default": (steps.default("x"), ["x", "y"]),
    "zero_dates": (steps.zero_dates(), [dt.date(2026, 1, 1), None]),
    "from_unixtime": (steps.from_unixtime("milliseconds"), [NOON, NOON.replace(microsecond=5000)]),
    "local_time": (steps.local_time("Europe/Copenhagen"), [NOON, NOON.replace(month=1)]),
    "parse_date": (steps.parse_date("%d.%m.%Y"), [dt.date(2026, 7, 1), None]),
    "parse_datetime": (steps.parse_datetime(), [NOON.replace(tzinfo=None), None]),
    "parse_timestamp": (steps.parse_timestamp(), [NOON, None]),
    "full_year": (steps.full_year(), [1999, 2026, 1850]),
    "to_boolean": (steps.to_boolean(), [True, False]),
    "static_map": (steps.static_map({"f": "free", "g": "free", "p": "paid"}), ["free", "paid"]),
    "split": (steps.split("|"), [["a", "ø b"], []]),
    "integers": (steps.integers(), [["1", "-2"]]),
    "time_of_day": (steps.time_of_day(), [dt.timedelta(hours=5)]),
    "cents_to_decimal": (steps.cents_to_decimal(3), [Decimal("-1.005"), Decimal(0)]),
    "parse_number": (steps.parse_number(2, decimal=","), [Decimal("1.50"), Decimal("-0.01")]),
    "html_unescape": (steps.html_unescape, ["<a> & &amp; \"'", "plain"]),
    "strip_slashes": (steps.strip_slashes, ["a'b\"c\\d\0", "plain"]),
    "br_to_newline": (steps.br_to_newline, ["a\nb\r\n\nc", "plain"]),
    "decode_utf8": (steps.decode_utf8(), ["ø", ""]),
    "relative_to": (steps.relative_to("/up/loads"), ["a/b.png"]),
    "int_to_ip": (steps.int_to_ip(), ["255.0.0.1", "0.0.0.0"]),
    "packed_ip": (steps.packed_ip(), ["1.2.3.4", "2001:db8::1"]),
    "hex_ip": (steps.hex_ip(), ["1.2.3.4", "2001:db8::1"]),
    "parse_ip": (steps.parse_ip(), ["1.2.3.4"]),
    "php_unserialize": (
        steps.php_unserialize(),
        [{"a": [1, True, None, "ø"], "b": {"x": "y"}}, [], "text", Decimal("2.5"), None],
    ),
    "parse_json": (steps.parse_json(), [{"a": [1, None, "ø"]}, "x", Decimal("2.5")]),
}


def of(step: Step, proposal: Any) -> Any:
    """What the step makes of it; the exception for what it does not take."""
    if proposal is None and not step.takes_null:
        return None
    try:
        return step.python(proposal)
    except Exception as error:
        return error


@pytest.mark.parametrize("name", RESULTS)
def test_a_proposal_leads_to_the_result_again(name: str) -> None:
    step, results = RESULTS[name]
    assert step.inverse is not None
    for result in results:
        made = [of(step, proposal) for proposal in step.inverse(result)]
        assert result in made, f"{result!r} comes of none of {list(step.inverse(result))!r}"


def test_in_python_keeps_the_inverse() -> None:
    assert steps.in_python(steps.strip).inverse is steps.strip.inverse


def documented() -> tuple[set[str], set[str]]:
    """Steps of the rows of the table that propose something, and those that do not."""
    table = DOCS.partition("## The way back")[2].partition("\n## ")[0]
    found: tuple[set[str], set[str]] = (set(), set())
    for names, what in re.findall(r"^\| (`.*?) \| (.*) \|$", table, re.M):
        found[what.startswith("nothing")].update(re.findall(r"`(\w+)`", names))
    return found


def test_the_docs_say_which_steps_have_an_inverse() -> None:
    some, none = documented()
    assert some - {"in_python"} == set(RESULTS)
    assert some | none == set(steps.__all__)
    without = [steps.php_password(), steps.php_session(), steps.bbcode_to_html()]
    assert {step.name for step in without} == none
    assert all(step.inverse is None for step in without)
