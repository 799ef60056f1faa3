"""Denormalised counters: columns of the target model computed from mapped children.

    downloads_count = Count("market.Download", by="icon", legacy="num_downloads")

`child` is a model (`"app.Model"`) or the name of a source table that is mapped to one; `by` is
the child's foreign key to this model; `filter` a `Q` over the child's fields; `legacy` the
source column that held PHP's own counter, for the verifier to judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as option
from typing import ClassVar, Literal

from django.db.models import Q

__all__ = ["Count", "Counter", "Latest", "Max", "Sum"]


@dataclass(frozen=True)
class _Counter:
    kind: ClassVar[Literal["count", "sum", "max", "latest"]]

    child: str


@dataclass(frozen=True)
class _Tail:
    by: str = option(kw_only=True)
    filter: Q | None = option(default=None, kw_only=True)
    legacy: str | None = option(default=None, kw_only=True)


@dataclass(frozen=True)
class Count(_Tail, _Counter):
    """How many children there are; 0 without any."""

    kind = "count"


@dataclass(frozen=True)
class Sum(_Tail, _Counter):
    """The sum of a child's field; 0 without any child, or NULL where the field may be NULL."""

    kind = "sum"

    field: str


@dataclass(frozen=True)
class Max(_Tail, _Counter):
    """The greatest value of a child's field; NULL without any child."""

    kind = "max"

    field: str


@dataclass(frozen=True)
class Latest(_Tail, _Counter):
    """A field of the child that comes last by `order_by`, then by key; NULL without any."""

    kind = "latest"

    field: str
    order_by: str = option(kw_only=True)


Counter = Count | Sum | Max | Latest
