"""What Django changed, exported and applied to the legacy database, leaves a clean verification."""

from __future__ import annotations

from collections.abc import Callable

import psycopg2
import pymysql
import pytest

from migrate.changelog.reading import condition
from migrate.errors import ConfigError
from tests.migrate.changelog.conftest import (
    LEGACY,
    MAPPINGS,
    MODELS,
    apply,
    back,
    differences,
    in_django,
)
from tests.migrate.conftest import Shop

CHANGES = {
    "texts": "Maker.objects.filter(id=1)"
    ".update(name='<b> & \"x\"', bio='Smørrebrød €', email=None)",
    "unicode beyond three bytes": "Maker.objects.filter(id=1).update(name='\U0001f600')",
    "quotes, backslashes and line ends": "Icon.objects.filter(id=1).update("
    "title='a\\\\b \\'c\\' \"d\"\\n\\r\\t\\x1a')",
    "booleans": "Maker.objects.filter(id=3).update(is_active=False, is_staff=True, is_boss=True)",
    "static map": "[Maker.objects.filter(id=n).update(level=v)"
    " for n, v in ((1, 'none'), (2, 'free'), (3, 'paid'))]",
    "moments": "Maker.objects.filter(id=2).update(joined=dt.datetime(2026, 7, 1, 1, 2, 3,"
    " tzinfo=dt.UTC), seen=dt.datetime(2026, 1, 31, 23, 30, tzinfo=dt.UTC),"
    " stamped=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), born=dt.date(1999, 12, 31))",
    "nothing any more": "Maker.objects.filter(id=1).update(joined=None, seen=None, stamped=None,"
    " born=None, price=None, ratio=None, ip=None, prefs=None, photo=None, spent=None)",
    "numbers": "Maker.objects.filter(id=2).update(fee=Decimal('-3.07'), price=Decimal('0.10'),"
    " ratio=1e-7, ip='255.255.255.255')",
    "arrays and bytes": "Maker.objects.filter(id=2).update(likes=['q', 'ø'], kinds=['x', 'z'],"
    " photo=bytes(range(48)), spent=dt.timedelta(hours=99, seconds=7))",
    "structures": "Maker.objects.filter(id=2)"
    ".update(prefs={'a': [1, 2.5, None, True, 'ø'], '7': []})",
    "paths": "Maker.objects.filter(id=2).update(avatar='new/me.png')",
    "a row born in Django": "Maker.objects.create(id=77, name='new', level='paid')",
    "a row with children": "m = Maker.objects.create(name='m', level='free'); "
    "i = Icon.objects.create(title='i', maker=m, secret=''); i.tags.set([1, 3])",
    "a parent deleted with its children": "Icon.objects.get(id=1).delete()",
    "many to many": "i = Icon.objects.get(id=2); i.tags.clear(); i.tags.add(2, 3)",
    "a key changed": "with transaction.atomic():\n"
    "    Tag.objects.filter(id=3).update(id=30)\n"
    "    Icon.tags.through.objects.filter(tag_id=3).update(tag_id=30)",
    "unique values that change places": "\n".join((
        "with transaction.atomic():",
        "    Tag.objects.filter(id=1).update(word='parked')",
        "    Tag.objects.filter(id=2).update(word='red')",
        "    Tag.objects.filter(id=1).update(word='green')",
    )),
    "rolled back": "\n".join((
        "try:",
        "    with transaction.atomic():",
        "        Tag.objects.all().update(word='gone'[:3])",
        "except Exception: pass",
    )),
    "written and deleted": "Tag.objects.create(id=9, word='n'); Tag.objects.filter(id=9).delete()",
    "truncated": "from django.db import connection\n"
    "connection.cursor().execute('TRUNCATE shop_icon_tags')",
}  # fmt: skip


@pytest.mark.slow
def test_every_kind_of_change_comes_back(logged: Shop) -> None:
    in_django(logged, "\n".join(CHANGES.values()))
    assert differences(logged) != []
    said = back(logged)
    assert "cannot" not in said
    assert differences(logged) == []


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_change_alone_comes_back(change: str, logged: Shop) -> None:
    in_django(logged, change)
    back(logged)
    assert differences(logged) == []


@pytest.mark.slow
@pytest.mark.mysql56
def test_mysql_of_the_time_takes_it_too(shop56: Callable[..., Shop]) -> None:
    made = shop56(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run")
    made.delamp("change-log", "start")
    in_django(made, "\n".join(CHANGES.values()))
    back(made)
    assert differences(made) == []


@pytest.mark.slow
def test_columns_that_no_mapping_reads_stay_as_they_are(logged: Shop) -> None:
    in_django(logged, CHANGES["texts"] + "\n" + CHANGES["a row born in Django"])
    back(logged)
    assert logged.source("SELECT id, hidden, extra, num_icons FROM makers WHERE id IN (1, 77)") == [
        (1, "keep", "k", 1), (77, "", "", 0)
    ]  # fmt: skip
    assert logged.source("SELECT name, created FROM makers WHERE id = 1") == [
        ('&lt;b&gt; &amp; "x"', 1200000000)
    ]


def test_what_has_no_inverse_is_named_and_the_rest_of_the_row_is_exported(logged: Shop) -> None:
    in_django(
        logged,
        "Icon.objects.filter(id=2).update(title='told', secret='changed')\n"
        "Maker.objects.filter(id=1).update(is_staff=False)\n"
        "Maker.objects.filter(id=2).update(bio='\U0001f600', email='UPPER@x', django_only='x')\n"
        "Maker.objects.filter(id=3).update(seen=dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC))\n",
    )
    said = back(logged, code=6)
    assert "IconMapping.secret: step shop.mappings.reversed_text has no inverse (1 change)" in said
    assert "MakerMapping.is_boss: another field wants another value of admin (1 change)" in said
    assert "MakerMapping.bio: no value of bio becomes it again (1 change)" in said
    assert "MakerMapping.email: no value of email becomes it again (1 change)" in said
    assert "MakerMapping.seen: no value of seen becomes it again (1 change)" in said
    assert "note: MakerMapping.django_only: the legacy table has no column for it" in said
    assert "4 changes cannot" in said
    assert logged.source("SELECT title, secret FROM icons WHERE id = 2") == [("told", "x")]


@pytest.mark.slow
def test_counters_and_delamps_own_writes_are_not_logged(logged: Shop) -> None:
    in_django(logged, "Maker.objects.update(icons_count=9)")
    logged.source("UPDATE tags SET word = 'blue' WHERE tag_id = 1")
    logged.delamp("resync")
    assert logged.target("SELECT count(*) FROM delamp_change") == [(0,)]


@pytest.mark.slow
def test_a_later_export_has_what_the_earlier_had_not(logged: Shop) -> None:
    in_django(logged, "Tag.objects.filter(id=1).update(word='one')")
    token = back(logged).rpartition("--since '")[2].split("'")[0]
    in_django(logged, "Tag.objects.filter(id=1).update(word='two')")
    text = logged.delamp("export-changes", "--since", token)
    assert "'two'" in text
    assert "'one'" not in text
    apply(logged, text.partition("✔")[0])
    assert differences(logged) == []
    logged.delamp("change-log", "purge", "--exported", token, "--yes")
    assert logged.target("SELECT new->>'word' FROM delamp_change") == [("two",)]


@pytest.mark.slow
def test_transactions_come_in_an_order_that_was_possible(logged: Shop) -> None:
    first, second = (psycopg2.connect(logged.target_url) for _ in range(2))
    a, b = first.cursor(), second.cursor()
    a.execute("UPDATE shop_icon SET title = 'a' WHERE id = 1")
    b.execute("UPDATE shop_tag SET word = 'free now' WHERE id = 1")
    b.execute("UPDATE shop_icon SET title = 'b' WHERE id = 2")
    second.commit()
    a.execute("UPDATE shop_tag SET word = 'red' WHERE id = 2")
    a.execute("UPDATE shop_icon SET title = 'a' WHERE id = 2")
    first.commit()
    back(logged)
    assert differences(logged) == []
    first.close()
    second.close()


@pytest.mark.slow
def test_a_transaction_that_was_open_is_in_the_next_export(logged: Shop) -> None:
    connection = psycopg2.connect(logged.target_url)
    cursor = connection.cursor()
    cursor.execute("UPDATE shop_tag SET word = 'late' WHERE id = 1")
    in_django(logged, "Tag.objects.filter(id=2).update(word='early')")
    token = back(logged).rpartition("--since '")[2].split("'")[0]
    connection.commit()
    connection.close()
    back(logged, "--since", token)
    assert differences(logged) == []


@pytest.mark.slow
def test_a_role_without_rights_on_the_log_may_write(logged: Shop) -> None:
    role = f"writer_{id(logged)}"
    logged.target(f"CREATE ROLE {role}")
    try:
        logged.target(f"GRANT SELECT, UPDATE ON shop_tag TO {role}")
        logged.target(
            f"SET ROLE {role}; SET search_path = pg_catalog;"
            " UPDATE public.shop_tag SET word = 'theirs' WHERE id = 1"
        )
        assert logged.target("SELECT new->>'word' FROM delamp_change") == [("theirs",)]
    finally:
        logged.target(f"DROP OWNED BY {role}; DROP ROLE {role}")


@pytest.mark.slow
def test_stopped_logs_nothing_more_and_leaves_nothing_behind(logged: Shop) -> None:
    in_django(logged, "Tag.objects.filter(id=1).update(word='one')")
    assert "4 tables" in logged.delamp("change-log", "stop")
    in_django(logged, "Tag.objects.filter(id=1).update(word='two')")
    said = logged.delamp("change-log", "status")
    assert "logged: no table" in said
    assert "1 change" in said
    left = "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'delamp_log%'"
    assert logged.target(left) == []
    logged.delamp("change-log", "purge", "--yes")
    assert logged.target("SELECT count(*) FROM delamp_change") == [(0,)]


@pytest.mark.parametrize("since", ["yesterday", "12", "1:2", "2026-1-1", "1:2:3'"])
def test_a_since_that_is_none_is_refused(since: str) -> None:
    with pytest.raises(ConfigError, match="--since"):
        condition(since)


@pytest.mark.parametrize("since", [None, "12:13:", "12:19:13,15", "2026-01-01", "2026-01-01 12:00"])
def test_a_since_that_is_one_is_taken(since: str | None) -> None:
    assert condition(since)


def test_rows_whose_parent_was_not_taken_back_stay_out_and_are_named(
    shop: Callable[..., Shop],
) -> None:
    viewed = MAPPINGS.replace(
        'source, model = "tags", "shop.Tag"',
        'source, model, key = "words", "shop.Tag", "tag_id"',
    )
    assert viewed != MAPPINGS
    made = shop(MODELS, viewed, *LEGACY, "CREATE VIEW words AS SELECT * FROM tags")
    made.delamp("run")
    made.delamp("change-log", "start")
    in_django(
        made,
        "Tag.objects.create(id=9, word='new')\n"
        "Icon.objects.get(id=3).tags.add(9)\nIcon.objects.get(id=3).tags.add(2)\n",
    )
    said = back(made, code=6)
    assert "TagMapping: its source is a view or a query (1 change)" in said
    assert "IconMapping.tags: its row in shop_tag was not taken back (1 change)" in said
    rows = made.source("SELECT tag_id FROM icon_tags WHERE icon_id = 3 ORDER BY 1")
    assert rows == [(2,), (3,)]
    # With its checks, MySQL finds every foreign key kept.
    assert made.source(
        "SELECT COUNT(*) FROM icon_tags i LEFT JOIN tags t USING (tag_id) WHERE t.tag_id IS NULL"
    ) == [(0,)]


SMALL_MODELS = """
from django.db import models


class Note(models.Model):
    title = models.CharField(max_length=20)
    updated = models.DateTimeField()


class Word(models.Model):
    note = models.IntegerField()
    word = models.CharField(max_length=20)
"""
SMALL_MAPPINGS = """
from mappings import Column, ModelMapping, steps


class NoteMapping(ModelMapping):
    id = Column("id")
    title = Column("title")
    updated = Column("updated")

    class Meta:
        source, model = "notes", "shop.Note"


class WordMapping(ModelMapping):
    note = Column("note")
    word = Column("word", steps.strip)

    class Meta:
        source, model = "words", "shop.Word"
"""
SMALL_LEGACY = (
    "CREATE TABLE notes (id INT PRIMARY KEY, title VARCHAR(20) NOT NULL, updated TIMESTAMP NOT NULL"
    " DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, seen DATETIME NULL"
    " ON UPDATE CURRENT_TIMESTAMP) ENGINE=InnoDB",
    "INSERT INTO notes VALUES (1, 'old', '2009-05-01 12:00:00', '2009-05-02 12:00:00')",
    "CREATE TABLE words (note INT, word VARCHAR(20)) ENGINE=InnoDB DEFAULT CHARSET=latin1",
    "INSERT INTO words VALUES (1, 'Red'), (1, 'red'), (2, ' blue'), (3, 'x'), (3, 'x')",
)


@pytest.mark.slow
def test_only_the_row_that_is_meant_changes_and_its_times_stay(shop: Callable[..., Shop]) -> None:
    made = shop(SMALL_MODELS, SMALL_MAPPINGS, *SMALL_LEGACY)
    made.delamp("run")
    made.delamp("change-log", "start")
    in_django(
        made,
        "Note.objects.update(title='new')\n"
        "Word.objects.filter(word='red').delete()\nWord.objects.filter(note=3).first().delete()\n"
        "Word.objects.filter(note=3).update(word='y')\n",
    )
    back(made)
    # The server has set neither time to that of the file.
    assert made.source("SELECT title, YEAR(updated), YEAR(seen) FROM notes") == [
        ("new", 2009, 2009)
    ]
    # Of rows without a key, not the one that the collation takes for the same.
    assert made.source("SELECT * FROM words") == [(1, "Red"), (2, " blue"), (3, "y")]
    assert differences(made) == []


@pytest.mark.slow
def test_a_row_that_cannot_be_found_again_stops_the_file(shop: Callable[..., Shop]) -> None:
    made = shop(SMALL_MODELS, SMALL_MAPPINGS, *SMALL_LEGACY)
    made.delamp("run")
    made.delamp("change-log", "start")
    in_django(made, "Word.objects.filter(note=2).update(word='green')")
    with pytest.raises(pymysql.MySQLError, match="no such row in words"):
        back(made)


@pytest.mark.slow
def test_a_row_of_a_partition_is_logged_as_of_its_table(logged: Shop) -> None:
    logged.target(
        "CREATE TABLE parted (LIKE shop_tag INCLUDING DEFAULTS) PARTITION BY LIST (word);"
        " CREATE TABLE parted_some PARTITION OF parted DEFAULT;"
        " DROP TABLE shop_icon_tags; DROP TABLE shop_tag; ALTER TABLE parted RENAME TO shop_tag;"
        " CREATE TABLE shop_icon_tags (id int, icon_id int, tag_id int)"
    )
    logged.delamp("change-log", "start")
    logged.target("INSERT INTO shop_tag (id, word) VALUES (9, 'new'); TRUNCATE shop_tag")
    assert logged.target("SELECT table_name, op FROM delamp_change ORDER BY id") == [
        ("shop_tag", "I"), ("shop_tag", "D")
    ]  # fmt: skip
