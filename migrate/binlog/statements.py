"""What a statement in the binlog means for the tables that are followed.

With row events, statements tell of everything but rows: transactions, tables made and altered,
TRUNCATE. What changes rows as a statement, in statement format, names no rows. This is no parser of
SQL: where it cannot tell, it takes a table that is mentioned for one that is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

__all__ = ["Effect", "Meaning", "meaning"]

_TOKEN = re.compile(
    r"/\*M?!\d*|\*/|/\*.*?\*/|(?:--(?=\s|$)|\#)[^\n]*"
    r"|(?P<string>'(?:[^'\\]|\\.|'')*')"
    r"|`(?P<quoted>(?:[^`]|``)*)`|\"(?P<ansi>(?:[^\"\\]|\\.|\"\")*)\""
    r"|(?P<word>[\w$\x80-\U0010ffff]+)|(?P<sign>\S)",
    re.S,
)
_ROWS = frozenset({"INSERT", "REPLACE", "UPDATE", "DELETE", "LOAD", "WITH", "SELECT", "CALL", "DO"})
_SCHEMA = frozenset({"CREATE", "ALTER", "DROP", "RENAME"})
_OBJECTS = frozenset(
    {
        "TABLE", "TABLES", "INDEX", "KEY", "DATABASE", "SCHEMA", "VIEW", "TRIGGER", "PROCEDURE",
        "FUNCTION", "EVENT", "USER", "ROLE", "SERVER", "TABLESPACE", "SEQUENCE", "PACKAGE",
    }
)  # fmt: skip
_MOVES_ROWS = frozenset(
    {"PARTITION", "TABLESPACE", "RENAME", "CHANGE", "MODIFY", "CONVERT", "IGNORE", "BLACKHOLE"}
)
"""In an ALTER TABLE after which a name may stand for other values, or rows be gone. It also makes
suspect what was written before it: a key was read there from the wrong one of two columns of a
type, where they have changed places since and the binlog has no names of columns."""
_NO_COLUMNS = frozenset(
    {"INDEX", "KEY", "FOREIGN", "PRIMARY", "CONSTRAINT", "CHECK", "DEFAULT", "SYSTEM", "PERIOD"}
)
"""What an ALTER TABLE may drop without touching a value."""
_OTHERS = frozenset({"RENAME", "EXCHANGE", "CONVERT"})
"""In an ALTER TABLE that changes another table, too."""
_IF = frozenset({"IF", "NOT", "EXISTS"})
_MOST_CHARACTERS = 100_000
"""Of a statement that are looked at: the names of tables stand at its beginning."""


_Followed: TypeAlias = Callable[[str], "str | None"]


class Effect(Enum):
    """What a statement does to followed tables."""

    NOTHING = "nothing"
    EMPTIES = "empties"
    """All rows are gone: TRUNCATE, DELETE without WHERE."""
    ALTERS = "alters"
    """The table is another, or is no more."""
    CHANGES_ROWS = "changes rows"
    """In statement format: which rows is not to be known."""


@dataclass(frozen=True)
class Meaning:
    effect: Effect
    tables: tuple[str, ...] = ()
    """Of those followed; for `CHANGES_ROWS` those mentioned, maybe none."""
    rows_suspect: bool = False
    """Of `ALTERS`: rows may have come, gone or changed with it that no event tells of."""


@dataclass(frozen=True)
class _Token:
    text: str
    """As it stands; of a name in quotes, the name."""
    name: bool
    """Whether it can be a name."""
    quoted: bool = False

    @property
    def word(self) -> str:
        return "" if self.quoted else self.text.upper()


_DOT = _Token(".", name=False)


def meaning(text: str, database: str, ours: str, followed: _Followed) -> Meaning:
    """What a statement of a session in `database` does to followed tables of the database `ours`.

    `followed` gives the followed table of a name, in whatever case it is written, or None.
    """
    tokens = _tokens(text[:_MOST_CHARACTERS])
    verb = tokens[0].word if tokens else ""
    mentioned = _mentioned(tokens, database, ours, followed)
    if verb == "TRUNCATE":
        return Meaning(Effect.EMPTIES, mentioned) if mentioned else Meaning(Effect.NOTHING)
    if verb in _SCHEMA:
        return _of_schema(tokens, database, ours, mentioned, followed)
    if verb in _ROWS:
        return _of_rows(tokens, database, ours, mentioned)
    return Meaning(Effect.NOTHING)


def _tokens(text: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind in ("quoted", "ansi"):
            # In sessions with ANSI_QUOTES a name, in others a text: to be sure, a name.
            found.append(_Token(match[kind].replace("``", "`"), name=True, quoted=True))
        elif kind == "word":
            found.append(_Token(match["word"], name=True))
        elif kind is not None:
            found.append(_Token(match[0], name=False))
    return found


def _mentioned(
    tokens: Sequence[_Token], database: str, ours: str, followed: _Followed
) -> tuple[str, ...]:
    """Followed tables whose name stands in the statement, alone or behind our database's."""
    found: dict[str, None] = {}
    for n, token in enumerate(tokens):
        table = followed(token.text) if token.name else None
        if table is None:
            continue
        owner = tokens[n - 2].text if n >= 2 and tokens[n - 1].text == "." else database
        if owner.lower() == ours.lower():
            found[table] = None
    return tuple(found)


def _of_schema(
    tokens: Sequence[_Token],
    database: str,
    ours: str,
    mentioned: tuple[str, ...],
    followed: _Followed,
) -> Meaning:
    words = [token.word for token in tokens]
    kind = next((n for n, word in enumerate(words) if word in _OBJECTS), None)
    if kind is None or "TEMPORARY" in words[:kind]:
        return Meaning(Effect.NOTHING)
    if words[kind] in ("DATABASE", "SCHEMA"):
        gone = words[0] == "DROP" and any(t.text.lower() == ours.lower() for t in tokens[kind:])
        return Meaning(Effect.ALTERS, rows_suspect=True) if gone else Meaning(Effect.NOTHING)
    if words[kind] not in ("TABLE", "TABLES", "INDEX", "KEY") or not mentioned:
        return Meaning(Effect.NOTHING)
    if words[: kind + 2] == ["CREATE", "TABLE", "IF"]:
        # A followed table is there: this did nothing, or a DROP before it was told of.
        return Meaning(Effect.NOTHING)
    if words[0] in ("CREATE", "ALTER") and words[kind] == "TABLE" and not _OTHERS & set(words):
        # What else it mentions, it refers to or is like.
        first = next((n for n in range(kind + 1, len(words)) if words[n] not in _IF), len(words))
        end = first + 3 if tokens[first + 1 : first + 2] == [_DOT] else first + 1
        mentioned = _mentioned(tokens[first:end], database, ours, followed)
        if not mentioned:
            return Meaning(Effect.NOTHING)
    of_index = words[kind] in ("INDEX", "KEY")
    return Meaning(
        Effect.ALTERS, mentioned, rows_suspect=not of_index and _may_change_values(words)
    )


def _may_change_values(words: Sequence[str]) -> bool:
    """Whether a statement on a table may leave another value under a name, or another row."""
    drops = (after for word, after in zip(words, [*words[1:], ""], strict=True) if word == "DROP")
    return (
        words[0] != "ALTER"
        or bool(_MOVES_ROWS & set(words))
        or any(after not in _NO_COLUMNS for after in drops)
    )


def _of_rows(
    tokens: Sequence[_Token], database: str, ours: str, mentioned: tuple[str, ...]
) -> Meaning:
    words = [token.word for token in tokens]
    target = _target(tokens, words, database)
    if words[:2] == ["DELETE", "FROM"] and mentioned and len(tokens) <= 5:
        # What a server writes for its tables in memory after a restart.
        return Meaning(Effect.EMPTIES, mentioned)
    inside = ours.lower() in {database.lower(), *(t.text.lower() for t in tokens if t.name)}
    if not inside or (target is not None and target.lower() != ours.lower()):
        return Meaning(Effect.NOTHING)
    return Meaning(Effect.CHANGES_ROWS, mentioned)


def _target(tokens: Sequence[_Token], words: Sequence[str], database: str) -> str | None:
    """The database of the one table that is written to; None where there may be several."""
    if words[0] not in ("INSERT", "REPLACE"):
        return None
    place = words.index("INTO") + 1 if "INTO" in words[:5] else 1
    if len(tokens) > place + 1 and tokens[place + 1].text == ".":
        return tokens[place].text
    return database
