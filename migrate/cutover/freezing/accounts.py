"""Accounts of MySQL and what SHOW GRANTS says of them, without what it says of passwords."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from migrate.errors import ConfigError
from migrate.source import Source, SourceRefused

__all__ = [
    "Granted",
    "account_of",
    "canonical",
    "database_of",
    "global_rights",
    "grants_of",
    "may_give",
    "parse_grant",
    "reachable_rights",
    "stands_for",
    "user_of",
]

_GRANT = re.compile(
    r"^GRANT (?P<rights>.+?) ON (?P<object>(?:TABLE |PROCEDURE |FUNCTION |PACKAGE (?:BODY )?)?"
    r"(?:`(?:[^`]|``)*`|\*)\.(?:`(?:[^`]|``)*`|\*)) TO (?P<account>\S+)(?P<rest>.*)$",
    re.S,
)
_ROLE = re.compile(r"^GRANT (?P<role>`(?:[^`]|``)*`(?:@`(?:[^`]|``)*`)?) TO ")
_SECRETS = re.compile(r" (?:IDENTIFIED|REQUIRE) .*?(?= WITH |$)", re.S)


@dataclass(frozen=True, kw_only=True)
class Granted:
    """One line of SHOW GRANTS that gives rights on something."""

    rights: tuple[str, ...]
    """`INSERT`, or `UPDATE (a, b)`."""
    object: str
    """`*.*`, "`shop`.*", "`shop`.`orders`", "PROCEDURE `shop`.`close`"."""
    account: str
    may_grant: bool

    @property
    def sql(self) -> str:
        """The statement that gives these rights. It says nothing of the password, and sets none."""
        option = " WITH GRANT OPTION" if self.may_grant else ""
        return f"GRANT {', '.join(self.rights)} ON {self.object} TO {self.account}{option}"


def account_of(text: str) -> str:
    """`php@10.%` as SQL, `'php'@'10.%'`. Without a host, any. Raises ConfigError."""
    user, _, host = text.rpartition("@") if "@" in text else (text, "", "%")
    user, host = user.strip("'`\""), host.strip("'`\"") or "%"
    if not user or any(c in f"{user}{host}" for c in "'`\"\\"):
        raise ConfigError(
            f"--php-user: not an account, got {text!r} (expected user@host)",
            hint="write the account as SHOW GRANTS does, without quotes: --php-user 'php@%'",
        )
    return f"'{user}'@'{host}'"


def user_of(account: str) -> str:
    """The user of an account as `account_of` writes it."""
    return account.rpartition("@")[0].strip("'")


def grants_of(source: Source, account: str) -> list[str]:
    """What SHOW GRANTS says, in its order, without hashes of passwords. Raises `SourceRefused`."""
    rows = source.rows(f"SHOW GRANTS FOR {account}")
    return [_SECRETS.sub("", (line or b"").decode("utf-8", "replace")) for (line, *_) in rows]


def global_rights(source: Source, account: str) -> set[str] | None:
    """Rights on `*.*`, in capitals; None where they are not ours to see."""
    try:
        lines = grants_of(source, account)
    except SourceRefused:
        return None
    granted = (parse_grant(line) for line in lines)
    return {r.upper() for g in granted if g is not None and g.object == "*.*" for r in g.rights}


def reachable_rights(source: Source, account: str) -> set[str] | None:
    """The same with those of every role that the account may take, and of PUBLIC.

    One that is not ours to see counts for none.
    """
    own = global_rights(source, account)
    if own is None:
        return None
    rights, waiting, seen = own, [account, "PUBLIC"], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        rights |= global_rights(source, name) or set()
        waiting += _roles_of(source, name)
    return rights


def _roles_of(source: Source, account: str) -> list[str]:
    try:
        found = (_ROLE.match(line) for line in grants_of(source, account))
    except SourceRefused:
        return []
    return [match["role"] for match in found if match is not None]


def parse_grant(line: str) -> Granted | None:
    """A line of `grants_of`; None for one that gives no rights on objects (roles, proxies)."""
    match = _GRANT.match(line)
    if match is None or match["rights"].upper().startswith("PROXY"):
        return None
    return Granted(
        rights=_split(match["rights"]),
        object=match["object"],
        account=match["account"],
        may_grant="GRANT OPTION" in match["rest"],
    )


def may_give(ours: Iterable[Granted], right: str, place: str) -> bool:
    """Whether who has these grants may grant a right, `INSERT` or `INSERT (a)`, on an object."""
    name = right.partition(" (")[0].upper()
    return any(
        grant.may_grant
        and {"ALL PRIVILEGES", name} & {r.upper() for r in grant.rights}
        and _covers(grant.object, place)
        for grant in ours
    )


def database_of(place: str) -> str | None:
    """The database in the object of a grant, as it is written there; None for `*.*`."""
    match = re.match(r"^[A-Z ]*`((?:[^`]|``)*)`\.", place)
    return match[1].replace("``", "`") if match is not None else None


def stands_for(pattern: str, database: str) -> bool:
    """Whether rights on `pattern`.* are rights on a database.

    `_` and `%` stand for others there, unless a backslash is before them.
    """
    regex = "".join(
        {"_": ".", "%": ".*"}.get(part, re.escape(part.removeprefix("\\")))
        for part in re.findall(r"\\.|.", pattern, re.S)
    )
    return re.fullmatch(regex, database, re.S) is not None


def _covers(whole: str, part: str) -> bool:
    if whole in ("*.*", part):
        return True
    pattern, name = database_of(whole), database_of(part)
    if pattern is None or name is None or not whole.endswith(".*"):
        return False
    return stands_for(pattern, re.sub(r"\\(.)", r"\1", name) if part.endswith(".*") else name)


def canonical(lines: Iterable[str]) -> set[tuple[str, frozenset[str], str]]:
    """What lines of SHOW GRANTS mean: they, rights and columns come in whatever order.

    MariaDB lists the columns of a right in the order in which it was granted them.
    """
    found = set()
    for line in lines:
        grant = parse_grant(line)
        if grant is None:
            found.add((line, frozenset[str](), ""))
            continue
        rights = frozenset(" ".join(sorted(re.split(r"[(), ]+", r))) for r in grant.rights)
        found.add((grant.object, rights, f"{grant.account} {grant.may_grant}"))
    return found


def _split(rights: str) -> tuple[str, ...]:
    """`SELECT (a, b), INSERT` in two."""
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(rights):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append(rights[start:at].strip())
            start = at + 1
    return (*parts, rights[start:].strip())
