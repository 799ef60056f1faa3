"""delamp's settings: `DELAMP` in Django's settings, the environment over it, flags over both."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from mappings.errors import Problem, nearest
from migrate.errors import ConfigError
from migrate.setting_values import boolean, count, memory, positive, seconds, size, text
from migrate.urls import SourceUrl, parse_source_url

__all__ = ["ENVIRONMENT", "KEYS", "Config", "check_settings", "check_target", "load_config"]

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Config:
    """What a command needs to know; each field is a key of `DELAMP`, in capitals there."""

    source_url: SourceUrl | None = None
    """The legacy database: `SOURCE`."""
    php_url: SourceUrl | None = None
    """The legacy database as PHP logs in: a cutover tries a write, which must be refused."""
    target: str = "default"
    """Alias in `DATABASES`."""
    readers: int = 2
    """Connections that read one snapshot, each with its own COPY."""
    processes: int | None = None
    """Processes for the columns that need Python; None: as many as there are processors."""
    max_rejects: int = 10_000
    """A run with more rejected rows than this stops."""
    chunk_bytes: int = 4 * MIB
    """Bytes of COPY text in one chunk, about."""
    maintenance_work_mem: str = "256MB"
    """PostgreSQL's memory for building an index, while indexes are restored."""
    grace: float = 0
    """Seconds after which `verify` looks again at what differs, on a source that is written to."""
    show_values: bool = False
    """Whether messages may hold values of rows."""
    keep_values_days: int | None = None
    """Source values in quarantine are forgotten after so many days; None: never."""

    @property
    def source(self) -> SourceUrl:
        """The legacy database. Raises ConfigError when none is named."""
        if self.source_url is None:
            raise ConfigError(
                "settings: no legacy database named, got neither LEGACY_URL nor DELAMP['SOURCE']",
                hint="set LEGACY_URL=mysql://user:password@host/database, or pass --source",
            )
        return self.source_url

    @property
    def database(self) -> dict[str, Any]:
        """The target's entry of `DATABASES`. Raises ConfigError unless it is PostgreSQL."""
        for problem in _target_problems(self.target):
            raise ConfigError(f"{problem.where}: {problem.message}", hint=problem.hint)
        return dict(settings.DATABASES[self.target])


def _source(value: object) -> SourceUrl:
    return parse_source_url(text(value), where="DELAMP['SOURCE']")


def _php_source(value: object) -> SourceUrl:
    return parse_source_url(text(value), where="DELAMP['PHP_SOURCE']")


KEYS: Mapping[str, tuple[str, Callable[[object], Any]]] = {
    "SOURCE": ("source_url", _source),
    "PHP_SOURCE": ("php_url", _php_source),
    "TARGET": ("target", text),
    "READERS": ("readers", positive),
    "PROCESSES": ("processes", positive),
    "MAX_REJECTS": ("max_rejects", count),
    "CHUNK_BYTES": ("chunk_bytes", size),
    "MAINTENANCE_WORK_MEM": ("maintenance_work_mem", memory),
    "GRACE": ("grace", seconds),
    "SHOW_VALUES": ("show_values", boolean),
    "KEEP_VALUES_DAYS": ("keep_values_days", count),
}
"""Each key of `DELAMP`, its field of `Config`, and what reads its value (ValueError: expected)."""

ENVIRONMENT: Mapping[str, str] = {"LEGACY_URL": "SOURCE"} | {f"DELAMP_{key}": key for key in KEYS}
"""Environment variables and the keys that they set; a later one wins."""


def load_config(**flags: Any) -> Config:
    """The settings of this process. A flag is named as its key in small letters; None: not given.

    Django's settings must be configured. Raises ConfigError, with every mistake; a missing
    source is none until `Config.source` is asked for.
    """
    problems: list[Problem] = []
    values = _read(getattr(settings, "DELAMP", {}), "DELAMP[{!r}]", problems)
    for variable, key in ENVIRONMENT.items():
        if os.environ.get(variable):
            values |= _read({key: os.environ[variable]}, variable, problems)
    for name, value in flags.items():
        if value is not None:
            values |= _read({name.upper(): value}, f"--{name.replace('_', '-')}", problems)
    if problems:
        raise _config_error(problems)
    return Config(**values)


def check_settings() -> list[Problem]:
    """What is wrong with `DELAMP` itself, for Django's system checks."""
    problems: list[Problem] = []
    _read(getattr(settings, "DELAMP", {}), "DELAMP[{!r}]", problems)
    return problems


def check_target() -> list[Problem]:
    """Whether the target that `DELAMP` names is a PostgreSQL of `DATABASES`; connects nowhere."""
    values = _read(getattr(settings, "DELAMP", {}), "DELAMP[{!r}]", [])
    return _target_problems(values.get("target", "default"))


def _read(given: object, where: str, problems: list[Problem]) -> dict[str, Any]:
    """The fields that `given` sets. `where` names the place, with {} for the key if need be."""
    values: dict[str, Any] = {}
    if not isinstance(given, Mapping):
        message = f"not a dictionary, got {type(given).__name__} (expected {{'SOURCE': …}})"
        problems.append(Problem(code="delamp.E001", where="DELAMP", message=message))
        return values
    for key, value in given.items():
        place = where.format(key)
        if key not in KEYS:
            hint = nearest(str(key), KEYS) or f"use one of {', '.join(KEYS)}"
            problem = Problem(code="delamp.E002", where=place, message="unknown key", hint=hint)
            problems.append(problem)
            continue
        name, read = KEYS[key]
        # "As if not said", so that settings may pass os.environ.get(…) on; a variable that is set
        # to nothing is how shells and compose files say that it is not.
        if value is None or (key.endswith("SOURCE") and value == ""):
            continue
        try:
            values[name] = read(value)
        except ConfigError as error:
            message = error.message.partition(": ")[2]
            problems.append(
                Problem(code="delamp.E003", where=place, message=message, hint=error.hint)
            )
        except ValueError as error:
            got = "" if key.endswith("SOURCE") else f", got {value!r}"
            message = f"wrong value{got} (expected {error})"
            problems.append(Problem(code="delamp.E003", where=place, message=message))
    return values


def _target_problems(alias: str) -> list[Problem]:
    where = "DELAMP['TARGET']"
    if alias not in settings.DATABASES:
        known = ", ".join(map(repr, settings.DATABASES))
        message = f"no such database, got {alias!r} (expected an alias in DATABASES: {known})"
        hint = nearest(alias, settings.DATABASES)
        return [Problem(code="delamp.E004", where=where, message=message, hint=hint)]
    engine = settings.DATABASES[alias].get("ENGINE", "")
    # Other backends wrap Django's own (PostGIS, connection pools, metrics) and keep its name.
    if "postg" not in engine:
        message = f"not PostgreSQL, got {engine!r} (expected 'django.db.backends.postgresql')"
        hint = "point DELAMP['TARGET'] to the alias of the PostgreSQL database"
        return [Problem(code="delamp.E005", where=where, message=message, hint=hint)]
    return []


def _config_error(problems: list[Problem]) -> ConfigError:
    first, *others = problems
    if not others:
        return ConfigError(f"{first.where}: {first.message}", hint=first.hint)
    lines = [f"{p.where}: {p.message}" + (f"; {p.hint}" if p.hint else "") for p in problems]
    return ConfigError("\n".join(lines))
