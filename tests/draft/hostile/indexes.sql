CREATE TABLE uniques (id int PRIMARY KEY, a varchar(20), b varchar(20), c date, d text, e int,
  f varchar(20) COLLATE latin1_general_cs, UNIQUE (a), UNIQUE (a, b), UNIQUE (b, c), UNIQUE (c),
  UNIQUE (d(3)), UNIQUE (e, d(5)), UNIQUE (f), UNIQUE (a(5), b(5)), KEY (a), KEY (b(2)), KEY (d(2)))
  DEFAULT CHARSET latin1;

CREATE TABLE zeros (id int PRIMARY KEY, d date NOT NULL, n int NOT NULL, t varchar(9) NOT NULL,
  UNIQUE (d), UNIQUE (d, n), UNIQUE (t));

CREATE TABLE searched (id int PRIMARY KEY, t text, v varchar(200), l longtext,
  FULLTEXT (t), FULLTEXT (v), FULLTEXT (t, v), FULLTEXT (l), KEY (v)) ENGINE MyISAM;

CREATE TABLE places (id int PRIMARY KEY, g geometry NOT NULL, SPATIAL INDEX (g)) ENGINE MyISAM;

CREATE TABLE sized (id int PRIMARY KEY, v varchar(3000), w varchar(700), x varbinary(3000),
  y text, z blob, KEY (v(250)), KEY (w(100), v(50)), KEY (x(100)), KEY (y(250)), KEY (z(250)),
  UNIQUE (v(250)), UNIQUE (x(200))) DEFAULT CHARSET latin1;

CREATE TABLE same_names (id int PRIMARY KEY, a int, KEY `PRIMARY_` (a), KEY `a` (a), KEY `A b` (a, id),
  UNIQUE KEY `select` (a, id));

CREATE TABLE same_names_2 (id int PRIMARY KEY, a int, KEY `a` (a), KEY `A b` (a, id));

CREATE TABLE packed (id int PRIMARY KEY, s varchar(100) NOT NULL, UNIQUE (s));

INSERT INTO uniques VALUES (1, 'a', 'b', '2009-01-01', 'abcd', 1, 'x'), (2, NULL, 'b', NULL, NULL, 1, 'X'),
  (3, NULL, NULL, NULL, NULL, NULL, NULL), (4, 'ä', NULL, NULL, NULL, NULL, NULL),
  (5, 'ab ', 'c', '0000-00-00', 'xyzd', 1, NULL), (6, '', '', NULL, '', NULL, '');

INSERT INTO zeros VALUES (1, '0000-00-00', 1, ''), (2, '2009-00-00', 1, 'a'), (3, '2009-01-01', 2, 'b ');

INSERT INTO searched VALUES (1, 'a b', 'c d', 'e f'), (2, '', '', ''), (3, NULL, NULL, REPEAT('word ', 300000));

INSERT INTO places VALUES (1, POINT(1, 2));

INSERT INTO sized VALUES (1, REPEAT(MD5('v'), 90), REPEAT(MD5('w'), 20), REPEAT(0xff, 3000),
  REPEAT(MD5('y'), 2000), REPEAT(MD5('z'), 2000)), (2, '', '', '', '', ''), (3, NULL, NULL, NULL, NULL, NULL);

INSERT INTO same_names VALUES (1, 1), (2, 1);

INSERT INTO packed VALUES (1, 'a:1:{i:0;i:1;}'), (2, 'a:1:{i:0;s:1:"1";}'), (3, 'Tom &amp; Jerry'), (4, 'Tom & Jerry'),
  (5, 'cafÃ©'), (6, 'xyz'), (7, 'x y');
