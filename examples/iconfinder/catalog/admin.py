from __future__ import annotations

from django.contrib import admin

from catalog.models import Category, Icon, IconSet, Tag


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ["name", "parent", "position"]
    list_select_related = ["parent"]
    autocomplete_fields = ["parent"]
    search_fields = ["name"]


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    list_display = ["name", "icons_count"]
    search_fields = ["name"]


@admin.register(IconSet)
class IconSetAdmin(admin.ModelAdmin):
    list_display = ["title", "owner", "licence", "price", "icons_count", "downloads_count"]
    list_select_related = ["owner"]
    list_filter = ["licence", "is_public"]
    autocomplete_fields = ["owner"]
    readonly_fields = ["icons_count", "downloads_count"]
    search_fields = ["title", "slug"]


@admin.register(Icon)
class IconAdmin(admin.ModelAdmin):
    list_display = ["name", "author", "icon_set", "downloads_count", "last_download_at", "revenue"]
    list_select_related = ["author", "icon_set"]
    list_filter = ["is_free"]
    autocomplete_fields = ["author", "icon_set", "category", "tags"]
    readonly_fields = ["downloads_count", "favourites_count", "last_download_at", "revenue"]
    search_fields = ["name"]
