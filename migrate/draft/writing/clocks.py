"""The first decision of DRAFT.md: in which zone the wall clocks hung, which no row tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from migrate.draft.design import Project

__all__ = ["clock_lines"]


def clock_lines(project: Project, rows: Mapping[str, int]) -> Iterator[str]:
    """The section of DRAFT.md, or nothing where no DATETIME became a moment."""
    if not project.clocks:
        return
    zone, columns = project.time_zone, len(project.clocks)
    tables = {table for table, _ in project.clocks}
    counted = f" with {sum(rows.get(table, 0) for table in tables):,} rows" if rows else ""
    yield "## Decision 1: the time zone"
    yield ""
    yield "DATETIME columns hold what a clock on the wall showed, and no zone:"
    yield f"{columns:,} column{'' if columns == 1 else 's'} in {len(tables):,}"
    yield f"table{'' if len(tables) == 1 else 's'}{counted}, taken for `{zone}`."
    if not project.zone_given:
        yield "**That is a guess**, since no `--time-zone` was given. Where it is wrong every such"
        yield "moment is off by hours, and no check can find it."
    yield "PHP's `date.timezone` (php.ini, or `date_default_timezone_set`) said which it was."
    yield "TIMESTAMP columns and seconds since 1970 are not concerned."
    yield ""
    yield "To change it draft again with `--time-zone Europe/Paris`, or in `mappings.py`"
    if zone == "UTC":
        yield 'write `time_zone = "Europe/Paris"` in each `class Meta` that has `time_zone`.'
        yield "There a time that the clock skipped in spring is rejected (`dst_gap`); what"
        yield '`--time-zone` writes, `steps.local_time("Europe/Paris", gap="shift")` on the column,'
        yield "moves it on by the hour that was skipped."
    else:
        yield f'write another zone for `"{zone}"`, in `steps.local_time` and each `time_zone`.'
        yield "A time that the clock skipped in spring is moved on by the hour that was skipped"
        yield '(`gap="shift"`: 02:30 becomes 03:30).'
    yield "A time that it showed twice in autumn is taken for the first of the two; the other is"
    yield '`fold="second"` of `steps.local_time`. After a load: `delamp run --restart`.'
    yield ""
