"""Run in a drafted project's folder: everything that must work there, in one process.

    python in_project.py SETTINGS APP [admin]

Prints one JSON object: the exit code and the output of every command, what was loaded, and the
admin's pages with their status. A process per command would cost more than the commands.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_FORETOLD = "dry-run.json"


def main(settings: str, app: str, *more: str) -> None:
    sys.path.insert(0, os.getcwd())
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    import django
    from django.core.management import call_command

    django.setup()
    from migrate.cli.main import delamp, run_cli

    steps: dict[str, Callable[[], Any]] = {
        "check": lambda: call_command("check", fail_level="WARNING"),
        "makemigrations": lambda: call_command("makemigrations", check_changes=True, dry_run=True),
        "migrate": lambda: call_command("migrate", verbosity=0),
        "dry-run": lambda: run_cli(["dry-run", "--json", _FORETOLD, "--all-keys"]),
        "run": lambda: run_cli(["run", "--json", "--proof"]),
        "stored": lambda: run_cli(["verify", "--stored"]),
        "verify": lambda: run_cli(["verify", "--all-rows"]),
    }
    if "dry-run" not in delamp.commands:
        del steps["dry-run"]
    report: dict[str, Any] = {"steps": {}, "tables": {}, "pages": {}}
    for name, step in steps.items():
        code, text = _captured(step)
        report["steps"][name] = [code, text]
        if code:
            break
        if name == "run":
            finished = json.loads(text.splitlines()[-1])
            report["tables"] = {
                t["source"]: [t["loaded"], t["rejected"], t["skipped"]] for t in finished["tables"]
            }
            report["rejects"] = finished["rejects"]
            report["foretold"], report["quarantined"] = _foretold(), _quarantined()
    else:
        if "admin" in more:
            report["pages"] = dict(_admin_pages(app))
    print(json.dumps(report))


def _foretold() -> list[list[str]]:
    """Table, key, rule and outcome of every row that the dry run named."""
    report = json.loads(Path(_FORETOLD).read_text(encoding="utf-8"))
    return sorted(
        [table["name"], json.dumps(row["key"]), rule["code"], rule["outcome"]]
        for table in report["tables"]
        for rule in table["rules"]
        for row in rule["rows"]
        if rule["outcome"] != "warned" and rule["code"] != "left_out"
    )


def _quarantined() -> list[list[str]]:
    """The same of what the run did."""
    from migrate.models import Reject

    return sorted(
        [row.table.mapping, json.dumps(row.key), row.code, row.outcome]
        for row in Reject.objects.select_related("table")
    )


def _captured(step: Callable[[], Any]) -> tuple[int, str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            code = int(step() or 0)
        except SystemExit as end:
            code = int(end.code or 0) if not isinstance(end.code, str) else 1
        except Exception as error:
            code = 99
            out.write(f"{type(error).__name__}: {error}")
    return code, out.getvalue()


def _admin_pages(app: str) -> Any:
    from django.contrib import admin
    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.urls import reverse

    user = get_user_model().objects.create_superuser("root", "root@example.org", "x")
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    for model in admin.site._registry:
        if model._meta.app_label != app:
            continue
        name = f"admin:{app}_{model._meta.model_name}"
        addresses = [reverse(f"{name}_changelist"), reverse(f"{name}_add")]
        first = model._default_manager.first()
        # Django has no address for a row whose key is ''.
        if first is not None and first.pk != "":
            addresses.append(reverse(f"{name}_change", args=[first.pk]))
        for address in addresses:
            try:
                response = client.get(address)
                yield address, _hidden(model, response) or response.status_code
            except Exception as error:
                yield address, f"{type(error).__name__}: {error}"


def _hidden(model: Any, response: Any) -> str:
    """What a list of the admin counts but does not show, or ''."""
    changes = (getattr(response, "context_data", None) or {}).get("cl")
    if changes is None:
        return ""
    rows = model._default_manager.count()
    shown, expected = len(changes.result_list), min(rows, changes.list_per_page)
    counted = changes.result_count
    if (counted, shown) == (rows, expected):
        return ""
    return f"{counted} of {rows} rows counted, {shown} of {expected} shown"


if __name__ == "__main__":
    main(*sys.argv[1:])
