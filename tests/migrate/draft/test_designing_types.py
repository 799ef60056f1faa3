"""The field and the steps that each kind of column gets, and that the compiler takes the pair."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

import mappings
from mappings import steps
from mappings.compiler.column import compile_column
from mappings.target import target_field
from migrate.draft.design import Field, MappingLine, Project
from migrate.draft.designing import design_project
from migrate.draft.facts import ColumnEvidence as Seen
from tests.migrate.draft.facts_by_hand import column, facts, table, unique

ID = column("id", "int(11)")


def drafted(
    column_type: str, seen: Seen | None = None, *, name: str = "v", **more: Any
) -> tuple[Field, MappingLine, Project]:
    """What becomes of one column; the compiler must take it, with every face."""
    zone = more.pop("zone", "UTC")
    mariadb = more.pop("mariadb", True)
    indexes = more.pop("indexes", ())
    rows = more.pop("rows", 10)
    given = column(name, column_type, **more)
    evidence = {name: seen} if seen else {}
    one = table("things", ID, given, key="id", rows=rows, evidence=evidence, indexes=indexes)
    project = design_project(facts(one, mariadb=mariadb), app="app", time_zone=zone)
    model = project.models[0]
    field = next(f for f in model.fields if f.name not in ("id",))
    line = next(m for m in model.mapping if m.name == field.name)
    _compile(field, line, given, dict(model.mapping_meta))
    return field, line, project


def _compile(field: Field, line: MappingLine, given: Any, meta: dict[str, str]) -> None:
    names = {"models": models, "ArrayField": ArrayField, "Decimal": Decimal, "timezone": timezone}
    if field.choices_class:
        members = {c.name: (eval(c.value), c.label) for c in field.choices}
        names[field.choices_class] = models.TextChoices(field.choices_class, members)  # type: ignore[assignment]
    made = eval(f"{field.cls}({', '.join(field.arguments)})", names)
    made.set_attributes_from_name(field.name)
    declared = eval(line.declaration, {"steps": steps, "Column": mappings.Column})
    zone = eval(meta["time_zone"]) if "time_zone" in meta else None
    compile_column("test", given, declared.steps, target_field(made, "default"), time_zone=zone)


def shown(field: Field) -> str:
    return f"{field.cls.removeprefix('models.')}({', '.join(field.arguments)})"


def steps_of(line: MappingLine) -> str:
    return line.declaration.partition(", ")[2].removesuffix(")")


@pytest.mark.parametrize(
    ("column_type", "expected"),
    [
        ("tinyint(4)", "SmallIntegerField()"),
        ("tinyint(3) unsigned", "PositiveSmallIntegerField()"),
        ("smallint(6)", "SmallIntegerField()"),
        ("smallint(5) unsigned", "PositiveIntegerField()"),
        ("mediumint(8) unsigned", "PositiveIntegerField()"),
        ("int(11)", "IntegerField()"),
        ("int(10) unsigned", "PositiveBigIntegerField()"),
        ("bigint(20)", "BigIntegerField()"),
        ("bigint(20) unsigned", "PositiveBigIntegerField()"),
        ("bit(1)", "BooleanField()"),
        ("bit(8)", "PositiveSmallIntegerField()"),
        ("bit(64)", "DecimalField(max_digits=20, decimal_places=0)"),
        ("year(4)", "PositiveSmallIntegerField()"),
        ("decimal(10,2)", "DecimalField(max_digits=10, decimal_places=2)"),
        ("double", "FloatField()"),
        ("float(10,2)", "DecimalField(max_digits=11, decimal_places=2)"),
        ("double(14,3)", "DecimalField(max_digits=15, decimal_places=3)"),
        ("double(15,3)", "FloatField()"),
        ("float", "FloatField()"),
        ("varchar(80)", "CharField(max_length=80)"),
        ("varchar(0)", "CharField(max_length=1)"),
        ("char(2)", "CharField(max_length=2)"),
        ("text", "TextField()"),
        ("date", "DateField()"),
        ("datetime", "DateTimeField()"),
        ("timestamp", "DateTimeField()"),
        ("time", "TimeField()"),
        ("blob", "BinaryField()"),
        ("varbinary(20)", "BinaryField()"),
        ("json", "JSONField()"),
        ("point", "BinaryField()"),
        ("uuid", "UUIDField()"),
        ("set('a','bc')", "ArrayField(models.CharField(max_length=2), blank=True, default=list)"),
    ],
)
def test_each_type_has_its_field(column_type: str, expected: str) -> None:
    field, line, _ = drafted(column_type)
    assert shown(field) == expected
    assert line.declaration == 'Column("v")'


@pytest.mark.parametrize(
    ("column_type", "more", "expected"),
    [
        ("varchar(8)", {"charset": "latin1"}, "steps.replace_nul()"),
        ("varchar(8)", {}, "steps.replace_invalid(), steps.replace_nul()"),
        ("text", {}, "steps.replace_invalid(), steps.replace_nul()"),
        ("date", {}, 'steps.zero_dates(partial="null")'),
        ("timestamp", {}, 'steps.zero_dates(partial="null")'),
        (
            "datetime",
            {"zone": "Europe/Copenhagen"},
            'steps.zero_dates(partial="null"), '
            'steps.local_time("Europe/Copenhagen", gap="shift", beyond="null")',
        ),
        ("blob", {}, ""),
        ("time", {}, ""),
        ("int(11)", {}, ""),
    ],
)
def test_what_nobody_looked_at_has_the_steps_that_refuse_nothing(
    column_type: str, more: dict[str, Any], expected: str
) -> None:
    field, line, _ = drafted(column_type, rows=None, **more)
    assert steps_of(line) == expected
    assert ("null=True" in field.arguments) is ("zero_dates" in expected)


def test_what_is_unique_and_nobody_looked_at_has_no_steps() -> None:
    _, line, _ = drafted("varchar(8)", rows=None, indexes=(unique("v"),))
    assert steps_of(line) == ""


@pytest.mark.parametrize(
    ("column_type", "default", "argument"),
    [
        ("int(11)", "7", "default=7"),
        ("tinyint(1)", "1", "default=True"),
        ("bit(1)", "b'0'", "default=False"),
        ("decimal(10,2)", "0.00", "default=0"),
        ("decimal(10,2)", "1.50", 'default=Decimal("1.50")'),
        ("double", "0.5", "default=0.5"),
        ("varchar(80)", "'new \\'x\\''", "default=\"new 'x'\""),
        ("enum('new','old')", "'old'", "default=V.OLD"),
        ("enum('Y','N')", "'N'", "default=False"),
        ("timestamp", "current_timestamp()", "default=timezone.now"),
    ],
)
def test_defaults_are_carried_over(column_type: str, default: str, argument: str) -> None:
    field, _, _ = drafted(column_type, default=default)
    assert argument in field.arguments


@pytest.mark.parametrize("default", ["NULL", "uuid()", "(1 + 1)", None])
def test_no_default_is_made_of_an_expression(default: str | None) -> None:
    field, _, _ = drafted("varchar(80)", default=default)
    assert not [a for a in field.arguments if a.startswith("default=")]


def test_mysql_writes_the_texts_of_defaults_bare() -> None:
    field, _, _ = drafted("varchar(80)", default="new", mariadb=False)
    assert 'default="new"' in field.arguments


def test_null_and_empty_texts_are_allowed_where_the_catalogue_or_a_row_has_them() -> None:
    assert shown(drafted("varchar(8)", nullable=True)[0]).endswith("null=True, blank=True)")
    assert shown(drafted("varchar(8)", Seen(empty=1))[0]).endswith("blank=True)")
    assert shown(drafted("varchar(8)", default="''")[0]).endswith("blank=True)")
    assert "null=True" in drafted("int(11)", nullable=True)[0].arguments


@pytest.mark.parametrize(
    ("seen", "cls"),
    [
        (Seen(minimum=Decimal(0), maximum=Decimal(1)), "models.BooleanField"),
        (Seen(), "models.BooleanField"),
        (Seen(minimum=Decimal(0), maximum=Decimal(7)), "models.SmallIntegerField"),
        (Seen(minimum=Decimal(-1), maximum=Decimal(1)), "models.SmallIntegerField"),
    ],
)
def test_tinyint_1_is_a_boolean_if_no_row_says_otherwise(seen: Seen, cls: str) -> None:
    assert drafted("tinyint(1)", seen)[0].cls == cls


def test_without_evidence_tinyint_1_is_a_number() -> None:
    assert drafted("tinyint(1)", rows=None)[0].cls == "models.SmallIntegerField"


def test_an_unsigned_bigint_with_a_default_beyond_postgresqls_is_a_decimal() -> None:
    field, _, _ = drafted("bigint(20) unsigned", default="18446744073709551615")
    assert shown(field).startswith("DecimalField(max_digits=20, decimal_places=0")
    assert "default=18446744073709551615" in field.arguments


def test_an_unsigned_bigint_beyond_postgresqls_is_a_decimal() -> None:
    seen = Seen(minimum=Decimal(0), maximum=Decimal(2**64 - 1))
    assert drafted("bigint(20) unsigned", seen)[0].cls == "models.DecimalField"


EPOCH = Seen(
    minimum=Decimal(0),
    maximum=Decimal(1_400_000_000),
    zeros=3,
    sampled=5,
    looks={"epoch": 5},
)


def test_seconds_since_1970_are_moments_and_0_is_never() -> None:
    field, line, _ = drafted("int(11)", EPOCH, name="created")
    assert field.cls == "models.DateTimeField" and "null=True" in field.arguments
    assert steps_of(line) == "steps.null_if(0), steps.from_unixtime"


@pytest.mark.parametrize(
    "seen",
    [
        Seen(minimum=Decimal(-1), maximum=Decimal(1_400_000_000), sampled=5, looks={"epoch": 5}),
        Seen(minimum=Decimal(0), maximum=Decimal(2**40), sampled=5, looks={"epoch": 5}),
        Seen(minimum=Decimal(0), maximum=Decimal(1_400_000_000), sampled=5, looks={"epoch": 3}),
    ],
)
def test_numbers_that_are_no_moments_stay_numbers(seen: Seen) -> None:
    assert drafted("bigint(20)", seen, name="created")[0].cls == "models.BigIntegerField"


def test_a_few_numbers_of_that_size_without_a_telling_name_stay_numbers() -> None:
    assert drafted("int(11)", EPOCH, name="serial")[0].cls == "models.IntegerField"


def test_a_moment_in_a_unique_index_stays_as_it_is() -> None:
    field, line, _ = drafted("int(11)", EPOCH, name="created", indexes=[unique("created")])
    assert field.cls == "models.IntegerField" and steps_of(line) == ""


@pytest.mark.parametrize(
    ("column_type", "seen", "expected"),
    [
        ("enum('Y','N')", Seen(), "steps.to_boolean"),
        ("enum('0','1')", Seen(), "steps.to_boolean"),
        ("enum('No','Yes')", Seen(), "steps.to_boolean"),
        ("enum('true','false')", Seen(), "steps.to_boolean"),
        ("enum('Y','N')", Seen(empty=2), "steps.null_if_empty, steps.to_boolean"),
    ],
)
def test_enums_of_yes_and_no_are_booleans(column_type: str, seen: Seen, expected: str) -> None:
    field, line, _ = drafted(column_type, seen)
    assert field.cls == "models.BooleanField"
    assert steps_of(line) == expected
    assert ("null=True" in field.arguments) == bool(seen.empty)


def test_other_enums_are_choices() -> None:
    field, line, _ = drafted("enum('new','in-progress','it''s')", Seen(empty=1))
    assert field.choices_class == "V"
    assert [(c.name, eval(c.value)) for c in field.choices] == [
        ("NEW", "new"),
        ("IN_PROGRESS", "in-progress"),
        ("IT_S", "it's"),
    ]
    assert field.arguments == ("max_length=11", "choices=V", "blank=True")
    assert line.declaration == 'Column("v")'


def test_zero_dates_become_null() -> None:
    field, line, project = drafted("datetime", Seen(zero_dates=2))
    assert "null=True" in field.arguments
    assert steps_of(line) == 'steps.zero_dates(partial="null")'
    assert "2 of" in next(d for d in project.decisions if d.topic == "null").evidence


def test_a_default_of_zeros_says_that_zero_dates_will_come() -> None:
    assert "null=True" in drafted("date", default="'0000-00-00'")[0].arguments


def test_partial_dates_stay_text_because_any_date_would_say_more_than_they_do() -> None:
    field, line, _ = drafted("date", Seen(partial_dates=1))
    assert field.cls == "models.CharField" and steps_of(line) == ""


def test_clocks_of_another_zone_are_read_there_and_none_is_refused() -> None:
    _, line, _ = drafted("datetime", Seen(latest="2020-01-01 00:00:00"), zone="Europe/Copenhagen")
    assert steps_of(line) == 'steps.local_time("Europe/Copenhagen", gap="shift")'


@pytest.mark.parametrize(("first", "last"), [("0001-01-01", None), (None, "9999-12-31 23:59:59")])
def test_clocks_at_the_edge_of_the_calendar_are_read_in_utc(
    first: str | None, last: str | None
) -> None:
    _, line, _ = drafted("datetime", Seen(earliest=first, latest=last), zone="America/New_York")
    assert steps_of(line) == 'steps.local_time("UTC", gap="shift")'


def test_times_beyond_a_day_are_durations() -> None:
    assert drafted("time", Seen(odd_times=1))[0].cls == "models.DurationField"
    assert drafted("time", rows=None)[0].cls == "models.DurationField"


def test_zero_bytes_and_bytes_of_no_charset_are_replaced() -> None:
    _, line, _ = drafted("varchar(80)", Seen(nul_bytes=1, bad_charset=1))
    assert steps_of(line) == "steps.replace_invalid(), steps.replace_nul()"


def test_serialised_values_are_json_and_other_texts_among_them_are_kept() -> None:
    field, line, _ = drafted("text", Seen(sampled=10, looks={"serialized": 6}))
    assert field.cls == "models.JSONField"
    assert steps_of(line) == 'steps.php_unserialize(plain="text")'
    _, line, _ = drafted("text", Seen(sampled=10, looks={"serialized": 1}), name="meta_value")
    assert steps_of(line) == 'steps.php_unserialize(plain="text")'
    assert drafted("text", Seen(sampled=10, looks={"serialized": 1}))[0].cls == "models.TextField"


def test_json_in_text_is_json() -> None:
    field, line, _ = drafted("text", Seen(sampled=10, looks={"json": 10}))
    assert field.cls == "models.JSONField"
    assert steps_of(line) == 'steps.parse_json(plain="text")'


def test_passwords_get_djangos_form() -> None:
    seen = Seen(sampled=4, looks={"password": 4}, looks_whole=True)
    field, line, project = drafted("varchar(64)", seen, name="user_pass")
    assert "max_length=255" in field.arguments and steps_of(line) == "steps.php_password()"
    assert project.has_passwords
    field, _, project = drafted("varchar(64)", seen, name="activation")
    assert "max_length=64" in field.arguments and not project.has_passwords


@pytest.mark.parametrize(
    ("seen", "packages"),
    [
        ({"examples": ("$2y$10$abc",)}, ("bcrypt",)),
        ({"examples": ("$wp$2y$10$abc",)}, ("bcrypt",)),
        ({"examples": ("5ebe2294ecd0e0f0",), "values": {"$2a$10$abc": 1}}, ("bcrypt",)),
        ({"examples": ("$argon2id$v=19$m", "$2b$12$abc")}, ("bcrypt", "argon2-cffi")),
        ({"examples": ("$P$Babcdef", "5ebe2294ecd0e0f0")}, ()),
    ],
)
def test_packages_that_hashes_need_are_told(
    seen: dict[str, Any], packages: tuple[str, ...]
) -> None:
    evidence = Seen(sampled=4, looks={"password": 4}, looks_whole=True, **seen)
    _, _, project = drafted("varchar(64)", evidence, name="user_pass")
    assert project.hash_packages == packages
    # No password, no hash.
    _, _, project = drafted("varchar(64)", Seen(sampled=4, **seen), name="remark")
    assert project.hash_packages == ()


def test_wrong_charsets_and_entities_are_repaired_in_short_texts() -> None:
    seen = Seen(sampled=9, looks={"mojibake": 1, "html": 1}, examples=("Tom &amp; Jerry",))
    assert steps_of(drafted("varchar(80)", seen)[1]) == "steps.repair_charset, steps.html_unescape"
    tags = Seen(sampled=9, looks={"html": 9}, examples=("<b>Tom &amp; Jerry</b>",))
    assert steps_of(drafted("varchar(80)", tags)[1]) == ""


@pytest.mark.parametrize(
    ("column_type", "example", "more", "routine", "instead"),
    [
        ("text", "Tom &amp; Jerry", {}, False, True),
        ("varchar(80)", "<b>Tom &amp; Jerry</b>", {}, True, True),
        ("varchar(80)", "Tom &amp; Jerry", {"indexes": [unique("v")]}, False, False),
    ],
)
def test_entities_that_are_left_are_told_as_well(
    column_type: str, example: str, more: dict[str, Any], routine: bool, instead: bool
) -> None:
    seen = Seen(sampled=9, looks={"html": 4}, examples=(example,))
    _, line, project = drafted(column_type, seen, **more)
    assert "html_unescape" not in line.declaration
    (told,) = (d for d in project.decisions if "HTML entities" in d.chosen)
    assert told.chosen == "HTML entities are left as they are"
    assert "4 of 9 values" in told.evidence and told.routine == routine
    assert ("steps.html_unescape" in told.instead) == instead
    # Bare, Markdown would show a tag's bracket in its place.
    assert ("`&lt;`" in told.cost) == instead


def test_time_of_the_last_change_goes_on_being_set() -> None:
    both = column("t", "timestamp", default="current_timestamp()")
    made = column("made", "timestamp", default="current_timestamp()")
    one = table("things", ID, both, made, key="id", on_update=("t",))
    project = design_project(facts(one), app="app")
    _, changed, created = project.models[0].fields
    assert changed.arguments == ("auto_now=True",)
    assert created.arguments == ("default=timezone.now",)
    (told,) = (d for d in project.decisions if d.column == "t")
    assert told.routine and "ON UPDATE" in told.evidence
    assert told.instead.endswith("t = models.DateTimeField(default=timezone.now)")


def test_repairs_leave_a_unique_column_alone() -> None:
    seen = Seen(sampled=9, looks={"mojibake": 1, "html": 1})
    assert steps_of(drafted("varchar(80)", seen, indexes=[unique("v")])[1]) == ""


def test_binary_columns_that_hold_utf8_are_text() -> None:
    field, line, _ = drafted("varbinary(20)", Seen(longest=5, longest_bytes=5))
    assert shown(field) == "CharField(max_length=20)"
    assert steps_of(line) == 'steps.decode_utf8(invalid="latin1")'
    assert drafted("blob", Seen(longest=5, bad_utf8=1))[0].cls == "models.BinaryField"
    assert drafted("blob", Seen(longest=5, nul_bytes=1))[0].cls == "models.BinaryField"


def test_addresses_in_numbers_are_addresses() -> None:
    seen = Seen(minimum=Decimal(0), maximum=Decimal(2**31), sampled=3, looks={"ip_int": 3})
    field, line, _ = drafted("int(10) unsigned", seen, name="user_ip")
    assert field.cls == "models.GenericIPAddressField" and steps_of(line) == "steps.int_to_ip"


def test_what_a_person_may_make_more_of_is_said() -> None:
    _, _, project = drafted("varchar(80)", Seen(sampled=5, looks={"comma_list": 5}))
    assert "split" in next(d for d in project.decisions if d.column == "v").instead


def test_comments_help() -> None:
    assert (
        'help_text="Who \\"did\\" it"' in drafted("int(11)", comment='Who "did"\n it')[0].arguments
    )


def test_a_type_that_delamp_cannot_read_has_no_field() -> None:
    one = table("things", ID, column("v", "vector"), key="id")
    project = design_project(facts(one), app="app")
    assert [f.name for f in project.models[0].fields] == ["id"]
    assert "vector" in next(d for d in project.decisions if d.column == "v").evidence
