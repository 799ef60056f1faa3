"""What all hashers of PHP's passwords share: they verify, and never make, a hash."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, NoReturn

from django.contrib.auth.hashers import BasePasswordHasher, mask_hash
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_noop as _

__all__ = ["LegacyHasher"]


class LegacyHasher(BasePasswordHasher):
    """A hasher whose encoded form is `algorithm$` and the hash just as PHP stored it.

    Django verifies a password with it, and at the first success replaces the hash by one of the
    first hasher in PASSWORD_HASHERS.
    """

    algorithm: str

    @abstractmethod
    def matches(self, password: bytes, stored: str) -> bool:
        """Whether PHP took these bytes for the password."""

    def verify(self, password: str, encoded: str) -> bool:
        """Whether the password fits; the encodings of UTF-8 and of latin1 pages are both tried."""
        _algorithm, _dollar, stored = encoded.partition("$")
        return any(self.matches(candidate, stored) for candidate in _typed(password))

    def encode(self, password: str, salt: str) -> NoReturn:
        """Raise `ImproperlyConfigured`: a new password deserves a new hash."""
        raise ImproperlyConfigured(
            f"PASSWORD_HASHERS: {self.algorithm} only verifies old hashes, got it as the first one "
            "(expected one of Django's own)\nhint: put it behind Django's hashers"
        )

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, _dollar, stored = encoded.partition("$")
        return {"algorithm": algorithm, "hash": stored}

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        """What the admin shows."""
        decoded = self.decode(encoded)
        return {_("algorithm"): decoded["algorithm"], _("hash"): mask_hash(decoded["hash"])}

    def must_update(self, encoded: str) -> bool:
        return True

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing: how long an old hash takes cannot be hidden before it is replaced."""


def _typed(password: str) -> list[bytes]:
    """The bytes that a browser sent to PHP: the page's charset decided."""
    candidates = [password.encode()]
    if not password.isascii():
        try:
            candidates.append(password.encode("cp1252"))
        except UnicodeEncodeError:
            return candidates
    return candidates
