"""The sign-off: the same bytes of the same databases, and no change that its check misses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.migrate.conftest import Shop

MODELS = """
    from django.db import models

    class Icon(models.Model):
        title = models.CharField(max_length=20)
        votes_count = models.IntegerField(default=0)

    class Vote(models.Model):
        icon = models.ForeignKey(Icon, models.CASCADE)
        mail = models.CharField(max_length=40)
"""
MAPPINGS = """
    from mappings import Column, Count, ModelMapping, Reference, steps

    class IconMapping(ModelMapping):
        title = Column("title", steps.strip)
        votes_count = Count("shop.Vote", by="icon", legacy="votes")
        class Meta:
            source, model, columns = "icons", "shop.Icon", "same-name"

    class VoteMapping(ModelMapping):
        icon = Reference("icon", orphans="quarantine")
        class Meta:
            source, model, columns = "votes", "shop.Vote", "same-name"
"""
LEGACY = (
    "CREATE TABLE icons (id INT PRIMARY KEY, title VARCHAR(20) NOT NULL, votes INT NOT NULL)",
    "CREATE TABLE votes (id INT PRIMARY KEY, icon INT NOT NULL, mail VARCHAR(40) NOT NULL)",
    "INSERT INTO icons VALUES (1, ' house ', 2), (2, 'tree', 7), (3, 'car ', 0)",
    "INSERT INTO votes VALUES (1, 1, 'ann@example.org'), (2, 1, 'bob@example.org'),"
    " (3, 9, 'eve@example.org')",
)


@pytest.fixture
def signed(shop: Callable[..., Shop]) -> Shop:
    """Loaded with proofs, verified, signed off."""
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run", "-q", "--proof")
    made.delamp("verify", "-q")
    made.delamp("report", "-o", "signoff.json")
    return made


def file_of(made: Shop) -> Path:
    return made.project.folder / "signoff.json"


def read(made: Shop) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file_of(made).read_text())
    return found


@pytest.mark.slow
def test_it_says_what_was_loaded_and_the_same_databases_give_the_same_bytes(signed: Shop) -> None:
    first = file_of(signed).read_bytes()
    digest = hashlib.sha256(first).hexdigest()
    beside = signed.project.folder / "signoff.json.sha256"
    assert beside.read_text() == f"{digest}  signoff.json\n"
    # No legacy server is asked, and no clock.
    signed.project.environment["LEGACY_URL"] = "mysql://nobody@127.0.0.1:1/none"
    assert signed.project.delamp("report").stdout.encode() == first
    signed.delamp("report", "-o", "again.json", "--html", "again.html")
    page = (signed.project.folder / "again.html").read_text()
    signed.delamp("report", "-o", "again.json", "--html", "again.html")
    assert (signed.project.folder / "again.json").read_bytes() == first
    assert (signed.project.folder / "again.html").read_text() == page
    assert digest in page and "without a finding" in page and "id=3" in page

    said = read(signed)
    icons, votes = said["tables"]
    assert said["versions" if "versions" in said else "runs"][0]["versions"].keys() == {
        *("delamp", "django", "python", "source", "target")
    }
    assert votes["totals"] == {"extracted": 3, "loaded": 2, "rejected": 1, "skipped": 0}
    assert (icons["target_rows"], votes["target_rows"]) == (3, 2)
    (reject,) = votes["rejects"]
    assert (reject["code"], reject["rows"], reject["keys"]) == ("no_parent", 1, ["id=3"])
    (title,) = icons["altered"]
    assert title["by_step"] == [{"step": title["steps"][0], "values": 2}]
    assert votes["proof"]["rows"] == 2
    assert said["verification"]["findings"] == 0
    assert said["verification"]["unverified"] == []
    counters = [c for look in said["verification"]["looks"] for c in look["result"]["counters"]]
    assert [(c["name"], c["drifted"], c["legacy_differs"]) for c in counters] == [
        ("votes_count", 0, 1)
    ]
    assert b"example.org" not in first
    assert "eve@example.org" in signed.project.delamp("report", "--show-values").stdout


CHANGES = [
    ("UPDATE shop_vote SET mail = 'x' WHERE id = 1", ["proof of VoteMapping: the whole table"]),
    (
        "INSERT INTO shop_vote (id, icon_id, mail) VALUES (9, 1, 'x')",
        ["tables[VoteMapping].target_rows: got 3 (expected 2)", "1 rows more than the 2 loaded"],
    ),
    ("ALTER TABLE shop_icon ADD extra int", ["tables[IconMapping].target_fingerprint: got"]),
    (
        "UPDATE delamp_chunk SET proof = repeat('0', 32) WHERE held = 3",
        ["tables[IconMapping].proof.chunks[0].proof: got", "proof of IconMapping"],
    ),
    ("DELETE FROM delamp_reject", ["tables[VoteMapping].rejects[rejected no_parent icon]: got"]),
    ("DELETE FROM delamp_verifiedpart", ["verification.looks[checksums IconMapping]: got nothing"]),
]


@pytest.mark.slow
@pytest.mark.parametrize(("change", "said"), CHANGES, ids=[c.split()[2] for c, _ in CHANGES])
def test_a_change_of_the_databases_is_named(signed: Shop, change: str, said: list[str]) -> None:
    assert "all of it still holds; 5 rows proven anew" in signed.delamp(
        "report", "--check", "signoff.json"
    )
    # A later verification changes nothing of what was signed.
    signed.delamp("verify", "-q", "--level", "counts")
    signed.delamp("report", "--check", "signoff.json")
    signed.target(change)
    found = signed.delamp("report", "--check", "signoff.json", code=6)
    assert all(part in found for part in said), found


@pytest.mark.slow
def test_a_file_that_was_tampered_with_is_found(signed: Shop) -> None:
    file = file_of(signed)
    text = file.read_text()
    file.write_text(text.replace('"loaded": 2', '"loaded": 3'))
    found = signed.delamp("report", "--check", "signoff.json", code=6)
    assert "its bytes are not those that were hashed" in found
    assert "tables[VoteMapping].totals.loaded: got 2 (expected 3)" in found
    file.write_text(text)
    (signed.project.folder / "signoff.json.sha256").unlink()
    assert "its hash is missing" in signed.delamp("report", "--check", "signoff.json", code=6)
    file.write_text("{}")
    assert "no sign-off" in signed.delamp("report", "--check", "signoff.json", code=3)


@pytest.mark.slow
def test_a_look_before_the_load_or_at_counts_alone_verifies_nothing(signed: Shop) -> None:
    signed.delamp("run", "-q", "--restart", "--yes")
    said = signed.delamp("report", "-o", "signoff.json", "--html", "signoff.html")
    assert "not verified since the load: IconMapping, VoteMapping" in said
    signed.delamp("verify", "-q", "IconMapping")
    signed.delamp("verify", "-q", "--level", "counts", "VoteMapping")
    assert "since the load: VoteMapping;" in signed.delamp("report", "-o", "signoff.json")
    assert [look["level"] for look in read(signed)["verification"]["looks"]].count("counts") == 2
    assert "not verified since" in (signed.project.folder / "signoff.html").read_text()
    # One that nobody has verified can be checked, too.
    signed.target("DELETE FROM delamp_verifiedpart; DELETE FROM delamp_verification")
    signed.delamp("report", "-o", "signoff.json")
    signed.delamp("report", "--check", "signoff.json")
