"""The guards of local_time hold every time that a clock skipped or showed twice."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.steps.clock_changes import clock_changes, is_constant, unsettled_hours

ZONES = [
    "Europe/Copenhagen",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "America/Nuuk",
    "Asia/Kathmandu",
    "Africa/Monrovia",
    "UTC",
]

naive = st.datetimes(datetime.datetime.fromisoformat("1970-01-02"))


def is_unsettled(moment: datetime.datetime, zone: str) -> bool:
    first = moment.replace(tzinfo=ZoneInfo(zone), fold=0)
    return first.utcoffset() != first.replace(fold=1).utcoffset()


def is_guarded(moment: datetime.datetime, zone: str) -> bool:
    hours, later = unsettled_hours(zone)
    if moment.year > 2199:
        return moment.month * 100 + moment.hour in later
    return (moment.toordinal() + 365) * 24 + moment.hour in hours


@pytest.mark.parametrize("zone", ZONES)
def test_change_begins_and_ends_where_pythons_offsets_change(zone: str) -> None:
    tick = datetime.timedelta(microseconds=1)
    for change in clock_changes(zone):
        assert change.start < change.end
        assert is_unsettled(change.start, zone)
        assert is_unsettled(change.end - tick, zone)
        assert not is_unsettled(change.start - tick, zone)
        assert not is_unsettled(change.end, zone)
        assert is_guarded(change.start, zone)
        assert is_guarded(change.end - tick, zone)


@pytest.mark.parametrize("zone", ZONES)
def test_every_half_hour_of_five_years_is_told_right(zone: str) -> None:
    half_hour = datetime.timedelta(minutes=30)
    moment = datetime.datetime.fromisoformat("2008-01-01")
    changes = set(unsettled_hours(zone)[0])
    found = set()
    while moment.year < 2013:
        if is_unsettled(moment, zone):
            found.add((moment.toordinal() + 365) * 24 + moment.hour)
        moment += half_hour
    assert found <= changes


@given(naive, st.sampled_from(ZONES))
def test_no_unsettled_time_escapes(moment: datetime.datetime, zone: str) -> None:
    assert is_guarded(moment, zone) or not is_unsettled(moment, zone)


@settings(max_examples=12, deadline=None)
@given(st.integers(2200, 9998), st.sampled_from(ZONES[:3]))
def test_no_unsettled_time_of_the_far_future_escapes(year: int, zone: str) -> None:
    half_hour = datetime.timedelta(minutes=30)
    moment = datetime.datetime.fromisoformat(f"{year}-01-01")
    found = 0
    while moment.year == year:
        if is_unsettled(moment, zone):
            found += 1
            assert is_guarded(moment, zone)
        moment += half_hour
    assert found >= 2


@pytest.mark.parametrize(
    ("zone", "constant"),
    [("UTC", True), ("Etc/GMT-5", True), ("Asia/Kolkata", False), ("Europe/Copenhagen", False)],
)
def test_only_a_zone_that_never_changed_is_constant(zone: str, constant: bool) -> None:
    assert is_constant(zone) is constant
