"""Hypothesis: hostile values of each family, many in one table, through all five faces."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mappings.target import TargetField
from tests.mappings.types.checker import Checker, field

PROFILE = settings(
    max_examples=8,
    phases=[Phase.generate],
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
BATCH = 60

HOSTILE = "\\\n\t\r\0'\"{}, ~N.é€\U0001f600"
texts = st.text(st.one_of(st.sampled_from(HOSTILE), st.characters(codec="utf-8")), max_size=12)
days = st.dates(datetime.date(1, 1, 1))


def quoted(value: object) -> str:
    return f"'{value}'"


def decimals(places: int, bound: int) -> st.SearchStrategy[str]:
    return st.decimals(-bound, bound, places=places).map(str)


def spans() -> st.SearchStrategy[str]:
    hours = st.integers(0, 838)
    parts = st.tuples(st.sampled_from(["", "-"]), hours, st.integers(0, 59), st.integers(0, 59))
    both = st.tuples(parts, st.integers(0, 999_999))
    return both.map(lambda p: quoted("{}{:03}:{:02}:{:02}".format(*p[0]) + f".{p[1]:06}"))


def partial_dates() -> st.SearchStrategy[str]:
    numbers = st.tuples(st.integers(0, 9999), st.integers(0, 12), st.integers(0, 31))
    return numbers.map(lambda p: "'{:04}-{:02}-{:02}'".format(*p))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)

FAMILIES: dict[str, tuple[str, TargetField, st.SearchStrategy[Any]]] = {
    "integers": (
        "BIGINT UNSIGNED",
        field("bigint"),
        st.integers(0, 2**64 - 1).map(str),
    ),
    "decimals": ("DECIMAL(20,6)", field("numeric", size=12, scale=4), decimals(6, 10**9)),
    "decimals to doubles": ("DECIMAL(30,15)", field("double precision"), decimals(15, 10**15 - 1)),
    "decimals to integers": ("DECIMAL(20,1)", field("bigint"), decimals(1, 10**18)),
    "doubles to decimals": (
        "DOUBLE",
        field("numeric", size=20, scale=3),
        (st.floats(-1e18, 1e18) | st.integers(-(10**9), 10**9).map(lambda n: n / 1000)).map(quoted),
    ),
    "floats": (
        "FLOAT",
        field("double precision"),
        st.floats(2.0**-13, 2.0**46, width=32).map(quoted),
    ),
    "bytes": ("BLOB", field("bytea"), st.binary(max_size=100)),
    "bytes to text": (
        "BLOB",
        field("varchar", size=8),
        st.binary(max_size=10) | texts.map(str.encode),
    ),
    "text": (
        "VARCHAR(40) CHARACTER SET utf8mb4",
        field("varchar", size=10),
        texts.map(str.encode),
    ),
    "latin1": ("VARCHAR(40) CHARACTER SET latin1", field("text"), st.binary(max_size=40)),
    "dates": ("DATE", field("date"), partial_dates() | days.map(quoted)),
    "datetimes": (
        "DATETIME(6)",
        field("text"),
        st.datetimes(datetime.datetime(1, 1, 1)).map(quoted),  # noqa: DTZ001
    ),
    "timestamps": (
        "TIMESTAMP(6) NULL",
        field("timestamp with time zone"),
        st.datetimes(datetime.datetime(1971, 1, 1), datetime.datetime(2037, 1, 1)).map(quoted),  # noqa: DTZ001
    ),
    "intervals": ("TIME(6)", field("interval"), spans()),
    "times": ("TIME(6)", field("time"), spans()),
    "sets": (
        "SET('a','b\"','c\\\\','{','e f')",
        field("text", array=True),
        st.integers(0, 31).map(str),
    ),
    "json": (
        "LONGTEXT CHARACTER SET utf8mb4",
        field("jsonb"),
        json_values.map(lambda value: json.dumps(value, ensure_ascii=False).encode()),
    ),
    "uuids": ("VARCHAR(60)", field("uuid"), st.uuids().map(lambda u: str(u).encode())),
    "addresses": (
        "VARCHAR(60)",
        field("inet"),
        st.ip_addresses().map(lambda ip: str(ip).encode()),
    ),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_all_faces_agree(checker: Checker, family: str) -> None:
    agree(checker, family)


@pytest.mark.mysql56
@pytest.mark.parametrize("family", FAMILIES)
def test_all_faces_agree_on_mysql56(checker56: Checker, family: str) -> None:
    agree(checker56, family)


def agree(checker: Checker, family: str) -> None:
    ddl, target, strategy = FAMILIES[family]

    @PROFILE
    @given(st.lists(strategy, min_size=BATCH, max_size=BATCH))
    def check(values: list[Any]) -> None:
        checker.check(ddl, target, values, unseen={"nul_byte"} if family == "json" else ())

    check()


@PROFILE
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=200, max_size=200))
def agree_on_doubles(checker: Checker, values: list[float]) -> None:
    """The value is always the same; the spelling differs in a few cases in ten thousand."""
    checker.check("DOUBLE", field("double precision"), [quoted(v) for v in values], spelled=False)


def test_all_faces_agree_on_the_value_of_a_double(checker: Checker) -> None:
    agree_on_doubles(checker=checker)
