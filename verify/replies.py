"""Two answers to one question, held against each other row by row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from mappings.questions import Question
from verify.answers import same_answer
from verify.findings import Finding

__all__ = ["Comparison", "Row"]

Row = tuple[Any, ...]


class Comparison:
    """Both answers to one question."""

    def __init__(self, table: str, question: Question, columns: tuple[str, ...]) -> None:
        self._table, self._question, self._columns = table, question, columns

    def findings(self, source: Sequence[Row], target: Sequence[Row]) -> Iterator[Finding]:
        """What is not answered alike, row by row of the source's answer, then the target's."""
        for number, mine, held in self._pairs(source, target):
            if mine is None or held is None:
                side = "target" if mine is None else "source"
                yield self._finding(number, self._columns, mine, held, f"only the {side} has it")
                continue
            at = [n for n, (a, b) in enumerate(zip(mine, held, strict=True)) if self._off(a, b)]
            if at:
                names = tuple(self._columns[n] for n in at)
                a, b = (tuple(row[n] for n in at) for row in (mine, held))
                yield self._finding(number, names, a, b, "")

    def _off(self, a: Any, b: Any) -> bool:
        return not same_answer(a, b, self._question.tolerance)

    def _pairs(
        self, source: Sequence[Row], target: Sequence[Row]
    ) -> Iterator[tuple[int, Row | None, Row | None]]:
        """(number of the row, the source's, the target's): by place, or by what names them."""
        if self._question.ordered:
            for n, (mine, held) in enumerate(zip_longest(source, target), 1):
                yield n, mine, held
            return
        left: dict[tuple[Any, ...], list[tuple[int, Row]]] = defaultdict(list)
        for n, held in enumerate(target, 1):
            left[self._key(held)].append((n, held))
        for n, mine in enumerate(source, 1):
            same = left.get(self._key(mine), [])
            found = self._most_alike(mine, same)
            yield n, mine, same.pop(found)[1] if found is not None else None
        for rest in left.values():
            for n, held in rest:
                yield n, None, held

    def _most_alike(self, mine: Row, others: Sequence[tuple[int, Row]]) -> int | None:
        """Of rows with the same key, as a rule one: which is the same row."""
        if self._question.key == 0 or len(mine) <= self._question.key:
            # Nothing names it: it is the same, or it is another.
            same = (n for n, (_, held) in enumerate(others) if not self._differ(mine, held))
            alone = len(mine) == 1 and len(others) == 1 and self._question.key > 0
            return next(same, 0 if alone else None)
        differing = [(self._differ(mine, held), n) for n, (_, held) in enumerate(others)]
        return min(differing)[1] if differing else None

    def _differ(self, mine: Row, held: Row) -> int:
        return sum(map(self._off, mine, held))

    def _key(self, row: Row) -> tuple[Any, ...]:
        if len(row) <= self._question.key:
            # All of it would be its name: a single value has none.
            return ()
        return tuple(map(_hashable, row[: self._question.key]))

    def _finding(
        self,
        number: int,
        columns: tuple[str, ...],
        source: Row | None,
        target: Row | None,
        detail: str,
    ) -> Finding:
        blank = (None,) * len(columns)
        told = f"{self._question.name}: row {number}"
        return Finding(
            kind="answer_differs",
            table=self._table,
            columns=columns,
            source_values=source if source is not None else blank,
            target_values=target if target is not None else blank,
            detail=f"{told}, {detail}" if detail else told,
        )


def _hashable(value: Any) -> Any:
    """Equal for values that are the same answer."""
    if isinstance(value, bool | int | float) or hasattr(value, "as_tuple"):
        return float(value)
    if isinstance(value, memoryview | bytearray):
        return bytes(value)
    return repr(value) if isinstance(value, list | dict | tuple) else value
