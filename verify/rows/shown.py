"""What a model field makes of its column's value before Django shows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connections, models

from mappings.types.jsonb import jsonb_text

__all__ = ["shown_by"]


def shown_by(field: models.Field[Any, Any], using: str) -> Callable[[Any], Any] | None:
    """From the column's value as Django's own field has it to what this field shows; None: as is.

    A field of the project's own may have a `from_db_value`, a JSONField a decoder; without
    `USE_TZ`, Django shows a moment as the wall clock of `TIME_ZONE`.
    """
    connection = connections[using]
    if isinstance(field, models.DateTimeField) and not settings.USE_TZ:
        zone = connection.timezone
        return lambda value: value.astimezone(zone).replace(tzinfo=None)
    reads = getattr(field, "from_db_value", None)
    if isinstance(field, models.JSONField) and field.decoder is not None:
        decoder = field.decoder
        return lambda value: json.loads(jsonb_text(value), cls=decoder)
    if reads is None or reads.__func__.__module__.startswith("django."):
        return None
    return lambda value: reads(value, None, connection)
