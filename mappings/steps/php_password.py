"""Password hashes of PHP applications -> as Django keeps them, for the hashers of `delamp`.

    php_bcrypt        $2y$ $2a$ $2b$    password_hash(), crypt()
    phpass            $P$ $H$           WordPress, phpBB, old Drupal
    drupal_sha512     $S$ U$S$          Drupal 7 and later
    php_md5           32 hex digits     md5($password)
    php_sha1          40 hex digits     sha1($password)
    php_salted_md5    hash:salt         Joomla, osCommerce, Magento

Each is the old hash behind the hasher's name, so that the old password goes on working; Django
puts its own hash in its place at the first login.
"""

from __future__ import annotations

import base64
import hashlib
import re

from mappings.errors import Reject
from mappings.expr import Kind
from mappings.steps.base import Step, factory

__all__ = ["ALGORITHMS", "UNUSABLE", "WRAPPED", "php_password", "wrap_hash"]

ALGORITHMS = {
    "php_bcrypt": re.compile(r"\$2[aby]\$\d\d\$[./0-9A-Za-z]{53}"),
    "phpass": re.compile(r"\$[PH]\$[./0-9A-Za-z]{31}"),
    "drupal_sha512": re.compile(r"U?\$S\$[./0-9A-Za-z]{52}"),
    "php_md5": re.compile(r"[0-9a-fA-F]{32}"),
    "php_sha1": re.compile(r"[0-9a-fA-F]{40}"),
    "php_salted_md5": re.compile(r"[0-9a-fA-F]{32}:.{1,64}"),
}
"""Name of the hasher: what its hashes look like."""

WRAPPED = {"php_md5": "pbkdf2_php_md5", "php_sha1": "pbkdf2_php_sha1"}
"""Name of the hasher that has PBKDF2 around the bare hash of the other."""

UNUSABLE = "!no_usable_legacy_password"
"""Django takes nothing that begins with `!` for a password. The same for every user: a digest of
what was found could be one of a password in clear text."""


@factory
def php_password(unknown: str = "unusable", wrap: int = 0) -> Step:
    """The stored hash as a value of Django's `password` field.

    A text that is none of the above, '' too, follows `unknown`: "unusable" (no password opens
    the account until it is given a new one), or "reject" (`unknown_password`; '' is still
    unusable).

    `wrap` is the number of PBKDF2 iterations put around bare md5 and sha1 at once; 0 leaves
    them until their owner logs in. See docs/steps.md for what each costs. Raises `ValueError`.
    """
    if unknown not in ("unusable", "reject"):
        raise ValueError(f"php_password: unknown, got {unknown!r} (expected unusable, reject)")
    if wrap < 0:
        raise ValueError(f"php_password: wrap, got {wrap} (expected 0 or more)")

    def python(value: str) -> str:
        for algorithm, pattern in ALGORITHMS.items():
            if pattern.fullmatch(value):
                return _encoded(algorithm, value, wrap)
        if value and unknown == "reject":
            raise Reject("unknown_password", "no hash that php_password knows")
        return UNUSABLE

    return Step(
        name="php_password",
        python=python,
        accepts=frozenset({Kind.TEXT}),
        returns=Kind.TEXT,
        options=(unknown, wrap),
    )


def _encoded(algorithm: str, value: str, wrap: int) -> str:
    if algorithm == "php_salted_md5":
        digest, _, salt = value.partition(":")
        return f"{algorithm}${digest.lower()}:{salt}"
    if algorithm in WRAPPED:
        digest = value.lower()
        if wrap:
            return wrap_hash(WRAPPED[algorithm], digest, _salt(digest), wrap)
        return f"{algorithm}${digest}"
    return f"{algorithm}${value}"


def _salt(digest: str) -> str:
    """The same for the same hash at every time, or the verifier could not make the value again.

    So two users with one password have one hash, as they had before; what `wrap` gives is the
    time that each guess takes.
    """
    return hashlib.sha256(f"delamp {digest}".encode()).hexdigest()[:22]


def wrap_hash(algorithm: str, digest: str, salt: str, iterations: int) -> str:
    """`algorithm$iterations$salt$hash`: PBKDF2-SHA256 of a hash in hex."""
    made = hashlib.pbkdf2_hmac("sha256", digest.encode(), salt.encode(), iterations)
    return f"{algorithm}${iterations}${salt}${base64.b64encode(made).decode('ascii')}"
