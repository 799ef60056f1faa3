"""Sakila, moved by the command line as a user would, against SQL written by hand on both sides.

A third witness is Sakila's PostgreSQL port, which others made from the same data: rows of the
target are compared with its COPY lines.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests import data
from tests.fix_servers import connect_mysql, fresh_database
from tests.forking import forks

pytestmark = pytest.mark.data

ROOT = Path(__file__).resolve().parent.parent.parent
PROJECT = ROOT / "examples" / "sakila"
TWIN = data.FOLDER / "sakila" / "postgres-oracle" / "postgres-sakila-insert-data-using-copy.sql"


@dataclass(frozen=True)
class Moved:
    """Sakila after `manage.py migrate` and `delamp run`."""

    source_url: str
    target_url: str
    events: list[dict[str, Any]]
    """What `delamp run --json` printed."""

    def delamp(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return manage("delamp", *arguments, source_url=self.source_url, target_url=self.target_url)

    def source(self, query: str) -> list[tuple[Any, ...]]:
        options = {"init_command": "SET time_zone = '+00:00'"}
        with connect_mysql(self.source_url, **options) as opened, opened.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def target(self, query: str) -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(self.target_url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(query)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def copied(self, query: str) -> list[str]:
        """The lines of COPY text that PostgreSQL makes of the query."""
        connection = psycopg2.connect(self.target_url)
        try:
            text = io.StringIO()
            connection.cursor().copy_expert(f"COPY ({query}) TO STDOUT", text)
            return text.getvalue().splitlines()
        finally:
            connection.close()


def manage(*arguments: str, source_url: str, target_url: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "LEGACY_URL": source_url,
        "DATABASE_URL": target_url,
        "PYTHONPATH": str(ROOT),
    }
    # The tests' own Django project is not this one.
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    return forks().run(["manage.py", *arguments], cwd=PROJECT, env=environment)


@pytest.fixture(
    scope="module", params=["mariadb", pytest.param("mysql56", marks=pytest.mark.mysql56)]
)
def moved(request: pytest.FixtureRequest) -> Iterator[Moved]:
    target = fresh_database(request.getfixturevalue("postgres"))
    source = fresh_database(request.getfixturevalue(request.param))
    source_url, target_url = next(source), next(target)
    assert data.load("sakila", source_url) == []
    urls = {"source_url": source_url, "target_url": target_url}
    done = manage("migrate", "--verbosity", "0", **urls)
    assert done.returncode == 0, done.stderr
    done = manage("delamp", "run", "--json", **urls)
    assert done.returncode == 0, done.stderr
    yield Moved(source_url, target_url, [json.loads(line) for line in done.stdout.splitlines()])
    # Their ends drop the databases.
    for database in (source, target):
        next(database, None)


def test_check_finds_no_mistake_and_names_what_is_left_behind(moved: Moved) -> None:
    done = moved.delamp("check")
    assert done.returncode == 0, done.stderr
    assert "16 tables ready to run" in done.stdout
    assert "film_actor: no mapping reads last_update" in done.stdout


def test_run_accounts_for_every_row_of_every_table(moved: Moved) -> None:
    finished = moved.events[-1]
    assert finished["event"] == "run_finished"
    counts = {table["source"]: table["extracted"] for table in finished["tables"]}
    assert counts == data.row_counts("sakila")
    for table in finished["tables"]:
        assert table["loaded"] == table["extracted"], table
        assert (table["rejected"], table["skipped"]) == (0, 0), table


def test_verify_is_clean(moved: Moved, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    done = moved.delamp("verify", "--json", str(report))
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(report.read_text())
    assert found["ok"] is True
    assert {(t["level"], t["table"]) for t in found["tables"] if not t["ok"]} == set()
    assert {t["table"] for t in found["tables"] if t["level"] == "checksums"} == {
        table["name"] for table in moved.events[-1]["tables"]
    }


def test_second_run_finds_nothing_to_do(moved: Moved) -> None:
    done = moved.delamp("run")
    assert done.returncode == 0, done.stderr
    assert "Nothing to do" in done.stdout


SAME = {
    "paid per customer": (
        "SELECT customer_id, SUM(amount) FROM payment GROUP BY customer_id",
        "SELECT customer_id, sum(amount) FROM shop_payment GROUP BY customer_id",
    ),
    "films per category": (
        "SELECT c.name, COUNT(*) FROM film_category f JOIN category c USING (category_id)"
        " GROUP BY c.name",
        "SELECT c.name, count(*) FROM films_filmcategory f"
        " JOIN films_category c ON c.id = f.category_id GROUP BY c.name",
    ),
    "sales per store, as the view that stays behind": (
        "SELECT total_sales FROM sales_by_store",
        "SELECT sum(p.amount) FROM shop_payment p JOIN shop_rental r ON r.id = p.rental_id"
        " JOIN shop_inventoryitem i ON i.id = r.item_id GROUP BY i.store_id",
    ),
    "payments per month": (
        "SELECT DATE_FORMAT(payment_date, '%Y-%m'), COUNT(*), SUM(amount) FROM payment GROUP BY 1",
        "SELECT to_char(paid_at AT TIME ZONE 'UTC', 'YYYY-MM'), count(*), sum(amount)"
        " FROM shop_payment GROUP BY 1",
    ),
    "days that discs were away": (
        "SELECT inventory_id, SUM(TIMESTAMPDIFF(SECOND, rental_date, return_date)) FROM rental"
        " GROUP BY inventory_id",
        "SELECT item_id, sum(extract(epoch FROM returned_at - rented_at)) FROM shop_rental"
        " GROUP BY item_id",
    ),
    "films per rating and year": (
        "SELECT rating, release_year, COUNT(*) FROM film GROUP BY rating, release_year",
        "SELECT rating, release_year, count(*) FROM films_film GROUP BY rating, release_year",
    ),
    "films per feature": (
        "SELECT s.name, COUNT(*) FROM film JOIN (SELECT 'Trailers' AS name UNION"
        " SELECT 'Commentaries' UNION SELECT 'Deleted Scenes' UNION SELECT 'Behind the Scenes') s"
        " ON FIND_IN_SET(s.name, special_features) GROUP BY s.name",
        "SELECT unnest(special_features), count(*) FROM films_film GROUP BY 1",
    ),
    "who manages where": (
        "SELECT s.store_id, t.username, t.store_id FROM store s"
        " JOIN staff t ON t.staff_id = s.manager_staff_id",
        "SELECT s.id, t.username, t.store_id FROM shop_store s JOIN shop_staff t"
        " ON t.id = s.manager_id",
    ),
    "pictures": (
        "SELECT staff_id, LENGTH(picture), SHA2(picture, 256) FROM staff",
        "SELECT id, length(picture), encode(sha256(picture), 'hex') FROM shop_staff",
    ),
    "passwords": (
        "SELECT username, COALESCE(CONCAT('php_sha1$', password), '!') FROM staff",
        "SELECT username, CASE WHEN password LIKE '!%' THEN '!' ELSE password END FROM shop_staff",
    ),
    "addresses, NULL and empty alike": (
        "SELECT address_id, address, COALESCE(address2, ''), COALESCE(postal_code, ''), city_id,"
        " last_update FROM address",
        "SELECT id, address, address2, postal_code, city_id, updated_at AT TIME ZONE 'UTC'"
        " FROM shop_address",
    ),
}


@pytest.mark.parametrize(("source", "target"), SAME.values(), ids=SAME)
def test_both_sides_agree_in_sql_written_by_hand(moved: Moved, source: str, target: str) -> None:
    expected = Counter(moved.source(source))
    assert expected, "the query finds nothing to compare"
    assert Counter(moved.target(target)) == expected


COUNTERS = {
    "Customer.rentals_count": (
        "SELECT c.customer_id, COUNT(r.rental_id) FROM customer c"
        " LEFT JOIN rental r USING (customer_id) GROUP BY 1",
        "SELECT id, rentals_count FROM shop_customer",
    ),
    "Customer.open_rentals_count": (
        "SELECT c.customer_id, COUNT(r.rental_id) FROM customer c LEFT JOIN rental r"
        " ON r.customer_id = c.customer_id AND r.return_date IS NULL GROUP BY 1",
        "SELECT id, open_rentals_count FROM shop_customer",
    ),
    "Customer.total_paid": (
        "SELECT c.customer_id, COALESCE(SUM(p.amount), 0) FROM customer c"
        " LEFT JOIN payment p USING (customer_id) GROUP BY 1",
        "SELECT id, total_paid FROM shop_customer",
    ),
    "Customer.last_rental_at": (
        "SELECT c.customer_id, MAX(r.rental_date) FROM customer c"
        " LEFT JOIN rental r USING (customer_id) GROUP BY 1",
        "SELECT id, last_rental_at AT TIME ZONE 'UTC' FROM shop_customer",
    ),
    "Customer.last_amount": (
        "SELECT c.customer_id, (SELECT p.amount FROM payment p WHERE p.customer_id = c.customer_id"
        " ORDER BY p.payment_date DESC, p.payment_id DESC LIMIT 1) FROM customer c",
        "SELECT id, last_amount FROM shop_customer",
    ),
    "Store.items_count": (
        "SELECT store_id, COUNT(*) FROM inventory GROUP BY 1",
        "SELECT id, items_count FROM shop_store",
    ),
    "InventoryItem.rentals_count": (
        "SELECT i.inventory_id, COUNT(r.rental_id) FROM inventory i"
        " LEFT JOIN rental r USING (inventory_id) GROUP BY 1",
        "SELECT id, rentals_count FROM shop_inventoryitem",
    ),
    "Film.copies_count": (
        "SELECT f.film_id, COUNT(i.inventory_id) FROM film f"
        " LEFT JOIN inventory i USING (film_id) GROUP BY 1",
        "SELECT id, copies_count FROM films_film",
    ),
    "Film.actors_count": (
        "SELECT f.film_id, COUNT(a.actor_id) FROM film f"
        " LEFT JOIN film_actor a USING (film_id) GROUP BY 1",
        "SELECT id, actors_count FROM films_film",
    ),
    "Actor.films_count": (
        "SELECT a.actor_id, COUNT(f.film_id) FROM actor a"
        " LEFT JOIN film_actor f USING (actor_id) GROUP BY 1",
        "SELECT id, films_count FROM films_actor",
    ),
    "Language.films_count": (
        "SELECT l.language_id, COUNT(f.film_id) FROM language l"
        " LEFT JOIN film f USING (language_id) GROUP BY 1",
        "SELECT id, films_count FROM films_language",
    ),
}


@pytest.mark.parametrize(("source", "target"), COUNTERS.values(), ids=COUNTERS)
def test_counter_is_what_the_legacy_rows_count_to(moved: Moved, source: str, target: str) -> None:
    expected = dict(moved.source(source))
    assert dict(moved.target(target)) == expected
    assert len(set(expected.values())) > 1, "a counter that never varies proves little"


TWINS = {
    "film": (
        range(13),
        "SELECT id, title, description, release_year, language_id, original_language_id,"
        " rental_days, rental_rate, length, replacement_cost, rating,"
        " updated_at AT TIME ZONE 'UTC', special_features FROM films_film",
    ),
    "film_actor": (range(2), "SELECT actor_id, film_id FROM films_film_actors"),
    "film_category": (
        range(3),
        "SELECT film_id, category_id, updated_at AT TIME ZONE 'UTC' FROM films_filmcategory",
    ),
    "actor": (
        range(4),
        "SELECT id, first_name, last_name, updated_at AT TIME ZONE 'UTC' FROM films_actor",
    ),
    "inventory": (
        range(4),
        "SELECT id, film_id, store_id, updated_at AT TIME ZONE 'UTC' FROM shop_inventoryitem",
    ),
    "rental": (
        range(7),
        "SELECT id, rented_at AT TIME ZONE 'UTC', item_id, customer_id,"
        " returned_at AT TIME ZONE 'UTC', staff_id, updated_at AT TIME ZONE 'UTC' FROM shop_rental",
    ),
    "payment": (
        # Without the rental: the port names one for five payments that have none here.
        (0, 1, 2, 4, 5),
        "SELECT id, customer_id, staff_id, amount, paid_at AT TIME ZONE 'UTC' FROM shop_payment",
    ),
    "store": (
        range(4),
        "SELECT id, manager_id, address_id, updated_at AT TIME ZONE 'UTC' FROM shop_store",
    ),
}


@pytest.mark.parametrize("table", TWINS)
def test_rows_are_those_of_the_postgresql_port(moved: Moved, table: str) -> None:
    fields, query = TWINS[table]
    expected = Counter(twin(table, fields))
    assert Counter(moved.copied(query)) == expected


def twin(table: str, fields: Sequence[int]) -> list[str]:
    """Some fields of the port's COPY lines of one table."""
    pattern = rf"^COPY public\.{table} .*?;\n(.*?)^\\\."
    found = re.search(pattern, TWIN.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None
    rows = [line.split("\t") for line in found[1].splitlines()]
    return ["\t".join(row[n] for n in fields) for row in rows]


def test_generated_search_finds_what_the_fulltext_table_held(moved: Moved) -> None:
    copied = moved.target(
        "SELECT count(*) FROM films_film f JOIN films_filmtext t ON t.film_id = f.id"
        " WHERE (f.title, f.description) = (t.title, t.description)"
    )
    assert copied == [(1000,)]
    found = moved.target(
        "SELECT title FROM films_film WHERE search @@ to_tsquery('english', 'dinosaur & feminist')"
    )
    assert ("ACADEMY DINOSAUR",) in found


def test_next_row_of_each_table_gets_a_free_key(moved: Moved) -> None:
    tables = moved.target(
        "SELECT table_name FROM information_schema.columns WHERE column_name = 'id'"
        " AND table_schema = 'public' AND table_name ~ '^(films|shop)_'"
    )
    assert len(tables) == 15
    for (table,) in tables:
        query = f"SELECT nextval(pg_get_serial_sequence('{table}', 'id')), max(id) FROM {table}"
        ((following, last),) = moved.target(query)
        assert following > last, table


def test_payment_changed_by_a_cent_is_found_and_named(moved: Moved) -> None:
    moved.target("UPDATE shop_payment SET amount = amount + 0.01 WHERE id = 4711")
    try:
        done = moved.delamp("verify")
    finally:
        moved.target("UPDATE shop_payment SET amount = amount - 0.01 WHERE id = 4711")
    assert done.returncode == 6, done.stdout + done.stderr
    changed = [line for line in done.stdout.splitlines() if "4711" in line]
    assert any("PaymentMapping" in line and "amount" in line for line in changed), done.stdout
    assert any("total_paid" in line for line in done.stdout.splitlines()), done.stdout


@pytest.mark.slow
def test_restart_loads_anew_where_a_table_of_others_refers_to_films(moved: Moved) -> None:
    moved.target("CREATE TABLE review (film bigint REFERENCES films_film DEFERRABLE)")
    try:
        done = moved.delamp("run", "--restart", "--yes", "--json")
        assert done.returncode == 0, done.stderr
        tables = json.loads(done.stdout.splitlines()[-1])["tables"]
        assert {t["source"]: t["loaded"] for t in tables} == data.row_counts("sakila")

        moved.target("INSERT INTO review VALUES (1)")
        done = moved.delamp("run", "--restart", "--yes")
        assert done.returncode == 1, done.stdout
        assert 'update or delete on table "films_film"' in done.stderr
        assert moved.target("SELECT count(*) FROM films_film") == [(1000,)]
    finally:
        moved.target("DROP TABLE review")
    done = moved.delamp("verify")
    assert done.returncode == 0, done.stdout + done.stderr
