CREATE TABLE `order` (`id` int PRIMARY KEY, `user` int, `class` int, KEY (`user`));

CREATE TABLE `class` (`id` int AUTO_INCREMENT PRIMARY KEY, `order_id` int, `Meta` varchar(9));

CREATE TABLE `user` (`pk` int PRIMARY KEY, `objects` int, `id` int NOT NULL, UNIQUE (`id`));

CREATE TABLE `1abc` (`1` int PRIMARY KEY, `2nd` int);

CREATE TABLE `nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn` (`nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn` int PRIMARY KEY, `nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn` varchar(150), UNIQUE (`nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn`));

CREATE TABLE `nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn` (`a` int PRIMARY KEY, `nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn` int, KEY (`nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn`, `a`));

CREATE TABLE `quo'te"s` (`quo'te"s` int PRIMARY KEY, `back``tick` int, `back\slash` int);

CREATE TABLE `special"[``]$'` (`special"[``$]'_id` int AUTO_INCREMENT PRIMARY KEY, `value` int);

CREATE TABLE `back``tick` (`%s` int PRIMARY KEY, `%(a)s` int, `100%` int, `{x}` int, `$1` int);

CREATE TABLE `per%cent %s` (`a b` int PRIMARY KEY, ` c` int, `a.b` int, `a-b` int, `a/b` int);

CREATE TABLE `.` (`.` int PRIMARY KEY, `?` int, `;` int, `--` int, `#` int, `/*` int);

CREATE TABLE `model` (`id` int PRIMARY KEY, `models` int, `steps` int, `Column` int);

CREATE TABLE `models` (`id` int PRIMARY KEY, `model_id` int);

CREATE TABLE `model_mapping` (`id` int PRIMARY KEY, `source` int, `key` int, `columns` int);

CREATE TABLE `person` (`id` int PRIMARY KEY, `person_id` int);

CREATE TABLE `people` (`id` int PRIMARY KEY, `person_id` int);

CREATE TABLE `Persons` (`id` int PRIMARY KEY, `people_id` int);

CREATE TABLE `persons` (`id` int PRIMARY KEY);

CREATE TABLE `None` (`True` int PRIMARY KEY, `None` int, `False` int, `self` int, `print` int);

CREATE TABLE `django_migrations` (`id` int PRIMARY KEY, `app` int);

CREATE TABLE `auth_user` (`id` int PRIMARY KEY, `password` varchar(80));

CREATE TABLE `delamp_run` (`id` int PRIMARY KEY, `table` int);

INSERT INTO `order` VALUES (1, 1, 2), (2, 7, NULL);

INSERT INTO `class` VALUES (1, 1, 'a'), (2, 2, '');

INSERT INTO `user` VALUES (1, 2, 3), (4, 5, 6);

INSERT INTO `1abc` VALUES (1, 2);

INSERT INTO `nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn` VALUES (1, 'x');

INSERT INTO `nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn` VALUES (1, 1);

INSERT INTO `quo'te"s` VALUES (1, 2, 3);

INSERT INTO `back``tick` VALUES (1, 2, 3, 4, 5);

INSERT INTO `per%cent %s` VALUES (1, 2, 3, 4, 5);

INSERT INTO `.` VALUES (1, 2, 3, 4, 5, 6);

INSERT INTO `model` VALUES (1, 2, 3, 4);

INSERT INTO `models` VALUES (1, 1);

INSERT INTO `model_mapping` VALUES (1, 2, 3, 4);

INSERT INTO `people` VALUES (1, 1);

INSERT INTO `person` VALUES (1, 1);

INSERT INTO `Persons` VALUES (1, 1);

INSERT INTO `None` VALUES (1, 2, 3, 4, 5);

INSERT INTO `auth_user` VALUES (1, '5f4dcc3b5aa765d61d8327deb882cf99');

INSERT INTO `special"[``]$'` VALUES (1, 123);
