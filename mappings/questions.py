"""Questions that both databases must answer alike: SQL for the legacy side, a queryset for Django.

They are declared in `class Meta` of a mapping, and asked by `delamp verify`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mappings.errors import Problem

__all__ = ["ARRIVED", "Question", "questions_problems"]

ARRIVED = "{arrived}"
"""Stands in a question's SQL for: the row `s` of the mapping's source is one that the target should
hold."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question of the business, as the PHP site asked it and as Django asks it.

        Question(
            name="revenue per month",
            source="SELECT DATE_FORMAT(paid_at, '%Y-%m'), SUM(amount) FROM sales GROUP BY 1",
            target=revenue_per_month,
        )

    `target` is called when the question is asked, not before: a queryset may be made in it. It
    returns a queryset of `values_list()` or `values()`, a dictionary as `aggregate()` returns it,
    any iterable of tuples, or a single value.
    """

    name: str
    """What people call it, and findings."""
    source: str
    """A SELECT for the legacy database. `{arrived}` in it is a predicate over the mapping's source
    row `s`: that it is not in quarantine, nor left out by `where`."""
    target: Callable[[], Any]
    """Returns what Django answers: as many columns, in the same order."""
    key: int = 1
    """So many leading columns name a row of the answer: rows are matched by them. 0: by nothing."""
    ordered: bool = False
    """Whether the order of the rows is part of the answer."""
    tolerance: Decimal | float = 0
    """By so much two numbers may differ, on top of what floating point needs."""

    def sql(self, arrived: str) -> str:
        """The SELECT, with this predicate where it asks for rows that have arrived."""
        return self.source.strip().rstrip(";").replace(ARRIVED, f"({arrived})")


_EXPECTED: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
    ("name", lambda v: isinstance(v, str) and bool(v.strip()), "text"),
    (
        "source",
        lambda v: isinstance(v, str) and v.lstrip(" \t\r\n(")[:6].lower() == "select",
        "the text of a SELECT",
    ),
    ("target", callable, "a function without arguments that returns a queryset"),
    ("key", lambda v: _is_number(v) and isinstance(v, int) and v >= 0, "a number of columns"),
    ("ordered", lambda v: isinstance(v, bool), "True or False"),
    ("tolerance", lambda v: _is_number(v) and v >= 0, "a number, 0 or more"),
)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def questions_problems(mapping: str, given: object) -> Iterator[Problem]:
    """Every mistake in `Meta.questions`, as far as no connection is needed."""
    where = f"{mapping}.Meta"
    if not isinstance(given, list | tuple):
        message = f"questions is no list, got {given!r} (expected a list of Question)"
        hint = "write questions = [Question(name=…, source=…, target=…)]"
        yield Problem(code="mappings.E070", where=where, message=message, hint=hint)
        return
    for place, question in enumerate(given):
        if not isinstance(question, Question):
            message = f"questions[{place}] is no Question, got {type(question).__name__}"
            hint = "write Question(name=…, source=…, target=…)"
            yield Problem(code="mappings.E070", where=where, message=message, hint=hint)
            continue
        for name, right, expected in _EXPECTED:
            value = getattr(question, name)
            if not right(value):
                message = f"questions[{place}]: {name} is not understood, got {value!r}"
                message += f" (expected {expected})"
                yield Problem(code="mappings.E070", where=where, message=message)
    names = Counter(str(q.name) for q in given if isinstance(q, Question))
    for name in (name for name, times in names.items() if times > 1):
        message = f"questions: the name {name!r} comes {names[name]} times"
        hint = "call each question something else: findings name it"
        yield Problem(code="mappings.E071", where=where, message=message, hint=hint)
