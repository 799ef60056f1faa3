"""Whether a column's name says that it refers to a table."""

from __future__ import annotations

from migrate.draft.designing.names import snake
from migrate.draft.designing.singular import singular
from migrate.draft.designing.words import words

__all__ = ["says_key", "tells_of"]

_KEY = frozenset(words("id ids uid pid gid fk ref no nr num number key code guid uuid oid sid"))
_PART = frozenset(
    words(
        "parent ancestor supervisor user author owner creator editor poster sender recipient "
        "receiver moderator assignee approver reviewer reporter submitter uploader member customer "
        "by manager"
    )
)


def says_key(column: str) -> bool:
    """`user_id`, `orderNo`, `userid`: it says itself that a key is in it."""
    said = snake(column).split("_")
    return bool(_KEY & set(said)) or said[-1].endswith("id")


def tells_of(column: str, table: str) -> bool:
    """The name says key, or what part the other table's row has, or ends with its name."""
    said = snake(column).split("_")
    if says_key(column) or said[-1] in _PART or "by" in said:
        return True
    # Of several, a column holds the number.
    return singular(said[-1]) == said[-1] and singular(snake(table).split("_")[-1]) == singular(
        said[-1]
    )
