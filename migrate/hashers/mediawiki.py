"""MediaWiki's own spellings: type, parameters and hash between colons."""

from __future__ import annotations

import base64
import hashlib

from django.utils.crypto import constant_time_compare

from migrate.hashers.base import LegacyHasher

__all__ = ["MediaWikiHasher"]


_SHORTEST = 27
"""Base64 digits of a SHA-1, the shortest of them."""


class MediaWikiHasher(LegacyHasher):
    """`mediawiki$:A:…`, `mediawiki$:B:salt:…`, `mediawiki$:pbkdf2:sha512:30000:64:salt:…`."""

    algorithm = "mediawiki"

    def matches(self, password: bytes, stored: str) -> bool:
        try:
            _empty, kind, *parameters, hash_ = stored.split(":")
            made = _made(kind, parameters, password)
        except ValueError:
            # None of these.
            return False
        # The step keeps so much of a long hash as Django's field has room for.
        return len(hash_) >= _SHORTEST and constant_time_compare(made[: len(hash_)], hash_)


def _made(kind: str, parameters: list[str], password: bytes) -> str:
    if kind == "pbkdf2":
        digest, rounds, length, salt = parameters
        raw = hashlib.pbkdf2_hmac(
            digest, password, base64.b64decode(salt), int(rounds), int(length)
        )
        return base64.b64encode(raw).decode("ascii")
    if kind == "A" and not parameters:
        return _md5(password)
    if kind == "B":
        (salt,) = parameters
        return _md5(f"{salt}-{_md5(password)}".encode())
    raise ValueError(kind)


def _md5(text: bytes) -> str:
    return hashlib.md5(text).hexdigest()
