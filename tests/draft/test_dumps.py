"""Dumps as MySQL 3.23 to 9 and MariaDB write them, loaded into a private server."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from migrate.draft.dump import LoadedDump, load_dump
from migrate.draft.dump.dialect import read_statement
from migrate.draft.dump.statements import Unfinished, statements
from migrate.errors import ConfigError, SourceError
from migrate.servers import MariaDB
from tests import data
from tests.fix_servers import connect_mysql

OF_3_23 = b"""# MySQL dump 8.13
#
# Host: localhost    Database: shop
#--------------------------------------------------------
# Server version	3.23.36

#
# Table structure for table 'person'
#

CREATE TABLE person (
  id int(11) DEFAULT '0' NOT NULL auto_increment,
  name varchar(40) DEFAULT '' NOT NULL,
  seen timestamp(14),
  born date DEFAULT '0000-00-00' NOT NULL,
  PRIMARY KEY (id),
  KEY name (name)
) TYPE=MyISAM;

#
# Dumping data for table 'person'
#

INSERT INTO person VALUES (1,'Caf\xe9; a # in it',20090131235959,'0000-00-00');
INSERT INTO person VALUES (2,'it\\'s -- one /* text */',20090131235959,'1970-02-31');
CREATE TABLE seen (id int) TYPE=HEAP;
INSERT INTO seen VALUES (7);
"""

OF_5_6 = b"""-- MySQL dump 10.13  Distrib 5.6.24, for linux-glibc2.5 (x86_64)
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET NAMES latin1 */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='STRICT_ALL_TABLES,NO_ZERO_DATE,NO_AUTO_VALUE_ON_ZERO' */;
CREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop` /*!40100 DEFAULT CHARACTER SET latin1 */;
USE `shop`;
DROP TABLE IF EXISTS `person`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
CREATE TABLE `person` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `name` varchar(20) DEFAULT NULL COMMENT 'TYPE=MyISAM; utf8mb4_0900_ai_ci',
  `born` date NOT NULL DEFAULT '0000-00-00',
  `photo` blob,
  PRIMARY KEY (`id`)
) ENGINE=MyISAM DEFAULT CHARSET=latin1;
LOCK TABLES `person` WRITE;
/*!40000 ALTER TABLE `person` DISABLE KEYS */;
INSERT INTO `person` VALUES (0,'Caf\xe9','0000-00-00',0x00FF),(2,'\\'','2009-00-00',_binary '\\0\xff\\'');
/*!40000 ALTER TABLE `person` ENABLE KEYS */;
UNLOCK TABLES;
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`gone`@`localhost`*/ /*!50003 TRIGGER t BEFORE INSERT ON person
FOR EACH ROW BEGIN SET NEW.name = ';'; END */;;
DELIMITER ;
/*!50106 SET @save_time_zone= @@TIME_ZONE */ ;
/*!50001 CREATE VIEW `v` AS SELECT 1 AS `id`*/;
/*!50001 DROP VIEW IF EXISTS `v`*/;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`gone`@`%` SQL SECURITY DEFINER */
/*!50001 VIEW `v` AS select `person`.`id` AS `id` from `person` */;
/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
-- Dump completed on 2015-01-01  0:00:00
"""  # noqa: E501

OF_8 = """-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
/*!50503 SET NAMES utf8mb4 */;
SET @MYSQLDUMP_TEMP_LOG_BIN = @@SESSION.SQL_LOG_BIN;
SET @@SESSION.SQL_LOG_BIN= 0;
SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5';
CREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop` /*!40100 DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci */ /*!80016 DEFAULT ENCRYPTION='N' */;
USE `shop`;
CREATE TABLE `person` (
  `id` int unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_as_cs DEFAULT NULL,
  `upper` varchar(20) GENERATED ALWAYS AS (upper(`name`)) VIRTUAL NOT NULL,
  `hidden` int DEFAULT NULL /*!80023 INVISIBLE */,
  `extra` json DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `name` (`name`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
INSERT INTO `person` (`id`, `name`, `hidden`, `extra`) VALUES (1,'Café 🎈',1,'{\\"a\\": 1}'),(2,'cafe 🎈',NULL,NULL);
/*!50001 CREATE VIEW `v` AS SELECT 1 AS `id`*/;
SET @@SESSION.SQL_LOG_BIN = @MYSQLDUMP_TEMP_LOG_BIN;
-- Dump completed on 2024-01-01  0:00:00
""".encode()  # noqa: E501

OF_MARIADB = b"""/*M!999999\\- enable the sandbox mode */ 
-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB
/*M!100616 SET @OLD_NOTE_VERBOSITY=@@NOTE_VERBOSITY, NOTE_VERBOSITY=0 */;
/*!40101 SET NAMES utf8mb4 */;
CREATE TABLE `person` (`id` uuid NOT NULL, `born` datetime(6) DEFAULT '0000-00-00 00:00:00.000000',
  PRIMARY KEY (`id`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `person` VALUES
('123e4567-e89b-12d3-a456-426614174000','0000-00-00 00:00:00.000000');
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;
/*M!100616 SET NOTE_VERBOSITY=@OLD_NOTE_VERBOSITY */;
"""  # noqa: W291


@pytest.fixture(scope="module")
def server() -> Iterator[MariaDB]:
    """A server that dumps may do anything to."""
    options = ("--skip-log-bin", "--max-allowed-packet=1G", "--innodb-strict-mode=OFF")
    with MariaDB(relaxed=True, options=options) as server:
        yield server


Load = Callable[[bytes], LoadedDump]


@pytest.fixture
def load(server: MariaDB, tmp_path: Path) -> Iterator[Load]:
    made: set[str] = set()

    def load(dump: bytes, name: str = "shop.sql") -> LoadedDump:
        (tmp_path / name).write_bytes(dump)
        made.add("shop")
        done = load_dump(
            tmp_path / name, server.socket, name="shop", progress=lambda done, total: None
        )
        made.add(done.database)
        return done

    yield load
    for name in made:
        server.drop_database(name)


def rows(server: MariaDB, sql: str, database: str = "shop") -> list[Any]:
    with connect_mysql(server.url(database)) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def test_dump_of_mysql_3_23(server: MariaDB, load: Load) -> None:
    done = load(OF_3_23)
    assert (done.database, done.tables) == ("shop", 2)
    assert rows(server, "SELECT id, name, CAST(born AS CHAR) FROM person") == [
        (1, "Café; a # in it", "0000-00-00"),
        (2, "it's -- one /* text */", "1970-02-31"),
    ]
    assert rows(server, "SELECT CAST(seen AS CHAR) FROM person LIMIT 1") == [
        ("2009-01-31 23:59:59",)
    ]
    engines = "SELECT table_name, engine FROM information_schema.tables WHERE table_schema = 'shop'"
    assert dict(rows(server, engines)) == {"person": "MyISAM", "seen": "InnoDB"}
    assert any("HEAP" in note and "InnoDB" in note for note in done.notes)


def test_dump_of_mysql_5_6_in_latin1_with_a_trigger_of_a_missing_user(
    server: MariaDB, load: Load
) -> None:
    done = load(OF_5_6)
    assert rows(server, "SELECT id, name, CAST(born AS CHAR), HEX(photo) FROM person") == [
        (0, "Café", "0000-00-00", "00FF"),
        (2, "'", "2009-00-00", "00FF27"),
    ]
    assert rows(server, "SHOW TRIGGERS") == []
    assert done.notes == ["left out, being code and not rows: 1 trigger, 1 view"]
    comment = "SELECT column_comment FROM information_schema.columns WHERE column_name = 'name'"
    assert rows(server, f"{comment} AND table_schema = 'shop'") == [
        ("TYPE=MyISAM; utf8mb4_0900_ai_ci",)
    ]


def test_dump_of_mysql_8_with_collations_that_mariadb_has_not(server: MariaDB, load: Load) -> None:
    done = load(OF_8)
    assert rows(server, "SELECT id, name, upper, hidden, extra FROM person") == [
        (1, "Café 🎈", "CAFÉ 🎈", 1, '{"a": 1}'),
        (2, "cafe 🎈", "CAFE 🎈", None, None),
    ]
    assert any("utf8mb4_0900_as_cs read as utf8mb4_nopad_bin" in note for note in done.notes)


def test_dump_of_mariadb_with_its_sandbox_line(server: MariaDB, load: Load) -> None:
    assert load(OF_MARIADB).tables == 1
    assert rows(server, "SELECT CAST(born AS CHAR) FROM person") == [
        ("0000-00-00 00:00:00.000000",)
    ]


OF_PHPMYADMIN = """-- phpMyAdmin SQL Dump
SET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";
START TRANSACTION;
SET time_zone = "+00:00";
/*!40101 SET NAMES utf8mb4 */;
CREATE TABLE `person` (`id` int(11) NOT NULL, `name` text NOT NULL) ENGINE=InnoDB;
INSERT INTO `person` (`id`, `name`) VALUES
(0, 'a;'),
(1, 'né');
ALTER TABLE `person`
  ADD PRIMARY KEY (`id`);
ALTER TABLE `person`
  MODIFY `id` int(11) NOT NULL AUTO_INCREMENT, AUTO_INCREMENT=2;
ALTER TABLE `person` ADD KEY `folded` ((lower(`name`)));
COMMIT;
""".encode()

OF_ANSI = b"""/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='ANSI' */;
CREATE TABLE "person" ("id" int(11) NOT NULL /*!50606 STORAGE DISK */, "name" varchar(9),
  PRIMARY KEY ("id"), FULLTEXT KEY "ft" ("name") /*!50100 WITH PARSER `ngram` */ );
INSERT INTO "person" VALUES (1,'"');
"""


def test_dump_of_phpmyadmin_and_an_index_that_mariadb_cannot_make(
    server: MariaDB, load: Load
) -> None:
    done = load(OF_PHPMYADMIN)
    assert rows(server, "SELECT * FROM person") == [(0, "a;"), (1, "né")]
    assert rows(server, "SHOW INDEX FROM person")[0][2] == "PRIMARY"
    (note,) = done.notes
    assert note.startswith("line 14 was refused: ")


def test_dump_with_names_in_double_quotes(server: MariaDB, load: Load) -> None:
    assert load(OF_ANSI).notes == []
    assert rows(server, "SELECT * FROM person") == [(1, '"')]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_dump_is_known_by_its_bytes(
    server: MariaDB, load: Load, pack: Callable[[bytes], bytes]
) -> None:
    assert load(pack(OF_5_6)).tables == 1
    assert len(rows(server, "SELECT * FROM person")) == 2


def test_rows_of_one_statement_may_be_longer_than_a_packet_of_the_protocol(
    server: MariaDB, load: Load
) -> None:
    text = b"x" * 1_000_000
    values = b",".join(b"(%d,'%s')" % (n, text) for n in range(36))
    load(
        b"CREATE TABLE big (id int, t longtext) CHARSET=latin1; INSERT INTO big VALUES %s;" % values
    )
    assert rows(server, "SELECT COUNT(*), SUM(LENGTH(t)) FROM big") == [(36, 36_000_000)]


def test_the_database_with_the_most_tables_is_drafted_and_the_server_s_own_are_not_touched(
    server: MariaDB, load: Load
) -> None:
    done = load(
        b"CREATE DATABASE mysql; USE mysql; CREATE TABLE user (id int);"
        b"CREATE DATABASE other; USE other; CREATE TABLE a (id int);"
        b"CREATE DATABASE shop; USE shop; CREATE TABLE b (id int); CREATE TABLE c (id int);"
    )
    try:
        assert (done.database, done.tables) == ("shop", 2)
        assert done.notes == ["the dump holds other databases, too: other"]
    finally:
        server.drop_database("other")


def test_database_and_table_may_have_names_in_latin1(server: MariaDB, load: Load) -> None:
    done = load(
        b"SET NAMES latin1; CREATE DATABASE `caf\xe9`; CONNECT `caf\xe9`;"
        b"CREATE TABLE `th\xe9` (a int); INSERT INTO `th\xe9` VALUES (1);"
    )
    assert done.database == "café"
    assert rows(server, "SELECT a FROM `thé`", "café") == [(1,)]


def test_statement_without_charset_is_read_as_what_its_bytes_are(
    server: MariaDB, load: Load
) -> None:
    load(
        b"CREATE TABLE t (a varchar(9)) CHARSET=utf8mb4;"
        b"INSERT INTO t VALUES ('\xc3\xa9');INSERT INTO t VALUES ('\xe9');"
    )
    assert rows(server, "SELECT a FROM t") == [("é",), ("é",)]


@pytest.mark.parametrize(
    ("dump", "message"),
    [
        (b"CREATE TABLE t (a int); INSERT INTO t VALUES (1),(2", r"ends within .* line 1"),
        (b"CREATE TABLE t (a int);\nINSERT INTO t VALUES ('1", r"ends within .* line 2"),
        (b"CREATE TABLE t (a int);\nINSERT INTO gone VALUES (1);", r":2: MariaDB refuses .*'gone'"),
        (b"CREATE TABLE t (a no_such_type);", r":1: MariaDB refuses .*'t'"),
        (
            b"DELETE FROM gone;\n",
            r":1: MariaDB refuses a statement \(1146 Table 'shop.gone' doesn't",
        ),
        (b"-- nothing\n", r"nothing to draft"),
        (b"SELECT 1;", r"nothing to draft"),
    ],
)
def test_dump_that_cannot_be_loaded_whole_is_an_error(
    load: Load, dump: bytes, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        load(dump)


@pytest.mark.parametrize(
    ("dump", "message"),
    [
        (b"PK\x03\x04zip", "no dump of SQL"),
        (b"\xff\xfeC\0R\0", "is UTF-16"),
        (gzip.compress(OF_5_6)[:-20], "cannot be unpacked"),
    ],
)
def test_file_that_is_no_dump_is_an_error(load: Load, dump: bytes, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(dump)


@pytest.mark.parametrize("block", [1, 7, 64, 1 << 20])
@pytest.mark.parametrize("dump", [OF_3_23, OF_5_6, OF_8, OF_MARIADB])
def test_statements_do_not_depend_on_how_the_file_is_read(dump: bytes, block: int) -> None:
    whole = list(statements(io.BytesIO(dump).read))
    assert list(statements(io.BytesIO(dump).read, block=block)) == whole
    texts = [line for line, text in whole if text.startswith((b"INSERT", b"CREATE TABLE"))]
    assert texts == [
        n
        for n, line in enumerate(dump.split(b"\n"), start=1)
        if line.startswith((b"INSERT", b"CREATE TABLE"))
    ]


PIECES = (
    b"'", b'"', b"`", b"''", b"\\", b"/*", b"*/", b"*", b"/", b"!", b"M", b"-", b"--", b"-- ", b"#",
    b";", b"DELIMITER ;;\n", b";;", b"\nDELIMITER ;\n", b" ", b"\n", b"a", b"999999\\-", b"INSERT ",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_no_script_is_cut_otherwise_when_it_is_read_in_pieces(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(200):
        script = b"".join(rng.choices(PIECES, k=rng.randint(1, 14)))
        assert cut(script, rng.choice((1, 2, 3, 7))) == cut(script, 1 << 20), script


def cut(script: bytes, block: int) -> list[object]:
    found: list[object] = []
    try:
        for line, text in statements(io.BytesIO(script).read, block=block):
            found.append((line, text))
    except Unfinished as error:
        found.append(error.line)
    return found


def test_values_that_the_server_had_to_change_are_told_first_with_line_code_and_column(
    load: Load,
) -> None:
    done = load(
        b"CREATE TABLE t (a varchar(2), b tinyint) ENGINE=HEAP;\n"
        b"INSERT INTO t VALUES ('ab',1);\n"
        b"INSERT INTO t VALUES ('abc',1),('abcd',1),('ab',999);"
    )
    start = "rows of t are not loaded as they stand in the dump, line 3: "
    assert done.notes[:2] == [
        f"{start}1265 Data truncated for column 'a' at row 1, and 1 more like it",
        f"{start}1264 Out of range value for column 'b' at row 3",
    ]
    assert len(done.notes) == 3


def test_dates_that_no_calendar_has_are_kept_whatever_mode_the_dump_sets(
    server: MariaDB, load: Load
) -> None:
    done = load(
        b"SET sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,TIME_TRUNCATE_FRACTIONAL';"
        b"CREATE TABLE t (d date, dt datetime);"
        b"INSERT INTO t VALUES ('2011-02-31', '2011-02-30 10:00:00');"
    )
    assert done.notes == []
    assert rows(server, "SELECT CAST(d AS CHAR), CAST(dt AS CHAR) FROM t") == [
        ("2011-02-31", "2011-02-30 10:00:00")
    ]


def test_key_0_after_a_trigger_stays_0(server: MariaDB, load: Load) -> None:
    load(
        b"/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;\n"
        b"CREATE TABLE a (id int AUTO_INCREMENT PRIMARY KEY);\n"
        b"INSERT INTO a VALUES (0),(3);\n"
        b"/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;\n"
        b"/*!50003 SET sql_mode              = 'STRICT_TRANS_TABLES' */ ;\n"
        b"DELIMITER ;;\n"
        b"/*!50003 CREATE*/ /*!50003 TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET @a = 1 */;;\n"
        b"DELIMITER ;\n"
        b"/*!50003 SET sql_mode              = @saved_sql_mode */ ;\n"
        b"CREATE TABLE b (id int AUTO_INCREMENT PRIMARY KEY);\n"
        b"INSERT INTO b VALUES (0),(3);\n"
        b"/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;\n"
        b"CREATE TABLE c (id int AUTO_INCREMENT PRIMARY KEY);\n"
        b"INSERT INTO c VALUES (0);\n"
    )
    assert rows(server, "SELECT id FROM a ORDER BY id") == [(0,), (3,)]
    assert rows(server, "SELECT id FROM b ORDER BY id") == [(0,), (3,)]
    assert rows(server, "SELECT id FROM c") == [(1,)]


def test_orphans_are_loaded_also_after_the_dump_turned_checks_on(
    server: MariaDB, load: Load
) -> None:
    load(
        b"SET FOREIGN_KEY_CHECKS=1;CREATE TABLE p (id int PRIMARY KEY);"
        b"CREATE TABLE c (p int, FOREIGN KEY (p) REFERENCES p (id));INSERT INTO c VALUES (7);"
    )
    assert rows(server, "SELECT p FROM c") == [(7,)]


OPEN = [
    b"SET AUTOCOMMIT = 0;\nSTART TRANSACTION;\n",
    b"SET @o=@@AUTOCOMMIT, AUTOCOMMIT=0;\n",
    b"/*!40000 SET autocommit=0 */;\n",
    b"BEGIN;\n",
    b"/* all at once */ START /* or */ TRANSACTION;\n",
]
TWO_TABLES = (
    b"CREATE TABLE a (id int) ENGINE=InnoDB;INSERT INTO a VALUES (1);"
    b"CREATE TABLE b (id int) ENGINE=InnoDB;INSERT INTO b VALUES (1);"
)


@pytest.mark.parametrize("begin", OPEN)
@pytest.mark.parametrize("cut", [TWO_TABLES, TWO_TABLES + b"CREATE TABLE c (id int);"])
def test_dump_cut_off_before_its_commit_is_an_error(load: Load, begin: bytes, cut: bytes) -> None:
    line = begin.count(b"\n")
    with pytest.raises(SourceError, match=rf":{line}: .* still open .*expected COMMIT"):
        load(begin + cut)


def test_rows_without_a_transaction_s_word_for_it_are_missed_in_their_end(load: Load) -> None:
    with pytest.raises(SourceError, match="expected COMMIT"):
        load(b"SET AUTOCOMMIT=0;COMMIT;" + TWO_TABLES)


@pytest.mark.parametrize("begin", OPEN)
@pytest.mark.parametrize("end", [b"COMMIT;", b"/* whole */ commit", b"SET AUTOCOMMIT=1;"])
def test_rows_of_a_dump_that_commits_are_kept(
    server: MariaDB, load: Load, begin: bytes, end: bytes
) -> None:
    if end.startswith(b"SET") and b"AUTOCOMMIT" not in begin.upper():
        end = b"COMMIT;" + end
    load(begin + TWO_TABLES + end)
    assert rows(server, "SELECT (SELECT COUNT(*) FROM a), (SELECT COUNT(*) FROM b)") == [(1, 1)]


def test_commit_counts_where_the_server_s_own_database_is_left_out(
    server: MariaDB, load: Load
) -> None:
    load(
        b"START TRANSACTION; CREATE DATABASE shop; USE shop;" + TWO_TABLES + b"USE mysql;"
        b"CREATE TABLE never_made (id int); COMMIT;"
    )
    assert rows(server, "SELECT COUNT(*) FROM b") == [(1,)]


@pytest.mark.parametrize(
    ("dump", "whole"),
    [
        (b"-- MySQL dump 10.13  Distrib 8.0.36\n%s", False),
        (b"/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19\n%s", False),
        (b"-- MySQL dump 10.13\n%s\n-- Dump completed on 2024-01-01  0:00:00\n", True),
        (b"-- MySQL dump 10.13\r\n%s\r\n-- Dump completed\r\n", True),
        (b"-- MySQL dump 10.9\n%s\n/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;\n", True),
        (b"-- MySQL dump 9.11\n%s", True),
        (b"-- phpMyAdmin SQL Dump\n%s", True),
        (b"%s", True),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_dump_of_mysqldump_without_its_last_line_is_an_error(
    load: Load, dump: bytes, whole: bool, pack: Callable[[bytes], bytes]
) -> None:
    script = pack(
        dump % (TWO_TABLES + b"INSERT INTO b VALUES " + b",".join([b"(2)"] * 3000) + b";")
    )
    if whole:
        assert load(script).tables == 2
        return
    with pytest.raises(SourceError, match="ends too early.*Dump completed"):
        load(script)


@pytest.mark.parametrize("charset", [b"", b" TYPE=MyISAM"])
def test_dump_that_says_no_charset_anywhere_loses_no_letter_of_utf_8(
    server: MariaDB, load: Load, charset: bytes
) -> None:
    text = "Dvořák Müller Привет 🎈"
    load(
        b"CREATE TABLE t (a varchar(60))%s;INSERT INTO t VALUES ('x');" % charset
        + f"INSERT INTO t VALUES ('{text}');".encode()
    )
    assert rows(server, "SELECT a FROM t WHERE a <> 'x'") == [(text,)]


def test_dump_in_mixed_bytes_that_says_no_charset_keeps_every_byte(
    server: MariaDB, load: Load
) -> None:
    values = ["Привет".encode(), b"M\xfcller", bytes(range(0x80, 0x100)), "\u0152".encode("cp1252")]
    load(
        b"CREATE DATABASE shop; USE shop; CREATE TABLE t (id int, a varchar(200));"
        + b"".join(b"INSERT INTO t VALUES (%d,'%s');" % pair for pair in enumerate(values))
    )
    kept = [(bytes.fromhex(h),) for (h,) in rows(server, "SELECT HEX(a) FROM t ORDER BY id")]
    assert kept == [(value,) for value in values]


def test_dump_that_says_its_bytes_but_no_table_s_charset_loses_no_letter(
    server: MariaDB, load: Load
) -> None:
    load("SET NAMES utf8;CREATE TABLE t (a varchar(60));INSERT INTO t VALUES ('Привет');".encode())
    assert rows(server, "SELECT a FROM t") == [("Привет",)]


def test_letters_that_a_table_cannot_hold_are_an_error_with_its_line(load: Load) -> None:
    with pytest.raises(SourceError, match=r":2: letters in rows of table 't' .* 1366 Incorrect"):
        load(
            "CREATE TABLE t (a varchar(60)) CHARSET=latin1;\n"
            "INSERT INTO t VALUES ('Привет');".encode()
        )


@pytest.mark.parametrize(
    "rows_again",
    [
        b"INSERT /* bulk */ INTO t VALUES (4)",
        b"INSERT -- bulk\n INTO t VALUES (4)",
        b"INSERT # it's bulk\n INTO t VALUES (4)",
        b"/* a */ INSERT/**/INTO/* ` */t VALUES (4)",
        b"/*!40000 INSERT */ /* x */ INTO t VALUES (4)",
        b"REPLACE /*" + b"x" * 9000 + b"*/ INTO gone VALUES (4)",
        b"UPDATE t SET gone = 1",
        b"DELETE FROM gone",
        b"LOAD DATA INFILE '/gone' INTO TABLE t",
        b"TRUNCATE gone",
        b"WITH x AS (SELECT 1) INSERT INTO t SELECT 4",
        b"CREATE /* odd */ TABLE t (id int)",
        b"CREATE TABLE # it's odd\n t (id int)",
        b"RENAME TABLE gone TO other",
        b"ALTER TABLE t ADD COLUMN id int",
        b"NO SUCH STATEMENT",
        b"SET NAMES no_such_charset",
    ],
)
def test_refused_statement_is_an_error_also_behind_comments(load: Load, rows_again: bytes) -> None:
    with pytest.raises(SourceError, match=r":3: MariaDB refuses "):
        load(
            b"CREATE TABLE t (id int PRIMARY KEY);\nINSERT INTO t VALUES (4);\n" + rows_again + b";"
        )


@pytest.mark.parametrize(
    "statement",
    [
        b"ALTER TABLE t ADD UNIQUE KEY u (a)",
        b"ALTER TABLE `t` ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES t (b)",
        b"ALTER TABLE t /* later */ ADD KEY k (gone)",
        b"CREATE UNIQUE INDEX u ON t (a)",
        b"ALTER TABLE t MODIFY a int NOT NULL AUTO_INCREMENT, AUTO_INCREMENT=3",
    ],
)
def test_refused_index_is_told_with_its_line_and_costs_no_row(
    server: MariaDB, load: Load, statement: bytes
) -> None:
    done = load(
        b"CREATE TABLE t (a int, b int);\nINSERT INTO t VALUES (1,1),(1,2);\n%s;" % statement
    )
    assert len(done.notes) == 1 and done.notes[0].startswith("line 3 was refused: ")
    assert rows(server, "SELECT COUNT(*) FROM t") == [(2,)]


@pytest.mark.parametrize(
    "statement", [b"DROP TABLE gone", b"SET SQL_MODE=@NEVER_SAVED", b"SET @@no_such_variable=1"]
)
def test_refused_setting_or_drop_is_nothing_to_tell(load: Load, statement: bytes) -> None:
    assert load(b"CREATE TABLE t (a int);%s;" % statement).notes == []


def test_string_that_does_not_end_is_no_statement() -> None:
    with pytest.raises(Unfinished):
        list(statements(io.BytesIO(b"SELECT 1; INSERT INTO t VALUES ('a;b").read))


@pytest.mark.data
@pytest.mark.parametrize("name", ["sakila", "phpbb3", "wordpress", "drupal7"])
def test_real_scripts_are_cut_as_the_tests_own_reader_cuts_them(name: str) -> None:
    for path in sorted((data.FOLDER / name).glob("*.sql")):
        script = path.read_bytes()
        ours = [text for _, text in statements(io.BytesIO(script).read)]
        assert ours == list(data.statements(script)), path.name


@pytest.mark.parametrize(
    ("text", "translated"),
    [
        (b"CREATE TABLE t (a int) TYPE=InnoDB", b"CREATE TABLE t (a int) ENGINE=InnoDB"),
        (b"CREATE TABLE t (a timestamp(8))", b"CREATE TABLE t (a timestamp)"),
        (b"CREATE TABLE t (a timestamp(6))", b"CREATE TABLE t (a timestamp(6))"),
        (
            b"CREATE TABLE `TYPE=ISAM` (a int COMMENT 'ENGINE=HEAP')",
            b"CREATE TABLE `TYPE=ISAM` (a int COMMENT 'ENGINE=HEAP')",
        ),
        (
            b"CREATE TABLE t (a int) DATA DIRECTORY='/srv/x' ENGINE=MyISAM",
            b"CREATE TABLE t (a int)  ENGINE=MyISAM",
        ),
    ],
)
def test_what_mariadb_has_no_word_for_is_read_as_the_nearest(
    text: bytes, translated: bytes
) -> None:
    assert read_statement(text).text == translated


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (b"CREATE DEFINER=`a b`@`%` PROCEDURE p() SELECT 1", "procedure"),
        (b"/*!50106 CREATE*/ /*!50117 DEFINER=`x`@`y`*/ /*!50106 EVENT e ON SCHEDULE */", "event"),
        (b"CREATE OR REPLACE ALGORITHM=MERGE VIEW v AS SELECT 1", "view"),
        (b"GRANT ALL ON *.* TO x", "right"),
    ],
)
def test_code_and_rights_are_left_out(text: bytes, kind: str) -> None:
    statement = read_statement(text)
    assert statement.left_out is not None
    assert (statement.left_out[0], statement.text) == (kind, b"")
