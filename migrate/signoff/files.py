"""The sign-off as a file, and its hash beside it in the format of sha256sum."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from migrate.errors import ConfigError
from migrate.signoff.document import FORMAT, SCHEMA_VERSION

__all__ = ["as_text", "hash_differs", "read_signoff", "write_with_hash"]


def as_text(document: Mapping[str, Any]) -> str:
    """The bytes of a document are these, and no others, encoded as UTF-8."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write_with_hash(file: Path, text: str) -> None:
    """Write FILE and FILE.sha256, which `sha256sum --check` takes."""
    data = text.encode("utf-8", "backslashreplace")
    file.write_bytes(data)
    line = f"{hashlib.sha256(data).hexdigest()}  {file.name}\n"
    _beside(file).write_text(line, encoding="utf-8")


def hash_differs(file: Path) -> str | None:
    """What is wrong with the file by FILE.sha256, or None."""
    beside = _beside(file)
    if not beside.is_file():
        return f"{file.name}: its hash is missing, got no {beside.name}"
    parts = beside.read_text(encoding="utf-8", errors="replace").split()
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if not parts or parts[0].lower() != found:
        return f"{file.name}: its bytes are not those that were hashed, got {found}"
    return None


def read_signoff(file: Path) -> dict[str, Any]:
    """The document of a file. Raises `ConfigError` for a file that is none."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{file}: cannot be read as JSON ({type(error).__name__})",
            hint="name a file that `delamp report -o FILE` wrote",
        ) from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ConfigError(
            f"{file}: no sign-off (expected one of format {FORMAT!r})",
            hint="name a file that `delamp report -o FILE` wrote",
        )
    if found.get("schema_version") != SCHEMA_VERSION:
        raise ConfigError(
            f"{file}: schema_version, got {found.get('schema_version')!r}"
            f" (expected {SCHEMA_VERSION})",
            hint="check it with the version of delamp that wrote it",
        )
    return found


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.sha256")
