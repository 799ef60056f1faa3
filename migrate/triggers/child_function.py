"""The function behind a child table's triggers: what changed by parent, locks, then the counters.

One for each pair of child and parent table, over all foreign keys between the two, so that the
parents of one statement are locked together and in the order of their keys. Counts and sums take
the difference that the statement made; a maximum is counted anew only where the greatest child
left; what cannot be reckoned so is counted anew for the touched parents. That happens in the
statement after the lock, which sees what whoever held it before has committed.
"""

from __future__ import annotations

from collections.abc import Iterator

from mappings.sqltext import pg_name
from migrate.triggers.frozen import FrozenChild, FrozenCounter, FrozenParent, FrozenPass
from migrate.triggers.names import child_function

__all__ = ["BY_DELAMP", "COUNTING", "NEW_ROWS", "OLD_ROWS", "child_function_sql", "counted_anew"]

BY_DELAMP = "current_setting('delamp.applying', true) IS NOT DISTINCT FROM 'on'"
"""SQL: the session is delamp's, which sets counters itself."""
COUNTING = "current_setting('delamp.counting', true) IS NOT DISTINCT FROM 'on'"
"""SQL: a trigger of delamp is setting counters at this moment."""
NEW_ROWS, OLD_ROWS = "delamp_new", "delamp_old"


def child_function_sql(parent: FrozenParent, child: FrozenChild) -> str:
    """CREATE FUNCTION."""
    declared = [
        f"    {line};" for n, p in enumerate(child.passes) for line in _variables(parent, p, n)
    ]
    keys = " || ".join(f"coalesce(k{n}, '{{}}')" for n in range(len(child.passes)))
    reckoned = all(_how(c) == "delta" for p in child.passes for c in p.counters)
    # One row is locked by its own UPDATE, unless something is counted after the lock.
    lock = "IF cardinality(delamp_keys) > 1 THEN\n{}    END IF;\n" if reckoned else "{}"
    table, key = pg_name(parent.table), pg_name(parent.key)
    locking = lock.format(
        f"    PERFORM 1 FROM {table} p WHERE p.{key} = ANY (delamp_keys) ORDER BY p.{key}"
        " FOR NO KEY UPDATE;\n"
    )
    events = "\n".join(
        f"    {word} TG_OP = '{event}' THEN\n{_gather(child, event)}"
        for word, event in (("IF", "INSERT"), ("ELSIF", "DELETE"), ("ELSIF", "UPDATE"))
    )
    return f"""
CREATE FUNCTION {pg_name(child_function(child.table, parent.table))}() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $delamp$
DECLARE
    delamp_keys {parent.key_type}[];
{chr(10).join(declared)}
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
{_empty(parent, child)}
        RETURN NULL;
    END IF;
{events}
    END IF;
    delamp_keys := {keys};
    IF cardinality(delamp_keys) = 0 THEN
        RETURN NULL;
    END IF;
    {locking}\
{"".join(_update(parent, child, p, n, reckoned) for n, p in enumerate(child.passes))}\
    PERFORM set_config('delamp.counting', '', true);
    RETURN NULL;
END
$delamp$"""


def counted_anew(child: FrozenChild, by: str, counter: FrozenCounter, key: str) -> str:
    """SQL: the counter's true value for the parent of that key, read from the child table."""
    table = pg_name(child.table)
    here = f"{table}.{pg_name(by)} = {key}"
    if counter.kind == "latest":
        also = f" AND ({counter.filter})" if counter.filter else ""
        last = ", ".join(f"{table}.{pg_name(name)} DESC" for name in child.key)
        return (
            f"(SELECT {counter.value} FROM {table} WHERE {here}{also}"
            f" ORDER BY {counter.order} DESC NULLS LAST, {last} LIMIT 1)"
        )
    return f"coalesce((SELECT {_aggregate(counter)} FROM {table} WHERE {here}), {counter.empty})"


def _how(counter: FrozenCounter) -> str:
    if counter.kind == "max":
        return "max"
    return "delta" if counter.exact and counter.kind != "latest" else "anew"


def _aggregate(counter: FrozenCounter) -> str:
    only = f" FILTER (WHERE {counter.filter})" if counter.filter else ""
    if counter.kind == "count":
        return f"count(*){only}"
    return f"{counter.kind}({counter.value}){only}"


def _variables(parent: FrozenParent, one: FrozenPass, n: int) -> Iterator[str]:
    """Arrays over the touched parents: their keys, and per counter what is known of the change."""
    yield f"k{n} {parent.key_type}[]"
    for i, counter in enumerate(one.counters):
        match _how(counter):
            case "delta":
                yield f"d{n}_{i} numeric[]"
            case "max":
                yield f"n{n}_{i} {counter.type}[]"
                yield f"o{n}_{i} {counter.type}[]"
            case _:
                yield f"a{n}_{i} boolean[]"


def _gather(child: FrozenChild, event: str) -> str:
    """Statements that fill the arrays from the transition tables."""
    return "\n".join(_gather_pass(child, one, n, event) for n, one in enumerate(child.passes))


def _gather_pass(child: FrozenChild, one: FrozenPass, n: int, event: str) -> str:
    columns, into, changed = ["k"], [f"k{n}"], []
    for i, counter in enumerate(one.counters):
        new, old = f"n.a{i}", f"o.a{i}"
        if event == "INSERT":
            old = "NULL"
        if event == "DELETE":
            new = "NULL"
        match _how(counter):
            case "delta":
                columns.append(f"coalesce({new}, 0) - coalesce({old}, 0) AS d{i}")
                changed.append(f"d{i} <> 0")
                into.append(f"d{n}_{i}")
            case "max":
                columns += [
                    f"{new}::{counter.type} AS n{i}",
                    f"{old}::{counter.type} AS o{i}",
                ]
                changed.append(f"n{i} IS DISTINCT FROM o{i}")
                into += [f"n{n}_{i}", f"o{n}_{i}"]
            case _:
                columns.append(f"{new}::text IS DISTINCT FROM {old}::text AS r{i}")
                changed.append(f"r{i}")
                into.append(f"a{n}_{i}")
    new_rows, old_rows = (_by_parent(child, one, rows) for rows in (NEW_ROWS, OLD_ROWS))
    source = {
        "INSERT": f"{new_rows} n",
        "DELETE": f"{old_rows} o",
        "UPDATE": f"{new_rows} n FULL JOIN {old_rows} o USING (k)",
    }[event]
    names = [column.rpartition(" AS ")[2] for column in columns]
    return (
        f"        SELECT {', '.join(f'array_agg({name})' for name in names)}\n"
        f"        INTO {', '.join(into)}\n"
        f"        FROM (SELECT {', '.join(columns)} FROM {source}) q\n"
        f"        WHERE {' OR '.join(changed)};"
    )


def _by_parent(child: FrozenChild, one: FrozenPass, rows: str) -> str:
    """SQL: a transition table grouped by parent, with one aggregate per counter."""
    table = pg_name(child.table)
    by = f"{table}.{pg_name(one.by)}"
    aggregates = []
    for i, counter in enumerate(one.counters):
        text = _signature(child, counter) if _how(counter) == "anew" else _aggregate(counter)
        aggregates.append(f"{text} AS a{i}")
    return (
        f"(SELECT {by} AS k, {', '.join(aggregates)} FROM {rows} AS {table}"
        f" WHERE {by} IS NOT NULL GROUP BY {by})"
    )


def _signature(child: FrozenChild, counter: FrozenCounter) -> str:
    """SQL: a text that is another when the children that count are others."""
    table = pg_name(child.table)
    read = [counter.value, counter.order, *(f"{table}.{pg_name(name)}" for name in child.key)]
    row = f"ROW({', '.join(part for part in read if part)})::text"
    only = f" FILTER (WHERE {counter.filter})" if counter.filter else ""
    return f"string_agg({row}, ' ' ORDER BY {row}){only}"


def _update(
    parent: FrozenParent, child: FrozenChild, one: FrozenPass, n: int, reckoned: bool
) -> str:
    """The UPDATE of one pass, with leave to write counters.

    Triggers of the parent, fired by the pass before, have taken that leave away with their own.
    """
    leave = "    PERFORM set_config('delamp.counting', 'on', true);\n"
    arrays, names = [f"k{n}"], ["k"]
    for i, counter in enumerate(one.counters):
        short = {"delta": ["d"], "max": ["n", "o"]}.get(_how(counter), ["a"])
        arrays += [f"{letter}{n}_{i}" for letter in short]
        names += [f"{letter}{i}" for letter in short]
    rows = f"unnest({', '.join(arrays)}) AS delamp_q ({', '.join(names)})"
    table, key = pg_name(parent.table), pg_name(parent.key)
    values = [_value(child, one, c, i) for i, c in enumerate(one.counters)]
    columns = [pg_name(c.column) for c in one.counters]
    if reckoned:
        # Over `p` itself: PostgreSQL takes its newest version, whoever wrote that meanwhile.
        sets = ", ".join(f"{c} = {v}" for c, v in zip(columns, values, strict=True))
        return (
            f"{leave}    UPDATE {table} p SET {sets}\n    FROM {rows} WHERE p.{key} = delamp_q.k;\n"
        )
    fresh = ", ".join(f"{v} AS v{i}" for i, v in enumerate(values))
    sets = ", ".join(f"{c} = f.v{i}" for i, c in enumerate(columns))
    differs = " OR ".join(f"t.{c} IS DISTINCT FROM f.v{i}" for i, c in enumerate(columns))
    return (
        f"{leave}    UPDATE {table} t SET {sets}\n"
        f"    FROM (SELECT p.{key} AS k, {fresh}"
        f" FROM {rows} JOIN {table} p ON p.{key} = delamp_q.k) f\n"
        f"    WHERE t.{key} = f.k AND ({differs});\n"
    )


def _value(child: FrozenChild, one: FrozenPass, counter: FrozenCounter, i: int) -> str:
    """SQL over `p` and `delamp_q`: what the counter is now.

    A child table may be called like any alias: in a subquery over it, that alias would be hidden.
    """
    now = f"p.{pg_name(counter.column)}"
    anew = counted_anew(child, one.by, counter, "delamp_q.k")
    match _how(counter):
        case "delta":
            sum_ = f"coalesce({now}, 0) + coalesce(delamp_q.d{i}, 0)"
            # One that was wrong before must not fall below zero and break a CHECK of the field.
            return f"greatest({sum_}, 0)" if counter.kind == "count" else sum_
        case "max":
            # Where the greatest of the touched has become less, another may be greater now.
            old, new = f"delamp_q.o{i}", f"delamp_q.n{i}"
            return (
                f"CASE WHEN {old} IS NULL OR {new} >= {old} THEN greatest({now}, {new})"
                f" WHEN {now} > {old} THEN {now} ELSE {anew} END"
            )
        case _:
            return f"CASE WHEN delamp_q.a{i} THEN {anew} ELSE {now} END"


def _empty(parent: FrozenParent, child: FrozenChild) -> str:
    table, key = pg_name(parent.table), pg_name(parent.key)
    counters = [c for p in child.passes for c in p.counters]
    filled = " OR ".join(f"p.{pg_name(c.column)} IS DISTINCT FROM {c.empty}" for c in counters)
    sets = ", ".join(f"{pg_name(c.column)} = {c.empty}" for c in counters)
    return f"""\
        PERFORM 1 FROM {table} p WHERE {filled} ORDER BY p.{key} FOR NO KEY UPDATE;
        PERFORM set_config('delamp.counting', 'on', true);
        UPDATE {table} p SET {sets} WHERE {filled};
        PERFORM set_config('delamp.counting', '', true);"""
