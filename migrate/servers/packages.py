"""Unpack a distribution package and what it needs into a private folder, without root.

apt works out the missing packages (`apt-get --simulate install`), downloads and authenticates them;
`dpkg-deb -x` unpacks them. Nothing is installed and no maintainer script runs.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from migrate.servers.errors import ServerError
from migrate.servers.locks import file_lock
from migrate.servers.places import cache_folder, make_open_folder

# Only PostgreSQL's JIT needs LLVM: 100 MB for nothing in a throwaway server.
UNWANTED = re.compile(r"libllvm|libz3-|libedit")


def private_root(name: str) -> Path:
    """The folder that `unpack_private` fills; it exists only when that is complete."""
    return cache_folder() / "packages" / name


def unpack_private(name: str, wanted: Sequence[str]) -> Path:
    """The folder that holds the packages matching the patterns `wanted`, and all they need.

    `name` names the folder in the cache; a second call only returns it. Raises ServerError when
    there is no apt, no network, or no such package.
    """
    root = private_root(name)
    if root.exists():
        return root
    with file_lock(cache_folder() / "locks" / f"{name}.lock"):
        if not root.exists():
            _unpack(root, wanted)
    return root


def _unpack(root: Path, wanted: Sequence[str]) -> None:
    for program in ("apt-get", "apt-cache", "dpkg-deb"):
        if not shutil.which(program):
            raise ServerError(f"{root.name}: cannot be unpacked privately, got no {program}")
    make_open_folder(root.parent)
    work = Path(tempfile.mkdtemp(prefix=f".{root.name}-", dir=root.parent))
    try:
        (work / "archives").mkdir()
        apt = Apt(root.parent.parent / "apt")
        names = apt.newest(wanted)
        if not names:
            apt.update()
            names = apt.newest(wanted)
        if len(names) < len(wanted):
            raise ServerError(f"{root.name}: no such package, got {', '.join(wanted)}")
        closure = apt.closure(names)
        try:
            apt.download(closure, work / "archives")
        except ServerError:
            # The distribution replaced a package since the lists were read.
            apt.update()
            apt.download(apt.closure(names), work / "archives")
        for archive in sorted((work / "archives").glob("*.deb")):
            _run(["dpkg-deb", "-x", str(archive), str(work / "root")])
        (work / "root").chmod(0o755)
        (work / "root").rename(root)
    finally:
        shutil.rmtree(work, ignore_errors=True)


class Apt:
    """apt with the system's package lists, or with private ones where those are missing."""

    def __init__(self, private: Path) -> None:
        self._private = private
        self._options: list[str] = self._private_options() if private.exists() else []

    def _private_options(self) -> list[str]:
        return [
            "-o", f"Dir::State={self._private}/state",
            "-o", f"Dir::Cache={self._private}/cache",
            "-o", "Dir::State::status=/var/lib/dpkg/status",
        ]  # fmt: skip

    def update(self) -> None:
        """Read the package lists anew: the system's as root, else into the private folder.

        One broken source among several makes apt fail; what counts is whether the packages are
        found afterwards, so this raises nothing.
        """
        if os.geteuid() != 0:
            for folder in ("state/lists/partial", "cache/archives/partial"):
                make_open_folder(self._private / folder)
            self._options = self._private_options()
        with contextlib.suppress(ServerError):
            _run(["apt-get", *self._options, "-q", "update"])

    def newest(self, patterns: Sequence[str]) -> list[str]:
        """For each pattern the last package name in version order; nothing for an unknown one."""
        found = []
        for pattern in patterns:
            command = ["apt-cache", *self._options, "search", "--names-only", f"^{pattern}$"]
            names = [line.split(" - ")[0] for line in _run(command).splitlines()]
            found += sorted(names, key=_version_key)[-1:]
        return found

    def closure(self, names: Sequence[str]) -> list[str]:
        """`names` and every package they need that is not installed, as `name=version`."""
        simulated = _run(
            ["apt-get", *self._options, "-q", "--simulate", "--no-install-recommends",
             "-o", "Debug::NoLocking=true", "install", *names]
        )  # fmt: skip
        packages = re.findall(r"^Inst (\S+) (?:\[\S+\] )?\((\S+)", simulated, re.MULTILINE)
        return [f"{name}={version}" for name, version in packages if not UNWANTED.match(name)]

    def download(self, packages: Sequence[str], folder: Path) -> None:
        _run(["apt-get", *self._options, "-q", "download", *packages], folder)


def _version_key(name: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", name)]


def _run(command: list[str], folder: Path | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        raise ServerError(f"{command[0]}: exit code {done.returncode}, got {lines[-1]!r}")
    return done.stdout
