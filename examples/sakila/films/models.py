"""The catalogue: films, who plays in them, their languages and categories."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q


class Language(models.Model):
    name = models.CharField(max_length=20, unique=True)
    updated_at = models.DateTimeField(auto_now=True)

    films_count = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    name = models.CharField(max_length=25, unique=True)
    updated_at = models.DateTimeField(auto_now=True)

    films_count = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class Actor(models.Model):
    first_name = models.CharField(max_length=45)
    last_name = models.CharField(max_length=45, db_index=True)
    updated_at = models.DateTimeField(auto_now=True)

    films_count = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["last_name", "first_name"]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"


class Film(models.Model):
    class Rating(models.TextChoices):
        G = "G", "general audiences"
        PG = "PG", "parental guidance suggested"
        PG_13 = "PG-13", "parents strongly cautioned"
        R = "R", "restricted"
        NC_17 = "NC-17", "adults only"

    class Feature(models.TextChoices):
        TRAILERS = "Trailers"
        COMMENTARIES = "Commentaries"
        DELETED_SCENES = "Deleted Scenes"
        BEHIND_THE_SCENES = "Behind the Scenes"

    title = models.CharField(max_length=128, db_index=True)
    description = models.TextField(blank=True)
    release_year = models.PositiveSmallIntegerField(null=True, blank=True)
    language = models.ForeignKey(Language, models.PROTECT, related_name="films")
    original_language = models.ForeignKey(
        Language, models.PROTECT, null=True, blank=True, related_name="films_made_in"
    )
    rental_days = models.PositiveSmallIntegerField(default=3)
    rental_rate = models.DecimalField(max_digits=4, decimal_places=2, default="4.99")
    length = models.PositiveSmallIntegerField("minutes", null=True, blank=True)
    replacement_cost = models.DecimalField(max_digits=5, decimal_places=2, default="19.99")
    rating = models.CharField(max_length=5, choices=Rating, default=Rating.G, null=True)
    special_features = ArrayField(
        models.CharField(max_length=17, choices=Feature), default=list, blank=True
    )
    updated_at = models.DateTimeField(auto_now=True)

    actors = models.ManyToManyField(Actor, blank=True, related_name="films")
    categories = models.ManyToManyField(Category, through="FilmCategory", related_name="films")

    copies_count = models.PositiveIntegerField(default=0, editable=False)
    actors_count = models.PositiveIntegerField(default=0, editable=False)

    # What the table film_text and its three triggers were for.
    search = models.GeneratedField(
        expression=SearchVector("title", "description", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        ordering = ["title"]
        indexes = [GinIndex(fields=["search"], name="film_search")]
        constraints = [
            models.CheckConstraint(
                condition=Q(rental_rate__gte=0) & Q(replacement_cost__gte=0),
                name="film_prices_not_negative",
            )
        ]

    def __str__(self) -> str:
        return self.title


class FilmCategory(models.Model):
    film = models.ForeignKey(Film, models.CASCADE)
    category = models.ForeignKey(Category, models.PROTECT)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "film categories"
        constraints = [
            models.UniqueConstraint(fields=["film", "category"], name="film_category_once")
        ]

    def __str__(self) -> str:
        return f"{self.film_id} in {self.category_id}"


class FilmText(models.Model):
    """PHP's copy of a film's texts, for its search. To be dropped with PHP: see `Film.search`."""

    film = models.OneToOneField(Film, models.CASCADE, primary_key=True, related_name="text")
    title = models.CharField(max_length=255)
    description = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.title
