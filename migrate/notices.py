"""What the application is to be told of: written with the rows, sent after their commit."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import close_old_connections, models

from mappings.plan import Plan
from mappings.sqltext import pg_name
from migrate.models import Notice
from migrate.signals import rows_changed
from migrate.target import Target

if TYPE_CHECKING:
    from migrate.ledger import Ledger
    from migrate.refresh.writing import Written

__all__ = ["note_rows", "send_notices"]

_LOG = logging.getLogger("delamp.signals")
_KINDS = ("inserted", "updated", "deleted")
_AT_ONCE = 100
Keys = Sequence[tuple[Any, ...]]


def note_rows(plan: Plan, ledger: Ledger, written: Written, counted: Mapping[str, Keys]) -> None:
    """Write down which rows a batch has changed, for models that somebody listens to.

    In the open transaction, so that a notice exists exactly if its rows do.
    """
    for model in dict.fromkeys(table.model for table in plan.tables):
        if not rows_changed.has_listeners(model):
            continue
        found: dict[str, dict[Any, None]] = {kind: {} for kind in _KINDS}
        for table in plan.tables:
            if table.model is not model:
                continue
            if rows := written.get(table.name):
                for kind in _KINDS:
                    found[kind].update(dict.fromkeys(getattr(rows, kind)))
            found["updated"].update(dict.fromkeys(counted.get(table.name, ())))
        for key in found["inserted"]:
            found["updated"].pop(key, None)
        if any(found.values()):
            lists = {kind: [_plain(key) for key in keys] for kind, keys in found.items()}
            now = dt.datetime.now(dt.UTC)
            ledger.insert(Notice, label=model._meta.label, created_at=now, **lists)


def send_notices(target: Target, using: str) -> int:
    """Send every notice that is committed, and forget it; returns how many. Commits at once."""
    if not rows_changed.receivers:
        return 0
    table, sent = pg_name(Notice._meta.db_table), 0
    while rows := target.rows(
        f"SELECT id, label, inserted, updated, deleted FROM {table} ORDER BY id LIMIT {_AT_ONCE}"
    ):
        # A receiver's connection may have idled since the last batch, for longer than it lives.
        close_old_connections()
        for _, label, *lists in rows:
            _send(label, dict(zip(_KINDS, lists, strict=True)), using)
        target.execute(f"DELETE FROM {table} WHERE id = ANY(%s)", [[row[0] for row in rows]])
        sent += len(rows)
    return sent


def _send(label: str, lists: Mapping[str, Sequence[Any]], using: str) -> None:
    try:
        model = apps.get_model(label)
    except LookupError:
        _LOG.warning("%s: no such model any more, its changes are told to nobody", label)
        return
    keys = {kind: [_key(model, key) for key in found] for kind, found in lists.items()}
    for receiver, result in rows_changed.send_robust(model, using=using, **keys):
        if isinstance(result, Exception):
            _LOG.error("%s: receiver %r failed", label, receiver, exc_info=result)


def _plain(key: tuple[Any, ...]) -> Any:
    """A primary key as JSON: integers and texts as they are, other values as text."""
    parts = [bytes(part).hex() if isinstance(part, (bytes, memoryview)) else part for part in key]
    plain = [part if isinstance(part, (int, str)) else str(part) for part in parts]
    return plain[0] if len(plain) == 1 else plain


def _key(model: type[models.Model], plain: Any) -> Any:
    fields = model._meta.pk_fields
    if len(fields) == 1:
        return _value(fields[0], plain)
    return tuple(_value(field, part) for field, part in zip(fields, plain, strict=True))


def _value(field: Any, plain: Any) -> Any:
    while field.is_relation:
        field = field.target_field
    if field.get_internal_type() == "BinaryField":
        return bytes.fromhex(plain)
    return field.to_python(plain)
