"""Where the catalogue comes from."""

from __future__ import annotations

from mappings import Column, Count, ManyToMany, ModelMapping, Reference, steps


class LanguageMapping(ModelMapping):
    id = Column("language_id")
    name = Column("name")
    updated_at = Column("last_update")
    films_count = Count("films.Film", by="language")

    class Meta:
        source = "language"
        model = "films.Language"


class CategoryMapping(ModelMapping):
    id = Column("category_id")
    name = Column("name")
    updated_at = Column("last_update")
    films_count = Count("films.FilmCategory", by="category")

    class Meta:
        source = "category"
        model = "films.Category"


class ActorMapping(ModelMapping):
    id = Column("actor_id")
    first_name = Column("first_name")
    last_name = Column("last_name")
    updated_at = Column("last_update")
    films_count = Count("films.Film_actors", by="actor")

    class Meta:
        source = "actor"
        model = "films.Actor"


class FilmMapping(ModelMapping):
    id = Column("film_id")
    description = Column("description", steps.default(""))
    language = Reference("language_id")
    original_language = Reference("original_language_id", orphans="null")
    rental_days = Column("rental_duration")
    special_features = Column("special_features", steps.default([]))
    updated_at = Column("last_update")
    actors = ManyToMany("film_actor", "film_id", "actor_id")

    copies_count = Count("shop.InventoryItem", by="film")
    actors_count = Count("films.Film_actors", by="film")

    class Meta:
        source = "film"
        model = "films.Film"
        # title, release_year, length, rental_rate, replacement_cost and rating keep their names.
        columns = "same-name"


class FilmCategoryMapping(ModelMapping):
    film = Reference("film_id")
    category = Reference("category_id")
    updated_at = Column("last_update")

    class Meta:
        source = "film_category"
        model = "films.FilmCategory"


class FilmTextMapping(ModelMapping):
    film = Reference("film_id")
    title = Column("title")
    description = Column("description", steps.default(""))

    class Meta:
        source = "film_text"
        model = "films.FilmText"
