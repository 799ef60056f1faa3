"""Who may import whom: the layers of the package, read from its source with `ast`."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("mappings", "migrate", "verify")
MODULES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))

ONE_DOOR = {
    "pymysql": ("migrate/source.py",),
    "psycopg2": ("migrate/target.py",),
    "click": ("migrate/cli/",),
    "tqdm": ("migrate/cli/",),
    "zstandard": ("migrate/binlog/payloads.py",),
}
"""Each library and the only files of the package that import it."""

VERIFY_IS_WIRED_IN = (
    "migrate/cli/",
    "migrate/dry_run.py",
    "migrate/verification.py",
    "migrate/verified.py",
    "migrate/departures.py",
    "migrate/changes.py",
    "migrate/cutover/",
    "migrate/reconcile.py",
    "migrate/rehearse.py",
    "migrate/resync.py",
    "migrate/repair.py",
    "migrate/stored.py",
    "migrate/signoff/",
)
"""migrate's wiring may know `verify`; what moves rows must not."""


@functools.cache
def imports(path: Path) -> frozenset[str]:
    """The dotted names of all modules that a file imports, also inside functions."""
    return frozenset(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{place(path)}: relative import"
            assert node.module is not None
            yield node.module
            # `from migrate import source` imports a module, too.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def importers(library: str) -> set[str]:
    """The files of the package that import a library or anything in it."""
    return {
        place(path)
        for path in MODULES
        if any(name == library or name.startswith(f"{library}.") for name in imports(path))
    }


def allowed(file: str, places: tuple[str, ...]) -> bool:
    return any(file == p or (p.endswith("/") and file.startswith(p)) for p in places)


def test_the_package_was_found() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in MODULES} == set(PACKAGES)


@pytest.mark.parametrize("library", ONE_DOOR)
def test_library_is_imported_behind_one_door_only(library: str) -> None:
    strangers = {f for f in importers(library) if not allowed(f, ONE_DOOR[library])}
    assert not strangers
    assert importers(library), f"nothing imports {library}: is the rule out of date?"


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [
        ("mappings", ("migrate", "verify")),
        ("verify", ("migrate",)),
        ("mappings", ("tests", "examples", "benchmarks")),
        ("migrate", ("tests", "examples", "benchmarks")),
        ("verify", ("tests", "examples", "benchmarks")),
    ],
)
def test_package_does_not_import(package: str, forbidden: tuple[str, ...]) -> None:
    found = {f for name in forbidden for f in importers(name) if f.startswith(f"{package}/")}
    assert not found


def test_only_the_wiring_of_migrate_imports_verify() -> None:
    inside = {f for f in importers("verify") if f.startswith("migrate/")}
    assert not {f for f in inside if not allowed(f, VERIFY_IS_WIRED_IN)}


def test_level_rows_does_not_know_the_compiler() -> None:
    """It must not share the mistakes that it is there to find."""
    inside = {f for f in importers("mappings.compiler") if f.startswith("verify/rows/")}
    assert not inside
    assert any(f.startswith("verify/") for f in importers("mappings.compiler"))


def test_moving_rows_does_not_know_the_command_line() -> None:
    outside = {f for f in importers("migrate.cli") if not f.startswith("migrate/cli/")}
    assert outside == {"migrate/management/commands/delamp.py"}


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_module_postpones_annotations_and_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{place(path)} has no docstring"
    if len(tree.body) > 1:
        names = {
            alias.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and node.module == "__future__"
            for alias in node.names
        }
        assert "annotations" in names, f"{place(path)} has no `from __future__ import annotations`"


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_module_has_no_name_that_says_nothing(path: Path) -> None:
    assert not {"utils", "util", "helpers", "helper", "misc", "common"} & {path.stem, *path.parts}
