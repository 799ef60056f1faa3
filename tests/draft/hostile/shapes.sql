CREATE TABLE one_int (a int);

CREATE TABLE one_text (a varchar(9));

CREATE TABLE one_key (a int AUTO_INCREMENT PRIMARY KEY);

CREATE TABLE one_flag (a tinyint(1));

CREATE TABLE only_blob (b blob);

CREATE TABLE only_blobs (b longblob NOT NULL, c tinyblob);

CREATE TABLE only_geometry (g geometry);

CREATE TABLE nothing_in_it (a int, b varchar(9) NOT NULL, c date NOT NULL, d enum('x') NOT NULL);

CREATE TABLE parts (id int, d date NOT NULL, PRIMARY KEY (id, d)) PARTITION BY RANGE (YEAR(d)) (
  PARTITION p0 VALUES LESS THAN (2000), PARTITION p1 VALUES LESS THAN MAXVALUE);

CREATE TABLE heap (id int PRIMARY KEY, v int) ENGINE MEMORY;

CREATE VIEW view_of_int AS SELECT a, a + 1 AS `a + 1` FROM one_int;

CREATE TABLE to_go (a int);

CREATE VIEW gone AS SELECT a FROM to_go;

DROP TABLE to_go;

CREATE TABLE comments (id int PRIMARY KEY COMMENT 'it''s "the" key', a int COMMENT '%s %d {} {0} \\ \n',
  b int COMMENT '"""', c varchar(3) COMMENT '日本 🎉', d int COMMENT ' ', e enum('%', '{', '"', '\'\'') COMMENT 'x')
  COMMENT 'quotes """ and\nnewlines and % and \\';

CREATE TABLE defaults (id int PRIMARY KEY, a int DEFAULT 5, b varchar(20) DEFAULT 'it''s "x" \\',
  c varchar(20) DEFAULT '', d varchar(20) DEFAULT 'NULL', e date DEFAULT '2009-01-02',
  f datetime DEFAULT '2009-01-02 03:04:05', g timestamp NULL DEFAULT NULL,
  h timestamp DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, i bit(1) DEFAULT b'1', j bit(5) DEFAULT b'101',
  k decimal(5,2) DEFAULT '1.50', l float DEFAULT 1e10, m enum('a', 'b c') DEFAULT 'b c', n set('a', 'b') DEFAULT 'a,b',
  o time DEFAULT '-01:02:03', p year DEFAULT 2009, q tinyint(1) DEFAULT 1, r tinyint(1) DEFAULT 7,
  s binary(3) DEFAULT 'abc', t varbinary(9) DEFAULT 0x00ff, u char(3) DEFAULT '%s', v bigint unsigned DEFAULT 18446744073709551615,
  w date NOT NULL DEFAULT '0000-00-00', x datetime DEFAULT '0000-00-00 00:00:00', y double(10,2) DEFAULT -1.5,
  z enum('Y', 'N') DEFAULT 'Y', aa enum('1', '0') NOT NULL, ab int NOT NULL DEFAULT '0', ac varchar(20) DEFAULT '123',
  ad varchar(40) DEFAULT 'current_timestamp()');

CREATE TABLE numbers (id int PRIMARY KEY, a decimal(65,30), b decimal(65,0), c float(7,4), d double(15,5),
  e float, f double(53,30), g decimal(30,30), h bigint, i mediumint unsigned zerofill, j float(53,2), k double(16,2));

CREATE TABLE flags (id int PRIMARY KEY, a tinyint(1), b tinyint(1), c enum('Y','N'), d enum('yes','no') NOT NULL,
  e char(1), f bit(1), g tinyint(1) unsigned, h enum('0','1'));

INSERT INTO one_int VALUES (1), (1), (NULL);

INSERT INTO one_text VALUES (''), (NULL), ('x');

INSERT INTO one_key VALUES (1), (2);

INSERT INTO one_flag VALUES (1), (0), (NULL);

INSERT INTO only_blob VALUES (0x00ff), (NULL), ('');

INSERT INTO only_blobs VALUES (0x00ff, 'text'), ('', NULL);

INSERT INTO only_geometry VALUES (POINT(1, 2)), (NULL);

INSERT INTO parts VALUES (1, '1999-01-01'), (1, '2009-01-01');

INSERT INTO heap VALUES (1, 1);

INSERT INTO comments VALUES (1, 2, 3, 'x', 4, '%'), (2, 2, 3, 'x', 4, '\'\'');

INSERT INTO defaults (id, aa) VALUES (1, '1'), (2, '');

INSERT INTO numbers VALUES (1, 99999999999999999999999999999999999.999999999999999999999999999999,
  99999999999999999999999999999999999999999999999999999999999999999, 999.9999, 9999999999.99999, 3.4e38, 0.1,
  0.999999999999999999999999999999, -9223372036854775808, 16777215, 1e30, 99999999999999.99),
  (2, -0.000000000000000000000000000001, -1, -0.0001, -0.00001, 1e-45, 1e20, 0, 0, 0, 0.005, 0.01);

INSERT INTO flags VALUES (1, 0, 7, 'Y', 'yes', '', b'1', 1, '0'), (2, 1, NULL, '', '', 'x', b'0', 2, '1');

-- mariadb

CREATE TABLE later (id int PRIMARY KEY, a int, b int AS (a + 1) VIRTUAL, c int AS (a * 2) PERSISTENT,
  d int INVISIBLE DEFAULT 3, e json, f uuid, g inet6, h inet4, i varchar(9) AS (CONCAT(a, 'x')) VIRTUAL, UNIQUE (c));

INSERT INTO later (id, a, d, e, f, g, h) VALUES
  (1, 1, 2, '{"a": [1, 2.50]}', UUID(), '::1', '10.0.0.1'), (2, NULL, 3, NULL, NULL, NULL, NULL), (3, 5, 3, '[]', UUID(), '::', '0.0.0.0');

CREATE TABLE computed (id int PRIMARY KEY, a int DEFAULT (1 + 2), b varchar(40) DEFAULT (CONCAT('a', 'b')),
  c datetime(6) DEFAULT CURRENT_TIMESTAMP(6), d varchar(40) DEFAULT (UUID()), e text DEFAULT 'x''y', f date DEFAULT (CURDATE()),
  g blob DEFAULT 'x');

INSERT INTO computed (id) VALUES (1), (2);

CREATE TABLE versions (id int PRIMARY KEY, v int) WITH SYSTEM VERSIONING;

INSERT INTO versions VALUES (1, 1);

UPDATE versions SET v = 2;

CREATE SEQUENCE numbers_seq;
