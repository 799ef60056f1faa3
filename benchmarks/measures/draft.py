"""Reading the facts of a large schema: 200 tables of all sizes, 5 million rows at the default."""

from __future__ import annotations

import time
from collections import Counter

from benchmarks.bench import Bench
from benchmarks.results import Result
from migrate.draft.reading import read_facts
from migrate.source import Source

__all__ = ["measure"]

_TABLES = 200
_DATABASE = "wide"

# A table refers to the one before it, but every fifth, and each to users. Its key has gaps, as a
# used one has, which make every reference to it a join.
_TABLE = """
CREATE TABLE app_thing{number}s (
  thing{number}_id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  thing{parent}_id INT UNSIGNED NOT NULL,
  user_id INT UNSIGNED NOT NULL,
  title VARCHAR(120) NOT NULL,
  slug VARCHAR(80) CHARACTER SET latin1 NOT NULL,
  body TEXT,
  options TEXT NOT NULL,
  state ENUM('new','open','done') NOT NULL,
  kind VARCHAR(16) NOT NULL,
  active TINYINT(1) NOT NULL,
  price DECIMAL(10,2),
  thing{child}_count INT NOT NULL DEFAULT 0,
  created INT UNSIGNED NOT NULL,
  updated DATETIME,
  KEY (thing{parent}_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
"""
_ROWS = """
INSERT INTO app_thing{number}s
SELECT seq + seq DIV 1000, 1 + seq * 7919 MOD {parents}, 1 + seq * 31 MOD {users},
  CONCAT(ELT(1 + seq MOD 3, 'Blue arrow', 'Crème brûlée', '矢印'), ' no. ', seq),
  CONCAT('arrow-', seq, '-', LEFT(MD5(seq), 8)),
  IF(seq MOD 5 = 0, NULL, CONCAT('Line one of ', seq, '\\nand two ', MD5(seq + 1))),
  CONCAT('a:1:{{s:2:"id";i:', seq, ';}}'), 1 + seq MOD 3,
  ELT(1 + seq MOD 4, 'icon', 'font', 'photo', 'set'), seq MOD 2,
  IF(seq MOD 6 = 0, NULL, CRC32(seq) MOD 10000 / 100), seq MOD 7,
  1100000000 + seq, '2004-01-01' + INTERVAL seq MINUTE
FROM seq_1_to_{rows}
"""


def measure(bench: Bench) -> Result:
    """Seconds of `read_facts` over two connections, and of each of its parts."""
    total = bench.rows * 5 // 2
    url = bench.servers.mariadb.create_database(_DATABASE)
    first, second = bench.source(url), bench.source(url)
    try:
        made = _create(first, total)
        bench.say(f"made {made:,} rows in {_TABLES} tables")
        began: dict[str, float] = {}
        started = time.monotonic()
        facts = read_facts(
            first, second, progress=lambda what, *_: began.setdefault(what, time.monotonic())
        )
        ended = time.monotonic()
    finally:
        first.close()
        second.close()
        bench.servers.mariadb.drop_database(_DATABASE)
    times = [started, *began.values(), ended]
    parts = {
        name: round(after - before, 2)
        for name, before, after in zip(["catalogue", *began], times, times[1:], strict=False)
    }
    found = Counter(
        inclusions=len(facts.inclusions), counters=len(facts.counters), tables=len(facts.tables)
    )
    return Result(
        title=f"draft: the facts of {_TABLES} tables with {made:,} rows",
        figures={"draft_reading_seconds": round(ended - started, 2)},
        details={"parts": parts, **found},
        lines=[
            f"{ended - started:.1f} s: "
            + ", ".join(f"{name} {seconds:.1f}" for name, seconds in parts.items()),
            "the whole of a draft, of which this is nearly all: at most 60 s at 5,000,000 rows",
        ],
    )


def _create(source: Source, total: int) -> int:
    """Tables whose sizes halve by every tenth, so that a few are large; returns the rows made."""
    source.rows("SET SESSION sql_log_bin = 0")
    shares = [2.0 ** -(number // 10) for number in range(_TABLES)]
    rows = [max(1, round(total * share / sum(shares))) for share in shares]
    users = rows[-1] + 1000
    source.rows(
        "CREATE TABLE app_users (user_id INT UNSIGNED NOT NULL PRIMARY KEY,"
        " name VARCHAR(80) NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
    )
    source.rows(f"INSERT INTO app_users SELECT seq, CONCAT('user ', seq) FROM seq_1_to_{users}")
    for number in range(_TABLES):
        parent = number - 1 if number % 5 else number
        names = {"number": number, "parent": number - 1 if number % 5 else _TABLES + number}
        source.rows(_TABLE.format(**names, child=number + 1))
        values = {"rows": rows[number], "parents": rows[parent], "users": users}
        source.rows(_ROWS.format(number=number, **values))
    return sum(rows) + users
