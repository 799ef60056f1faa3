"""The page in a real browser: it fits a phone and a desk, sorts, turns dark, and runs unhindered.

A Chromium in PATH is used, or one that is unpacked privately, which takes a while: slow tests.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from migrate.servers import ServerError
from migrate.servers.packages import unpack_private
from tests.verify.reports.samples import HOSTILE, document, verify_report
from verify.reports import html_report, verify_document
from verify.reports.style import DARK, LIGHT

pytestmark = pytest.mark.slow

NAMES = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
DARK_MODE = "--blink-settings=preferredColorScheme=0"
MEASURE = """
const wide = [...document.querySelectorAll("body *")]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".unseen, .skip"))
  .map(e => e.tagName + "." + e.getAttribute("class"));
const list = document.querySelector("table.list");
const names = () => [...list.tBodies[0].rows].map(row => row.cells[0].dataset.sort);
const order = [names()];
for (const click of [0, 0, 1]) {
  list.querySelectorAll("button")[click]?.click();
  order.push(names());
}
document.title = JSON.stringify({
  width: innerWidth, page: document.documentElement.scrollWidth, wide, order,
  sorted: list.querySelectorAll("[aria-sort]").length,
  ground: getComputedStyle(document.body).backgroundColor,
});
"""

Open = Callable[..., Any]


def private_chromium() -> tuple[Path, dict[str, str]]:
    try:
        root = unpack_private("chromium", ["chromium-headless-shell"])
    except ServerError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    libraries = {found.parent for found in (root / "usr/lib").rglob("*.so*")}
    program = root / "usr/lib/chromium/chromium-headless-shell"
    return program, {"LD_LIBRARY_PATH": os.pathsep.join(map(str, sorted(libraries)))}


@pytest.fixture
def browse(tmp_path: Path) -> Open:
    """Runs Chromium on a file with some arguments; returns what it says on stdout and stderr."""
    program = next((Path(found) for name in NAMES if (found := shutil.which(name))), None)
    environment: dict[str, str] = {}
    if program is None:
        program, environment = private_chromium()

    def run(file: Path, *arguments: str) -> tuple[str, str]:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [str(program), "--headless", *sandbox, "--disable-gpu", "--hide-scrollbars",
             f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", "--v=0",
             *arguments, file.as_uri()],
            env={**os.environ, **environment}, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout, done.stderr

    return run


def pages() -> dict[str, str]:
    everything = document(" ".join(HOSTILE[:8]), tables=4)
    return {
        "plain": html_report(document("plain"), rest="report.html.jsonl"),
        "hostile": html_report(everything, rest="report.html.jsonl"),
        "unbroken": html_report(document("x" * 400), rest="report.html.jsonl"),
        "verify": html_report(verify_document(verify_report(), show_values=True)),
    }


def measured(browse: Open, folder: Path, page: str, *arguments: str) -> Any:
    """What the page measures; its policy, which would not let our script in, is taken out."""
    file = folder / "measured.html"
    page = re.sub(r"<meta http-equiv=[^>]*>", "", page)
    file.write_text(page.replace("</body>", f"<script>{MEASURE}</script></body>"), "utf-8")
    shown, _ = browse(file, *arguments, "--dump-dom")
    title = re.search("<title>(.*?)</title>", shown, re.S)
    assert title is not None
    return json.loads(title[1].replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">"))


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", pages())
def test_nothing_is_wider_than_the_window(
    browse: Open, tmp_path: Path, name: str, width: int
) -> None:
    found = measured(browse, tmp_path, pages()[name], f"--window-size={width},1200")
    assert (found["width"], found["page"], found["wide"]) == (width, width, [])


def test_page_is_drawn(browse: Open, tmp_path: Path) -> None:
    file, picture = tmp_path / "page.html", tmp_path / "page.png"
    file.write_text(pages()["hostile"], "utf-8")
    browse(file, "--window-size=390,1200", f"--screenshot={picture}")
    content = picture.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(content[16:20], "big") == 390
    assert len(content) > 20_000, "a blank page is smaller"


def test_page_turns_dark(browse: Open, tmp_path: Path) -> None:
    grounds = [
        measured(browse, tmp_path, pages()["plain"], *arguments)["ground"]
        for arguments in ((), (DARK_MODE,))
    ]
    assert grounds == [rgb(LIGHT["page"]), rgb(DARK["page"])]


def rgb(colour: str) -> str:
    return "rgb({}, {}, {})".format(*(int(colour[at : at + 2], 16) for at in (1, 3, 5)))


def test_tables_are_sorted_by_a_click(browse: Open, tmp_path: Path) -> None:
    found = measured(browse, tmp_path, pages()["plain"])
    ascending = ["T0 plain", "T1 plain", "T2 plain"]
    assert found["order"][1:3] == [ascending, ascending[::-1]]
    assert found["sorted"] == 1


@pytest.mark.parametrize("name", pages())
def test_own_script_runs_and_nothing_else_does(browse: Open, tmp_path: Path, name: str) -> None:
    file = tmp_path / "page.html"
    file.write_text(pages()[name], "utf-8")
    shown, said = browse(file, "--dump-dom")
    assert '<html lang="en" class="sorts">' in shown
    assert "CONSOLE" not in said, "neither the policy nor the script complains"
