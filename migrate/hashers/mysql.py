"""PASSWORD() and OLD_PASSWORD() of MySQL, which many applications called in their queries."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from migrate.hashers.digests import DigestHasher

__all__ = ["MysqlOldPasswordHasher", "MysqlPasswordHasher"]

_BITS = 0xFFFF_FFFF
_BLANKS = b" \t"


class MysqlPasswordHasher(DigestHasher):
    """`mysql_password$` and PASSWORD() of MySQL 4.1 and later, without its asterisk."""

    algorithm = "mysql_password"

    def digests(self, password: bytes, salt: str) -> Iterator[str]:
        yield hashlib.sha1(hashlib.sha1(password).digest()).hexdigest()


class MysqlOldPasswordHasher(DigestHasher):
    """`mysql_old_password$` and OLD_PASSWORD(), of MySQL before 4.1."""

    algorithm = "mysql_old_password"

    def digests(self, password: bytes, salt: str) -> Iterator[str]:
        first, added, second = 1_345_345_333, 7, 0x1234_5671
        for byte in password:
            if byte in _BLANKS:
                continue
            first ^= ((first & 63) + added) * byte + (first << 8) & _BITS
            second = second + (second << 8 ^ first) & _BITS
            added += byte
        yield f"{first & _BITS >> 1:08x}{second & _BITS >> 1:08x}"
