from __future__ import annotations

from django.contrib import admin
from films.models import Actor, Category, Film, FilmCategory, Language


@admin.register(Language, Category)
class NameAdmin(admin.ModelAdmin):
    list_display = ["name", "films_count"]
    readonly_fields = ["films_count"]
    search_fields = ["name"]


@admin.register(Actor)
class ActorAdmin(admin.ModelAdmin):
    list_display = ["last_name", "first_name", "films_count"]
    readonly_fields = ["films_count"]
    search_fields = ["last_name", "first_name"]


class FilmCategoryInline(admin.TabularInline):
    model = FilmCategory
    extra = 0
    autocomplete_fields = ["category"]


@admin.register(Film)
class FilmAdmin(admin.ModelAdmin):
    list_display = ["title", "rating", "language", "rental_rate", "copies_count", "actors_count"]
    list_select_related = ["language"]
    list_filter = ["rating", "categories"]
    autocomplete_fields = ["actors", "language", "original_language"]
    readonly_fields = ["copies_count", "actors_count"]
    search_fields = ["title"]
    inlines = [FilmCategoryInline]
