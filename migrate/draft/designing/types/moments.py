"""Dates, wall clocks, instants and spans of time."""

from __future__ import annotations

from migrate.draft.designing.defaults import defaults_to_now
from migrate.draft.designing.types.base import Answer, Ask
from migrate.draft.designing.words import rows

__all__ = ["date", "moment", "span"]


def date(ask: Ask) -> Answer:
    return _calendar(ask, "models.DateField", 10)


def moment(ask: Ask) -> Answer:
    """DATETIME and TIMESTAMP."""
    answer = _calendar(ask, "models.DateTimeField", 26)
    if answer.cls != "models.DateTimeField":
        return answer
    if ask.column.data_type == "datetime" and ask.zone != "UTC":
        answer = _zoned(ask, answer)
    plain = answer
    if defaults_to_now(ask.column):
        now = {"default": "timezone.now", "imports": ("django.utils.timezone",)}
        answer = answer.each(lambda each: each.but(**now))
    if ask.column.name in ask.table.on_update and not ask.keyed:
        return _updated(ask, plain, answer)
    return answer


def _updated(ask: Ask, plain: Answer, answer: Answer) -> Answer:
    """The time of the last change. Rows are loaded by COPY, which auto_now does not touch."""
    # Beside auto_now Django takes no default.
    now = plain.each(lambda each: each.but(arguments=(*each.arguments, "auto_now=True")))
    return now.because(
        ask.told(
            answer.but(told=()),
            topic="type",
            chosen="auto_now=True: Django sets it at each save(), though not at update()",
            evidence="ON UPDATE CURRENT_TIMESTAMP",
            cost="keeps the old time when a row is saved",
            routine=True,
        )
    )


def _calendar(ask: Ask, cls: str, width: int) -> Answer:
    seen = ask.seen
    partial = seen.partial_dates if seen else 0
    zero = seen.zero_dates if seen else 0
    if partial or (zero and ask.keyed):
        what = "dates without a month or a day" if partial else "zero dates in the key"
        # A TIMESTAMP is zero or a moment, with nothing between.
        instant = ask.column.data_type == "timestamp"
        step = "steps.zero_dates()" if instant else 'steps.zero_dates(partial="floor")'
        floor = Answer(cls=cls, steps=(step,), null=True)
        if cls == "models.DateTimeField" and ask.column.data_type == "datetime":
            floor = floor.but(steps=(*floor.steps, _local(ask.zone)))
        return Answer(cls="models.CharField", arguments=(f"max_length={width}",)).because(
            ask.told(
                floor,
                topic="type",
                chosen="text, as MySQL shows the date",
                evidence=f"{what} in {rows(partial or zero)}",
                cost="NULL for zero dates"
                + ("" if instant else ", 1 for a month or a day that is 0; refuses the year 0"),
            )
        )
    defaults_to_zero = (ask.default or "").startswith("0000-00-00")
    if ask.keyed or not (zero or defaults_to_zero or seen is None):
        return Answer(cls=cls)
    answer = Answer(cls=cls, steps=('steps.zero_dates(partial="null")',), null=True)
    if not zero:
        return answer
    return answer.because(
        ask.told(
            Answer(cls=cls),
            topic="null",
            chosen="NULL for 0000-00-00",
            evidence=f"{zero:,} of {ask.filled:,} values are 0000-00-00",
            cost=f"refuses {rows(zero)}",
        )
    )


def _zoned(ask: Ask, answer: Answer) -> Answer:
    seen = ask.seen
    edge = seen is not None and (
        (seen.earliest or "1970") < "0001-01-03" or (seen.latest or "1970") > "9999-12-29"
    )
    zone = "UTC" if edge else ask.zone
    strict = answer.but(steps=(*answer.steps, f'steps.local_time("{ask.zone}")'), told=())
    if seen is None and not ask.keyed:
        step = f'steps.local_time("{zone}", gap="shift", beyond="null")'
        return answer.but(steps=(*answer.steps, step), null=True)
    answer = answer.each(lambda each: each.but(steps=(*each.steps, _local(zone))))
    if not edge:
        return answer
    return answer.because(
        ask.told(
            strict,
            topic="type",
            chosen="clocks of this column are taken for UTC",
            evidence=f"from {seen.earliest if seen else ''} to {seen.latest if seen else ''}: "
            f"in UTC some would leave the years 1 to 9999",
            cost="refuses the rows at the edge of the calendar",
        )
    )


def _local(zone: str) -> str:
    return f'steps.local_time("{zone}", gap="shift")'


def span(ask: Ask) -> Answer:
    seen = ask.seen
    if seen is not None and not seen.odd_times:
        return Answer(cls="models.TimeField")
    answer = Answer(cls="models.DurationField")
    if seen is None:
        return answer
    return answer.because(
        ask.told(
            Answer(cls="models.TimeField"),
            topic="type",
            chosen="a DurationField",
            evidence=f"{seen.odd_times:,} values are negative or beyond a day",
            cost=f"refuses {rows(seen.odd_times)}",
        )
    )
