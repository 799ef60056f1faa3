CREATE TABLE years (y year PRIMARY KEY, v int);

CREATE TABLE enums (e enum('b', 'a', '1', 'é') PRIMARY KEY, v int);

CREATE TABLE sets (s set('b', 'a', 'c') PRIMARY KEY, v int);

CREATE TABLE bits (b bit(8) PRIMARY KEY, v int);

CREATE TABLE wide_bits (b bit(64) PRIMARY KEY, v int);

CREATE TABLE dates (d date PRIMARY KEY, v int);

CREATE TABLE zero_dates (d date, n int, PRIMARY KEY (d, n));

CREATE TABLE moments (d datetime PRIMARY KEY, v int);

CREATE TABLE instants (d timestamp PRIMARY KEY, v int);

CREATE TABLE spans (t time PRIMARY KEY, v int);

CREATE TABLE floats (f float PRIMARY KEY, v int);

CREATE TABLE doubles (f double PRIMARY KEY, v int);

CREATE TABLE decimals (d decimal(65,30) PRIMARY KEY, v int);

CREATE TABLE shown (f float(7,2), d double(12,3), PRIMARY KEY (f, d));

CREATE TABLE big (id bigint unsigned PRIMARY KEY, of_big bigint unsigned);

CREATE TABLE of_bigs (id int PRIMARY KEY, big_id bigint unsigned, FOREIGN KEY (big_id) REFERENCES big (id));

CREATE TABLE zeros (id int AUTO_INCREMENT PRIMARY KEY, v int);

CREATE TABLE `last` (v int, w varchar(3), id int AUTO_INCREMENT, KEY (id), PRIMARY KEY (w, id));

CREATE TABLE texts (t varchar(20) COLLATE utf8mb4_bin PRIMARY KEY, v int);

CREATE TABLE folded (t varchar(20) COLLATE utf8mb4_unicode_ci PRIMARY KEY, v int);

CREATE TABLE chars (t char(5) PRIMARY KEY, v int);

CREATE TABLE long_texts (t varchar(190), u varchar(500) NOT NULL, PRIMARY KEY (t));

CREATE TABLE prefixes (t text, b blob, PRIMARY KEY (t(20), b(10)));

CREATE TABLE bytes (b varbinary(16) PRIMARY KEY, c binary(16) NOT NULL, UNIQUE (c));

CREATE TABLE tiny (t tinyint(1) PRIMARY KEY, v tinyint(1));

CREATE TABLE triples (a tinyint(1), b char(1), c datetime, PRIMARY KEY (a, b, c));

CREATE TABLE by_unique (a int NOT NULL, b varchar(5) NOT NULL, UNIQUE (b, a));

CREATE TABLE maybe (a int, b varchar(5), UNIQUE (a), UNIQUE (b, a));

INSERT INTO years VALUES (0, 1), (1901, 2), (2155, 3);

INSERT INTO enums VALUES ('b', 1), ('a', 2), ('1', 3), ('é', 4), (0, 5);

INSERT INTO sets VALUES ('', 1), ('b', 2), ('b,a', 3), ('b,a,c', 4);

INSERT INTO bits VALUES (0, 1), (255, 2);

INSERT INTO wide_bits VALUES (0, 1), (18446744073709551615, 2), (9223372036854775807, 3);

INSERT INTO dates VALUES ('0000-00-00', 1), ('2009-00-00', 2), ('0001-01-01', 3), ('9999-12-31', 4);

INSERT INTO zero_dates VALUES ('0000-00-00', 1), ('0000-00-00', 2), ('2009-02-03', 1);

INSERT INTO moments VALUES ('0000-00-00', 1), ('2009-03-29 02:30:00', 2), ('9999-12-31 23:59:59', 3);

INSERT INTO instants VALUES (0, 1), ('1970-01-02 00:00:01', 2), ('2038-01-18 03:14:07', 3);

INSERT INTO spans VALUES ('-838:59:59', 1), ('00:00:00', 2), ('838:59:59', 3);

INSERT INTO floats VALUES (0.1, 1), (-3.4e38, 2), (0, 3);

INSERT INTO doubles VALUES (0.1, 1), (1.7976931348623157e308, 2), (5e-324, 3), (0, 4);

INSERT INTO decimals VALUES (99999999999999999999999999999999999.999999999999999999999999999999, 1),
  (-0.000000000000000000000000000001, 2), (0, 3);

INSERT INTO shown VALUES (0.1, 0.1), (99999.99, 999999999.999), (-0.01, -0.001);

INSERT INTO big VALUES (18446744073709551615, 1), (0, 18446744073709551615), (1, NULL);

INSERT INTO of_bigs VALUES (1, 18446744073709551615), (2, 0), (3, NULL);

INSERT INTO zeros VALUES (0, 1), (-5, 2), (7, 3), (-2147483648, 4), (2147483646, 5);

INSERT INTO `last` VALUES (1, 'a', 5), (1, 'b', 5), (1, '', 6);

INSERT INTO texts VALUES ('', 1), (' a', 2), ('a', 3), ('A', 4), ('é', 5), ('\\', 6), ('\t\n', 7);

INSERT INTO folded VALUES ('', 1), ('a ', 2), ('B', 3), ('Straße', 4), ('日本', 5), ('%s', 6);

INSERT INTO chars VALUES ('', 1), ('a', 2), ('  b', 3);

INSERT INTO long_texts VALUES (REPEAT('é', 190), REPEAT('日', 500)), ('', '');

INSERT INTO prefixes VALUES ('', ''), ('a', 0x00ff), (REPEAT('long ', 1000), REPEAT(0xff, 5000));

INSERT INTO bytes VALUES ('', 0x00), (0x00, 0xff), (0x0000, REPEAT(0xff, 16)), ('abc', 'abc');

INSERT INTO tiny VALUES (0, 0), (1, 1), (-128, NULL), (7, 1);

INSERT INTO triples VALUES (0, '', '0000-00-00'), (1, 'a', '2009-01-01'), (1, 'b', '2009-01-01');

INSERT INTO by_unique VALUES (1, 'a'), (1, 'b'), (2, 'a');

INSERT INTO maybe VALUES (1, 'a'), (NULL, 'a'), (NULL, 'a'), (2, NULL);
