"""Values of chosen columns of every row, as digests in the scratch database.

Needed where MySQL cannot compare by itself: values that only Python or PostgreSQL can make, and
tables whose rows no key names. One ordered pass over a table serves all that want values of it.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mappings.compiler.frames import NULL
from mappings.plan import ColumnPlan, TablePlan
from mappings.sqltext import pg_name
from verify.dry_run.constraints import CheckRule, UniqueRule, referenced
from verify.dry_run.fates import Fates, Scratch
from verify.dry_run.fields import CanonicalFields, CopyFields
from verify.dry_run.judge import Judge, NotJudged
from verify.dry_run.losing import KEEPS_ALL, Loss, losable, losses, seen_by, spelled, without
from verify.dry_run.names import RowName
from verify.dry_run.rows import Collector
from verify.ports import SourceRow

__all__ = ["Asked", "Values", "Want", "WantedValues", "check_label", "digest", "text_digest"]

_PIECE = 2000

Question: TypeAlias = "tuple[str, tuple[object, ...]]"
"""SQL for PostgreSQL over `t`, and its parameters."""


def digest(texts: Sequence[bytes | None]) -> bytes:
    """Of framed canonical texts, NULL among them as None."""
    return hashlib.sha1(
        b"".join(NULL if text is None else text for text in texts), usedforsecurity=False
    ).digest()


class Values:
    """The table of all values collected so far."""

    def __init__(self, scratch: Scratch) -> None:
        self.scratch = scratch
        scratch.execute(
            "CREATE TABLE val (label TEXT, digest BLOB, tbl TEXT, id TEXT, ord TEXT, key TEXT,"
            " shown TEXT, lost TEXT)"
        )
        scratch.execute("CREATE INDEX val_digest ON val (label, digest)")

    def put(self, rows: Sequence[tuple[str, bytes, str, RowName]], loss: Loss = KEEPS_ALL) -> None:
        """Keep (label, digest, table, row); the table '' is of rows that the target holds.

        `loss`: references without which the rows have these values.
        """
        lost = spelled(loss)
        self.scratch.many(
            "INSERT INTO val VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (label, value, table, row.id, row.order, json.dumps(row.key), row.text, lost)
                for label, value, table, row in rows
            ],
        )

    @staticmethod
    def name(fields: Sequence[str]) -> RowName:
        """The row of the columns id, ord, key and shown."""
        key = json.loads(fields[2])
        return RowName(fields[0], None if key is None else tuple(key), fields[3], fields[1])


@dataclass(frozen=True, kw_only=True)
class Want:
    """Some columns whose values are wanted together."""

    label: str
    columns: tuple[ColumnPlan, ...]
    nulls: bool = False
    """Whether a row with NULL in one of them counts."""
    losable: Loss = KEEPS_ALL
    """References whose loss makes another value."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Values of which PostgreSQL is to say whether they count, and how they are spelled."""

    label: str
    columns: tuple[ColumnPlan, ...]
    applies: Question
    parts: tuple[Question, ...]
    nulls: bool = False
    losable: Loss = KEEPS_ALL

    @staticmethod
    def of_rule(label: str, rule: UniqueRule, judge: Judge, table: TablePlan) -> Asked:
        """What a unique rule allows once. Raises `NotJudged`."""
        applies: Question = ("true", ())
        names = [column.name for column in rule.columns]
        if rule.condition is not None:
            applies = judge.condition(rule.condition)
            names += referenced(rule.condition)
        parts = [judge.expression(expression) for expression in rule.expressions]
        texts = tuple((f"({sql})::text", given) for sql, given in parts)
        return Asked(
            label=label,
            columns=_named(table, names),
            applies=applies,
            parts=texts or tuple((_folded(column), ()) for column in rule.columns),
            nulls=not rule.nulls_distinct,
            losable=seen_by(table, rule),
        )


class WantedValues(Collector):
    """Takes the wanted values of one table's rows, and asks PostgreSQL where only it can judge."""

    def __init__(
        self,
        table: TablePlan,
        values: Values,
        fates: Fates,
        wants: Sequence[Want],
        judge: Judge | None = None,
        asked: Sequence[Asked] = (),
        checks: Sequence[CheckRule] = (),
    ) -> None:
        """`judge` is needed for what is asked, and for checks. Raises `NotJudged` for a constraint
        that cannot be asked about."""
        self._table, self._values, self._fates = table, values, fates
        self._wants = tuple(wants)
        plain = dict.fromkeys(column for want in wants for column in want.columns)
        self._canonical = CanonicalFields(tuple(plain))
        self._places = {column.name: n for n, column in enumerate(plain)}
        self._judge = judge
        self._asked, self._checks = tuple(asked), tuple(checks)
        self._questions = _questions(judge, self._asked, self._checks)
        columns = [column for each in self._asked for column in each.columns]
        columns += [column for check in self._checks for column in check.columns]
        self._copy = CopyFields(tuple(dict.fromkeys(columns)))
        self._losable = {c.name: losable(table, (x.name for x in c.columns)) for c in self._checks}
        judged = [each.losable for each in self._asked]
        self._losses = losses(KEEPS_ALL.union(*judged, *self._losable.values()))
        self._rows: dict[Loss, list[tuple[str, bytes, str, RowName]]] = defaultdict(list)
        self._to_judge: list[tuple[RowName, Loss, tuple[str | None, ...]]] = []
        self._taken = 0

    @property
    def needed(self) -> bool:
        return bool(self._wants or self._questions)

    def select(self) -> list[str]:
        return [*self._canonical.select(), *self._copy.select()]

    def take(self, row: RowName, fields: SourceRow) -> None:
        texts = self._canonical.read(fields[: self._canonical.width])
        if texts is not None:
            for want in self._wants:
                chosen = [texts[self._places[column.name]] for column in want.columns]
                self._put(want, row, chosen, KEEPS_ALL)
                for loss in losses(want.losable):
                    if (left := without(chosen, want.columns, loss)) is not None:
                        self._put(want, row, left, loss)
        if self._questions:
            asked = self._copy.read(fields[self._canonical.width :])
            if asked is not None:
                self._to_judge.append((row, KEEPS_ALL, asked))
                for loss in self._losses:
                    if (lacking := without(asked, self._copy.columns, loss)) is not None:
                        self._to_judge.append((row, loss, lacking))
        self._taken += 1
        if self._taken >= _PIECE:
            self.flush()

    def _put(self, want: Want, row: RowName, texts: Sequence[bytes | None], loss: Loss) -> None:
        if want.nulls or None not in texts:
            self._rows[loss].append((want.label, digest(texts), self._table.name, row))

    def flush(self) -> None:
        """Keep what was taken; to be called at the end, too."""
        if self._to_judge and self._judge is not None:
            rows = [texts for _, _, texts in self._to_judge]
            answers = self._judge.ask(self._copy.columns, rows, self._questions)
            for (row, loss, _), answer in zip(self._to_judge, answers, strict=True):
                self._judged(row, loss, answer)
        for loss, found in self._rows.items():
            self._values.put(found, loss)
        self._rows.clear()
        self._to_judge, self._taken = [], 0

    def _judged(self, row: RowName, loss: Loss, answer: tuple[object, ...]) -> None:
        left = iter(answer)
        for check in self._checks:
            if not next(left):
                continue
            if not loss:
                self._fates.put(self._table.name, row, check.fate)
            elif loss <= self._losable[check.name]:
                label = check_label(self._table, check)
                self._rows[loss].append((label, b"", self._table.name, row))
        for asked in self._asked:
            applies = next(left)
            texts = [next(left) for _ in asked.parts]
            if applies and (asked.nulls or None not in texts) and loss <= asked.losable:
                value = (asked.label, text_digest(texts), self._table.name, row)
                self._rows[loss].append(value)


def check_label(table: TablePlan, check: CheckRule) -> str:
    """Among the values: of rows that break a check constraint once they have lost something."""
    return f"check {table.name} {check.name}"


def text_digest(texts: Sequence[object]) -> bytes:
    """Of PostgreSQL's spelling of some values, NULL among them as None."""
    encoded = [None if text is None else str(text).encode() for text in texts]
    return digest([None if t is None else b"%d:%b" % (len(t), t) for t in encoded])


def _named(table: TablePlan, names: Sequence[str]) -> tuple[ColumnPlan, ...]:
    """The table's columns of these fields, which may be named by their attribute too."""
    attnames = {f.attname: f.name for f in table.model._meta.local_concrete_fields}
    wanted = {attnames.get(name, name) for name in names}
    return tuple(column for column in table.columns if column.name in wanted)


def _questions(
    judge: Judge | None, asked: Sequence[Asked], checks: Sequence[CheckRule]
) -> list[Question]:
    """Of each check, whether it fails; of what is asked, whether it counts, and its parts."""
    if not asked and not checks:
        return []
    if judge is None:
        raise NotJudged("PostgreSQL cannot be asked")
    found: list[Question] = []
    for check in checks:
        sql, given = judge.condition(check.condition)
        found.append((f"NOT coalesce({sql}, true)", given))
    for each in asked:
        sql, given = each.applies
        found += [(f"coalesce({sql}, false)", given), *each.parts]
    return found


def _folded(column: ColumnPlan) -> str:
    text = f"t.{pg_name(column.column)}::text"
    return f"lower({text})" if column.field.base == "citext" else text
