from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Author",
            fields=[
                ("id", models.IntegerField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("icon_count", models.IntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Icon",
            fields=[
                ("id", models.IntegerField(primary_key=True, serialize=False)),
                ("slug", models.CharField(max_length=80)),
                ("title", models.CharField(max_length=200)),
                ("description", models.TextField(null=True)),
                ("downloads", models.IntegerField()),
                ("width", models.PositiveSmallIntegerField()),
                ("price", models.DecimalField(decimal_places=2, max_digits=10, null=True)),
                ("score", models.FloatField()),
                ("is_free", models.BooleanField()),
                ("status", models.CharField(max_length=10)),
                ("created", models.DateTimeField(db_index=True)),
                ("updated", models.DateTimeField(null=True)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="bench.author"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="IconWithMeta",
            fields=[
                ("id", models.IntegerField(primary_key=True, serialize=False)),
                ("slug", models.CharField(max_length=80)),
                ("title", models.CharField(max_length=200)),
                ("description", models.TextField(null=True)),
                ("downloads", models.IntegerField()),
                ("width", models.PositiveSmallIntegerField()),
                ("price", models.DecimalField(decimal_places=2, max_digits=10, null=True)),
                ("score", models.FloatField()),
                ("is_free", models.BooleanField()),
                ("status", models.CharField(max_length=10)),
                ("created", models.DateTimeField(db_index=True)),
                ("updated", models.DateTimeField(null=True)),
                ("meta", models.JSONField(null=True)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="bench.author"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
