"""Openwall's portable hashes, phpass, and Drupal's of the same making.

$P$ B abcdefgh 22 characters
 |  |    |         |
 |  |    salt      hash, six bits a character
 |  two to this power times
 phpass; phpBB writes $H$, Drupal $S$ with SHA-512
"""

from __future__ import annotations

import hashlib

from django.utils.crypto import constant_time_compare

from migrate.hashers.base import LegacyHasher
from migrate.hashers.crypt64 import DIGITS, crypt64

__all__ = ["DrupalHasher", "PhpassHasher", "portable_hash"]

_SETTING = 12
_DRUPAL = 55
_FEWEST, _MOST = 7, 30
"""Powers of two that phpass and Drupal take."""


def portable_hash(password: bytes, setting: str, digest: str) -> str | None:
    """The hash for a setting (`$P$Babcdefgh`); None for a setting out of range."""
    if len(setting) != _SETTING or not _FEWEST <= (power := DIGITS.find(setting[3])) <= _MOST:
        return None
    made = hashlib.new(digest, setting[4:].encode() + password).digest()
    for _ in range(2**power):
        made = hashlib.new(digest, made + password).digest()
    return setting + _base64(made)


def _base64(value: bytes) -> str:
    """Six bits a character, least significant first: not the base64 of RFC 4648."""
    groups = (value[start : start + 3] for start in range(0, len(value), 3))
    return "".join(crypt64(int.from_bytes(group, "little"), len(group) + 1) for group in groups)


class PhpassHasher(LegacyHasher):
    """`phpass$$P$…`: WordPress, phpBB 3, Drupal 6 with phpass, and many more."""

    algorithm = "phpass"

    def matches(self, password: bytes, stored: str) -> bool:
        made = portable_hash(password, stored[:_SETTING], "md5")
        return made is not None and constant_time_compare(made, stored)


class DrupalHasher(LegacyHasher):
    """`drupal_sha512$$S$…`, cut to 55 characters as Drupal 7 and later keep it.

    `U$S$…` is a hash of Drupal 6 that an upgrade hashed once more: of the password's md5.
    """

    algorithm = "drupal_sha512"

    def matches(self, password: bytes, stored: str) -> bool:
        if stored.startswith("U"):
            stored = stored[1:]
            password = hashlib.md5(password).hexdigest().encode()
        made = portable_hash(password, stored[:_SETTING], "sha512")
        return made is not None and constant_time_compare(made[:_DRUPAL], stored)
