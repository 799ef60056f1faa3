from __future__ import annotations

from django.contrib import admin
from shop.models import (
    Address,
    City,
    Country,
    Customer,
    InventoryItem,
    Payment,
    Rental,
    Staff,
    Store,
)


@admin.register(Country)
class CountryAdmin(admin.ModelAdmin):
    search_fields = ["name"]


@admin.register(City)
class CityAdmin(admin.ModelAdmin):
    list_display = ["name", "country"]
    list_select_related = ["country"]
    autocomplete_fields = ["country"]
    search_fields = ["name"]


@admin.register(Address)
class AddressAdmin(admin.ModelAdmin):
    list_display = ["address", "district", "city", "postal_code", "phone"]
    list_select_related = ["city"]
    autocomplete_fields = ["city"]
    search_fields = ["address", "postal_code"]


@admin.register(Store)
class StoreAdmin(admin.ModelAdmin):
    list_display = ["__str__", "manager", "customers_count", "items_count"]
    list_select_related = ["manager"]
    autocomplete_fields = ["address", "manager"]
    readonly_fields = ["customers_count", "items_count"]


@admin.register(Staff)
class StaffAdmin(admin.ModelAdmin):
    list_display = ["username", "first_name", "last_name", "store", "is_active"]
    autocomplete_fields = ["address"]
    exclude = ["password", "picture"]
    search_fields = ["username", "last_name"]


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    list_display = ["first_name", "last_name", "email", "rentals_count", "total_paid"]
    list_filter = ["is_active", "store"]
    autocomplete_fields = ["address"]
    readonly_fields = [
        "rentals_count",
        "open_rentals_count",
        "total_paid",
        "last_rental_at",
        "last_amount",
    ]
    search_fields = ["last_name", "email"]


@admin.register(InventoryItem)
class InventoryItemAdmin(admin.ModelAdmin):
    list_display = ["id", "film", "store", "rentals_count"]
    list_select_related = ["film", "store"]
    list_filter = ["store"]
    autocomplete_fields = ["film"]
    readonly_fields = ["rentals_count"]
    search_fields = ["film__title"]


@admin.register(Rental)
class RentalAdmin(admin.ModelAdmin):
    list_display = ["id", "item", "customer", "rented_at", "returned_at"]
    list_select_related = ["item", "customer"]
    autocomplete_fields = ["item", "customer"]
    search_fields = ["customer__last_name"]
    date_hierarchy = "rented_at"


@admin.register(Payment)
class PaymentAdmin(admin.ModelAdmin):
    list_display = ["id", "customer", "amount", "paid_at"]
    list_select_related = ["customer"]
    autocomplete_fields = ["customer", "rental"]
    date_hierarchy = "paid_at"
