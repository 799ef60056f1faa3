"""Integers, truth values, seconds since 1970, decimals and floats."""

from __future__ import annotations

import re

from mappings.catalogue import SourceColumn
from migrate.draft.designing.defaults import number_default
from migrate.draft.designing.types.base import Answer, Ask
from migrate.draft.designing.words import rows

__all__ = ["bit", "decimal", "floating", "integer", "integer_range", "year"]

_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "integer": 32, "bigint": 64}
_SIGNED = (
    (2**15, "models.SmallIntegerField"),
    (2**31, "models.IntegerField"),
    (2**63, "models.BigIntegerField"),
)
_POSITIVE = (
    (2**15, "models.PositiveSmallIntegerField"),
    (2**31, "models.PositiveIntegerField"),
    (2**63, "models.PositiveBigIntegerField"),
)
_FIXED = re.compile(r"\((\d+),\s*(\d+)\)")
_SURE = 15
"""Digits of FLOAT(m,d) that a double is sure to keep, below which it is a decimal in fact."""
_LATEST = 4_102_444_800
"""The year 2100, in seconds since 1970."""
_TIME = (
    r"time|date|stamp|created|updated|modified|changed|access|login|visit|expir|start|end|since"
    r"|until|regist|joined|posted|publish|last|birth|deleted|sent|read|_at$|_on$|^ts|_ts$|when"
)
_ADDRESS = r"(^|_)ip(_|$)|ip_?addr|^ip|ip$"


def integer_range(column: SourceColumn) -> tuple[int, int]:
    """The least and the greatest number that the column's type holds."""
    if column.data_type == "bit":
        return 0, 2 ** (column.precision or 64) - 1
    if column.data_type == "year":
        return 0, 2155
    bits = _BITS[column.data_type]
    return (0, 2**bits - 1) if column.unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def integer(ask: Ask) -> Answer:
    """A truth value, a moment or an address where every row is one; else a number of the size."""
    if not ask.keyed:
        for special in (_boolean, _moment, _address):
            if (answer := special(ask)) is not None:
                return answer
    return _number(ask, *integer_range(ask.column))


def _number(ask: Ask, lo: int, hi: int) -> Answer:
    default = number_default(ask.default)
    text = None if default is None else str(int(default))
    for limit, cls in _SIGNED if lo < 0 else _POSITIVE:
        if hi < limit:
            return Answer(cls=cls, default=text)
    seen = ask.seen
    positive = Answer(cls="models.PositiveBigIntegerField", default=text)
    every = Answer(
        cls="models.DecimalField", arguments=("max_digits=20", "decimal_places=0"), default=text
    )
    if default is not None and default >= 2**63:
        return every
    if seen is None:
        return positive.because(
            ask.told(
                every,
                topic="type",
                chosen="a number below 2^63, beyond which PostgreSQL has no integers",
                evidence=f"the column is {ask.column.column_type}",
                cost="nothing; takes every number of the column",
                routine=True,
            )
        )
    if seen.maximum is None or seen.maximum < 2**63:
        return positive
    return every.because(
        ask.told(
            Answer(cls="models.PositiveBigIntegerField"),
            topic="type",
            chosen="a DecimalField, because PostgreSQL has no unsigned bigint",
            evidence=f"the greatest value is {seen.maximum}",
            cost="refuses every row above 9,223,372,036,854,775,807",
        )
    )


def _boolean(ask: Ask) -> Answer | None:
    if not ask.column.column_type.lower().startswith("tinyint(1)"):
        return None
    seen = ask.seen
    default = number_default(ask.default)
    if seen is None or (default is not None and default not in (0, 1)):
        return None
    if seen.minimum is None or seen.maximum is None:
        return _truth(ask)
    if seen.minimum >= 0 and seen.maximum <= 1:
        return _truth(ask).because(
            ask.told(
                _number(ask, *integer_range(ask.column)),
                topic="type",
                chosen="a BooleanField",
                evidence=f"{ask.filled:,} values, all 0 or 1",
                cost="nothing; take it if other numbers are still to come",
                routine=True,
            )
        )
    counted = sum(n for v, n in (seen.values or {}).items() if v not in ("0", "1"))
    return _number(ask, *integer_range(ask.column)).because(
        ask.told(
            _truth(ask),
            topic="type",
            chosen="a number, though tinyint(1) is MySQL's boolean",
            evidence=f"values go from {seen.minimum} to {seen.maximum}",
            cost=f"refuses {rows(counted)}"
            if counted
            else "refuses every row that is neither 0 nor 1",
        )
    )


def _truth(ask: Ask) -> Answer:
    default = number_default(ask.default)
    return Answer(
        cls="models.BooleanField", default=None if default is None else str(bool(default))
    )


def _moment(ask: Ask) -> Answer | None:
    seen = ask.seen
    if ask.fixed or seen is None or ask.column.data_type not in ("int", "integer", "bigint"):
        return None
    if seen.minimum is None or seen.maximum is None or not seen.minimum >= 0:
        return None
    if seen.maximum > _LATEST or ask.share("epoch") < 0.9:
        return None
    if not ask.named(_TIME) and seen.sampled < 20:
        return None
    never = seen.zeros > 0 or number_default(ask.default) == 0
    steps = ("steps.null_if(0)", "steps.from_unixtime") if never else ("steps.from_unixtime",)
    zeros = f", 0 in {rows(seen.zeros)}, which becomes NULL" if never else ""
    return Answer(cls="models.DateTimeField", steps=steps, null=never).because(
        ask.told(
            _number(ask, *integer_range(ask.column)),
            topic="type",
            chosen="a DateTimeField, from seconds since 1970",
            evidence=f"from {seen.minimum} to {seen.maximum} in all rows{zeros}",
            cost="nothing; the numbers stay as PHP had them",
            routine=not seen.zeros,
        )
    )


def _address(ask: Ask) -> Answer | None:
    seen = ask.seen
    if ask.fixed or seen is None or ask.column.data_type not in ("int", "integer"):
        return None
    if ask.share("ip_int") < 0.5 or not ask.named(_ADDRESS):
        return None
    return Answer(cls="models.GenericIPAddressField", steps=("steps.int_to_ip",)).because(
        ask.told(
            _number(ask, *integer_range(ask.column)),
            topic="type",
            chosen="an IP address, from its number",
            evidence=f"{seen.looks.get('ip_int', 0):,} of {seen.sampled:,} sampled values are one",
            cost="nothing; the numbers stay as PHP had them",
        )
    )


def bit(ask: Ask) -> Answer:
    lo, hi = integer_range(ask.column)
    if hi == 1 and not ask.keyed:
        return _truth(ask)
    if hi < 2**63:
        return _number(ask, lo, hi)
    return Answer(cls="models.DecimalField", arguments=("max_digits=20", "decimal_places=0"))


def year(ask: Ask) -> Answer:
    return _number(ask, *integer_range(ask.column))


def decimal(ask: Ask) -> Answer:
    return _decimal(ask, ask.column.precision or 10, ask.column.scale or 0)


def _decimal(ask: Ask, digits: int, places: int) -> Answer:
    default = number_default(ask.default)
    text: str | None = None
    imports: tuple[str, ...] = ()
    if default is not None:
        whole = default == default.to_integral_value()
        text = str(int(default)) if whole else f'Decimal("{default}")'
        imports = () if whole else ("decimal.Decimal",)
    return Answer(
        cls="models.DecimalField",
        arguments=(f"max_digits={digits}", f"decimal_places={places}"),
        default=text,
        imports=imports,
    )


def floating(ask: Ask) -> Answer:
    fixed = _FIXED.search(ask.column.column_type)
    if fixed and int(fixed[1]) < _SURE:
        # One digit more: FLOAT(10,2) rounds 99999999.99 up.
        return _decimal(ask, int(fixed[1]) + 1, int(fixed[2]))
    default = number_default(ask.default)
    return Answer(
        cls="models.FloatField", default=None if default is None else repr(float(default))
    )
