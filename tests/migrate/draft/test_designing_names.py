"""Names of a drafted project: what Django, Python and English want them to be."""

from __future__ import annotations

import keyword

import pytest
from django.db import models

from migrate.draft.designing.names import (
    app_label,
    common_prefix,
    constant_name,
    field_name,
    model_name,
    plural_name,
    snake,
)
from migrate.draft.designing.singular import django_plural, plural, singular


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("posts", "post"),
        ("categories", "category"),
        ("addresses", "address"),
        ("address", "address"),
        ("statuses", "status"),
        ("status", "status"),
        ("news", "news"),
        ("series", "series"),
        ("buses", "bus"),
        ("bus", "bus"),
        ("data", "data"),
        ("media", "media"),
        ("aliases", "alias"),
        ("keys", "key"),
        ("people", "person"),
        ("children", "child"),
        ("boxes", "box"),
        ("branches", "branch"),
        ("houses", "house"),
        ("databases", "database"),
        ("analyses", "analysis"),
        ("indices", "index"),
        ("movies", "movie"),
        ("cookies", "cookie"),
        ("cache", "cache"),
        ("caches", "cache"),
        ("heroes", "hero"),
        ("usermeta", "usermeta"),
        ("settings", "settings"),
        ("access", "access"),
        ("menus", "menu"),
        ("id", "id"),
        ("ips", "ip"),
    ],
)
def test_the_singular_of_a_table_is_its_model(many: str, one: str) -> None:
    assert singular(many) == one
    assert singular(one) == one


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("post", "posts"),
        ("category", "categories"),
        ("day", "days"),
        ("status", "statuses"),
        ("news", "news"),
        ("person", "people"),
        ("box", "boxes"),
        ("hero", "heroes"),
        ("analysis", "analyses"),
        ("postmeta", "postmeta"),
        ("settings", "settings"),
    ],
)
def test_plurals(one: str, many: str) -> None:
    assert plural(one) == many


def test_a_plural_is_said_only_where_djangos_own_is_wrong() -> None:
    assert django_plural("post") is None
    assert django_plural("blog category") == "blog categories"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postTitle", "post_title"),
        ("PostTitle", "post_title"),
        ("POST_TITLE", "post_title"),
        ("userID", "user_id"),
        ("HTMLText", "html_text"),
        ("post-title", "post_title"),
        ("a__b_", "a_b"),
        ("_hidden", "hidden"),
        ("straße", "straße"),
        ("Café", "cafe"),
        ("имя", "имя"),
        ('`quoted` "name"', "quoted_name"),
        ("100% 🎉", "100"),
        ("🎉", ""),
    ],
)
def test_names_are_folded_to_snake_case(given: str, expected: str) -> None:
    assert snake(given) == expected


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("class", "class_field"),
        ("from", "from_field"),
        ("pk", "pk_field"),
        ("check", "check_field"),
        ("clean", "clean_field"),
        ("save", "save_field"),
        ("objects", "objects_field"),
        ("id", "legacy_id"),
        ("2nd_line", "number_2nd_line"),
        ("🎉", "column_7"),
        ("title", "title"),
    ],
)
def test_fields_avoid_what_django_and_python_have_already(column: str, field: str) -> None:
    assert field_name(column, 7) == field


@pytest.mark.parametrize(
    "name", [*dir(models.Model), *keyword.kwlist, "x" * 64, "ü" * 64, "1", "_"]
)
def test_every_field_name_is_one_that_django_takes(name: str) -> None:
    found = field_name(name, 1)
    assert found.isidentifier() and not keyword.iskeyword(found)
    assert "__" not in found and not found.endswith("_") and found != "pk"
    assert not hasattr(models.Model, found)
    assert len(f"{found}_id".encode()) <= 63


@pytest.mark.parametrize(
    ("table", "prefix", "expected"),
    [
        ("wp_posts", "wp_", "Post"),
        ("WP_Posts", "wp_", "Post"),
        ("blog_categories", "", "BlogCategory"),
        ("0_users", "0_", "User"),
        ("2_comments", "", "Comment2"),
        ("42", "", "Table42"),
        ("OrderItems", "", "OrderItem"),
        ("model", "", "ModelRecord"),
        ("counts", "", "CountRecord"),
        ("q", "", "QRecord"),
        ("exceptions", "", "ExceptionRecord"),
        ("filters", "", "Filter"),
        ("🎉", "", "Table"),
    ],
)
def test_models_are_singular_without_the_prefix(table: str, prefix: str, expected: str) -> None:
    assert model_name(table, prefix) == expected


def test_two_tables_of_one_name_have_two_models() -> None:
    assert model_name("posts", "", {"post"}) == "Post2"


@pytest.mark.parametrize(
    ("tables", "prefix"),
    [
        (["wp_posts", "wp_users", "wp_options"], "wp_"),
        (["wp_posts", "wp_users", "wp_options", "wp_terms", "other"], "wp_"),
        (["0_users", "0_groups", "0_areas"], "0_"),
        (["film", "film_actor", "film_category", "actor", "city"], ""),
        (["a_b", "a_c"], ""),
        ([], ""),
    ],
)
def test_the_prefix_is_what_most_tables_begin_with(tables: list[str], prefix: str) -> None:
    assert common_prefix(tables) == prefix


def test_names_of_choices_are_constants_that_differ() -> None:
    taken: list[str] = []
    for value in ("in-progress", "In progress", "", "2", "🎉", "mro"):
        taken.append(constant_name(value, taken))
    assert taken == ["IN_PROGRESS", "IN_PROGRESS_2", "EMPTY", "VALUE_2", "VALUE", "MRO"]


def test_ways_back_are_plurals() -> None:
    assert plural_name("BlogCategory") == "blog_categories"


@pytest.mark.parametrize(
    ("app", "label"),
    [
        ("shop", "shop"),
        ("Old Shop", "old_shop"),
        ("auth", "auth_app"),
        ("contenttypes", "contenttypes_app"),
        ("json", "json_app"),
        ("class", "class_app"),
        ("4um", "legacy_4um"),
        ("🎉", "legacy"),
    ],
)
def test_the_app_is_none_that_is_there_already(app: str, label: str) -> None:
    assert app_label(app) == label
