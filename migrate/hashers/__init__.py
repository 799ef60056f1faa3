"""Django password hashers for what `steps.php_password` leaves in a password field.

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    *LEGACY_HASHERS,
]
"""

from __future__ import annotations

from migrate.hashers.base import LegacyHasher
from migrate.hashers.bcrypt import PhpBcryptHasher
from migrate.hashers.digests import (
    Pbkdf2Md5Hasher,
    Pbkdf2Sha1Hasher,
    PhpMd5Hasher,
    PhpSaltedMd5Hasher,
    PhpSha1Hasher,
)
from migrate.hashers.portable import DrupalHasher, PhpassHasher

__all__ = [
    "LEGACY_HASHERS",
    "DrupalHasher",
    "LegacyHasher",
    "Pbkdf2Md5Hasher",
    "Pbkdf2Sha1Hasher",
    "PhpBcryptHasher",
    "PhpMd5Hasher",
    "PhpSaltedMd5Hasher",
    "PhpSha1Hasher",
    "PhpassHasher",
]

LEGACY_HASHERS = tuple(
    f"migrate.hashers.{hasher.__name__}"
    for hasher in (
        PhpBcryptHasher,
        PhpassHasher,
        DrupalHasher,
        PhpMd5Hasher,
        PhpSha1Hasher,
        PhpSaltedMd5Hasher,
        Pbkdf2Md5Hasher,
        Pbkdf2Sha1Hasher,
    )
)
"""All of them by path, to follow Django's own in PASSWORD_HASHERS. May be imported by settings."""
