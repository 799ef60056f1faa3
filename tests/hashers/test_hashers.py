"""The old password opens the account, another does not, and Django's own hash replaces the old."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import (
    check_password,
    identify_hasher,
    is_password_usable,
    make_password,
)
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import override_settings

from mappings import steps
from mappings.steps.php_password import ALGORITHMS, UNUSABLE, WRAPPED
from migrate.hashers import LEGACY_HASHERS

PREFERRED = "django.contrib.auth.hashers.PBKDF2PasswordHasher"

# Published examples: hashcat's of each format (its wiki, "Example hashes"), those of crypt() in the
# PHP manual, phpass's own of its test program, argon2-cffi's, and of WordPress 6.8 two that people
# have shown with their password.
EXAMPLES = [
    ("$2a$05$LhayLxezLhK1LhWvKxCyLOj0j1u.Kj0jZ0pEmm134uzrQlFvQJLF6", "hashcat"),
    ("$2a$07$usesomesillystringfore2uDLvp1Ii2e./U9C8sBjqp8I90dH6hi", "rasmuslerdorf"),
    ("$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq", "rasmuslerdorf"),
    ("$2x$05$LhayLxezLhK1LhWvKxCyLOj0j1u.Kj0jZ0pEmm134uzrQlFvQJLF6", "hashcat"),
    ("$wp$2y$10$Q1xinFjrZeLWJBvxviIL6u834Fu.evIEFHAUVisQ5O.w9Dm0sMdES", "admin"),
    ("$wp$2y$12$RnJgFT5Ooe6P0ajs/eaCYuqKLwWEqkZd01j2JyyrF6mcZa8NHJTxu", "my_password"),
    ("$P$984478476IagS59wHZvyQMArzfx58u.", "hashcat"),
    ("$H$984478476IagS59wHZvyQMArzfx58u.", "hashcat"),
    ("$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", "test12345"),
    ("$S$C33783772bRXEx1aCsvY.dqgaaSu76XmVlKrW9Qu8IQlvxHlmzLf", "hashcat"),
    ("$argon2id$v=19$m=65536,t=3,p=4$MIIRqgvgQbgj220jfp0MPA$YfwJSVjtjSU0zzV/P3S9nnQ/USre2wvJMjfCIjrTQbg",
     "correct horse battery staple"),
    ("$1$28772684$iEwNOgGugqO9.bIz5sk8k/", "hashcat"),
    ("$1$rasmusle$rISCgZzpwk3UhDidwXvin0", "rasmuslerdorf"),
    ("$apr1$71850310$gh9m4xcAn3MGxogwX/ztb.", "hashcat"),
    ("$5$rounds=5000$GX7BopJZJxPc/KEK$le16UF8I2Anb.rOrn22AUPWvzUETDGefUmAV8AZkGcD", "hashcat"),
    ("$5$rounds=5000$usesomesillystri$KqJWpanXZHKq2BOB43TSaYhEWsQ1Lr5QNyPCDH/Tp.6",
     "rasmuslerdorf"),
    ("$6$52450745$k5ka2p8bFuSmoVT1tzOyyuaREkkKBcCNqoDKzYiJL9RaE8yMnPgh2XzzF0NDrUhgrcLwg78xs1w5pJiypEd"
     "FX/", "hashcat"),
    ("48c/R8JAv757A", "hashcat"),
    ("rl.3StKT.4T8M", "rasmuslerdorf"),
    ("_9G..8147mpcfKT8g0U.", "hashcat"),
    ("_J9..rasmBYk8r9AiWNc", "rasmuslerdorf"),
    (":A:8743b52063cd84097a65d1633f5c74f5", "hashcat"),
    (":B:56668501:0ce106caa70af57fd525aeaf80ef2898", "hashcat"),
    ("7196759210defdc0", "hashcat"),
    ("5d2e19393cc5ef67", "password"),
    ("*FCF7C1B8749CF99D88E5F34271D636178FB5D130", "hashcat"),
    ("8743b52063cd84097a65d1633f5c74f5", "hashcat"),
    ("8743B52063CD84097A65D1633F5C74F5", "hashcat"),
    ("b89eaac7e61417341b710b727768294d0e6a277b", "hashcat"),
    ("127e6fbfe24a750e72930c220a8e138275656b8e5d8f48a98c3c92df2caba935", "hashcat"),
    # Joomla, osCommerce, vBulletin old and newer, MyBB.
    ("19e0e8d91c722e7091ca7a6a6fb0f4fa:54718031842521651757785603028777", "hashcat"),
    ("374996a5e8a5e57fd97d893f7df79824:36", "hashcat"),
    ("16780ba78d2d5f02f3202901c1b6d975:568", "hashcat"),
    ("bf366348c53ddcfbd16e63edfdd1eee6:181264250056774603641874043270", "hashcat"),
    ("8d2129083ef35f4b365d5d87487e1207:47204", "hashcat"),
    # sha1: after, before, SMF, OpenCart, around the hash in hex.
    ("2fc5a684737ce1bf7b3b239df432416e0dd07357:2014", "hashcat"),
    ("cac35ec206d868b7d7cb0b55f31d9425b075082b:5363620024", "hashcat"),
    ("ecf076ce9d6ed3624a9332112b1cd67b236fdd11:17782686", "hashcat"),
    ("6e36dcfc6151272c797165fce21e68e7c7737e40:472433673", "hashcat"),
    ("a0f835fdf57d36ebd8d0399cc44e6c2b86a1072b:511358214352751667201107073531735211566650747315",
     "hashcat"),
    # sha256: after, before.
    ("c73d08de890479518ed60cf670d17faa26a4a71f995c1dcc978165399401a6c4:53743528", "hashcat"),
    ("eb368a2dfd38b405f014118c7d9747fcc97f4f0ee75c05963cd9da6ee65ef498:560407001617", "hashcat"),
]  # fmt: skip
QUICK = [
    example for example in EXAMPLES if "$wp$2y$12" not in example[0] and "argon2" not in example[0]
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
    # DES looks at eight characters only, and WordPress at none of the blanks around.
    assert not check_password("x" + password, encoded)
    assert not check_password("", encoded)


@pytest.mark.parametrize("stored", [stored for stored, _ in EXAMPLES])
def test_hash_in_a_binary_column_is_the_same(stored: str) -> None:
    step = steps.php_password().python
    assert step(stored.encode() + b"\0\0") == step(stored)


def test_password_opens_the_account_by_authenticate_and_is_upgraded(django_target: str) -> None:
    call_command("migrate", verbosity=0)
    fast = "django.contrib.auth.hashers.MD5PasswordHasher"
    with override_settings(PASSWORD_HASHERS=[fast, *LEGACY_HASHERS]):
        for number, (stored, password) in enumerate(QUICK):
            for wrap in (0, 10):
                name = f"user{number}_{wrap}"
                user = User.objects.create(username=name, password=migrated(stored, wrap=wrap))
                assert authenticate(username=name, password="x" + password) is None, stored
                user.refresh_from_db()
                assert not user.password.startswith("md5$")
                assert authenticate(username=name, password=password) == user, stored
                user.refresh_from_db()
                assert user.password.startswith("md5$")
                assert authenticate(username=name, password=password) == user


def test_phps_argon2_is_djangos_own_format() -> None:
    """Made as PHP's password_hash() does: both kinds, with its default costs."""
    argon2 = pytest.importorskip("argon2")
    for kind in (argon2.Type.I, argon2.Type.ID):
        hasher = argon2.PasswordHasher(
            time_cost=2, memory_cost=1024, parallelism=1, hash_len=32, salt_len=16, type=kind
        )
        stored = hasher.hash("pæssword")
        assert migrated(stored) == f"argon2{stored}"
        assert check_password("pæssword", migrated(stored))
        assert not check_password("password", migrated(stored))


def test_wordpress_hashes_a_password_without_the_blanks_around() -> None:
    """As its wp_hash_password(): base64 of an HMAC with SHA-384, which bcrypt then gets."""
    bcrypt = pytest.importorskip("bcrypt")
    digest = hmac.new(b"wp-sha384", "pæss word".encode(), "sha384").digest()
    made = bcrypt.hashpw(base64.b64encode(digest), bcrypt.gensalt(4)).decode()
    encoded = migrated("$wp" + made.replace("$2b$", "$2y$"))
    assert check_password("pæss word", encoded)
    assert check_password(" pæss word\n", encoded)
    assert not check_password("pæssword", encoded)
    assert not check_password("pæss word", migrated(made))


@pytest.mark.parametrize(
    ("versions", "make"),
    [
        ("0", lambda salt, text: hashlib.md5(salt + text)),
        ("1", lambda salt, text: hashlib.sha256(salt + text)),
        (
            "0:1",
            lambda salt, text: hashlib.sha256(salt + hashlib.md5(salt + text).hexdigest().encode()),
        ),
    ],
)
def test_magento_with_its_versions(versions: str, make: Any) -> None:
    salt = "3vB1yYfPDMLHIkV2pVNgwdTiNkXfZ9Bn"
    stored = f"{make(salt.encode(), b'secret').hexdigest()}:{salt}:{versions}"
    assert migrated(stored) == f"magento${stored}"
    assert check_password("secret", migrated(stored))
    assert not check_password("secret2", migrated(stored))


@pytest.mark.parametrize("version", ["2", "3_32_2_67108864", "1:2"])
def test_magento_with_argon2(version: str) -> None:
    low_level = pytest.importorskip("argon2.low_level")
    salt = "3vB1yYfPDMLHIkV2pVNgwdTiNkXfZ9Bn"
    text = b"secret"
    if version.startswith("1:"):
        text = hashlib.sha256(salt.encode() + text).hexdigest().encode()
    raw = low_level.hash_secret_raw(text, salt[:16].encode(), 2, 65536, 1, 32, low_level.Type.ID)
    stored = f"{raw.hex()}:{salt}:{version}"
    assert check_password("secret", migrated(stored))
    assert not check_password("secret2", migrated(stored))


@pytest.mark.parametrize(("digest", "length"), [("sha512", 64), ("sha256", 32), ("sha1", 20)])
def test_mediawikis_pbkdf2_is_kept_short_enough_for_djangos_field(digest: str, length: int) -> None:
    salt, raw = os.urandom(16), b""
    raw = hashlib.pbkdf2_hmac(digest, b"secret", salt, 1000, length)
    parts = base64.b64encode(salt).decode(), base64.b64encode(raw).decode()
    stored = f":pbkdf2:{digest}:1000:{length}:{parts[0]}:{parts[1]}"
    assert check_password("secret", migrated(stored))
    assert not check_password("secret2", migrated(stored))


def test_hash_and_salt_of_two_columns_are_one_text() -> None:
    salt = 'a:1"é '
    for charset in ("utf-8", "cp1252"):
        inner = hashlib.md5(b"secret").hexdigest().encode()
        stored = hashlib.md5(inner + salt.encode(charset)).hexdigest()
        for wrap in (0, 10):
            encoded = migrated(f"{stored}:{salt}", wrap=wrap)
            assert check_password("secret", encoded)
            assert not check_password("secret2", encoded)


def test_crypt_stops_at_a_nul_as_phps_does() -> None:
    assert check_password("hashcat\0more", migrated("48c/R8JAv757A"))
    assert check_password("hashcat\0more", migrated("$1$28772684$iEwNOgGugqO9.bIz5sk8k/"))


def test_des_takes_eight_characters() -> None:
    assert check_password("rasmuslerdorf and more", migrated("rl.3StKT.4T8M"))


def test_old_bcrypt_beyond_ascii_is_never_guessed() -> None:
    """$2x$ took such characters for others: to try them as they are would be another password."""
    bcrypt = pytest.importorskip("bcrypt")
    made = bcrypt.hashpw("pæssword".encode(), bcrypt.gensalt(4)).decode()
    assert not check_password("pæssword", migrated(made.replace("$2b$", "$2x$")))


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


def test_bcrypt_without_its_package_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bcrypt", None)
    with pytest.raises(ImproperlyConfigured, match=r"pip install bcrypt"):
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
    "stored",
    [
        stored
        for stored, password in EXAMPLES
        if password == "hashcat" and stored[0] not in "$:_" and len(stored) != 13
    ],
)
def test_wrapped_hash_is_the_same_every_time_and_hides_the_old_one(stored: str) -> None:
    encoded = migrated(stored, wrap=1000)
    assert encoded == migrated(stored, wrap=1000)
    assert encoded.split("$")[1] == "1000"
    assert stored.lower().partition(":")[0].removeprefix("*") not in encoded
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
        "*94BDCEBE19083CE2A1F959FD02F964C7AF4CFC2",
        "administrator",
        "$1$toolongsalt$iEwNOgGugqO9.bIz5sk8k/",
        ":pbkdf2:sha512:1000:64:c2FsdA==:A",
        "$argon2id$v=19$m=65536",
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
    assert not check_password("x", "crypt$")
    assert not check_password("x", "crypt$$1$")
    assert not check_password("x", "mediawiki$nonsense")
    assert not check_password("x", "mediawiki$:pbkdf2:sha9:1000:64:c2FsdA==:A")
    assert not check_password("x", "mediawiki$:pbkdf2:sha1:1:20:c2FsdA==:")
    assert not check_password("x", "mediawiki$:B:a:b:c")
    assert not check_password("x", "magento$")
    assert not check_password("x", "magento$x:y:9")
    assert not check_password("a" * 32, f"magento${'a' * 32}:salt")
    assert not check_password("x", "pbkdf2_php_md5$")
    assert not check_password("x", "pbkdf2_php_salted_md5$x$y$z")


@pytest.mark.parametrize("path", [path for path in LEGACY_HASHERS if "django" not in path])
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
