"""Whether the databases still say what a sign-off says: made again, and compared part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migrate.config import Config
from migrate.errors import RunError
from migrate.ledger import Ledger
from migrate.signoff.document import signoff
from migrate.signoff.files import hash_differs, read_signoff
from migrate.stored import ask_again
from migrate.target import Target
from verify.stored import RangeResult

__all__ = ["Difference", "check_signoff"]

_NAMES = ("level", "mapping", "ordinal", "field", "id", "outcome", "code", "column", "step")
"""What names an entry of a list, so that one more of them does not shift all others."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One place in which the file and the databases disagree."""

    place: str
    got: Any = None
    expected: Any = None
    says: str = ""

    def render(self) -> str:
        """One line for people; `expected` is what the file says."""
        if self.says:
            return f"{self.place}: {self.says}"
        return f"{self.place}: got {_brief(self.got)} (expected {_brief(self.expected)})"


def check_signoff(config: Config, file: Path) -> tuple[list[Difference], int]:
    """Every difference between the file, its hash and the databases; and how many rows are proven.

    The legacy server is not needed. Raises `ConfigError` for a file that is no sign-off and
    `TargetError`.
    """
    found = []
    if wrong := hash_differs(file):
        place, _, says = wrong.partition(": ")
        found.append(Difference(place=place, says=says))
    said = read_signoff(file)
    target = Target(config.database, name="delamp report")
    try:
        ledger = Ledger(target)
        ledger.require_tables()
        try:
            now = signoff(
                ledger,
                run=said.get("of_run"),
                # One that came later changes nothing of what was signed.
                verification=said["verification"]["upto"] or 0,
                show_values=bool(said.get("show_values")),
            )
        except RunError as error:
            return [*found, Difference(place="the ledger", says=error.message)], 0
        found += _differences("", now, said)
    finally:
        target.close()
    results = ask_again(config, said.get("of_run"), _proven(said))
    found += [
        Difference(place=f"proof of {result.table}", says=f"{result.place}: {result.says}")
        for result in results
        if result.state in ("differs", "unproven")
    ]
    return found, sum(_rows(result) for result in results)


def _proven(said: Mapping[str, Any]) -> list[str]:
    """Tables of which the file has a proof."""
    return [table["mapping"] for table in said["tables"] if table.get("proof")]


def _rows(result: RangeResult) -> int:
    return (result.rows or 0) if result.state == "proven" else 0


def _differences(place: str, got: Any, expected: Any) -> Iterator[Difference]:
    if isinstance(got, dict) and isinstance(expected, dict):
        for name in sorted(got.keys() | expected.keys()):
            where = f"{place}.{name}" if place else name
            yield from _differences(where, got.get(name), expected.get(name))
    elif isinstance(got, list) and isinstance(expected, list):
        ours, theirs = _named(got), _named(expected)
        for name in dict.fromkeys([*theirs, *ours]):
            yield from _differences(f"{place}[{name}]", ours.get(name), theirs.get(name))
    elif got != expected:
        yield Difference(place=place, got=got, expected=expected)


def _named(items: list[Any]) -> dict[str, Any]:
    found = {}
    for number, item in enumerate(items):
        names = [str(item[n]) for n in _NAMES if n in item] if isinstance(item, dict) else []
        name = " ".join(filter(None, names)) or str(number)
        found[name if name not in found else f"{name} #{number}"] = item
    return found


def _brief(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 120 else f"{text[:117]}…"
