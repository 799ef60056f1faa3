"""Load the real legacy databases of `../shared/data`, as their `load_plan.json` says.

    address = mariadb.create_database("sakila")
    data.load("sakila", address)

A dump goes to the server as bytes: what charset they are in is the file's and the plan's business,
and a dump that is mixed or wrong about it must arrive as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymysql

from tests.fix_servers import connect_mysql

__all__ = ["FOLDER", "load", "names", "row_counts", "statements"]

FOLDER = Path(__file__).resolve().parent.parent.parent / "shared" / "data"

_STRINGS = rb"""'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*"|`[^`]*`"""
_COMMENTS = rb"--(?=\s)[^\n]*|\#[^\n]*|/\*.*?\*/"
_SKIPPED = rb"(?:\s+|--[^\n]*|\#[^\n]*|/\*(?!!).*?\*/|\\![^\n]*)+"
"""Before a statement: blanks, comments (the client takes -- without a blank there), commands."""
_DIRECTIVE = rb"^[ \t]*DELIMITER[ \t]+(?P<delimiter>[^\s]+)[^\n]*"


def names() -> list[str]:
    """The databases that can be loaded."""
    return sorted(_read_json("load_plan.json"))


def row_counts(name: str) -> dict[str, int]:
    """Rows of every table of a loaded database, as measured by others."""
    counts: dict[str, int] = _read_json("rowcounts.json")[name]
    return counts


def load(name: str, url: str) -> list[str]:
    """Fill the empty database at `url`; returns why statements were refused, none for most.

    A few files hold a statement for another server, or for a database of another name.
    """
    plan = _read_json("load_plan.json")[name]
    charset = "utf8mb4" if plan["client_charset"].startswith("as ") else plan["client_charset"]
    connection = connect_mysql(url, charset=charset, autocommit=False, local_infile=True)
    try:
        connection.query(f"ALTER DATABASE CHARACTER SET {plan['default_charset']}")
        connection.query(f"SET SESSION {plan['session']}")
        refused = [reason for part in _script(name, plan) for reason in _send(connection, part)]
        connection.commit()
    finally:
        connection.close()
    return refused


def _script(name: str, plan: dict[str, Any]) -> Iterator[bytes]:
    for file in plan["files"]:
        yield from statements(_text(plan, FOLDER / file))
    yield from _load_data(FOLDER / name)


def statements(script: bytes) -> Iterator[bytes]:
    """Cut a script as the mysql client does, which alone knows `DELIMITER`."""
    delimiter, start, at = b";", 0, 0
    while True:
        found = _tokens(delimiter).search(script, at)
        if found is None:
            break
        at = found.end()
        if changed := found["delimiter"]:
            delimiter, start = changed, at
        elif found["end"]:
            yield from _unless_empty(script[start : found.start()])
            start = at
    yield from _unless_empty(script[start:])


def _tokens(delimiter: bytes) -> re.Pattern[bytes]:
    end = b"(?P<end>" + re.escape(delimiter) + b")"
    alternatives = b"|".join((_DIRECTIVE, _STRINGS, _COMMENTS, end))
    return re.compile(alternatives, re.DOTALL | re.MULTILINE | re.IGNORECASE)


def _unless_empty(statement: bytes) -> Iterator[bytes]:
    """Nothing for comments only, which a server answers with "query was empty"."""
    statement = re.sub(rb"\A" + _SKIPPED, b"", statement, flags=re.DOTALL).strip()
    if statement:
        yield statement


def _text(plan: dict[str, Any], path: Path) -> bytes:
    """The file under the plan's rules. latin1 gives each byte a character, and takes it back."""
    text = path.read_bytes().decode("latin1")
    for pattern, replacement in plan["regex_rules_applied_to_file"]:
        text = re.sub(pattern, replacement, text)
    return text.encode("latin1")


def _load_data(folder: Path) -> Iterator[bytes]:
    """The statements of `load-data.sql` that read `data/`, on the files that lie beside it."""
    script = folder / "load-data.sql"
    if not script.is_file():
        return
    for statement in re.findall(r"^LOAD DATA[^;]*", script.read_text(), re.MULTILINE):
        there, found = re.subn(r"'data/(\S+)'", rf"'{folder}/\1'", statement)
        if found:
            yield there.encode()


def _send(connection: Any, statement: bytes) -> Iterator[str]:
    try:
        connection.query(statement)
    except pymysql.Error as error:
        yield str(error)


def _read_json(file: str) -> Any:
    return json.loads((FOLDER / file).read_text())
