"""The example's README says what the generator does."""

from __future__ import annotations

from pathlib import Path

from examples.iconfinder.generate import listing
from examples.iconfinder.legacy import facts
from examples.iconfinder.legacy.passwords import KNOWN

README = Path(__file__).resolve().parents[2] / "examples" / "iconfinder" / "README.md"


def test_the_numbers_of_the_readme_are_those_of_the_default_database() -> None:
    text = README.read_text()
    planted = facts(1_050_000, 1)
    assert listing(planted) in text
    for reference, rows in planted.knock_on.items():
        assert f"| `{reference}` | {rows:,} |" in text


def test_the_readme_names_every_known_password() -> None:
    text = README.read_text()
    assert [word for word in KNOWN if f"`{word}`" not in text] == []
