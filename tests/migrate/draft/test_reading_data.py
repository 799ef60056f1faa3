"""Real legacy databases: the facts against queries written by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from migrate.draft.facts import Facts
from tests import data
from tests.fix_servers import DATABASE_NUMBERS, DatabaseServer
from tests.migrate.draft.fix_reading import ask, facts_of, seen

pytestmark = pytest.mark.data

Loaded = tuple[str, Facts]


@pytest.fixture(scope="module")
def loaded(mariadb: DatabaseServer) -> Iterator[Callable[[str], Loaded]]:
    """The address and the facts of a database, each loaded once."""
    found: dict[str, Loaded] = {}
    names: list[str] = []

    def load(name: str) -> Loaded:
        if name not in found:
            database = f"delamp_reading_{name}_{next(DATABASE_NUMBERS)}"
            names.append(database)
            url = mariadb.create_database(database)
            data.load(name, url)
            found[name] = url, facts_of(url)
        return found[name]

    yield load
    for database in names:
        mariadb.drop_database(database)


@pytest.mark.parametrize("name", ["sakila", "wordpress", "phpbb3", "opencart"])
def test_every_row_is_counted(loaded: Callable[[str], Loaded], name: str) -> None:
    _, facts = loaded(name)
    counted = {table.name: table.rows for table in facts.tables if not table.view}
    assert counted == data.row_counts(name)
    assert not [table.name for table in facts.tables if table.broken or table.unread]


_CHECKS = [
    ("sakila", "film", "rental_rate", "SELECT MIN(rental_rate), MAX(rental_rate) FROM film"),
    ("sakila", "payment", "payment_id", "SELECT MIN(payment_id), MAX(payment_id) FROM payment"),
    ("phpbb3", "phpbb_users", "user_regdate",
     "SELECT MIN(user_regdate), MAX(user_regdate) FROM phpbb_users"),
    ("opencart", "oc_product", "price", "SELECT MIN(price), MAX(price) FROM oc_product"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "table", "column", "query"), _CHECKS)
def test_numbers_are_those_of_a_query(
    loaded: Callable[[str], Loaded], name: str, table: str, column: str, query: str
) -> None:
    url, facts = loaded(name)
    [(least, most)] = ask(url, query)
    found = seen(facts, table, column)
    assert (found.minimum, found.maximum) == (Decimal(least), Decimal(most))


def test_values_zero_dates_and_lengths_are_those_of_queries(
    loaded: Callable[[str], Loaded],
) -> None:
    url, facts = loaded("sakila")
    rating = dict(ask(url, "SELECT CAST(rating AS CHAR), COUNT(*) FROM film GROUP BY rating"))
    assert seen(facts, "film", "rating").values == rating
    [(nulls, first)] = ask(url, "SELECT SUM(return_date IS NULL), MIN(rental_date) FROM rental")
    assert seen(facts, "rental", "return_date").nulls == nulls
    assert seen(facts, "rental", "rental_date").earliest == str(first)
    url, facts = loaded("wordpress")
    query = "SELECT SUM(CAST(post_date_gmt AS CHAR) LIKE '0000-00-00%') FROM foo_posts"
    [(zeros,)] = ask(url, query)
    assert zeros and seen(facts, "foo_posts", "post_date_gmt").zero_dates == zeros
    [(longest,)] = ask(url, "SELECT MAX(CHAR_LENGTH(option_value)) FROM wp_options")
    assert seen(facts, "wp_options", "option_value").longest == longest


def test_looks_are_those_of_the_applications(loaded: Callable[[str], Loaded]) -> None:
    url, facts = loaded("wordpress")
    options = seen(facts, "wp_options", "option_value")
    [(arrays,)] = ask(
        url, "SELECT COUNT(*) FROM wp_options WHERE option_value RLIKE '^(a|O):[0-9]+:.*}$'"
    )
    assert arrays and options.looks.get("serialized", 0) >= arrays and options.looks_whole
    assert seen(facts, "wp_users", "user_pass").looks == {"password": 1}
    _, facts = loaded("phpbb3")
    posted = seen(facts, "phpbb_posts", "post_time")
    assert posted.looks["epoch"] == posted.sampled > 0


_REFERENCES = {
    "sakila": ["film.language_id language", "rental.customer_id customer",
               "store.manager_staff_id staff", "film_text.film_id film"],
    "wordpress": ["foo_comments.comment_post_ID foo_posts", "wp_2_posts.post_author wp_users",
                  "wp_usermeta.user_id wp_users", "wp_term_taxonomy.term_id wp_terms"],
    "phpbb3": ["phpbb_forums.parent_id phpbb_forums", "phpbb_topics.topic_poster phpbb_users",
               "phpbb_topics.topic_last_post_id phpbb_posts", "phpbb_users.user_rank phpbb_ranks"],
    "opencart": ["oc_category.parent_id oc_category", "oc_product.tax_class_id oc_tax_class",
                 "oc_product_description.language_id oc_language"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "reference"),
    [(name, reference) for name, some in _REFERENCES.items() for reference in some],
)
def test_references_are_found_and_their_orphans_counted(
    loaded: Callable[[str], Loaded], name: str, reference: str
) -> None:
    url, facts = loaded(name)
    place, parent = reference.split()
    table, column = place.split(".")
    found = facts.inclusion(table, column, parent)
    assert found is not None
    [(filled, orphans, none)] = ask(
        url,
        f"SELECT SUM({column} <> 0), SUM({column} <> 0 AND NOT there), SUM({column} = 0 AND"
        f" NOT there) FROM (SELECT {column}, {column} IN (SELECT {found.parent_column}"
        f" FROM {parent}) AS there FROM {table}) asked",
    )
    assert filled
    assert (found.filled, found.orphans, found.none_values) == (filled, orphans, none)


def test_a_forums_counters_are_found_and_compared(loaded: Callable[[str], Loaded]) -> None:
    url, facts = loaded("phpbb3")
    [found] = [c for c in facts.counters if (c.column, c.child) == ("forum_posts", "phpbb_posts")]
    [(parents, equal, counted)] = ask(
        url,
        "SELECT COUNT(*), SUM(forum_posts = n), SUM(n > 0) FROM (SELECT forum_posts, (SELECT"
        " COUNT(*) FROM phpbb_posts p WHERE p.forum_id = f.forum_id) n FROM phpbb_forums f) x",
    )
    assert (found.parents, found.equal, found.counted) == (parents, equal, counted)


@pytest.mark.parametrize("name", ["sakila", "opencart"])
def test_what_is_possible_stays_few(loaded: Callable[[str], Loaded], name: str) -> None:
    """A name alone is measured against few parents, or a large schema would take hours."""
    _, facts = loaded(name)
    columns = sum(len(table.table.columns) for table in facts.tables)
    assert len(facts.inclusions) <= math.ceil(columns / 2)
