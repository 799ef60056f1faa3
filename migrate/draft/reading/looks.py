"""What values look like, judged in Python, value by value."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from mappings.catalogue import SourceColumn
from mappings.errors import Reject
from mappings.steps.base import as_step
from mappings.steps.php_password import ALGORITHMS
from mappings.steps.php_unserialize import php_unserialize
from mappings.steps.repair_charset import repair_charset
from migrate.draft.facts import Look
from migrate.draft.reading.measures import BINARIES, INTEGERS, TEXTS
from migrate.draft.reading.samples import LONGEST
from migrate.draft.reading.words import words

__all__ = ["Looked", "judge", "judge_all"]

_UNSERIALIZE = as_step(php_unserialize).python
_REPAIR = as_step(repair_charset).python
_EXAMPLES = 3
_EXAMPLE_CHARS = 80


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What the values of one column look like."""

    sampled: int = 0
    looks: Mapping[Look, int] = field(default_factory=dict)
    whole: bool = False
    examples: tuple[str, ...] = ()


def judge(column: SourceColumn, values: Iterable[bytes | None], *, whole: bool) -> Looked:
    """Judge sampled values as the driver gives them; NULL, '' and 0 are passed over.

    `whole` says that these are all values of the column; one that was cut, which is not judged,
    makes it untrue.
    """
    present = [value for value in values if value]
    uncut = [value for value in present if not _was_cut(value)]
    return _judged(column, uncut, whole and len(uncut) == len(present))


def judge_all(column: SourceColumn, values: Iterable[bytes | None]) -> Looked:
    """Judge all values of the column, none of them cut."""
    return _judged(column, values, True)


def _judged(column: SourceColumn, values: Iterable[bytes | None], whole: bool) -> Looked:
    looks: Counter[Look] = Counter()
    examples: dict[str, None] = {}
    sampled = 0
    numeric = column.data_type in INTEGERS or column.data_type == "decimal"
    for value in values:
        if not value or (numeric and not value.strip(b"-0.")):
            continue
        text = _text(value)
        sampled += 1
        looks.update(_looks(column, value, text))
        if len(examples) < _EXAMPLES and text is not None:
            examples[text[:_EXAMPLE_CHARS]] = None
    return Looked(sampled=sampled, looks=dict(looks), whole=whole, examples=tuple(examples))


def _was_cut(value: bytes) -> bool:
    if len(value) < LONGEST:
        return False
    text = _text(value)
    return len(value if text is None else text) >= LONGEST


def _text(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def _looks(column: SourceColumn, value: bytes, text: str | None) -> Iterator[Look]:
    if column.data_type in INTEGERS or column.data_type == "decimal":
        yield from _of_number(value.decode())
    elif column.data_type in TEXTS:
        yield from _of_text(text or "")
        if _PASSWORD_NAMES & set(words(column.name)):
            yield from _of_password(text or "")
        elif any(hashed.fullmatch(text or "") for hashed in ALGORITHMS.values()):
            yield "password"
    elif column.data_type in BINARIES:
        if text is not None:
            yield from _of_text(text)
        elif _serialized(value):
            yield "serialized"


def _of_number(text: str) -> Iterator[Look]:
    if not text.isdigit():
        return
    number = int(text)
    if _FIRST_EPOCH <= number < _LAST_EPOCH:
        yield "epoch"
    if 1 << 24 <= number < 1 << 32:
        yield "ip_int"
    if _DIGITS14.fullmatch(text):
        yield "digits14"


def _of_text(text: str) -> Iterator[Look]:
    for look, looks_so in _TESTS.items():
        if looks_so(text):
            yield look


def _of_password(text: str) -> Iterator[Look]:
    if any(hashed.fullmatch(text) for hashed in ALGORITHMS.values()):
        yield "password"
    elif len(text) <= _LONGEST_PASSWORD:
        yield "clear_password"


_FIRST_EPOCH, _LAST_EPOCH = 631_152_000, 2_208_988_800
"""1990-01-01 and 2040-01-01."""
_LONGEST_PASSWORD = 64
_PASSWORD_NAMES = frozenset(
    ("password", "passwd", "passwort", "pass", "pwd", "passhash", "userpass", "motdepasse")
)
_DIGITS14 = re.compile(
    r"(?:19|20|21)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d[0-5]\d"
)
_NUMBER = re.compile(r"[0-9]{9,10}")
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}[0-9]{0,2}|#[0-9]{2,7}|#[xX][0-9a-fA-F]{2,6});")
_URL = re.compile(r"(?:(?:https?|ftps?)://|//(?=[\w-]+\.)|www\.)[^\s<>\"]+", re.IGNORECASE)
_PATH = re.compile(
    r"(?:\.{0,2}/)?(?:[^\s/\\:*?\"<>|,;]+[/\\])*[^\s/\\:*?\"<>|,;]+\.[A-Za-z]\w{1,4}"
)
_FOLDER_OR_KNOWN = re.compile(
    r"[/\\]|\.(?:jpe?g|png|gif|webp|svg|bmp|pdf|docx?|xlsx?|zip|gz|txt|csv|mp[34]|php|html?|css|js)$",
    re.IGNORECASE,
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_COMMA_LIST = re.compile(r"[^\s,;:{}\[\]\"]+(?: ?, ?[^\s,;:{}\[\]\"]+)+,?")
_SERIALIZED = re.compile(rb"(?:[aOCsSE]:\d|[id]:[-+\d.IN]|b:[01];|N;)")


def _serialized(value: bytes | str) -> bool:
    raw = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    if not _SERIALIZED.match(raw):
        return False
    try:
        found = _UNSERIALIZE(value)
    except Reject:
        return False
    # PostgreSQL has no U+0000 in jsonb.
    return b"\0" not in raw or r"\u0000" not in json.dumps(found)


def _json(text: str) -> bool:
    """An object or array that jsonb takes: no NaN, no U+0000, no half of a surrogate pair."""
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        found = json.loads(text, parse_constant=_no_number)
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return False
    return r"\u0000" not in text


def _no_number(constant: str) -> NoReturn:
    raise ValueError(constant)


def _html(text: str) -> bool:
    return _ENTITY.search(text) is not None and html.unescape(text) != text


def _mojibake(text: str) -> bool:
    return not text.isascii() and bool(_REPAIR(text) != text)


def _path(text: str) -> bool:
    return (
        len(text) <= 1024
        and _PATH.fullmatch(text) is not None
        and _FOLDER_OR_KNOWN.search(text) is not None
        and not _URL.match(text)
    )


_TESTS: dict[Look, Callable[[str], object]] = {
    "serialized": _serialized,
    "json": _json,
    "html": _html,
    "mojibake": _mojibake,
    "epoch": lambda t: _NUMBER.fullmatch(t) and _FIRST_EPOCH <= int(t) < _LAST_EPOCH,
    "path": _path,
    "url": _URL.fullmatch,
    "uuid": _UUID.fullmatch,
    "comma_list": lambda t: len(t) <= 4096 and _COMMA_LIST.fullmatch(t),
    "digits14": _DIGITS14.fullmatch,
}
