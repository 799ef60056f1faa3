"""Read the ledger by Django's ORM, with its errors turned into delamp's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db import Error, ProgrammingError

from migrate.config import Config
from migrate.errors import TargetError

__all__ = ["reading"]


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


def _first_line(error: Error) -> str:
    return str(error).strip().split("\n", 1)[0].rstrip(".")
