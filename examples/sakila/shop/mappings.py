"""Where the shops come from.

Sakila does not say in which zone its DATETIME columns tell the time; here they tell UTC.
"""

from __future__ import annotations

from django.db.models import Q

from mappings import Column, Count, Latest, Max, ModelMapping, Reference, Sum, steps


class CountryMapping(ModelMapping):
    id = Column("country_id")
    name = Column("country")
    updated_at = Column("last_update")

    class Meta:
        source = "country"
        model = "shop.Country"


class CityMapping(ModelMapping):
    id = Column("city_id")
    name = Column("city")
    country = Reference("country_id")
    updated_at = Column("last_update")

    class Meta:
        source = "city"
        model = "shop.City"


class AddressMapping(ModelMapping):
    id = Column("address_id")
    address = Column("address")
    address2 = Column("address2", steps.default(""))
    district = Column("district")
    city = Reference("city_id")
    postal_code = Column("postal_code", steps.default(""))
    phone = Column("phone")
    updated_at = Column("last_update")

    class Meta:
        source = "address"
        model = "shop.Address"


class StoreMapping(ModelMapping):
    id = Column("store_id")
    manager = Reference("manager_staff_id")
    address = Reference("address_id")
    updated_at = Column("last_update")

    customers_count = Count("shop.Customer", by="store")
    items_count = Count("shop.InventoryItem", by="store")

    class Meta:
        source = "store"
        model = "shop.Store"


class StaffMapping(ModelMapping):
    id = Column("staff_id")
    first_name = Column("first_name")
    last_name = Column("last_name")
    address = Reference("address_id")
    picture = Column("picture")
    email = Column("email", steps.lower, steps.default(""))
    store = Reference("store_id")
    is_active = Column("active")
    username = Column("username")
    # SHA-1 without salt; NULL for who has never logged in.
    password = Column("password", steps.default(""), steps.php_password)
    updated_at = Column("last_update")

    class Meta:
        source = "staff"
        model = "shop.Staff"


class CustomerMapping(ModelMapping):
    id = Column("customer_id")
    store = Reference("store_id")
    first_name = Column("first_name")
    last_name = Column("last_name")
    email = Column("email", steps.lower, steps.default(""))
    address = Reference("address_id")
    is_active = Column("active")
    created_at = Column("create_date")
    updated_at = Column("last_update")

    rentals_count = Count("shop.Rental", by="customer")
    open_rentals_count = Count("shop.Rental", by="customer", filter=Q(returned_at__isnull=True))
    total_paid = Sum("shop.Payment", "amount", by="customer")
    last_rental_at = Max("shop.Rental", "rented_at", by="customer")
    last_amount = Latest("shop.Payment", "amount", by="customer", order_by="paid_at")

    class Meta:
        source = "customer"
        model = "shop.Customer"
        time_zone = "UTC"


class InventoryItemMapping(ModelMapping):
    id = Column("inventory_id")
    film = Reference("film_id")
    store = Reference("store_id")
    updated_at = Column("last_update")

    rentals_count = Count("shop.Rental", by="item")

    class Meta:
        source = "inventory"
        model = "shop.InventoryItem"


class RentalMapping(ModelMapping):
    id = Column("rental_id")
    item = Reference("inventory_id")
    customer = Reference("customer_id")
    staff = Reference("staff_id")
    rented_at = Column("rental_date")
    returned_at = Column("return_date")
    updated_at = Column("last_update")

    class Meta:
        source = "rental"
        model = "shop.Rental"
        time_zone = "UTC"


class PaymentMapping(ModelMapping):
    id = Column("payment_id")
    customer = Reference("customer_id")
    staff = Reference("staff_id")
    rental = Reference("rental_id", orphans="null")
    amount = Column("amount")
    paid_at = Column("payment_date")
    updated_at = Column("last_update")

    class Meta:
        source = "payment"
        model = "shop.Payment"
        time_zone = "UTC"
