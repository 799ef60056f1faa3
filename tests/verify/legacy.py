"""The legacy tables of the tests of verify, and the mappings that read them."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from mappings import Column, Count, Latest, ManyToMany, Max, ModelMapping, Reference, Sum, steps
from mappings.base import forget

ROWS = 60
"""Rows of each table; enough for a first, a middle and a last range."""

TABLES = {
    "everything": """
        CREATE TABLE everything (
            id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
            small SMALLINT NOT NULL, big BIGINT UNSIGNED, flag TINYINT(1) NOT NULL,
            price DECIMAL(10,2), ratio DOUBLE, born DATE, seen DATETIME(6), stamp TIMESTAMP NULL,
            span TIME(6), clock TIME, year YEAR, code CHAR(8) CHARACTER SET latin1,
            title VARCHAR(80) CHARACTER SET utf8mb4, body TEXT CHARACTER SET latin1,
            data BLOB, kind ENUM('a','b','c') CHARACTER SET latin1,
            tags SET('x','y','z') CHARACTER SET latin1, settings TEXT CHARACTER SET utf8mb4,
            token BINARY(16))
    """,
    "pairing": """
        CREATE TABLE pairing (
            l INT NOT NULL, r BIGINT NOT NULL, first VARCHAR(20), second VARCHAR(20),
            PRIMARY KEY (l, r)) CHARACTER SET utf8mb4
    """,
    "named": """
        CREATE TABLE named (
            name VARCHAR(40) NOT NULL PRIMARY KEY, first VARCHAR(20), second VARCHAR(20))
            CHARACTER SET latin1
    """,
    "loose": """
        CREATE TABLE loose (first VARCHAR(20), second VARCHAR(20), third INT)
            CHARACTER SET utf8mb4 ENGINE=MyISAM
    """,
    "lost": """
        CREATE TABLE lost (
            code VARCHAR(20) NOT NULL PRIMARY KEY, first VARCHAR(20), second VARCHAR(20))
            CHARACTER SET utf8mb4
    """,
    "parent": """
        CREATE TABLE parent (
            id INT NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL, num_children INT NOT NULL)
            CHARACTER SET utf8mb4
    """,
    "child": """
        CREATE TABLE child (
            id INT NOT NULL PRIMARY KEY, parent_id INT, size DECIMAL(10,2) NOT NULL,
            name VARCHAR(20) NOT NULL) CHARACTER SET utf8mb4 ENGINE=MyISAM
    """,
    "friends": """
        CREATE TABLE friends (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (a, b))
    """,
}


def fill(n: int) -> dict[str, list[Any]]:
    """Row number n of each table."""
    day = f"20{n % 30:02d}-{1 + n % 12:02d}-{1 + n % 28:02d}"
    blank = n % 10 == 9
    return {
        "everything": [
            n, n - 30, 2**62 + n, n % 2, f"{n}.50", n / 7, day, f"{day} 12:00:00.{n:06d}",
            f"{day} 03:04:05", f"-{n}:00:00.000001", f"{n % 24:02d}:05:06", 1970 + n % 60,
            f"Æ{n}", f"title {n} — ж", f"line\none\t{n}\\", b"\x00\xff%d" % n, "abc"[n % 3],
            "x,z" if n % 2 else "", f'a:1:{{s:1:"n";i:{n};}}', n.to_bytes(16, "big"),
        ],
        "pairing": [n // 8, 10**12 + n % 8, f"f{n}", None if blank else f"s{n}"],
        "named": [["a-b", "ab", "Åb", "a b", "b_a"][n % 5] + str(n), f"f{n}", f"s{n}"],
        "loose": [f"f{n // 2}", "" if blank else f"s{n // 2}", n // 2],
        "lost": [f"code {n}", f"f{n}", f"s{n}"],
        "parent": [n, f"name {n}", 2],
        "child": [n, 1 + n % 20, f"{n}.25", f"c{n}"],
        "friends": [n, 1 + n % 7],
    }  # fmt: skip


def in_python(value: str) -> str:
    """A step without an SQL form."""
    return value


def _mapping(name: str, source: str, declarations: dict[str, Any], **meta: Any) -> Any:
    options = {"source": source, "model": f"tests_verify.{name}", **meta}
    mapping = type(
        f"{name}Mapping", (ModelMapping,), {**declarations, "Meta": type("Meta", (), options)}
    )
    # Not for other tests' plans.
    forget(mapping)
    return mapping


MAPPINGS = (
    _mapping(
        "Everything",
        "everything",
        {"settings": Column("settings", steps.php_unserialize)},
        columns="same-name",
        time_zone="Europe/Copenhagen",
    ),
    _mapping(
        "Pairing",
        "pairing",
        {
            "left": Column("l"),
            "right": Column("r"),
            "first": Column("first"),
            "second": Column("second", steps.html_unescape),
        },
    ),
    _mapping(
        "Named",
        "named",
        {"second": Column("second", steps.html_unescape)},
        columns="same-name",
    ),
    _mapping("Loose", "loose", {"second": Column("second", in_python)}, columns="same-name"),
    _mapping("Lost", "lost", {}, columns="same-name"),
    _mapping(
        "Parent",
        "parent",
        {
            "id": Column("id"),
            "name": Column("name"),
            "friends": ManyToMany("friends", "a", "b"),
            "children_count": Count("child", by="parent", legacy="num_children"),
            "big_children_count": Count("child", by="parent", filter=Q(size__gt=30)),
            "total": Sum("child", "size", by="parent"),
            "greatest": Max("child", "size", by="parent"),
            "newest": Latest("child", "name", by="parent", order_by="size"),
        },
    ),
    _mapping(
        "Child",
        "child",
        {
            "id": Column("id"),
            "parent": Reference("parent_id", orphans="null"),
            "size": Column("size"),
            "name": Column("name"),
        },
    ),
)
