"""PostgreSQL as judge of conditions and expressions: it is asked about values, not about tables.

Rows are passed as arrays of texts in one SELECT, so that neither a table nor a right is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import FieldError
from django.db import NotSupportedError, connections, models
from django.db.models.expressions import OrderBy
from django.db.models.sql.query import Query

from mappings.plan import ColumnPlan
from mappings.sqltext import pg_name
from verify.ports import TargetConnection

__all__ = ["Judge", "NotJudged"]


class NotJudged(Exception):
    """A condition or an expression that has no SQL over one row."""


class Judge:
    """Evaluates conditions and expressions of one model over given values, a row being `t`."""

    def __init__(self, model: type[models.Model], using: str, target: TargetConnection) -> None:
        self._model = model
        self._connection = connections[using]
        self._target = target

    def condition(self, condition: Any) -> tuple[str, tuple[Any, ...]]:
        """SQL and parameters of a Q. Raises `NotJudged`."""
        query: Any = Query(model=self._model, alias_cols=False)
        try:
            where = query.build_where(condition)
            return self._sql(query, where)
        except (FieldError, NotSupportedError, TypeError) as error:
            raise NotJudged(str(error)) from error

    def expression(self, expression: Any) -> tuple[str, tuple[Any, ...]]:
        """SQL and parameters of an expression of a unique constraint. Raises `NotJudged`."""
        query: Any = Query(model=self._model, alias_cols=False)
        inner = expression.expression if isinstance(expression, OrderBy) else expression
        try:
            resolved = (models.F(inner) if isinstance(inner, str) else inner).resolve_expression(
                query, allow_joins=False
            )
            return self._sql(query, resolved)
        except (FieldError, NotSupportedError, TypeError) as error:
            raise NotJudged(str(error)) from error

    def ask(
        self,
        columns: Sequence[ColumnPlan],
        rows: Sequence[Sequence[str | None]],
        questions: Sequence[tuple[str, tuple[Any, ...]]],
    ) -> list[tuple[Any, ...]]:
        """The answers to all questions for each row, given as texts of the columns, in order."""
        names = [f"c{n}" for n in range(len(columns))]
        types = [self._type(column) for column in columns]
        typed = ", ".join(
            f"{name}::{kind} AS {pg_name(column.column)}"
            for name, kind, column in zip(names, types, columns, strict=True)
        )
        arrays = ", ".join("%s::text[]" for _ in columns)
        asked = ", ".join(f"({sql})" for sql, _ in questions)
        values = [value for _, given in questions for value in given]
        given = [[row[n] for row in rows] for n in range(len(columns))]
        return self._target.rows(
            f"SELECT {asked} FROM (SELECT place, {typed} FROM unnest({arrays})"
            f" WITH ORDINALITY AS given({', '.join((*names, 'place'))}) OFFSET 0) t ORDER BY place",
            [*values, *given],
        )

    def _type(self, column: ColumnPlan) -> str:
        field: Any = self._model._meta.get_field(column.name)
        return str(field.db_type(self._connection))

    def _sql(self, query: Any, node: Any) -> tuple[str, tuple[Any, ...]]:
        compiler = query.get_compiler(connection=self._connection)
        sql, params = node.as_sql(compiler, self._connection)
        return str(sql), tuple(params)
