"""Magento 2: `hash:salt:version`, where a version may be several that came one after another."""

from __future__ import annotations

import hashlib
import re

from django.core.exceptions import ImproperlyConfigured
from django.utils.crypto import constant_time_compare

from migrate.hashers.base import LegacyHasher

__all__ = ["MagentoHasher"]

_DIGESTS = {"0": "md5", "1": "sha256"}
_STORED = re.compile(r"([0-9a-f]{32,64}):([^:]+):(.+)")
_SALT = 16
"""Bytes that sodium's Argon2 takes."""
_USUAL = (32, 2, 64 * 1024 * 1024)
"""Bytes of the hash, passes and bytes of memory of version 2; version 3 names them."""
_ARGON = re.compile(r"2|3_(\d+)_(\d+)_(\d+)")


class MagentoHasher(LegacyHasher):
    """`magento$hash:salt:1`; versions 2 and 3 are Argon2: `pip install delamp[argon2]`."""

    algorithm = "magento"

    def matches(self, password: bytes, stored: str) -> bool:
        parts = _STORED.fullmatch(stored)
        if parts is None:
            return False
        salt, made = parts[2].encode(), password
        for version in parts[3].split(":"):
            if kind := _DIGESTS.get(version):
                made = hashlib.new(kind, salt + made).hexdigest().encode()
            elif match := _ARGON.fullmatch(version):
                sizes = tuple(map(int, match.groups())) if match[1] else _USUAL
                made = _argon2(made, salt[:_SALT], *sizes)
            else:
                return False
        return constant_time_compare(made, parts[1])


def _argon2(password: bytes, salt: bytes, length: int, passes: int, memory: int) -> bytes:
    try:
        from argon2.low_level import Type, hash_secret_raw
    except ImportError as error:
        raise ImproperlyConfigured(
            "magento: the package argon2-cffi cannot be imported\n"
            "hint: pip install 'delamp[argon2]'"
        ) from error
    made = hash_secret_raw(password, salt, passes, memory // 1024, 1, length, Type.ID)
    return made.hex().encode()
