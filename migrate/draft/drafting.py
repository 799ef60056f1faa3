"""From a legacy database to a Django project: read facts, design, write."""

from __future__ import annotations

import contextlib
import keyword
import re
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from migrate.draft.design import Project
from migrate.draft.designing import design_project
from migrate.draft.dump import LoadedDump, load_dump, open_dump
from migrate.draft.facts import Facts
from migrate.draft.reading import read_facts
from migrate.draft.writing import KEPT, Place, require_free, write_project
from migrate.errors import ConfigError, SourceError
from migrate.servers import ServerError
from migrate.servers.kept import remove_kept, start_kept
from migrate.source import Source
from migrate.urls import SourceUrl, parse_source_url

__all__ = ["Drafted", "Options", "Progress", "app_name", "draft", "draft_dump", "draft_url"]

Progress = Callable[[str, int, int], None]
"""Told what is going on, how much is done, and of how much; from any thread, one at a time."""

_TAKEN = {
    *sys.stdlib_module_names,
    "admin", "auth", "config", "contenttypes", "delamp", "django", "mappings", "messages",
    "migrate", "migrations", "postgres", "sessions", "staticfiles", "verify",
    "argon2", "asgiref", "bcrypt", "click", "cryptography", "psycopg2", "pymysql", "sqlparse",
    "tqdm", "tzdata",
}  # fmt: skip
"""What an app cannot be called beside the apps and packages that a drafted project has."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line says of a draft."""

    app: str | None = None
    tables: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    data_evidence: bool = True
    time_zone: str | None = None
    """None: nobody said, and UTC is a guess."""


@dataclass(frozen=True, kw_only=True)
class Drafted:
    """A draft that is written."""

    project: Project
    facts: Facts
    place: Place
    folder: Path
    seconds: float

    @property
    def rows(self) -> dict[str, int]:
        """Rows of each table that was read."""
        return {t.name: t.rows for t in self.facts.tables if t.rows is not None}


def draft_url(url: str, folder: Path, options: Options, *, progress: Progress) -> Drafted:
    """`draft` from the database at a URL, whose password is then written to no file."""
    parsed = parse_source_url(url)
    secret = parsed.password or parsed.ssl_key_password
    place = Place(
        redacted=parsed.redacted, database=parsed.database, url=None if secret else url.strip()
    )
    return draft(parsed, folder, options, place=place, progress=progress)


def draft_dump(
    dump: Path,
    folder: Path,
    options: Options,
    *,
    progress: Progress,
    note: Callable[[str], None],
) -> Drafted:
    """`draft` from a dump, loaded into a private MariaDB that stays in `.delamp` of `folder`.

    `note(text)` is called with what was left out of the dump. Raises ConfigError and SourceError
    for what is no dump, or one that MariaDB refuses; then nothing of the server is left.
    """
    require_free(folder)
    kept = folder.absolute() / KEPT
    if kept.exists():
        raise ConfigError(
            f"{kept}: is there already, got another draft's server",
            hint=f"stop it (`python -m migrate.servers stop --dir {kept / 'legacy'}`), remove it",
        )
    fresh = not folder.exists()
    try:
        loaded = _load(dump, kept / "legacy", progress)
        for text in loaded.notes:
            note(text)
        url = SourceUrl(database=loaded.database, user="root", private_server=str(kept / "legacy"))
        place = Place(
            redacted=dump.name,
            database=quote(loaded.database, safe=""),
            private_server=True,
            notes=tuple(loaded.notes),
        )
        return draft(url, folder, options, place=place, progress=progress)
    except BaseException:
        remove_kept(kept / "legacy")
        shutil.rmtree(folder if fresh else kept, ignore_errors=True)
        raise


def _load(dump: Path, server: Path, progress: Progress) -> LoadedDump:
    # Before a server is started for it.
    with open_dump(dump):
        pass
    name = re.sub(r"\W+", "_", dump.name.split(".")[0]) or "legacy"
    try:
        return load_dump(
            dump,
            start_kept(server),
            name=name,
            progress=lambda done, total: progress("loading the dump", done, total),
        )
    except ServerError as error:
        raise SourceError(f"{dump}: {error.args[0]}", hint=error.hint or None) from error


def draft(
    url: SourceUrl, folder: Path, options: Options, *, place: Place, progress: Progress
) -> Drafted:
    """Draft the database at `url` into `folder`, which is written last and at once.

    Raises ConfigError for options or a folder that cannot be, SourceError when the database cannot
    be read, RunError when Django refuses what was designed. Nothing is written to the database.
    """
    began = time.monotonic()
    require_free(folder)
    app = app_name(options.app, place.database)
    facts = _facts(url, options, progress)
    progress("designing", 0, 1)
    project = design_project(facts, app=app, time_zone=options.time_zone)
    if not project.models:
        raise ConfigError(
            f"{url.redacted}: nothing to draft, got no table",
            hint="name a database that has tables, or other globs with --tables and --exclude",
        )
    rows = {table.name: table.rows for table in facts.tables if table.rows is not None}
    progress("writing", 0, 1)
    write_project(project, folder, place=place, rows=rows)
    seconds = time.monotonic() - began
    return Drafted(project=project, facts=facts, place=place, folder=folder, seconds=seconds)


def _facts(url: SourceUrl, options: Options, progress: Progress) -> Facts:
    with (
        contextlib.closing(Source(url)) as source,
        contextlib.closing(Source(url)) as second,
    ):
        return read_facts(
            source,
            second,
            tables=options.tables,
            exclude=options.exclude,
            data_evidence=options.data_evidence,
            progress=progress,
        )


def app_name(wanted: str | None, database: str) -> str:
    """The app's name as wanted, else made of the database's name. Raises ConfigError."""
    if wanted is None:
        words = re.sub(r"[^a-z0-9]+", "_", database.lower()).strip("_")
        name = words if words[:1].isalpha() else f"legacy_{words}".rstrip("_")
        return f"{name}_app" if name in _TAKEN or keyword.iskeyword(name) else name
    if not re.fullmatch(r"[a-z][a-z0-9_]*", wanted) or keyword.iskeyword(wanted):
        raise ConfigError(
            f"--app: no name for a Django app, got {wanted!r}"
            " (expected small letters, digits and _, beginning with a letter)"
        )
    if wanted in _TAKEN:
        raise ConfigError(
            f"--app: the name is taken by a package or an app of the project, got {wanted!r}",
            hint="choose another name, such as shop or legacy",
        )
    return wanted
