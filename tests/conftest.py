"""Set Django up, load the fixtures, skip what needs data that are not there."""

from __future__ import annotations

import os
from pathlib import Path

import django
import pytest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.testproject.settings")
django.setup()

pytest_plugins = ["tests.fix_servers"]

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("data") and not SHARED_DATA.is_dir():
        pytest.skip("no legacy databases in ../shared/data")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real legacy databases; for tests marked `data`."""
    return SHARED_DATA
