CREATE TABLE self (id int PRIMARY KEY, parent_id int, next_id int, root int NOT NULL,
  FOREIGN KEY (parent_id) REFERENCES self (id), FOREIGN KEY (next_id) REFERENCES self (id),
  FOREIGN KEY (root) REFERENCES self (id) ON DELETE CASCADE);

CREATE TABLE egg (id int PRIMARY KEY, hen_id int NOT NULL);

CREATE TABLE hen (id int PRIMARY KEY, egg_id int NOT NULL, FOREIGN KEY (egg_id) REFERENCES egg (id));

ALTER TABLE egg ADD FOREIGN KEY (hen_id) REFERENCES hen (id);

CREATE TABLE twin_a (id int PRIMARY KEY);

CREATE TABLE twin_b (id int PRIMARY KEY, FOREIGN KEY (id) REFERENCES twin_a (id));

ALTER TABLE twin_a ADD FOREIGN KEY (id) REFERENCES twin_b (id);

CREATE TABLE pair (a int, b varchar(5), c int NOT NULL, PRIMARY KEY (a, b), UNIQUE (c));

CREATE TABLE of_pair (id int PRIMARY KEY, pair_a int, pair_b varchar(5), pair_c int,
  FOREIGN KEY (pair_a, pair_b) REFERENCES pair (a, b), FOREIGN KEY (pair_c) REFERENCES pair (c));

CREATE TABLE part_of_pair (id int PRIMARY KEY, pair_a int, FOREIGN KEY (pair_a) REFERENCES pair (a));

CREATE TABLE one_to_one (self_id int PRIMARY KEY, FOREIGN KEY (self_id) REFERENCES self (id));

CREATE TABLE again (self_id int PRIMARY KEY, id int, FOREIGN KEY (self_id) REFERENCES one_to_one (self_id));

CREATE TABLE twice (id int PRIMARY KEY, self_id int, FOREIGN KEY (self_id) REFERENCES self (id),
  CONSTRAINT more FOREIGN KEY (self_id) REFERENCES one_to_one (self_id));

CREATE TABLE self_self (self_id int, other_self_id int, PRIMARY KEY (self_id, other_self_id),
  FOREIGN KEY (self_id) REFERENCES self (id), FOREIGN KEY (other_self_id) REFERENCES self (id));

CREATE TABLE self_hen (self_id int NOT NULL, hen_id int NOT NULL, note varchar(3),
  UNIQUE (self_id, hen_id), FOREIGN KEY (self_id) REFERENCES self (id),
  FOREIGN KEY (hen_id) REFERENCES hen (id));

CREATE TABLE texts (code varchar(10) COLLATE latin1_swedish_ci PRIMARY KEY) CHARSET latin1;

CREATE TABLE of_texts (id int PRIMARY KEY, texts_code varchar(10) COLLATE latin1_swedish_ci,
  FOREIGN KEY (texts_code) REFERENCES texts (code)) CHARSET latin1;

CREATE TABLE nobodies (id int PRIMARY KEY, self_id int NOT NULL DEFAULT 0,
  hen_id int DEFAULT 0, egg_id int unsigned);

INSERT INTO self VALUES (0, NULL, 0, 0), (-1, 0, -1, 0), (2, -1, NULL, 2);

INSERT INTO egg VALUES (1, 1);

INSERT INTO hen VALUES (1, 1);

INSERT INTO twin_a VALUES (1);

INSERT INTO twin_b VALUES (1);

INSERT INTO pair VALUES (1, 'a', 1), (1, 'b', 2);

INSERT INTO of_pair VALUES (1, 1, 'A', 1), (2, NULL, 'z', 2);

INSERT INTO part_of_pair VALUES (1, 1), (2, NULL);

INSERT INTO one_to_one VALUES (0), (2);

INSERT INTO again VALUES (0, 1), (2, 1);

INSERT INTO twice VALUES (1, 2), (2, 0);

INSERT INTO self_self VALUES (0, 0), (0, -1), (2, 0);

INSERT INTO self_hen VALUES (0, 1, 'x'), (2, 1, NULL);

INSERT INTO texts VALUES ('Straße'), ('b ');

INSERT INTO of_texts VALUES (1, 'STRASSE'), (2, 'straße'), (3, 'B'), (4, NULL);

INSERT INTO nobodies VALUES (1, 0, 0, 0), (2, 2, 1, 1), (3, 99, 98, 97), (4, -1, NULL, NULL);
