from __future__ import annotations

from django.contrib import admin

from market.models import Comment, Download, Favourite, Purchase


@admin.register(Download)
class DownloadAdmin(admin.ModelAdmin):
    list_display = ["id", "icon", "user", "created_at", "ip", "file_format"]
    list_select_related = ["icon", "user"]
    raw_id_fields = ["icon", "user"]
    # Counting two thirds of the database for every page is not worth a number.
    show_full_result_count = False


@admin.register(Purchase)
class PurchaseAdmin(admin.ModelAdmin):
    list_display = ["invoice", "user", "icon", "amount", "currency", "status", "paid_at"]
    list_select_related = ["user", "icon"]
    list_filter = ["status", "currency"]
    raw_id_fields = ["user", "icon"]
    search_fields = ["invoice"]


@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin):
    list_display = ["title", "icon", "user", "is_approved", "karma", "created_at"]
    list_select_related = ["icon", "user"]
    list_filter = ["is_approved"]
    raw_id_fields = ["icon", "user", "parent"]


@admin.register(Favourite)
class FavouriteAdmin(admin.ModelAdmin):
    list_display = ["user", "icon", "created_at"]
    list_select_related = ["user", "icon"]
    raw_id_fields = ["user", "icon"]
