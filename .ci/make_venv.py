"""Create the virtual environment; standard library only, run by the system's own Python.

A bare Debian or Ubuntu has Python without `ensurepip` (it is in the package python3-venv). pip is
then taken from the distribution's package python3-pip-whl, unpacked privately without root.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import venv
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

OLDEST = (3, 11)


def main(folder: str) -> int:
    """Create the environment in `folder`, replacing what is there; returns the exit code."""
    if sys.version_info < OLDEST:
        version = ".".join(map(str, sys.version_info[:3]))
        print(f"error: python: too old, got {version} (expected 3.11 or newer)", file=sys.stderr)
        print("hint: run make PYTHON=python3.11, or newer", file=sys.stderr)
        return 1
    has_pip = importlib.util.find_spec("ensurepip") is not None
    venv.create(folder, clear=True, symlinks=True, with_pip=has_pip)
    return 0 if has_pip else install_pip(Path(folder, "bin", "python"))


def install_pip(python: Path) -> int:
    """Install pip with the distribution's own wheel of it."""
    from migrate.servers.errors import ServerError
    from migrate.servers.packages import unpack_private

    try:
        root = unpack_private("pip", ["python3-pip-whl"])
    except ServerError as exc:
        print(f"error: virtual environment: no pip, got {exc}", file=sys.stderr)
        print("hint: install the package python3-venv", file=sys.stderr)
        return 1
    wheel = next(root.glob("usr/share/python-wheels/pip-*.whl"))
    command = [str(python), str(wheel / "pip"), "install", "--quiet", "--upgrade", "pip"]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
