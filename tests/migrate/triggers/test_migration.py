"""The schema migration with the triggers: written once, clean afterwards, removable."""

from __future__ import annotations

from collections.abc import Callable

from tests.migrate.triggers.conftest import MAPPINGS, Counted


def objects(counted: Counted) -> list[tuple[str]]:
    """Triggers and functions of delamp in the database."""
    return counted.sql(
        "SELECT tgname::text FROM pg_trigger WHERE tgname LIKE 'delamp%' UNION ALL"
        " SELECT proname::text FROM pg_proc WHERE proname LIKE 'delamp%'"
    )


def test_makemigrations_and_a_second_call_find_nothing_to_add(counted: Counted) -> None:
    assert "No changes" in counted.manage("makemigrations", "--check", "--dry-run")
    assert "no change" in counted.delamp("counters", "migration", "shop")


def test_backwards_removes_everything_and_forwards_makes_it_again(counted: Counted) -> None:
    before = sorted(objects(counted))
    assert len(before) > 20
    counted.manage("migrate", "shop", "0001", "-v0")
    assert objects(counted) == []
    counted.manage("migrate", "-v0")
    assert sorted(objects(counted)) == before


def test_changed_mappings_are_one_more_migration_that_backwards_undoes(
    filled: Callable[..., Counted],
) -> None:
    counted = filled()
    less = MAPPINGS.replace('    newest = Latest("shop.Icon", "title", by="maker", ', "    # (")
    counted.project.write("shop/mappings.py", less.replace("| Q(size__gt=90)", ""))
    assert "shop_maker no longer" in counted.delamp("counters", "migration", "shop")
    assert "no change" in counted.delamp("counters", "migration", "shop")
    counted.manage("migrate", "-v0")
    counted.delamp("counters", "rebuild", "-q")
    counted.sql("UPDATE shop_icon SET title = 'z', at = 99, size = 99 WHERE id = 1")
    assert {row[0] for row in counted.wrong()} == {"shop_maker"}
    assert "all true" in counted.delamp("counters", "check")
    counted.manage("migrate", "shop", "0002", "-v0")
    counted.project.write("shop/mappings.py", MAPPINGS)
    assert "missing" not in counted.delamp("counters", "rebuild")
    counted.sql("UPDATE shop_icon SET title = 'y', at = 98, size = 1 WHERE id = 1")
    assert counted.wrong() == []
    assert "missing" not in counted.delamp("counters", "check")


def test_dry_run_prints_the_file_and_writes_none(counted: Counted) -> None:
    counted.project.write("shop/mappings.py", MAPPINGS.replace('status="off"', 'status="no"'))
    said = counted.delamp("counters", "migration", "shop", "--dry-run")
    assert "migrate.operations.CounterTriggers(" in said
    assert len(list((counted.project.folder / "shop/migrations").glob("0*.py"))) == 2


def test_a_filter_over_another_table_is_refused(counted: Counted) -> None:
    wrong = MAPPINGS.replace('~Q(status="off")', 'Q(maker__name="x")')
    counted.project.write("shop/mappings.py", wrong)
    said = counted.delamp("counters", "migration", "shop", code=3)
    assert "MakerMapping.weight: filter reads other tables" in said
    assert "1 trigger is missing (MakerMapping.weight: filter" in counted.delamp(
        "counters", "check"
    )


def test_an_app_without_migrations_is_refused(counted: Counted) -> None:
    said = counted.delamp("counters", "migration", "shopp", code=3)
    assert "makemigrations" in said


def test_check_names_wrong_values_and_missing_triggers_and_rebuild_repairs(
    filled: Callable[..., Counted],
) -> None:
    counted = filled()
    counted.sql(
        "DROP TRIGGER delamp_shop_maker_ins ON shop_icon",
        "INSERT INTO shop_icon (id, maker_id, title, status, size, at)"
        " VALUES (99, 1, 'x', 'free', 999, 99)",
    )
    said = counted.delamp("counters", "check", code=6)
    assert "shop.Maker.icons of 1: 8, counted 9" in said
    assert "1 trigger is missing (shop_icon.delamp_shop_maker_ins" in said
    said = counted.delamp("counters", "rebuild", "shop.Maker")
    # The sum over makers follows, although it was not asked for.
    assert "shop.Maker: counters of 1 row set anew" in said
    assert "shop.Group: counters of 1 row set anew" in said
    assert counted.wrong() == []
