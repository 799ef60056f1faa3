"""The target as Django reads it: the mapped columns of the rows that a batch asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, TypeAlias, cast

from django.db import connections, models
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast

from mappings.types.jsonb import JSON_NULL
from verify.departures import Departures
from verify.rows.columns import Rows

__all__ = ["Unreadable", "WithOrm", "match_names", "named_columns"]

Row: TypeAlias = tuple[Any, ...]
_PAGE = 2_000


@dataclass(frozen=True)
class Unreadable:
    """Stands where Django has no value for what the target holds, a date of the year 10000 say."""

    error: str


def match_names(rows: Rows) -> tuple[str, ...]:
    """Fields by which the row of a source row is found in the target; () where none are.

    Those that hold the source's key as it is, else a primary key or unique fields that are filled.
    """
    table = rows.table
    filled = {c.name for c in rows.columns if not c.constant}
    identity = tuple(column.name for column in table.identity)
    if identity and set(identity) <= filled:
        return identity
    required = {c.name for c in rows.columns if not c.nullable}
    meta: Any = table.model._meta
    unique = [
        tuple(field.name for field in meta.pk_fields),
        *((field.name,) for field in meta.local_concrete_fields if field.unique),
        *(tuple(names) for names in meta.unique_together),
        *(tuple(constraint.fields) for constraint in meta.total_unique_constraints),
    ]
    return next((names for names in unique if names and set(names) <= filled & required), ())


def named_columns(rows: Rows) -> tuple[str, ...]:
    """The names that stand in the statements that Django makes."""
    meta: Any = rows.table.model._meta
    return (meta.db_table, *(str(field.column) for field in meta.local_concrete_fields))


class WithOrm:
    """Reads one table through its model; rows come as tuples of `names`, then the primary key."""

    def __init__(self, rows: Rows, departures: Departures, using: str) -> None:
        self.rows, self.using = rows, using
        self._departures = departures
        meta: Any = rows.table.model._meta
        self.attnames = tuple(column.attname for column in rows.columns)
        self.pk = tuple(field.attname for field in meta.pk_fields)
        self._attname = {column.name: column.attname for column in rows.columns}

    @cached_property
    def _all(self) -> models.QuerySet[Any, Any]:
        """The rows of this mapping."""
        table = self.rows.table
        found: Any = table.model._base_manager.using(self.using).order_by()
        if table.discriminator is not None:
            column = next(c for c in self.rows.columns if c.name == table.discriminator.name)
            found = found.filter(**{column.attname: column.meaning.of()})
        return cast("models.QuerySet[Any, Any]", found)

    def matching(self, names: Sequence[str], values: Iterable[Row]) -> dict[Row, Row]:
        """The rows that have one of these values in the fields, by that value."""
        wanted = list(dict.fromkeys(values))
        if not wanted:
            return {}
        attnames = [self._attname[name] for name in names]
        if len(attnames) == 1:
            one = attnames[0]
            found = self._all.filter(**{f"{one}__in": [value for (value,) in wanted]})
        else:
            found = self._all.filter(self._among(names, wanted))
        places = [self.attnames.index(name) for name in attnames]
        if len(places) == 1:
            (place,) = places
            return {(_hashable(row[place]),): row for row in self._read(found)}
        return {tuple(_hashable(row[place]) for place in places): row for row in self._read(found)}

    def _among(self, names: Sequence[str], values: Sequence[Row]) -> RawSQL:
        """Condition: the fields have one of these values. Thousands of Q objects take seconds."""
        meta: Any = self.rows.table.model._meta
        fields = [meta.get_field(name) for name in names]
        connection = connections[self.using]
        quote = connection.ops.quote_name
        columns = ", ".join(f"{quote(meta.db_table)}.{quote(field.column)}" for field in fields)
        one = f"({', '.join(['%s'] * len(fields))})"
        params = [
            field.get_db_prep_value(part, connection)
            for value in values
            for field, part in zip(fields, value, strict=True)
        ]
        sql = f"({columns}) IN (VALUES {', '.join([one] * len(values))})"
        return RawSQL(sql, params, output_field=models.BooleanField())

    def everything(self) -> Iterator[Row]:
        """All rows of this mapping, those left out that were there before the first run."""
        found = self._all
        if self._departures.existing or self._departures.existing_sql:
            found = found.alias(before=Cast("pk", models.TextField()))
        if self._departures.existing:
            found = found.exclude(before__in=self._departures.existing)
        if sql := self._departures.existing_sql.replace("%", "%%"):
            found = found.exclude(before__in=RawSQL(sql, ()))
        keys = found.values_list("pk", flat=True).iterator(chunk_size=_PAGE)
        # Page by page, so that of a page that Django cannot read each value is tried by itself.
        while page := list(islice(keys, _PAGE)):
            yield from self._read(self._all.filter(pk__in=page))

    def _read(self, found: models.QuerySet[Any, Any]) -> list[Row]:
        try:
            if not self._nulls:
                return list(found.values_list(*self.attnames, *self.pk))
            told = found.annotate(**self._nulls)
            rows = told.values_list(*self.attnames, *self.pk, *self._nulls)
            return [self._with_null(row) for row in rows]
        except (ValueError, OverflowError, ArithmeticError):
            return list(self._one_by_one(found))
        finally:
            self._forget_queries()

    @cached_property
    def _nulls(self) -> dict[str, Any]:
        """For each column of JSON: whether it is NULL, and not JSON's null.

        Django reads both as None.
        """
        return {
            f"delamp_null_{n}": models.ExpressionWrapper(
                models.Q(**{f"{self.attnames[n]}__isnull": True}), models.BooleanField()
            )
            for n in self._json
        }

    @cached_property
    def _json(self) -> tuple[int, ...]:
        return tuple(n for n, c in enumerate(self.rows.columns) if c.json)

    def _with_null(self, row: Row) -> Row:
        values, nulls = list(row[: -len(self._json)]), row[-len(self._json) :]
        for n, null in zip(self._json, nulls, strict=True):
            if values[n] is None and not null:
                values[n] = JSON_NULL
        return tuple(values)

    def _one_by_one(self, found: models.QuerySet[Any, Any]) -> Iterator[Row]:
        """Rows of which Django cannot read some value: each column by itself."""
        for pk in found.values_list(*self.pk):
            one = found.filter(**dict(zip(self.pk, pk, strict=True)))
            row: Row = (*(_value(one, name) for name in self.attnames), *pk)
            if self._nulls:
                told = one.annotate(**self._nulls).values_list(*self._nulls)[0]
                row = self._with_null((*row, *told))
            yield row

    def _forget_queries(self) -> None:
        """With DEBUG, Django keeps the text of every statement."""
        connections[self.using].queries_log.clear()


def _value(one: models.QuerySet[Any, Any], name: str) -> Any:
    try:
        return one.values_list(name, flat=True)[0]
    except (ValueError, OverflowError, ArithmeticError) as error:
        return Unreadable(type(error).__name__)


def _hashable(value: Any) -> Any:
    return bytes(value) if value.__class__ is memoryview else value
