"""Paths and addresses of uploaded files -> names below MEDIA_ROOT, as FileField keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

from mappings.errors import Reject
from mappings.expr import Expr, Kind, Refusal
from mappings.sqltext import any_of, my_bytes
from mappings.steps.base import Step, factory

__all__ = ["relative_to"]

Other = Literal["keep", "null", "reject"]

_HOST = re.compile(r"(?:https?:)?//[^/]*")
_SCHEMES = (b"http://", b"https://", b"//")


@factory
def relative_to(folder: str, *more: str, other: Other = "keep") -> Step:
    """The path below the first of the folders that it is in: `/uploads/a/b.jpg` -> `a/b.jpg`.

    `http://host`, `https://host` or `//host` before the path is left out, and so is a slash that
    begins it, in the value and in `folder`. A value in none of the folders follows `other`:
    `keep` it whole, `null`, or `reject` (`not_in_folder`).
    """
    folders = (folder, *more)
    if other not in ("keep", "null", "reject"):
        raise ValueError(f"relative_to: other, got {other!r} (expected keep, null, reject)")
    inside = [f"{name.strip('/')}/".removeprefix("/") for name in folders]

    def python(value: str) -> str | None:
        found = _HOST.match(value)
        path = (value[found.end() :] if found else value).removeprefix("/")
        for name in inside:
            if path.startswith(name):
                return path[len(name) :].lstrip("/")
        if other == "reject":
            raise Reject("not_in_folder", "a path in none of the folders of relative_to")
        return value if other == "keep" else None

    def inverse(value: Any) -> Iterable[Any]:
        if value is None:
            return (None,)
        return *(f"{name.rstrip('/')}/{value}" for name in folders), value

    def sql(expr: Expr) -> Expr:
        return _below(expr, [name.encode() for name in inside], other)

    return Step(
        name="relative_to",
        python=python,
        inverse=inverse,
        accepts=frozenset({Kind.TEXT}),
        sql=sql,
        options=folders if other == "keep" else (*folders, other),
    )


def _below(expr: Expr, folders: list[bytes], other: Other) -> Expr:
    path = _path(f"CAST({expr.sql} AS BINARY)")
    within = [f"LEFT({path}, {len(f)}) = {my_bytes(f)}" if f else "TRUE" for f in folders]
    branches = " ".join(
        f"WHEN {condition} THEN TRIM(LEADING 0x2f FROM SUBSTRING({path}, {len(folder) + 1}))"
        for folder, condition in zip(folders, within, strict=True)
    )
    below = f"CASE {branches} ELSE CAST({expr.sql} AS BINARY) END"
    found = expr.but(sql=f"CONVERT({below} USING utf8mb4)", members=None)
    outside = f"NOT ({any_of(within)})"
    if other == "null":
        return found.losing(outside).or_null(outside)
    if other == "reject":
        return found.refusing(Refusal(code="not_in_folder", sql=outside, silent=True))
    return found


def _path(text: str) -> str:
    """The bytes after the host and the first slash."""
    hosts = []
    for scheme in _SCHEMES:
        slash = f"LOCATE(0x2f, {text}, {len(scheme) + 1})"
        after = f"IF({slash}, {slash}, LENGTH({text})) + 1"
        hosts.append(f"WHEN LEFT({text}, {len(scheme)}) = {my_bytes(scheme)} THEN {after}")
    begin = f"CASE {' '.join(hosts)} WHEN LEFT({text}, 1) = 0x2f THEN 2 ELSE 1 END"
    return f"SUBSTRING({text}, {begin})"
