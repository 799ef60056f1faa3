"""The measured tables, made on the server itself: 13 columns, one of each family of types."""

from __future__ import annotations

from migrate.source import Source

__all__ = ["AUTHORS_EVERY", "add_meta", "create"]

AUTHORS_EVERY = 100
"""One parent per so many rows."""

_BATCH = 250_000
"""Rows in one INSERT: a short undo log."""

_AUTHORS = """
CREATE TABLE authors (
  id INT NOT NULL PRIMARY KEY,
  name VARCHAR(100) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=latin1
"""
_COLUMNS = """
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id INT NOT NULL,
  slug VARCHAR(80) CHARACTER SET latin1 NOT NULL,
  title VARCHAR(200) CHARACTER SET utf8mb4 NOT NULL,
  description TEXT CHARACTER SET utf8mb4,
  downloads INT NOT NULL,
  width SMALLINT UNSIGNED NOT NULL,
  price DECIMAL(10,2),
  score DOUBLE NOT NULL,
  is_free TINYINT(1) NOT NULL,
  status ENUM('draft','live','gone') NOT NULL,
  created DATETIME NOT NULL,
  updated TIMESTAMP NULL"""

# Times grow with the key, as a site writes them, and spare the hour that the clocks skip in March.
_VALUES = r"""
SELECT id,
  1 + id * 7919 MOD {authors},
  CONCAT(ELT(1 + id MOD 5, 'arrow', 'button', 'café', 'señal', 'größe'), '-', id,
         '-', LEFT(MD5(id), 8)),
  CONCAT(ELT(1 + id MOD 6, 'Blue arrow', 'Crème brûlée', '矢印', 'Ñandú & co', '😀 smile',
             'Kaffee <b>heiß</b>'), ' no. ', id),
  IF(id MOD 5 = 0, NULL, CONCAT('Line one of ', id, '\nand two,\twith a tab',
     IF(id MOD 3 = 0, ' in C:\\icons\\new', ''), ' ', MD5(id + 1))),
  CRC32(id) MOD 100000,
  16 << (id MOD 5),
  IF(id MOD 6 = 0, NULL, CRC32(id) MOD 10000 / 100),
  SIN(id) * 1000,
  id MOD 2,
  1 + id MOD 3,
  IF(MONTH(at) = 3 AND DAYOFWEEK(at) = 1 AND DAYOFMONTH(at) > 24 AND HOUR(at) = 2,
     at + INTERVAL 1 HOUR, at),
  IF(id MOD 4 = 0, NULL, at + INTERVAL CRC32(id) MOD 10000000 SECOND)
FROM (SELECT seq id, '2004-01-01' + INTERVAL (seq * 5e8 DIV {rows}) SECOND at
      FROM seq_{first}_to_{last}) numbers
"""

# Those of the model, so that a tool that copies the schema has the same work.
_KEYS = """
ALTER TABLE {table} ADD KEY (user_id), ADD KEY (created),
  ADD FOREIGN KEY (user_id) REFERENCES authors (id)
"""

# What PHP's serialize() makes of ['id' => …, 'name' => …, 'sizes' => […], 'price' => …].
_META = """
SELECT i.*, CONCAT('a:4:{{s:2:"id";i:', id, ';s:4:"name";s:', LENGTH(title), ':"', title,
  '";s:5:"sizes";a:3:{{i:0;i:16;i:1;i:32;i:2;i:', downloads, ';}}s:5:"price";d:',
  COALESCE(price, 0), ';}}')
FROM icons i WHERE id BETWEEN {first} AND {last}
"""


def create(source: Source, rows: int) -> None:
    """Create the tables; fill `authors`, and `icons` with every id from 1 to `rows`."""
    authors = max(1, rows // AUTHORS_EVERY)
    source.rows(_AUTHORS)
    source.rows(f"INSERT INTO authors SELECT seq, CONCAT('Author ', seq) FROM seq_1_to_{authors}")
    source.rows(f"CREATE TABLE icons ({_COLUMNS}) ENGINE=InnoDB DEFAULT CHARSET=latin1")
    columns = f"{_COLUMNS}, meta TEXT CHARACTER SET utf8mb4"
    source.rows(f"CREATE TABLE icons_with_meta ({columns}) ENGINE=InnoDB DEFAULT CHARSET=latin1")
    _fill(source, "icons", _VALUES, rows, authors)


def add_meta(source: Source, rows: int) -> None:
    """Fill `icons_with_meta`: the first `rows` of `icons`, with a PHP-serialised column."""
    _fill(source, "icons_with_meta", _META, rows, 0)


def _fill(source: Source, table: str, select: str, rows: int, authors: int) -> None:
    # The binlog of the filling is nobody's concern, and would double its time.
    source.rows("SET SESSION sql_log_bin = 0")
    for first in range(1, rows + 1, _BATCH):
        last = min(rows, first + _BATCH - 1)
        values = select.format(first=first, last=last, rows=rows, authors=authors)
        source.rows(f"INSERT INTO {table} {values}")
    source.rows(_KEYS.format(table=table))
    source.rows(f"ANALYZE TABLE {table}")
