"""Database URLs."""

from __future__ import annotations

from typing import Any

import pytest

from migrate.errors import ConfigError
from migrate.urls import parse_source_url, parse_target_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mysql://u:p@h:3307/shop", {"user": "u", "password": "p", "host": "h", "port": 3307}),
        ("mariadb://h/shop", {"user": "", "host": "h", "port": 3306}),
        ("mysql:///shop", {"host": "127.0.0.1", "unix_socket": None}),
        ("MySQL://h/shop", {"host": "h"}),
        (
            "mysql://u%40x:p%3A%2F%23%40@h/my%2Fdb",
            {"user": "u@x", "password": "p:/#@", "database": "my/db"},
        ),
        ("mysql://u:p@ss@h/shop", {"user": "u", "password": "p@ss", "host": "h"}),
        ("mysql://u:a:b@h/shop", {"password": "a:b"}),
        ("mysql://u@[::1]:3307/shop", {"host": "::1", "port": 3307}),
        (
            "mysql://r@localhost/shop?unix_socket=/tmp/A+b%20c.sock",
            {"unix_socket": "/tmp/A+b c.sock"},
        ),
        ("mysql://h/shop?charset=utf8", {"charset": "utf8"}),
        ("mysql://h/shop?connect_timeout=3", {"connect_timeout": 3}),
        ("mysql://h/shop", {"ssl": None, "ssl_verify_cert": None}),
        ("mysql://h/shop?ssl=true", {"ssl": True}),
        ("mysql://h/shop?ssl=false", {"ssl": False}),
        ("mysql://h/shop?ssl_ca=/ca.pem", {"ssl": True, "ssl_ca": "/ca.pem"}),
        ("mysql://h/shop?ssl_verify_identity=1", {"ssl": True, "ssl_verify_identity": True}),
        ("mysql://h/shop?ssl-mode=REQUIRED", {"ssl": True, "ssl_verify_cert": None}),
        ("mysql://h/shop?ssl-mode=VERIFY_CA", {"ssl": True, "ssl_verify_cert": True}),
        ("mysql://h/shop?ssl_mode=disabled", {"ssl": False}),
    ],
)
def test_source_url_is_taken_apart(url: str, expected: dict[str, Any]) -> None:
    parsed = parse_source_url(url)
    assert {name: getattr(parsed, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("url", "message", "hint"),
    [
        ("postgresql://h/shop", "got 'postgresql' (expected mysql:// or mariadb://)", None),
        ("mysq://h/shop", "got 'mysq'", "use 'mysql'"),
        ("h/shop", "got no scheme", None),
        ("mysql://h", "no database named", "add the database"),
        ("mysql://h/", "no database named", "add the database"),
        ("mysql://h/shop?unix_soket=/x", "unknown option, got 'unix_soket'", "use 'unix_socket'"),
        ("mysql://h/shop?charset=latin1", "charset cannot be chosen", "leave it out"),
        ("mysql://h/shop?ssl", "option ssl has no value", None),
        ("mysql://h/shop?ssl=perhaps", "ssl is neither yes nor no, got 'perhaps'", None),
        ("mysql://h/shop?ssl_mode=verify", "ssl_mode has no such choice", "use "),
        ("mysql://h/shop?connect_timeout=soon", "no number of seconds", None),
        ("mysql://h:70000/shop", "no such port, got 70000", None),
    ],
)
def test_wrong_source_url_says_what_is_wrong(url: str, message: str, hint: str | None) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_source_url(url)
    assert message in caught.value.message
    assert caught.value.message.startswith("source URL: ")
    assert hint is None or hint in str(caught.value.hint)


@pytest.mark.parametrize(
    "password", ["s3cret#x", "s3cret/x", "s3cret?x", "s3cret/x?y", "s3cret%zz/"]
)
@pytest.mark.parametrize("scheme", ["mysql", "postgresql", "oracle"])
def test_unescaped_password_never_shows_in_the_error(scheme: str, password: str) -> None:
    parse = parse_target_url if scheme == "postgresql" else parse_source_url
    with pytest.raises(ConfigError) as caught:
        parse(f"{scheme}://u:{password}@h/shop")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "redacted"),
    [
        ("mysql://u:s3cret@h:3307/shop", "mysql://u@h:3307/shop"),
        (
            "mysql://u:s3cret@localhost/shop?unix_socket=/tmp/m.sock&ssl_key_password=s3cret",
            "mysql://u@/shop?unix_socket=/tmp/m.sock",
        ),
        ("mariadb://u%40x:s3cret@[::1]/a%2Fb", "mysql://u%40x@[::1]:3306/a%2Fb"),
    ],
)
def test_password_shows_neither_in_redacted_nor_in_repr(url: str, redacted: str) -> None:
    parsed = parse_source_url(url)
    assert parsed.redacted == redacted
    assert "s3cret" not in repr(parsed)
    assert parse_source_url(redacted).redacted == redacted


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://u:p@h:5433/shop",
            {"NAME": "shop", "USER": "u", "PASSWORD": "p", "HOST": "h", "PORT": "5433"},
        ),
        ("postgres:///shop?host=/run/Pg&port=5433", {"HOST": "/run/Pg", "PORT": "5433"}),
        ("postgresql://%2Frun%2FPg/shop", {"HOST": "/run/Pg"}),
        (
            "postgresql://h/shop?sslmode=require&connect_timeout=3",
            {"OPTIONS": {"sslmode": "require", "connect_timeout": 3}},
        ),
        ("postgresql:///?service=shop", {"NAME": "", "OPTIONS": {"service": "shop"}}),
        ("postgresql://h/shop?user=u%40x&password=p", {"USER": "u@x", "PASSWORD": "p"}),
    ],
)
def test_target_url_becomes_an_entry_of_databases(url: str, expected: dict[str, Any]) -> None:
    entry = parse_target_url(url)
    assert entry["ENGINE"] == "django.db.backends.postgresql"
    assert {name: entry[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://h/shop", "DATABASE_URL: not a database URL"),
        ("postgresql://h", "DATABASE_URL: no database named"),
        ("postgresql://h/shop?sslmod=require", "DATABASE_URL: unknown option, got 'sslmod'"),
    ],
)
def test_wrong_target_url_says_what_is_wrong(url: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_target_url(url)
