"""The write pause of a cutover on the demo's database, while PHP goes on writing."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

import pymysql

from benchmarks.bench import Bench, database_name
from benchmarks.measures.demo import demo_database
from benchmarks.results import Result

__all__ = ["Writers", "measure"]

_USER, _PASSWORD = "bench_php", "bench-php"
_WRITERS = 4
_WRITES_PER_S = 200
_ACCEPT = ("dry-run", "disk")
_REFUSED = (1290, 1142, 1044, 1045, 2006, 2013)
"""Errors of a writer whom the freeze has met."""
_MET = (1205, 1213)
"""Two writers met on a row."""

Connection: TypeAlias = "pymysql.connections.Connection[pymysql.cursors.Cursor]"


@dataclass
class Writers:
    """Threads that write as PHP does: downloads, edits, new users, several at once."""

    url: str
    icons: int
    written: int = 0
    first_refused: float | None = None
    failures: list[BaseException] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def at_work(self) -> Iterator[Writers]:
        """They write until the block ends, or until they are refused."""
        threads = [threading.Thread(target=self._write, args=(n,)) for n in range(_WRITERS)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _write(self, seed: int) -> None:
        chance = random.Random(seed)
        try:
            with _connect(self.url) as connection:
                while not self._stop.wait(_WRITERS / _WRITES_PER_S):
                    self._transaction(connection, self._statements(chance))
        except pymysql.MySQLError as error:
            if error.args[0] not in _REFUSED:
                self.failures.append(error)
            with self._lock:
                self.first_refused = self.first_refused or time.monotonic()

    def _transaction(self, connection: Connection, statements: list[str]) -> None:
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
            connection.commit()
        except pymysql.MySQLError as error:
            if error.args[0] not in _MET:
                raise
            connection.rollback()
            return
        with self._lock:
            self.written += 1

    def _statements(self, chance: random.Random) -> list[str]:
        icon = chance.randint(1, self.icons)
        download = (
            "INSERT INTO downloads (icon_id, user_id, created)"
            f" SELECT {icon}, user_id, UNIX_TIMESTAMP() FROM icons WHERE icon_id = {icon}"
        )
        counted = f"UPDATE icons SET num_downloads = num_downloads + 1 WHERE icon_id = {icon}"
        edited = f"UPDATE icons SET filesize = filesize + 1 WHERE icon_id = {icon}"
        gone = f"DELETE FROM downloads WHERE icon_id = {icon} LIMIT 1"
        return chance.choice([[download, counted], [edited], [gone], [download, edited]])


def measure(bench: Bench) -> Result:
    """`delamp cutover` by read_only, with 200 writes a second until the freeze."""
    rows, demo, url, target = demo_database(bench, "iconfinder_cutover")
    bench.servers.mariadb.execute(f"CREATE USER '{_USER}'@'%' IDENTIFIED BY '{_PASSWORD}'")
    bench.servers.mariadb.execute(f"GRANT ALL ON {database_name(url)}.* TO '{_USER}'@'%'")
    demo.load(target, source_url=url)
    args = ["cutover", "--yes", "--json", "-q", "--freeze", "read-only", "--max-pause", "600"]
    args += [part for name in _ACCEPT for part in ("--accept", name)]
    try:
        with Writers(url, icons=max(100, rows // 20)).at_work() as writers:
            ran = demo.delamp(args, target, url)
            seen = time.monotonic() - (writers.first_refused or time.monotonic())
    finally:
        bench.servers.mariadb.execute("SET GLOBAL read_only = 0")
        bench.servers.mariadb.execute(f"DROP USER '{_USER}'@'%'")
    if writers.failures:
        raise writers.failures[0]
    outcome = json.loads(ran.output)
    pause = float(outcome["write_pause_seconds"])
    return Result(
        title=f"cutover: {rows:,} rows, {writers.written:,} transactions of PHP until the freeze",
        figures={"write_pause_s": round(pause, 2)},
        details={
            "seconds": round(ran.seconds, 3),
            "seconds_by_state": outcome["seconds"],
            "expected_pause_s": outcome["report"].get("expected_pause_seconds"),
            "changed_rows": outcome["report"]["proof"]["changed_rows"],
            "seen_by_writers_s": round(seen, 2),
            "peak_mb_per_process": [round(peak) for peak in ran.peaks_mb],
        },
        lines=[
            f"write pause   {pause:8.2f} s (at most 10), {seen:.2f} s from the first refused write"
            " to the end of the command",
            f"delamp cutover{ran.seconds:8.2f} s in all",
        ],
    )


def _connect(url: str) -> Connection:
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return pymysql.connect(
        host=unquote(parts.hostname or "localhost"),
        port=parts.port or 3306,
        unix_socket=options.get("unix_socket"),
        user=_USER,
        password=_PASSWORD,
        database=unquote(parts.path.strip("/")),
        autocommit=False,
    )
