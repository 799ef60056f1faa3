"""Settings of the Django project that takes the marketplace over.

DATABASE_URL names its PostgreSQL database, LEGACY_URL the one that PHP left behind.
"""

from __future__ import annotations

import os
from pathlib import Path

from migrate.hashers import LEGACY_HASHERS
from migrate.urls import parse_target_url

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = os.environ.get("SECRET_KEY", "only-for-this-demo-and-never-for-a-site")
DEBUG = os.environ.get("DEBUG", "1") == "1"
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "migrate",
    "accounts",
    "catalog",
    "market",
    "siteconfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "iconfinder.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {
    "default": parse_target_url(os.environ.get("DATABASE_URL") or "postgresql:///iconfinder")
}
# Shared by all processes: the follower forgets what the site has kept.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": BASE_DIR / ".cache",
        "KEY_PREFIX": DATABASES["default"]["NAME"],
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
# The first is what Django stores; the others let people in with what PHP stored.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", *LEGACY_HASHERS]
# Nobody has a password of Argon2 (legacy/passwords.py), so its package need not be here.
SILENCED_SYSTEM_CHECKS = ["delamp.W006"]

USE_TZ = True
TIME_ZONE = "Europe/Copenhagen"
LANGUAGE_CODE = "en"
STATIC_URL = "static/"

DELAMP = {"SOURCE": os.environ.get("LEGACY_URL")}
