"""One round of md5 or sha1, as the first PHP applications stored passwords; also PBKDF2 around it.

Such a hash is guessed at a rate of thousands of millions a second. `php_password(wrap=…)` puts
PBKDF2 around it at once; unwrapped it stays as weak as it was until its owner logs in.
"""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from django.contrib.auth.hashers import mask_hash
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_noop as _

from mappings.steps.php_password import wrap_hash
from migrate.hashers.base import LegacyHasher

__all__ = [
    "Pbkdf2Md5Hasher",
    "Pbkdf2Sha1Hasher",
    "PhpMd5Hasher",
    "PhpSaltedMd5Hasher",
    "PhpSha1Hasher",
]


class _DigestHasher(LegacyHasher):
    digest: ClassVar[str]

    def matches(self, password: bytes, stored: str) -> bool:
        return constant_time_compare(hashlib.new(self.digest, password).hexdigest(), stored)


class PhpMd5Hasher(_DigestHasher):
    """`php_md5$` and md5($password) in hex."""

    algorithm = "php_md5"
    digest = "md5"


class PhpSha1Hasher(_DigestHasher):
    """`php_sha1$` and sha1($password) in hex."""

    algorithm = "php_sha1"
    digest = "sha1"


class PhpSaltedMd5Hasher(LegacyHasher):
    """`php_salted_md5$hash:salt`: Joomla put the salt after the password, osCommerce before it."""

    algorithm = "php_salted_md5"

    def matches(self, password: bytes, stored: str) -> bool:
        digest, _colon, salt = stored.partition(":")
        both = (password + salt.encode(), salt.encode() + password)
        return any(constant_time_compare(hashlib.md5(text).hexdigest(), digest) for text in both)


class _WrappedHasher(LegacyHasher):
    """`algorithm$iterations$salt$hash`, the hash as `wrap_hash` makes it."""

    digest: ClassVar[str]

    def matches(self, password: bytes, stored: str) -> bool:
        iterations, salt, _hash = stored.split("$", 2)
        digest = hashlib.new(self.digest, password).hexdigest()
        made = wrap_hash(self.algorithm, digest, salt, int(iterations))
        return constant_time_compare(made, f"{self.algorithm}${stored}")

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, iterations, salt, hash_ = encoded.split("$", 3)
        return {
            "algorithm": algorithm,
            "iterations": int(iterations),
            "salt": salt,
            "hash": hash_,
        }

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        decoded = self.decode(encoded)
        return {
            _("algorithm"): decoded["algorithm"],
            _("iterations"): decoded["iterations"],
            _("salt"): mask_hash(decoded["salt"]),
            _("hash"): mask_hash(decoded["hash"]),
        }


class Pbkdf2Md5Hasher(_WrappedHasher):
    """PBKDF2-SHA256 around md5($password) in hex."""

    algorithm = "pbkdf2_php_md5"
    digest = "md5"


class Pbkdf2Sha1Hasher(_WrappedHasher):
    """PBKDF2-SHA256 around sha1($password) in hex."""

    algorithm = "pbkdf2_php_sha1"
    digest = "sha1"
