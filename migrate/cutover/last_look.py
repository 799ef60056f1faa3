"""That nothing has written since the freeze: asked before the switch, and at its very end."""

from __future__ import annotations

from migrate.cutover.context import Context
from migrate.cutover.standstill import require_same
from migrate.errors import SourceError

__all__ = ["require_frozen"]


def require_frozen(context: Context) -> None:
    """Raise `SourceError` unless the source is frozen yet, and stands where it was caught up to.

    Does nothing where nothing was frozen.
    """
    if context.mark is None or context.freeze is None:
        return
    with context.source() as source:
        if not context.freeze.holds(source):
            raise SourceError(
                f"cutover: the source is no longer frozen by {context.freeze.name}",
                hint="find out who has ended the freeze, whether the server was restarted, or who"
                " has a transaction open",
            )
        # What others have written by now need not be read once more by the next look.
        context.mark = require_same(source, context.mark, moved=context.moved)
