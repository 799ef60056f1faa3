"""Password hashes of PHP applications -> as Django keeps them, for the hashers of `delamp`.

    php_bcrypt           $2y$ $2a$ $2b$ $2x$   password_hash(), crypt()
    wp_bcrypt            $wp$2y$               WordPress 6.8 and later
    phpass               $P$ $H$               WordPress, phpBB, old Drupal
    drupal_sha512        $S$ U$S$              Drupal 7 and later
    argon2               $argon2id$ $argon2i$  password_hash(); Django's own hasher
    crypt                $1$ $5$ $6$ …, DES    crypt()
    mediawiki            :A: :B: :pbkdf2:      MediaWiki
    magento              hash:salt:version     Magento 2
    php_md5, php_sha1, php_sha256              32, 40, 64 hex digits
    php_salted_md5 …                           the same, `:` and a salt
    mysql_password       * and 40 hex digits   MySQL's PASSWORD()
    mysql_old_password   16 hex digits         MySQL's OLD_PASSWORD()

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

_BCRYPT = r"\$\d\d\$[./0-9A-Za-z]{53}"
_BASE64 = r"[A-Za-z0-9+/]+"

ALGORITHMS = {
    name: re.compile(pattern, re.ASCII | re.DOTALL)
    for name, pattern in {
        "php_bcrypt": rf"\$2[abxy]{_BCRYPT}",
        "wp_bcrypt": rf"\$wp\$2[aby]{_BCRYPT}",
        "phpass": r"\$[PH]\$[./0-9A-Za-z]{31}",
        "drupal_sha512": r"U?\$S\$[./0-9A-Za-z]{52}",
        "argon2": rf"\$argon2(?:id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+\${_BASE64}\${_BASE64}",
        # The last digit of DES holds four bits of six, so most words of 13 letters are none.
        "crypt": r"\$(?:1|apr1)\$[^$]{0,8}\$[./0-9A-Za-z]{22}"
        r"|\$5\$(?:rounds=\d{1,9}\$)?[^$]{0,16}\$[./0-9A-Za-z]{43}"
        r"|\$6\$(?:rounds=\d{1,9}\$)?[^$]{0,16}\$[./0-9A-Za-z]{86}"
        r"|(?:[./0-9A-Za-z]{12}|_[./0-9A-Za-z]{18})[./26AEIMQUYcgkosw]",
        "mediawiki": r":A:[0-9a-f]{32}|:B:[^:]{1,32}:[0-9a-f]{32}"
        rf"|:pbkdf2:sha(?:1|256|512):\d+:\d+:{_BASE64}={{0,2}}:[A-Za-z0-9+/]{{27,}}={{0,2}}",
        "mysql_password": r"\*[0-9a-fA-F]{40}",
        "mysql_old_password": r"[0-9a-fA-F]{16}",
        "magento": r"[0-9a-f]{32}:[^:]{8,64}(?::[01])*:0|[0-9a-f]{64}:[^:]{8,64}(?::[01])*:1"
        r"|[0-9a-f]{64}:[^:]{16,64}(?::[01])*:(?:2|3(?:_\d{1,10}){3})",
        "php_md5": r"[0-9a-fA-F]{32}",
        "php_sha1": r"[0-9a-fA-F]{40}",
        "php_sha256": r"[0-9a-fA-F]{64}",
        "php_salted_md5": r"[0-9a-fA-F]{32}:.{1,64}",
        "php_salted_sha1": r"[0-9a-fA-F]{40}:.{1,64}",
        "php_salted_sha256": r"[0-9a-fA-F]{64}:.{1,64}",
    }.items()
}
"""Name of the hasher: what its hashes look like. The first that fits is it."""

WRAPPED = {
    name: f"pbkdf2_{name}"
    for name in (
        *("php_md5", "php_sha1", "php_sha256", "mysql_password", "mysql_old_password"),
        *("php_salted_md5", "php_salted_sha1", "php_salted_sha256"),
    )
}
"""Name of a hasher whose hashes are quickly guessed: the one that has PBKDF2 around them."""

UNUSABLE = "!no_usable_legacy_password"
"""Django takes nothing that begins with `!` for a password. The same for every user: a digest of
what was found could be one of a password in clear text."""

_PBKDF2_KEPT = 40
"""Base64 digits of a MediaWiki hash that are kept: 240 bits, and Django's field is short."""


@factory
def php_password(unknown: str = "unusable", wrap: int = 0) -> Step:
    """The stored hash as a value of Django's `password` field.

    A text that is none of the above, '' too, follows `unknown`: "unusable" (no password opens
    the account until it is given a new one), or "reject" (`unknown_password`; '' is still
    unusable).

    `wrap` is the number of PBKDF2 iterations put at once around what is quickly guessed
    (`WRAPPED`); 0 leaves it until its owner logs in. See docs/steps.md for what each costs.
    Raises `ValueError`.
    """
    if unknown not in ("unusable", "reject"):
        raise ValueError(f"php_password: unknown, got {unknown!r} (expected unusable, reject)")
    if wrap < 0:
        raise ValueError(f"php_password: wrap, got {wrap} (expected 0 or more)")

    def python(value: str | bytes) -> str:
        # A BINARY column pads with NULs; a hash is ASCII, and latin-1 takes any salt.
        text = value if isinstance(value, str) else value.rstrip(b"\0").decode("latin-1")
        for algorithm, pattern in ALGORITHMS.items():
            if pattern.fullmatch(text):
                return _encoded(algorithm, text, wrap)
        if text and unknown == "reject":
            raise Reject("unknown_password", "no hash that php_password knows")
        return UNUSABLE

    return Step(
        name="php_password",
        python=python,
        accepts=frozenset({Kind.TEXT, Kind.BYTES}),
        returns=Kind.TEXT,
        options=(unknown, wrap),
        warns=_warns,
    )


def _warns(value: str | bytes, made: str) -> str | None:
    # Of an account that never had a password, nothing is lost.
    text = value if isinstance(value, str) else value.rstrip(b"\0")
    return "unknown_password" if text and made == UNUSABLE else None


def _encoded(algorithm: str, value: str, wrap: int) -> str:
    if algorithm == "argon2":
        return f"{algorithm}{value}"
    if algorithm == "mediawiki" and value.startswith(":pbkdf2:"):
        parts, _, hash_ = value.rpartition(":")
        return f"{algorithm}${parts}:{hash_[:_PBKDF2_KEPT]}"
    if algorithm not in WRAPPED:
        return f"{algorithm}${value}"
    digest, colon, salt = value.partition(":")
    digest = digest.lower().removeprefix("*")
    if wrap:
        return wrap_hash(WRAPPED[algorithm], digest, salt if colon else _salt(digest), wrap)
    return f"{algorithm}${digest}{colon}{salt}"


def _salt(digest: str) -> str:
    """The same for the same hash at every time, or the verifier could not make the value again.

    So two users with one password have one hash, as they had before; what `wrap` gives is the
    time that each guess takes.
    """
    return hashlib.sha256(f"delamp {digest}".encode()).hexdigest()[:22]


def wrap_hash(algorithm: str, digest: str, salt: str, iterations: int) -> str:
    """`algorithm$iterations$salt$hash`: PBKDF2-SHA256 of a hash in hex.

    The salt is that of the hash itself, if it has one.
    """
    made = hashlib.pbkdf2_hmac("sha256", digest.encode(), salt.encode(), iterations)
    return f"{algorithm}${iterations}${salt}${base64.b64encode(made).decode('ascii')}"
