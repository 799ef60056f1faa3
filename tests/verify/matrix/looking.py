"""Do a damage to a clean copy, look for it at every level, undo it: one cell of the matrix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.verify.matrix.board import LEVELS, Board, Slot
from tests.verify.matrix.damages import CellDamage, damages_of, spellings_of
from verify import Report

__all__ = ["Looker"]

Found = tuple[str, tuple[Any, ...], tuple[str, ...], tuple[Any, ...]]
"""Kind, source key, columns and target key of a finding."""
NAMELESS = ("lost", "keyless")
"""Shapes whose rows level "rows" compares as a multiset: it sees those that are too many."""


@dataclass
class Looker:
    """Goes through the cells of tables and keeps what was missed, or said too much."""

    board: Board
    cells: int = 0
    bad: list[str] = field(default_factory=list)

    def clean(self, slot: Slot) -> None:
        """The copy as it was loaded gives no finding, and is compared as its key asks for."""
        report = self.board.verify(slot)
        self._expect(slot, "clean", report, dict.fromkeys(LEVELS, []))
        (strategy,) = {r.strategy for r in report.results if r.level == "checksums"}
        assert strategy == slot.shape.strategy
        assert not any(r.note for r in report.results)

    def values(self, slot: Slot, *positions: str) -> None:
        """Every damage of the type, to the rows at these positions."""
        for name in positions:
            n = slot.positions[name]
            assert n in slot.held, f"{slot.kind}: its own value is refused"
            for damage in self._damages(slot, n):
                self._cell(slot, name, n, "w" if damage.of_null else "v", damage)
            for spelling in spellings_of(slot.column.field):
                if self.board.damage(slot, n, "v", spelling.sql):
                    self._look(slot, f"{name}, {spelling.name}", dict.fromkeys(LEVELS, []))

    def hostile(self, slot: Slot) -> None:
        """One damage to each row in turn, so that each hostile value is damaged."""
        places = set(slot.positions.values())
        for n in slot.held:
            if n in places:
                continue
            value = self._value(slot, n)
            if value is None:
                continue
            damages = [d for d in damages_of(slot.column.field, value) if not d.of_null]
            turned = damages[n % len(damages) :] + damages[: n % len(damages)]
            any(self._cell(slot, f"row {n}", n, "v", damage) for damage in turned)

    def rows(self, slot: Slot) -> None:
        """Damage to whole rows: columns and rows swapped, lost, twice, moved."""
        for name, n in slot.positions.items():
            partner = n + 1 if n + 1 < len(slot.rows) else n - 1
            self._swapped_columns(slot, name, n)
            self._swapped_rows(slot, name, n, partner)
            self._moved_child(slot, name, n)
            self._lost(slot, name, n)
            self._twice(slot, name, n)
            self._renamed(slot, name, n)

    def _damages(self, slot: Slot, n: int) -> Iterator[CellDamage]:
        return damages_of(slot.column.field, self._value(slot, n))

    def _value(self, slot: Slot, n: int) -> Any:
        return self.board.target.value(f"SELECT v FROM {slot.name} WHERE n = {n}")

    def _cell(self, slot: Slot, where: str, n: int, column: str, damage: CellDamage) -> bool:
        if not self.board.damage(slot, n, column, damage.sql):
            self.board.undo(slot)
            return False
        found = [self._mismatch(slot, n, column)]
        expected = {level: [] if level in damage.unseen else found for level in LEVELS[1:]}
        self._look(slot, f"{where}, {damage.name}", expected)
        return True

    def _swapped_columns(self, slot: Slot, where: str, n: int) -> None:
        self.board.change(slot, f"UPDATE {{t}} SET v = w, w = v WHERE n = {n}")
        self._found(slot, f"{where}, swapped columns", [self._mismatch(slot, n, "v", "w")])

    def _swapped_rows(self, slot: Slot, where: str, n: int, partner: int) -> None:
        self.board.change(
            slot,
            "UPDATE {t} SET v = (SELECT o.v FROM {t} o WHERE o.n <> {t}.n"
            f" AND o.n IN ({n}, {partner})) WHERE n IN ({n}, {partner})",
        )
        both = [self._mismatch(slot, n, "v"), self._mismatch(slot, partner, "v")]
        self._found(slot, f"{where}, swapped rows", both)

    def _moved_child(self, slot: Slot, where: str, n: int) -> None:
        self.board.change(slot, f"UPDATE {{t}} SET parent_id = parent_id % 9 + 1 WHERE n = {n}")
        self._found(slot, f"{where}, moved child", [self._mismatch(slot, n, "parent")])

    def _lost(self, slot: Slot, where: str, n: int) -> None:
        self.board.change(slot, f"DELETE FROM {{t}} WHERE n = {n}")
        missing = [("missing", slot.key(n), (), ())]
        self._look(slot, f"{where}, lost", _counted(missing, missing))

    def _twice(self, slot: Slot, where: str, n: int) -> None:
        fields = slot.model._meta.local_concrete_fields
        (pk,) = slot.model._meta.pk_fields
        other = {f.column: f'"{f.column}"' for f in fields}
        own = pk.column in {c.column for c in slot.plan.columns}
        if own and slot.shape.moved:
            other[pk.column] = slot.shape.moved[1]
        elif not own:
            other[pk.column] = "1000"
        names = ", ".join(f'"{name}"' for name in other)
        self.board.change(
            slot,
            f"INSERT INTO {{t}} ({names}) SELECT {', '.join(other.values())}"
            f" FROM {{t}} WHERE n = {n}",
        )
        held = f'"{pk.column}"::text'
        (key,) = self.board.target.rows(
            f"SELECT {held} FROM {slot.name} EXCEPT SELECT {held} FROM {slot.name}_kept"
        )
        named: tuple[Any, ...] = slot.key(n) if slot.plan.identity else ()
        if own:
            named = (int(key[0]) if slot.shape.name == "keyed" else key[0],)
        extra: list[Found] = [("extra", tuple(named), (), key)]
        if not own:
            # One of two equal rows is too many: which of them nobody can say.
            extra = [("extra", tuple(named), (), self._any_of(slot, n, key))]
        unseen = [] if slot.shape.name not in NAMELESS else extra
        self._look(slot, f"{where}, twice", _counted(extra, unseen))

    def _any_of(self, slot: Slot, n: int, key: tuple[Any, ...]) -> tuple[Any, ...]:
        return (f"{slot.primary[n]}|{key[0]}",)

    def _renamed(self, slot: Slot, where: str, n: int) -> None:
        if slot.shape.moved is None:
            return
        column, other = slot.shape.moved
        self.board.change(slot, f'UPDATE {{t}} SET "{column}" = {other} WHERE n = {n}')
        names = ", ".join(f'"{c.column}"' for c in slot.plan.identity)
        (pk,) = slot.model._meta.pk_fields
        (row,) = self.board.target.rows(
            f'SELECT {names}, "{pk.column}"::text FROM {slot.name} WHERE n = {n}'
        )
        missing: Found = ("missing", slot.key(n), (), ())
        extra: Found = ("extra", row[:-1], (), row[-1:])
        self._look(
            slot, f"{where}, another key", {"checksums": [extra, missing], "rows": [missing]}
        )

    def _mismatch(self, slot: Slot, n: int, *columns: str) -> Found:
        return ("mismatched", slot.key(n), columns, (slot.primary[n],))

    def _found(self, slot: Slot, what: str, findings: list[Found]) -> None:
        self._look(slot, what, {"checksums": findings, "rows": findings})

    def _look(self, slot: Slot, what: str, expected: dict[str, list[Found]]) -> None:
        report = self.board.verify(slot)
        self._expect(slot, what, report, expected)
        self._expect_named(slot, what, expected.get("checksums", []))
        self.board.undo(slot)
        self.cells += 1

    def _expect_named(self, slot: Slot, what: str, wanted: list[Found]) -> None:
        """What a resync would refresh are the same rows, which it finds in its own way.

        Where the same value is only spelled otherwise, it may refresh a row that needs it not.
        """
        if slot.shape.strategy != "ranges" or not wanted:
            return
        found = self.board.differing(slot)
        if sorted(found) != sorted(row[1] for row in wanted):
            self.bad.append(f"{slot.kind}, {slot.shape.name}, {what}, named: {found}")

    def _expect(
        self, slot: Slot, what: str, report: Report, expected: dict[str, list[Found]]
    ) -> None:
        for result in report.results:
            found = [(f.kind, f.key, f.columns, f.target_key) for f in result.findings]
            wanted = expected.get(result.level, [])
            if not _same(found, wanted):
                said = f"{found} (expected {wanted})"
                self.bad.append(f"{slot.kind}, {slot.shape.name}, {what}, {result.level}: {said}")


def _counted(checksums: list[Found], rows: list[Found]) -> dict[str, list[Found]]:
    return {"counts": [("count_differs", (), (), ())], "checksums": checksums, "rows": rows}


def _same(found: list[Found], wanted: list[Found]) -> bool:
    if len(found) != len(wanted):
        return False
    for one, other in zip(sorted(found, key=repr), sorted(wanted, key=repr), strict=True):
        keys = other[3][0].split("|") if other[3] else [None]
        if one[:3] != other[:3] or (one[3][0] if one[3] else None) not in keys:
            return False
    return True
