"""Take the rights to write from PHP's accounts, and end their sessions.

A revoke alone does not reach who is connected: on MariaDB 10.11 and MySQL 5.6 an open session
writes on with the rights on its database that it had when it chose it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from migrate.cutover.freezing.accounts import (
    Granted,
    account_of,
    database_of,
    grants_of,
    may_give,
    parse_grant,
    stands_for,
    user_of,
)
from migrate.cutover.freezing.base import Tell
from migrate.cutover.freezing.probing import probe
from migrate.cutover.freezing.sessions import connected_users, end_open_writers, end_sessions
from migrate.cutover.freezing.whose import sessions_of
from migrate.cutover.options import Method, Options
from migrate.cutover.recipe import Recipe, server_name
from migrate.errors import SourceError
from migrate.source import Source, SourceRefused

__all__ = ["Revoke"]

_TABLE = ("INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "INDEX")
_WRITES = frozenset({*_TABLE, "EXECUTE"})
"""Rights by which rows can change: a routine writes with the rights of who defined it."""
_ROUTINE = ("PROCEDURE ", "FUNCTION ", "PACKAGE ")


class Revoke:
    """PHP's accounts, in this database and wherever their rights on it reach."""

    name: Method = "revoke"

    def __init__(self, options: Options) -> None:
        self.options = options
        self.accounts = tuple(account_of(name) for name in options.php_users)

    def why_not(self, source: Source) -> str:
        if not self.accounts:
            return "PHP's accounts are not known (--php-user)"
        for account in self.accounts:
            try:
                lines = grants_of(source, account)
            except SourceRefused as error:
                return f"the rights of {account} cannot be read ({_short(error)})"
            odd = [line for line in lines if parse_grant(line) is None and _matters(line)]
            if odd:
                return f"{account} has rights by other ways than its own grants ({odd[0]})"
        if not any(self._lines(source, account) for account in self.accounts):
            return "PHP's accounts have no right to write in this database"
        return self._why_not_ours(source) or self._why_not_everybody(source)

    def warnings(self, source: Source) -> list[str]:
        found = [
            f"{account} loses its rights to write in every database: they are granted ON *.*"
            for account in self.accounts
            if any(g.object == "*.*" for g in self._lines(source, account))
        ]
        if others := self._others(source):
            found.append(f"the revoke leaves others their rights to write: {', '.join(others)}")
        return found

    def overlooked(self, source: Source) -> list[str]:
        """Accounts that keep their rights to write, and that PHP seems to use, too."""
        users, connected = set(map(user_of, self.accounts)), connected_users(source)
        return [a for a in self._others(source) if user_of(a) in users or a in connected]

    def recipe(self, source: Source) -> Recipe:
        return Recipe(
            method=self.name,
            server=server_name(source),
            # What is taken away, and no more: a right that is not ours could not be given.
            statements=tuple(
                replace(grant, rights=tuple(_writing(grant))).sql
                for account in self.accounts
                for grant in self._lines(source, account)
            ),
            grants={account: grants_of(source, account) for account in self.accounts},
        )

    def apply(self, source: Source, tell: Tell) -> None:
        for account in self.accounts:
            for grant in self._lines(source, account):
                rights = ", ".join(_writing(grant))
                source.rows(f"REVOKE {rights} ON {grant.object} FROM {grant.account}")
                tell(f"REVOKE … ON {grant.object} FROM {grant.account}")
        # Those that were open at the revoke; who connects afterwards has the rights of now.
        sessions = sessions_of(source, self.accounts)
        whose = f"p.ID IN ({', '.join(map(str, sessions)) or '0'})"
        end_open_writers(source, self.options.patience_seconds, tell, whose)
        self._end_sessions(source, sessions, tell)
        left = [grant for a in self.accounts for grant in self._lines(source, a)]
        if left:
            raise SourceError(
                f"cutover: a right to write is left after the revoke, got {left[0].sql}"
            )

    def holds(self, source: Source) -> bool:
        return not any(self._lines(source, account) for account in self.accounts)

    def probe(self, source: Source) -> str:
        return probe(self.options, source)

    def _end_sessions(self, source: Source, sessions: Sequence[int], tell: Tell) -> None:
        end_sessions(source, sessions)
        tell(f"{len(sessions)} sessions of PHP ended")
        ids = ", ".join(map(str, sessions)) or "0"
        if source.rows(f"SELECT 1 FROM information_schema.PROCESSLIST WHERE ID IN ({ids})"):
            raise SourceError(
                "cutover: a session of PHP does not end: it is still rolling back",
                hint="wait until its transaction is undone (SHOW PROCESSLIST), then try again",
            )

    def _lines(self, source: Source, account: str) -> list[Granted]:
        """Grants that reach into this database and let rows be written."""
        found = (parse_grant(line) for line in grants_of(source, account))
        database = _folded(source, source.url.database)
        return [g for g in found if g and _reaches(g, database, source) and _writing(g)]

    def _others(self, source: Source) -> list[str]:
        """Accounts that may write in this database, and are neither PHP's nor ours."""
        writes = "PRIVILEGE_TYPE IN ('INSERT', 'UPDATE', 'DELETE')"
        rows = source.rows(
            f"SELECT GRANTEE FROM information_schema.USER_PRIVILEGES WHERE {writes}"
            " UNION SELECT GRANTEE FROM information_schema.SCHEMA_PRIVILEGES"
            f" WHERE {writes} AND DATABASE() LIKE TABLE_SCHEMA"
            " UNION SELECT GRANTEE FROM information_schema.TABLE_PRIVILEGES"
            f" WHERE {writes} AND TABLE_SCHEMA = DATABASE()"
            " UNION SELECT GRANTEE FROM information_schema.COLUMN_PRIVILEGES"
            f" WHERE {writes} AND TABLE_SCHEMA = DATABASE()"
        )
        own = account_of(source.value("SELECT CURRENT_USER()") or "")
        found = {(grantee or b"").decode("utf-8", "replace") for (grantee,) in rows}
        return sorted(found - {*self.accounts, own})

    def _why_not_everybody(self, source: Source) -> str:
        """Rights that every account has, beside its own."""
        try:
            public = self._lines(source, "PUBLIC")
        except SourceRefused:
            # A server that does not know of it, or nobody has granted it anything.
            public = []
        if public:
            return f"whoever logs in may write, by what is granted to PUBLIC ({public[0].sql})"
        rows = source.rows("SHOW GLOBAL VARIABLES LIKE 'mandatory_roles'")
        roles = (rows[0][1] or b"").decode("utf-8", "replace") if rows else ""
        return f"whoever logs in has the roles of mandatory_roles ({roles})" if roles else ""

    def _why_not_ours(self, source: Source) -> str:
        own = (source.value("SELECT CURRENT_USER()") or "").replace("`", "")
        if any(own == account.replace("'", "") for account in self.accounts):
            return f"delamp itself logs in as {own}: its own sessions would end"
        ours = [g for line in grants_of(source, "CURRENT_USER()") if (g := parse_grant(line))]
        rights = {r.upper() for g in ours if g.object == "*.*" for r in g.rights}
        for account in self.accounts:
            for grant in self._lines(source, account):
                if lacking := [r for r in _writing(grant) if not may_give(ours, r, grant.object)]:
                    return (
                        f"{', '.join(lacking)} ON {grant.object} of {account} is not ours to take"
                        " and to give back (the same right, WITH GRANT OPTION)"
                    )
        if not rights & {"ALL PRIVILEGES", "SUPER", "CONNECTION ADMIN", "CONNECTION_ADMIN"}:
            return "no right to end sessions of others (SUPER, or CONNECTION ADMIN)"
        sees = rights & {"ALL PRIVILEGES", "PROCESS"}
        return "" if sees else "no right to see sessions of others (PROCESS)"


def _writing(grant: Granted) -> list[str]:
    """The rights to take away."""
    if grant.object.startswith(_ROUTINE):
        return [r for r in grant.rights if r.upper() in ("EXECUTE", "ALTER ROUTINE")]
    if any(right.upper() in ("ALL PRIVILEGES", "ALL") for right in grant.rights):
        whole_table = not grant.object.endswith(".*")
        return [*_TABLE] if whole_table else [*_TABLE, "EXECUTE"]
    return [r for r in grant.rights if r.partition(" (")[0].upper() in _WRITES]


def _folded(source: Source, name: str) -> str:
    """The name of a database, in small letters where the server takes capitals for the same."""
    return name if source.value("SELECT @@lower_case_table_names") == "0" else name.lower()


def _reaches(grant: Granted, database: str, source: Source) -> bool:
    """Whether the object is the database, as `_folded` has it, all of them, or something in it."""
    if grant.object == "*.*":
        return True
    found = database_of(grant.object)
    if found is None:
        return False
    name = _folded(source, found)
    return stands_for(name, database) if grant.object.endswith(".*") else name == database


def _matters(line: str) -> bool:
    """A role, a partial revoke: what our statements would not undo, or not reach."""
    return not line.startswith(("GRANT PROXY", "SET DEFAULT ROLE"))


def _short(error: SourceRefused) -> str:
    return error.message.rpartition(": ")[2]
