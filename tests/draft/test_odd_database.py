"""A database with every oddity that MySQL lets pass, drafted and loaded without an edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.draft.endtoend import end_to_end, require_clean
from tests.fix_servers import connect_mysql

ODD = r"""
CREATE TABLE `my table` (
  `id` int AUTO_INCREMENT PRIMARY KEY,
  `a b` varchar(10) COMMENT 'it''s "quoted" \\ and \n newline {x} %s',
  `class` int,
  `né` int,
  `1st` int,
  `☃` varchar(10),
  `per%cent` int,
  `quo"te` int,
  `tick``s` int,
  `pk` int,
  `objects` int,
  `save` int,
  `_x_` int,
  `a__b` int,
  `def` varchar(3) DEFAULT 'x''y');
INSERT INTO `my table` (`a b`,`class`,`☃`) VALUES ('x',1,'🎈'),('y',2,NULL);
CREATE TABLE `order` (
  `select` int PRIMARY KEY,
  `from` enum('a''b','c"d','','é🎈','class','1') NOT NULL,
  `to` set('x','y z') NOT NULL);
INSERT INTO `order` VALUES (1,'a''b','x'),(2,'','x,y z'),(3,'1','');
CREATE TABLE `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` (
  `bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb` int PRIMARY KEY,
  `bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbc` varchar(255),
  KEY `cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc` (`bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbc`(10)),
  FULLTEXT KEY ft (`bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbc`)) ENGINE=MyISAM;
INSERT INTO `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` VALUES (1,'x');
CREATE TABLE `日本` (
  `名` varchar(10),
  `x` double,
  `b` bit(64),
  `y` year,
  `t` time,
  KEY(`名`)) CHARSET=utf8mb4;
INSERT INTO `日本` VALUES ('名',1e300,b'1',2009,'-838:59:59'),('名',-0.0,b'0',0,'838:59:59'),(NULL,NULL,NULL,NULL,NULL);
CREATE TABLE user_user (id int PRIMARY KEY, user_id int, parent_id int, UNIQUE(user_id));
INSERT INTO user_user VALUES (1,NULL,NULL),(2,1,1),(3,77,2);
CREATE TABLE model (id int PRIMARY KEY, meta int, check_ int, `check` int);
CREATE TABLE models (id int PRIMARY KEY, model_id int, `models` int);
INSERT INTO models VALUES (1,1,1);
CREATE TABLE empty_one (a int);
CREATE TABLE dup (a varchar(10) COLLATE utf8mb4_bin, b int, UNIQUE(a));
INSERT INTO dup VALUES ('a',1),('A',2),(NULL,3),(NULL,4);
CREATE TABLE ci (
  a varchar(10) COLLATE utf8mb4_general_ci PRIMARY KEY,
  p char(10) COLLATE latin1_swedish_ci);
INSERT INTO ci VALUES ('Straße','x '),('b ','y');
CREATE TABLE ci_child (id int PRIMARY KEY, ci varchar(10) COLLATE utf8mb4_general_ci, KEY(ci));
INSERT INTO ci_child VALUES (1,'STRASSE'),(2,'straße'),(3,'B');
CREATE TABLE money (
  id bigint unsigned PRIMARY KEY,
  d decimal(65,30),
  big bigint unsigned,
  z timestamp NULL,
  g geometry,
  j longtext CHECK (json_valid(j)));
INSERT INTO money VALUES (18446744073709551615, 12345678901234567890123456789012345.123456789012345678901234567890, 18446744073709551615, NULL, ST_GeomFromText('POINT(1 2)'), '{"a": 12345678901234567890123, "a": 1}');
CREATE TABLE zero_key (id int AUTO_INCREMENT PRIMARY KEY, t tinyint(1), u tinyint(1) unsigned);
SET sql_mode='NO_AUTO_VALUE_ON_ZERO';
INSERT INTO zero_key VALUES (0,7,0),(-1,1,1),(5,NULL,1);
SET sql_mode='';
CREATE TABLE nuls (id int PRIMARY KEY, t varchar(10), x blob);
INSERT INTO nuls VALUES (1, CONCAT('a',CHAR(0 USING utf8mb4),'b'), UNHEX('00ff'));
CREATE VIEW `v w` AS SELECT * FROM models;
CREATE TABLE type (
  id int PRIMARY KEY,
  format varchar(10),
  format_display int,
  `id_id` int,
  type_id int);
INSERT INTO type VALUES (1,'a',1,1,1);
CREATE TABLE bdate (
  id int PRIMARY KEY,
  d date NOT NULL,
  dt datetime(6) NOT NULL,
  ts timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP);
INSERT INTO bdate VALUES (1,'0000-00-00','2009-00-00 00:00:00','2038-01-19 03:14:07'),(2,'0009-01-01','0001-01-01 00:00:00','1970-01-01 00:00:01'),(3,'9999-12-31','9999-12-31 23:59:59.999999',0);
"""  # noqa: E501
WIDE = (
    "CREATE TABLE wide (id int PRIMARY KEY, "
    + ", ".join(f"c{n} varchar(5)" for n in range(900))
    + ") ENGINE=MyISAM CHARSET=latin1"
)


@pytest.mark.slow
def test_odd_names_values_and_keys_are_loaded_and_shown(
    source_db: str, target_db: str, tmp_path: Path
) -> None:
    with connect_mysql(source_db) as connection, connection.cursor() as cursor:
        cursor.execute("SET sql_mode = ''")
        name = connection.db.decode() if isinstance(connection.db, bytes) else connection.db
        cursor.execute(f"ALTER DATABASE `{name}` CHARACTER SET utf8mb4")
        for statement in filter(
            str.strip, f"{ODD}{WIDE};\nINSERT INTO wide (id) VALUES (1)".split(";\n")
        ):
            cursor.execute(statement)
    outcome = end_to_end("odd", source_db, target_db, tmp_path / "odd", admin=True)
    require_clean(outcome)
    assert sum(outcome.counted.values()) == outcome.loaded > 25
    assert len(outcome.pages) >= 2 * 15
