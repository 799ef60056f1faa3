"""Runs that are stopped in one transaction, and runs whose mapping is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import psycopg2

from tests.migrate.conftest import Shop

MODELS = """
    from django.db import models

    class Person(models.Model):
        boss = models.ForeignKey("self", models.CASCADE, null=True)

    class Order(models.Model):
        person = models.ForeignKey(Person, models.CASCADE)
        note = models.CharField(max_length=3, default="")
"""
MAPPINGS = """
    from mappings import ModelMapping

    class PersonMapping(ModelMapping):
        class Meta:
            source, model, columns = "people", "shop.Person", "same-name"

    class OrderMapping(ModelMapping):
        class Meta:
            source, model, columns = "orders", "shop.Order", "same-name"
"""
LEGACY = (
    "CREATE TABLE people (id INT PRIMARY KEY, boss_id INT)",
    "CREATE TABLE orders (id INT PRIMARY KEY, person_id INT NOT NULL, note VARCHAR(9) NOT NULL)",
    "INSERT INTO people VALUES (1, NULL), (2, 1), (3, 99)",
    "INSERT INTO orders VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 9, 'c'), (4, 1, 'too long')",
)


def test_a_stopped_run_over_tables_of_another_user_leaves_nothing_and_begins_anew(
    shop: Callable[..., Shop],
) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    user = f"delamp_weak_{os.getpid()}"
    made.target(f"CREATE ROLE {user} LOGIN")
    made.target(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {user}")
    made.target(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {user}")
    made.project.environment["DATABASE_URL"] = made.target_url.replace("postgres@", f"{user}@", 1)
    code = "import sys; from migrate.cli.main import main; sys.argv[0] = 'delamp'; main()"
    held = psycopg2.connect(made.target_url)
    held.cursor().execute("LOCK TABLE shop_order IN SHARE MODE")
    client = subprocess.Popen(
        [sys.executable, "-c", code, "run"],
        cwd=made.project.folder,
        env=made.project.all_variables(),
        stderr=subprocess.PIPE,
        text=True,
    )
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    while made.target(waiting) == [(0,)]:
        assert client.poll() is None
        time.sleep(0.05)
    client.send_signal(signal.SIGINT)
    time.sleep(0.3)
    held.close()
    _, said = client.communicate(timeout=60)
    try:
        assert client.returncode == 7, said
        assert "nothing is loaded" in said
        assert made.target("SELECT count(*) FROM shop_person") == [(0,)]
        made.delamp("run")
        assert made.totals("PersonMapping") == (3, 2, 1, 0)
        assert made.totals("OrderMapping") == (4, 2, 2, 0)
    finally:
        made.target(f"DROP OWNED BY {user}; DROP ROLE {user}")


def test_a_run_whose_mapping_was_taken_out_can_be_restarted_without_it(
    shop: Callable[..., Shop],
) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.source("UPDATE people SET boss_id = NULL", "DELETE FROM orders WHERE person_id = 9")
    made.delamp("run", "--max-rejects", "0", code=1)
    made.project.write("shop/mappings.py", MAPPINGS.split("    class OrderMapping")[0])
    said = made.delamp("run", code=1)
    assert "OrderMapping" in said and "--restart" in said
    made.delamp("run", "--restart", "--yes")
    assert made.totals("PersonMapping") == (3, 3, 0, 0)
    assert made.target("SELECT count(*) FROM delamp_dropped WHERE restored_at IS NULL") == [(0,)]
