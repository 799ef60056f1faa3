"""Move the rows of a legacy MySQL or MariaDB database into Django models on PostgreSQL."""

from __future__ import annotations

__version__ = "0.1.0"
