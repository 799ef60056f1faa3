"""A step: one small transform in a column's chain, in Python and, where it can be, in SQL.

The Python form is the meaning. The SQL form must give the same value for every row except
those that it guards (`Expr.guards`), which are then read raw and go through Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from mappings.catalogue import SourceColumn
from mappings.expr import Expr, Kind, SourceValue

__all__ = ["Step", "as_step", "factory", "itself"]

_Make = TypeVar("_Make", bound=Callable[..., Any])
_factories: set[Callable[..., Any]] = set()


@dataclass(frozen=True, kw_only=True)
class Step:
    """A named transform of one value.

    `python` gets a value of one of the kinds in `accepts`, never None, and returns a value of
    kind `returns` (the same kind when None), or None for NULL. It may raise `Reject`.
    `sql` gets an expression of such a kind and returns the changed expression, or None when it
    has no SQL form for it. `options` are what the step was given: they are part of the
    mapping's fingerprint, so they must have a `repr` that does not change between runs.
    """

    name: str
    python: Callable[[Any], Any]
    accepts: frozenset[Kind]
    returns: Kind | None = None
    sql: Callable[[Expr], Expr | None] | None = None
    options: tuple[Any, ...] = ()
    any_result: bool = False
    """The result is whatever the target field takes: a user's function."""
    reads: Callable[[SourceColumn, SourceValue], SourceValue] | None = None
    """Changes how the source column is read, before any step sees the value; wherever it stands."""
    takes_null: bool = False
    """`python` is called with None too; other steps let a NULL through."""
    inverse: Callable[[Any], Iterable[Any]] | None = None
    """A result, None among them -> values that the step may have made it of, the likeliest first.

    They need not be right: each is tried, and the first that the whole column makes that result of
    is taken. None: there is no way back.
    """
    warns: Callable[[Any, Any], str | None] | None = None
    """Value and result -> the code of what a dry run warns of, if anything. Where there is an SQL
    form, of values that its guards leave to Python."""

    def describe(self) -> str:
        """`name(option, …)`, as in messages and in the fingerprint."""
        return f"{self.name}({', '.join(map(repr, self.options))})" if self.options else self.name


def itself(value: Any) -> Iterable[Any]:
    """The inverse of a step that leaves most values as they are."""
    return (value,)


def factory(make: _Make) -> _Make:
    """Mark a function that makes a step, so that `as_step` takes it without its brackets too.

    Unmarked, `Column("tags", steps.split)` would call `split` with every value of the column.
    """
    _factories.add(make)
    return make


def as_step(given: object) -> Step:
    """Return `given` if it is a step, or wrap a function of one value as a Python-only step.

    A step with options, named without brackets, has its default options. Raises `TypeError`
    when it has none, and for anything else.
    """
    if isinstance(given, Step):
        return given
    if callable(given) and given in _factories:
        name = getattr(given, "__name__", repr(given))
        try:
            step: Step = given()
        except TypeError as error:
            raise TypeError(f"step {name} needs its options, write steps.{name}(…)") from error
        return step
    if callable(given):
        name = f"{getattr(given, '__module__', '')}.{getattr(given, '__qualname__', repr(given))}"
        return Step(name=name, python=given, accepts=frozenset(Kind), any_result=True)
    raise TypeError(f"a step is a function or one of mappings.steps, got {given!r}")
