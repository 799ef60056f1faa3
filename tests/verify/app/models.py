"""Targets of the tests of verify, as a Django engineer would write them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Everything(models.Model):
    """A column of each kind, under an integer key."""

    small = models.SmallIntegerField()
    big = models.BigIntegerField(null=True)
    flag = models.BooleanField()
    price = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    ratio = models.FloatField(null=True)
    born = models.DateField(null=True)
    seen = models.DateTimeField(null=True)
    stamp = models.DateTimeField(null=True)
    span = models.DurationField(null=True)
    clock = models.TimeField(null=True)
    year = models.IntegerField(null=True)
    code = models.CharField(max_length=8, null=True)
    title = models.CharField(max_length=80, null=True)
    body = models.TextField(null=True)
    data = models.BinaryField(null=True)
    kind = models.CharField(max_length=10, null=True)
    tags = ArrayField(models.CharField(max_length=10), null=True)
    settings = models.JSONField(null=True)
    token = models.UUIDField(null=True)

    class Meta:
        app_label = "tests_verify"


class Pairing(models.Model):
    """A composite integer key in the source; Django gives an id of its own."""

    left = models.IntegerField()
    right = models.BigIntegerField()
    first = models.CharField(max_length=20, null=True)
    second = models.CharField(max_length=20, null=True)

    class Meta:
        app_label = "tests_verify"
        unique_together = [("left", "right")]


class Named(models.Model):
    """A text key, which the two servers sort differently."""

    name = models.CharField(max_length=40, primary_key=True)
    first = models.CharField(max_length=20, null=True)
    second = models.CharField(max_length=20, null=True)

    class Meta:
        app_label = "tests_verify"


class Loose(models.Model):
    """Rows that nothing names in the source."""

    first = models.CharField(max_length=20, null=True)
    second = models.CharField(max_length=20, null=True)
    third = models.IntegerField(null=True)

    class Meta:
        app_label = "tests_verify"


class Lost(models.Model):
    """The source's key is not held: rows are compared as a multiset, and still named."""

    first = models.CharField(max_length=20, null=True)
    second = models.CharField(max_length=20, null=True)

    class Meta:
        app_label = "tests_verify"


class Parent(models.Model):
    name = models.CharField(max_length=20, unique=True)
    children_count = models.IntegerField(default=0)
    big_children_count = models.IntegerField(default=0)
    total = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    greatest = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    newest = models.CharField(max_length=20, null=True)
    friends = models.ManyToManyField("self", symmetrical=False)

    class Meta:
        app_label = "tests_verify"


class Child(models.Model):
    parent = models.ForeignKey(Parent, models.CASCADE, null=True)
    size = models.DecimalField(max_digits=10, decimal_places=2)
    name = models.CharField(max_length=20, db_index=True)

    class Meta:
        app_label = "tests_verify"
        constraints = [
            models.CheckConstraint(condition=models.Q(size__gte=0), name="child_size_positive"),
            models.UniqueConstraint(fields=["parent", "name"], name="child_name_once"),
        ]
        indexes = [models.Index(fields=["size"], name="child_by_size")]
