"""Steps that reject nothing, on both servers: what Django reads back is what Python had said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings import steps
from mappings.steps.base import Step
from tests.fix_servers import DatabaseServer, fresh_database
from tests.mappings.steps.test_php_serialize import serialized, trees
from tests.mappings.steps.test_php_unserialize import BYTES, DEEP, TEXTS
from tests.mappings.types.checker import Checker

STEPS = {
    "serialize": steps.php_unserialize(plain="text"),
    "unwrap": steps.php_unserialize(plain="text", unwrap=True),
    "session": steps.php_session(plain="text"),
    "json": steps.parse_json(plain="text"),
}


@pytest.fixture(scope="module")
def checker(mariadb: DatabaseServer, postgres: DatabaseServer) -> Iterator[Checker]:
    for source in fresh_database(mariadb):
        for target in fresh_database(postgres):
            opened = Checker(source, target)
            yield opened
            opened.close()


def as_bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")


def is_text(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize("ddl", ["LONGTEXT CHARACTER SET utf8mb4 NOT NULL", "LONGBLOB NOT NULL"])
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_hostile_values_load_and_read_back(checker: Checker, step: Step, ddl: str) -> None:
    values = [as_bytes(value) for value in [*DEEP, "", "N;", "b:0;", "null", "x|N;", "d:-0.0;"]]
    if "TEXT" in ddl:
        values = [value for value in values if is_text(value)]
    codes = checker.check(ddl, models.JSONField(), values, steps=[step])
    assert set(codes.values()) == {None}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_drawn_values_load_and_read_back(checker: Checker, step: Step) -> None:
    prepared = checker.prepare("LONGBLOB NOT NULL", models.JSONField(), steps=[step])
    drawn = st.lists(st.one_of(TEXTS, BYTES).map(as_bytes), min_size=100, max_size=200)

    @settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
    @given(values=drawn)
    def check(values: list[bytes]) -> None:
        assert set(prepared.check(values).values()) == {None}

    check()


def test_trees_load_and_read_back_by_the_strict_step(checker: Checker) -> None:
    step = steps.php_unserialize()
    prepared = checker.prepare("LONGBLOB", models.JSONField(null=True), steps=[step])

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(values=st.lists(trees.map(serialized), min_size=50, max_size=100))
    def check(values: list[bytes]) -> None:
        assert set(prepared.check(values).values()) == {None}

    check()
