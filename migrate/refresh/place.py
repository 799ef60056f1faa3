"""One table's part in a batch: which rows were asked for, and what the source has of them now."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from typing import Any

from mappings.errors import Reject
from mappings.keys import KeyValue
from mappings.plan import ReferencePlan, TablePlan
from mappings.sqltext import pg_name
from migrate import models
from migrate.extract.rowwise import RefusedRow, RowLine
from migrate.load.chunk import store_rows
from migrate.load.sink import Sink, Stored
from migrate.refresh.addressing import address, spelled_identity
from migrate.refresh.uniques import UniqueIndex, unique_indexes
from migrate.target import Target

__all__ = ["NUMBER", "Identity", "Place", "Refusal", "also", "refers", "same"]

Identity = tuple[Any, ...]
"""Values of a plan's identity columns, as psycopg2 reads them (bytes for bytea)."""

_ROWS = 500
_NUMBERS = count()
"""Of temporary tables: several batches may come in one transaction."""


Refusal = tuple[int, str, str, str, str]
"""Of a staged row: its number, the field, the rule, details, the outcome."""


@dataclass(frozen=True)
class _Fresh:
    """A row as the source has it, staged as line `number`."""

    identity: Identity
    row: RowLine


NUMBER = "delamp_n"
"""The column of a stage that numbers its rows."""


class _StageSink(Sink):
    def __init__(self, copy: str) -> None:
        self._copy = copy

    def store(self, target: Target, pieces: Iterable[bytes]) -> Stored:
        return Stored(loaded=target.copy(self._copy, pieces))


_UNKNOWN = ("target_refused", "")


def same(names: Iterable[str], one: str, other: str) -> str:
    """SQL: two rows have the same values of these quoted columns."""
    return " AND ".join(f"{one}.{name} = {other}.{name}" for name in names)


def also(predicate: str | None, alias: str) -> str:
    """SQL: and a predicate of the plan, which is over `t`, holds for the row `alias`."""
    if not predicate:
        return ""
    # At most two conditions, the first of them on a number.
    first, second, rest = predicate.removeprefix("t").partition(" AND t.")
    return f" AND {alias}{first}" + (f" AND {alias}.{rest}" if second else "")


def refers(reference: ReferencePlan, parent: str, child: str) -> str:
    """SQL: the row `child` refers to the row `parent`.

    The object ids of a generic foreign key may be texts, whatever its models' keys are.
    """
    text = "::text" if reference.only else ""
    key, column = pg_name(reference.parent_column), pg_name(reference.column)
    return f"{parent}.{key}{text} = {child}.{column}{text}{also(reference.only, child)}"


class Place:
    """A table plan in a batch, with two temporary tables that end with the transaction.

    `asked` has the identity of every row in question, `stage` the fresh values of those that the
    source has and that are not refused. What is asked and not staged is to leave the target.
    """

    def __init__(self, plan: TablePlan, table_id: int, target: Target) -> None:
        number = next(_NUMBERS)
        self.spelled = not plan.refreshable
        """Whether the target does not hold the key as it is: identities are texts then."""
        plan = replace(plan, identity=address(plan))
        self.plan = plan
        self.table_id = table_id
        self.target = target
        self.ids = tuple(pg_name(column.column) for column in plan.identity)
        self.name = pg_name(plan.target)
        self.asked = pg_name(f"delamp_asked_{number}")
        self.stage = pg_name(f"delamp_stage_{number}")
        self.moved = pg_name(f"delamp_moved_{number}")
        self.columns = tuple(pg_name(column.column) for column in plan.columns)
        self._sink = _StageSink(
            f"COPY {self.stage} ({', '.join([NUMBER, *self.columns])}) FROM STDIN"
        )
        staged = {column.column for column in plan.columns}
        self.uniques: tuple[UniqueIndex, ...] = tuple(
            unique for unique in unique_indexes(target, plan.target) if unique.columns <= staged
        )
        self.keyless = False
        """Whether the batch has all rows of which the quarantine tells without their key."""
        self.known: set[Identity] = set()
        self.unread: set[Identity] = set()
        self.holders: set[Identity] = set()
        """Rows that are only here for a value that they hold: nobody said that they changed."""
        self.known_keys: set[KeyValue] = set()
        self.unread_keys: set[KeyValue] = set()
        self.keys: set[KeyValue] = set()
        """Keys of every row read, as the quarantine has them."""
        self.fresh: list[_Fresh] = []
        self._unasked: list[int] = []
        """Numbers of staged rows whose keys were not held against the quarantine yet."""
        self.refused: list[RefusedRow] = []
        self.refused_identities: set[Identity] = set()
        """Of rows that the source has, and the target cannot have."""
        self.notes: dict[int, list[RefusedRow]] = {}
        """What is told of staged rows, by their number."""
        self._make()

    @property
    def told(self) -> list[RefusedRow]:
        """Everything that the quarantine is to say of the rows of this batch."""
        return [*self.refused, *(note for notes in self.notes.values() for note in notes)]

    @property
    def owned(self) -> str:
        """SQL: and the row of the target is of this plan."""
        return also(self.plan.owns, "t")

    def ask(self, identities: Iterable[Identity]) -> None:
        """Take rows into the batch by what the target holds, or would hold, of their key."""
        new = {tuple(map(_hashable, identity)) for identity in identities} - self.known
        self._remember(new)
        self.unread |= new

    def ask_holders(self, identities: Iterable[Identity]) -> None:
        """Take rows in for a value that they hold. What the source has none of is no row of ours.

        Django may have added it: it keeps its value, and is not deleted.
        """
        new = {tuple(map(_hashable, identity)) for identity in identities} - self.known
        self.ask(new)
        self.holders |= new

    def spare(self, identities: Collection[Identity]) -> None:
        """Leave rows of the target alone: they stay as they are, strangers to the batch."""
        casts = " AND ".join(
            f"{name} = %s::{column.field.base}"
            for name, column in zip(self.ids, self.plan.identity, strict=True)
        )
        for identity in identities:
            self.target.execute(f"DELETE FROM {self.asked} WHERE {casts}", list(identity))

    def ask_keys(self, keys: Iterable[KeyValue]) -> None:
        """Take rows into the batch by their key in the source."""
        new = set(keys) - self.known_keys
        self.known_keys |= new
        self.unread_keys |= new

    def add(self, rows: Sequence[RowLine], forced: Mapping[Identity, tuple[str, str]]) -> None:
        """Stage rows just read; those of `forced` are refused whatever they hold, as it says."""
        good: list[_Fresh] = []
        for row in rows:
            key = self.key_of(row)
            if key in self.keys:
                # Asked for by its key and by its identity, at different times.
                continue
            self.keys.add(key)
            identity = self._identity_of(row)
            if identity is not None:
                self._remember({identity} - self.known)
            if row.refused is None and identity is not None and identity not in forced:
                good.append(_Fresh(identity, row))
                continue
            code, detail = _UNKNOWN if identity is None else forced.get(identity, _UNKNOWN)
            self.refused.append(row.refused or row.refuse(self.plan, "", code, detail))
            if identity is not None:
                self.refused_identities.add(identity)
        first = len(self.fresh)
        self.fresh += good
        self._unasked += range(first, len(self.fresh))
        numbered = [
            replace(fresh.row, line=b"%d\t%b" % (first + n, fresh.row.line))
            for n, fresh in enumerate(good)
        ]
        # The stage has the table's own checks: what breaks one is found here, row by row.
        for _ in store_rows(self.target, self.plan, self._sink, numbered, self.refused):
            pass

    def bar_taken_keys(self) -> None:
        """Refuse staged rows whose key the target gave to a row that is none of ours.

        A row in quarantine is not in the target; if its key is there by now, Django has made a
        row of its own with it, which stays as it is.
        """
        reject = pg_name(models.Reject._meta.db_table)
        keys = {json.dumps(self.key_of(self.fresh[n].row)): n for n in self._unasked}
        self._unasked.clear()
        quarantined = self.target.rows(
            f"SELECT key::text FROM {reject} WHERE table_id = %s AND key = ANY(%s::jsonb[])"
            " AND outcome IN ('rejected', 'skipped')",
            [self.table_id, list(keys)],
        )
        numbers = [keys[key] for (key,) in quarantined if key in keys]
        if not numbers:
            return
        taken = self.target.rows(
            f"SELECT s.{NUMBER} FROM {self.stage} s JOIN {self.name} t"
            f" ON {same(self.ids, 's', 't')}{self.owned} WHERE s.{NUMBER} = ANY(%s)",
            [numbers],
        )
        detail = "the target has another row with this key"
        if taken:
            self.refuse([(n, "", "not_unique", detail, "rejected") for (n,) in taken])
            self.spare([self.fresh[n].identity for (n,) in taken])

    def refuse(self, fates: Sequence[Refusal]) -> None:
        """Take rows off the stage, for the quarantine."""
        for number, column, code, detail, outcome in fates:
            row = self.fresh[number].row.refuse(self.plan, column, code, detail)
            self.refused.append(replace(row, outcome=outcome))
            self.notes.pop(number, None)
        self.target.execute(
            f"DELETE FROM {self.stage} WHERE {NUMBER} = ANY(%s)", [[fate[0] for fate in fates]]
        )

    def note(self, number: int, column: str, code: str, detail: str) -> None:
        """Tell of a staged row that it is loaded with NULL in place of a reference."""
        row = self.fresh[number].row.refuse(self.plan, column, code, detail)
        self.notes.setdefault(number, []).append(replace(row, outcome="nulled"))

    def analyze(self) -> None:
        """Tell PostgreSQL how large the temporary tables are: nothing else does."""
        self.target.execute(f"ANALYZE {self.asked}, {self.stage}")

    def key_of(self, row: RowLine) -> KeyValue:
        """The row's key as the ledger keeps it."""
        return row.key(self.plan)

    def _identity_of(self, row: RowLine) -> Identity | None:
        """None for a key that the target cannot hold."""
        if self.spelled:
            return spelled_identity(self.plan, row)
        raws = dict(zip(self.plan.columns, row.row[len(self.plan.key) :], strict=False))
        try:
            return tuple(column.python(raws[column]) for column in self.plan.identity)
        except Reject:
            return None

    def _remember(self, new: set[Identity]) -> None:
        self.known |= new
        casts = ", ".join(f"%s::{column.field.base}" for column in self.plan.identity)
        left = iter(new)
        while batch := list(islice(left, _ROWS)):
            self.target.execute(
                f"INSERT INTO {self.asked} VALUES {', '.join([f'({casts})'] * len(batch))}",
                [value for identity in batch for value in identity],
            )

    def _make(self) -> None:
        ids = ", ".join(self.ids)
        for statement in (
            f"CREATE TEMP TABLE {self.asked} ON COMMIT DROP AS"
            f" SELECT {ids} FROM {self.name} WITH NO DATA",
            f"CREATE INDEX ON {self.asked} ({ids})",
            f"CREATE TEMP TABLE {self.stage} ({NUMBER} int, LIKE {self.name} INCLUDING DEFAULTS"
            " INCLUDING CONSTRAINTS INCLUDING IDENTITY INCLUDING GENERATED) ON COMMIT DROP",
            f"CREATE INDEX ON {self.stage} ({ids})",
        ):
            self.target.execute(statement)


def _hashable(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
