"""An event that arrives before its commit can be seen (semi-sync AFTER_SYNC) is not believed."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.fix_servers import DatabaseServer, connect_mysql
from tests.migrate.conftest import Shop
from tests.migrate.follow.conftest import following

SECONDS = 2


@pytest.fixture
def waits_for_a_replica(mariadb: DatabaseServer, loaded: Shop) -> Iterator[Shop]:
    """A server that tells of a commit, then waits for a replica that never answers."""
    for name, value in (("wait_point", "'AFTER_SYNC'"), ("timeout", f"{SECONDS * 1000}")):
        mariadb.execute(f"SET GLOBAL rpl_semi_sync_master_{name} = {value}")
    mariadb.execute("SET GLOBAL rpl_semi_sync_master_wait_no_slave = ON")
    try:
        yield loaded
    finally:
        mariadb.execute("SET GLOBAL rpl_semi_sync_master_enabled = OFF")


@pytest.mark.slow
def test_rows_are_read_after_the_commit_that_the_event_tells_of(
    waits_for_a_replica: Shop, mariadb: DatabaseServer
) -> None:
    shop = waits_for_a_replica
    seen: list[object] = []
    with following(shop) as follower:
        shop.source("INSERT INTO makers VALUES (80, 'before', 1)")
        follower.wait_for("SELECT name FROM shop_maker WHERE id = 80", [("before",)])
        mariadb.execute("SET GLOBAL rpl_semi_sync_master_enabled = ON")

        def write() -> None:
            with connect_mysql(shop.source_url) as link, link.cursor() as cursor:
                cursor.execute("UPDATE makers SET name = 'after' WHERE id = 80")
                seen.append("committed")

        writer = threading.Thread(target=write)
        writer.start()
        # Meanwhile everyone else still reads the old row, and the event is out.
        writer.join(SECONDS / 2)
        assert not seen
        assert shop.source("SELECT name FROM makers WHERE id = 80") == [("before",)]
        writer.join()
        follower.wait_for("SELECT name FROM shop_maker WHERE id = 80", [("after",)], 15)
        code, said = follower.end()
        assert code == 0, said
