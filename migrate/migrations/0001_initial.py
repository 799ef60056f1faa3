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
                (
                    "proving",
                    models.BooleanField(
                        default=False,
                        help_text="The source hashes every chunk: it can be proved later.",
                    ),
                ),
                (
                    "versions",
                    models.JSONField(
                        default=dict, help_text="Of what took part in the first attempt."
                    ),
                ),
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
                (
                    "form",
                    models.JSONField(
                        help_text="How its rows are found and hashed in the target, as SQL.",
                        null=True,
                    ),
                ),
                (
                    "altered",
                    models.JSONField(
                        help_text="Values that steps alter, by field and step, as the source counts.",
                        null=True,
                    ),
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
                    "proof",
                    models.CharField(
                        default="",
                        help_text="Sum of its rows' hashes, as the source made them.",
                        max_length=32,
                    ),
                ),
                ("held", models.BigIntegerField(help_text="Rows in that sum.", null=True)),
                (
                    "unproven",
                    models.TextField(
                        default="",
                        help_text="Why the sum is none of the rows that are there: `changed by …`.",
                    ),
                ),
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
        migrations.CreateModel(
            name="Cutover",
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
                            ("checking", "Checking"),
                            ("verifying", "Verifying"),
                            ("catching-up", "catching up"),
                            ("freezing", "Freezing"),
                            ("frozen", "Frozen"),
                            ("proving", "Proving"),
                            ("closing", "Closing"),
                            ("reporting", "Reporting"),
                            ("done", "Done"),
                            ("rehearsed", "Rehearsed"),
                            ("failed", "Failed"),
                            ("undone", "Undone"),
                        ],
                        max_length=20,
                    ),
                ),
                ("rehearsal", models.BooleanField(default=False)),
                ("attempts", models.IntegerField(default=1)),
                ("started_at", models.DateTimeField()),
                (
                    "verified_at",
                    models.DateTimeField(
                        help_text="When the full verification had ended; null: it has not.",
                        null=True,
                    ),
                ),
                (
                    "frozen_at",
                    models.DateTimeField(
                        help_text="When the freeze began; its undo is here since before.", null=True
                    ),
                ),
                (
                    "given_back_at",
                    models.DateTimeField(
                        help_text="When PHP could write again; null: it was not frozen, or still is.",
                        null=True,
                    ),
                ),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "times",
                    models.JSONField(help_text="Every state that was entered, with its time."),
                ),
                (
                    "method",
                    models.CharField(
                        default="", help_text="How the source was frozen.", max_length=20
                    ),
                ),
                (
                    "undo",
                    models.JSONField(
                        help_text="All that is needed to undo the freeze; holds no password.",
                        null=True,
                    ),
                ),
                (
                    "recording",
                    models.BooleanField(
                        default=False,
                        help_text="Whether refreshed rows are noted, to be verified again.",
                    ),
                ),
                (
                    "run_number",
                    models.BigIntegerField(help_text="The run that loaded what was verified."),
                ),
                (
                    "write_pause_seconds",
                    models.FloatField(
                        help_text="From the first refused write until the site may open.", null=True
                    ),
                ),
                ("report", models.JSONField(help_text="What was checked and verified.", null=True)),
                ("error", models.TextField(default="")),
                ("version", models.CharField(max_length=40)),
                (
                    "source",
                    models.TextField(help_text="The frozen database, without the password."),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="CutoverKey",
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
                        choices=[("row", "Row"), ("counted", "its counters")], max_length=10
                    ),
                ),
                ("mapping", models.CharField(max_length=200)),
                ("key", models.JSONField(help_text="What the target holds of the key, as texts.")),
                (
                    "cutover",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="keys",
                        to="delamp.cutover",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("table_name", models.TextField(help_text="Table of the target.")),
                (
                    "op",
                    models.CharField(
                        choices=[
                            ("I", "Insert"),
                            ("U", "Update"),
                            ("D", "Delete"),
                        ],
                        max_length=1,
                    ),
                ),
                (
                    "old",
                    models.JSONField(help_text="The row before, counters left out.", null=True),
                ),
                (
                    "new",
                    models.JSONField(help_text="The row after, counters left out.", null=True),
                ),
                (
                    "xact",
                    models.BigIntegerField(help_text="PostgreSQL's number of the transaction."),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["id"],
                "indexes": [models.Index(fields=["at"], name="delamp_change_at")],
            },
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stream", models.CharField(max_length=40, unique=True)),
                (
                    "position",
                    models.JSONField(
                        help_text="Binlog position; all before it is in the target. Null: no binlog.",
                        null=True,
                    ),
                ),
                (
                    "committed_at",
                    models.DateTimeField(
                        help_text="When the source committed the last change that is in the target.",
                        null=True,
                    ),
                ),
                ("updated_at", models.DateTimeField()),
                (
                    "events",
                    models.BigIntegerField(default=0, help_text="Row changes followed so far."),
                ),
                (
                    "facts",
                    models.JSONField(
                        default=dict,
                        help_text="Columns and keys of the source tables that are followed.",
                    ),
                ),
                (
                    "suspect",
                    models.JSONField(
                        default=dict,
                        help_text="Table plans that need a checksum pass, each with the reason.",
                    ),
                ),
                (
                    "passes",
                    models.JSONField(
                        default=dict, help_text="When a table plan was last compared by checksums."
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("following", "Following"),
                            ("waiting", "Waiting"),
                            ("paused", "Paused"),
                            ("stopped", "Stopped"),
                            ("failed", "Failed"),
                        ],
                        default="stopped",
                        max_length=20,
                    ),
                ),
                (
                    "detail",
                    models.TextField(default="", help_text="Why it waits, pauses or has stopped."),
                ),
                (
                    "seen_at",
                    models.DateTimeField(
                        help_text="When the follower last gave a sign.", null=True
                    ),
                ),
                ("lag_seconds", models.FloatField(null=True)),
                (
                    "lag_events",
                    models.BigIntegerField(
                        help_text="Row changes that are read and not applied yet.", null=True
                    ),
                ),
                (
                    "paused",
                    models.BooleanField(
                        default=False, help_text="Asked to pause, by `delamp pause`."
                    ),
                ),
            ],
            options={
                "ordering": ["stream"],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("label", models.CharField(help_text="Of the model.", max_length=200)),
                (
                    "inserted",
                    models.JSONField(
                        help_text="Primary keys, as texts where JSON has no such type."
                    ),
                ),
                ("updated", models.JSONField()),
                ("deleted", models.JSONField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Owned",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("mapping", models.CharField(max_length=200, unique=True)),
                ("since", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "owned tables",
                "ordering": ["mapping"],
            },
        ),
        migrations.CreateModel(
            name="Watermark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("mapping", models.CharField(max_length=200, unique=True)),
                ("column", models.TextField()),
                ("value", models.JSONField(help_text="In the form of chunk bounds.", null=True)),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["mapping"],
            },
        ),
        migrations.CreateModel(
            name="Verification",
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
                            ("stopped", "Stopped"),
                            ("finished", "Finished"),
                        ],
                        max_length=20,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("levels", models.JSONField()),
                (
                    "tables",
                    models.JSONField(help_text="Table plans, each with its fingerprint."),
                ),
                ("all_rows", models.BooleanField()),
                ("seed", models.BigIntegerField()),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="VerifiedPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("level", models.CharField(max_length=20)),
                ("mapping", models.CharField(max_length=200)),
                ("complete", models.BooleanField(help_text="Looked at to its end.")),
                ("found", models.BigIntegerField(help_text="Findings that are failures.")),
                (
                    "result",
                    models.JSONField(help_text="What was found, without any value of a row."),
                ),
                ("looked_at", models.DateTimeField()),
                (
                    "verification",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="delamp.verification",
                    ),
                ),
            ],
            options={
                "ordering": ["verification_id", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("verification", "level", "mapping"), name="delamp_verified_once"
                    )
                ],
            },
        ),
    ]
