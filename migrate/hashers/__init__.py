"""Django password hashers for what `steps.php_password` leaves in a password field.

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    *LEGACY_HASHERS,
]
"""

from __future__ import annotations

from migrate.hashers.base import LegacyHasher
from migrate.hashers.bcrypt import PhpBcryptHasher, WordPressHasher
from migrate.hashers.crypt import CryptHasher
from migrate.hashers.digests import (
    PhpMd5Hasher,
    PhpSaltedMd5Hasher,
    PhpSaltedSha1Hasher,
    PhpSaltedSha256Hasher,
    PhpSha1Hasher,
    PhpSha256Hasher,
)
from migrate.hashers.magento import MagentoHasher
from migrate.hashers.mediawiki import MediaWikiHasher
from migrate.hashers.mysql import MysqlOldPasswordHasher, MysqlPasswordHasher
from migrate.hashers.portable import DrupalHasher, PhpassHasher
from migrate.hashers.wrapped import (
    Pbkdf2Md5Hasher,
    Pbkdf2MysqlHasher,
    Pbkdf2MysqlOldHasher,
    Pbkdf2SaltedMd5Hasher,
    Pbkdf2SaltedSha1Hasher,
    Pbkdf2SaltedSha256Hasher,
    Pbkdf2Sha1Hasher,
    Pbkdf2Sha256Hasher,
)

__all__ = [
    "LEGACY_HASHERS",
    "CryptHasher",
    "DrupalHasher",
    "LegacyHasher",
    "MagentoHasher",
    "MediaWikiHasher",
    "MysqlOldPasswordHasher",
    "MysqlPasswordHasher",
    "Pbkdf2Md5Hasher",
    "Pbkdf2MysqlHasher",
    "Pbkdf2MysqlOldHasher",
    "Pbkdf2SaltedMd5Hasher",
    "Pbkdf2SaltedSha1Hasher",
    "Pbkdf2SaltedSha256Hasher",
    "Pbkdf2Sha1Hasher",
    "Pbkdf2Sha256Hasher",
    "PhpBcryptHasher",
    "PhpMd5Hasher",
    "PhpSaltedMd5Hasher",
    "PhpSaltedSha1Hasher",
    "PhpSaltedSha256Hasher",
    "PhpSha1Hasher",
    "PhpSha256Hasher",
    "PhpassHasher",
    "WordPressHasher",
]

LEGACY_HASHERS = (
    *(
        f"migrate.hashers.{hasher.__name__}"
        for hasher in (
            PhpBcryptHasher,
            WordPressHasher,
            PhpassHasher,
            DrupalHasher,
            CryptHasher,
            MediaWikiHasher,
            MagentoHasher,
            PhpMd5Hasher,
            PhpSha1Hasher,
            PhpSha256Hasher,
            PhpSaltedMd5Hasher,
            PhpSaltedSha1Hasher,
            PhpSaltedSha256Hasher,
            MysqlPasswordHasher,
            MysqlOldPasswordHasher,
            Pbkdf2Md5Hasher,
            Pbkdf2Sha1Hasher,
            Pbkdf2Sha256Hasher,
            Pbkdf2SaltedMd5Hasher,
            Pbkdf2SaltedSha1Hasher,
            Pbkdf2SaltedSha256Hasher,
            Pbkdf2MysqlHasher,
            Pbkdf2MysqlOldHasher,
        )
    ),
    # PHP's Argon2 hashes are spelled as Django's own.
    "django.contrib.auth.hashers.Argon2PasswordHasher",
)
"""All of them by path, to follow Django's own in PASSWORD_HASHERS. May be imported by settings."""
