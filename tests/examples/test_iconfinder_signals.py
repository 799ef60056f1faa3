"""The marketplace keeps summaries of icon sets in a cache, and a resync has it forget them."""

from __future__ import annotations

import pytest

from examples.iconfinder.legacy import generate
from tests.examples.test_iconfinder_project import Project
from tests.fix_servers import connect_mysql

_SUMMARIES = """
from catalog.receivers import summary
for key in (1, 2):
    print(summary(key))
"""
_PAST_THE_CACHE = """
from catalog.models import IconSet
IconSet.objects.update(title="written past the cache")
"""


@pytest.mark.slow
def test_a_cached_summary_is_made_anew_once_its_rows_were_brought_over(
    source_db: str, target_db: str
) -> None:
    project = Project(source_db, target_db)
    generate(source_db, 10_000, 5)

    def manage(*arguments: str, stdin: str | None = None) -> str:
        done = project.manage(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def summaries() -> list[str]:
        return manage("shell", "--verbosity", "0", stdin=_SUMMARIES).splitlines()

    manage("migrate", "--verbosity", "0")
    manage("delamp", "run", "--quiet")
    before = summaries()
    newest, number = project.ask(
        "SELECT max(id), count(*) FROM catalog_icon WHERE icon_set_id = 1"
    )[0]
    manage("shell", "--verbosity", "0", stdin=_PAST_THE_CACHE)
    assert summaries() == before, "summaries are cached"

    with connect_mysql(source_db) as legacy, legacy.cursor() as cursor:
        cursor.execute("UPDATE icons SET set_id = 2 WHERE icon_id = %s", [newest])
    manage("delamp", "resync", "IconMapping", "--strategy", "checksum", "--quiet")
    after = summaries()
    assert [line.partition(": ")[0] for line in after] == ["written past the cache"] * 2
    assert f" {number - 1} icons" in after[0]
