from __future__ import annotations

from django.contrib import admin

from accounts.models import User


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["username", "full_name", "email", "icons_count", "downloads_count"]
    list_filter = ["is_staff", "is_active", "level"]
    search_fields = ["username", "email"]
    readonly_fields = ["password", "icons_count", "downloads_count", "spent_total"]
    filter_horizontal = ["groups", "user_permissions"]
