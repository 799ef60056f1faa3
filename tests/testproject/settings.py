"""The smallest Django project that the tests run in; the database is set per test."""

from __future__ import annotations

SECRET_KEY = "only for tests"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "migrate",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        # Never connected to: the fixture `django_target` puts a fresh database in its place.
        "NAME": "none",
        "HOST": "/nonexistent",
    }
}
