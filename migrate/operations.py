"""Operations for schema migrations: triggers that keep counters true.

`delamp counters migration APP` writes them. Each holds all that it needs, so that it makes the
same triggers in every database and at any time; Django's own state of models does not know of
them, and `makemigrations` finds nothing to add.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import router
from django.db.migrations.operations.base import Operation

from migrate.triggers.frozen import FrozenParent
from migrate.triggers.statements import install_statements, remove_statements

__all__ = ["CounterTriggers", "RemoveCounterTriggers"]


class CounterTriggers(Operation):
    """Install the triggers of one parent table's counters. Backwards removes them."""

    reduces_to_sql = True
    reversible = True
    serialization_expand_args = ["children"]

    def __init__(
        self, *, table: str, key: str, key_type: str, children: Sequence[dict[str, Any]]
    ) -> None:
        self.table = table
        self.frozen = FrozenParent.of(table, key, key_type, children)

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing: no model changes."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        self._run(app_label, schema_editor, install_statements(self.frozen))

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        self._run(app_label, schema_editor, remove_statements(self.frozen))

    def describe(self) -> str:
        return f"Keep the counters of {self.table} by triggers"

    @property
    def migration_name_fragment(self) -> str:
        return f"counters_of_{self.table.lower()}"

    def _run(self, app_label: str, schema_editor: Any, statements: Sequence[str]) -> None:
        connection = schema_editor.connection
        # As Django's own operations for PostgreSQL: a project may have databases of other kinds.
        if connection.vendor == "postgresql" and router.allow_migrate(connection.alias, app_label):
            for statement in statements:
                schema_editor.execute(statement, params=None)


class RemoveCounterTriggers(CounterTriggers):
    """Remove the triggers that these same values have installed. Backwards installs them."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        self._run(app_label, schema_editor, remove_statements(self.frozen))

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        self._run(app_label, schema_editor, install_statements(self.frozen))

    def describe(self) -> str:
        return f"Keep the counters of {self.table} no longer"

    @property
    def migration_name_fragment(self) -> str:
        return f"no_counters_of_{self.table.lower()}"
