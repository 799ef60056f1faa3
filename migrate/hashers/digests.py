"""A round or two of md5, sha1 or sha256, as the first PHP applications stored passwords.

Such a hash is guessed at a rate of thousands of millions a second. `php_password(wrap=…)` puts
PBKDF2 around it at once; unwrapped it stays as weak as it was until its owner logs in.
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from django.utils.crypto import constant_time_compare

from migrate.hashers.base import LegacyHasher

__all__ = [
    "DigestHasher",
    "PhpMd5Hasher",
    "PhpSaltedMd5Hasher",
    "PhpSaltedSha1Hasher",
    "PhpSaltedSha256Hasher",
    "PhpSha1Hasher",
    "PhpSha256Hasher",
]


class DigestHasher(LegacyHasher):
    """`algorithm$hash` or `algorithm$hash:salt`, the hash in hex."""

    def matches(self, password: bytes, stored: str) -> bool:
        digest, _colon, salt = stored.partition(":")
        return any(constant_time_compare(made, digest) for made in self.digests(password, salt))

    @abstractmethod
    def digests(self, password: bytes, salt: str) -> Iterator[str]:
        """What applications have made of these two, in hex."""


class _BareHasher(DigestHasher):
    digest: ClassVar[str]

    def digests(self, password: bytes, salt: str) -> Iterator[str]:
        yield _hex(self.digest, password)


class PhpMd5Hasher(_BareHasher):
    """`php_md5$` and md5($password) in hex."""

    algorithm = "php_md5"
    digest = "md5"


class PhpSha1Hasher(_BareHasher):
    """`php_sha1$` and sha1($password) in hex."""

    algorithm = "php_sha1"
    digest = "sha1"


class PhpSha256Hasher(_BareHasher):
    """`php_sha256$` and hash('sha256', $password) in hex."""

    algorithm = "php_sha256"
    digest = "sha256"


class _SaltedHasher(DigestHasher):
    """Nothing in the hash says how the two were put together, so each usual way is tried."""

    digest: ClassVar[str]

    def digests(self, password: bytes, salt: str) -> Iterator[str]:
        for of_salt in _written(salt):
            for text in self.texts(password, of_salt):
                yield _hex(self.digest, text)

    def texts(self, password: bytes, salt: bytes) -> Iterator[bytes]:
        """What is hashed at last."""
        hashed = self.hashed(password)
        # Joomla, osCommerce and Magento, vBulletin and XenForo, PunBB.
        yield from (password + salt, salt + password, hashed + salt, salt + hashed)
        # MyBB and Invision; SHA-1 three times over, in OpenCart and WoltLab.
        yield from (self.hashed(salt) + hashed, salt + self.hashed(salt + hashed))

    def hashed(self, text: bytes) -> bytes:
        """The hash in hex."""
        return _hex(self.digest, text).encode()


class PhpSaltedMd5Hasher(_SaltedHasher):
    """`php_salted_md5$hash:salt`: Joomla, osCommerce, vBulletin, MyBB and others."""

    algorithm = "php_salted_md5"
    digest = "md5"


class PhpSaltedSha1Hasher(_SaltedHasher):
    """`php_salted_sha1$hash:salt`: OpenCart, PunBB, WoltLab; SMF with the user's name as salt."""

    algorithm = "php_salted_sha1"
    digest = "sha1"


class PhpSaltedSha256Hasher(_SaltedHasher):
    """`php_salted_sha256$hash:salt`: Magento 1, XenForo."""

    algorithm = "php_salted_sha256"
    digest = "sha256"


def _hex(digest: str, text: bytes) -> str:
    return hashlib.new(digest, text).hexdigest()


def _written(salt: str) -> list[bytes]:
    """The bytes of a salt: those of UTF-8, and those that it may have been in a latin1 column."""
    found = [salt.encode()]
    if not salt.isascii():
        found += [salt.encode(charset, "replace") for charset in ("latin-1", "cp1252")]
    return found
