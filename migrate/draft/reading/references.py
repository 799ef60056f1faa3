"""Which columns may refer to which table, judged by names and types alone; the data decide.

A parent is a table with a key of one column. Names are compared by words, without the prefix that
tables share, in the singular:

- the column has the name of another table's key, where that name tells (`shelf_id`, not `id`);
- the column names the table, with a word for a key (`entry_id`, `id_entry`, `entryid`,
  `remark_entry_ID`, `winter_address_id`), or as a bare number that is no flag and no plural
  (`player_league`); tables whose name ends with the word count if they are akin to the column's
  own (`colour.family_id` -> `colour_family`), or if no other is called so;
- it says parent (`parent_id`, `entry_parent`, `pid`): the table itself;
- it says what part a person has (`author`, `owner_id`, `created_by`): the table of users.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mappings.catalogue import SourceColumn, SourceTable
from migrate.draft.facts import TableFacts
from migrate.draft.reading.measures import BINARIES, INTEGERS
from migrate.draft.reading.names import Names
from migrate.draft.reading.words import singular, words

__all__ = ["Candidate", "candidates", "family"]

Words = tuple[str, ...]

_KEY_WORDS = frozenset(
    {
        "id", "ids", "uid", "fk", "ref", "no", "nr", "num", "number", "key", "code", "pk",
        "guid", "uuid", "idx", "oid", "sid"
    }
)  # fmt: skip
_SAYS_NOTHING = frozenset(
    {
        "id", "pk", "key", "rowid", "name", "title", "value", "code", "type", "status",
        "state", "lang", "language", "language_code", "sort", "date", "number", "no", "nr",
        "num", "position", "rank", "email", "label", "slug", "hash", "token", "data", "ip"
    }
)  # fmt: skip
"""Names of keys that other tables have too, without meaning a reference."""
_PARENT = frozenset({"parent", "parentid", "pid", "ancestor", "superior", "supervisor"})
_PART = frozenset(
    {
        "user", "uid", "userid", "author", "owner", "creator", "editor", "poster", "sender",
        "recipient", "receiver", "moderator", "assignee", "approver", "reviewer",
        "reporter", "submitter", "uploader", "member", "customer", "by"
    }
)  # fmt: skip
_NO_REFERENCE = frozenset(
    {
        "enable", "enabled", "allow", "allowed", "is", "has", "can", "use", "show", "hide",
        "display", "max", "min", "num", "nb", "count", "total", "auto", "time", "date", "size",
        "width", "height", "order", "sort", "flag", "level", "type", "status", "length", "hits"
    }
)  # fmt: skip
_PEOPLE = (
    "user",
    "member",
    "account",
    "customer",
    "person",
    "author",
    "staff",
    "employee",
    "admin",
)
_AT_MOST = 3
"""Parents to measure for one column."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """A reference to be measured; equal to nothing but itself."""

    table: SourceTable
    column: SourceColumn
    parent: SourceTable
    parent_column: SourceColumn
    declared: bool = False


def family(column: SourceColumn) -> str | None:
    """Types of one family are compared without losing their index; None takes part in nothing."""
    if column.data_type in INTEGERS:
        return "integer"
    if column.data_type in ("char", "varchar", "tinytext", "text"):
        return "text" if (column.charset or "binary") != "binary" else "bytes"
    return "bytes" if column.data_type in BINARIES - {"mediumblob", "longblob"} else None


def candidates(tables: Sequence[TableFacts]) -> Iterator[Candidate]:
    """Declared foreign keys of one column between these tables, then those that names imply."""
    by_name = {facts.name: facts.table for facts in tables if not facts.broken}
    names = Names(list(by_name))
    keys = _Keys([facts for facts in tables if not facts.broken and not facts.view], names)
    for facts in tables:
        if facts.broken or facts.view:
            continue
        declared: set[str] = set()
        for candidate in _declared(facts, by_name):
            declared.add(candidate.column.name)
            yield candidate
        for column in facts.table.columns:
            # What the schema says needs no guess; a number that MySQL made refers to nothing.
            if column.name not in declared | {facts.auto_increment} and family(column):
                yield from _implied(facts.table, column, keys)


def _declared(facts: TableFacts, by_name: dict[str, SourceTable]) -> Iterator[Candidate]:
    for key in facts.foreign_keys:
        parent = by_name.get(key.parent)
        if parent is None or len(key.columns) != 1:
            continue
        column, parent_column = (
            facts.table.column(key.columns[0]),
            parent.column(key.parent_columns[0]),
        )
        if column and parent_column:
            yield Candidate(
                table=facts.table,
                column=column,
                parent=parent,
                parent_column=parent_column,
                declared=True,
            )


class _Keys:
    """Parents: tables with a key of one column."""

    def __init__(self, tables: Sequence[TableFacts], names: Names) -> None:
        self.names = names
        self.tables: dict[str, tuple[SourceTable, SourceColumn]] = {}
        self.named: dict[str, list[str]] = defaultdict(list)
        self.ending: dict[str, list[str]] = defaultdict(list)
        self.made: set[str] = set()
        """Tables whose key is AUTO_INCREMENT."""
        for facts in tables:
            if (column := _key(facts)) is not None:
                self.tables[facts.name] = facts.table, column
                self.named[column.name.lower()].append(facts.name)
                if column.name == facts.auto_increment:
                    self.made.add(facts.name)
                self.ending[names.words(facts.name)[-1]].append(facts.name)

    def called(self, together: str) -> list[str]:
        return [name for name in self.names.called(together) if name in self.tables]


def _key(facts: TableFacts) -> SourceColumn | None:
    table = facts.table
    single = [unique[0] for unique in (table.key, *table.uniques) if len(unique) == 1]
    # AUTO_INCREMENT says key even where the primary key has more columns, if it is unique alone.
    if facts.auto_increment in single:
        return table.column(facts.auto_increment or "")
    return table.column(single[0]) if single else None


def _implied(table: SourceTable, column: SourceColumn, keys: _Keys) -> Iterator[Candidate]:
    seen = 0
    for name in dict.fromkeys(_parents(table, column, keys)):
        parent, key = keys.tables[name]
        if name == table.name and key.name == column.name:
            continue
        if family(key) != family(column):
            continue
        yield Candidate(table=table, column=column, parent=parent, parent_column=key)
        seen += 1
        if seen == _AT_MOST:
            return


def _parents(table: SourceTable, column: SourceColumn, keys: _Keys) -> Iterator[str]:
    """Names of tables, likeliest first."""
    said = words(column.name)
    if not said:
        return
    core = _core(said)
    own = keys.names.words(table.name)
    if keys.tables.get(table.name, (None, None))[1] == column and core in ((), own):
        # The key of its own table, by name too.
        return
    says_key = len(core) < len(said) or (core and core[-1] != singular(said[-1]))
    if not says_key and (family(column) != "integer" or not _may_be_bare(column, said)):
        return
    yield from keys.names.near(table.name, _same_name(table, column, keys))
    named = keys.names.near(table.name, _named_after(core, own, keys))
    yield from named
    if _PARENT & set(said) and table.name in keys.tables:
        yield table.name
    if not named and (said[-1] in _PART or (core and core[-1] in _PART) or said[-1] == "by"):
        for person in _PEOPLE:
            yield from keys.names.near(table.name, keys.called(person))


def _may_be_bare(column: SourceColumn, said: Words) -> bool:
    """`thread_poster` may refer without saying id; a flag, a limit or a count of things may not."""
    flag = column.column_type.lower().startswith("tinyint(1)")
    plural = singular(said[-1]) != said[-1]
    return not flag and not plural and not _NO_REFERENCE & set(said)


def _same_name(table: SourceTable, column: SourceColumn, keys: _Keys) -> list[str]:
    folded = column.name.lower()
    if folded in _SAYS_NOTHING:
        return []
    mine = keys.names.words(table.name)
    others = [
        name
        for name in keys.named.get(folded, ())
        if name != table.name and keys.names.words(name) != mine
    ]
    core = "".join(_core(words(column.name)))
    # Of several tables with this key the one named like it is the parent of the others, or that
    # for which MySQL makes the numbers.
    if exact := [name for name in others if "".join(keys.names.words(name)) == core]:
        return exact
    made = [name for name in others if name in keys.made]
    if made or table.name in keys.named.get(folded, ()):
        others = made
    return sorted(others, key=lambda name: (not _akin(name, mine, (), keys), len(name)))


def _akin(name: str, own: Words, core: Words, keys: _Keys) -> bool:
    """The tables share a word before the last ones, which the column names."""
    its = keys.names.words(name)
    before = its[: len(its) - len(core)]
    return bool({*map(singular, own)} & {*map(singular, before)})


def _named_after(core: Words, own: Words, keys: _Keys) -> list[str]:
    """Tables whose words are these, or their end; or that end with them and are akin."""
    if not core:
        return []
    for start in range(len(core)):
        if found := keys.called("".join(core[start:])):
            break
    longer = [
        name
        for name in keys.ending.get(core[-1], ())
        if len(its := keys.names.words(name)) > len(core) and its[-len(core) :] == core
    ]
    akin = [name for name in longer if _akin(name, own, core, keys)]
    if not found and not akin and len(longer) == 1:
        return longer
    return [*found, *akin]


def _core(said: Words) -> Words:
    """The words without those that only say key, at either end; `userid` is `user`."""
    kept = list(said)
    while len(kept) > 1 and kept[-1] in _KEY_WORDS:
        kept.pop()
    while len(kept) > 1 and kept[0] in _KEY_WORDS:
        kept.pop(0)
    if not kept or (len(kept) == 1 and kept[0] in _KEY_WORDS):
        return ()
    last = kept[-1]
    for ending in ("id", "no", "nr"):
        if last.endswith(ending) and len(last) > len(ending) + 2 and len(kept) == len(said):
            last = last[: -len(ending)]
            break
    return (*kept[:-1], singular(last))
