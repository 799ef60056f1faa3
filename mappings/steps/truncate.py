"""No more than so many characters."""

from __future__ import annotations

from mappings.expr import Expr, Kind
from mappings.steps.base import Step, factory, itself
from mappings.steps.members import mapped_members

__all__ = ["truncate"]


@factory
def truncate(characters: int) -> Step:
    """The first `characters` characters (code points) of the text."""
    if characters < 0:
        raise ValueError(f"truncate: characters, got {characters} (expected 0 or more)")

    def python(value: str) -> str:
        return value[:characters]

    def sql(expr: Expr) -> Expr:
        longest = characters if expr.max_chars is None else min(expr.max_chars, characters)
        return expr.losing(f"CHAR_LENGTH({expr.sql}) > {characters}").but(
            sql=f"LEFT({expr.sql}, {characters})",
            max_chars=longest,
            members=mapped_members(expr, python),
        )

    return Step(
        name="truncate",
        python=python,
        inverse=itself,
        accepts=frozenset({Kind.TEXT}),
        sql=sql,
        options=(characters,),
    )
