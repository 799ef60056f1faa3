"""The demo's last page: what happened, in numbers out of the ledger and the verifier's report."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django

from examples.iconfinder.legacy.passwords import password

__all__ = ["Outcome", "closing"]

PROJECT = Path(__file__).resolve().parent
WIDTH = 78


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the ledger and the report say."""

    tables: int
    extracted: int
    loaded: int
    rejected: int
    skipped: int
    seconds: float
    """Of the run that loaded."""
    codes: tuple[tuple[str, str, int], ...]
    """(outcome, code, rows), the most frequent first."""
    report: Mapping[str, Any]
    admin: str
    """Name of the first user who may use Django's admin."""

    @classmethod
    def read(cls, environment: Mapping[str, str], report: Path) -> Outcome:
        """Read them, by the ORM of the Django project in this process."""
        os.environ.update(environment, DJANGO_SETTINGS_MODULE="iconfinder.settings")
        sys.path.insert(0, str(PROJECT))
        django.setup()
        from django.contrib.auth import get_user_model
        from django.db.models import Count, Max

        from migrate.models import Reject, Table

        latest = Table.objects.values("mapping").annotate(last=Max("id")).values_list("last")
        tables = list(Table.objects.filter(id__in=latest).select_related("run"))
        run = max((table.run for table in tables), key=lambda run: run.pk)
        codes = (
            Reject.objects.filter(table__in=tables)
            .values_list("outcome", "code")
            .annotate(rows=Count("id"))
            .order_by("-rows")
        )
        staff = get_user_model().objects.filter(is_staff=True, is_active=True).order_by("pk")
        return cls(
            tables=len(tables),
            extracted=sum(table.extracted for table in tables),
            loaded=sum(table.loaded for table in tables),
            rejected=sum(table.rejected for table in tables),
            skipped=sum(table.skipped for table in tables),
            seconds=(run.finished_at - run.started_at).total_seconds(),
            codes=tuple(codes),
            report=json.loads(report.read_text()),
            admin=str(staff[0]),
        )


def closing(outcome: Outcome, *, seconds: float, private: bool, colour: bool) -> str:
    """The page, as lines of text. `private`: the servers are the demo's own."""
    bold, green, red, plain = (
        ("\033[1m", "\033[32m", "\033[31m", "\033[0m") if colour else ("", "", "", "")
    )
    ok = outcome.report["ok"]
    verdict = (
        f"{green}✔ Django holds what PHP held{plain}"
        if ok
        else f"{red}✘ the two databases differ: delamp verify says where{plain}"
    )
    lines = [
        "",
        "─" * WIDTH,
        f"{bold}{verdict}",
        "",
        *_rows(outcome),
        *_counters(outcome.report),
        *_verification(outcome.report),
        f"  time          {seconds:.0f} s for everything, made-up database and servers included",
        "",
        f"{bold}Where to look next{plain}",
        "",
        *_next(outcome, private),
        "─" * WIDTH,
    ]
    return "\n".join(lines)


def _rows(outcome: Outcome) -> list[str]:
    per_second = outcome.loaded / max(outcome.seconds, 0.001)
    return [
        f"  moved         {outcome.loaded:,} rows in {outcome.tables} tables, in "
        f"{outcome.seconds:.1f} s: {per_second:,.0f} rows/s",
        f"  quarantined   {outcome.rejected:,} rows{_codes(outcome, 'rejected')}",
        f"  left out      {outcome.skipped:,} rows, as the mappings say",
        f"  made NULL     {sum(n for o, _, n in outcome.codes if o == 'nulled'):,} references "
        "to parents that are gone",
        f"  adding up     {outcome.extracted:,} read = {outcome.loaded:,} loaded + "
        f"{outcome.rejected:,} quarantined + {outcome.skipped:,} left out",
    ]


def _codes(outcome: Outcome, wanted: str) -> str:
    found = [f"{code} {rows:,}" for name, code, rows in outcome.codes if name == wanted]
    return f": {', '.join(found)}" if found else ""


def _counters(report: Mapping[str, Any]) -> list[str]:
    counters = [counter for result in report["tables"] for counter in result["counters"]]
    wrong = sum(counter["legacy_differs"] or 0 for counter in counters)
    stored = sum(counter["drifted"] for counter in counters)
    state = "all true" if not stored else f"{stored:,} values off"
    return [
        f"  counters      {len(counters)} columns, {state}; PHP's own were wrong for {wrong:,} rows"
    ]


def _verification(report: Mapping[str, Any]) -> list[str]:
    levels = ", ".join(level["level"] for level in report["levels"])
    failures = {kind: number for kind, number in report["totals"].items() if kind != "legacy_drift"}
    found = ", ".join(f"{number:,} {kind}" for kind, number in failures.items())
    return [f"  verified      {levels} in {report['seconds']:.1f} s: {found or 'no difference'}"]


def _next(outcome: Outcome, private: bool) -> list[str]:
    commands = [
        ("cd examples/iconfinder", "the Django project"),
        ('psql "$DATABASE_URL"', "what Django holds"),
        ("python manage.py delamp rejects list", "what was not moved as it is, and why"),
        ("python manage.py delamp status", "the ledger of the run"),
        ("python manage.py delamp follow", "keep in step with what PHP writes; Ctrl-C ends it"),
        ("python manage.py delamp cutover --rehearse", "the switch, all but the switch itself"),
        ("python manage.py runserver", "then http://localhost:8000/admin/"),
        ("", f"as {outcome.admin}, password {password(0)}"),
    ]
    if private:
        env = ('eval "$(python -m migrate.servers env)"', "the servers' addresses, for this shell")
        # By then the shell is in the project's folder.
        clone = shlex.quote(os.path.relpath(PROJECT.parents[1], PROJECT))
        end = (f"make -C {clone} demo-down", "stop the servers, remove their data")
        commands = [env, *commands, end]
    if sys.prefix != sys.base_prefix:
        commands = [(f". {_activate()}", "this Python, for this shell"), *commands]
    width = max(len(command) for command, _ in commands)
    return [f"  {command:<{width}}  {what}".rstrip() for command, what in commands]


def _activate() -> str:
    """The virtualenv's script, from the current folder if it is below it."""
    script = Path(sys.prefix) / "bin" / "activate"
    here = Path.cwd()
    return str(script.relative_to(here) if script.is_relative_to(here) else script)
