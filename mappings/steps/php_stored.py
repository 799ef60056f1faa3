"""The bytes that PHP had, from the text or the bytes that a column has now.

A text does not tell how many bytes PHP counted. It is read with the lengths of UTF-8; if they do
not fit, with those of latin1; if these do not either, with any that a charset conversion explains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mappings.errors import Reject
from mappings.steps.php_lengths import with_right_lengths
from mappings.steps.php_serialize import Decode
from mappings.steps.repair_charset import latin1_bytes, latin1_text

__all__ = ["best_text", "read_stored", "utf8_or_none"]

Parse = Callable[[bytes, Decode], Any]


def best_text(value: bytes) -> str:
    """UTF-8, or else latin1, which all bytes are."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return latin1_text(value)


def utf8_or_none(value: bytes) -> str | None:
    """UTF-8, or None: no text."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def read_stored(value: str | bytes, parse: Parse, binary: Decode) -> Any:
    """What `parse` makes of the bytes that PHP had; `binary` is for those of a bytes column.

    Raises `Reject`: `bad_serialize`, `ambiguous_lengths` or `not_json`.
    """
    try:
        return _of_bytes(value, parse, binary) if isinstance(value, bytes) else _of(value, parse)
    except RecursionError as error:
        raise Reject("not_json", "nested too deep") from error


def _of_bytes(value: bytes, parse: Parse, binary: Decode) -> Any:
    try:
        return parse(value, binary)
    except Reject as reject:
        text = utf8_or_none(value)
        if text is None or value.isascii() or reject.code != "bad_serialize":
            raise
        return _of(text, parse)


def _of(value: str, parse: Parse) -> Any:
    failures = []
    for stored, decode in _readings(value):
        try:
            return _try(parse, stored, decode)
        except Reject as reject:
            if reject.code != "bad_serialize":
                raise
            failures.append(reject)
    if not value.isascii():
        try:
            return _try(parse, with_right_lengths(value).encode(), bytes.decode)
        except Reject as reject:
            if reject.code != "bad_serialize":
                raise
    # The offset in the text as it stands says more than why no repair was possible.
    raise failures[0]


def _readings(value: str) -> Iterator[tuple[bytes, Decode]]:
    if value.isascii():
        yield value.encode(), best_text
        return
    try:
        yield value.encode(), bytes.decode
    except UnicodeEncodeError as error:
        raise Reject("bad_serialize", "a surrogate without its pair") from error
    if (stored := latin1_bytes(value)) is not None:
        yield stored, best_text


def _try(parse: Parse, stored: bytes, decode: Decode) -> Any:
    try:
        return parse(stored, decode)
    except UnicodeDecodeError as error:
        detail = f"a length that cuts a character ({error.reason})"
        raise Reject("bad_serialize", detail) from error
