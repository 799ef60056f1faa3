"""Set Django up, load the fixtures, skip what needs data that are not there."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import django
import pytest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.testproject.settings")
django.setup()

from migrate.servers import ServerError  # noqa: E402
from migrate.servers.mysql56 import unpack_mysql56  # noqa: E402

pytest_plugins = ["tests.fix_servers"]

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("data") and not SHARED_DATA.is_dir():
        pytest.skip("no legacy databases in ../shared/data")
    if item.get_closest_marker("mysql56") and (reason := why_no_mysql56()):
        pytest.skip(reason)


@functools.cache
def why_no_mysql56() -> str:
    """Why MySQL 5.6 cannot be had, or nothing; in CI a missing server fails the tests instead."""
    if os.environ.get("MYSQL_URL"):
        return ""
    try:
        unpack_mysql56()
    except ServerError as exc:
        if not os.environ.get("CI"):
            return str(exc.args[0])
    return ""


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real legacy databases; for tests marked `data`."""
    return SHARED_DATA
