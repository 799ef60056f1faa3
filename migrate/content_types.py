"""The ids that the target has given to the models' content types."""

from __future__ import annotations

from collections.abc import Iterable

from mappings.base import ModelMapping
from mappings.columns import ContentTypes
from migrate.target import Target

__all__ = ["read_content_types"]


def read_content_types(
    target: Target, mappings: Iterable[type[ModelMapping]]
) -> dict[tuple[str, str], int]:
    """Id by app label and model name; not read where no mapping asks for any."""
    declarations = (d for m in mappings for d in m._mapping.declarations.values())
    if not any(isinstance(d, ContentTypes) for d in declarations):
        return {}
    if target.value("SELECT to_regclass('django_content_type')") is None:
        return {}
    rows = target.rows("SELECT app_label, model, id FROM django_content_type")
    return {(app, model): int(number) for app, model, number in rows}
