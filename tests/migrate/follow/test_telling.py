"""The application is told of changed rows after their commit: a worker then finds them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.migrate.conftest import Shop

SCRIPT = Path(__file__).with_name("telling.py")


def telling(shop: Shop, way: str) -> tuple[int, list[str], str]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), way],
        cwd=shop.project.folder,
        env=shop.project.all_variables() | {"DJANGO_SETTINGS_MODULE": "site_settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.split(), done.stderr


def test_a_worker_that_is_told_within_the_transaction_finds_nothing(loaded: Shop) -> None:
    assert telling(loaded, "early")[:2] == (0, ["DoesNotExist"])


def test_a_worker_that_is_told_by_the_signal_finds_the_row(loaded: Shop) -> None:
    code, said, errors = telling(loaded, "late")
    assert (code, said) == (0, ["fifty"]), errors
    # Another receiver had failed before; that is logged, and stops nothing.
    assert "a receiver's own mistake" in errors
    assert loaded.target("SELECT count(*) FROM delamp_notice") == [(0,)]


def test_what_a_killed_process_had_to_tell_is_told_by_the_next(loaded: Shop) -> None:
    assert telling(loaded, "die")[0] == 9
    assert loaded.target("SELECT label, inserted FROM delamp_notice") == [("shop.Icon", [50])]
    assert telling(loaded, "late")[:2] == (0, ["fifty"])
    assert loaded.target("SELECT count(*) FROM delamp_notice") == [(0,)]
