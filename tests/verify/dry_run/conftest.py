"""The shop of tests/migrate, and the comparison of what was foretold with what a run did."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.migrate.conftest import (
    Shop,
    migrated_template,
    shop,
    shop56,
    target_db,
)

__all__ = ["dry_run", "migrated_template", "same_as_the_run", "shop", "shop56", "target_db"]

Lost = Counter[tuple[str, str, str, str]]
"""(table, key, code, outcome)."""


def dry_run(made: Shop, *arguments: str, code: int = 6) -> dict[str, Any]:
    """The report of `delamp dry-run --all-keys --show-values`."""
    file = made.project.folder / "dry-run.json"
    made.delamp(
        "dry-run", "--json", str(file), "--all-keys", "--show-values", *arguments, code=code
    )
    return dict(json.loads(file.read_text()))


def foretold(report: dict[str, Any]) -> Lost:
    """Rows by table, key, code and outcome; those that `where` leaves out are in no quarantine."""
    found: Lost = Counter()
    for table in report["tables"]:
        for rule in table["rules"]:
            if rule["outcome"] == "warned" or rule["code"] == "left_out":
                continue
            assert len(rule["rows"]) == rule["count"]
            for row in rule["rows"]:
                text = _told(row["text"])
                if row["key"] is None and rule["code"] == "no_parent":
                    text = _pair(pair.partition("=")[2] for pair in text.split(", "))
                found[table["name"], text, rule["code"], rule["outcome"]] += 1
    return found


def _pair(values: Iterable[str]) -> str:
    """Of an orphan that no key names, quarantine has the target's values, in no order."""
    return ", ".join(sorted(values))


def _told(text: str) -> str:
    """Without what a member of a list was written as: a row of the target does not tell."""
    return text.partition(" as written=")[0].rpartition(", ")[0] if " as written=" in text else text


def quarantined(made: Shop) -> Lost:
    """The same from the ledger."""
    found: Lost = Counter()
    for table, text, code, outcome, key, values in made.target(
        "SELECT t.mapping, r.key_text, r.code, r.outcome, r.key, r.values FROM delamp_reject r"
        " JOIN delamp_table t ON t.id = r.table_id"
    ):
        if key is None and code == "no_parent":
            text = _pair(value for name, value in values.items() if name != "id")
        found[table, _told(text), code, outcome] += 1
    return found


def same_as_the_run(made: Shop, *, code: int = 6) -> dict[str, Any]:
    """Foretell, run, and compare key by key; returns the report."""
    report = dry_run(made, code=code)
    made.delamp("run")
    assert foretold(report) == quarantined(made)
    for table in report["tables"]:
        extracted, loaded, rejected, skipped = made.totals(table["name"])
        assert (table["read"], table["loaded"]) == (extracted, loaded), table["name"]
        assert (table["rejected"], table["skipped"] + table["kept"]) == (rejected, skipped)
    return report
