CREATE TABLE a (`id` int, `ID_` int, `key` int PRIMARY KEY, `_id` int, `id__` int, `a_id` int,
  `a` int, `A__` int);

CREATE TABLE b (`pk` int, `objects` int, `options` int, `meta` int, `check` int, `Meta_` int,
  `_meta` int, `clean` int, `delete` int, `save` int, `full_clean` int, `DoesNotExist` int,
  `refresh_from_db` int, `unique_error_message` int, `_state` int, `date_error_message` int);

CREATE TABLE c (`é` int PRIMARY KEY, `e` int, `E-` int, `ß` int, `日本` int, `ж` int, `Ω` int,
  `_` int, `__` int, `-` int, `%` int, `a__b` int, `a_` int, `_a` int);

CREATE TABLE d (`id` int AUTO_INCREMENT PRIMARY KEY, `name` varchar(20), `Names` varchar(20),
  `d_id` int, `d` int, `id_d` int, `fk_d` int, `did` int, `d_ref` int);

CREATE TABLE e (`d_set` int, `d_id` int, `ds` int, `e` int, `es` int, `id` int PRIMARY KEY);

CREATE TABLE f (`id` varchar(10) PRIMARY KEY, `f_id` varchar(10), `parent` varchar(10),
  `children` int, `parent_id` varchar(10));

INSERT INTO a VALUES (1, 2, 3, 4, 5, 3, 7, 8), (1, NULL, 4, NULL, NULL, 4, NULL, NULL);

INSERT INTO b VALUES (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);

INSERT INTO c VALUES (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);

INSERT INTO d VALUES (1, 'a', 'b', 1, 1, 1, 1, 1, 1), (2, 'c', 'd', 1, 2, 1, 2, 1, 2);

INSERT INTO e VALUES (1, 1, 1, 1, 1, 1), (2, 2, 2, 2, 2, 2);

INSERT INTO f VALUES ('a', 'a', 'a', 1, 'a'), ('b', 'a', '', 1, NULL);
