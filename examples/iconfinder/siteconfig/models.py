"""Settings that staff change without a deployment."""

from __future__ import annotations

from django.db import models


class Setting(models.Model):
    key = models.CharField(max_length=64, primary_key=True)
    value = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key
