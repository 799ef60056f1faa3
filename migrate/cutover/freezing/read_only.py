"""`SET GLOBAL read_only = 1`: the server refuses every write but those of administrators.

Transactions that have written and are still open cannot commit afterwards (error 1290, on MariaDB
10.11 and MySQL 5.6 alike). Accounts with SUPER (READ_ONLY ADMIN, CONNECTION_ADMIN) write on, but
for MySQL's `super_read_only`; so do replication, and events that such an account defined.
"""

from __future__ import annotations

from migrate.cutover.freezing.accounts import (
    account_of,
    global_rights,
    reachable_rights,
)
from migrate.cutover.freezing.base import Tell
from migrate.cutover.freezing.probing import probe
from migrate.cutover.freezing.sessions import connected_users, end_open_writers
from migrate.cutover.options import Method, Options
from migrate.cutover.recipe import Recipe, server_name
from migrate.source import Source, SourceRefused

__all__ = ["ReadOnly", "bound"]

_SPLIT = (10, 11)
"""From this MariaDB on SUPER neither sets read_only nor writes under it (manual, "GRANT")."""


class ReadOnly:
    """The whole server, every database of it."""

    name: Method = "read-only"

    def __init__(self, options: Options) -> None:
        self.options = options

    def why_not(self, source: Source) -> str:
        if not (global_rights(source, "CURRENT_USER()") or set()) & _setters(source):
            return "no right to SET GLOBAL read_only (SUPER, or READ_ONLY ADMIN of MariaDB)"
        above, _ = self._above(source)
        if above and not self._super_variable(source):
            return f"read_only does not bind {', '.join(above)}, who may do what administrators may"
        return ""

    def warnings(self, source: Source) -> list[str]:
        found = ["read_only holds for every database of this server, not for this one alone"]
        if self._super_variable(source):
            return found
        _, unseen = self._above(source)
        if unseen:
            found.append(
                f"whether read_only binds {', '.join(unseen)} was not seen: no right to see their"
                " grants (SELECT ON mysql.*); if not, they write on"
            )
        if others := self._others(source):
            found.append(f"read_only does not bind {', '.join(others)}: nothing of PHP's may use")
            found[-1] += " these accounts"
        return found

    def recipe(self, source: Source) -> Recipe:
        names = ["read_only", *self._super_variable(source)]
        before = {name: source.value(f"SELECT @@GLOBAL.{name}") or "0" for name in names}
        return Recipe(
            method=self.name,
            server=server_name(source),
            # super_read_only first: while it is on, read_only cannot be off.
            statements=tuple(f"SET GLOBAL {n} = {before[n]}" for n in reversed(names)),
            variables=before,
        )

    def apply(self, source: Source, tell: Tell) -> None:
        # It waits for statements under way, and who comes after it waits with it.
        source.rows(f"SET SESSION lock_wait_timeout = {int(self.options.patience_seconds) + 2}")
        for name in ("read_only", *self._super_variable(source)):
            source.rows(f"SET GLOBAL {name} = 1")
            tell(f"SET GLOBAL {name} = 1")
        try:
            end_open_writers(source, self.options.patience_seconds, tell)
        except SourceRefused as error:
            # They cannot commit any more; only their locks may be in the way.
            tell(f"open transactions could not be ended ({error.message.rpartition(': ')[2]})")

    def holds(self, source: Source) -> bool:
        return source.value("SELECT @@GLOBAL.read_only") == "1"

    def probe(self, source: Source) -> str:
        return probe(self.options, source)

    def _super_variable(self, source: Source) -> list[str]:
        return [
            (name or b"").decode()
            for name, _ in source.rows("SHOW GLOBAL VARIABLES LIKE 'super_read_only'")
        ]

    def _above(self, source: Source) -> tuple[list[str], list[str]]:
        """Accounts of PHP that read_only does not bind, and those of which that was not seen.

        Without any that are given, those connected to the database. One may be ours: then PHP logs
        in with it, too. A role counts that they may take.
        """
        accounts = [account_of(name) for name in self.options.php_users]
        above, unseen = [], []
        for account in accounts or connected_users(source):
            rights = reachable_rights(source, account)
            if rights is None:
                unseen.append(account)
            elif not bound(source, rights):
                above.append(account)
        return above, unseen

    def _others(self, source: Source) -> list[str]:
        """Accounts, but for ours, that read_only does not bind, as far as they are ours to see."""
        try:
            rows = source.rows("SELECT DISTINCT GRANTEE FROM information_schema.USER_PRIVILEGES")
        except SourceRefused:
            return []
        own = account_of(source.value("SELECT CURRENT_USER()") or "")
        names = {(grantee or b"").decode("utf-8", "replace") for (grantee,) in rows} - {own}
        rights = {name: reachable_rights(source, name) or set() for name in names}
        return sorted(name for name in names if not bound(source, rights[name]))


def bound(source: Source, rights: set[str]) -> bool:
    """Whether an account with these rights on `*.*` cannot write while the server is read only."""
    return not rights & _unbound(source)


def _setters(source: Source) -> set[str]:
    """Rights on `*.*`, any of which lets an account set read_only."""
    if source.server.mariadb:
        return _unbound(source)
    return {"ALL PRIVILEGES", "SUPER", "SYSTEM_VARIABLES_ADMIN"}


def _unbound(source: Source) -> set[str]:
    """Rights on `*.*`, any of which lets an account write while the server is read only."""
    if source.server.mariadb:
        split = source.server.number[:2] >= _SPLIT
        return {"ALL PRIVILEGES", "READ_ONLY ADMIN"} | (set() if split else {"SUPER"})
    return {"ALL PRIVILEGES", "SUPER", "CONNECTION_ADMIN"}
