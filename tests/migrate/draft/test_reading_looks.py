"""What values look like: each look by a value that has it and one that has it not."""

from __future__ import annotations

import pytest

from mappings.catalogue import SourceColumn
from migrate.draft.reading.looks import judge
from migrate.draft.reading.samples import LONGEST
from tests.migrate.draft.fix_reading import facts_of, insert, make, seen

TEXT = SourceColumn(name="v", data_type="text", column_type="text", charset="utf8mb4")
PASSWORD = SourceColumn(name="user_passwd", data_type="varchar", column_type="varchar(60)")
NUMBER = SourceColumn(name="v", data_type="int", column_type="int(11)")
BYTES = SourceColumn(name="v", data_type="blob", column_type="blob")
MD5 = "5f4dcc3b5aa765d61d8327deb882cf99"


@pytest.mark.parametrize(
    ("column", "value", "looks"),
    [
        (TEXT, 'a:1:{s:1:"a";i:1;}', {"serialized"}),
        (TEXT, 'O:3:"Foo":0:{}', {"serialized"}),
        (TEXT, "b:0;", {"serialized"}),
        (TEXT, 'a:1:{s:9:"a";i:1;}', set()),
        (BYTES, b'a:1:{i:0;s:1:"\xe9";}', {"serialized"}),
        (BYTES, b"\xff\xfe", set()),
        (TEXT, '{"a": [1, 2]}', {"json"}),
        (TEXT, "[]", {"json"}),
        (TEXT, "[NaN]", set()),
        (TEXT, r'["\u0000"]', set()),
        (TEXT, r'["\ud800"]', set()),
        (TEXT, r'["\ud83d\ude00"]', {"json"}),
        (TEXT, "5", set()),
        (TEXT, "fish &amp; chips", {"html"}),
        (TEXT, "fish & chips; AT&T", set()),
        (TEXT, "cafÃ©", {"mojibake"}),
        (TEXT, "café", set()),
        (TEXT, MD5, {"password"}),
        (PASSWORD, MD5, {"password"}),
        (PASSWORD, "hunter2", {"clear_password"}),
        (TEXT, "hunter2", set()),
        (NUMBER, "1234567890", {"epoch", "ip_int"}),
        (NUMBER, "3232235777", {"ip_int"}),
        (NUMBER, "123456", set()),
        (NUMBER, "-1234567890", set()),
        (NUMBER, "20090131235959", {"digits14"}),
        (NUMBER, "20091331235959", set()),
        (TEXT, "20090131235959", {"digits14"}),
        (TEXT, "uploads/2009/photo one.jpg", set()),
        (TEXT, "uploads/2009/photo.jpg", {"path"}),
        (TEXT, "photo.jpg", {"path"}),
        (TEXT, "e.g", set()),
        (TEXT, "https://example.org/a?b=1", {"url"}),
        (TEXT, "see https://example.org/", set()),
        (TEXT, "6ba7b810-9dad-11d1-80b4-00c04fd430c8", {"uuid"}),
        (TEXT, "1,2, 3", {"comma_list"}),
        (TEXT, "Hello, dear world", set()),
    ],
)
def test_a_value_looks_like_what_it_is(
    column: SourceColumn, value: str | bytes, looks: set[str]
) -> None:
    raw = value if isinstance(value, bytes) else value.encode()
    found = judge(column, [raw], whole=True)
    assert (found.sampled, set(found.looks)) == (1, looks)


def test_nothing_is_judged_of_null_empty_zero_and_what_was_cut() -> None:
    found = judge(NUMBER, [None, b"0", b"", b"5"], whole=True)
    assert (found.sampled, found.whole, found.examples) == (1, True, ("5",))
    cut = judge(TEXT, [b"x" * LONGEST, "é".encode() * (LONGEST - 1), b"y"], whole=True)
    assert (cut.sampled, cut.whole) == (2, False)


def test_a_column_that_mostly_looks_serialised_is_judged_whole(source_db: str) -> None:
    make(
        source_db,
        "CREATE TABLE t (id INT PRIMARY KEY, meta TEXT, note TEXT)",
        """INSERT INTO t SELECT seq, IF(seq = 2500, 'not so', CONCAT('a:1:{i:0;i:', seq, ';}')),
           CONCAT('note ', seq) FROM seq_1_to_5000""",
    )
    facts = facts_of(source_db)
    meta, note = seen(facts, "t", "meta"), seen(facts, "t", "note")
    assert (meta.sampled, meta.looks, meta.looks_whole) == (5000, {"serialized": 4999}, True)
    assert (note.sampled, note.looks, note.looks_whole) == (1000, {}, False)
    assert note.examples == ("note 1", "note 2", "note 3")


def test_both_ends_of_a_table_are_looked_at(source_db: str) -> None:
    make(
        source_db,
        "CREATE TABLE t (id INT PRIMARY KEY, user_pass VARCHAR(64) NOT NULL)",
        "INSERT INTO t SELECT seq, IF(seq <= 3000, MD5(seq),"
        " CONCAT('$P$B', SUBSTR(SHA2(seq, 256), 1, 30))) FROM seq_1_to_6000",
    )
    found = seen(facts_of(source_db), "t", "user_pass")
    assert (found.sampled, found.looks) == (1000, {"password": 1000})


def test_a_value_larger_than_the_sample_reads_is_not_judged_by_its_beginning(
    legacy_db: str,
) -> None:
    long = f"CONCAT('[\"', REPEAT('x', {LONGEST}), '\"]')"
    make(legacy_db, "CREATE TABLE t (v LONGTEXT)", insert("t", [long, "'[1]'"]))
    found = seen(facts_of(legacy_db), "t", "v")
    # The small one is JSON, so the column was read whole, and the large one is JSON, too.
    assert (found.sampled, found.looks, found.looks_whole) == (2, {"json": 2}, True)
    assert found.longest == LONGEST + 4
