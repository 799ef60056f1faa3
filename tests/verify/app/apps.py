from __future__ import annotations

from django.apps import AppConfig


class VerifyTestConfig(AppConfig):
    name = "tests.verify.app"
    label = "tests_verify"
    default_auto_field = "django.db.models.BigAutoField"
