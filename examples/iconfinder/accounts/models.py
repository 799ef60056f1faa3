"""The people of the marketplace: designers, buyers and staff."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin, UserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class User(AbstractBaseUser, PermissionsMixin):
    class Mailing(models.TextChoices):
        NEWS = "news"
        OFFERS = "offers"
        WEEKLY = "weekly"
        PARTNERS = "partners"

    username = models.CharField(max_length=40, unique=True)
    email = models.EmailField(max_length=100, null=True, blank=True)
    full_name = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, blank=True)
    bio = models.TextField(blank=True)
    homepage = models.URLField(max_length=255, null=True, blank=True)
    birthday = models.DateField(null=True, blank=True)
    level = models.PositiveSmallIntegerField(default=0)
    mailings = ArrayField(
        models.CharField(max_length=20, choices=Mailing), default=list, blank=True
    )
    preferences = models.JSONField(null=True, blank=True)
    balance = models.DecimalField(max_digits=10, decimal_places=2, default=0)

    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("staff status", default=False)
    date_joined = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    icons_count = models.PositiveIntegerField(default=0, editable=False)
    downloads_count = models.PositiveIntegerField(default=0, editable=False)
    spent_total = models.DecimalField(max_digits=12, decimal_places=2, default=0, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        indexes = [models.Index(fields=["-date_joined"], name="user_newest")]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_in_any_case"),
            models.CheckConstraint(
                condition=models.Q(spent_total__gte=0), name="user_spent_total_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.username

    def get_full_name(self) -> str:
        return self.full_name or self.username

    def get_short_name(self) -> str:
        return self.username
