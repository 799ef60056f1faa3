"""crypt() with SHA-2, `$5$salt$hash` and `$6$rounds=…$salt$hash`, after Ulrich Drepper's paper."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from migrate.hashers.crypt64 import crypt64

__all__ = ["ROUNDS", "sha_crypt"]

ROUNDS = 5000
_FEWEST, _MOST = 1000, 999_999_999


def sha_crypt(password: bytes, salt: bytes, digest: str, rounds: int = ROUNDS) -> str:
    """The characters after the salt, for the digest `sha256` or `sha512`."""

    def hashed(value: bytes) -> bytes:
        return hashlib.new(digest, value).digest()

    rounds = min(max(rounds, _FEWEST), _MOST)
    inner = hashed(password + salt + password)
    mixed = password + salt + _repeated(inner, len(password))
    length = len(password)
    while length:
        mixed += inner if length & 1 else password
        length >>= 1
    made = hashed(mixed)
    long_password = _repeated(hashed(password * len(password)), len(password))
    long_salt = _repeated(hashed(salt * (16 + made[0])), len(salt))
    for n in range(rounds):
        text = long_password if n & 1 else made
        text += long_salt if n % 3 else b""
        text += long_password if n % 7 else b""
        text += made if n & 1 else long_password
        made = hashed(text)
    return "".join(_characters(made))


def _repeated(value: bytes, length: int) -> bytes:
    return (value * (length // len(value) + 1))[:length]


def _characters(made: bytes) -> Iterator[str]:
    """Three bytes for four characters; each group is the one before, moved on and turned round."""
    third = len(made) // 3
    a, b, c = 0, third, 2 * third
    for _ in range(third):
        yield crypt64(made[a] << 16 | made[b] << 8 | made[c], 4)
        a, b, c = (b + 1, c + 1, a + 1) if len(made) == 64 else (c + 1, a + 1, b + 1)
    yield crypt64(made[63], 2) if len(made) == 64 else crypt64(made[31] << 8 | made[30], 3)
