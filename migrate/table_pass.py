"""One pass over one table: rows that may differ are found on one side, and refreshed on the other.

Who looks for rows holds no view of the source while it hashes: each statement sees what is there.
A row that changes after it was hashed is the next pass's; one that is found is read again when it
is refreshed, with all that it brings along, at one instant. So no view of the source grows old,
which would keep an ALTER TABLE waiting, and InnoDB from throwing old versions of rows away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from mappings.affects import asks_for_the_time
from mappings.catalogue import Catalogue
from mappings.plan import TablePlan
from migrate.changes import changed_rows_ahead, is_in_step, unmatched_rows
from migrate.config import Config
from migrate.errors import Interrupted
from migrate.follow.view import view_of
from migrate.ledger import Ledger
from migrate.refresh import Refreshed, Refresher, Wanted
from migrate.source import Source
from migrate.strategies import Choice, WatermarkPass, gone_rows
from migrate.target import Target
from migrate.unaltered import require_unaltered

__all__ = ["TablePass"]

Save = Callable[[Target], None]
_Found = Generator[tuple[Wanted, Save | None], None, None]


@dataclass(frozen=True, kw_only=True)
class TablePass:
    """What passes over single tables have in common."""

    config: Config
    catalogue: Catalogue
    """What the plans were compiled with."""
    finders: Sequence[Source]
    """Connections that look for rows."""
    source: Source
    """The connection that the refresher reads by."""
    ledger: Ledger
    refresher: Refresher
    stop: threading.Event
    tell: Callable[[str], None]

    def in_step(self, table: TablePlan) -> Refreshed | None:
        """Bring a table whose rows no key names in step, by their content; None: it cannot be."""
        with view_of(self.source):
            if not table.nameless:
                return Refreshed() if is_in_step(self.config, self.source, table) else None
            unmatched = unmatched_rows(self.config, self.source, table)
            if not unmatched:
                return Refreshed()
            return self.refresher.bring_in_step(
                table,
                unmatched,
                also=lambda target: require_unaltered(self.source, table, self.catalogue),
            )

    def over(self, choice: Choice, *, deletes: bool) -> Iterator[tuple[int, Refreshed]]:
        """Find the rows by the table's strategy, and refresh them: some hundred at a time.

        Yields, after each transaction, how many rows were found by then, and what it did. Raises
        `Interrupted` after a stop, also where nothing is found for long, `RunError` when the table
        was altered meanwhile.
        """
        table, rows = choice.table, 0
        with closing(self._found(choice, deletes=deletes)) as found:
            for wanted, save in found:
                done = self._refresh(table, wanted, save)
                rows += len(wanted)
                yield rows, done
                self._go_on(table)

    def gone(self, table: TablePlan) -> Iterator[tuple[int, Refreshed]]:
        """Delete what the source has no more. Children first: a row that is referred to stays.

        Yields and raises as `over` does.
        """
        rows = 0
        with closing(Target(self.config.database, name="delamp verify")) as reader:
            for wanted in gone_rows(table, self.finders[0], reader):
                done = self._refresh(table, wanted, None)
                rows += len(wanted)
                yield rows, done
                self._go_on(table)

    def _refresh(self, table: TablePlan, wanted: Wanted, save: Save | None) -> Refreshed:
        def at_the_end(target: Target) -> None:
            require_unaltered(self.source, table, self.catalogue)
            if save is not None:
                save(target)

        with view_of(self.source):
            return self.refresher.refresh({table.name: wanted}, also=at_the_end)

    def _changed(self, table: TablePlan) -> Generator[Wanted, None, None]:
        """All rows that differ; a stop is no end of them."""
        with closing(changed_rows_ahead(self.config, self.finders, table, self.stop)) as found:
            yield from found
        self._go_on(table)

    def _go_on(self, table: TablePlan) -> None:
        if self.stop.is_set():
            raise Interrupted(
                f"resync stopped in {table.name}; every change so far is committed",
                hint="run `delamp resync` again: it begins with what differs then",
            )

    def _found(self, choice: Choice, *, deletes: bool) -> _Found:
        table = choice.table
        if choice.watermark is None:
            # Nothing is excused: a row that was refused may be valid by now.
            for wanted in self._changed(table):
                yield wanted, None
            return
        marked = WatermarkPass(self.ledger, self.finders[0], table, choice.watermark)
        if marked.stored is None:
            self.tell(f"{table.name}: no watermark is known yet: by checksums this once")
            # Read first: what is written during the pass lies above it.
            greatest = marked.greatest()
            yield from self._found(replace(choice, watermark=None), deletes=False)
            marked.saving(greatest)(self.ledger.target)
            return
        # At one instant, or rows that commit late would be passed by while it goes on.
        with view_of(self.finders[0]):
            yield from marked.pages()
        if not marked.sees_updates:
            self.tell(f"{table.name}: a watermark on the key sees inserts, no updates")
        if not deletes:
            self.tell(f"{table.name}: a watermark sees no deletes; --deletes looks for them")
        if asks_for_the_time(table):
            self.tell(
                f"{table.name}: a watermark does not see rows that come to its `where` by time"
                " alone; --strategy checksum does"
            )
