"""Database URLs: the legacy database's, and the target's as Django wants it.

    mysql://user:password@host:3306/shop?charset=utf8mb4&ssl_ca=/etc/ca.pem
    mariadb://user@/shop?unix_socket=/run/mysqld/mysqld.sock
    mysql://root@localhost/shop?private_server=/srv/shop/.delamp/legacy
    postgresql://user:password@host:5432/shop?sslmode=require
    postgresql:///shop?host=/run/postgresql

Every part may be percent-encoded. Errors quote nothing but scheme and option names: a password
with an unescaped `#` or `/` ends up in any other part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from mappings.errors import nearest
from migrate.errors import ConfigError

__all__ = ["SourceUrl", "parse_source_url", "parse_target_url"]

_SOURCE_SCHEMES = ("mysql", "mariadb")
_TARGET_SCHEMES = ("postgresql", "postgres")
_ESCAPE = "write special characters of user and password as %XX, such as %40 for @ and %23 for #"

_SSL_MODES: Mapping[str, Mapping[str, bool]] = {
    "disabled": {"ssl": False},
    "required": {"ssl": True},
    "verify_ca": {"ssl": True, "ssl_verify_cert": True},
    "verify_identity": {"ssl": True, "ssl_verify_cert": True, "ssl_verify_identity": True},
}
_FLAGS = ("ssl", "ssl_verify_cert", "ssl_verify_identity")
_TEXTS = (
    "unix_socket", "private_server", "charset", "ssl_ca", "ssl_cert", "ssl_key",
    "ssl_key_password",
)  # fmt: skip
_SOURCE_OPTIONS = (*_FLAGS, *_TEXTS, "ssl_mode", "connect_timeout")

# What libpq takes in a connection string; Django hands its OPTIONS on to it.
_TARGET_OPTIONS = (
    "application_name", "channel_binding", "client_encoding", "connect_timeout", "gssencmode",
    "host", "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval",
    "krbsrvname", "options", "passfile", "password", "port", "service", "sslcert", "sslcrl",
    "sslkey", "sslmode", "sslpassword", "sslrootcert", "target_session_attrs",
    "tcp_user_timeout", "user",
)  # fmt: skip


_CHARSETS = ("utf8mb4", "utf8", "utf8mb3")
"""What an application may have in its URL without meaning anything that delamp would not do."""


@dataclass(frozen=True, kw_only=True)
class SourceUrl:
    """Where the legacy database is and how to log in. `unix_socket` wins over `host`."""

    database: str
    host: str = "127.0.0.1"
    port: int = 3306
    user: str = ""
    password: str = field(default="", repr=False)
    unix_socket: str | None = None
    private_server: str | None = None
    """Folder of a private server, started when it does not run; it wins over socket and host."""
    charset: str | None = None
    """utf8mb4 or None: what a connection of delamp always is, whatever the tables are."""
    ssl: bool | None = None
    """True: the connection must be encrypted; False: it must not; None: if the server can."""
    ssl_ca: str | None = None
    ssl_cert: str | None = None
    ssl_key: str | None = None
    ssl_key_password: str | None = field(default=None, repr=False)
    ssl_verify_cert: bool | None = None
    """None: verified when `ssl_ca` is given."""
    ssl_verify_identity: bool = False
    connect_timeout: int = 10

    @property
    def redacted(self) -> str:
        """The URL for people and for the ledger: where and who, without any password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        # With a socket the host says nothing.
        place = "" if self.unix_socket or self.private_server else f"{host}:{self.port}"
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        socket = f"?unix_socket={quote(self.unix_socket, safe='/')}" if self.unix_socket else ""
        if self.private_server:
            socket = f"?private_server={quote(self.private_server, safe='/')}"
        return f"mysql://{user}{place}/{quote(self.database, safe='')}{socket}"


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """A URL taken apart and unescaped."""

    user: str
    password: str
    host: str
    port: int | None
    database: str
    options: dict[str, str]


def parse_source_url(url: str, *, where: str = "source URL") -> SourceUrl:
    """Read a `mysql://` or `mariadb://` URL. Raises ConfigError, which `where` begins."""
    parts = _split(url, where, _SOURCE_SCHEMES, _SOURCE_OPTIONS)
    if not parts.database:
        raise ConfigError(
            f"{where}: no database named, got an empty path (expected …/DATABASE)",
            hint="add the database to the end: mysql://user:password@host/shop",
        )
    given: dict[str, Any] = {name: parts.options[name] for name in _TEXTS if name in parts.options}
    # A certificate file asks for TLS; `ssl` and `ssl_mode` are read after it, so that they win.
    if any(name in given for name in ("ssl_ca", "ssl_cert", "ssl_key")):
        given["ssl"] = True
    if "ssl_mode" in parts.options:
        given |= _ssl_mode(parts.options["ssl_mode"], where)
    for name in _FLAGS:
        if name in parts.options:
            given[name] = _flag(name, parts.options[name], where)
    if "ssl" not in parts.options and (
        given.get("ssl_verify_cert") or given.get("ssl_verify_identity")
    ):
        given["ssl"] = True
    if "connect_timeout" in parts.options:
        given["connect_timeout"] = _whole(
            "connect_timeout", parts.options["connect_timeout"], where
        )
    if given.get("charset", "utf8mb4") not in _CHARSETS:
        raise ConfigError(
            f"{where}: charset cannot be chosen, got {given['charset']!r} (expected 'utf8mb4')",
            hint="leave it out: each column is read in its own charset; where bytes of another"
            " were stored in it, put steps.repair_charset on the column",
        )
    return SourceUrl(
        database=parts.database,
        host=parts.host or "127.0.0.1",
        port=parts.port or 3306,
        user=parts.user,
        password=parts.password,
        **given,
    )


def parse_target_url(url: str, *, where: str = "DATABASE_URL") -> dict[str, Any]:
    """Read a `postgresql://` URL into an entry of Django's `DATABASES`. Raises ConfigError.

    For settings files: `DATABASES = {"default": parse_target_url(os.environ["DATABASE_URL"])}`.
    """
    parts = _split(url, where, _TARGET_SCHEMES, _TARGET_OPTIONS)
    options: dict[str, Any] = dict(parts.options)
    entry: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.database,
        "USER": options.pop("user", parts.user),
        "PASSWORD": options.pop("password", parts.password),
        "HOST": options.pop("host", parts.host),
        "PORT": options.pop("port", str(parts.port or "")),
    }
    if "connect_timeout" in options:
        options["connect_timeout"] = _whole("connect_timeout", options["connect_timeout"], where)
    if not entry["NAME"] and "service" not in options:
        raise ConfigError(
            f"{where}: no database named, got an empty path (expected …/DATABASE)",
            hint="add the database to the end: postgresql://user:password@host/shop",
        )
    return entry | ({"OPTIONS": options} if options else {})


def _split(url: str, where: str, schemes: tuple[str, ...], known: tuple[str, ...]) -> _Parts:
    """Take a URL apart by hand: urllib would lower the host, which may be a socket's folder."""
    scheme, separator, rest = url.strip().partition("://")
    if not separator or scheme.lower() not in schemes:
        got = repr(scheme) if separator else "no scheme"
        expected = " or ".join(f"{name}://" for name in schemes)
        hint = nearest(scheme, schemes) if separator else None
        raise ConfigError(
            f"{where}: not a database URL, got {got} (expected {expected})", hint=hint
        )
    address, _, query = rest.partition("?")
    place, _, path = address.partition("/")
    login, _, place = place.rpartition("@")
    user, _, password = login.partition(":")
    if place.startswith("["):
        host, _, port = place[1:].partition("]")
        port = port.removeprefix(":")
    else:
        host, _, port = place.partition(":")
    if "/" in path or "@" in path or "#" in url or (port and not port.isdecimal()):
        raise ConfigError(f"{where}: cannot be taken apart", hint=_ESCAPE)
    return _Parts(
        user=unquote(user),
        password=unquote(password),
        host=unquote(host),
        port=_port(port, where),
        database=unquote(path),
        options=_options(query, where, known),
    )


def _options(query: str, where: str, known: tuple[str, ...]) -> dict[str, str]:
    """The query, its names in their own spelling (`ssl-mode` is MySQL's own), each known."""
    found: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        name, separator, value = pair.partition("=")
        name = unquote(name).replace("-", "_").lower()
        if not name.isidentifier():
            raise ConfigError(f"{where}: cannot be taken apart", hint=_ESCAPE)
        if name not in known:
            raise ConfigError(
                f"{where}: unknown option, got {name!r}",
                hint=nearest(name, known) or f"use one of {', '.join(known)}",
            )
        if not separator:
            raise ConfigError(f"{where}: option {name} has no value (expected {name}=…)")
        found[name] = unquote(value)
    return found


def _port(text: str, where: str) -> int | None:
    if not text:
        return None
    if not 0 < int(text) < 65536:
        raise ConfigError(f"{where}: no such port, got {text} (expected 1 to 65535)")
    return int(text)


def _ssl_mode(text: str, where: str) -> Mapping[str, bool]:
    mode = text.lower().replace("-", "_")
    if mode not in _SSL_MODES:
        raise ConfigError(
            f"{where}: ssl_mode has no such choice, got {text!r}",
            hint=nearest(mode, _SSL_MODES) or f"use one of {', '.join(_SSL_MODES)}",
        )
    return _SSL_MODES[mode]


def _flag(name: str, text: str, where: str) -> bool:
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("0", "false", "no", "off"):
        return False
    raise ConfigError(
        f"{where}: {name} is neither yes nor no, got {text!r} (expected true or false)"
    )


def _whole(name: str, text: str, where: str) -> int:
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise ConfigError(f"{where}: {name} is no number of seconds, got {text!r} (expected 1 or more)")
