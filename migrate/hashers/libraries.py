"""Which hashers need a package that need not be there."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

__all__ = ["PACKAGES", "missing_packages"]

PACKAGES = {"bcrypt": "bcrypt", "argon2": "argon2-cffi"}
"""What is imported, and the name to install it by."""

_NEEDED = {
    "migrate.hashers.PhpBcryptHasher": "bcrypt",
    "migrate.hashers.WordPressHasher": "bcrypt",
    "django.contrib.auth.hashers.Argon2PasswordHasher": "argon2",
}


def missing_packages(hashers: Iterable[str]) -> tuple[str, ...]:
    """Keys of `PACKAGES` that hashers (by path) of PHP's passwords need and that are not there."""
    needed = {_NEEDED[path] for path in hashers if path in _NEEDED}
    return tuple(name for name in PACKAGES if name in needed and find_spec(name) is None)
