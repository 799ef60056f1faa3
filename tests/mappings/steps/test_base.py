"""How a column takes its steps, and what a step says of itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mappings import Column, steps
from mappings.expr import Expr, Kind
from mappings.steps.base import Step, as_step

DOCS = Path(__file__).parents[3] / "docs" / "steps.md"
FACTORIES = [name for name in steps.__all__ if not isinstance(getattr(steps, name), Step)]


def test_step_with_options_named_without_brackets_has_its_defaults() -> None:
    (step,) = Column("tags", steps.split).steps
    assert step.describe() == steps.split().describe()
    assert step.python("a, b") == ["a", "b"]


@pytest.mark.parametrize(
    "name", ["truncate", "null_if", "default", "local_time", "static_map", "relative_to"]
)
def test_step_without_its_needed_options_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match=rf"write steps\.{name}\("):
        Column("x", getattr(steps, name))


@pytest.mark.parametrize("name", sorted(set(FACTORIES) - {"in_python"}))
def test_no_step_is_taken_for_a_function_of_a_value(name: str) -> None:
    try:
        step = as_step(getattr(steps, name))
    except TypeError:
        return
    assert step.name == name
    assert not step.any_result


def test_a_function_of_ones_own_is_a_step() -> None:
    step = as_step(str.title)
    assert step.any_result
    assert step.sql is None
    assert step.python("a b") == "A B"


def test_an_unhashable_object_is_no_step() -> None:
    with pytest.raises(TypeError, match="a step is a function"):
        as_step(["strip"])


def test_in_python_takes_the_sql_form_away_and_nothing_else() -> None:
    step = steps.in_python(steps.repair_charset)
    assert step.sql is None
    assert step.python("cafÃ©") == "café"
    assert step.describe() == steps.repair_charset().describe()
    assert steps.in_python(steps.split).python("a,b") == ["a", "b"]


def test_options_are_in_the_description_always_alike() -> None:
    assert steps.to_boolean(true={"b", "a"}, false={"c"}).describe() == (
        "to_boolean(('a', 'b'), ('c',))"
    )
    assert steps.to_boolean().describe() == "to_boolean"
    assert steps.zero_dates(partial="floor").describe() == "zero_dates('null', 'floor')"


def test_text_for_null_in_a_number_does_not_fit() -> None:
    assert Kind.INT not in steps.null_if("0").accepts
    assert Kind.INT not in steps.default("0").accepts


def test_floor_is_not_offered_for_instants_that_have_lost_their_wall_clock() -> None:
    assert Kind.INSTANT not in steps.zero_dates(partial="floor").accepts
    assert Kind.INSTANT in steps.zero_dates().accepts


TEXT = Expr(kind=Kind.TEXT, sql="s.v", null="s.v IS NULL")


@pytest.mark.parametrize(
    ("step", "expr"),
    [
        (steps.static_map({str(n): n for n in range(201)}), TEXT),
        (steps.split(drop_empty=False), TEXT),
        (steps.default(["a,b"]), TEXT.but(kind=Kind.LIST)),
        (steps.default({"a": 1}), TEXT.but(kind=Kind.JSON)),
        (steps.null_if(2**60), TEXT.but(kind=Kind.DOUBLE)),
    ],
)
def test_sql_form_is_not_offered_where_it_would_not_be_exact(step: Step, expr: Expr) -> None:
    assert step.sql is not None
    assert step.sql(expr) is None


def test_guards_asked_after_a_default_still_pass_over_the_nulls() -> None:
    assert steps.html_unescape.sql is not None
    guarded = steps.html_unescape.sql(TEXT)
    filled = steps.default("x").sql
    assert guarded is not None and filled is not None
    after = filled(guarded)
    assert after is not None and after.null is None
    assert all("NOT (s.v IS NULL)" in guard for guard in after.guards)


@pytest.mark.parametrize("name", steps.__all__)
def test_every_step_is_documented(name: str) -> None:
    assert re.search(rf"^\*\*`{name}\b|steps\.{name}\(", DOCS.read_text(), re.MULTILINE)


def test_every_reject_code_of_a_step_is_documented() -> None:
    sources = (DOCS.parents[1] / "mappings" / "steps").glob("*.py")
    codes = {c for s in sources for c in re.findall(r'Reject\(\s*"(\w+)"', s.read_text())}
    assert len(codes) > 5
    assert not [code for code in codes if f"`{code}`" not in DOCS.read_text()]
