"""Where the catalogue comes from."""

from __future__ import annotations

from django.db.models import Q

from catalog.models import IconSet
from mappings import (
    Column,
    Count,
    ManyToMany,
    Max,
    ModelMapping,
    Reference,
    Sum,
    steps,
)


class CategoryMapping(ModelMapping):
    parent = Reference("parent_id", steps.null_if(0), orphans="null")
    name = Column("name", steps.html_unescape)

    class Meta:
        source = "categories"
        model = "catalog.Category"
        columns = "same-name"


class TagMapping(ModelMapping):
    id = Column("tag_id")
    name = Column("tag")
    icons_count = Count("catalog.Icon_tags", by="tag", legacy="num_icons")

    class Meta:
        source = "tags"
        model = "catalog.Tag"


class IconSetMapping(ModelMapping):
    id = Column("set_id")
    owner = Reference("user_id")
    title = Column("title", steps.repair_charset, steps.html_unescape)
    slug = Column("slug")
    price = Column("price")
    licence = Column(
        "licence",
        steps.static_map(
            {
                "free": IconSet.Licence.FREE.value,
                "cc-by": IconSet.Licence.CC_BY.value,
                "commercial": IconSet.Licence.COMMERCIAL.value,
                # What MySQL stored for a value it refused.
                "": IconSet.Licence.UNKNOWN.value,
            }
        ),
    )
    is_public = Column("is_public", steps.to_boolean)
    created_at = Column("created")
    updated_at = Column("updated", steps.zero_dates)

    icons_count = Count("catalog.Icon", by="icon_set", legacy="num_icons")
    downloads_count = Sum("catalog.Icon", "downloads_count", by="icon_set")

    class Meta:
        source = "icon_sets"
        model = "catalog.IconSet"
        time_zone = "Europe/Copenhagen"


class IconMapping(ModelMapping):
    id = Column("icon_id")
    icon_set = Reference("set_id", steps.null_if(0), orphans="null")
    # An icon without its author cannot be sold: somebody has to look at it.
    author = Reference("user_id", orphans="quarantine")
    category = Reference("category_id", steps.null_if(0), orphans="null")
    tags = ManyToMany("icon_tags", "icon_id", "tag_id", orphans="skip", duplicates="skip")

    name = Column("name", steps.html_unescape, steps.strip)
    file = Column("file")
    keywords = Column("tags", steps.split(","))
    formats = Column("formats")
    width = Column("width")
    file_size = Column("filesize")
    perceptual_hash = Column("phash")
    is_free = Column("is_free")
    rating = Column("rating")
    metadata = Column("meta", steps.php_unserialize)
    description = Column("description", steps.null_if_empty)
    created_at = Column("created", steps.from_unixtime)
    modified_at = Column("modified", steps.zero_dates)

    downloads_count = Count("market.Download", by="icon", legacy="num_downloads")
    favourites_count = Count("market.Favourite", by="icon")
    last_download_at = Max("market.Download", "created_at", by="icon")
    revenue = Sum("market.Purchase", "amount", by="icon", filter=Q(status="paid"))

    class Meta:
        source = "icons"
        model = "catalog.Icon"
        time_zone = "Europe/Copenhagen"
