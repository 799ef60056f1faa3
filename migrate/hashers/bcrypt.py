"""password_hash() of PHP 5.5 and later, and crypt() with Blowfish."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from migrate.hashers.base import LegacyHasher

__all__ = ["PhpBcryptHasher"]

_LONGEST = 72


class PhpBcryptHasher(LegacyHasher):
    """`php_bcrypt$$2y$10$…`. Needs the package bcrypt: `pip install delamp[bcrypt]`."""

    algorithm = "php_bcrypt"

    def matches(self, password: bytes, stored: str) -> bool:
        try:
            import bcrypt
        except ImportError as error:
            raise ImproperlyConfigured(
                "php_bcrypt: the package bcrypt cannot be imported\n"
                "hint: pip install 'delamp[bcrypt]'"
            ) from error
        # PHP passes a C string to Blowfish, which takes 72 bytes of it.
        seen = password.split(b"\0", 1)[0][:_LONGEST]
        try:
            return bcrypt.checkpw(seen, stored.encode())
        except ValueError:
            # No bcrypt hash.
            return False
