"""A process that slept while another went on with its cutover does not give the source back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.migrate.cutover.conftest import SCRIPT, Cut

LOST = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name LIKE 'delamp%' AND datname = current_database()"
)


@contextmanager
def asleep(cut: Cut) -> Iterator[list[dict[str, Any]]]:
    """A cutover that stands still while the source is frozen, as a laptop that was closed.

    What came of it is in the list once it was awake again.
    """
    environment = cut.shop.project.all_variables() | {"DJANGO_SETTINGS_MODULE": "site_settings"}
    said: list[dict[str, Any]] = []
    case = {"options": cut.options("read-only"), "at": ["frozen", ""], "how": ["SELECT SLEEP(3)"]}
    with subprocess.Popen(
        [sys.executable, str(SCRIPT)], cwd=cut.shop.project.folder, env=environment,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"do": "cutover"} | case))
        process.stdin.close()
        known = "SELECT 1 FROM delamp_cutover WHERE state = 'frozen'"
        until = time.monotonic() + 60
        while not cut.shop.target(known) and time.monotonic() < until:
            time.sleep(0.01)
        ps = ["ps", "-o", "pid=", "--ppid", str(process.pid)]
        child = int(subprocess.run(ps, capture_output=True, text=True, check=True).stdout)
        os.kill(child, signal.SIGSTOP)
        try:
            assert not cut.can_write()
            cut.shop.target(LOST)
            yield said
        finally:
            os.kill(child, signal.SIGCONT)
        said.append(json.loads(process.stdout.read()))


@pytest.mark.slow
def test_awake_again_it_leaves_the_source_to_who_has_finished_the_cutover(cut: Cut) -> None:
    with asleep(cut) as said:
        (done,) = cut.run({"options": cut.options("read-only")})
        assert done.get("state") == "done", done
    assert "another process has finished the cutover" in said[0]["error"], said
    assert not cut.can_write()
    assert cut.state()[0] == "done"


@pytest.mark.slow
def test_awake_again_it_gives_back_what_nobody_has_gone_on_with(cut: Cut) -> None:
    with asleep(cut) as said:
        pass
    assert said[0].get("code") == 5, said
    assert cut.can_write()
