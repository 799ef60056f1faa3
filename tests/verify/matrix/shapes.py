"""How the rows of a table are named: five shapes that every type of the matrix is put into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models

from mappings import Column

__all__ = ["SHAPES", "Shape"]


@dataclass(frozen=True)
class Shape:
    """One kind of key: its columns on both sides, and how findings name a row by it."""

    name: str
    columns: str
    """Of the source's table."""
    key: Callable[[int], tuple[Any, ...]]
    """The source key of the row of that number, in the order of the numbers."""
    fields: Callable[[], dict[str, Any]]
    mapped: Callable[[], dict[str, Any]]
    strategy: str
    moved: tuple[str, str] | None = None
    """A column of the key in the target, and SQL of another value of it, under which no row is."""


def _text_key(n: int) -> tuple[str]:
    """Keys that two collations order differently; in the order of their bytes by number."""
    return (f"{n:02}{('-b', 'B', ' b', 'Å', 'b', '_a')[n % 6]}",)


SHAPES: dict[str, Shape] = {
    shape.name: shape
    for shape in (
        Shape(
            name="keyed",
            columns="id INT NOT NULL PRIMARY KEY",
            key=lambda n: (7 * n - 20,),
            fields=lambda: {"id": models.IntegerField(primary_key=True)},
            mapped=lambda: {"id": Column("id")},
            strategy="ranges",
            moved=("id", "id + 1"),
        ),
        Shape(
            name="composite",
            columns="l INT NOT NULL, r BIGINT NOT NULL, PRIMARY KEY (l, r)",
            key=lambda n: (n // 4, 10**12 + n % 4),
            fields=lambda: {"left": models.IntegerField(), "right": models.BigIntegerField()},
            mapped=lambda: {"left": Column("l"), "right": Column("r")},
            strategy="ranges",
            moved=("right", '"right" + 100'),
        ),
        Shape(
            name="text",
            columns="name VARCHAR(20) CHARACTER SET latin1 NOT NULL PRIMARY KEY",
            key=_text_key,
            fields=lambda: {"name": models.CharField(max_length=20, primary_key=True)},
            mapped=lambda: {"name": Column("name")},
            strategy="buckets",
            moved=("name", "name || ' '"),
        ),
        Shape(
            name="lost",
            columns="code VARCHAR(20) NOT NULL PRIMARY KEY",
            key=lambda n: (f"code {n}",),
            fields=dict,
            mapped=dict,
            strategy="buckets",
        ),
        Shape(
            name="keyless",
            columns="",
            key=lambda n: (),
            fields=dict,
            mapped=dict,
            strategy="buckets",
        ),
    )
}
"""`lost` is a key that the target does not hold: the source names the row."""
