"""IP addresses in text."""

from __future__ import annotations

import ipaddress
import random

import pytest

from tests.mappings.types.checker import Checker, field

GOOD = ["127.0.0.1", "0.0.0.0", "255.255.255.255", "001.002.003.004", "::", "::1", "1::"]
GOOD += ["::ffff:1.2.3.4", "::1.2.3.4", "::102", "1:0:2:3:4:5:6:7", "1:0:0:2:0:0:0:3", "::1:2:3"]
GOOD += ["2001:DB8::A", "2001:0db8:0000:0000:0000:0000:0000:0001", "::ffff:0:0", "::fffe:1.2.3.4"]
GOOD += ["1:2:3:4:5:6:1.2.3.4", "::ffff:010.2.3.4", "010.020.030.000"]
BAD = [
    "",
    "x",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "1.2.3.4/24",
    " 1.2.3.4",
    "1.2.3.4 ",
    "1.2.3.4\n",
]
BAD += ["::g", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1%eth0", ":::"]
BAD += [
    "12345::",
    "0001.2.3.4",
    "1::2::3",
    "1.2.3.4\0",
    "::ffff:1.2.3",
    "-1.2.3.4",
    "0x1.2.3.4",
    "::00001",
    "1..2.3",
]


def test_an_address_arrives_in_its_shortest_form(checker: Checker) -> None:
    values = [text.encode() for text in GOOD + BAD]
    codes = checker.check("VARCHAR(50)", field("inet"), [*values, "NULL"])
    assert list(codes.values()) == [None] * len(GOOD) + ["bad_address"] * len(BAD) + [None]


def test_random_addresses_are_spelled_alike_by_all(checker: Checker) -> None:
    chance = random.Random(3)
    groups = [chance.choices([0, 0, 1, 0xFFFF, chance.randrange(65536)], k=8) for _ in range(500)]
    values = [":".join(f"{group:x}" for group in address) for address in groups]
    values += [str(ipaddress.IPv4Address(chance.randrange(2**32))) for _ in range(100)]
    codes = checker.check("VARCHAR(50)", field("inet"), [v.encode() for v in values])
    assert set(codes.values()) == {None}


@pytest.mark.parametrize(
    ("ddl", "values"),
    [
        ("INET4", ["'0.0.0.0'", "'255.255.255.255'", "NULL"]),
        ("INET6", ["'::'", "'::1'", "'::ffff:1.2.3.4'", "'1:0:0:2:0:0:0:3'", "'ff02::FB'", "NULL"]),
    ],
)
def test_mariadbs_own_addresses_arrive(checker: Checker, ddl: str, values: list[str]) -> None:
    for target in (field("inet"), field("varchar", size=45), field("text")):
        assert set(checker.check(ddl, target, values).values()) == {None}
