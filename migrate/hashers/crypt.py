"""crypt() of PHP without Blowfish: DES, MD5, SHA-256 and SHA-512."""

from __future__ import annotations

import re

from django.utils.crypto import constant_time_compare

from migrate.hashers.base import LegacyHasher
from migrate.hashers.des_crypt import des_crypt
from migrate.hashers.md5_crypt import md5_crypt
from migrate.hashers.sha_crypt import ROUNDS, sha_crypt

__all__ = ["CryptHasher"]

_MD5 = re.compile(r"(\$(?:1|apr1)\$)([^$]{0,8})\$")
_SHA = re.compile(r"\$([56])\$(?:rounds=(\d{1,9})\$)?([^$]{0,16})\$")
_DES = re.compile(r"[./0-9A-Za-z]{13}|_[./0-9A-Za-z]{19}")


class CryptHasher(LegacyHasher):
    """`crypt$$1$…`, `crypt$$5$…`, `crypt$$6$…`, `crypt$` and the thirteen characters of DES."""

    algorithm = "crypt"

    def matches(self, password: bytes, stored: str) -> bool:
        # crypt() takes a C string.
        made = _crypt(password.split(b"\0", 1)[0], stored)
        return made is not None and constant_time_compare(made, stored)


def _crypt(password: bytes, stored: str) -> str | None:
    if match := _MD5.match(stored):
        return match[0] + md5_crypt(password, match[2].encode(), match[1].encode())
    if match := _SHA.match(stored):
        digest = "sha256" if match[1] == "5" else "sha512"
        rounds = int(match[2] or ROUNDS)
        return match[0] + sha_crypt(password, match[3].encode(), digest, rounds)
    return des_crypt(password, stored) if _DES.fullmatch(stored) else None
