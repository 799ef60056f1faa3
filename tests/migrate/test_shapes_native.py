"""Tables with MariaDB's own types, as a key too: they load, and verify."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from tests.migrate.conftest import Shop
from tests.migrate.test_shapes_source import loads_clean

MODELS = """
    from django.db import models

    class Device(models.Model):
        id = models.UUIDField(primary_key=True)
        parent = models.ForeignKey("self", models.CASCADE, null=True)
        seen = models.GenericIPAddressField(null=True)
        first = models.GenericIPAddressField()
        price = models.DecimalField(max_digits=9, decimal_places=2)
        place = models.BinaryField(null=True)
"""
MAPPINGS = """
    from mappings import Column, ModelMapping, Reference

    class DeviceMapping(ModelMapping):
        parent = Reference("parent", orphans="null")

        class Meta:
            source, model, columns = "device", "shop.Device", "same-name"
"""
LOW, HIGH = uuid.UUID(int=1), uuid.UUID(int=2**128 - 1)


def test_own_types_load_and_verify(shop: Callable[..., Shop]) -> None:
    made = shop(
        MODELS,
        MAPPINGS,
        "CREATE TABLE device (id UUID PRIMARY KEY, parent UUID, seen INET6, first INET4 NOT NULL,"
        " price FLOAT(8,2) NOT NULL, place POINT)",
        f"INSERT INTO device VALUES ('{HIGH}', NULL, '::ffff:1.2.3.4', '10.0.0.1', 19.99, NULL),"
        f" ('{LOW}', '{HIGH}', NULL, '0.0.0.0', 999999.99, ST_GeomFromText('POINT(1 2)'))",
    )
    loads_clean(made)
    rows = made.target(
        "SELECT id::text, parent_id::text, host(seen), host(first), price::text,"
        " octet_length(place) FROM shop_device ORDER BY id"
    )
    assert rows == [
        (str(LOW), str(HIGH), None, "0.0.0.0", "1000000.00", 21),
        (str(HIGH), None, "::ffff:1.2.3.4", "10.0.0.1", "19.99", None),
    ]


BARE = """
    from django.db import models

    class Thing(models.Model):
        id = models.UUIDField(primary_key=True)
        parent = models.ForeignKey("self", models.CASCADE, null=True)
        name = models.CharField(max_length=9)
"""
BARE_MAPPING = """
    from mappings import ModelMapping, Reference

    class ThingMapping(ModelMapping):
        parent = Reference("parent", orphans="quarantine")

        class Meta:
            source, model, columns = "thing", "shop.Thing", "same-name"
"""


def test_a_uuid_without_hyphens_is_a_key(shop: Callable[..., Shop]) -> None:
    made = shop(
        BARE,
        BARE_MAPPING,
        "CREATE TABLE thing (id CHAR(32) PRIMARY KEY, parent CHAR(32), name VARCHAR(9) NOT NULL)"
        " CHARACTER SET latin1",
        f"INSERT INTO thing VALUES ('{LOW.hex}', NULL, 'low'), ('{HIGH.hex.upper()}',"
        f" '{LOW.hex}', 'high'), ('{uuid.UUID(int=2).hex}', '{uuid.UUID(int=3).hex}', 'orphan')",
    )
    made.delamp("run")
    assert made.target("SELECT id::text, parent_id::text FROM shop_thing ORDER BY id") == [
        (str(LOW), None),
        (str(HIGH), str(LOW)),
    ]
    assert [code for code, *_ in made.target("SELECT code FROM delamp_reject")] == ["no_parent"]
    assert made.findings() == []
