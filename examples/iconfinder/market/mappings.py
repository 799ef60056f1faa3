"""Where the traffic comes from."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import DateField, QuerySet, Sum
from django.db.models.functions import TruncMonth

from mappings import Column, ModelMapping, Question, Reference, steps
from market.models import Purchase

SHOP = "Europe/Copenhagen"


def revenue_per_month() -> QuerySet[Any, Any]:
    month = TruncMonth("paid_at", output_field=DateField(), tzinfo=ZoneInfo(SHOP))
    paid = Purchase.objects.filter(status=Purchase.Status.PAID, paid_at__isnull=False)
    grouped = paid.annotate(month=month).values_list("month", "currency")
    return grouped.annotate(revenue=Sum("amount"), fees=Sum("fee"))


def refunded() -> dict[str, Any]:
    return Purchase.objects.filter(status=Purchase.Status.REFUNDED).aggregate(total=Sum("amount"))


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
        time_zone = SHOP
        questions = [
            # What the accountant has asked PHP for every month since 2009.
            Question(
                name="revenue per month",
                source="""
                    SELECT DATE_FORMAT(s.paid_at, '%Y-%m-01') AS month, s.currency,
                        SUM(s.amount) AS revenue, SUM(s.fee_cents) / 100 AS fees
                    FROM purchases s
                    WHERE s.status = 'paid' AND s.paid_at IS NOT NULL AND {arrived}
                    GROUP BY 1, 2
                """,
                target=revenue_per_month,
                key=2,
            ),
            Question(
                name="refunded in all",
                source="SELECT SUM(s.amount) AS total FROM purchases s"
                " WHERE s.status = 'refunded' AND {arrived}",
                target=refunded,
            ),
        ]


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
