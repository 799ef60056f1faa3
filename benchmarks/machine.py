"""What a figure was measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import django

from migrate import __version__
from migrate.servers import PrivateServers

__all__ = ["machine", "versions"]


def machine() -> dict[str, Any]:
    """Processor, cores that this process may use, memory, system."""
    return {
        "processor": _first("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int((_first("/proc/meminfo", "MemTotal") or "0").split()[0]) / 1e6, 1),
        "system": platform.platform(),
    }


def versions(servers: PrivateServers) -> dict[str, str]:
    return {
        "delamp": __version__,
        "python": platform.python_version(),
        "django": django.get_version(),
        "mariadb": servers.mariadb.version,
        "postgres": servers.postgres.version,
    }


def _first(file: str, name: str) -> str | None:
    path = Path(file)
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), None)
