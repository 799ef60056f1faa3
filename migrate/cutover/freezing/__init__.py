"""Ways to keep PHP from writing, and the choice between them."""

from __future__ import annotations

from dataclasses import replace

from migrate.cutover.freezing.base import Freeze, Tell
from migrate.cutover.freezing.maintenance import Maintenance
from migrate.cutover.freezing.read_only import ReadOnly
from migrate.cutover.freezing.revoke import Revoke
from migrate.cutover.options import Method, Options
from migrate.cutover.recipe import Recipe
from migrate.errors import SourceError
from migrate.source import Source

__all__ = ["Freeze", "Tell", "again", "choose"]


def choose(source: Source, options: Options) -> tuple[Freeze, str]:
    """The way that was asked for, or the first that can be gone, and why.

    Raises `SourceError` with the reasons against each when none can.
    """
    reasons: list[str] = []
    for name, way in _ways(options).items():
        if options.freeze not in (None, name):
            continue
        why_not = way.why_not(source)
        if not why_not:
            asked = "as asked for" if options.freeze else "; ".join(reasons) or "the surest"
            return way, asked
        reasons.append(f"{name}: {why_not}")
    raise SourceError(
        f"cutover: the source cannot be frozen ({'; '.join(reasons)})",
        hint="run `delamp grants cutover` for the rights, or choose another way with --freeze",
    )


def again(recipe: Recipe, options: Options) -> Freeze:
    """The way that a recipe was written for: frozen once, nothing can be asked of rights any more.

    Accounts that are not given are those of the recipe.
    """
    given = replace(options, php_users=options.php_users or tuple(recipe.grants))
    return next(way for name, way in _ways(given).items() if name == recipe.method)


def _ways(options: Options) -> dict[Method, Freeze]:
    return {
        "read-only": ReadOnly(options),
        "revoke": Revoke(options),
        "maintenance": Maintenance(options),
    }
