"""A small Django project in a folder of its own, with a legacy database to go with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from tests.forking import forks

ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 120

FILES = {
    "manage.py": """
        import os
        import sys

        if __name__ == "__main__":
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
            from django.core.management import execute_from_command_line
            execute_from_command_line(sys.argv)
    """,
    "site_settings.py": """
        import os

        from migrate.urls import parse_target_url

        SECRET_KEY = "only for tests"
        USE_TZ = True
        DEBUG = True
        ROOT_URLCONF = "site_urls"
        ALLOWED_HOSTS = ["*"]
        DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
        INSTALLED_APPS = [
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sessions",
            "migrate",
            "shop",
        ]
        MIDDLEWARE = [
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ]
        TEMPLATES = [{
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]},
        }]
        STATIC_URL = "static/"
        DATABASES = {"default": parse_target_url(os.environ["DATABASE_URL"])}
        DELAMP = {}
    """,
    "site_urls.py": """
        from django.contrib import admin
        from django.urls import path

        urlpatterns = [path("admin/", admin.site.urls)]
    """,
    "shop/__init__.py": "",
    "shop/models.py": """
        from django.db import models


        class Maker(models.Model):
            name = models.CharField(max_length=20)
            icons_count = models.IntegerField(default=0)


        class Icon(models.Model):
            title = models.CharField(max_length=20)
            maker = models.ForeignKey(Maker, models.CASCADE)
    """,
    "shop/mappings.py": """
        from mappings import Column, Count, ModelMapping, Reference


        class MakerMapping(ModelMapping):
            id = Column("id")
            name = Column("name")
            icons_count = Count("shop.Icon", by="maker")

            class Meta:
                source = "makers"
                model = "shop.Maker"


        class IconMapping(ModelMapping):
            id = Column("id")
            title = Column("title")
            maker = Reference("maker_id")

            class Meta:
                source = "icons"
                model = "shop.Icon"
    """,
    "shop/migrations/__init__.py": "",
}

LEGACY = """
    CREATE TABLE makers (id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT, name VARCHAR(20) NOT NULL)
        ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
    CREATE TABLE icons (id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT, title VARCHAR(60) NOT NULL,
        maker_id INT UNSIGNED NOT NULL, secret VARCHAR(20)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
    INSERT INTO makers (id, name) VALUES (1, 'Ada'), (2, 'Bo');
    INSERT INTO icons (id, title, maker_id, secret) VALUES
        (1, 'home', 1, 'x'), (2, 'arrow', 1, 'x'), (3, 'lost', 99, 'x'),
        (4, 'a title that is far too long for the model', 2, 'x');
"""
"""Of four icons two load: 3 has no maker, 4 is too long."""


@dataclass
class Project:
    """A project's folder and the environment of its commands."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, path: str, text: str) -> None:
        """Write a file of the project; the text may be indented."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        # Python tells a changed file by its second and its size: both may be as they were.
        shutil.rmtree(file.parent / "__pycache__", ignore_errors=True)

    def delamp(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run `delamp …` as its own process in the project's folder."""
        code = "import sys; from migrate.cli.main import main; sys.argv[0] = 'delamp'; main()"
        return self.python("-c", code, *arguments, cwd=cwd)

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `python manage.py …`."""
        return self.python("manage.py", *arguments)

    def python(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run Python with the project's environment."""
        return forks().run(
            arguments, cwd=cwd or self.folder, env=self.all_variables(), timeout=_SECONDS
        )

    def all_variables(self) -> dict[str, str]:
        ours = ("DJANGO_SETTINGS_MODULE", "LEGACY_URL", "DATABASE_URL")
        kept = {k: v for k, v in os.environ.items() if k not in ours and not k.startswith("DELAMP")}
        return kept | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"} | self.environment


def make_project(folder: Path, **environment: str) -> Project:
    """Write the project's files; nothing is connected to."""
    project = Project(
        folder, {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"} | environment
    )
    for path, text in FILES.items():
        project.write(path, text)
    return project
