"""What happens on the marketplace."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from catalog.models import Icon


class Download(models.Model):
    """Only ever inserted into; most are anonymous."""

    icon = models.ForeignKey(Icon, models.CASCADE, related_name="downloads")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="downloads"
    )
    created_at = models.DateTimeField()
    ip = models.GenericIPAddressField(null=True)
    size = models.PositiveBigIntegerField(default=0)
    file_format = models.CharField(max_length=4, choices=Icon.Format)
    referrer = models.CharField(max_length=255, null=True)

    class Meta:
        # Time grows with the id, so a block range index of a few kilobytes serves every report.
        indexes = [BrinIndex(fields=["created_at"], name="download_created_at")]

    def __str__(self) -> str:
        return f"download {self.pk}"


class Purchase(models.Model):
    class Currency(models.TextChoices):
        DKK = "DKK"
        EUR = "EUR"
        USD = "USD"

    class Status(models.TextChoices):
        NEW = "new"
        PAID = "paid"
        REFUNDED = "refunded"

    invoice = models.CharField(max_length=20, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="purchases")
    icon = models.ForeignKey(Icon, models.PROTECT, related_name="purchases")
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    fee = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    currency = models.CharField(max_length=3, choices=Currency, default=Currency.USD)
    status = models.CharField(max_length=10, choices=Status, default=Status.NEW)
    gateway_reference = models.BigIntegerField()
    receipt = models.JSONField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["status", "-paid_at"], name="purchase_by_status")]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="purchase_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(fee__gte=0, fee__lte=F("amount")), name="purchase_fee_within_amount"
            ),
        ]

    def __str__(self) -> str:
        return self.invoice


class Comment(models.Model):
    icon = models.ForeignKey(Icon, models.CASCADE, related_name="comments")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="comments"
    )
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="replies"
    )
    title = models.CharField(max_length=80, blank=True)
    body = models.TextField()
    ip = models.GenericIPAddressField(null=True, blank=True)
    is_approved = models.BooleanField(default=False)
    karma = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["icon", "created_at"], name="comment_thread")]

    def __str__(self) -> str:
        return self.title or f"comment {self.pk}"


class Favourite(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="favourites")
    icon = models.ForeignKey(Icon, models.CASCADE, related_name="favourites")
    created_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "icon"], name="favourite_once_per_user")
        ]

    def __str__(self) -> str:
        return f"user {self.user_id} likes icon {self.icon_id}"
