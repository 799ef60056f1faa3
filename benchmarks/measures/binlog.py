"""The binlog's reader by itself: keys of row events per second, against mysql-replication."""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from benchmarks.bench import Bench, database_name
from benchmarks.process import Failed
from benchmarks.results import Result
from mappings.catalogue import SourceTable
from migrate.binlog import BinlogPosition, BinlogStream, Followed, position_now
from migrate.catalogue_reader import read_catalogue
from migrate.source import Source
from migrate.urls import parse_source_url

__all__ = ["measure"]

_ROWS = 60_000
_MESSAGES = """
CREATE TABLE messages (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  user_id INT UNSIGNED NOT NULL,
  token CHAR(32) CHARACTER SET latin1 NOT NULL,
  subject VARCHAR(120) CHARACTER SET utf8mb4 NOT NULL,
  body TEXT CHARACTER SET utf8mb4 NOT NULL,
  seen TINYINT(1) NOT NULL,
  sent DATETIME NOT NULL,
  PRIMARY KEY (user_id, id), KEY (id), KEY (token)
) ENGINE=InnoDB
"""
_FILL = """
INSERT INTO messages SELECT seq, 1 + seq * 7919 MOD 5000, MD5(seq), CONCAT('Re: icon no. ', seq),
  REPEAT('Some words of a message. ', 1 + seq MOD 20), seq MOD 2,
  '2010-01-01' + INTERVAL seq MINUTE FROM seq_1_to_{rows}
"""
_LINKS = """
CREATE TABLE links (icon_id INT NOT NULL, tag_id INT NOT NULL, PRIMARY KEY (icon_id, tag_id))
ENGINE=InnoDB
"""


def measure(bench: Bench) -> Result:
    """Rows of events by seconds of processor time, of each table for the reader and the library.

    Full images of three tables: the 13 columns of `icons`, messages with a key of two columns and
    a text, and pairs of numbers. Inserted, updated and deleted in statements of 1,000 rows.
    """
    rows = min(_ROWS, bench.rows)
    url = bench.legacy_database("binlog", rows)
    source = bench.source(url)
    try:
        written = _write(source, rows)
        tables = dict(read_catalogue(source).tables)
    finally:
        source.close()
    ours: dict[str, list[float]] = {name: [] for name in written}
    theirs: dict[str, list[float]] = {name: [] for name in written}
    library = _library_version()
    for _ in range(bench.pairs):
        for name, (start, end) in written.items():
            ours[name].append(_ours(url, tables[name], start, end, rows * 3))
            if library:
                theirs[name].append(_theirs(bench, url, name, start, end, rows * 3))
    # Of the three together: as many rows of each.
    rates = {name: 1 / statistics.median(seconds) for name, seconds in ours.items()}
    rate = _together(ours)
    figures = {"binlog_keys_per_s": round(rate)}
    lines = [f"{name:10}{round(per_s):>10,} rows/s" for name, per_s in rates.items()]
    lines.append(f"together  {rate:>10,.0f} rows/s (at least 50,000)")
    details: dict[str, Any] = {name: round(per_s) for name, per_s in rates.items()}
    if library:
        figures["binlog_keys_over_library"] = round(rate / _together(theirs), 2)
        details["mysql_replication_version"] = library
        details["mysql_replication"] = {
            name: round(1 / statistics.median(seconds)) for name, seconds in theirs.items()
        }
        lines.append(
            f"mysql-replication {library}: {_together(theirs):,.0f} rows/s;"
            f" delamp over it: {rate / _together(theirs):.1f}"
        )
    else:
        lines.append("mysql-replication: not measured: install delamp[bench]")
    return Result(
        title=f"binlog: {rows * 9:,} rows in events, full images",
        figures=figures,
        details=details,
        lines=lines,
    )


def _write(source: Source, rows: int) -> dict[str, tuple[BinlogPosition, BinlogPosition]]:
    """Write the events; by table where they begin and end, each in files of its own."""
    changes = {
        "icons": ("INSERT INTO icons SELECT * FROM icons_before WHERE {}", "width = width + 1"),
        "messages": ("INSERT INTO messages SELECT * FROM messages_before WHERE {}", "seen = 2"),
        "links": ("INSERT INTO links SELECT id, id MOD 300 FROM icons_before WHERE {}",
                  "tag_id = tag_id + 300"),
    }  # fmt: skip
    source.rows("SET SESSION sql_log_bin = 0, foreign_key_checks = 0")
    for statement in (
        _MESSAGES, _FILL.format(rows=rows), _LINKS, "CREATE TABLE icons_before LIKE icons",
        "INSERT INTO icons_before SELECT * FROM icons", "DELETE FROM icons",
        "CREATE TABLE messages_before LIKE messages",
        "INSERT INTO messages_before SELECT * FROM messages", "TRUNCATE messages",
    ):  # fmt: skip
        source.rows(statement)
    source.rows("SET SESSION sql_log_bin = 1")
    found = {}
    for name, (insert, update) in changes.items():
        source.rows("FLUSH BINARY LOGS")
        start = position_now(source)
        key = "icon_id" if name == "links" else "id"
        for statement, column in (
            (insert, "id"),
            (f"UPDATE {name} SET {update} WHERE {{}}", key),
            (f"DELETE FROM {name} WHERE {{}}", key),
        ):
            for first in range(1, rows + 1, 1000):
                last = min(first + 999, rows)
                source.rows(statement.format(f"{column} BETWEEN {first} AND {last}"))
        found[name] = (start, position_now(source))
    return found


def _together(seconds: dict[str, list[float]]) -> float:
    """Rows per second over all tables, with as many rows of each."""
    return len(seconds) / sum(statistics.median(of_table) for of_table in seconds.values())


def _ours(
    url: str, table: SourceTable, start: BinlogPosition, end: BinlogPosition, rows: int
) -> float:
    """Seconds of this process for the keys of each row in one table's events."""
    stream = BinlogStream(
        parse_source_url(url), start, {table.name: Followed(table=table)}, most_keys=10**7
    )
    try:
        return _timed(lambda: _read_ours(stream, end), rows)
    finally:
        stream.close()


def _read_ours(stream: BinlogStream, end: BinlogPosition) -> int:
    found, place = 0, ("", 0)
    while place < (end.file, end.position):
        changes = stream.next(timeout_seconds=30)
        if changes is None:
            raise TimeoutError(f"the binlog ended early, got {place}")
        found += sum(table.events for table in changes.tables.values() if not table.suspect)
        place = (changes.position.file, changes.position.position)
    return found


def _theirs(
    bench: Bench, url: str, name: str, start: BinlogPosition, end: BinlogPosition, rows: int
) -> float:
    """The same events by the library, which is told of the table, too."""
    from pymysqlreplication import BinLogStreamReader
    from pymysqlreplication.row_event import DeleteRowsEvent, UpdateRowsEvent, WriteRowsEvent

    reader = BinLogStreamReader(
        connection_settings={"unix_socket": str(bench.servers.mariadb.socket), "user": "root"},
        server_id=4_000_000_001,
        log_file=start.file,
        log_pos=start.position,
        end_log_pos=end.position,
        resume_stream=True,
        only_schemas=[database_name(url)],
        only_tables=[name],
        only_events=[WriteRowsEvent, UpdateRowsEvent, DeleteRowsEvent],
        ignore_decode_errors=True,
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _timed(lambda: sum(len(event.rows) for event in reader), rows)
    finally:
        reader.close()


def _timed(read: Callable[[], int], rows: int) -> float:
    """Seconds of processor time per row. Raises `Failed` when not all of them were read."""
    started = time.process_time()
    if (got := read()) != rows:
        raise Failed(f"rows of the binlog, got {got} (expected {rows})")
    return (time.process_time() - started) / rows


def _library_version() -> str:
    try:
        return version("mysql-replication")
    except PackageNotFoundError:
        return ""
