"""Options of `delamp verify` that contradict each other are refused before anything is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.fix_project import make_project


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--resume", "icons"), "--resume goes on with the tables, levels and sample"),
        (("--resume", "--level", "counts"), "--resume goes on with"),
        (("--repair", "--budget", "5"), "--repair needs the whole"),
        (("--budget", "0"), "--budget"),
        (("--grace", "-1"), "--grace"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_contradiction_is_a_usage_error(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = make_project(tmp_path / "site").delamp("verify", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
