"""What a model's constraints ask of its rows, as far as a source row can be held against them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models.expressions import Expression, OrderBy

from mappings.plan import ColumnPlan, TablePlan
from verify.dry_run.fates import Fate

__all__ = ["CheckRule", "UniqueRule", "check_rules", "referenced", "unique_rules"]

_FOLDED = {"uuid", "inet"}
"""Types that spell one value in several ways: texts that MySQL keeps apart may be one of them."""


@dataclass(frozen=True, kw_only=True)
class UniqueRule:
    """Values that the target allows once."""

    name: str
    columns: tuple[ColumnPlan, ...]
    condition: models.Q | None = None
    expressions: tuple[Expression, ...] = ()
    nulls_distinct: bool = True
    primary_key: bool = False

    @property
    def shown(self) -> str:
        """The fields, for people."""
        return ", ".join(column.name for column in self.columns)

    @property
    def needs_target(self) -> bool:
        """Whether only PostgreSQL can say which rows it is about, and when two are alike."""
        folding = any(column.field.base == "citext" for column in self.columns)
        return folding or self.condition is not None or bool(self.expressions)


@dataclass(frozen=True, kw_only=True)
class CheckRule:
    """A check constraint of the model."""

    name: str
    columns: tuple[ColumnPlan, ...]
    condition: Any

    @property
    def fate(self) -> Fate:
        """Of a row that breaks it."""
        columns = ", ".join(column.name for column in self.columns)
        return Fate(outcome="rejected", code="check_failed", column=columns, detail=self.name)


def unique_rules(table: TablePlan, *, alone: bool = True) -> Iterator[UniqueRule | str]:
    """The model's unique constraints that the source does not keep by itself.

    A text names one that cannot be held against source rows, and says why. `alone`: no row comes
    from anywhere else; if some do, what keeps the source's rows apart says nothing of them.
    """
    seen = set()
    for name, fields, extra in _declared(table.model):
        expressions: Sequence[Any] = extra.get("expressions", ())
        if expressions:
            fields = tuple(dict.fromkeys(n for e in expressions for n in referenced(e)))
        condition = extra.get("condition")
        columns = _columns(table, fields)
        if columns is None:
            # A key that PostgreSQL makes, or a default made anew for each row: no two are alike.
            continue
        inside = _columns(table, referenced(condition)) if condition is not None else ()
        if inside is None:
            yield f"{name}: its condition reads a field that no mapping fills"
            continue
        rule = UniqueRule(name=name, columns=columns, **extra)
        same = (
            tuple(c.name for c in columns),
            str(condition),
            str(expressions),
            rule.nulls_distinct,
        )
        if same not in seen and not (alone and _implied(table, rule)):
            seen.add(same)
            yield rule


def _declared(model: type[models.Model]) -> Iterator[tuple[str, tuple[str, ...], dict[str, Any]]]:
    meta = model._meta
    pk = tuple(field.name for field in meta.pk_fields)
    yield "primary key", pk, {"primary_key": True}
    for field in meta.local_concrete_fields:
        if field.unique and (field.name,) != pk:
            yield f"unique {field.name}", (field.name,), {}
    for together in meta.unique_together:
        yield f"unique_together {', '.join(together)}", tuple(together), {}
    for constraint in meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            extra: dict[str, Any] = {
                "condition": constraint.condition,
                "expressions": tuple(constraint.expressions),
                "nulls_distinct": constraint.nulls_distinct is not False,
            }
            yield constraint.name, tuple(constraint.fields), extra


def check_rules(table: TablePlan) -> Iterator[CheckRule | str]:
    """The model's check constraints; a text names one that cannot be held against source rows."""
    for constraint in table.model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            continue
        if not isinstance(constraint, models.CheckConstraint):
            yield f"{constraint.name}: {type(constraint).__name__} is not evaluated"
            continue
        condition = constraint.condition
        columns = _columns(table, referenced(condition))
        if columns is None:
            yield f"{constraint.name}: it reads a field that no mapping fills"
        else:
            yield CheckRule(name=constraint.name, columns=columns, condition=condition)


def referenced(condition: Any) -> tuple[str, ...]:
    """Names of the fields that a Q or an expression reads, each once."""
    return tuple(dict.fromkeys(_names(condition)))


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, models.Q):
        for child in node.children:
            if isinstance(child, tuple):
                yield str(child[0]).split("__")[0]
                yield from _names(child[1])
            else:
                yield from _names(child)
    elif isinstance(node, models.F):
        yield str(getattr(node, "name", "")).split("__")[0]
    elif isinstance(node, OrderBy):
        yield from _names(node.expression)
    elif hasattr(node, "get_source_expressions"):
        for inner in node.get_source_expressions():
            yield from _names(inner)
    elif isinstance(node, (list, tuple)):
        for inner in node:
            yield from _names(inner)


def _columns(table: TablePlan, names: Sequence[str]) -> tuple[ColumnPlan, ...] | None:
    """The plan's columns for these fields, or None when one has no value that can be foretold."""
    by_name = {column.name: column for column in table.columns}
    by_name |= {
        field.attname: by_name[field.name]
        for field in table.model._meta.local_concrete_fields
        if field.name in by_name
    }
    pk = table.model._meta.pk
    if pk is not None and pk.name in by_name:
        by_name["pk"] = by_name[pk.name]
    found = [by_name.get(name) for name in names]
    fixed = [c for c in found if c is not None and not (c.python_tier and not c.sources)]
    return tuple(fixed) if len(fixed) == len(names) else None


def _implied(table: TablePlan, rule: UniqueRule) -> bool:
    """Whether a unique index of the source keeps all of its rows apart in the target, too."""
    if rule.expressions:
        return False
    held = {
        c.sources[0]
        for c in rule.columns
        if c.sources and c.carries_key and c.field.base not in _FOLDED | {"citext"}
    }
    if not rule.nulls_distinct and any(c.field.null for c in rule.columns):
        return False
    return any(unique and set(unique) <= held for unique in table.source.uniques)
