"""Hypothesis: hostile values of each family, hundreds in one table, through all five faces.

Each list of values is checked on MariaDB and on MySQL 5.6, in a database of latin1 on one and of
utf8 on the other, by turns. The values are the same at every run, but for the slow test's.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, cycle
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.conftest import why_no_mysql56
from tests.fix_servers import DatabaseServer, connect_mysql, fresh_database
from tests.mappings.types.checker import Checker
from tests.mappings.types.hostile import FAMILIES

BATCH = 250
"""More at once, and Hypothesis gives up on the longest values."""
EXAMPLES = 8
MANY = 100

PROFILE = settings(
    max_examples=EXAMPLES,
    phases=[Phase.generate],
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def opened(server: DatabaseServer, postgres: DatabaseServer, charset: str) -> Iterator[Checker]:
    for source in fresh_database(server):
        with connect_mysql(source) as connection, connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE CHARACTER SET {charset}")
        for target in fresh_database(postgres):
            checker = Checker(source, target)
            yield checker
            checker.close()


Pairs = list[list[Checker]]


@pytest.fixture(scope="module")
def pairs(
    request: pytest.FixtureRequest, mariadb: DatabaseServer, postgres: DatabaseServer
) -> Iterator[Pairs]:
    """By turns: MariaDB in latin1 with MySQL 5.6 in utf8, and the other way round."""
    servers = [mariadb]
    if not why_no_mysql56():
        servers.append(request.getfixturevalue("mysql56"))
    makers = [
        [opened(server, postgres, charset) for server, charset in zip(servers, order, strict=False)]
        for order in (("latin1", "utf8"), ("utf8", "latin1"))
    ]
    yield [[next(maker) for maker in turn] for turn in makers]
    for turn in makers:
        for maker in turn:
            next(maker, None)


@pytest.mark.mysql56
def test_mysql56_takes_part(pairs: Pairs, mysql56: DatabaseServer) -> None:
    expected = mysql56.version[:3]
    assert [c.version[:3] for turn in pairs for c in turn[1:]] == [expected, expected]


def test_all_families_together_are_a_hundred_thousand_values() -> None:
    assert len(FAMILIES) * EXAMPLES * BATCH > 100_000


@pytest.mark.parametrize("family", FAMILIES)
def test_all_faces_agree(pairs: Pairs, family: str) -> None:
    agree(pairs, family, PROFILE)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_all_faces_agree_on_many_more_values(pairs: Pairs, family: str) -> None:
    agree(pairs, family, settings(PROFILE, max_examples=MANY, derandomize=False))


def agree(pairs: Pairs, family: str, profile: settings) -> None:
    """Draw lists of values for the family; hold the faces together on each."""
    facts = FAMILIES[family]
    prepared = [
        [
            checker.prepare(
                facts.ddl,
                facts.field(),
                steps=facts.steps,
                unseen=facts.unseen,
                spelled=facts.spelled,
            )
            for checker in turn[: 1 if facts.mariadb_only else None]
        ]
        for turn in pairs
    ]
    turns, checked = cycle(prepared), count(1)

    @profile
    @given(st.lists(facts.values, min_size=BATCH, max_size=BATCH))
    def check(values: list[Any]) -> None:
        for one in next(turns):
            one.check(values)
        next(checked)

    check()
    assert next(checked) > profile.max_examples
