"""Which columns may refer to which table, judged by names and types alone; the data decide.

A parent is a table or its unique column. Names are compared by words, without the prefix that
tables share, in the singular:

- the column has the name of another table's key, where that name tells (`icon_id`, not `id`);
- the column names the table, with a word for a key around it or none (`post_id`, `id_post`,
  `postid`, `comment_post_ID`, `shipping_address_id`, `post`);
- it says parent (`parent_id`, `post_parent`, `pid`): the table itself;
- it says what part a person has (`author`, `owner_id`, `created_by`): the table of users.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from mappings.catalogue import SourceColumn, SourceTable
from migrate.draft.facts import TableFacts
from migrate.draft.reading.measures import BINARIES, INTEGERS
from migrate.draft.reading.words import singular, words

__all__ = ["Candidate", "Names", "candidates", "family"]

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
        "recipient", "receiver", "moderator", "admin", "assignee", "approver", "reviewer",
        "reporter", "submitter", "uploader", "member", "customer", "account", "by"
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


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A reference to be measured."""

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


class Names:
    """The words of every table's name, less what all tables of an application begin with."""

    def __init__(self, names: Sequence[str]) -> None:
        self._prefixes = _prefixes(names)
        self._names = names

    def table(self, name: str) -> Words:
        """`wp_2_posts` -> ("post",): words without prefix, the last in the singular."""
        for prefix in self._prefixes:
            if name.startswith(prefix) and len(name) > len(prefix):
                name = name[len(prefix) :]
                break
        found = words(name) or (name.lower(),)
        return (*found[:-1], singular(found[-1]))

    @cached_property
    def by_words(self) -> dict[str, list[str]]:
        """Tables by their words run together, which is how `userid` and `order_item` meet."""
        found: dict[str, list[str]] = defaultdict(list)
        for name in self._names:
            found["".join(self.table(name))].append(name)
        return found


def _prefixes(names: Sequence[str]) -> list[str]:
    """What at least a third of the tables begin with, longest first: `wp_`, `wp_2_`."""
    counts: Counter[str] = Counter()
    for name in names:
        counts.update(name[: at.end()] for at in re.finditer("_", name) if at.end() > 1)
    enough = max(3, len(names) / 3)
    common = [prefix for prefix, number in counts.items() if number >= enough]
    return sorted(common, key=len, reverse=True)


def candidates(tables: Sequence[TableFacts]) -> Iterator[Candidate]:
    """Declared foreign keys of one column between these tables, then those that names imply."""
    by_name = {facts.name: facts.table for facts in tables if not facts.broken}
    names = Names(list(by_name))
    keys = _Keys([facts for facts in tables if not facts.broken and not facts.view], names)
    for facts in tables:
        if facts.broken or facts.view:
            continue
        declared = set()
        for candidate in _declared(facts, by_name):
            declared.add(candidate.column.name)
            yield candidate
        for column in facts.table.columns:
            # What the schema says itself needs no guess.
            if column.name not in declared and family(column):
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
        for facts in tables:
            if (column := _key(facts)) is not None:
                self.tables[facts.name] = facts.table, column
                self.named[column.name.lower()].append(facts.name)

    def called(self, together: str) -> list[str]:
        return [name for name in self.names.by_words.get(together, ()) if name in self.tables]


def _key(facts: TableFacts) -> SourceColumn | None:
    table = facts.table
    single = [unique[0] for unique in (table.key, *table.uniques) if len(unique) == 1]
    # AUTO_INCREMENT says key even where the primary key has more columns, if it is unique alone.
    if facts.auto_increment in single:
        return table.column(facts.auto_increment or "")
    return table.column(single[0]) if single else None


def _implied(table: SourceTable, column: SourceColumn, keys: _Keys) -> Iterator[Candidate]:
    own = keys.tables.get(table.name)
    seen = 0
    for name in dict.fromkeys(_parents(table, column, keys)):
        parent, key = keys.tables[name]
        if own and own[1].name == column.name and _is_own(table, column, keys):
            continue
        if name == table.name and key.name == column.name:
            continue
        if family(key) != family(column):
            continue
        yield Candidate(table=table, column=column, parent=parent, parent_column=key)
        seen += 1
        if seen == _AT_MOST:
            return


def _is_own(table: SourceTable, column: SourceColumn, keys: _Keys) -> bool:
    """The column is this table's own key, named after the table or nothing: no reference."""
    core = _core(words(column.name))
    return not core or "".join(core) == "".join(keys.names.table(table.name))


def _parents(table: SourceTable, column: SourceColumn, keys: _Keys) -> Iterator[str]:
    """Names of tables, likeliest first."""
    said = words(column.name)
    core = _core(said)
    text = family(column) != "integer"
    yield from _same_name(table, column, keys)
    if core and (not text or len(core) < len(said)):
        # A text that is called like a table holds its name as often as its key: it must say key.
        yield from _named_after(core, keys)
    if text and core == said:
        return
    if _PARENT & set(said) and table.name in keys.tables:
        yield table.name
    if said and (said[-1] in _PART or (core and core[-1] in _PART) or "by" in said):
        for person in _PEOPLE:
            yield from keys.called(person)


def _same_name(table: SourceTable, column: SourceColumn, keys: _Keys) -> Iterator[str]:
    folded = column.name.lower()
    if folded in _SAYS_NOTHING:
        return
    others = [name for name in keys.named.get(folded, ()) if name != table.name]
    core = "".join(_core(words(column.name)))
    # Of several tables with this key the one named like it is the parent of the others.
    exact = [name for name in others if "".join(keys.names.table(name)) == core]
    own_key = table.name in keys.named.get(folded, ())
    if exact or not own_key:
        yield from exact or sorted(others, key=len)


def _named_after(core: Words, keys: _Keys) -> Iterator[str]:
    """Tables whose words are these, their end, or end with them."""
    for start in range(len(core)):
        yield from keys.called("".join(core[start:]))
    if len(core) > 1:
        # `post_parent`, `customer_ref`: the table comes first.
        yield from keys.called("".join(core[:-1]))
    longer = [
        name for name in keys.tables if len(t := keys.names.table(name)) > len(core)
        and t[-len(core) :] == core
    ]  # fmt: skip
    if len(longer) == 1:
        yield longer[0]


def _core(said: Words) -> Words:
    """The words without those that only say key, at either end; `userid` is `user`."""
    kept = list(said)
    while len(kept) > 1 and kept[-1] in _KEY_WORDS:
        kept.pop()
    while len(kept) > 1 and kept[0] in _KEY_WORDS:
        kept.pop(0)
    if len(kept) == 1 and kept[0] in _KEY_WORDS:
        return ()
    last = kept[-1]
    for ending in ("id", "no", "nr"):
        if last.endswith(ending) and len(last) > len(ending) + 2 and len(kept) == len(said):
            last = last[: -len(ending)]
            break
    return (*kept[:-1], singular(last))
