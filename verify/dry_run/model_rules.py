"""What a model's own validators say of a row: `full_clean` but for what needs a database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from mappings.plan import TablePlan

__all__ = ["ModelRules"]


class ModelRules:
    """Calls `clean_fields()` and `clean()` on instances of one model."""

    def __init__(self, table: TablePlan) -> None:
        self._model = table.model
        fields = {f.name: f for f in table.model._meta.local_concrete_fields}
        self._made = [
            (fields[c.name].attname, c, c.raw != "NULL") for c in table.columns if c.name in fields
        ]
        filled = {column.name for column in table.columns}
        # References ask the database, and are evaluated for all rows at once; what no mapping
        # fills (keys that PostgreSQL makes, counters) has no value yet.
        self._excluded = {
            f.name
            for f in table.model._meta.local_concrete_fields
            if f.name not in filled or isinstance(f, models.ForeignKey)
        }
        self._excluded |= {counter.name for counter in table.counters}

    def broken(self, raws: Sequence[bytes | None]) -> tuple[tuple[str, str], ...]:
        """Field and code of each refusal; `raws` are of the columns that have a source."""
        left = iter(raws)
        try:
            values = {
                name: column.python(next(left) if read else None)
                for name, column, read in self._made
            }
        except Exception:
            # Some step refused a value that SQL had let pass: the row rules speak of that.
            return ()
        made = self._model(**values)
        return (*self._ask(made, fields=True), *self._ask(made, fields=False))

    def _ask(self, made: models.Model, *, fields: bool) -> Iterator[tuple[str, str]]:
        try:
            if fields:
                made.clean_fields(exclude=self._excluded)
            else:
                made.clean()
        except ValidationError as error:
            yield from _told(error)
        except Exception as error:
            # The model's code: whatever it raises is told of this row.
            yield "", type(error).__name__


def _told(error: ValidationError) -> Iterator[tuple[str, str]]:
    by_field = getattr(error, "error_dict", None) or {NON_FIELD_ERRORS: error.error_list}
    for name, errors in by_field.items():
        for each in errors:
            yield "" if name == NON_FIELD_ERRORS else name, str(each.code or "invalid")
