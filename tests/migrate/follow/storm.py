"""Writers at work on the shop's source: whatever PHP could do, over several connections at once."""

from __future__ import annotations

import contextlib
import gc
import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import pymysql

from tests.fix_servers import connect_mysql

MAKERS, ICONS, COMMENTS = 12, 40, 60


class Storm:
    """`connections` threads, each with its own transactions of random statements."""

    def __init__(self, address: str, connections: int = 4, *, pause: float = 0.0) -> None:
        self.statements = 0
        self.failures: list[BaseException] = []
        self._address = address
        self._pause = pause
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(seed,)) for seed in range(connections)
        ]

    def __enter__(self) -> Storm:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        # Connections that a killed server has left behind: here, not in somebody else's test.
        gc.collect()
        if self.failures:
            raise self.failures[0]

    def _work(self, seed: int) -> None:
        rng = random.Random(seed)
        while not self._stop.is_set():
            try:
                with contextlib.closing(connect_mysql(self._address, autocommit=False)) as link:
                    while not self._stop.is_set():
                        self._transaction(link, rng)
            except (pymysql.err.OperationalError, pymysql.err.InterfaceError, OSError):
                # The server was killed under its eyes: PHP would connect again, too.
                time.sleep(0.2)
            except BaseException as error:
                self.failures.append(error)
                return

    def _transaction(self, link: Any, rng: random.Random) -> None:
        with link.cursor() as cursor:
            for statement in change(rng):
                try:
                    cursor.execute(statement)
                    self.statements += 1
                except pymysql.err.IntegrityError:
                    continue
                except pymysql.err.OperationalError as error:
                    if error.args[0] not in (1205, 1213):
                        raise
                    link.rollback()
                    return
        if rng.random() < 0.1:
            link.rollback()
        else:
            link.commit()
        time.sleep(self._pause)


class Stalls:
    """Has commits wait between the binlog and the engine, a tenth of a second, again and again.

    As with semi-synchronous replication (AFTER_SYNC): the event is out, and nobody sees the row.
    Each time a comment is written that nobody writes again, so that what was missed stays missed.
    """

    OPTIONS = (
        "--rpl-semi-sync-master-wait-point=AFTER_SYNC",
        "--rpl-semi-sync-master-wait-no-slave=ON",
        "--rpl-semi-sync-master-timeout=100",
    )
    """Of the server."""

    def __init__(self, address: str) -> None:
        self.waited = 0
        """Commits that waited."""
        self._address = address
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Stalls:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        name, number = "rpl_semi_sync_master", 100_000
        while not self._stop.is_set():
            try:
                with contextlib.closing(connect_mysql(self._address)) as link:
                    cursor = link.cursor()
                    while not self._stop.wait(0.3):
                        # After the first wait in vain it would stay off.
                        cursor.execute(f"SET GLOBAL {name}_enabled = OFF")
                        cursor.execute(f"SET GLOBAL {name}_enabled = ON")
                        number, began = number + 1, time.monotonic()
                        cursor.execute(f"INSERT INTO comments (id, text) VALUES ({number}, 'once')")
                        self.waited += time.monotonic() - began > 0.08
                    cursor.execute(f"SET GLOBAL {name}_enabled = OFF")
            except (pymysql.err.OperationalError, pymysql.err.InterfaceError, OSError):
                time.sleep(0.2)


def change(rng: random.Random) -> Iterator[str]:
    """The statements of one transaction."""
    maker, icon, comment = rng.randint(1, MAKERS), rng.randint(1, ICONS), rng.randint(1, COMMENTS)
    other = rng.randint(1, ICONS)
    match rng.randrange(12):
        case 0:
            yield (
                "REPLACE INTO makers (id, name, `rank`)"
                f" VALUES ({maker}, 'm{rng.randint(1, 20)}', {maker})"
            )
        case 1:
            # Its children first, last, or not at all.
            yield f"DELETE FROM makers WHERE id = {maker}"
            if rng.random() < 0.5:
                yield f"DELETE FROM icons WHERE maker_id = {maker}"
        case 2:
            # The parent comes after its child.
            late = rng.randint(1, MAKERS)
            yield (
                "REPLACE INTO icons (id, title, slug, maker_id, size)"
                f" VALUES ({icon}, 't{rng.randint(1, 60)}', 's{rng.randint(1, 60)}', {late},"
                f" {rng.randint(1, 9)})"
            )
            yield f"INSERT IGNORE INTO makers (id, name, `rank`) VALUES ({late}, 'm{late}', 1)"
        case 3:
            yield f"UPDATE icons SET maker_id = {maker} WHERE id IN ({icon}, {other})"
        case 4:
            # Two rows swap their unique values.
            yield f"SELECT slug, title INTO @s, @t FROM icons WHERE id = {icon} FOR UPDATE"
            yield (
                f"UPDATE icons i JOIN icons o ON o.id = {other} SET i.slug = o.slug,"
                f" i.title = o.title WHERE i.id = {icon}"
            )
            yield f"UPDATE icons SET slug = @s, title = @t WHERE id = {other} AND @s IS NOT NULL"
        case 5:
            yield f"DELETE FROM icons WHERE id = {icon}"
        case 6:
            # A changed primary key, or a key that is used again.
            yield f"DELETE FROM icons WHERE id = {other}"
            yield f"UPDATE icons SET id = {other} WHERE id = {icon}"
        case 7:
            yield (
                "REPLACE INTO comments (id, icon_id, text)"
                f" VALUES ({comment}, {icon}, 'c{rng.random()}')"
            )
        case 8:
            yield f"DELETE FROM comments WHERE id = {comment}"
            yield f"UPDATE comments SET id = {comment} WHERE id = {rng.randint(1, COMMENTS)}"
        case 9:
            yield f"INSERT IGNORE INTO tags (icon_id, word) VALUES ({icon}, 'w{rng.randint(1, 4)}')"
            yield f"DELETE FROM tags WHERE icon_id = {other}"
        case 10:
            # Too long for the target, and valid again later.
            title = "x" * rng.choice((5, 30))
            yield f"UPDATE icons SET title = '{title}{icon}' WHERE id = {icon}"
        case _:
            yield f"UPDATE icons SET size = size + 1 WHERE maker_id = {maker}"
            yield f"UPDATE makers SET name = 'm{rng.randint(1, 20)}' WHERE id = {maker}"
            yield f"UPDATE tags SET icon_id = {other} WHERE icon_id = {icon}"
