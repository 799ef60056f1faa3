"""The models that take the measured tables over."""

from __future__ import annotations

from django.db import models


class Author(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=100)
    icon_count = models.IntegerField(default=0)


class IconFields(models.Model):
    """Thirteen columns: every family of types that a web shop's tables are made of."""

    id = models.IntegerField(primary_key=True)
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    slug = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    description = models.TextField(null=True)
    downloads = models.IntegerField()
    width = models.PositiveSmallIntegerField()
    price = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    score = models.FloatField()
    is_free = models.BooleanField()
    status = models.CharField(max_length=10)
    created = models.DateTimeField(db_index=True)
    updated = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Icon(IconFields):
    pass


class IconWithMeta(IconFields):
    """The same and one column that only Python can convert."""

    meta = models.JSONField(null=True)
