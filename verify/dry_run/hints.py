"""The line of the mapping, or of the model, that would let a row through."""

from __future__ import annotations

from mappings.plan import ColumnPlan, ReferencePlan, TablePlan

__all__ = ["hint_for"]

_STEPS = {
    "bad_charset": "repair_charset",
    "zero_date": "zero_dates",
    "partial_date": 'zero_dates(partial="null")',
    "invalid_date": 'zero_dates(partial="null")',
}
_DATES = {"zero_date", "partial_date", "invalid_date"}
_FIELDS = {
    "out_of_range": "give the model field a wider type",
    "precision_lost": "give the model field more decimal_places",
    "not_finite": "add a step that makes it NULL",
    "not_boolean": "list the value in steps.to_boolean, or use an integer field",
    "not_in_map": "add the value to steps.static_map, or give it a default",
    "nul_byte": "add a step that takes U+0000 out, or use a BinaryField",
    "bad_json": "use a TextField, or correct the source",
    "bad_serialize": "use a TextField without the step, or correct the source",
    "not_json": "use a TextField without the step",
    "bad_uuid": "use a CharField, or correct the source",
    "bad_address": "use a CharField, or correct the source",
    "unknown_password": "add a step of your own that makes the hash unusable",
    "dst_gap": 'steps.local_time(…, gap="shift") takes times that the clocks skipped',
    "dst_fold": 'steps.local_time(…, fold="first") says which of the two times is meant,'
    ' and fold="reject" that none is',
    "time_out_of_range": "use a DurationField",
    "date_out_of_range": "add a step that makes it NULL",
    "step_failed": "make the step take this value, or raise mappings.Reject with a code",
    "check_failed": "add a step that makes a value the constraint allows, or correct the source",
    "not_a_choice": "add the value to the field's choices, or map it with steps.static_map;"
    " PostgreSQL takes it as it is",
    "index_too_large": "PostgreSQL refuses an index entry that it cannot pack into 2,704 bytes:"
    " take the index off the field, give it a hash of the value (unique over MD5, say), or shorten"
    " the values",
    "left_out": "these rows are left out by `where` in class Meta: nothing to do if that is meant",
    "row_exists": 'the target holds these rows: existing = "match" would update them',
    "duplicate": "a later one of the same pair is left out, as `duplicates` says",
}


def hint_for(table: TablePlan, code: str, column: str) -> str:
    """What to change, with the line as it would stand in the mapping where there is one."""
    filled = next((c for c in table.columns if c.name == column), None)
    if code == "no_parent":
        reference = next((r for r in table.references if r.name == column), None)
        if reference is not None and filled is not None:
            return _orphan(table, reference, filled)
    if code == "not_null" and filled is not None:
        return f"set null=True on the model field, or add a step: {_line(filled, '<step>')}"
    if code == "too_long" and filled is not None:
        size = filled.field.size
        return f"{_line(filled, f'steps.truncate({size})')}, or a longer max_length"
    if code in _STEPS and filled is not None:
        null = "" if filled.field.null else ", and null=True on the field"
        # Before all others: they repair what the other steps are then given.
        return _line(filled, f"steps.{_STEPS[code]}", first=True) + null * (code in _DATES)
    if code == "not_unique":
        if table.duplicates is not None:
            return 'duplicates="skip" in the ManyToMany leaves the later ones out'
        return "correct the source, or drop the constraint; the lowest key keeps the value"
    return _FIELDS.get(code, "correct the source, or add a step for these values")


def _orphan(table: TablePlan, reference: ReferencePlan, filled: ColumnPlan) -> str:
    if reference.orphans == "null":
        return "nothing to do if these references may be lost; else correct the source"
    if reference.orphans == "skip":
        return "nothing to do if these rows may be left out; else correct the source"
    if table.duplicates is not None:
        return 'orphans="skip" in the ManyToMany leaves such pairs out; or correct the source'
    other = '"null"' if filled.field.null else '"skip"'
    source = filled.sources[0] if filled.sources else "…"
    line = f'{reference.name} = Reference("{source}", orphans={other})'
    also = "" if filled.field.null else ", or null=True on the field"
    return f"{line}{also}; or correct the source"


def _line(column: ColumnPlan, step: str, *, first: bool = False) -> str:
    source = column.sources[0] if column.sources else "…"
    held = [f"steps.{each}" for each in column.steps]
    steps = ", ".join([step, *held] if first else [*held, step])
    return f'{column.name} = Column("{source}", {steps})'
