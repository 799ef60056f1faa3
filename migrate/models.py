"""The ledger: what was moved, when, and what was not.

Rows are written by `migrate.ledger` over the connection that loads, so that a chunk and its row
commit together; Django reads them. Nothing but delamp writes these tables.
"""

from __future__ import annotations

from django.db import models

__all__ = [
    "Change",
    "Checkpoint",
    "Chunk",
    "Cutover",
    "CutoverKey",
    "Dropped",
    "ExistingKey",
    "KeyMap",
    "Notice",
    "Owned",
    "Reject",
    "Run",
    "Table",
    "Verification",
    "VerifiedPart",
    "Watermark",
]


class Run(models.Model):
    """One load of all or some tables, resumed as often as needed until it is finished."""

    class State(models.TextChoices):
        RUNNING = "running"
        INTERRUPTED = "interrupted"
        FAILED = "failed"
        FINISHED = "finished"

    state = models.CharField(max_length=20, choices=State)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=1)
    version = models.CharField(max_length=40)
    source = models.TextField(help_text="Where the rows came from, without the password.")
    server = models.TextField(help_text="What the source server calls itself.")
    snapshot = models.CharField(
        max_length=40, help_text="How readers share one view of the source."
    )
    binlog = models.JSONField(null=True, help_text="Position of the first attempt's snapshot.")
    unprotected = models.JSONField(help_text="Source tables that no snapshot protects.")
    mixed_snapshots = models.BooleanField(
        default=False, help_text="A later attempt read a later snapshot; a checksum pass closes it."
    )
    error = models.TextField(default="")
    proving = models.BooleanField(
        default=False, help_text="The source hashes every chunk: it can be proved later."
    )
    versions = models.JSONField(default=dict, help_text="Of what took part in the first attempt.")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"run {self.pk} ({self.state})"


class Table(models.Model):
    """One table plan within a run, with its totals in source rows."""

    class State(models.TextChoices):
        PENDING = "pending"
        LOADING = "loading"
        LOADED = "loaded"
        FINISHED = "finished"

    run = models.ForeignKey(Run, models.CASCADE, related_name="tables")
    mapping = models.CharField(max_length=200)
    source_table = models.TextField()
    target_table = models.TextField()
    fingerprint = models.CharField(max_length=64)
    state = models.CharField(max_length=20, choices=State)
    extracted = models.BigIntegerField(default=0)
    loaded = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    skipped = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0, help_text="Bytes of COPY text.")
    existing_rows = models.BigIntegerField(default=0, help_text="Rows in the target before.")
    late_extracted = models.BigIntegerField(default=0, help_text="Change by a checksum pass.")
    late_loaded = models.BigIntegerField(default=0, help_text="Change after the last chunk.")
    late_rejected = models.BigIntegerField(default=0, help_text="Orphans found after the load.")
    late_skipped = models.BigIntegerField(default=0, help_text="Orphans left out after the load.")
    form = models.JSONField(
        null=True, help_text="How its rows are found and hashed in the target, as SQL."
    )
    altered = models.JSONField(
        null=True, help_text="Values that steps alter, by field and step, as the source counts."
    )
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["run_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "mapping"], name="delamp_table_once_per_run")
        ]

    def __str__(self) -> str:
        return self.mapping


class Chunk(models.Model):
    """One key range that is in the target: committed in the transaction of its rows."""

    table = models.ForeignKey(Table, models.CASCADE, related_name="chunks")
    ordinal = models.IntegerField()
    after = models.JSONField(null=True, help_text="Key before the first row; null: from the start.")
    until = models.JSONField(null=True, help_text="Key of the last row; null: to the end.")
    extracted = models.BigIntegerField()
    loaded = models.BigIntegerField()
    rejected = models.BigIntegerField()
    skipped = models.BigIntegerField()
    bytes = models.BigIntegerField()
    loaded_at = models.DateTimeField()
    proof = models.CharField(
        max_length=32, default="", help_text="Sum of its rows' hashes, as the source made them."
    )
    held = models.BigIntegerField(null=True, help_text="Rows in that sum.")
    unproven = models.TextField(
        default="", help_text="Why the sum is none of the rows that are there: `changed by …`."
    )

    class Meta:
        ordering = ["table_id", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["table", "ordinal"], name="delamp_chunk_once")
        ]

    def __str__(self) -> str:
        return f"{self.table_id}/{self.ordinal}"


class Reject(models.Model):
    """A source row that is not in the target as the mapping says, and why: the quarantine."""

    class Outcome(models.TextChoices):
        REJECTED = "rejected", "not loaded"
        SKIPPED = "skipped", "left out on purpose"
        NULLED = "nulled", "loaded with NULL"
        KEPT = "kept", "an existing row was kept"

    table = models.ForeignKey(Table, models.CASCADE, related_name="rejects")
    outcome = models.CharField(max_length=20, choices=Outcome)
    code = models.CharField(max_length=60)
    column = models.TextField(default="", help_text="Field of the model.")
    key = models.JSONField(
        help_text="Source key, in the form of chunk bounds; null: no key.", null=True
    )
    key_text = models.TextField(default="", help_text="The key as a person reads it.")
    detail = models.TextField(default="")
    values = models.JSONField(
        null=True, help_text="Source values by column: text, or {'hex': …} where it is no text."
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["table", "code"], name="delamp_reject_by_code")]

    def __str__(self) -> str:
        return f"{self.key_text} {self.code}"


class Dropped(models.Model):
    """An index or foreign key taken away for the load: committed with the DROP itself."""

    class Kind(models.TextChoices):
        INDEX = "index"
        FOREIGN_KEY = "foreign_key"

    run = models.ForeignKey(Run, models.CASCADE, related_name="dropped")
    kind = models.CharField(max_length=20, choices=Kind)
    table_name = models.TextField()
    name = models.TextField()
    definition = models.TextField(help_text="The statement that makes it again.")
    restored_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "dropped indexes and foreign keys"

    def __str__(self) -> str:
        return self.name


class KeyMap(models.Model):
    """A source row that became an existing target row, or had to take another key."""

    mapping = models.CharField(max_length=200)
    source_key = models.TextField()
    target_key = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mapping", "source_key"], name="delamp_keymap_once")
        ]

    def __str__(self) -> str:
        return f"{self.source_key} -> {self.target_key}"


class ExistingKey(models.Model):
    """The key of a row that the target held before the first run, under `existing = "keep"`."""

    mapping = models.CharField(max_length=200)
    target_key = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mapping", "target_key"], name="delamp_existing_once")
        ]

    def __str__(self) -> str:
        return self.target_key


class Cutover(models.Model):
    """The switch from PHP to Django, or a rehearsal of it: how far it is, and how to undo it."""

    class State(models.TextChoices):
        CHECKING = "checking"
        VERIFYING = "verifying"
        CATCHING_UP = "catching-up", "catching up"
        FREEZING = "freezing"
        FROZEN = "frozen"
        PROVING = "proving"
        CLOSING = "closing"
        REPORTING = "reporting"
        DONE = "done"
        REHEARSED = "rehearsed"
        FAILED = "failed"
        UNDONE = "undone"

    state = models.CharField(max_length=20, choices=State)
    rehearsal = models.BooleanField(default=False)
    attempts = models.IntegerField(default=1)
    started_at = models.DateTimeField()
    verified_at = models.DateTimeField(
        null=True, help_text="When the full verification had ended; null: it has not."
    )
    frozen_at = models.DateTimeField(
        null=True, help_text="When the freeze began; its undo is here since before."
    )
    given_back_at = models.DateTimeField(
        null=True, help_text="When PHP could write again; null: it was not frozen, or still is."
    )
    finished_at = models.DateTimeField(null=True)
    times = models.JSONField(help_text="Every state that was entered, with its time.")
    method = models.CharField(max_length=20, default="", help_text="How the source was frozen.")
    undo = models.JSONField(
        null=True, help_text="All that is needed to undo the freeze; holds no password."
    )
    recording = models.BooleanField(
        default=False, help_text="Whether refreshed rows are noted, to be verified again."
    )
    run_number = models.BigIntegerField(help_text="The run that loaded what was verified.")
    write_pause_seconds = models.FloatField(
        null=True, help_text="From the first refused write until the site may open."
    )
    report = models.JSONField(null=True, help_text="What was checked and verified.")
    error = models.TextField(default="")
    version = models.CharField(max_length=40)
    source = models.TextField(help_text="The frozen database, without the password.")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"cutover {self.pk} ({self.state})"


class CutoverKey(models.Model):
    """A row or a counted parent that changed in the target since a cutover's full verification.

    Committed in the transaction of the change, whichever process refreshed the row.
    """

    class Kind(models.TextChoices):
        ROW = "row"
        COUNTED = "counted", "its counters"

    cutover = models.ForeignKey(Cutover, models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=10, choices=Kind)
    mapping = models.CharField(max_length=200)
    key = models.JSONField(help_text="What the target holds of the key, as texts.")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.mapping} {self.key}"


class Change(models.Model):
    """One row as Django changed it after the cutover: the change log, written by triggers."""

    class Op(models.TextChoices):
        INSERT = "I"
        UPDATE = "U"
        DELETE = "D"

    table_name = models.TextField(help_text="Table of the target.")
    op = models.CharField(max_length=1, choices=Op)
    old = models.JSONField(null=True, help_text="The row before, counters left out.")
    new = models.JSONField(null=True, help_text="The row after, counters left out.")
    xact = models.BigIntegerField(help_text="PostgreSQL's number of the transaction.")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["at"], name="delamp_change_at")]

    def __str__(self) -> str:
        return f"{self.op} {self.table_name}"


class Checkpoint(models.Model):
    """How far the target follows the source, written in the transaction of the rows."""

    class State(models.TextChoices):
        FOLLOWING = "following"
        WAITING = "waiting"
        PAUSED = "paused"
        STOPPED = "stopped"
        FAILED = "failed"

    stream = models.CharField(max_length=40, unique=True)
    position = models.JSONField(
        null=True, help_text="Binlog position; all before it is in the target. Null: no binlog."
    )
    committed_at = models.DateTimeField(
        null=True, help_text="When the source committed the last change that is in the target."
    )
    updated_at = models.DateTimeField()
    events = models.BigIntegerField(default=0, help_text="Row changes followed so far.")
    facts = models.JSONField(
        default=dict, help_text="Columns and keys of the source tables that are followed."
    )
    suspect = models.JSONField(
        default=dict, help_text="Table plans that need a checksum pass, each with the reason."
    )
    passes = models.JSONField(
        default=dict, help_text="When a table plan was last compared by checksums."
    )
    state = models.CharField(max_length=20, choices=State, default=State.STOPPED)
    detail = models.TextField(default="", help_text="Why it waits, pauses or has stopped.")
    seen_at = models.DateTimeField(null=True, help_text="When the follower last gave a sign.")
    lag_seconds = models.FloatField(null=True)
    lag_events = models.BigIntegerField(
        null=True, help_text="Row changes that are read and not applied yet."
    )
    paused = models.BooleanField(default=False, help_text="Asked to pause, by `delamp pause`.")

    class Meta:
        ordering = ["stream"]

    def __str__(self) -> str:
        return f"{self.stream} ({self.state})"


class Watermark(models.Model):
    """Up to which value of a column the rows of a table are in the target."""

    mapping = models.CharField(max_length=200, unique=True)
    column = models.TextField()
    value = models.JSONField(null=True, help_text="In the form of chunk bounds.")
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["mapping"]

    def __str__(self) -> str:
        return f"{self.mapping} {self.column} {self.value}"


class Owned(models.Model):
    """A mapping whose table is Django's by now: never refreshed, never verified."""

    mapping = models.CharField(max_length=200, unique=True)
    since = models.DateTimeField()

    class Meta:
        ordering = ["mapping"]
        verbose_name_plural = "owned tables"

    def __str__(self) -> str:
        return self.mapping


class Notice(models.Model):
    """Rows whose change the application is still to be told of, written with the rows."""

    label = models.CharField(max_length=200, help_text="Of the model.")
    inserted = models.JSONField(help_text="Primary keys, as texts where JSON has no such type.")
    updated = models.JSONField()
    deleted = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.label} {self.created_at}"


class Verification(models.Model):
    """How far one verification has got: what a stopped one goes on from."""

    class State(models.TextChoices):
        RUNNING = "running"
        STOPPED = "stopped"
        FINISHED = "finished"

    state = models.CharField(max_length=20, choices=State)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    levels = models.JSONField()
    tables = models.JSONField(help_text="Table plans, each with its fingerprint.")
    all_rows = models.BooleanField()
    seed = models.BigIntegerField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"verification {self.pk} ({self.state})"


class VerifiedPart(models.Model):
    """One level of one table, as far as a verification has looked at it."""

    verification = models.ForeignKey(Verification, models.CASCADE, related_name="parts")
    level = models.CharField(max_length=20)
    mapping = models.CharField(max_length=200)
    complete = models.BooleanField(help_text="Looked at to its end.")
    found = models.BigIntegerField(help_text="Findings that are failures.")
    result = models.JSONField(help_text="What was found, without any value of a row.")
    looked_at = models.DateTimeField()

    class Meta:
        ordering = ["verification_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["verification", "level", "mapping"], name="delamp_verified_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.level} of {self.mapping}"
