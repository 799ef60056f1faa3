"""Passwords of PHP need their hashers in the settings, and a check says so."""

from __future__ import annotations

import pytest

from tests.cli.fix_project import Project

MODELS = """
    from django.db import models

    class Member(models.Model):
        password = models.CharField(max_length=128)
"""
MAPPINGS = """
    from mappings import Column, ModelMapping, steps

    class MemberMapping(ModelMapping):
        password = Column("passwd", steps.php_password)

        class Meta:
            source = "members"
            model = "shop.Member"
"""


def test_passwords_without_their_hashers_are_a_warning(project: Project) -> None:
    project.write("shop/models.py", MODELS)
    project.write("shop/mappings.py", MAPPINGS)
    done = project.manage("check")
    assert done.returncode == 0
    assert "(delamp.W001) passwords of PHP without their hashers" in done.stderr
    settings = project.folder / "site_settings.py"
    lines = [
        "from migrate.hashers import LEGACY_HASHERS",
        "FIRST = 'django.contrib.auth.hashers.PBKDF2PasswordHasher'",
        "PASSWORD_HASHERS = [FIRST, *LEGACY_HASHERS]",
    ]
    settings.write_text("\n".join([settings.read_text(), *lines]))
    assert "W001" not in project.manage("check").stderr


@pytest.mark.parametrize(
    ("package", "code", "hint"),
    [("bcrypt", "W005", "pip install bcrypt"), ("argon2", "W006", "pip install argon2-cffi")],
)
def test_hashers_without_their_package_are_a_warning(
    project: Project, package: str, code: str, hint: str
) -> None:
    settings = project.folder / "site_settings.py"
    lines = [
        "import sys",
        "from migrate.hashers import LEGACY_HASHERS",
        "PASSWORD_HASHERS = ['django.contrib.auth.hashers.PBKDF2PasswordHasher', *LEGACY_HASHERS]",
    ]
    written = settings.read_text()
    settings.write_text("\n".join([written, *lines]))
    project.write("shop/models.py", MODELS)
    project.write("shop/mappings.py", MAPPINGS)
    assert f"delamp.{code}" not in project.manage("check").stderr
    settings.write_text("\n".join([written, *lines, f"sys.modules[{package!r}] = None"]))
    done = project.manage("check")
    assert done.returncode == 0
    assert f"MemberMapping.password: (delamp.{code}) PASSWORD_HASHERS lists" in done.stderr
    assert f"HINT: {hint}\n" in done.stderr
    settings.write_text(f"{settings.read_text()}\nSILENCED_SYSTEM_CHECKS = ['delamp.{code}']")
    assert f"delamp.{code}" not in project.manage("check").stderr
    assert f"delamp.{code}" not in project.manage("delamp", "check").stderr
    # Nobody needs the package where no mapping makes passwords.
    project.write("shop/mappings.py", "")
    assert f"delamp.{code}" not in project.manage("check").stderr
