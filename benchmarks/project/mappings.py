"""The mappings that are measured."""

from __future__ import annotations

from mappings import Column, Count, ModelMapping, Reference, steps


class AuthorMapping(ModelMapping):
    icon_count = Count("bench.Icon", by="author")

    class Meta:
        source = "authors"
        model = "bench.Author"
        columns = "same-name"


class IconMapping(ModelMapping):
    author = Reference("user_id")

    class Meta:
        source = "icons"
        model = "bench.Icon"
        columns = "same-name"
        time_zone = "Europe/Copenhagen"


class IconWithMetaMapping(ModelMapping):
    author = Reference("user_id")
    meta = Column("meta", steps.php_unserialize)

    class Meta:
        source = "icons_with_meta"
        model = "bench.IconWithMeta"
        columns = "same-name"
        time_zone = "Europe/Copenhagen"
