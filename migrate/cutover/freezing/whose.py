"""Which account a session is of: the process list has its user and host, and no account."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence

from migrate.cutover.freezing.accounts import user_of
from migrate.source import Source, SourceRefused

__all__ = ["account_of_session", "sessions_of"]


def sessions_of(source: Source, accounts: Sequence[str]) -> list[int]:
    """Numbers of the sessions of accounts (as `account_of` writes them), but for our own.

    One of another account with the same user is not among them, as far as its host tells.
    """
    users = ", ".join(f"'{user_of(account)}'" for account in accounts)
    known = list(accounts)
    try:
        rows = source.rows(f"SELECT User, Host FROM mysql.user WHERE User IN ({users})")
        known += [f"'{_text(user)}'@'{_text(host)}'" for user, host in rows]
    except SourceRefused:
        # Only those that were given are known.
        pass
    found = []
    for number, user, host in source.rows(
        "SELECT ID, USER, HOST FROM information_schema.PROCESSLIST"
        f" WHERE USER IN ({users}) AND ID <> CONNECTION_ID()"
    ):
        account = account_of_session(_text(user), _text(host), known)
        # Whose it is by no name of its host: rather one too many than one that writes on.
        if account is None or account in accounts:
            found.append(int(number or 0))
    return found


def account_of_session(user: str, place: str, accounts: Iterable[str]) -> str | None:
    """The account that the server has taken a session for, by its `host:port`; None: none fits.

    Of several, the server takes the one whose host says the most.
    """
    host = place.rpartition(":")[0] or place
    fitting = [a for a in accounts if user_of(a) == user and _fits(_host_of(a), host)]
    return min(fitting, key=lambda account: _vagueness(_host_of(account)), default=None)


def _host_of(account: str) -> str:
    return account.rpartition("@")[2].strip("'")


def _fits(pattern: str, host: str) -> bool:
    if "/" in pattern:
        try:
            return ipaddress.ip_address(host) in ipaddress.ip_network(pattern, strict=False)
        except ValueError:
            return False
    parts = {"%": ".*", "_": "."}
    regex = "".join(parts.get(letter, re.escape(letter)) for letter in pattern or "%")
    return re.fullmatch(regex, host, re.IGNORECASE | re.DOTALL) is not None


def _vagueness(pattern: str) -> tuple[bool, int]:
    known = re.split("[%_/]", pattern)[0]
    return (known != pattern or not pattern, -len(known))


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")
