"""PBKDF2 around the quickly guessed hashes, as `php_password(wrap=…)` leaves them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.hashers import mask_hash
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_noop as _

from mappings.steps.php_password import WRAPPED, wrap_hash
from migrate.hashers.base import LegacyHasher
from migrate.hashers.digests import (
    DigestHasher,
    PhpMd5Hasher,
    PhpSaltedMd5Hasher,
    PhpSaltedSha1Hasher,
    PhpSaltedSha256Hasher,
    PhpSha1Hasher,
    PhpSha256Hasher,
)
from migrate.hashers.mysql import MysqlOldPasswordHasher, MysqlPasswordHasher

__all__ = [
    "Pbkdf2Md5Hasher",
    "Pbkdf2MysqlHasher",
    "Pbkdf2MysqlOldHasher",
    "Pbkdf2SaltedMd5Hasher",
    "Pbkdf2SaltedSha1Hasher",
    "Pbkdf2SaltedSha256Hasher",
    "Pbkdf2Sha1Hasher",
    "Pbkdf2Sha256Hasher",
]


class _WrappedHasher(LegacyHasher):
    """`algorithm$iterations$salt$hash`, the hash as `wrap_hash` makes it."""

    inner: ClassVar[type[DigestHasher]]

    def __init_subclass__(cls) -> None:
        cls.algorithm = WRAPPED[cls.inner.algorithm]

    def matches(self, password: bytes, stored: str) -> bool:
        iterations, salt, _hash = _parts(stored)
        if not iterations:
            return False
        return any(
            constant_time_compare(
                wrap_hash(self.algorithm, digest, salt, iterations), f"{self.algorithm}${stored}"
            )
            for digest in self.inner().digests(password, salt)
        )

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, _dollar, stored = encoded.partition("$")
        iterations, salt, hash_ = _parts(stored)
        return {"algorithm": algorithm, "iterations": iterations, "salt": salt, "hash": hash_}

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        decoded = self.decode(encoded)
        return {
            _("algorithm"): decoded["algorithm"],
            _("iterations"): decoded["iterations"],
            _("salt"): mask_hash(decoded["salt"]),
            _("hash"): mask_hash(decoded["hash"]),
        }


def _parts(stored: str) -> tuple[int, str, str]:
    """A salt of PHP's may have any character, base64 has no dollar; no iterations, no hash."""
    iterations, _dollar, rest = stored.partition("$")
    salt, _dollar, hash_ = rest.rpartition("$")
    return int(iterations) if iterations.isdecimal() else 0, salt, hash_


class Pbkdf2Md5Hasher(_WrappedHasher):
    """PBKDF2-SHA256 around md5($password) in hex."""

    inner = PhpMd5Hasher


class Pbkdf2Sha1Hasher(_WrappedHasher):
    """PBKDF2-SHA256 around sha1($password) in hex."""

    inner = PhpSha1Hasher


class Pbkdf2Sha256Hasher(_WrappedHasher):
    """PBKDF2-SHA256 around SHA-256 of the password in hex."""

    inner = PhpSha256Hasher


class Pbkdf2SaltedMd5Hasher(_WrappedHasher):
    """PBKDF2-SHA256, with the old salt, around a salted md5 in hex."""

    inner = PhpSaltedMd5Hasher


class Pbkdf2SaltedSha1Hasher(_WrappedHasher):
    """PBKDF2-SHA256, with the old salt, around a salted sha1 in hex."""

    inner = PhpSaltedSha1Hasher


class Pbkdf2SaltedSha256Hasher(_WrappedHasher):
    """PBKDF2-SHA256, with the old salt, around a salted SHA-256 in hex."""

    inner = PhpSaltedSha256Hasher


class Pbkdf2MysqlHasher(_WrappedHasher):
    """PBKDF2-SHA256 around what MySQL's PASSWORD() made, in lower case."""

    inner = MysqlPasswordHasher


class Pbkdf2MysqlOldHasher(_WrappedHasher):
    """PBKDF2-SHA256 around what MySQL's OLD_PASSWORD() made."""

    inner = MysqlOldPasswordHasher
