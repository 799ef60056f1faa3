"""One damage counted once, however many levels have found it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from verify.findings import INFORMATION, Finding, Kind
from verify.results import LevelResult

__all__ = ["Damage", "damage_of"]

_OF_ROWS: frozenset[Kind] = frozenset({"missing", "extra", "mismatched", "count_differs"})
_NOUNS: dict[Kind, tuple[str, str]] = {
    "drifted": ("counter is off", "counters are off"),
    "sequence_behind": ("sequence behind", "sequences behind"),
    "sequence_missing": ("sequence missing", "sequences missing"),
    "constraint_missing": ("constraint missing", "constraints missing"),
    "constraint_broken": ("constraint broken", "constraints broken"),
    "index_missing": ("index missing", "indexes missing"),
    "index_invalid": ("invalid index", "invalid indexes"),
    "table_unlogged": ("unlogged table", "unlogged tables"),
    "content_type_missing": ("content type missing", "content types missing"),
    "answer_differs": ("answer differs", "answers differ"),
    "question_failed": ("question failed", "questions failed"),
}


@dataclass(frozen=True, kw_only=True)
class Damage:
    """What is wrong, each row, counter, constraint and answer once."""

    rows: int = 0
    tables: int = 0
    """Tables that these rows are in."""
    at_least: bool = False
    """Whether more rows were found than were kept, so that two levels may mean other ones."""
    others: Counter[Kind] = field(default_factory=Counter)
    """What is no row."""

    @property
    def number(self) -> int:
        """All of it: rows and what is no row."""
        return self.rows + sum(self.others.values())

    def __str__(self) -> str:
        """`3 rows differ in 2 tables, 1 counter is off`; nothing without damage."""
        parts = []
        if self.rows:
            row = "row differs" if self.rows == 1 else "rows differ"
            table = "1 table" if self.tables == 1 else f"{self.tables:,} tables"
            more = "at least " if self.at_least else ""
            parts.append(f"{more}{self.rows:,} {row} in {table}")
        for kind, (one, many) in _NOUNS.items():
            if number := self.others[kind]:
                parts.append(f"{number:,} {one if number == 1 else many}")
        return ", ".join(parts)


def damage_of(results: Iterable[LevelResult]) -> Damage:
    """Put together what several levels say of the same rows."""
    by_table: dict[str, list[LevelResult]] = {}
    for result in results:
        by_table.setdefault(result.table, []).append(result)
    rows, tables, at_least, others = 0, 0, False, Counter[Kind]()
    for found in by_table.values():
        number, more = _rows(found)
        rows, tables, at_least = rows + number, tables + bool(number), at_least or more
        for result in found:
            others.update(_others(result))
    return Damage(rows=rows, tables=tables, at_least=at_least, others=others)


def _rows(results: list[LevelResult]) -> tuple[int, bool]:
    """How many rows of a table differ, and whether there may be more."""
    distinct = _Rows()
    most, levels = 0, 0
    kept_all = True
    for result in results:
        told = sum(n for kind, n in result.totals.items() if kind in _OF_ROWS)
        if result.level == "counts":
            # How many rows too many or too few: the other levels name the same ones.
            most = max(most, (abs(result.surplus) or told) if told else 0)
            continue
        named = [f for f in result.findings if _is_row(f)]
        distinct.add_level(named)
        most, levels = max(most, told), levels + bool(told)
        kept_all = kept_all and told <= len(named)
    number = max(most, distinct.number)
    return number, levels > 1 and not kept_all


def _is_row(finding: Finding) -> bool:
    broken = finding.kind == "constraint_broken" and bool(finding.target_key)
    return broken or (finding.kind in _OF_ROWS)


def _others(result: LevelResult) -> Counter[Kind]:
    found: Counter[Kind] = Counter()
    for kind, number in result.totals.items():
        if kind not in _OF_ROWS and kind not in INFORMATION:
            found[kind] = number
    # Rows that break a constraint are rows, and counted there.
    found["constraint_broken"] -= sum(
        f.kind == "constraint_broken" and _is_row(f) for f in result.findings
    )
    return +found


class _Rows:
    """Rows by any of their names: the source's key, the target's, or neither."""

    def __init__(self) -> None:
        self._known: set[tuple[str, ...]] = set()
        self._named = 0
        self._nameless: Counter[Kind] = Counter()

    @property
    def number(self) -> int:
        return self._named + sum(self._nameless.values())

    def add_level(self, findings: Iterable[Finding]) -> None:
        """Take what one level has found."""
        # Each level counts those that nothing names: they are as many as the most of any.
        nameless = Counter(finding.kind for finding in findings if not self._add(finding))
        self._nameless |= nameless

    def _add(self, finding: Finding) -> bool:
        names = set()
        if finding.target_key:
            names.add(("target", *map(str, finding.target_key)))
        if finding.key and finding.kind not in ("extra", "constraint_broken"):
            names.add(("source", *map(str, finding.key)))
        if names and not names & self._known:
            self._named += 1
        self._known |= names
        return bool(names)
