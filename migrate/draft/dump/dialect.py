"""What a statement of a dump is, and how MariaDB understands what MySQL 3.23 to 9 wrote."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["SYSTEM_DATABASES", "Statement", "read_statement"]

SYSTEM_DATABASES = {"mysql", "sys", "information_schema", "performance_schema"}

_HEAD = 4096
_STRINGS = rb"""'(?:[^'\\]++|\\.|'')*+'|"(?:[^"\\]++|\\.|"")*+"|`[^`]*+`"""
# What is possessive holds no other such part, and no look ahead: see statements.py.
_COMMENTS = rb"/\*(?!M?!)[^*]*+(?:\*++[^/*][^*]*+)*(?:\*++/|\*++\Z|\Z)|(?:--(?=\s)|\#)[^\n]*+"
_MARKS = re.compile(
    rb"(?P<kept>" + _STRINGS + rb")|(?:" + _COMMENTS + rb"|/\*M?!\d*|\*/|\s)+", re.DOTALL
)
"""What may stand between the words of a statement: comments, marks of executed ones, blanks."""
_NAME = rb"(`(?:[^`]|``)+`|\"(?:[^\"]|\"\")+\"|[\w$]+)"

_CODE = re.compile(
    rb"CREATE (?!(?:OR REPLACE )?(?:TEMPORARY )?TABLE\b|DATABASE\b|SCHEMA\b|(?:\w+ )?INDEX\b)"
    rb".*?\b(VIEW|TRIGGER|PROCEDURE|FUNCTION|EVENT|SEQUENCE|PACKAGE|USER|ROLE|SERVER)\b"
    rb"[^`\w]*([^\s(]*)",
    re.IGNORECASE,
)
_IGNORED = re.compile(
    rb"(?:LOCK|UNLOCK|FLUSH|SELECT|SHOW|DESC|DESCRIBE|EXPLAIN|HELP|CALL"
    rb"|ANALYZE|OPTIMIZE|CHECK|REPAIR|CHANGE|START SLAVE"
    rb"|STOP|RESET|PURGE|CREATE LOGFILE|CREATE TABLESPACE|ALTER TABLESPACE|ALTER DATABASE"
    rb"|SET (?:@@)?GLOBAL|SET PASSWORD|SET TRANSACTION"
    rb"|DROP (?:DATABASE|SCHEMA|VIEW|TRIGGER|PROCEDURE|FUNCTION|EVENT|USER)"
    rb"|ALTER TABLE " + _NAME + rb" (?:DIS|EN)ABLE KEYS)\b",
    re.IGNORECASE,
)
_RIGHTS = re.compile(rb"(?:GRANT|REVOKE)\b", re.IGNORECASE)
_DATABASE = re.compile(rb"CREATE (?:DATABASE|SCHEMA) (?:IF NOT EXISTS )?" + _NAME, re.IGNORECASE)
_USE = re.compile(rb"(?:USE|CONNECT) " + _NAME, re.IGNORECASE)
_TABLE = re.compile(
    rb"(?:CREATE (?:OR REPLACE )?(?:TEMPORARY )?TABLE (?:IF NOT EXISTS )?"
    rb"|ALTER (?:IGNORE )?TABLE |CREATE (?:\w+ )?INDEX .*? ON )(?:" + _NAME + rb"\s?\.\s?)?"
    + _NAME, re.IGNORECASE,
)  # fmt: skip
_ROWS = re.compile(
    rb"(?:INSERT|REPLACE) (?:(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE) )*(?:INTO )?(?:"
    + _NAME + rb"\s?\.\s?)?" + _NAME, re.IGNORECASE,
)  # fmt: skip

_BEGINS = re.compile(rb"START TRANSACTION\b|BEGIN(?: WORK)?\Z", re.IGNORECASE)
_ENDS = re.compile(rb"(?:COMMIT|ROLLBACK)\b(?! TO\b)", re.IGNORECASE)
_SETS = re.compile(rb"SET\b", re.IGNORECASE)
_SETS_NAMES = re.compile(rb"SET (?:NAMES|CHARSET|CHARACTER SET)\b", re.IGNORECASE)
_SETS_MODE = re.compile(rb"\bsql_mode ?= ?[\"']", re.IGNORECASE)
_HARMLESS = re.compile(
    rb"DROP\b|CREATE (?:\w+ )?INDEX\b"
    rb"|ALTER (?:IGNORE )?TABLE (?:" + _NAME + rb" ?\. ?)?" + _NAME + rb" (?:ADD (?:CONSTRAINT"
    rb"|PRIMARY|UNIQUE|FULLTEXT|SPATIAL|FOREIGN|INDEX|KEY|CHECK)\b|AUTO_INCREMENT\b|COMMENT\b"
    rb"|ENGINE\b|ORDER BY\b|DROP\b|MODIFY .*\bAUTO_INCREMENT\b|CHANGE .*\bAUTO_INCREMENT\b)",
    re.IGNORECASE,
)
"""What costs no row when it cannot be made."""

_ENGINES = {
    b"heap": b"InnoDB",
    b"memory": b"InnoDB",
    b"blackhole": b"InnoDB",
    b"isam": b"MyISAM",
    b"bdb": b"InnoDB",
    b"berkeleydb": b"InnoDB",
    b"gemini": b"InnoDB",
    b"falcon": b"InnoDB",
    b"ndb": b"InnoDB",
    b"ndbcluster": b"InnoDB",
}
"""Engines that are gone, or whose rows would be with the next stop of the server."""

_AUTO_DEFAULT = re.compile(
    rb"\bDEFAULT\s+'\d*'(?=(?:\s+(?:NOT\s+)?NULL)?\s+AUTO_INCREMENT)", re.IGNORECASE
)
_DIRECTORY = re.compile(rb"\b(?:DATA|INDEX)\s+DIRECTORY\s*=?\s*'[^']*'", re.IGNORECASE)
_UNKNOWN = re.compile(rb"/\*!50606[^*]*\*/|/\*!\d+\s*WITH\s+PARSER[^*]*\*/", re.IGNORECASE)
"""Comments that MariaDB executes, though it has no such column format, storage or parser."""
_MODES_OF_8 = re.compile(rb"\bTIME_TRUNCATE_FRACTIONAL\b,?", re.IGNORECASE)
"""Words of sql_mode for which MariaDB would refuse all of it; none changes what is loaded."""
_OTHERWISE: tuple[tuple[bytes, Callable[[re.Match[bytes]], bytes]], ...] = (
    (rb"\b(?:TYPE|ENGINE)\s*=\s*(?P<engine>\w+)", lambda m: b"ENGINE=" + _engine(m["engine"])),
    (
        rb"\b(?P<collation>utf8mb4(?:_[a-z_]+)?_0900_\w+)",
        lambda m: _collation(m["collation"].lower()),
    ),
    (rb"\btimestamp\s*\(\s*(?:[7-9]|1[0-4])\s*\)", lambda m: b"timestamp"),
    (rb"\b(?P<kind>VIRTUAL|STORED|PERSISTENT)\s+NOT\s+NULL", lambda m: m["kind"]),
)
_TRANSLATED = re.compile(
    b"|".join(
        (_STRINGS, _COMMENTS, *(rb"(?P<rule%d>%s)" % (n, p) for n, (p, _) in enumerate(_OTHERWISE)))
    ),
    re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement as it is to be sent, or a kind of thing that is left out."""

    text: bytes = b""
    """Empty: not to be sent."""
    table: str | None = None
    """The table that it makes, changes or fills."""
    rows: bool = False
    creates: bool = False
    optional: bool = False
    """Whether the dump is as good when the server refuses it."""
    costs_no_row: bool = False
    """Whether all rows are there, too, when the server refuses it: an index, a constraint."""
    sets: bool = False
    """Whether it changes the session, and neither tables nor rows."""
    sets_names: bool = False
    """Whether it says what the bytes of those after it mean."""
    transaction: bool | None = None
    """Whether it begins a transaction (True) or ends one (False)."""
    database: str | None = None
    """The database that it makes or goes to."""
    left_out: tuple[str, str] | None = None
    """`view`, `trigger` … and its name: code and rights, which are no rows."""
    notes: tuple[str, ...] = ()


def read_statement(text: bytes) -> Statement:
    """What one statement is, in MariaDB's words."""
    head = _head(text)
    if match := _ROWS.match(head):
        database = _text(match[1]) if match[1] else None
        return Statement(text=text, table=_text(match[2]), rows=True, database=database)
    if match := _CODE.match(head):
        return Statement(left_out=(match[1].decode().lower(), match[2].decode("latin1")))
    if _IGNORED.match(head):
        return Statement()
    if _RIGHTS.match(head):
        return Statement(left_out=("right", head.decode("latin1")))
    if match := _DATABASE.match(head) or _USE.match(head):
        return Statement(database=_text(match[1]), optional=True)
    if match := _TABLE.match(head):
        translated, notes = _translate(text)
        creates = head[:6].upper() == b"CREATE" and b"INDEX" not in head[:24].upper()
        table = _text(match[2])
        return Statement(
            text=translated,
            table=table,
            creates=creates,
            costs_no_row=bool(_HARMLESS.match(head)),
            notes=notes,
        )
    if _SETS.match(head):
        return _setting(text, head)
    if _BEGINS.match(head) or _ENDS.match(head):
        return Statement(text=text, sets=True, transaction=bool(_BEGINS.match(head)))
    return Statement(text=text, optional=head[:4].upper() == b"DROP")


def _head(text: bytes) -> bytes:
    """How a statement begins, with one blank where blanks and comments are."""
    head = _between(text[:_HEAD])
    # A comment longer than that may hide it.
    return head if len(head) > 200 or len(text) <= _HEAD else _between(text)


def _between(text: bytes) -> bytes:
    return _MARKS.sub(lambda match: match["kept"] or b" ", text).strip()


def _setting(text: bytes, head: bytes) -> Statement:
    """A SET; it may be refused, but for those without which other statements mean other things."""
    text, _ = _translate(_MODES_OF_8.sub(b"", text))
    names = bool(_SETS_NAMES.match(head))
    # A variable that this dump did not save is NULL, and refused as that.
    optional = not names and not _SETS_MODE.search(head)
    return Statement(text=text, sets=True, sets_names=names, optional=optional)


def _text(name: bytes) -> str:
    quote = name[:1]
    if quote in b'`"':
        name = name[1:-1].replace(quote * 2, quote)
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("latin1")


def _translate(text: bytes) -> tuple[bytes, tuple[str, ...]]:
    notes: dict[str, None] = {}

    def other(match: re.Match[bytes]) -> bytes:
        for number, (_, rule) in enumerate(_OTHERWISE):
            if match[f"rule{number}"] is not None:
                new = rule(match)
                old = match[0]
                if b"0900" in old or (match["engine"] and new.lower() != b"engine=" + _old(match)):
                    what = "collation" if b"0900" in old else "engine"
                    old_name, new_name = old.split(b"=")[-1].strip(), new.split(b"=")[-1]
                    notes[f"{what} {old_name.decode()} read as {new_name.decode()}"] = None
                return new
        return match[0]

    text = _AUTO_DEFAULT.sub(b"", text)
    text = _DIRECTORY.sub(b"", text)
    text = _UNKNOWN.sub(b"", text)
    return _TRANSLATED.sub(other, text), tuple(notes)


def _old(match: re.Match[bytes]) -> bytes:
    return match["engine"].lower()


def _engine(name: bytes) -> bytes:
    return _ENGINES.get(name.lower(), name)


def _collation(name: bytes) -> bytes:
    """MySQL 8's collations ignore no trailing blanks; so do the nearest ones of MariaDB."""
    if name.endswith(b"_ai_ci"):
        return b"utf8mb4_unicode_520_nopad_ci"
    return b"utf8mb4_nopad_bin"
