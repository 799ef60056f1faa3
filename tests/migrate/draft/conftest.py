"""Databases for the draft's tests."""

from __future__ import annotations

import pytest


@pytest.fixture(
    params=[
        pytest.param("source_db", id="mariadb"),
        pytest.param("source_db56", id="mysql56", marks=pytest.mark.mysql56),
    ]
)
def legacy_db(request: pytest.FixtureRequest) -> str:
    """The address of an empty legacy database, on each of the two servers."""
    url: str = request.getfixturevalue(request.param)
    return url
