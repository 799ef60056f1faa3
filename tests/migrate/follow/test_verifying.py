"""A verification beside a follower waits for it before a difference is a finding."""

from __future__ import annotations

import json
import threading

import pytest

from tests.fix_servers import connect_mysql
from tests.migrate.conftest import Shop
from tests.migrate.follow.conftest import following

pytestmark = pytest.mark.slow


def test_what_the_follower_brings_is_no_finding_and_damage_is_one(loaded: Shop) -> None:
    stop = threading.Event()

    def write() -> None:
        with connect_mysql(loaded.source_url) as connection, connection.cursor() as cursor:
            n = 0
            while not stop.wait(0.01):
                n += 1
                cursor.execute(f"UPDATE icons SET size = {n} WHERE id IN (1, 2)")
                cursor.execute(f"INSERT INTO comments VALUES ({1_000 + n}, 1, 'new')")

    writer = threading.Thread(target=write)
    file = loaded.project.folder / "report.json"
    with following(loaded) as follower:
        follower.begin()
        writer.start()
        try:
            loaded.delamp("verify", "-q", "--json", str(file))
            loaded.target("UPDATE shop_maker SET rank = 77 WHERE id = 3")
            loaded.delamp("verify", "-q", "--json", str(file), code=6)
        finally:
            stop.set()
            writer.join()
        code, said = follower.end()
    assert code == 0, said
    report = json.loads(file.read_text())
    found = {(f["table"], f["kind"], *f["key"]) for t in report["tables"] for f in t["findings"]}
    assert found == {("MakerMapping", "mismatched", 3)}
