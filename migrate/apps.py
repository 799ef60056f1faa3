"""delamp as a Django app: add "migrate" to INSTALLED_APPS; its label is `delamp`."""

from __future__ import annotations

from django.apps import AppConfig

__all__ = ["DelampConfig"]


class DelampConfig(AppConfig):
    name = "migrate"
    label = "delamp"
    verbose_name = "delamp: runs and quarantine"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from migrate import system_checks

        system_checks.register()
