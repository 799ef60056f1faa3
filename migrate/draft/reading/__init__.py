"""Read a legacy database's facts: its catalogue, and evidence counted in its rows.

    selection    which tables: shell globs
    catalogue    indexes, foreign keys, comments, views that cannot be read
    measures     what is counted of a column, as SQL, by its type
    evidence     one pass over a table: the measures and the values of small columns
    samples      some rows from both ends of a table; looks: what their values look like
    wholes       columns read whole where a sample would not do
    words, names names cut into words; tables without their prefixes
    references   which columns may refer to which, by name
    inclusions   measured; known: where the evidence has the measure already
    counters     numbers that may be counts of child rows, measured
    pool         tables shared out over two connections, biggest first

Only SELECT, one statement at a time: nothing is locked, written or held open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from migrate.catalogue_reader import read_catalogue
from migrate.draft.facts import Facts, TableFacts
from migrate.draft.reading.catalogue import catalogue_facts
from migrate.draft.reading.counters import read_counters
from migrate.draft.reading.evidence import read_evidence
from migrate.draft.reading.inclusions import read_inclusions
from migrate.draft.reading.pool import Pool
from migrate.draft.reading.selection import chosen_tables
from migrate.source import Source

__all__ = ["read_facts"]

Progress = Callable[[str, int, int], None]


def _silent(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def read_facts(
    source: Source,
    second: Source | None = None,
    *,
    tables: Sequence[str] = (),
    exclude: Sequence[str] = (),
    data_evidence: bool = True,
    progress: Progress = _silent,
) -> Facts:
    """Return what is known of the source's database.

    `second` is another connection to it, to read two tables at a time. `tables` and `exclude`
    are shell globs over names of tables and views; a view's rows are read only when `tables`
    chose it. `progress(what, done, total)` is called as bytes or statements are done, from any
    thread but never from two at once.

    Raises `ConfigError` for a name or glob that meets no table, `SourceError` when the connection
    is lost. What MySQL refuses of one table or column is a fact: `broken`, `unread`.
    """
    catalogue = read_catalogue(source)
    names = chosen_tables(catalogue, tables, exclude)
    found = catalogue_facts(source, catalogue, names)
    if not data_evidence:
        return Facts(catalogue=catalogue, tables=tuple(found), data_evidence=False)
    pool = Pool([s for s in (source, second) if s is not None], progress)
    read: list[TableFacts] = pool.map(
        "rows",
        lambda at, facts: read_evidence(at, facts, view_too=bool(tables)),
        found,
        weight=lambda facts: facts.table.bytes_estimate,
    )
    inclusions = read_inclusions(pool, read)
    return Facts(
        catalogue=catalogue,
        tables=tuple(read),
        inclusions=inclusions,
        counters=read_counters(pool, read, inclusions),
    )
