"""The ledger in Django's admin: readable, linked, and never writable."""

from __future__ import annotations

import json

import pytest

from tests.cli.fix_project import Project

SCRIPT = """
import json, sys
import django
django.setup()
from django.contrib.auth import get_user_model
from django.test import Client
from migrate.models import Chunk, Dropped, Reject, Run, Table, Verification, VerifiedPart

user = get_user_model().objects.create_superuser("root", "", "pw")
client = Client()
client.force_login(user)
found = {"pages": {}, "writes": {}}
for model in (Run, Table, Chunk, Reject, Dropped, Verification, VerifiedPart):
    name = model._meta.model_name
    base = f"/admin/delamp/{name}/"
    row = model.objects.first()
    query = "?q=x" if name in ("table", "reject", "dropped") else ""
    pages = {"list": base, "filtered": base + query}
    if row is not None:
        pages["row"] = f"{base}{row.pk}/change/"
    for kind, path in pages.items():
        answer = client.get(path)
        found["pages"][f"{name} {kind}"] = [answer.status_code, answer.content.decode()]
    found["writes"][name] = [
        client.get(base + "add/").status_code,
        client.post(f"{base}{row.pk if row else 1}/delete/", {"post": "yes"}).status_code,
        client.post(f"{base}{row.pk if row else 1}/change/", {"state": "x"}).status_code,
        client.post(base, {"action": "delete_selected", "_selected_action": [1]}).status_code,
        model.objects.count(),
    ]
user.delete()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def seen(loaded_project: Project) -> dict[str, dict[str, list[object]]]:
    """What the admin answers: its pages, and the status of attempts to write."""
    assert loaded_project.delamp("verify", "-q", "--level", "counts").returncode == 0
    loaded_project.environment["DJANGO_SETTINGS_MODULE"] = "site_settings"
    done = loaded_project.python("-c", SCRIPT)
    del loaded_project.environment["DJANGO_SETTINGS_MODULE"]
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.slow
def test_every_page_opens(seen: dict[str, dict[str, list[object]]]) -> None:
    assert {name: status for name, (status, _) in seen["pages"].items() if status != 200} == {}
    assert {"run row", "table row", "chunk row", "reject row", "dropped row"} <= set(seen["pages"])


def test_nothing_can_be_added_changed_or_deleted(seen: dict[str, dict[str, list[object]]]) -> None:
    for name, (add, delete, change, action, rows) in seen["writes"].items():
        assert (add, delete, change) == (403, 403, 403), name
        assert action in (200, 302, 403), name
        assert rows, name


def test_lists_count_and_link_to_what_belongs_to_a_row(
    seen: dict[str, dict[str, list[object]]],
) -> None:
    runs, tables = str(seen["pages"]["run list"][1]), str(seen["pages"]["table list"][1])
    assert '<a href="/admin/delamp/table/?run__id__exact=1">2</a>' in runs
    assert '/admin/delamp/dropped/?run__id__exact=1">' in runs
    assert "/admin/delamp/reject/?table__id__exact=" in tables
    assert "/admin/delamp/chunk/?table__id__exact=" in tables
    verifications = str(seen["pages"]["verification list"][1])
    assert '<a href="/admin/delamp/verifiedpart/?verification__id__exact=1">2</a>' in verifications


def test_source_values_are_hidden(seen: dict[str, dict[str, list[object]]]) -> None:
    row = str(seen["pages"]["reject row"][1])
    assert "hidden; DELAMP[&#x27;SHOW_VALUES&#x27;] shows them" in row
    assert "far too long for the model" not in row
