"""Yes and no, as PHP applications spelled them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from mappings.errors import Reject
from mappings.expr import Expr, Kind, Refusal
from mappings.sqltext import my_bytes
from mappings.steps.base import Step, factory

__all__ = ["FALSE", "TRUE", "to_boolean"]


def _spellings(*words: str) -> frozenset[str | int]:
    return frozenset(s for w in words for s in (w, w.upper(), w.capitalize()))


TRUE: frozenset[str | int] = _spellings("y", "yes", "true", "on", "t") | {"1", 1}
FALSE: frozenset[str | int] = _spellings("n", "no", "false", "off", "f") | {"0", 0}

Values = str | int | Iterable[str | int]
Other = Literal["reject", "null", True, False]


@factory
def to_boolean(
    true: Values | None = None, false: Values | None = None, other: Other = "reject"
) -> Step:
    """True for the values in `true`, False for those in `false`.

    A value in neither follows `other`: `reject` (`not_boolean`), `null`, or True or False for
    all of them. Texts are compared exactly. A set that is not given is the usual spellings of
    `TRUE` or `FALSE`, less those that the other set claims. '' is neither, unless it is given.
    Raises `ValueError` when a value is in both.
    """
    yes, no = _given(true, TRUE), _given(false, FALSE)
    yes = yes if true is not None else yes - no
    no = no if false is not None else no - yes
    if other not in ("reject", "null", True, False):
        raise ValueError(f"to_boolean: other, got {other!r} (expected reject, null, True, False)")
    if both := yes & no:
        raise ValueError(f"to_boolean: value in both sets, got {sorted(both, key=repr)!r}")

    def python(value: str | int) -> bool | None:
        if value in yes:
            return True
        if value in no:
            return False
        if other == "reject":
            raise Reject("not_boolean", "a value in neither set")
        return None if other == "null" else bool(other)

    def inverse(value: Any) -> Iterable[Any]:
        if value is None:
            return (None,)
        return sorted(yes if value else no, key=_how_usual)

    def sql(expr: Expr) -> Expr:
        if expr.kind is Kind.INT:
            value = expr.sql
            trues, falses = (sorted(str(v) for v in s if isinstance(v, int)) for s in (yes, no))
        else:
            # As bytes: in most collations 'y ' and 'Ý' equal 'Y'.
            value = f"CAST({expr.sql} AS BINARY)"
            trues, falses = (
                sorted(my_bytes(v.encode()) for v in s if isinstance(v, str)) for s in (yes, no)
            )
        neither = f"NOT {_is_in(value, trues + falses)}"
        if other is True or other is False:
            is_true = f"NOT {_is_in(value, falses)}" if other else _is_in(value, trues)
            return expr.losing(neither).to(Kind.BOOL, f"({is_true})", plain=True)
        boolean = expr.to(Kind.BOOL, _is_in(value, trues), plain=True)
        if _known(expr, yes | no):
            return boolean
        if other == "null":
            return boolean.losing(neither).or_null(neither)
        return boolean.refusing(Refusal(code="not_boolean", sql=neither, silent=True))

    return Step(
        name="to_boolean",
        python=python,
        inverse=inverse,
        accepts=frozenset({Kind.INT, Kind.TEXT}),
        returns=Kind.BOOL,
        sql=sql,
        options=_options(yes, no, other, given=not (true is None and false is None)),
    )


def _options(
    yes: frozenset[str | int], no: frozenset[str | int], other: Other, *, given: bool
) -> tuple[object, ...]:
    sets = (_sorted(yes), _sorted(no)) if given or other != "reject" else ()
    return sets if other == "reject" else (*sets, other)


def _given(values: Values | None, usual: frozenset[str | int]) -> frozenset[str | int]:
    if values is None:
        return usual
    return frozenset({values} if isinstance(values, str | int) else values)


def _sorted(values: frozenset[str | int]) -> tuple[str | int, ...]:
    return tuple(sorted(values, key=repr))


def _how_usual(value: str | int) -> tuple[bool, int, str]:
    """Numbers, then one digit or capital letter, then the longer spellings."""
    text = str(value)
    return isinstance(value, str), len(text), text


def _is_in(value: str, literals: list[str]) -> str:
    return f"({value} IN ({', '.join(literals)}))" if literals else "FALSE"


def _known(expr: Expr, values: frozenset[str | int]) -> bool:
    """Whether no other value can occur."""
    if expr.members is not None:
        return set(expr.members) <= values
    if isinstance(expr.lo, int) and isinstance(expr.hi, int) and expr.hi - expr.lo < len(values):
        return set(range(expr.lo, expr.hi + 1)) <= values
    return False
