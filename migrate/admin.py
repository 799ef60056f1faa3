"""The ledger in Django's admin: to be read, never to be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from migrate.config import load_config
from migrate.models import (
    Chunk,
    Cutover,
    Dropped,
    Reject,
    Run,
    Table,
    Verification,
    VerifiedPart,
)

__all__: list[str] = []

if TYPE_CHECKING:
    # Generic to the type checker only.
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class ReadOnlyAdmin(ModelAdmin):
    """No add, no change, no delete: rows here are committed with what they record."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def _link(model: type[Model], label: object, **filters: int) -> str:
    """A link to a model's list, filtered."""
    page = reverse(f"admin:delamp_{model._meta.model_name}_changelist")
    return format_html('<a href="{}?{}">{}</a>', page, urlencode(filters), label)


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = (
        "id", "state", "started_at", "finished_at", "attempts", "table_count", "dropped_count",
        "source", "snapshot",
    )  # fmt: skip
    list_filter = ("state", "started_at")
    date_hierarchy = "started_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        runs: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = runs.annotate(n_tables=Count("tables"))
        return counted

    @admin.display(description="tables", ordering="n_tables")
    def table_count(self, run: Any) -> str:
        return _link(Table, run.n_tables, run__id__exact=run.pk)

    @admin.display(description="dropped indexes and keys")
    def dropped_count(self, run: Any) -> str:
        return _link(Dropped, run.dropped.count(), run__id__exact=run.pk)


@admin.register(Table)
class TableAdmin(ReadOnlyAdmin):
    list_display = (
        "mapping", "run", "state", "source_table", "target_table", "extracted", "loaded",
        "reject_count", "skipped", "chunk_count", "started_at", "finished_at",
    )  # fmt: skip
    list_filter = ("state", "run")
    list_select_related = ("run",)
    search_fields = ("mapping", "source_table", "target_table")

    @admin.display(description="quarantine")
    def reject_count(self, table: Any) -> str:
        return _link(Reject, f"{table.rejects.count():,}", table__id__exact=table.pk)

    @admin.display(description="chunks")
    def chunk_count(self, table: Any) -> str:
        return _link(Chunk, f"{table.chunks.count():,}", table__id__exact=table.pk)


@admin.register(Chunk)
class ChunkAdmin(ReadOnlyAdmin):
    list_display = (
        "id", "table", "ordinal", "after", "until", "extracted", "loaded", "rejected", "skipped",
        "bytes", "loaded_at",
    )  # fmt: skip
    list_filter = ("table__run", "table")
    list_select_related = ("table",)


@admin.register(Reject)
class RejectAdmin(ReadOnlyAdmin):
    """Source values are people's data: `values` is hidden unless DELAMP says SHOW_VALUES."""

    list_display = ("id", "table", "key_text", "column", "code", "outcome", "detail", "created_at")
    list_filter = ("outcome", "code", "table__run", "table")
    list_select_related = ("table",)
    search_fields = ("=key_text", "column", "code")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        shown = load_config().show_values
        names = [f.name for f in Reject._meta.fields if f.name != "values"]
        return (*names, "values" if shown else "hidden_values")

    @admin.display(description="values")
    def hidden_values(self, reject: Any) -> str:
        return f"{len(reject.values or {})} hidden; DELAMP['SHOW_VALUES'] shows them"


@admin.register(Dropped)
class DroppedAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "table_name", "run", "is_restored", "restored_at")
    list_filter = ("kind", ("restored_at", admin.EmptyFieldListFilter), "run")
    list_select_related = ("run",)
    search_fields = ("name", "table_name")

    @admin.display(boolean=True, description="restored")
    def is_restored(self, dropped: Any) -> bool:
        return dropped.restored_at is not None


@admin.register(Cutover)
class CutoverAdmin(ReadOnlyAdmin):
    list_display = (
        "id", "state", "rehearsal", "started_at", "finished_at", "method", "is_frozen",
        "write_pause_seconds",
    )  # fmt: skip
    list_filter = ("state", "rehearsal")

    @admin.display(boolean=True, description="source frozen")
    def is_frozen(self, cutover: Any) -> bool:
        return cutover.undo is not None and cutover.given_back_at is None


@admin.register(Verification)
class VerificationAdmin(ReadOnlyAdmin):
    list_display = ("id", "state", "started_at", "ended_at", "all_rows", "parts_looked_at")
    list_filter = ("state",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = found.annotate(n_parts=Count("parts"))
        return counted

    @admin.display(description="levels of tables")
    def parts_looked_at(self, verification: Any) -> str:
        return _link(VerifiedPart, verification.n_parts, verification__id__exact=verification.pk)


@admin.register(VerifiedPart)
class VerifiedPartAdmin(ReadOnlyAdmin):
    list_display = ("mapping", "level", "complete", "found", "looked_at", "verification")
    list_filter = ("complete", "level", "verification")
    search_fields = ("mapping",)
