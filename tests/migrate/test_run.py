"""`delamp run` from end to end on small shops: what is loaded, refused, kept and counted."""

from __future__ import annotations

from collections.abc import Callable

from tests.migrate.conftest import Shop

MODELS = """
    from django.db import models

    class Person(models.Model):
        name = models.CharField(max_length=10)
        boss = models.ForeignKey("self", models.CASCADE, null=True)
        orders_count = models.IntegerField(default=0)
        spent = models.DecimalField(max_digits=12, decimal_places=2, default=0)
        last_order = models.DateTimeField(null=True)
        last_note = models.TextField(null=True)

    class Order(models.Model):
        person = models.ForeignKey(Person, models.CASCADE)
        amount = models.DecimalField(max_digits=10, decimal_places=2, db_index=True)
        created_at = models.DateTimeField()
        note = models.TextField(default="none")
"""
MAPPINGS = """
    from django.db.models import Q
    from mappings import Column, Count, Latest, Max, ModelMapping, Reference, Sum, steps

    class PersonMapping(ModelMapping):
        id = Column("id")
        name = Column("name")
        boss = Reference("boss_id", orphans="quarantine")
        orders_count = Count("shop.Order", by="person", filter=Q(amount__gt=1))
        spent = Sum("orders", "amount", by="person")
        last_order = Max("orders", "created_at", by="person_id")
        last_note = Latest("orders", "note", by="person", order_by="created_at")

        class Meta:
            source = "people"
            model = "shop.Person"

    class OrderMapping(ModelMapping):
        id = Column("id")
        person = Reference("person_id")
        amount = Column("amount")
        created_at = Column("created", steps.from_unixtime)
        note = Column("note")

        class Meta:
            source = "orders"
            model = "shop.Order"
"""
LEGACY = (
    "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(40), boss_id INT) CHARSET latin1",
    "CREATE TABLE orders (id INT PRIMARY KEY, person_id INT NOT NULL,"
    " amount DECIMAL(10,2) NOT NULL, created INT NOT NULL, note TEXT NOT NULL) CHARSET utf8",
    # 1 <- 2 <- 3 fine; 4's boss is 5, who is refused for his name; 6 hangs on 4; 7 on nobody.
    "INSERT INTO people VALUES (1,'Ada',NULL),(2,'Søren',1),(3,'Tab\\there',2),(4,'Bo',5),"
    "(5,'a name far too long',NULL),(6,'Cy',4),(7,'Di',99)",
    "INSERT INTO orders VALUES (1,1,0.50,100,'a'),(2,1,2.00,300,'b'),(3,1,3.00,200,'c'),"
    "(4,2,9.99,0,'line\\nbreak \\\\ back'),(5,6,1.00,1,'x'),(6,5,1.00,1,'y')",
)


def test_every_row_is_loaded_or_refused_and_refusals_close_over_references(
    shop: Callable[..., Shop],
) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run")
    assert made.target("SELECT id, name FROM shop_person ORDER BY id") == [
        (1, "Ada"),
        (2, "Søren"),
        (3, "Tab\there"),
    ]
    assert made.totals("PersonMapping") == (7, 3, 4, 0)
    assert made.rejects("PersonMapping") == [
        ("id=4", "boss", "no_parent", "rejected"),
        ("id=5", "name", "too_long", "rejected"),
        ("id=6", "boss", "no_parent", "rejected"),
        ("id=7", "boss", "no_parent", "rejected"),
    ]
    assert made.totals("OrderMapping") == (6, 4, 2, 0)
    assert [row[0] for row in made.rejects("OrderMapping")] == ["id=5", "id=6"]


def test_counters_are_filled_with_filters_sums_maxima_and_the_latest(
    shop: Callable[..., Shop],
) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run")
    rows = made.target(
        "SELECT id, orders_count, spent::text, extract(epoch FROM last_order)::int, last_note"
        " FROM shop_person ORDER BY id"
    )
    assert rows == [
        (1, 2, "5.50", 300, "b"),
        (2, 1, "9.99", 0, "line\nbreak \\ back"),
        (3, 0, "0.00", None, None),
    ]


def test_indexes_and_foreign_keys_come_back_exactly_as_django_made_them(
    shop: Callable[..., Shop],
) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    query = (
        "SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'shop_%' UNION ALL"
        " SELECT conname || pg_get_constraintdef(oid) || condeferred || convalidated"
        " FROM pg_constraint WHERE conrelid::regclass::text LIKE 'shop_%' ORDER BY 1"
    )
    before = made.target(query)
    made.delamp("run")
    assert made.target(query) == before
    assert any("DEFERRABLE INITIALLY DEFERRED" in row[0] for row in before)
    assert made.target("SELECT count(*) FROM delamp_dropped WHERE restored_at IS NULL") == [(0,)]
    assert made.target("SELECT count(*) > 2 FROM delamp_dropped") == [(True,)]


def test_the_next_row_that_django_makes_gets_a_free_key(shop: Callable[..., Shop]) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run")
    (key,) = made.target(
        "INSERT INTO shop_order (person_id, amount, created_at, note)"
        " VALUES (1, 1, now(), '') RETURNING id"
    )[0]
    # Past the keys of the source's refused rows as well: they may be loaded yet.
    assert key == int(made.source("SELECT MAX(id) FROM orders")[0][0]) + 1


def test_a_second_run_finds_nothing_to_do_and_restart_loads_anew(shop: Callable[..., Shop]) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run")
    assert "Nothing to do" in made.delamp("run")
    made.source("UPDATE people SET name = 'Eve' WHERE id = 1", "DELETE FROM orders WHERE id = 3")
    made.delamp("run", "--restart", "--yes")
    assert made.target("SELECT name, orders_count FROM shop_person WHERE id = 1") == [("Eve", 1)]
    assert made.totals("OrderMapping") == (5, 3, 2, 0)


def test_restart_refuses_to_delete_rows_that_delamp_did_not_load(
    shop: Callable[..., Shop],
) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run")
    made.target("INSERT INTO shop_person (name, orders_count, spent) VALUES ('new', 0, 0)")
    said = made.delamp("run", "--restart", "--yes", code=1)
    assert "holds rows that delamp did not load, got 4 (expected at most 3)" in said
    assert made.target("SELECT count(*) FROM shop_person") == [(4,)]
    made.delamp("run", "--restart", "--yes", "--force")
    assert made.target("SELECT count(*) FROM shop_person") == [(3,)]


def test_a_target_table_with_rows_is_refused_before_anything_is_written(
    shop: Callable[..., Shop],
) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.target("INSERT INTO shop_person (name, orders_count, spent) VALUES ('old', 0, 0)")
    said = made.delamp("run", code=1)
    assert "target table shop_person is not empty, got 1 rows" in said
    assert made.target("SELECT name FROM shop_person") == [("old",)]
    assert made.target("SELECT count(*) FROM shop_order, delamp_run") == [(0,)]


def test_a_mapping_that_changed_since_it_was_loaded_is_refused(shop: Callable[..., Shop]) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run")
    changed = MAPPINGS.replace('Column("name")', 'Column("name", steps.lower)')
    made.project.write("shop/mappings.py", changed)
    said = made.delamp("run", code=1)
    assert "PersonMapping: the mapping or the source schema changed since run 1" in said


def test_a_source_schema_that_changed_since_it_was_loaded_is_refused(
    shop: Callable[..., Shop],
) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run")
    made.source("ALTER TABLE orders ADD COLUMN late INT")
    said = made.delamp("run", code=1)
    assert "OrderMapping: the mapping or the source schema changed since run 1" in said


def test_too_many_rejects_stop_the_run_and_a_higher_limit_goes_on(
    shop: Callable[..., Shop],
) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    said = made.delamp("run", "--max-rejects", "2", code=1)
    assert "too many rejected rows" in said
    made.delamp("run", "--max-rejects", "6")
    assert made.totals("PersonMapping") == (7, 3, 4, 0)


def test_verify_is_clean_after_a_run_and_sees_damage(shop: Callable[..., Shop]) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run")
    made.delamp("verify")
    made.target("UPDATE shop_order SET note = 'line\nbreak \\ Back' WHERE id = 4")
    said = made.delamp("verify", code=6)
    assert "note" in said and "4" in said


EXISTING_MODELS = """
    from django.db import models

    class Person(models.Model):
        name = models.CharField(max_length=10, unique=True)
        theme = models.CharField(max_length=10, default="dark")
        city = models.CharField(max_length=10)

    class Order(models.Model):
        person = models.ForeignKey(Person, models.CASCADE)
"""
EXISTING_MAPPINGS = """
    from mappings import Column, ModelMapping, Reference

    class PersonMapping(ModelMapping):
        class Meta:
            source = "people"
            model = "shop.Person"
            columns = "same-name"
            existing = "POLICY"
            natural_key = "name"

    class OrderMapping(ModelMapping):
        id = Column("id")
        person = Reference("person_id")
        class Meta:
            source = "orders"
            model = "shop.Order"
"""
EXISTING_LEGACY = (
    "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(10) NOT NULL,"
    " city VARCHAR(10) NOT NULL)",
    "CREATE TABLE orders (id INT PRIMARY KEY, person_id INT NOT NULL)",
    "INSERT INTO people VALUES (1,'ada','Rome'),(2,'bo','Oslo'),(3,'cy','Bonn')",
    "INSERT INTO orders VALUES (1,1),(2,2),(3,3)",
)
EXISTING_ROWS = (
    "INSERT INTO shop_person (id, name, theme, city)"
    " VALUES (1, 'root', 'light', 'x'), (7, 'bo', 'light', 'x')"
)


def test_match_updates_mapped_columns_only_and_references_follow(
    shop: Callable[..., Shop],
) -> None:
    mappings = EXISTING_MAPPINGS.replace("POLICY", "match")
    made = shop(EXISTING_MODELS, mappings, *EXISTING_LEGACY)
    made.target(EXISTING_ROWS)
    made.delamp("run")
    people = "SELECT id, name, theme, city FROM shop_person ORDER BY id"
    expected = [
        (1, "root", "light", "x"),
        (3, "cy", "dark", "Bonn"),
        # Source row 2 is the existing row 7; row 1 gave way to an unrelated existing row.
        (7, "bo", "light", "Oslo"),
        (8, "ada", "dark", "Rome"),
    ]
    orders = "SELECT id, person_id FROM shop_order ORDER BY id"
    assert made.target(people) == expected
    assert made.target(orders) == [(1, 8), (2, 7), (3, 3)]
    assert "Nothing to do" in made.delamp("run")
    made.delamp("verify")
    made.delamp("run", "--restart", "--yes")
    assert made.target(people) == expected
    assert made.target(orders) == [(1, 8), (2, 7), (3, 3)]


def test_keep_leaves_existing_rows_alone_and_counts_the_source_row_as_skipped(
    shop: Callable[..., Shop],
) -> None:
    mappings = EXISTING_MAPPINGS.replace("POLICY", "keep").replace('natural_key = "name"', "")
    made = shop(EXISTING_MODELS, mappings, *EXISTING_LEGACY)
    made.target(EXISTING_ROWS.replace(", (7, 'bo', 'light', 'x')", ""))
    made.delamp("run")
    people = "SELECT id, name, theme FROM shop_person ORDER BY id"
    expected = [(1, "root", "light"), (2, "bo", "dark"), (3, "cy", "dark")]
    assert made.target(people) == expected
    assert made.totals("PersonMapping") == (3, 2, 0, 1)
    assert made.rejects("PersonMapping") == [("id=1", "", "row_exists", "kept")]
    made.delamp("verify")
    made.delamp("run", "--restart", "--yes")
    assert made.target(people) == expected


def test_a_pair_that_comes_again_is_skipped_and_listed(shop: Callable[..., Shop]) -> None:
    made = shop(
        """
        from django.db import models

        class Tag(models.Model):
            name = models.CharField(max_length=10)

        class Icon(models.Model):
            tags = models.ManyToManyField(Tag)
        """,
        """
        from mappings import Column, ManyToMany, ModelMapping

        class TagMapping(ModelMapping):
            class Meta:
                source, model, columns = "tags", "shop.Tag", "same-name"

        class IconMapping(ModelMapping):
            id = Column("id")
            tags = ManyToMany("icon_tags", "icon", "tag", orphans="skip", duplicates="skip")
            class Meta:
                source, model = "icons", "shop.Icon"
        """,
        "CREATE TABLE tags (id INT PRIMARY KEY, name VARCHAR(10) NOT NULL)",
        "CREATE TABLE icons (id INT PRIMARY KEY)",
        "CREATE TABLE icon_tags (icon INT NOT NULL, tag INT NOT NULL)",
        "INSERT INTO tags VALUES (1, 'a'), (2, 'b')",
        "INSERT INTO icons VALUES (1), (2)",
        "INSERT INTO icon_tags VALUES (1,1),(1,1),(1,1),(1,2),(2,2),(2,9)",
    )
    made.delamp("run")
    assert made.target("SELECT icon_id, tag_id FROM shop_icon_tags ORDER BY 1, 2") == [
        (1, 1),
        (1, 2),
        (2, 2),
    ]
    assert made.totals("IconMapping.tags") == (6, 3, 0, 3)
    rejects = made.rejects("IconMapping.tags")
    assert [row[2:] for row in rejects].count(("duplicate", "skipped")) == 2
    assert [row[2:] for row in rejects].count(("no_parent", "skipped")) == 1
    made.delamp("verify")
