"""Read the ledger by Django's ORM, with its errors turned into delamp's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from django.db import Error, ProgrammingError

from migrate.config import Config
from migrate.errors import TargetError

__all__ = ["reading", "unfinished_run"]


@contextlib.contextmanager
def reading(config: Config) -> Iterator[str]:
    """Yield the alias of the database that holds the ledger. Raises TargetError."""
    where = f"target {config.database['NAME']}"
    try:
        yield config.target
    except ProgrammingError as error:
        raise TargetError(
            f"{where}: the ledger cannot be read ({_first_line(error)})",
            hint="run `python manage.py migrate`",
        ) from error
    except Error as error:
        raise TargetError(
            f"{where}: {_first_line(error)}",
            hint="check DATABASES in the settings, and that the server is up",
        ) from error


def unfinished_run(config: Config) -> dict[str, Any] | None:
    """Id and state of the latest run when it is not finished; None when it is.

    Both are None when the ledger has no run at all. Raises TargetError.
    """
    from migrate.models import Run

    with reading(config) as alias:
        run = Run.objects.using(alias).order_by("-pk").first()
    if run is None:
        return {"id": None, "state": None}
    return None if run.state == Run.State.FINISHED else {"id": run.pk, "state": run.state}


def _first_line(error: Error) -> str:
    return str(error).strip().split("\n", 1)[0].rstrip(".")
