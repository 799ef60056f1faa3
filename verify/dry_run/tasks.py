"""What is to be found out about every table, before any row is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mappings.plan import ColumnPlan, Plan, ReferencePlan, TablePlan
from mappings.sqltext import pg_name
from verify.dry_run.clashes import Clash, grouped_by_sql, want_of
from verify.dry_run.constraints import CheckRule, UniqueRule, check_rules, unique_rules
from verify.dry_run.fates import Fates
from verify.dry_run.judge import Judge, NotJudged
from verify.dry_run.looking import Workers
from verify.dry_run.losing import seen_by
from verify.dry_run.names import RowNames
from verify.dry_run.orphans import ByValues, Reference, by_sql, wants_of_child, wants_of_parent
from verify.dry_run.target_tables import TargetTables
from verify.dry_run.values import Asked, Values, Want, WantedValues
from verify.ports import SourceConnection, TargetConnection

__all__ = ["Connections", "TableTask", "Tasks"]


@dataclass
class TableTask:
    """One table of the plan, and what of it is wanted."""

    table: TablePlan
    chosen: bool
    grouped: list[Clash] = field(default_factory=list)
    """Unique rules that MySQL decides."""
    judged: dict[str, Asked] = field(default_factory=dict)
    checks: list[CheckRule] = field(default_factory=list)
    wants: dict[str, Want] = field(default_factory=dict)

    def want(self, want: Want) -> None:
        self.wants.setdefault(want.label, want)

    def collector(self, values: Values, fates: Fates, judge: Judge | None) -> WantedValues:
        """What takes the wanted values of every row."""
        return WantedValues(
            self.table,
            values,
            fates,
            tuple(self.wants.values()),
            judge,
            tuple(self.judged.values()),
            self.checks,
        )


@dataclass(frozen=True)
class Connections:
    """What a dry run is handed."""

    sources: Sequence[SourceConnection]
    target: TargetConnection | None
    using: str
    """Alias of the target in Django's DATABASES."""
    workers: Workers | None = None
    """Where Python's share of the rows is done, when not here."""


class Tasks:
    """The tasks of all tables, their unique rules by target, and their references."""

    def __init__(
        self,
        plan: Plan,
        chosen: Sequence[TablePlan],
        given: Connections,
        values: Values,
        fates: Fates,
    ) -> None:
        self.notes: list[str] = []
        self.clashes: dict[str, list[Clash]] = {}
        self.references: list[Reference] = []
        self.held = TargetTables(given.target)
        self._plan, self._given, self._values, self._fates = plan, given, values, fates
        names = {table.name for table in chosen}
        self.all = {t.name: TableTask(t, t.name in names) for t in plan.tables}
        for table in chosen:
            self._constraints(self.all[table.name])
        for table in chosen:
            self._references(table)

    def judge(self, table: TablePlan) -> Judge | None:
        """PostgreSQL as judge of this model's conditions, where it can be reached."""
        target = self._given.target
        return None if target is None else Judge(table.model, self._given.using, target)

    def _constraints(self, task: TableTask) -> None:
        table = task.table
        sharing = [t for t in self._plan.tables if t.target == table.target]
        keeps = table.existing != "refuse" and bool(self.held.rows(table.target))
        if table.existing == "match" and keeps:
            self.notes.append(
                f"{table.name}: {table.target} holds rows, and which of them are matched is decided"
                " by a run; here the source's rows are held against each other only"
            )
        alone = len(sharing) == 1 and not (keeps and table.existing == "keep")
        for rule in unique_rules(table, alone=alone):
            if isinstance(rule, str):
                self.notes.append(f"{table.name}: not evaluated: {rule}")
            else:
                self._unique(task, rule, alone=alone)
        for check in check_rules(table):
            if isinstance(check, str):
                self.notes.append(f"{table.name}: not evaluated: {check}")
            else:
                self._check(task, check)

    def _unique(self, task: TableTask, rule: UniqueRule, *, alone: bool) -> None:
        table = task.table
        clashes = self.clashes.setdefault(table.target, [])
        same = next((c for c in clashes if c.rule.name == rule.name), None)
        clash = Clash(table.target, len(clashes), rule) if same is None else same
        if rule.needs_target:
            asked = self._asked(task, clash)
            if asked is None:
                return
            task.judged[asked.label] = asked
        elif grouped_by_sql(rule) and alone and RowNames(table).keyed and not seen_by(table, rule):
            task.grouped.append(clash)
        else:
            # The columns are this table's own, the label is that of all that share the target.
            want = want_of(Clash(table.target, 0, rule))
            task.want(replace(want, label=clash.label, losable=seen_by(table, rule)))
        if same is None:
            clashes.append(clash)
            if not alone and table.existing == "keep" and self.held.rows(table.target):
                self._held_already(clash, table)

    def _held_already(self, clash: Clash, table: TablePlan) -> None:
        if clash.rule.needs_target:
            self.notes.append(
                f"{table.name}: {clash.rule.name}: the rows that {table.target} holds were not"
                " looked at"
            )
        else:
            self.held.put_held(self._values, clash, table)

    def _asked(self, task: TableTask, clash: Clash) -> Asked | None:
        table, judge = task.table, self.judge(task.table)
        try:
            if judge is None:
                raise NotJudged("PostgreSQL cannot be asked")
            return Asked.of_rule(clash.label, clash.rule, judge, table)
        except NotJudged as error:
            self.notes.append(f"{table.name}: not evaluated: {clash.rule.name}: {error}")
            return None

    def _check(self, task: TableTask, check: CheckRule) -> None:
        table, judge = task.table, self.judge(task.table)
        try:
            WantedValues(table, self._values, self._fates, (), judge, (), [check])
        except NotJudged as error:
            self.notes.append(f"{table.name}: not evaluated: {check.name}: {error}")
        else:
            task.checks.append(check)

    def _references(self, table: TablePlan) -> None:
        for reference in table.references:
            column = next((c for c in table.columns if c.column == reference.column), None)
            if reference.orphans == "keep" or column is None:
                continue
            source = self._given.sources[0]
            finder = by_sql(self._plan, table, reference, source, self._fates)
            if finder is not None:
                self.references.append(Reference(table, reference, finder))
                continue
            parents = [t for t in self._plan.tables if t.target == reference.parent]
            child = wants_of_child(table, column)
            parent = f"parent {reference.parent}.{reference.parent_column}"
            held = self.held.rows(reference.parent)
            if not parents and held is None:
                self.notes.append(
                    f"{table.name}.{reference.name}: not evaluated: no mapping fills"
                    f" {reference.parent}, and the target has no such table that may be read"
                )
                continue
            if not self._wanted_of_parents(parents, reference.parent_column):
                self.notes.append(
                    f"{table.name}.{reference.name}: not evaluated: PostgreSQL makes the values of"
                    f" {reference.parent}.{reference.parent_column}"
                )
                continue
            if held and all(t.existing != "refuse" for t in parents):
                self.held.put_parents(self._values, parent, column, reference)
            self.all[table.name].want(child)
            found = ByValues(self._values, child.label, parent)
            self.references.append(Reference(table, reference, found))
        for reference in table.generic:
            if reference.orphans != "keep":
                self._generic(table, reference)

    def _generic(self, table: TablePlan, reference: ReferencePlan) -> None:
        """A generic foreign key to one model: PostgreSQL says which rows mean it."""
        place = f"{table.name}.{reference.name}: not evaluated"
        parents = [t for t in self._plan.tables if t.target == reference.parent]
        held = self.held.rows(reference.parent)
        if self._given.target is None or held is None:
            self.notes.append(f"{place}: the target has no {reference.parent} that may be read")
            return
        parent = f"parent text {reference.parent}"
        for each in parents:
            column = next((c for c in each.columns if c.column == reference.parent_column), None)
            if column is None:
                self.notes.append(f"{place}: PostgreSQL makes the keys of {reference.parent}")
                return
            self.all[each.name].judged[parent] = _spelled(parent, (column,), "true", column.column)
        if held and all(t.existing != "refuse" for t in parents):
            self.held.put_texts(self._values, parent, reference)
        only = reference.only or "true"
        child = f"child {table.name}.{reference.name} {reference.parent}"
        read = tuple(
            c
            for c in table.columns
            if f"t.{pg_name(c.column)}" in only or c.column == reference.column
        )
        self.all[table.name].judged[child] = _spelled(child, read, only, reference.column)
        found = ByValues(self._values, child, parent)
        self.references.append(Reference(table, reference, found))

    def _wanted_of_parents(self, parents: Sequence[TablePlan], name: str) -> bool:
        for table in parents:
            column = next((c for c in table.columns if c.column == name and c.sources), None)
            if column is None:
                return False
            self.all[table.name].want(wants_of_parent(table.target, column))
        return True


def _spelled(label: str, columns: Sequence[ColumnPlan], only: str, column: str) -> Asked:
    """PostgreSQL's text of one column, of the rows for which `only` holds."""
    part = (f"t.{pg_name(column)}::text", ())
    return Asked(label=label, columns=tuple(columns), applies=(only, ()), parts=(part,))
