"""Rows with values that PostgreSQL cannot pack into an entry of a b-tree, and so refuses.

MySQL finds the rows whose values are long enough to be in question: of most tables there are none.
Only these travel, and what their entries would take is reckoned as PostgreSQL reckons it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mappings.plan import ColumnPlan, TablePlan
from mappings.sqltext import any_of
from mappings.target import TargetField, target_field
from verify.dry_run.entry_size import LARGEST_ENTRY, Part, entry_bounds, form_of
from verify.dry_run.fates import Fate, Fates
from verify.dry_run.fields import CopyFields
from verify.dry_run.indexes import BTree, btrees
from verify.dry_run.names import RowName
from verify.dry_run.rows import Collector
from verify.ports import SourceRow

__all__ = ["IndexEntries", "Packing"]

Packing = Mapping[str, "str | None"]
"""By column of the target how it packs long values: `pglz`, None: not at all, else unknown."""

_PACKED_BY_DEFAULT = "pglz"
_ROUND = 16
"""Bytes that the header of an entry and the places of one more value take at most."""
_WIDEST = 4
"""Bytes of a character in UTF-8."""
_HELD = 20_000


@dataclass(frozen=True)
class _Entry:
    """An index whose entries may be too large."""

    index: BTree
    fields: tuple[TargetField, ...]
    columns: tuple[ColumnPlan | None, ...]
    """None: PostgreSQL fills the field."""

    @property
    def shown(self) -> str:
        return ", ".join(c.name for c in self.columns if c is not None)


class IndexEntries(Collector):
    """Takes rows of one table, and puts the fates of those that an index would refuse."""

    def __init__(self, table: TablePlan, fates: Fates, using: str, packing: Packing) -> None:
        self._table, self._fates, self._packing = table, fates, packing
        self._entries = [
            entry
            for index in btrees(table)
            if (entry := _entry(table, index, using)) is not None and _in_question(entry)
        ]
        found = [c for entry in self._entries for c in entry.columns if c is not None]
        self._copy = CopyFields(tuple(dict.fromkeys(found)))
        self._found: list[tuple[RowName, Fate]] = []

    @property
    def needed(self) -> bool:
        return bool(self._entries)

    @property
    def predicate(self) -> str:
        """Of the source rows that are to be looked at."""
        return any_of([_long(entry) for entry in self._entries])

    def select(self) -> list[str]:
        if not self._entries:
            return []
        which = self.predicate
        return [f"({which})", *(f"IF({which}, {sql}, NULL)" for sql in self._copy.select())]

    def take(self, row: RowName, fields: SourceRow) -> None:
        if not self._entries or fields[0] == b"0":
            return
        texts = self._copy.read(fields[1:])
        if texts is None:
            # Refused by itself: the row rules have named it.
            return
        values = dict(zip(self._copy.columns, texts, strict=True))
        for entry in self._entries:
            pairs = zip(entry.fields, entry.columns, strict=True)
            least, most = entry_bounds([self._part(f, c, values) for f, c in pairs])
            if most > LARGEST_ENTRY:
                self._found.append((row, _fate(entry, least, most)))
        if len(self._found) >= _HELD:
            self.flush()

    def flush(self) -> None:
        """Put what was found; to be called at the end, too."""
        for row, fate in self._found:
            self._fates.put(self._table.name, row, fate)
        self._found.clear()

    def _part(
        self,
        field: TargetField,
        column: ColumnPlan | None,
        values: Mapping[ColumnPlan, str | None],
    ) -> Part:
        form = form_of(field.base, array=field.array)
        if column is None:
            return form, b"", None
        text = values[column]
        packing = self._packing.get(field.column, _PACKED_BY_DEFAULT)
        return form, None if text is None else text.encode(), packing


def _entry(table: TablePlan, index: BTree, using: str) -> _Entry | None:
    """None for an index of a field that is none of the table's own columns."""
    by_name = {column.name: column for column in table.columns}
    fields = {f.name: f for f in table.model._meta.local_concrete_fields}
    names = (*index.fields, *index.included)
    if any(name not in fields for name in names):
        return None
    return _Entry(
        index,
        tuple(target_field(fields[name], using) for name in names),
        tuple(by_name.get(name) for name in names),
    )


def _in_question(entry: _Entry) -> bool:
    """Whether the values that the types allow may take more than an entry has."""
    return any(column is not None for column in entry.columns) and (
        sum(_most(field) + _ROUND for field in entry.fields) > LARGEST_ENTRY
    )


def _most(field: TargetField) -> int:
    form = form_of(field.base, array=field.array)
    if form.size is not None:
        return form.size
    return field.size * _WIDEST if form.known and field.size else LARGEST_ENTRY


def _long(entry: _Entry) -> str:
    """Predicate over the source: the entry may be too large, or only Python makes its values."""
    length, by_python = [str(_ROUND)], list[str]()
    for field, column in zip(entry.fields, entry.columns, strict=True):
        size = form_of(field.base, array=field.array).size
        if column is None or size is not None:
            length.append(str(_ROUND + (size or 0)))
        elif column.python_tier:
            return "TRUE"
        else:
            length.append(f"{_ROUND} + COALESCE(LENGTH({column.copy}), 0)")
            by_python += column.guards
    return any_of([*by_python, f"{' + '.join(length)} > {LARGEST_ENTRY}"])


def _fate(entry: _Entry, least: int, most: int) -> Fate:
    fate = Fate(
        outcome="warned",
        code="index_too_large",
        column=entry.shown,
        detail=f"at most {most:,} bytes of {LARGEST_ENTRY:,}, as it is packed",
    )
    # Which rows are in a partial index only PostgreSQL could say.
    if least <= LARGEST_ENTRY or entry.index.partial:
        return fate
    over = f"over {LARGEST_ENTRY:,} bytes, packed"
    return replace(fate, outcome="rejected", detail=over)
