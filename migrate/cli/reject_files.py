"""Rejects as files: CSV for a spreadsheet, JSON lines for machines."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any

__all__ = ["FORMATS", "write_rejects"]

FIELDS = (
    "id", "run", "mapping", "source_table", "outcome", "code", "column", "key", "detail",
    "created_at", "values",
)  # fmt: skip


def write_rejects(stream: IO[str], rejects: Iterable[Any], form: str, *, show_values: bool) -> int:
    """Write rejects as `form` and return how many, with values if asked for."""
    return FORMATS[form](stream, (_record(reject, show_values) for reject in rejects))


def _record(reject: Any, show_values: bool) -> dict[str, Any]:
    record: dict[str, Any] = {
        "id": reject.pk,
        "run": reject.table.run_id,
        "mapping": reject.table.mapping,
        "source_table": reject.table.source_table,
        "outcome": reject.outcome,
        "code": reject.code,
        "column": reject.column,
        "key": reject.key_text,
        "detail": reject.detail,
        "created_at": reject.created_at.isoformat(),
    }
    return record | {"values": reject.values} if show_values else record


def _csv(stream: IO[str], records: Iterable[Mapping[str, Any]]) -> int:
    writer = csv.writer(stream, lineterminator="\n")
    count = 0
    for count, record in enumerate(records, 1):
        if count == 1:
            writer.writerow(record)
        writer.writerow([_cell(value) for value in record.values()])
    if not count:
        writer.writerow(FIELDS[:-1])
    return count


def _cell(value: Any) -> str:
    """Text that a spreadsheet does not take for a formula: the rows are strangers' data."""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _jsonl(stream: IO[str], records: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    for record in records:
        stream.write(json.dumps(record, ensure_ascii=False) + "\n")
        count += 1
    return count


FORMATS: Mapping[str, Callable[[IO[str], Iterable[Mapping[str, Any]]], int]] = {
    "csv": _csv,
    "jsonl": _jsonl,
}
