"""Copy proofs: what the source said of each range while it was loaded, asked of the target again.

The source is not needed, and not asked: so a range that differs cannot be narrowed down to rows.
The connections are handed in, and so is what the ledger keeps: SQL of the target, ranges and sums.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mappings.proof import FORM, RowSum, sums_sql
from verify.ports import TargetConnection

__all__ = ["RangeResult", "State", "StoredRange", "StoredReport", "StoredTable", "check_range"]

SCHEMA_VERSION = 1

State = Literal["proven", "differs", "changed", "unproven"]
"""`changed`: a refresh has written to the range since, so the sum of the load says nothing of it.
`unproven`: there is no sum, or none that can be made again; the reason is told."""

_SHOWN = 20
"""Ranges of one table that people are shown; the JSON has all."""
_FAILURES: frozenset[State] = frozenset({"differs", "unproven"})


@dataclass(frozen=True, kw_only=True)
class StoredRange:
    """What the ledger keeps of a range of a table, or of a whole one."""

    id: int
    after: tuple[Any, ...] | None
    until: tuple[Any, ...] | None
    expected: RowSum | None
    """None: there is no sum."""
    why: str = ""
    """Why the sum does not hold, or why there is none."""
    changed: bool = False
    """Whether that is because of a refresh."""


@dataclass(frozen=True, kw_only=True)
class StoredTable:
    """What the ledger keeps of one table."""

    name: str
    source: str
    target: str
    form: Mapping[str, Any]
    ranges: tuple[StoredRange, ...]

    @property
    def ranged(self) -> bool:
        """Whether the target can tell which rows are in a range."""
        return bool(self.form["key"])

    def checkable(self) -> tuple[StoredRange, ...]:
        """The ranges to ask for: all as one, where the target cannot tell them apart."""
        if self.ranged or not self.ranges:
            return self.ranges
        first, total = self.ranges[0], RowSum()
        for each in self.ranges:
            if each.why or each.expected is None:
                return (replace(each, after=None, until=None),)
            total += each.expected
        return (replace(first, after=None, until=None, expected=total),)

    def gaps(self) -> list[tuple[tuple[Any, ...] | None, tuple[Any, ...] | None]]:
        """Parts of the key that no range covers: of these nobody knows anything."""
        found = []
        at: tuple[Any, ...] | None = None
        for number, each in enumerate(self.ranges):
            if each.after != at or (number and at is None):
                found.append((at, each.after))
            at = each.until
        if not self.ranges or at is not None:
            found.append((at, None))
        return found


@dataclass(frozen=True, kw_only=True)
class RangeResult:
    """What became of one range."""

    table: str
    state: State
    after: tuple[Any, ...] | None = None
    until: tuple[Any, ...] | None = None
    whole: bool = False
    """The table can only be looked at as a whole."""
    names: tuple[str, ...] = ()
    """Columns of the source's key."""
    expected: int | None = None
    rows: int | None = None
    why: str = ""

    @property
    def place(self) -> str:
        """The range as people read it."""
        if self.whole or (self.after is None and self.until is None):
            return "the whole table"
        names = ", ".join(self.names)
        ends = [f"> {_key(self.after)}"] if self.after is not None else []
        ends += [f"<= {_key(self.until)}"] if self.until is not None else []
        return f"{names} {' and '.join(ends)}"

    def render(self) -> str:
        """One line for people."""
        return f"{self.state}  {self.table}  {self.place}: {self.says}"

    @property
    def says(self) -> str:
        """What there is to say of it."""
        if self.state in ("changed", "unproven"):
            return self.why
        if self.state == "proven":
            return f"{self.rows:,} rows as the source had them"
        rows, expected = self.rows or 0, self.expected or 0
        if rows < expected:
            return f"{expected - rows:,} of {expected:,} rows are missing; others may differ"
        if rows > expected:
            return f"{rows - expected:,} rows more than the {expected:,} loaded; others may differ"
        return f"{rows:,} rows, as many as were loaded, with other content"

    def to_json(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "after": self.after,
            "until": self.until,
            "expected_rows": self.expected,
            "rows": self.rows,
            "says": self.says,
        }


def check_range(table: StoredTable, part: StoredRange, target: TargetConnection) -> RangeResult:
    """Hash the rows that the target holds of a range and compare. Raises what `target` raises."""
    result = RangeResult(
        table=table.name,
        state="proven",
        after=part.after,
        until=part.until,
        whole=not table.ranged,
        names=tuple(table.form.get("names", ())),
        expected=part.expected.rows if part.expected else None,
    )
    if part.changed:
        return replace(result, state="changed", why=part.why)
    if part.why or part.expected is None:
        why = part.why or "it was loaded without --proof"
        return replace(result, state="unproven", why=why)
    if table.form["form"] != FORM:
        why = f"its hashes are of form {table.form['form']}, got none of {FORM}"
        return replace(result, state="unproven", why=why)
    rows, high, low = target.rows(_sums(table, part))[0]
    held = RowSum(int(rows)) + RowSum(0, int(high), int(low))
    return replace(result, state="proven" if held == part.expected else "differs", rows=held.rows)


def _sums(table: StoredTable, part: StoredRange) -> str:
    form = table.form
    predicates = [f"({form['where']})"]
    key = f"({', '.join(form['key'])})"
    for bound, sign in ((part.after, ">"), (part.until, "<=")):
        if bound is not None:
            predicates.append(f"{key} {sign} ({', '.join(str(int(v)) for v in bound)})")
    # OFFSET 0 keeps PostgreSQL from pulling the subquery up, and hashing at each mention.
    return (
        f"SELECT {sums_sql('q.h')} FROM (SELECT {form['hash']} AS h FROM {form['from']}"
        f" WHERE {' AND '.join(predicates)} OFFSET 0) q"
    )


@dataclass(frozen=True, kw_only=True)
class StoredReport:
    """What became of all ranges of some tables."""

    tables: tuple[StoredTable, ...]
    results: tuple[RangeResult, ...]
    seconds: float = field(default=0.0, compare=False)

    @property
    def ok(self) -> bool:
        """Whether no range differs and none is unproven. One that a refresh changed is fine."""
        return not any(result.state in _FAILURES for result in self.results)

    def totals(self, table: str | None = None) -> Counter[State]:
        """Ranges by state, of one table or of all."""
        return Counter(r.state for r in self.results if table in (None, r.table))

    def rows_proven(self, table: str | None = None) -> int:
        """Rows that are in the target as the source had them."""
        own = (r for r in self.results if table in (None, r.table) and r.state == "proven")
        return sum(r.rows or 0 for r in own)

    def to_json(self) -> dict[str, Any]:
        """The report as JSON types; it holds no value of any row but keys."""
        return {
            "schema_version": SCHEMA_VERSION,
            "level": "stored",
            "ok": self.ok,
            "seconds": round(self.seconds, 3),
            "totals": dict(sorted(self.totals().items())),
            "rows_proven": self.rows_proven(),
            "tables": [
                {
                    "table": table.name,
                    "target": table.target,
                    "totals": dict(sorted(self.totals(table.name).items())),
                    "rows_proven": self.rows_proven(table.name),
                    "ranges": [r.to_json() for r in self.results if r.table == table.name],
                }
                for table in self.tables
            ],
        }

    def render(self) -> str:
        """The report for people."""
        lines = ["stored  (cannot tell which rows of a range differ: the source is not asked)"]
        for table in self.tables:
            lines += self._table(table)
        totals = self.totals()
        told = ", ".join(f"{n:,} {state}" for state, n in sorted(totals.items()))
        verdict = "no range differs" if self.ok else "not proven"
        lines.append(
            f"{verdict}: {self.rows_proven():,} rows proven; ranges: {told or 'none'}"
            f"  ({self.seconds:.1f} s)"
        )
        return "\n".join(lines)

    def _table(self, table: StoredTable) -> list[str]:
        own = [r for r in self.results if r.table == table.name and r.state != "proven"]
        failed = any(r.state in _FAILURES for r in own)
        mark = "BAD" if failed else "ok " if not own else "…  "
        told = ", ".join(f"{n:,} {s}" for s, n in sorted(self.totals(table.name).items()))
        lines = [f"  {mark}  {table.name}  {self.rows_proven(table.name):,} rows proven  {told}"]
        lines += [f"    {result.render()}" for result in own[:_SHOWN]]
        more = len(own) - _SHOWN
        return [*lines, f"    and {more:,} more"] if more > 0 else lines


def _key(key: tuple[Any, ...] | None) -> str:
    values = ", ".join(map(str, key or ()))
    return values if key is not None and len(key) == 1 else f"({values})"
