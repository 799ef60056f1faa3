"""The marketplace goes back to PHP: what Django changed comes out as SQL, and both sides agree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from examples.iconfinder.legacy import generate
from tests.examples.test_iconfinder_project import Project
from tests.fix_servers import connect_mysql

CHANGES = """
import random
from datetime import timedelta
from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import ForeignKey

dice = random.Random(1)
LEFT = {"icons_count", "downloads_count", "favourites_count", "last_download_at", "revenue"}
# Counters, two fields of one column, Django's hashes, the mark of a value that MySQL refused.
LEFT |= {"spent_total", "is_staff", "is_superuser", "password", "licence"}

for label in ("accounts.User", "catalog.Category", "catalog.Tag", "catalog.IconSet",
              "catalog.Icon", "market.Download", "market.Purchase", "market.Comment",
              "market.Favourite", "siteconfig.Setting"):
    model = apps.get_model(label)
    rows = list(model.objects.order_by("pk")[:200])
    fields = [f for f in model._meta.local_concrete_fields
              if not f.primary_key and not f.unique and f.name not in LEFT]
    # Values that others have: every one of them came of the legacy database.
    for row in rows[:60]:
        other = dice.choice(rows)
        for field in dice.sample(fields, min(3, len(fields))):
            setattr(row, field.attname, getattr(other, field.attname))
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            pass
    if label != "catalog.Icon":
        for row in rows[-5:]:
            try:
                with transaction.atomic():
                    row.delete()
            except IntegrityError:
                pass

Icon = apps.get_model("catalog.Icon")
for icon in Icon.objects.order_by("pk")[:5]:
    copy = Icon.objects.get(pk=icon.pk)
    copy.pk = None
    copy.name = "a copy of <b>" + str(icon.pk)
    copy.save()
    copy.tags.set(icon.tags.all())
Icon.objects.filter(metadata__isnull=False, purchases=None).order_by("pk").first().delete()
"""


@pytest.mark.slow
def test_changes_of_every_model_come_back(source_db: str, target_db: str, tmp_path: Path) -> None:
    project = Project(source_db, target_db)
    generate(source_db, 10_000, 5)

    def manage(*arguments: str, stdin: str | None = None, codes: tuple[int, ...] = (0,)) -> str:
        done = project.manage(*arguments, stdin=stdin)
        assert done.returncode in codes, done.stdout + done.stderr
        return done.stdout

    manage("migrate", "--verbosity", "0")
    manage("delamp", "run", "--quiet")
    manage("delamp", "change-log", "start")
    manage("shell", "--verbosity", "0", stdin=CHANGES)
    logged = project.ask("SELECT table_name, op, count(*) FROM delamp_change GROUP BY 1, 2")
    assert {op for _, op, _ in logged} == {"I", "U", "D"}
    assert len({table for table, _, _ in logged}) == 11
    file = tmp_path / "back.sql"
    said = manage("delamp", "export-changes", "-o", str(file))
    # Django stamps every save to the microsecond, and a TIMESTAMP of the time has whole seconds.
    assert "note: UserMapping.updated_at: updated keeps less of a second" in said
    assert said.count("(") == 1
    with connect_mysql(source_db) as connection, connection.cursor() as cursor:
        for line in file.read_text().splitlines():
            if line and not line.startswith("--"):
                cursor.execute(line.removesuffix(";"))
    manage("delamp", "counters", "rebuild")
    report = json.loads(manage("delamp", "verify", "--quiet", "--json", "-", codes=(0, 6)))
    found = [f for t in report["tables"] for f in t["findings"] if f["kind"] != "legacy_drift"]
    assert [f for f in found if f["columns"] != ["updated_at"]] == []
