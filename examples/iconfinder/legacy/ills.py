"""An ill of the legacy data, planted in a known number of rows."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Ill"]


@dataclass(frozen=True)
class Ill:
    """`kind` of ill in the column `where`: in the rows whose ordinal leaves `at` modulo `every`.

    `limit` keeps rare things rare, whatever the size of the table. Ordinals start at 0.
    """

    where: str
    kind: str
    every: int
    at: int
    limit: int | None = None

    @property
    def name(self) -> str:
        return f"{self.where}: {self.kind}"

    def hits(self, ordinal: int) -> bool:
        return ordinal % self.every == self.at and (
            self.limit is None or ordinal // self.every < self.limit
        )

    def count(self, rows: int) -> int:
        """How many of the first `rows` ordinals are hit."""
        total = max(0, (rows - self.at + self.every - 1) // self.every)
        return total if self.limit is None else min(total, self.limit)
