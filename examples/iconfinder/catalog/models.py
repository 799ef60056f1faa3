"""What the marketplace offers: icons, in sets, categories and under tags."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q


class Category(models.Model):
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="children"
    )
    name = models.CharField(max_length=80)
    position = models.SmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = "categories"
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="category_unique_in_parent"),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="category_not_its_own_parent",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    name = models.CharField(max_length=60, unique=True)
    icons_count = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class IconSet(models.Model):
    class Licence(models.TextChoices):
        FREE = "free", "free for any use"
        CC_BY = "cc-by", "Creative Commons BY"
        COMMERCIAL = "commercial"
        UNKNOWN = "unknown", "not recorded"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="icon_sets")
    title = models.CharField(max_length=255)
    slug = models.SlugField(max_length=80, unique=True)
    price = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    licence = models.CharField(max_length=20, choices=Licence, default=Licence.FREE)
    is_public = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(null=True, blank=True)

    icons_count = models.PositiveIntegerField(default=0, editable=False)
    downloads_count = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = "icon set"
        constraints = [
            models.CheckConstraint(condition=Q(price__gte=0), name="icon_set_price_not_negative")
        ]

    def __str__(self) -> str:
        return self.title


class Icon(models.Model):
    class Format(models.TextChoices):
        PNG = "png", "PNG"
        SVG = "svg", "SVG"
        ICO = "ico", "Windows icon"
        ICNS = "icns", "Mac icon"

    icon_set = models.ForeignKey(
        IconSet, models.SET_NULL, null=True, blank=True, related_name="icons"
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="icons")
    category = models.ForeignKey(
        Category, models.SET_NULL, null=True, blank=True, related_name="icons"
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="icons")

    name = models.CharField(max_length=255)
    file = models.CharField(max_length=120)
    keywords = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    formats = ArrayField(models.CharField(max_length=4, choices=Format), default=list)
    width = models.PositiveSmallIntegerField(default=128)
    file_size = models.PositiveBigIntegerField(default=0)
    perceptual_hash = models.DecimalField(
        max_digits=20, decimal_places=0, help_text="64 bits without a sign"
    )
    is_free = models.BooleanField(default=False)
    rating = models.FloatField(null=True, blank=True)
    metadata = models.JSONField(null=True, blank=True)
    description = models.TextField(null=True, blank=True)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField(null=True, blank=True)

    downloads_count = models.PositiveIntegerField(default=0, editable=False)
    favourites_count = models.PositiveIntegerField(default=0, editable=False)
    last_download_at = models.DateTimeField(null=True, blank=True, editable=False)
    revenue = models.DecimalField(max_digits=12, decimal_places=2, default=0, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["-downloads_count"], name="icon_most_downloaded"),
            models.Index(fields=["-created_at"], name="icon_newest"),
            models.Index(fields=["author"], condition=Q(is_free=True), name="icon_free_by_author"),
            GinIndex(fields=["keywords"], name="icon_keywords"),
        ]
        constraints = [models.CheckConstraint(condition=Q(width__gt=0), name="icon_width_positive")]

    def __str__(self) -> str:
        return self.name
