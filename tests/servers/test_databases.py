"""The fixtures that every other test stands on."""

from __future__ import annotations

import os

import psycopg2
import pytest
from django.db import connection

from migrate.servers import MySQL56
from tests.fix_servers import connect_mysql


def test_source_database_is_empty_and_writable(source_db: str) -> None:
    with connect_mysql(source_db) as source, source.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        assert cursor.fetchall() == ()
        cursor.execute("CREATE TABLE t (id INT PRIMARY KEY) ENGINE=MyISAM")


def test_target_database_is_empty_and_utf8(target_db: str) -> None:
    target = psycopg2.connect(target_db)
    with target.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert cursor.fetchone() == (0,)
        cursor.execute("SHOW server_encoding")
        assert cursor.fetchone() == ("UTF8",)
    target.close()


def test_django_uses_the_target_database(django_target: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        (name,) = cursor.fetchone()
    assert f"/{name}?" in django_target or django_target.endswith(f"/{name}")


@pytest.mark.mysql56
@pytest.mark.skipif("MYSQL_URL" in os.environ, reason="MYSQL_URL names another server")
def test_mysql56_has_the_defaults_of_its_age(mysql56: MySQL56, source_db56: str) -> None:
    assert mysql56.version.startswith("5.6.")
    with connect_mysql(source_db56) as source, source.cursor() as cursor:
        cursor.execute("SELECT @@character_set_database, @@max_allowed_packet, @@binlog_format")
        assert cursor.fetchone() == ("latin1", 4 * 1024 * 1024, "ROW")
