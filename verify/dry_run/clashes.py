"""Rows that share what the target allows once: all but the first, by their key, would be refused.

MySQL groups the digests of canonical texts, and only rows of a group with more than one member
travel. Where it cannot, the values are in the scratch database (`verify.dry_run.values`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from mappings.compiler.frames import NULL
from mappings.plan import TablePlan
from mappings.sqltext import all_of, my_bytes
from verify.dry_run.constraints import UniqueRule
from verify.dry_run.fates import Fate, Fates
from verify.dry_run.fields import by_sql_alone
from verify.dry_run.losing import seen_by, spelled
from verify.dry_run.names import RowName, RowNames
from verify.dry_run.values import Values, Want
from verify.ports import SourceConnection

__all__ = ["Clash", "collect_by_sql", "grouped_by_sql", "settle_clashes", "want_of"]

_PIECE = 2000
_NULL = my_bytes(NULL)


class Clash:
    """One unique rule of one target table, with its label among the values."""

    def __init__(self, target: str, number: int, rule: UniqueRule) -> None:
        self.label = f"unique {target} {number}"
        self.rule = rule


def grouped_by_sql(rule: UniqueRule) -> bool:
    """Whether MySQL alone can say which rows are alike."""
    return not rule.needs_target and all(by_sql_alone(column) for column in rule.columns)


def want_of(clash: Clash) -> Want:
    """The rule's values of every row, for a rule that needs no PostgreSQL."""
    rule = clash.rule
    return Want(label=clash.label, columns=rule.columns, nulls=not rule.nulls_distinct)


def collect_by_sql(
    table: TablePlan, clash: Clash, source: SourceConnection, values: Values
) -> bool:
    """Put the rows that share their values; False if their order is not known from their keys.

    Then nothing is put, and the rows must be collected in an ordered pass.
    """
    rule, names = clash.rule, RowNames(table)
    texts = ", ".join((my_bytes(b""), *(c.canonical_source or "NULL" for c in rule.columns)))
    # Not SHA1() or MD5(), which MySQL 9 has no more; half of the digest is as sure.
    hashed = f"UNHEX(LEFT(SHA2(CONCAT({texts}), 256), 32))"
    nulls = [f"NOT ({c.canonical_source} <=> {_NULL})" for c in rule.columns if c.field.null]
    given = [table.where] if table.where else []
    where = all_of([*given, *(nulls if rule.nulls_distinct else [])])
    relation = table.source.relation
    groups = (
        f"SELECT d FROM (SELECT {hashed} AS d FROM {relation} WHERE {where}) q"
        " GROUP BY d HAVING COUNT(*) > 1"
    )
    if not source.rows(f"{groups} LIMIT 1"):
        return True
    if not names.sorts_by_integers:
        return False
    fields = ", ".join((*names.select(), hashed))
    rows = []
    for place, row in enumerate(
        source.stream(
            f"SELECT {fields} FROM {relation} JOIN ({groups}) delamp_alike"
            f" ON delamp_alike.d = {hashed} WHERE {where}"
        )
    ):
        rows.append((clash.label, row[-1] or b"", table.name, names.read(row[:-1], place)))
        if len(rows) >= _PIECE:
            values.put(rows)
            rows = []
    values.put(rows)
    return True


def settle_clashes(
    tables: Sequence[TablePlan],
    deciding: Collection[str],
    clashes: Sequence[Clash],
    values: Values,
    fates: Fates,
    *,
    losers_last: bool = False,
) -> int:
    """Decide, in the order of the keys, which rows of tables of one target stay; returns losers.

    Only rows of the tables named in `deciding` leave, those of the others hold what they have. A
    row that is refused holds nothing: who comes after it may have its values. `losers_last`: rows
    that have lost a reference come after the others of their table.
    """
    scratch, by_name = values.scratch, {table.name: table for table in tables}
    rules = {clash.label: clash.rule for clash in clashes}
    found = 0
    scratch.execute("DROP TABLE IF EXISTS held")
    scratch.execute(
        "CREATE TABLE held (label TEXT, digest BLOB, tbl TEXT, PRIMARY KEY (label, digest))"
    )
    for (name, row), members in groupby(
        _alike(values, list(by_name), list(rules), losers_last), key=lambda alike: alike[:2]
    ):
        alike = list(members)
        # Rows that the target holds already come first, and are nobody's to refuse.
        if name:
            if fates.leaves(name, row.id):
                continue
            table = by_name[name]
            lost = fates.nulled(name, row.id) if table.all_references else set()
            wanted = [
                (label, value)
                for _, _, label, value, loss in alike
                if loss == spelled(seen_by(table, rules[label]) & lost)
                and not _emptied(rules[label], lost)
            ]
            held = _held(values, wanted) if name in deciding else None
            if held is not None:
                label, holder = held
                found += fates.put(name, row, _fate(by_name[name], rules[label], holder))
                continue
        else:
            wanted = [(label, value) for _, _, label, value, _ in alike]
        scratch.many(
            "INSERT OR IGNORE INTO held VALUES (?, ?, ?)",
            [(label, value, name) for label, value in wanted],
        )
    return found


def _emptied(rule: UniqueRule, lost: Collection[str]) -> bool:
    """Whether a reference that became NULL takes the row out of the rule."""
    simple = rule.nulls_distinct and not rule.expressions
    return simple and any(column.name in lost for column in rule.columns)


def _alike(
    values: Values, tables: Sequence[str], labels: Sequence[str], losers_last: bool
) -> Iterator[tuple[str, RowName, str, bytes, str]]:
    """The rows that share a value with another one, in load order.

    Table, row, label, value, and the references without which the row has that value.
    """
    places = " ".join(f"WHEN ? THEN {n}" for n, _ in enumerate(tables, 1))
    marks = ", ".join("?" for _ in labels)
    names = ", ".join("?" for _ in tables)
    late = (
        " EXISTS (SELECT 1 FROM fate f WHERE f.tbl = val.tbl AND f.id = val.id"
        " AND f.outcome = 'nulled'),"
    )
    for tbl, row_id, order, key, shown, label, value, lost in values.scratch.rows(
        "SELECT tbl, id, ord, key, shown, label, digest, lost FROM val WHERE (label, digest) IN"
        f" (SELECT label, digest FROM val WHERE label IN ({marks})"
        f" GROUP BY label, digest HAVING count(*) > 1) AND tbl IN ('', {names})"
        f" ORDER BY CASE tbl {places} ELSE 0 END,{late * losers_last} ord, id, label",
        (*labels, *tables, *tables),
    ):
        yield tbl, values.name((row_id, order, key, shown)), label, value, lost


def _held(values: Values, wanted: Sequence[tuple[str, bytes]]) -> tuple[str, str] | None:
    """Label of the first value that a row before has, and that row's table."""
    for label, value in wanted:
        found = "SELECT tbl FROM held WHERE label = ? AND digest = ?"
        holder = values.scratch.value(found, (label, value))
        if holder is not None:
            return label, holder
    return None


def _fate(table: TablePlan, rule: UniqueRule, holder: str) -> Fate:
    if not holder and table.existing == "keep" and rule.primary_key:
        detail = "an existing row is kept"
        return Fate(outcome="kept", code="row_exists", column=rule.shown, detail=detail)
    if table.duplicates == "skip":
        detail = "the same pair comes before"
        return Fate(outcome="skipped", code="duplicate", column=rule.shown, detail=detail)
    detail = rule.name if holder else f"{rule.name}, of a row that the target holds"
    return Fate(outcome="rejected", code="not_unique", column=rule.shown, detail=detail)
