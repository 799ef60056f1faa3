"""How to undo a freeze: written down before it is done, so that anybody can do it afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from migrate.source import Source

__all__ = ["Recipe", "server_name"]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that undoing needs, and how to see that it is undone. Holds no password."""

    method: str
    server: str
    """What the frozen server calls itself."""
    statements: tuple[str, ...] = ()
    """To be run on the source, in this order. Running them again is harmless."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Global variables as they were."""
    grants: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """`SHOW GRANTS` of each account as it was, without what it says of passwords."""
    command: str = ""
    """To be run by a shell on the machine that undoes."""
    say: str = ""
    """What a person has to do."""

    def to_json(self) -> dict[str, Any]:
        """JSON types, for the ledger."""
        return {
            **vars(self),
            "statements": list(self.statements),
            "variables": dict(self.variables),
            "grants": {account: list(lines) for account, lines in self.grants.items()},
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Recipe:
        """The same from the ledger."""
        return cls(**{**found, "statements": tuple(found["statements"])})


def server_name(source: Source) -> str:
    """Which server this is, as far as servers tell."""
    parts = source.rows("SELECT @@hostname, @@port, @@datadir")[0]
    return ":".join((part or b"").decode("utf-8", "replace") for part in parts)
