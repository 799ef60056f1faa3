"""Where the traffic comes from."""

from __future__ import annotations

from mappings import Column, ModelMapping, Reference, steps


class DownloadMapping(ModelMapping):
    icon = Reference("icon_id", orphans="skip")
    user = Reference("user_id", steps.null_if(0), orphans="null")
    created_at = Column("created", steps.from_unixtime)
    ip = Column("ip", steps.null_if(0), steps.int_to_ip)
    size = Column("bytes")
    file_format = Column("format")
    referrer = Column("referer", steps.null_if_empty)

    class Meta:
        source = "downloads"
        model = "market.Download"
        columns = "same-name"


class PurchaseMapping(ModelMapping):
    user = Reference("user_id")
    icon = Reference("icon_id")
    fee = Column("fee_cents", steps.cents_to_decimal)
    gateway_reference = Column("gateway_ref")
    receipt = Column("receipt", steps.php_unserialize)

    class Meta:
        source = "purchases"
        model = "market.Purchase"
        columns = "same-name"
        time_zone = "Europe/Copenhagen"


class CommentMapping(ModelMapping):
    id = Column("comment_id")
    icon = Reference("icon_id", orphans="quarantine")
    user = Reference("user_id", steps.null_if(0), orphans="null")
    parent = Reference("parent_id", steps.null_if(0), orphans="null")
    body = Column("body", steps.repair_charset, steps.html_unescape)
    ip = Column("ip", steps.null_if(0), steps.int_to_ip)
    is_approved = Column("approved", steps.to_boolean)
    created_at = Column("created", steps.zero_dates)

    class Meta:
        source = "comments"
        model = "market.Comment"
        columns = "same-name"
        time_zone = "Europe/Copenhagen"


class FavouriteMapping(ModelMapping):
    user = Reference("user_id", orphans="skip")
    icon = Reference("icon_id", orphans="skip")
    created_at = Column("added", steps.null_if(0), steps.from_unixtime)

    class Meta:
        source = "favourites"
        model = "market.Favourite"
