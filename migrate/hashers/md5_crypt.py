"""crypt() with MD5, `$1$salt$hash`, as FreeBSD brought it; Apache's `$apr1$` is the same."""

from __future__ import annotations

import hashlib

from migrate.hashers.crypt64 import crypt64

__all__ = ["md5_crypt"]

_ROUNDS = 1000
_ORDER = ((0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5))
"""Bytes of the digest, three for four characters; the twelfth comes last."""


def md5_crypt(password: bytes, salt: bytes, magic: bytes) -> str:
    """The 22 characters after the salt."""
    inner = hashlib.md5(password + salt + password).digest()
    mixed = password + magic + salt + _repeated(inner, len(password))
    length = len(password)
    while length:
        mixed += b"\0" if length & 1 else password[:1]
        length >>= 1
    made = hashlib.md5(mixed).digest()
    for n in range(_ROUNDS):
        text = password if n & 1 else made
        text += salt if n % 3 else b""
        text += password if n % 7 else b""
        text += made if n & 1 else password
        made = hashlib.md5(text).digest()
    groups = (made[a] << 16 | made[b] << 8 | made[c] for a, b, c in _ORDER)
    return "".join(crypt64(group, 4) for group in groups) + crypt64(made[11], 2)


def _repeated(value: bytes, length: int) -> bytes:
    return (value * (length // len(value) + 1))[:length]
