"""What the package has is in the docs, and what the docs name is in the package."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from migrate import urls
from migrate.binlog import BinlogError
from migrate.cli.exits import Exit
from migrate.cli.main import delamp
from migrate.cli.verify import LEVELS
from migrate.config import ENVIRONMENT, KEYS, Config
from migrate.errors import DelampError
from migrate.grants import COMMANDS
from verify.levels import LEVELS as VERIFY_LEVELS

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
SOURCES = {
    path: path.read_text(encoding="utf-8")
    for package in ("mappings", "migrate", "verify")
    for path in sorted((ROOT / package).rglob("*.py"))
}
ERRORS = (DOCS / "errors.md").read_text(encoding="utf-8")
COMMANDS_PAGE = (DOCS / "commands.md").read_text(encoding="utf-8")
SETTINGS = (DOCS / "settings.md").read_text(encoding="utf-8")
COMMON = {"--settings", "--source", "--quiet", "--verbose", "--help", "--version"}


def commands(command: Any = delamp, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command with its full name, the group itself left out."""
    if path:
        yield " ".join(path), command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


EVERY = list(commands())


def section(page: str, heading: str) -> str:
    """The text below a heading, up to the next of the same or a higher level."""
    match = re.search(rf"^(#+) {re.escape(heading)}$(.*?)(?=^\1 |\Z|^##? )", page, re.M | re.S)
    return match[2] if match else ""


def problem_codes() -> set[str]:
    texts = SOURCES.values()
    return {
        code for text in texts for code in re.findall(r"\b(?:mappings|delamp)\.[EW]\d{3}\b", text)
    }


def row_codes() -> set[str]:
    """Literals that are given as a code to what refuses a row, and values of `_CODES`."""
    found: set[str] = set()
    for text in SOURCES.values():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call):
                found.update(_codes_of_call(node))
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_CODES":
                found.update(ast.literal_eval(node.value).values())
    return found


def _codes_of_call(call: ast.Call) -> Iterator[str]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if ast.unparse(call.func) == "_CODES.get":
        name = "_CODES.get"
    place = {"Reject": 0, "Refusal": 0, "refuse": 2, "_CODES.get": 1}.get(name)
    given = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    if place is not None:
        given += call.args[place : place + 1]
    elif name != "RefusedRow":
        return
    for node in given:
        if isinstance(node, ast.Constant):
            yield node.value


@pytest.mark.parametrize(("name", "command"), EVERY, ids=[name for name, _ in EVERY])
def test_command_and_its_options_are_documented(name: str, command: Any) -> None:
    text = section(COMMANDS_PAGE, f"`delamp {name}`")
    assert text.strip(), f"docs/commands.md has no section on `delamp {name}`"
    options = {max(o.opts, key=len) for o in command.params if o.param_type_name == "option"}
    assert {option for option in options - COMMON if f"`{option}" not in text} == set()


@pytest.mark.parametrize(("name", "command"), EVERY, ids=[name for name, _ in EVERY])
def test_documented_options_exist(name: str, command: Any) -> None:
    text = section(COMMANDS_PAGE, f"`delamp {name}`")
    named = set(re.findall(r"^\| `(--[a-z-]+)", text, re.M))
    inner = [c for n, c in EVERY if n == name or n.startswith(f"{name} ")]
    assert named <= {option for c in inner for o in c.params for option in o.opts}


def test_common_options_are_documented() -> None:
    text = section(COMMANDS_PAGE, "Options of every command")
    assert {option for option in COMMON if f"`{option}" not in text} == set()


@pytest.mark.parametrize("key", KEYS)
def test_settings_key_is_documented_with_its_default(key: str) -> None:
    row = re.search(rf"^\| `{key}` \|(.*)$", SETTINGS, re.M)
    assert row, f"docs/settings.md has no row for {key}"
    field = KEYS[key][0]
    default = getattr(Config(), field)
    written = row[1].split("|")[2].strip().strip("`")
    spelled = {4 * 1024 * 1024: "4 MiB", 10_000: "10_000"}.get(default, repr(default))
    assert written in (spelled, spelled.replace("'", '"'), "none" if default is None else spelled)


def test_every_documented_setting_exists() -> None:
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", SETTINGS, re.M)) == set(KEYS)


@pytest.mark.parametrize("variable", ENVIRONMENT)
def test_environment_variable_is_documented(variable: str) -> None:
    assert f"`{variable}`" in SETTINGS


@pytest.mark.parametrize("option", urls._SOURCE_OPTIONS)
def test_option_of_the_legacy_url_is_documented(option: str) -> None:
    assert f"`{option}`" in section(SETTINGS, "The legacy URL")


@pytest.mark.parametrize("page", [COMMANDS_PAGE, ERRORS], ids=["commands", "errors"])
def test_exit_codes_are_documented(page: str) -> None:
    rows = re.findall(r"^\| (\d) \|", section(page, "Exit codes"), re.M)
    assert [int(row) for row in rows] == [int(code) for code in Exit]


def test_exit_codes_of_errors_are_those_of_the_command_line() -> None:
    def kinds(kind: type[DelampError]) -> Iterator[type[DelampError]]:
        yield kind
        for inner in kind.__subclasses__():
            yield from kinds(inner)

    assert {kind.exit_code for kind in kinds(DelampError)} <= {int(code) for code in Exit}


def test_problem_codes_were_found() -> None:
    assert len(problem_codes()) > 20
    assert len(row_codes()) > 20


@pytest.mark.parametrize("code", sorted(problem_codes()))
def test_problem_code_is_explained(code: str) -> None:
    assert section(ERRORS, code).strip(), f"docs/errors.md has no section on {code}"


def test_every_explained_problem_code_exists() -> None:
    assert set(re.findall(r"^### ((?:mappings|delamp)\.\S+)$", ERRORS, re.M)) == problem_codes()


@pytest.mark.parametrize("code", sorted(row_codes()))
def test_row_code_is_explained(code: str) -> None:
    assert re.search(rf"^\| `{code}` \|", section(ERRORS, "Rules for rows"), re.M)


def test_every_explained_row_code_exists() -> None:
    named = re.findall(r"^\| `([a-z_]+)` \|", section(ERRORS, "Rules for rows"), re.M)
    assert set(named) == row_codes()
    assert len(named) == len(set(named))


def test_levels_and_commands_of_options_are_those_that_exist() -> None:
    assert LEVELS == VERIFY_LEVELS
    assert set(COMMANDS) <= {name for name, _ in EVERY}
    for level in LEVELS:
        assert f"`{level}`" in section(COMMANDS_PAGE, "`delamp verify`")


@pytest.mark.parametrize(
    "page",
    sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")]),
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{page.name}: {link}"


def anchors(text: str) -> set[str]:
    """The anchors that a forge makes of headings."""
    heads = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_every_code_of_the_binlog_is_explained_and_exists() -> None:
    known = {kind.code for kind in BinlogError.__subclasses__()}
    named = re.findall(r"^\| `([a-z_]+)` \|", section(ERRORS, "The binlog"), re.M)
    assert set(named) == known
