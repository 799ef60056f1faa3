"""The columns of one table as level "rows" reads them: what to select, and what it means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from mappings.catalogue import SourceColumn
from mappings.columns import Column, Constant, ContentTypes, Gathered, Picked
from mappings.errors import Reject
from mappings.expr import Kind
from mappings.plan import TablePlan
from mappings.sqltext import ROW, my_name
from mappings.steps.base import Step
from mappings.target import TargetField, target_field
from verify.rows.declared import Declared, Field, Filling, Fillings, find_table
from verify.rows.decoding import Decoder, decoder
from verify.rows.listed import member
from verify.rows.meaning import Meaning, constant_value, decoder_for, follow, meaning
from verify.rows.pairs import Pairs, gathered_object, pairs_of, picked_value
from verify.rows.shown import shown_by

__all__ = ["RowColumn", "Rows", "numeric_keys", "rows_of"]


@dataclass(frozen=True, kw_only=True)
class RowColumn:
    """One column of the target, as declared."""

    name: str
    attname: str
    meaning: Meaning
    selects: tuple[str, ...]
    """SQL over the source row: the arguments of `meaning`. None of them: the pairs are it."""
    pairs: Pairs | None
    json: bool
    double: bool
    constant: bool
    nullable: bool


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Everything about reading one table independently."""

    table: TablePlan
    relation: str
    where: str | None
    columns: tuple[RowColumn, ...]
    listed: tuple[Fillings, Decoder] | None = None


def rows_of(declared: Declared, table: TablePlan, fillings: Fillings, using: str) -> Rows:
    """Build the reading of one table. Raises ValueError where a declaration cannot be followed."""
    maker = _Maker(declared, table, fillings, using)
    listed = None
    if fillings.listed is not None:
        listed = fillings, maker.list_decoder()
    return Rows(
        table=table,
        relation=maker.relation(),
        where=fillings.options.where,
        columns=tuple(maker.column(field, filling) for field, filling in fillings.fields),
        listed=listed,
    )


@dataclass(frozen=True)
class _Made:
    meaning: Meaning
    selects: tuple[str, ...] = ()
    pairs: Pairs | None = None


class _Maker:
    def __init__(
        self, declared: Declared, table: TablePlan, fillings: Fillings, using: str
    ) -> None:
        self.declared, self.table, self.using = declared, table, using
        self.options, self.listed = fillings.options, fillings.listed

    def relation(self) -> str:
        """SQL for a FROM clause, the joins written anew from their declarations."""
        if self.listed is not None:
            return f"{my_name(self._other(self.listed.table).name)} {ROW}"
        parts = [self.table.source.own]
        for alias, join in self.options.joins.items():
            other = self._other(join.table).name
            on = " AND ".join(
                f"{my_name(alias)}.{my_name(mine)} = {self._read(theirs)[1]}"
                for mine, theirs in join.on.items()
            )
            parts.append(f"LEFT JOIN {my_name(other)} {my_name(alias)} ON {on}")
        return " ".join(parts)

    def column(self, field: Field, filling: Filling) -> RowColumn:
        target = target_field(field, self.using)
        made = self._made(field, filling, target)
        return RowColumn(
            name=field.name,
            attname=field.attname,
            meaning=made.meaning,
            selects=made.selects,
            pairs=made.pairs,
            constant=isinstance(filling, Constant),
            json=target.base == "jsonb",
            double=target.base == "double precision",
            nullable=field.null,
        )

    def list_decoder(self) -> Decoder:
        """How the list of a many-to-many is read."""
        assert self.listed is not None
        column, sql = self._read(self.listed.target)
        return _require(decoder(column, sql), column)

    def _made(self, field: Field, filling: Filling, target: TargetField) -> _Made:
        shown = shown_by(field, self.using)
        if isinstance(filling, Constant):
            value = constant_value(filling.value, target)
            value = value if shown is None or value is None else shown(value)
            return _Made(Meaning(lambda: value))
        if isinstance(filling, Gathered):
            pairs = self._pairs(filling)
            _, facts, conversion = follow(Kind.JSON, (), target, None)
            decode = gathered_object(pairs, filling.steps, filling.without)
            return _Made(meaning(decode, (), facts, conversion, shown), pairs=pairs)
        steps = (*filling.steps, *self._renumbering(field))
        if isinstance(filling, ContentTypes):
            steps = (*steps, self._content_type(filling))
        if isinstance(filling, Picked):
            pairs = self._pairs(filling)
            made = self._chain(pairs.value, steps, target, shown)
            return _Made(_of_picked(picked_value(pairs, filling.pick), made), pairs=pairs)
        plain = self._decoder(filling)
        if self.listed is None:
            column, _ = self._read(filling.source)
            plain = decoder_for(column, plain, steps)
        return _Made(self._chain(plain, steps, target, shown), selects=plain.selects)

    def _chain(
        self,
        plain: Decoder,
        steps: tuple[Step, ...],
        target: TargetField,
        shown: Callable[[Any], Any] | None,
    ) -> Meaning:
        chain, facts, conversion = follow(plain.kind, steps, target, self.options.time_zone)
        return meaning(plain.decode, chain, facts, conversion, shown)

    def _decoder(self, filling: Column) -> Decoder:
        if self.listed is not None and filling.source == self.listed.target:
            kind = Kind.INT if numeric_keys(self.table) else Kind.TEXT
            return Decoder(kind, member, self.list_decoder().selects)
        column, sql = self._read(filling.source)
        return _require(decoder(column, sql), column)

    def _read(self, name: str) -> tuple[SourceColumn, str]:
        """A column of the source row or of a joined table, and the SQL that names it."""
        source = self._other(self.listed.table) if self.listed else self._own()
        column = source.column(name)
        if column is not None:
            return column, f"{ROW}.{my_name(column.name)}"
        alias, _, rest = name.partition(".")
        join = self.options.joins.get(alias)
        joined = self._other(join.table).column(rest) if join else None
        if joined is None:
            raise ValueError(f"{self.table.name}: no column {name!r} in the source")
        return joined, f"{my_name(alias)}.{my_name(joined.name)}"

    def _own(self) -> Any:
        return find_table(self.declared.catalogue, self.options.source) or self.table.source

    def _other(self, name: str) -> Any:
        found = find_table(self.declared.catalogue, name)
        if found is None:
            raise ValueError(f"{self.table.name}: no table {name!r} in the source")
        return found

    def _pairs(self, told: Gathered | Picked) -> Pairs:
        return pairs_of(
            self.declared.catalogue, self.table.source, lambda name: self._read(name)[1], told
        )

    def _renumbering(self, field: Field) -> tuple[Step, ...]:
        model: Any = field.model
        if isinstance(field, models.ForeignKey):
            if not field.target_field.primary_key:
                return ()
            model = field.remote_field.model
        elif not field.primary_key:
            return ()
        step = self.declared.renumbering.get(model)
        return (step,) if step else ()

    def _content_type(self, told: ContentTypes) -> Step:
        """From a word to the id that the target has for its model, asked through the ORM."""
        types: Any = apps.get_model("contenttypes.ContentType")
        ids: dict[Any, int] = {}
        for word, label in told.models.items():
            model: Any = apps.get_model(label) if isinstance(label, str) else label
            meta = (model._meta.concrete_model or model)._meta
            found = types._base_manager.using(self.using).filter(
                app_label=meta.app_label, model=meta.model_name
            )
            ids[word] = found.values_list("pk", flat=True)[0]

        def python(word: Any) -> int | None:
            if word not in ids and told.other == "reject":
                raise Reject("not_in_map", "a word that means no model")
            return ids.get(word)

        kinds = frozenset({Kind.TEXT, Kind.INT})
        return Step(name="content_type", python=python, accepts=kinds, returns=Kind.INT)


def numeric_keys(table: TablePlan) -> bool:
    """Whether the other's keys are integers, of a many-to-many's join table."""
    fields: Any = table.model._meta.local_fields
    others = [field.target_field for field in fields if field.remote_field is not None]
    return isinstance(others[-1], models.IntegerField | models.AutoField)


def _of_picked(picked: Callable[[Any], tuple[Any, ...] | None], made: Meaning) -> Meaning:
    def of(found: Any) -> Any:
        return made.of(*(picked(found) or (None,)))

    return Meaning(of)


def _require(found: Decoder | None, column: SourceColumn) -> Decoder:
    if found is None:
        raise ValueError(f"{column.name}: {column.column_type} is not supported")
    return found
