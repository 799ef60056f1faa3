"""Order of tables: parents before children; tables in a circle stand together."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["groups"]


def groups(parents: Mapping[str, frozenset[str]]) -> list[tuple[str, ...]]:
    """Strongly connected groups of the graph child -> parents, parents first.

    A group of more than one name is a circle; names keep the order in which they were given.
    Tarjan's algorithm (SIAM J. Comput. 1972), with a stack of its own: chains may be long.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[tuple[str, ...]] = []
    place = {name: n for n, name in enumerate(parents)}

    for root in parents:
        if root in index:
            continue
        work = [(root, iter(sorted(parents[root] & place.keys(), key=place.__getitem__)))]
        index[root] = low[root] = len(index)
        stack.append(root)
        while work:
            name, rest = work[-1]
            for parent in rest:
                if parent not in index:
                    index[parent] = low[parent] = len(index)
                    stack.append(parent)
                    above = sorted(parents[parent] & place.keys(), key=place.__getitem__)
                    work.append((parent, iter(above)))
                    break
                if parent in stack:
                    low[name] = min(low[name], index[parent])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    at = stack.index(name)
                    found.append(tuple(sorted(stack[at:], key=place.__getitem__)))
                    del stack[at:]
    return found
