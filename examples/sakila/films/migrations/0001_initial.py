import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Actor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_name", models.CharField(max_length=45)),
                ("last_name", models.CharField(db_index=True, max_length=45)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("films_count", models.PositiveIntegerField(default=0, editable=False)),
            ],
            options={
                "ordering": ["last_name", "first_name"],
            },
        ),
        migrations.CreateModel(
            name="Category",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=25, unique=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("films_count", models.PositiveIntegerField(default=0, editable=False)),
            ],
            options={
                "verbose_name_plural": "categories",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Film",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(db_index=True, max_length=128)),
                ("description", models.TextField(blank=True)),
                ("release_year", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("rental_days", models.PositiveSmallIntegerField(default=3)),
                (
                    "rental_rate",
                    models.DecimalField(decimal_places=2, default="4.99", max_digits=4),
                ),
                (
                    "length",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="minutes"),
                ),
                (
                    "replacement_cost",
                    models.DecimalField(decimal_places=2, default="19.99", max_digits=5),
                ),
                (
                    "rating",
                    models.CharField(
                        choices=[
                            ("G", "general audiences"),
                            ("PG", "parental guidance suggested"),
                            ("PG-13", "parents strongly cautioned"),
                            ("R", "restricted"),
                            ("NC-17", "adults only"),
                        ],
                        default="G",
                        max_length=5,
                        null=True,
                    ),
                ),
                (
                    "special_features",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("Trailers", "Trailers"),
                                ("Commentaries", "Commentaries"),
                                ("Deleted Scenes", "Deleted Scenes"),
                                ("Behind the Scenes", "Behind The Scenes"),
                            ],
                            max_length=17,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("copies_count", models.PositiveIntegerField(default=0, editable=False)),
                ("actors_count", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "search",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.contrib.postgres.search.SearchVector(
                            "title", "description", config="english"
                        ),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
                (
                    "actors",
                    models.ManyToManyField(blank=True, related_name="films", to="films.actor"),
                ),
            ],
            options={
                "ordering": ["title"],
            },
        ),
        migrations.CreateModel(
            name="Language",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=20, unique=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("films_count", models.PositiveIntegerField(default=0, editable=False)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="FilmText",
            fields=[
                (
                    "film",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="text",
                        serialize=False,
                        to="films.film",
                    ),
                ),
                ("title", models.CharField(max_length=255)),
                ("description", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="FilmCategory",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="films.category"
                    ),
                ),
                (
                    "film",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="films.film"),
                ),
            ],
            options={
                "verbose_name_plural": "film categories",
            },
        ),
        migrations.AddField(
            model_name="film",
            name="categories",
            field=models.ManyToManyField(
                related_name="films", through="films.FilmCategory", to="films.category"
            ),
        ),
        migrations.AddField(
            model_name="film",
            name="language",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="films",
                to="films.language",
            ),
        ),
        migrations.AddField(
            model_name="film",
            name="original_language",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="films_made_in",
                to="films.language",
            ),
        ),
        migrations.AddConstraint(
            model_name="filmcategory",
            constraint=models.UniqueConstraint(
                fields=("film", "category"), name="film_category_once"
            ),
        ),
        migrations.AddIndex(
            model_name="film",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search"], name="film_search"),
        ),
        migrations.AddConstraint(
            model_name="film",
            constraint=models.CheckConstraint(
                condition=models.Q(("rental_rate__gte", 0), ("replacement_cost__gte", 0)),
                name="film_prices_not_negative",
            ),
        ),
    ]
