"""`DELAMP`, the environment over it, flags over both."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from migrate.config import ENVIRONMENT, KEYS, check_settings, check_target, load_config
from migrate.errors import ConfigError


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ENVIRONMENT:
        monkeypatch.delenv(variable, raising=False)


def test_without_settings_every_key_has_its_default() -> None:
    config = load_config()
    assert (config.readers, config.processes, config.max_rejects) == (2, None, 10_000)
    assert (config.chunk_bytes, config.maintenance_work_mem) == (4 * 1024 * 1024, "256MB")
    assert config.show_values is False
    assert config.database is not settings.DATABASES["default"]
    assert config.database["NAME"] == settings.DATABASES["default"]["NAME"]


def test_environment_is_over_settings_and_flags_are_over_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = {"READERS": 3, "MAX_REJECTS": 3, "PROCESSES": 3, "SOURCE": "mysql://settings/db"}
    monkeypatch.setenv("DELAMP_MAX_REJECTS", "4")
    monkeypatch.setenv("DELAMP_PROCESSES", "4")
    with override_settings(DELAMP=given):
        config = load_config(processes=5, readers=None)
    assert (config.readers, config.max_rejects, config.processes) == (3, 4, 5)


@pytest.mark.parametrize(
    ("variables", "flag", "host"),
    [
        ({}, None, "settings"),
        ({"LEGACY_URL": "mysql://legacy/db"}, None, "legacy"),
        ({"LEGACY_URL": "mysql://legacy/db", "DELAMP_SOURCE": "mysql://own/db"}, None, "own"),
        ({"DELAMP_SOURCE": "mysql://own/db"}, "mysql://flag/db", "flag"),
        ({"LEGACY_URL": ""}, None, "settings"),
    ],
)
def test_source_comes_from_the_strongest_place(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], flag: str | None, host: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with override_settings(DELAMP={"SOURCE": "mysql://settings/db"}):
        assert load_config(source=flag).source.host == host


def test_missing_source_is_an_error_only_when_it_is_needed() -> None:
    config = load_config()
    with pytest.raises(ConfigError, match="no legacy database named") as caught:
        _ = config.source
    assert "LEGACY_URL" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("given", "code", "where", "hint"),
    [
        ({"REDERS": 2}, "delamp.E002", "DELAMP['REDERS']", "use 'READERS'"),
        ({"XYZZY": 2}, "delamp.E002", "DELAMP['XYZZY']", "use one of SOURCE"),
        ({"READERS": 0}, "delamp.E003", "DELAMP['READERS']", None),
        ({"READERS": True}, "delamp.E003", "DELAMP['READERS']", None),
        ({"READERS": "two"}, "delamp.E003", "DELAMP['READERS']", None),
        ({"PROCESSES": -1}, "delamp.E003", "DELAMP['PROCESSES']", None),
        ({"MAX_REJECTS": -1}, "delamp.E003", "DELAMP['MAX_REJECTS']", None),
        ({"CHUNK_BYTES": "1kB"}, "delamp.E003", "DELAMP['CHUNK_BYTES']", None),
        ({"CHUNK_BYTES": "1GB"}, "delamp.E003", "DELAMP['CHUNK_BYTES']", None),
        (
            {"MAINTENANCE_WORK_MEM": "1; DROP TABLE x"},
            "delamp.E003",
            "DELAMP['MAINTENANCE_WORK_MEM']",
            None,
        ),
        ({"SHOW_VALUES": "perhaps"}, "delamp.E003", "DELAMP['SHOW_VALUES']", None),
        ({"SOURCE": "mysql://h/db?sssl=1"}, "delamp.E003", "DELAMP['SOURCE']", "use 'ssl'"),
        ({"TARGET": 7}, "delamp.E003", "DELAMP['TARGET']", None),
        (["READERS"], "delamp.E001", "DELAMP", None),
    ],
)
def test_wrong_setting_is_reported_with_its_place(
    given: Any, code: str, where: str, hint: str | None
) -> None:
    with override_settings(DELAMP=given):
        problems = check_settings()
        with pytest.raises(ConfigError) as caught:
            load_config()
    assert [(p.code, p.where) for p in problems] == [(code, where)]
    assert hint is None or str(problems[0].hint).startswith(hint)
    assert caught.value.message.startswith(where)


def test_all_wrong_settings_are_reported_at_once() -> None:
    with override_settings(DELAMP={"REDERS": 1, "PROCESSES": 0}), pytest.raises(ConfigError) as e:
        load_config()
    assert "DELAMP['REDERS']" in e.value.message
    assert "DELAMP['PROCESSES']" in e.value.message


def test_wrong_source_never_shows_its_password() -> None:
    with override_settings(DELAMP={"SOURCE": "mysql://u:s3cret#x@h/db"}):
        problems = check_settings()
        with pytest.raises(ConfigError) as caught:
            load_config()
    assert problems
    assert "s3cret" not in f"{problems} {caught.value}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("65536", 65536), ("64k", 65536), ("4MiB", 4194304), ("4 MB", 4194304), (65536, 65536)],
)
def test_chunk_bytes_takes_units(text: object, expected: int) -> None:
    with override_settings(DELAMP={"CHUNK_BYTES": text}):
        assert load_config().chunk_bytes == expected


def test_none_means_as_if_not_said() -> None:
    with override_settings(DELAMP=dict.fromkeys(KEYS)):
        assert load_config() == load_config()
        assert check_settings() == []


@pytest.mark.parametrize(
    ("databases", "target", "code"),
    [
        ({"default": {"ENGINE": "django.db.backends.postgresql"}}, "new", "delamp.E004"),
        ({"default": {"ENGINE": "django.db.backends.sqlite3"}}, "default", "delamp.E005"),
        ({"default": {"ENGINE": "django.db.backends.mysql"}}, "default", "delamp.E005"),
        ({"default": {"ENGINE": "django.contrib.gis.db.backends.postgis"}}, "default", None),
        ({"default": {}, "new": {"ENGINE": "django.db.backends.postgresql"}}, "new", None),
    ],
)
def test_target_must_be_a_postgresql_of_databases(
    monkeypatch: pytest.MonkeyPatch, databases: Any, target: str, code: str | None
) -> None:
    monkeypatch.setattr(settings, "DATABASES", databases)
    with override_settings(DELAMP={"TARGET": target}):
        assert [p.code for p in check_target()] == ([code] if code else [])
        if code:
            with pytest.raises(ConfigError):
                _ = load_config().database


@pytest.mark.parametrize("variable", ENVIRONMENT)
def test_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "")
    # As settings write it: os.environ.get("LEGACY_URL").
    with override_settings(DELAMP={"SOURCE": ""}):
        assert load_config(source="").source_url is None
        assert check_settings() == []
