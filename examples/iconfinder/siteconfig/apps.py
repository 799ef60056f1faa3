from __future__ import annotations

from django.apps import AppConfig


class SiteConfigConfig(AppConfig):
    name = "siteconfig"
    verbose_name = "site configuration"
