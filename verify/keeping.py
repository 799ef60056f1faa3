"""Results as JSON and back, for whoever keeps them until a verification goes on.

Values of rows are not kept: they are people's data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verify.findings import Finding
from verify.results import CounterSummary, LevelResult

__all__ = ["result_from_json", "result_to_json"]

_PLAIN = (
    *("level", "table", "target", "source_rows", "target_rows", "rejected", "skipped", "kept"),
    *("chunks", "strategy", "note", "seconds", "complete", "in_flight"),
)


def result_to_json(result: LevelResult) -> dict[str, Any]:
    """JSON types that `result_from_json` makes the result of again, without values of rows."""
    found = {name: getattr(result, name) for name in _PLAIN}
    flying = [Finding(kind="missing", table="", key=key).to_json()["key"]
              for key in result.in_flight_keys]  # fmt: skip
    return found | {
        "totals": dict(result.totals),
        "until": None if result.until is None else list(result.until),
        "in_flight_keys": flying,
        "counters": [counter.to_json() for counter in result.counters],
        "findings": [
            f.to_json() | {"at": None if f.at is None else list(f.at)} for f in result.findings
        ],
    }


def result_from_json(found: Mapping[str, Any]) -> LevelResult:
    """The result as it was kept."""
    return LevelResult(
        **{name: found[name] for name in _PLAIN},
        totals=found["totals"],
        until=None if found["until"] is None else tuple(found["until"]),
        in_flight_keys=tuple(_key(key) for key in found["in_flight_keys"]),
        counters=tuple(CounterSummary(**counter) for counter in found["counters"]),
        findings=tuple(_finding(each) for each in found["findings"]),
    )


def _finding(found: Mapping[str, Any]) -> Finding:
    return Finding(
        kind=found["kind"],
        table=found["table"],
        key=_key(found["key"]),
        target_key=_key(found["target_key"]),
        columns=tuple(found["columns"]),
        detail=found["detail"],
        at=None if found["at"] is None else tuple(found["at"]),
    )


def _key(parts: list[Any]) -> tuple[Any, ...]:
    return tuple(bytes.fromhex(p["hex"]) if isinstance(p, dict) else p for p in parts)
