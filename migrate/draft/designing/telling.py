"""Whether a column's name says that it refers to a table."""

from __future__ import annotations

from migrate.draft.designing.names import snake
from migrate.draft.designing.singular import singular
from migrate.draft.designing.words import words

__all__ = ["says_key", "says_self", "tells_of"]

_KEY = frozenset(words("id ids uid fk ref no nr num number key code guid uuid oid sid"))
_SELF = frozenset(
    words(
        "parent pid parentid ancestor supervisor superior root original master reply previous next "
        "reports predecessor successor"
    )
)
_PART = frozenset(
    words(
        "user uid userid author owner creator editor poster sender recipient receiver moderator "
        "assignee approver reviewer reporter submitter uploader member customer by manager"
    )
)
_PEOPLE = frozenset(words("user member account customer person author staff employee admin"))


def says_key(column: str) -> bool:
    """`user_id`, `orderNo`, `userid`: it says itself that a key is in it."""
    said = snake(column).split("_")
    return bool(_KEY & set(said)) or said[-1].endswith("id")


def says_self(column: str) -> bool:
    """`parent_id`, `post_parent`, `reports_to`: another row of the same table."""
    return bool(_SELF & set(snake(column).split("_")))


def tells_of(column: str, child: str, parent: str, key: str) -> bool:
    """Whether a column of the table `child` may be meant for the key of the table `parent`.

    It has the key's own name, or ends in the table's (`comment_post_ID`, `user_style`), or says
    what part a person has (`author`, `created_by`) where the table is one of people. Of a table
    with more words (`banner_clients`) these must be in the column's or in the child's name.
    """
    if child == parent:
        return says_self(column)
    if snake(column).split("_")[-1] in ("uid", "userid"):
        return singular(snake(parent)) in _PEOPLE
    if says_key(column) and snake(column) == snake(key) != "id":
        return True
    core = _core(column)
    *more, last = snake(parent).split("_")
    near = {singular(word) for word in (*core, *snake(child).split("_"))}
    if core and core[-1] == singular(last):
        return all(singular(word) in near for word in more)
    parts = {*core[-1:], *snake(column).split("_")[-1:]}
    return bool(_PART & parts or "by" in core) and singular(last) in _PEOPLE and not more


def _core(column: str) -> list[str]:
    """The words without those that only say key; `userid` is `user`; plurals name no one row."""
    said = snake(column).split("_")
    core = [word for word in said if word not in _KEY]
    if core and len(core) == len(said):
        for ending in ("id", "no", "nr"):
            if core[-1].endswith(ending) and len(core[-1]) > len(ending) + 2:
                return [*core[:-1], core[-1].removesuffix(ending)]
        return core
    return [*core[:-1], singular(core[-1])] if core else []
