# ruff: noqa: E501
"""The ledger's tables."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("interrupted", "Interrupted"),
                            ("failed", "Failed"),
                            ("finished", "Finished"),
                        ],
                        max_length=20,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("attempts", models.IntegerField(default=1)),
                ("version", models.CharField(max_length=40)),
                (
                    "source",
                    models.TextField(help_text="Where the rows came from, without the password."),
                ),
                ("server", models.TextField(help_text="What the source server calls itself.")),
                (
                    "snapshot",
                    models.CharField(
                        help_text="How readers share one view of the source.", max_length=40
                    ),
                ),
                (
                    "binlog",
                    models.JSONField(
                        help_text="Position of the first attempt's snapshot.", null=True
                    ),
                ),
                (
                    "unprotected",
                    models.JSONField(help_text="Source tables that no snapshot protects."),
                ),
                (
                    "mixed_snapshots",
                    models.BooleanField(
                        default=False,
                        help_text="A later attempt read a later snapshot; a checksum pass closes it.",
                    ),
                ),
                ("error", models.TextField(default="")),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ExistingKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("mapping", models.CharField(max_length=200)),
                ("target_key", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("mapping", "target_key"), name="delamp_existing_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="KeyMap",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("mapping", models.CharField(max_length=200)),
                ("source_key", models.TextField()),
                ("target_key", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("mapping", "source_key"), name="delamp_keymap_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Dropped",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("index", "Index"), ("foreign_key", "Foreign Key")], max_length=20
                    ),
                ),
                ("table_name", models.TextField()),
                ("name", models.TextField()),
                ("definition", models.TextField(help_text="The statement that makes it again.")),
                ("restored_at", models.DateTimeField(null=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dropped",
                        to="delamp.run",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "dropped indexes and foreign keys",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Table",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("mapping", models.CharField(max_length=200)),
                ("source_table", models.TextField()),
                ("target_table", models.TextField()),
                ("fingerprint", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("loading", "Loading"),
                            ("loaded", "Loaded"),
                            ("finished", "Finished"),
                        ],
                        max_length=20,
                    ),
                ),
                ("extracted", models.BigIntegerField(default=0)),
                ("loaded", models.BigIntegerField(default=0)),
                ("rejected", models.BigIntegerField(default=0)),
                ("skipped", models.BigIntegerField(default=0)),
                ("bytes", models.BigIntegerField(default=0, help_text="Bytes of COPY text.")),
                (
                    "existing_rows",
                    models.BigIntegerField(default=0, help_text="Rows in the target before."),
                ),
                (
                    "late_extracted",
                    models.BigIntegerField(default=0, help_text="Change by a checksum pass."),
                ),
                (
                    "late_loaded",
                    models.BigIntegerField(default=0, help_text="Change after the last chunk."),
                ),
                (
                    "late_rejected",
                    models.BigIntegerField(default=0, help_text="Orphans found after the load."),
                ),
                (
                    "late_skipped",
                    models.BigIntegerField(default=0, help_text="Orphans left out after the load."),
                ),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tables",
                        to="delamp.run",
                    ),
                ),
            ],
            options={
                "ordering": ["run_id", "id"],
            },
        ),
        migrations.CreateModel(
            name="Reject",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("rejected", "not loaded"),
                            ("skipped", "left out on purpose"),
                            ("nulled", "loaded with NULL"),
                            ("kept", "an existing row was kept"),
                        ],
                        max_length=20,
                    ),
                ),
                ("code", models.CharField(max_length=60)),
                ("column", models.TextField(default="", help_text="Field of the model.")),
                (
                    "key",
                    models.JSONField(
                        help_text="Source key, in the form of chunk bounds; null: no key.",
                        null=True,
                    ),
                ),
                (
                    "key_text",
                    models.TextField(default="", help_text="The key as a person reads it."),
                ),
                ("detail", models.TextField(default="")),
                (
                    "values",
                    models.JSONField(
                        help_text="Source values by column: text, or {'hex': …} where it is no text.",
                        null=True,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "table",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rejects",
                        to="delamp.table",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Chunk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ordinal", models.IntegerField()),
                (
                    "after",
                    models.JSONField(
                        help_text="Key before the first row; null: from the start.", null=True
                    ),
                ),
                (
                    "until",
                    models.JSONField(help_text="Key of the last row; null: to the end.", null=True),
                ),
                ("extracted", models.BigIntegerField()),
                ("loaded", models.BigIntegerField()),
                ("rejected", models.BigIntegerField()),
                ("skipped", models.BigIntegerField()),
                ("bytes", models.BigIntegerField()),
                ("loaded_at", models.DateTimeField()),
                (
                    "table",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chunks",
                        to="delamp.table",
                    ),
                ),
            ],
            options={
                "ordering": ["table_id", "ordinal"],
            },
        ),
        migrations.AddConstraint(
            model_name="table",
            constraint=models.UniqueConstraint(
                fields=("run", "mapping"), name="delamp_table_once_per_run"
            ),
        ),
        migrations.AddIndex(
            model_name="reject",
            index=models.Index(fields=["table", "code"], name="delamp_reject_by_code"),
        ),
        migrations.AddConstraint(
            model_name="chunk",
            constraint=models.UniqueConstraint(
                fields=("table", "ordinal"), name="delamp_chunk_once"
            ),
        ),
    ]
