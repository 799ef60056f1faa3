"""delamp against the floor: psql's `\\copy` of the same rows from a ready file."""

from __future__ import annotations

import statistics
from pathlib import Path

from benchmarks.bench import Bench, Loaded
from benchmarks.results import Result, spread, timing_lines

__all__ = ["measure", "timed_load"]

TABLE = "bench_icon"

# Takes foreign keys and secondary indexes away and keeps how to make them again, as delamp does.
_STRIP = f"""
DO $$ DECLARE r record; BEGIN
  CREATE TEMP TABLE kept (ddl text);
  FOR r IN SELECT conname, pg_get_constraintdef(oid) AS ddl FROM pg_constraint
           WHERE conrelid = '{TABLE}'::regclass AND contype = 'f' LOOP
    INSERT INTO kept VALUES (format('ALTER TABLE {TABLE} ADD CONSTRAINT %I %s', r.conname, r.ddl));
    EXECUTE format('ALTER TABLE {TABLE} DROP CONSTRAINT %I', r.conname);
  END LOOP;
  FOR r IN SELECT indexrelid::regclass AS name, pg_get_indexdef(indexrelid) AS ddl FROM pg_index
           WHERE indrelid = '{TABLE}'::regclass AND NOT indisunique LOOP
    INSERT INTO kept VALUES (r.ddl);
    EXECUTE format('DROP INDEX %s', r.name);
  END LOOP;
END $$
"""
_RESTORE = """
DO $$ DECLARE r record; BEGIN
  FOR r IN SELECT ddl FROM kept LOOP EXECUTE r.ddl; END LOOP;
END $$
"""
_MEMORY = "SET maintenance_work_mem = '256MB'"


def measure(bench: Bench) -> Result:
    """Floors and delamp in turns, each into a new database with the same indexes and constraints.

    All end with ANALYZE. The second floor takes indexes and foreign keys away for the copy, which
    nobody's `\\copy` does by itself. The file is the COPY text of what delamp has loaded, so a
    load before the pairs warms the source's cache as well.
    """
    file = _ready_file(bench)
    floors, stripped, loads = [], [], []
    copy, analyze = f"\\copy {TABLE} FROM '{file}'", f"ANALYZE {TABLE}"
    for number in range(bench.pairs):
        floors.append(_floor(bench, copy, analyze))
        loads.append(timed_load(bench))
        stripped.append(_floor(bench, _MEMORY, _STRIP, copy, _RESTORE, analyze))
        bench.say(
            f"round {number + 1}: \\copy {floors[-1]:.2f} s, delamp {loads[-1].seconds:.2f} s,"
            f" \\copy without indexes {stripped[-1]:.2f} s"
        )
    file.unlink()
    return _result(bench, floors, stripped, loads)


def timed_load(bench: Bench) -> Loaded:
    """Load the big table into a new database, note the time, drop the database."""
    target = bench.fresh_target()
    loaded = bench.load(target, "IconMapping")
    if loaded.rows != bench.rows:
        raise RuntimeError(f"delamp loaded {loaded.rows} rows (expected {bench.rows})")
    bench.note("copy", loaded.seconds)
    bench.note_peaks(bench.rows, loaded.ran)
    bench.drop_target(target)
    return loaded


def _ready_file(bench: Bench) -> Path:
    file = bench.folder / "icons.copy"
    target = bench.fresh_target()
    bench.load(target, "IconMapping")
    bench.psql(target, f"\\copy (SELECT * FROM {TABLE} ORDER BY id) TO '{file}'")
    bench.drop_target(target)
    return file


def _floor(bench: Bench, *statements: str) -> float:
    target = bench.fresh_target()
    ran = bench.psql(target, *statements)
    bench.drop_target(target)
    return ran.seconds


def _result(
    bench: Bench, floors: list[float], stripped: list[float], loads: list[Loaded]
) -> Result:
    seconds = [load.seconds for load in loads]
    inside = [load.finished["seconds"] - load.phases.get("counters", 0.0) for load in loads]
    counters = [load.phases.get("counters", 0.0) for load in loads]
    ratio = statistics.median(seconds) / statistics.median(floors)
    stripped_ratio = statistics.median(seconds) / statistics.median(stripped)
    phases = {
        name: round(statistics.median(load.phases[name] for load in loads), 3)
        for name in loads[0].phases
    }
    sizes = sum(int(table["bytes"]) for table in loads[0].finished["tables"])
    return Result(
        title=f"copy: {bench.rows:,} rows, {sizes / 1e6:,.0f} MB of COPY text",
        figures={
            "copy_over_floor": round(ratio, 3),
            "copy_over_stripped_floor": round(stripped_ratio, 3),
        },
        details={
            "floor_seconds": spread(floors),
            "stripped_floor_seconds": spread(stripped),
            "delamp_seconds": spread(seconds),
            "delamp_seconds_in_process": spread(inside),
            "counters_seconds": spread(counters),
            "phases_seconds": phases,
            "copy_text_bytes": sizes,
        },
        lines=[
            *timing_lines(
                bench.rows,
                {
                    "floor: psql \\copy": floors,
                    "the same, indexes made after it": stripped,
                    "delamp run": seconds,
                    "  inside the process": inside,
                },
            ),
            f"counters, timed apart: {statistics.median(counters):.2f} s",
            "phases: " + ", ".join(f"{name} {value:.2f} s" for name, value in phases.items()),
            f"copy over floor: {ratio:.2f} (at most 1.25);"
            f" over the floor with indexes made after it: {stripped_ratio:.2f}",
        ],
    )
