"""Rows read raw and converted by Python, one by one: the slow way, and the meaning of the plan.

Rows come this way when a predicate of the plan flags them (the SQL form is not exact for them, or
the target would refuse them), when they are too large for a block, and when PostgreSQL refused
their chunk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mappings.errors import Reject
from mappings.gathering import whole_rows, with_links
from mappings.keys import KeyValue
from mappings.plan import ColumnPlan, TablePlan
from mappings.proof import ProofForm
from mappings.sqltext import source_column
from migrate.source import Row, Source

__all__ = ["RefusedRow", "RowLine", "read_rows"]


@dataclass(frozen=True, kw_only=True)
class RefusedRow:
    """A row that the target cannot have, for the quarantine."""

    key: KeyValue | None
    key_text: str
    column: str
    code: str
    detail: str
    values: dict[str, object]
    """Source values by column: text, None, or `{"hex": …}` where the bytes are no text."""
    outcome: str = "rejected"

    @property
    def size(self) -> int:
        """About how many bytes the row takes as long as it is held."""
        return 200 + sum(len(str(value)) for value in self.values.values())


@dataclass(frozen=True, kw_only=True)
class RowLine:
    """One source row: its COPY line, or why it has none."""

    line: bytes
    refused: RefusedRow | None
    row: Row
    digest: bytes = b""
    """The row's hash, where a proof is asked for and the row is not refused."""

    def key(self, table: TablePlan) -> KeyValue:
        """The row's key as the ledger keeps it; empty for a table without one."""
        return _key(table, self.row)

    def refuse(self, table: TablePlan, column: str, code: str, detail: str) -> RefusedRow:
        """The row as a refused one, for a reason found later."""
        return _refused(table, self.row, column, Reject(code, detail))


def read_rows(
    table: TablePlan,
    source: Source,
    predicate: str,
    *,
    ordered: bool = False,
    form: ProofForm | None = None,
) -> Iterator[RowLine]:
    """Yield the rows for which `predicate` holds, converted by Python; `ordered` by their key.

    With a `form` each has its hash. Holds the connection until exhausted. Memory: one row.
    """
    selects = [column.select() for column in table.key]
    gathered = [(at, c.whole) for at, c in enumerate(table.columns, len(selects))]
    selects += [column.raw for column in table.columns]
    selects += [source_column(name) for name in _shown(table)]
    fields, places = with_links(selects, gathered)
    where = f"({predicate}) AND ({table.where})" if table.where else predicate
    sql = f"SELECT {', '.join(fields)} FROM {table.source.relation} WHERE {where}"
    if ordered and table.source.key:
        sql += f" ORDER BY {', '.join(map(source_column, table.source.key))}"
    for row in whole_rows(source.stream, sql, places):
        yield _line(table, row[: len(selects)], form)


def _shown(table: TablePlan) -> list[str]:
    """Source columns kept in quarantine: those the mapping reads, the key, and what is to be."""
    read = {name for column in table.columns for name in column.sources}
    read |= {*table.source.key, *table.source.kept}
    return [column.name for column in table.source.columns if column.name in read]


def _line(table: TablePlan, row: Row, form: ProofForm | None) -> RowLine:
    fields = []
    raws = row[len(table.key) : len(table.key) + len(table.columns)]
    for column, raw in zip(table.columns, raws, strict=True):
        try:
            fields.append(column.finish(raw))
        except Reject as reject:
            return RowLine(line=b"", refused=_refused(table, row, column.name, reject), row=row)
        except Exception as error:
            # A step is the user's code: whatever it raises refuses this row and no other.
            failed = Reject("step_failed", f"{type(error).__name__} in {_steps(column)}")
            return RowLine(line=b"", refused=_refused(table, row, column.name, failed), row=row)
    digest = form.digest(raws) if form else b""
    return RowLine(line=b"\t".join(fields) + b"\n", refused=None, row=row, digest=digest)


def _steps(column: ColumnPlan) -> str:
    return " → ".join(column.steps) or "the conversion"


def _refused(table: TablePlan, row: Row, column: str, reject: Reject) -> RefusedRow:
    parts = len(table.key)
    key = _key(table, row)
    values = dict(zip(_shown(table), row[parts + len(table.columns) :], strict=True))
    shown = {name: _show(value) for name, value in values.items()}
    names = table.source.key or tuple(shown)
    return RefusedRow(
        key=key or None,
        key_text=", ".join(f"{name}={_brief(shown.get(name))}" for name in names),
        column=column,
        code=reject.code,
        detail=reject.detail,
        values=shown,
    )


def _key(table: TablePlan, row: Row) -> KeyValue:
    return tuple(k.value(v or b"") for k, v in zip(table.key, row, strict=False))


def _show(value: bytes | None) -> object:
    """A value as JSON can hold it; PostgreSQL's jsonb takes no U+0000 either."""
    if value is None:
        return None
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return {"hex": value.hex()}
    return {"hex": value.hex()} if "\0" in text else text


def _brief(value: object) -> str:
    text = (
        "NULL" if value is None else f"0x{value['hex']}" if isinstance(value, dict) else str(value)
    )
    return text if len(text) <= 80 else text[:77] + "…"
