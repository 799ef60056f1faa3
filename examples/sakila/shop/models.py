"""The two shops: where they are, who works there, who rents what, who has paid."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from films.models import Film


class Country(models.Model):
    name = models.CharField(max_length=50, unique=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "countries"

    def __str__(self) -> str:
        return self.name


class City(models.Model):
    name = models.CharField(max_length=50)
    country = models.ForeignKey(Country, models.PROTECT, related_name="cities")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "cities"

    def __str__(self) -> str:
        return self.name


class Address(models.Model):
    address = models.CharField(max_length=50)
    address2 = models.CharField(max_length=50, blank=True)
    district = models.CharField(max_length=20, blank=True)
    city = models.ForeignKey(City, models.PROTECT, related_name="addresses")
    postal_code = models.CharField(max_length=10, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "addresses"

    def __str__(self) -> str:
        return self.address


class Store(models.Model):
    manager = models.OneToOneField("Staff", models.PROTECT, related_name="managed_store")
    address = models.ForeignKey(Address, models.PROTECT, related_name="stores")
    updated_at = models.DateTimeField(auto_now=True)

    customers_count = models.PositiveIntegerField(default=0, editable=False)
    items_count = models.PositiveIntegerField(default=0, editable=False)

    def __str__(self) -> str:
        return f"store {self.pk}"


class Staff(models.Model):
    """Every member works in a store, and every store is managed by a member: a cycle."""

    first_name = models.CharField(max_length=45)
    last_name = models.CharField(max_length=45)
    address = models.ForeignKey(Address, models.PROTECT, related_name="staff")
    picture = models.BinaryField(null=True, blank=True, editable=True)
    email = models.EmailField(max_length=50, blank=True)
    store = models.ForeignKey(Store, models.PROTECT, related_name="staff")
    is_active = models.BooleanField(default=True)
    username = models.CharField(max_length=16, unique=True)
    password = models.CharField(max_length=128)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "staff"

    def __str__(self) -> str:
        return self.username


class Customer(models.Model):
    store = models.ForeignKey(Store, models.PROTECT, related_name="customers")
    first_name = models.CharField(max_length=45)
    last_name = models.CharField(max_length=45, db_index=True)
    email = models.EmailField(max_length=50, blank=True)
    address = models.ForeignKey(Address, models.PROTECT, related_name="customers")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True, null=True)

    rentals_count = models.PositiveIntegerField(default=0, editable=False)
    open_rentals_count = models.PositiveIntegerField(default=0, editable=False)
    total_paid = models.DecimalField(max_digits=9, decimal_places=2, default=0, editable=False)
    last_rental_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_amount = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True, editable=False
    )

    class Meta:
        indexes = [models.Index(fields=["-total_paid"], name="customer_best")]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"


class InventoryItem(models.Model):
    """One disc of a film, in one store."""

    film = models.ForeignKey(Film, models.PROTECT, related_name="copies")
    store = models.ForeignKey(Store, models.PROTECT, related_name="items")
    updated_at = models.DateTimeField(auto_now=True)

    rentals_count = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = "item"
        indexes = [models.Index(fields=["store", "film"], name="item_in_store")]

    def __str__(self) -> str:
        return f"item {self.pk}"


class Rental(models.Model):
    item = models.ForeignKey(InventoryItem, models.PROTECT, related_name="rentals")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="rentals")
    staff = models.ForeignKey(Staff, models.PROTECT, related_name="rentals")
    rented_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rented_at", "item", "customer"], name="rental_once"),
            models.CheckConstraint(
                condition=Q(returned_at__isnull=True) | Q(returned_at__gte=F("rented_at")),
                name="rental_returned_after_it_began",
            ),
        ]
        indexes = [
            models.Index(fields=["item"], condition=Q(returned_at__isnull=True), name="rental_open")
        ]

    def __str__(self) -> str:
        return f"rental {self.pk}"


class Payment(models.Model):
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="payments")
    staff = models.ForeignKey(Staff, models.PROTECT, related_name="payments")
    rental = models.ForeignKey(
        Rental, models.SET_NULL, null=True, blank=True, related_name="payments"
    )
    amount = models.DecimalField(max_digits=5, decimal_places=2)
    paid_at = models.DateTimeField(db_index=True)
    updated_at = models.DateTimeField(auto_now=True, null=True)

    def __str__(self) -> str:
        return f"payment {self.pk}"
