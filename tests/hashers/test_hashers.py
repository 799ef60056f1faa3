"""The old password opens the account, another does not, and Django's own hash replaces the old."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import (
    check_password,
    identify_hasher,
    is_password_usable,
    make_password,
)
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from mappings import steps
from mappings.steps.php_password import ALGORITHMS, UNUSABLE, WRAPPED
from migrate.hashers import LEGACY_HASHERS

PREFERRED = "django.contrib.auth.hashers.PBKDF2PasswordHasher"

# Published examples: hashcat's of every format (its wiki, "Example hashes"), all of the password
# "hashcat", and phpass's own of its test program.
EXAMPLES = [
    ("$2a$05$LhayLxezLhK1LhWvKxCyLOj0j1u.Kj0jZ0pEmm134uzrQlFvQJLF6", "hashcat"),
    ("$P$984478476IagS59wHZvyQMArzfx58u.", "hashcat"),
    ("$H$984478476IagS59wHZvyQMArzfx58u.", "hashcat"),
    ("$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", "test12345"),
    ("$S$C33783772bRXEx1aCsvY.dqgaaSu76XmVlKrW9Qu8IQlvxHlmzLf", "hashcat"),
    ("8743b52063cd84097a65d1633f5c74f5", "hashcat"),
    ("8743B52063CD84097A65D1633F5C74F5", "hashcat"),
    ("b89eaac7e61417341b710b727768294d0e6a277b", "hashcat"),
    ("19e0e8d91c722e7091ca7a6a6fb0f4fa:54718031842521651757785603028777", "hashcat"),
    ("374996a5e8a5e57fd97d893f7df79824:36", "hashcat"),
]


@pytest.fixture(autouse=True)
def _hashers() -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=[PREFERRED, *LEGACY_HASHERS]):
        yield


def migrated(stored: str, **options: Any) -> str:
    value = steps.php_password(**options).python(stored)
    assert isinstance(value, str)
    assert len(value) <= 128, "longer than Django's password field"
    return value


@pytest.mark.parametrize(("stored", "password"), EXAMPLES)
def test_published_hash_takes_its_password_and_no_other(stored: str, password: str) -> None:
    encoded = migrated(stored)
    assert check_password(password, encoded)
    assert not check_password(password + " ", encoded)
    assert not check_password("", encoded)


@pytest.mark.parametrize(("stored", "password"), EXAMPLES)
def test_login_replaces_the_old_hash_by_djangos(stored: str, password: str) -> None:
    replaced = []
    assert check_password(password, migrated(stored), setter=replaced.append)
    assert replaced == [password]
    assert not check_password("wrong", migrated(stored), setter=replaced.append)
    assert replaced == [password]


def test_bcrypt_of_php_55_is_taken() -> None:
    bcrypt = pytest.importorskip("bcrypt")
    made = bcrypt.hashpw("pæssword".encode(), bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$")
    assert migrated(made) == f"php_bcrypt${made}"
    assert check_password("pæssword", migrated(made))


def test_bcrypt_looks_at_72_bytes_as_php_does() -> None:
    bcrypt = pytest.importorskip("bcrypt")
    made = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    assert check_password("x" * 100, migrated(made))
    assert not check_password("x" * 71, migrated(made))


def test_bcrypt_without_its_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bcrypt", None)
    with pytest.raises(ImproperlyConfigured, match=r"pip install 'delamp\[bcrypt\]'"):
        check_password("hashcat", migrated(EXAMPLES[0][0]))


def test_phpass_hashes_made_by_the_published_algorithm_are_taken() -> None:
    for password in ("", "a", "pæssword", "x" * 200):
        assert check_password(password or "", migrated(phpass(password.encode(), "$P$7saltsalt")))


def phpass(password: bytes, setting: str) -> str:
    """Written after the description of phpass: crypt_private() and encode64()."""
    digits = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    made = hashlib.md5(setting[4:].encode() + password).digest()
    for _ in range(1 << digits.index(setting[3])):
        made = hashlib.md5(made + password).digest()
    text, i = "", 0
    while i < 16:
        value = made[i]
        text += digits[value & 63]
        i += 1
        if i < 16:
            value |= made[i] << 8
        text += digits[value >> 6 & 63]
        if i >= 16:
            break
        i += 1
        if i < 16:
            value |= made[i] << 16
        text += digits[value >> 12 & 63]
        if i >= 16:
            break
        i += 1
        text += digits[value >> 18 & 63]
    return setting + text


def test_drupal_hash_of_an_upgraded_drupal_6_is_of_the_md5() -> None:
    from migrate.hashers.portable import portable_hash

    made = portable_hash(hashlib.md5(b"secret").hexdigest().encode(), "$S$7saltsalt", "sha512")
    assert made is not None
    assert check_password("secret", migrated(f"U{made[:55]}"))
    assert not check_password("secret", migrated(made[:55]))


def test_password_typed_on_a_latin1_page_is_taken() -> None:
    for charset in ("latin-1", "utf-8"):
        stored = hashlib.md5("pæssword".encode(charset)).hexdigest()
        assert check_password("pæssword", migrated(stored))


@pytest.mark.parametrize(
    "stored", ["8743b52063cd84097a65d1633f5c74f5", "b89eaac7e61417341b710b727768294d0e6a277b"]
)
def test_wrapped_hash_is_the_same_every_time_and_hides_the_old_one(stored: str) -> None:
    encoded = migrated(stored, wrap=1000)
    assert encoded == migrated(stored, wrap=1000)
    assert encoded.split("$")[1] == "1000"
    assert stored not in encoded
    assert check_password("hashcat", encoded)
    assert not check_password("hashcat2", encoded)


def test_wrap_leaves_stronger_hashes_as_they_are() -> None:
    stored = "$P$984478476IagS59wHZvyQMArzfx58u."
    assert migrated(stored, wrap=1000) == migrated(stored)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "letmein",
        "8743b52063cd84097a65d1633f5c74f",
        "$2y$10$x",
        "$P$short",
        "*94BDCEBE19083CE2A1F959FD02F964C7AF4CFC29",
    ],
)
def test_what_is_no_known_hash_opens_no_account(stored: str) -> None:
    encoded = migrated(stored)
    assert encoded == UNUSABLE
    assert not is_password_usable(encoded)
    assert not check_password(stored, encoded)


def test_malformed_hashes_in_the_field_match_nothing() -> None:
    assert not check_password("x", "phpass$$P$")
    assert not check_password("x", "phpass$$P$!23456789")
    assert not check_password("x", "php_bcrypt$nonsense")
    assert not check_password("x", "drupal_sha512$$S$C33783772")
    assert not check_password("x", "drupal_sha512$$S$7saltsalt")


@pytest.mark.parametrize("path", LEGACY_HASHERS)
def test_a_legacy_hasher_cannot_make_hashes(path: str) -> None:
    with (
        override_settings(PASSWORD_HASHERS=[path]),
        pytest.raises(ImproperlyConfigured, match="put it behind Django's hashers"),
    ):
        make_password("secret")


def test_every_algorithm_of_the_step_has_its_hasher() -> None:
    for algorithm in (*ALGORITHMS, *WRAPPED.values()):
        assert identify_hasher(f"{algorithm}$x").algorithm == algorithm
    assert len(LEGACY_HASHERS) == len(ALGORITHMS) + len(WRAPPED)


@pytest.mark.parametrize(("stored", "password"), EXAMPLES)
def test_admin_summary_shows_no_whole_hash(stored: str, password: str) -> None:
    for options in ({}, {"wrap": 10}):
        encoded = migrated(stored, **options)
        summary = identify_hasher(encoded).safe_summary(encoded)
        assert summary["algorithm"] == encoded.partition("$")[0]
        assert not any(stored == value for value in summary.values())
