"""Settings of the measured project; the servers are in LEGACY_URL and DATABASE_URL."""

from __future__ import annotations

import os

from migrate.urls import parse_target_url

SECRET_KEY = "only for measures"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "migrate",
    "benchmarks.project",
]
DATABASES = {
    "default": parse_target_url(os.environ.get("DATABASE_URL", "postgresql:///benchmarks"))
}
