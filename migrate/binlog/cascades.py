"""Foreign keys by which InnoDB changes children on its own: the binlog says nothing of those."""

from __future__ import annotations

from dataclasses import dataclass

from migrate.source import Row, Source

__all__ = ["Cascade", "cascades"]

# Aliases: MySQL 8 gives the columns of information_schema in upper case whatever was asked.
_CASCADES = """
SELECT r.REFERENCED_TABLE_NAME AS a, r.TABLE_NAME AS b, r.DELETE_RULE AS c, r.UPDATE_RULE AS d,
       k.REFERENCED_COLUMN_NAME AS e, k.COLUMN_NAME AS f, r.CONSTRAINT_NAME AS g
FROM information_schema.REFERENTIAL_CONSTRAINTS r
JOIN information_schema.KEY_COLUMN_USAGE k
  ON k.CONSTRAINT_SCHEMA = r.CONSTRAINT_SCHEMA AND k.CONSTRAINT_NAME = r.CONSTRAINT_NAME
 AND k.TABLE_NAME = r.TABLE_NAME
WHERE r.CONSTRAINT_SCHEMA = DATABASE() AND k.REFERENCED_TABLE_SCHEMA = DATABASE()
  AND (r.DELETE_RULE IN ('CASCADE', 'SET NULL') OR r.UPDATE_RULE IN ('CASCADE', 'SET NULL'))
ORDER BY r.TABLE_NAME, r.CONSTRAINT_NAME, k.ORDINAL_POSITION
"""
_SILENT = {"CASCADE", "SET NULL"}


@dataclass(frozen=True, kw_only=True)
class Cascade:
    """A foreign key that deletes or changes rows of `child` when one of `parent` goes or changes.

    When the stream names a changed row of `parent`, the rows of `child` that referred to it are to
    be read anew, too. The children of a deleted child may follow: the chain is by `child` again.
    """

    parent: str
    child: str
    parent_columns: tuple[str, ...]
    child_columns: tuple[str, ...]
    on_delete: bool
    """Whether a deleted parent changes children."""
    on_update: bool
    """Whether a changed `parent_columns` does."""


def cascades(source: Source) -> tuple[Cascade, ...]:
    """The foreign keys of the connection's database whose actions no row event tells of."""
    parts: dict[tuple[str, str], list[Row]] = {}
    for row in source.rows(_CASCADES):
        parts.setdefault((_text(row[1]), _text(row[6])), []).append(row)
    return tuple(
        Cascade(
            parent=_text(rows[0][0]),
            child=child,
            parent_columns=tuple(_text(row[4]) for row in rows),
            child_columns=tuple(_text(row[5]) for row in rows),
            on_delete=_text(rows[0][2]) in _SILENT,
            on_update=_text(rows[0][3]) in _SILENT,
        )
        for (child, _), rows in parts.items()
    )


def _text(value: bytes | None) -> str:
    return (value or b"").decode()
