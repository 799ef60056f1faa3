"""password_hash() of PHP 5.5 and later, crypt() with Blowfish, and WordPress on top of them."""

from __future__ import annotations

import base64
import hmac

from django.core.exceptions import ImproperlyConfigured

from migrate.hashers.base import LegacyHasher

__all__ = ["PhpBcryptHasher", "WordPressHasher"]

_LONGEST = 72
_TRIMMED = b" \t\n\r\0\x0b"
"""What PHP's trim() takes off."""


class PhpBcryptHasher(LegacyHasher):
    """`php_bcrypt$$2y$10$…`. Needs the package bcrypt: `pip install bcrypt`.

    `$2x$` marks hashes of PHP before 5.3.7, which took characters beyond ASCII wrongly: of
    those, ASCII passwords are known again, and no others.
    """

    algorithm = "php_bcrypt"

    def matches(self, password: bytes, stored: str) -> bool:
        if stored.startswith("$2x$"):
            return password.isascii() and _bcrypt(password, f"$2b${stored[4:]}")
        return _bcrypt(password, stored)


class WordPressHasher(LegacyHasher):
    """`wp_bcrypt$$wp$2y$10$…`: WordPress 6.8 and later, bcrypt of a SHA-384 in base64."""

    algorithm = "wp_bcrypt"

    def matches(self, password: bytes, stored: str) -> bool:
        # WordPress trims what is typed, and what it hashes.
        digest = hmac.digest(b"wp-sha384", password.strip(_TRIMMED), "sha384")
        return _bcrypt(base64.b64encode(digest), stored.removeprefix("$wp"))


def _bcrypt(password: bytes, stored: str) -> bool:
    try:
        import bcrypt
    except ImportError as error:
        raise ImproperlyConfigured(
            "php_bcrypt: the package bcrypt cannot be imported\nhint: pip install bcrypt"
        ) from error
    # PHP passes a C string to Blowfish, which takes 72 bytes of it.
    seen = password.split(b"\0", 1)[0][:_LONGEST]
    try:
        return bcrypt.checkpw(seen, stored.encode())
    except ValueError:
        # No bcrypt hash.
        return False
