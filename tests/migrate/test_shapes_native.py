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
